//! What `verify` says about every file by a real tool, and about a damaged copy of each.
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::Path;

use crate::support::check::inflated;
use crate::support::{Files, Kind, TestEnv, testdata};
use ocikit::Error;
use ocikit::finding::{Code, Finding, Severity};
use ocikit::image::Image;
use ocikit::ops::verify::{VerifyOptions, verify};
use ocikit::reference::Address;
use ocikit::source::{Access, Open};

/// Each file, and what is found in it besides nothing at all; after `deep:` what only `--deep` finds. What `index.json`
/// and `manifest.json` say against each other (`view-*`) is held by the tests of `compare`.
const FIXTURES: &[(&str, &str)] = &[
    ("buildkit/annotated-multi.oci.tar", ""),
    ("buildkit/cache-small-imfalse-ocitrue", "1 warning cache-as-index"),
    ("buildkit/cache-small-imtrue-ocitrue", ""),
    ("buildkit/comp-estargz.oci.tar", ""),
    ("buildkit/comp-zstd-prov.oci.tar", "1 note attestation-subject-empty"),
    ("buildkit/docker-multiname.docker.tar", ""),
    ("buildkit/docker-prov.docker.tar", ""),
    ("buildkit/dockermt-multi.oci.tar", ""),
    ("buildkit/multi-provmax-named.oci.tar", ""),
    ("buildkit/ociartifact-false-prov.oci.tar", "1 note attestation-subject-empty"),
    ("buildkit/ociartifact-true-multi.oci.tar", "2 note attestation-subject-empty"),
    ("buildkit/ocidir-sametag-twice", "6 note blob-unreferenced"),
    ("buildx/default.oci.tar", ""),
    ("buildx/history.dockerbuild", ""),
    ("buildx/multi-default.oci.tar", ""),
    ("buildx/multi-default.ocidir", ""),
    ("buildx/noprov.oci.tar", ""),
    ("buildx/sbom-provmax-multi.oci.tar", ""),
    ("buildx/two-tags.oci.tar", ""),
    ("buildx/type-docker.tar", ""),
    ("cosign/bundle-referrers-crane", ""),
    ("cosign/save-dir", "1 warning config-platform-empty"),
    ("cosign/signed-keys.tar", "2 warning config-platform-empty"),
    ("cosign/signed-save", "2 warning config-platform-empty, 6 note referrer-unlisted"),
    ("crane/pull-legacy.tar", ""),
    ("crane/pull-oci-multi", ""),
    ("crane/pull-tarball-2images.tar", ""),
    ("ctr/ctr16-export-default.tar", "5 warning child-missing, 1 note media-type-missing"),
    ("ctr/ctr23-export-allplat.tar", ""),
    ("docker/d20-save-1tag.tar", ""),
    ("docker/d20-save-duplayers.tar", ""),
    ("docker/d26-save-2tags.tar", "4 note blob-unreferenced"),
    ("docker/d28c-save-2tags.tar", "1 note media-type-mixed"),
    ("docker/d28c-save-multi.tar", ""),
    ("docker/d28c-save-pipe.tar.zst", "1 note media-type-mixed"),
    ("docker/d28g-save-1tag.tar", "4 note blob-unreferenced"),
    ("docker/d28g-save-pipe.tar.gz", "4 note blob-unreferenced"),
    ("docker/d29c-save-bx-prov.tar", ""),
    ("oras/attach-layout", ""),
    ("oras/backup.tar", ""),
    ("podman5/manifest-artifact-oci", ""),
    ("podman5/manifest-push-all-oci", ""),
    ("podman5/save-docker-archive.tar", ""),
    ("podman5/save-multi-tags.tar", ""),
    ("podman5/save-oci-archive.tar", ""),
    ("regctl/artifact-subject", ""),
    ("regctl/data-field", ""),
    ("regctl/export-docker.tar", "1 note media-type-missing"),
    // The images were rewritten with sha512; the statements about them name the manifests of before.
    ("regctl/sha512", "3 error attestation-subject-mismatch, 3 warning attestation-subject-absent"),
    ("regctl/to-oci-referrers", ""),
    ("retar/gnu-appended-dup.tar", "1 warning tar-duplicate-entry"),
    ("retar/gnu-dot-prefix.tar", ""),
    ("retar/gnu-pax.tar", ""),
    ("retar/gnu-subdir.tar", "1 note container-wrapped"),
    ("retar/hardlinks.tar", ""),
    ("retar/symlinks.tar", ""),
    ("skopeo/oci-all-multi", ""),
    ("skopeo/oci-encrypted", "deep: 1 note layer-encrypted"),
    ("skopeo/oci-multi-index-only", "1 error images-missing, 3 warning child-missing"),
    ("skopeo/oci-multi-single-platform", ""),
    ("skopeo/oci-multiref", ""),
    ("skopeo/oci-retag-leftover", ""),
    ("skopeo/ociarchive-zstdchunked.tar", ""),
    ("umoci/new-tags", "2 note blob-unreferenced"),
    ("umoci/new-whiteout", "6 note blob-unreferenced"),
];

