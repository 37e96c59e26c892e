//! What is shown of a node on request, within a limit on memory: annotations and configs.

use std::borrow::Cow;

use super::Builder;
use crate::doc::annotations::{BASE_DIGEST, BASE_NAME};
use crate::doc::{Descriptor, Document};
use crate::graph::NodeId;
use crate::limits::LimitReached;
use crate::ops::inspect::config::{self, ConfigSummary};
use crate::ops::inspect::tree::Annotation;

impl Builder<'_> {
    /// The annotations of the descriptor and of the document, where they were asked for.
    pub(super) fn annotations(
        &mut self,
        descriptor: Option<&Descriptor>,
        document: &Document,
        problems: &mut Vec<Cow<'static, str>>,
    ) -> Vec<Annotation> {
        if !self.options.annotations {
            return Vec::new();
        }
        let of_document = match document {
            Document::Index(index) => Some(&index.annotations),
            Document::Manifest(manifest) => Some(&manifest.annotations),
            _ => None,
        };
        let of_descriptor = descriptor.map(|descriptor| &descriptor.annotations);
        let both = [(true, of_descriptor), (false, of_document)];
        let lists = both.iter().filter_map(|(_, list)| *list).flat_map(|list| list.iter());
        let bytes = lists.map(|(key, value)| size_of::<Annotation>() + key.len() + value.len()).sum();
        if !self.has_room(bytes, "its annotations", problems) {
            return Vec::new();
        }
        let stored = both.into_iter().filter_map(|(on_descriptor, list)| Some((on_descriptor, list?)));
        let each = stored.flat_map(|(on_descriptor, list)| list.iter().map(move |pair| (on_descriptor, pair)));
        each.map(|(on_descriptor, (key, value))| Annotation {
            on_descriptor,
            key: key.to_owned(),
            value: value.to_owned(),
        })
        .collect()
    }

    /// The base image that a manifest names.
    pub(super) fn base(&mut self, document: &Document, problems: &mut Vec<Cow<'static, str>>) -> Option<Box<str>> {
        let Document::Manifest(manifest) = document else { return None };
        let [name, digest] =
            [BASE_NAME, BASE_DIGEST].map(|key| manifest.annotations.get(key).filter(|value| !value.is_empty()));
        let base = match (name, digest) {
            (Some(name), Some(digest)) => format!("{name}@{digest}"),
            (name, digest) => name.or(digest)?.to_owned(),
        };
        self.has_room(base.len(), "the name of its base", problems).then(|| base.into())
    }

    /// Whether so many bytes more may be shown; where not, that is a problem of what they would be shown of.
    fn has_room(&mut self, bytes: usize, what: &str, problems: &mut Vec<Cow<'static, str>>) -> bool {
        if let Some(left) = self.left.checked_sub(bytes) {
            self.left = left;
            return true;
        }
        let reached = LimitReached { name: "graph-bytes", limit: self.options.limits.graph_bytes };
        problems.push(format!("{what} would take too much memory to show: {reached}").into());
        false
    }

    pub(super) fn config(
        &mut self,
        config: NodeId,
        problems: &mut Vec<Cow<'static, str>>,
    ) -> Option<Box<ConfigSummary>> {
        let summary = config::summary(self.image, config, &self.options.limits);
        let summary = summary.unwrap_or_else(|error| {
            self.failed.get_or_insert(error);
            None
        })?;
        self.has_room(summary.bytes(), "its config", problems).then(|| Box::new(summary))
    }
}
