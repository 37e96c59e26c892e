//! What a member is, in each format.

use std::io::Read;

use super::build::{Archive, GNU, Head, V7, record};
use super::*;
use crate::limits::LimitReached;

fn only(bytes: &[u8]) -> Member {
    let mut index = index_both(bytes, &Limits::default());
    assert_eq!(index.members.len(), 1, "{:?}", index.problems);
    index.members.remove(0)
}

#[test]
fn kinds() {
    let table = [
        (b'0', "f", EntryKind::File),
        (0, "f", EntryKind::File),
        (0, "d/", EntryKind::Directory),
        (b'0', "f/", EntryKind::File),
        (b'1', "h", EntryKind::HardLink),
        (b'2', "s", EntryKind::SymbolicLink),
        (b'3', "c", EntryKind::CharDevice),
        (b'4', "b", EntryKind::BlockDevice),
        (b'5', "d", EntryKind::Directory),
        (b'6', "p", EntryKind::Fifo),
        (b'7', "f", EntryKind::File),
        (b'S', "s", EntryKind::Other(b'S')),
        (b'V', "volume", EntryKind::Other(b'V')),
        (b'M', "part", EntryKind::Other(b'M')),
        (b'Z', "z", EntryKind::Other(b'Z')),
    ];
    for (type_flag, name, kind) in table {
        assert_eq!(only(&Archive::default().head(&Head::new(type_flag, name)).end()).kind, kind, "{type_flag} {name}");
    }
}

#[test]
fn content_of_other_types_is_passed_over() {
    let bytes = Archive::default()
        .head(&Head::new(b'M', "part").size(600))
        .content(&[9; 600])
        .head(&Head::new(b'V', "volume"))
        .file("f", b"x")
        .end();
    let index = index_both(&bytes, &Limits::default());
    assert_eq!(index.members.iter().map(|m| m.offset).collect::<Vec<_>>(), [512, 2048, 2560]);
    let unknown = |type_flag: u8| ProblemKind::UnknownType { type_flag };
    assert_eq!(
        index.problems.into_iter().map(|problem| problem.kind).collect::<Vec<_>>(),
        [unknown(b'M'), unknown(b'V')]
    );
}

#[test]
fn names_in_each_format() {
    let long = "n".repeat(300);
    let table: Vec<(&str, Archive, String)> = vec![
        ("v7", Archive::default().head(&Head::new(0, "name").magic(V7).patch(345, "no/prefix")), "name".into()),
        ("ustar", Archive::default().head(&Head::new(b'0', "name").patch(345, "the/prefix")), "the/prefix/name".into()),
        ("gnu", Archive::default().head(&Head::new(b'0', "name").magic(GNU).patch(345, "00000000000")), "name".into()),
        ("no NUL", Archive::default().head(&Head::new(b'0', "n".repeat(100))), "n".repeat(100)),
        ("long", Archive::default().extension(b'L', format!("{long}\0").as_bytes()).file("short", b""), long.clone()),
        ("long without NUL", Archive::default().extension(b'L', long.as_bytes()).file("short", b""), long.clone()),
        ("pax", Archive::default().pax(&[("path", &long)]).file("short", b""), long.clone()),
        (
            "pax over prefix",
            { Archive::default().pax(&[("path", "p")]).head(&Head::new(b'0', "name").patch(345, "prefix")) },
            "p".into(),
        ),
        (
            "gnu over pax",
            Archive::default().extension(b'L', b"gnu\0").pax(&[("path", "pax")]).file("short", b""),
            "gnu".into(),
        ),
        ("pax taken back", Archive::default().pax(&[("path", "p"), ("path", "")]).file("kept", b""), "kept".into()),
        (
            "sparse",
            Archive::default()
                .pax(&[("path", "GNUSparseFile.1/s"), ("GNU.sparse.map", "0,1"), ("GNU.sparse.name", "s")])
                .file("x", b""),
            "s".into(),
        ),
        ("a sparse name alone", Archive::default().pax(&[("GNU.sparse.name", "s")]).file("x", b""), "x".into()),
    ];
    for (format, archive, name) in table {
        assert_eq!(only(&archive.end()).show_name(), name, "{format}");
    }
}

