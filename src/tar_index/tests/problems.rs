//! Each problem, raised by an archive made for it.

use super::build::{Archive, GNU, Head, record};
use super::*;
use crate::limits::LimitReached;
use ProblemKind::{
    ContiguousMember, DanglingExtension, EndMissing, EntriesAfterEnd, ExtensionEmpty, ExtensionInterrupted,
    ExtensionOverLimit, ExtensionRepeated, FieldMalformed, FileNamedFolder, HeaderMalformed, LoneZeroBlock,
    NameConflict, NameEmpty, NumberDoubtful, PaxDuplicateKey, PaxGlobal, PaxMalformed, PrefixDoubtful, SizeConflict,
    SizeUnexpected, SolarisExtension, SparseDoubtful, SparseMember, TrailingData, Truncated, UnknownType, ZeroPadding,
};

fn limit(name: &'static str, limit: u64) -> LimitReached {
    LimitReached { name, limit }
}

fn names(index: &Index) -> Vec<String> {
    index.members.iter().map(|member| member.show_name().into_owned()).collect()
}

#[test]
fn a_good_archive_has_none() {
    let archive = Archive::default().head(&Head::new(b'5', "blobs/")).file("a", b"content").file("b", &[1; 512]);
    assert_eq!(problems_of(&archive.clone().end()), []);
    // Padded to tar's record.
    let mut padded = archive.end();
    padded.resize(10_240, 0);
    assert_eq!(problems_of(&padded), []);
}

