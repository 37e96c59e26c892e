use std::io::Write;

use super::*;
use crate::limits::Limits;
use crate::sink::{LayerTar, TarEntry};
use crate::tar_index::{EntryKind, Member, StreamFeed, TarReader, Xattr};

/// The headers of an entry.
fn headers(entry: &TarEntry<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    entry.headers(&mut bytes).unwrap();
    bytes
}

/// What a walk makes of the headers of an entry without content.
fn read(headers: &[u8]) -> Member {
    let archive = [headers, &[0; 1024]].concat();
    let mut reader = TarReader::new(StreamFeed::new(archive.as_slice()), &Limits::default()).as_layer(true);
    let member = reader.next_member().unwrap().unwrap();
    assert!(reader.next_member().unwrap().is_none());
    assert_eq!(reader.problems(), []);
    member
}

fn changed(bytes: &[u8], change: impl FnOnce(&mut StoredHeaders) -> io::Result<()>) -> Vec<u8> {
    let mut headers = StoredHeaders::parse(bytes).unwrap();
    change(&mut headers).unwrap();
    let mut out = Vec::new();
    headers.write(&mut out);
    assert_eq!(headers.is_changed(), out != bytes);
    out
}

fn file(name: &[u8]) -> TarEntry<'_> {
    TarEntry { uid: 1, gid: 2, mtime: 100, ..TarEntry::new(name, EntryKind::File, 0o644) }
}

#[test]
fn what_is_not_changed_keeps_its_bytes() {
    let long = b"d/".repeat(120);
    let xattrs = [Xattr { name: b"user.x"[..].into(), value: b"\0=\n"[..].into() }];
    for entry in [
        file(b"a"),
        file(&long),
        TarEntry { mtime_nanos: 5, xattrs: &xattrs, ..file(b"b") },
        TarEntry { uid: u64::from(u32::MAX), mtime: -5, ..file(b"c") },
    ] {
        let bytes = headers(&entry);
        assert!(changed(&bytes, |_| Ok(())) == bytes);
        assert!(changed(&bytes, |headers| headers.lower_times(101)) == bytes);
    }
    let bytes = headers(&TarEntry { user: b"root", ..file(b"a") });
    assert!(changed(&bytes, |headers| headers.set_owner(1, 2)) == bytes);
}

#[test]
fn times_are_lowered_wherever_they_are() {
    for (mtime, mtime_nanos) in [(100, 0), (50, 1), (8_589_934_592, 0), (50, 999_999_999)] {
        let bytes = headers(&TarEntry { mtime, mtime_nanos, ..file(b"a") });
        let member = read(&changed(&bytes, |headers| headers.lower_times(50)));
        assert_eq!((member.mtime, member.mtime_nanos()), (50, 0));
    }
    let earlier = headers(&TarEntry { mtime: 49, mtime_nanos: 999_999_999, ..file(b"a") });
    assert!(changed(&earlier, |headers| headers.lower_times(50)) == earlier);
    // Access and change, in records and in GNU tar's fields.
    let mut records = PaxRecords::default();
    for (key, value) in [("atime", "77.5"), ("ctime", "3"), ("comment", "99"), ("mtime", "40")] {
        records.add(key.as_bytes(), value.as_bytes());
    }
    let mut bytes = Vec::new();
    records.write(90, &mut bytes).unwrap();
    bytes.extend(headers(&TarEntry { mtime: 40, ..file(b"a") }));
    let lowered = changed(&bytes, |headers| headers.lower_times(50));
    let text = String::from_utf8_lossy(&lowered);
    assert!(text.contains("12 atime=50\n11 ctime=3\n14 comment=99\n12 mtime=40\n"), "{text}");
    assert_eq!(number(&lowered[136..148]), Some(50));
    let mut gnu = tar::Header::new_gnu();
    gnu.set_entry_type(tar::EntryType::Regular);
    gnu.set_path("a").unwrap();
    for set in [tar::Header::set_mtime, tar::Header::set_size, tar::Header::set_uid, tar::Header::set_gid] {
        set(&mut gnu, 0);
    }
    gnu.set_mode(0o644);
    gnu.as_gnu_mut().unwrap().set_atime(99);
    gnu.set_cksum();
    let lowered = changed(gnu.as_bytes(), |headers| headers.lower_times(50));
    assert_eq!(number(&lowered[345..357]), Some(50));
    assert!(StoredHeaders::parse(gnu.as_bytes()).unwrap().lower_times(-1).is_err());
}

#[test]
fn owners_are_numbers() {
    let bytes = headers(&TarEntry { user: b"app", group: b"app", ..file(b"a") });
    for (user, group) in [(0, 0), (1, 3), (7, 2), (2_097_151, 2_097_152), (u32::MAX - 1, 0)] {
        let member = read(&changed(&bytes, |headers| headers.set_owner(user, group)));
        assert_eq!((member.uid, member.gid, member.owner), (user.into(), group.into(), None));
    }
    let large = headers(&TarEntry { uid: 3_000_000, gid: 3_000_000, ..file(b"a") });
    let small = changed(&large, |headers| headers.set_owner(5, 6));
    assert_eq!(small.len(), 512, "the extended header goes with its last record");
    assert_eq!((read(&small).uid, read(&small).gid), (5, 6));
}

#[test]
fn names_and_targets_of_any_length() {
    let long = [b"x/".repeat(200), b"y".to_vec()].concat();
    for first in [&b"a"[..], &long] {
        for second in [&b"b"[..], &long[2..], &[b'z'; 100], &[b'z'; 101]] {
            let renamed = changed(&headers(&file(first)), |headers| headers.set_name(second));
            assert_eq!(&*read(&renamed).name, second);
            let link = TarEntry { link: first, ..TarEntry::new(b"l", EntryKind::HardLink, 0o644) };
            let linked = changed(&headers(&link), |headers| headers.set_link(second));
            assert_eq!(read(&linked).link_name(), second);
        }
    }
}

#[test]
fn bytes_that_are_no_headers_are_refused() {
    let whole = headers(&TarEntry { mtime_nanos: 1, ..file(b"a") });
    for bytes in [&[][..], &whole[..512], &whole[..700], &whole[..1500], &[0; 512]] {
        assert!(StoredHeaders::parse(bytes).is_err());
    }
    let mut broken = whole;
    broken[512] = b'x';
    let mut headers = StoredHeaders::parse(&broken).unwrap();
    assert!(headers.set_owner(5, 5).is_err() && headers.lower_times(0).is_err());
}

#[test]
fn global_headers_stay() {
    let mut tar = LayerTar::new(Vec::new());
    tar.begin(&file(b"a")).unwrap();
    tar.flush().unwrap();
    let mut global = *PaxRecords::header(20, 0).unwrap().as_bytes();
    global[156] = b'g';
    let mut part = Vec::new();
    part.extend_from_slice(&global);
    part.extend_from_slice(b"20 comment=something");
    part.extend_from_slice(&[0; 492]);
    let bytes = [part.as_slice(), &headers(&file(b"a"))].concat();
    let mut out = Vec::new();
    StoredHeaders::parse(&bytes).unwrap().write_globals(&mut out);
    assert!(out == part);
}
