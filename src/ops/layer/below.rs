//! What a new layer does to the files of the layers below it: what readers do differently is refused.

use std::collections::{BTreeSet, HashSet};

use super::refusal::refused;
use super::tree::{LayerTree, TreeEntry, WHITEOUT, components, split};
use crate::error::Error;
use crate::rootfs::{FileId, FileKind, Follow, Rootfs};
use crate::tar_index::{EntryKind, show_name};

/// Directories whose change the receipt lists.
const MOST_NOTES: usize = 10;

/// Directories that a layer has files in and no entry for: name and attributes.
pub(super) type Parents = Vec<(Vec<u8>, TreeEntry)>;

/// The files of the layers below a new one.
pub(super) struct Below<'r> {
    rootfs: &'r Rootfs,
    /// The directory that was found sound last.
    sound: Vec<u8>,
}

impl<'r> Below<'r> {
    pub(super) fn new(rootfs: &'r Rootfs) -> Self {
        Below { rootfs, sound: Vec::new() }
    }

    /// The file of a name, whatever it is.
    fn find(&self, name: &[u8]) -> Option<FileId> {
        self.rootfs.find(name, Follow::Nothing).ok()
    }

    /// Refuses an entry that is not in a directory, and one that takes the place of a directory or of what is none.
    pub(super) fn check(&mut self, name: &[u8], is_directory: bool) -> Result<(), Error> {
        let (folder, own) = split(name);
        self.check_folder(name, folder)?;
        if own.starts_with(WHITEOUT) {
            return Ok(());
        }
        let Some(id) = self.find(name) else { return Ok(()) };
        match (self.rootfs.kind(id), is_directory) {
            (FileKind::Directory, true) => Ok(()),
            (FileKind::Directory, false) => Err(refused(
                name,
                "it is a directory in the lower layers, which a file would replace; end the destination with a slash \
                 to put the file into it",
            )),
            (_, false) => Ok(()),
            (_, true) => Err(refused(name, &self.not_a_directory(name, id, b""))),
        }
    }

    fn check_folder(&mut self, name: &[u8], folder: &[u8]) -> Result<(), Error> {
        if folder == self.sound {
            return Ok(());
        }
        let slashes = folder.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| at);
        for end in slashes.chain([folder.len()]).filter(|end| *end > 0) {
            let Some(id) = self.find(&folder[..end]) else { break };
            if self.rootfs.kind(id) != FileKind::Directory {
                return Err(refused(name, &self.not_a_directory(&folder[..end], id, &name[end..])));
            }
        }
        folder.clone_into(&mut self.sound);
        Ok(())
    }

    /// Why what lower layers have under a name is no place for a directory.
    fn not_a_directory(&self, name: &[u8], id: FileId, rest: &[u8]) -> String {
        let shown = show_name(name);
        if self.rootfs.kind(id) != FileKind::Symlink {
            return format!("`{shown}` is not a directory in the lower layers");
        }
        let link = self.rootfs.file(id).map_or(&[][..], |file| file.link());
        let advice = match self.rootfs.find(name, Follow::Link) {
            Ok(target) => {
                let target = [b"/", &*self.rootfs.path(target), rest].concat();
                format!("; use `{}`", show_name(&target))
            }
            Err(_) => String::new(),
        };
        format!(
            "`{shown}` is a symbolic link to `{}` in the lower layers, which some readers follow and others \
             replace by a directory{advice}",
            show_name(link)
        )
    }

    /// Whether there is something of this name to hide.
    pub(super) fn has(&self, name: &[u8]) -> bool {
        name.is_empty() || self.find(name).is_some()
    }

    /// Directories that the layer has files in and no entry for, as the lower layers have them. Without an entry readers
    /// that keep layers apart would give them the owner root and the mode 0755.
    pub(super) fn parents(&self, tree: &LayerTree, missing: &TreeEntry) -> Parents {
        let parents = tree.parents().into_iter().map(|name| {
            let entry = match self.find(&name) {
                Some(id) => self.directory(id),
                None => tree.defaults.get(&name).unwrap_or(missing).clone(),
            };
            (name, entry)
        });
        parents.collect()
    }

    fn directory(&self, id: FileId) -> TreeEntry {
        let Some(file) = self.rootfs.file(id) else {
            return TreeEntry::new(EntryKind::Directory, 0o755, (0, 0), 0);
        };
        let own = file.entry;
        let owner = (own.uid.into(), own.gid.into());
        let mut entry = TreeEntry::new(EntryKind::Directory, own.mode.into(), owner, own.mtime);
        entry.xattrs = file.xattrs().to_vec();
        entry
    }

    /// Says which directories of the lower layers get another mode or owner.
    pub(super) fn changed(&self, tree: &LayerTree) -> Vec<String> {
        let mut notes = Vec::new();
        let directories = tree.entries.values().filter(|(_, entry)| entry.kind == EntryKind::Directory);
        for (name, entry) in directories {
            let Some(id) = self.find(name).filter(|id| self.rootfs.file(*id).is_some()) else { continue };
            let old = self.directory(id);
            if (old.mode, old.owner) != (entry.mode, entry.owner) {
                notes.push(format!("the directory {} was {} and is {}", show_name(name), shown(&old), shown(entry)));
            }
        }
        cut(notes, "directories get another mode or owner")
    }

    /// Says in which directories an archive has files and no entry for them, as far as readers differ: those that create
    /// them for the layer give them the owner root and the mode 0755.
    pub(super) fn undescribed(&self, entries: &[(Vec<u8>, EntryKind)]) -> Vec<String> {
        let described: HashSet<&[u8]> = entries.iter().map(|(name, _)| name.as_slice()).collect();
        let (mut seen, mut new, mut notes) = (BTreeSet::new(), Vec::new(), Vec::new());
        for (name, _) in entries {
            let above = std::iter::successors(Some(split(name).0), |folder| Some(split(folder).0));
            let open = above.take_while(|folder| !folder.is_empty());
            seen.extend(open.filter(|folder| !described.contains(folder)));
        }
        for folder in seen {
            let Some(id) = self.find(folder) else {
                new.push(show_name(folder).into_owned());
                continue;
            };
            let own = self.directory(id);
            if (own.mode, own.owner) != (0o755, (0, 0)) {
                notes.push(format!(
                    "no entry for the directory {}, which is {}; docker and podman on overlay show it as 0755 0:0",
                    show_name(folder),
                    shown(&own)
                ));
            }
        }
        if !new.is_empty() {
            let count = new.len();
            new.truncate(MOST_NOTES);
            let more = count.checked_sub(MOST_NOTES).filter(|more| *more > 0);
            let more = more.map_or(String::new(), |more| format!(" and {more} more"));
            let what = if count == 1 { "directory" } else { "directories" };
            notes.insert(
                0,
                format!("no entry for the {what} {}{more}, which readers create as 0755 0:0", new.join(", ")),
            );
        }
        cut(notes, "directories have no entry and another mode or owner")
    }
}

fn shown(entry: &TreeEntry) -> String {
    format!("{:04o} {}:{}", entry.mode, entry.owner.0, entry.owner.1)
}

/// The first of some notes, and how many there are more.
fn cut(mut notes: Vec<String>, what: &str) -> Vec<String> {
    if let Some(more) = notes.len().checked_sub(MOST_NOTES).filter(|more| *more > 0) {
        notes.truncate(MOST_NOTES);
        notes.push(format!("{more} more {what}"));
    }
    notes
}

/// A name as it counts in the file system: without empty components and `.`.
pub(super) fn plain(name: &[u8]) -> Vec<u8> {
    components(name).collect::<Vec<_>>().join(&b'/')
}
