//! The files of a layer that is put together: each name once, in the order in which the archive has them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::path::PathBuf;

use super::refusal::refused;
use crate::error::Error;
use crate::tar_index::{EntryKind, Xattr, show_name};

/// What begins the name of a whiteout (image-spec `layer.md`, "Whiteouts").
pub(super) const WHITEOUT: &[u8] = b".wh.";
/// The name of the whiteout that hides all that lower layers have in its directory.
const OPAQUE: &[u8] = b".wh..wh..opq";

/// A file, directory, link or device of the layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TreeEntry {
    /// What it is.
    pub(super) kind: EntryKind,
    /// Where a symbolic link points to, and of a hard link the name in the layer.
    pub(super) link: Vec<u8>,
    /// Permission bits.
    pub(super) mode: u32,
    /// User and group number.
    pub(super) owner: (u64, u64),
    /// Modification time in seconds since 1970.
    pub(super) mtime: i64,
    /// Bytes of content.
    pub(super) size: u64,
    /// Major and minor number of a device.
    pub(super) device: (u64, u64),
    /// Extended attributes.
    pub(super) xattrs: Vec<Xattr>,
    /// The file on disk that has its content.
    pub(super) content: Option<PathBuf>,
}

impl TreeEntry {
    /// An entry without content.
    pub(super) fn new(kind: EntryKind, mode: u32, owner: (u64, u64), mtime: i64) -> Self {
        let (link, xattrs) = (Vec::new(), Vec::new());
        TreeEntry { kind, link, mode, owner, mtime, size: 0, device: (0, 0), xattrs, content: None }
    }
}

/// The place of a name in the archive: a directory before what is in it, whiteouts before their siblings.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key(Vec<u8>);

impl Key {
    /// The key of a name without a slash before it.
    pub(super) fn of(name: &[u8]) -> Self {
        let mut key = Vec::with_capacity(name.len() + 8);
        for part in components(name) {
            // No name contains a NUL byte, so that what is in a directory follows it.
            key.extend([0, if part.starts_with(WHITEOUT) { 1 } else { 2 }]);
            key.extend_from_slice(part);
        }
        Key(key)
    }

    fn is_above(&self, other: &Key) -> bool {
        other.0.strip_prefix(self.0.as_slice()).is_some_and(|rest| rest.first() == Some(&0))
    }
}

/// The entries by their place: name and file.
pub(super) type Entries = BTreeMap<Key, (Vec<u8>, TreeEntry)>;

/// The files of a layer.
#[derive(Debug, Default)]
pub(super) struct LayerTree {
    pub(super) entries: Entries,
    /// What lower layers are to have, to be hidden.
    pub(super) hidden: Vec<Vec<u8>>,
    /// Attributes of directories for which there is no entry, should lower layers not have them.
    pub(super) defaults: BTreeMap<Vec<u8>, TreeEntry>,
    /// What was left out, for the receipt.
    pub(super) notes: Vec<String>,
}

impl LayerTree {
    /// Adds a file under a name without a slash before it.
    pub(super) fn insert(&mut self, name: &[u8], entry: TreeEntry) -> Result<(), Error> {
        match self.entries.insert(Key::of(name), (name.to_vec(), entry)) {
            None => Ok(()),
            Some(_) => Err(refused(name, "two files have this name in the layer")),
        }
    }

    /// Hides a file or directory of lower layers.
    pub(super) fn hide(&mut self, name: &[u8], mtime: i64) -> Result<(), Error> {
        let (folder, own) = split(name);
        let whiteout = joined(folder, &[WHITEOUT, own].concat());
        self.hidden.push(name.to_vec());
        self.insert(&whiteout, TreeEntry::new(EntryKind::File, 0o644, (0, 0), mtime))
    }

    /// Hides all that lower layers have in a directory.
    pub(super) fn hide_below(&mut self, name: &[u8], mtime: i64) -> Result<(), Error> {
        self.hidden.push(name.to_vec());
        self.insert(&joined(name, OPAQUE), TreeEntry::new(EntryKind::File, 0o644, (0, 0), mtime))
    }

    /// Directories that the layer has files in and no entry for, each before what is in it.
    pub(super) fn parents(&self) -> BTreeSet<Vec<u8>> {
        let mut parents = BTreeSet::new();
        for (name, _) in self.entries.values() {
            let mut folder = split(name).0;
            while !folder.is_empty() && !self.entries.contains_key(&Key::of(folder)) {
                if !parents.insert(folder.to_vec()) {
                    break;
                }
                folder = split(folder).0;
            }
        }
        parents
    }

