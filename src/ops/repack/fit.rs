//! Writing for one program: the format that it accepts, and the repairs until it accepts the result, by the table of
//! readers.

use super::build::{Build, build};
use super::compress::LayerCompression;
use super::output_format::OutputFormat;
use super::repairs::repaired;
use super::report::RepackReport;
use super::select::Selected;
use super::{RepackOptions, check};
use crate::codec::Compression;
use crate::command;
use crate::error::Error;
use crate::graph::{Kind, Selectable};
use crate::image::Image;
use crate::platform::Platform;
use crate::readers::{Prediction, Reading, Repair, Verdict, predict};
use crate::sink::Level;
use crate::source::{FileFormat, Source};
use crate::target::{Asked, Target};

/// The format that a program loads most from; None for registries, which get what programs push.
pub fn form_for(target: Target) -> Option<OutputFormat> {
    match target {
        // podman accepts OCI archives as well, but not several images or names in one, nor indexes inside indexes.
        Target::DockerClassic | Target::Podman | Target::SkopeoDockerArchive | Target::Crane | Target::Trivy => {
            Some(OutputFormat::DockerArchive)
        }
        // dive knows the compression of a layer by its name, but of those below `blobs/` by the content.
        Target::Docker | Target::Dive => Some(OutputFormat::Dual),
        Target::DockerContainerd
        | Target::SkopeoOciArchive
        | Target::Ctr
        | Target::Kind
        | Target::K3s
        | Target::Diffoci
        | Target::Zarf
        | Target::SkopeoPush
        | Target::Oras => Some(OutputFormat::OciArchive),
        Target::SkopeoOci | Target::Umoci | Target::Imagetools => Some(OutputFormat::OciDir),
        _ => None,
    }
}

/// An image that a target accepts once it is written.
#[derive(Debug)]
pub(super) struct Fitted {
    pub(super) image: Image,
    /// The compression of its layers.
    pub(super) layers: Option<LayerCompression>,
    /// What the target will do with it.
    pub(super) prediction: Prediction,
    /// What the receipt will say of the format.
    pub(super) report: RepackReport,
}

/// What may help where an image cannot be written at all.
const UNWRITABLE: [Repair; 4] = [Repair::Sizes, Repair::Prune, Repair::ImagesOnly, Repair::OneImage];

/// Repairs an image until a target accepts what is written of it; each repair is tried once. The report says what was
/// changed and left out.
///
/// # Errors
///
/// [`Error::Unfit`] with what the target refuses where no repair helps; [`Error::Ambiguous`] where a person has to say
/// which image is meant; and why the image cannot be written.
pub(super) fn fit(
    mut image: Image,
    asked: &Asked,
    output: &str,
    options: &RepackOptions,
    report: &mut RepackReport,
) -> Result<Fitted, Error> {
    let mut layers = options.layers;
    let mut tried: Vec<Repair> = Vec::new();
    loop {
        let (repairs, failure) = match trial(&image, asked, output, layers, options.host(), options) {
            Ok((prediction, built)) if prediction.verdict != Verdict::Refuses => {
                let fitted = Fitted { image, layers, prediction, report: built };
                return match for_this_machine(&fitted, asked, output, options)? {
                    Some((selected, prediction, built)) => {
                        let image = report.take(selected).load(&options.limits);
                        Ok(Fitted { image, prediction, report: built, ..fitted })
                    }
                    None => Ok(fitted),
                };
            }
            Ok((prediction, _)) => {
                let repairs = prediction.reasons.iter().flat_map(|reason| reason.repairs).copied().collect();
                (repairs, unfit(&prediction, output))
            }
            Err(error) => (UNWRITABLE.to_vec(), error),
        };
        let mut next = None;
        for repair in repairs {
            if tried.contains(&repair) {
                continue;
            }
            tried.push(repair);
            match repair {
                Repair::Gzip if layers.is_none() => {
                    layers = Some(LayerCompression::To(Compression::Gzip, Level::DEFAULT));
                    next = Some(None);
                }
                Repair::Gzip | Repair::Format => {}
                Repair::ChooseName => {
                    if let Some(ambiguous) = ambiguous(&image, asked) {
                        return Err(ambiguous);
                    }
                }
                repair => next = repaired(&image, repair, asked, options)?.map(Some),
            }
            if next.is_some() {
                break;
            }
        }
        match next {
            Some(Some(selected)) => image = report.take(selected).load(&options.limits),
            Some(None) => {}
            None => return Err(failure),
        }
    }
}

