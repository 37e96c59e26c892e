//! What README and `man/ocikit-recipes.7` show is what happens: recipes are run as they are written, transcripts compared, on
//! files by real tools.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use crate::support::*;

fn readme() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap()
}

/// The source of `man/ocikit-recipes.7`, which another test keeps up to date.
fn manual() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/cli/man/recipes.md")).unwrap()
}

/// The text below a title of the second level.
fn section<'a>(text: &'a str, title: &str) -> &'a str {
    let (_, rest) = text.split_once(&format!("\n## {title}\n")).unwrap();
    rest.split("\n## ").next().unwrap()
}

/// The recipes of a page, each with its title.
fn recipes(page: &str) -> Vec<&str> {
    section(page, "Recipes").split("\n### ").skip(1).map(str::trim).collect()
}

/// The code blocks of a language.
fn blocks<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    let opened = format!("\n```{language}\n");
    text.split(&opened).skip(1).map(|rest| rest.split("\n```").next().unwrap()).collect()
}

/// Commands whose verdict is in their exit code.
const CHECKS: [&str; 4] = ["ocikit compare", "ocikit diff", "ocikit doctor", "ocikit verify"];

#[test]
fn the_recipes_of_readme_are_those_of_the_manual() {
    let (readme, manual) = (readme(), manual());
    let (some, all) = (recipes(&readme), recipes(&manual));
    assert_eq!(some.len(), 5, "{some:?}");
    for recipe in some {
        assert!(all.contains(&recipe), "src/cli/man/recipes.md has another text than:\n{recipe}");
    }
}

#[test]
fn every_recipe_does_what_it_says() {
    let env = TestEnv::new();
    ground::lay(&env);
    let manual = manual();
    let lines: Vec<&str> = blocks(section(&manual, "Recipes"), "sh").into_iter().flat_map(str::lines).collect();
    assert!(lines.len() >= 35, "{lines:?}");
    for line in lines {
        let run = env.bash(line);
        let may_find = CHECKS.iter().any(|check| line.starts_with(check));
        assert!(run.code == 0 || run.code == 1 && may_find, "{line}\n{run}");
        let words: Vec<&str> = line.split_whitespace().collect();
        let output = words.iter().position(|word| *word == "-o").map(|at| words[at + 1]);
        let is_image =
            |output: &&str| !["statements", "scans", "rootfs", "rootfs.tar.gz", "-", "update.delta"].contains(output);
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
    assert_eq!(transcripts.len(), 2, "{transcripts:?}");
    for transcript in transcripts {
        let mut shown = String::new();
        for command in transcript.lines().filter_map(|line| line.strip_prefix("$ ")) {
            let run = env.bash(command);
            shown += &format!("$ {command}\n{}{}", run.stdout, run.stderr);
        }
        assert_eq!(shown.trim_end(), transcript, "\n{shown}");
    }
}

/// The steps of the jobs below "## CI", in files that those who run them would find; all but the installation.
#[test]
fn the_jobs_for_ci_do_what_they_say() {
    let env = TestEnv::new();
    ground::lay(&env);
    let manual = manual();
    let text = section(&manual, "CI");
    env.write("policy.toml", blocks(text, "toml")[0]);
    let step = |line: &str| {
        let line = line.trim().trim_start_matches("- ");
        let line = line.strip_prefix("run: ").unwrap_or(line);
        line.starts_with("ocikit ").then(|| line.to_owned())
    };
    let steps: Vec<String> = text.lines().filter_map(step).collect();
    assert_eq!(steps.len(), 4, "{steps:?}");
    for step in &steps {
        let _ = env.bash(step).expect_code(0);
    }
    // The same steps hold a file back that is not what the policy says.
    env.write("multi.tar", env.read("image.tar"));
    for step in &steps[..3] {
        let run = env.bash(step).expect_code(1);
        assert!(
            step.contains(" > ") || run.stdout.contains("::error file=multi.tar,title=attestation-required::"),
            "{run}"
        );
    }
    let log: serde_json::Value = serde_json::from_slice(&env.read("verify.sarif")).unwrap();
    assert_eq!(log["runs"][0]["results"][0]["level"], "error");
    let report = String::from_utf8(env.read("verify.xml")).unwrap();
    let report = roxmltree::Document::parse(&report).unwrap();
    assert!(report.descendants().any(|node| node.attribute("type") == Some("platform-required")), "{report:?}");
}
