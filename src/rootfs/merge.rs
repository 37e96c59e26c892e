//! Layers put on top of each other (image-spec `layer.md`, "Applying Changesets").

use std::collections::HashMap;

use super::entry::{Entry, FileKind, LayerEntries, Span};
use super::name::aufs_file;
use super::tree::{EntryRef, FileId, Name, ROOT, Tree};
use crate::finding::{Code, Finding, Place};
use crate::limits::LimitReached;
use crate::tar_index::show_name;

/// Symbolic links followed for one name: as many as Linux follows (`path_resolution(7)`).
pub(super) const LINKS_FOLLOWED: usize = 40;
/// The longest target of a symbolic link that a kernel makes (`PATH_MAX`).
pub(super) const TARGET_BYTES: usize = 4096;

/// Components looked up for each entry that the limit allows: real names have ten. Each takes a tenth of a microsecond.
const STEPS: u64 = 32;

/// Puts layer on layer.
pub(super) struct Merger<'a> {
    pub(super) tree: Tree,
    pub(super) findings: Vec<Finding>,
    /// The files that aufs kept for hard links, by layer and name.
    aufs_files: HashMap<(u32, Box<[u8]>), EntryRef>,
    /// Where a layer is listed, by its place from the bottom.
    place: &'a dyn Fn(u32) -> Place,
    /// Components that may still be looked up, over all names: links make a short name long to look up.
    steps: u64,
    /// What directories that no entry describes have taken of the limit for the length of their names.
    long: u64,
    limit: LimitReached,
    findings_max: usize,
}

/// How a name is looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Missing {
    /// What is not there ends the look-up.
    Stays,
    /// Directories that are not there are made, and what is no directory gives way to one.
    IsMade,
}

impl<'a> Merger<'a> {
    pub(super) fn new(tree: Tree, place: &'a dyn Fn(u32) -> Place, entries_max: usize, findings_max: usize) -> Self {
        let limit = LimitReached { name: "entries", limit: entries_max as u64 };
        Merger {
            tree,
            findings: Vec::new(),
            aufs_files: HashMap::new(),
            place,
            steps: limit.limit.saturating_mul(STEPS),
            long: 0,
            limit,
            findings_max,
        }
    }

    /// Puts the layer of this number on those before it.
    ///
    /// Whiteouts come first, wherever they are in the archive: they affect the layers below and nothing of their own
    /// layer.
    pub(super) fn apply(&mut self, layer: u32) -> Result<(), LimitReached> {
        let Some(entries) = self.tree.layers.get(layer as usize).cloned() else { return Ok(()) };
        for entry in &entries.entries {
            match entry.kind {
                FileKind::Whiteout => {
                    let (folder, name) = split(&entries, layer, entry);
                    let found = self.resolve(&folder, Missing::Stays)?;
                    if let Some(id) = found.and_then(|folder| self.tree.child(folder, self.tree.text(name?))) {
                        self.tree.remove(id);
                    }
                }
                FileKind::OpaqueWhiteout => {
                    let folder = parts(&entries, layer, entry.name);
                    if let Some(id) = self.resolve(&folder, Missing::Stays)? {
                        self.tree.clear(id);
                    }
                }
                _ => {}
            }
        }
        for (number, entry) in (0..).zip(&entries.entries) {
            self.put(&entries, EntryRef { layer, entry: number }, entry)?;
        }
        Ok(())
    }

    fn put(&mut self, entries: &LayerEntries, of: EntryRef, entry: &Entry) -> Result<(), LimitReached> {
        if let Some(own) = aufs_file(entries.name(entry)) {
            self.aufs_files.insert((of.layer, own.into()), of);
            return Ok(());
        }
        if entry.kind == FileKind::OpaqueWhiteout {
            // The directory of a whiteout is there, as in the layer's own archive.
            let folder = parts(entries, of.layer, entry.name);
            return self.resolve(&folder, Missing::IsMade).map(drop);
        }
        let (folder, name) = split(entries, of.layer, entry);
        let Some(folder) = self.resolve(&folder, Missing::IsMade)? else {
            self.find(of.layer, entries.name(entry), "the parent directory of the entry is a link in a loop");
            return Ok(());
        };
        let Some(name) = name else {
            // The root itself: a directory whatever the archive says.
            if entry.kind == FileKind::Directory {
                self.tree.set_entry(ROOT, Some(of));
            }
            return Ok(());
        };
        match entry.kind {
            FileKind::Whiteout => Ok(()),
            FileKind::HardLink => self.hard_link(entries, of, entry, folder, name),
            _ => {
                let is_directory = entry.kind == FileKind::Directory;
                self.place(folder, name, of, is_directory)
            }
        }
    }

    /// Puts an entry in its place; a directory on a directory keeps what is in it.
    fn place(&mut self, folder: FileId, name: Name, of: EntryRef, is_directory: bool) -> Result<(), LimitReached> {
        match self.tree.child(folder, self.tree.text(name)) {
            Some(id) => {
                if !(is_directory && self.is_directory(id)) {
                    self.tree.clear(id);
                }
                self.tree.set_entry(id, Some(of));
            }
            None => {
                self.add(folder, name, Some(of))?;
            }
        }
        Ok(())
    }

