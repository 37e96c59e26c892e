//! `attestation`: the in-toto statements about images, in each of the styles in which builders and signers keep them.

mod add;
mod chosen;
mod convert;
mod extract;
mod find;
mod list;
mod manifest;
mod remove;
mod show;
mod stored;
mod style;

pub use add::{AddOptions, Said, add};
pub use convert::convert;
pub use extract::{ExtractOptions, ExtractReport, ExtractedRow, extract};
pub use list::{ListEntry, ListOptions, ListReport, list};
pub use remove::{RemoveOptions, remove};
pub use show::{ShowEntry, ShowOptions, ShowReport, show, write_statement};
pub use style::Style;
