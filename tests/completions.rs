//! Shells that have read the script complete what only the files say, and take nothing into the line that they would act on.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failure here is a failed test")]

use crate::support;
use crate::support::{Files, Run, TestEnv, readers, testdata};

/// `app.tar` with two names, `multi.tar` with three platforms, one file with a space.
fn ground() -> TestEnv {
    let env = TestEnv::new();
    for (name, item) in [
        ("app.tar", "buildx/two-tags.oci.tar"),
        ("multi.tar", "buildx/multi-default.oci.tar"),
        ("my image.tar", "buildx/default.oci.tar"),
    ] {
        env.write(name, std::fs::read(testdata(item)).unwrap());
    }
    env
}

/// What is offered for the last of these words.
fn offered(env: &TestEnv, words: &[&str]) -> Vec<String> {
    let words: Vec<&str> = ["--", "ocikit"].into_iter().chain(words.iter().copied()).collect();
    let run = env.command(&words).env("COMPLETE", "fish").run().expect_code(0);
    assert_eq!(run.stderr, "", "{words:?}");
    run.stdout.lines().map(|line| line.split('\t').next().unwrap().to_owned()).collect()
}

#[test]
fn values_are_offered() {
    let env = ground();
    for (line, expected) in [
        ("insp", &["inspect"][..]),
        ("platform pr", &["prune"]),
        ("inspect app.t", &["app.tar"]),
        ("inspect app.tar:", &["app.tar:example.com/team/app:1.0", "app.tar:example.com/team/app:latest"]),
        ("inspect app.tar:la", &["app.tar:latest"]),
        (
            "inspect app.tar@sha256:0242",
            &["app.tar@sha256:024298382b782232f110526c7b77173c81f4ef65e7509838acb6673def9e27af"],
        ),
        ("verify app.tar multi.tar:", &["multi.tar:example.com/team/multi:1.0"]),
        ("diff app.tar multi.tar:1", &["multi.tar:1.0"]),
        ("inspect multi.tar --platform linux/arm", &["linux/arm/v7", "linux/arm64"]),
        ("inspect multi.tar --platform=linux/arm6", &["--platform=linux/arm64"]),
        ("platform keep multi.tar linux/am", &["linux/amd64"]),
        ("platform add app.tar --from multi.tar --platform linux/am", &["linux/amd64"]),
        (
            "platform add multi.tar --manifest sha256:445",
            &["sha256:445ee80c487d7bad11e31127f4faaef8c2962d7169ba79084cf5a94ad4ec6ae0"],
        ),
        ("ref rename app.tar lat", &["latest"]),
        ("verify app.tar --require-ref 1", &["1.0"]),
        ("explain blob-di", &["blob-digest"]),
        ("verify app.tar --deny war", &["warnings"]),
        ("verify app.tar --allow blob-di", &["blob-digest"]),
        ("doctor app.tar --for podman,ki", &["podman,kind"]),
        ("repack app.tar --for umo", &["umoci"]),
        ("inspect app.tar --limits memb", &["members="]),
        ("attestation show multi.tar --type s", &["sbom"]),
        ("attestation add app.tar --type https://spdx", &["https://spdx.dev/Document"]),
        ("gc app.tar --progress al", &["always"]),
        ("convert app.tar --to d", &["docker"]),
        ("completions z", &["zsh"]),
        ("man platform-k", &["platform-keep"]),
        ("man reci", &["recipes"]),
    ] {
        assert_eq!(offered(&env, &line.split(' ').collect::<Vec<_>>()), expected, "{line}");
    }
    assert_eq!(offered(&env, &["inspect", "my i"]), ["my image.tar"]);
}

