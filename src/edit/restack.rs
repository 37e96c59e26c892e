//! Other layers for an image: its manifests, its config with diff_ids and history, and `manifest.json` follow.

use super::chosen::{ChosenImage, config_text};
use super::draft::Draft;
use super::history::{HistoryEntry, entries_of_layers};
use super::slot::{Holder, StackLayer};
use super::splice_failed;
use crate::codec::Compression;
use crate::digest::Digest;
use crate::doc::{Document, descriptor_text};
use crate::error::Error;
use crate::json::edit::{apply, quoted};
use crate::json::{Edit, Kind, Value};
use crate::media_type::{self, LayerType, MediaType};
use crate::sink::LayerBlob;
use crate::source::Part;

/// A layer of the image after the edit.
#[derive(Debug, Clone)]
pub(crate) enum NextLayer {
    /// The layer that it has under this number, counted from 0, the bottom.
    Kept(usize),
    /// A layer that comes in.
    New(NewLayer),
}

/// A layer that comes in.
#[derive(Debug, Clone)]
pub(crate) struct NewLayer {
    pub(crate) part: Part,
    pub(crate) digest: Digest,
    pub(crate) diff_id: Digest,
    pub(crate) compression: Compression,
    /// Its entry in the history.
    pub(crate) history: HistoryEntry,
}

/// What becomes of the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum HistoryChange {
    /// The entries of layers that go, go with them.
    Follow,
    /// The entries of layers that go stay, and stand for no layer.
    KeepEntries,
    /// The whole history gets this text.
    Replace(String),
}

/// Gives an image other layers, bottom first; those that it keeps stay in their order.
///
/// # Errors
///
/// When a document cannot be read or does not have the layers that it should.
pub(crate) fn restack(
    draft: &mut Draft<'_>,
    image: &ChosenImage,
    layers: &[NextLayer],
    history: &HistoryChange,
) -> Result<(), Error> {
    let stored = match draft.texts.get(&image.config) {
        Some(text) => text.clone(),
        None => config_text(draft, image)?,
    };
    let change = Change { had: image.layers.len(), layers };
    let name = draft.graph().node(image.config).key.as_str().to_owned();
    let failed = |draft: &Draft<'_>, fault: String| {
        let path = draft.image().source.label().to_owned();
        Error::Document { path, document: name.clone(), fault }
    };
    let edits = change.of_config(&stored, history).map_err(|fault| failed(draft, fault))?;
    let text = apply(&stored, &edits).map_err(|fault| splice_failed(&draft.image().source, &name, &fault))?;
    if !change.accounts_for_layers(&stored) && !matches!(history, HistoryChange::Replace(_)) {
        draft.note("the history does not account for the layers and was left as it is");
    }
    let stack: Vec<StackLayer> = layers.iter().map(NextLayer::in_docker).collect();
    for config in image.configs() {
        draft.set_text(config, text.clone());
        draft.set_stack(config, stack.clone());
    }
    for &manifest in &image.manifests {
        let text = draft.text(Holder::Node(manifest))?;
        let is_docker = is_docker(draft, manifest);
        for edit in change.of_manifest(&text, is_docker).map_err(|fault| failed(draft, fault))? {
            draft.edit(Holder::Node(manifest), edit);
        }
    }
    for layer in layers {
        if let NextLayer::New(new) = layer {
            draft.add_part(new.digest.clone(), new.part.clone());
        }
    }
    Ok(())
}

impl NextLayer {
    fn in_docker(&self) -> StackLayer {
        match self {
            NextLayer::Kept(number) => StackLayer::Kept(*number),
            NextLayer::New(new) => StackLayer::New {
                digest: new.digest.clone(),
                diff_id: new.diff_id.clone(),
                descriptor: new.descriptor(false).unwrap_or_default(),
            },
        }
    }
}

impl NewLayer {
    /// A layer that was written.
    pub(crate) fn of(blob: LayerBlob, history: HistoryEntry) -> Self {
        let LayerBlob { part, digest, diff_id, compression, .. } = blob;
        NewLayer { part, digest, diff_id, compression, history }
    }

    /// Its descriptor, as JSON text; None when no media type says what it is.
    fn descriptor(&self, docker: bool) -> Option<String> {
        let own = LayerType { compression: self.compression, non_distributable: false, encrypted: false, docker };
        Some(descriptor_text(own.media_type()?, &self.digest, self.part.size(), &[]))
    }
}

/// Whether a manifest is one of Docker's: its layers have Docker's media types.
fn is_docker(draft: &Draft<'_>, manifest: usize) -> bool {
    let Document::Manifest(document) = &draft.graph().node(manifest).document else { return false };
    let own = document.layers.iter().find_map(|(_, layer)| match layer.media_type.ok().map(MediaType::kind) {
        Some(media_type::Kind::Layer(own)) => Some(own.docker),
        _ => None,
    });
    let config = document.config.as_ref().and_then(|config| config.media_type.ok());
    own.unwrap_or_else(|| config.is_some_and(|config| config.as_str() == media_type::DOCKER_CONFIG))
}

struct Change<'l> {
    /// How many layers there were.
    had: usize,
    layers: &'l [NextLayer],
}

