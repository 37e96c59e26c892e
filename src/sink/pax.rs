//! What all tar archives that are written have in common: PAX records, padding, the end.

use std::io::{self, Write};

use ::tar::{EntryType, Header};

const BLOCK: u64 = 512;

/// The two blocks of zeros that end an archive.
pub(super) const END: [u8; 2 * BLOCK as usize] = [0; 2 * BLOCK as usize];

/// The zeros that fill the last block of a content.
pub(crate) fn padding(size: u64) -> &'static [u8] {
    const ZEROS: [u8; BLOCK as usize] = [0; BLOCK as usize];
    &ZEROS[..((BLOCK - size % BLOCK) % BLOCK) as usize]
}

/// The records of one extended header (POSIX.1-2024, `pax`, "pax Extended Header").
#[derive(Debug, Default)]
pub(super) struct PaxRecords(Vec<u8>);

impl PaxRecords {
    /// Adds a record: its own length in decimal digits, a space, `key=value`, a line break.
    pub(super) fn add(&mut self, key: &[u8], value: &[u8]) {
        let rest = key.len() + value.len() + 3;
        let mut length = rest + 1;
        while length != rest + length.to_string().len() {
            length = rest + length.to_string().len();
        }
        let _ = write!(self.0, "{length} ");
        for part in [key, b"=", value, b"\n"] {
            self.0.extend_from_slice(part);
        }
    }

    /// The records.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Writes the extended header that goes before the header of the entry; nothing where there are no records.
    pub(super) fn write(&self, mtime: u64, bytes: &mut Vec<u8>) -> io::Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        let size = self.0.len() as u64;
        bytes.extend_from_slice(PaxRecords::header(size, mtime)?.as_bytes());
        bytes.extend_from_slice(&self.0);
        bytes.extend_from_slice(padding(size));
        Ok(())
    }

    /// The extended header of records of this size.
    pub(super) fn header(size: u64, mtime: u64) -> io::Result<Header> {
        let mut header = Header::new_ustar();
        header.set_path("PaxHeaders")?;
        header.set_entry_type(EntryType::XHeader);
        header.set_mode(0o644);
        header.set_size(size);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(mtime);
        header.set_cksum();
        Ok(header)
    }
}
