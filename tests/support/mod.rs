//! The ground the integration tests stand on.
//!
//! Nothing here uses ocikit's own code, so that what the tests build, take apart and re-digest is a second opinion:
//!
//! - [`files`]: an image file as an ordered list of members, to mutate, and to write as a tar or a directory;
//! - [`builder`]: image files of every shape that real producers write, from nothing, the same bytes each time;
//! - [`run`]: the built `ocikit` in a temporary directory, with output, exit code, and limits where a test sets them;
//! - [`amount`]: how much a run tries;
//! - [`commands`]: tables of all commands, for what is promised of each;
//! - [`check`]: a plain reader that says whether a layout is sound;
//! - [`ground`]: the files that README, the recipes and the examples of the help use;
//! - [`disagree`]: dual archives whose views disagree, in every way;
//! - [`page`]: what every page must be;
//! - [`schema`]: what a JSON schema says of a document;
//! - [`signer`]: keys made for a run, and images signed by them;
//! - [`readers`]: skopeo, podman and umoci, where they are installed.
//!
//! ```text
//! let env = TestEnv::new();
//! let mut files = shapes::oci_archive();
//! let manifest = files.digest_at("index.json", "/manifests/0/digest");
//! files.flip_byte(&blob_name(&manifest), 10);
//! env.write_tar("broken.tar", &files);
//! env.ocikit(&["verify", "broken.tar"]).expect_code(1);
//! ```
#![allow(dead_code, unused_imports, reason = "on some systems only a part of the tests is built")]
#![allow(
    unreachable_pub,
    missing_docs,
    reason = "a test binary exports nothing; the interface is for the tests beside it"
)]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failure here is a failed test")]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]

pub mod amount;
pub mod builder;
pub mod check;
pub mod commands;
pub mod disagree;
pub mod files;
pub mod ground;
pub mod hash;
pub mod json;
pub mod page;
pub mod process;
pub mod readers;
pub mod run;
pub mod schema;
pub mod signer;

pub use builder::{
    Artifact, Attestation, Compression, Desc, Dialect, Image, Index, Layer, Layout, Sample, Store, shapes,
};
pub use files::{Files, Kind, Member, blob_name};
pub use json::{Json, arr, obj};
pub use run::{Run, TestEnv};

/// The path of a file by a real tool: `testdata("buildx/default.oci.tar")`.
pub fn testdata(item: &str) -> std::path::PathBuf {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(item);
    assert!(path.exists(), "testdata/{item} does not exist");
    path
}
