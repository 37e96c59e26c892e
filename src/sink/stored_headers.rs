//! The headers of an entry as an archive stores them, to be changed in single fields: all else keeps its bytes.

use std::io;

use super::pax::{PaxRecords, padding};
use super::tar_entry::{OCTAL_8, OCTAL_12, refused};
use crate::tar_index::{BLOCK, Records, is_gnu, is_ustar, number, pax_time};

/// Fields of a header (POSIX.1-2024, `pax`, "ustar Interchange Format").
mod field {
    use std::ops::Range;

    pub(super) const NAME: Range<usize> = 0..100;
    pub(super) const UID: Range<usize> = 108..116;
    pub(super) const GID: Range<usize> = 116..124;
    pub(super) const SIZE: Range<usize> = 124..136;
    pub(super) const MTIME: Range<usize> = 136..148;
    pub(super) const CHECKSUM: Range<usize> = 148..156;
    pub(super) const TYPE: usize = 156;
    pub(super) const LINK: Range<usize> = 157..257;
    pub(super) const NAMES: Range<usize> = 265..329;
    pub(super) const PREFIX: Range<usize> = 345..500;
    /// What GNU tar has in place of the prefix (GNU tar manual, "Basic Tar Format").
    pub(super) const GNU_TIMES: [Range<usize>; 2] = [345..357, 357..369];
}

/// The headers of one entry, in their order.
#[derive(Debug, Clone)]
pub(crate) struct StoredHeaders {
    parts: Vec<Part>,
}

/// A block, and what follows it up to the next header.
#[derive(Debug, Clone)]
struct Part {
    block: [u8; BLOCK],
    kind: PartKind,
    /// The records or the name, or more of a sparse map.
    body: Vec<u8>,
    /// What fills up its last block.
    padding: Vec<u8>,
    is_changed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PartKind {
    /// A block of zeros, which some programs leave behind.
    Zeros,
    /// `x`
    Pax,
    /// `g`
    Global,
    /// `L`
    LongName,
    /// `K`
    LongLink,
    /// The header of the entry itself.
    Own,
}

/// What becomes of a PAX record.
enum Change {
    Keep,
    Remove,
    Value(Vec<u8>),
}

impl StoredHeaders {
    /// Takes apart what precedes the content of an entry, from the first of its headers on.
    ///
    /// # Errors
    ///
    /// When it is not what a walk of the archive has found.
    pub(crate) fn parse(bytes: &[u8]) -> io::Result<Self> {
        let malformed = || refused("the headers of an entry are malformed");
        let mut parts = Vec::new();
        let mut rest = bytes;
        while let Some((block, after)) = rest.split_first_chunk::<BLOCK>() {
            let kind = match block[field::TYPE] {
                _ if block.iter().all(|byte| *byte == 0) => PartKind::Zeros,
                b'x' => PartKind::Pax,
                b'g' => PartKind::Global,
                b'L' => PartKind::LongName,
                b'K' => PartKind::LongLink,
                _ => PartKind::Own,
            };
            let size = match kind {
                PartKind::Zeros => 0,
                PartKind::Own => after.len(),
                _ => {
                    let size = number(&block[field::SIZE]).and_then(|size| usize::try_from(size).ok());
                    size.ok_or_else(malformed)?
                }
            };
            let padded = if kind == PartKind::Own { size } else { size + padding(size as u64).len() };
            let (body, filling) = after.get(..padded).ok_or_else(malformed)?.split_at(size);
            let (body, padding) = (body.to_vec(), filling.to_vec());
            parts.push(Part { block: *block, kind, body, padding, is_changed: false });
            rest = &after[padded..];
        }
        let is_whole = rest.is_empty() && parts.last().is_some_and(|part| part.kind == PartKind::Own);
        if is_whole { Ok(StoredHeaders { parts }) } else { Err(malformed()) }
    }

    /// Writes the headers.
    pub(crate) fn write(&self, bytes: &mut Vec<u8>) {
        self.parts.iter().for_each(|part| part.write(bytes));
    }

    /// Writes the global headers alone, which go for the entries behind this one too.
    pub(crate) fn write_globals(&self, bytes: &mut Vec<u8>) {
        self.parts.iter().filter(|part| part.kind == PartKind::Global).for_each(|part| part.write(bytes));
    }

    /// Whether any field is another than before.
    pub(crate) fn is_changed(&self) -> bool {
        self.parts.iter().any(|part| part.is_changed)
    }

