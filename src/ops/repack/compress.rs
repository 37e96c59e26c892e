//! Layers in another compression, and the digests that follow from it up to `index.json`.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;

use super::recode::{self, Layer, Recoding};
use super::select::Selected;
use crate::codec::Compression;
use crate::command::CommandLine;
use crate::digest::Digest;
use crate::doc::annotations::is_told_by_compression;
use crate::doc::{Descriptor, Document, Field};
use crate::edit::{ChangedRow, Draft, EditOptions, Holder, Scope};
use crate::error::Error;
use crate::graph::{Content, Kind, NodeId};
use crate::image::Image;
use crate::json::Edit;
use crate::json::edit::quoted;
use crate::media_type::{self as types, LayerType, MediaType};
use crate::sink::{LayerBlob, Level};
use crate::source::Part;
use crate::views::docker::{layers_of, refuse_encrypted};

/// What becomes of the compression of layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LayerCompression {
    /// Every layer stays as it is.
    Keep,
    /// Every layer is brought into this one.
    To(Compression, Level),
}

/// The text is no compression of layers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not one of keep, none, gzip[:0-9], zstd[:1-22]")]
pub struct UnknownCompression(String);

impl FromStr for LayerCompression {
    type Err = UnknownCompression;

    fn from_str(text: &str) -> Result<Self, UnknownCompression> {
        let failed = || UnknownCompression(text.to_owned());
        let (name, level) = text.split_once(':').map_or((text, None), |(name, level)| (name, Some(level)));
        let to = match name {
            "keep" if level.is_none() => return Ok(LayerCompression::Keep),
            "none" => Compression::None,
            "gzip" => Compression::Gzip,
            "zstd" => Compression::Zstd,
            _ => return Err(failed()),
        };
        let level = match level {
            None => Level::DEFAULT,
            Some(level) => level.parse().ok().and_then(|level| Level::new(to, level)).ok_or_else(failed)?,
        };
        Ok(LayerCompression::To(to, level))
    }
}

/// Brings the layers of every image into another compression.
///
/// Layers that have it already stay as they are, unless a level is asked for; a media type that says another is corrected.
pub(super) fn compress(image: &Image, recoding: Recoding<'_>, options: &EditOptions) -> Result<Selected, Error> {
    let graph = &image.graph;
    let mut layers: Vec<Layer> = Vec::new();
    let mut places: BTreeMap<NodeId, usize> = BTreeMap::new();
    let mut uses: Vec<(NodeId, u32, NodeId, &Descriptor, LayerType)> = Vec::new();
    let mut mistyped: Vec<(NodeId, u32, LayerType)> = Vec::new();
    for (id, node) in graph.nodes().iter().enumerate().filter(|(_, node)| node.kind == Kind::Image) {
        for (number, (descriptor, layer)) in (0..).zip(layers_of(image, id)?) {
            let Some(types::Kind::Layer(own)) = descriptor.media_type.ok().map(MediaType::kind) else { continue };
            let Content::Member(member) = graph.node(layer).content else { continue };
            let Some(digest) = graph.node(layer).key.digest() else { continue };
            refuse_encrypted(image, descriptor)?;
            let diff_id = match node.document {
                Document::Manifest(_) => graph.config_of(id).and_then(|config| config.diff_ids.get(number as usize)),
                _ => None,
            };
            let new = Layer {
                part: Part::Member(Arc::clone(&image.source), member),
                label: image.source.origin(member),
                digest: digest.clone(),
                diff_id: diff_id.and_then(Field::ok).cloned(),
            };
            if recoding.level == Level::DEFAULT && recode::compression_of(&new)? == recoding.to {
                if own.compression != recoding.to {
                    mistyped.push((id, number, own));
                }
                continue;
            }
            uses.push((id, number, layer, descriptor, own));
            places.entry(layer).or_insert_with(|| {
                layers.push(new);
                layers.len() - 1
            });
        }
    }
    let mut order: Vec<usize> = (0..layers.len()).collect();
    order.sort_by_key(|&at| std::cmp::Reverse(layers.get(at).map(|layer| layer.part.size())));
    let mut by_size: Vec<Option<Layer>> = layers.into_iter().map(Some).collect();
    let sorted: Vec<Layer> = order.iter().filter_map(|&at| by_size.get_mut(at)?.take()).collect();
    let recoded: BTreeMap<usize, LayerBlob> = order.into_iter().zip(recode::recode(&sorted, recoding)?).collect();
    let mut draft = Draft::new(image, options, &Scope::All)?;
    for (manifest, number, own) in mistyped {
        let value = quoted(media_type(image, manifest, own, recoding.to)?);
        let edit = Edit::Set { object: format!("/layers/{number}"), key: "mediaType".to_owned(), value };
        draft.edit(Holder::Node(manifest), edit);
    }
    write(draft, &uses, &places, &recoded)
}

