//! The JSON schemas in `man/schema` are those that the program writes, and all that it writes as JSON is as they say.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::support::*;
use serde_json::Value;

fn directory() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/man/schema"))
}

fn names(directory: PathBuf) -> BTreeSet<String> {
    std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// The schema that a document names in its first member.
fn schema_of(id: &str) -> (String, Value) {
    let parts: Vec<&str> = id.split('/').collect();
    let ["ocikit", name, version] = parts.as_slice() else { panic!("{id}") };
    let file = format!("{name}.{version}.json");
    let text = std::fs::read_to_string(directory().join(&file)).unwrap();
    (file, serde_json::from_str(&text).unwrap())
}

#[test]
fn the_schemas_are_up_to_date() {
    let env = TestEnv::new();
    let _ = env.ocikit(&["schema", "-o", "schemas"]).expect_code(0);
    let written = names(env.path("schemas"));
    assert_eq!(written, names(directory()), "`cargo run -- schema -o man/schema` writes what is missing");
    for name in written {
        let (new, kept) = (env.read(&format!("schemas/{name}")), std::fs::read(directory().join(&name)).unwrap());
        assert!(new == kept, "man/schema/{name} is out of date; `cargo run -- schema -o man/schema` writes it");
    }
}

#[test]
fn a_schema_is_found_by_either_name() {
    let env = TestEnv::new();
    let list = env.ocikit(&["schema"]).expect_code(0).stdout;
    assert!(list.lines().count() >= 20 && list.lines().any(|line| line == "ocikit/verify/v1"), "{list}");
    for name in ["verify", "ocikit/verify/v1"] {
        let schema = env.ocikit(&["schema", name]).expect_code(0).json();
        assert_eq!(schema["title"], "ocikit/verify/v1");
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    }
    insta::assert_snapshot!(env.ocikit(&["schema", "verfy"]), @r"
    success: false
    exit_code: 2
    ----- stdout -----
    ----- stderr -----
    error: unknown schema `verfy` (did you mean `verify`?); `ocikit schema` lists the schemas
    ");
}

/// Files by real tools, of every shape, some with things wrong.
fn fixtures() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for tool in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata")).unwrap() {
        let tool = tool.unwrap().path();
        if tool.is_dir() {
            found.extend(std::fs::read_dir(tool).unwrap().map(|entry| entry.unwrap().path()));
        }
    }
    found.sort();
    assert!(found.len() > 40, "{found:?}");
    found
}

/// Runs with `--format json`, holds what came against the schema that it names, and notes this schema.
fn run(env: &TestEnv, arguments: &[&str], met: &mut BTreeSet<String>) {
    let mut all = arguments.to_vec();
    all.extend(["--format", "json"]);
    let run = env.ocikit(&all);
    if run.stdout.is_empty() {
        assert_eq!(run.code, 2, "{arguments:?}\n{run}");
        return;
    }
    assert!(run.stdout.starts_with("{\n  \"schema\": \"ocikit/"), "{arguments:?}\n{run}");
    let document = run.json();
    let (file, schema) = schema_of(document["schema"].as_str().unwrap());
    schema::assert_valid(&schema, &document, &format!("{arguments:?}"));
    met.insert(file);
}

#[test]
fn reports_of_every_fixture_are_as_their_schemas_say() {
    let env = TestEnv::new();
    let mut met = BTreeSet::new();
    for fixture in fixtures() {
        let file = fixture.to_str().unwrap();
        for arguments in [
            &["verify", "--deep"][..],
            &["inspect", "--layers", "--config"],
            &["doctor"],
            &["compare"],
            &["ref", "list"],
            &["platform", "list"],
            &["attestation", "show"],
            &["signature", "show"],
            &["gc"],
        ] {
            run(&env, &[arguments, &[file]].concat(), &mut met);
        }
    }
    assert_eq!(met.len(), 9, "{met:?}");
}

#[test]
fn every_schema_is_that_of_real_output() {
    let env = TestEnv::new();
    for (name, item) in [
        ("multi.tar", "buildx/sbom-provmax-multi.oci.tar"),
        ("docker.tar", "docker/d20-save-duplayers.tar"),
        ("dual.tar", "docker/d26-save-2tags.tar"),
        ("dup.tar", "retar/gnu-appended-dup.tar"),
        ("signed.tar", "cosign/signed-keys.tar"),
        ("release.pub", "../tests/support/signing/p256.pub"),
    ] {
        env.write(name, std::fs::read(testdata(item)).unwrap());
    }
    Files::from_dir(testdata("umoci/new-whiteout")).to_dir(env.path("whiteout"));
    env.write_tar("hostile.tar", &{
        let mut files = shapes::oci_archive();
        let manifest = files.digest_at("index.json", "/manifests/0/digest");
        files.flip_byte(&blob_name(&manifest), 10);
        files
    });
    let mut met = BTreeSet::new();
    for line in [
        "explain --list",
        "explain blob-digest",
        "verify multi.tar",
        "verify --deep hostile.tar dup.tar absent.tar docker.tar",
        "inspect --layers --config multi.tar",
        "ref list dual.tar",
        "platform list multi.tar",
        "files docker.tar --top 5",
        "files whiteout --layer 1",
        "compare dual.tar",
        "compare dual.tar multi.tar",
        "doctor multi.tar",
        "doctor dual.tar docker.tar",
        "diff multi.tar docker.tar --files",
        "diff whiteout docker.tar --files",
        "new --artifact-type application/vnd.example.note multi.tar -o artifact.tar",
        "artifact extract artifact.tar -o files",
        "attestation list multi.tar",
        "attestation show multi.tar",
        "attestation extract multi.tar -o statements",
        "signature list signed.tar",
        "signature show signed.tar",
        "verify signed.tar --key release.pub",
        "verify dual.tar --manifest dual.tar",
        "platform keep multi.tar linux/amd64 -o amd64.tar",
        "gc dual.tar",
        "repack docker.tar -o repacked.tar",
        "repack docker.tar --to dual --compression zstd -o repacked-zstd.tar",
        "delta create multi.tar --base amd64.tar -o d.delta",
        "delta show d.delta",
        "layer base multi.tar amd64.tar --platform linux/amd64",
        "unpack docker.tar -o root",
        "export docker.tar -o root.tar",
    ] {
        let words: Vec<&str> = line.split(' ').collect();
        run(&env, &words, &mut met);
    }
    // A policy is read, and never written.
    met.insert("policy.v1.json".to_owned());
    assert_eq!(met, names(directory()), "each schema is met by real output");
}
