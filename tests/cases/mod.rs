//! Small files on which `ocikit` was once wrong, and what is right. Each is a sample of a kind: in the crafted ones an
//! image that prints `EVIL` hides beside one that is `good`.

#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

mod bounds;
mod doctor;
mod documents;
mod edits;
mod kinds;
mod layers;
mod names;
mod policy;
mod quoting;

use crate::support::TestEnv;

/// A directory with a copy of one of the files in it, under its own name.
fn env_with(names: &[&str]) -> TestEnv {
    let env = TestEnv::new();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/files");
    for name in names {
        env.write(name, std::fs::read(folder.join(name)).unwrap());
    }
    env
}