#[test]
fn every_word_of_the_help_that_is_offered_is_taken() {
    let env = ground();
    for (command, option) in [
        ("repack app.tar --dry-run", "--to"),
        ("repack app.tar --dry-run", "--compression"),
        ("attestation convert multi.tar --dry-run", "--to"),
        ("attestation add app.tar --dry-run --predicate app.tar --type x", "--style"),
        ("annotate app.tar --dry-run a=b", "--on"),
        ("annotate app.tar --dry-run a=b", "--attestations"),
        ("annotate app.tar --dry-run a=b", "--view"),
        ("merge app.tar multi.tar --ref x --dry-run", "--attestations"),
        ("convert app.tar --dry-run", "--to"),
    ] {
        let words: Vec<&str> = command.split(' ').collect();
        let asked: Vec<&str> = words.iter().copied().chain([option, ""]).collect();
        let values: Vec<String> = offered(&env, &asked).into_iter().filter(|value| !value.starts_with('-')).collect();
        assert!(values.len() > 1, "{command} {option}: {values:?}");
        for value in values {
            // With --help nothing is done, and what stands before it is read all the same.
            let line: Vec<&str> = words.iter().copied().chain([option, value.as_str(), "--help"]).collect();
            let run = env.ocikit(&line);
            assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{line:?}");
        }
    }
}

/// A file with such names and such a platform.
fn hostile(env: &TestEnv, names: &[&str]) {
    let mut files = Files::from_tar(testdata("buildx/default.oci.tar"));
    let mut index: serde_json::Value = serde_json::from_str(files.text("index.json")).unwrap();
    let entry = index["manifests"][0].clone();
    let named = |name: &&str| {
        let mut entry = entry.clone();
        entry["annotations"] = serde_json::json!({"org.opencontainers.image.ref.name": name});
        entry["platform"] = serde_json::json!({"os": name, "architecture": name});
        entry
    };
    index["manifests"] = names.iter().map(named).collect();
    files.replace("index.json", index.to_string());
    env.write_tar("hostile.tar", &files);
}

#[test]
fn nothing_that_a_shell_would_act_on_is_offered() {
    let env = TestEnv::new();
    let names = ["$(touch pwned)", "`id`", "a b", "x;y", "a\nb", "\u{1b}[2J", "\u{202e}gpj", "*", "-rf", "'", "fine"];
    hostile(&env, &names);
    // Behind the path a dash begins no option.
    assert_eq!(offered(&env, &["inspect", "hostile.tar:"]), ["hostile.tar:-rf", "hostile.tar:fine"]);
    let options = |offered: Vec<String>| offered.into_iter().filter(|text| !text.starts_with("--") && text.len() > 2);
    let names: Vec<String> = options(offered(&env, &["ref", "remove", "hostile.tar", ""])).collect();
    assert_eq!(names, ["fine"]);
    let platforms: Vec<String> = options(offered(&env, &["platform", "keep", "hostile.tar", ""])).collect();
    assert_eq!(platforms, ["linux/amd64"], "what the config says");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let words = ["--", "ocikit", "inspect", "hostile.tar:"];
        let run = env.command(&words).env("COMPLETE", shell).env("_CLAP_COMPLETE_INDEX", "2").run().expect_code(0);
        let lines: Vec<&str> = run.stdout.lines().collect();
        let fine = ["hostile.tar:fine", r"hostile.tar\:fine"];
        assert!(lines.len() == 2 && fine.contains(&lines[1]), "{shell}: {lines:?}");
    }
}

#[test]
fn what_fails_offers_nothing_and_says_nothing() {
    let env = TestEnv::new();
    env.write("broken.tar", b"this is no archive".repeat(100));
    for line in [
        "inspect broken.tar:",
        "inspect broken.tar --platform l",
        "inspect absent.tar:",
        "inspect /dev/zero:",
        "nosuch command x",
        "inspect --nosuch x",
    ] {
        assert_eq!(offered(&env, &line.split(' ').collect::<Vec<_>>()), Vec::<String>::new(), "{line}");
    }
}

#[test]
fn the_variable_means_nothing_without_a_shell_in_it() {
    let env = ground();
    for value in ["", "0", "1", "nosuch"] {
        let run = env.command(&["explain", "--list"]).env("COMPLETE", value).run().expect_code(0);
        assert!(run.stdout.contains("blob-digest"), "{value}");
    }
}

