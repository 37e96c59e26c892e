//! Agreement with another parser, over real archives and over generated ones.

use proptest::prelude::*;
use tar_core::parse::{ParseEvent, Parser};

use super::build::{Archive, GNU, Head, V7, record};
use super::fixtures::archives;
use super::*;

/// What both parsers say of a member.
#[derive(Debug, PartialEq)]
struct Seen {
    name: Vec<u8>,
    link: Vec<u8>,
    offset: u64,
    size: u64,
    mode: u32,
    uid: u64,
    gid: u64,
    mtime: i64,
}

fn ours(bytes: &[u8]) -> Vec<Seen> {
    let index = index_both(bytes, &Limits::default());
    assert!(!index.problems.iter().any(|p| p.kind.stops_walk()), "{:?}", index.problems);
    let seen = |m: Member| Seen {
        link: m.link_name().to_vec(),
        name: m.name.into(),
        offset: m.offset,
        size: m.size,
        mode: m.mode,
        uid: m.uid,
        gid: m.gid,
        mtime: m.mtime,
    };
    index.members.into_iter().map(seen).collect()
}

fn theirs(bytes: &[u8]) -> Vec<Seen> {
    let mut parser = Parser::with_defaults();
    let (mut at, mut seen) = (0, Vec::new());
    loop {
        match parser.parse(&bytes[at..]).unwrap() {
            ParseEvent::NeedData { .. } => panic!("the archive ends early"),
            ParseEvent::End { .. } => return seen,
            ParseEvent::GlobalExtensions { consumed, .. } => at += consumed,
            ParseEvent::Entry { consumed, entry } | ParseEvent::SparseEntry { consumed, entry, .. } => {
                at += consumed;
                let is_link = entry.is_symlink() || entry.is_hard_link();
                seen.push(Seen {
                    name: entry.path.to_vec(),
                    link: entry.link_target.as_deref().filter(|_| is_link).unwrap_or_default().to_vec(),
                    offset: at as u64,
                    size: entry.size,
                    mode: entry.mode,
                    uid: entry.uid,
                    gid: entry.gid,
                    mtime: entry.mtime.cast_signed(),
                });
                at += entry.padded_size() as usize;
            }
        }
    }
}

#[test]
fn agrees_about_real_archives() {
    for path in archives(".tar") {
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!(ours(&bytes), theirs(&bytes), "{}", path.display());
    }
}

/// How a member's name and link are stored.
#[derive(Debug, Clone, Copy)]
enum Style {
    V7,
    Ustar,
    Gnu,
    GnuLong,
    Pax,
}

#[derive(Debug, Clone)]
struct Entry {
    style: Style,
    kind: u8,
    name: String,
    link: String,
    content: Vec<u8>,
    number: u32,
    global: bool,
}

fn entry() -> impl Strategy<Value = Entry> {
    let style = prop::sample::select(vec![Style::V7, Style::Ustar, Style::Gnu, Style::GnuLong, Style::Pax]);
    let kind = prop::sample::select(b"00001257".to_vec());
    let parts = ("[a-z./]{1,90}", "[a-z./]{1,90}", prop::collection::vec(any::<u8>(), 0..1600));
    (style, kind, parts, 0..0o777_7777_u32, prop::bool::weighted(0.1)).prop_map(
        |(style, kind, (name, link, content), number, global)| Entry {
            style,
            kind,
            name,
            link,
            content,
            number,
            global,
        },
    )
}

fn write(archive: Archive, entry: &Entry) -> Archive {
    let Entry { style, kind, name, link, number, .. } = entry;
    let content: &[u8] = if matches!(kind, b'0' | b'7') { &entry.content } else { &[] };
    let magic = match style {
        Style::V7 => V7,
        Style::Ustar | Style::Pax => build::USTAR,
        Style::Gnu | Style::GnuLong => GNU,
    };
    let link: &str = if matches!(kind, b'1' | b'2') { link } else { "" };
    let mut head = Head::new(*kind, name).magic(magic).link(link).size(content.len() as u64);
    head = head.patch(108, format!("{number:07o}\0")).patch(136, format!("{:011o}\0", number.wrapping_mul(7)));
    let mut archive = archive;
    if entry.global {
        archive = archive.extension(b'g', &record("comment", b"of all"));
    }
    archive = match style {
        Style::V7 => archive,
        Style::Ustar => {
            head = head.patch(345, name);
            archive
        }
        Style::Gnu => {
            head = head.patch(116, [0x80, 0, 0, 0, 1, 2, 3, 4]);
            archive
        }
        Style::GnuLong => {
            let long = format!("{}\0", name.repeat(4));
            archive.extension(b'K', format!("{link}\0").as_bytes()).extension(b'L', long.as_bytes())
        }
        Style::Pax => {
            let (name, size) = (name.repeat(4), content.len().to_string());
            let records = [("path", name.as_str()), ("size", &size), ("uid", "3000000"), ("mtime", "77")];
            let link = [("linkpath", link)];
            archive.pax(&[&records[..], &link[..usize::from(!link[0].1.is_empty())]].concat())
        }
    };
    archive.head(&head).content(content)
}

proptest! {
    #[test]
    fn agrees_about_generated_archives(entries in prop::collection::vec(entry(), 0..12)) {
        let bytes = entries.iter().fold(Archive::default(), write).end();
        let ours = ours(&bytes);
        prop_assert_eq!(ours.len(), entries.len());
        prop_assert_eq!(ours, theirs(&bytes));
    }
}
