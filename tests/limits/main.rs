//! Files that are made to exhaust a reader, through every command that looks into what they are made of: each answers
//! with an exit code of its own, within seconds on the processor and 256 MiB of memory; where a limit is hit it is named
//! with the way to raise it, and raising it works.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failure here is a failed test")]

mod archives;
mod documents;
mod graphs;
mod layers;
#[path = "../support/mod.rs"]
mod support;

use support::commands::{PLANNING, READING, UNPACKING};
use support::{Desc, Files, Layout, Run, Store, TestEnv, shapes};

/// Memory that a run may take, in MiB.
const MEMORY: u64 = 256;
/// Seconds on the processor: without optimisation, as tests are built, everything takes ten times as long.
const SECONDS: u64 = 30;

/// A file made to exhaust its reader.
struct Hostile {
    name: &'static str,
    bytes: Vec<u8>,
    limit: Option<Limited>,
}

/// A limit that the file hits: who says so, and a value with which nobody does.
struct Limited {
    command: &'static [&'static str],
    name: &'static str,
    raised: &'static str,
}

impl Hostile {
    fn of(name: &'static str, files: &Files) -> Self {
        Self::from_bytes(name, files.to_tar())
    }

    fn from_bytes(name: &'static str, bytes: Vec<u8>) -> Self {
        Hostile { name, bytes, limit: None }
    }

    /// `verify` says that this limit is hit, and says it no more with another value.
    fn hits(self, name: &'static str, raised: &'static str) -> Self {
        self.hits_in(&["verify", "IMAGE"], name, raised)
    }

    fn hits_in(mut self, command: &'static [&'static str], name: &'static str, raised: &'static str) -> Self {
        self.limit = Some(Limited { command, name, raised });
        self
    }

    /// Runs commands on it, and looks at how they end.
    fn through<'c>(self, commands: impl IntoIterator<Item = &'c &'static [&'static str]>) {
        let env = TestEnv::new();
        env.write("image.tar", &self.bytes);
        env.write_tar("other.tar", &shapes::oci_archive());
        env.write("predicate.json", "{}");
        for command in commands {
            let run = self.run(&env, command, &[]);
            assert!(run.code <= 2, "{}: {command:?}: {run}", self.name);
            assert!(run.code < 2 || run.stderr.starts_with("error: "), "{}: {command:?}: {run}", self.name);
        }
        if let Some(Limited { command, name, raised }) = &self.limit {
            let advice = format!("`--limits {name}=VALUE` raises it");
            let says = |run: &Run| (run.stdout.clone() + &run.stderr).contains(&advice);
            let run = self.run(&env, command, &[]);
            assert!(says(&run), "{}: {run}", self.name);
            let run = self.run(&env, command, &["--limits", &format!("{name}={raised}")]);
            assert!(!says(&run), "{}: {run}", self.name);
        }
    }

    fn run(&self, env: &TestEnv, command: &[&str], more: &[&str]) -> Run {
        let output = env.path("out");
        for path in [&output, &env.path("out.mtree")] {
            let _ = std::fs::remove_dir_all(path);
            let _ = std::fs::remove_file(path);
        }
        let words = support::commands::filled(command, "image.tar", "other.tar");
        let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
        words.extend(more);
        let stdin = if words.contains(&"-") { self.bytes.clone() } else { Vec::new() };
        env.command(&words).stdin(stdin).bounded(MEMORY, SECONDS).run()
    }
}

/// What is decoded of a statement.
const SHOW: &[&str] = &["attestation", "show", "IMAGE"];

fn layout(store: &Store, root: &Desc) -> Files {
    Layout::new(store).root(&root.named("example.com/team/app:1.0")).files()
}

/// Commands that read layers.
fn into_layers() -> Vec<&'static &'static [&'static str]> {
    let deep =
        [&["verify", "IMAGE", "--deep"][..], &["cat", "IMAGE", "etc/words"], &["files", "IMAGE", "--layer", "1"]];
    let deep = deep.into_iter().chain([&["files", "IMAGE", "--top", "3"][..], &["diff", "IMAGE", "OTHER", "--files"]]);
    let deep: Vec<_> = deep.chain([&["unpack", "IMAGE", "-o", "OUT"][..]]).collect();
    READING.iter().chain(UNPACKING).filter(|command| deep.contains(command)).collect()
}

