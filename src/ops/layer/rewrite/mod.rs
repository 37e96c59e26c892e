//! `layer rewrite`: the same layers without some files, or with other times, owners or compression.
//!
//! The layers of an image are listed first, where files are to be left out; what becomes of each entry is known then, and
//! each layer is copied once. What is not named keeps its bytes, and a layer in which nothing changes its blob.

mod change;
mod copy;
mod layer;
mod links;
mod pattern;
mod strip;
mod tap;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;

use change::{Change, Fates};
use copy::Done;
use layer::Writing;
pub use pattern::PathPattern;
use strip::{Strip, Wanted};

use super::LayerChoice;
use crate::codec::Compression;
use crate::doc::Document;
use crate::edit::chosen::{ChosenImage, choose};
use crate::edit::restack::{HistoryChange, NextLayer, restack};
use crate::edit::{Draft, EditOptions};
use crate::error::Error;
use crate::graph::{NodeId, Selector};
use crate::image::Image;
use crate::media_type::{self, MediaType};
pub use crate::ops::base_layers::BaseImage;
use crate::ops::base_layers::layers_of_base;
use crate::parallel;
use crate::rootfs::{Chosen, Layer, LayerEntries, Rootfs, RootfsOptions, read_layers, require_documents};
use crate::sink::{LayerBlob, Level, Spool};

const VERB: &str = "rewrite a layer";

/// Which layers are rewritten.
#[derive(Debug, Clone)]
pub enum RewriteRange<'b> {
    /// All of them.
    All,
    /// These.
    These(Vec<LayerChoice>),
    /// Those above the base of the image.
    Above(BaseImage<'b>),
}

/// What is changed in which layers.
#[derive(Debug, Clone)]
pub struct RewriteOptions<'b> {
    /// Which layers.
    pub range: RewriteRange<'b>,
    /// Files that are left out.
    pub strip: Vec<PathPattern>,
    /// Whether they are left out of all layers: otherwise they must be in one of those that are rewritten.
    pub every_layer: bool,
    /// The latest time of entries, in seconds since 1970.
    pub latest: Option<i64>,
    /// User and group number of all entries.
    pub owner: Option<(u32, u32)>,
    /// Another compression.
    pub compression: Option<(Compression, Level)>,
    /// Where temporary files are created; None for the system's folder.
    pub folder: Option<PathBuf>,
    /// Threads; 0 for one on each core.
    pub jobs: usize,
}

/// Rewrites layers of the images that a selector means; their diff_ids follow, and their entries in the history stay.
///
/// # Errors
///
/// When a choice fits no layer or a pattern no file, when the content of a file would still be in another layer, when a
/// layer is missing, encrypted, foreign or damaged, and as for every change of an image.
pub fn rewrite<'a>(
    image: &'a Image,
    selector: &Selector,
    wanted: &RewriteOptions<'_>,
    options: &EditOptions,
) -> Result<Draft<'a>, Error> {
    let (mut draft, images) = choose(image, selector, options, VERB)?;
    let chosen = images.iter().map(|own| chosen(image, own)).collect::<Result<Vec<Chosen>, Error>>()?;
    let mut rewriter = Rewriter {
        image,
        wanted,
        options,
        spool: Spool::new(wanted.folder.as_deref())?,
        written: Vec::new(),
        unused: (0..wanted.strip.len()).collect(),
    };
    let selected = selected(image, &images, &chosen, wanted, options)?;
    let entries = rewriter.entries(&chosen)?;
    for (((own, chosen), selected), entries) in images.iter().zip(&chosen).zip(&selected).zip(&entries) {
        rewriter.image(&mut draft, own, chosen, selected, entries)?;
    }
    match rewriter.unused.first().and_then(|number| wanted.strip.get(*number)) {
        Some(pattern) => Err(unfit(image, format!("no layer has a file that fits `{pattern}`"))),
        None => Ok(draft),
    }
}

