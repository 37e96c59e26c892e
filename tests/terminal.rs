//! Nothing that an image says acts on a terminal or breaks a format: not its names, not its documents, not the name of the
//! file itself; through every command, in every format, on standard output and standard error.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failure here is a failed test")]

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::process::Command;

use crate::support::builder::dual::docker25;
use crate::support::commands::{PLANNING, READING, UNPACKING, filled};
use crate::support::files::raw_tar;
use crate::support::*;

/// Escape sequences, controls of both sets, directions, characters without width, tags, line ends of all kinds, and what
/// has a meaning in workflow commands, XML, URIs and JSON.
const HARM: &str = "e\u{1b}[31m\u{1b}]0;t\u{7}\u{9b}2J\u{202e}\u{2066}\u{200b}\u{feff}\u{e0041}\u{85}\u{2028}\u{7f}\u{8}\
    \r\n::error::x%0A]]><b a='&amp;\">\u{fffe}\\u001b";

/// In names of members, bytes that are no UTF-8 take its place.
const NO_TEXT: &str = "@@@@";

fn harm() -> Json {
    HARM.into()
}

fn is_harmful(c: char) -> bool {
    c != '\n' && (c.is_control() || (!c.is_ascii() && HARM.contains(c)))
}

/// Fails if a terminal that shows this would do anything but show it.
#[track_caller]
fn assert_harmless(bytes: &[u8], what: &str) {
    let text = String::from_utf8(bytes.to_vec()).unwrap_or_else(|error| panic!("{what}: {error}"));
    if let Some(line) = text.lines().find(|line| line.contains(is_harmful)) {
        panic!("{what}: {line:?}");
    }
}

fn garbled(tar: &[u8]) -> Vec<u8> {
    let text: Vec<u8> = tar.to_vec();
    let mut at = 0;
    let mut out = text.clone();
    while let Some(found) = text[at..].windows(4).position(|window| window == NO_TEXT.as_bytes()) {
        at += found;
        out[at..at + 4].copy_from_slice(&[0xff, 0x9b, 0xc3, 0x28]);
        at += 4;
    }
    out
}

/// A layer whose every name is harmful.
fn layer() -> Layer {
    let name = format!("etc/{HARM}");
    let layer = Layer::new().file("etc/words", "x").file(&name, "x").dir(&format!("d{HARM}"));
    let layer = layer.symlink("link", HARM).hardlink("hard", &name).whiteout(HARM);
    let layer = layer.file("short", "x").pax("path", &format!("{NO_TEXT}{HARM}")).pax("uname", HARM);
    let layer = layer.symlink("other", "x").pax("linkpath", &format!("{NO_TEXT}{HARM}"));
    let layer =
        layer.file("owned", "x").pax(&format!("SCHILY.xattr.user.{HARM}"), HARM).char_device(&format!("c{HARM}"), 1, 3);
    let tar = layer.put(&mut Store::new(), builder::Dialect::Oci).tar;
    Layer::from_tar_bytes(garbled(&tar)).annotation(HARM, HARM)
}

fn labelled(image: Image) -> Image {
    let config = obj([("Env", arr([HARM])), ("Cmd", arr([HARM])), ("User", harm()), ("WorkingDir", harm())]);
    let labels = Json::Object(vec![(HARM.to_string(), harm())]);
    let image = image.config_field("author", HARM).config_field("config", config.with("Labels", labels));
    image.history(HARM, false).annotation(HARM, HARM).manifest_field(HARM, HARM).manifest_field("artifactType", HARM)
}

fn platform() -> Json {
    obj([("architecture", harm()), ("os", harm()), ("variant", harm()), ("os.version", harm())])
        .with("os.features", arr([HARM]))
}

