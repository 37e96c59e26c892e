//! Other layers for an image: its manifests, its config with diff_ids and history, and `manifest.json` follow.

use super::chosen::{ChosenImage, config_text};
use super::draft::Draft;
use super::history::{HistoryEntry, entries_of_layers};
use super::slot::{Holder, StackLayer};
use super::splice_failed;
use crate::doc::annotations::{UNCOMPRESSED, is_told_by_compression};
use crate::doc::{Descriptor, Document, Manifest, descriptor_text};
use crate::error::Error;
use crate::graph::NodeId;
use crate::json::edit::{apply, quoted};
use crate::json::{Edit, Kind, Value, pointer_token};
use crate::media_type::{self, LayerType, MediaType};
use crate::sink::LayerBlob;

/// A layer of the image after the edit.
#[derive(Debug, Clone)]
pub(crate) enum NextLayer {
    /// The layer that it has under this number, counted from 0, the bottom.
    Kept(usize),
    /// A layer that comes in.
    New(NewLayer),
    /// A layer that comes in for the one under this number, which goes with its entry in the history.
    Replaced(usize, NewLayer),
    /// The layer under this number with other bytes: what its descriptor and its entry in the history say otherwise stays.
    Rewritten(usize, LayerBlob),
}

/// A layer that comes in.
#[derive(Debug, Clone)]
pub(crate) struct NewLayer {
    /// Its bytes.
    pub(crate) blob: LayerBlob,
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
        let document = document(draft, manifest);
        for edit in change.of_manifest(&text, document).map_err(|fault| failed(draft, fault))? {
            draft.edit(Holder::Node(manifest), edit);
        }
    }
    for blob in layers.iter().filter_map(NextLayer::blob) {
        draft.add_part(blob.digest.clone(), blob.part.clone());
    }
    Ok(())
}

fn document<'a>(draft: &Draft<'a>, manifest: NodeId) -> Option<&'a Manifest> {
    match &draft.graph().node(manifest).document {
        Document::Manifest(document) => Some(document),
        _ => None,
    }
}

impl NextLayer {
    /// The bytes that are new.
    fn blob(&self) -> Option<&LayerBlob> {
        match self {
            NextLayer::Kept(_) => None,
            NextLayer::New(new) | NextLayer::Replaced(_, new) => Some(&new.blob),
            NextLayer::Rewritten(_, blob) => Some(blob),
        }
    }

    /// The number of the layer in whose place it is.
    fn place(&self) -> Option<usize> {
        match self {
            NextLayer::New(_) => None,
            NextLayer::Kept(number) | NextLayer::Replaced(number, _) | NextLayer::Rewritten(number, _) => Some(*number),
        }
    }

    fn in_docker(&self) -> StackLayer {
        match self {
            NextLayer::Kept(number) => StackLayer::Kept(*number),
            NextLayer::New(NewLayer { blob, .. })
            | NextLayer::Replaced(_, NewLayer { blob, .. })
            | NextLayer::Rewritten(_, blob) => StackLayer::New {
                digest: blob.digest.clone(),
                diff_id: blob.diff_id.clone(),
                descriptor: descriptor(blob, false).unwrap_or_default(),
            },
        }
    }
}

impl NewLayer {
    /// A layer that was written.
    pub(crate) fn of(blob: LayerBlob, history: HistoryEntry) -> Self {
        NewLayer { blob, history }
    }
}

/// The descriptor of a layer, as JSON text; None when no media type says what it is.
fn descriptor(blob: &LayerBlob, docker: bool) -> Option<String> {
    let own = LayerType { compression: blob.compression, non_distributable: false, encrypted: false, docker };
    Some(descriptor_text(own.media_type()?, &blob.digest, blob.size, &[]))
}

/// Whether a manifest is one of Docker's: its layers have Docker's media types.
fn is_docker(document: &Manifest) -> bool {
    let own = document.layers.iter().find_map(|(_, layer)| layer_type(layer)).map(|own| own.docker);
    let config = document.config.as_ref().and_then(|config| config.media_type.ok());
    own.unwrap_or_else(|| config.is_some_and(|config| config.as_str() == media_type::DOCKER_CONFIG))
}

