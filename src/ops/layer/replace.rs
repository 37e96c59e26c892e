//! `layer replace`

use super::LayerChoice;
use super::add::{created_by, entry};
use super::compression::compression_of;
use super::incoming::{Incoming, NewLayerOptions};
use super::input::LayerInput;
use crate::codec::Compression;
use crate::doc::Field;
use crate::edit::chosen::{ChosenImage, choose};
use crate::edit::restack::{HistoryChange, NewLayer, NextLayer, restack};
use crate::edit::{Draft, EditOptions};
use crate::error::Error;
use crate::graph::{Key, Selector};
use crate::image::Image;
use crate::sink::LayerBlob;

const VERB: &str = "replace a layer";

/// Which layer is replaced, and how the new one is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplaceOptions {
    /// The layer: one in each image that has it.
    pub choice: LayerChoice,
    /// How the new one is written.
    pub layer: NewLayerOptions,
}

/// Replaces a layer of the images that a selector means, with its diff_id and its entry in the history. A layer with the
/// same files in the same archive stays as it is.
///
/// # Errors
///
/// When the choice fits no layer of any of the images, or several of one; when readers would do different things with the
/// layer; when a lower layer is damaged, and as for every change of an image.
pub fn replace<'a>(
    image: &'a Image,
    selector: &Selector,
    input: LayerInput<'_>,
    wanted: &ReplaceOptions,
    options: &EditOptions,
) -> Result<Draft<'a>, Error> {
    let (mut draft, images) = choose(image, selector, options, VERB)?;
    let mut places: Vec<(&ChosenImage, usize)> = Vec::new();
    for own in &images {
        places.extend(wanted.choice.one_of(image, own, &options.limits, VERB)?.map(|place| (own, place)));
    }
    let Some((own, place)) = places.first() else { return Err(wanted.choice.fits_none(image, VERB)) };
    let old = own.layers[*place].filter(|id| image.graph.node(*id).is_present());
    let compression = old.map_or(Ok(Compression::Gzip), |id| compression_of(image, id))?;
    let created_by = wanted.layer.created_by.clone().unwrap_or_else(|| created_by("replace", &input));
    let is_recompressed = wanted.layer.compression.is_some();
    let mut incoming = Incoming::read(input, compression, &wanted.layer, options)?;
    for (own, place) in places {
        let blob = incoming.blob(image, own, place, options, &mut draft)?;
        let next = match compare(image, own, place, &blob) {
            Same::Bytes => None,
            Same::Archive if !is_recompressed => None,
            Same::Archive => Some(NextLayer::Rewritten(place, blob)),
            Same::Nothing => Some(NextLayer::Replaced(place, NewLayer::of(blob, entry(&created_by)))),
        };
        let Some(next) = next else {
            draft.note(format!("layer {} has the same files in the same archive and was not changed", place + 1));
            continue;
        };
        let mut stack: Vec<NextLayer> = (0..own.layers.len()).map(NextLayer::Kept).collect();
        stack[place] = next;
        restack(&mut draft, own, &stack, &HistoryChange::Follow)?;
    }
    incoming.end(&mut draft)?;
    Ok(draft)
}

/// What an old layer and a new one have in common.
enum Same {
    Nothing,
    /// The uncompressed bytes.
    Archive,
    /// All bytes.
    Bytes,
}

fn compare(image: &Image, own: &ChosenImage, place: usize, blob: &LayerBlob) -> Same {
    let key = own.layers[place].map(|id| &image.graph.node(id).key);
    let config = image.graph.node(own.config).document.as_config();
    let diff_id = config.and_then(|config| config.diff_ids.get(place)).and_then(Field::ok);
    if key.and_then(Key::digest) == Some(&blob.digest) {
        Same::Bytes
    } else if diff_id == Some(&blob.diff_id) {
        Same::Archive
    } else {
        Same::Nothing
    }
}
