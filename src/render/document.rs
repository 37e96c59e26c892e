//! The JSON of reports: each kind has a name and a version, and says both in its first member.
//!
//! Within a version members may come; none goes, and none changes its type or its meaning. What breaks that is a new
//! version.

use std::io::Write;

use serde::Serialize;

use super::ci::Several;
use super::explain::{Explained, ExplainedList};
use crate::edit::Receipt;
use crate::ops::attestation::{ExtractReport, ListReport, ShowReport};
use crate::ops::compare::CompareReport;
use crate::ops::delta::DeltaReport;
use crate::ops::diff::DiffReport;
use crate::ops::doctor::DoctorReport;
use crate::ops::files::FilesReport;
use crate::ops::gc::GcReport;
use crate::ops::inspect::InspectReport;
use crate::ops::platform::PlatformListReport;
use crate::ops::refs::RefListReport;
use crate::ops::repack::RepackReport;
#[cfg(unix)]
use crate::ops::unpack::UnpackReport;
use crate::ops::verify::VerifyReport;

/// What is written as JSON for programs.
pub trait Document: Serialize {
    /// The name of its schema, as `verify`.
    const NAME: &'static str;
    /// What its first member `schema` says, as `ocikit/verify/v1`.
    const SCHEMA: &'static str;
}

macro_rules! documents {
    ($($(#[$condition:meta])* $name:literal $version:literal $report:ty;)*) => {
        $($(#[$condition])* impl Document for $report {
            const NAME: &'static str = $name;
            const SCHEMA: &'static str = concat!("ocikit/", $name, "/", $version);
        })*

        /// Every kind of document: its name, its version and what makes its schema.
        #[cfg(feature = "schema")]
        pub(super) const ALL: &[super::schema::Kind] = &[
            $($(#[$condition])* super::schema::Kind::of::<$report>($name, $version),)*
        ];
    };
}

documents! {
    "attestation-extract" "v1" ExtractReport;
    "attestation-list" "v1" ListReport;
    "attestation-show" "v1" ShowReport;
    "compare" "v1" CompareReport;
    "compare-several" "v1" Several<CompareReport>;
    "delta" "v1" DeltaReport;
    "diff" "v1" DiffReport;
    "doctor" "v1" DoctorReport;
    "doctor-several" "v1" Several<DoctorReport>;
    "explain" "v1" Explained;
    "explain-list" "v1" ExplainedList;
    "files" "v1" FilesReport;
    "gc" "v1" GcReport;
    "inspect" "v1" InspectReport;
    "platform-list" "v1" PlatformListReport;
    "receipt" "v1" Receipt;
    "ref-list" "v1" RefListReport;
    "repack" "v1" RepackReport;
    #[cfg(unix)]
    "unpack" "v1" UnpackReport;
    "verify" "v1" VerifyReport;
    "verify-several" "v1" Several<VerifyReport>;
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
