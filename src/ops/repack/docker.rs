//! The docker view of a layout: `manifest.json` for one image of each name.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::left::LeftRow;
use super::parcel::Parcel;
use super::recode::{self, Layer, Recoding};
use crate::codec::Compression;
use crate::digest::Digest;
use crate::doc::{Document, Field};
use crate::error::Error;
use crate::graph::{Content, Graph, Kind, NodeId, Root};
use crate::image::Image;
use crate::image::choices::choices;
use crate::limits::Limits;
use crate::reference::tag_of;
use crate::sink::{LayerBlob, Level};
use crate::source::Part;
use crate::views::docker::{config_of, docker_name, dual_item, image_id, item, layers_of, refuse_encrypted};

/// One image of the docker view.
#[derive(Debug)]
pub(super) struct Chosen {
    pub(super) manifest: NodeId,
    /// Names as docker shows them.
    pub(super) names: Vec<String>,
    /// Names that `manifest.json` has no form for.
    pub(super) unnamed: Vec<String>,
    /// All of these, to know which are there.
    known: HashSet<(bool, String)>,
}

/// What makes two entries of `index.json` one image of `manifest.json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SameImage {
    /// One config: manifests that differ in the compression of layers are one image to docker.
    Config,
    /// One manifest: its layers are named as it has them.
    Manifest,
}

/// The images that `manifest.json` is to list: one for each name. `one_of_many` decides where a name has several.
pub(super) fn choose(
    image: &Image,
    same: SameImage,
    one_of_many: impl Fn(&Root, &[NodeId]) -> Result<Option<NodeId>, Error>,
) -> Result<Vec<Chosen>, Error> {
    let graph = &image.graph;
    let mut chosen: Vec<Chosen> = Vec::new();
    let mut places: BTreeMap<NodeId, usize> = BTreeMap::new();
    for root in &graph.roots {
        let Some(id) = root.node.filter(|&id| !graph.node(id).kind.is_about_another()) else { continue };
        let mut images = graph.images_below(id);
        images.retain(|&id| graph.node(id).is_present());
        let manifest = match images.as_slice() {
            [] => continue,
            [one] => *one,
            several => match one_of_many(root, several)? {
                Some(one) => one,
                None => continue,
            },
        };
        let (config, _) = config_of(image, manifest)?;
        let key = if same == SameImage::Config { config } else { manifest };
        let place = *places.entry(key).or_insert(chosen.len());
        if place == chosen.len() {
            chosen.push(Chosen { manifest, names: Vec::new(), unnamed: Vec::new(), known: HashSet::new() });
        }
        let Some(own) = chosen.get_mut(place) else { continue };
        let (is_full, name) = match docker_name(root) {
            Some(name) => (true, Some(name)),
            None => (false, root.name().filter(|name| !name.contains('@')).map(ToOwned::to_owned)),
        };
        if let Some(name) = name.filter(|name| own.known.insert((is_full, name.clone()))) {
            if is_full { &mut own.names } else { &mut own.unnamed }.push(name);
        }
    }
    if chosen.is_empty() {
        let reason = "it contains no image".to_owned();
        return Err(Error::Unfit { path: image.source.label().to_owned(), verb: "write for docker", reason });
    }
    let mut by_name: HashMap<&str, NodeId> = HashMap::new();
    for (own, name) in chosen.iter().flat_map(|own| own.names.iter().map(move |name| (own.manifest, name))) {
        if let Some(other) = by_name.insert(name, own) {
            return Err(several(image, &format!("`{name}`"), &[other, own]));
        }
    }
    Ok(chosen)
}

/// Docker has one image for each name; whoever asks for several platforms has to choose.
pub(super) fn refuse_several(image: &Image, root: &Root, images: &[NodeId]) -> Error {
    several(image, &root.name().map_or_else(|| "an entry".to_owned(), |name| format!("`{name}`")), images)
}

fn several(image: &Image, name: &str, images: &[NodeId]) -> Error {
    let of = |&id: &NodeId| (image.graph.platform_of(id), format!("@{}", image.graph.node(id).key.as_str()));
    let available = choices(images.iter().map(of));
    let wanted = format!("a docker archive holds one image per name, and {name} has");
    Error::Ambiguous { path: image.source.label().to_owned(), wanted, available }
}

/// Manifests that a docker archive with these images does not hold.
pub(super) fn left(graph: &Graph, chosen: &[Chosen]) -> Vec<LeftRow> {
    let taken: BTreeSet<NodeId> = chosen.iter().map(|image| image.manifest).collect();
    let mut rows = Vec::new();
    for (id, node) in graph.nodes().iter().enumerate() {
        let is_manifest = matches!(node.document, Document::Manifest(_));
        let Some(digest) = node.key.digest().filter(|_| is_manifest) else { continue };
        if taken.contains(&id) {
            continue;
        }
        let reason = match node.kind {
            Kind::Image => "another platform",
            Kind::Attestation(_) | Kind::Signature | Kind::Sbom => "docker archives contain only images",
            _ => "not an image",
        };
        let platform = (node.kind == Kind::Image).then(|| graph.platform_of(id)).flatten();
        rows.push(LeftRow { kind: node.kind, digest: digest.clone(), platform, reason });
    }
    rows
}

/// `manifest.json` of a dual archive, whose files are the blobs of the layout.
pub(super) fn dual(image: &Image, chosen: &[Chosen]) -> Result<String, Error> {
    let mut items = Vec::new();
    for own in chosen {
        items.push(dual_item(image, own.manifest, &own.names)?);
    }
    Ok(format!("[{}]", items.join(",")))
}

