//! Reports as text, JSON and pages. Everything that comes from an image file goes through [`Shown`] on its way to a
//! terminal or a browser.
//!
//! Floor: above `ops`, below `cli`. It knows reports, and opens no image.

mod artifact;
mod attestation;
mod base;
mod ci;
mod compare;
mod delta;
mod diff;
mod doctor;
mod document;
mod documents;
mod escape;
mod explain;
mod export;
mod extracted;
mod files;
mod findings;
mod gc;
pub mod html;
mod inspect;
mod json;
mod markup;
mod paint;
mod platforms;
mod predicate;
mod receipt;
mod refs;
mod repack;
#[cfg(feature = "schema")]
mod schema;
mod signature;
mod signatures;
mod size;
mod table;
mod terminal;
mod time;
mod tree_summary;
#[cfg(unix)]
mod unpack;
mod verify;

use std::fmt;

use crate::finding::Severity;

pub use artifact::artifact_extract;
pub use attestation::{attestation_list, attestation_show};
pub use base::base;
pub use ci::{Check, CheckResult, Checked, CheckedFile, Rule, Several, github, junit, sarif};
pub use compare::compare;
pub use delta::delta;
pub use diff::{diff, diff_verdict};
pub use doctor::doctor;
pub use document::{Document, write_json};
#[cfg(feature = "schema")]
pub use documents::schemas;
pub use escape::Shown;
pub use explain::{Explained, ExplainedList, explain, explain_list};
pub use export::export;
pub use extracted::extracted;
pub use files::{FilesStyle, files};
pub use gc::gc;
pub use inspect::inspect;
pub use json::json;
pub use paint::Paint;
pub use platforms::platform_list;
pub use predicate::predicate_name;
pub use receipt::receipt;
pub use refs::ref_list;
pub use repack::repack;
#[cfg(feature = "schema")]
pub use schema::Kind as SchemaKind;
pub use signature::{signature_list, signature_show};
pub use size::Bytes;
pub use terminal::Harmless;
pub use time::{ExactTime, Rfc3339, Time};
#[cfg(unix)]
pub use unpack::unpack;
pub use verify::{verify, verify_summary};

/// How much to say.
#[derive(Debug, Clone, Copy, Default)]
pub struct Detail {
    /// Also what is only worth knowing.
    pub verbose: bool,
    /// Only what is wrong.
    pub quiet: bool,
}

impl Detail {
    /// Whether findings of a severity are reported.
    pub(crate) fn shows(self, severity: Severity) -> bool {
        match severity {
            Severity::Error => true,
            Severity::Warning => !self.quiet,
            Severity::Note => self.verbose && !self.quiet,
        }
    }
}

/// A count with its noun: `1 layer`, `2 layers`.
pub(crate) struct Count<'a>(pub(crate) u64, pub(crate) &'a str);

impl fmt::Display for Count<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}{}", self.0, self.1, if self.0 == 1 { "" } else { "s" })
    }
}
