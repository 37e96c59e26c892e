//! What an index of referrers refers to, by its tag.

use super::Builder;
use crate::digest::Digest;
use crate::graph::{NodeId, cosign_tag, cut_tag};

impl Builder<'_> {
    /// What an index with this name lists the referrers of.
    pub(super) fn subject_of_tag(&self, index: NodeId, name: &str) -> Option<Digest> {
        fallback_tag(name).or_else(|| self.cut(index, name))
    }

    /// As [`fallback_tag`], where the tag has but the beginning of the digest: what it lists, or what is in the file, has all
    /// of it.
    fn cut(&self, index: NodeId, name: &str) -> Option<Digest> {
        let digits = cut_tag(name)?;
        let graph = &self.image.graph;
        let is_it = |digest: &&Digest| digest.algorithm_name() == "sha512" && digest.encoded().starts_with(digits);
        let listed = graph.node(index).links.iter().filter_map(|link| link.node);
        let mut subjects = listed.flat_map(|id| graph.referrals_of(id)).map(|about| &about.subject);
        let mut there = graph.nodes().iter().filter_map(|node| node.key.digest());
        subjects.find(is_it).or_else(|| there.find(is_it)).cloned()
    }
}

/// What an index under such a tag lists the referrers of (distribution-spec, "Referrers Tag Schema").
fn fallback_tag(name: &str) -> Option<Digest> {
    cosign_tag(name).filter(|(_, suffix)| suffix.is_empty()).map(|(subject, _)| subject)
}
