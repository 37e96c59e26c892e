//! What an output does not hold of its inputs.

use serde::Serialize;

use crate::digest::Digest;
use crate::graph::Kind;
use crate::platform::Platform;

/// Something that the output does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LeftRow {
    /// What it is.
    pub kind: Kind,
    /// Its digest.
    pub digest: Digest,
    /// The platform of an image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    /// Why it was left behind.
    pub reason: &'static str,
}
