//! The stored text of documents that are to be changed.

use std::collections::BTreeMap;
use std::ops::Range;

use super::slot::{Holder, Slot};
use crate::digest::VerifyError;
use crate::error::Error;
use crate::graph::{Content, NodeId};
use crate::image::Image;
use crate::json::Value;
use crate::limits::Limits;
use crate::source::{ReadError, Resolution};

/// A document at the top.
pub(crate) fn top(image: &Image, name: &str, limits: &Limits) -> Result<String, Error> {
    let absent = || Error::Absent { path: image.source.label().to_owned(), digest: name.to_owned() };
    let Resolution::File(member) = image.source.resolve(name) else { return Err(absent()) };
    text(image, name, image.source.read(member, limits.document_bytes))
}

/// The document of a node.
pub(crate) fn node(image: &Image, id: NodeId, limits: &Limits) -> Result<String, Error> {
    let node = image.graph.node(id);
    let (path, name) = (image.source.label().to_owned(), node.key.as_str().to_owned());
    let damaged = |expected, found| {
        let fault = VerifyError::Digest { expected, found };
        Error::Damaged { path: path.clone(), fault }
    };
    if let Some((expected, found)) = node.mismatch() {
        return Err(damaged(expected, found));
    }
    match node.content {
        Content::Member(member) => {
            let bytes = image.source.read(member, limits.document_bytes);
            // Somebody may have written to it since it was read for the graph.
            if let (Ok(bytes), Some(expected)) = (&bytes, node.key.digest())
                && let Some(found) = expected.differs(bytes)
            {
                return Err(damaged(expected.clone(), found));
            }
            text(image, &name, bytes)
        }
        Content::Inline => text(image, &name, Ok(image.graph.inline(id).unwrap_or_default().to_vec())),
        Content::External | Content::Absent => Err(Error::Absent { path, digest: name }),
    }
}

/// The stored text of descriptors in lists of manifests. Each list is read once, however many of its entries are wanted.
pub struct DescriptorTexts<'a> {
    image: &'a Image,
    limits: Limits,
    lists: BTreeMap<Holder, List>,
}

struct List {
    name: String,
    text: String,
    /// Where the items of `/manifests` are in the text.
    entries: Vec<Range<usize>>,
}

impl<'a> DescriptorTexts<'a> {
    /// Of an image.
    pub fn new(image: &'a Image, limits: &Limits) -> Self {
        DescriptorTexts { image, limits: limits.clone(), lists: BTreeMap::new() }
    }

    /// The text of the descriptor in a slot.
    ///
    /// # Errors
    ///
    /// When the list is absent, cannot be read, or is not what its digest says: an edit would make the damage look right.
    pub fn entry(&mut self, slot: Slot) -> Result<&str, Error> {
        if !self.lists.contains_key(&slot.holder) {
            let list = self.list(slot.holder)?;
            self.lists.insert(slot.holder, list);
        }
        let list = self.lists.get(&slot.holder);
        let entry = list.and_then(|list| list.text.get(list.entries.get(slot.number as usize)?.clone()));
        entry.ok_or_else(|| {
            let name = list.map_or(String::new(), |list| list.name.clone());
            self.fault(name, format!("no value at `{}`", slot.pointer()))
        })
    }

    fn list(&self, holder: Holder) -> Result<List, Error> {
        let (image, limits) = (self.image, &self.limits);
        let (name, text) = match holder {
            Holder::IndexJson => ("index.json".to_owned(), top(image, "index.json", limits)?),
            Holder::Node(id) => (image.graph.node(id).key.as_str().to_owned(), node(image, id, limits)?),
        };
        let plain = text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned();
        let entries = match Value::parse(&plain) {
            Ok(value) => value.get("manifests").and_then(Value::items).unwrap_or_default(),
            Err(error) => return Err(self.fault(name, format!("not JSON: {error}"))),
        };
        let entries = entries.into_iter().map(Value::span).collect();
        Ok(List { name, text: plain, entries })
    }

    fn fault(&self, document: String, fault: String) -> Error {
        Error::Document { path: self.image.source.label().to_owned(), document, fault }
    }
}

fn text(image: &Image, name: &str, bytes: Result<Vec<u8>, ReadError>) -> Result<String, Error> {
    let path = image.source.label().to_owned();
    let bytes = bytes.map_err(|error| match error {
        ReadError::Limit(reached) => Error::Limit { path: format!("{path}: {name}"), reached },
        error @ ReadError::NoDocument => {
            Error::Document { path: path.clone(), document: name.to_owned(), fault: error.to_string() }
        }
        ReadError::Io(source) => Error::Read { path: format!("{path}: {name}"), source },
    })?;
    String::from_utf8(bytes).map_err(|error| {
        let fault = format!("not UTF-8 at byte {}", error.utf8_error().valid_up_to());
        Error::Document { path, document: name.to_owned(), fault }
    })
}
