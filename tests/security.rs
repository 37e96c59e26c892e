//! SECURITY.md says what is so.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failure here is a failed test")]

use std::path::Path;
use std::process::Command;

use ocikit::limits::{Limits, NAMES};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The cells of the rows below a heading, as far as the next one.
fn table(heading: &str) -> Vec<Vec<String>> {
    let page = std::fs::read_to_string(root().join("SECURITY.md")).unwrap();
    let section = page.split("\n## ").find(|section| section.starts_with(heading)).expect("the heading");
    let rows = section.lines().filter(|line| line.starts_with("| ")).skip(1);
    rows.map(|row| row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()).collect()
}

#[test]
fn the_limits_are_those_of_the_program() {
    let rows = table("Limits");
    let names: Vec<&str> = rows.iter().map(|row| row[0].trim_matches('`')).collect();
    assert_eq!(names, NAMES);
    for row in &rows {
        let assignment = format!("{}={}", row[0].trim_matches('`'), row[1]);
        let mut limits = Limits::default();
        limits.set(&assignment).unwrap();
        assert_eq!(limits, Limits::default(), "{assignment}");
    }
}

#[test]
fn each_promise_has_a_test() {
    let rows = table("What is promised");
    assert!(rows.len() > 10, "{rows:?}");
    for row in rows {
        for test in row[1].split(", ") {
            let (file, name) = test.trim_matches('`').split_once(": ").unwrap_or_else(|| panic!("{test}"));
            let text = std::fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
            let heads = ["#[test]\n", "#[cfg(target_os = \"linux\")]\n#[test]\n"];
            let is_there = heads.iter().any(|head| text.contains(&format!("{head}fn {name}()")));
            assert!(is_there, "{file} has no test `{name}`");
        }
    }
}

/// Each package may be used under one of these, or with both where its licence says so.
const LICENCES: [&str; 5] = ["Apache-2.0", "BSD-3-Clause", "MIT", "Unicode-3.0", "Zlib"];

#[test]
fn the_findings_about_readers_exist() {
    let rows = table("Readers that disagree");
    assert!(rows.len() > 5);
    for name in rows.iter().flat_map(|row| row[2].split(", ")) {
        let name = name.trim_matches('`');
        assert!(name.parse::<ocikit::finding::Code>().is_ok(), "no finding is named {name}");
    }
}

#[test]
fn packages_have_fitting_licences() {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--format-version", "1", "--locked", "--all-features", "--manifest-path"]);
    cargo.arg(root().join("Cargo.toml"));
    // Packages for other systems need not have been fetched.
    let host = Command::new("rustc").arg("-vV").output().unwrap();
    let host = String::from_utf8(host.stdout).unwrap();
    let host = host.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let output = cargo.args(["--filter-platform", host]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 50);
    for package in packages.iter().filter(|package| package["name"] != "ocikit") {
        let name = &package["name"];
        assert_eq!(package["source"], "registry+https://github.com/rust-lang/crates.io-index", "{name}");
        let licence = package["license"].as_str().unwrap_or_else(|| panic!("{name} has no licence"));
        let fits = |choice: &str| LICENCES.contains(&choice.trim().trim_matches(['(', ')']));
        let one_of = |choices: &str| choices.replace('/', " OR ").split(" OR ").any(fits);
        assert!(licence.split(" AND ").all(one_of), "{name}: {licence}");
    }
}
