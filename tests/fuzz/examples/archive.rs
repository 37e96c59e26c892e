//! Writes the archive that an input of `image` or `edit` stands for: `cargo run --example archive edit INPUT OUTPUT`.

use ocikit_fuzz::targets::{edit, image};

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [target, input, output] = arguments.as_slice() else {
        return Err(std::io::Error::other("expected: TARGET INPUT OUTPUT"));
    };
    let input = std::fs::read(input)?;
    std::fs::write(output, if target == "edit" { edit::archive(&input) } else { image::archive(&input) })
}
