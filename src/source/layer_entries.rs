//! What stands in one layer beside what, for what image-spec `layer.md` forbids and for what readers of layers make
//! different things of.

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

/// Names are a stranger's, who may make them collide under any hash that he knows. One for all layers, which are held
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
    /// Of symbolic links, the name that they lead to; None where that goes through another link.
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
        let is_doubtful = match member.kind {
            EntryKind::CharDevice => is_none || is_cut(major, minor),
            EntryKind::BlockDevice => is_cut(major, minor),
            _ => false,
        };
        let is_whiteout = components(&member.name).last().is_some_and(|own| own.starts_with(b".wh."));
        if is_doubtful && !is_whiteout {
            self.doubt(member, Doubt::Device);
        }
        if member.xattrs().iter().any(|xattr| guides_overlay(&xattr.name)) {
            self.doubt(member, Doubt::OverlayAttribute);
        }
    }

    /// Looks at the folders that an entry stands in.
    fn enter(&mut self, member: &Member, folders: &[&[u8]], hides: bool) -> Path {
        let folder = folders.iter().fold(Path::ROOT, |path, part| path.then(part));
        let entered = (folder.key(), hides);
        if self.folder.replace(entered) == Some(entered) || folders.len() > DEEPEST {
            return folder;
        }
        let mut path = Path::ROOT;
        for (depth, part) in folders.iter().enumerate() {
            path = path.then(part);
            if part.starts_with(b".wh.") {
                self.doubt(member, Doubt::BelowWhiteout);
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
                None => self.outline.imply(path.key(), &folders[..=depth], hides && depth + 1 == folders.len()),
            }
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

    /// Whether a symbolic link leads to a folder of this layer, as far as that can be said.
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

#[cfg(test)]
mod tests {
    use super::super::outline::{Looks, OutlineRoom, above};
    use super::*;
    use crate::limits::Limits;
    use crate::tar_index::{StreamFeed, TarReader};

    /// Entries as `d NAME`, `f NAME`, `l NAME TARGET`, `h NAME TARGET`; a number behind a name is the mode.
    fn layer(lines: &[&str]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for line in lines {
            let words: Vec<&str> = line.split(' ').collect();
            let mut header = tar::Header::new_ustar();
            header.as_old_mut().name[..words[1].len()].copy_from_slice(words[1].as_bytes());
            let (kind, mode) = match words[0] {
                "d" => (tar::EntryType::Directory, 0o755),
                "l" => (tar::EntryType::Symlink, 0o777),
                "h" => (tar::EntryType::Link, 0o644),
                "c" => (tar::EntryType::Char, 0o644),
                _ => (tar::EntryType::Regular, 0o644),
            };
            header.set_entry_type(kind);
            header.set_mode(words.get(3).map_or(mode, |mode| u32::from_str_radix(mode, 8).unwrap()));
            if let Some(target) = words.get(2) {
                header.as_old_mut().linkname[..target.len()].copy_from_slice(target.as_bytes());
            }
            header.set_device_major(0).unwrap();
            header.set_device_minor(if words[1] == "null" { 3 } else { 0 }).unwrap();
            header.set_size(0);
            header.set_cksum();
            builder.append(&header, std::io::empty()).unwrap();
        }
        builder.into_inner().unwrap()
    }

    fn finish(lines: &[&str], most: usize) -> (Vec<EntryConflict>, Outline) {
        let bytes = layer(lines);
        let mut tar = TarReader::new(StreamFeed::new(bytes.as_slice()), &Limits::default());
        let mut entries = LayerEntries::new(most);
        while let Some(member) = tar.next_member().unwrap() {
            entries.add(&member);
        }
        entries.finish()
    }

    #[test]
    fn entries_that_conflict() {
        let twice = |name: &str| EntryConflict::Twice(name.into());
        let removed = |name: &str| EntryConflict::Removed(name.into());
        let doubt = |name: &str, doubt| EntryConflict::Doubtful(name.into(), doubt);
        for (lines, expected) in [
            (&["f a", "f b", "d d", "f d/a", "f da"][..], vec![]),
            (&["d d/", "f d/x", "d d/"], vec![twice("d/")]),
            (&["f a", "f ./a", "f b//c", "f b/c"], vec![twice("./a"), twice("b/c")]),
            (&["f .wh.a", "f a", "f d/.wh.b"], vec![]),
            (&["f d/a", "f a", "f d/.wh.a"], vec![removed("d/.wh.a")]),
            (&["d d/", "f d/x", "f .wh.d"], vec![removed(".wh.d")]),
            (&["f d/x", "f d/.wh..wh..opq", "f .wh..wh.plnk"], vec![]),
            (&["f .wh."], vec![doubt(".wh.", Doubt::HidesNothing)]),
            (&["f d/.wh..."], vec![doubt("d/.wh...", Doubt::HidesNothing)]),
            (&["f .wh.d", "d d/", "f d/x"], vec![doubt("d/", Doubt::BelowRemoved)]),
            (&["f .wh.d", "f d/x", "f d/y"], vec![doubt("d/x", Doubt::BelowRemoved)]),
            (&["d .wh.d", "f .wh.d/x"], vec![doubt(".wh.d/x", Doubt::BelowWhiteout)]),
            (&["f a", "f a/x"], vec![doubt("a/x", Doubt::BelowFile)]),
            (&["d b", "l a b", "f a/x", "h c b/x"], vec![]),
            (&["f b/y", "l a /b", "l c a", "f c/x"], vec![]),
            (&["l a b", "f a/x", "d b"], vec![doubt("a/x", Doubt::BelowLink)]),
            (&["d b", "l a b", "f a/.wh.x"], vec![doubt("a/.wh.x", Doubt::HidesBelowLink)]),
            (&["f d/x", "f .wh.d"], vec![removed(".wh.d")]),
            (&["f d/.wh.x", "f .wh.d"], vec![removed(".wh.d")]),
            (&["f d/.wh.x", "h a d/.wh.x"], vec![doubt("a", Doubt::LinkTarget)]),
            (&["f x/../a"], vec![doubt("x/../a", Doubt::Climbs)]),
            (&["d ./", "f a"], vec![]),
            (&["l . /etc"], vec![doubt(".", Doubt::Root)]),
            (&["c null", "c a"], vec![doubt("a", Doubt::Device)]),
            (&["f a", "h b a", "h c ../x/../b", "h d /a"], vec![]),
            (&["l a x", "h b a"], vec![]),
            (&["d d", "f d/a", "l s d", "h b s/a"], vec![]),
            (&["h b a", "f a"], vec![doubt("b", Doubt::LinkTarget)]),
            (&["d a", "h b a"], vec![doubt("b", Doubt::LinkTarget)]),
            (&["h a a"], vec![doubt("a", Doubt::LinkTarget)]),
            (&["f a", "h b a 4755"], vec![doubt("b", Doubt::LinkAttributes)]),
        ] {
            assert_eq!(finish(lines, 10).0, expected, "{lines:?}");
        }
        let reached = LimitReached { name: "entries", limit: 2 };
        assert_eq!(finish(&["f a", "f b", "f c", "f a"], 2).0, [EntryConflict::TooMany(reached)]);
    }

    #[test]
    fn long_names_are_cut() {
        assert_eq!(&*shown(b"a\xff"), "a\\xff");
        assert!(shown(&[b'a'; 60_000]).len() < 2_000);
    }

    #[test]
    fn layers_on_layers() {
        let told = |layers: &[&[&str]]| {
            let outlines: Vec<Outline> = layers.iter().map(|lines| finish(lines, 100).1).collect();
            let outlines: Vec<Option<&Outline>> = outlines.iter().map(Some).collect();
            let mut told = Vec::new();
            let mut looks = Looks::new(&Limits::default());
            let ended = above(&outlines, &mut looks, &mut |layer, name, _| told.push(format!("{layer} {name}")));
            assert_eq!(ended, Ok(()));
            told
        };
        for (layers, expected) in [
            (&[&["l lib usr/lib"][..], &["f lib/x", "f lib/y/z"]][..], &["1 lib"][..]),
            (&[&["l lib usr/lib"], &["d lib/", "f lib/x"]], &[]),
            (&[&["l lib usr/lib"], &["d lib/"], &["f lib/x"]], &[]),
            (&[&["l lib usr/lib"], &["f .wh.lib"], &["f lib/x"]], &[]),
            (&[&["l lib usr/lib"], &["f lib/x"], &["f lib/y"]], &["1 lib"]),
            (&[&["l lib usr/lib"], &["f x"], &["f lib/.wh.a"]], &["2 lib"]),
            (&[&["d d", "f d/x"], &["f d/y"]], &[]),
            (&[&["d tmp - 1777"], &["f tmp/y"]], &["1 tmp"]),
            (&[&["d tmp - 1777"], &["d tmp", "f tmp/y"]], &[]),
            (&[&["f .wh..wh..opq"], &["f x"]], &[]),
            (&[&["f x"], &["f .wh..wh..opq"]], &["1 .wh..wh..opq"]),
        ] {
            assert_eq!(told(layers), expected, "{layers:?}");
        }
    }
    #[test]
    fn more_layers_than_can_be_compared() {
        let lower = finish(&["d a", "d b", "l c x"], 100).1;
        let upper = finish(&["f a/x", "f b/x"], 100).1;
        let ends = |lower: &Outline, upper: &Outline, entries| {
            let limits = Limits { entries, ..Limits::default() };
            above(&[Some(lower), Some(lower), Some(upper)], &mut Looks::new(&limits), &mut |_, _, _| {})
        };
        assert_eq!(ends(&lower, &upper, 1), Ok(()));
        assert_eq!(ends(&lower, &upper, 0), Err(2));
        for (entries, is_short) in [(19, false), (18, true)] {
            let room = OutlineRoom::new(&Limits { entries, ..Limits::default() });
            let (mut lower, mut upper) = (lower.clone(), upper.clone());
            room.keep(&mut lower);
            room.keep(&mut upper);
            assert_eq!(room.is_short(), is_short);
            assert_eq!(ends(&lower, &upper, 100).is_err(), is_short);
        }
        assert_eq!(ends(&finish(&["d a", "d b", "d c"], 16).1, &upper, 100), Err(2));
    }
}