#[test]
fn each_problem_is_raised() {
    let a = || Archive::default().file("a", b"content");
    let pax = |records: &[(&str, &str)]| Archive::default().pax(records).file("a", b"content").end();
    let broken = |body: &[u8]| Archive::default().extension(b'x', body).file("a", b"content").end();
    let malformed = |what: &str| vec![PaxMalformed { what: what.into() }];
    let unknown = |type_flag: u8| vec![UnknownType { type_flag }];
    let mut wrong_sum = a().end();
    wrong_sum[3] = b'x';
    let late = a().end();
    let eight_gib = (1_u64 << 33).to_string();
    let two_paths = [record("path", b"one"), record("path", b"two")].concat();

    let table: Vec<(&str, Vec<u8>, Vec<ProblemKind>)> = vec![
        ("content cut", a().0[..514].to_vec(), vec![Truncated { expected: 7, found: 2 }]),
        ("header cut", a().0[..100].to_vec(), vec![Truncated { expected: 512, found: 100 }]),
        ("pax cut", pax(&[("path", "p")])[..515].to_vec(), vec![Truncated { expected: 9, found: 3 }]),
        ("no end", a().0, vec![EndMissing]),
        ("no end, no padding", a().0[..519].to_vec(), vec![EndMissing]),
        ("nothing", Vec::new(), vec![EndMissing]),
        ("a few zeros for an end", a().raw(&[0; 100]).0, vec![EndMissing]),
        ("half an end", a().raw(&[0; 512]).0, vec![LoneZeroBlock { after: After::Nothing }]),
        ("most of an end", a().raw(&[0; 1000]).0, vec![LoneZeroBlock { after: After::Nothing }]),
        ("zero block between", a().raw(&[0; 512]).file("b", b"").end(), vec![LoneZeroBlock { after: After::Member }]),
        ("zero block, noise", a().raw(&[0; 512]).raw(&[7; 600]).0, vec![LoneZeroBlock { after: After::Data }]),
        ("zero block, a byte", a().raw(&[0; 512]).raw(b"x").0, vec![LoneZeroBlock { after: After::Data }]),
        (
            "two archives",
            Archive(late.clone()).file("hidden", b"").end(),
            vec![EntriesAfterEnd { first: b"hidden".as_slice().into() }],
        ),
        (
            "an archive behind a record",
            Archive(late.clone()).raw(&vec![0; 10_240 - late.len()]).file("hidden", b"").end(),
            vec![EntriesAfterEnd { first: b"hidden".as_slice().into() }],
        ),
        ("noise behind", [late.clone(), vec![9; 700]].concat(), vec![TrailingData { bytes: 700 }]),
        ("a byte behind zeros", [late.clone(), vec![0; 700], vec![9, 0, 0]].concat(), vec![TrailingData { bytes: 3 }]),
        (
            "zeros behind",
            [late.clone(), vec![0; 20_000]].concat(),
            vec![ZeroPadding { bytes: 20_000 + 2048 - 10_240, examined: true }],
        ),
        ("pax size", pax(&[("size", "5")]), vec![SizeConflict { pax: 5, header: 7 }]),
        (
            "pax size, header 0",
            Archive::default().pax(&[("size", "7")]).head(&Head::new(b'0', "a")).content(b"content").end(),
            vec![SizeConflict { pax: 7, header: 0 }],
        ),
        (
            "pax size too large for a header that has another",
            pax(&[("size", &eight_gib)]),
            vec![SizeConflict { pax: 1 << 33, header: 7 }, Truncated { expected: 1 << 33, found: 512 + 1024 }],
        ),
        (
            "a directory's size",
            Archive::default().head(&Head::new(b'5', "d/").size(512)).end(),
            vec![SizeUnexpected { size: 512 }],
        ),
        (
            "a link's pax size",
            {
                let archive = Archive::default().pax(&[("size", "9")]);
                archive.head(&Head::new(b'2', "l").link("t")).end()
            },
            vec![SizeUnexpected { size: 9 }],
        ),
        (
            "two long names",
            Archive::default().extension(b'L', b"gnu\0").pax(&[("path", "pax")]).file("a", b"").end(),
            vec![NameConflict { pax: b"pax".as_slice().into() }],
        ),
        ("a word for a length", broken(b"x path=a\n"), malformed("a record whose length is not a number")),
        ("no length", broken(b"path=a\n"), malformed("a record without a length")),
        ("length over the end", broken(b"99 path=a\n"), malformed("a record longer than the header")),
        (
            "length over everything",
            broken(b"9223372036854775808 path=a\n"),
            malformed("a record whose length is not a number"),
        ),
        (
            "no newline there",
            broken(b"9 path=abc\n"),
            malformed("a record that does not end in a newline where its length says"),
        ),
        (
            "length within itself",
            broken(b"1 path=a\n"),
            malformed("a record that does not end in a newline where its length says"),
        ),
        ("no equals sign", broken(b"8 paths\n"), malformed("a record without `=`")),
        ("no key", broken(b"6 =ab\n"), malformed("a record without a key")),
        ("zeros behind records", broken(b"9 path=p\n\0\0"), malformed("a record without a length")),
        ("a NUL in a path", pax(&[("path", "a\0b")]), malformed("the value of `path` contains a NUL byte")),
        ("a negative size", pax(&[("size", "-7")]), malformed("`size` is not a number: expected decimal digits")),
        ("a size with a sign", pax(&[("size", "+7")]), malformed("`size` is not a number: expected decimal digits")),
        (
            "a size over 2^63",
            pax(&[("size", "9223372036854775808")]),
            malformed("`size` is not a number: expected decimal digits"),
        ),
        (
            "a time in words",
            pax(&[("mtime", "now")]),
            malformed("`mtime` is not a time: expected seconds, with an optional fraction"),
        ),
        (
            "a global path",
            Archive::default().extension(b'g', &record("path", b"p")).file("a", b"").end(),
            vec![PaxGlobal { key: "path" }],
        ),
        (
            "a global size",
            Archive::default().extension(b'g', &record("size", b"1")).file("a", b"").end(),
            vec![PaxGlobal { key: "size" }],
        ),
        (
            "a global comment",
            Archive::default().extension(b'g', &record("comment", b"0123")).file("a", b"").end(),
            vec![],
        ),
        (
            "a device number on a file",
            Archive::default().head(&Head::new(b'0', "a").patch(329, b"zzzzzzz\0")).end(),
            vec![FieldMalformed { field: "device number" }],
        ),
        (
            "a user number that pax replaces",
            {
                let archive = Archive::default().pax(&[("uid", "7")]);
                archive.head(&Head::new(b'0', "a").patch(108, b"zzzzzzz\0")).end()
            },
            vec![FieldMalformed { field: "user number" }],
        ),
        (
            "a prefix in v7",
            Archive::default().head(&Head::new(b'0', "a").magic(build::V7).patch(345, b"b")).end(),
            vec![PrefixDoubtful],
        ),
        (
            "a long prefix in star",
            {
                let prefix = [b'p'; 132];
                Archive::default().head(&Head::new(b'0', "a").patch(345, prefix).patch(508, b"tar\0")).end()
            },
            vec![PrefixDoubtful],
        ),
        (
            "a global sparse name",
            Archive::default().extension(b'g', &record("GNU.sparse.name", b"p")).file("a", b"").end(),
            vec![PaxGlobal { key: "GNU.sparse" }],
        ),
        (
            "a global header behind a path",
            Archive::default().pax(&[("path", "p")]).extension(b'g', &record("comment", b"0")).file("a", b"").end(),
            vec![ExtensionInterrupted],
        ),
        (
            "a header of Solaris",
            Archive::default().extension(b'X', &record("path", b"p")).file("a", b"").end(),
            vec![SolarisExtension],
        ),
        ("a contiguous file", Archive::default().head(&Head::new(b'7', "a")).end(), vec![ContiguousMember]),
        (
            "a broken global",
            Archive::default().extension(b'g', b"?").file("a", b"").end(),
            malformed("a record without a length"),
        ),
        ("two paths", broken(&two_paths), vec![PaxDuplicateKey { key: "path" }]),
        ("wrong checksum", wrong_sum, vec![HeaderMalformed { what: "checksum 3141, expected 3261".into() }]),
        ("noise", vec![7; 512], vec![HeaderMalformed { what: "the checksum is not a number, expected 3784".into() }]),
        (
            "a size in words",
            Archive::default().head(&Head::new(b'0', "a").patch(124, b"12345678xyz\0")).end(),
            vec![HeaderMalformed { what: "the size is not a number from 0 to 2^63 - 1".into() }],
        ),
        (
            "a negative size in base 256",
            Archive::default().head(&Head::new(b'0', "a").patch(124, [0xff; 12])).end(),
            vec![HeaderMalformed { what: "the size is not a number from 0 to 2^63 - 1".into() }],
        ),
        (
            "the largest size",
            Archive::default()
                .head(&Head::new(b'0', "a").patch(124, [&[0x80, 0, 0, 0, 0x7f], &[0xff; 7][..]].concat()))
                .end(),
            vec![Truncated { expected: i64::MAX as u64, found: 1024 }],
        ),
        (
            "a user in words",
            Archive::default().head(&Head::new(b'0', "a").patch(108, b"nobody \0")).end(),
            vec![FieldMalformed { field: "user number" }],
        ),
        ("pax at the end", Archive::default().pax(&[("path", "p")]).end(), vec![DanglingExtension]),
        (
            "long name, then nothing",
            Archive::default().extension(b'L', b"name\0").0,
            vec![DanglingExtension, EndMissing],
        ),
        (
            "two pax headers",
            Archive::default().pax(&[("path", "p")]).pax(&[("path", "q")]).file("a", b"").end(),
            vec![ExtensionRepeated],
        ),
        (
            "a long name of 4 GiB",
            Archive::default().head(&Head::new(b'L', "l").magic(GNU).size(4 << 30)).end(),
            vec![ExtensionOverLimit { size: 4 << 30, reached: limit("name-bytes", 64 << 10) }],
        ),
        (
            "a pax header of 2 MiB",
            Archive::default().head(&Head::new(b'x', "x").size(2 << 20)).end(),
            vec![ExtensionOverLimit { size: 2 << 20, reached: limit("pax-bytes", 1 << 20) }],
        ),
        (
            "a pax path of 70,000 bytes",
            pax(&[("path", &"p".repeat(70_000))]),
            vec![ExtensionOverLimit { size: 70_000, reached: limit("name-bytes", 64 << 10) }],
        ),
        ("sparse", Archive::default().head(&Head::new(b'S', "s").magic(GNU)).end(), vec![SparseMember]),
        (
            "sparse in pax",
            pax(&[("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.name", "s")]),
            vec![SparseMember],
        ),
        (
            "a sparse map without a version",
            pax(&[("GNU.sparse.size", "9"), ("GNU.sparse.map", "0,7"), ("GNU.sparse.name", "s")]),
            vec![SparseMember],
        ),
        ("a sparse name alone", pax(&[("GNU.sparse.name", "s")]), vec![SparseDoubtful]),
        ("a sparse size alone", pax(&[("GNU.sparse.realsize", "9")]), vec![SparseDoubtful]),
        (
            "a sparse version of the future",
            pax(&[("GNU.sparse.major", "1"), ("GNU.sparse.minor", "1"), ("GNU.sparse.map", "0,7")]),
            vec![SparseDoubtful],
        ),
        ("an empty size", pax(&[("size", "")]), vec![ExtensionEmpty { what: "size" }]),
        ("an empty path", pax(&[("path", "")]), vec![ExtensionEmpty { what: "path" }]),
        ("an empty link path", pax(&[("linkpath", "")]), vec![ExtensionEmpty { what: "linkpath" }]),
        ("an empty user", pax(&[("uname", "")]), vec![]),
        (
            "an empty long name",
            Archive::default().extension(b'L', b"\0").file("a", b"").end(),
            vec![ExtensionEmpty { what: "long name" }],
        ),
        (
            "an empty long link",
            Archive::default().extension(b'K', b"").head(&Head::new(b'2', "a").link("b")).end(),
            vec![ExtensionEmpty { what: "long link target" }],
        ),
        (
            "a time of access in words",
            pax(&[("atime", "now")]),
            malformed("`atime` is not a time: expected seconds, with an optional fraction"),
        ),
        ("a NUL in a key", pax(&[("pa\0th", "p")]), malformed("a key contains a NUL byte")),
        ("raw bytes for a character set", pax(&[("hdrcharset", "BINARY")]), vec![]),
        (
            "another character set",
            pax(&[("hdrcharset", "ISO-IR 8859 1 1998")]),
            malformed("the names are in the character set `ISO-IR 8859 1 1998`, which readers do not convert"),
        ),
        ("a file with a slash behind its name", Archive::default().file("a/", b"content").end(), vec![FileNamedFolder]),
        (
            "a file of a prefix alone",
            Archive::default().head(&Head::new(b'0', "").patch(345, b"p")).end(),
            vec![FileNamedFolder],
        ),
        ("a folder of v7", Archive::default().head(&Head::new(0, "a/")).end(), vec![]),
        ("a file without a name", Archive::default().file("", b"content").end(), vec![NameEmpty]),
        ("a volume label", Archive::default().head(&Head::new(b'V', "v").magic(GNU)).end(), unknown(b'V')),
        ("a continued file", Archive::default().head(&Head::new(b'M', "m").magic(GNU)).end(), unknown(b'M')),
        ("a dump of a folder", Archive::default().head(&Head::new(b'D', "d/").magic(GNU)).end(), unknown(b'D')),
        ("a type of nobody", Archive::default().head(&Head::new(b'8', "a")).end(), unknown(b'8')),
        (
            "NUL bytes before a size",
            Archive::default().head(&Head::new(b'0', "a").patch(124, b"\0\0\0\0\0\x007\0")).content(b"content").end(),
            vec![NumberDoubtful { field: "size" }],
        ),
        (
            "a blank size",
            Archive::default().head(&Head::new(b'0', "a").patch(124, [b' '; 12])).end(),
            vec![NumberDoubtful { field: "size" }],
        ),
        ("no size", Archive::default().head(&Head::new(b'0', "a").patch(124, [0; 12])).end(), vec![]),
        (
            "a folder of a blank size",
            Archive::default().head(&Head::new(b'5', "a").patch(124, [b' '; 12])).end(),
            vec![],
        ),
        (
            "times where a prefix stands",
            Archive::default().head(&Head::new(b'0', "a").magic(GNU).patch(345, b"00000000000\0")).end(),
            vec![PrefixDoubtful],
        ),
    ];
    for (name, bytes, expected) in table {
        assert_eq!(problems_of(&bytes), expected, "{name}");
    }
}