#[test]
fn links_in_each_format() {
    let long = "t".repeat(300);
    let link = Head::new(b'2', "l").link("target");
    let table = [
        (Archive::default().head(&link), "target"),
        (Archive::default().extension(b'K', format!("{long}\0").as_bytes()).head(&link), long.as_str()),
        (Archive::default().pax(&[("linkpath", &long)]).head(&link), long.as_str()),
        (Archive::default().head(&Head::new(b'0', "f").link("ignored")), ""),
    ];
    for (archive, target) in table {
        assert_eq!(only(&archive.end()).link_name(), target.as_bytes());
    }
}

#[test]
fn numbers_and_owners() {
    let head = Head::new(b'3', "dev")
        .patch(100, b"0020666\0")
        .patch(108, b"0001750\0")
        .patch(116, [0x80, 0, 0, 0, 0, 0x20, 0, 1])
        .patch(136, [0xff; 12])
        .patch(265, b"root")
        .patch(297, b"wheel")
        .patch(329, b"0000001\0")
        .patch(337, b"0000003\0");
    let member = only(&Archive::default().head(&head).end());
    assert_eq!((member.mode, member.uid, member.gid, member.mtime), (0o20666, 0o1750, 0x20_0001, -1));
    assert_eq!(member.device(), Some((1, 3)));
    assert_eq!(member.owner.as_deref(), Some(&Owner { user: (*b"root").into(), group: (*b"wheel").into() }));

    let records = [("uid", "70000000000"), ("gid", "5"), ("mtime", "12.25"), ("uname", "nobody"), ("gname", "")];
    let member = only(&Archive::default().pax(&records).head(&head).end());
    assert_eq!((member.uid, member.gid, member.mtime, member.mtime_nanos()), (70_000_000_000, 5, 12, 250_000_000));
    assert_eq!(member.owner.as_deref(), Some(&Owner { user: (*b"nobody").into(), group: (*b"wheel").into() }));
}

#[test]
fn attributes_are_kept_on_request() {
    let bytes =
        Archive::default().extension(b'x', &record("SCHILY.xattr.security.capability", &[1, 0, 2])).file("a", b"");
    let bytes = bytes.end();
    for keep in [false, true] {
        let feed = StreamFeed::new(bytes.as_slice());
        let member = TarReader::new(feed, &Limits::default()).as_layer(keep).next_member().unwrap().unwrap();
        let expected = Xattr { name: (*b"security.capability").into(), value: [1, 0, 2].into() };
        assert_eq!(member.xattrs(), if keep { vec![expected] } else { vec![] });
    }
}

#[test]
fn a_sparse_map_stands_before_the_content() {
    let mut more = [0; 512];
    more[504] = 1;
    let bytes = Archive::default()
        .head(&Head::new(b'S', "s").magic(GNU).size(5).patch(482, [1]))
        .raw(&more)
        .raw(&[0; 512])
        .content(b"piece")
        .file("next", b"")
        .end();
    let index = index_both(&bytes, &Limits::default());
    assert_eq!((index.members[0].offset, index.members[0].size), (1536, 5));
    assert_eq!(&*index.members[1].name, b"next");

    let cut = index_both(&bytes[..1100], &Limits::default());
    assert_eq!(cut.problems[1].kind, ProblemKind::Truncated { expected: 1024, found: 588 });
    let endless = [Head::new(b'S', "s").magic(GNU).patch(482, [1]).block().to_vec(), more.repeat(3000)].concat();
    assert!(matches!(
        index_both(&endless, &Limits::default()).problems[1].kind,
        ProblemKind::ExtensionOverLimit { reached: LimitReached { name: "pax-bytes", .. }, .. }
    ));
}

#[test]
fn content_is_read_where_the_walk_stands() {
    let bytes = Archive::default().file("a", b"first").file("b", &[7; 1000]).file("c", b"last").end();
    let mut reader = TarReader::new(StreamFeed::new(bytes.as_slice()), &Limits::default());
    let mut read = Vec::new();
    while let Some(member) = reader.next_member().unwrap() {
        // Of the second only a part is read.
        let wanted = if &*member.name == b"b" { 10 } else { u64::MAX };
        (&mut reader).take(wanted).read_to_end(&mut read).unwrap();
    }
    assert_eq!(read, [b"first".as_slice(), &[7; 10], b"last"].concat());
    assert_eq!(reader.problems(), []);
    assert!(reader.next_member().unwrap().is_none(), "stays at the end");
}

#[test]
fn members_stay_small() {
    assert!(size_of::<Member>() <= 96, "{}", size_of::<Member>());
}
