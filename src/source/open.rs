//! Opening an image file: what it is decides how, never its name.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use super::archive::{self, member_of};
use super::listing::Listing;
use super::unchanged::Stamp;
use super::{ABSOLUTE, FileFormat, Member, Source, Store, dir_transport, directory, format, spool, stream};
use crate::codec::{BUFFER_BYTES, Compression, DETECT_BYTES, Inflate, Trailing};
use crate::command::CommandLine;
use crate::error::Error;
use crate::finding::{Code, Finding, Place};
use crate::limits::{LimitReached, Limits};
use crate::progress::Meter;
use crate::reference::{Address, Location, Transport};
use crate::tar_index::{self, Problem, ProblemKind};

/// How an image file is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Members in any order, any number of times. What cannot be sought in goes through a temporary file.
    Random,
    /// Every byte once: what cannot be sought in is hashed as it goes by, without a temporary file. With `deep`, layers
    /// are inflated on the way.
    Once {
        /// Look into layers.
        deep: bool,
    },
}

/// The options of opening.
#[derive(Debug, Clone)]
pub struct Open {
    /// How it is to be read.
    pub access: Access,
    /// Take links in a directory for what they point to, wherever that is: for layouts that Bazel made of links.
    pub follow_links: bool,
    /// The limits.
    pub limits: Limits,
    /// Called when a file to be changed in place stays locked.
    pub meter: Meter,
}

impl Default for Open {
    fn default() -> Self {
        Open { access: Access::Random, follow_links: false, limits: Limits::default(), meter: Meter::default() }
    }
}

impl Open {
    /// Opens what an address names; `stdin` is read when it names standard input.
    ///
    /// # Errors
    ///
    /// When nothing can be read there, or it is no image file at all.
    pub fn open(&self, address: &Address, stdin: impl Read) -> Result<Source, Error> {
        let source = match &address.location {
            Location::Stdin => self.open_stream("-", stdin),
            Location::Path(path) => self.open_path(path),
        }?;
        match address.transport {
            Some(transport) => insist(source, transport),
            None => Ok(source),
        }
    }

    /// Opens a file or directory.
    ///
    /// # Errors
    ///
    /// As for [`Open::open`].
    pub fn open_path(&self, path: &Path) -> Result<Source, Error> {
        let label = path.display().to_string();
        let failed = |source| Error::Open { path: label.clone(), source };
        let metadata = path.metadata().map_err(failed)?;
        if metadata.is_dir() {
            return self.open_directory(path, label);
        }
        if !metadata.is_file() {
            if !is_descriptor(path) {
                return Err(Error::NotAnImage { path: label, found: "is a device, named pipe or socket".to_owned() });
            }
            return self.open_stream(&label, File::open(path).map_err(failed)?);
        }
        let file = File::open(path).map_err(failed)?;
        let mut first = Vec::new();
        (&file).take(DETECT_BYTES as u64).read_to_end(&mut first).map_err(|source| read_failed(&label, source))?;
        match Compression::detect(&first) {
            Compression::None => self.index(label, file, metadata.len(), Compression::None, Vec::new()),
            _ => {
                use io::Seek;
                (&file).rewind().map_err(|source| read_failed(&label, source))?;
                self.open_stream(&label, file)
            }
        }
    }

    fn open_directory(&self, path: &Path, label: String) -> Result<Source, Error> {
        let (root, folder) = directory::top(path)?;
        let canonical: PathBuf = root.canonicalize().unwrap_or(root);
        let stamps = Stamp::of_tops(&canonical);
        let mut listing = directory::list(&canonical, self.follow_links, &self.limits)?;
        let found = format::find(listing.members.iter());
        let (index_view, docker_view) = found.map_or((true, false), |found| (found.index_view, found.docker_view));
        if let Some(folder) = folder {
            listing.findings.push(wrapped(&folder));
        }
        let skopeo = docker_view && !index_view && dir_transport::is_one(&canonical, &listing.members);
        if docker_view && !skopeo {
            let detail = "the directory also contains a docker archive in unpacked form; most readers read docker \
                archives only from a tar file";
            listing.findings.push(Finding::new(Code::ContainerUnpacked, Place::of("manifest.json"), detail));
        }
        let format = FileFormat { directory: true, index_view, docker_view, skopeo, compression: Compression::None };
        let bytes_stored = listing.members.iter().map(|member| member.size).sum();
        let source = self.source(label, format, listing, Store::Directory(canonical), stamps, bytes_stored);
        if skopeo { dir_transport::presented(source, &self.limits) } else { Ok(source) }
    }

