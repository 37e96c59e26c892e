//! Two merged root file systems, file by file.

use std::borrow::Cow;

use serde::{Serialize, Serializer};

use super::DiffOptions;
use super::pairs::One;
use crate::error::Error;
use crate::image::Image;
use crate::limits::Limits;
use crate::rootfs::{FileId, FileKind, Layer, Rootfs, RootfsOptions, read_layers};
use crate::tar_index::show_name;

/// The differences between two root file systems.
#[derive(Debug, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FilesDiff {
    /// How many files only the second has.
    pub added: u64,
    /// How many files only the first has.
    pub removed: u64,
    /// How many files differ.
    pub changed: u64,
    /// How many are the same.
    pub same: u64,
    /// Every file that differs, in the order of names.
    pub changes: FileChanges,
}

// Of long lists each is made when it is asked for: a list of a million would take more memory than the file systems.
/// Files that differ.
#[derive(Debug, Default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(transparent))]
pub struct FileChanges {
    #[cfg_attr(feature = "schema", schemars(with = "Vec<FileChange>"))]
    list: List,
}

#[derive(Debug)]
enum List {
    Made(Vec<FileChange>),
    Numbers { between: Box<(Rootfs, Rootfs)>, pairs: Vec<(Option<FileId>, Option<FileId>)>, ignore_time: bool },
}

impl Default for List {
    fn default() -> Self {
        List::Made(Vec::new())
    }
}

impl FileChanges {
    /// How many there are.
    pub fn len(&self) -> usize {
        match &self.list {
            List::Made(changes) => changes.len(),
            List::Numbers { pairs, .. } => pairs.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Each, in the order of names.
    pub fn iter(&self) -> Box<dyn Iterator<Item = Cow<'_, FileChange>> + '_> {
        match &self.list {
            List::Made(changes) => Box::new(changes.iter().map(Cow::Borrowed)),
            List::Numbers { between, pairs, ignore_time } => {
                let (a, b) = &**between;
                let walk = Walk { a, b, ignore_time: *ignore_time };
                Box::new(pairs.iter().filter_map(move |&(a, b)| walk.change(a, b)).map(Cow::Owned))
            }
        }
    }

    /// What it counts against the limit on entries as long as it is kept.
    fn entries(&self) -> usize {
        match &self.list {
            // Each takes as much as two entries, and its name.
            List::Made(changes) => changes.iter().map(|change| 2 + change.path.len() / 64).sum(),
            List::Numbers { between, .. } => between.0.len() + between.1.len(),
        }
    }
}

impl Serialize for FileChanges {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

/// The change of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// Only the second has it.
    Added,
    /// Only the first has it.
    Removed,
    /// Both have it, and it differs.
    Changed,
}

/// One file that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FileChange {
    /// Its name, as in a listing.
    pub path: String,
    /// The change.
    pub change: Change,
    /// The differences: `kind`, `content`, `size`, `mode`, `owner`, `time`, `link`, `device`, `xattrs`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub what: Vec<&'static str>,
    /// It as the first has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub a: Option<FileFacts>,
    /// It as the second has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub b: Option<FileFacts>,
}

/// A file in one image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FileFacts {
    /// Its kind.
    pub kind: FileKind,
    /// Permission bits in octal digits.
    pub mode: String,
    /// User number.
    pub uid: u32,
    /// Group number.
    pub gid: u32,
    /// Bytes of content.
    pub size: u64,
    /// Modification time in seconds since 1970.
    pub mtime: i64,
    /// Nanoseconds to be added to it.
    #[serde(skip_serializing_if = "crate::image::is_zero")]
    pub mtime_nanos: u32,
    /// The layer that it comes from, counted from 1; 0 for a directory without an entry in any layer.
    pub layer: usize,
    /// The SHA-256 of its content, in hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// The target of a symbolic link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

/// Compares the root file systems of two images.
///
/// Layers that both have, by digest, are taken apart once, and hashed in each file. `left` is what is left of the limit
/// on entries, and what is kept is taken from it.
pub(super) fn compare(
    (a, of_a): (&Image, &One),
    (b, of_b): (&Image, &One),
    options: &DiffOptions,
    left: &mut usize,
) -> Result<FilesDiff, Error> {
    let (chosen_a, chosen_b) = (of_a.candidate.chosen(a)?, of_b.candidate.chosen(b)?);
    let mut layers: Vec<(&Image, &Layer)> = chosen_a.layers.iter().map(|layer| (a, layer)).collect();
    layers.extend(chosen_b.layers.iter().map(|layer| (b, layer)));
    let rootfs_options = RootfsOptions {
        hash_files: true,
        sound: true,
        jobs: options.jobs,
        limits: Limits { entries: *left, ..options.limits.clone() },
        ..RootfsOptions::default()
    };
    let limits = &rootfs_options.limits;
    let (mut entries_a, _) = read_layers(&layers, &rootfs_options, None)?;
    let entries_b = entries_a.split_off(chosen_a.layers.len());
    let rootfs_a = Rootfs::merge(a, &chosen_a, entries_a, limits)?;
    let rootfs_b = Rootfs::merge(b, &chosen_b, entries_b, limits)?;
    let ignore_time = options.ignore_time;
    let walk = Walk { a: &rootfs_a, b: &rootfs_b, ignore_time };
    let mut diff = FilesDiff::default();
    let pairs = walk.run(&mut diff);
    let made = (pairs.len() <= FEW).then(|| pairs.iter().filter_map(|&(a, b)| walk.change(a, b)).collect());
    diff.changes.list = match made {
        Some(made) => List::Made(made),
        None => List::Numbers { between: Box::new((rootfs_a, rootfs_b)), pairs, ignore_time },
    };
    *left = left.saturating_sub(diff.changes.entries());
    Ok(diff)
}

/// Changes of one image that are kept by themselves, without the file systems that they are between.
const FEW: usize = 1_000;

struct Walk<'r> {
    a: &'r Rootfs,
    b: &'r Rootfs,
    ignore_time: bool,
}