#[test]
fn the_walk_stops_at_the_limit_of_members() {
    let limits = Limits { members: 2, ..Limits::default() };
    let bytes = Archive::default().file("a", b"").file("b", b"").file("c", b"").end();
    let index = index_both(&bytes, &limits);
    assert_eq!(names(&index), ["a", "b"]);
    let limit = LimitReached { name: "members", limit: 2 };
    assert_eq!(index.problems, [Problem { offset: 1024, member: None, kind: ProblemKind::LimitReached(limit) }]);

    let mut extensions = Archive::default();
    for _ in 0..9 {
        extensions = extensions.extension(b'g', b"");
    }
    let index = index_both(&extensions.file("a", b"").end(), &limits);
    assert!(matches!(index.problems[..], [Problem { kind: ProblemKind::LimitReached(_), .. }]), "{:?}", index.problems);
}

#[test]
fn an_index_stops_where_names_take_too_much_memory() {
    let limits = Limits { members: 10, ..Limits::default() };
    let mut archive = Archive::default();
    for place in 0..3 {
        archive = archive.pax(&[("path", &"n".repeat(1500 + place))]).file("a", b"");
    }
    let bytes = archive.end();
    let index = index(bytes.as_slice(), bytes.len() as u64, &limits).unwrap();
    assert_eq!(index.members.len(), 2);
    assert!(matches!(index.problems[..], [Problem { kind: ProblemKind::LimitReached(_), .. }]), "{:?}", index.problems);
}

