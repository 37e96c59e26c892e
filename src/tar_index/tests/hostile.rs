//! Archives that mean harm: nothing panics, loops, or takes memory by declared size.

use proptest::prelude::*;

use super::build::{Archive, GNU, Head, sum};
use super::*;

fn walk(bytes: &[u8]) {
    let limits = Limits { findings: 50, ..Limits::default() };
    let index = index_both(bytes, &limits);
    assert!(index.members.len() <= bytes.len() / 512);
    for member in &index.members {
        let _ = member.show_name();
        assert!(member.header_offset < member.offset && member.offset <= bytes.len() as u64);
    }
    for problem in &index.problems {
        assert!(problem.offset <= bytes.len() as u64);
        let _ = problem.to_string();
    }
}

fn sample() -> Vec<u8> {
    Archive::default()
        .head(&Head::new(b'5', "d/"))
        .pax(&[("path", "long/path"), ("size", "700"), ("mtime", "1.5"), ("SCHILY.xattr.a", "b")])
        .file("short", &[3; 700])
        .extension(b'L', b"gnu/long/name\0")
        .extension(b'K', b"gnu/long/link\0")
        .head(&Head::new(b'2', "l").magic(GNU).link("t"))
        .extension(b'g', b"14 comment=no\n")
        .head(&Head::new(b'S', "s").magic(GNU).size(5).patch(482, [1]))
        .raw(&[0; 512])
        .content(b"piece")
        .file("last", b"x")
        .end()
}

#[test]
fn every_truncation_is_walked() {
    let bytes = sample();
    for end in 0..bytes.len() {
        walk(&bytes[..end]);
        // From three quarters of the end marker on, nothing is said to be wrong but that it is cut.
        assert!(!problems_of(&bytes[..end]).is_empty(), "cut at {end}");
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes(bytes in prop::collection::vec(any::<u8>(), 0..5000)) {
        walk(&bytes);
    }

    #[test]
    fn arbitrary_changes(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        let mut bytes = sample();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        walk(&bytes);
    }

    /// The checksum is made right again, so that the change reaches the fields.
    #[test]
    fn arbitrary_headers(
        changes in prop::collection::vec((0..20_usize, 0..512_usize, any::<u8>()), 1..8),
        swap in (0..20_usize, 0..20_usize),
    ) {
        let mut bytes = sample();
        let blocks = bytes.len() / 512;
        for (block, at, byte) in changes {
            let start = block % blocks * 512;
            let block: &mut [u8; 512] = (&mut bytes[start..start + 512]).try_into().unwrap();
            block[at] = byte;
            sum(block);
        }
        let (one, two) = (swap.0 % blocks * 512, swap.1 % blocks * 512);
        let taken = bytes[one..one + 512].to_vec();
        bytes.copy_within(two..two + 512, one);
        bytes[two..two + 512].copy_from_slice(&taken);
        walk(&bytes);
    }

    #[test]
    fn arbitrary_pax_records(body in prop::collection::vec(any::<u8>(), 0..600), text in "[0-9]{1,3} (path|size|mtime)=[0-9.x]{0,9}\n") {
        for type_flag in [b'x', b'g', b'L', b'K'] {
            walk(&Archive::default().extension(type_flag, &body).file("a", b"b").end());
            walk(&Archive::default().extension(type_flag, text.as_bytes()).file("a", b"b").end());
        }
    }
}
