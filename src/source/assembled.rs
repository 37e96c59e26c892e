//! A source that is put together from parts of others and from bytes: what an operation has worked out and not written.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor};
use std::sync::Arc;

use super::{FileFormat, LENT_BYTES, Member, MemberId, MemberKind, Source, Store};
use crate::limits::Limits;
use crate::media_type::Compression;
use crate::tar_index::{FileRef, Window};

/// Where the bytes of one file of an assembled source are.
#[derive(Debug, Clone)]
pub enum Part {
    /// Here.
    Bytes(Arc<[u8]>),
    /// In a member of another source.
    Member(Arc<Source>, MemberId),
    /// In a part of an open file.
    File {
        /// The file, which nobody changes any more.
        file: Arc<File>,
        /// Where the part begins, in bytes.
        offset: u64,
        /// Its length in bytes.
        size: u64,
    },
}

impl Part {
    /// A part that is a text.
    pub fn text(text: String) -> Self {
        Part::Bytes(text.into_bytes().into())
    }

    /// In bytes.
    pub fn size(&self) -> u64 {
        match self {
            Part::Bytes(bytes) => bytes.len() as u64,
            Part::Member(source, id) => source.members[*id].size,
            Part::File { size, .. } => *size,
        }
    }

    /// What it is called where it comes from: `file.tar: blobs/sha256/ab...`; None for what comes from no image file.
    pub fn origin(&self) -> Option<String> {
        match self {
            Part::Member(source, id) => Some(source.origin(*id)),
            Part::Bytes(_) | Part::File { .. } => None,
        }
    }

    /// The open file that holds its bytes, and where in it they begin; None where they lie otherwise.
    pub(crate) fn file(&self) -> Option<(FileRef<'_>, u64)> {
        match self {
            Part::Bytes(_) => None,
            Part::Member(source, id) => source.file_of(*id),
            Part::File { file, offset, .. } => Some((FileRef::Open(file), *offset)),
        }
    }

    /// Its bytes, in order.
    ///
    /// # Errors
    ///
    /// As for [`Source::content`].
    pub fn content(&self) -> io::Result<Box<dyn BufRead + Send + '_>> {
        match self {
            Part::Bytes(bytes) => Ok(Box::new(Cursor::new(&**bytes))),
            Part::Member(source, id) => source.content(*id),
            Part::File { file, offset, size } => {
                Ok(Box::new(BufReader::with_capacity(LENT_BYTES, Window::new(&**file, *offset, *size))))
            }
        }
    }
}

impl Source {
    /// Puts a source together: names of files, and where the bytes of each are. `label` stands for it in messages.
    pub fn assembled(label: &str, parts: BTreeMap<String, Part>, limits: &Limits) -> Source {
        let has = |name: &str| parts.contains_key(name);
        let format = FileFormat {
            directory: false,
            index_view: has("index.json") || has("oci-layout"),
            docker_view: has("manifest.json"),
            skopeo: false,
            compression: Compression::None,
        };
        let mut members = Vec::with_capacity(parts.len());
        let mut contents = Vec::with_capacity(parts.len());
        for (name, part) in parts {
            members.push(Member { name: name.into(), kind: MemberKind::File, size: part.size(), offset: 0 });
            contents.push(part);
        }
        let bytes_stored = members.iter().map(|member| member.size).sum();
        Source {
            label: label.to_owned(),
            format,
            members,
            shadowed: Vec::new(),
            findings: Vec::new(),
            store: Store::Assembled(contents),
            link_hops: limits.link_hops,
            stream_documents: limits.stream_documents,
            bytes_stored,
            stamps: Vec::new(),
        }
    }

    /// The same files in another container, to know what its readers will say.
    #[must_use]
    pub fn with_format(mut self, format: FileFormat) -> Self {
        self.format = format;
        self
    }

    /// The part behind a member, where the source is an assembled one.
    pub fn part(&self, id: MemberId) -> Option<&Part> {
        match &self.store {
            Store::Assembled(parts) => parts.get(id),
            _ => None,
        }
    }

    /// What a member is called where its bytes come from, for messages: `file.tar: blobs/sha256/ab...`.
    pub fn origin(&self, id: MemberId) -> String {
        let origin = self.part(id).and_then(Part::origin);
        origin.unwrap_or_else(|| format!("{}: {}", self.label, self.members[id].name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn parts_of_every_kind_read_as_one_source() {
        let text = |text: &str| Part::text(text.to_owned());
        let limits = Limits::default();
        let inner = [("index.json".to_owned(), text("{}")), ("x".to_owned(), text("inner"))];
        let inner = Arc::new(Source::assembled("inner.tar", inner.into(), &limits));
        let file = tempfile::tempfile().unwrap();
        std::io::Write::write_all(&mut &file, b"0123456789").unwrap();
        let file = Part::File { file: Arc::new(file), offset: 2, size: 3 };
        let at = inner.find("x").unwrap();
        let parts = [
            ("a".to_owned(), file),
            ("manifest.json".to_owned(), text("[]")),
            ("b".to_owned(), Part::Member(inner, at)),
        ];
        let source = Source::assembled("outer", parts.into(), &limits);
        let read = |name: &str| {
            let mut text = String::new();
            source.content(source.find(name).unwrap()).unwrap().read_to_string(&mut text).unwrap();
            text
        };
        assert_eq!((read("a"), read("b"), read("manifest.json")), ("234".into(), "inner".into(), "[]".into()));
        assert!(source.format().docker_view && !source.format().index_view);
        assert_eq!(source.origin(source.find("b").unwrap()), "inner.tar: x");
        assert_eq!(source.origin(source.find("a").unwrap()), "outer: a");
    }
}
