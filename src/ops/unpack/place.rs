//! Every file in its place.

use std::collections::HashMap;
use std::io;
use std::vec::IntoIter;

use super::stage::{attributes, name, set_xattrs};
use super::{Lost, UnpackOptions, UnpackReport, label};
use crate::error::Error;
use crate::finding::Findings;
use crate::image::Amount;
use crate::rootfs::{File, FileId, FileKind, Rootfs};
use crate::sink::{Attributes, Folder, NewTree, Special};

/// Open directories at a time: a deeper one is opened again by the way back.
const OPEN: usize = 64;

pub(super) struct Placer<'p> {
    options: &'p UnpackOptions,
    rootfs: &'p Rootfs,
    /// Where the files wait.
    stage: &'p Folder,
    /// How many names a file has that are still to be made, where it has several.
    names: HashMap<(usize, u32), u32>,
    pub(super) report: UnpackReport,
    user: u32,
}

/// A directory on the way to the one that is being filled.
struct Level {
    id: FileId,
    folder: Option<Folder>,
    open: IntoIter<FileId>,
}

impl<'p> Placer<'p> {
    pub(super) fn new(
        options: &'p UnpackOptions,
        rootfs: &'p Rootfs,
        stage: &'p Folder,
        names: &HashMap<(usize, u32), u32>,
    ) -> Self {
        let report = UnpackReport {
            file: String::new(),
            image: None,
            platform: None,
            target: String::new(),
            files: Amount::default(),
            directories: 0,
            symlinks: 0,
            hard_links: 0,
            devices: 0,
            lost: Lost::default(),
            record: None,
            findings: Findings::new(),
        };
        let user = rustix::process::geteuid().as_raw();
        Placer { options, rootfs, stage, names: names.clone(), report, user }
    }

    /// Makes the tree; gives the attributes that its root is to have when it has its name.
    pub(super) fn place(&mut self, tree: &NewTree) -> Result<Attributes, Error> {
        let root = self.rootfs.root();
        let failed = |source| Error::Write { path: self.options.target.display().to_string(), source };
        let folder = tree.root.again().map_err(failed)?;
        let mut levels = vec![Level { id: root, folder: Some(folder), open: self.rootfs.children(root).into_iter() }];
        while let Some(level) = levels.last_mut() {
            let Some(id) = level.open.next() else {
                self.leave(&mut levels)?;
                continue;
            };
            let failed = |source| Error::Write { path: label(&self.options.target, self.rootfs, id), source };
            let Some(folder) = &level.folder else {
                return Err(failed(io::Error::other("the directory is no longer open")));
            };
            if self.rootfs.kind(id) != FileKind::Directory {
                self.one(folder, id).map_err(failed)?;
                continue;
            }
            let made = folder.make_folder(self.rootfs.name(id)).map_err(failed)?;
            self.report.directories += 1;
            let open = self.rootfs.children(id).into_iter();
            levels.push(Level { id, folder: Some(made), open });
            if let Some(far) = levels.len().checked_sub(OPEN + 1).and_then(|at| levels.get_mut(at)) {
                far.folder = None;
            }
        }
        Ok(self.of_folder(root))
    }

    /// Sets what is said of a directory, now that it is full.
    fn leave(&mut self, levels: &mut Vec<Level>) -> Result<(), Error> {
        let Some(level) = levels.pop() else { return Ok(()) };
        let Some(folder) = level.folder else { return Ok(()) };
        let failed = |source| Error::Write { path: label(&self.options.target, self.rootfs, level.id), source };
        if let Some(above) = levels.last_mut().filter(|above| above.folder.is_none()) {
            above.folder = Some(folder.parent().map_err(failed)?);
        }
        if let Some(file) = self.rootfs.file(level.id) {
            self.note_lost(&file);
            let owners = self.options.owners;
            let lost = set_xattrs(file.xattrs(), owners, |name, value| folder.set_xattr(name, value));
            self.report.lost.xattrs += lost;
        }
        if level.id == self.rootfs.root() {
            return Ok(());
        }
        folder.set(&self.of_folder(level.id)).map_err(failed)
    }

    fn of_folder(&self, id: FileId) -> Attributes {
        match self.rootfs.file(id) {
            Some(file) => attributes(file.entry, self.options.owners),
            None => Attributes { mode: 0o755, owner: self.options.owners.then_some((0, 0)), mtime: (0, 0) },
        }
    }

    fn one(&mut self, folder: &Folder, id: FileId) -> io::Result<()> {
        let Some(file) = self.rootfs.file(id) else { return Ok(()) };
        let own = self.rootfs.name(id);
        let attributes = attributes(file.entry, self.options.owners);
        let special = match (file.entry.kind, file.entry.device().unwrap_or_default()) {
            (FileKind::File, _) => return self.file(folder, own, &file),
            (FileKind::Symlink, _) => {
                folder.symlink(own, file.link(), &attributes)?;
                self.report.symlinks += 1;
                self.report.lost.xattrs += file.xattrs().len() as u64;
                self.note_lost(&file);
                return Ok(());
            }
            (FileKind::Fifo, _) => Special::Fifo,
            (FileKind::CharDevice, (major, minor)) => Special::Character(major, minor),
            (FileKind::BlockDevice, (major, minor)) => Special::Block(major, minor),
            // None of these is in a merged file system.
            (FileKind::Directory | FileKind::HardLink | FileKind::Whiteout | FileKind::OpaqueWhiteout, _) => {
                return Ok(());
            }
        };
        if self.options.devices {
            folder.special(own, special, &attributes)?;
            self.report.devices += 1;
            self.note_lost(&file);
        } else {
            self.report.lost.devices += 1;
        }
        Ok(())
    }

    /// Moves a file to its place; one of several names is a link, and the last of them is the file.
    fn file(&mut self, folder: &Folder, own: &[u8], file: &File<'_>) -> io::Result<()> {
        let waiting = name(file.layer, file.number());
        let left = self.names.get_mut(&(file.layer, file.number()));
        if let Some(left) = left.filter(|left| **left > 1) {
            *left -= 1;
            self.report.hard_links += 1;
            return folder.link(self.stage, waiting.as_bytes(), own);
        }
        self.report.files.add(file.entry.size());
        self.note_lost(file);
        folder.take(self.stage, waiting.as_bytes(), own)
    }

    fn note_lost(&mut self, file: &File<'_>) {
        if self.options.owners {
            return;
        }
        // The group is whichever the file system gives; an owner's is reported with him.
        self.report.lost.owners += u64::from(file.entry.uid != self.user);
        let is_program = file.entry.kind == FileKind::File || file.entry.kind == FileKind::Directory;
        self.report.lost.set_id_bits += u64::from(is_program && file.entry.mode & 0o6000 != 0);
    }
}
