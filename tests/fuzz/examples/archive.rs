//! Writes the archive that an input of `image`, `pages`, `edit` or `repack` stands for: `cargo run --example archive edit INPUT OUTPUT`.

use ocikit_fuzz::targets::{edit, image};

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [target, input, output] = arguments.as_slice() else {
        return Err(std::io::Error::other("expected: TARGET INPUT OUTPUT"));
    };
    let input = std::fs::read(input)?;
    let archive = if matches!(target.as_str(), "edit" | "repack") { edit::archive } else { image::archive };
    std::fs::write(output, archive(&input))
}
