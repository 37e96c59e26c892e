//! Numbers, checksums, times and names.

use super::build::{Head, record, sum};
use crate::tar_index::block::{checksum, number};
use crate::tar_index::pax;
use crate::tar_index::show_name;

#[test]
fn numbers_in_all_notations() {
    let table: [(&[u8], Option<i64>); 20] = [
        (b"0000644\0", Some(0o644)),
        (b"   644 \0", Some(0o644)),
        (b"644 \0\0\0\0", Some(0o644)),
        (b"00000000012", Some(0o12)),
        (b"77777777777\0", Some(0o777_7777_7777)),
        (b"777777777777", Some(0o7777_7777_7777)),
        (b"\0\0\0\0\0\0\0\0", Some(0)),
        (b"        ", Some(0)),
        (b"12\0junk", Some(0o12)),
        (b"12 34  \0", None),
        (b"12junk\0", None),
        (b"0000008\0", None),
        (b"-000001\0", None),
        (&[0x80, 0, 0, 0, 0, 0, 0, 7], Some(7)),
        (&[0x80, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0], Some(2 << 56)),
        (&[0x80, 0, 0, 0, 0x7f, 255, 255, 255, 255, 255, 255, 255], Some(i64::MAX)),
        (&[0x80, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0], None),
        (&[0xff; 12], Some(-1)),
        (&[0xff, 255, 255, 255, 0x80, 0, 0, 0, 0, 0, 0, 0], Some(i64::MIN)),
        (&[0xc0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], None),
    ];
    for (field, value) in table {
        assert_eq!(number(field), value, "{field:?}");
    }
}

#[test]
fn signed_and_unsigned_checksums_are_right() {
    let mut block = Head::new(b'0', "na\u{ef}ve").block();
    assert_eq!(checksum(&block), Ok(()));
    sum(&mut block);
    let signed: i32 = block.iter().map(|b| i32::from(b.cast_signed())).sum();
    let field: i32 = block[148..156].iter().map(|b| i32::from(*b)).sum();
    let signed = signed - field + 8 * 32;
    block[148..156].copy_from_slice(format!("{signed:06o}\0 ").as_bytes());
    assert_eq!(checksum(&block), Ok(()));
    block[0] ^= 1;
    assert!(checksum(&block).is_err());
}

#[test]
fn times_with_fractions() {
    let table: [(&str, Option<(i64, u32)>); 12] = [
        ("0", Some((0, 0))),
        ("1350244992.023960108", Some((1_350_244_992, 23_960_108))),
        ("1.5", Some((1, 500_000_000))),
        ("1.0000000019", Some((1, 1))),
        ("1.", Some((1, 0))),
        ("-1", Some((-1, 0))),
        ("-1.25", Some((-2, 750_000_000))),
        ("-9223372036854775807.9", Some((i64::MIN, 100_000_000))),
        ("", None),
        (".5", None),
        ("1.5x", None),
        ("9223372036854775808", None),
    ];
    for (text, time) in table {
        assert_eq!(pax::parse(&record("mtime", text.as_bytes()), false, &mut |_| {}).mtime, time, "{text}");
    }
}

#[test]
fn records_may_hold_any_bytes_and_take_back() {
    let records = [
        record("path", b"first"),
        record("path", b""),
        record("linkpath", b"a=b\nc"),
        record("uname", b"\xff"),
        record("SCHILY.xattr.user.x", b"\0\n="),
        record("unknown", b"kept out"),
    ];
    let parsed = pax::parse(&records.concat(), true, &mut |_| {});
    assert_eq!(parsed.path, None);
    assert_eq!(parsed.link_path.as_deref(), Some(&b"a=b\nc"[..]));
    assert_eq!(parsed.user.as_deref(), Some(&b"\xff"[..]));
    assert_eq!(&*parsed.xattrs[0].name, b"user.x");
    assert_eq!(&*parsed.xattrs[0].value, b"\0\n=");
    assert!(pax::parse(&records.concat(), false, &mut |_| {}).xattrs.is_empty());
}

#[test]
fn names_are_shown_without_loss() {
    let table: [(&[u8], &str); 5] = [
        (b"blobs/sha256/ab", "blobs/sha256/ab"),
        ("gr\u{fc}n".as_bytes(), "gr\u{fc}n"),
        (b"a\xffb\xc3", "a\\xffb\\xc3"),
        (b"a\\xff", "a\\\\xff"),
        (b"", ""),
    ];
    for (name, shown) in table {
        assert_eq!(show_name(name), shown);
    }
}
