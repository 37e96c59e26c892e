//! `rebase`: the layers of an image on a newer base.

mod base;
mod fields;

use base::Base;
pub use base::BaseFile;
use fields::History;

use serde::Serialize;

use super::annotate::{self, AnnotateOptions};
use crate::digest::Digest;
use crate::doc::annotations::{BASE_DIGEST, BASE_NAME};
use crate::edit::chosen::{ChosenImage, choose, config_text};
use crate::edit::restack::{HistoryChange, NextLayer, restack};
use crate::edit::{Draft, EditOptions, Holder};
use crate::error::Error;
use crate::graph::Selector;
use crate::image::Image;
use crate::json::{DocumentText, Value};
use crate::platform::Platform;

const VERB: &str = "rebase";

/// Replaces the layers of the old base by those of the new one, in each image that a selector means.
///
/// What the config has from the old base becomes what the new base has, and the annotations
/// `org.opencontainers.image.base.*` name the new base (image-spec `annotations.md`).
///
/// # Errors
///
/// When an image does not begin with the layers of the old base, by their diff_ids; when a base has no image for its
/// platform; and as for every change of an image.
pub fn rebase<'a>(
    image: &'a Image,
    selector: &Selector,
    old: &BaseFile<'_>,
    new: &BaseFile<'_>,
    options: &EditOptions,
) -> Result<Draft<'a>, Error> {
    let (mut draft, images) = choose(image, selector, options, VERB)?;
    for own in &images {
        let platform = image.graph.platform_of(own.config);
        let old = Base::open(old, platform.clone(), &options.limits)?;
        let below = old.diff_ids()?;
        let begins = begins_with(image, own, &below);
        if begins < below.len() {
            let of = platform.as_ref().map_or_else(String::new, |platform| format!("for {platform} "));
            let (label, number) = (old.image.source.label(), begins + 1);
            let reason = format!("the image {of}has not the layers of {label}: layer {number} differs");
            return Err(Error::Unfit { path: image.source.label().to_owned(), verb: VERB, reason });
        }
        let named = new;
        let new = Base::open(named, platform, &options.limits)?;
        one(&mut draft, own, &old, &new, named)?;
    }
    Ok(draft)
}

/// How many of some layers an image begins with, by their diff_ids.
fn begins_with(image: &Image, own: &ChosenImage, base: &[Digest]) -> usize {
    let config = image.graph.node(own.config).document.as_config();
    config.map_or(0, |config| config.shared_layers(base.iter().map(Some)))
}

fn one(
    draft: &mut Draft<'_>,
    own: &ChosenImage,
    old: &Base<'_>,
    new: &Base<'_>,
    named: &BaseFile<'_>,
) -> Result<(), Error> {
    let stored = config_text(draft, own)?;
    let path = draft.image().source.label().to_owned();
    let document = draft.graph().node(own.config).key.as_str().to_owned();
    let mut text = DocumentText::new(stored);
    let followed = fields::follow(&mut text, &old.config, &new.config);
    let followed = followed.map_err(|fault| Error::Document { path, document, fault: fault.to_string() })?;
    let says = [("taken from the new base", &followed.taken), ("kept, though the base changed", &followed.kept)];
    for (what, fields) in says {
        if !fields.is_empty() {
            draft.note(format!("{what}: {}", fields.join(", ")));
        }
    }
    let text = text.into_text();
    let history = fields::history(
        &History::of(&text, own.layers.len()),
        &History::of(&old.config, old.chosen.layers.len()),
        &History::of(&new.config, new.chosen.layers.len()),
    );
    let history = match history {
        Some(history) => HistoryChange::Replace(history),
        None => HistoryChange::Follow,
    };
    for config in own.configs() {
        draft.set_text(config, text.clone());
    }
    let layers = new.layers(&draft.limits().clone())?.into_iter().map(NextLayer::New);
    let kept = (old.chosen.layers.len()..own.layers.len()).map(NextLayer::Kept);
    restack(draft, own, &layers.chain(kept).collect::<Vec<_>>(), &history)?;
    annotate_base(draft, own, new, named)
}

