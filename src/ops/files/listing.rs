//! The files that were asked for, made into rows one by one: a list of a million rows would take more memory than the
//! file system itself.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use serde::{Serialize, Serializer};

use super::FilesOptions;
use crate::rootfs::{File, FileId, FileKind, Follow, Rootfs};
use crate::tar_index::show_name;

/// Rows of files.
#[derive(Debug)]
pub struct Listing {
    rootfs: Rootfs,
    rows: Rows,
    /// By layer and entry, the first name of those that are hard links of each other.
    shared: HashMap<(usize, u32), FileId>,
}

#[derive(Debug)]
enum Rows {
    /// These files and all below them.
    Below(Vec<FileId>),
    /// These files.
    These(Vec<FileId>),
    /// The entries of one layer, in stored order; below these names.
    Layer(usize, Vec<Vec<u8>>),
    /// These entries of one layer.
    LayerEntries(usize, Vec<u32>),
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FileRow<'l> {
    /// Its whole name without a slash before it; empty for the root. Bytes that are not UTF-8 are `\xNN`, and `\` is `\\`.
    pub path: Cow<'l, str>,
    /// Its kind.
    pub kind: FileKind,
    /// Permission bits in octal digits, `0755`.
    pub mode: String,
    /// User number.
    pub uid: u32,
    /// Group number.
    pub gid: u32,
    /// Bytes of content.
    pub size: u64,
    /// Modification time in seconds since 1970, UTC.
    pub mtime: i64,
    /// Nanoseconds to be added to it.
    #[serde(skip_serializing_if = "crate::image::is_zero")]
    pub mtime_nanos: u32,
    /// The layer that it comes from, counted from 1; 0 for a directory without an entry in any layer.
    pub layer: usize,
    /// The target of a symbolic link, as stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<Cow<'l, str>>,
    /// The first name of the same file, for a hard link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hard_link: Option<String>,
    /// Major and minor number of a device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<(u32, u32)>,
    /// The names of its extended attributes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub xattrs: Vec<Cow<'l, str>>,
    /// How deep below the first directory of the list it is.
    #[serde(skip)]
    pub depth: usize,
}

impl Listing {
    /// The rows that were asked for; on an error the name that is not there, and why.
    pub(super) fn new(rootfs: Rootfs, options: &FilesOptions) -> Result<Listing, (String, String)> {
        let rows = match options.layer {
            Some(layer) => of_layer(&rootfs, layer, options)?,
            None => of_merged(&rootfs, options)?,
        };
        let shared = if options.layer.is_none() { shared(&rootfs) } else { HashMap::new() };
        Ok(Listing { rootfs, rows, shared })
    }

    /// The rows, one after another.
    pub fn rows(&self) -> Box<dyn Iterator<Item = FileRow<'_>> + '_> {
        match &self.rows {
            Rows::Below(files) => {
                let walked = files.iter().flat_map(|id| self.rootfs.walk(*id));
                // The root without an entry says nothing.
                let shown = walked.filter(|(id, _)| *id != self.rootfs.root() || self.rootfs.file(*id).is_some());
                Box::new(shown.map(|(id, depth)| self.row(id, depth)))
            }
            Rows::These(files) => Box::new(files.iter().map(|id| self.row(*id, 0))),
            Rows::Layer(number, below) => {
                let entries = self.rootfs.layer(*number);
                let shown = entries
                    .filter(|file| below.is_empty() || below.iter().any(|name| is_below(file.stored_name(), name)));
                Box::new(shown.map(|file| stored_row(&file)))
            }
            Rows::LayerEntries(number, entries) => {
                let files = entries.iter().filter_map(|entry| self.rootfs.stored(*number, *entry));
                Box::new(files.map(|file| stored_row(&file)))
            }
        }
    }

    fn row(&self, id: FileId, depth: usize) -> FileRow<'_> {
        let path = Cow::Owned(show_name(&self.rootfs.path(id)).into_owned());
        let Some(file) = self.rootfs.file(id) else {
            return FileRow {
                path,
                kind: FileKind::Directory,
                mode: "0755".to_owned(),
                uid: 0,
                gid: 0,
                size: 0,
                mtime: 0,
                mtime_nanos: 0,
                layer: 0,
                link: None,
                hard_link: None,
                device: None,
                xattrs: Vec::new(),
                depth,
            };
        };
        let first = self.shared.get(&(file.layer, file.number())).filter(|first| **first != id);
        let hard_link = first.map(|first| show_name(&self.rootfs.path(*first)).into_owned());
        FileRow { hard_link, depth, ..row(path, &file) }
    }
}

impl Serialize for Listing {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.rows())
    }
}

fn row<'l>(path: Cow<'l, str>, file: &File<'l>) -> FileRow<'l> {
    let entry = file.entry;
    FileRow {
        path,
        kind: entry.kind,
        mode: format!("{:04o}", entry.mode),
        uid: entry.uid,
        gid: entry.gid,
        size: entry.size(),
        mtime: entry.mtime,
        mtime_nanos: entry.mtime_nanos,
        layer: file.layer,
        link: (entry.kind == FileKind::Symlink).then(|| show_name(file.link())),
        hard_link: None,
        device: entry.device(),
        xattrs: file.xattrs().iter().map(|xattr| show_name(&xattr.name)).collect(),
        depth: 0,
    }
}

fn stored_row<'l>(file: &File<'l>) -> FileRow<'l> {
    let hard_link = (file.entry.kind == FileKind::HardLink).then(|| show_name(file.link()).into_owned());
    FileRow { hard_link, ..row(show_name(file.stored_name()), file) }
}

