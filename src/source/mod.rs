//! Where bytes come from: a directory, an archive on disk, or a stream that goes by once.
//!
//! Floor: above the formats, beside `doc` and `sink`. It reads files and knows no document but by its name.

mod archive;
mod assembled;
mod dir_transport;
mod directory;
mod entry_conflict;
mod examine;
mod format;
mod hashing;
mod layer_entries;
mod listing;
mod member;
mod open;
mod outline;
mod overlap;
mod repeated;
mod resolve;
mod spool;
mod stream;
mod unchanged;

use std::fs::File;
use std::io::{self, BufRead, Cursor, Read};
use std::path::PathBuf;

pub use archive::finding_of;
pub use assembled::Part;
pub use entry_conflict::{Doubt, EntryConflict};
pub use examine::{BlobFacts, ExamineOptions, Fault, LayerFacts, Visit, Walked, examine, walk_layer};
pub use format::FileFormat;
pub(crate) use format::format_title;
pub(crate) use hashing::Hashing;
pub use member::{Member, MemberId, MemberKind};
pub use open::{Access, Open};
pub use outline::{Above, Looks, Outline, OutlineRoom, above};
pub use resolve::{Resolution, plain};
pub(crate) use unchanged::require_all;

use crate::codec::Compression;
use crate::digest::Digest;
use crate::error::Error;
use crate::finding::Finding;
use crate::limits::LimitReached;
use crate::tar_index::{BLOCK, FileRef, Window, begins_with_header};

/// An image file that is open: what it lists, and a way to the bytes of each member.
///
/// Shared references suffice for reading, so many threads can read members at once.
#[derive(Debug)]
pub struct Source {
    label: String,
    format: FileFormat,
    members: Vec<Member>,
    shadowed: Vec<Member>,
    findings: Vec<Finding>,
    store: Store,
    link_hops: usize,
    stream_documents: u64,
    bytes_stored: u64,
    /// Of the files whose bytes no digest covers, as they were when it was opened.
    stamps: Vec<Option<unchanged::Stamp>>,
}

#[derive(Debug)]
enum Store {
    Directory(PathBuf),
    Archive(File),
    Stream { passed: Vec<stream::Passed>, shadowed: Vec<stream::Passed> },
    Assembled(Vec<Part>),
}

/// Why a member was not read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// It is larger than allowed here.
    #[error(transparent)]
    Limit(#[from] LimitReached),
    /// It went by in a stream, and does not begin as a JSON document does.
    #[error("the document does not start as JSON")]
    NoDocument,
    /// Reading failed, or the file changed since it was listed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl ReadError {
    /// The error with the file, and the member, that was read.
    pub fn at(self, path: String) -> Error {
        match self {
            ReadError::Limit(reached) => Error::Limit { path, reached },
            ReadError::NoDocument => {
                let source = io::Error::new(io::ErrorKind::InvalidData, ReadError::NoDocument);
                Error::Read { path, source }
            }
            ReadError::Io(source) => Error::Read { path, source },
        }
    }
}

/// Whether the first bytes of a blob are those of a layer: of compressed data, of a tar member, or none at all.
pub(crate) fn begins_as_layer(first: &[u8]) -> bool {
    first.is_empty() || Compression::detect(first) != Compression::None || begins_with_header(first)
}

/// Bytes that a reader of a blob lends at once.
const LENT_BYTES: usize = 256 << 10;

/// The folder that everything is in where all names are absolute.
pub(crate) const ABSOLUTE: &str = "/";

/// The name of a blob whose writer left out the folder of the algorithm.
pub fn misplaced(digest: &Digest) -> String {
    format!("blobs/{}", digest.encoded())
}

impl Source {
    /// The file as the person named it; `-` for standard input.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// The format of the image file.
    pub fn format(&self) -> &FileFormat {
        &self.format
    }