/// The files, each with its name.
fn images() -> Vec<(&'static str, Vec<u8>)> {
    let mut store = Store::new();
    let image = labelled(Image::new("linux/amd64").layer(layer()).layer(layer().gzip())).put(&mut store);
    let predicate = obj([
        ("builder", obj([("id", harm())])),
        ("buildDefinition", obj([("buildType", harm()), ("externalParameters", obj([("a", harm())]))])),
        ("runDetails", obj([("builder", obj([("id", harm())]))])),
        ("spdxVersion", harm()),
        ("packages", arr([obj([("name", harm())])])),
    ]);
    let about = Attestation::of(&image.desc).statement(HARM, predicate.clone());
    let about = about.statement(builder::attestation::PROVENANCE_V1, predicate.clone());
    let about = about.statement(builder::attestation::SPDX, predicate).put(&mut store);
    let odd = labelled(Image::new("linux/arm64").layer(layer().media_type(HARM).url(HARM))).put(&mut store);
    let odd = odd.desc.without_platform().extra("platform", platform()).annotate(HARM, HARM).artifact_type(HARM);
    let referrer = Artifact::new(HARM).file(HARM, HARM, HARM).subject(&image.desc).put(&mut store);
    let root = Index::of([&image.desc, &odd, &about]).annotation(HARM, HARM).field(HARM, HARM).put(&mut store);
    let named = root.clone().annotate("org.opencontainers.image.ref.name", HARM);
    let named = named.annotate("io.containerd.image.name", &format!("example.com/{HARM}:{HARM}")).url(HARM);
    let layout = Layout::new(&store).root(&named).root(&referrer).root(&odd.annotate("x", "y"));
    let mut sound = layout.files();
    sound.file(HARM, HARM).symlink(&format!("l{HARM}"), HARM);
    sound.file("garbled", "x").member_mut("garbled").pax.push(("path".into(), format!("{NO_TEXT}{HARM}")));

    let mut broken = sound.clone();
    let text = broken.text("index.json").to_string();
    let quoted = serde_json::to_string(HARM).unwrap();
    let twice = format!("{{{quoted}:1,{quoted}:2,\"Manifests\":[],");
    let wrong = format!(
        r#""manifests":[{{"mediaType":{quoted},"digest":{quoted},"size":{quoted}}},{{"digest":"sha256:{quoted2}"}},"#,
        quoted2 = &quoted[1..quoted.len() - 1]
    );
    broken.replace("index.json", text.replacen('{', &twice, 1).replacen("\"manifests\":[", &wrong, 1));
    broken
        .append_duplicate(HARM, "another")
        .append_duplicate("oci-layout", format!("{{\"imageLayoutVersion\":{quoted}}}"));
    broken.symlink(&blob_name(&format!("sha256:{}", "0".repeat(64))), &format!("/{HARM}"));

    let mut docker = docker25(&[image.tagged(&[HARM, "app:1.0"])]);
    docker.edit_json("manifest.json", |text| {
        text.replacen("[{", &format!("[{{{quoted}:{quoted},\"LayerSources\":{{{quoted}:{{}}}},"), 1)
    });
    docker.replace("repositories", format!("{{{quoted}:{{{quoted}:{quoted}}}}}"));
    let mut lost = docker.clone();
    lost.replace("manifest.json", format!("[{{\"Config\":{quoted},\"RepoTags\":[{quoted}],\"Layers\":[{quoted}]}}]"));
    lost.remove("index.json").remove("oci-layout");
    let mut no_json = sound.clone();
    no_json.replace("index.json", format!("{{\"manifests\": {HARM}"));
    let mut wrapped = sound.clone();
    wrapped.wrapped(HARM);
    let tar = |files: &Files| garbled(&files.to_tar());
    vec![
        ("sound", tar(&sound)),
        ("broken", tar(&broken)),
        ("docker", tar(&docker)),
        ("lost", tar(&lost)),
        ("no JSON", tar(&no_json)),
        ("wrapped", tar(&wrapped)),
        ("pax", raw_tar::with_pax_bytes(&tar(&sound), "index.json", &format!("30 {HARM}"))),
        ("junk", HARM.repeat(100).into_bytes()),
        ("cut", tar(&sound)[..2_000].to_vec()),
    ]
}

