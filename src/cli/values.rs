//! How values of options are read that several commands have.

use crate::reference::is_ref;

/// The key, which is not empty, and the value.
pub(crate) fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("not of the form KEY=VALUE".to_owned()),
    }
}

/// A name that can be given: a full name or a tag.
pub(crate) fn new_name(text: &str) -> Result<String, String> {
    if is_ref(text) {
        return Ok(text.to_owned());
    }
    Err("not a name: expected letters, digits and separators between them, for example example.com/app:1.0".to_owned())
}
