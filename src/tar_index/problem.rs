//! What is wrong with an archive.

use std::fmt;

use super::show_name;
use crate::limits::LimitReached;

/// Something that is wrong with an archive, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Bytes from the start of the archive: of the header it is about, or of the first wrong byte where there is none.
    pub offset: u64,
    /// The raw name of the member it is about, where there is one and its name is known; at most its first 1,024 bytes.
    /// [`Member::header_offset`](super::Member::header_offset) tells which member it is.
    pub member: Option<Box<[u8]>>,
    /// Its kind.
    pub kind: ProblemKind,
}

/// What came after a lone zero block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// The end of the archive: half an end marker.
    Nothing,
    /// Another member; the walk goes on with it.
    Member,
    /// Bytes that are no header; the walk stops.
    Data,
}

/// What can be wrong. The walk goes on after each of these unless [`ProblemKind::stops_walk`] says otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProblemKind {
    /// The archive ends inside a header, an extension or a member's content.
    Truncated {
        /// Bytes that should have been there.
        expected: u64,
        /// Bytes that were.
        found: u64,
    },
    /// The archive ends behind a member without the two zero blocks that end it (POSIX, `pax`, "ustar Interchange Format").
    EndMissing,
    /// One zero block where two mark the end. GNU tar stops here, Go refuses the archive, others read on.
    LoneZeroBlock {
        /// What follows it.
        after: After,
    },
    /// Behind the end marker there are further headers: a second archive, or hidden entries. Most readers never see them;
    /// those that ignore zero blocks do.
    EntriesAfterEnd {
        /// The raw name in the first header found there.
        first: Box<[u8]>,
    },
    /// Behind the end marker there are bytes that are neither zero nor a header.
    TrailingData {
        /// Bytes from the first that is not zero to the end.
        bytes: u64,
    },
    /// Behind the end marker there are more zeros than fill up tar's record of 10,240 bytes.
    ZeroPadding {
        /// Bytes beyond that record.
        bytes: u64,
        /// Whether all of them were read; of a long tail in a file only the beginning and the end are.
        examined: bool,
    },
    /// The pax record and the header give different sizes, and the header could have held the right one: a reader that
    /// ignores one of them sees other members (CVE-2025-62518, RUSTSEC-2026-0067, RUSTSEC-2026-0068).
    SizeConflict {
        /// The size in the pax record, which the walk believes.
        pax: u64,
        /// The size in the header.
        header: u64,
    },
    /// A link, directory, device or pipe with a size. POSIX stores nothing behind these and the walk skips nothing; a reader
    /// that skips this many bytes sees other members.
    SizeUnexpected {
        /// The size given.
        size: u64,
    },
    /// A pax path and a GNU long name (or link target) that differ. The walk takes the GNU name, as Go does; GNU tar takes
    /// the other.
    NameConflict {
        /// The raw name in the pax header, at most its first 1,024 bytes.
        pax: Box<[u8]>,
    },
    /// A pax header that is not a sequence of `LENGTH KEY=VALUE\n` records with sensible values.
    PaxMalformed {
        /// What is wrong with it, as a lower-case fragment.
        what: String,
    },
    /// A global pax header sets this key for all members that follow. Readers differ in whether they apply it; the walk
    /// does not.
    PaxGlobal {
        /// `path`, `linkpath`, `size` or `GNU.sparse`; in a layer also what gives an owner, a time or attributes.
        key: &'static str,
    },
    /// A global pax header in a layer, whatever it says.
    GlobalHeader {
        /// Its name has a folder.
        makes_folder: bool,
    },
    /// A global pax header between an extension and the member that it is about. The walk forgets the extension, as Go
    /// does; GNU tar and Python apply it.
    ExtensionInterrupted,
    /// An extended header of Solaris (type `X`). GNU tar and Python apply its records to the next member; to Go, and to the
    /// walk, it is a member of an unknown type.
    SolarisExtension,
    /// An empty `path`, `linkpath` or `size` in a pax header, or an empty GNU long name or link target. Go, and the walk, go
    /// by the header then; to Python and GNU tar the name is empty or the size 0, so that content becomes members.
    ExtensionEmpty {
        /// `path`, `linkpath`, `size`, `long name` or `long link target`.
        what: &'static str,
    },
    /// `GNU.sparse.*` records without a version that all readers know. Go, and the walk, take the member as it is; GNU tar
    /// and Python give it another name and fill it up with zeros.
    SparseDoubtful,
    /// One pax header has two records of this key. POSIX lets the last one win, and so does the walk.
    PaxDuplicateKey {
        /// `path`, `linkpath` or `size`.
        key: &'static str,
    },
    /// A header with a wrong checksum or with a size that is no number. The walk stops: where the next header is, nobody knows.
    HeaderMalformed {
        /// What is wrong with it, as a lower-case fragment.
        what: String,
    },
    /// A size or checksum that readers take for different numbers: NUL bytes before its digits, which Go passes over and
    /// which end the number for GNU tar and Python, or blanks alone, which GNU tar refuses.
    NumberDoubtful {
        /// The field.
        field: &'static str,
    },
    /// A member without a name: a file in the place of the top folder to some readers, left out by others.
    NameEmpty,
    /// A plain file with a slash at the end of its name. Go, Python and the walk read a file; GNU tar makes a folder of it,
    /// and members of its content.
    FileNamedFolder,
    /// A type that POSIX does not define. GNU tar extracts a plain file or passes over it; docker, podman and containerd
    /// refuse to unpack it.
    UnknownType {
        /// The type as stored.
        type_flag: u8,
    },
    /// A number field of a header, other than the size, is malformed; it is taken as 0.
    FieldMalformed {
        /// The field.
        field: &'static str,
    },
    /// A v7 or GNU header with bytes where ustar keeps the prefix of a name, or a star header whose prefix is too long:
    /// readers differ in the member's name.
    PrefixDoubtful,
    /// A pax header or GNU long name with no member behind it.
    DanglingExtension,
    /// Two headers of the same extension before one member. The walk takes the last, as Go does; other readers merge them.
    ExtensionRepeated,
    /// An extension is larger than ocikit takes. The walk stops, because the extension may change where the next header is.
    ExtensionOverLimit {
        /// Its size in bytes.
        size: u64,
        /// The limit that it is over.
        reached: LimitReached,
    },
    /// A sparse file: its content is a map and pieces, which image tools do not read the same way.
    SparseMember,
    /// A contiguous file (type `7`): a plain file to tar programs, an unknown type that docker and podman refuse.
    ContiguousMember,
    /// The archive has more members, or longer names, than the limit allows. The walk stops.
    LimitReached(LimitReached),
}