/// Names the new base in the manifests.
fn annotate_base(draft: &mut Draft<'_>, own: &ChosenImage, new: &Base<'_>, named: &BaseFile<'_>) -> Result<(), Error> {
    // In a docker archive nothing has the digest that a registry knows.
    let digest = new.chosen.manifest.and(new.chosen.digest.as_ref()).map(ToString::to_string);
    if digest.is_none() && !own.manifests.is_empty() {
        draft.note("the new base has no manifest in its file, so the annotation for its digest is not written");
    }
    // A tag alone names no image.
    let name = named.name.clone().filter(|name| name.contains(['/', ':']));
    if name.is_none() && !own.manifests.is_empty() {
        draft.note("the new base has no full name in its file; `--base-name` writes one");
    }
    let values = [(BASE_NAME, name), (BASE_DIGEST, digest)];
    let (set, remove): (Vec<_>, Vec<_>) = values.into_iter().partition(|(_, value)| value.is_some());
    let wanted = AnnotateOptions {
        on: None,
        set: set.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect(),
        remove: remove.into_iter().map(|(key, _)| key.to_owned()).collect(),
    };
    for &manifest in &own.manifests {
        let text = draft.text(Holder::Node(manifest))?;
        for edit in annotate::edits(text.trim_start_matches('\u{feff}'), "", &wanted) {
            draft.edit(Holder::Node(manifest), edit);
        }
    }
    Ok(())
}

/// Whether images have the layers of a base.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BaseReport {
    /// The image file.
    pub file: String,
    /// The file of the base.
    pub base: String,
    /// Whether every image has the layers of the base.
    pub is_current: bool,
    /// The images.
    pub images: Vec<BaseRow>,
}

/// One image, compared with a base.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BaseRow {
    /// Its platform.
    pub platform: Option<Platform>,
    /// The base that its annotations name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_name: Option<String>,
    /// The digest of the base that its annotations name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_digest: Option<String>,
    /// The digest of the image in the file of the base.
    pub digest: Option<Digest>,
    /// How many layers the base has.
    pub layers: usize,
    /// How many of them the image begins with.
    pub same_layers: usize,
}

impl BaseRow {
    /// Whether the image begins with all layers of the base.
    pub fn is_current(&self) -> bool {
        self.same_layers == self.layers
    }
}

/// Compares the images that a selector means with a base.
///
/// # Errors
///
/// As for [`rebase`].
pub fn check(
    image: &Image,
    selector: &Selector,
    base: &BaseFile<'_>,
    options: &EditOptions,
) -> Result<BaseReport, Error> {
    let (draft, chosen) = choose(image, selector, options, "compare with the base")?;
    let mut images = Vec::new();
    for own in &chosen {
        let platform = image.graph.platform_of(own.config);
        let base = Base::open(base, platform.clone(), &options.limits)?;
        let manifest = own.manifests.first().map(|&id| draft.text(Holder::Node(id))).transpose()?;
        let annotation = |key: &str| {
            let value = Value::parse(manifest.as_ref()?.trim_start_matches('\u{feff}')).ok()?;
            let annotation = value.get("annotations")?.get(key)?.as_str()?.into_owned();
            Some(annotation).filter(|annotation| !annotation.is_empty())
        };
        let diff_ids = base.diff_ids()?;
        images.push(BaseRow {
            platform,
            base_name: annotation(BASE_NAME),
            base_digest: annotation(BASE_DIGEST),
            digest: base.chosen.digest.clone(),
            layers: diff_ids.len(),
            same_layers: begins_with(image, own, &diff_ids),
        });
    }
    let (file, base) = (image.source.label().to_owned(), base.image.source.label().to_owned());
    Ok(BaseReport { file, base, is_current: images.iter().all(BaseRow::is_current), images })
}
