//! The files of one format for an image: what is written, or would be.

use std::path::Path;

use super::compress::{self, LayerCompression};
use super::docker::{self, SameImage};
use super::output_format::OutputFormat;
use super::parcel::Parcel;
use super::recode::Recoding;
use super::report::RepackReport;
use super::{RepackOptions, rows};
use crate::codec::Compression;
use crate::error::Error;
use crate::graph::{NodeId, Root};
use crate::image::Image;
use crate::parallel;
use crate::sink::Level;
use crate::source::Part;
use crate::views::docker::usual;

/// How the files are built.
#[derive(Clone, Copy)]
pub(super) struct Build<'a> {
    /// The compression of the layers.
    pub(super) layers: Option<LayerCompression>,
    /// Where temporary files are made.
    pub(super) folder: Option<&'a Path>,
    /// Whether layers only seem to be compressed: documents say what they will say, and contents stay.
    pub(super) rehearsed: bool,
    pub(super) options: &'a RepackOptions,
}

impl<'a> Build<'a> {
    fn recoding(&self, to: Compression, level: Level) -> Recoding<'a> {
        Recoding {
            to,
            level,
            rehearsed: self.rehearsed,
            folder: self.folder,
            threads: parallel::threads(self.options.jobs),
            limits: &self.options.limits,
            meter: &self.options.meter,
        }
    }
}

/// Puts together the files of the format that the options name.
pub(super) fn build(image: &Image, how: Build<'_>, report: &mut RepackReport) -> Result<Parcel, Error> {
    let options = how.options;
    let recoded;
    let image = match (how.layers, options.format) {
        (None | Some(LayerCompression::Keep), _) | (_, OutputFormat::DockerArchive) => image,
        (Some(LayerCompression::To(to, level)), _) => {
            let selected = compress::compress(image, how.recoding(to, level), &options.edit())?;
            recoded = report.take(selected).load(&options.limits);
            &recoded
        }
    };
    match options.format {
        OutputFormat::OciDir | OutputFormat::OciArchive => {
            report.images = rows::of_index(image, &options.limits)?;
            Ok(files_of(image))
        }
        OutputFormat::Dual => {
            let pick = |_: &Root, images: &[NodeId]| Ok(usual(image, images, options.host()));
            let chosen = docker::choose(image, SameImage::Manifest, pick)?;
            report.images = rows::of_index(image, &options.limits)?;
            report.unnamed = chosen.iter().flat_map(|own| own.unnamed.clone()).collect();
            let mut parcel = files_of(image);
            parcel.put("manifest.json", Part::text(docker::dual(image, &chosen)?));
            Ok(parcel)
        }
        OutputFormat::DockerArchive => {
            let chosen = docker::choose(image, SameImage::Config, |root, images| match options.target {
                Some(_) => Ok(usual(image, images, options.host())),
                None => Err(docker::refuse_several(image, root, images)),
            })?;
            report.images = rows::of_docker(image, &chosen, &options.limits)?;
            report.unnamed = chosen.iter().flat_map(|own| own.unnamed.clone()).collect();
            report.left.extend(docker::left(&image.graph, &chosen));
            let recoding = match how.layers.unwrap_or(LayerCompression::To(Compression::None, Level::DEFAULT)) {
                LayerCompression::Keep => None,
                LayerCompression::To(to, level) => Some(how.recoding(to, level)),
            };
            docker::archive(image, &chosen, recoding, &options.limits)
        }
    }
}

/// The files of an assembled image.
fn files_of(image: &Image) -> Parcel {
    let mut parcel = Parcel::new(image.source.label());
    for (id, member) in image.source.members().iter().enumerate() {
        if let Some(part) = image.source.part(id) {
            parcel.put(&member.name, part.clone());
        }
    }
    parcel
}
