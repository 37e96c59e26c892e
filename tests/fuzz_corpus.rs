//! Every fuzz target over its seeds, over what fuzzing found, and over mutations that are the same in every run.
//!
//! `tests/fuzz/README.md` says how to fuzz for longer. A target that panics here names the input, and writes it to a file
//! that goes into `tests/fuzz/regressions/` with its mend.
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "a failure here is a failed test, and says its input")]

#[path = "fuzz/targets/mod.rs"]
mod targets;

use std::panic::{AssertUnwindSafe, catch_unwind};

use targets::seeds::{Random, kept, regressions};
use targets::{TARGETS, Target};

/// Runs a target; on a panic the input is left in a file, and its path is said.
fn run(target: &Target, input: &[u8], what: &str) {
    let panic = catch_unwind(AssertUnwindSafe(|| (target.run)(input)));
    if let Err(panic) = panic {
        let path = std::env::temp_dir().join(format!("ocikit-fuzz-{}-{}", target.name, std::process::id()));
        std::fs::write(&path, input).unwrap();
        eprintln!("target {}: {what}: the input is in {}", target.name, path.display());
        std::panic::resume_unwind(panic);
    }
}

/// One input made of others: bytes changed, taken out, doubled, or taken from another.
fn mutated(seeds: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut input = seeds[random.below(seeds.len())].clone();
    for _ in 0..=random.below(4) {
        let at = random.below(input.len() + 1);
        let end = (at + 1 + random.below(40)).min(input.len());
        match random.below(6) {
            0 | 1 if at < input.len() => input[at] = random.next() as u8,
            2 if at < input.len() => input[at] ^= 1 << random.below(8),
            3 => drop(input.drain(at..end)),
            4 => {
                let piece = input[at..end].to_vec();
                input.splice(at..at, piece);
            }
            _ => {
                let other = &seeds[random.below(seeds.len())];
                let from = random.below(other.len() + 1);
                let piece = other[from..(from + random.below(60)).min(other.len())].to_vec();
                input.splice(at..end.max(at), piece);
            }
        }
    }
    input
}

/// Seeds, finds, and this many mutations of them.
fn exercise(name: &str, mutations: usize) {
    let target = TARGETS.iter().find(|target| target.name == name).unwrap();
    let mut seeds = (target.seeds)();
    seeds.extend(kept(name));
    for (number, input) in seeds.iter().enumerate() {
        run(target, input, &format!("seed {number}"));
    }
    for input in regressions(name) {
        run(target, &input, "a regression");
    }
    let mut random = Random(0x5eed ^ name.len() as u64);
    for number in 0..mutations {
        run(target, &mutated(&seeds, &mut random), &format!("mutation {number}"));
    }
}

#[test]
fn tar_index() {
    exercise("tar_index", 2000);
}

#[test]
fn json() {
    exercise("json", 5000);
}

#[test]
fn documents() {
    exercise("documents", 2000);
}

#[test]
fn codec() {
    exercise("codec", 2000);
}

#[test]
fn names() {
    exercise("names", 5000);
}

#[test]
fn archive() {
    exercise("archive", 100);
}

#[test]
fn image() {
    exercise("image", 100);
}

#[test]
fn edit() {
    exercise("edit", 100);
}

#[test]
fn delta() {
    exercise("delta", 100);
}

#[test]
fn layers() {
    exercise("layers", 100);
}

#[test]
fn signatures() {
    exercise("signatures", 3000);
}

#[test]
fn toc() {
    exercise("toc", 600);
}

#[test]
fn pages() {
    exercise("pages", 100);
}

#[test]
fn repack() {
    exercise("repack", 100);
}

#[test]
fn deltas() {
    exercise("deltas", 100);
}
