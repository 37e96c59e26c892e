//! Image files brought into other shapes: what was sound stays sound, and what cannot be written leaves nothing.

use ocikit::codec;
use ocikit::edit::Stale;
use ocikit::graph::Selector;
use ocikit::image::Image;
use ocikit::media_type::Compression;
use ocikit::ops::diff::{DiffOptions, diff};
use ocikit::ops::repack::{Input, LayerCompression, Level, Output, OutputFormat, RepackOptions, RepackReport, repack};
use ocikit::platform::Platform;
use ocikit::render::{self, Detail, Paint};
use ocikit::source::Access;

use super::bytes::Bytes;
use super::edit::{errors, views};
use super::oracle::{limits, open, open_path};
use super::{edit, reports};

/// The archive that an input stands for; the first bytes choose what is made of it.
pub fn archive(data: &[u8]) -> Vec<u8> {
    edit::archive(data)
}

pub fn target(data: &[u8]) {
    let archive = archive(data);
    let Ok(before) = open(&archive, Access::Random) else { return };
    let options = options(&mut Bytes(data));
    let room = tempfile::tempdir().unwrap();
    let path = room.path().join("new");
    let image = open(&archive, Access::Random).unwrap();
    let inputs = [Input { image, selector: Selector::default() }];
    let report = match repack(&inputs, &options, Output::Path(path.clone())) {
        Ok(report) => report,
        Err(error) => {
            assert_eq!(std::fs::read_dir(room.path()).unwrap().count(), 0, "{error}, and something is left");
            return reports::error(&error);
        }
    };
    reports::text(&render::repack(&report, Detail::default(), Paint { color: false }));
    reports::json(&report);
    let after = open_path(&path);
    let after = after.unwrap_or_else(|error| panic!("what was written is no image file: {error}: {report:#?}"));
    let verified = reports::verified(&after);
    if !options.allow_broken && !has_errors(&before) {
        assert!(!verified.findings.has_errors(), "{:#?}\n{report:#?}", errors(&verified.findings));
        assert!(!views(&after).has_errors(), "{:#?}\n{report:#?}", errors(&views(&after)));
        same(&before, &after, &options, &report);
    }
}

fn has_errors(image: &Image) -> bool {
    reports::verified(image).findings.has_errors() || views(image).has_errors()
}

/// In a layout nothing gets another digest by itself.
fn same(before: &Image, after: &Image, options: &RepackOptions, report: &RepackReport) {
    let keeps = options.platforms.is_empty() && matches!(options.layers, None | Some(LayerCompression::Keep));
    if !keeps || options.format == OutputFormat::DockerArchive || !before.source.format().index_view {
        return;
    }
    let bytes = |image: &Image| image.source.find("index.json").map(|id| image.source.read(id, 1 << 20).unwrap());
    assert!(bytes(before) == bytes(after), "another index.json: {report:#?}");
    let options = DiffOptions { jobs: 1, limits: limits(), ..DiffOptions::default() };
    if let Ok(report) = diff(before, after, &options) {
        assert!(report.verdict.is_equal(), "{}", render::json(&report).unwrap());
    }
}

fn options(choices: &mut Bytes<'_>) -> RepackOptions {
    let format = *choices.one_of(&[
        OutputFormat::OciDir,
        OutputFormat::OciArchive,
        OutputFormat::DockerArchive,
        OutputFormat::Dual,
    ]);
    let whole =
        [codec::Compression::None, codec::Compression::None, codec::Compression::Gzip, codec::Compression::Zstd];
    let layers = [None, Some(Compression::None), Some(Compression::Gzip), Some(Compression::Zstd)];
    let layers = match choices.below(8) {
        7 => Some(LayerCompression::Keep),
        other => layers[other % 4].map(|compression| LayerCompression::To(compression, Level::DEFAULT)),
    };
    let platform = [None, None, Some(Platform::new("linux", "arm64"))];
    RepackOptions {
        compression: if format == OutputFormat::OciDir { codec::Compression::None } else { *choices.one_of(&whole) },
        platforms: choices.one_of(&platform).iter().cloned().collect(),
        layers,
        stale: *choices.one_of(&[Stale::Stop, Stale::Drop]),
        allow_broken: choices.below(4) == 3,
        jobs: 1,
        limits: limits(),
        ..RepackOptions::new(format)
    }
}
