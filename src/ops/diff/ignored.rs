//! What a comparison passes over.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::doc::annotations::CREATED;

/// Something that may differ without two images being different.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Ignore {
    /// Annotations of manifests, indexes and their descriptors.
    Annotations,
    /// Attestations, signatures and other referrers.
    Attestations,
    /// How layers are compressed.
    Compression,
    /// When the image, its layers and its manifest were created.
    Created,
    /// The history of the config.
    History,
    /// Which layers hold the files.
    Layers,
    /// All fields of manifests and indexes.
    Manifest,
    /// The names in the file.
    Names,
}

const NAMES: [(&str, Ignore); 8] = [
    ("annotations", Ignore::Annotations),
    ("attestations", Ignore::Attestations),
    ("compression", Ignore::Compression),
    ("created", Ignore::Created),
    ("history", Ignore::History),
    ("layers", Ignore::Layers),
    ("manifest", Ignore::Manifest),
    ("names", Ignore::Names),
];

/// The text names nothing that can be ignored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not one of {list}", list = NAMES.map(|(name, _)| name).join(", "))]
pub struct UnknownIgnore(String);

impl FromStr for Ignore {
    type Err = UnknownIgnore;

    fn from_str(text: &str) -> Result<Self, UnknownIgnore> {
        let found = NAMES.iter().find(|(name, _)| *name == text);
        found.map(|(_, ignore)| *ignore).ok_or_else(|| UnknownIgnore(text.to_owned()))
    }
}

impl fmt::Display for Ignore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(NAMES.iter().find(|(_, ignore)| ignore == self).map_or("", |(name, _)| name))
    }
}

impl Serialize for Ignore {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What one comparison passes over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ignored(BTreeSet<Ignore>);

impl Ignored {
    /// All that does not matter to a running container: it has the config and the files.
    pub fn semantic() -> Self {
        Ignored(NAMES.iter().map(|(_, ignore)| *ignore).collect())
    }

    /// Whether nothing is passed over.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is passed over, in order.
    pub fn iter(&self) -> impl Iterator<Item = Ignore> + '_ {
        self.0.iter().copied()
    }

    pub(super) fn has(&self, ignore: Ignore) -> bool {
        self.0.contains(&ignore)
    }

    /// Whether a field of a manifest or index is passed over.
    pub(super) fn of_manifest(&self, pointer: &str) -> bool {
        let last = pointer.rsplit('/').next().unwrap_or_default();
        self.has(Ignore::Manifest)
            || self.has(Ignore::Annotations) && last == "annotations"
            || self.has(Ignore::Created) && last == CREATED
            || self.has(Ignore::Compression) && pointer.starts_with("/layers/") && last == "mediaType"
    }

    /// Whether a field of a config is passed over, in its history too.
    pub(super) fn of_config(&self, pointer: &str) -> bool {
        self.has(Ignore::Created) && pointer == "/created"
    }
}

impl FromIterator<Ignore> for Ignored {
    fn from_iter<I: IntoIterator<Item = Ignore>>(all: I) -> Self {
        Ignored(all.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back() {
        for (name, ignore) in NAMES {
            assert_eq!((name.parse(), ignore.to_string().as_str()), (Ok(ignore), name));
        }
        let message = "time".parse::<Ignore>().unwrap_err().to_string();
        assert!(message.starts_with("`time` is not one of annotations, attestations, "), "{message}");
    }

    #[test]
    fn fields_that_are_passed_over() {
        let of = |ignore: Ignore| Ignored::from_iter([ignore]);
        for (ignore, pointer, expected) in [
            (Ignore::Annotations, "/annotations", true),
            (Ignore::Annotations, "/layers/0/annotations", true),
            (Ignore::Annotations, "/layers/0/mediaType", false),
            (Ignore::Created, "/annotations/org.opencontainers.image.created", true),
            (Ignore::Compression, "/layers/0/mediaType", true),
            (Ignore::Compression, "/config/mediaType", false),
            (Ignore::Manifest, "/subject", true),
            (Ignore::History, "/annotations", false),
        ] {
            assert_eq!(of(ignore).of_manifest(pointer), expected, "{ignore} {pointer}");
        }
    }
}