fn layer_type(descriptor: &Descriptor) -> Option<LayerType> {
    match descriptor.media_type.ok().map(MediaType::kind) {
        Some(media_type::Kind::Layer(own)) => Some(own),
        _ => None,
    }
}

struct Change<'l> {
    /// How many layers there were.
    had: usize,
    layers: &'l [NextLayer],
}

impl Change<'_> {
    /// For each layer that there was, whether it or another is in its place.
    fn kept(&self) -> Vec<bool> {
        let mut kept = vec![false; self.had];
        for number in self.layers.iter().filter_map(NextLayer::place) {
            if let Some(kept) = kept.get_mut(number) {
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
                NextLayer::New(layer) => new.push((layer, above)),
                other => above = other.place(),
            }
        }
        new.reverse();
        new
    }

    /// The splices of a list with an item for each layer. `rewritten` gives those for one with other bytes.
    fn of_list(
        &self,
        list: Option<Value<'_>>,
        pointer: &str,
        item: impl Fn(&LayerBlob) -> String,
        rewritten: impl Fn(usize, &LayerBlob) -> Vec<Edit>,
    ) -> Option<Vec<Edit>> {
        let items = list.and_then(Value::count_items);
        let Some(items) = items else {
            // Go programs write null for an empty list, or nothing.
            let values: Vec<String> = self.incoming().into_iter().map(|(layer, _)| item(&layer.blob)).collect();
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
            value: item(&layer.blob),
        }));
        for layer in self.layers {
            match layer {
                NextLayer::Replaced(number, new) => {
                    edits.push(Edit::Replace { pointer: format!("{pointer}/{number}"), value: item(&new.blob) });
                }
                NextLayer::Rewritten(number, blob) => edits.extend(rewritten(*number, blob)),
                NextLayer::Kept(_) | NextLayer::New(_) => {}
            }
        }
        Some(edits)
    }

    fn of_manifest(&self, text: &str, document: Option<&Manifest>) -> Result<Vec<Edit>, String> {
        let value = parsed(text)?;
        require_one(value, &["layers"])?;
        let is_docker = document.is_some_and(is_docker);
        let mut blobs = self.layers.iter().filter_map(NextLayer::blob);
        if let Some(blob) = blobs.find(|blob| descriptor(blob, is_docker).is_none()) {
            let compression = blob.compression;
            return Err(format!("a manifest of Docker's media type has none for {compression} layers; use gzip"));
        }
        let item = |blob: &LayerBlob| descriptor(blob, is_docker).unwrap_or_default();
        let own = |number: usize| {
            let layers = document.map(|document| document.layers.as_slice()).unwrap_or_default();
            layers.iter().find(|(own, _)| *own as usize == number).map(|(_, layer)| layer)
        };
        let rewritten = |number: usize, blob: &LayerBlob| {
            let stored = value.at(&format!("/layers/{number}"));
            rewritten_descriptor(number, stored, own(number), blob)
        };
        let wrong = || format!("`layers` of the manifest has not {} entries", self.had);
        self.of_list(value.get("layers"), "/layers", item, rewritten).ok_or_else(wrong)
    }

    fn of_config(&self, text: &str, history: &HistoryChange) -> Result<Vec<Edit>, String> {
        let config = parsed(text)?;
        let wrong = || format!("the config has not one diff_id for each of {} layers", self.had);
        require_one(config, &["rootfs", "history"])?;
        let rootfs = config.get("rootfs").ok_or_else(wrong)?;
        require_one(rootfs, &["diff_ids"])?;
        let diff_id = |blob: &LayerBlob| quoted(blob.diff_id.as_str());
        let replaced = |number: usize, blob: &LayerBlob| {
            vec![Edit::Replace { pointer: format!("/rootfs/diff_ids/{number}"), value: diff_id(blob) }]
        };
        let list = rootfs.get("diff_ids");
        let mut edits = self.of_list(list, "/rootfs/diff_ids", diff_id, replaced).ok_or_else(wrong)?;
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
        edits.extend(self.layers.iter().filter_map(|layer| {
            let NextLayer::Replaced(number, new) = layer else { return None };
            let pointer = format!("{array}/{}", entries.get(*number)?);
            Some(Edit::Replace { pointer, value: new.history.text(config) })
        }));
        edits
    }
}

