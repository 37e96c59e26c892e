//! The view that an edit goes by.

use std::str::FromStr;

use crate::edit::UnknownWord;

/// One of the two descriptions in a dual archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// `index.json`.
    Index,
    /// `manifest.json` and `repositories`.
    Docker,
}

impl View {
    /// The document with the images of this view.
    pub fn document(self) -> &'static str {
        match self {
            View::Index => "index.json",
            View::Docker => "manifest.json",
        }
    }

    pub(super) fn other(self) -> View {
        match self {
            View::Index => View::Docker,
            View::Docker => View::Index,
        }
    }

    pub(super) fn verb(self) -> &'static str {
        match self {
            View::Index => "make manifest.json follow index.json",
            View::Docker => "make index.json follow manifest.json",
        }
    }
}

impl FromStr for View {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        match text {
            "index" => Ok(View::Index),
            "docker" => Ok(View::Docker),
            _ => Err(UnknownWord::new(text, "index, docker")),
        }
    }
}