    /// The directory whose files are the members, where it is one: that inside a wrapping folder.
    pub fn root(&self) -> Option<&std::path::Path> {
        match &self.store {
            Store::Directory(root) => Some(root),
            _ => None,
        }
    }

    /// The archive behind it and its length in bytes, where it is one on disk: a compressed one inflated.
    pub fn archive(&self) -> Option<(&File, u64)> {
        match &self.store {
            Store::Archive(file) => Some((file, file.metadata().ok()?.len())),
            _ => None,
        }
    }

    /// Bytes of the file on disk: a compressed one as it is stored, a stream as it came, a directory by its files.
    pub fn bytes_stored(&self) -> u64 {
        self.bytes_stored
    }

    /// The file that holds the bytes of a member, and where in it they begin, for the system to copy them by itself.
    pub(crate) fn file_of(&self, id: MemberId) -> Option<(FileRef<'_>, u64)> {
        let member = self.members.get(id).filter(|member| member.kind == MemberKind::File)?;
        match &self.store {
            Store::Archive(file) => Some((FileRef::Open(file), member.offset)),
            Store::Directory(root) => {
                let file = directory::open(&directory::path_of(root, member)).ok()?;
                let is_as_listed = file.metadata().is_ok_and(|metadata| metadata.len() == member.size);
                is_as_listed.then_some((FileRef::Own(file), 0))
            }
            Store::Stream { .. } => None,
            Store::Assembled(parts) => parts.get(id)?.file(),
        }
    }

    /// What it lists, sorted by name, each name once.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// Members of an archive whose name stands again later in it.
    pub fn shadowed(&self) -> &[Member] {
        &self.shadowed
    }

    /// What is wrong with the archive or directory itself.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The member of exactly this name, whatever it is.
    pub fn find(&self, name: &str) -> Option<MemberId> {
        resolve::find(&self.members, name)
    }

    /// The regular file that a name in a document stands for, through links.
    pub fn resolve(&self, name: &str) -> Resolution {
        resolve::resolve(&self.members, &member::key(name.as_bytes()), self.link_hops)
    }

    /// The member that a link points to, which may be a link as well; None where that is no member.
    pub fn next(&self, link: MemberId) -> Option<MemberId> {
        resolve::next(&self.members, link, self.link_hops)
    }

    /// The regular file that holds a blob: `blobs/<algorithm>/<encoded>`, in docker archives with an index beside them
    /// (apko) the names that `manifest.json` uses, and else [`misplaced`] blobs, which no reader finds.
    pub fn resolve_blob(&self, digest: &Digest) -> Resolution {
        let found = self.resolve(&digest.blob_path());
        if found != Resolution::Absent {
            return found;
        }
        let hex = digest.encoded();
        if !self.format.docker_view {
            return self.resolve(&misplaced(digest));
        }
        let names = [
            digest.to_string(),
            format!("{hex}.tar.gz"),
            format!("{hex}.tar.zst"),
            format!("{hex}.tar"),
            format!("{hex}.json"),
        ];
        let mut files = names.iter().map(|name| self.resolve(name));
        files.find(|found| *found != Resolution::Absent).unwrap_or(Resolution::Absent)
    }

