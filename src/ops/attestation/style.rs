//! The styles in which attestations are kept.

use std::str::FromStr;

use crate::edit::UnknownWord;
use crate::graph::AttestationStyle;
use crate::media_type;

/// How attestations are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// BuildKit's older one: an entry of the image's index, with an image config. What most registries and tools take.
    Index,
    /// BuildKit's newer one: an entry of the image's index that is an artifact with `subject`.
    Artifact,
    /// A referrer: an artifact with `subject` that `index.json` lists beside the image.
    Referrer,
}

impl Style {
    pub(super) fn of(style: AttestationStyle) -> Self {
        match style {
            AttestationStyle::Index => Style::Index,
            AttestationStyle::Artifact => Style::Artifact,
            AttestationStyle::Referrer => Style::Referrer,
        }
    }

    /// The `artifactType` of its manifests.
    pub(super) fn artifact_type(self) -> Option<&'static str> {
        match self {
            Style::Index => None,
            Style::Artifact => Some(media_type::DOCKER_ATTESTATION),
            Style::Referrer => Some(media_type::IN_TOTO),
        }
    }
}

impl FromStr for Style {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        match text {
            "index" => Ok(Style::Index),
            "artifact" => Ok(Style::Artifact),
            "referrer" => Ok(Style::Referrer),
            _ => Err(UnknownWord::new(text, "index, artifact, referrer")),
        }
    }
}
