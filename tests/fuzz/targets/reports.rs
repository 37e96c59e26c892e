//! Every report about an image, in every format: nothing panics, and nothing in them can act on a terminal.

use std::cell::Cell;

use ocikit::graph::Selector;
use ocikit::image::Image;
use ocikit::ops::attestation::{self, ListOptions, ShowOptions};
use ocikit::ops::compare::{CompareOptions, compare};
use ocikit::ops::diff::{DiffOptions, diff};
use ocikit::ops::doctor::{DoctorOptions, doctor};
use ocikit::ops::files::{FilesOptions, files};
use ocikit::ops::inspect::{InspectOptions, inspect};
use ocikit::ops::verify::{VerifyOptions, VerifyReport, verify};
use ocikit::ops::{platform, refs};
use ocikit::render::{self, Check, Detail, FilesStyle, Paint};
use serde::Serialize;

use super::oracle::limits;

const PLAIN: Paint = Paint { color: false };
const ALL: Detail = Detail { verbose: true, quiet: false };

thread_local! {
    /// Bytes that a report about the image at hand may have.
    static ROOM: Cell<usize> = const { Cell::new(usize::MAX) };
}

/// A report is at most this many times as long as its image, and this much more.
const TIMES: usize = 64;
const MORE: usize = 1 << 20;

/// What `verify --deep` says.
pub(crate) fn verified(image: &Image) -> VerifyReport {
    let options = VerifyOptions { deep: true, jobs: 1, limits: limits(), ..VerifyOptions::default() };
    let deep = verify(image, &options).expect("what was opened can be verified");
    let shallow = verify(image, &VerifyOptions { deep: false, ..options }).unwrap();
    if deep.findings.dropped() == 0 {
        for finding in shallow.findings.iter() {
            assert!(deep.findings.iter().any(|other| other == finding), "`verify` alone says {finding:?}");
        }
    }
    deep
}

/// Runs every operation that only looks, and renders what it says.
pub(crate) fn look(image: &Image) -> VerifyReport {
    let members: u64 = image.source.members().iter().map(|member| member.size + 512).sum();
    ROOM.set(MORE + TIMES * usize::try_from(members).expect("a fuzzed image is small"));
    let report = verified(image);
    text(&render::verify(&report, ALL, PLAIN));
    json(&report);
    formats(&report);
    inspected(image);
    let selector = Selector::default();
    if let Ok(report) = compare(image, &CompareOptions { limits: limits(), ..CompareOptions::default() }) {
        text(&render::compare(&report, ALL, PLAIN));
        json(&report);
        formats(&report);
    }
    if let Ok(report) = doctor(image, &DoctorOptions { limits: limits(), ..DoctorOptions::default() }) {
        text(&render::doctor(&report, ALL, PLAIN));
        json(&report);
        formats(&report);
    }
    for (styles, top) in [(&[FilesStyle::List, FilesStyle::Tree][..], None), (&[FilesStyle::Top], Some(3))] {
        let options = FilesOptions { top, jobs: 1, limits: limits(), ..FilesOptions::default() };
        match files(image, &options) {
            Ok(report) => {
                for style in styles {
                    text(&written(|out| render::files(&report, *style, ALL, PLAIN, out)));
                }
                json(&report);
            }
            Err(fault) => error(&fault),
        }
    }
    if let Ok(report) = refs::list(image, &selector, &limits()) {
        text(&render::ref_list(&report, PLAIN));
        json(&report);
    }
    if let Ok(report) = platform::list(image, &selector) {
        text(&render::platform_list(&report, PLAIN));
        json(&report);
    }
    if let Ok(report) = attestation::list(image, &ListOptions { limits: limits(), ..ListOptions::default() }) {
        text(&render::attestation_list(&report, PLAIN));
        json(&report);
    }
    if let Ok(report) = attestation::show(image, &ShowOptions { limits: limits(), ..ShowOptions::default() }) {
        text(&render::attestation_show(&report, PLAIN));
        json(&report);
    }
    same_as_itself(image, !report.findings.has_errors());
    report
}

fn inspected(image: &Image) {
    let options = InspectOptions { layers: true, config: true, limits: limits(), ..InspectOptions::default() };
    match inspect(image, &options) {
        Ok(report) => {
            text(&render::inspect(&report, ALL, PLAIN));
            json(&report);
        }
        Err(fault) => error(&fault),
    }
}

/// Of a layer whose digest nobody knows, `diff` cannot say that it is the same.
fn same_as_itself(image: &Image, is_sound: bool) {
    let options = DiffOptions { files: true, jobs: 1, limits: limits(), ..DiffOptions::default() };
    match diff(image, image, &options) {
        Ok(report) => {
            assert!(!is_sound || report.verdict.is_equal(), "differs from itself: {}", render::json(&report).unwrap());
            text(&written(|out| render::diff(&report, ALL, PLAIN, out)));
            json(&report);
            formats(&report);
        }
        Err(fault) => error(&fault),
    }
}

fn written(write: impl FnOnce(&mut dyn std::io::Write) -> std::io::Result<()>) -> String {
    let mut out = Vec::new();
    write(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Text for a terminal, which has lines.
pub(crate) fn text(report: &str) {
    assert!(report.len() <= ROOM.get(), "a report of {} bytes: {}", report.len(), report.get(..2000).unwrap_or(""));
    report.lines().for_each(assert_harmless);
}

/// A message as the command shows it: what the text of an image in it could do is taken from it there.
pub(crate) fn error(error: &ocikit::Error) {
    text(&render::Shown(&error.to_string()).to_string());
}

pub(crate) fn json(report: &impl Serialize) {
    let report = render::json(report).unwrap();
    serde_json::from_str::<serde::de::IgnoredAny>(&report).expect("a report is JSON");
    text(&report);
}

/// The formats of continuous integration.
fn formats(report: &impl Check) {
    let checked = [report.checked()];
    let sarif = render::sarif(&checked).unwrap();
    serde_json::from_str::<serde::de::IgnoredAny>(&sarif).expect("SARIF is JSON");
    text(&sarif);
    let junit = render::junit(&checked);
    text(&junit);
    roxmltree::Document::parse(&junit).unwrap_or_else(|error| panic!("{error}: {junit}"));
    let github = render::github(&checked);
    text(&github);
    let levels = ["::error ", "::warning ", "::notice "];
    let annotations = github.lines().filter(|line| levels.iter().any(|level| line.starts_with(level)));
    assert_eq!(annotations.count(), checked[0].results.len(), "{github}");
    // The last line sums up.
    assert_eq!(github.lines().count(), checked[0].results.len() + 1, "{github}");
}

/// No control, no change of the direction of writing, nothing without width.
pub(crate) fn assert_harmless(line: &str) {
    // Most is plain, and there is much of it.
    if line.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return;
    }
    for c in line.chars() {
        let harmful = c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{61c}');
        assert!(!harmful, "{c:?} stands in {line:?}");
    }
}
