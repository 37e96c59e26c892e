use std::io::{Read as _, Write as _};

use proptest::prelude::*;
use tar_core::parse::{Limits as TheirLimits, ParseEvent, Parser};

use super::*;
use crate::limits::Limits;
use crate::tar_index::{EntryKind, Member, StreamFeed, TarReader, Xattr};

fn append(tar: &mut LayerTar<Vec<u8>>, entry: &TarEntry<'_>, content: &[u8]) -> io::Result<()> {
    tar.begin(entry)?;
    tar.write_all(content)
}

/// What another archive says.
fn of_member(member: &Member) -> TarEntry<'_> {
    let (user, group) = member.owner.as_ref().map_or((&[][..], &[][..]), |owner| (&owner.user, &owner.group));
    TarEntry {
        name: &member.name,
        kind: member.kind,
        link: member.link_name(),
        mode: member.mode,
        uid: member.uid,
        gid: member.gid,
        user,
        group,
        mtime: member.mtime,
        mtime_nanos: member.mtime_nanos(),
        size: member.size,
        device: member.device().unwrap_or_default(),
        xattrs: member.xattrs(),
    }
}

fn archive(entries: &[(TarEntry<'_>, &[u8])]) -> Vec<u8> {
    let mut tar = LayerTar::new(Vec::new());
    for (entry, content) in entries {
        append(&mut tar, entry, content).unwrap();
    }
    tar.finish().unwrap()
}

/// The members of an archive with their content; it has nothing that is wrong.
fn members(bytes: &[u8]) -> Vec<(Member, Vec<u8>)> {
    let mut reader = TarReader::new(StreamFeed::new(bytes), &Limits::default()).as_layer(true);
    let mut members = Vec::new();
    while let Some(member) = reader.next_member().unwrap() {
        let mut content = Vec::new();
        reader.read_to_end(&mut content).unwrap();
        members.push((member, content));
    }
    assert_eq!(reader.problems(), []);
    members
}

fn xattr(name: &[u8], value: &[u8]) -> Xattr {
    Xattr { name: name.into(), value: value.into() }
}

/// The keys of the PAX records of the only entry.
fn records(bytes: &[u8]) -> String {
    if bytes[156] != b'x' {
        return String::new();
    }
    let size = usize::from_str_radix(std::str::from_utf8(&bytes[124..135]).unwrap(), 8).unwrap();
    tar_core::PaxExtensions::new(&bytes[512..512 + size])
        .map(|record| record.unwrap())
        .map(|record| format!("{}={}\n", record.key().unwrap(), record.value_bytes().escape_ascii()))
        .collect()
}

#[test]
fn what_does_not_fit_a_header_is_a_record() {
    let (fits, long) = ([&[b'd'; 155][..], b"/", &[b'n'; 100]].concat(), [b'n'; 101]);
    let file = TarEntry::new(b"file", EntryKind::File, 0o644);
    let link = TarEntry { link: b"target", ..TarEntry::new(b"link", EntryKind::SymbolicLink, 0o777) };
    let directory = TarEntry::new(b"dir", EntryKind::Directory, 0o755);
    let device = TarEntry { device: (8, 1), ..TarEntry::new(b"dev", EntryKind::BlockDevice, 0o660) };
    for (entry, name, expected) in [
        (file, &b"file"[..], String::new()),
        (TarEntry { name: "\u{e9}".as_bytes(), ..file }, "\u{e9}".as_bytes(), String::new()),
        (TarEntry { name: b"\xff", mode: 0o107_755, ..file }, b"\xff", String::new()),
        (TarEntry { name: &fits, ..file }, &fits, String::new()),
        (TarEntry { name: &long, ..file }, &long, format!("path={}\n", "n".repeat(101))),
        (TarEntry { name: &[0xff; 101], ..file }, &[0xff; 101], format!("path={}\n", r"\xff".repeat(101))),
        (directory, b"dir/", String::new()),
        (TarEntry { name: b"", ..directory }, b"./", String::new()),
        (TarEntry { name: &long[..99], ..directory }, &[&long[..99], b"/"].concat(), String::new()),
        (
            TarEntry { name: &long[..100], ..directory },
            &[&long[..100], b"/"].concat(),
            format!("path={}/\n", "n".repeat(100)),
        ),
        (link, b"link", String::new()),
        (TarEntry { link: &fits, ..link }, b"link", format!("linkpath={}\n", fits.escape_ascii())),
        (TarEntry { kind: EntryKind::HardLink, size: 7, ..link }, b"link", String::new()),
        (device, b"dev", String::new()),
        (TarEntry { device: (0xffff_ffff, 1 << 21), ..device }, b"dev", String::new()),
        (TarEntry { kind: EntryKind::Fifo, ..file }, b"file", String::new()),
        (TarEntry { uid: 0o777_7777, gid: 1 << 21, ..file }, b"file", "gid=2097152\n".to_owned()),
        (TarEntry { uid: u64::from(u32::MAX), ..file }, b"file", "uid=4294967295\n".to_owned()),
        (TarEntry { user: b"root", group: &long[..32], ..file }, b"file", format!("gname={}\n", "n".repeat(32))),
        (TarEntry { mtime: 1 << 33, ..file }, b"file", "mtime=8589934592\n".to_owned()),
        (TarEntry { mtime: -1, ..file }, b"file", "mtime=-1\n".to_owned()),
        (TarEntry { mtime: -1, mtime_nanos: 750_000_000, ..file }, b"file", "mtime=-0.25\n".to_owned()),
        (TarEntry { mtime: -2, mtime_nanos: 1, ..file }, b"file", "mtime=-1.999999999\n".to_owned()),
        (TarEntry { mtime: 7, mtime_nanos: 10, ..file }, b"file", "mtime=7.00000001\n".to_owned()),
        (
            TarEntry { xattrs: &[xattr(b"user.b", b"\0=\n\xff"), xattr(b"user.a", b"")], ..file },
            b"file",
            "SCHILY.xattr.user.a=\nSCHILY.xattr.user.b=\\x00=\\n\\xff\n".to_owned(),
        ),
        (
            TarEntry { xattrs: &[xattr(b"user.a", b"1"), xattr(b"user.a", b"2")], ..file },
            b"file",
            "SCHILY.xattr.user.a=2\n".to_owned(),
        ),
    ] {
        let bytes = archive(&[(entry, b"")]);
        assert_eq!(records(&bytes), expected, "{entry:?}");
        let read = members(&bytes);
        let [(member, _)] = &read[..] else { panic!("{read:?}") };
        assert_eq!(member.name.escape_ascii().to_string(), name.escape_ascii().to_string());
        assert_same(&entry, member);
    }
}

/// What was read is what was written, but for the name's form.
fn assert_same(entry: &TarEntry<'_>, member: &Member) {
    let read = of_member(member);
    let is_link = matches!(entry.kind, EntryKind::SymbolicLink | EntryKind::HardLink);
    let is_device = matches!(entry.kind, EntryKind::CharDevice | EntryKind::BlockDevice);
    let xattrs: Vec<Xattr> = entry.distinct_xattrs().unwrap().into_iter().cloned().collect();
    let expected = TarEntry {
        name: read.name,
        link: if is_link { entry.link } else { b"" },
        mode: entry.mode & 0o7777,
        size: entry.content_size(),
        device: if is_device { entry.device } else { (0, 0) },
        xattrs: &xattrs,
        ..*entry
    };
    assert_eq!(format!("{read:?}"), format!("{expected:?}"));
}

#[test]
fn content_has_its_size() {
    let entry = TarEntry { size: 3, ..TarEntry::new(b"file", EntryKind::File, 0o644) };
    let content = |content: &[u8]| {
        let mut tar = LayerTar::new(Vec::new());
        append(&mut tar, &entry, content).and_then(|()| tar.finish()).map_err(|error| error.to_string())
    };
    assert_eq!(members(&content(b"abc").unwrap())[0].1, b"abc");
    assert_eq!(content(b"ab").unwrap_err(), "the content is shorter than its size");
    assert_eq!(content(b"abcd").unwrap_err(), "the content is longer than its size");
    let mut pieces = LayerTar::new(Vec::new());
    pieces.begin(&entry).unwrap();
    pieces.write_all(b"a").unwrap();
    pieces.write_all(b"bc").unwrap();
    assert_eq!(pieces.finish().unwrap(), content(b"abc").unwrap());
    let mut short = LayerTar::new(Vec::new());
    short.begin(&entry).unwrap();
    assert!(short.begin(&entry).is_err());
    assert!(short.finish().is_err());
}

#[test]
fn the_size_of_a_large_file_is_a_record() {
    let entry = TarEntry { size: 1 << 33, ..TarEntry::new(b"large", EntryKind::File, 0o644) };
    let mut tar = LayerTar::new(Vec::new());
    tar.begin(&entry).unwrap();
    assert_eq!(records(&tar.writer), "size=8589934592\n");
    let mut reader = TarReader::new(StreamFeed::new(&*tar.writer), &Limits::default());
    assert_eq!(reader.next_member().unwrap().unwrap().size, 1 << 33);
}

#[test]
fn refused_entries() {
    let file = TarEntry::new(b"file", EntryKind::File, 0o644);
    let link = TarEntry::new(b"link", EntryKind::HardLink, 0o644);
    for entry in [
        TarEntry { name: b"", ..file },
        TarEntry { name: b"a\0b", ..file },
        TarEntry { kind: EntryKind::Other(b'V'), ..file },
        TarEntry { user: b"\0", ..file },
        link,
        TarEntry { link: b"a\0", ..link },
        TarEntry { xattrs: &[xattr(b"a=b", b"")], ..file },
        TarEntry { xattrs: &[xattr(b"", b"")], ..file },
        TarEntry { kind: EntryKind::CharDevice, device: (1 << 32, 0), ..file },
    ] {
        let mut tar = LayerTar::new(Vec::new());
        assert!(tar.begin(&entry).is_err(), "{entry:?}");
        assert_eq!(tar.finish().unwrap(), END, "{entry:?}");
    }
}

/// What an entry is made from.
type Parts = (Vec<u8>, Vec<u8>, EntryKind, (u32, u64, u64), (i64, u32), Vec<Xattr>, Vec<u8>);

fn parts() -> impl Strategy<Value = Parts> {
    use EntryKind::{BlockDevice, CharDevice, Directory, Fifo, File, HardLink, SymbolicLink};
    let kinds = vec![File, File, File, HardLink, SymbolicLink, Directory, CharDevice, BlockDevice, Fifo];
    let name = || prop::collection::vec(prop_oneof![Just(b'/'), b'a'..=b'z', 1..=u8::MAX], 1..300);
    let xattr = ("[a-z.%]{1,9}", prop::collection::vec(any::<u8>(), 0..40))
        .prop_map(|(name, value)| xattr(name.as_bytes(), &value));
    (
        name().prop_filter("a file has no slash behind its name", |name| !name.ends_with(b"/")),
        name(),
        prop::sample::select(kinds),
        (0..0o10000_u32, 0..1_u64 << 40, 0..1_u64 << 32),
        (-(1_i64 << 40)..1 << 40, prop_oneof![Just(0), 0..1_000_000_000_u32]),
        prop::collection::vec(xattr, 0..4),
        prop::collection::vec(any::<u8>(), 0..1600),
    )
}

fn entry((name, link, kind, (mode, uid, gid), (mtime, mtime_nanos), xattrs, content): &Parts) -> TarEntry<'_> {
    let size = if *kind == EntryKind::File { content.len() as u64 } else { 0 };
    let device = (u64::from(*mode), u64::from(*mtime_nanos & 0xf_ffff));
    TarEntry {
        link,
        uid: *uid,
        gid: *gid,
        mtime: *mtime,
        mtime_nanos: *mtime_nanos,
        size,
        device,
        xattrs,
        ..TarEntry::new(name, *kind, *mode)
    }
}

/// Whether another parser reads the same.
fn assert_theirs(bytes: &[u8], ours: &[(Member, Vec<u8>)]) {
    // It has no negative times, and passes over them when it is permissive.
    let mut parser = Parser::new(TheirLimits::permissive());
    parser.set_ignore_pax_errors(true);
    let mut at = 0;
    for (member, content) in ours {
        let ParseEvent::Entry { consumed, entry } = parser.parse(&bytes[at..]).unwrap() else { panic!("no entry") };
        at += consumed;
        assert_eq!(entry.path, &*member.name);
        assert_eq!(entry.link_target.as_deref().unwrap_or_default(), member.link_name());
        assert_eq!((entry.mode, entry.uid, entry.gid), (member.mode, member.uid, member.gid));
        assert_eq!(entry.mtime.cast_signed(), member.mtime.max(0));
        let xattrs = entry.xattrs.iter().map(|(name, value)| xattr(name, value)).collect::<Vec<_>>();
        assert_eq!(xattrs, member.xattrs());
        assert_eq!(&bytes[at..at + entry.size as usize], content);
        at += entry.padded_size() as usize;
    }
    assert!(matches!(parser.parse(&bytes[at..]).unwrap(), ParseEvent::End { .. }));
}

proptest! {
    #[test]
    fn what_is_written_is_read(parts in prop::collection::vec(parts(), 0..8)) {
        let entries: Vec<(TarEntry<'_>, &[u8])> = parts
            .iter()
            .map(|parts| (entry(parts), if parts.2 == EntryKind::File { &*parts.6 } else { &[] }))
            .collect();
        let bytes = archive(&entries);
        let read = members(&bytes);
        prop_assert_eq!(read.len(), entries.len());
        for ((entry, content), (member, read)) in entries.iter().zip(&read) {
            assert_same(entry, member);
            let name = member.name.strip_suffix(b"/").filter(|_| entry.kind == EntryKind::Directory);
            prop_assert_eq!(name.unwrap_or(&member.name), entry.name);
            prop_assert_eq!(*content, &read[..]);
        }
        assert_theirs(&bytes, &read);
        // Written again from what was read, it is the same.
        let again: Vec<(TarEntry<'_>, &[u8])> =
            read.iter().map(|(member, content)| (of_member(member), &content[..])).collect();
        prop_assert_eq!(archive(&again), bytes);
    }
}
