//! Two images that stand against each other.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::value::RawValue;

use super::document::{FieldChange, changes, same};
use super::files::{self, FilesDiff};
use super::ignored::{Ignore, Ignored};
use super::layers::{self, LayerChange, LayerDiff, LayerFacts};
use super::pairs::{ImageId, One};
use super::{DiffOptions, text_of};
use crate::digest::Digest;
use crate::error::Error;
use crate::graph::Kind;
use crate::image::Image;
use crate::json::Value;
use crate::ops::inspect::predicate_types;
use crate::rootfs::{Candidate, require_documents};

/// Two images, and all their differences.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ImageDiff {
    /// The first.
    pub a: ImageId,
    /// The second.
    pub b: ImageId,
    /// Whether something differs that both formats can contain.
    pub differs: bool,
    /// Whether config and layer contents are the same, in whatever form they are stored.
    pub same_content: bool,
    /// Fields of the manifest, without the digests and sizes of layers and config, which are listed below; missing if
    /// one of the two has no manifest, as in docker archives.
    pub manifest: Option<Vec<FieldChange>>,
    /// Fields of the config, without history and diff_ids.
    pub config: Vec<FieldChange>,
    /// Entries of the config's history that only the first has, as stored.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub history_removed: Vec<Box<RawValue>>,
    /// Entries that only the second has.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub history_added: Vec<Box<RawValue>>,
    /// The layers.
    pub layers: Vec<LayerDiff>,
    /// Bytes of the first image's layers as stored.
    pub size_a: u64,
    /// Bytes of the second's.
    pub size_b: u64,
    /// Attestations, signatures and other referrers that only the first has; empty if one of the formats cannot
    /// contain them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub referrers_removed: Vec<Referrer>,
    /// Those that only the second has.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub referrers_added: Vec<Referrer>,
    /// The merged root file systems, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub files: Option<FilesDiff>,
}

/// A referrer of an image.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Referrer {
    /// Its kind, with its predicate types or its artifact type.
    pub what: String,
    /// Its digest.
    pub digest: Option<Digest>,
}

pub(super) fn compare(
    a: (&Image, &One),
    b: (&Image, &One),
    options: &DiffOptions,
    left: &mut usize,
) -> Result<ImageDiff, Error> {
    for (image, one) in [a, b] {
        require_documents(image, one.documents())?;
    }
    let ignored = &options.ignored;
    let (layers_a, layers_b) = (layers::layers_of(a.0, a.1), layers::layers_of(b.0, b.1));
    let layers = if ignored.has(Ignore::Layers) { Vec::new() } else { layers::compare(&layers_a, &layers_b) };
    let manifest = manifests(a, b, layers_a.len() == layers_b.len(), options);
    let config = Configs::compare(a, b, options);
    let (referrers_removed, referrers_added) =
        if ignored.has(Ignore::Attestations) { (Vec::new(), Vec::new()) } else { referrers(a, b) };
    let files = if options.files { Some(files::compare(a, b, options, left)?) } else { None };

    let same_layers = layers
        .iter()
        .all(|layer| !layer.moved && matches!(layer.change, LayerChange::Shared | LayerChange::Recompressed));
    let same_content = same_layers && config.are_equal();
    let same_manifest = match &manifest {
        Some(fields) => fields.is_empty() && layers.iter().all(|layer| is_stored_alike(layer, ignored)),
        None => true,
    };
    let differs = !same_content
        || !same_manifest
        || !referrers_removed.is_empty()
        || !referrers_added.is_empty()
        || files.as_ref().is_some_and(|files| !files.changes.is_empty());
    let size = |layers: &[LayerFacts]| layers.iter().filter_map(|layer| layer.size).fold(0, u64::saturating_add);
    Ok(ImageDiff {
        a: a.1.id(a.0),
        b: b.1.id(b.0),
        differs,
        same_content,
        manifest,
        config: config.fields,
        history_removed: config.removed,
        history_added: config.added,
        size_a: size(&layers_a),
        size_b: size(&layers_b),
        layers,
        referrers_removed,
        referrers_added,
        files,
    })
}

/// Whether both images store a layer in the same way, as far as that counts.
fn is_stored_alike(layer: &LayerDiff, ignored: &Ignored) -> bool {
    let may_differ = ignored.has(Ignore::Compression) || ignored.has(Ignore::Manifest);
    layer.change == LayerChange::Shared || may_differ && layer.change == LayerChange::Recompressed
}

/// The fields of the manifests; None where one of the images has none.
fn manifests(
    (a, of_a): (&Image, &One),
    (b, of_b): (&Image, &One),
    same_count: bool,
    options: &DiffOptions,
) -> Option<Vec<FieldChange>> {
    let limits = &options.limits;
    let (Candidate::Manifest(id_a), Candidate::Manifest(id_b)) = (of_a.candidate, of_b.candidate) else { return None };
    if of_a.digest == of_b.digest {
        return Some(Vec::new());
    }
    let (text_a, text_b) = (text_of(a, id_a, limits)?, text_of(b, id_b, limits)?);
    Some(changes(&text_a, &text_b, limits, &|pointer| {
        is_told_elsewhere(pointer, same_count) || options.ignored.of_manifest(pointer)
    }))
}

