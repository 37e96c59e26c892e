//! The JSON of reports: each kind has a name and a version, and says both in its first member.
//!
//! Within a version members may come; none goes, and none changes its type or its meaning. What breaks that is a new
//! version.

use std::io::Write;

use serde::Serialize;

/// What is written as JSON for programs.
pub trait Document: Serialize {
    /// The name of its schema, as `verify`.
    const NAME: &'static str;
    /// What its first member `schema` says, as `ocikit/verify/v1`.
    const SCHEMA: &'static str;
}

#[derive(Serialize)]
struct Versioned<'r, R> {
    schema: &'static str,
    #[serde(flatten)]
    report: &'r R,
}

/// Writes a report as JSON, with a line end, piece by piece: a report can be larger than memory should be.
///
/// # Errors
///
/// When `out` does not take it.
pub fn write_json<R: Document>(out: &mut dyn Write, report: &R) -> std::io::Result<()> {
    super::json::write_json(&mut *out, &Versioned { schema: R::SCHEMA, report })?;
    out.write_all(b"\n")
}
