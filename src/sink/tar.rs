//! Writing tar archives that depend on nothing but their content: owner 0, fixed modes, one time.

use std::collections::BTreeSet;
use std::io;

use ::tar::{EntryType, Header};

use super::pax::PaxRecords;

/// Sizes from here on do not fit the eleven octal digits of ustar.
const OCTAL_LIMIT: u64 = 1 << 33;

/// The entries of an archive, as bytes for a writer.
///
/// ustar (POSIX.1-2024, `pax`) wherever a name fits it; a PAX record for longer names, GNU's base-256 for sizes from
/// 8 GiB on.
pub(super) struct TarEntries {
    mtime: u64,
    folders: BTreeSet<String>,
}

impl TarEntries {
    /// Entries that all bear one time, in seconds since 1970.
    pub(super) fn new(mtime: u64) -> Self {
        TarEntries { mtime, folders: BTreeSet::new() }
    }

    /// What comes before the content of a file, with the folders that it is in and that were not named yet.
    pub(super) fn file(&mut self, name: &str, size: u64) -> io::Result<Vec<u8>> {
        let mut bytes = self.folders_of(name)?;
        self.entry(name, EntryType::Regular, 0o644, size, "", &mut bytes)?;
        Ok(bytes)
    }

    /// A symbolic link.
    pub(super) fn link(&mut self, name: &str, target: &str) -> io::Result<Vec<u8>> {
        let mut bytes = self.folders_of(name)?;
        self.entry(name, EntryType::Symlink, 0o777, 0, target, &mut bytes)?;
        Ok(bytes)
    }

    fn folders_of(&mut self, name: &str) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        for (slash, _) in name.match_indices('/') {
            if self.folders.insert(name[..slash].to_owned()) {
                self.entry(&name[..=slash], EntryType::Directory, 0o755, 0, "", &mut bytes)?;
            }
        }
        Ok(bytes)
    }

    fn entry(
        &self,
        name: &str,
        kind: EntryType,
        mode: u32,
        size: u64,
        target: &str,
        bytes: &mut Vec<u8>,
    ) -> io::Result<()> {
        let mut header = if size < OCTAL_LIMIT { Header::new_ustar() } else { Header::new_gnu() };
        let mut records = PaxRecords::default();
        if header.set_path(name).is_err() {
            records.add(b"path", name.as_bytes());
            header.set_path(tail_of(name))?;
        }
        if !target.is_empty() && header.set_link_name_literal(target).is_err() {
            records.add(b"linkpath", target.as_bytes());
        }
        records.write(self.mtime, bytes)?;
        self.fill(&mut header, kind, mode, size);
        bytes.extend_from_slice(header.as_bytes());
        Ok(())
    }

    fn fill(&self, header: &mut Header, kind: EntryType, mode: u32, size: u64) {
        header.set_entry_type(kind);
        header.set_mode(mode);
        header.set_size(size);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(self.mtime);
        header.set_cksum();
    }
}

/// The end of a name that is too long for a header; readers without PAX see this.
fn tail_of(name: &str) -> &str {
    const ROOM: usize = 100;
    let trimmed = name.trim_end_matches('/');
    let start = (trimmed.len().saturating_sub(ROOM - 1)..=trimmed.len()).find(|&at| trimmed.is_char_boundary(at));
    trimmed[start.unwrap_or(0)..].trim_start_matches('/')
}
