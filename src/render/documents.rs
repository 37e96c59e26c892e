//! The list of documents that are written as JSON: each report with its name and its version.

use super::ci::Several;
use super::document::Document;
use super::explain::{Explained, ExplainedList};
use crate::edit::Receipt;
use crate::ops::artifact;
use crate::ops::attestation::{ExtractReport, ListReport, ShowReport};
use crate::ops::compare::CompareReport;
use crate::ops::delta::DeltaReport;
use crate::ops::diff::DiffReport;
use crate::ops::doctor::DoctorReport;
use crate::ops::export::ExportReport;
use crate::ops::files::FilesReport;
use crate::ops::gc::GcReport;
use crate::ops::inspect::InspectReport;
use crate::ops::platform::PlatformListReport;
use crate::ops::rebase::BaseReport;
use crate::ops::refs::RefListReport;
use crate::ops::repack::RepackReport;
use crate::ops::signature;
#[cfg(unix)]
use crate::ops::unpack::UnpackReport;
use crate::ops::verify::VerifyReport;

macro_rules! documents {
    ($($(#[$condition:meta])* $name:literal $version:literal $report:ty;)*) => {
        $($(#[$condition])* impl Document for $report {
            const NAME: &'static str = $name;
            const SCHEMA: &'static str = concat!("ocikit/", $name, "/", $version);
        })*

        /// Every kind of document: its name, its version and what makes its schema.
        #[cfg(feature = "schema")]
        const ALL: &[super::schema::Kind] = &[
            $($(#[$condition])* super::schema::Kind::of::<$report>($name, $version),)*
        ];
    };
}

documents! {
    "artifact-extract" "v1" artifact::ExtractReport;
    "attestation-extract" "v1" ExtractReport;
    "attestation-list" "v1" ListReport;
    "attestation-show" "v1" ShowReport;
    "base" "v1" BaseReport;
    "compare" "v1" CompareReport;
    "compare-several" "v1" Several<CompareReport>;
    "delta" "v1" DeltaReport;
    "diff" "v1" DiffReport;
    "doctor" "v1" DoctorReport;
    "doctor-several" "v1" Several<DoctorReport>;
    "explain" "v1" Explained;
    "explain-list" "v1" ExplainedList;
    "export" "v1" ExportReport;
    "files" "v1" FilesReport;
    "gc" "v1" GcReport;
    "inspect" "v1" InspectReport;
    "platform-list" "v1" PlatformListReport;
    "receipt" "v1" Receipt;
    "ref-list" "v1" RefListReport;
    "repack" "v1" RepackReport;
    "signature-list" "v1" signature::ListReport;
    "signature-show" "v1" signature::ShowReport;
    #[cfg(unix)]
    "unpack" "v1" UnpackReport;
    "verify" "v1" VerifyReport;
    "verify-several" "v1" Several<VerifyReport>;
}

/// The schemas of all of them, sorted by name.
#[cfg(feature = "schema")]
pub fn schemas() -> &'static [super::schema::Kind] {
    ALL
}
