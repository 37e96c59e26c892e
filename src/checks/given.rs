//! `--manifest`: images of `manifest.json`, which have no manifest of their own, compared with manifests from elsewhere.
//!
//! A manifest names a config by its digest, and the config its layers by the digests of their uncompressed content. So a
//! docker archive is proved without the compressed layers that the manifest names.

use serde::Serialize;

use crate::checks::blobs::Hashed;
use crate::checks::options::VerifyOptions;
use crate::checks::scope::Scope;
use crate::checks::whole::is_sound;
use crate::digest::{Algorithm, Digest};
use crate::doc::{Config, Field};
use crate::finding::{Code, Finding, Findings, Place};
use crate::graph::{Content, DockerEntry, Graph, Kind, NodeId, Role, Selectable};
use crate::image::Image;
use crate::image::given_manifest::GivenManifest;
use crate::media_type::Compression;

/// An image of `manifest.json` that is the one of a given manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ProvedImage {
    /// Its name in the file, else its position.
    pub image: String,
    /// The digest of its config.
    pub config: Digest,
    /// The digests of the manifests that have this config.
    pub manifests: Vec<Digest>,
    /// How many layers match their diff_ids: all.
    pub layers: usize,
    /// The file of the manifest.
    pub file: String,
}

/// What was proved of one image.
pub(crate) struct Proof {
    /// By its place in [`Graph::docker`].
    #[cfg_attr(not(feature = "signatures"), expect(dead_code, reason = "only signatures ask which image it is"))]
    pub(crate) at: usize,
    /// The manifests, by their numbers in the graph of the given file.
    #[cfg_attr(not(feature = "signatures"), expect(dead_code, reason = "only signatures ask which manifest it is"))]
    pub(crate) manifests: Vec<NodeId>,
    /// For reports.
    pub(crate) image: ProvedImage,
}

/// Why an image is not proved: in words, what was expected, and what was found.
type Lack = (String, Option<(String, String)>);

pub(crate) fn check(
    image: &Image,
    scope: &Scope,
    hashed: &Hashed,
    options: &VerifyOptions,
    findings: &mut Findings,
) -> Vec<Proof> {
    let Some(given) = &options.manifest else { return Vec::new() };
    let graph = &image.graph;
    let mut proofs = Vec::new();
    if graph.docker.is_empty() {
        let detail = "`--manifest` is compared with the images of `manifest.json`, which the file does not have";
        findings.push(Finding::new(Code::ManifestUnproved, Place::of("index.json"), detail));
    }
    for (at, entry) in graph.docker.iter().enumerate() {
        if entry.config.is_some_and(|config| !scope.has(config)) {
            continue;
        }
        match prove(image, entry, at, hashed, given, options) {
            Ok(proof) => proofs.push(proof),
            Err((detail, compared)) => {
                let place = Place::at("manifest.json", format!("/{}", entry.number));
                let finding = Finding::new(Code::ManifestUnproved, place, detail);
                findings.push(match compared {
                    Some((expected, found)) => finding.compared(expected, found),
                    None => finding,
                });
            }
        }
    }
    proofs
}

fn prove(
    image: &Image,
    entry: &DockerEntry,
    at: usize,
    hashed: &Hashed,
    given: &GivenManifest,
    options: &VerifyOptions,
) -> Result<Proof, Lack> {
    let graph = &image.graph;
    let lack = |detail: &str| (detail.to_owned(), None);
    let config_id = entry.config.ok_or_else(|| lack("the image has no config"))?;
    let (Content::Member(member), Some(config)) =
        (graph.node(config_id).content, graph.node(config_id).document.as_config())
    else {
        return Err(lack("the config of the image cannot be read"));
    };
    let read = image.source.read(member, options.limits.document_bytes);
    let bytes = read.map_err(|error| (format!("the config cannot be read: {error}"), None))?;
    let found = Algorithm::Sha256.digest(&bytes);
    let manifests = with_config(&given.image.graph, &bytes);
    if manifests.is_empty() {
        let expected = configs(&given.image.graph);
        let detail = format!("no manifest in `{}` has the config of this image", given.name);
        return Err((detail, Some((expected, found.to_string()))));
    }
    let counts = |id: &NodeId| given.image.graph.node(*id).links.iter().filter(|link| is_layer(link.role)).count();
    if manifests.iter().any(|id| counts(id) != config.diff_ids.len()) || entry.layers.len() != config.diff_ids.len() {
        return Err(lack("the manifest, the config and `Layers` have different numbers of layers"));
    }
    for (number, layer) in entry.layers.iter().enumerate() {
        prove_layer(image, *layer, config, number, hashed)?;
    }
    let digests = manifests.iter().filter_map(|&id| given.image.graph.node(id).key.digest().cloned());
    let proved = ProvedImage {
        image: graph.label(Selectable::Docker(at)),
        config: found,
        manifests: digests.collect(),
        layers: entry.layers.len(),
        file: given.name.clone(),
    };
    Ok(Proof { at, manifests, image: proved })
}

fn is_layer(role: Role) -> bool {
    matches!(role, Role::Layer(_))
}

/// The digests of the configs that manifests name.
fn config_digests(graph: &Graph) -> impl Iterator<Item = (NodeId, &Digest)> {
    let images = (0..graph.nodes().len()).filter(|&id| graph.node(id).kind == Kind::Image && is_sound(graph, id));
    images.filter_map(|id| {
        let link = graph.node(id).links.iter().find(|link| link.role == Role::Config)?;
        Some((id, graph.descriptor(id, *link)?.digest.ok()?))
    })
}

fn with_config(graph: &Graph, bytes: &[u8]) -> Vec<NodeId> {
    config_digests(graph).filter(|(_, digest)| digest.is_of(bytes)).map(|(id, _)| id).collect()
}

fn configs(graph: &Graph) -> String {
    const MOST: usize = 10;
    let first: Vec<&str> = config_digests(graph).take(MOST).map(|(_, digest)| digest.as_str()).collect();
    if first.is_empty() { "the config of an image".to_owned() } else { first.join(" or ") }
}

/// The content of a layer, uncompressed, is what the config says.
fn prove_layer(
    image: &Image,
    layer: Option<NodeId>,
    config: &Config,
    number: usize,
    hashed: &Hashed,
) -> Result<(), Lack> {
    let lack = |why: &str| (format!("layer {} {why}", number + 1), None);
    let expected = config.diff_ids.get(number).and_then(Field::ok).ok_or_else(|| lack("has no diff_id"))?;
    let Some(Content::Member(member)) = layer.map(|id| image.graph.node(id).content) else {
        return Err(lack("is not in the file"));
    };
    let facts = hashed.facts(image, member).ok_or_else(|| lack("was not read"))?;
    let known: Vec<&Digest> = match &facts.layer {
        Some(inside) => [&inside.diff_id, &inside.diff_id_also].into_iter().flatten().collect(),
        None if facts.compression == Compression::None => vec![&facts.digest],
        None => return Err(lack("is compressed and was not decompressed; `--deep` does that")),
    };
    if known.contains(&expected) { Ok(()) } else { Err(lack("does not match its diff_id")) }
}
