//! Archives with some entries left out or changed, and all other bytes as they were.

use std::collections::BTreeMap;
use std::io::Write;

use super::change::{Change, Fate, Fates};
use super::copy::{Done, Failed, copy};
use crate::limits::Limits;
use crate::sink::{LayerTar, TarEntry};
use crate::tar_index::{EntryKind, StreamFeed, TarReader, Xattr};

const END: [u8; 1024] = [0; 1024];

/// The entries of an archive without its end: names that end in a slash are directories, names with `=` hard links, and
/// all others files with their name as content.
fn entries(names: &[&str]) -> Vec<u8> {
    let xattrs = [Xattr { name: b"user.x"[..].into(), value: b"y"[..].into() }];
    let mut tar = LayerTar::new(Vec::new());
    for name in names {
        let (name, link) = name.split_once('=').unwrap_or((name, ""));
        let kind = match name.ends_with('/') {
            true => EntryKind::Directory,
            false if !link.is_empty() => EntryKind::HardLink,
            false => EntryKind::File,
        };
        let size = if kind == EntryKind::File { name.len() as u64 } else { 0 };
        let entry = TarEntry {
            link: link.as_bytes(),
            size,
            mtime: 100,
            mtime_nanos: u32::from(name == "nanos"),
            xattrs: if name == "nanos" { &xattrs } else { &[] },
            ..TarEntry::new(name.as_bytes(), kind, 0o644)
        };
        tar.begin(&entry).unwrap();
        tar.write_all(&name.as_bytes()[..usize::try_from(size).unwrap()]).unwrap();
    }
    let mut bytes = tar.finish().unwrap();
    bytes.truncate(bytes.len() - END.len());
    bytes
}

fn archive(names: &[&str]) -> Vec<u8> {
    [entries(names), END.to_vec()].concat()
}

fn run(bytes: &[u8], change: &Change<'_>) -> Result<(Vec<u8>, Done), Failed> {
    let mut out = Vec::new();
    let done = copy(bytes, change, &Limits::default(), &mut out, false)?;
    let until_changed = copy(bytes, change, &Limits::default(), &mut Vec::new(), true)?;
    assert_eq!(done.is_nothing(), until_changed.is_nothing());
    Ok((out, done))
}

fn without(fates: &Fates) -> Change<'_> {
    Change { fates, owner: None, latest: None, folder: None }
}

fn gone() -> Fate {
    Fate::Gone { heir: None, directories: Vec::new() }
}

/// Name, kind, target and content of each entry.
fn listed(bytes: &[u8]) -> Vec<String> {
    let mut reader = TarReader::new(StreamFeed::new(bytes), &Limits::default()).as_layer(true);
    let mut lines = Vec::new();
    while let Some(member) = reader.next_member().unwrap() {
        let mut content = String::new();
        std::io::Read::read_to_string(&mut reader, &mut content).unwrap();
        let link = String::from_utf8_lossy(member.link_name()).into_owned();
        lines.push(format!("{} {} {link}{content}", member.show_name(), member.kind));
    }
    lines
}

/// A GNU long name before an entry, and a zero block before another.
fn unusual() -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(3);
    header.set_mtime(100);
    header.set_cksum();
    builder.append_data(&mut header, "long/".repeat(60) + "x", &b"abc"[..]).unwrap();
    let long = builder.into_inner().unwrap();
    [&entries(&["a"])[..], &[0; 512], &long].concat()
}

#[test]
fn what_no_change_names_keeps_its_bytes() {
    let far = Fates::new();
    let changes = [
        Change { fates: &far, owner: None, latest: Some(101), folder: None },
        Change { fates: &far, owner: Some((0, 0)), latest: None, folder: None },
        without(&far),
    ];
    let plain = archive(&["a/", "a/b", "nanos", "c=a/b"]);
    for bytes in [
        &plain[..],
        &plain[..plain.len() - 1024],
        &plain[..plain.len() - 512],
        &[plain.clone(), vec![0; 1 << 20]].concat(),
        &[plain.clone(), b"what is behind the end".to_vec()].concat(),
        &[plain.clone(), archive(&["stargz.index.json"])].concat(),
        &archive(&["a", "stargz.index.json"]),
        &unusual(),
        &END,
        &[],
    ] {
        for change in &changes {
            let (out, done) = match run(bytes, change) {
                Ok(copied) => copied,
                Err(Failed::Entry(name, reason)) => panic!("{}: {reason}", name.escape_ascii()),
                Err(Failed::Read(error) | Failed::Write(error)) => panic!("{}: {error}", bytes.len()),
                Err(Failed::Aside(error)) => panic!("{error}"),
            };
            assert!(out == bytes, "{change:?}: {} {}", out.len(), bytes.len());
            assert!(done.is_nothing());
        }
    }
}

