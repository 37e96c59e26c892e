//! Which layers of an attestation manifest hold statements, and of what type each is.

use std::borrow::Cow;
use std::io::Read as _;

use crate::doc::annotations::{PREDICATE_TYPE, SIGSTORE_PREDICATE_TYPE};
use crate::doc::attestation::Statement;
use crate::doc::{Descriptor, Document};
use crate::finding::Code;
use crate::graph::{Content, Graph, Link, NodeId, Role};
use crate::image::Image;
use crate::limits::{LimitReached, Limits};
use crate::media_type;

/// What cosign calls the annotation [`PREDICATE_TYPE`].
const COSIGN_PREDICATE_TYPE: &str = "predicateType";

/// One statement of an attestation manifest: bare, in an envelope or in a bundle.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StatementLayer<'a> {
    graph: &'a Graph,
    pub(crate) manifest: NodeId,
    /// Its number in `layers`.
    pub(crate) layer: u32,
    pub(crate) descriptor: &'a Descriptor,
    pub(crate) node: Option<NodeId>,
}

/// The statements of an attestation manifest, in stored order.
pub(crate) fn statement_layers(graph: &Graph, manifest: NodeId) -> impl Iterator<Item = StatementLayer<'_>> {
    graph.node(manifest).links.iter().filter_map(move |&link| {
        let Role::Layer(layer) = link.role else { return None };
        let descriptor = graph.descriptor(manifest, link)?;
        let of_layer = StatementLayer { graph, manifest, layer, descriptor, node: link.node };
        (is_statement(descriptor) || of_layer.own_annotation().is_some()).then_some(of_layer)
    })
}

impl<'a> StatementLayer<'a> {
    /// Whether it can be read.
    pub(crate) fn is_present(&self) -> bool {
        self.node.is_some_and(|id| matches!(self.graph.node(id).content, Content::Member(_) | Content::Inline))
    }

    pub(crate) fn link(&self) -> Link {
        Link { role: Role::Layer(self.layer), node: self.node }
    }

    fn own_annotation(&self) -> Option<&'a str> {
        let annotations = &self.descriptor.annotations;
        annotations.get(PREDICATE_TYPE).or_else(|| annotations.get(COSIGN_PREDICATE_TYPE))
    }

    /// The predicate type as annotations have it: those of the descriptor, else of the manifest, as bundles keep it.
    pub(crate) fn annotated(&self) -> Option<&'a str> {
        let of_manifest = || match &self.graph.node(self.manifest).document {
            Document::Manifest(document) => document.annotations.get(SIGSTORE_PREDICATE_TYPE),
            _ => None,
        };
        self.own_annotation().or_else(of_manifest)
    }

    /// The predicate type: what annotations say, else the statement itself.
    pub(crate) fn predicate_type(&self, image: &Image, limits: &Limits) -> Option<String> {
        if let Some(annotated) = self.annotated() {
            return Some(annotated.to_owned());
        }
        let statement: Statement = read_statement(image, self.node?, self.descriptor, limits)?.ok()?;
        statement.predicate_type
    }
}

/// Whether a layer holds a statement: bare, in an envelope or in a bundle.
pub(crate) fn is_statement(descriptor: &Descriptor) -> bool {
    let Some(media_type) = descriptor.media_type.ok() else { return false };
    matches!(media_type.as_str(), media_type::IN_TOTO | media_type::DSSE)
        || media_type.as_str().starts_with(media_type::SIGSTORE_BUNDLE)
}

/// What is wrong with a statement.
pub(crate) type StatementFault = (Code, String);

/// The head of the statement in a layer; None where the layer is absent, which is reported elsewhere.
pub(crate) fn read_statement(
    image: &Image,
    layer: NodeId,
    descriptor: &Descriptor,
    limits: &Limits,
) -> Option<Result<Statement, StatementFault>> {
    let bytes = stored_statement(image, layer, descriptor, limits)?;
    Some(bytes.and_then(|bytes| parse_statement(&bytes, limits)))
}

pub(crate) fn parse_statement(bytes: &[u8], limits: &Limits) -> Result<Statement, StatementFault> {
    Statement::read(bytes, limits).map_err(|error| (Code::AttestationStatement, error.to_string()))
}

/// The bytes of the statement in a layer, in its envelope or bundle.
pub(crate) fn stored_statement<'a>(
    image: &Image,
    layer: NodeId,
    descriptor: &'a Descriptor,
    limits: &Limits,
) -> Option<Result<Cow<'a, [u8]>, StatementFault>> {
    let member = match image.graph.node(layer).content {
        Content::Member(member) => member,
        Content::Inline => return Some(Ok(descriptor.data.as_deref()?.into())),
        Content::Absent | Content::External => return None,
    };
    // An envelope is decoded beside itself.
    let is_bare = descriptor.media_type.ok().is_some_and(|kind| kind.as_str() == media_type::IN_TOTO);
    let (what, name, limit) = match is_bare {
        true => ("a statement", "statement-bytes", limits.statement_bytes),
        false => ("an envelope", "document-bytes", limits.document_bytes),
    };
    let size = image.source.members()[member].size;
    if size > limit {
        let reached = LimitReached { name, limit };
        return Some(Err((Code::LimitExceeded, format!("{what} of {size} bytes: {reached}"))));
    }
    let bytes = image.source.content(member).and_then(|mut content| {
        let mut bytes = vec![0; usize::try_from(size).unwrap_or(0)];
        content.read_exact(&mut bytes).map(|()| bytes)
    });
    Some(match bytes {
        Ok(bytes) => Ok(bytes.into()),
        Err(error) if !image.source.can_reread() => {
            let detail = format!("the statement was not checked: {error}; raise `--limits stream-documents=VALUE`");
            Err((Code::LimitExceeded, detail))
        }
        Err(error) => Err((Code::BlobUnreadable, format!("cannot be read: {error}"))),
    })
}