/// An image for another machine's platform, as the one of its name instead of in an index: so the target takes it on this
/// machine as well. None where it does already, or where that does not help.
fn for_this_machine(
    fitted: &Fitted,
    asked: &Asked,
    output: &str,
    options: &RepackOptions,
) -> Result<Option<(Selected, Prediction, RepackReport)>, Error> {
    let accepts = |image: &Image, host: &Platform| {
        let tried = trial(image, asked, output, fitted.layers, host, options).ok();
        tried.filter(|(prediction, _)| prediction.verdict != Verdict::Refuses)
    };
    if options.host() == &options.host || accepts(&fitted.image, &options.host).is_some() {
        return Ok(None);
    }
    let Some(selected) = repaired(&fitted.image, Repair::OneImage, asked, options)? else { return Ok(None) };
    let alone = selected.parcel.clone().load(&options.limits);
    let helps = accepts(&alone, &options.host).is_some();
    Ok(accepts(&alone, options.host()).filter(|_| helps).map(|(prediction, report)| (selected, prediction, report)))
}

/// What a target on a machine of this platform will do with an image once it is written.
fn trial(
    image: &Image,
    asked: &Asked,
    output: &str,
    layers: Option<LayerCompression>,
    host: &Platform,
    options: &RepackOptions,
) -> Result<(Prediction, RepackReport), Error> {
    if !options.allow_broken {
        check::check(image, options)?;
    }
    let mut scratch = RepackReport::new(&[], options.format, String::new(), true);
    let rehearsal = Build { layers, folder: None, rehearsed: true, options };
    let parcel = build(image, rehearsal, &mut scratch)?;
    let source = Source::assembled(output, parcel.files, &options.limits);
    let directory = options.format == OutputFormat::OciDir;
    let format = FileFormat { directory, compression: options.compression, ..*source.format() };
    let image = Image::load(source.with_format(format), &options.limits);
    let reading = Reading { host: host.clone(), limits: options.limits.clone(), ..Reading::default() };
    let predictions = predict(&image, std::slice::from_ref(asked), &reading)?;
    let prediction = predictions.into_iter().next().ok_or_else(|| Error::Unfit {
        path: output.to_owned(),
        verb: "write it for this target",
        reason: "the requirements of this target are unknown".to_owned(),
    })?;
    Ok((prediction, scratch))
}

fn unfit(prediction: &Prediction, output: &str) -> Error {
    let details: Vec<&str> = prediction.reasons.iter().map(|reason| reason.detail.as_str()).collect();
    let reason = format!("{} would refuse it: {}", prediction.title, details.join("; "));
    Error::Unfit { path: output.to_owned(), verb: "write it for this target", reason }
}

/// The error that names the images of a file of which a target loads one.
fn ambiguous(image: &Image, asked: &Asked) -> Option<Error> {
    let available: Vec<String> = choices(image).iter().map(|label| command::pasted(label)).collect();
    let wanted = format!("{} loads one image per file, and this file contains", asked.target.title());
    (available.len() > 1).then(|| Error::Ambiguous { path: image.source.label().to_owned(), wanted, available })
}

/// What a person would write to choose each of the images at the top of a file: names first, then digests.
pub(in crate::ops) fn choices(image: &Image) -> Vec<String> {
    let graph = &image.graph;
    let roots = (0..graph.roots.len()).filter(|&at| {
        let node = graph.roots.get(at).and_then(|root| root.node);
        node.is_some_and(|id| matches!(graph.node(id).kind, Kind::Image | Kind::Index))
    });
    let mut labels = graph.labels(&roots.map(Selectable::Root).collect::<Vec<_>>());
    if labels.is_empty() {
        labels = (0..graph.docker.len()).map(|at| graph.label(Selectable::Docker(at))).collect();
    }
    let mut known = std::collections::HashSet::new();
    labels.retain(|label| known.insert(label.clone()));
    labels
}