impl Change<'_> {
    fn kept(&self) -> Vec<bool> {
        let mut kept = vec![false; self.had];
        for layer in self.layers {
            if let NextLayer::Kept(number) = layer
                && let Some(kept) = kept.get_mut(*number)
            {
                *kept = true;
            }
        }
        kept
    }

    /// The new layers, each with the number of the layer that it comes before, and None at the top.
    fn incoming(&self) -> Vec<(&NewLayer, Option<usize>)> {
        let mut above = None;
        let mut new = Vec::new();
        for layer in self.layers.iter().rev() {
            match layer {
                NextLayer::Kept(number) => above = Some(*number),
                NextLayer::New(layer) => new.push((layer, above)),
            }
        }
        new.reverse();
        new
    }

    /// The splices of a list with an item for each layer.
    fn of_list(&self, list: Option<Value<'_>>, pointer: &str, item: impl Fn(&NewLayer) -> String) -> Option<Vec<Edit>> {
        let items = list.and_then(Value::count_items);
        let Some(items) = items else {
            // Go programs write null for an empty list, or nothing.
            let values: Vec<String> = self.incoming().into_iter().map(|(layer, _)| item(layer)).collect();
            let (object, key) = pointer.rsplit_once('/')?;
            let value = format!("[{}]", values.join(","));
            let is_empty = self.had == 0 && list.is_none_or(|list| list.kind() == Kind::Null);
            return is_empty.then(|| vec![Edit::Set { object: object.to_owned(), key: key.to_owned(), value }]);
        };
        if items != self.had {
            return None;
        }
        let gone = self.kept().into_iter().enumerate().filter(|(_, kept)| !kept);
        let mut edits: Vec<Edit> =
            gone.map(|(number, _)| Edit::Remove { pointer: format!("{pointer}/{number}") }).collect();
        edits.extend(self.incoming().into_iter().map(|(layer, above)| Edit::InsertItem {
            array: pointer.to_owned(),
            at: above.unwrap_or(usize::MAX),
            value: item(layer),
        }));
        Some(edits)
    }

    fn of_manifest(&self, text: &str, is_docker: bool) -> Result<Vec<Edit>, String> {
        let value = parsed(text)?;
        let untyped = self.incoming().into_iter().find(|(layer, _)| layer.descriptor(is_docker).is_none());
        if let Some((layer, _)) = untyped {
            let compression = layer.compression;
            return Err(format!("a manifest of Docker's media type has none for {compression} layers; use gzip"));
        }
        let item = |layer: &NewLayer| layer.descriptor(is_docker).unwrap_or_default();
        let wrong = || format!("`layers` of the manifest has not {} entries", self.had);
        self.of_list(value.get("layers"), "/layers", item).ok_or_else(wrong)
    }

    fn of_config(&self, text: &str, history: &HistoryChange) -> Result<Vec<Edit>, String> {
        let config = parsed(text)?;
        let wrong = || format!("the config has not one diff_id for each of {} layers", self.had);
        let rootfs = config.get("rootfs").ok_or_else(wrong)?;
        let diff_id = |layer: &NewLayer| quoted(layer.diff_id.as_str());
        let mut edits = self.of_list(rootfs.get("diff_ids"), "/rootfs/diff_ids", diff_id).ok_or_else(wrong)?;
        edits.extend(self.of_history(config, history));
        Ok(edits)
    }

    /// Whether the history, where there is one, has an entry for each layer.
    fn accounts_for_layers(&self, text: &str) -> bool {
        let accounts = |config: Value<'_>| match config.get("history") {
            None => true,
            Some(history) => history.kind() == Kind::Null || entries_of_layers(config, self.had).is_some(),
        };
        parsed(text).is_ok_and(accounts)
    }

    fn of_history(&self, config: Value<'_>, change: &HistoryChange) -> Vec<Edit> {
        if let HistoryChange::Replace(history) = change {
            return vec![Edit::Set { object: String::new(), key: "history".to_owned(), value: history.clone() }];
        }
        let array = "/history".to_owned();
        let Some(entries) = entries_of_layers(config, self.had) else {
            let is_first = self.had == 0 && config.get("history").is_none_or(|history| history.kind() == Kind::Null);
            let new = self.incoming().into_iter().map(|(layer, _)| layer.history.text(config));
            let value = format!("[{}]", new.collect::<Vec<_>>().join(","));
            let set = Edit::Set { object: String::new(), key: "history".to_owned(), value };
            return if is_first { vec![set] } else { Vec::new() };
        };
        let gone = self.kept().into_iter().zip(&entries).filter(|(kept, _)| !kept);
        let mut edits: Vec<Edit> = gone
            .map(|(_, entry)| match change {
                HistoryChange::KeepEntries => Edit::Set {
                    object: format!("{array}/{entry}"),
                    key: "empty_layer".to_owned(),
                    value: "true".to_owned(),
                },
                _ => Edit::Remove { pointer: format!("{array}/{entry}") },
            })
            .collect();
        edits.extend(self.incoming().into_iter().filter_map(|(layer, above)| {
            // Behind the entry of the layer below; what stands behind that for no layer came later.
            let at = match above {
                None => usize::MAX,
                Some(0) => 0,
                Some(above) => entries.get(above - 1)? + 1,
            };
            Some(Edit::InsertItem { array: array.clone(), at, value: layer.history.text(config) })
        }));
        edits
    }
}

fn parsed(text: &str) -> Result<Value<'_>, String> {
    Value::parse(text.strip_prefix('\u{feff}').unwrap_or(text)).map_err(|error| format!("not JSON: {error}"))
}