/// Types keys into an interactive shell, then asks it to print the line; what it printed.
fn typed(env: &TestEnv, shell: &str, variables: &[(&str, &str)], keys: &str) -> String {
    // Ctrl-A goes to the beginning of the line: what was completed is printed and not run.
    let keys = format!("{keys}\u{1}echo RESULT \u{5}\nexit\n");
    let beside = std::path::Path::new(support::run::ocikit()).parent().unwrap();
    let path = format!("{}:{}", beside.to_str().unwrap(), std::env::var("PATH").unwrap());
    let run = env.program("script", &["-qec", shell, "/dev/null"]).env("PATH", &path).env("TERM", "dumb");
    let run = variables.iter().fold(run, |run, (key, value)| run.env(key, value));
    let run: Run = run.stdin(keys).run();
    let result = run.stdout.lines().rev().find_map(|line| line.split_once("RESULT ocikit "));
    result.unwrap_or_else(|| panic!("{shell}\n{run}")).1.trim().to_owned()
}

/// Keys, and the line that they make.
const KEYS: [(&str, &str); 5] = [
    ("insp\tapp.t\t", "inspect app.tar"),
    ("inspect app.tar:ex\tlat\t", "inspect app.tar:example.com/team/app:latest"),
    ("inspect app.tar:la\t", "inspect app.tar:latest"),
    ("platform keep multi.tar linux/am\t", "platform keep multi.tar linux/amd64"),
    ("explain blob-di\t", "explain blob-digest"),
];

#[test]
fn bash_completes() {
    let (Some(_), Some(_)) = (readers::require("bash"), readers::require("script")) else { return };
    let env = ground();
    env.write("rc", "PS1='$ '\neval \"$(ocikit completions bash)\"\n");
    let type_in = |keys: &str| typed(&env, "bash --noprofile --rcfile rc -i", &[], &format!("ocikit {keys}"));
    for (keys, line) in KEYS {
        assert_eq!(type_in(keys), line);
    }
    assert_eq!(type_in("inspect app.tar --limits memb\t7"), "inspect app.tar --limits members=7");
    assert_eq!(type_in("inspect app.tar --limits=memb\t7"), "inspect app.tar --limits=members=7");
    assert_eq!(type_in("inspect my\t"), "inspect my image.tar", "files are bash's own, quoted");
    assert_eq!(type_in("inspect my\\ image.tar:1\t"), "inspect my image.tar:1.0");
    assert_eq!(type_in("inspect \"my image.tar:1\t"), "inspect my image.tar:1.0");
    assert_eq!(type_in("inspect app.tar@sha256:0242\t").len(), "inspect app.tar@sha256:".len() + 64);
    hostile(&env, &["$(touch pwned)", "$(touch pwned)x"]);
    assert_eq!(type_in("inspect hostile.tar:\t"), "inspect hostile.tar:");
    assert!(!env.path("pwned").exists());
}

#[test]
fn zsh_completes() {
    let (Some(_), Some(_)) = (readers::require("zsh"), readers::require("script")) else { return };
    let env = ground();
    env.write(
        ".zshrc",
        "PS1='$ '\nbindkey -e\nautoload -Uz compinit; compinit -u\neval \"$(ocikit completions zsh)\"\n",
    );
    for (keys, line) in KEYS {
        assert_eq!(typed(&env, "zsh -i", &[], &format!("ocikit {keys}")), line);
    }
    // As a file that a package puts where zsh looks for functions: at the first press too.
    env.write("_ocikit", env.ocikit(&["completions", "zsh"]).expect_code(0).stdout_bytes);
    env.write(".zshrc", "PS1='$ '\nbindkey -e\nfpath=($HOME $fpath)\nautoload -Uz compinit; compinit -u\n");
    for (keys, line) in KEYS {
        assert_eq!(typed(&env, "zsh -i", &[], &format!("ocikit {keys}")), line);
    }
}

#[test]
fn fish_completes() {
    let Some(_) = readers::require("fish") else { return };
    let env = ground();
    for (line, expected) in [
        ("inspect app.tar:la", "app.tar:latest"),
        ("platform keep multi.tar linux/am", "linux/amd64"),
        ("explain blob-di", "blob-digest"),
        ("inspect my", "my image.tar"),
    ] {
        let script = format!("ocikit completions fish | source; complete -C 'ocikit {line}'");
        let run = env.bash(&format!("fish --no-config -c \"{script}\"")).expect_code(0);
        let offered: Vec<&str> = run.stdout.lines().map(|line| line.split('\t').next().unwrap()).collect();
        assert_eq!(offered, [expected], "{line}");
    }
}