/// Commands for what every command does alike: opening the file and listing what is in it.
fn opening() -> Vec<&'static &'static [&'static str]> {
    let openers = ["inspect", "verify", "gc", "doctor"];
    READING.iter().filter(|command| openers.contains(&command[0]) && !command.contains(&"--deep")).collect()
}

#[test]
fn documents_that_are_deep_or_large() {
    for hostile in documents::deep().into_iter().chain(documents::large()) {
        hostile.through(READING.iter().chain(&UNPACKING[1..]));
    }
}

#[test]
fn documents_that_list_much() {
    let configs: &[&str] = &["inspect", "IMAGE", "--layers", "--config", "-v"];
    let page: &[&str] = &["inspect", "IMAGE", "--html", "OUT"];
    documents::descriptors().through([&page]);
    for hostile in documents::wide().into_iter().chain(documents::listed()) {
        hostile.through([&configs, &SHOW, &&["verify", "IMAGE"][..]]);
    }
}

#[test]
fn statements_that_say_much() {
    let attestations: [&&[&str]; 3] =
        [&&["attestation", "list", "IMAGE"][..], &SHOW, &&["attestation", "extract", "IMAGE", "-o", "OUT"][..]];
    for hostile in documents::statements() {
        hostile.through(attestations);
    }
}

#[test]
fn documents_that_are_much_together() {
    let pages: [&&[&str]; 2] =
        [&&["inspect", "IMAGE", "--html", "OUT"][..], &&["inspect", "IMAGE", "--format", "json"][..]];
    documents::together().through(pages);
}

#[test]
fn files_that_take_long_to_list() {
    let lists: [&&[&str]; 3] = [
        &&["files", "IMAGE"][..],
        &&["files", "IMAGE", "--tree"][..],
        &&["diff", "IMAGE", "OTHER", "--files", "--format", "json"][..],
    ];
    layers::deepest().through(lists);
    layers::long_names().through([]);
    layers::deeper_and_deeper().through([]);
    layers::deeper_than_any().through([]);
}

#[test]
fn graphs_that_lead_on_and_on() {
    for hostile in graphs::nested().into_iter().chain(graphs::circles()) {
        hostile.through(READING.iter().chain(PLANNING).chain(&UNPACKING[1..]));
    }
}

#[test]
fn graphs_of_many_nodes() {
    let lists = ["platform", "annotate", "ref", "merge"];
    let edits = PLANNING.iter().filter(|command| lists.contains(&command[0]));
    for hostile in graphs::many() {
        hostile.through(opening().into_iter().chain(edits.clone()));
    }
}

#[test]
fn graphs_that_are_written_anew() {
    let edits: [&&[&str]; 3] = [
        &&["convert", "IMAGE", "--to", "docker", "-o", "OUT.tar"][..],
        &&["platform", "add", "OTHER", "--from", "IMAGE", "--replace", "-o", "OUT.tar"][..],
        &&["annotate", "IMAGE", "--on", "manifest", "key=value", "--dry-run"][..],
    ];
    graphs::images().through(edits[..2].iter().copied());
    graphs::one_large_image().through(edits[2..].iter().copied());
}

#[test]
fn names_that_stand_for_much() {
    let lists: [&&[&str]; 3] = [
        &&["inspect", "IMAGE"][..],
        &&["diff", "IMAGE", "OTHER"][..],
        &&["repack", "IMAGE", "-o", "OUT.tar", "--dry-run"][..],
    ];
    graphs::names_of_one_index(750).hits_in(&["ref", "list", "IMAGE"], "descriptors", "10M").through([]);
    graphs::names_of_one_index(5_000).through(lists);
    archives::dangling_names().through([&&["verify", "IMAGE"][..]]);
}

#[test]
fn archives_that_are_no_use() {
    for hostile in archives::all() {
        hostile.through(opening());
    }
}

#[test]
fn layers_that_are_no_use() {
    for hostile in layers::all() {
        hostile.through(into_layers());
    }
}
