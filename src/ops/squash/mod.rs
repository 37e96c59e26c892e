//! `squash`: several layers of an image in one.
//!
//! The layers are merged, and those to be squashed are written as one: what they change in the layers below, with
//! whiteouts for what they hide there. The file system stays what it was, file by file.

use std::path::PathBuf;

pub use super::base_layers::BaseImage;
use super::base_layers::layers_of_base;
use super::layer::usual_compression;
use crate::codec::Compression;
use crate::edit::chosen::choose;
use crate::edit::history::HistoryEntry;
use crate::edit::restack::{HistoryChange, NewLayer, NextLayer, restack};
use crate::edit::{Draft, EditOptions};
use crate::error::Error;
use crate::finding::Severity;
use crate::graph::Selector;
use crate::image::Image;
use crate::parallel;
use crate::rootfs::{Chosen, Contents, Difference, Layer, Rootfs, RootfsOptions, read_layers, require_documents};
use crate::sink::{LayerForm, LayerWriter, Level, Spool};

const VERB: &str = "squash";

/// Which layers become one.
#[derive(Debug, Clone, Copy)]
pub enum SquashRange<'b> {
    /// All of them.
    All,
    /// This many at the top.
    Last(usize),
    /// Those above the base of the image.
    Above(BaseImage<'b>),
}

/// Which layers of which images become one.
#[derive(Debug, Clone)]
pub struct SquashOptions<'b> {
    /// Which images.
    pub selector: Selector,
    /// Which layers.
    pub range: SquashRange<'b>,
    /// The folder for temporary files; None for the system's.
    pub folder: Option<PathBuf>,
    /// Threads; 0 for one on each core.
    pub jobs: usize,
}

/// Makes one layer of several, in each image that the selector means.
///
/// # Errors
///
/// When the base is not known or not that of the image, when a layer is missing, encrypted or damaged, and as for every
/// change of an image.
pub fn squash<'a>(image: &'a Image, options: &SquashOptions<'_>, edit: &EditOptions) -> Result<Draft<'a>, Error> {
    let (mut draft, images) = choose(image, &options.selector, edit, VERB)?;
    let mut spool = Spool::new(options.folder.as_deref())?;
    for own in &images {
        let chosen = own.rootfs(image)?;
        let count = chosen.layers.len();
        let cut = match options.range {
            SquashRange::All => 0,
            SquashRange::Last(last) => {
                count.checked_sub(last).ok_or_else(|| unfit(image, format!("it has only {count} layers")))?
            }
            SquashRange::Above(base) => layers_of_base(image, &chosen, base, VERB)?,
        };
        let platform = chosen.platform.as_ref().map_or(String::new(), |platform| format!(" for {platform}"));
        if count.saturating_sub(cut) < 2 {
            draft.note(format!("the image{platform} has fewer than two layers to squash and was not changed"));
            continue;
        }
        let (layer, ambiguous) =
            merge(image, &chosen, cut, usual_compression(image, own)?, options.jobs, edit, &mut spool)?;
        let layers: Vec<NextLayer> = (0..cut).map(NextLayer::Kept).chain([NextLayer::New(layer)]).collect();
        restack(&mut draft, own, &layers, &HistoryChange::KeepEntries)?;
        draft.note(format!("layers {} to {count} of the image{platform} are one layer now", cut + 1));
        if ambiguous > 0 {
            draft.note(format!(
                "the layers{platform} have {ambiguous} entries that readers apply differently; the new layer has the \
                 files that `unpack` creates"
            ));
        }
    }
    Ok(draft)
}

/// The layers above the cut as one layer, and how many of their entries readers apply differently.
fn merge(
    image: &Image,
    chosen: &Chosen,
    cut: usize,
    compression: Compression,
    jobs: usize,
    edit: &EditOptions,
    spool: &mut Spool,
) -> Result<(NewLayer, usize), Error> {
    let bytes: u64 = chosen.layers.iter().map(|layer| layer.size).sum();
    let _work = edit.meter.begin_blobs("squashing layers", bytes, chosen.layers.len());
    require_documents(image, chosen.documents())?;
    let options = RootfsOptions {
        sound: true,
        jobs,
        limits: edit.limits.clone(),
        meter: edit.meter.clone(),
        ..Default::default()
    };
    let layers: Vec<(&Image, &Layer)> = chosen.layers.iter().map(|layer| (image, layer)).collect();
    let contents = Contents::new(Some(spool.folder()))?;
    let (entries, findings) = read_layers(&layers, &options, Some(&contents))?;
    let (lower, rootfs) = Rootfs::merge_above(image, chosen, entries, cut, &edit.limits)?;
    let found = findings.iter().chain(rootfs.findings());
    let ambiguous = found.filter(|finding| finding.severity >= Severity::Warning).count();
    let difference = Difference::new(&lower, &rootfs);
    let form = LayerForm { threads: parallel::threads(jobs), ..LayerForm::new(compression, Level::DEFAULT) };
    let mut writer = LayerWriter::new(spool, form)?;
    rootfs.archive(difference.items(), &contents, &mut writer, "a temporary file")?;
    let blob = writer.finish()?;
    let history = HistoryEntry {
        created_by: format!("squash layers {} to {}", cut + 1, chosen.layers.len()),
        created: None,
        comment: Some("ocikit".to_owned()),
        empty_layer: false,
    };
    Ok((NewLayer::of(blob, history), ambiguous))
}

fn unfit(image: &Image, reason: String) -> Error {
    Error::Unfit { path: image.source.label().to_owned(), verb: VERB, reason }
}
