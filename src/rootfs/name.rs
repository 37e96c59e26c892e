//! Names in layers: one form for each, and what whiteouts hide.

/// What a member's name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    /// An ordinary entry.
    Entry,
    /// `.wh.NAME`: hides NAME of the layers below (image-spec `layer.md`, "Whiteouts").
    Whiteout,
    /// `.wh..wh..opq`: hides all that the layers below have in its directory ("Opaque Whiteout").
    Opaque,
    /// `.wh..wh.plnk/NAME`: a file that aufs kept for the hard links to it. It is none of the image's, those are.
    AufsFile,
    /// Another name that begins with `.wh..wh.`: what aufs kept for itself.
    Aufs,
}

/// Why a name is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// It climbs with `..`.
    Climbs,
    /// It holds a NUL, which no file system takes.
    Nul,
    /// The whiteout hides no name: nothing, `.` or `..`.
    HidesNothing,
    /// It is in a directory whose name is that of a whiteout.
    UnderWhiteout,
}

const WHITEOUT: &[u8] = b".wh.";
const OPAQUE: &[u8] = b".wh..wh..opq";
const AUFS: &[u8] = b".wh..wh.";
/// The folder at the root in which aufs kept the files that have hard links.
pub(super) const AUFS_FILES: &[u8] = b".wh..wh.plnk";

/// Writes the one form of a name behind what `out` holds: components between single slashes, none before and behind, a
/// whiteout under the name that it hides, an opaque one under its directory. On an error `out` is as it was.
///
/// A name that begins with a slash is taken from the root of the image, as every engine does.
pub(super) fn normalize(name: &[u8], out: &mut Vec<u8>) -> Result<Named, Refused> {
    let start = out.len();
    let named = write(name, start, out);
    if named.is_err() {
        out.truncate(start);
    }
    named
}

fn write(name: &[u8], start: usize, out: &mut Vec<u8>) -> Result<Named, Refused> {
    if name.contains(&0) {
        return Err(Refused::Nul);
    }
    if let Some(own) = aufs_file(name) {
        out.extend_from_slice(AUFS_FILES);
        out.push(b'/');
        out.extend_from_slice(own);
        return Ok(Named::AufsFile);
    }
    let mut named = Named::Entry;
    for part in components(name) {
        if named != Named::Entry {
            return Err(Refused::UnderWhiteout);
        }
        if part == b".." {
            return Err(Refused::Climbs);
        }
        let part = match part.strip_prefix(WHITEOUT) {
            None => part,
            Some(_) if part == OPAQUE => {
                named = Named::Opaque;
                continue;
            }
            Some(_) if part.starts_with(AUFS) => {
                named = Named::Aufs;
                continue;
            }
            Some(b"" | b"." | b"..") => return Err(Refused::HidesNothing),
            Some(hidden) => {
                named = Named::Whiteout;
                hidden
            }
        };
        if out.len() > start {
            out.push(b'/');
        }
        out.extend_from_slice(part);
    }
    Ok(named)
}

/// The name that a file of aufs, or a link to it, has in the folder of these; None for all other names.
pub(super) fn aufs_file(name: &[u8]) -> Option<&[u8]> {
    let mut parts = components(name);
    let own = parts.next().filter(|folder| *folder == AUFS_FILES).and(parts.next())?;
    (parts.next().is_none() && own != b"..").then_some(own)
}

/// The components of a name, without empty ones and `.`.
pub(super) fn components(name: &[u8]) -> impl Iterator<Item = &[u8]> {
    name.split(|byte| *byte == b'/').filter(|part| !part.is_empty() && *part != b".")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normal(name: &[u8]) -> Result<(Named, String), Refused> {
        let mut out = b"before".to_vec();
        let named = normalize(name, &mut out);
        let written = String::from_utf8_lossy(out.strip_prefix(b"before").unwrap()).into_owned();
        assert!(named.is_ok() || written.is_empty());
        named.map(|named| (named, written))
    }

    #[test]
    fn one_form_of_each_name() {
        let entry = |text: &str| Ok((Named::Entry, text.to_owned()));
        let whiteout = |text: &str| Ok((Named::Whiteout, text.to_owned()));
        let opaque = |text: &str| Ok((Named::Opaque, text.to_owned()));
        for (name, expected) in [
            ("a/b", entry("a/b")),
            ("./a//b/", entry("a/b")),
            ("/etc/x", entry("etc/x")),
            ("", entry("")),
            ("./", entry("")),
            ("/", entry("")),
            ("a/./b", entry("a/b")),
            ("a..b/...", entry("a..b/...")),
            ("../x", Err(Refused::Climbs)),
            ("a/../../x", Err(Refused::Climbs)),
            ("a/..", Err(Refused::Climbs)),
            ("a\0b", Err(Refused::Nul)),
            ("a/.wh.b", whiteout("a/b")),
            (".wh.b", whiteout("b")),
            ("./.wh.b/", whiteout("b")),
            ("a/.wh..b", whiteout("a/.b")),
            ("a/.wh..wh..opq", opaque("a")),
            (".wh..wh..opq", opaque("")),
            ("a/.wh..wh.plnk", Ok((Named::Aufs, "a".to_owned()))),
            (".wh..wh.plnk/1.2", Ok((Named::AufsFile, ".wh..wh.plnk/1.2".to_owned()))),
            ("./.wh..wh.plnk//1.2", Ok((Named::AufsFile, ".wh..wh.plnk/1.2".to_owned()))),
            (".wh..wh.plnk", Ok((Named::Aufs, String::new()))),
            (".wh..wh.plnk/..", Err(Refused::UnderWhiteout)),
            (".wh..wh.plnk/1.2/x", Err(Refused::UnderWhiteout)),
            ("a/.wh..wh.plnk/1.2", Err(Refused::UnderWhiteout)),
            ("a/.wh.", Err(Refused::HidesNothing)),
            ("a/.wh..", Err(Refused::HidesNothing)),
            ("a/.wh...", Err(Refused::HidesNothing)),
            ("a/.wh.b/c", Err(Refused::UnderWhiteout)),
            ("a.wh.b", entry("a.wh.b")),
        ] {
            assert_eq!(normal(name.as_bytes()), expected, "{name}");
        }
        assert_eq!(normal(b"\xff/\xfe").map(|(named, _)| named), Ok(Named::Entry));
    }
}