#[test]
fn problems_beyond_the_limit_are_counted() {
    let limits = Limits { findings: 2, ..Limits::default() };
    let mut archive = Archive::default();
    for _ in 0..5 {
        archive = archive.head(&Head::new(b'5', "d/").size(1));
    }
    let index = index_both(&archive.end(), &limits);
    assert_eq!((index.members.len(), index.problems.len(), index.problems_dropped), (5, 2, 3));
}

#[test]
fn a_long_tail_of_zeros_is_not_read_through() {
    let good = Archive::default().file("a", b"").end();
    let mut bytes = good.clone();
    bytes.resize(8 << 20, 0);
    let padding = (8 << 20) - 10_240;
    let as_file = index_both(&bytes, &Limits::default());
    assert_eq!(as_file.problems[0].kind, ZeroPadding { bytes: padding, examined: false });
    assert_eq!(as_file.problems[0].offset, 10_240);

    let mut stream = TarReader::new(StreamFeed::new(bytes.as_slice()), &Limits::default());
    while stream.next_member().unwrap().is_some() {}
    assert_eq!(stream.problems()[0].kind, ZeroPadding { bytes: padding, examined: true });

    // What hides at the very end is found.
    let hidden = Archive(bytes).file("hidden", b"").end();
    assert_eq!(
        index_both(&hidden, &Limits::default()).problems[0],
        Problem { offset: 8 << 20, member: None, kind: EntriesAfterEnd { first: b"hidden".as_slice().into() } }
    );
}

