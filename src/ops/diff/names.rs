//! The names of two files.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Serialize;

use crate::graph::Selectable;
use crate::image::Image;
use crate::reference::{normalized, tag_of};

/// The names that differ.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NamesDiff {
    /// Whether it counts as a difference: both sides have names, and they differ.
    pub differ: bool,
    /// Names that only the first has.
    pub only_a: Vec<String>,
    /// Names that only the second has.
    pub only_b: Vec<String>,
    /// Names that refer to different content in each.
    pub moved: Vec<NameChange>,
}

/// A name that refers to different content in each file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NameChange {
    /// The name in the first file.
    pub name: String,
    /// What it refers to there.
    pub a: String,
    /// What it refers to in the second.
    pub b: String,
}

/// By name, what it stands for.
fn names_of((image, selected): (&Image, &[Selectable])) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    for &top in selected {
        let digest = match top {
            Selectable::Docker(_) => None,
            _ => image.graph.nodes_of(top).first().map(|&id| image.graph.node(id).key.as_str().to_owned()),
        };
        for name in image.graph.names_of(top) {
            names.insert(name.to_owned(), digest.clone().unwrap_or_default());
        }
    }
    // BuildKit and docker write the full name and beside it the tag alone.
    let full: Vec<(&String, &String)> = names.iter().filter(|(name, _)| !is_tag(name)).collect();
    let tags: HashSet<(String, String)> =
        full.iter().filter_map(|(name, digest)| Some((tag_of(name)?.to_owned(), (*digest).clone()))).collect();
    names.retain(|name, digest| !tags.contains(&(name.clone(), digest.clone())));
    names
}

/// What a name is known by in another file: files that keep only the tag of a name know it by that.
fn is_tag(name: &str) -> bool {
    !name.contains([':', '/'])
}

pub(super) fn compare(a: (&Image, &[Selectable]), b: (&Image, &[Selectable])) -> NamesDiff {
    let (of_a, of_b) = (names_of(a), names_of(b));
    let mut diff = NamesDiff::default();
    let index = |names: &BTreeMap<String, String>| -> (HashMap<String, String>, HashMap<String, String>) {
        let (mut full, mut tags) = (HashMap::new(), HashMap::new());
        for (name, digest) in names {
            if is_tag(name) {
                full.insert(format!("tag {name}"), digest.clone());
            } else {
                full.insert(normalized(name), digest.clone());
                if let Some(tag) = tag_of(name) {
                    tags.insert(format!("tag {tag}"), digest.clone());
                }
            }
        }
        (full, tags)
    };
    let (index_a, index_b) = (index(&of_a), index(&of_b));
    let found = |name: &str, (full, tags): &(HashMap<String, String>, HashMap<String, String>)| -> Option<String> {
        if is_tag(name) {
            let key = format!("tag {name}");
            return full.get(&key).or_else(|| tags.get(&key)).cloned();
        }
        let tag = tag_of(name).map(|tag| format!("tag {tag}"));
        full.get(&normalized(name)).or_else(|| full.get(&tag?)).cloned()
    };
    for (name, digest) in &of_a {
        match found(name, &index_b) {
            None => diff.only_a.push(name.clone()),
            Some(other) if other != *digest && !other.is_empty() && !digest.is_empty() => {
                diff.moved.push(NameChange { name: name.clone(), a: digest.clone(), b: other });
            }
            Some(_) => {}
        }
    }
    diff.only_b.extend(of_b.keys().filter(|name| found(name, &index_a).is_none()).cloned());
    // What a name stands for is compared by itself; a file without names says nothing about names.
    diff.differ = !of_a.is_empty() && !of_b.is_empty() && (!diff.only_a.is_empty() || !diff.only_b.is_empty());
    diff
}