impl Walk<'_> {
    /// Counts, and gives what differs.
    fn run(&self, diff: &mut FilesDiff) -> Vec<(Option<FileId>, Option<FileId>)> {
        let mut pairs = Vec::new();
        let mut open = vec![(Some(self.a.root()), Some(self.b.root()))];
        while let Some((a, b)) = open.pop() {
            let is_same = a.zip(b).is_some_and(|(a, b)| self.differences(a, b).is_empty());
            let count = match (a, b) {
                _ if is_same => &mut diff.same,
                (Some(_), Some(_)) => &mut diff.changed,
                (Some(_), None) => &mut diff.removed,
                (None, _) => &mut diff.added,
            };
            *count += 1;
            if !is_same {
                pairs.push((a, b));
            }
            let children_a = a.map(|id| self.a.children(id)).unwrap_or_default();
            let children_b = b.map(|id| self.b.children(id)).unwrap_or_default();
            let below = open.len();
            let (mut at_a, mut at_b) = (children_a.into_iter().peekable(), children_b.into_iter().peekable());
            loop {
                let order = match (at_a.peek(), at_b.peek()) {
                    (None, None) => break,
                    (Some(_), None) => std::cmp::Ordering::Less,
                    (None, Some(_)) => std::cmp::Ordering::Greater,
                    (Some(a), Some(b)) => self.a.name(*a).cmp(self.b.name(*b)),
                };
                open.push(match order {
                    std::cmp::Ordering::Less => (at_a.next(), None),
                    std::cmp::Ordering::Greater => (None, at_b.next()),
                    std::cmp::Ordering::Equal => (at_a.next(), at_b.next()),
                });
            }
            if let Some(new) = open.get_mut(below..) {
                new.reverse();
            }
        }
        pairs
    }

    /// What became of one file; None where it is the same.
    fn change(&self, a: Option<FileId>, b: Option<FileId>) -> Option<FileChange> {
        let (change, what) = match (a, b) {
            (Some(a), Some(b)) => (Change::Changed, self.differences(a, b)),
            (Some(_), None) => (Change::Removed, Vec::new()),
            (None, _) => (Change::Added, Vec::new()),
        };
        let path = a.map(|id| self.a.path(id)).or_else(|| b.map(|id| self.b.path(id)))?;
        Some(FileChange {
            path: show_name(&path).into_owned(),
            change,
            what,
            a: a.map(|id| facts(self.a, id)),
            b: b.map(|id| facts(self.b, id)),
        })
    }

    fn differences(&self, a: FileId, b: FileId) -> Vec<&'static str> {
        let mut what = Vec::new();
        let (kind_a, kind_b) = (self.a.kind(a), self.b.kind(b));
        if kind_a != kind_b {
            what.push("kind");
        }
        // A directory that no layer describes has no mode, owner or time of its own.
        let (Some(a), Some(b)) = (self.a.file(a), self.b.file(b)) else { return what };
        if a.is_same_entry(&b) {
            return what;
        }
        if kind_a == FileKind::File && kind_b == FileKind::File {
            if a.entry.size() != b.entry.size() {
                what.push("size");
            }
            if a.hash() != b.hash() {
                what.push("content");
            }
        }
        if a.entry.mode != b.entry.mode {
            what.push("mode");
        }
        if (a.entry.uid, a.entry.gid) != (b.entry.uid, b.entry.gid) {
            what.push("owner");
        }
        let times = [&a, &b].map(|file| (file.entry.mtime, file.entry.mtime_nanos));
        if !self.ignore_time && times[0] != times[1] {
            what.push("time");
        }
        if kind_a == FileKind::Symlink && kind_b == FileKind::Symlink && a.link() != b.link() {
            what.push("link");
        }
        if a.entry.device() != b.entry.device() {
            what.push("device");
        }
        let sorted = |file: &crate::rootfs::File<'_>| {
            let mut xattrs: Vec<_> =
                file.xattrs().iter().map(|xattr| (xattr.name.clone(), xattr.value.clone())).collect();
            xattrs.sort();
            xattrs
        };
        if sorted(&a) != sorted(&b) {
            what.push("xattrs");
        }
        what
    }
}

fn facts(rootfs: &Rootfs, id: FileId) -> FileFacts {
    let Some(file) = rootfs.file(id) else {
        return FileFacts {
            kind: FileKind::Directory,
            mode: "0755".to_owned(),
            uid: 0,
            gid: 0,
            size: 0,
            mtime: 0,
            mtime_nanos: 0,
            layer: 0,
            sha256: None,
            link: None,
        };
    };
    let entry = file.entry;
    let hex = |hash: &[u8; 32]| hash.iter().map(|byte| format!("{byte:02x}")).collect();
    FileFacts {
        kind: entry.kind,
        mode: format!("{:04o}", entry.mode),
        uid: entry.uid,
        gid: entry.gid,
        size: entry.size(),
        mtime: entry.mtime,
        mtime_nanos: entry.mtime_nanos,
        layer: file.layer,
        sha256: file.hash().filter(|_| entry.kind == FileKind::File).map(hex),
        link: (entry.kind == FileKind::Symlink).then(|| show_name(file.link()).into_owned()),
    }
}