/// The image as a root file system, with all of its layers.
fn chosen(image: &Image, own: &ChosenImage) -> Result<Chosen, Error> {
    let chosen = own.rootfs(image)?;
    if chosen.layers.len() != own.layers.len() {
        return Err(unfit(image, "an entry of `layers` is no descriptor".to_owned()));
    }
    require_documents(image, chosen.documents())?;
    Ok(chosen)
}

/// For each image, which of its layers are rewritten.
fn selected(
    image: &Image,
    images: &[ChosenImage],
    chosen: &[Chosen],
    wanted: &RewriteOptions<'_>,
    options: &EditOptions,
) -> Result<Vec<Vec<bool>>, Error> {
    let mut selected: Vec<Vec<bool>> = chosen.iter().map(|chosen| vec![true; chosen.layers.len()]).collect();
    match &wanted.range {
        RewriteRange::All => {}
        RewriteRange::These(choices) => {
            let mut unused: Vec<&LayerChoice> = choices.iter().collect();
            for (own, selected) in images.iter().zip(&mut selected) {
                selected.fill(false);
                for choice in choices {
                    let places = choice.among(image, own, &options.limits)?;
                    choice.require_number(image, own, VERB)?;
                    if !places.is_empty() {
                        unused.retain(|other| *other != choice);
                    }
                    places.into_iter().for_each(|place| selected[place] = true);
                }
            }
            if let Some(choice) = unused.first() {
                return Err(choice.fits_none(image, VERB));
            }
        }
        RewriteRange::Above(base) => {
            for (chosen, selected) in chosen.iter().zip(&mut selected) {
                let cut = layers_of_base(image, chosen, *base, VERB)?;
                selected.iter_mut().take(cut).for_each(|selected| *selected = false);
            }
        }
    }
    Ok(selected)
}

/// A layer that was written: images may share it.
struct Written {
    node: NodeId,
    fates: Fates,
    result: Option<(LayerBlob, Done)>,
}

struct Rewriter<'r> {
    image: &'r Image,
    wanted: &'r RewriteOptions<'r>,
    options: &'r EditOptions,
    spool: Spool,
    written: Vec<Written>,
    /// The numbers of patterns that fit no file so far.
    unused: Vec<usize>,
}

