//! Our walk over an archive: two ways of reading give the same, and an archive that it finds nothing wrong with has the
//! same members to two other parsers.

use ocikit::limits::Limits;
use ocikit::tar_index::{EntryKind, Index, Problem, ProblemKind, StreamFeed, TarReader, index};
use tar_core::parse::{ParseEvent, Parser};

use super::oracle::sealed;

/// What parsers say of a member.
#[derive(Debug, PartialEq)]
struct Seen {
    name: Vec<u8>,
    link: Vec<u8>,
    offset: u64,
    size: u64,
}

pub fn target(data: &[u8]) {
    walk(data);
    // A fuzzer does not find checksums.
    walk(&sealed(data));
}

fn walk(bytes: &[u8]) {
    let mut limits = Limits::default();
    limits.set("members=300").unwrap();
    limits.set("findings=50").unwrap();
    let from_file = index(bytes, bytes.len() as u64, &limits).unwrap();
    let mut reader = TarReader::new(StreamFeed::new(std::io::BufReader::with_capacity(97, bytes)), &limits);
    let mut members = Vec::new();
    while let Some(member) = reader.next_member().unwrap() {
        members.push(member);
    }
    assert_eq!(from_file.members, members);
    assert_eq!(from_file.problems, reader.problems());
    for member in &from_file.members {
        assert!(member.offset % 512 == 0 && member.header_offset < member.offset, "{member:?}");
    }
    if from_file.problems.iter().all(is_harmless) {
        let archive = Archive { bytes, index: &from_file };
        if !archive.extensions_lack_magic() && !archive.headers().any(has_signed_sum) {
            let theirs = archive.as_others_see_it();
            if !archive.has_content_of_unknown_type()
                && !archive.has_key_of_other_encoding()
                && !archive.headers().any(has_binary_device)
            {
                tar_core_agrees(bytes, &theirs);
            }
            // The tar crate refuses an archive that ends inside a block of zeros; we miss the end marker and go by what is
            // there.
            if bytes.len().is_multiple_of(512) && !archive.has_global() && !archive.headers().any(has_no_size) {
                tar_agrees(bytes, &theirs);
            }
        }
    }
}

/// An archive in which we find nothing wrong. We read headers as Go, GNU tar and Python do; each method here names one
/// thing that the other parsers read otherwise. Whatever else they read otherwise is a find.
struct Archive<'a> {
    bytes: &'a [u8],
    index: &'a Index,
}

impl Archive<'_> {
    fn header(&self, at: u64) -> &[u8] {
        &self.bytes[usize::try_from(at).unwrap()..][..512]
    }

    /// The headers of type `x`, `g`, `L` and `K`, which say something of the members behind them, and what they hold.
    fn extensions(&self) -> Vec<(&[u8], &[u8])> {
        let mut found = Vec::new();
        let mut at = 0;
        let ends = self.index.members.iter().map(|member| (member.header_offset, member.offset + member.size));
        // A global header may stand behind the last member.
        let length = self.bytes.len() as u64 / 512 * 512;
        for (end, next) in ends.chain([(length, length)]) {
            while at < end && self.header(at).iter().any(|byte| *byte != 0) {
                let header = self.header(at);
                // An empty field is none.
                let size = tar::Header::from_byte_slice(header).entry_size().unwrap_or(0);
                let content = usize::try_from(at + 512).unwrap()..usize::try_from(at + 512 + size).unwrap();
                found.push((header, self.bytes.get(content).unwrap_or_default()));
                at += 512 + size.next_multiple_of(512);
            }
            at = next.next_multiple_of(512);
        }
        found
    }

    fn headers(&self) -> impl Iterator<Item = &[u8]> {
        self.extensions()
            .into_iter()
            .map(|(header, _)| header)
            .chain(self.index.members.iter().map(|member| self.header(member.header_offset)))
    }

    /// Both take such a header for a member where it has not the magic, of ustar with version 00 or of GNU tar.
    fn extensions_lack_magic(&self) -> bool {
        self.extensions().iter().any(|(header, _)| !is_ustar(header) && !is_gnu(header))
    }

    /// tar takes a global header for a member.
    fn has_global(&self) -> bool {
        self.extensions().iter().any(|(header, _)| header[156] == b'g')
    }

    /// tar-core refuses the key of a pax record that is not UTF-8; to all others it is one that they do not know.
    fn has_key_of_other_encoding(&self) -> bool {
        let records = self.extensions().into_iter().filter(|(header, _)| matches!(header[156], b'x' | b'g'));
        let mut keys = records.flat_map(|(_, content)| tar::PaxExtensions::new(content).flatten());
        keys.any(|record| record.key().is_err())
    }

    /// tar-core passes over nothing behind the header of a type that it does not know.
    fn has_content_of_unknown_type(&self) -> bool {
        self.index.members.iter().any(|member| matches!(member.kind, EntryKind::Other(_)) && member.size > 0)
    }

    /// The members, without the prefix where the header has not the magic of ustar with version 00: there both take the
    /// name alone.
    fn as_others_see_it(&self) -> Vec<Seen> {
        let seen = self.index.members.iter().map(|member| {
            let header = self.header(member.header_offset);
            let [name, prefix] = [&header[..100], &header[345..500]].map(text);
            let joined = [prefix, b"/", name].concat();
            let alone = !is_ustar(header) && !prefix.is_empty() && *member.name == joined;
            Seen {
                name: if alone { name.to_vec() } else { member.name.to_vec() },
                link: member.link_name().to_vec(),
                offset: member.offset,
                size: member.size,
            }
        });
        seen.collect()
    }
}