    /// The bytes of a member, in order.
    ///
    /// # Errors
    ///
    /// When the member is no regular file any more, or went by in a stream.
    pub fn content(&self, id: MemberId) -> io::Result<Box<dyn BufRead + Send + '_>> {
        if let Some(part) = self.part(id) {
            return part.content();
        }
        self.open_member(&self.members[id], |shadowed| match &self.store {
            Store::Stream { passed, .. } if !shadowed => passed.get(id),
            _ => None,
        })
    }

    /// The bytes of a shadowed member, by its number in [`Source::shadowed`].
    ///
    /// # Errors
    ///
    /// As for [`Source::content`].
    pub fn shadowed_content(&self, number: usize) -> io::Result<Box<dyn BufRead + Send + '_>> {
        self.open_member(&self.shadowed[number], |_| match &self.store {
            Store::Stream { shadowed, .. } => shadowed.get(number),
            _ => None,
        })
    }

    fn open_member<'a>(
        &'a self,
        member: &Member,
        passed: impl FnOnce(bool) -> Option<&'a stream::Passed>,
    ) -> io::Result<Box<dyn BufRead + Send + 'a>> {
        if member.kind != MemberKind::File {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
        }
        let capacity = usize::try_from(member.size).unwrap_or(LENT_BYTES).clamp(1, LENT_BYTES);
        match &self.store {
            Store::Directory(root) => {
                let file = directory::open(&directory::path_of(root, member))?;
                Ok(Box::new(io::BufReader::with_capacity(capacity, file)))
            }
            Store::Archive(file) => {
                let window = Window::new(file, member.offset, member.size);
                Ok(Box::new(io::BufReader::with_capacity(capacity, window)))
            }
            // Its members are opened by their numbers, and none is shadowed.
            Store::Assembled(_) => Err(io::Error::from(io::ErrorKind::NotFound)),
            Store::Stream { .. } => match passed(false).and_then(|passed| passed.kept.as_deref()) {
                Some(bytes) => Ok(Box::new(Cursor::new(bytes))),
                None => Err(io::Error::new(
                    io::ErrorKind::Unsupported,
                    "the stream has passed it, and its content was not kept",
                )),
            },
        }
    }

    /// All bytes of a member that is at most `largest` bytes long.
    ///
    /// # Errors
    ///
    /// When it is larger, cannot be read, or has other bytes than it was listed with.
    pub fn read(&self, id: MemberId, largest: u64) -> Result<Vec<u8>, ReadError> {
        let size = self.members[id].size;
        if size > largest {
            return Err(LimitReached { name: "document-bytes", limit: largest }.into());
        }
        if let Store::Stream { passed, .. } = &self.store
            && let Some(passed) = passed.get(id).filter(|passed| passed.kept.is_none())
        {
            let reached = LimitReached { name: "stream-documents", limit: self.stream_documents };
            return Err(if passed.is_document { reached.into() } else { ReadError::NoDocument });
        }
        // Exactly what was listed: one read for a small document.
        let mut bytes = vec![0; usize::try_from(size).unwrap_or(0)];
        self.content(id)?.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// Whether the first byte of a member that is not white space is `{`.
    pub fn begins_with_brace(&self, id: MemberId) -> bool {
        let first = self.content(id).and_then(|content| {
            let mut first = Vec::new();
            content.take(64).read_to_end(&mut first).map(|_| first)
        });
        first.is_ok_and(|bytes| bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{'))
    }

    /// Whether a member begins as a layer of a file system does: compressed, or with the header of a tar member.
    pub fn begins_as_layer(&self, id: MemberId) -> bool {
        if let Store::Stream { passed, .. } = &self.store {
            return passed.get(id).is_some_and(|passed| passed.is_layer);
        }
        let first = self.content(id).and_then(|content| {
            let mut first = Vec::with_capacity(BLOCK);
            content.take(BLOCK as u64).read_to_end(&mut first).map(|_| first)
        });
        first.is_ok_and(|first| begins_as_layer(&first))
    }

    /// What the bytes of a member are, where the source read them already: in a stream that went by.
    pub fn facts(&self, id: MemberId) -> Option<&BlobFacts> {
        match &self.store {
            Store::Stream { passed, .. } => passed.get(id)?.facts.as_ref(),
            _ => None,
        }
    }

    /// As [`Source::facts`], for a shadowed member.
    pub fn shadowed_facts(&self, number: usize) -> Option<&BlobFacts> {
        match &self.store {
            Store::Stream { shadowed, .. } => shadowed.get(number)?.facts.as_ref(),
            _ => None,
        }
    }

    /// Whether members can be read again: false for a stream that went by.
    pub fn can_reread(&self) -> bool {
        !matches!(self.store, Store::Stream { .. })
    }
}
