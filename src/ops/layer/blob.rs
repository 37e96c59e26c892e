//! The blob of a layer, from files on disk.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Read, Write};

use super::disk;
use super::refusal::refused;
use super::tree::{Entries, Key, TreeEntry};
use crate::error::Error;
use crate::progress::Meter;
use crate::sink::{LayerBlob, LayerForm, LayerTar, LayerWriter, Spool, TarEntry};

/// Read and written at once.
const PIECE_BYTES: usize = 256 << 10;

/// Writes the archive of a layer: the entries, and the directories that they are in.
pub(super) fn write(
    entries: &Entries,
    parents: &[(Vec<u8>, TreeEntry)],
    form: LayerForm,
    spool: &mut Spool,
    meter: &Meter,
) -> Result<LayerBlob, Error> {
    let mut all: BTreeMap<Key, (&[u8], &TreeEntry)> = BTreeMap::new();
    all.extend(parents.iter().map(|(name, entry)| (Key::of(name), (name.as_slice(), entry))));
    all.extend(entries.iter().map(|(key, (name, entry))| (key.clone(), (name.as_slice(), entry))));
    let bytes = all.values().map(|(_, entry)| entry.size).sum();
    let _work = meter.begin_blobs("writing the layer", bytes, 1);
    let folder = spool.folder().to_owned();
    let failed = |source| Spool::unwritten(&folder, source);
    let mut tar = LayerTar::new(BufWriter::with_capacity(PIECE_BYTES, LayerWriter::new(spool, form)?));
    let mut buffer = vec![0; PIECE_BYTES];
    for (name, entry) in all.into_values() {
        let (uid, gid) = entry.owner;
        let header = TarEntry {
            link: &entry.link,
            uid,
            gid,
            mtime: entry.mtime,
            size: entry.size,
            device: entry.device,
            xattrs: &entry.xattrs,
            ..TarEntry::new(name, entry.kind, entry.mode)
        };
        tar.begin(&header).map_err(|error| match error.kind() {
            io::ErrorKind::InvalidInput => refused(name, &error.to_string()),
            _ => failed(error),
        })?;
        let Some(path) = &entry.content else { continue };
        let mut file = disk::open(path, entry.size)?.take(entry.size);
        let mut left = entry.size;
        while left > 0 {
            let count = match file.read(&mut buffer) {
                Ok(0) => return Err(Error::Changed { path: path.display().to_string() }),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(source) => return Err(Error::Read { path: path.display().to_string(), source }),
            };
            tar.write_all(&buffer[..count]).map_err(failed)?;
            meter.advance(count as u64);
            left -= count as u64;
        }
    }
    let buffered = tar.finish().map_err(failed)?;
    let writer = buffered.into_inner().map_err(|error| failed(error.into_error()))?;
    let blob = writer.finish()?;
    meter.blob();
    Ok(blob)
}
