//! The files of a new layer on the command line, for `layer add` and `new`.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::cli::change::{self, ChangeArgs};
use crate::cli::stdin::{is_stdin, refuse_two_from_stdin};
use crate::cli::ui::{ImageArgs, Ui};
use crate::codec::Compression;
use crate::doc::time;
use crate::error::Error;
use crate::ops::layer::{FileAttributes, LayerFiles, LayerInput, NewLayerOptions};
use crate::ops::repack::{LayerCompression, Level};

/// Where the files of the layer are
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
#[command(next_help_heading = "Layer")]
pub(super) struct InputArgs {
    /// Add the entries of a tar archive, maybe compressed; - is standard input
    #[arg(
        long,
        value_name = "FILE|-",
        conflicts_with_all = ["dir", "file", "whiteout", "opaque", "to", "owner", "mode", "time"]
    )]
    tar: Option<PathBuf>,
    /// Add what is in DIR
    #[arg(long, value_name = "DIR")]
    dir: Vec<PathBuf>,
    /// Add the file SRC as DEST, which counts from `--to` unless it starts with a slash; a DEST that ends in a slash is a
    /// directory
    #[arg(long, value_name = "SRC[:DEST]", value_parser = file)]
    file: Vec<(PathBuf, Option<String>)>,
    /// Add directories and files below PATH of the image
    #[arg(long, value_name = "PATH", default_value = "/", hide_default_value = true)]
    to: String,
    /// Remove PATH of the lower layers
    #[arg(long, value_name = "PATH")]
    whiteout: Vec<String>,
    /// Remove everything that the lower layers have in the directory PATH
    #[arg(long, value_name = "PATH")]
    opaque: Vec<String>,
    #[command(flatten)]
    attributes: AttributeArgs,
    #[command(flatten)]
    compression: CompressionArgs,
}

/// What the files of the layer get instead of what the disk says.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Layer")]
pub(crate) struct AttributeArgs {
    /// Set the owner of all files; keep keeps the numbers of this machine
    #[arg(long, value_name = "UID:GID|keep", value_parser = owner)]
    owner: Option<Owner>,
    /// Set the permission bits of regular files, in octal; directories keep theirs
    #[arg(long, value_name = "MODE", value_parser = mode)]
    mode: Option<u32>,
    /// Set the modification time of all files (RFC 3339); SOURCE_DATE_EPOCH takes it from that variable
    ///
    /// By default files keep their time, but get that of SOURCE_DATE_EPOCH if it is set and earlier.
    #[arg(long, value_name = "TIME|SOURCE_DATE_EPOCH", value_parser = mtime)]
    time: Option<Mtime>,
}

/// How the layer is compressed.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Layer")]
pub(crate) struct CompressionArgs {
    /// Compress the layer: none, gzip or zstd, with an optional level, for example zstd:19
    #[arg(long, value_name = "HOW", value_parser = compression)]
    compression: Option<(Compression, Level)>,
}

/// The owner of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    Keep,
    Numbers(u32, u32),
}

fn owner(text: &str) -> Result<Owner, String> {
    if text == "keep" {
        return Ok(Owner::Keep);
    }
    numbers(text).map(|(user, group)| Owner::Numbers(user, group))
}

/// User and group number, or one for both.
pub(super) fn numbers(text: &str) -> Result<(u32, u32), String> {
    let (user, group) = text.split_once(':').unwrap_or((text, text));
    // The last number means "no change" to Linux.
    let number = |text: &str| text.parse::<u32>().ok().filter(|number| *number != u32::MAX && !text.starts_with('+'));
    match (number(user), number(group)) {
        (Some(user), Some(group)) => Ok((user, group)),
        _ => Err("not two numbers, for example 1000:1000; names have no meaning without an image".to_owned()),
    }
}

fn mode(text: &str) -> Result<u32, String> {
    let is_octal = !text.is_empty() && text.bytes().all(|byte| (b'0'..=b'7').contains(&byte));
    let mode = u32::from_str_radix(text, 8).ok().filter(|mode| is_octal && *mode <= 0o7777);
    mode.ok_or_else(|| "not permission bits in octal, for example 0644".to_owned())
}

/// The time of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mtime {
    Epoch,
    Seconds(i64),
}

fn mtime(text: &str) -> Result<Mtime, String> {
    if text == "SOURCE_DATE_EPOCH" {
        return Ok(Mtime::Epoch);
    }
    let seconds = time::seconds(text).map(Mtime::Seconds);
    seconds.ok_or_else(|| "not a time of RFC 3339, for example 2024-01-31T12:00:00Z".to_owned())
}

fn compression(text: &str) -> Result<(Compression, Level), String> {
    match text.parse() {
        Ok(LayerCompression::To(compression, level)) => Ok((compression, level)),
        _ => Err("not one of none, gzip[:0-9], zstd[:1-22]".to_owned()),
    }
}