#[test]
fn entries_go_with_their_content() {
    let names = ["a/", "a/b", "nanos", "c=a/b", "d"];
    for number in 0..names.len() {
        let fates: Fates = BTreeMap::from([(number as u32, gone())]);
        let mut left = names.to_vec();
        left.remove(number);
        let Ok((out, done)) = run(&archive(&names), &without(&fates)) else { panic!("{number}") };
        assert!(out == archive(&left), "{number}");
        assert_eq!(done, Done { gone: 1, changed: 0 });
    }
    let directories = vec![b"x".to_vec(), b"x/y".to_vec()];
    let fates: Fates = BTreeMap::from([(0, Fate::Gone { heir: None, directories })]);
    let Ok((out, _)) = run(&archive(&["x/y/z"]), &without(&fates)) else { panic!() };
    assert_eq!(listed(&out), ["x/ directory ", "x/y/ directory "]);
}

#[test]
fn the_content_goes_to_the_next_name() {
    let long = "long/".repeat(60) + "name";
    let heir = format!("{long}=nanos");
    let other = format!("z={long}");
    let names = ["a", "nanos", "b", &heir, "y=nanos", &other, "d"];
    let fates: Fates = BTreeMap::from([
        (1, Fate::Gone { heir: Some(3), directories: Vec::new() }),
        (3, Fate::Heir),
        (4, Fate::Linked(long.clone().into_bytes())),
    ]);
    let Ok((out, done)) = run(&archive(&names), &without(&fates)) else { panic!() };
    let expected = [
        "a file a".to_owned(),
        "b file b".to_owned(),
        format!("{long} file nanos"),
        format!("y hard link {long}"),
        format!("z hard link {long}"),
        "d file d".to_owned(),
    ];
    assert_eq!(listed(&out), expected);
    assert_eq!(done, Done { gone: 1, changed: 2 });
    let fates: Fates = BTreeMap::from([(0, Fate::Heir)]);
    assert!(matches!(run(&archive(&["a=b", "b"]), &without(&fates)), Err(Failed::Entry(..))));
}

#[test]
fn a_table_of_estargz_goes_when_it_is_wrong() {
    let fates: Fates = BTreeMap::from([(0, gone())]);
    for bytes in [
        archive(&["a", "b", "stargz.index.json"]),
        [archive(&["a", "b"]), archive(&["stargz.index.json"])].concat(),
        [archive(&["a", "b"]), vec![0; 9 << 20], archive(&["stargz.index.json"])].concat(),
    ] {
        let Ok((out, _)) = run(&bytes, &without(&fates)) else { panic!() };
        assert_eq!(listed(&out), ["b file b"]);
        assert!(!out.windows(17).any(|window| window == b"stargz.index.json") || bytes.len() > 9 << 20);
    }
    let other = [archive(&["a", "b"]), archive(&["c"])].concat();
    let Ok((out, _)) = run(&other, &without(&fates)) else { panic!() };
    assert!(out == [archive(&["b"]), archive(&["c"])].concat());
}

#[test]
fn headers_without_end_take_no_memory() {
    let limits = Limits { pax_bytes: 1024, name_bytes: 1024, ..Limits::default() };
    let nanos = entries(&["nanos"]);
    let (extension, own) = nanos.split_at(1024);
    let bytes = [extension.repeat(100), own.to_vec(), END.to_vec()].concat();
    let (none, fates) = (Fates::new(), BTreeMap::from([(0, gone())]));
    let mut out = Vec::new();
    assert!(copy(bytes.as_slice(), &without(&none), &limits, &mut out, false).is_ok());
    assert!(out == bytes);
    let failed = copy(bytes.as_slice(), &without(&fates), &limits, &mut Vec::new(), false);
    assert!(matches!(failed, Err(Failed::Entry(_, reason)) if reason.contains("longer than those")));
}

#[test]
fn writes_that_fail_are_told_from_reads() {
    let bytes = archive(&["a", "b"]);
    let none = Fates::new();
    for room in [0, 512, 1000, bytes.len() - 1] {
        let mut room = vec![0; room];
        let failed = copy(bytes.as_slice(), &without(&none), &Limits::default(), &mut room.as_mut_slice(), false);
        assert!(matches!(failed, Err(Failed::Write(_))), "{}", room.len());
    }
    let failed = copy(&bytes[..512], &without(&none), &Limits::default(), &mut Vec::new(), false);
    assert!(matches!(failed, Err(Failed::Read(_))));
}
