//! An image of `manifest.json` that points at other files after an edit.

use std::collections::{BTreeSet, HashSet};

use super::docker_documents::{Lines, ManifestText, top_layer};
use super::draft::Draft;
use super::rewrite::{New, Rewritten};
use super::slot::StackLayer;
use super::splice_failed;
use crate::digest::Digest;
use crate::doc::Field;
use crate::error::Error;
use crate::graph::{DockerEntry, NodeId};
use crate::json::edit::{apply, quoted};
use crate::json::{Edit, pointer_token};
use crate::reference::normalized;
use crate::source::{MemberKind, Resolution};

/// What becomes of one image of `manifest.json`.
pub(super) struct Successor<'d> {
    draft: &'d Draft<'d>,
    documents: &'d Rewritten,
    entry: &'d DockerEntry,
    /// The layers that it gets, where they are others or have another order.
    stack: Option<&'d [StackLayer]>,
}

impl<'d> Successor<'d> {
    pub(super) fn of(draft: &'d Draft<'_>, documents: &'d Rewritten, entry: &'d DockerEntry) -> Self {
        let stack = entry.config.and_then(|config| draft.stacks.get(&config)).map(Vec::as_slice);
        Successor { draft, documents, entry, stack }
    }

    /// The splices of `manifest.json`. Where the edit is about some names of an image only, these get an image of their own
    /// behind it.
    pub(super) fn edits(&self, stored: &ManifestText) -> Result<Vec<Edit>, Error> {
        let within = self.within(stored);
        let number = self.entry.number;
        let at_entry = |edit: Edit| prefixed(&format!("/{number}"), edit);
        let (chosen, others): (Vec<usize>, Vec<usize>) =
            (0..self.entry.image.repo_tags.len()).partition(|&at| self.is_chosen(&self.entry.image.repo_tags[at]));
        if within.is_empty() || others.is_empty() {
            return Ok(within.into_iter().map(at_entry).collect());
        }
        if chosen.is_empty() {
            return Ok(Vec::new());
        }
        let (tags, _) = stored.pointer_within(number, "RepoTags");
        let without = |gone: &[usize]| -> Vec<Edit> {
            gone.iter().map(|at| Edit::Remove { pointer: format!("{tags}/{at}") }).collect()
        };
        let copy = apply(stored.image(number), &[within, without(&others)].concat());
        let value = copy.map_err(|fault| splice_failed(&self.draft.image.source, "manifest.json", &fault))?;
        let mut edits: Vec<Edit> = without(&chosen).into_iter().map(at_entry).collect();
        edits.push(Edit::InsertItem { array: String::new(), at: number as usize + 1, value });
        Ok(edits)
    }

    /// The splices of the image itself: the new names of its files.
    fn within(&self, stored: &ManifestText) -> Vec<Edit> {
        let pointer = |key: &str| stored.pointer_within(self.entry.number, key).0;
        let mut edits = Vec::new();
        let replace = |pointer: String, new: &New| Edit::Replace { pointer, value: quoted(&new.digest.blob_path()) };
        edits.extend(self.rewritten(self.entry.config).map(|new| replace(pointer("Config"), new)));
        let layers = pointer("Layers");
        if let Some(stack) = self.stack {
            let value =
                format!("[{}]", self.names(stack).iter().map(|name| quoted(name)).collect::<Vec<_>>().join(","));
            // An image without layers may lack the key.
            edits.push(Edit::Set { object: String::new(), key: layers.trim_start_matches('/').to_owned(), value });
            edits.extend(self.layer_sources(stack, &pointer("LayerSources")));
            return edits;
        }
        for (number, layer) in self.entry.layers.iter().enumerate() {
            edits.extend(self.rewritten(*layer).map(|new| replace(format!("{layers}/{number}"), new)));
        }
        edits
    }

    /// The splices of `repositories`, whose lines name the top layer of an image.
    pub(super) fn lines(&self, known: &Lines<'_>) -> Vec<Edit> {
        let Some(top) = self.stack.and_then(<[StackLayer]>::last) else { return Vec::new() };
        let value = match top {
            StackLayer::New { digest, .. } => digest.encoded().to_owned(),
            StackLayer::Kept(number) => match self.entry.image.layers.get(..=*number).and_then(top_layer) {
                Some(name) => name,
                None => return Vec::new(),
            },
        };
        let chosen = known.that_name(self.entry).filter(|line| self.is_chosen(&line.name) && line.layer != value);
        chosen.map(|line| Edit::Replace { pointer: line.pointer.clone(), value: quoted(&value) }).collect()
    }