fn is_ustar(header: &[u8]) -> bool {
    header[257..].starts_with(b"ustar\x0000")
}

fn is_gnu(header: &[u8]) -> bool {
    header[257..].starts_with(b"ustar  \0")
}

fn text(field: &[u8]) -> &[u8] {
    field.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// Neither takes a sum of bytes that have a sign, as the oldest programs wrote it.
fn has_signed_sum(header: &[u8]) -> bool {
    let byte = |(at, byte): (usize, &u8)| if (148..156).contains(&at) { 32 } else { u32::from(*byte) };
    let sum: u32 = header.iter().enumerate().map(byte).sum();
    tar::Header::from_byte_slice(header).cksum().is_ok_and(|own| own != sum)
}

/// tar-core takes no device number in base 256, of whatever member.
fn has_binary_device(header: &[u8]) -> bool {
    header[329] >= 0x80 || header[337] >= 0x80
}

/// tar refuses blanks for the size of a folder, a link or an extension, which others take for nothing.
fn has_no_size(header: &[u8]) -> bool {
    text(&header[124..136]).trim_ascii().is_empty()
}

/// What leaves every reader with the same members.
fn is_harmless(problem: &Problem) -> bool {
    matches!(problem.kind, ProblemKind::EndMissing | ProblemKind::ZeroPadding { .. })
}

/// tar-core reads the same members.
fn tar_core_agrees(bytes: &[u8], ours: &[Seen]) {
    let mut parser = Parser::with_defaults();
    parser.set_allow_empty_path(true);
    let mut at = 0;
    let mut ours = ours.iter();
    while let Some(rest) = bytes.get(at..) {
        match parser.parse(rest) {
            // It wants more behind the last member, where the end marker is missing.
            Ok(ParseEvent::NeedData { .. } | ParseEvent::End { .. }) => break,
            Ok(ParseEvent::GlobalExtensions { consumed, .. }) => at += consumed,
            Ok(ParseEvent::Entry { consumed, entry } | ParseEvent::SparseEntry { consumed, entry, .. }) => {
                at += consumed;
                let is_link = entry.is_symlink() || entry.is_hard_link();
                let link = entry.link_target.as_deref().filter(|_| is_link).unwrap_or_default();
                let theirs =
                    Seen { name: entry.path.to_vec(), link: link.to_vec(), offset: at as u64, size: entry.size };
                assert_eq!(ours.next(), Some(&theirs), "tar-core");
                at += usize::try_from(entry.padded_size()).unwrap();
            }
            Err(error) => panic!("tar-core refuses what we take: {error}"),
        }
    }
    assert_eq!(ours.next(), None, "tar-core sees fewer members");
}

/// The tar crate reads the same members.
fn tar_agrees(bytes: &[u8], ours: &[Seen]) {
    let mut archive = tar::Archive::new(bytes);
    let mut ours = ours.iter();
    for entry in archive.entries().unwrap() {
        let entry = entry.unwrap_or_else(|error| panic!("tar refuses what we take: {error}"));
        let is_link = entry.header().entry_type().is_symlink() || entry.header().entry_type().is_hard_link();
        let theirs = Seen {
            name: entry.path_bytes().to_vec(),
            link: entry.link_name_bytes().filter(|_| is_link).map(|link| link.to_vec()).unwrap_or_default(),
            offset: entry.raw_file_position(),
            size: entry.size(),
        };
        assert_eq!(ours.next(), Some(&theirs), "tar");
    }
    assert_eq!(ours.next(), None, "tar sees fewer members");
}
