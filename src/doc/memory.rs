//! How much memory views take, for the limit on a graph.

use std::mem::size_of;

use super::{Config, Descriptor, Document, Field, Index, Manifest, Problem, Read};
use crate::digest::Digest;
use crate::media_type::MediaType;
use crate::platform::Platform;

/// What an allocation costs beside its bytes.
const ALLOCATION: usize = 32;
/// What the graph keeps of a blob that a descriptor names, beside the descriptor.
const NODE: usize = 400;

impl Read<Document> {
    /// Bytes of memory that the view and its problems take, and what a graph adds for each descriptor.
    pub(crate) fn memory_bytes(&self) -> usize {
        let view = match &self.view {
            Document::Index(index) => of_index(index),
            Document::Manifest(manifest) => of_manifest(manifest),
            Document::Config(config) => of_config(config),
            Document::Opaque => 0,
        };
        view + of_problems(&self.problems)
    }
}

pub(crate) fn of_index(index: &Index) -> usize {
    let listed: usize = index.manifests.iter().map(|(_, descriptor)| of_descriptor(descriptor)).sum();
    size_of::<Index>() + listed + index.subject.as_ref().map_or(0, of_descriptor) + of_annotations(&index.annotations)
}

fn of_manifest(manifest: &Manifest) -> usize {
    let layers: usize = manifest.layers.iter().map(|(_, descriptor)| of_descriptor(descriptor)).sum();
    let others: usize = [&manifest.config, &manifest.subject].into_iter().flatten().map(of_descriptor).sum();
    size_of::<Manifest>() + layers + others + of_annotations(&manifest.annotations)
}

pub(crate) fn of_config(config: &Config) -> usize {
    let diff_ids: usize = config.diff_ids.iter().map(|id| size_of::<Field<Digest>>() + of_digest(id)).sum();
    size_of::<Config>()
        + diff_ids
        + config.platform.as_deref().map_or(0, of_platform)
        + config.created.as_ref().map_or(0, |text| text.len())
}

fn of_descriptor(descriptor: &Descriptor) -> usize {
    let types = [descriptor.media_type.ok(), descriptor.artifact_type.as_ref()];
    let types: usize = types.into_iter().flatten().map(MediaType::own_bytes).sum();
    let urls: usize = descriptor.urls.iter().map(|url| size_of::<String>() + ALLOCATION + url.len()).sum();
    let node = if descriptor.digest.ok().is_some() { NODE } else { 0 };
    size_of::<(u32, Descriptor)>()
        + node
        + types
        + of_digest(&descriptor.digest)
        + descriptor.platform.as_deref().map_or(0, of_platform)
        + of_annotations(&descriptor.annotations)
        + urls
        + descriptor.data.as_ref().map_or(0, |data| data.len())
}

fn of_digest(digest: &Field<Digest>) -> usize {
    digest.ok().map_or(0, |digest| ALLOCATION + digest.as_str().len())
}

fn of_platform(platform: &Platform) -> usize {
    let texts = [&platform.os, &platform.architecture].into_iter().chain(&platform.os_features);
    let texts = texts.chain([&platform.variant, &platform.os_version].into_iter().flatten());
    size_of::<Platform>() + texts.map(|text| ALLOCATION + text.len()).sum::<usize>()
}

fn of_annotations(annotations: &super::Annotations) -> usize {
    const PAIR: usize = size_of::<(Box<str>, Box<str>)>() + 2 * ALLOCATION;
    annotations.iter().map(|(key, value)| PAIR + key.len() + value.len()).sum()
}

pub(crate) fn of_problems(problems: &[Problem]) -> usize {
    let texts = |problem: &Problem| {
        let found = [&problem.expected, &problem.found].into_iter().flatten();
        found.chain([&problem.pointer, &problem.detail]).map(|text| ALLOCATION + text.len()).sum::<usize>()
    };
    problems.iter().map(|problem| size_of::<Problem>() + texts(problem)).sum()
}
