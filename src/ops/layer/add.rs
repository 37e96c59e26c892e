//! `layer add`

use super::compression::usual_compression;
use super::incoming::{Incoming, NewLayerOptions};
use super::input::LayerInput;
use crate::codec::Compression;
use crate::command::CommandLine;
use crate::edit::chosen::choose;
use crate::edit::history::HistoryEntry;
use crate::edit::restack::{HistoryChange, NewLayer, NextLayer, restack};
use crate::edit::{Draft, EditOptions};
use crate::error::Error;
use crate::graph::Selector;
use crate::image::Image;

const VERB: &str = "add a layer";

/// How a layer is added.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AddOptions {
    /// The number that it gets, counted from 1, the bottom; by default it is on top.
    pub at: Option<usize>,
    /// How it is written.
    pub layer: NewLayerOptions,
}

/// Adds a layer to the images that a selector means.
///
/// # Errors
///
/// When readers would do different things with the layer, when a lower layer is damaged, and as for every change of an
/// image.
pub fn add<'a>(
    image: &'a Image,
    selector: &Selector,
    input: LayerInput<'_>,
    wanted: &AddOptions,
    options: &EditOptions,
) -> Result<Draft<'a>, Error> {
    let (mut draft, images) = choose(image, selector, options, VERB)?;
    let compression = images.first().map_or(Ok(Compression::Gzip), |own| usual_compression(image, own))?;
    let created_by = wanted.layer.created_by.clone().unwrap_or_else(|| created_by("add", &input));
    let mut incoming = Incoming::read(input, compression, &wanted.layer, options)?;
    for own in &images {
        let layers = own.layers.len();
        let at = wanted.at.map_or(layers, |at| at.wrapping_sub(1));
        if at > layers {
            let reason = format!("the image has {layers} layers, so the new one can be number 1 to {}", layers + 1);
            return Err(Error::Unfit { path: image.source.label().to_owned(), verb: VERB, reason });
        }
        let blob = incoming.blob(image, own, at, options, &mut draft)?;
        let mut stack: Vec<NextLayer> = (0..layers).map(NextLayer::Kept).collect();
        stack.insert(at, NextLayer::New(NewLayer::of(blob, entry(&created_by))));
        restack(&mut draft, own, &stack, &HistoryChange::Follow)?;
    }
    incoming.end(&mut draft)?;
    Ok(draft)
}

/// The entry of a new layer in the history.
pub(super) fn entry(created_by: &str) -> HistoryEntry {
    HistoryEntry { created_by: created_by.to_owned(), created: None, comment: None, empty_layer: false }
}

/// The command, with the destinations of files.
pub(super) fn created_by(command: &str, input: &LayerInput<'_>) -> String {
    let command = CommandLine::ocikit("layer").word(command);
    let with_files = match input {
        LayerInput::Tar { .. } => None,
        LayerInput::Files(files) => {
            files.destinations().iter().fold(command.clone(), |command, name| command.word(name)).line()
        }
    };
    with_files.or_else(|| command.line()).unwrap_or_default()
}
