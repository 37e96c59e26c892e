//! The engine for changing image files: what a command wants done is recorded in a [`Draft`], worked out into a
//! [`Plan`], and written by a [`Session`].
//!
//! Floor: above `views`, separate from `readers`: neither imports the other, and `ops` brings them together.
//!
//! ```text
//! let session = Session::open(&address, stdin, &open, destination)?;   // locks what is changed in its place
//! let mut draft = session.draft(&options, Scope::All)?;
//! draft.remove(Slot { holder: Holder::Node(index), number: 2 });       // or insert, retarget, edit, add_bytes...
//! let receipt = session.finish(draft)?;
//! ```
//!
//! Every change is a splice of a document's text. The engine then does what follows from it: parents get the new digest
//! and size of their children up to `index.json`; attestations and signatures of what is gone go along, and those of
//! what got another digest stop the edit, go, or are pointed at the new digest; `manifest.json` and `repositories` are
//! kept in step; blobs that nothing needs any more are dropped.

pub mod align;
pub(crate) mod chosen;
pub(crate) mod contents;
pub(crate) mod docker;
pub(crate) mod docker_documents;
mod draft;
mod fresh;
pub(crate) mod history;
pub(crate) mod incoming;
mod lists;
pub(crate) mod names;
mod output;
mod plan;
pub(crate) mod platform;
mod receipt;
mod referrers;
pub(crate) mod restack;
mod rewrite;
mod session;
mod slot;
mod successor;
mod unknown_references;
mod views;
mod walk;
pub(crate) mod wrap;
mod write;

pub use contents::DescriptorTexts;
pub use draft::Draft;
pub(crate) use fresh::empty_config;
pub use fresh::{document, empty_layout, index_of};
pub use lists::{Entry, List, ListKind, entries_of, entry_of, slots_of};
pub use plan::Plan;
pub use receipt::{Alignment, BlobRow, ChangedRow, EntryRow, Receipt};
pub(crate) use session::Step;
pub use session::{Destination, Session};
pub use slot::{Holder, Referent, Scope, Slot};
pub(crate) use unknown_references::unknown_references;

use std::str::FromStr;

use crate::error::Error;
use crate::json::EditError;
use crate::limits::Limits;
use crate::progress::Meter;
use crate::source::Source;

/// What becomes of attestations and signatures that refer to something that gets another digest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Stale {
    /// The edit stops and lists them.
    #[default]
    Stop,
    /// They are removed.
    Drop,
    /// Their descriptors and `subject` are pointed at the new digest. What they state stays as it is, and is then about
    /// a digest that is no more; `verify` says so.
    Relink,
}

/// Options of every edit.
#[derive(Debug, Clone, Default)]
pub struct EditOptions {
    /// What becomes of attestations of what changes.
    pub stale: Stale,
    /// Leave blobs that nothing needs any more.
    pub keep_blobs: bool,
    /// The time of every entry of a written archive, in seconds since 1970.
    pub mtime: u64,
    /// The limits.
    pub limits: Limits,
    /// Told how far the writing has come.
    pub meter: Meter,
}

/// The text is none of the words that are taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not one of {known}")]
pub struct UnknownWord {
    given: String,
    known: &'static str,
}

impl UnknownWord {
    /// `known` are the words that are taken.
    pub fn new(given: &str, known: &'static str) -> Self {
        UnknownWord { given: given.to_owned(), known }
    }
}

impl FromStr for Stale {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        match text {
            "drop" => Ok(Stale::Drop),
            "relink" => Ok(Stale::Relink),
            _ => Err(UnknownWord::new(text, "drop, relink")),
        }
    }
}

/// A splice that a document does not allow, reported with the document.
fn splice_failed(source: &Source, document: &str, fault: &EditError) -> Error {
    Error::Document { path: source.label().to_owned(), document: document.to_owned(), fault: fault.to_string() }
}
