//! Referrers, listed or not, share the fate of their subject.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failure here is a failed test")]

use std::collections::{BTreeMap, BTreeSet};

use crate::support::*;
use serde_json::Value;

const LAYOUTS: [&str; 9] = [
    "cosign/bundle-referrers-crane",
    "cosign/save-dir",
    "oras/attach-layout",
    "oras/backup.tar",
    "podman5/manifest-artifact-oci",
    "regctl/artifact-subject",
    "regctl/to-oci-referrers",
    "buildkit/ociartifact-true-multi.oci.tar",
    "regctl/sha512",
];

fn documents(files: &Files) -> BTreeMap<String, Value> {
    let blobs = files.members().iter().filter(|member| member.name.starts_with("blobs/"));
    let documents = blobs.filter_map(|member| match &member.kind {
        Kind::File(content) if content.len() < 1 << 20 => {
            let digest = member.name.strip_prefix("blobs/")?.replacen('/', ":", 1);
            Some((digest, serde_json::from_slice(content).ok().filter(Value::is_object)?))
        }
        _ => None,
    });
    documents.collect()
}

/// What has a `subject`, with what it refers to.
fn referrers(files: &Files) -> BTreeMap<String, String> {
    let documents = documents(files).into_iter();
    let referrers = documents.filter_map(|(digest, document)| {
        let subject = document["subject"]["digest"].as_str()?.to_owned();
        Some((digest, subject))
    });
    referrers.collect()
}

/// What indexes list, those of referrers aside.
fn in_indexes(files: &Files) -> BTreeSet<String> {
    let documents = documents(files);
    let speaks =
        |entry: &Value| documents.get(entry["digest"].as_str().unwrap()).is_some_and(|own| own["subject"].is_object());
    let lists = documents.values().filter_map(|document| document["manifests"].as_array());
    let of_images = lists.filter(|list| !list.iter().all(speaks));
    of_images.flatten().map(|entry| entry["digest"].as_str().unwrap().to_owned()).collect()
}

/// Without the entries of `index.json` that are there for a referrer alone, and without fallback indexes.
fn unlisted(files: &Files) -> Files {
    let own: BTreeSet<String> = referrers(files).into_keys().collect();
    let mut files = files.clone();
    let mut index: Value = serde_json::from_str(files.text("index.json")).unwrap();
    let entries = index["manifests"].as_array_mut().unwrap();
    entries.retain(|entry| {
        let tag = entry["annotations"]["org.opencontainers.image.ref.name"].as_str().unwrap_or_default();
        let is_fallback = tag.starts_with("sha256-") || tag.starts_with("sha512-");
        !is_fallback && !own.contains(entry["digest"].as_str().unwrap())
    });
    files.replace("index.json", index.to_string());
    files
}

fn platforms(env: &TestEnv, image: &str) -> Vec<String> {
    let list = env.ocikit(&["platform", "list", image, "--format", "json"]);
    if list.code != 0 {
        return Vec::new();
    }
    let rows = list.json()["platforms"].as_array().unwrap().clone();
    let parts = |row: &Value| {
        let parts = ["os", "architecture", "variant"].map(|key| row["platform"][key].as_str().map(ToOwned::to_owned));
        parts.into_iter().flatten().collect::<Vec<_>>().join("/")
    };
    rows.iter().map(parts).filter(|platform| !platform.is_empty()).collect()
}

fn exists(files: &Files, digest: &str) -> bool {
    files.contains(&blob_name(digest))
}

#[test]
fn referrers_share_the_fate_of_their_subject() {
    let env = TestEnv::new();
    let mut went = 0;
    for layout in LAYOUTS {
        let path = testdata(layout);
        let listed = if path.is_dir() { Files::from_dir(&path) } else { Files::from_tar(&path) };
        for (how, files) in [("listed", listed.clone()), ("unlisted", unlisted(&listed))] {
            let before = referrers(&files);
            let in_indexes = in_indexes(&files);
            env.write_tar("x.tar", &files);
            let names = files.text("index.json").split('"').filter(|text| ["1.0", "ref"].contains(text));
            let names: BTreeSet<String> =
                names.map(|name| format!("x.tar:{name}")).chain(["x.tar".to_owned()]).collect();
            let mut commands: Vec<Vec<String>> = Vec::new();
            let mut add = |words: &[&str]| commands.push(words.iter().map(|word| (*word).to_owned()).collect());
            for name in &names {
                add(&["gc", "x.tar"]);
                add(&["platform", "prune", name]);
                for platform in platforms(&env, name) {
                    add(&["platform", "remove", name, &platform]);
                    add(&["platform", "keep", name, &platform]);
                    add(&["unwrap", name, "--platform", &platform]);
                }
            }
            for mut command in commands {
                let shown = format!("{layout} {how}: {}", command.join(" "));
                if command[0] != "gc" {
                    command.extend(["--attestations", "drop"].map(ToOwned::to_owned));
                }
                command.extend(["-o", "y.tar"].map(ToOwned::to_owned));
                let run = env.ocikit(&command.iter().map(String::as_str).collect::<Vec<_>>());
                if run.code != 0 {
                    assert!(run.stderr.contains("no image would remain"), "{shown}: {run}");
                    continue;
                }
                let after = Files::from_tar(env.path("y.tar"));
                let has_errors = env.ocikit(&["verify", "--deep", "y.tar"]).code;
                assert_eq!(has_errors, env.ocikit(&["verify", "--deep", "x.tar"]).code, "{shown}");
                for (referrer, subject) in &before {
                    // What refers to what is not there, was not there for its sake.
                    // And what stands in an index beside the image leaves that index with it, or goes with the index.
                    let is_kept = exists(&after, subject);
                    if !exists(&files, subject) || (is_kept && in_indexes.contains(referrer)) {
                        continue;
                    }
                    assert_eq!(exists(&after, referrer), is_kept, "{shown}: {referrer} about {subject}\n{run}");
                    went += usize::from(!is_kept);
                }
            }
        }
    }
    assert!(went > 20, "{went}");
}

