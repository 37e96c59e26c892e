//! Deltas by strangers: applying one makes exactly the file that it names, or nothing at all.

use std::io::Cursor;
use std::sync::LazyLock;

use ocikit::digest::Algorithm;
use ocikit::image::Image;
use ocikit::ops::delta::{DOCUMENT, DeltaOptions, RECIPE, apply, create, show};
use ocikit::ops::repack::Output;
use ocikit::render::{self, Detail};
use ocikit::source::Access;

use super::bytes::Bytes;
use super::oracle::{limits, open};
use super::{program, reports};
use crate::support::{Files, Kind, shapes};

struct Ground {
    base: Vec<u8>,
    new: Vec<u8>,
    /// The delta from one to the other, to be damaged.
    delta: [Files; 1],
}

static GROUND: LazyLock<Ground> = LazyLock::new(|| {
    let (base, new) = (shapes::oci_archive().to_tar(), shapes::attested().to_tar());
    let [old, wanted] = [&base, &new].map(|bytes| opened(bytes));
    let mut delta = Vec::new();
    let output = Output::Stream { label: "delta".into(), writer: Box::new(&mut delta) };
    create(&wanted, &[old], &options(), output).unwrap();
    let delta = [Files::from_tar_bytes(&delta)];
    Ground { base, new, delta }
});

fn opened(bytes: &[u8]) -> Image {
    open(bytes, Access::Random).unwrap()
}

fn options() -> DeltaOptions {
    DeltaOptions { jobs: 1, limits: limits(), ..DeltaOptions::default() }
}

pub fn target(data: &[u8]) {
    let mut bytes = Bytes(data);
    let is_recipe = bytes.below(2) == 1;
    let mut files = program::run(&mut bytes, &GROUND.delta);
    if is_recipe {
        change_recipe(&mut files, &mut bytes);
    }
    let is_sound = files == GROUND.delta[0];
    let bytes = program::written(&files, &mut bytes);
    let Ok(delta) = open(&bytes, Access::Random) else { return };
    if let Ok(report) = show(&delta, &options()) {
        reports::text(&render::delta(&report, Detail::default()));
        reports::json(&report);
    }
    let named = named_digest(&files);
    let room = tempfile::tempdir().unwrap();
    let target = room.path().join("new.tar");
    let base = open(&GROUND.base, Access::Random).unwrap();
    match apply(&delta, &[base], &options(), Output::Path(target.clone())) {
        Ok(_) => {
            let made = std::fs::read(&target);
            assert_eq!(std::fs::read_dir(room.path()).unwrap().count(), 1);
            match (made, named) {
                (Ok(made), Some(named)) => assert_eq!(Algorithm::Sha256.digest(&made).as_str(), named),
                (made, named) => panic!("applied, with the named digest {named:?}: {made:?}"),
            }
        }
        Err(error) => {
            reports::error(&error);
            let left: Vec<_> = std::fs::read_dir(room.path()).unwrap().collect();
            assert!(left.is_empty(), "{error}, and yet there is {left:?}");
            assert!(!is_sound || bytes != files.to_tar(), "a sound delta is refused: {error}");
        }
    }
    if is_sound && target.exists() {
        assert!(std::fs::read(&target).unwrap() == GROUND.new);
    }
}

/// What the delta says it makes, to a reader that takes the last of repeated keys and members.
fn named_digest(files: &Files) -> Option<String> {
    let document = files.members().iter().rev().find(|member| member.name == DOCUMENT)?;
    let Kind::File(content) = &document.kind else { return None };
    let document: serde_json::Value = serde_json::from_slice(content).ok()?;
    Some(document["target"]["digest"].as_str()?.to_owned())
}

/// Changes a line of the recipe itself; its digest in the document follows.
fn change_recipe(files: &mut Files, bytes: &mut Bytes<'_>) {
    let Some(at) = files.members().iter().position(|member| member.name == RECIPE) else { return };
    let Kind::File(content) = &files.members()[at].kind else { return };
    let Ok(text) = zstd::decode_all(Cursor::new(content)) else { return };
    let mut lines: Vec<Vec<u8>> = text.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    if lines.is_empty() {
        return;
    }
    let line = bytes.below(lines.len());
    match bytes.below(4) {
        0 => drop(lines.remove(line)),
        1 => lines.push(lines[line].clone()),
        2 => {
            let other = bytes.below(lines.len());
            lines.swap(line, other);
        }
        _ => lines[line] = program::spliced(&lines[line], bytes),
    }
    let changed = zstd::encode_all(Cursor::new(lines.concat()), 1).unwrap();
    program::replace_named_elsewhere(files, at, changed);
}