    /// Lowers times that are later than this one, in seconds since 1970: modification, access and change, wherever headers
    /// have them.
    ///
    /// # Errors
    ///
    /// When it fits no header, and when PAX records are malformed.
    pub(crate) fn lower_times(&mut self, latest: i64) -> io::Result<()> {
        let value = u64::try_from(latest).ok().filter(|seconds| *seconds <= OCTAL_12);
        let value = value.ok_or_else(|| refused("the time is before 1970 or after 2242"))?;
        for part in self.parts.iter_mut().filter(|part| part.kind != PartKind::Zeros) {
            let gnu = if is_gnu(&part.block) { field::GNU_TIMES } else { Default::default() };
            for range in [field::MTIME].into_iter().chain(gnu).filter(|range| !range.is_empty()) {
                if number(&part.block[range.clone()]).is_some_and(|own| own > latest) {
                    part.set_number(range, value);
                }
            }
            if matches!(part.kind, PartKind::Pax | PartKind::Global) {
                part.change_records(|key, time| {
                    let is_time = matches!(key, b"mtime" | b"atime" | b"ctime");
                    let is_later = |(seconds, nanos): (i64, u32)| seconds > latest || (seconds == latest && nanos > 0);
                    match pax_time(time).filter(|time| is_time && is_later(*time)) {
                        Some(_) => Change::Value(latest.to_string().into_bytes()),
                        None => Change::Keep,
                    }
                })?;
            }
        }
        Ok(())
    }

    /// Sets the numbers of user and group. Where one changes, the names, which readers may prefer, go.
    ///
    /// # Errors
    ///
    /// When PAX records are malformed.
    pub(crate) fn set_owner(&mut self, user: u32, group: u32) -> io::Result<()> {
        let numbers = [(&b"uid"[..], field::UID, u64::from(user)), (b"gid", field::GID, u64::from(group))];
        let mut is_other = false;
        for (key, range, value) in &numbers {
            let record = self.record(key)?.map(|text| text == value.to_string().as_bytes());
            let in_header = self.own()?.block.get(range.clone()).and_then(number) == Some(value.cast_signed());
            is_other |= !record.unwrap_or(in_header);
        }
        if !is_other {
            return Ok(());
        }
        self.remove_records(&[b"uid", b"gid", b"uname", b"gname"])?;
        let mut records = Vec::new();
        let own = self.own()?;
        if is_ustar(&own.block) || is_gnu(&own.block) {
            own.set(field::NAMES, &[]);
        }
        for (key, range, value) in numbers {
            let fits = value <= OCTAL_8;
            own.set_number(range, if fits { value } else { 0 });
            if !fits {
                records.push((key, value.to_string().into_bytes()));
            }
        }
        self.add_records(&records)
    }

    /// Sets what a hard link points to.
    ///
    /// # Errors
    ///
    /// When PAX records are malformed.
    pub(crate) fn set_link(&mut self, target: &[u8]) -> io::Result<()> {
        self.remove_records(&[b"linkpath"])?;
        self.parts.retain(|part| part.kind != PartKind::LongLink);
        let own = self.own()?;
        own.set(field::LINK, target.get(..field::LINK.len()).unwrap_or(target));
        if target.len() > field::LINK.len() {
            self.add_records(&[(b"linkpath", target.to_vec())])?;
        }
        Ok(())
    }

    /// Gives the entry another name.
    ///
    /// # Errors
    ///
    /// When PAX records are malformed.
    pub(crate) fn set_name(&mut self, name: &[u8]) -> io::Result<()> {
        const SPARSE_NAME: &[u8] = b"GNU.sparse.name";
        let is_sparse = self.record(SPARSE_NAME)?.is_some();
        self.remove_records(&[b"path", SPARSE_NAME])?;
        self.parts.retain(|part| part.kind != PartKind::LongName);
        let own = self.own()?;
        own.set(field::NAME, name.get(..field::NAME.len()).unwrap_or(name));
        if is_ustar(&own.block) {
            own.set(field::PREFIX, &[]);
        }
        if is_sparse {
            self.add_records(&[(SPARSE_NAME, name.to_vec())])
        } else if name.len() > field::NAME.len() {
            self.add_records(&[(b"path", name.to_vec())])
        } else {
            Ok(())
        }
    }

