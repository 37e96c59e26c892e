//! Finding a file by its name.

use super::merge::{LINKS_FOLLOWED, TARGET_BYTES};
use super::name::components;
use super::tree::{FileId, ROOT};
use super::{FileKind, Rootfs};

/// What to do with a symbolic link at the end of a name. Those before the end are always followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Follow {
    /// Give what it points to.
    Link,
    /// Give the link itself.
    Nothing,
}

/// Why a name resolves to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Missed {
    /// There is no such name, or a link points to none.
    #[error("no such file")]
    Absent,
    /// Something before its end is no directory.
    #[error("a component of the path is not a directory")]
    NotADirectory,
    /// More than forty links, or a link in a circle.
    #[error("too many symbolic links")]
    TooManyLinks,
}

impl Rootfs {
    /// The file of a name. Links are followed within the root, which nothing leads out of, as `chroot(2)` has it.
    ///
    /// # Errors
    ///
    /// When the name resolves to nothing.
    pub fn find(&self, path: &[u8], follow: Follow) -> Result<FileId, Missed> {
        let mut at = ROOT;
        let mut links = 0;
        let mut open: Vec<&[u8]> = Vec::new();
        let push = |path, open: &mut Vec<_>| {
            let first = open.len();
            open.extend(components(path));
            open[first..].reverse();
        };
        push(path, &mut open);
        while let Some(part) = open.pop() {
            if self.kind(at) != FileKind::Directory {
                return Err(Missed::NotADirectory);
            }
            if part == b".." {
                at = self.tree.parent(at);
                continue;
            }
            let id = self.tree.child(at, part).ok_or(Missed::Absent)?;
            if self.kind(id) != FileKind::Symlink || (open.is_empty() && follow == Follow::Nothing) {
                at = id;
                continue;
            }
            let target = self.file(id).map_or(&b""[..], |file| file.link());
            links += 1;
            if links > LINKS_FOLLOWED {
                return Err(Missed::TooManyLinks);
            }
            if target.is_empty() || target.len() > TARGET_BYTES {
                return Err(Missed::Absent);
            }
            if target.starts_with(b"/") {
                at = ROOT;
            }
            push(target, &mut open);
        }
        Ok(at)
    }
}
