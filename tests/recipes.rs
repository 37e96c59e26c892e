//! The recipes of README, each run as it stands there on files by real tools, so that they stay true.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

mod support;

use support::*;

/// The lines of the code blocks below "## Recipes" that run ocikit.
fn commands() -> Vec<String> {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let (_, recipes) = readme.split_once("\n## Recipes\n").unwrap();
    let recipes = recipes.split("\n## ").next().unwrap();
    recipes.lines().filter(|line| line.starts_with("ocikit ")).map(ToOwned::to_owned).collect()
}

#[test]
fn every_recipe_does_what_it_says() {
    let env = TestEnv::new();
    ground::lay(&env);
    let commands = commands();
    assert!(commands.len() >= 15, "{commands:?}");
    for command in &commands {
        let words: Vec<&str> = command.split_whitespace().skip(1).collect();
        let _ = env.ocikit(&words).expect_code(0);
        if let Some(at) = words.iter().position(|word| *word == "-o")
            && words[0] != "attestation"
        {
            let _ = env.ocikit(&["verify", "--deep", words[at + 1]]).expect_code(0);
        }
    }
}