#[test]
fn a_size_that_fits_no_header_is_no_conflict() {
    for header in ["00000000000", "77777777777"] {
        let head = Head::new(b'0', "large").patch(124, header);
        let bytes = Archive::default().pax(&[("size", "8589934592")]).head(&head).0;
        let index = index_both(&bytes, &Limits::default());
        assert_eq!(index.members[0].size, 1 << 33);
        assert_eq!(index.problems.len(), 1, "{:?}", index.problems);
        assert!(matches!(index.problems[0].kind, Truncated { .. }));
    }
}

#[test]
fn the_pax_size_decides_where_the_next_member_is() {
    // What a reader that trusts the header's 0 would take for a member is content (CVE-2025-62518).
    let inner = Archive::default().file("hidden", b"").0;
    let bytes = Archive::default()
        .pax(&[("size", &inner.len().to_string())])
        .head(&Head::new(b'0', "outer"))
        .content(&inner)
        .file("last", b"")
        .end();
    let index = index_both(&bytes, &Limits::default());
    assert_eq!(names(&index), ["outer", "last"]);
    assert_eq!(index.problems[0].kind, SizeConflict { pax: 512, header: 0 });
}

#[test]
fn messages_say_where_what_and_what_was_expected() {
    let say = |offset, member: Option<&[u8]>, kind| Problem { offset, member: member.map(Box::from), kind }.to_string();
    assert_eq!(
        say(1024, Some(b"blobs/a"), Truncated { expected: 7, found: 2 }),
        "`blobs/a` at byte 1024: the archive is truncated: expected 7 bytes, found 2"
    );
    assert_eq!(
        say(0, None, EntriesAfterEnd { first: b"a\xff".as_slice().into() }),
        "at byte 0: members follow the end marker, the first named `a\\xff`"
    );
    let all = [
        EndMissing,
        LoneZeroBlock { after: After::Member },
        TrailingData { bytes: 1 },
        ZeroPadding { bytes: 1, examined: false },
        SizeConflict { pax: 1, header: 2 },
        SizeUnexpected { size: 1 },
        NameConflict { pax: Box::default() },
        PaxMalformed { what: "w".into() },
        PaxGlobal { key: "path" },
        PaxDuplicateKey { key: "path" },
        ExtensionEmpty { what: "path" },
        SparseDoubtful,
        NumberDoubtful { field: "size" },
        NameEmpty,
        FileNamedFolder,
        UnknownType { type_flag: b'V' },
        HeaderMalformed { what: "w".into() },
        FieldMalformed { field: "mode" },
        DanglingExtension,
        ExtensionRepeated,
        ExtensionOverLimit { size: 2, reached: limit("pax-bytes", 1) },
        SparseMember,
        ProblemKind::LimitReached(LimitReached { name: "members", limit: 1 }),
    ];
    for kind in all {
        let text = kind.to_string();
        assert!(!text.is_empty() && !text.starts_with(char::is_uppercase) && !text.ends_with('.'), "{text}");
    }
}