    fn own(&mut self) -> io::Result<&mut Part> {
        self.parts.last_mut().ok_or_else(|| refused("an entry has no header"))
    }

    /// The value of a PAX record that counts: that of the last extended header.
    fn record(&self, wanted: &[u8]) -> io::Result<Option<Vec<u8>>> {
        let Some(part) = self.parts.iter().rfind(|part| part.kind == PartKind::Pax) else { return Ok(None) };
        let mut found = None;
        for record in Records(&part.body) {
            let (key, value) = record.map_err(refused)?;
            if key == wanted {
                found = Some(value.to_vec()).filter(|value| !value.is_empty());
            }
        }
        Ok(found)
    }

    fn remove_records(&mut self, keys: &[&[u8]]) -> io::Result<()> {
        for part in self.parts.iter_mut().filter(|part| part.kind == PartKind::Pax) {
            part.change_records(|key, _| if keys.contains(&key) { Change::Remove } else { Change::Keep })?;
        }
        self.parts.retain(|part| part.kind != PartKind::Pax || !part.body.is_empty() || !part.is_changed);
        Ok(())
    }

    /// Adds records to the extended header, before the header itself where there is none.
    fn add_records(&mut self, records: &[(&[u8], Vec<u8>)]) -> io::Result<()> {
        if records.is_empty() {
            return Ok(());
        }
        let mut added = PaxRecords::default();
        records.iter().for_each(|(key, value)| added.add(key, value));
        if let Some(part) = self.parts.iter_mut().rfind(|part| part.kind == PartKind::Pax) {
            let body = [part.body.as_slice(), added.bytes()].concat();
            part.set_body(body);
            return Ok(());
        }
        let mut part = Part {
            block: *PaxRecords::header(added.bytes().len() as u64, 0)?.as_bytes(),
            kind: PartKind::Pax,
            body: Vec::new(),
            padding: Vec::new(),
            is_changed: true,
        };
        part.set_body(added.bytes().to_vec());
        let before = self.parts.len().saturating_sub(1);
        self.parts.insert(before, part);
        Ok(())
    }
}

impl Part {
    fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&self.block);
        bytes.extend_from_slice(&self.body);
        bytes.extend_from_slice(&self.padding);
    }

    /// Puts a text into a field, and NUL bytes behind it.
    fn set(&mut self, range: std::ops::Range<usize>, value: &[u8]) {
        let field = &mut self.block[range];
        let mut new = vec![0; field.len()];
        new.iter_mut().zip(value).for_each(|(to, from)| *to = *from);
        if *field != *new {
            field.copy_from_slice(&new);
            self.sum();
        }
    }

    /// Puts octal digits into a field whose number is another.
    fn set_number(&mut self, range: std::ops::Range<usize>, value: u64) {
        if number(&self.block[range.clone()]) != Some(value.cast_signed()) {
            let digits = range.len() - 1;
            self.set(range, format!("{value:0digits$o}").as_bytes());
        }
    }

    fn set_body(&mut self, body: Vec<u8>) {
        self.set_number(field::SIZE, body.len() as u64);
        self.padding = padding(body.len() as u64).to_vec();
        self.body = body;
        self.is_changed = true;
    }

    fn change_records(&mut self, change: impl Fn(&[u8], &[u8]) -> Change) -> io::Result<()> {
        let (mut body, mut is_changed) = (Vec::new(), false);
        let mut records = Records(&self.body);
        loop {
            let before = records.0;
            let Some(record) = records.next() else { break };
            let (key, value) = record.map_err(refused)?;
            match change(key, value) {
                Change::Keep => body.extend_from_slice(&before[..before.len() - records.0.len()]),
                Change::Remove => is_changed = true,
                Change::Value(value) => {
                    let mut new = PaxRecords::default();
                    new.add(key, &value);
                    body.extend_from_slice(new.bytes());
                    is_changed = true;
                }
            }
        }
        if is_changed {
            self.set_body(body);
        }
        Ok(())
    }

    /// Writes the checksum that the block has now.
    fn sum(&mut self) {
        self.block[field::CHECKSUM].fill(b' ');
        let sum: u32 = self.block.iter().map(|byte| u32::from(*byte)).sum();
        let digits = format!("{sum:06o}\0 ");
        self.block[field::CHECKSUM].copy_from_slice(digits.as_bytes());
        self.is_changed = true;
    }
}

#[cfg(test)]
mod tests;
