//! What is printed to be pasted is quoted, and works.

use super::env_with;
use crate::support::{Desc, Image, Layer, Layout, Run, Store, TestEnv};

/// The commands of a report: what follows `fix`, and what stands in backticks and begins with a program.
fn commands(run: &Run) -> Vec<String> {
    let mut commands = Vec::new();
    for line in run.stdout.lines().chain(run.stderr.lines()) {
        match ["fix:", "fix all:"].iter().find_map(|name| line.trim_start().strip_prefix(name)).map(str::trim_start) {
            Some(command) if !command.starts_with("none") => commands.push(command.trim().to_owned()),
            _ => {
                let spans = line.split('`').skip(1).step_by(2);
                let is_command = |span: &&str| ["ocikit ", "xz ", "bzip2 "].iter().any(|name| span.starts_with(name));
                commands.extend(spans.filter(is_command).map(ToOwned::to_owned));
            }
        }
    }
    commands
}

/// Runs each command of a report, and removes what it makes.
fn run_all(env: &TestEnv, report: &Run) -> usize {
    let commands = commands(report);
    for command in &commands {
        let run = env.bash(command).expect_code(0);
        assert!(!env.path("PWNED").exists(), "{command}\n{run}");
        let made = env.path("FIXED");
        if made.is_dir() {
            std::fs::remove_dir_all(made).unwrap();
        } else if made.exists() {
            std::fs::remove_file(made).unwrap();
        }
    }
    commands.len()
}

#[test]
fn a_name_in_the_file_is_never_run() {
    let env = env_with(&["f1-ref-with-shell-text.tar"]);
    let file = "f1-ref-with-shell-text.tar";
    assert!(run_all(&env, &env.ocikit(&["doctor", "-v", file])) > 5);
    let run = env.ocikit(&["files", file]).expect_code(2);
    assert!(run.stderr.contains("`'$(touch PWNED)'`"), "{}", run.stderr);
}

#[test]
fn a_file_name_is_never_run() {
    let cases = env_with(&["f08-two-of-one-platform.tar"]);
    let bytes = cases.read("f08-two-of-one-platform.tar");
    for name in
        ["$(touch PWNED).tar", "it's; touch PWNED.tar", "-x.tar", "a`touch PWNED`", "a\u{1b}[31m\n\u{202e}b%s\\n"]
    {
        let env = TestEnv::new();
        env.write(name, &bytes);
        let pasted = if name.starts_with('-') { format!("./{name}") } else { name.to_owned() };
        let run = env.ocikit(&["verify", &pasted]).expect_code(0);
        assert!(!run.stdout.contains(['\u{1b}', '\u{202e}']), "{}", run.stdout);
        assert_eq!(run_all(&env, &run), 2, "{}", run.stdout);
    }
}

#[test]
fn no_command_is_offered_that_no_shell_takes() {
    let cases = env_with(&["f08-two-of-one-platform.tar"]);
    let bytes = cases.read("f08-two-of-one-platform.tar");
    let env = TestEnv::new();
    env.write("a\n", bytes);
    let run = env.ocikit(&["verify", "a\n"]).expect_code(0);
    assert!(!run.stdout.contains("fix"), "{}", run.stdout);
    let report = env.ocikit(&["verify", "a\n", "--format", "json"]).json();
    assert_eq!(report["findings"][0]["fix"][2], "a\n");
}

#[test]
fn the_command_for_a_file_that_is_not_read_makes_it_readable() {
    let env = env_with(&["c1-sound.tar"]);
    for program in ["xz", "bzip2"] {
        let name = format!("$(touch PWNED) {program}");
        let _ = env.bash(&format!("{program} < c1-sound.tar > '{name}'")).expect_code(0);
        let run = env.ocikit(&["verify", &name]).expect_code(2);
        let command = commands(&run).pop().unwrap();
        let _ = env.bash(&format!("{command} && ocikit verify FIXED && rm FIXED")).expect_code(0);
        assert!(!env.path("PWNED").exists());
    }
}

