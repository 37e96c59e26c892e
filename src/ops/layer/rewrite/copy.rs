//! The archive of a layer with some entries left out or changed. All others keep their bytes, headers and padding too.

use std::collections::HashMap;
use std::io::{self, BufRead, Write};

use super::change::{Change, Fate};
use super::tap::{STARGZ_INDEX, Tap};
use crate::codec::Compression;
use crate::error::Error;
use crate::limits::Limits;
use crate::sink::{LayerForm, LayerWriter, Level, Spool, StoredHeaders, TarEntry, tar_padding};
use crate::source::Part;
use crate::tar_index::{EntryKind, Member, StreamFeed, TarReader};

/// The end of an archive: two blocks of zeros.
const END: [u8; 1024] = [0; 1024];

/// Why a layer was not copied.
pub(super) enum Failed {
    /// The layer cannot be read.
    Read(io::Error),
    /// The copy cannot be written.
    Write(io::Error),
    /// An entry cannot be changed as asked: its name, and why.
    Entry(Vec<u8>, String),
    /// What is kept aside cannot be written or read.
    Aside(Error),
}

/// How many entries are others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Done {
    /// Entries that are left out.
    pub(super) gone: u64,
    /// Entries whose headers are others.
    pub(super) changed: u64,
}

impl Failed {
    /// The failure with the name of the entry.
    fn of(self, member: &Member) -> Self {
        match self {
            Failed::Entry(_, reason) => Failed::Entry(member.name.to_vec(), reason),
            other => other,
        }
    }
}

impl Done {
    pub(super) fn is_nothing(self) -> bool {
        self == Done::default()
    }
}

/// Copies an uncompressed archive with the changes. With `until_changed` it ends at the first of them.
pub(super) fn copy(
    archive: impl BufRead,
    change: &Change<'_>,
    limits: &Limits,
    out: &mut impl Write,
    until_changed: bool,
) -> Result<Done, Failed> {
    let most = limits.pax_bytes.saturating_add(limits.name_bytes).saturating_mul(4);
    let tap = Tap::new(archive, out, usize::try_from(most).unwrap_or(usize::MAX));
    // What was kept of the members when the layer was listed has bounded them.
    let limits = Limits { members: usize::MAX, ..limits.clone() };
    let tar = TarReader::new(StreamFeed::new(tap), &limits);
    let mut copier =
        Copier { tar, change, done: Done::default(), moved: HashMap::new(), aside: None, headers: Vec::new() };
    let mut number = 0;
    while let Some(member) = copier.next_member()? {
        copier.entry(number, &member)?;
        if until_changed && !copier.done.is_nothing() {
            return Ok(copier.done);
        }
        number += 1;
    }
    copier.finish()
}

/// An entry whose content goes to its next name.
struct Moved {
    headers: StoredHeaders,
    content: Part,
}

struct Copier<'c, R, W> {
    tar: TarReader<StreamFeed<Tap<R, W>>>,
    change: &'c Change<'c>,
    done: Done,
    /// By the number of the entry that gets it.
    moved: HashMap<u32, Moved>,
    aside: Option<Spool>,
    /// Kept for its capacity.
    headers: Vec<u8>,
}

