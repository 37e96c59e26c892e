//! The one image whose file system is wanted, and its layers.

use crate::command::CommandLine;
use crate::digest::{Algorithm, Digest};
use crate::doc::{Document, Field, docker};
use crate::error::Error;
use crate::finding::Place;
use crate::graph::{Below, Link, NodeId, Role, Selectable, Selector};
use crate::image::Image;
use crate::image::choices::choices;
use crate::media_type;
use crate::media_type::MediaType;
use crate::platform::Platform;

/// One image to run.
#[derive(Debug, Clone)]
pub struct Chosen {
    /// Its manifest's digest; in a docker archive that of its config, which is docker's image identifier.
    pub digest: Option<Digest>,
    /// Its platform.
    pub platform: Option<Platform>,
    /// Its manifest; None in a docker archive.
    pub manifest: Option<NodeId>,
    /// Its config.
    pub config: Option<NodeId>,
    /// Its layers, bottom first.
    pub layers: Vec<Layer>,
}

/// One layer that can be read.
#[derive(Debug, Clone)]
pub struct Layer {
    /// Its number in the image, counted from 1, the bottom.
    pub number: usize,
    /// The digest, or the member's name where `manifest.json` names it and no digest is known.
    pub name: String,
    /// Its own digest.
    pub digest: Option<Digest>,
    /// The digest of its inflated bytes, as the config says.
    pub diff_id: Option<Digest>,
    /// The stored size in bytes.
    pub size: u64,
    pub(crate) node: NodeId,
    /// Whose layer it is: a manifest, or an image of `manifest.json`.
    of: Candidate,
    /// Its place in the list there, which counts what an encrypted or absent one takes.
    entry: u32,
}

impl Layer {
    /// Where it is listed, and what it is there.
    pub(super) fn at(&self, image: &Image) -> Place {
        match self.of {
            Candidate::Manifest(id) => image.graph.place_of_link(id, Role::Layer(self.entry)).then(self.name.as_str()),
            Candidate::Docker(at) => {
                let number = image.graph.docker[at].number;
                Place::at("manifest.json", format!("/{number}/Layers/{}", self.entry)).then(self.name.as_str())
            }
        }
    }

    /// The algorithm of the digest that its inflated bytes should have.
    pub(super) fn inflated_algorithm(&self) -> Option<Algorithm> {
        self.diff_id.as_ref().and_then(Digest::algorithm)
    }
}

impl Chosen {
    /// The one image that fits a selector. Attestations, signatures and other artifacts are none; where an index lists
    /// images of which only one is there, it is that one.
    ///
    /// # Errors
    ///
    /// When nothing or more than one image fits.
    pub fn one(image: &Image, selector: &Selector) -> Result<Chosen, Error> {
        let path = || image.source.label().to_owned();
        let selected = image.graph.select(image.source.label(), selector)?;
        let mut candidates: Vec<(Candidate, Selectable)> = Vec::new();
        let mut below = Below::new(&image.graph);
        for top in selected {
            candidates.extend(Chosen::all_of(&mut below, image, top).into_iter().map(|candidate| (candidate, top)));
        }
        if candidates.iter().any(|(candidate, _)| candidate.is_present(image)) {
            candidates.retain(|(candidate, _)| candidate.is_present(image));
        }
        match candidates.as_slice() {
            [] => {
                let wanted = "an image with a root file system".to_owned();
                Err(Error::NoSuchImage { path: path(), wanted, meant: None, available: Vec::new() })
            }
            [(one, _)] => one.chosen(image),
            several => Err(selector.ambiguous(image.source.label(), options(image, several))),
        }
    }

    /// The images to run below a selected one, in stored order, without those that came before.
    pub(crate) fn all_of(below: &mut Below<'_>, image: &Image, top: Selectable) -> Vec<Candidate> {
        let mut below = |id: NodeId| below.images(id).into_iter().map(Candidate::Manifest);
        match top {
            Selectable::Docker(at) => vec![Candidate::Docker(at)],
            Selectable::Root(at) => image.graph.roots[at].node.into_iter().flat_map(below).collect(),
            Selectable::Node(id) => below(id).collect(),
        }
    }

    /// The documents that say which layers it has and how it runs.
    pub(crate) fn documents(&self) -> impl Iterator<Item = NodeId> {
        self.manifest.into_iter().chain(self.config)
    }

    fn of_manifest(image: &Image, id: NodeId) -> Result<Chosen, Error> {
        let graph = &image.graph;
        let node = graph.node(id);
        if !node.is_present() {
            return Err(absent(image, node.key.as_str()));
        }
        if matches!(node.document, Document::Opaque) {
            let path = image.source.label();
            let hint = CommandLine::ocikit("verify").path(path).hint("shows why");
            let fault = format!("cannot be read as a manifest, so its layers are unknown{hint}");
            return Err(Error::Document { path: path.to_owned(), document: node.key.as_str().to_owned(), fault });
        }
        let diff_ids = graph.config_of(id).map_or(&[][..], |config| &config.diff_ids);
        let mut layers = Vec::new();
        for &link in &node.links {
            let Role::Layer(entry) = link.role else { continue };
            let diff_id = diff_ids.get(entry as usize).and_then(Field::ok).cloned();
            layers.push(Chosen::layer(image, id, link, entry, diff_id, layers.len() + 1)?);
        }
        let config = graph.config_node(id);
        Ok(Chosen {
            digest: node.key.digest().cloned(),
            platform: graph.platform_of(id),
            manifest: Some(id),
            config,
            layers,
        })
    }