/// Whether a field of a manifest is reported with the layers or the config. Layers of which there are more or fewer are no
/// use to compare by number.
fn is_told_elsewhere(pointer: &str, same_count: bool) -> bool {
    if pointer == "/config/digest" || pointer == "/config/size" || pointer == "/config/data" {
        return true;
    }
    let Some(rest) = pointer.strip_prefix("/layers") else { return false };
    if !same_count {
        return true;
    }
    let field = rest.strip_prefix('/').and_then(|rest| rest.split_once('/')).map(|(_, field)| field);
    matches!(field, Some("digest" | "size"))
}

/// What differs between two configs.
#[derive(Debug, Default)]
struct Configs {
    fields: Vec<FieldChange>,
    removed: Vec<Box<RawValue>>,
    added: Vec<Box<RawValue>>,
    /// One of them is not there, and the other is.
    one_absent: bool,
}

impl Configs {
    fn are_equal(&self) -> bool {
        !self.one_absent && self.fields.is_empty() && self.removed.is_empty() && self.added.is_empty()
    }

    fn compare((a, of_a): (&Image, &One), (b, of_b): (&Image, &One), options: &DiffOptions) -> Configs {
        let (limits, ignored) = (&options.limits, &options.ignored);
        if of_a.config_digest.is_some() && of_a.config_digest == of_b.config_digest {
            return Configs::default();
        }
        let text_a = of_a.config.and_then(|id| text_of(a, id, limits));
        let text_b = of_b.config.and_then(|id| text_of(b, id, limits));
        let (text_a, text_b) = match (text_a, text_b) {
            (Some(a), Some(b)) => (a, b),
            (None, None) => return Configs::default(),
            _ => return Configs { one_absent: true, ..Configs::default() },
        };
        let skip = |pointer: &str| pointer == "/history" || pointer == "/rootfs/diff_ids" || ignored.of_config(pointer);
        let (removed, added) = match ignored.has(Ignore::History) {
            true => (Vec::new(), Vec::new()),
            false => history(&text_a, &text_b, options),
        };
        Configs { fields: changes(&text_a, &text_b, limits, &skip), removed, added, one_absent: false }
    }
}

/// The entries between the common beginning and the common end of two histories.
fn history(a: &str, b: &str, options: &DiffOptions) -> (Vec<Box<RawValue>>, Vec<Box<RawValue>>) {
    fn entries(text: &str) -> Vec<Value<'_>> {
        let document = Value::parse(text).ok();
        document.and_then(|document| document.get("history")).and_then(Value::items).unwrap_or_default()
    }
    let (a, b) = (entries(a), entries(b));
    let equal = |(a, b): &(&Value<'_>, &Value<'_>)| {
        same(**a, **b, &options.limits, &|pointer| options.ignored.of_config(pointer))
    };
    let first = a.iter().zip(&b).take_while(equal).count();
    let (a, b) = (a.get(first..).unwrap_or_default(), b.get(first..).unwrap_or_default());
    let last = a.iter().rev().zip(b.iter().rev()).take_while(equal).count();
    let raw = |entries: &[Value<'_>]| {
        let entries = entries.get(..entries.len() - last).unwrap_or_default();
        entries.iter().filter_map(|entry| RawValue::from_string(entry.text().to_owned()).ok()).collect()
    };
    (raw(a), raw(b))
}

/// What refers to only one of the images. A docker archive holds no referrers, so there is nothing to compare.
fn referrers(a: (&Image, &One), b: (&Image, &One)) -> (Vec<Referrer>, Vec<Referrer>) {
    let (Some(of_a), Some(of_b)) = (referrers_of(a), referrers_of(b)) else { return (Vec::new(), Vec::new()) };
    let without = |own: &BTreeMap<Option<Digest>, Referrer>, other: &BTreeMap<Option<Digest>, Referrer>| {
        own.iter().filter(|(digest, _)| !other.contains_key(digest)).map(|(_, referrer)| referrer.clone()).collect()
    };
    (without(&of_a, &of_b), without(&of_b, &of_a))
}

fn referrers_of((image, one): (&Image, &One)) -> Option<BTreeMap<Option<Digest>, Referrer>> {
    let Candidate::Manifest(id) = one.candidate else { return None };
    let graph = &image.graph;
    let referrers = graph.referrers_of(id).into_iter().map(|referrer| {
        let node = graph.node(referrer);
        let types = predicate_types(image, referrer);
        let what =
            if types.is_empty() { node.kind.to_string() } else { format!("{}: {}", node.kind, types.join(", ")) };
        let digest = node.key.digest().cloned();
        (digest.clone(), Referrer { what, digest })
    });
    let is_index = |referrer: &Referrer| referrer.what == Kind::Index.to_string();
    Some(referrers.filter(|(_, referrer)| !is_index(referrer)).collect())
}
