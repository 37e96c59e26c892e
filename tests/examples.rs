//! The examples of the help are done as they stand there, on files by real tools.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failure here is a failed test")]

use std::path::Path;

use crate::support::{TestEnv, ground};
use ocikit::finding::Code;

/// The words that call each command, from the names of the manual pages, which another test holds complete.
fn commands() -> Vec<String> {
    let pages = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("man")).unwrap();
    let names = pages.map(|page| page.unwrap().file_name().into_string().unwrap());
    let mut words: Vec<String> = names.filter_map(|name| Some(name.strip_suffix(".1")?.replace('-', " "))).collect();
    words.sort();
    words
}

/// The lines under "Examples:", each as a person copies it.
fn examples(help: &str) -> Vec<String> {
    let Some((_, examples)) = help.split_once("\nExamples:\n") else { return Vec::new() };
    let examples = examples.split("\n\n").next().unwrap();
    let mut found: Vec<String> = Vec::new();
    for line in examples.lines().map(|line| line.strip_prefix("  ").expect("indented")) {
        match found.last_mut() {
            _ if line.starts_with('#') => found.push(String::new()),
            Some(example) if example.is_empty() => *example = line.to_owned(),
            Some(example) => *example = format!("{example}\n{line}"),
            None => panic!("no purpose before: {line}"),
        }
    }
    found
}

/// Commands whose verdict is in their exit code.
const CHECKS: [&str; 4] = ["ocikit compare", "ocikit diff", "ocikit doctor", "ocikit verify"];

#[test]
fn every_example_does_what_it_says() {
    let env = TestEnv::new();
    ground::lay(&env);
    let mut done = 0;
    for command in commands() {
        let words = format!("{command} --help");
        let words: Vec<&str> = words.split(' ').skip(1).collect();
        let help = env.ocikit(&words).expect_code(0).stdout;
        for example in examples(&help) {
            let run = env.bash(&example);
            let may_find = CHECKS.iter().any(|check| example.starts_with(check));
            assert!(run.code == 0 || run.code == 1 && may_find, "`{command}`: {example}\n{run}");
            done += 1;
            if example.contains("--in-place") {
                ground::lay(&env);
            }
        }
    }
    assert!(done > 50, "{done}");
}

#[test]
fn every_command_of_an_explanation_is_one() {
    let env = TestEnv::new();
    ground::lay(&env);
    let digest = "0".repeat(64);
    let mut done = 0;
    for code in Code::ALL {
        let text = code.explanation();
        let parts = text.split("```");
        let lines = parts.clone().skip(1).step_by(2).flat_map(|block| block.lines().map(ToOwned::to_owned));
        let spans = parts.step_by(2).flat_map(|prose| prose.split('`').skip(1).step_by(2));
        for command in lines.chain(spans.map(|span| span.replace('\n', " "))).filter(|line| line.starts_with("ocikit "))
        {
            let command = command.replace("sha256:DIGEST", &format!("sha256:{digest}"));
            let run = env.bash(&command.replace("URI", "https://example.com/scan/v1"));
            let is_refused = run.stderr.contains("Usage:") || run.stderr.contains("--help");
            assert!(!is_refused, "{code}: {command}\n{run}");
            done += 1;
        }
    }
    assert!(done > 100, "{done}");
}

#[test]
fn short_help_is_short_and_long_help_has_more() {
    let env = TestEnv::new();
    for command in commands() {
        let help = |option| {
            let words = format!("{command} {option}");
            env.ocikit(&words.split(' ').skip(1).collect::<Vec<_>>()).expect_code(0).stdout
        };
        let (short, long) = (help("-h"), help("--help"));
        assert!(!short.contains("Examples:") && short.lines().count() < 60, "{short}");
        assert!(long.lines().count() > short.lines().count(), "{command}");
    }
}
