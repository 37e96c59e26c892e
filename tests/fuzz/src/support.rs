//! The part of the tests' support that builds image files; `tests/support/mod.rs` says what each module is.
#![allow(dead_code, unused_imports, reason = "the targets use a part of it")]

#[path = "../../support/builder/mod.rs"]
pub mod builder;
#[path = "../../support/files/mod.rs"]
pub mod files;
#[path = "../../support/hash.rs"]
pub mod hash;
#[path = "../../support/json.rs"]
pub mod json;
#[path = "../../support/page.rs"]
pub mod page;

pub use builder::{Compression, Image, Layer, Layout, Store, shapes};
pub use files::{Files, Kind, Member};

/// The folder with files by real tools.
pub fn testdata(item: &str) -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata").join(item)
}