/// The findings by severity and code, as the table has them.
fn summary<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> String {
    let mut counts: BTreeMap<(Severity, Code), usize> = BTreeMap::new();
    for finding in findings.into_iter().filter(|finding| !finding.code.name().starts_with("view-")) {
        *counts.entry((finding.severity, finding.code)).or_default() += 1;
    }
    let counts: Vec<String> =
        counts.iter().map(|((severity, code), count)| format!("{count} {severity} {code}")).collect();
    counts.join(", ")
}

fn findings(source: Result<ocikit::source::Source, Error>, deep: bool) -> Result<Vec<Finding>, Error> {
    let options = VerifyOptions { deep, ..VerifyOptions::default() };
    let image = Image::load(source?, &options.limits);
    Ok(verify(&image, &options)?.findings.iter().cloned().collect())
}

fn of_path(path: &Path, access: Access, deep: bool) -> Vec<Finding> {
    findings(Open { access, ..Open::default() }.open_path(path), deep).unwrap()
}

/// An archive that goes by in a stream.
fn of_bytes(bytes: &[u8], deep: bool) -> Result<Vec<Finding>, Error> {
    let open = Open { access: Access::Once { deep }, ..Open::default() };
    findings(open.open(&Address::parse("-", |_| false).unwrap(), Cursor::new(bytes)), deep)
}

#[test]
fn the_table_has_every_fixture() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let folders = std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    let items = folders.flat_map(|folder| std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()));
    let name = |path: &Path| {
        let parts: Vec<_> = path.components().rev().take(2).map(|part| part.as_os_str().to_str().unwrap()).collect();
        format!("{}/{}", parts[1], parts[0])
    };
    let mut there: Vec<String> = items.map(|path| name(&path)).collect();
    there.sort();
    assert_eq!(there, FIXTURES.iter().map(|(name, _)| *name).collect::<Vec<_>>());
}

#[test]
fn every_fixture_gets_its_verdict() {
    let env = TestEnv::new();
    for (name, wanted) in FIXTURES {
        let path = testdata(name);
        let (shallow, deep) = wanted.split_once("deep: ").unwrap_or((wanted, wanted));
        for (access, once) in [(Access::Random, "any order"), (Access::Once { deep: true }, "one pass")] {
            assert_eq!(summary(&of_path(&path, access, false)), shallow, "{name}, {once}");
            assert_eq!(summary(&of_path(&path, access, true)), deep, "{name}, {once}, --deep");
        }
        if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            assert_eq!(summary(&of_bytes(&bytes, true).unwrap()), deep, "{name}, from a stream");
        }
        let code = i32::from(deep.contains(" error "));
        for options in [&["verify"][..], &["verify", "--deep"]] {
            let run = env.ocikit(&[options, &[path.to_str().unwrap()]].concat()).expect_code(code);
            assert_eq!(run.stderr, "", "{name}");
        }
    }
}

/// The members of a fixture.
fn members(name: &str) -> Files {
    let path = testdata(name);
    if path.is_dir() { Files::from_dir(path) } else { Files::from_tar_bytes(&inflated(&std::fs::read(path).unwrap())) }
}

/// The regular files that nothing of an image is in: v1 metadata of docker archives, and what a writer left behind.
fn is_beside(name: &str) -> bool {
    let last = name.rsplit('/').next().unwrap_or(name);
    ["json", "VERSION"].contains(&last) || name == "index.json.lock"
}

/// The hexadecimal digits of a name, else the name: what the place of a finding about it holds.
fn sign(name: &str) -> &str {
    let is_hex = |part: &&str| part.len() >= 64 && part.bytes().all(|b| b.is_ascii_hexdigit());
    let plain = name.trim_start_matches("./").trim_start_matches("myimage/");
    name.split(['/', '.', ':']).find(is_hex).unwrap_or(plain)
}

