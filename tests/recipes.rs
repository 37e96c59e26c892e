//! The recipes of README, each run as it stands there on files by real tools, so that they stay true.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

mod support;

use support::*;

/// The files that the recipes speak of.
fn ground(env: &TestEnv) {
    for (name, item) in [
        ("build.tar", "buildkit/ociartifact-false-prov.oci.tar"),
        ("multi.tar", "buildx/sbom-provmax-multi.oci.tar"),
        ("partial.tar", "ctr/ctr16-export-default.tar"),
    ] {
        env.write(name, std::fs::read(testdata(item)).unwrap());
    }
    for (name, item) in [
        ("cache", "buildkit/cache-small-imfalse-ocitrue"),
        ("layout", "umoci/new-whiteout"),
        ("several", "skopeo/oci-multiref"),
    ] {
        Files::from_dir(testdata(item)).to_dir(env.path(name));
    }
    for (platform, output) in [("linux/amd64", "amd64.tar"), ("linux/arm64", "arm64.tar")] {
        let _ = env.ocikit(&["platform", "keep", "multi.tar", platform, "-o", output]).expect_code(0);
    }
}

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
    ground(&env);
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