impl ProblemKind {
    /// Whether the walk ends here though the archive may go on, so that an index is not complete.
    pub fn stops_walk(&self) -> bool {
        matches!(
            self,
            ProblemKind::Truncated { .. }
                | ProblemKind::LoneZeroBlock { after: After::Data }
                | ProblemKind::HeaderMalformed { .. }
                | ProblemKind::ExtensionOverLimit { .. }
                | ProblemKind::LimitReached(_)
        )
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = &self.member {
            write!(f, "`{}` ", show_name(name))?;
        }
        write!(f, "at byte {}: {}", self.offset, self.kind)
    }
}

impl fmt::Display for ProblemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ProblemKind::Truncated { expected, found } => {
                write!(f, "the archive is truncated: expected {expected} bytes, found {found}")
            }
            ProblemKind::EndMissing => f.write_str("the archive has no end marker: expected two zero blocks"),
            ProblemKind::LoneZeroBlock { after } => {
                f.write_str("a single zero block instead of the end marker, followed by ")?;
                f.write_str(match after {
                    After::Nothing => "the end of the archive",
                    After::Member => "another member; some readers stop before it",
                    After::Data => "bytes that are not a header",
                })
            }
            ProblemKind::EntriesAfterEnd { first } => {
                write!(f, "members follow the end marker, the first named `{}`", show_name(first))
            }
            ProblemKind::TrailingData { bytes } => {
                write!(f, "{bytes} bytes that are neither zeros nor a member follow the end marker")
            }
            ProblemKind::ZeroPadding { bytes, examined } => {
                write!(f, "{bytes} bytes of zero padding follow the last record of 10240 bytes")?;
                f.write_str(if *examined { "" } else { ", of which the first and the last were read" })
            }
            ProblemKind::SizeConflict { pax, header } => {
                write!(
                    f,
                    "the PAX record gives a size of {pax} bytes, the header {header}; readers see different members"
                )
            }
            ProblemKind::SizeUnexpected { size } => {
                write!(f, "a member without content has a size of {size} bytes: expected 0")
            }
            ProblemKind::NameConflict { pax } => {
                write!(
                    f,
                    "the GNU long name differs from the PAX path `{}`; readers differ in which one they use",
                    show_name(pax)
                )
            }
            ProblemKind::PaxMalformed { what } => write!(f, "malformed PAX header: {what}"),
            ProblemKind::PaxGlobal { key } => {
                write!(f, "a global PAX header sets `{key}` for all members after it; not all readers apply it")
            }
            ProblemKind::GlobalHeader { makes_folder } => {
                f.write_str("the layer contains a global PAX header; umoci refuses the layer")?;
                f.write_str(if *makes_folder {
                    ", docker, podman and containerd create the directories in the name of the header, others do not"
                } else {
                    ""
                })
            }
            ProblemKind::ExtensionInterrupted => f.write_str(
                "a global PAX header separates an extension from its member; readers differ in whether \
                    they apply the extension",
            ),
            ProblemKind::SolarisExtension => {
                f.write_str("a Solaris extended header (type X); some readers apply it to the next member")
            }
            ProblemKind::ExtensionEmpty { what } => {
                write!(f, "an empty {what}; some readers use the header instead, others the empty value")
            }
            ProblemKind::SparseDoubtful => f.write_str(
                "sparse file records without a known version; readers differ in the name and content of the file",
            ),
            ProblemKind::PaxDuplicateKey { key } => write!(f, "two `{key}` records in one PAX header"),
            ProblemKind::HeaderMalformed { what } => write!(f, "malformed header: {what}; ocikit reads no further"),
            ProblemKind::NumberDoubtful { field } => {
                write!(
                    f,
                    "the {field} in the header has NUL bytes before its digits, or no digits; readers differ \
                    in the number"
                )
            }
            ProblemKind::NameEmpty => f.write_str("a member has no name; some readers refuse it, others skip it"),
            ProblemKind::FileNamedFolder => f.write_str(
                "the name of a regular file ends in a slash; GNU tar creates a directory and reads the content as \
                members",
            ),
            ProblemKind::UnknownType { type_flag } => write!(
                f,
                "a member has the unknown type `{}`; some readers treat it as a regular file, others refuse it",
                type_flag.escape_ascii()
            ),
            ProblemKind::FieldMalformed { field } => write!(f, "the {field} in the header is not a number"),
            ProblemKind::PrefixDoubtful => f.write_str(
                "the header has a name prefix that its format does not define; readers differ in whether they use it",
            ),
            ProblemKind::DanglingExtension => f.write_str("no member follows an extension header"),
            ProblemKind::ExtensionRepeated => f.write_str("two extension headers of the same type precede one member"),
            ProblemKind::ExtensionOverLimit { size, reached } => write!(f, "an extension of {size} bytes: {reached}"),
            ProblemKind::SparseMember => f.write_str("the member is a sparse file; not all readers expand it"),
            ProblemKind::ContiguousMember => {
                f.write_str("the member is a contiguous file (type 7); docker and podman refuse to unpack it")
            }
            ProblemKind::LimitReached(limit) => write!(f, "{limit}"),
        }
    }
}