    /// Refuses files below what is no directory in the layer, and files that the layer hides.
    pub(super) fn require_sound(&self) -> Result<(), Error> {
        let mut file: Option<(&Key, &[u8])> = None;
        for (key, (name, entry)) in &self.entries {
            if let Some((_, other)) = file.filter(|(above, _)| above.is_above(key)) {
                let other = show_name(other);
                return Err(refused(name, &format!("`{other}` in the same layer is not a directory")));
            }
            file = (entry.kind != EntryKind::Directory).then_some((key, name));
        }
        for (name, _) in self.entries.values() {
            let (folder, own) = split(name);
            let Some(hidden) = own.strip_prefix(WHITEOUT).filter(|_| own != OPAQUE) else { continue };
            let hidden = joined(folder, hidden);
            let key = Key::of(&hidden);
            let from = self.entries.range((Bound::Included(&key), Bound::Unbounded)).next();
            if from.is_some_and(|(other, _)| *other == key || key.is_above(other)) {
                let reason = "the layer both adds it and hides it; `--opaque` hides what a directory has had";
                return Err(refused(&hidden, reason));
            }
        }
        Ok(())
    }
}

/// The directory of a name, and its last component.
pub(super) fn split(name: &[u8]) -> (&[u8], &[u8]) {
    match name.iter().rposition(|byte| *byte == b'/') {
        Some(slash) => (&name[..slash], &name[slash + 1..]),
        None => (&[], name),
    }
}

/// A name in a directory; the directory itself for an empty one.
pub(super) fn joined(folder: &[u8], own: &[u8]) -> Vec<u8> {
    match (folder, own) {
        ([], own) => own.to_vec(),
        (folder, []) => folder.to_vec(),
        (folder, own) => [folder, own].join(&b'/'),
    }
}

/// The components of a name, without empty ones and `.`.
pub(super) fn components(name: &[u8]) -> impl Iterator<Item = &[u8]> {
    name.split(|byte| *byte == b'/').filter(|part| !matches!(part, [] | [b'.']))
}

/// A path in an image in its one form: no slash before or behind it, empty for the root.
///
/// # Errors
///
/// When it contains `..`, which readers resolve differently, or a NUL byte.
pub(super) fn image_path(path: &[u8]) -> Result<Vec<u8>, Error> {
    if path.contains(&0) {
        return Err(refused(path, "the path contains a NUL byte"));
    }
    let parts: Vec<&[u8]> = components(path).collect();
    if parts.contains(&&b".."[..]) {
        return Err(refused(path, "the path contains `..`"));
    }
    Ok(parts.join(&b'/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(names: &[&str]) -> LayerTree {
        let mut tree = LayerTree::default();
        for name in names {
            let kind = if name.ends_with('/') { EntryKind::Directory } else { EntryKind::File };
            let name = image_path(name.as_bytes()).unwrap();
            tree.insert(&name, TreeEntry::new(kind, 0o644, (0, 0), 0)).unwrap();
        }
        tree
    }

    #[test]
    fn directories_come_before_their_files_and_whiteouts_before_all() {
        let mut tree = tree(&["a-b", "a/", "a/z", "a/b/", "a/+", "b/c", "a/b/c"]);
        tree.hide(b"a/old", 0).unwrap();
        tree.hide_below(b"a/b", 0).unwrap();
        let names: Vec<String> =
            tree.entries.values().map(|(name, _)| String::from_utf8_lossy(name).into_owned()).collect();
        assert_eq!(names, ["a", "a/.wh.old", "a/+", "a/b", "a/b/.wh..wh..opq", "a/b/c", "a/z", "a-b", "b/c"]);
        assert_eq!(tree.parents(), BTreeSet::from([b"b".to_vec()]));
        tree.require_sound().unwrap();
    }

    #[test]
    fn contradictions_are_refused() {
        let mut both = tree(&["a/b"]);
        both.hide(b"a", 0).unwrap();
        for (tree, expected) in [
            (tree(&["a", "a-b", "a/b"]), "`a` in the same layer is not a directory"),
            (tree(&["x/y/z", "x/y/z/a/b"]), "`x/y/z` in the same layer is not a directory"),
            (both, "the layer both adds it and hides it"),
        ] {
            let error = tree.require_sound().unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        let error = tree(&["a"]).insert(b"a", TreeEntry::new(EntryKind::File, 0, (0, 0), 0)).unwrap_err();
        assert!(error.to_string().contains("two files have this name"), "{error}");
        assert!(image_path(b"/a/../b").is_err() && image_path(b"a\0b").is_err());
        assert_eq!(image_path(b"//a/./b/").unwrap(), b"a/b");
    }
}
