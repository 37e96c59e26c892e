//! What libFuzzer runs: the targets in `targets/`, which `tests/fuzz_corpus.rs` of the main package runs on stable too.

mod support;
#[path = "../targets/mod.rs"]
pub mod targets;
