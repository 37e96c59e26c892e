//! Edits of image files: what was sound stays sound, and an edit that cannot be done leaves nothing.

use std::io::Cursor;
use std::path::Path;

use ocikit::Error;
use ocikit::doc::annotations;
use ocikit::edit::align::{View, align};
use ocikit::edit::{Destination, Draft, EditOptions, Receipt, Session, Stale};
use ocikit::finding::{Findings, Severity};
use ocikit::graph::Selector;
use ocikit::image::Image;
use ocikit::media_type::Compression;
use ocikit::ops::annotate::{AnnotateOptions, On, annotate};
use ocikit::ops::attestation::{self, AddOptions, RemoveOptions, Said, Style};
use ocikit::ops::compare::{CompareOptions, compare};
use ocikit::ops::convert::{self, Dialect};
use ocikit::ops::gc::gc;
use ocikit::ops::names;
use ocikit::ops::platform::{self, SetOptions, Which};
use ocikit::ops::unwrap::unwrap;
use ocikit::platform::Platform;
use ocikit::render;
use ocikit::source::{Access, Open};

use super::bytes::Bytes;
use super::oracle::{limits, open, open_path, stdin};
use super::{image, reports};

/// The edit is chosen by the first bytes, so that changes of the file leave it.
const CHOICES: usize = 8;

/// The archive that an input stands for.
pub fn archive(data: &[u8]) -> Vec<u8> {
    image::archive(data.get(CHOICES..).unwrap_or_default())
}

pub fn target(data: &[u8]) {
    let archive = archive(data);
    let choices = Bytes(data).take(CHOICES);
    let Ok(before) = open(&archive, Access::Random) else { return };
    let room = tempfile::tempdir().unwrap();
    let (receipt, after) = match edited(&archive, &mut Bytes(choices), room.path()) {
        Ok(done) => done,
        Err(error) => {
            assert_eq!(std::fs::read_dir(room.path()).unwrap().count(), 0, "{error}, and something is left");
            return reports::error(&error);
        }
    };
    reports::text(&render::receipt(&receipt, render::Detail::default(), render::Paint { color: false }));
    reports::json(&receipt);
    let after = after.unwrap_or_else(|error| panic!("what an edit wrote is no image file: {error}: {receipt:?}"));
    let report = reports::verified(&after);
    if !reports::verified(&before).findings.has_errors() && !views(&before).has_errors() {
        assert!(!report.findings.has_errors(), "{:#?}\n{receipt:#?}", errors(&report.findings));
        assert!(!views(&after).has_errors(), "{:#?}\n{receipt:#?}", errors(&views(&after)));
    }
}

pub(super) fn errors(findings: &Findings) -> Vec<&ocikit::finding::Finding> {
    findings.iter().filter(|finding| finding.severity == Severity::Error).collect()
}

pub(super) fn views(image: &Image) -> Findings {
    compare(image, &CompareOptions { limits: limits(), ..CompareOptions::default() })
        .map(|report| report.findings)
        .unwrap_or_default()
}

/// The image file after an edit: an archive, or a directory in an empty folder, beside which nothing may come to be.
fn edited(archive: &[u8], choices: &mut Bytes<'_>, room: &Path) -> Result<(Receipt, Result<Image, Error>), Error> {
    let open = Open { limits: limits(), ..Open::default() };
    let first = choices.byte();
    let in_folder = first / 2 % 4 == 3;
    let options = EditOptions {
        // A statement that is pointed at another digest says of it what was said of the old one, and `verify` says so.
        stale: [Stale::Stop, Stale::Drop][usize::from(first % 2)],
        keep_blobs: choices.below(4) == 1,
        mtime: 0,
        limits: limits(),
        ..EditOptions::default()
    };
    let view = *choices.one_of(&[None, Some(View::Index), Some(View::Docker)]);
    let mut written = Vec::new();
    let writer = Box::new(&mut written);
    let folder = room.join("new");
    let destination = if in_folder {
        Destination::Path(folder.join(""))
    } else {
        Destination::Stream { label: "out.tar".into(), writer, compression: Compression::None }
    };
    let mut session = Session::open(&stdin(), Cursor::new(archive), &open, destination)?;
    if let Some(view) = view {
        align(&mut session, view, &options)?;
    }
    let draft = draft(&session.image, &options, choices)?;
    let receipt = session.finish(draft)?;
    drop(session);
    let after = if in_folder {
        let beside: Vec<_> = std::fs::read_dir(room).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(beside, ["new"], "{receipt:#?}");
        open_path(&folder)
    } else {
        super::oracle::open(&written, Access::Random)
    };
    Ok((receipt, after))
}

fn draft<'a>(image: &'a Image, options: &EditOptions, choices: &mut Bytes<'_>) -> Result<Draft<'a>, Error> {
    let all = Selector::default();
    let platforms = [Platform::new("linux", "arm64"), Platform::new("linux", "amd64")];
    let chosen = choices.one_of(&platforms).clone();
    let one = Selector { platform: Some(chosen.clone()), ..Selector::default() };
    let selector = if choices.below(2) == 0 { &all } else { &one };
    const NAMES: [&str; 4] = ["example.com/team/app:1.0", "app:1.0", "2.0", "latest"];
    let name = *choices.one_of(&NAMES);
    match choices.below(16) {
        0 => platform::remove(image, &all, &[chosen.into()], options),
        1 => platform::keep(image, &all, &[chosen.into()], options),
        2 => platform::prune(image, &all, options),
        3 => {
            let to = SetOptions { which: Which::All, platform: None };
            platform::set(image, &all, &to, options)
        }
        4 => names::add(image, selector, name, choices.below(2) == 1, options),
        5 => names::remove(image, name, options),
        6 => names::rename(image, selector, name, NAMES[choices.below(4)], choices.below(2) == 1, options),
        7 | 8 => {
            let on = *choices.one_of(&[None, Some(On::Descriptor), Some(On::Index), Some(On::Manifest)]);
            let key = *choices.one_of(&["key", annotations::CREATED]);
            let set = vec![(key.to_owned(), "va\"lue".to_owned())];
            annotate(image, selector, &AnnotateOptions { on, set, remove: vec!["x".to_owned()] }, options)
        }
        9 => unwrap(image, selector, options),
        10 => gc(image, options).map(|(draft, _)| draft),
        11 => convert::convert(image, &all, *choices.one_of(&[Dialect::Oci, Dialect::Docker]), options),
        12 => convert::cache(image, &all, options),
        13 => attestation::remove(image, selector, &RemoveOptions { kind: None }, options),
        14 => {
            let style = *choices.one_of(&[Style::Index, Style::Artifact, Style::Referrer]);
            attestation::convert(image, &all, style, options)
        }
        _ => {
            let said = Said::Predicate { text: "{}".to_owned(), predicate_type: "https://example.com/p".to_owned() };
            let style = *choices.one_of(&[None, Some(Style::Index), Some(Style::Artifact), Some(Style::Referrer)]);
            attestation::add(image, selector, &AddOptions { said, style, force: false }, options)
        }
    }
}
