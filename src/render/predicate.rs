//! Predicate types in the words of people.

use std::borrow::Cow;

/// A short name for the predicate types that builders write; any other stays as it is.
pub fn predicate_name(predicate_type: &str) -> Cow<'_, str> {
    let version = |prefix: &str| predicate_type.strip_prefix(prefix).map(|rest| rest.trim_start_matches('/'));
    if let Some(version) = version("https://slsa.dev/provenance/") {
        return Cow::Owned(format!("provenance (SLSA {version})"));
    }
    if predicate_type.starts_with("https://spdx.dev/Document") {
        return Cow::Borrowed("SBOM (SPDX)");
    }
    if predicate_type.starts_with("https://cyclonedx.org/bom") {
        return Cow::Borrowed("SBOM (CycloneDX)");
    }
    if predicate_type.starts_with("https://openvex.dev/") {
        return Cow::Borrowed("OpenVEX");
    }
    Cow::Borrowed(predicate_type)
}
