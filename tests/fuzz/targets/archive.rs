//! Whole archives: whatever the bytes, the same is found in any order and in one pass, and every report can be made.

use ocikit::finding::Code;
use ocikit::source::Access;

use super::oracle::{open, sealed};
use super::reports;

pub fn target(data: &[u8]) {
    look(&sealed(data));
}

/// Opens an archive in both ways, and reports on it.
pub(crate) fn look(bytes: &[u8]) {
    let any_order = open(bytes, Access::Random);
    let one_pass = open(bytes, Access::Once { deep: true });
    let (image, streamed) = match (any_order, one_pass) {
        (Ok(image), Ok(streamed)) => (image, streamed),
        (Err(one), Err(other)) => {
            reports::error(&one);
            reports::error(&other);
            return;
        }
        (one, other) => panic!("one way opens it, the other does not: {:?} and {:?}", one.err(), other.err()),
    };
    let report = reports::look(&image);
    let streamed = reports::verified(&streamed);
    let limited = |finding: &ocikit::finding::Finding| finding.code == Code::LimitExceeded;
    // What a limit leaves out depends on the order in which things are read.
    if !report.findings.iter().chain(streamed.findings.iter()).any(limited) {
        let [one, other] = [&report.findings, &streamed.findings].map(|findings| findings.iter().collect::<Vec<_>>());
        assert_eq!(one, other, "any order, and one pass");
    }
}