/// The media type of a layer in another compression.
fn media_type(image: &Image, manifest: NodeId, own: LayerType, to: Compression) -> Result<&'static str, Error> {
    LayerType { compression: to, ..own }.media_type().ok_or_else(|| {
        let path = image.source.label();
        let convert = CommandLine::ocikit("convert").path(path).word("--to").word("oci").into_new_file();
        let reason = format!(
            "Docker has no media types for zstd layers, and {} has Docker media types{}",
            image.graph.node(manifest).key.as_str(),
            convert.hint("converts them")
        );
        Error::Unfit { path: path.to_owned(), verb: "compress with zstd", reason }
    })
}

fn write(
    mut draft: Draft<'_>,
    uses: &[(NodeId, u32, NodeId, &Descriptor, LayerType)],
    places: &BTreeMap<NodeId, usize>,
    recoded: &BTreeMap<usize, LayerBlob>,
) -> Result<Selected, Error> {
    let image = draft.image();
    let mut rows: Vec<ChangedRow> = Vec::new();
    let mut told: BTreeMap<Digest, ()> = BTreeMap::new();
    for (manifest, number, layer, descriptor, own) in uses {
        let Some(new) = places.get(layer).and_then(|at| recoded.get(at)) else { continue };
        let Some(old) = image.graph.node(*layer).key.digest() else { continue };
        prove(image, *manifest, *number, &new.diff_id)?;
        let holder = Holder::Node(*manifest);
        let object = format!("/layers/{number}");
        let media_type = media_type(image, *manifest, *own, new.compression)?;
        for (key, value) in
            [("mediaType", quoted(media_type)), ("digest", quoted(new.digest.as_str())), ("size", new.size.to_string())]
        {
            draft.edit(holder, Edit::Set { object: object.clone(), key: key.to_owned(), value });
        }
        for (key, _) in descriptor.annotations.iter() {
            if is_told_by_compression(key) {
                let pointer = format!("{object}/annotations{}", crate::json::pointer_token(key));
                draft.edit(holder, Edit::Remove { pointer });
            }
        }
        draft.add_part(new.digest.clone(), new.part.clone());
        if *old != new.digest && told.insert(old.clone(), ()).is_none() {
            let names = Vec::new();
            rows.push(ChangedRow {
                kind: Kind::Layer,
                names,
                platform: None,
                old: old.clone(),
                new: new.digest.clone(),
            });
        }
    }
    let mut selected = Selected::of(&draft.plan()?, image.source.label());
    selected.changed.extend(rows);
    for row in &mut selected.left {
        row.reason = "refers to a digest that no longer exists";
    }
    Ok(selected)
}

/// One layer may be in several images; each has to say the same of what it inflates to.
fn prove(image: &Image, manifest: NodeId, number: u32, found: &Digest) -> Result<(), Error> {
    let config = image.graph.config_of(manifest);
    let expected = config.and_then(|config| config.diff_ids.get(number as usize)).and_then(Field::ok);
    match expected.filter(|expected| expected.algorithm() == found.algorithm() && *expected != found) {
        None => Ok(()),
        Some(expected) => {
            let fault = crate::digest::VerifyError::Digest { expected: expected.clone(), found: found.clone() };
            let path = format!("{}: {}", image.source.label(), image.graph.node(manifest).key.as_str());
            Err(Error::Damaged { path, fault })
        }
    }
}
