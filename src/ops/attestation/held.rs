//! Which layers of an attestation manifest hold statements, and of what type each is.

use crate::doc::Document;
use crate::doc::annotations::{PREDICATE_TYPE, SIGSTORE_PREDICATE_TYPE};
use crate::doc::{Descriptor, attestation::Statement};
use crate::graph::{Content, Graph, Link, NodeId, Role};
use crate::image::Image;
use crate::limits::Limits;
use crate::ops::verify::{is_statement, read_statement};

/// What cosign calls the annotation [`PREDICATE_TYPE`].
const COSIGN_PREDICATE_TYPE: &str = "predicateType";

/// One statement of an attestation manifest: bare, in an envelope or in a bundle.
#[derive(Debug, Clone, Copy)]
pub(in crate::ops) struct Held<'a> {
    graph: &'a Graph,
    pub(in crate::ops) manifest: NodeId,
    /// Its number in `layers`.
    pub(in crate::ops) layer: u32,
    pub(in crate::ops) descriptor: &'a Descriptor,
    pub(in crate::ops) node: Option<NodeId>,
}

/// The statements of an attestation manifest, in stored order.
pub(in crate::ops) fn held(graph: &Graph, manifest: NodeId) -> impl Iterator<Item = Held<'_>> {
    graph.node(manifest).links.iter().filter_map(move |&link| {
        let Role::Layer(layer) = link.role else { return None };
        let descriptor = graph.descriptor(manifest, link)?;
        let of_layer = Held { graph, manifest, layer, descriptor, node: link.node };
        (is_statement(descriptor) || of_layer.own_annotation().is_some()).then_some(of_layer)
    })
}

impl<'a> Held<'a> {
    /// Whether it can be read.
    pub(in crate::ops) fn is_present(&self) -> bool {
        self.node.is_some_and(|id| matches!(self.graph.node(id).content, Content::Member(_) | Content::Inline))
    }

    pub(super) fn link(&self) -> Link {
        Link { role: Role::Layer(self.layer), node: self.node }
    }

    fn own_annotation(&self) -> Option<&'a str> {
        let annotations = &self.descriptor.annotations;
        annotations.get(PREDICATE_TYPE).or_else(|| annotations.get(COSIGN_PREDICATE_TYPE))
    }

    /// The predicate type as annotations have it: those of the descriptor, else of the manifest, as bundles keep it.
    pub(in crate::ops) fn annotated(&self) -> Option<&'a str> {
        let of_manifest = || match &self.graph.node(self.manifest).document {
            Document::Manifest(document) => document.annotations.get(SIGSTORE_PREDICATE_TYPE),
            _ => None,
        };
        self.own_annotation().or_else(of_manifest)
    }

    /// The predicate type: what annotations say, else the statement itself.
    pub(in crate::ops) fn predicate_type(&self, image: &Image, limits: &Limits) -> Option<String> {
        if let Some(annotated) = self.annotated() {
            return Some(annotated.to_owned());
        }
        let statement: Statement = read_statement(image, self.node?, self.descriptor, limits)?.ok()?;
        statement.predicate_type
    }
}
