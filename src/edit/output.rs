//! Where an edit is written, and what was done in memory before it.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use super::receipt::Receipt;
use crate::media_type::Compression;
use crate::sink::Target;
use crate::source::Source;

/// What is done at the end.
pub(super) enum Output<'w> {
    Nothing,
    /// A directory that is changed in its place: only what changes is written.
    Directory(PathBuf),
    NewDirectory(PathBuf),
    Archive {
        target: Target,
        compression: Compression,
    },
    Stream {
        label: String,
        writer: Box<dyn Write + 'w>,
        compression: Compression,
    },
}

/// What was done in memory before the edit that is written.
pub(super) struct Earlier {
    /// What was opened.
    pub(super) source: Arc<Source>,
    /// Names of its files that are to go.
    pub(super) gone: BTreeSet<String>,
    pub(super) receipt: Receipt,
}
