//! All integration tests are one program, linked once: a file or folder beside this one is a module of it.
//!
//! ```text
//! cargo test --test it                                 all of them
//! cargo test --test it surgery::                       one area
//! cargo test --test it oracle:: -- --test-threads 1    one area, one test after the other
//! ```

mod align;
mod artifact;
mod attestation;
mod attestation_edits;
mod cases;
mod circles;
mod compare;
mod completions;
mod config;
mod contributing;
mod convert;
mod delta;
mod diff;
mod doctor;
mod doctor_choice;
mod doctor_documents;
mod doctor_inspectors;
mod doctor_repairs;
mod edited_readers;
mod examples;
mod export;
mod faults;
mod files;
mod findings;
mod fixes;
mod full_disk;
mod fuzz_corpus;
mod gc;
mod html;
mod inspect;
mod interrupt;
mod layer;
mod layer_add;
mod layer_replace;
mod layer_rewrite;
mod layers;
mod limits;
mod man;
mod merge;
mod near;
mod new;
mod oracle;
mod policy;
mod rebase;
mod recipes;
mod referrers;
mod repack;
mod repacked_readers;
mod round_trips;
mod schemas;
mod security;
mod signature;
mod skopeo_directory;
mod squash;
mod support;
mod support_readers;
mod support_selftest;
mod surgery;
mod surgery_crash;
mod terminal;
mod unpack;
mod verify_fixtures;
mod words;

/// What is no module would never run.
#[test]
fn each_file_is_a_module() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let here = include_str!("main.rs");
    for path in std::fs::read_dir(&folder).expect("the tests").map(|entry| entry.expect("an entry").path()) {
        let name = path.file_stem().and_then(|name| name.to_str()).expect("a name");
        let is_module = path.join("mod.rs").exists() || path.extension().is_some_and(|end| end == "rs");
        assert!(name == "main" || !is_module || here.contains(&format!("\nmod {name};\n")), "{name}");
    }
}
