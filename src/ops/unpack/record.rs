//! What a tree should be, as an mtree specification (mtree(5)): `bsdtar` and `mtree` read it.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::Path;

use super::UnpackOptions;
use crate::error::Error;
use crate::rootfs::{FileId, FileKind, Rootfs};
use crate::sink::NewFile;

/// Writes the specification of a whole tree. The file must not exist; it gets its name with the tree.
pub(super) fn write(path: &Path, rootfs: &Rootfs, options: &UnpackOptions) -> Result<NewFile, Error> {
    let lines = |out: &mut dyn Write| -> io::Result<()> {
        writeln!(out, "#mtree\n# original metadata of {}", escaped(options.target.display().to_string().as_bytes()))?;
        for (id, _) in rootfs.walk(rootfs.root()) {
            writeln!(out, "{}", line(rootfs, id))?;
        }
        Ok(())
    };
    NewFile::write(path, lines)
}

fn line(rootfs: &Rootfs, id: FileId) -> String {
    let path = rootfs.path(id);
    let mut line = if path.is_empty() { ".".to_owned() } else { format!("./{}", escaped(&path)) };
    let kind = match rootfs.kind(id) {
        FileKind::Directory => "dir",
        FileKind::Symlink => "link",
        FileKind::CharDevice => "char",
        FileKind::BlockDevice => "block",
        FileKind::Fifo => "fifo",
        _ => "file",
    };
    // Writing to a string cannot fail.
    let _ = write!(line, " type={kind}");
    let Some(file) = rootfs.file(id) else { return line + " mode=0755 uid=0 gid=0" };
    let entry = file.entry;
    let _ = write!(line, " mode={:04o} uid={} gid={}", entry.mode, entry.uid, entry.gid);
    let _ = write!(line, " time={}.{:09}", entry.mtime, entry.mtime_nanos);
    match entry.kind {
        FileKind::File => drop(write!(line, " size={}", entry.size())),
        FileKind::Symlink => drop(write!(line, " link={}", escaped(file.link()))),
        _ => {}
    }
    if let Some((major, minor)) = entry.device() {
        let _ = write!(line, " device=native,{major},{minor}");
    }
    line
}

/// Bytes that are not printable, white space, `#`, `\`, and `=` and the signs of patterns as `\ooo`.
fn escaped(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for &byte in bytes {
        if byte.is_ascii_graphic() && !b"\\#=*?[]".contains(&byte) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "\\{byte:03o}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_are_one_word() {
        assert_eq!(super::escaped(b"usr/a b\n\\c\xff#"), "usr/a\\040b\\012\\134c\\377\\043");
    }
}