    /// A hard link becomes what it points to, looked up in what is merged so far; the link itself is not followed when
    /// it points to a symbolic link (`link(2)`).
    fn hard_link(
        &mut self,
        entries: &LayerEntries,
        of: EntryRef,
        entry: &Entry,
        folder: FileId,
        name: Name,
    ) -> Result<(), LimitReached> {
        // As docker has it, these are files of the same layer, whatever names lie between.
        if let Some(own) = aufs_file(entries.link(entry))
            && let Some(&file) = self.aufs_files.get(&(of.layer, own.into()))
        {
            return self.place(folder, name, file, false);
        }
        let target = self.find_target(entries, of.layer, entry.link)?;
        let found = target.and_then(|id| self.tree.entry_ref(id).map(|of| (id, of)));
        let Some((id, of_target)) = found.filter(|(id, _)| !self.is_directory(*id)) else {
            let detail = "the target of the hard link is not in this or a lower layer; the entry is skipped";
            self.find_link(of.layer, entries, entry, detail);
            return Ok(());
        };
        if self.tree.child(folder, self.tree.text(name)) == Some(id) {
            return Ok(());
        }
        self.place(folder, name, of_target, false)
    }

    fn find_target(&mut self, entries: &LayerEntries, layer: u32, link: Span) -> Result<Option<FileId>, LimitReached> {
        // `..` takes back a name before it, and nothing at the root, whatever links there are: so all readers have it.
        let mut folder: Vec<Name> = Vec::new();
        for name in parts(entries, layer, link) {
            match self.tree.text(name) {
                b".." => drop(folder.pop()),
                _ => folder.push(name),
            }
        }
        let Some(last) = folder.pop() else { return Ok(None) };
        let folder = self.resolve(&folder, Missing::Stays)?;
        Ok(folder.and_then(|folder| self.tree.child(folder, self.tree.text(last))))
    }

    fn is_directory(&self, id: FileId) -> bool {
        self.tree.entry(id).is_none_or(|entry| entry.kind == FileKind::Directory)
    }

    fn add(&mut self, folder: FileId, name: Name, entry: Option<EntryRef>) -> Result<FileId, LimitReached> {
        // Names of many directories that no entry describes count as entries.
        if self.tree.len() as u64 + self.long > self.limit.limit {
            return Err(self.limit.clone());
        }
        Ok(self.tree.add(folder, name, entry))
    }

    /// The directory that a name resolves to, through symbolic links and never above the root, as `chroot(2)` has it.
    /// None where it is not there, or where links lead round in a circle.
    fn resolve(&mut self, path: &[Name], missing: Missing) -> Result<Option<FileId>, LimitReached> {
        let mut at = ROOT;
        let (mut links, mut bytes) = (0, 0);
        let mut open: Vec<Name> = path.iter().rev().copied().collect();
        while let Some(name) = open.pop() {
            bytes += self.tree.text(name).len() as u64 + 1;
            self.steps = self.steps.checked_sub(1).ok_or_else(|| self.limit.clone())?;
            if self.tree.text(name) == b".." {
                at = self.tree.parent(at);
                continue;
            }
            let Some(id) = self.tree.child(at, self.tree.text(name)) else {
                if missing == Missing::Stays {
                    return Ok(None);
                }
                // As for entries: who lists them writes the whole name of each.
                self.long += bytes / 128;
                at = self.add(at, name, None)?;
                continue;
            };
            let link = self.tree.entry_ref(id).zip(self.tree.entry(id)).map(|(of, entry)| (of, entry.kind, entry.link));
            match link {
                Some((of, FileKind::Symlink, target)) => {
                    links += 1;
                    let layer = self.tree.layers.get(of.layer as usize).cloned();
                    let Some(layer) = layer.filter(|layer| {
                        links <= LINKS_FOLLOWED
                            && !target.range().is_empty()
                            && layer.text(target).len() <= TARGET_BYTES
                    }) else {
                        return Ok(None);
                    };
                    if layer.text(target).first() == Some(&b'/') {
                        at = ROOT;
                    }
                    open.extend(parts(&layer, of.layer, target).into_iter().rev());
                }
                Some((_, FileKind::Directory, _)) | None => at = id,
                Some(_) if missing == Missing::Stays => return Ok(None),
                Some(_) => {
                    self.tree.set_entry(id, None);
                    at = id;
                }
            }
        }
        Ok(Some(at))
    }

    fn find(&mut self, layer: u32, name: &[u8], detail: &str) {
        self.note(layer, name, Code::LinkBroken, detail, None);
    }

    fn find_link(&mut self, layer: u32, entries: &LayerEntries, entry: &Entry, detail: &str) {
        self.note(layer, entries.name(entry), Code::LinkBroken, detail, Some(entries.link(entry)));
    }

    fn note(&mut self, layer: u32, name: &[u8], code: Code, detail: &str, target: Option<&[u8]>) {
        if self.findings.len() >= self.findings_max {
            return;
        }
        let short = |name: &[u8]| show_name(name.get(..1024).unwrap_or(name)).into_owned();
        let at = (self.place)(layer).then(short(name));
        let finding = Finding::new(code, at, detail);
        self.findings.push(match target {
            Some(target) => finding.found(short(target)),
            None => finding,
        });
    }
}

/// The components of a name in a layer's names.
fn parts(entries: &LayerEntries, layer: u32, path: Span) -> Vec<Name> {
    let text = entries.text(path);
    let mut parts = Vec::new();
    let mut start = 0;
    for part in text.split(|byte| *byte == b'/') {
        let range = start..start + part.len();
        start = range.end + 1;
        if !part.is_empty() && part != b"." {
            parts.extend(path.part(&range).map(|span| Name { layer, span }));
        }
    }
    parts
}

/// The directory of an entry, and its own name there; none for the root.
fn split(entries: &LayerEntries, layer: u32, entry: &Entry) -> (Vec<Name>, Option<Name>) {
    let mut folder = parts(entries, layer, entry.name);
    let name = folder.pop();
    (folder, name)
}
