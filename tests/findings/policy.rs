//! What a team demands: `--require-*`, `--expect`, `--max-size`, `--deny`, `--allow`.

use ocikit::finding::Code;
use ocikit::ops::verify::Denied;
use ocikit::reference::DigestPrefix;

use crate::findings::ground::{Case, Input, case};
use crate::support::builder::shapes;
use crate::support::{Files, TestEnv};

fn of(files: Files) -> Input {
    Input::Files(files)
}

pub(crate) fn cases() -> Vec<Case> {
    const ZEROS: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000000";
    let missing = "index.json#/manifests/0 -> @#/manifests/1 -> @";
    vec![
        case("a required platform is absent", of(shapes::multi()), &[
            "error[platform-required] index.json (expected linux/s390x, found linux/amd64, linux/arm64)",
        ])
        .with(|options| options.policy.require_platforms = vec!["linux/s390x".parse().unwrap()]),
        case("a required platform is listed and absent", of(shapes::sparse()), &[
            "error[platform-required] index.json (expected linux/arm64, found linux/amd64, linux/arm64)",
            &format!("warning[child-missing] {missing}"),
        ])
        .with(|options| options.policy.require_platforms = vec!["linux/arm64".parse().unwrap()]),
        case("a required platform of a docker archive is absent", Input::Members(shapes::docker20()), &[
            "error[platform-required] manifest.json (expected linux/arm64, found linux/amd64)",
        ])
        .with(|options| options.policy.require_platforms = vec!["linux/arm64".parse().unwrap()]),
        case("images without the required attestation", of(shapes::multi()), &[
            "error[attestation-required] index.json#/manifests/0 -> @#/manifests/0 -> @",
            "error[attestation-required] index.json#/manifests/0 -> @#/manifests/1 -> @",
        ])
        .with(|options| options.policy.require_attestations = vec!["provenance".parse().unwrap()]),
        case("images without one of two required attestations", of(shapes::attested()), &[
            "error[attestation-required] index.json#/manifests/0 -> @#/manifests/0 -> @",
            "error[attestation-required] index.json#/manifests/0 -> @#/manifests/1 -> @",
        ])
        .with(|options| {
            let wanted = ["provenance", "https://example.com/x"];
            options.policy.require_attestations = wanted.map(|text| text.parse().unwrap()).to_vec();
        }),
        // These SPDX documents have no `dataLicense`.
        case("SBOMs without a member that SPDX requires", of(shapes::attested()), &[
            "error[attestation-required] index.json#/manifests/0 -> @#/manifests/0 -> @",
            "error[attestation-required] index.json#/manifests/0 -> @#/manifests/1 -> @",
        ])
        .with(|options| options.policy.require_attestations = vec!["sbom".parse().unwrap()]),
        case("a required name is absent", of(shapes::multi()), &[
            "error[ref-required] index.json (expected 2.0, found example.com/team/app:1.0, 1.0)",
        ])
        .with(|options| options.policy.require_refs = vec!["2.0".into(), "1.0".into(), "example.com/team/app:1.0".into()]),
        case("a root of another digest", of(shapes::multi()), &["error[digest-unexpected] index.json (expected @, found @)"])
            .with(|options| options.policy.expect = DigestPrefix::new(ZEROS)),
        case("larger than allowed", Input::Members(shapes::docker20()), &[
            "error[size-over] manifest.json (expected at most 1000 bytes, found more)",
        ])
        .with(|options| options.policy.max_size = Some(1000)),
        case("warnings count as errors", of(shapes::sparse()), &[&format!("error[child-missing] {missing}")])
            .with(|options| options.policy.deny = vec![Denied::Warnings]),
        case("a denied note", of(shapes::urls()), &[
            "error[layer-external] index.json#/manifests/0 -> @#/layers/0 -> @ (found https://layers.example/base.tar.gz)",
        ])
        .with(|options| options.policy.deny = vec![Denied::Code(Code::LayerExternal)]),
        case("what is allowed is left out", of(damaged()), &[
            "error[layer-corrupt] index.json#/manifests/0 -> @#/layers/0 -> @",
        ])
        .with(|options| options.policy.allow = vec![Code::BlobDigest]),
    ]
}

fn damaged() -> Files {
    let mut files = shapes::oci_archive();
    let manifest = files.digest_at("index.json", "/manifests/0/digest");
    let layer = crate::support::blob_name(&files.digest_in(&manifest, "/layers/0/digest"));
    files.flip_byte(&layer, 700);
    files
}

#[test]
fn the_options_of_the_command() {
    let env = TestEnv::new();
    env.write_tar("sparse.tar", &shapes::sparse());
    let digest = shapes::multi().digest_at("index.json", "/manifests/0/digest");
    for (options, code) in [
        (vec![], 0),
        (vec!["--sparse"], 0),
        (vec!["--deny", "warnings"], 1),
        (vec!["--deny", "warnings", "--sparse"], 0),
        (vec!["--deny", "child-missing"], 1),
        (vec!["--deny", "warnings", "--allow", "child-missing"], 0),
        (vec!["--require-platform", "linux/amd64"], 0),
        (vec!["--require-platform", "linux/arm64"], 1),
        (vec!["--require-attestation", "sbom"], 1),
        (vec!["--require-ref", "example.com/team/app:1.0"], 0),
        (vec!["--require-ref", "1.1"], 1),
        (vec!["--expect", &digest], 0),
        (vec!["--expect", &digest[..20]], 0),
        (vec!["--expect", "sha256:0123456789ab"], 1),
        (vec!["--max-size", "1M"], 0),
        (vec!["--max-size", "1K"], 1),
        (vec!["--max-size", "much"], 2),
        (vec!["--deny", "no-such-code"], 2),
        (vec!["--expect", "x"], 2),
    ] {
        let args = [vec!["verify", "sparse.tar"], options].concat();
        let run = env.ocikit(&args);
        assert_eq!(run.code, code, "{args:?}\n{run}");
        assert_eq!(run.code == 2, !run.stderr.is_empty(), "{run}");
    }
}

/// A compressed archive counts as it is stored.
#[test]
fn the_size_is_that_of_the_file() {
    let env = TestEnv::new();
    let tar = shapes::oci_archive().to_tar();
    let gz = crate::support::builder::compress(&tar, crate::support::builder::Compression::Gzip);
    env.write("a.tar", &tar);
    env.write("a.tar.gz", &gz);
    for (file, bytes) in [("a.tar", tar.len()), ("a.tar.gz", gz.len())] {
        let _ = env.ocikit(&["verify", file, "--max-size", &bytes.to_string()]).expect_code(0);
        let run = env.ocikit(&["verify", file, "--max-size", &(bytes - 1).to_string()]).expect_code(1);
        assert!(run.stdout.contains(&format!("{bytes} bytes")), "{run}");
    }
}
