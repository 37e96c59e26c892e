//! `cat`: one file of the merged root file system, verified while it is written.

use std::io::{self, Write};

use super::files::find;
use crate::error::Error;
use crate::graph::Selector;
use crate::image::Image;
use crate::limits::Limits;
use crate::progress::Meter;
use crate::rootfs::{Budget, Chosen, FileKind, Follow, Rootfs, RootfsOptions, pieces, require_sound, scan};
use crate::tar_index::show_name;

/// Which file.
#[derive(Debug, Clone, Default)]
pub struct CatOptions {
    /// Which image.
    pub selector: Selector,
    /// The name of the file. Symbolic links are followed within the root of the image.
    pub path: String,
    /// Threads; 0 for one on each core.
    pub jobs: usize,
    /// The limits.
    pub limits: Limits,
}

/// Copies one file of the merged root file system to `out`.
///
/// Every layer is compared with its digest before the first byte is written, since any may hide the file or put a link in
/// its way; the one that holds the file once more while it is written.
///
/// # Errors
///
/// When there is no such file or it is not a regular one, when a layer is not what its digest says, and those of reading
/// and writing.
pub fn write_file(image: &Image, options: &CatOptions, out: &mut dyn Write) -> Result<(), Error> {
    let label = image.source.label();
    let refused = |fault: String| Error::NoSuchFile { path: label.to_owned(), name: options.path.clone(), fault };
    let chosen = Chosen::one(image, &options.selector)?;
    let rootfs_options = RootfsOptions {
        hash_files: false,
        sound: true,
        jobs: options.jobs,
        limits: options.limits.clone(),
        ..RootfsOptions::default()
    };
    let rootfs = Rootfs::load(image, &chosen, &rootfs_options)?;
    let id = find(&rootfs, &options.path, Follow::Link).map_err(|missed| refused(missed.to_string()))?;
    let file = rootfs.file(id).ok_or_else(|| refused("it is a directory".to_owned()))?;
    match file.entry.kind {
        FileKind::File => {}
        FileKind::Directory => return Err(refused("it is a directory".to_owned())),
        _ => return Err(refused("it is not a regular file".to_owned())),
    }
    let Some(layer) = chosen.layers.get(file.layer - 1) else {
        return Err(refused("its layer is missing".to_owned()));
    };
    let mut failed = None;
    let mut written = 0;
    let scanned = scan(
        image,
        layer,
        false,
        &Budget::new(&options.limits),
        &options.limits,
        &Meter::default(),
        &mut |number, _, _, content| {
            if number != file.number() {
                return Ok(());
            }
            pieces(content, |piece| {
                written += piece.len() as u64;
                out.write_all(piece).map_err(|source| {
                    failed = Some(source);
                    io::Error::other("writing failed")
                })
            })
        },
    );
    if let Some(source) = failed {
        return Err(Error::Write { path: "standard output".to_owned(), source });
    }
    require_sound(image, layer, &scanned?.walked)?;
    if written != file.entry.size() {
        let name = show_name(file.stored_name()).into_owned();
        let source = io::Error::new(io::ErrorKind::UnexpectedEof, "it changed while it was read");
        return Err(Error::Read { path: format!("{label}: {name}"), source });
    }
    Ok(())
}