fn files_of(files: &Files) -> Vec<(String, usize)> {
    let regular = files.members().iter().filter_map(|member| match &member.kind {
        Kind::File(content) if !is_beside(&member.name) => Some((member.name.clone(), content.len())),
        _ => None,
    });
    regular.collect()
}

#[test]
fn a_flipped_byte_of_any_file_is_found_where_it_is() {
    for (fixture, _) in FIXTURES {
        let files = members(fixture);
        for (name, length) in files_of(&files).into_iter().filter(|(_, length)| *length > 0) {
            let mut damaged = files.clone();
            damaged.flip_byte(&name, length / 2);
            let found = of_bytes(&damaged.to_tar(), false).unwrap();
            let at_place = |finding: &&Finding| {
                finding.severity == Severity::Error && finding.at.to_string().contains(sign(&name))
            };
            assert!(found.iter().any(|finding| at_place(&finding)), "{fixture}: {name}: {found:#?}");
        }
    }
}

#[test]
fn a_removed_blob_is_missed_where_it_is_named() {
    const MISSED: [Code; 4] = [Code::BlobMissing, Code::ChildMissing, Code::DockerFileMissing, Code::LinkBroken];
    for (fixture, wanted) in FIXTURES {
        let files = members(fixture);
        let before = of_bytes(&files.to_tar(), false).unwrap();
        let is_document = |name: &str| ["index.json", "oci-layout", "manifest.json", "repositories"].contains(&name);
        for (name, _) in files_of(&files) {
            let short = name.rsplit('/').next().unwrap_or(&name);
            let orphan = |finding: &Finding| match finding.code {
                Code::BlobUnreferenced => finding.at.to_string() == name,
                Code::ReferrerUnlisted => finding.at.to_string().ends_with(sign(&name)),
                _ => false,
            };
            if is_document(short) || before.iter().any(orphan) {
                continue;
            }
            let mut damaged = files.clone();
            damaged.remove(&name);
            let found = of_bytes(&damaged.to_tar(), false).unwrap();
            let says = |finding: &Finding| {
                let text = format!("{} {} {:?}", finding.at, finding.detail, finding.found);
                MISSED.contains(&finding.code) && text.contains(sign(&name))
            };
            // The config of an artifact is empty, and stands in its descriptor.
            let inline = files.bytes(&name) == b"{}" || *fixture == "regctl/data-field";
            assert!(inline || found.iter().any(says), "{fixture} ({wanted}): {name}: {found:#?}");
        }
    }
}

/// An archive that was cut anywhere is found to be, or refused with a message that names it.
#[test]
fn a_cut_archive_is_never_taken_for_whole() {
    let env = TestEnv::new();
    for (fixture, wanted) in FIXTURES {
        let path = testdata(fixture);
        let bytes = if path.is_dir() { Files::from_dir(&path).to_tar() } else { std::fs::read(&path).unwrap() };
        let cuts = [0, 1, 511, 512, 700, 1024].into_iter().chain((1..20).map(|n| bytes.len() * n / 20));
        for cut in cuts.filter(|cut| *cut < bytes.len()) {
            let stream = of_bytes(&bytes[..cut], true);
            let file = env.write("cut", &bytes[..cut]);
            let opened = findings(Open::default().open_path(&file), true);
            match (&stream, &opened) {
                (Ok(stream), Ok(opened)) => {
                    // A command names the file.
                    let told = |findings: &[Finding]| -> Vec<Finding> {
                        findings.iter().cloned().map(|finding| Finding { fix: None, ..finding }).collect()
                    };
                    assert_eq!(told(stream), told(opened), "{fixture} cut at {cut}");
                }
                (Err(_), Err(_)) => {}
                _ => panic!("{fixture} cut at {cut}: {stream:?} and {opened:?}"),
            }
            match opened {
                Ok(found) => {
                    let cut_short = [Code::TarTruncated, Code::TarEndMissing];
                    // GNU tar fills its last record with zeros that nobody needs.
                    let only_padding = path.is_file() && bytes[cut..].iter().all(|byte| *byte == 0);
                    if only_padding && summary(&found) == *wanted {
                        continue;
                    }
                    let is_found = found.iter().any(|finding| cut_short.contains(&finding.code));
                    assert!(is_found, "{fixture} cut at {cut}: {wanted}: {found:#?}");
                }
                Err(error) => {
                    let error = error.to_string();
                    assert!(error.contains("cut"), "{fixture} cut at {cut}: {error}");
                }
            }
        }
        let run = env.write("cut60", &bytes[..bytes.len() * 6 / 10]);
        let run = env.ocikit(&["verify", run.to_str().unwrap()]);
        assert!(run.code == 1 || run.code == 2 && run.stderr.contains("cut60"), "{fixture}: {run}");
    }
}