#[test]
fn what_is_offered_to_choose_from_can_be_pasted() {
    for (file, arguments) in
        [("f10-windows-os-version.tar", ["files", "IMAGE"]), ("f08-two-of-one-platform.tar", ["files", "IMAGE"])]
    {
        let env = env_with(&[file]);
        let line = arguments.join(" ").replace("IMAGE", file);
        let run = env.bash(&format!("ocikit {line}")).expect_code(2);
        let offered: Vec<&str> = run.stderr.split('`').skip(1).step_by(2).collect();
        assert!(offered.len() > 1, "{}", run.stderr);
        for choice in offered {
            let chosen = if choice.starts_with('@') {
                line.replace(file, &format!("{file}{choice}"))
            } else {
                format!("{line} {choice}")
            };
            let _ = env.bash(&format!("ocikit {chosen}")).expect_code(0);
        }
    }
}

#[test]
fn an_entry_is_removed_or_kept_by_its_digest() {
    let file = "f08-two-of-one-platform.tar";
    let env = env_with(&[file]);
    let list = |file: &str| -> Vec<String> {
        let report = env.ocikit(&["platform", "list", file, "--format", "json"]).json();
        let rows = report["platforms"].as_array().unwrap().iter();
        rows.map(|row| row["digest"].as_str().unwrap().to_owned()).collect()
    };
    let digests = list(file);
    assert_eq!(digests.len(), 4);
    let second = format!("@{}", digests[1]);
    let _ = env.ocikit(&["platform", "remove", file, &second, "-o", "removed.tar"]).expect_code(0);
    assert_eq!(list("removed.tar"), [&*digests[0], &*digests[2], &*digests[3]]);
    let _ = env.ocikit(&["platform", "keep", file, &second, "linux/arm64", "-o", "kept.tar"]).expect_code(0);
    assert_eq!(list("kept.tar"), digests[1..]);
    let _ = env.ocikit(&["platform", "keep", file, &digests[3], "-o", "one.tar"]).expect_code(0);
    assert_eq!(list("one.tar"), digests[3..]);
    let refused = env.ocikit(&["platform", "remove", "one.tar", &digests[3], "-o", "none.tar"]).expect_code(2);
    assert!(refused.stderr.contains("no image would remain"), "{}", refused.stderr);
    let unknown = env.ocikit(&["platform", "remove", file, "@sha256:0123456789abcdef", "-o", "x.tar"]).expect_code(2);
    assert!(unknown.stderr.contains(&second), "{}", unknown.stderr);
}

#[test]
fn images_of_other_names_stay() {
    let mut store = Store::new();
    let images =
        ["a", "b", "c"].map(|who| Image::new("linux/amd64").layer(Layer::of(&[("who", who)])).put(&mut store).desc);
    let [first, second, other] = &images;
    let roots = [first.tagged("1.0"), second.tagged("1.0"), other.tagged("2.0")];
    let layout = roots.iter().fold(Layout::new(&store), |layout, root| layout.root(root));
    let env = TestEnv::new();
    env.write_tar("image.tar", &layout.files());
    for (verb, gone) in [("keep", second), ("remove", first)] {
        let digest = format!("@{}", first.digest);
        let _ = env.ocikit(&["platform", verb, "image.tar", &digest, "-o", "out.tar"]).expect_code(0);
        let report = env.ocikit(&["ref", "list", "out.tar", "--format", "json"]).expect_code(0).stdout;
        let stays = |image: &Desc| report.contains(&image.digest);
        assert_eq!(
            [first, second, other].map(stays),
            [first, second, other].map(|own| own.digest != gone.digest),
            "{verb}"
        );
    }
}

#[test]
fn another_compression_corrects_the_media_types() {
    let file = "f03-zstd-is-gzip.tar";
    let env = env_with(&[file]);
    let _ = env.ocikit(&["verify", "--deep", file]).expect_code(1);
    let _ = env.ocikit(&["repack", file, "--compression", "gzip", "-o", "gzip.tar"]).expect_code(0);
    let _ = env.ocikit(&["verify", "--deep", "--deny", "warnings", "gzip.tar"]).expect_code(0);
}
