//! `attestation`: the in-toto statements about images, in each of the styles in which builders and signers keep them.

mod add;
mod chosen;
mod convert;
mod extract;
mod manifest;
mod remove;

pub use add::{AddOptions, Said, add};
pub use convert::{Style, convert};
pub use extract::{ExtractOptions, ExtractReport, ExtractedRow, extract};
pub use remove::{RemoveOptions, remove};