    /// Opens what comes in order: standard input, or a file that is compressed as a whole.
    fn open_stream(&self, label: &str, reader: impl Read) -> Result<Source, Error> {
        let failed = |error| stream_failed(label, error);
        let bytes_stored = Cell::new(0);
        let mut reader = BufReader::with_capacity(BUFFER_BYTES, Counted { reader, bytes: &bytes_stored });
        let compression = Compression::detect(peek(&mut reader).map_err(failed)?);
        if matches!(compression, Compression::Xz | Compression::Bzip2) {
            return Err(not_inflated(label, compression));
        }
        let mut inflate = Inflate::new(reader, compression, &self.limits).map_err(failed)?;
        match self.access {
            Access::Once { deep } => {
                let buffered: &mut dyn BufRead = &mut inflate;
                let stream = stream::pass(buffered, deep, &self.limits).map_err(failed)?;
                let mut listing = stream.listing;
                if !stream.is_archive {
                    if let Some(reached) = stream.problems.iter().find_map(limit_reached) {
                        return Err(Error::Limit { path: label.to_owned(), reached });
                    }
                    let complaint = stream.problems.first();
                    let found =
                        complaint.map_or("is empty".into(), |problem| format!("is not a tar archive ({problem})"));
                    return Err(Error::NotAnImage { path: label.to_owned(), found });
                }
                let format = archive_format(label, &listing.members, &stream.problems, compression)?;
                listing.findings.extend(of_compression(&inflate));
                listing.findings.extend(stream.folder.as_deref().map(wrapped));
                let store = Store::Stream { passed: stream.passed, shadowed: stream.shadowed };
                Ok(self.source(label.to_owned(), format, listing, store, Vec::new(), bytes_stored.get()))
            }
            Access::Random => {
                let (file, length) = spool::spool(&mut inflate, &self.limits, failed)?;
                let source = self.index(label.to_owned(), file, length, compression, of_compression(&inflate))?;
                Ok(Source { bytes_stored: bytes_stored.get(), ..source })
            }
        }
    }

    fn index(
        &self,
        label: String,
        file: File,
        length: u64,
        compression: Compression,
        findings: Vec<Finding>,
    ) -> Result<Source, Error> {
        let stamps = Stamp::of_file(&file);
        let index = tar_index::index(&file, length, &self.limits).map_err(|source| read_failed(&label, source))?;
        if index.members.is_empty() {
            if let Some(reached) = index.problems.iter().find_map(limit_reached) {
                return Err(Error::Limit { path: label, reached });
            }
            return Err(Error::NotAnImage { path: label, found: what_instead(&file, length, &index.problems) });
        }
        let mut members: Vec<_> = index.members.iter().map(member_of).collect();
        drop(index.members);
        let folder = archive::unwrap(&mut members);
        let mut listing = archive::list(members);
        let format = archive_format(&label, &listing.members, &index.problems, compression)?;
        listing.findings.extend(index.problems.iter().map(|problem| archive::finding_of(problem, &Place::default())));
        listing.findings.extend(findings);
        listing.findings.extend(folder.as_deref().map(wrapped));
        Ok(self.source(label, format, listing, Store::Archive(file), stamps, length))
    }

    fn source(
        &self,
        label: String,
        format: FileFormat,
        listing: Listing,
        store: Store,
        stamps: Vec<Option<Stamp>>,
        bytes_stored: u64,
    ) -> Source {
        let Listing { members, shadowed, findings } = listing;
        let Limits { link_hops, stream_documents, .. } = self.limits;
        Source { label, format, members, shadowed, findings, store, link_hops, stream_documents, bytes_stored, stamps }
    }
}

/// A reader that counts what is taken from it.
struct Counted<'a, R> {
    reader: R,
    bytes: &'a Cell<u64>,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        self.bytes.set(self.bytes.get() + count as u64);
        Ok(count)
    }
}

/// The format of an archive by its names. An archive that was truncated may lack the documents, which most producers write
/// last; then its blobs tell.
fn archive_format(
    label: &str,
    members: &[Member],
    problems: &[Problem],
    compression: Compression,
) -> Result<FileFormat, Error> {
    let format =
        |index_view, docker_view| FileFormat { directory: false, index_view, docker_view, skopeo: false, compression };
    if let Some(found) = format::find(members.iter()) {
        return Ok(format(found.index_view, found.docker_view));
    }
    let names = members.iter().map(|member| &*member.name);
    let is_cut = problems.iter().any(|problem| problem.kind.stops_walk());
    if is_cut && names.clone().any(|name| name.starts_with("blobs/")) {
        return Ok(format(true, false));
    }
    if is_cut && names.clone().any(|name| name.ends_with("/layer.tar") || name.ends_with(".tar.gz")) {
        return Ok(format(false, true));
    }
    Err(Error::NotAnImage { path: label.to_owned(), found: format::lookalike(names) })
}