    /// The blobs that it needs and did not have.
    pub(super) fn coming(&self) -> BTreeSet<Digest> {
        let files = self.entry.config.iter().chain(self.entry.layers.iter().flatten());
        let documents = files.filter_map(|id| Some(self.rewritten(Some(*id))?.digest.clone()));
        let layers = self.stack.unwrap_or_default().iter().filter_map(|layer| match layer {
            StackLayer::New { digest, .. } => Some(digest.clone()),
            StackLayer::Kept(_) => None,
        });
        documents.chain(layers).collect()
    }

    fn rewritten(&self, node: Option<NodeId>) -> Option<&'d New> {
        self.documents.nodes.get(&node?)
    }

    /// The splices of `LayerSources`, in which docker lists layers by their diff_ids, and regctl by their digests.
    fn layer_sources(&self, stack: &[StackLayer], pointer: &str) -> Vec<Edit> {
        let sources = &self.entry.image.layer_sources;
        if sources.is_empty() {
            return Vec::new();
        }
        let graph = self.draft.graph();
        let config = self.entry.config.and_then(|id| graph.node(id).document.as_config());
        let diff_ids = config.map(|config| config.diff_ids.as_slice()).unwrap_or_default();
        let keys = |number: usize| {
            let diff_id = diff_ids.get(number).and_then(Field::ok).map(Digest::as_str);
            let node = self.entry.layers.get(number).copied().flatten();
            diff_id.into_iter().chain(node.map(|id| graph.node(id).key.as_str()))
        };
        let kept: BTreeSet<&str> = stack
            .iter()
            .filter_map(|layer| if let StackLayer::Kept(number) = layer { Some(*number) } else { None })
            .flat_map(keys)
            .collect();
        let gone: BTreeSet<&str> =
            (0..self.entry.layers.len()).flat_map(keys).filter(|key| !kept.contains(key)).collect();
        let listed: HashSet<&str> = sources.iter().map(|(key, _)| key.as_str()).collect();
        let mut edits: Vec<Edit> = gone
            .into_iter()
            .filter(|key| listed.contains(key))
            .map(|key| Edit::Remove { pointer: format!("{pointer}{}", pointer_token(key)) })
            .collect();
        let by_diff_id = diff_ids.iter().any(|own| own.ok().is_some_and(|own| listed.contains(own.as_str())));
        for layer in stack {
            if let StackLayer::New { digest, diff_id, descriptor } = layer {
                let key = if by_diff_id { diff_id } else { digest };
                edits.push(Edit::Set { object: pointer.to_owned(), key: key.to_string(), value: descriptor.clone() });
            }
        }
        edits
    }

    /// The files of the layers. `docker save` before 25 writes a layer that an image has twice once, and a symbolic link to
    /// it, which skopeo and podman follow only to a layer that is listed before.
    fn names(&self, stack: &[StackLayer]) -> Vec<String> {
        let source = &self.draft.image.source;
        let (mut names, mut known): (Vec<String>, HashSet<String>) = Default::default();
        for layer in stack {
            let number = match layer {
                StackLayer::Kept(number) => number,
                StackLayer::New { digest, .. } => {
                    names.push(digest.blob_path());
                    continue;
                }
            };
            let name = self.entry.image.layers.get(*number).cloned().unwrap_or_default();
            let link = source.find(&name).map(|id| &source.members()[id].kind);
            let target = match (link, source.resolve(&name)) {
                (Some(MemberKind::SymbolicLink(_)), Resolution::File(id)) => {
                    Some(source.members()[id].name.to_string())
                }
                _ => None,
            };
            let name = target.filter(|target| !known.contains(target)).unwrap_or(name);
            known.insert(name.clone());
            names.push(name);
        }
        names
    }

    fn is_chosen(&self, tag: &str) -> bool {
        self.draft.docker_names.as_ref().is_none_or(|names| names.contains(&normalized(tag)))
    }
}

/// A splice of an image as one of the whole document.
fn prefixed(prefix: &str, edit: Edit) -> Edit {
    match edit {
        Edit::Replace { pointer, value } => Edit::Replace { pointer: prefix.to_owned() + &pointer, value },
        Edit::Remove { pointer } => Edit::Remove { pointer: prefix.to_owned() + &pointer },
        Edit::Set { object, key, value } => Edit::Set { object: prefix.to_owned() + &object, key, value },
        other => other,
    }
}