    fn layer(
        image: &Image,
        manifest: NodeId,
        link: Link,
        entry: u32,
        diff_id: Option<Digest>,
        number: usize,
    ) -> Result<Layer, Error> {
        let graph = &image.graph;
        let node = link.node.ok_or_else(|| absent(image, &format!("layer {number}, which has no valid digest,")))?;
        let name = graph.node(node).key.as_str().to_owned();
        let descriptor = graph.descriptor(manifest, link);
        if let Some(media_type::Kind::Layer(kind)) = descriptor.and_then(|d| d.media_type.ok()).map(MediaType::kind)
            && kind.encrypted
        {
            return Err(Error::Encrypted { path: image.source.label().to_owned(), digest: name });
        }
        let size = image.size_of(node).ok_or_else(|| absent(image, &format!("layer {number}, {name},")))?;
        Ok(Layer {
            number,
            name,
            digest: graph.node(node).key.digest().cloned(),
            diff_id,
            size,
            node,
            of: Candidate::Manifest(manifest),
            entry,
        })
    }

    fn of_docker(image: &Image, at: usize) -> Result<Chosen, Error> {
        let graph = &image.graph;
        let entry = &graph.docker[at];
        let config = entry.config.and_then(|id| graph.node(id).document.as_config());
        let diff_ids = config.map_or(&[][..], |config| &config.diff_ids);
        let mut layers = Vec::with_capacity(entry.layers.len());
        for (place, (node, name)) in entry.layers.iter().zip(&entry.image.layers).enumerate() {
            let number = place + 1;
            let called = if name.is_empty() { format!("layer {number}") } else { format!("layer {number}, `{name}`,") };
            let id = node.ok_or_else(|| absent(image, &called))?;
            let size = image.size_of(id).ok_or_else(|| absent(image, &called))?;
            layers.push(Layer {
                number,
                name: name.clone(),
                digest: graph.node(id).key.digest().cloned(),
                diff_id: diff_ids.get(place).and_then(Field::ok).cloned(),
                size,
                node: id,
                of: Candidate::Docker(at),
                entry: place as u32,
            });
        }
        Ok(Chosen {
            digest: Candidate::Docker(at).digest(image),
            platform: entry.config.and_then(|id| graph.platform_of(id)),
            manifest: None,
            config: entry.config,
            layers,
        })
    }
}

fn absent(image: &Image, digest: &str) -> Error {
    Error::Absent { path: image.source.label().to_owned(), digest: digest.to_owned() }
}

/// An image to run, in one of the views.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Candidate {
    /// A manifest that an index references.
    Manifest(NodeId),
    /// An image of `manifest.json`.
    Docker(usize),
}

impl Candidate {
    pub(crate) fn platform(self, image: &Image) -> Option<Platform> {
        match self {
            Candidate::Manifest(id) => image.graph.platform_of(id),
            Candidate::Docker(at) => image.graph.docker[at].config.and_then(|id| image.graph.platform_of(id)),
        }
    }

    /// The digest of its manifest; in `manifest.json` that of its config.
    pub(crate) fn digest(self, image: &Image) -> Option<Digest> {
        match self {
            Candidate::Manifest(id) => image.graph.node(id).key.digest().cloned(),
            Candidate::Docker(at) => {
                image.graph.docker[at].image.config.ok().and_then(|name| docker::config_digest(name))
            }
        }
    }

    pub(crate) fn chosen(self, image: &Image) -> Result<Chosen, Error> {
        match self {
            Candidate::Manifest(id) => Chosen::of_manifest(image, id),
            Candidate::Docker(at) => Chosen::of_docker(image, at),
        }
    }

    pub(crate) fn is_present(self, image: &Image) -> bool {
        match self {
            Candidate::Manifest(id) => image.graph.node(id).is_present(),
            Candidate::Docker(_) => true,
        }
    }
}

/// What a person would add to choose each of several: the platform where it tells them apart, else a name or a digest.
fn options(image: &Image, several: &[(Candidate, Selectable)]) -> Vec<String> {
    let selected: Vec<Selectable> = several.iter().map(|(_, top)| *top).collect();
    let labels = several.iter().zip(image.graph.labels(&selected)).map(|((candidate, top), label)| {
        let label = match candidate {
            Candidate::Manifest(id) if image.graph.nodes_of(*top) != [*id] => {
                format!("@{}", image.graph.node(*id).key.as_str())
            }
            _ => label,
        };
        (candidate.platform(image), label)
    });
    choices(labels)
}