impl Rewriter<'_> {
    /// The entries of all layers of each image, where files are to be left out.
    fn entries(&self, chosen: &[Chosen]) -> Result<Vec<Vec<Arc<LayerEntries>>>, Error> {
        if self.wanted.strip.is_empty() {
            return Ok(chosen.iter().map(|_| Vec::new()).collect());
        }
        let layers: Vec<(&Image, &Layer)> =
            chosen.iter().flat_map(|chosen| &chosen.layers).map(|layer| (self.image, layer)).collect();
        let bytes = layers.iter().map(|(_, layer)| layer.size).sum();
        let _work = self.options.meter.begin_blobs("listing layers", bytes, layers.len());
        let (limits, meter) = (self.options.limits.clone(), self.options.meter.clone());
        let options = RootfsOptions { hash_files: true, sound: true, jobs: self.wanted.jobs, limits, meter };
        let (entries, _) = read_layers(&layers, &options, None)?;
        let mut entries = entries.into_iter();
        Ok(chosen.iter().map(|chosen| entries.by_ref().take(chosen.layers.len()).collect()).collect())
    }

    fn image(
        &mut self,
        draft: &mut Draft<'_>,
        own: &ChosenImage,
        chosen: &Chosen,
        selected: &[bool],
        entries: &[Arc<LayerEntries>],
    ) -> Result<(), Error> {
        let platform = chosen.platform.as_ref().map_or(String::new(), |platform| format!("{platform}: "));
        let strip = self.strip(chosen, selected, entries)?;
        let mut stack: Vec<NextLayer> = (0..own.layers.len()).map(NextLayer::Kept).collect();
        let (none, mut is_changed) = (Fates::new(), false);
        let bytes = chosen.layers.iter().zip(selected).filter(|(_, selected)| **selected).map(|(layer, _)| layer.size);
        let _work = self.options.meter.begin_blobs("rewriting layers", bytes.sum(), chosen.layers.len());
        for (place, layer) in chosen.layers.iter().enumerate() {
            let fates = strip.layers.get(place).unwrap_or(&none);
            let is_selected = selected.get(place).is_some_and(|selected| *selected);
            if !is_selected && fates.is_empty() {
                continue;
            }
            let Some((blob, done)) = self.layer(own, layer, place, fates, is_selected)? else { continue };
            if done.changed > 0 {
                let entries = if done.changed == 1 { "entry" } else { "entries" };
                draft.note(format!("{platform}layer {}: the headers of {} {entries} changed", place + 1, done.changed));
            }
            stack[place] = NextLayer::Rewritten(place, blob);
            is_changed = true;
        }
        strip.notes.into_iter().for_each(|note| draft.note(format!("{platform}{note}")));
        if is_changed { restack(draft, own, &stack, &HistoryChange::Follow) } else { Ok(()) }
    }

    /// What is left out of the layers of an image.
    fn strip(&mut self, chosen: &Chosen, selected: &[bool], entries: &[Arc<LayerEntries>]) -> Result<Strip, Error> {
        let wanted = Wanted { patterns: &self.wanted.strip, selected, every_layer: self.wanted.every_layer };
        if wanted.patterns.is_empty() {
            return Ok(Strip { layers: Vec::new(), notes: Vec::new(), used: Vec::new() });
        }
        let rootfs = Rootfs::merge(self.image, chosen, entries.to_vec(), &self.options.limits)?;
        let strip = strip::strip(entries, &rootfs, wanted).map_err(|reason| unfit(self.image, reason))?;
        self.unused.retain(|number| !strip.used.get(*number).is_some_and(|used| *used));
        Ok(strip)
    }

    /// One layer with its changes; None where nothing changes.
    fn layer(
        &mut self,
        own: &ChosenImage,
        layer: &Layer,
        place: usize,
        fates: &Fates,
        is_selected: bool,
    ) -> Result<Option<(LayerBlob, Done)>, Error> {
        let (owner, latest) = (self.wanted.owner.filter(|_| is_selected), self.wanted.latest.filter(|_| is_selected));
        let change = Change { fates, owner, latest, folder: self.wanted.folder.as_deref() };
        let compression = self.wanted.compression.filter(|_| is_selected);
        if change.is_nothing() && compression.is_none() {
            return Ok(None);
        }
        self.refuse_foreign(own, place)?;
        let is_same = |written: &&Written| written.node == layer.node && written.fates == *fates;
        if let Some(written) = self.written.iter().find(is_same) {
            return Ok(written.result.clone());
        }
        let threads = parallel::threads(self.wanted.jobs);
        let (limits, meter) = (&self.options.limits, &self.options.meter);
        let writing = Writing { change, compression, threads, limits, meter };
        let result = layer::write(self.image, layer, writing, &mut self.spool)?;
        self.written.push(Written { node: layer.node, fates: fates.clone(), result: result.clone() });
        Ok(result)
    }

    /// What a foreign layer is fetched from has the bytes of before.
    fn refuse_foreign(&self, own: &ChosenImage, place: usize) -> Result<(), Error> {
        let foreign = own.manifests.iter().find_map(|id| {
            let Document::Manifest(manifest) = &self.image.graph.node(*id).document else { return None };
            let layer = manifest.layers.iter().find(|(number, _)| *number as usize == place).map(|(_, layer)| layer)?;
            match layer.media_type.ok().map(MediaType::kind) {
                Some(media_type::Kind::Layer(own)) => own.non_distributable.then_some(()),
                _ => None,
            }
        });
        match foreign {
            None => Ok(()),
            Some(()) => {
                let reason = format!("layer {} is a foreign layer, which its publisher distributes", place + 1);
                Err(unfit(self.image, reason))
            }
        }
    }
}

fn unfit(image: &Image, reason: String) -> Error {
    Error::Unfit { path: image.source.label().to_owned(), verb: VERB, reason }
}