fn of_merged(rootfs: &Rootfs, options: &FilesOptions) -> Result<Rows, (String, String)> {
    let mut files = vec![rootfs.root()];
    if !options.paths.is_empty() {
        files.clear();
        for name in &options.paths {
            let found = super::find(rootfs, name, Follow::Nothing);
            files.push(found.map_err(|missed| (name.clone(), missed.to_string()))?);
        }
    }
    let Some(top) = options.top else { return Ok(Rows::Below(files)) };
    let mut seen = vec![false; rootfs.len()];
    let walked = files.iter().flat_map(|id| rootfs.walk(*id)).map(|(id, _)| id);
    let fresh = walked.filter(|id| seen.get_mut(*id as usize).is_some_and(|seen| !std::mem::replace(seen, true)));
    let sized = fresh.map(|id| (rootfs.file(id).map_or(0, |file| file.entry.size()), id));
    Ok(Rows::These(biggest(sized, top)))
}

fn of_layer(rootfs: &Rootfs, layer: usize, options: &FilesOptions) -> Result<Rows, (String, String)> {
    let below: Vec<Vec<u8>> = options.paths.iter().map(|name| plain(name.as_bytes())).collect();
    for (name, below) in options.paths.iter().zip(&below) {
        if !rootfs.layer(layer).any(|file| is_below(file.stored_name(), below)) {
            return Err((name.clone(), format!("not in layer {layer}")));
        }
    }
    let Some(top) = options.top else { return Ok(Rows::Layer(layer, below)) };
    let entries = rootfs.layer(layer);
    let shown = entries.filter(|file| below.is_empty() || below.iter().any(|name| is_below(file.stored_name(), name)));
    Ok(Rows::LayerEntries(layer, biggest(shown.map(|file| (file.entry.size(), file.number())), top)))
}

/// The numbers with the greatest sizes, the greatest first; among equals the first.
fn biggest(sized: impl Iterator<Item = (u64, u32)>, count: usize) -> Vec<u32> {
    // The smallest of the best so far on top.
    let mut best: BinaryHeap<Reverse<(u64, Reverse<u32>)>> = BinaryHeap::new();
    let mut order = Vec::new();
    for (at, (size, id)) in (0_u32..).zip(sized.filter(|(size, _)| *size > 0)) {
        order.push(id);
        best.push(Reverse((size, Reverse(at))));
        if best.len() > count {
            best.pop();
        }
    }
    let best = best.into_sorted_vec();
    best.into_iter().filter_map(|Reverse((_, Reverse(at)))| order.get(at as usize).copied()).collect()
}

/// The files of which there are several names, with the first name of each.
fn shared(rootfs: &Rootfs) -> HashMap<(usize, u32), FileId> {
    let mut seen: Vec<Vec<u8>> = rootfs.layers().iter().map(|layer| vec![0; layer.entries().len()]).collect();
    let files = || rootfs.walk(rootfs.root()).filter_map(|(id, _)| Some((id, rootfs.file(id)?)));
    for (_, file) in files() {
        if let Some(count) = seen.get_mut(file.layer - 1).and_then(|layer| layer.get_mut(file.number() as usize)) {
            *count = count.saturating_add(1);
        }
    }
    let mut shared = HashMap::new();
    for (id, file) in files() {
        let count = seen.get(file.layer - 1).and_then(|layer| layer.get(file.number() as usize));
        if count.is_some_and(|count| *count > 1) {
            shared.entry((file.layer, file.number())).or_insert(id);
        }
    }
    shared
}

/// A name without slashes at its ends and `./` before it.
fn plain(name: &[u8]) -> Vec<u8> {
    let parts: Vec<&[u8]> = name.split(|byte| *byte == b'/').filter(|part| !part.is_empty() && *part != b".").collect();
    parts.join(&b'/')
}

fn is_below(name: &[u8], folder: &[u8]) -> bool {
    let rest = name.strip_prefix(folder);
    folder.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
}

/// The bytes that a shown name stands for; None when it has no escapes.
pub(super) fn unescaped(shown: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(shown.len());
    let mut rest = shown;
    let mut any = false;
    while let Some((before, after)) = rest.split_once('\\') {
        bytes.extend_from_slice(before.as_bytes());
        any = true;
        rest = match after.strip_prefix('\\') {
            Some(after) => {
                bytes.push(b'\\');
                after
            }
            None => {
                let digits = after.strip_prefix('x').and_then(|after| after.get(..2))?;
                bytes.push(u8::from_str_radix(digits, 16).ok()?);
                after.get(3..)?
            }
        };
    }
    bytes.extend_from_slice(rest.as_bytes());
    any.then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shown_names_are_read_back() {
        for name in [&b"a\xff\\b"[..], b"\\", b"plain", b"\\x41"] {
            let shown = show_name(name);
            assert_eq!(unescaped(&shown).unwrap_or_else(|| shown.as_bytes().to_vec()), name);
        }
        assert_eq!(unescaped("a\\q"), None);
    }

    #[test]
    fn the_biggest_come_first() {
        let sized = [(3, 10), (7, 11), (0, 12), (7, 13), (5, 14)];
        assert_eq!(biggest(sized.into_iter(), 3), [11, 13, 14]);
        assert_eq!(biggest(sized.into_iter(), 0), Vec::<u32>::new());
        assert_eq!(biggest(sized.into_iter(), 9), [11, 13, 14, 10]);
    }
}