/// Each command in a format, on a file whose own name is harmful.
fn runs(
    format: &str,
    commands: impl Iterator<Item = &'static &'static [&'static str]> + Clone,
    look: impl Fn(&Run, &str),
) {
    for (name, bytes) in images() {
        let env = TestEnv::new();
        let file = format!("{}.tar", HARM.replace('/', ""));
        env.write(&file, bytes);
        env.write_tar("other.tar", &shapes::oci_archive());
        env.write("predicate.json", "{}");
        for command in commands.clone() {
            let _ = std::fs::remove_dir_all(env.path("out"));
            let _ = std::fs::remove_file(env.path("out"));
            let words = filled(command, &file, "other.tar");
            let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
            words.extend(["--format", format]);
            let run = env.command(&words).stdin(std::fs::read(env.path(&file)).unwrap()).run();
            let what = format!("{name}: {command:?} --format {format}");
            assert!(run.code <= 2, "{what}: {run}");
            assert_harmless(run.stderr.as_bytes(), &what);
            look(&run, &what);
        }
    }
}

fn all() -> impl Iterator<Item = &'static &'static [&'static str]> + Clone {
    READING.iter().chain(PLANNING).chain(UNPACKING)
}

/// Commands that write what is stored to the byte, for another program.
fn is_raw(command: &[&str]) -> bool {
    command[0] == "cat" || command.contains(&"--raw")
}

#[test]
fn text_is_harmless() {
    runs("text", all().filter(|command| !is_raw(command)), |run, what| assert_harmless(&run.stdout_bytes, what));
}

#[test]
fn json_is_harmless_and_valid() {
    runs("json", all().filter(|command| !is_raw(command)), |run, what| {
        assert_harmless(&run.stdout_bytes, what);
        if run.code < 2 {
            serde_json::from_slice::<serde::de::IgnoredAny>(&run.stdout_bytes)
                .unwrap_or_else(|error| panic!("{what}: {error}"));
        }
    });
}

/// What writes the formats of continuous integration.
const CHECKS: [&str; 4] = ["verify", "compare", "diff", "doctor"];

fn checks() -> impl Iterator<Item = &'static &'static [&'static str]> + Clone {
    READING.iter().filter(|command| CHECKS.contains(&command[0]))
}

#[test]
fn formats_of_continuous_integration_are_harmless_and_valid() {
    runs("sarif", checks(), |run, what| {
        assert_harmless(&run.stdout_bytes, what);
        assert!(run.code == 2 || run.json()["version"] == "2.1.0", "{what}: {run}");
    });
    runs("junit", checks(), |run, what| {
        assert_harmless(&run.stdout_bytes, what);
        if run.code < 2 {
            let text = String::from_utf8(run.stdout_bytes.clone()).unwrap();
            let document = roxmltree::Document::parse(&text).unwrap_or_else(|error| panic!("{what}: {error}"));
            assert_eq!(document.root_element().tag_name().name(), "testsuites", "{what}");
        }
    });
    runs("github", checks(), |run, what| {
        assert_harmless(&run.stdout_bytes, what);
        // A line that does not begin as a command is none; the count at the end is for people.
        let text = String::from_utf8(run.stdout_bytes.clone()).unwrap();
        let is_count = |line: &&str| CHECKS.iter().any(|check| line.starts_with(&format!("{check}: ")));
        for line in text.lines().filter(|line| !is_count(line)) {
            let rest = ["::error ", "::warning ", "::notice "].into_iter().find_map(|begin| line.strip_prefix(begin));
            let (properties, _) =
                rest.and_then(|rest| rest.split_once("::")).unwrap_or_else(|| panic!("{what}: {line}"));
            let keys: Vec<&str> = properties.split(',').filter_map(|one| Some(one.split_once('=')?.0)).collect();
            assert_eq!(keys, ["file", "title"], "{what}: {line}");
        }
    });
}

/// What is typed may be a stranger's too, where a shell put the names of files there.
#[test]
fn arguments_are_harmless() {
    let env = TestEnv::new();
    let mut garbled = b"x\xff\x9b\x1b[31m".to_vec();
    garbled.extend(HARM.as_bytes());
    garbled.truncate(200);
    let option = format!("--{HARM}");
    let arguments: [&[&[u8]]; 8] = [
        &[b"verify", &garbled],
        &[b"verify", option.as_bytes()],
        &[HARM.as_bytes()],
        &[b"inspect", b"x", b"--platform", HARM.as_bytes()],
        &[b"inspect", b"x", b"--format", HARM.as_bytes()],
        &[b"verify", b"x", b"--limits", HARM.as_bytes()],
        &[b"explain", HARM.as_bytes()],
        &[b"cat", b"x", HARM.as_bytes()],
    ];
    for words in arguments {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ocikit"));
        command.args(words.iter().map(|word| OsStr::from_bytes(word))).current_dir(env.root());
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{words:?}");
        assert!(!output.stderr.is_empty(), "{words:?}");
        assert_harmless(&output.stderr, &format!("{words:?}"));
        assert_harmless(&output.stdout, &format!("{words:?}"));
    }
}

/// What is written to the byte into a file or pipe is shown harmless where a person looks at it.
#[test]
fn raw_output_is_shown_on_a_terminal_and_written_into_a_pipe() {
    let Some(script) = readers::require("script") else { return };
    let env = TestEnv::new();
    let mut store = Store::new();
    let content = format!("{HARM}\u{e4}\tend\n");
    let image = Image::new("linux/amd64").layer(Layer::new().file("etc/words", content.as_str())).annotation("a", HARM);
    let image = image.put(&mut store);
    env.write_tar("image.tar", &Layout::new(&store).root(&image.desc.tagged("1.0")).files());
    let on_terminal = |line: &str| {
        let mut command = Command::new(&script);
        let line = format!("'{}' {line}", env!("CARGO_BIN_EXE_ocikit"));
        command.args(["-qec", &line, "/dev/null"]).current_dir(env.root()).env("SHELL", "/bin/sh");
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap().replace("\r\n", "\n"))
    };
    let piped = env.ocikit(&["cat", "image.tar", "etc/words"]).expect_code(0);
    assert_eq!(piped.stdout_bytes, content.as_bytes());
    for line in ["cat image.tar etc/words", "inspect image.tar --raw", "cat image.tar @sha256:"] {
        let (_, shown) = on_terminal(line);
        assert_harmless(shown.replace('\t', "").as_bytes(), line);
    }
    let (code, shown) = on_terminal("cat image.tar etc/words");
    assert_eq!(code, Some(0), "{shown}");
    assert!(shown.starts_with("e\\u{1b}[31m") && shown.ends_with("\u{e4}\tend\n"), "{shown:?}");
    for line in [
        "repack image.tar -o -",
        "annotate image.tar a=b -o -",
        "gc image.tar -o -",
        "merge image.tar --ref x:1 -o -",
        "delta create image.tar --base image.tar -o -",
    ] {
        let (code, shown) = on_terminal(line);
        assert_eq!(code, Some(2), "{line}: {shown}");
        assert!(shown.contains("standard output is a terminal"), "{line}: {shown}");
    }
}
