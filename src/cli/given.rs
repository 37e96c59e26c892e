//! `--manifest`: a manifest by itself, or an image file with manifests.

use std::io::Read as _;

use anyhow::{Context, Result, bail};

use super::ui::Ui;
use crate::image::given_manifest::GivenManifest;
use crate::reference::Location;
use crate::render::Shown;
use crate::source::Access;

/// Reads the file. A document begins as JSON does, which no archive does.
pub(super) fn manifest(file: &str, ui: &Ui) -> Result<GivenManifest> {
    let address = ui.address(file)?;
    if address.reference.is_some() || address.digest.is_some() {
        bail!("{}: give `--manifest` a file, without a name or digest in it", Shown(file));
    }
    if let Location::Path(path) = &address.location
        && path.is_file()
    {
        let shown = Shown(file).to_string();
        let read = |most: u64| -> std::io::Result<Vec<u8>> {
            let mut bytes = Vec::new();
            std::fs::File::open(path)?.take(most).read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        let begins = read(64).with_context(|| format!("{shown}: cannot read the manifest"))?;
        if begins.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{') {
            let limit = ui.limits.document_bytes.saturating_add(1);
            let bytes = read(limit).with_context(|| format!("{shown}: cannot read the manifest"))?;
            let given = GivenManifest::of_document(file, &bytes, &ui.limits);
            return given.with_context(|| format!("{shown}: not the manifest of an image"));
        }
    }
    Ok(GivenManifest::of_image(file, ui.open(&address, Access::Random, false)?))
}
