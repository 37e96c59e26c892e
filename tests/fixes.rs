//! Where a finding names a command that mends it, that command does: the finding is gone, and no error is new.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use support::*;

/// Code, and the command where there is one, of every finding.
fn findings(env: &TestEnv, file: &str) -> Vec<(String, String, Option<String>)> {
    let report = env.ocikit(&["verify", "--deep", file, "--format", "json"]).json();
    let text = |value: &serde_json::Value| value.as_str().map(ToOwned::to_owned);
    let findings = report["findings"].as_array().unwrap().iter();
    findings
        .map(|finding| (text(&finding["code"]).unwrap(), text(&finding["severity"]).unwrap(), text(&finding["fix"])))
        .collect()
}

/// Runs the command of every finding that has one; says which codes were mended.
fn mend(env: &TestEnv, file: &str) -> BTreeSet<String> {
    let before = findings(env, file);
    let errors: BTreeSet<&String> =
        before.iter().filter(|(_, severity, _)| severity == "error").map(|(code, ..)| code).collect();
    let commands: BTreeMap<&String, &String> =
        before.iter().filter_map(|(code, _, fix)| Some((code, fix.as_ref()?))).collect();
    for (code, command) in &commands {
        let output = format!("{file}-mended");
        let words = command.replace("{input}", file).replace("{output}", &output);
        let words: Vec<&str> = words.split(' ').collect();
        let _ = env.ocikit(&words).expect_code(0);
        let after = findings(env, &output);
        let mended = before.iter().filter(|(own, _, fix)| own == *code && fix.is_some()).count();
        let had = before.iter().filter(|(own, ..)| own == *code).count();
        let left = after.iter().filter(|(own, ..)| own == *code).count();
        assert!(left + mended <= had, "{file}: {words:?}: {left} of {had} {code} are left");
        for (new, severity, _) in &after {
            assert!(severity != "error" || errors.contains(new), "{file}: {words:?}: {new} is new");
        }
        let path = env.path(&output);
        if path.is_dir() { std::fs::remove_dir_all(path).unwrap() } else { std::fs::remove_file(path).unwrap() }
    }
    commands.into_keys().cloned().collect()
}

#[test]
fn every_fix_of_every_file_mends() {
    let env = TestEnv::new();
    let mut mended = BTreeSet::new();
    for item in [
        "buildkit/cache-small-imfalse-ocitrue",
        "ctr/ctr16-export-default.tar",
        "docker/d20-save-1tag.tar",
        "docker/d26-save-2tags.tar",
        "docker/d28g-save-pipe.tar.gz",
        "regctl/sha512",
        "skopeo/oci-multi-index-only",
        "umoci/new-tags",
        "umoci/new-whiteout",
    ] {
        let path = testdata(item);
        let name = Path::new(item).file_name().unwrap().to_str().unwrap();
        if path.is_dir() {
            Files::from_dir(&path).to_dir(env.path(name));
        } else {
            env.write(name, std::fs::read(&path).unwrap());
        }
        mended.extend(mend(&env, name));
    }
    for shape in shapes::all().into_iter().filter(|shape| shape.name != "imgpkg") {
        env.write(shape.name, shape.bytes());
        mended.extend(mend(&env, shape.name));
    }
    // An attestation that was kept though its image was not.
    let mut sample = Sample::attested(&shapes::PLATFORMS, |attestation| attestation);
    let absent = sample.images[1].desc.digest.clone();
    sample.store.remove(&absent);
    env.write_tar("bereft", &sample.layout());
    mended.extend(mend(&env, "bereft"));
    // An index that says another platform than the config.
    let mut files = shapes::multi();
    let index = files.digest_at("index.json", "/manifests/0/digest");
    files.rewrite_document(&index, |text| text.replace("\"arm64\"", "\"s390x\""));
    env.write_tar("contradiction", &files);
    mended.extend(mend(&env, "contradiction"));
    // A config and a manifest that stand in `data` alone.
    for (name, is_config) in [("inline-config", true), ("inline-manifest", false)] {
        let mut files = shapes::data();
        let manifest = files.digest_at("index.json", "/manifests/0/digest");
        let blob = if is_config { files.digest_in(&manifest, "/config/digest") } else { manifest };
        if !is_config {
            let text = files.bytes(&blob_name(&blob)).to_vec();
            files.edit_json("index.json", |index| {
                index.replacen(
                    "\"digest\"",
                    &format!("\"data\":\"{}\",\"digest\"", support::builder::descriptor::base64(&text)),
                    1,
                )
            });
        }
        files.remove(&blob_name(&blob));
        env.write_tar(name, &files);
        mended.extend(mend(&env, name));
    }
    let expected = [
        "attestation-subject-absent",
        "blob-inline",
        "blob-unreferenced",
        "cache-as-index",
        "child-missing",
        "platform-contradiction",
    ];
    assert_eq!(mended.iter().map(String::as_str).collect::<Vec<_>>(), expected);
}