/// A docker archive whose config names its layers by sha512.
#[test]
fn a_docker_archive_is_held_against_its_sha512_diff_ids() {
    let env = TestEnv::new();
    let layout = testdata("regctl/sha512");
    let args = ["repack", layout.to_str().unwrap(), "--to", "docker-archive", "-o", "x.tar"];
    let _ = env.ocikit(&[&args[..], &["--platform", "linux/amd64"]].concat()).expect_code(0);
    let _ = env.ocikit(&["verify", "--deep", "x.tar"]).expect_code(0);
    let mut files = Files::from_tar(env.path("x.tar"));
    let is_config = |files: &Files, at: usize| {
        let config = files.value_at("manifest.json", &format!("/{at}/Config")).as_str()?.to_owned();
        files.text(&config).contains("sha512:").then_some(config)
    };
    let config = (0..2).find_map(|at| is_config(&files, at)).unwrap();
    files.edit_json(&config, |text| {
        let at = text.find("sha512:").unwrap() + "sha512:".len();
        let other = if text[at..].starts_with('0') { "1" } else { "0" };
        [&text[..at], other, &text[at + 1..]].concat()
    });
    env.write_tar("wrong.tar", &files);
    let run = env.ocikit(&["verify", "--deep", "wrong.tar"]).expect_code(1);
    assert!(run.stdout.contains("error[diff-id-mismatch]"), "{run}");
}

/// Digests say nothing about who signed: the signatures are counted.
#[test]
fn signatures_are_counted_and_not_checked() {
    let env = TestEnv::new();
    for (name, signatures) in
        [("cosign/save-dir", 1), ("cosign/bundle-referrers-crane", 1), ("buildx/noprov.oci.tar", 0)]
    {
        let path = testdata(name);
        let run = |more: &[&str]| env.ocikit(&[&["verify", path.to_str().unwrap()], more].concat()).expect_code(0);
        let note = "note: 1 signature, not checked: digests show that the content is whole, not who signed it\n";
        assert_eq!(run(&[]).stdout.contains(note), signatures > 0, "{name}");
        assert!(!run(&["--quiet"]).stdout.contains("signature"), "{name}");
        assert_eq!(
            run(&["--format", "json"]).json()["signatures"],
            serde_json::json!({"found": signatures, "checked": 0})
        );
    }
}

/// What one command fixes is listed together, with the command once.
#[test]
fn a_command_that_fixes_several_findings_is_printed_once() {
    let env = TestEnv::new();
    std::fs::copy(testdata("ctr/ctr16-export-default.tar"), env.path("sparse.tar")).unwrap();
    insta::assert_snapshot!(env.ocikit(&["verify", "sparse.tar"]), @r"
    success: true
    exit_code: 0
    ----- stdout -----
    warning[child-missing] index.json#/manifests/0 -> sha256:77790be25190#/manifests/1 -> sha256:445ee80c487d
      the manifest for linux/arm64 is missing
    warning[child-missing] index.json#/manifests/0 -> sha256:77790be25190#/manifests/2 -> sha256:d4dfec728c45
      the manifest for linux/arm/v7 is missing
    warning[child-missing] index.json#/manifests/0 -> sha256:77790be25190#/manifests/3 -> sha256:8d9c775fb1cf
      the attestation manifest is missing
    warning[child-missing] index.json#/manifests/0 -> sha256:77790be25190#/manifests/4 -> sha256:7a7757f01a25
      the attestation manifest is missing
    warning[child-missing] index.json#/manifests/0 -> sha256:77790be25190#/manifests/5 -> sha256:9d2e5a82f0d1
      the attestation manifest is missing
      fix all:  ocikit platform prune sparse.tar -o FIXED
    sparse.tar: ok, 5 warnings, 1 note (`-v` shows them); 5 blobs, 8.4 KiB verified
    ----- stderr -----
    ");
}
