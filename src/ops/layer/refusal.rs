//! The refusal of a file that a layer is not to have.

use crate::error::Error;
use crate::tar_index::show_name;

/// Refuses a name in a layer, or a file on disk.
pub(super) fn refused(name: &[u8], reason: &str) -> Error {
    let path = if name.is_empty() { "/".into() } else { show_name(name).into_owned() };
    Error::Unfit { path, verb: "add it to a layer", reason: reason.to_owned() }
}
