//! Writes the seeds of every target into `corpus/`, where cargo-fuzz looks for them.

use ocikit_fuzz::targets::{TARGETS, seeds};

fn main() -> std::io::Result<()> {
    for target in TARGETS {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target.name);
        std::fs::create_dir_all(&folder)?;
        for (number, seed) in (target.seeds)().into_iter().chain(seeds::kept(target.name)).enumerate() {
            std::fs::write(folder.join(format!("seed-{number:03}")), seed)?;
        }
    }
    Ok(())
}
