//! Files of a merged root file system as a tar archive.
//!
//! The order is that of a tree: each directory, then what is in it, by name; of a file with several names the first is
//! the file, and the others are hard links. So directories and targets of links come first, and the files of a directory
//! follow it at once: GNU tar sets the mode and the time of a directory when it meets an entry that is not in it.
//!
//! The contents come from compressed layers, which can only be read from front to back, and which have other orders. But
//! the place of each entry in the archive is known before any content is read. So each layer is read once more, all of
//! them side by side, and every file is written to its place. Memory holds the entries and no contents.

use std::io;

use super::headers::{Merged, Place, described};
use super::{FileId, FileKind, Layer, contents};
use crate::error::Error;
use crate::image::Amount;
use crate::parallel;
use crate::sink::{Placed, PlacedWriter, TarEntry, tar_padding};
use crate::tar_index::EntryKind;

/// Two blocks of zeros.
const END: u64 = 1024;

/// An entry of the archive.
#[derive(Debug)]
pub(crate) enum Item {
    /// A file of any kind.
    File(FileId),
    /// A whiteout: the directory that it is in, and its own name.
    Whiteout(FileId, Vec<u8>),
}

/// What was written.
#[derive(Debug, Default)]
pub(crate) struct Written {
    /// Regular files.
    pub(crate) files: Amount,
    /// Further names of them.
    pub(crate) links: u64,
}

impl Merged<'_> {
    /// Writes the archive of these entries, which come in the order in which [`Rootfs::walk`] gives files.
    ///
    /// # Errors
    ///
    /// Those of reading and writing; [`Error::Changed`] and [`Error::Damaged`] where a layer is no longer what was merged.
    pub(crate) fn write(&self, items: impl IntoIterator<Item = Item>, out: &Placed) -> Result<Written, Error> {
        let mut bare = BareEntries::new(self, out);
        for item in items {
            bare.add(item)?;
        }
        let BareEntries { writer, mut places, offset, written, .. } = bare;
        places.iter_mut().for_each(|places| places.sort_unstable_by_key(|place| place.number));
        writer.finish()?;
        out.set_length(offset + END)?;
        let layers: Vec<(&Layer, Vec<Place>)> =
            self.chosen.layers.iter().zip(places).filter(|(_, places)| !places.is_empty()).collect();
        let results = parallel::map(&layers, parallel::threads(self.jobs), |(layer, places)| {
            contents::write(self, layer, places, out)
        });
        results.into_iter().collect::<Result<(), Error>>()?;
        Ok(written)
    }
}

/// Finds the place of each entry, and writes those that have no content.
struct BareEntries<'m> {
    from: &'m Merged<'m>,
    path: String,
    writer: PlacedWriter<'m>,
    /// Where the next entry begins.
    offset: u64,
    /// By layer and entry, the first name of each regular file.
    names: Vec<Vec<Option<FileId>>>,
    /// By layer, its regular files.
    places: Vec<Vec<Place>>,
    written: Written,
    /// Kept for its capacity.
    headers: Vec<u8>,
}

impl<'m> BareEntries<'m> {
    fn new(from: &'m Merged<'m>, out: &'m Placed) -> Self {
        let layers = from.rootfs.layers();
        BareEntries {
            from,
            path: out.path().to_owned(),
            writer: out.writer(),
            offset: 0,
            names: layers.iter().map(|layer| vec![None; layer.entries().len()]).collect(),
            places: vec![Vec::new(); layers.len()],
            written: Written::default(),
            headers: Vec::new(),
        }
    }

    fn add(&mut self, item: Item) -> Result<(), Error> {
        self.headers.clear();
        let content = self.headers_of(item).map_err(|source| Error::Write { path: self.path.clone(), source })?;
        if content.is_none() {
            self.writer.go_to(self.offset)?;
            self.writer.write(&self.headers)?;
        }
        let size = content.unwrap_or(0);
        self.offset += self.headers.len() as u64 + size + tar_padding(size).len() as u64;
        Ok(())
    }

    /// Makes the headers of an entry; gives the size of its content, where that is to be written later.
    fn headers_of(&mut self, item: Item) -> io::Result<Option<u64>> {
        let id = match item {
            Item::File(id) => id,
            Item::Whiteout(directory, own) => {
                let name = [&self.from.rootfs.path(directory)[..], &own].join(&b'/');
                let name = name.strip_prefix(b"/").unwrap_or(&name);
                TarEntry::new(name, EntryKind::File, 0o600).headers(&mut self.headers)?;
                return Ok(None);
            }
        };
        let rootfs = self.from.rootfs;
        let regular = rootfs.file(id).filter(|file| file.entry.kind == FileKind::File);
        let place = regular.and_then(|file| {
            let name = self.names.get_mut(file.layer - 1)?.get_mut(file.number() as usize)?;
            Some((file, name, self.places.get_mut(file.layer - 1)?))
        });
        match place {
            None => self.from.headers(id, &mut self.headers).map(|()| None),
            Some((file, Some(first), _)) => {
                self.written.links += 1;
                let (name, first) = (rootfs.path(id), rootfs.path(*first));
                let entry = TarEntry { link: &first, ..described(&name, &file, EntryKind::HardLink) };
                entry.headers(&mut self.headers).map(|()| None)
            }
            Some((file, name, places)) => {
                *name = Some(id);
                places.push(Place { number: file.number(), id, offset: self.offset });
                self.written.files.add(file.entry.size());
                self.from.headers(id, &mut self.headers)?;
                Ok(Some(file.entry.size()))
            }
        }
    }
}
