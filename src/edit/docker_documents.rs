//! `manifest.json` and `repositories` as they are stored.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::Range;

use super::contents;
use super::draft::Draft;
use crate::doc::RepositoryTag;
use crate::graph::DockerEntry;
use crate::json::{Kind, Value, pointer_token};
use crate::reference::normalized;

/// `manifest.json` as it is stored, read once for all of its images.
pub(crate) struct ManifestText {
    text: String,
    /// Where its images are in the text.
    images: Vec<Range<usize>>,
}

impl ManifestText {
    pub(crate) fn of(draft: &Draft<'_>) -> Self {
        let text = contents::top(draft.image, "manifest.json", &draft.options.limits).unwrap_or_default();
        let plain = text.trim_start_matches('\u{feff}').to_owned();
        let images = Value::parse(&plain).ok().and_then(Value::items).unwrap_or_default();
        let images = images.into_iter().map(Value::span).collect();
        ManifestText { text: plain, images }
    }

    /// The pointer to a field of an image, spelt as the document has it: jib writes lower case, which Go programs take
    /// alike.
    pub(crate) fn field(&self, number: u32, key: &str) -> String {
        self.pointer_and_kind(number, key).0
    }

    pub(super) fn pointer_and_kind(&self, number: u32, key: &str) -> (String, Option<Kind>) {
        let (pointer, kind) = self.pointer_within(number, key);
        (format!("/{number}{pointer}"), kind)
    }

    /// The pointer to a field within its image, and what the field is.
    pub(super) fn pointer_within(&self, number: u32, key: &str) -> (String, Option<Kind>) {
        let members = Value::parse(self.image(number)).ok().and_then(Value::members).unwrap_or_default();
        let own = members.iter().find(|member| member.key.eq_ignore_ascii_case(key));
        (pointer_token(own.map_or(key, |member| &member.key)), own.map(|member| member.value.kind()))
    }

    /// The text of an image.
    pub(super) fn image(&self, number: u32) -> &str {
        self.images.get(number as usize).and_then(|span| self.text.get(span.clone())).unwrap_or_default()
    }
}

/// The lines of `repositories`, by what they name.
pub(super) struct Lines<'a> {
    /// In stored order, by the full form of their names.
    pub(super) by_name: HashMap<String, Vec<(usize, &'a RepositoryTag)>>,
    /// Pointers to the repositories.
    pub(super) repositories: HashSet<&'a str>,
}

impl<'a> Lines<'a> {
    pub(super) fn of(draft: &Draft<'a>) -> Self {
        let mut by_name: HashMap<String, Vec<_>> = HashMap::new();
        let lines = &draft.graph().repositories;
        for (number, line) in lines.iter().enumerate() {
            by_name.entry(normalized(&line.name)).or_default().push((number, line));
        }
        Lines { by_name, repositories: lines.iter().map(repository).collect() }
    }

    /// Those that name an image, each once.
    pub(super) fn that_name(&self, entry: &DockerEntry) -> impl Iterator<Item = &'a RepositoryTag> {
        let names: BTreeSet<String> = entry.image.repo_tags.iter().map(|tag| normalized(tag)).collect();
        let lines: BTreeMap<usize, &RepositoryTag> =
            names.iter().filter_map(|name| self.by_name.get(name)).flatten().copied().collect();
        lines.into_values()
    }
}

/// The pointer to the repository of a line.
pub(super) fn repository(line: &RepositoryTag) -> &str {
    line.pointer.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// What `repositories` calls an image: the folder of its top layer, or the digest without algorithm.
pub(crate) fn top_layer(layers: &[String]) -> Option<String> {
    let layer = layers.last()?;
    let folder = layer.strip_suffix("/layer.tar");
    let file = || layer.rsplit('/').next().unwrap_or(layer);
    Some(folder.unwrap_or_else(|| file().strip_suffix(".tar").unwrap_or_else(file)).to_owned())
}
