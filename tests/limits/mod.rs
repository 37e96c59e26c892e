//! Files that are made to exhaust a reader, through every command that looks into what they are made of: each answers
//! with an exit code of its own, within seconds on the processor and 256 MiB of memory; where a limit is hit it is named
//! with the way to raise it, and raising it works.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failure here is a failed test")]

mod archives;
mod documents;
mod graphs;
mod layers;
use std::collections::BTreeSet;

use crate::support;
use crate::support::amount::{is_everything, many};
use crate::support::commands::{PLANNING, READING, UNPACKING};
use crate::support::{Desc, Files, Layout, Run, Store, TestEnv, shapes};

/// Memory that a run may take, in MiB.
const MEMORY: u64 = 256;

/// Seconds on the processor: without optimisation, as tests are built, everything takes ten times as long. Half as many of
/// a thing take a quarter of the time where each is compared with each.
fn seconds() -> u64 {
    if is_everything() { 20 } else { 10 }
}

/// A file made to exhaust its reader.
struct Hostile {
    name: &'static str,
    bytes: Vec<u8>,
    limits: Vec<Limited>,
}

/// A limit that the file hits: who says so, and a value with which nobody does.
struct Limited {
    command: &'static str,
    name: &'static str,
    raised: &'static str,
}

impl Hostile {
    fn of(name: &'static str, files: &Files) -> Self {
        Self::from_bytes(name, files.to_tar())
    }

    fn from_bytes(name: &'static str, bytes: Vec<u8>) -> Self {
        Hostile { name, bytes, limits: Vec::new() }
    }

    /// `verify` says that this limit is hit, and says it no more with another value.
    fn hits(self, name: &'static str, raised: &'static str) -> Self {
        self.hits_in("verify IMAGE", name, raised)
    }

    fn hits_in(mut self, command: &'static str, name: &'static str, raised: &'static str) -> Self {
        self.limits.push(Limited { command, name, raised });
        self
    }

    /// Runs the commands on it that say limits, and looks at how they end.
    fn alone(self) {
        self.through([""; 0]);
    }

    /// Runs these commands on it as well.
    fn through<C: AsRef<str>>(self, commands: impl IntoIterator<Item = C>) {
        let env = TestEnv::new();
        env.write("image.tar", &self.bytes);
        env.write_tar("other.tar", &shapes::oci_archive());
        env.write("predicate.json", "{}");
        let mut runs: Vec<(String, Run)> = Vec::new();
        let commands = commands.into_iter().map(|command| command.as_ref().to_owned());
        let commands: BTreeSet<String> = commands.chain(self.limits.iter().map(|limit| limit.command.into())).collect();
        for command in commands {
            let run = self.run(&env, &command, &[]);
            assert!(run.code < 2 || run.stderr.starts_with("error: "), "{}: {command}: {run}", self.name);
            runs.push((command, run));
        }
        for Limited { command, name, raised } in &self.limits {
            let advice = format!("raise it with `--limits {name}=VALUE`");
            let says = |run: &Run| (run.stdout.clone() + &run.stderr).contains(&advice);
            let (_, run) = runs.iter().find(|(run, _)| run == command).unwrap();
            assert!(says(run), "{}: {run}", self.name);
            let run = self.run(&env, command, &["--limits", &format!("{name}={raised}")]);
            assert!(!says(&run), "{}: {run}", self.name);
        }
    }

    fn run(&self, env: &TestEnv, command: &str, more: &[&str]) -> Run {
        let output = env.path("out");
        for path in [&output, &env.path("out.mtree")] {
            let _ = std::fs::remove_dir_all(path);
            let _ = std::fs::remove_file(path);
        }
        let words: Vec<&str> = command.split(' ').collect();
        let words = support::commands::filled(&words, "image.tar", "other.tar");
        let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
        words.extend(more);
        let stdin = if words.contains(&"-") { self.bytes.clone() } else { Vec::new() };
        let run = env.command(&words).stdin(stdin).bounded(MEMORY, seconds()).run();
        assert!(run.code <= 2, "{}: {command}: {run}", self.name);
        run
    }
}

