//! What is in one layer beside what, for what image-spec `layer.md` forbids and for what readers of layers make
//! different things of.

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;

use super::entry_conflict::{Doubt, EntryConflict};
use super::outline::{Lower, Outline};
use crate::limits::LimitReached;
use crate::tar_index::{EntryKind, Member, Xattr, shorten, show_name};

/// How many conflicts of one layer are kept.
const MOST: usize = 100;

/// Folders that a name is looked at for: `PATH_MAX` has no room for more, and no reader makes them.
const DEEPEST: usize = 2048;

/// Names are untrusted: they may collide under any hash without a secret key. One for all layers, which are held
/// against each other.
static KEYS: LazyLock<RandomState> = LazyLock::new(RandomState::new);

/// What went by under a name, in four bytes: the kind, and a keyed hash of mode and owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Seen(u32);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SeenKind {
    File,
    Link,
    Folder,
    /// A folder that is not root's with mode 0755, as those are that no entry describes.
    OwnFolder,
}

impl Seen {
    fn of(member: &Member) -> Self {
        let kind = match member.kind {
            EntryKind::Directory if (member.mode & 0o7777, member.uid, member.gid) == (0o755, 0, 0) => SeenKind::Folder,
            EntryKind::Directory => SeenKind::OwnFolder,
            EntryKind::SymbolicLink => SeenKind::Link,
            _ => SeenKind::File,
        };
        let attributes = KEYS.hash_one((member.mode & 0o7777, member.uid, member.gid)) as u32;
        Seen(attributes & !3 | kind as u32)
    }

    fn kind(self) -> SeenKind {
        match self.0 & 3 {
            0 => SeenKind::File,
            1 => SeenKind::Link,
            2 => SeenKind::Folder,
            _ => SeenKind::OwnFolder,
        }
    }
}

/// The entries that have gone by, as keyed hashes of their names.
pub(super) struct LayerEntries {
    seen: HashMap<u64, Seen>,
    /// Names that whiteouts hide.
    removed: HashSet<u64>,
    /// The folder of the last entry, which needs no second look, and whether that was a whiteout.
    folder: Option<(u64, bool)>,
    /// Of entries with extended attributes, a keyed hash of these.
    attributes: HashMap<u64, u64>,
    /// Of symbolic links, the name that they point to; None where that goes through another link.
    targets: HashMap<u64, Option<Path>>,
    /// An entry stands below a symbolic link of the layer, so that names do not say where entries are.
    through_link: bool,
    outline: Outline,
    most: usize,
    found: Vec<EntryConflict>,
}

