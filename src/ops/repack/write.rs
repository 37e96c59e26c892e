//! Writing a parcel in order: the documents at the top, then the blobs by name.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::PathBuf;

use super::output_format::OutputFormat;
use crate::codec::Compression;
use crate::digest::Digest;
use crate::error::Error;
use crate::image::content;
use crate::progress::Meter;
use crate::sink::{Archive, ArchiveOptions, Layout, Target, archive_compression};
use crate::source::{self, Part};

/// Where the result goes.
pub enum Output<'w> {
    /// Nowhere: only the plan is wanted.
    Nothing,
    /// To a file or directory.
    Path(PathBuf),
    /// Into a stream, as an archive.
    Stream {
        /// Its name for messages.
        label: String,
        /// The stream.
        writer: Box<dyn Write + 'w>,
    },
}

impl std::fmt::Debug for Output<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Output::Nothing => f.write_str("Nothing"),
            Output::Path(path) => f.debug_tuple("Path").field(path).finish(),
            Output::Stream { label, .. } => f.debug_tuple("Stream").field(label).finish(),
        }
    }
}

impl Output<'_> {
    /// What it is, for messages.
    pub fn label(&self) -> String {
        match self {
            Output::Nothing => String::new(),
            Output::Path(path) => path.display().to_string(),
            Output::Stream { label, .. } => label.clone(),
        }
    }

    /// How the end of its name says that an archive is to be compressed as a whole.
    pub(in crate::ops) fn compression(&self) -> Compression {
        let named = match self {
            Output::Path(path) => archive_compression(path),
            Output::Nothing | Output::Stream { .. } => None,
        };
        named.unwrap_or(Compression::None)
    }

    /// The folder that the output is in; None where it is no file.
    pub(in crate::ops) fn folder(&self) -> Option<PathBuf> {
        match self {
            Output::Path(path) if matches!(Target::of(path), Target::Stream(_)) => None,
            Output::Path(path) => match path.parent() {
                Some(parent) if !parent.as_os_str().is_empty() => Some(parent.to_owned()),
                _ => Some(PathBuf::from(".")),
            },
            Output::Stream { .. } | Output::Nothing => None,
        }
    }
}

/// Writes files, and says how many bytes came of it. Those in `unverified` are copied whatever they are.
pub(super) fn write(
    files: &BTreeMap<String, Part>,
    unverified: &BTreeSet<String>,
    format: OutputFormat,
    options: ArchiveOptions,
    output: Output<'_>,
    meter: &Meter,
) -> Result<u64, Error> {
    let bytes = files.values().map(Part::size).sum();
    let _work = meter.begin_blobs(&format!("writing {}", output.label()), bytes, files.len());
    let selected = content::TOPS.iter().filter_map(|name| files.get_key_value(*name));
    let rest = files.iter().filter(|(name, _)| !content::TOPS.contains(&name.as_str()));
    let in_order = selected.chain(rest).map(|(name, part)| {
        let expected = expected(name).filter(|_| !unverified.contains(name));
        (name, part, expected)
    });
    match output {
        Output::Nothing => Ok(0),
        Output::Path(path) if format == OutputFormat::OciDir => {
            let mut layout = Layout::create(&path)?;
            for (name, part, expected) in in_order {
                layout.file(name, content::of_part(part, name, expected)?.metered(meter))?;
                meter.blob();
            }
            source::require_all(files.values())?;
            layout.finish()
        }
        Output::Path(path) => archive(Archive::create(&Target::of(&path), options)?, in_order, meter),
        Output::Stream { label, writer } => archive(Archive::to_writer(label, writer, options)?, in_order, meter),
    }
}

fn archive<'p>(
    mut archive: Archive<'_>,
    files: impl Iterator<Item = (&'p String, &'p Part, Option<Digest>)>,
    meter: &Meter,
) -> Result<u64, Error> {
    let mut parts = Vec::new();
    for (name, part, expected) in files {
        archive.file(name, content::of_part(part, name, expected)?.metered(meter))?;
        meter.blob();
        parts.push(part);
    }
    source::require_all(parts)?;
    archive.finish()
}

/// What a file has to be by its name: a blob, or a config or layer of a docker archive as ocikit names them.
pub(super) fn expected(name: &str) -> Option<Digest> {
    let hex = || [".json", "/layer.tar", ".tar.gz"].iter().find_map(|end| name.strip_suffix(end));
    let of_docker = || Digest::from_sha256_hex(hex()?);
    Digest::from_blob_path(name).or_else(of_docker)
}