/// Runs these commands on each of the files; of the commands one in so many on the first file, the next on the second, where not
/// everything is asked for.
fn in_turn<C: AsRef<str>>(files: Vec<Hostile>, commands: impl IntoIterator<Item = C>, of: usize) {
    let commands: Vec<C> = commands.into_iter().collect();
    for (number, hostile) in files.into_iter().enumerate() {
        let own = commands.iter().enumerate().filter(|(at, _)| is_everything() || at % of == number % of);
        hostile.through(own.map(|(_, command)| command));
    }
}

/// What is decoded of a statement.
const SHOW: &str = "attestation show IMAGE";

fn layout(store: &Store, root: &Desc) -> Files {
    Layout::new(store).root(&root.named("example.com/team/app:1.0")).files()
}

fn lines(tables: &[&[&[&str]]]) -> Vec<String> {
    tables.iter().flat_map(|table| table.iter()).map(|command| command.join(" ")).collect()
}

/// Every command that reads, and those that write what an image says.
fn reading() -> Vec<String> {
    lines(&[READING, &UNPACKING[1..]])
}

/// Commands that read layers: one by one, and merged into one tree.
const INTO_LAYERS: [&str; 7] = [
    "verify IMAGE --deep",
    "cat IMAGE etc/words",
    "files IMAGE --layer 1",
    "files IMAGE --top 3",
    "diff IMAGE OTHER --files",
    "unpack IMAGE -o OUT",
    "export IMAGE -o OUT.tar",
];

/// The same, where few entries are allowed.
const INTO_LAYERS_OF_FEW: [&str; 7] = [
    "verify IMAGE --deep --limits entries=1000",
    "cat IMAGE etc/words --limits entries=1000",
    "files IMAGE --layer 1 --limits entries=1000",
    "files IMAGE --top 3 --limits entries=1000",
    "diff IMAGE OTHER --files --limits entries=1000",
    "unpack IMAGE -o OUT --limits entries=1000",
    "export IMAGE -o OUT.tar --limits entries=1000",
];

/// What every command does alike: opening the file and listing what is in it.
const OPENING: [&str; 6] = [
    "inspect IMAGE --layers --config -v",
    "inspect IMAGE --raw",
    "verify IMAGE",
    "verify -",
    "doctor IMAGE",
    "gc IMAGE",
];

#[test]
fn documents_that_are_deep_or_large() {
    in_turn(documents::deep(), reading(), 2);
    in_turn(documents::large(), reading(), 3);
}

#[test]
fn documents_that_list_much() {
    documents::descriptors().through(["inspect IMAGE --html OUT"]);
    let commands = ["inspect IMAGE --layers --config -v", SHOW, "verify IMAGE"];
    in_turn(documents::wide(), commands, 2);
    in_turn(documents::listed(), commands, 2);
}

#[test]
fn statements_that_say_much() {
    in_turn(documents::statements(), ["attestation list IMAGE", SHOW, "attestation extract IMAGE -o OUT"], 2);
    documents::too_many_subjects().through(["verify IMAGE"]);
}

#[test]
fn documents_that_are_much_together() {
    documents::together().through(["inspect IMAGE --html OUT", "inspect IMAGE --format json"]);
}

#[test]
fn files_that_take_long_to_list() {
    let lists = ["files IMAGE", "files IMAGE --tree", "diff IMAGE OTHER --files --format json"];
    layers::deepest().through(lists);
    layers::long_names().alone();
    layers::deeper_and_deeper().alone();
    layers::deeper_than_any().alone();
}

#[test]
fn graphs_that_lead_on_and_on() {
    let commands = || reading().into_iter().chain(lines(&[PLANNING]));
    in_turn(graphs::nested(), commands(), 3);
    in_turn(graphs::circles(), commands(), 2);
    let all = "annotate IMAGE --on manifest key=value --dry-run --attestations ";
    graphs::referrers(3_000).through(["relink", "drop"].map(|stale| format!("{all}{stale}")));
    let links = "annotate IMAGE --on manifest key=value --dry-run --attestations relink --limits index-depth=20";
    graphs::referrers_in_indexes(30).hits_in(links, "index-depth", "50").alone();
}

