//! A layout directory that is repacked where it stands.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::RepackOptions;
use super::write::expected;
use crate::digest::Digest;
use crate::error::Error;
use crate::image::{Image, content};
use crate::sink::Layout;
use crate::source::{Part, Resolution};

/// Writes the blobs that are new, then the documents at the top with `index.json` last, and then removes the blobs that
/// the images needed and need no more.
pub(super) fn write(
    image: &Image,
    files: &BTreeMap<String, Part>,
    unverified: &BTreeSet<String>,
    root: &Path,
    options: &RepackOptions,
) -> Result<u64, Error> {
    let source = &image.source;
    if source.format().docker_view || !source.format().index_view {
        let reason = "it has docker's manifest.json, which an image layout cannot contain; write with `-o`";
        return Err(Error::Unfit {
            path: root.display().to_string(),
            verb: "repack in place",
            reason: reason.to_owned(),
        });
    }
    let is_there = |name: &str| matches!(source.resolve(name), Resolution::File(_));
    let new: Vec<(&String, &Part)> =
        files.iter().filter(|(name, _)| name.as_str() == "index.json" || !is_there(name)).collect();
    let bytes = new.iter().map(|(_, part)| part.size()).sum();
    let _work = options.meter.begin_blobs(&format!("writing {}", root.display()), bytes, new.len());
    let mut layout = Layout::open(root);
    let put = |layout: &mut Layout, is_blob: bool| {
        for (name, part) in new.iter().filter(|(name, _)| name.contains('/') == is_blob) {
            let expected = expected(name).filter(|_| !unverified.contains(*name));
            layout.file(name, content::of_part(part, name, expected)?.metered(&options.meter))?;
            options.meter.blob();
        }
        layout.settle()
    };
    put(&mut layout, true)?;
    source.require_unchanged()?;
    put(&mut layout, false)?;
    for (id, member) in source.members().iter().enumerate() {
        let is_blob = Digest::from_blob_path(&member.name).is_some();
        if is_blob && image.graph.held_by(id).is_some() && !files.contains_key(&*member.name) {
            layout.remove(&member.name)?;
        }
    }
    layout.finish()
}
