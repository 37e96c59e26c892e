//! What valid signatures cover: the manifest that each names, and everything that it lists if it is an index. A signature of
//! one image says nothing about the index that lists it.

use crate::checks::attestations::with_sha256;
use crate::checks::options::VerifyOptions;
use crate::checks::signatures::compare::{Compared, Outcome};
use crate::checks::whole::is_sound;
use crate::graph::{Graph, Key, NodeId, Role};
use crate::image::Image;
use crate::signature::Stored;

/// The nodes that are covered, by the name under which they were signed.
pub(super) struct Covers {
    by_reference: Vec<(Option<String>, Vec<bool>)>,
}

impl Covers {
    pub(super) fn of(image: &Image, compared: &[Compared<'_>], options: &VerifyOptions) -> Self {
        let graph = &image.graph;
        let mut covers = Covers { by_reference: Vec::new() };
        for (stored, node) in compared.iter().flat_map(|signature| signed_images(image, signature, options)) {
            let reference = stored.reference();
            let at = covers.by_reference.iter().position(|(own, _)| own.as_deref() == reference);
            let at = at.unwrap_or_else(|| {
                covers.by_reference.push((reference.map(str::to_owned), vec![false; graph.nodes().len()]));
                covers.by_reference.len() - 1
            });
            cover(graph, node, &mut covers.by_reference[at].1);
        }
        covers
    }

    pub(super) fn has(&self, id: NodeId) -> bool {
        self.by_reference.iter().any(|(_, covered)| covered[id])
    }

    /// The names under which a node was signed, None for a signature without one.
    pub(super) fn references(&self, id: NodeId) -> impl Iterator<Item = Option<&str>> {
        self.by_reference.iter().filter(move |(_, covered)| covered[id]).map(|(reference, _)| reference.as_deref())
    }
}

/// The manifests and indexes in the file that a valid signature of an image names. One whose content does not match its
/// digest is not what was signed.
fn signed_images<'c>(image: &Image, signature: &'c Compared<'_>, options: &VerifyOptions) -> Vec<(&'c Stored, NodeId)> {
    let Outcome::Valid { stored, signed, .. } = &signature.outcome else { return Vec::new() };
    if !stored.is_of_image() {
        return Vec::new();
    }
    let graph = &image.graph;
    let mut nodes: Vec<NodeId> = signed.iter().filter_map(|digest| graph.find(&Key::Digest(digest.clone()))).collect();
    // One that is listed by its sha512 is signed by its sha256.
    let attached = graph.referrals_of(signature.layer.manifest).map(|about| about.subject.clone());
    nodes.extend(attached.filter_map(|digest| {
        let all = with_sha256(image, digest.clone(), &options.limits);
        all.iter().any(|own| signed.contains(own)).then(|| graph.find(&Key::Digest(digest)))?
    }));
    nodes.sort_unstable();
    nodes.dedup();
    nodes.into_iter().filter(|&id| is_sound(graph, id)).map(|id| (stored, id)).collect()
}

/// Marks a node and all that it lists. A list is followed only where its own content matches its digest.
fn cover(graph: &Graph, from: NodeId, covered: &mut [bool]) {
    let mut open = vec![from];
    while let Some(id) = open.pop() {
        let is_sound = !graph.node(id).is_present() || is_sound(graph, id);
        if !is_sound || std::mem::replace(&mut covered[id], true) {
            continue;
        }
        let listed = graph.node(id).links.iter().filter(|link| matches!(link.role, Role::Manifest(_)));
        open.extend(listed.filter_map(|link| link.node));
    }
}
