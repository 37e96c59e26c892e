//! The exact bytes of a root or a blob, verified on the way.

use std::borrow::Cow;
use std::io::{self, Read, Write};

use crate::digest::{Digest, VerifyError, VerifyReader};
use crate::doc::docker;
use crate::error::Error;
use crate::graph::{Content, Key, NodeId, Selectable, Selector};
use crate::image::Image;
use crate::limits::Limits;

/// Copies the one document or blob that a selector fits to `out`, and fails at the end when it is not what its digest
/// says.
///
/// # Errors
///
/// When nothing or more than one thing fits, when it is absent, and those of reading and writing.
pub fn write_raw(image: &Image, selector: &Selector, out: &mut dyn Write) -> Result<(), Error> {
    let path = image.source.label();
    match image.graph.select_one(path, selector)? {
        Selectable::Docker(at) => match image.graph.docker[at].config {
            Some(config) => write_node(image, config, out),
            None => Err(Error::Absent { path: path.to_owned(), digest: format!("the config of image {at}") }),
        },
        top => match image.graph.nodes_of(top).first() {
            Some(&id) => write_node(image, id, out),
            None => Err(Error::Absent { path: path.to_owned(), digest: image.graph.label(top) }),
        },
    }
}

/// The digest of the one manifest or index that a selector fits; of an image of a docker archive that of its config.
///
/// # Errors
///
/// When nothing or more than one thing fits, it has no digest, or it does not match it.
pub fn digest(image: &Image, selector: &Selector) -> Result<Digest, Error> {
    let (graph, path) = (&image.graph, image.source.label());
    let top = graph.select_one(path, selector)?;
    let node = match top {
        Selectable::Docker(at) => graph.docker[at].config,
        top => graph.nodes_of(top).first().copied(),
    };
    if let Some((expected, found)) = node.and_then(|id| graph.node(id).mismatch()) {
        return Err(Error::Damaged { path: path.to_owned(), fault: VerifyError::Digest { expected, found } });
    }
    let digest = node.and_then(|id| match &graph.node(id).key {
        Key::Digest(digest) => Some(digest.clone()),
        Key::Member(name) => docker::config_digest(name),
    });
    digest.ok_or_else(|| Error::Absent { path: path.to_owned(), digest: format!("the digest of {}", graph.label(top)) })
}

/// The bytes of a document, read once more for what the graph does not keep of it; None when it is not there.
///
/// # Errors
///
/// When it cannot be read any more.
pub(crate) fn document<'a>(image: &'a Image, id: NodeId, limits: &Limits) -> Result<Option<Cow<'a, [u8]>>, Error> {
    match image.graph.node(id).content {
        Content::Member(member) => {
            let bytes = image.source.read(member, limits.document_bytes);
            bytes.map(|bytes| Some(bytes.into())).map_err(|error| error.at(image.source.origin(member)))
        }
        Content::Inline => Ok(image.graph.inline(id).map(Cow::Borrowed)),
        Content::External | Content::Absent => Ok(None),
    }
}

/// Copies the bytes of a node to `out`, and fails at the end when they are not what the node is known by.
///
/// # Errors
///
/// When it is absent, and those of reading and writing.
pub fn write_node(image: &Image, id: NodeId, out: &mut dyn Write) -> Result<(), Error> {
    let node = image.graph.node(id);
    let absent = || Error::Absent { path: image.source.label().to_owned(), digest: node.key.as_str().to_owned() };
    let failed = |source| Error::Read { path: format!("{}: {}", image.source.label(), node.key.as_str()), source };
    if !node.is_present() {
        return Err(absent());
    }
    let content = image.content(id).map_err(failed)?;
    let digest = match &node.key {
        Key::Digest(digest) => Some(digest.clone()),
        Key::Member(name) => docker::config_digest(name),
    };
    let mut content: Box<dyn Read + '_> = match digest {
        Some(digest) => Box::new(VerifyReader::new(content, digest, None).map_err(failed)?),
        None => Box::new(content),
    };
    copy(&mut content, out, failed)
}

fn copy(content: &mut dyn Read, out: &mut dyn Write, failed: impl Fn(io::Error) -> Error) -> Result<(), Error> {
    let mut buffer = vec![0; 128 << 10];
    loop {
        match content.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => {
                let written = out.write_all(&buffer[..count]);
                written.map_err(|source| Error::Write { path: "standard output".to_owned(), source })?;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(failed(error)),
        }
    }
}