impl LayerEntries {
    /// For at most `most` names.
    pub(super) fn new(most: usize) -> Self {
        LayerEntries {
            seen: HashMap::new(),
            removed: HashSet::new(),
            folder: None,
            attributes: HashMap::new(),
            targets: HashMap::new(),
            through_link: false,
            outline: Outline::default(),
            most,
            found: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, member: &Member) {
        if self.found.len() >= MOST || matches!(self.found.last(), Some(EntryConflict::TooMany(_))) {
            return;
        }
        if self.seen.len() >= self.most {
            self.found.push(EntryConflict::TooMany(LimitReached { name: "entries", limit: self.most as u64 }));
            return;
        }
        let parts: Vec<&[u8]> = components(&member.name).collect();
        self.check_attributes(member);
        let Some((own, folders)) = parts.split_last() else {
            if member.kind != EntryKind::Directory {
                self.doubt(member, Doubt::Root);
            }
            self.note(member, Path::ROOT);
            return;
        };
        if parts.contains(&&b".."[..]) {
            self.doubt(member, Doubt::Climbs);
            return;
        }
        let hides = own.starts_with(b".wh.");
        let folder = self.enter(member, folders, hides);
        let path = folder.then(own);
        match own.strip_prefix(b".wh.") {
            Some(hidden) => self.whiteout(member, &folder, hidden, folders.is_empty()),
            None => match member.kind {
                EntryKind::HardLink => self.hard_link(member, path),
                EntryKind::SymbolicLink => drop(self.targets.insert(path.key(), self.target(member, folders))),
                EntryKind::Directory if self.removed.contains(&path.key()) => self.doubt(member, Doubt::BelowRemoved),
                _ => {}
            },
        }
        self.note(member, path);
    }

    fn note(&mut self, member: &Member, path: Path) {
        if !member.xattrs().is_empty() {
            self.attributes.insert(path.key(), hash_of(member.xattrs()));
        }
        if self.seen.insert(path.key(), Seen::of(member)).is_some() {
            self.found.push(EntryConflict::Twice(shown(&member.name)));
        }
    }

    fn doubt(&mut self, member: &Member, doubt: Doubt) {
        self.found.push(EntryConflict::Doubtful(shown(&member.name), doubt));
    }

    fn check_attributes(&mut self, member: &Member) {
        let most = u64::from(u32::MAX);
        if member.uid >= most || member.gid >= most {
            self.doubt(member, Doubt::Owner);
        }
        let (major, minor) = member.device().unwrap_or_default();
        let is_none = (major, minor) == (0, 0);
        let is_ambiguous = match member.kind {
            EntryKind::CharDevice => is_none || is_cut(major, minor),
            EntryKind::BlockDevice => is_cut(major, minor),
            _ => false,
        };
        let is_whiteout = components(&member.name).last().is_some_and(|own| own.starts_with(b".wh."));
        if is_ambiguous && !is_whiteout {
            self.doubt(member, Doubt::Device);
        }
        if member.xattrs().iter().any(|xattr| guides_overlay(&xattr.name)) {
            self.doubt(member, Doubt::OverlayAttribute);
        }
    }

    /// Looks at the folders that an entry is in.
    fn enter(&mut self, member: &Member, folders: &[&[u8]], hides: bool) -> Path {
        let folder = folders.iter().fold(Path::ROOT, |path, part| path.then(part));
        let entered = (folder.key(), hides);
        if self.folder.replace(entered) == Some(entered) || folders.len() > DEEPEST {
            return folder;
        }
        let mut path = Path::ROOT;
        let mut above = Vec::new();
        for (depth, part) in folders.iter().enumerate() {
            path = path.then(part);
            if part.starts_with(b".wh.") {
                let is_aufs = folders == [b".wh..wh.plnk"] && member.kind == EntryKind::File;
                self.doubt(member, if is_aufs { Doubt::AufsFile } else { Doubt::BelowWhiteout });
                break;
            }
            match self.seen.get(&path.key()).map(|seen| seen.kind()) {
                Some(SeenKind::Folder | SeenKind::OwnFolder) => {}
                Some(SeenKind::File) => {
                    self.doubt(member, Doubt::BelowFile);
                    break;
                }
                Some(SeenKind::Link) => {
                    self.through_link = true;
                    if hides {
                        self.doubt(member, Doubt::HidesBelowLink);
                    } else if !self.leads_to_folder(path) {
                        self.doubt(member, Doubt::BelowLink);
                    }
                    break;
                }
                None if self.removed.contains(&path.key()) => {
                    self.doubt(member, Doubt::BelowRemoved);
                    break;
                }
                None => {
                    self.outline.imply(path.key(), &above, &folders[..=depth], hides && depth + 1 == folders.len());
                }
            }
            above.push(path.key());
        }
        folder
    }

    fn whiteout(&mut self, member: &Member, folder: &Path, hidden: &[u8], is_top: bool) {
        match hidden {
            b"" | b"." | b".." => self.doubt(member, Doubt::HidesNothing),
            b".wh..opq" => self.outline.hides_all |= is_top,
            _ if hidden.starts_with(b".wh.") => {}
            _ => {
                let hidden = folder.then(hidden).key();
                self.removed.insert(hidden);
                if self.seen.contains_key(&hidden) || self.outline.implies(hidden) {
                    self.found.push(EntryConflict::Removed(shown(&member.name)));
                }
            }
        }
    }

    /// Where a symbolic link leads, by name; None where another link is on the way.
    fn target(&self, member: &Member, folders: &[&[u8]]) -> Option<Path> {
        let target = member.link_name();
        let mut parts: Vec<&[u8]> = if target.starts_with(b"/") { Vec::new() } else { folders.to_vec() };
        for part in components(target) {
            match part {
                b".." => drop(parts.pop()),
                part => parts.push(part),
            }
        }
        let mut path = Path::ROOT;
        for part in parts.into_iter().take(DEEPEST) {
            if self.seen.get(&path.key()).is_some_and(|seen| seen.kind() == SeenKind::Link) {
                return None;
            }
            path = path.then(part);
        }
        Some(path)
    }

    /// Whether a symbolic link resolves to a folder of this layer, as far as that can be said.
    fn leads_to_folder(&self, link: Path) -> bool {
        let mut path = link;
        for _ in 0..MOST {
            let Some(Some(target)) = self.targets.get(&path.key()) else { return true };
            path = *target;
            match self.seen.get(&path.key()).map(|seen| seen.kind()) {
                Some(SeenKind::Link) => {}
                Some(SeenKind::Folder | SeenKind::OwnFolder) => return true,
                Some(SeenKind::File) => return false,
                None => return path == Path::ROOT || self.outline.implies_some(path.key()),
            }
        }
        true
    }

    /// The target counts from the root, and `..` in it takes back a folder by name, as all readers have it.
    fn hard_link(&mut self, member: &Member, own: Path) {
        let mut target: Vec<&[u8]> = Vec::new();
        for part in components(member.link_name()) {
            match part {
                b".." => drop(target.pop()),
                part => target.push(part),
            }
        }
        if target.last().is_some_and(|own| own.starts_with(b".wh.")) {
            self.doubt(member, Doubt::LinkTarget);
            return;
        }
        let mut path = Path::ROOT;
        let mut found = None;
        for part in target {
            if found.is_some_and(|seen: Seen| seen.kind() == SeenKind::Link) {
                return;
            }
            path = path.then(part);
            found = self.seen.get(&path.key()).copied();
        }
        if let Some(&attributes) = self.attributes.get(&path.key()) {
            self.attributes.entry(own.key()).or_insert(attributes);
        }
        match found.filter(|_| path != own) {
            Some(seen) if matches!(seen.kind(), SeenKind::Folder | SeenKind::OwnFolder) => {
                self.doubt(member, Doubt::LinkTarget);
            }
            Some(seen) if seen.kind() == SeenKind::File && seen != Seen::of(member) => {
                self.doubt(member, Doubt::LinkAttributes);
            }
            Some(_)
                if !member.xattrs().is_empty()
                    && self.attributes.get(&path.key()) != Some(&hash_of(member.xattrs())) =>
            {
                self.doubt(member, Doubt::LinkAttributes);
            }
            Some(_) => {}
            None if self.through_link => {}
            None => self.doubt(member, Doubt::LinkTarget),
        }
    }

    /// The conflicts, and what the layers above have to know.
    pub(super) fn finish(mut self) -> (Vec<EntryConflict>, Outline) {
        let files = self.seen.iter().filter(|(_, seen)| seen.kind() == SeenKind::File).map(|(key, _)| *key);
        self.outline.settle_files(files, self.most);
        let entries = self.seen.into_iter().filter_map(|(key, seen)| {
            let lower = match seen.kind() {
                SeenKind::File => return None,
                SeenKind::Link => Lower::Link,
                SeenKind::Folder => Lower::Folder,
                SeenKind::OwnFolder => Lower::OwnFolder,
            };
            Some((key, lower))
        });
        self.outline.settle(entries.chain(self.removed.into_iter().map(|key| (key, Lower::Removed))), self.most);
        (self.found, self.outline)
    }
}

/// A keyed hash of extended attributes, in whatever order they stand.
fn hash_of(xattrs: &[Xattr]) -> u64 {
    xattrs.iter().map(|xattr| KEYS.hash_one((&xattr.name, &xattr.value))).fold(0, u64::wrapping_add)
}

/// A kernel keeps 12 bits of the major number of a device and 20 of the minor one.
fn is_cut(major: u64, minor: u64) -> bool {
    major > 0xfff || minor > 0xf_ffff
}

/// What the kernel's overlay file system acts on (`Documentation/filesystems/overlayfs`), under either prefix.
fn guides_overlay(name: &[u8]) -> bool {
    let own = [&b"trusted.overlay."[..], b"user.overlay."].iter().find_map(|prefix| name.strip_prefix(*prefix));
    matches!(own, Some(b"opaque" | b"redirect" | b"metacopy" | b"whiteout" | b"whiteouts"))
}

/// A name for a message: those of a hundred entries of each layer are kept.
fn shown(name: &[u8]) -> Box<str> {
    show_name(shorten(name)).into()
}

/// The components of a name, without empty ones and `.`.
fn components(name: &[u8]) -> impl Iterator<Item = &[u8]> {
    name.split(|byte| *byte == b'/').filter(|part| !matches!(part, [] | [b'.']))
}

/// A name by the keyed hash of its components.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Path(u64);

impl Path {
    const ROOT: Path = Path(0);

    fn then(self, part: &[u8]) -> Path {
        Path(KEYS.hash_one((self.0, part)))
    }

    fn key(self) -> u64 {
        self.0
    }
}
