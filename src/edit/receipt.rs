//! What an edit did, or would do.

use std::collections::{HashMap, HashSet};

use serde::Serialize;

use crate::digest::Digest;
use crate::finding::Finding;
use crate::graph::Kind;
use crate::platform::Platform;

/// Every changed descriptor, and every added or removed blob.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Receipt {
    /// The input, as named on the command line.
    pub file: String,
    /// The output; missing for a plan.
    pub output: Option<String>,
    /// Whether this is a plan, and nothing was written.
    pub dry_run: bool,
    /// Whether anything changes at all.
    pub is_changed: bool,
    /// How one view of a docker + OCI archive was changed to match the other before the edit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aligned: Option<Alignment>,
    /// Top-level documents that change: `index.json`, `manifest.json`, `repositories`.
    pub documents: Vec<String>,
    /// Changed digests, outermost first.
    pub changed: Vec<ChangedRow>,
    /// Removed descriptors and entries, with their attestations.
    pub removed: Vec<EntryRow>,
    /// Added descriptors and entries.
    pub added: Vec<EntryRow>,
    /// Added blobs, including documents with new digests.
    pub blobs_added: Vec<BlobRow>,
    /// Removed blobs, which nothing references any more.
    pub blobs_dropped: Vec<BlobRow>,
    /// Bytes written, including unchanged blobs if the whole file is rewritten.
    pub bytes_written: u64,
    /// Consequences that need attention.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// Two views, one of which was changed to match the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Alignment {
    /// The document that was kept.
    pub followed: &'static str,
    /// The document that was changed to match it.
    pub changed: &'static str,
    /// Where they disagreed.
    pub differences: Vec<Finding>,
}

impl Receipt {
    /// This change and another that came after it, as one.
    pub(super) fn then(self, next: Receipt) -> Receipt {
        let mut documents = self.documents;
        documents.extend(next.documents.into_iter().filter(|name| !documents.contains(name)).collect::<Vec<_>>());
        let mut successors = Successors::new(next.changed);
        let mut changed = self.changed;
        for row in &mut changed {
            if let Some(new) = successors.take(&row.new) {
                row.new = new;
            }
        }
        let mut added = self.added;
        for row in &mut added {
            if let Some(new) = successors.take(&row.digest) {
                row.digest = new;
            }
        }
        // What came and went again was never there.
        let known: HashSet<Digest> = added.iter().map(|row| row.digest.clone()).collect();
        let (came, went): (Vec<EntryRow>, Vec<EntryRow>) =
            next.removed.into_iter().partition(|row| known.contains(&row.digest));
        let rows: HashMap<&Digest, &EntryRow> = came.iter().map(|row| (&row.digest, row)).collect();
        added.retain(|row| rows.get(&row.digest) != Some(&row));
        let digests = |rows: &[BlobRow]| rows.iter().map(|row| row.digest.clone()).collect::<HashSet<String>>();
        let (were_added, are_dropped) = (digests(&self.blobs_added), digests(&next.blobs_dropped));
        let dropped = next.blobs_dropped.into_iter().filter(|row| !were_added.contains(&row.digest));
        let mut blobs_added = self.blobs_added;
        blobs_added.retain(|row| !are_dropped.contains(&row.digest));
        blobs_added.extend(next.blobs_added);
        Receipt {
            is_changed: self.is_changed || next.is_changed,
            aligned: self.aligned.or(next.aligned),
            documents,
            changed: changed.into_iter().chain(successors.rest()).collect(),
            removed: self.removed.into_iter().chain(went).collect(),
            added: added.into_iter().chain(next.added).collect(),
            blobs_added,
            blobs_dropped: self.blobs_dropped.into_iter().chain(dropped).collect(),
            notes: self.notes.into_iter().chain(next.notes).collect(),
            ..next
        }
    }
}

/// The changes of a second edit, to be joined with those that they follow.
struct Successors {
    rows: Vec<Option<ChangedRow>>,
    /// The places of rows by the digest before, the last first.
    places: HashMap<Digest, Vec<usize>>,
}

impl Successors {
    fn new(rows: Vec<ChangedRow>) -> Self {
        let mut places: HashMap<Digest, Vec<usize>> = HashMap::new();
        for (at, row) in rows.iter().enumerate().rev() {
            places.entry(row.old.clone()).or_default().push(at);
        }
        Successors { rows: rows.into_iter().map(Some).collect(), places }
    }

    /// What became of this digest, which then counts no more as a change of its own.
    fn take(&mut self, digest: &Digest) -> Option<Digest> {
        let at = self.places.get_mut(digest)?.pop()?;
        Some(self.rows.get_mut(at)?.take()?.new)
    }

    fn rest(self) -> impl Iterator<Item = ChangedRow> {
        self.rows.into_iter().flatten()
    }
}

/// One change of a digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChangedRow {
    /// Its kind.
    pub kind: Kind,
    /// Its names in `index.json`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// The platform of an image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    /// The digest before.
    pub old: Digest,
    /// The digest now.
    pub new: Digest,
}

/// One entry of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EntryRow {
    /// What it references.
    pub kind: Kind,
    /// Its digest.
    pub digest: Digest,
    /// The platform of an image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
}

/// One blob.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BlobRow {
    /// Its digest, or the name of a file in a docker archive.
    pub digest: String,
    /// In bytes.
    pub size: u64,
}
