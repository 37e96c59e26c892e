//! Texts and lists of any length: what is shown is cut, and output stays linear in the input.

use super::env_with;
use crate::support::{Layout, Sample, TestEnv};

/// Commands that print a table or a tree.
const TABLES: [&str; 8] = [
    "ref list IMAGE",
    "platform list IMAGE",
    "compare IMAGE",
    "attestation list IMAGE",
    "attestation show IMAGE",
    "inspect IMAGE",
    "verify IMAGE",
    "doctor IMAGE",
];

/// The longest line that a text report has for any image.
const LINE: usize = 4000;

fn words<'a>(command: &'a str, image: &'a str) -> Vec<&'a str> {
    command.split(' ').map(|word| if word == "IMAGE" { image } else { word }).collect()
}

#[test]
fn a_text_of_70_000_characters_is_cut_in_text_and_whole_in_json() {
    for (name, whole) in
        [("x1-ref-of-70000.tar.zst", "ref list IMAGE"), ("x1-platform-of-70000.tar.zst", "platform list IMAGE")]
    {
        let env = env_with(&[name]);
        for command in TABLES {
            let run = env.ocikit(&words(command, name));
            assert!(run.code < 2 || run.stderr.contains("no manifest.json"), "{command}: {run}");
            let longest = run.stdout.lines().map(str::len).max().unwrap_or(0);
            assert!(longest < LINE, "{command}: a line of {longest} bytes");
        }
        let mut json = words(whole, name);
        json.extend(["--format", "json"]);
        assert!(env.ocikit(&json).expect_code(0).stdout.len() > 70_000);
    }
}

#[test]
fn one_long_name_does_not_widen_the_lines_of_others() {
    let sample = Sample::single();
    let long = "x".repeat(60_000);
    let names = (0..1000).map(|n| format!("v{n}")).chain([long]);
    let layout = names.fold(Layout::new(&sample.store), |all, name| all.root(&sample.images[0].desc.tagged(&name)));
    let env = TestEnv::new();
    env.write_tar("image.tar", &layout.files());
    let input = env.read("image.tar").len();
    for command in TABLES {
        let run = env.ocikit(&words(command, "image.tar"));
        assert!(run.stdout.len() < 2 * input, "{command}: {} bytes from {input}", run.stdout.len());
    }
}

#[test]
fn a_delta_that_lacks_a_blob_makes_no_directory() {
    let env = env_with(&["e1-base.tar", "e1-new.tar", "e1-tampered.delta"]);
    let apply = |delta, output| env.ocikit(&["delta", "apply", delta, "--base", "e1-base.tar", "-o", output]);
    for output in ["out", "out.tar"] {
        apply("e1-tampered.delta", output).expect_code(2);
        assert!(!env.path(output).exists());
    }
    env.ocikit(&["repack", "e1-new.tar", "-o", "new/"]).expect_code(0);
    env.ocikit(&["delta", "create", "new", "--base", "e1-base.tar", "-o", "sound.delta"]).expect_code(0);
    apply("sound.delta", "made").expect_code(0);
    env.ocikit(&["verify", "made"]).expect_code(0);
}
