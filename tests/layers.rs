//! A module imports only from floors below its own; within one tree of modules everything is free. One module makes the
//! commands that are printed.
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The floors of the design, lowest first, as `CONTRIBUTING.md` and the `mod.rs` of each module describe them. Modules of
/// one floor do not import each other. `crate::Error` is the one name that the crate itself gives out, and is on the lowest.
const FLOORS: &[&[&str]] = &[
    // The vocabulary: errors, findings, limits, digests, names, platforms, commands to paste. Nothing here reads a file.
    &[
        "Error",
        "command",
        "harmful",
        "error",
        "finding",
        "limits",
        "digest",
        "media_type",
        "platform",
        "reference",
        "near",
        "parallel",
        "progress",
        "target",
    ],
    // Formats that are not specific to images: JSON text, compression, tar archives.
    &["json", "codec", "tar_index"],
    // `doc` reads the documents of images, `source` the bytes of files; `sink` writes files.
    &["doc", "source", "sink"],
    // What a stored signature says, and by which key it is.
    &["signature"],
    // What references what among the blobs of one source.
    &["graph"],
    // An open image file: its source and its graph.
    &["image"],
    // What is in an image: `rootfs` merges its layers, `views` compares `index.json` with `manifest.json`.
    &["rootfs", "views"],
    // Two separate modules: `readers` predicts what other programs do with a file, `edit` changes files.
    &["readers", "edit"],
    // The checks of `verify`, and the list that runs them.
    &["checks"],
    // One module for each verb: options in, a report out. Nothing here prints.
    &["ops"],
    // Reports as text, JSON, pages and the formats of CI systems.
    &["render"],
    // The command line: arguments to options, reports to the terminal, exit codes.
    &["cli", "main"],
];

/// Imports within one floor that are there for a reason.
const NEIGHBOURS: &[(&str, &str, &str)] = &[
    ("command", "harmful", "a command shows no control characters"),
    ("error", "command", "an error offers what can be pasted"),
    ("error", "digest", "an error names what a digest or address is not"),
    ("error", "limits", "an error names the limit"),
    ("error", "media_type", "an error names the compression"),
    ("error", "near", "an error says what was probably meant"),
    ("error", "reference", "an error names the transport"),
    ("finding", "command", "a finding names the command that fixes it"),
    ("finding", "near", "as for errors"),
    ("limits", "near", "as for errors"),
    ("reference", "harmful", "a name to write has no control characters"),
    ("reference", "digest", "an address may hold a digest"),
    ("sink", "source", "the blob of a layer that is spooled is a part of an image file"),
    ("target", "near", "as for errors"),
];

fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&module))
}

fn sources() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = walkdir::WalkDir::new(root).into_iter().map(|entry| entry.unwrap().into_path());
    files.filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect()
}

/// The top module that a file belongs to; None for the root of the crate.
fn module(path: &Path) -> Option<String> {
    let inside = path.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap();
    let first = inside.iter().next().unwrap().to_str().unwrap();
    let name = first.strip_suffix(".rs").unwrap_or(first);
    (name != "lib").then(|| name.to_owned())
}

/// The code without what only tests see, and without comments.
fn code(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// The first names after `crate::`, those in braces too.
fn imports(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            Some(list) => {
                let (mut depth, mut name) = (0, String::new());
                for c in list.chars() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => found.extend(first_name(&std::mem::take(&mut name))),
                        c if depth == 0 => name.push(c),
                        _ => {}
                    }
                }
                found.extend(first_name(&name));
            }
            None => found.extend(first_name(rest)),
        }
    }
    found
}

fn first_name(path: &str) -> Option<String> {
    let name: String = path.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    (!name.is_empty()).then_some(name)
}

/// What each module imports, and from which files.
fn edges() -> BTreeMap<(String, String), Vec<String>> {
    let mut edges: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for path in sources() {
        let inside = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap();
        let is_test = inside.iter().any(|part| part == "tests" || part == "tests.rs");
        let Some(from) = module(&path).filter(|_| !is_test) else { continue };
        for to in imports(&code(&path)).into_iter().filter(|to| *to != from) {
            edges.entry((from.clone(), to)).or_default().push(path.display().to_string());
        }
    }
    edges
}

#[test]
fn every_module_has_a_floor() {
    for path in sources() {
        if let Some(module) = module(&path) {
            assert!(floor(&module).is_some(), "{}: no floor is given for `{module}`", path.display());
        }
    }
}

#[test]
fn imports_lead_down() {
    let mut wrong = Vec::new();
    for ((from, to), files) in edges() {
        let (Some(own), Some(other)) = (floor(&from), floor(&to)) else {
            wrong.push(format!("`{from}` imports `{to}`, which has no floor: {files:?}"));
            continue;
        };
        let neighbours = NEIGHBOURS.iter().any(|(one, another, _)| *one == from && *another == to);
        if other > own || other == own && !neighbours {
            wrong.push(format!("`{from}` on floor {own} imports `{to}` on floor {other}: {files:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_exception_outlives_its_reason() {
    let edges = edges();
    for (from, to, reason) in NEIGHBOURS {
        assert!(edges.contains_key(&((*from).to_owned(), (*to).to_owned())), "{from} -> {to} ({reason}) is gone");
    }
}

/// Whole commands that name no file.
const FIXED_COMMANDS: [&str; 2] = ["`ocikit explain --list`", "`ocikit schema`"];

#[test]
fn commands_are_made_in_one_place() {
    let mut wrong = Vec::new();
    for path in sources() {
        let name = path.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap().to_str().unwrap();
        let is_test = name.ends_with("tests.rs") || name.contains("/tests/");
        // The examples of the help are constants, each of which another test runs; a page has the version in its title.
        if is_test || ["command.rs", "cli/help/examples.rs", "cli/man/text.rs"].contains(&name) {
            continue;
        }
        let code = FIXED_COMMANDS.iter().fold(code(&path), |code, command| code.replace(command, ""));
        for made in ["`ocikit ", "\"ocikit ", "ocikit {", "shlex"] {
            if code.contains(made) {
                wrong.push(format!("{name}: {made}"));
            }
        }
    }
    assert!(wrong.is_empty(), "only `command.rs` makes commands:\n{}", wrong.join("\n"));
}

#[test]
fn imports_are_read_in_every_form() {
    let code =
        "use crate::graph::{Graph, Kind};\nuse crate::{json::Value, ops::{self, verify}};\nlet x = crate::doc::y();";
    let found: Vec<_> = imports(code).into_iter().collect();
    assert_eq!(found, ["doc", "graph", "json", "ops"]);
}