/// A docker archive as docker before 25 reads it: `<hex>.json`, `<diff_id>/layer.tar` uncompressed or
/// `<digest>.tar.gz` in gzip, `manifest.json`, and `repositories`, which names images by the folders of layers.
///
/// Layers are brought into the compression of `recoding`; without one they stay as they are.
pub(super) fn archive(
    image: &Image,
    chosen: &[Chosen],
    recoding: Option<Recoding<'_>>,
    limits: &Limits,
) -> Result<Parcel, Error> {
    let mut parcel = Parcel::new(image.source.label());
    let mut items = Vec::new();
    let mut repositories: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    let recoded = match recoding {
        Some(recoding) => recoded(image, chosen, recoding)?,
        None => BTreeMap::new(),
    };
    for own in chosen {
        let (config, member) = config_of(image, own.manifest)?;
        let part = Part::Member(Arc::clone(&image.source), member);
        let name = format!("{}.json", image_id(image, own.manifest, limits)?.encoded());
        parcel.put(&name, part);
        let mut layers = Vec::new();
        for (layer, diff_id) in proved_layers(image, own.manifest, config)? {
            let (compression, digest, part) = match (recoded.get(&layer.digest), recoding) {
                (Some(new), Some(recoding)) => (recoding.to, &new.digest, new.part.clone()),
                _ => (recode::compression_of(&layer)?, &layer.digest, layer.part),
            };
            let path = match compression {
                Compression::None => format!("{}/layer.tar", diff_id.encoded()),
                Compression::Gzip => format!("{}.tar.gz", digest.encoded()),
                other => return Err(refuse_compression(image, other)),
            };
            parcel.put(&path, part);
            layers.push(path);
        }
        if let Some(top) = layers.last().and_then(|path| path.strip_suffix("/layer.tar")) {
            for name in &own.names {
                let tag = tag_of(name).unwrap_or("latest").to_owned();
                let repository = name.strip_suffix(&format!(":{tag}")).unwrap_or(name).to_owned();
                repositories.entry(repository).or_default().insert(tag, top.to_owned());
            }
        }
        items.push(item(&name, &own.names, &layers));
    }
    parcel.put("manifest.json", Part::text(format!("[{}]", items.join(","))));
    if !repositories.is_empty() {
        let text = serde_json::to_string(&repositories).map_err(|error| Error::Document {
            path: image.source.label().to_owned(),
            document: "repositories".to_owned(),
            fault: error.to_string(),
        })?;
        parcel.put("repositories", Part::text(text));
    }
    Ok(parcel)
}

/// The layers that do not have the compression that is wanted, in it, by the digests that they have now. A level is
/// wanted of every layer.
fn recoded(image: &Image, chosen: &[Chosen], recoding: Recoding<'_>) -> Result<BTreeMap<Digest, LayerBlob>, Error> {
    if !matches!(recoding.to, Compression::None | Compression::Gzip) {
        return Err(refuse_compression(image, recoding.to));
    }
    let mut layers: BTreeMap<Digest, Layer> = BTreeMap::new();
    for own in chosen {
        let (config, _) = config_of(image, own.manifest)?;
        for (layer, _) in proved_layers(image, own.manifest, config)? {
            if recoding.level != Level::DEFAULT || recode::compression_of(&layer)? != recoding.to {
                layers.insert(layer.digest.clone(), layer);
            }
        }
    }
    let mut layers: Vec<Layer> = layers.into_values().collect();
    layers.sort_by_key(|layer| std::cmp::Reverse(layer.part.size()));
    let new = recode::recode(&layers, recoding)?;
    Ok(layers.into_iter().map(|layer| layer.digest).zip(new).collect())
}

fn refuse_compression(image: &Image, compression: Compression) -> Error {
    let path = image.source.label().to_owned();
    let reason = format!(
        "docker before 25 reads uncompressed and gzip layers, not {compression}; use `--compression gzip` or `none`, \
        or another format with `--to`"
    );
    Error::Unfit { path, verb: "write a docker archive", reason }
}

/// The layers of an image with their diff_ids, as they have to be.
fn proved_layers(image: &Image, manifest: NodeId, config: NodeId) -> Result<Vec<(Layer, Digest)>, Error> {
    let graph = &image.graph;
    let path = || image.source.label().to_owned();
    let Some(config) = graph.node(config).document.as_config() else {
        let reason = format!("{} has no image config", graph.node(manifest).key.as_str());
        return Err(Error::Unfit { path: path(), verb: "write for docker", reason });
    };
    let layers = layers_of(image, manifest)?;
    if layers.len() != config.diff_ids.len() {
        let fault = format!("{} layers, but the config has {} diff_ids", layers.len(), config.diff_ids.len());
        return Err(Error::Document { path: path(), document: graph.node(manifest).key.as_str().to_owned(), fault });
    }
    let mut proved = Vec::new();
    for ((descriptor, node), diff_id) in layers.into_iter().zip(&config.diff_ids) {
        let digest = graph.node(node).key.digest().cloned();
        let (Some(digest), Content::Member(member)) = (digest, graph.node(node).content) else {
            return Err(Error::Absent { path: path(), digest: graph.node(node).key.as_str().to_owned() });
        };
        refuse_encrypted(image, descriptor)?;
        let Field::Ok(diff_id) = diff_id else {
            let fault = "an invalid diff_id".to_owned();
            return Err(Error::Document {
                path: path(),
                document: graph.node(manifest).key.as_str().to_owned(),
                fault,
            });
        };
        let part = Part::Member(Arc::clone(&image.source), member);
        let label = image.source.origin(member);
        proved.push((Layer { part, label, digest, diff_id: Some(diff_id.clone()) }, diff_id.clone()));
    }
    Ok(proved)
}
