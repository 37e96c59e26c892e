//! The stored text of documents that are to be changed.

use super::super::Image;
use super::Holder;
use crate::digest::VerifyError;
use crate::error::Error;
use crate::graph::{Content, NodeId};
use crate::json::Value;
use crate::limits::Limits;
use crate::source::{ReadError, Resolution};

/// A document at the top.
pub(in super::super) fn top(image: &Image, name: &str, limits: &Limits) -> Result<String, Error> {
    let absent = || Error::Absent { path: image.source.label().to_owned(), digest: name.to_owned() };
    let Resolution::File(member) = image.source.resolve(name) else { return Err(absent()) };
    text(image, name, image.source.read(member, limits.document_bytes))
}

/// The document of a node.
pub(in super::super) fn node(image: &Image, id: NodeId, limits: &Limits) -> Result<String, Error> {
    let node = image.graph.node(id);
    let (path, name) = (image.source.label().to_owned(), node.key.as_str().to_owned());
    if let (Some(expected), Some(found)) = (node.key.digest(), &node.found) {
        let fault = VerifyError::Digest { expected: expected.clone(), found: found.clone() };
        return Err(Error::Damaged { path, fault });
    }
    match node.content {
        Content::Member(member) => text(image, &name, image.source.read(member, limits.document_bytes)),
        Content::Inline => {
            let data = image.graph.first_descriptor(id).and_then(|descriptor| descriptor.data.as_deref());
            text(image, &name, Ok(data.unwrap_or_default().to_vec()))
        }
        Content::External | Content::Absent => Err(Error::Absent { path, digest: name }),
    }
}

/// The text of one value of a document.
pub(in super::super) fn value_at(
    image: &Image,
    holder: Holder,
    pointer: &str,
    limits: &Limits,
) -> Result<String, Error> {
    let (name, text) = match holder {
        Holder::Top => ("index.json".to_owned(), top(image, "index.json", limits)?),
        Holder::Node(id) => (image.graph.node(id).key.as_str().to_owned(), node(image, id, limits)?),
    };
    let fault = |fault: String| Error::Document { path: image.source.label().to_owned(), document: name, fault };
    let plain = text.strip_prefix('\u{feff}').unwrap_or(&text);
    match Value::parse(plain) {
        Ok(value) => match value.at(pointer) {
            Some(value) => Ok(value.text().to_owned()),
            None => Err(fault(format!("nothing stands at `{pointer}`"))),
        },
        Err(error) => Err(fault(format!("not JSON: {error}"))),
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
