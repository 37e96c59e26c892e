//! Layers of few entries, and what is reported of each; layers on layers.

use super::super::outline::{Looks, OutlineRoom, above};
use super::*;
use crate::limits::Limits;
use crate::tar_index::{StreamFeed, TarReader};

/// Entries as `d NAME`, `f NAME`, `l NAME TARGET`, `h NAME TARGET`; a number behind a name is the mode.
fn layer(lines: &[&str]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for line in lines {
        let words: Vec<&str> = line.split(' ').collect();
        let mut header = tar::Header::new_ustar();
        header.as_old_mut().name[..words[1].len()].copy_from_slice(words[1].as_bytes());
        let (kind, mode) = match words[0] {
            "d" => (tar::EntryType::Directory, 0o755),
            "l" => (tar::EntryType::Symlink, 0o777),
            "h" => (tar::EntryType::Link, 0o644),
            "c" => (tar::EntryType::Char, 0o644),
            _ => (tar::EntryType::Regular, 0o644),
        };
        header.set_entry_type(kind);
        header.set_mode(words.get(3).map_or(mode, |mode| u32::from_str_radix(mode, 8).unwrap()));
        if let Some(target) = words.get(2) {
            header.as_old_mut().linkname[..target.len()].copy_from_slice(target.as_bytes());
        }
        header.set_device_major(0).unwrap();
        header.set_device_minor(if words[1] == "null" { 3 } else { 0 }).unwrap();
        header.set_size(0);
        header.set_cksum();
        builder.append(&header, std::io::empty()).unwrap();
    }
    builder.into_inner().unwrap()
}

fn finish(lines: &[&str], most: usize) -> (Vec<EntryConflict>, Outline) {
    let bytes = layer(lines);
    let mut tar = TarReader::new(StreamFeed::new(bytes.as_slice()), &Limits::default());
    let mut entries = LayerEntries::new(most);
    while let Some(member) = tar.next_member().unwrap() {
        entries.add(&member);
    }
    entries.finish()
}

#[test]
fn entries_that_conflict() {
    let twice = |name: &str| EntryConflict::Twice(name.into());
    let removed = |name: &str| EntryConflict::Removed(name.into());
    let doubt = |name: &str, doubt| EntryConflict::Doubtful(name.into(), doubt);
    for (lines, expected) in [
        (&["f a", "f b", "d d", "f d/a", "f da"][..], vec![]),
        (&["d d/", "f d/x", "d d/"], vec![twice("d/")]),
        (&["f a", "f ./a", "f b//c", "f b/c"], vec![twice("./a"), twice("b/c")]),
        (&["f .wh.a", "f a", "f d/.wh.b"], vec![]),
        (&["f d/a", "f a", "f d/.wh.a"], vec![removed("d/.wh.a")]),
        (&["d d/", "f d/x", "f .wh.d"], vec![removed(".wh.d")]),
        (&["f d/x", "f d/.wh..wh..opq", "f .wh..wh.plnk"], vec![]),
        (&["f .wh."], vec![doubt(".wh.", Doubt::HidesNothing)]),
        (&["f d/.wh..."], vec![doubt("d/.wh...", Doubt::HidesNothing)]),
        (&["f .wh.d", "d d/", "f d/x"], vec![doubt("d/", Doubt::BelowRemoved)]),
        (&["f .wh.d", "f d/x", "f d/y"], vec![doubt("d/x", Doubt::BelowRemoved)]),
        (&["d .wh.d", "f .wh.d/x"], vec![doubt(".wh.d/x", Doubt::BelowWhiteout)]),
        (&["f a", "f a/x"], vec![doubt("a/x", Doubt::BelowFile)]),
        (&["d b", "l a b", "f a/x", "h c b/x"], vec![]),
        (&["f b/y", "l a /b", "l c a", "f c/x"], vec![]),
        (&["l a b", "f a/x", "d b"], vec![doubt("a/x", Doubt::BelowLink)]),
        (&["d b", "l a b", "f a/.wh.x"], vec![doubt("a/.wh.x", Doubt::HidesBelowLink)]),
        (&["f d/x", "f .wh.d"], vec![removed(".wh.d")]),
        (&["f d/.wh.x", "f .wh.d"], vec![removed(".wh.d")]),
        (&["f d/.wh.x", "h a d/.wh.x"], vec![doubt("a", Doubt::LinkTarget)]),
        (&["f x/../a"], vec![doubt("x/../a", Doubt::Climbs)]),
        (&["d ./", "f a"], vec![]),
        (&["l . /etc"], vec![doubt(".", Doubt::Root)]),
        (&["c null", "c a"], vec![doubt("a", Doubt::Device)]),
        (&["f a", "h b a", "h c ../x/../b", "h d /a"], vec![]),
        (&["l a x", "h b a"], vec![]),
        (&["d d", "f d/a", "l s d", "h b s/a"], vec![]),
        (&["h b a", "f a"], vec![doubt("b", Doubt::LinkTarget)]),
        (&["d a", "h b a"], vec![doubt("b", Doubt::LinkTarget)]),
        (&["h a a"], vec![doubt("a", Doubt::LinkTarget)]),
        (&["f a", "h b a 4755"], vec![doubt("b", Doubt::LinkAttributes)]),
    ] {
        assert_eq!(finish(lines, 10).0, expected, "{lines:?}");
    }
    let reached = LimitReached { name: "entries", limit: 2 };
    assert_eq!(finish(&["f a", "f b", "f c", "f a"], 2).0, [EntryConflict::TooMany(reached)]);
}

