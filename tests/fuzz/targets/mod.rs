//! What is fuzzed. Each target takes bytes and panics when something that ocikit promises does not hold.
//!
//! libFuzzer runs them (`README.md`), and so does the plain test `fuzz_corpus`, over the seeds of each, over what was
//! found with them, and over mutations that are the same in every run.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    unreachable_pub,
    missing_docs,
    reason = "a panic here is what is looked for; the fuzz package and a test share these modules"
)]

pub mod archive;
pub mod codec;
pub mod delta;
pub mod deltas;
pub mod documents;
pub mod edit;
pub mod image;
pub mod json;
pub mod layers;
pub mod names;
pub mod pages;
pub mod repack;
pub mod signatures;
pub mod tar_index;
pub mod toc;

mod bytes;
mod oracle;
mod program;
mod reports;
pub mod seeds;

/// A target by name, with the inputs that fuzzing begins with.
pub struct Target {
    pub name: &'static str,
    pub run: fn(&[u8]),
    pub seeds: fn() -> Vec<Vec<u8>>,
}

pub const TARGETS: [Target; 15] = [
    Target { name: "tar_index", run: tar_index::target, seeds: seeds::archives },
    Target { name: "json", run: json::target, seeds: seeds::edited_documents },
    Target { name: "documents", run: documents::target, seeds: seeds::documents },
    Target { name: "codec", run: codec::target, seeds: seeds::compressed },
    Target { name: "names", run: names::target, seeds: seeds::names },
    Target { name: "archive", run: archive::target, seeds: seeds::archives },
    Target { name: "image", run: image::target, seeds: seeds::images },
    Target { name: "edit", run: edit::target, seeds: seeds::programs },
    Target { name: "delta", run: delta::target, seeds: seeds::programs },
    Target { name: "pages", run: pages::target, seeds: seeds::images },
    Target { name: "repack", run: repack::target, seeds: seeds::programs },
    Target { name: "deltas", run: deltas::target, seeds: seeds::pairs },
    Target { name: "layers", run: layers::target, seeds: seeds::layers },
    Target { name: "signatures", run: signatures::target, seeds: seeds::signatures },
    Target { name: "toc", run: toc::target, seeds: seeds::tables },
];
