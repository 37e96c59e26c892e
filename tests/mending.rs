//! The commands that `doctor` advises are commands that the program takes.

#![expect(clippy::expect_used, reason = "a test may fail")]

mod support;

use std::collections::BTreeSet;

use support::{TestEnv, testdata};

/// Every file and directory of the test data.
fn items() -> Vec<std::path::PathBuf> {
    let folders = std::fs::read_dir(testdata("")).expect("testdata").flatten().map(|entry| entry.path());
    let folders = folders.filter(|path| path.is_dir());
    let mut items: Vec<_> =
        folders.flat_map(|folder| std::fs::read_dir(folder).expect("a folder").flatten()).map(|e| e.path()).collect();
    items.sort();
    items
}

/// The values of a key, at any depth.
fn collect(value: &serde_json::Value, key: &str, found: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::Object(members) => {
            for (name, value) in members {
                match value.as_str().filter(|_| name == key) {
                    Some(text) => drop(found.insert(text.to_owned())),
                    None => collect(value, key, found),
                }
            }
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| collect(item, key, found)),
        _ => {}
    }
}

#[test]
fn every_command_that_is_advised_is_one() {
    let env = TestEnv::new();
    let mut advised = BTreeSet::new();
    for item in items() {
        let path = item.to_str().expect("UTF-8");
        collect(&env.ocikit(&["doctor", "--format", "json", path]).json(), "mend", &mut advised);
    }
    assert!(advised.len() > 10, "{advised:?}");
    for command in advised {
        let words: Vec<String> = command
            .split(' ')
            .map(|word| match word {
                "PLATFORM" => "linux/amd64".to_owned(),
                word => word.replace("{input}", "image.tar").replace("{output}", "fixed.tar"),
            })
            .collect();
        // With --help at the end nothing is done, and what stands before it is read all the same.
        let words: Vec<&str> = words.iter().map(String::as_str).chain(["--help"]).collect();
        let run = env.ocikit(&words);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "`ocikit {command}`");
    }
}
