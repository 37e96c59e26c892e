//! What an output does not hold of its inputs.

use serde::Serialize;

use crate::digest::Digest;
use crate::graph::Kind;
use crate::platform::Platform;

/// Content that is not in the output.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LeftRow {
    /// Its kind.
    pub kind: Kind,
    /// Its digest.
    pub digest: Digest,
    /// The platform of an image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    /// Why it was omitted.
    pub reason: &'static str,
}