/// A shell's `<(command)` and `/dev/stdin` are pipes that a person names on purpose.
fn is_descriptor(path: &Path) -> bool {
    path == Path::new("/dev/stdin") || path.starts_with("/dev/fd") || path.starts_with("/proc/self/fd")
}

fn peek(reader: &mut impl BufRead) -> io::Result<&[u8]> {
    let first = reader.fill_buf()?;
    Ok(&first[..first.len().min(DETECT_BYTES)])
}

fn not_inflated(path: &str, compression: Compression) -> Error {
    let program = if compression == Compression::Xz { "xz" } else { "bzip2" };
    let inflate = CommandLine::of(program, "-dc");
    let hint = match path {
        "-" => format!("; decompress it with {program} first"),
        path => inflate.path(path).redirected().hint("decompresses it"),
    };
    Error::Compressed { path: path.to_owned(), compression, hint }
}

fn read_failed(path: &str, source: io::Error) -> Error {
    Error::Read { path: path.to_owned(), source }
}

/// A limit that a stream reached is reported as one.
fn stream_failed(path: &str, source: io::Error) -> Error {
    match source.get_ref().and_then(|inner| inner.downcast_ref::<LimitReached>()) {
        Some(reached) => Error::Limit { path: path.to_owned(), reached: reached.clone() },
        None => read_failed(path, source),
    }
}

/// What is odd about the compressed data of a file, once it has been read to its end.
fn of_compression<R: BufRead>(inflate: &Inflate<R>) -> Vec<Finding> {
    let at = || Place::of("archive");
    let compression = inflate.compression();
    let mut findings = Vec::new();
    if let Some(oddity) = inflate.oddity() {
        let detail = format!("the compressed file: {oddity}");
        findings.push(Finding::new(Code::CompressionUnusual, at(), detail));
    }
    match inflate.trailing() {
        Trailing::None => {}
        Trailing::Zeros(count) => {
            let detail = format!("{count} zero bytes follow the {compression} data");
            findings.push(Finding::new(Code::TarZeroPadding, at(), detail));
        }
        Trailing::Data(count) => {
            let detail = format!("{count} bytes that are not {compression} data follow it");
            findings.push(Finding::new(Code::CompressedTrailingData, at(), detail));
        }
    }
    findings
}

/// What the folder that everything is in means for readers; that of absolute names is `/`.
fn wrapped(folder: &str) -> Finding {
    if folder == ABSOLUTE {
        let detail = "all member names are absolute; docker without the containerd image store, and oci-archive of \
            skopeo and podman, load such an archive, other readers refuse it";
        return Finding::new(Code::MemberNameUnsafe, Place::of(folder), detail);
    }
    let folder = folder.trim_end_matches('/');
    let detail = format!("all members are in the directory `{folder}`; readers other than ocikit refuse the archive");
    Finding::new(Code::ContainerWrapped, Place::of(folder), detail)
}

fn limit_reached(problem: &Problem) -> Option<LimitReached> {
    match &problem.kind {
        ProblemKind::ExtensionOverLimit { reached, .. } | ProblemKind::LimitReached(reached) => Some(reached.clone()),
        _ => None,
    }
}

/// What a file that holds no archive looks like.
fn what_instead(file: &File, length: u64, problems: &[Problem]) -> String {
    use tar_index::ReadAt;
    let mut first = [0; 512];
    let count = file.read_full_at(&mut first, 0).unwrap_or(0);
    let first = &first[..count];
    let what = match first {
        [] => return "is empty".to_owned(),
        [b'P', b'K', 3 | 5, ..] => "is a zip file",
        [0x7f, b'E', b'L', b'F', ..] => "is an executable",
        [b'{' | b'[', ..] => "is a JSON document",
        _ if first.iter().all(|byte| *byte == 0) => "is an archive without members",
        _ => "is not a tar archive",
    };
    match problems.first() {
        Some(problem) if length > 512 && what == "is not a tar archive" => format!("{what} ({problem})"),
        _ => what.to_owned(),
    }
}

fn insist(source: Source, transport: Transport) -> Result<Source, Error> {
    let format = source.format();
    let fits = match transport {
        Transport::Layout => format.directory && format.index_view && !format.skopeo,
        Transport::Dir => format.skopeo,
        Transport::OciArchive => !format.directory && format.index_view,
        Transport::DockerArchive => !format.directory && format.docker_view,
    };
    if fits {
        return Ok(source);
    }
    Err(Error::WrongShape {
        path: source.label().to_owned(),
        transport,
        found: format!("{} {format}", format.article()),
    })
}