#[test]
fn graphs_of_many_entries() {
    let platforms = ["platform add IMAGE --from OTHER --dry-run", "platform remove IMAGE linux/amd64 --dry-run"];
    let all = OPENING.into_iter().chain(platforms).chain(["merge IMAGE OTHER --ref app:both --replace --dry-run"]);
    graphs::absent_images().through(all);
    let kept = ["platform keep IMAGE linux/amd64 --dry-run", "platform set IMAGE linux/amd64 linux/arm64 --dry-run"];
    graphs::one_image_again().through(OPENING.into_iter().chain(kept).chain(["annotate IMAGE key=value --dry-run"]));
    let named = [
        "ref list IMAGE",
        "ref add IMAGE example.com/team/app:again --dry-run",
        "ref remove IMAGE example.com/team/app:1.0 --dry-run",
        "ref rename IMAGE example.com/team/app:1.0 example.com/team/app:2.0 --dry-run",
    ];
    graphs::one_name_again().through(OPENING.into_iter().chain(named));
    graphs::absent_layers().through(OPENING.into_iter().chain(kept));
}

#[test]
fn graphs_of_many_documents() {
    let edits = PLANNING.iter().filter(|command| ["platform", "annotate", "ref", "merge"].contains(&command[0]));
    let edits: Vec<String> = edits.map(|command| command.join(" ")).collect();
    let all = OPENING.into_iter().map(String::from).chain(edits);
    in_turn(graphs::of_documents(1_000), all, 3);
}

#[test]
fn graphs_of_many_images() {
    graphs::images().through([
        "inspect IMAGE --layers --config -v",
        "verify IMAGE",
        "merge IMAGE OTHER --ref app:both --replace --dry-run",
        "convert IMAGE --to docker -o OUT.tar",
    ]);
}

#[test]
fn graphs_of_many_names() {
    graphs::names().through([
        "doctor IMAGE",
        "gc IMAGE",
        "ref add IMAGE example.com/team/app:again --dry-run",
        "platform add OTHER --from IMAGE --replace -o OUT.tar",
    ]);
    graphs::names_of_one_image().through([
        "inspect IMAGE",
        "attestation add IMAGE --predicate PREDICATE --type https://example.com/scan/v1 --dry-run",
        "convert IMAGE --to docker --dry-run",
    ]);
}

#[test]
fn a_large_manifest_in_many_places() {
    graphs::one_large_image().through(["annotate IMAGE --on manifest key=value --dry-run"]);
}

#[test]
fn names_that_stand_for_much() {
    let lists = ["inspect IMAGE", "diff IMAGE OTHER", "repack IMAGE -o OUT.tar --dry-run"];
    graphs::names_of_one_index(750).hits_in("ref list IMAGE", "descriptors", "10M").alone();
    graphs::names_of_one_index(many(5_000)).through(lists);
    archives::dangling_names().through(["verify IMAGE"]);
}

#[test]
fn archives_that_are_no_use() {
    in_turn(archives::small(), OPENING, 2);
}

#[test]
fn archives_of_many_entries() {
    archives::blobs().through(["inspect IMAGE --raw", "verify -", "doctor IMAGE", "gc IMAGE"]);
    archives::entries(210_000).through(["verify IMAGE"]);
    archives::entries(5_000).hits_in("verify IMAGE --limits members=2000", "members", "10000").alone();
    archives::one_name_again().through(["inspect IMAGE --raw", "verify IMAGE", "verify -"]);
    archives::long_names().through(["verify IMAGE", "verify -"]);
}

#[test]
fn layers_that_are_no_use() {
    in_turn(layers::small(), INTO_LAYERS, 2);
}

#[test]
fn layers_of_many_entries() {
    for hostile in layers::entries(many(100_000)) {
        hostile.through(["verify IMAGE --deep", "files IMAGE --top 3"]);
    }
    for hostile in layers::entries(10_000) {
        hostile.through(["unpack IMAGE -o OUT"]);
    }
    layers::many_layers(many(100_000)).through([
        "diff IMAGE OTHER --files",
        "repack IMAGE -o OUT.tar",
        "repack IMAGE --to docker-archive -o OUT.tar",
        "unpack IMAGE -o OUT",
        "verify IMAGE --deep",
    ]);
    layers::different_layers(many(20_000)).through(["unpack IMAGE -o OUT", "verify IMAGE --deep"]);
    layers::folders_again(4_000).hits_in("verify IMAGE --deep", "entries", "2M").alone();
    let says = INTO_LAYERS_OF_FEW.into_iter();
    says.fold(layers::folders_again(2), |few, command| few.hits_in(command, "entries", "2M")).alone();
}