/// The splices of a descriptor whose bytes are others now; what describes the old ones goes.
fn rewritten_descriptor(
    number: usize,
    stored: Option<Value<'_>>,
    own: Option<&Descriptor>,
    blob: &LayerBlob,
) -> Vec<Edit> {
    let object = format!("/layers/{number}");
    let set = |key: &str, value: String| Edit::Set { object: object.clone(), key: key.to_owned(), value };
    let mut edits = vec![set("digest", quoted(blob.digest.as_str())), set("size", blob.size.to_string())];
    let media_type = own.and_then(layer_type).and_then(|own| {
        let new = LayerType { compression: blob.compression, ..own };
        (new != own).then(|| new.media_type()).flatten()
    });
    edits.extend(media_type.map(|media_type| set("mediaType", quoted(media_type))));
    let has = |key: &str| stored.is_some_and(|stored| stored.get(key).is_some());
    let gone = ["data", "urls"].into_iter().filter(|key| has(key));
    edits.extend(gone.map(|key| Edit::Remove { pointer: format!("{object}/{key}") }));
    let annotations = own.into_iter().flat_map(|own| own.annotations.iter());
    let told = annotations.filter(|(key, _)| is_told_by_compression(key));
    edits.extend(told.map(|(key, _)| Edit::Remove { pointer: format!("{object}/annotations{}", pointer_token(key)) }));
    if own.is_some_and(|own| own.annotations.get(UNCOMPRESSED).is_some()) {
        let value = quoted(blob.diff_id.as_str());
        edits.push(Edit::Set { object: format!("{object}/annotations"), key: UNCOMPRESSED.to_owned(), value });
    }
    edits
}

/// Refuses keys that are there twice: readers use one or the other, and only one would be changed.
fn require_one(object: Value<'_>, keys: &[&str]) -> Result<(), String> {
    let mut counts = vec![0; keys.len()];
    object.each_member(|member| {
        for (_, count) in keys.iter().zip(&mut counts).filter(|(key, _)| member.key == **key) {
            *count += 1;
        }
    });
    match keys.iter().zip(counts).find(|(_, count)| *count > 1) {
        Some((key, _)) => Err(format!("the key `{key}` is duplicate, and readers use different ones of the values")),
        None => Ok(()),
    }
}

fn parsed(text: &str) -> Result<Value<'_>, String> {
    Value::parse(text.strip_prefix('\u{feff}').unwrap_or(text)).map_err(|error| format!("not JSON: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duplicate_keys_are_refused() {
        let change = Change { had: 1, layers: &[NextLayer::Kept(0)] };
        for (config, key) in [
            (r#"{"rootfs":{"diff_ids":["a"]},"rootfs":{"diff_ids":["b"]}}"#, "rootfs"),
            (r#"{"rootfs":{"diff_ids":["a"],"diff_ids":["b"]}}"#, "diff_ids"),
            (r#"{"rootfs":{"diff_ids":["a"]},"history":[],"history":[{}]}"#, "history"),
        ] {
            let fault = change.of_config(config, &HistoryChange::Follow).unwrap_err();
            assert!(fault.contains(&format!("the key `{key}` is duplicate")), "{fault}");
        }
        assert!(change.of_config(r#"{"rootfs":{"diff_ids":["a"]},"a":1,"a":2}"#, &HistoryChange::Follow).is_ok());
        assert!(change.of_manifest(r#"{"layers":[{}],"layers":[{}]}"#, None).is_err());
    }
}
