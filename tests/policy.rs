//! A policy in a file is the same as the options of `verify`.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use crate::support::*;

const POLICY: &str = r#"# What a release must be.
require-platform = ["linux/amd64", "linux/arm64"]
require-attestation = ["provenance", "sbom"]
deny = "warnings"
max-size = "1M"
"#;

fn env() -> TestEnv {
    let env = TestEnv::new();
    ground::lay(&env);
    env.write("policy.toml", POLICY);
    env
}

/// The codes that a run found, sorted.
fn codes(run: &Run) -> Vec<String> {
    let report = run.json();
    let mut codes: Vec<String> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["severity"] == "error")
        .map(|finding| finding["code"].as_str().unwrap().to_owned())
        .collect();
    codes.sort();
    codes.dedup();
    codes
}

#[test]
fn a_file_demands_what_the_options_demand() {
    let env = env();
    let _ = env.ocikit(&["verify", "--policy", "policy.toml", "multi.tar"]).expect_code(0);
    for file in ["image.tar", "amd64.tar", "partial.tar", "saved.tar"] {
        let by_file = env.ocikit(&["verify", file, "--policy", "policy.toml", "--format", "json"]);
        let by_options = env.ocikit(
            &[
                &["verify", file, "--format", "json", "--require-platform", "linux/amd64", "--deny", "warnings"][..],
                &["--require-platform", "linux/arm64", "--require-attestation", "provenance", "--max-size", "1M"],
                &["--require-attestation", "sbom"],
            ]
            .concat(),
        );
        assert_eq!(by_file.code, 1, "{by_file}");
        assert_eq!(by_file.stdout, by_options.stdout);
    }
}

#[test]
fn options_add_to_the_file_or_override_it() {
    let env = env();
    let run = |more: &[&str]| {
        let all = [&["verify", "multi.tar", "--policy", "policy.toml", "--format", "json"], more].concat();
        codes(&env.ocikit(&all))
    };
    assert_eq!(run(&[]), [""; 0]);
    assert_eq!(
        run(&["--require-platform", "linux/s390x", "--require-ref", "9"]),
        ["platform-required", "ref-required"]
    );
    assert_eq!(run(&["--max-size", "1K"]), ["size-over"]);
    env.write("policy.toml", format!("{POLICY}expect = \"sha256:ffffffffffff\"\n"));
    assert_eq!(run(&[]), ["digest-unexpected"]);
    assert_eq!(run(&["--expect", "sha256:c72194999dfa"]), [""; 0]);
    assert_eq!(run(&["--allow", "digest-unexpected"]), [""; 0]);
    env.write("policy.toml", "deep = true");
    let report = env.ocikit(&["verify", "multi.tar", "--policy", "policy.toml", "--format", "json"]).json();
    assert_eq!(report["inflated"]["count"], 3);
}

#[test]
fn a_wrong_file_is_bad_usage_and_says_where() {
    let env = env();
    env.write("policy.toml", "deep = true\nrequire-platfrom = [\"linux/amd64\"]\n");
    insta::assert_snapshot!(env.ocikit(&["verify", "--policy", "policy.toml", "image.tar"]), @r"
    success: false
    exit_code: 2
    ----- stdout -----
    ----- stderr -----
    error: policy.toml:2: unknown key `require-platfrom` (did you mean `require-platform`?); the keys are deep, sparse, require-platform, require-attestation, require-ref, expect, max-size, deny, allow
    ");
    insta::assert_snapshot!(env.ocikit(&["verify", "--policy", "absent.toml", "image.tar"]), @r"
    success: false
    exit_code: 2
    ----- stdout -----
    ----- stderr -----
    error: absent.toml: cannot read the policy: No such file or directory (os error 2)
    ");
}

#[test]
fn the_schema_takes_what_the_program_takes() {
    let env = env();
    let schema = env.ocikit(&["schema", "policy"]).expect_code(0).json();
    let policy = serde_json::json!({
        "deep": true,
        "require-platform": ["linux/amd64"],
        "require-attestation": "provenance",
        "max-size": 4096,
        "expect": "sha256:0242"
    });
    schema::assert_valid(&schema, &policy, "policy");
    let keys = schema["properties"].as_object().unwrap().keys();
    let help = env.ocikit(&["verify", "--help"]).expect_code(0).stdout;
    for key in keys {
        assert!(help.contains(&format!("\n  {key} ")), "{key}");
    }
}
