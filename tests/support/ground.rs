//! The files that README, ocikit-recipes(7) and the examples of the help use, by real tools.

use super::files::Files;
use super::run::TestEnv;
use super::testdata;

/// Archives, and where they are from.
const ARCHIVES: [(&str, &str); 8] = [
    // One platform, defaults of Buildx: a lone manifest.
    ("image.tar", "buildx/default.oci.tar"),
    // One platform and its provenance: an index.
    ("build.tar", "buildkit/ociartifact-false-prov.oci.tar"),
    // Two platforms, each with provenance and an SBOM; and an older build of them.
    ("multi.tar", "buildx/sbom-provmax-multi.oci.tar"),
    ("new.tar", "buildx/sbom-provmax-multi.oci.tar"),
    ("old.tar", "buildkit/multi-provmax-named.oci.tar"),
    // `docker save`: both views.
    ("saved.tar", "docker/d28g-save-1tag.tar"),
    // Signed by cosign, with its signatures; the key is `release.pub`.
    ("signed.tar", "cosign/signed-keys.tar"),
    // Lists platforms that are not in it.
    ("partial.tar", "ctr/ctr16-export-default.tar"),
];

/// Layout directories, and where they are from.
const LAYOUTS: [(&str, &str); 3] = [
    ("cache", "buildkit/cache-small-imfalse-ocitrue"),
    ("layout", "umoci/new-whiteout"),
    ("several", "skopeo/oci-multiref"),
];

/// Puts them into the directory, and what one step makes of them.
pub fn lay(env: &TestEnv) {
    for (name, item) in ARCHIVES {
        env.write(name, std::fs::read(testdata(item)).unwrap());
    }
    for (name, item) in LAYOUTS {
        Files::from_dir(testdata(item)).to_dir(env.path(name));
    }
    env.write("release.pub", std::fs::read(testdata("../tests/support/signing/p256.pub")).unwrap());
    env.write("scan.json", r#"{"scanner": {"uri": "https://example.com/scanner"}, "found": []}"#);
    env.write("ca.crt", "-----BEGIN CERTIFICATE-----\n");
    std::fs::create_dir_all(env.path("site")).unwrap();
    env.write("site/index.html", "<!doctype html>\n");
    env.write_tar("site.layer.tar", Files::new().dir("srv").file("srv/index.html", "<!doctype html>\n"));
    env.write_tar("rootfs.tar", Files::new().dir("bin").file("bin/sh", "#!"));
    let words = ["new", "--artifact-type", "application/vnd.example.scan", "scan.json", "-o", "artifact.tar"];
    let _ = env.ocikit(&words).expect_code(0);
    for (platform, output) in [("linux/amd64", "amd64.tar"), ("linux/arm64", "arm64.tar")] {
        let _ = env.ocikit(&["platform", "keep", "multi.tar", platform, "-o", output]).expect_code(0);
    }
    let _ = env.ocikit(&["layer", "remove", "image.tar", "3", "4", "-o", "base.tar"]).expect_code(0);
    let newer = ["config", "base.tar", "--env", "VERSION=2", "-o", "new-base.tar"];
    let _ = env.ocikit(&newer).expect_code(0);
    let _ = env.ocikit(&["delta", "create", "new.tar", "--base", "old.tar", "-o", "site.delta"]).expect_code(0);
}
