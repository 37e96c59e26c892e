//! What README shows is what happens: its recipes are run as they stand there, its transcripts compared, on files by real
//! tools.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

mod support;

use support::*;

fn readme() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap()
}

/// The code blocks of a language.
fn blocks<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    let opened = format!("\n```{language}\n");
    text.split(&opened).skip(1).map(|rest| rest.split("\n```").next().unwrap()).collect()
}

/// Commands whose verdict is in their exit code.
const CHECKS: [&str; 4] = ["ocikit compare", "ocikit diff", "ocikit doctor", "ocikit verify"];

#[test]
fn every_recipe_does_what_it_says() {
    let env = TestEnv::new();
    ground::lay(&env);
    let readme = readme();
    let (_, recipes) = readme.split_once("\n## Recipes\n").unwrap();
    let recipes = recipes.split("\n## ").next().unwrap();
    let lines: Vec<&str> = blocks(recipes, "sh").into_iter().flat_map(str::lines).collect();
    assert!(lines.len() >= 35, "{lines:?}");
    for line in lines {
        let run = env.bash(line);
        let may_find = CHECKS.iter().any(|check| line.starts_with(check));
        assert!(run.code == 0 || run.code == 1 && may_find, "{line}\n{run}");
        let words: Vec<&str> = line.split_whitespace().collect();
        let output = words.iter().position(|word| *word == "-o").map(|at| words[at + 1]);
        let is_image = |output: &&str| !["statements", "rootfs", "update.delta"].contains(output);
        if let Some(output) = output.filter(is_image) {
            let _ = env.ocikit(&["verify", "--deep", output]).expect_code(0);
        }
    }
}

#[test]
fn every_transcript_is_what_is_printed() {
    let env = TestEnv::new();
    ground::lay(&env);
    let readme = readme();
    let transcripts = blocks(&readme, "console");
    assert!(transcripts.len() >= 4, "{transcripts:?}");
    for transcript in transcripts {
        let mut shown = String::new();
        for command in transcript.lines().filter_map(|line| line.strip_prefix("$ ")) {
            let run = env.bash(command);
            shown += &format!("$ {command}\n{}{}", run.stdout, run.stderr);
        }
        assert_eq!(shown.trim_end(), transcript, "\n{shown}");
    }
}
