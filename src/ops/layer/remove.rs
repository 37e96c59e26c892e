//! `layer remove`

use std::collections::BTreeSet;

use super::LayerChoice;
use crate::edit::chosen::choose;
use crate::edit::restack::{HistoryChange, NextLayer, restack};
use crate::edit::{Draft, EditOptions};
use crate::error::Error;
use crate::graph::Selector;
use crate::image::Image;

const VERB: &str = "remove a layer";

/// Removes layers from the images that a selector means, with their diff_ids and entries in the history.
///
/// # Errors
///
/// When a choice fits no layer of any of the images, when a number is too high for one of them, and as for every change
/// of an image.
pub fn remove<'a>(
    image: &'a Image,
    selector: &Selector,
    choices: &[LayerChoice],
    options: &EditOptions,
) -> Result<Draft<'a>, Error> {
    let (mut draft, images) = choose(image, selector, options, VERB)?;
    let mut unused: BTreeSet<usize> = (0..choices.len()).collect();
    for own in &images {
        let mut gone: BTreeSet<usize> = BTreeSet::new();
        for (number, choice) in choices.iter().enumerate() {
            let places = choice.among(image, own, &options.limits)?;
            choice.require_number(image, own, VERB)?;
            if !places.is_empty() {
                unused.remove(&number);
            }
            gone.extend(places);
        }
        if gone.is_empty() {
            continue;
        }
        let kept = (0..own.layers.len()).filter(|place| !gone.contains(place));
        let layers: Vec<NextLayer> = kept.map(NextLayer::Kept).collect();
        restack(&mut draft, own, &layers, &HistoryChange::Follow)?;
    }
    match unused.first() {
        None => Ok(draft),
        Some(&number) => Err(choices[number].fits_none(image, VERB)),
    }
}