#[test]
fn long_names_are_cut() {
    assert_eq!(&*shown(b"a\xff"), "a\\xff");
    assert!(shown(&[b'a'; 60_000]).len() < 2_000);
}

#[test]
fn layers_on_layers() {
    let told = |layers: &[&[&str]]| {
        let outlines: Vec<Outline> = layers.iter().map(|lines| finish(lines, 100).1).collect();
        let outlines: Vec<Option<&Outline>> = outlines.iter().map(Some).collect();
        let mut told = Vec::new();
        let mut looks = Looks::new(&Limits::default());
        let ended = above(&outlines, &mut looks, &mut |layer, name, _| told.push(format!("{layer} {name}")));
        assert_eq!(ended, Ok(()));
        told
    };
    for (layers, expected) in [
        (&[&["l lib usr/lib"][..], &["f lib/x", "f lib/y/z"]][..], &["1 lib"][..]),
        (&[&["l lib usr/lib"], &["d lib/", "f lib/x"]], &[]),
        (&[&["l lib usr/lib"], &["d lib/"], &["f lib/x"]], &[]),
        (&[&["l lib usr/lib"], &["f .wh.lib"], &["f lib/x"]], &[]),
        (&[&["l lib usr/lib"], &["f lib/x"], &["f lib/y"]], &["1 lib"]),
        (&[&["l lib usr/lib"], &["f x"], &["f lib/.wh.a"]], &["2 lib"]),
        (&[&["d d", "f d/x"], &["f d/y"]], &[]),
        (&[&["f a"], &["f a/b"]], &["1 a"]),
        (&[&["f a"], &["f a/b/c"]], &["1 a"]),
        (&[&["f a"], &["d a", "f a/b"]], &[]),
        (&[&["f a"], &["d a", "f a/b/c"]], &["1 a/b"]),
        (&[&["f a"], &["d a"], &["f a/b"]], &[]),
        (&[&["f a"], &["f x"], &["f a/.wh.b"]], &["2 a"]),
        (&[&["d d", "d d/e", "f d/e/f"], &["f .wh.d"], &["f d/e/g"]], &["2 d/e"]),
        (&[&["d d", "d d/e", "f d/e/f"], &["f .wh.d"], &["d d", "d d/e", "f d/e/g"]], &[]),
        (&[&["d d", "d d/e", "f d/e/f"], &["f .wh.d"], &["d d", "d d/e"], &["f d/e/g"]], &[]),
        (&[&["d d", "f d/f"], &["f .wh.d"], &["f d/g"]], &[]),
        (&[&["d tmp - 1777"], &["f tmp/y"]], &["1 tmp"]),
        (&[&["d tmp - 1777"], &["d tmp", "f tmp/y"]], &[]),
        (&[&["f .wh..wh..opq"], &["f x"]], &[]),
        (&[&["f x"], &["f .wh..wh..opq"]], &["1 .wh..wh..opq"]),
    ] {
        assert_eq!(told(layers), expected, "{layers:?}");
    }
}

#[test]
fn more_layers_than_can_be_compared() {
    let lower = finish(&["d a", "d b", "l c x"], 100).1;
    let upper = finish(&["f a/x", "f b/x"], 100).1;
    let ends = |lower: &Outline, upper: &Outline, entries| {
        let limits = Limits { entries, ..Limits::default() };
        above(&[Some(lower), Some(lower), Some(upper)], &mut Looks::new(&limits), &mut |_, _, _| {})
    };
    assert_eq!(ends(&lower, &upper, 1), Ok(()));
    assert_eq!(ends(&lower, &upper, 0), Err(2));
    for (entries, is_short) in [(28, false), (27, true)] {
        let room = OutlineRoom::new(&Limits { entries, ..Limits::default() });
        let (mut lower, mut upper) = (lower.clone(), upper.clone());
        room.keep(&mut lower);
        room.keep(&mut upper);
        assert_eq!(room.is_short(), is_short);
        assert_eq!(ends(&lower, &upper, 100).is_err(), is_short);
    }
    assert_eq!(ends(&finish(&["d a", "d b", "d c"], 16).1, &upper, 100), Err(2));
}