impl AttributeArgs {
    /// The attributes, with this owner where none is given.
    pub(crate) fn attributes(&self, owner: Option<(u32, u32)>) -> Result<FileAttributes> {
        let epoch = std::env::var_os("SOURCE_DATE_EPOCH").map(|_| change::source_date_epoch()).transpose()?;
        let epoch = epoch.map(|epoch| i64::try_from(epoch).unwrap_or(i64::MAX));
        let owner = match self.owner {
            Some(Owner::Keep) => None,
            Some(Owner::Numbers(user, group)) => Some((user, group)),
            None => owner,
        };
        let (mtime, mtime_max) = match (self.time, epoch) {
            (Some(Mtime::Epoch), None) => bail!("SOURCE_DATE_EPOCH is not set"),
            (Some(Mtime::Epoch), epoch) => (epoch, None),
            (Some(Mtime::Seconds(seconds)), _) => (Some(seconds), None),
            (None, epoch) => (None, epoch),
        };
        Ok(FileAttributes { owner, mode: self.mode, mtime, mtime_max })
    }
}

impl InputArgs {
    /// The files of the layer of an image.
    pub(super) fn input(self, image: &ImageArgs) -> Result<LayerInput<'static>> {
        refuse_two_from_stdin(&[("the image", Some(image.image.as_ref())), ("--tar", self.tar.as_deref())])?;
        if let Some(path) = &self.tar {
            return Ok(tar(path)?);
        }
        let files = LayerFiles {
            to: self.to,
            directories: self.dir,
            files: self.file,
            whiteouts: self.whiteout,
            opaque: self.opaque,
            attributes: self.attributes.attributes(Some((0, 0)))?,
        };
        if files.is_empty() {
            bail!("nothing to add; use `--tar`, `--dir`, `--file`, `--whiteout` or `--opaque`");
        }
        Ok(LayerInput::Files(files))
    }

    /// How the layer is written.
    pub(super) fn options(&self, created_by: Option<String>, change: &ChangeArgs, ui: &Ui) -> NewLayerOptions {
        let (compression, level) = self.compression.options();
        NewLayerOptions { compression, level, created_by, folder: change.folder(), jobs: ui.jobs }
    }
}

impl CompressionArgs {
    /// The compression and its level, where one is asked for.
    pub(crate) fn options(&self) -> (Option<Compression>, Level) {
        self.compression.map_or((None, Level::DEFAULT), |(to, level)| (Some(to), level))
    }

    /// Both, where a compression is asked for.
    pub(super) fn pair(&self) -> Option<(Compression, Level)> {
        self.compression
    }
}

/// A file and its destination: what follows the last colon, unless that is the drive of Windows.
fn file(text: &str) -> Result<(PathBuf, Option<String>), String> {
    let is_drive = |path: &str| cfg!(windows) && path.len() == 1;
    match text.rsplit_once(':') {
        Some((path, destination)) if !path.is_empty() && !is_drive(path) => {
            if destination.is_empty() {
                return Err("the destination after the colon is empty".to_owned());
            }
            Ok((path.into(), Some(destination.to_owned())))
        }
        _ => Ok((text.into(), None)),
    }
}

/// A tar archive as a layer; `-` is standard input.
pub(crate) fn tar(path: &Path) -> Result<LayerInput<'static>, Error> {
    if is_stdin(path) {
        return Ok(LayerInput::Tar { label: "standard input".to_owned(), reader: Box::new(io::stdin()) });
    }
    let label = path.display().to_string();
    let failed = |source| Error::Open { path: label.clone(), source };
    let file = File::open(path).map_err(failed)?;
    if file.metadata().map_err(failed)?.is_dir() {
        return Err(failed(io::ErrorKind::IsADirectory.into()));
    }
    Ok(LayerInput::Tar { label, reader: Box::new(file) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_options() {
        assert_eq!(owner("1:2"), Ok(Owner::Numbers(1, 2)));
        assert_eq!(owner("7"), Ok(Owner::Numbers(7, 7)));
        assert_eq!(owner("keep"), Ok(Owner::Keep));
        assert!(["", "root", "1:", ":1", "-1:1", "+1", "4294967295"].iter().all(|text| owner(text).is_err()));
        assert_eq!((mode("0644"), mode("4755")), (Ok(0o644), Ok(0o4755)));
        assert!(["", "u+x", "0o644", "8", "10000", "+7"].iter().all(|text| mode(text).is_err()));
        assert_eq!(mtime("1970-01-01T00:00:01Z"), Ok(Mtime::Seconds(1)));
        assert!(mtime("yesterday").is_err());
        assert!(compression("keep").is_err() && compression("gzip:9").is_ok() && compression("xz").is_err());
        assert_eq!(file("a"), Ok(("a".into(), None)));
        assert_eq!(file("a:/b/"), Ok(("a".into(), Some("/b/".into()))));
        assert_eq!(file("a:b:/c"), Ok(("a:b".into(), Some("/c".into()))));
        assert!(file("a:").is_err());
    }
}