impl<R: BufRead, W: Write> Copier<'_, R, W> {
    fn tap(&mut self) -> &mut Tap<R, W> {
        self.tar.feed_mut().get_mut()
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Failed> {
        self.tap().out().write_all(bytes).map_err(Failed::Write)
    }

    /// The error of a read, which may come from a write that failed meanwhile.
    fn unread(&mut self, error: io::Error) -> Failed {
        self.tap().take_failure().map_or(Failed::Read(error), Failed::Write)
    }

    fn next_member(&mut self) -> Result<Option<Member>, Failed> {
        let member = self.tar.next_member().map_err(|error| self.unread(error))?;
        match self.tap().take_failure() {
            Some(failure) => Err(Failed::Write(failure)),
            None => Ok(member),
        }
    }

    fn entry(&mut self, number: u32, member: &Member) -> Result<(), Failed> {
        let held = self.tap().take();
        let unfit = |error: io::Error| Failed::Entry(member.name.to_vec(), error.to_string());
        let table = Fate::Gone { heir: None, directories: Vec::new() };
        let is_table = !self.done.is_nothing() && *member.name == *STARGZ_INDEX;
        let fate = if is_table { Some(&table) } else { self.change.fate(number) };
        let (stored, mut is_kept) = (member.size + tar_padding(member.size).len() as u64, true);
        if fate.is_none() && !self.change.is_of_headers() {
            self.write(&held.bytes)?;
            self.tap().pass(stored, is_kept);
            return Ok(());
        }
        if held.is_spilled {
            let reason = "its headers are longer than those of any file";
            return Err(Failed::Entry(member.name.to_vec(), reason.to_owned()));
        }
        let mut headers = StoredHeaders::parse(&held.bytes).map_err(unfit)?;
        match fate {
            None => self.write_headers(headers).map_err(|failed| failed.of(member))?,
            Some(Fate::Linked(target)) => {
                headers.set_link(target).map_err(unfit)?;
                self.write_headers(headers).map_err(|failed| failed.of(member))?;
            }
            Some(Fate::Heir) => {
                let Some(Moved { mut headers, content }) = self.moved.remove(&number) else {
                    let reason = "it is a hard link to an entry behind it, which would be gone";
                    return Err(Failed::Entry(member.name.to_vec(), reason.to_owned()));
                };
                headers.set_name(&member.name).map_err(unfit)?;
                self.write_headers(headers).map_err(|failed| failed.of(member))?;
                self.write_part(&content)?;
            }
            Some(Fate::Gone { heir, directories }) => {
                self.write_directories(directories)?;
                self.headers.clear();
                headers.write_globals(&mut self.headers);
                self.write_bytes()?;
                self.done.gone += 1;
                is_kept = false;
                if let Some(heir) = heir {
                    // Until it is put aside, none of it is held.
                    self.tap().pass(member.size, false);
                    let content = self.put_aside(member)?;
                    self.moved.insert(*heir, Moved { headers, content });
                    self.tap().pass(stored - member.size, false);
                    return Ok(());
                }
            }
        }
        if !self.done.is_nothing() {
            self.tap().leave_table();
        }
        self.tap().pass(stored, is_kept);
        Ok(())
    }

    /// Writes the headers of an entry with the changes that go for all of them.
    fn write_headers(&mut self, mut headers: StoredHeaders) -> Result<(), Failed> {
        let entry = |error: io::Error| Failed::Entry(Vec::new(), error.to_string());
        if let Some((user, group)) = self.change.owner {
            headers.set_owner(user, group).map_err(entry)?;
        }
        if let Some(latest) = self.change.latest {
            headers.lower_times(latest).map_err(entry)?;
        }
        self.done.changed += u64::from(headers.is_changed());
        self.headers.clear();
        headers.write(&mut self.headers);
        self.write_bytes()
    }

    fn write_bytes(&mut self) -> Result<(), Failed> {
        let headers = std::mem::take(&mut self.headers);
        let written = self.write(&headers);
        self.headers = headers;
        written
    }

    /// Writes directories that no entry describes and that would go with the last file in them.
    fn write_directories(&mut self, names: &[Vec<u8>]) -> Result<(), Failed> {
        for name in names {
            self.headers.clear();
            let entry = TarEntry::new(name, EntryKind::Directory, 0o755);
            let made = entry.headers(&mut self.headers);
            made.map_err(|error| Failed::Entry(name.clone(), error.to_string()))?;
            self.write_bytes()?;
        }
        Ok(())
    }

    /// Keeps the content of an entry in a temporary file, as the archive stores it.
    fn put_aside(&mut self, member: &Member) -> Result<Part, Failed> {
        let spool = match &mut self.aside {
            Some(spool) => spool,
            none => none.insert(Spool::new(self.change.folder).map_err(Failed::Aside)?),
        };
        let form = LayerForm::new(Compression::None, Level::DEFAULT);
        let mut writer = LayerWriter::new(spool, form).map_err(Failed::Aside)?;
        let mut left = member.size;
        while left > 0 {
            let piece = match self.tar.fill_buf() {
                Ok([]) => break,
                Ok(piece) => piece,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(Failed::Read(error)),
            };
            writer.write_all(piece).map_err(|error| Failed::Aside(writer.failed(error)))?;
            let count = piece.len();
            left = left.saturating_sub(count as u64);
            self.tar.consume(count);
        }
        Ok(writer.finish().map_err(Failed::Aside)?.part)
    }

    /// Writes content that was put aside, and its padding.
    fn write_part(&mut self, content: &Part) -> Result<(), Failed> {
        let mut reader = content.content().map_err(Failed::Read)?;
        let out = self.tap().out();
        io::copy(&mut reader, out).map_err(Failed::Write)?;
        out.write_all(tar_padding(content.size())).map_err(Failed::Write)
    }

    /// Writes what is behind the last entry.
    fn finish(mut self) -> Result<Done, Failed> {
        if let Some(problem) = self.tar.problems().iter().find(|problem| problem.kind.stops_walk()) {
            return Err(Failed::Read(io::Error::new(io::ErrorKind::InvalidData, problem.to_string())));
        }
        let held = self.tap().take();
        self.write(if held.is_table { &END } else { &held.bytes })?;
        let mut tap = self.tar.into_feed().into_inner();
        loop {
            let count = match tap.fill_buf() {
                Ok([]) => break,
                Ok(piece) => piece.len(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(tap.take_failure().map_or(Failed::Read(error), Failed::Write)),
            };
            tap.pass(count as u64, !held.is_table);
            tap.consume(count);
        }
        match tap.take_failure() {
            Some(failure) => Err(Failed::Write(failure)),
            None => Ok(self.done),
        }
    }
}