/// Of a sha512 the fallback tag has half; what it lists says the rest.
#[test]
fn fallback_tags_that_are_cut_say_what_they_are_about() {
    let path = testdata("regctl/sha512");
    let run = TestEnv::new().ocikit(&["inspect", path.to_str().unwrap()]).expect_code(0);
    let tags = run.stdout.lines().filter(|line| line.starts_with("sha512-") || line.starts_with("sha256-")).count();
    assert_eq!((tags, run.stdout.matches("referrers of sha").count()), (6, 6), "{run}");
    assert_eq!(run.stdout.matches("referrers of sha512:").count(), 3, "{run}");
}

/// Referrers about referrers, each listed or not: what becomes of the first becomes of all.
#[test]
fn chains_of_referrers_follow_their_subject() {
    for is_listed in [true, false] {
        let mut sample = Sample::single();
        let mut chain = vec![sample.images[0].desc.clone()];
        for number in 0..4 {
            let sbom = Artifact::new("application/vnd.example.sbom").file("text/plain", "x", &number.to_string());
            chain.push(sbom.subject(&chain[number]).put(&mut sample.store));
        }
        let image = chain[0].named("example.com/team/app:1.0");
        let other = chain[0].named("example.com/team/app:2.0");
        for roots in [vec![&image], vec![&image, &other]] {
            let both = roots.len() == 2;
            let address = if both { "x.tar:1.0" } else { "x.tar" };
            let listed = chain[1..].iter().filter(|_| is_listed);
            let layout = roots.into_iter().chain(listed).fold(Layout::new(&sample.store), Layout::root);
            let env = TestEnv::new();
            let before = layout.files();
            env.write_tar("x.tar", &before);
            for stale in ["relink", "drop"] {
                let shown = format!("listed: {is_listed}, two names: {both}, {stale}");
                let on = ["--on", "manifest", "key=value", "--attestations", stale, "-o", "y.tar"];
                let run = env.ocikit(&[&["annotate", address][..], &on].concat()).expect_code(0);
                let after = Files::from_tar(env.path("y.tar"));
                let now = referrers(&after);
                let index: Value = serde_json::from_str(after.text("index.json")).unwrap();
                let first = index["manifests"][0]["digest"].as_str().unwrap().to_owned();
                assert_ne!(first, chain[0].digest, "{shown}: {run}");
                let mut length = 0;
                let mut about = first;
                while let Some((next, _)) = now.iter().find(|(_, subject)| **subject == about) {
                    (length, about) = (length + 1, next.clone());
                }
                // Where the old image stays under its other name, so do those who speak about it.
                let expected = if both || stale == "drop" { 0 } else { 4 };
                assert_eq!(length, expected, "{shown}: {run}");
                assert_eq!(now == referrers(&before), both, "{shown}: {run}");
                assert_eq!(now.is_empty(), !both && stale == "drop", "{shown}: {run}");
                env.ocikit(&["verify", "y.tar", "--deny", "warnings"]).expect_code(0);
            }
        }
    }
}

#[test]
fn a_change_under_one_name_leaves_referrers_with_the_other() {
    let env = TestEnv::new();
    env.write("note.txt", "hello");
    let _ = env.ocikit(&["new", "--platform", "linux/amd64", "-t", "one:1.0", "-o", "x.tar"]).expect_code(0);
    let _ = env.ocikit(&["ref", "add", "x.tar", "two:1.0", "--in-place"]).expect_code(0);
    let attach = ["attach", "x.tar:one:1.0", "note.txt", "--artifact-type", "text/plain", "--in-place"];
    let _ = env.ocikit(&attach).expect_code(0);
    for (image, stays) in [("x.tar:two:1.0", true), ("x.tar", false)] {
        let command = ["config", image, "--user", "5", "--attestations", "relink", "--dry-run"];
        let run = env.ocikit(&command).expect_code(0);
        assert_eq!(run.stdout.contains("note: 1 referrer stays with sha256:"), stays, "{run}");
    }
}
