//! What the requirements ask of a file, looked up once.

use std::collections::{BTreeMap, BTreeSet};
use std::io::BufRead;

use super::Reading;
use super::instances::{self, Instance};
use crate::digest::{Algorithm, Digest};
use crate::doc::annotations::REF_NAME;
use crate::doc::{Descriptor, Problem};
use crate::error::Error;
use crate::finding::{Code, Finding, Place, Severity};
use crate::graph::{Content, DockerEntry, Graph, Kind, NodeId, Role, Root, Selectable};
use crate::image::Image;
use crate::media_type::{Compression, Kind as MediaKind, LayerType, MediaType};
use crate::platform::Platform;
use crate::reference::position;
use crate::source::{ABSOLUTE, Member, MemberId, MemberKind, Resolution};
use crate::views;

/// A file, as the requirements see it.
pub(super) struct FileFacts<'a> {
    pub(super) image: &'a Image,
    pub(super) host: &'a Platform,
    /// The name of the image that the person asked for.
    pub(super) reference: Option<&'a str>,
    /// The position of the image that the person asked for.
    pub(super) position: Option<u32>,
    /// Whether the person asked for a digest.
    by_digest: bool,
    /// The entries of `index.json` that count: those asked for, else all; as places in [`Graph::roots`].
    pub(super) roots: Vec<usize>,
    /// The images of `manifest.json` that count, as places in [`Graph::docker`].
    pub(super) docker: Vec<usize>,
    pub(super) wrapped: bool,
    /// Whether all names are absolute.
    pub(super) absolute: bool,
    pub(super) has_index: bool,
    pub(super) has_layout_file: bool,
    pub(super) layout_version_known: bool,
    /// Whether `index.json` and `manifest.json` disagree.
    pub(super) views_differ: bool,
    /// The manifests and indexes below the entries that count, each once.
    pub(super) manifests: Vec<NodeId>,
    /// What a reader of one image finds below each entry of `index.json`, by its place there.
    instances: Vec<Instance>,
    /// What is wrong in the text of `index.json`.
    pub(super) index_problems: Vec<Problem>,
    /// How the layers of `manifest.json` are compressed, by the member.
    stored: BTreeMap<MemberId, Compression>,
}

/// How a person says which image of a file is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// By its name or tag.
    Name,
    /// By its position, as `@1`.
    Position,
    /// By its digest.
    Digest,
}

impl<'a> FileFacts<'a> {
    pub(super) fn of(image: &'a Image, options: &'a Reading) -> Result<Self, Error> {
        let (source, graph) = (&image.source, &image.graph);
        let selector = &options.selector;
        let (roots, docker) = if selector.is_all() {
            ((0..graph.roots.len()).collect(), (0..graph.docker.len()).collect())
        } else {
            chosen(graph, &graph.select(source.label(), selector)?)
        };
        let dual = source.format().index_view && source.format().docker_view;
        let differ = |finding: &crate::finding::Finding| {
            finding.severity == Severity::Error && finding.code.name().starts_with("view-")
        };
        let views_differ = dual && views::findings(image, &options.limits).iter().any(differ);
        let has = |code: Code| source.findings().iter().chain(&graph.findings).any(|finding| finding.code == code);
        let is_file = |name: &str| matches!(source.resolve(name), Resolution::File(_));
        let is_absolute =
            |finding: &Finding| finding.code == Code::MemberNameUnsafe && finding.at == Place::of(ABSOLUTE);
        let manifests = instances::below(graph, &roots);
        let stored = stored_compressions(image, &docker);
        Ok(FileFacts {
            instances: instances::instances(graph, &options.host),
            stored,
            index_problems: index_problems(graph),
            image,
            host: &options.host,
            reference: selector.name(),
            position: selector.reference.as_deref().and_then(position),
            by_digest: selector.digest.is_some(),
            roots,
            docker,
            wrapped: has(Code::ContainerWrapped),
            absolute: source.findings().iter().any(is_absolute),
            has_index: is_file("index.json"),
            has_layout_file: is_file("oci-layout"),
            layout_version_known: !has(Code::LayoutVersion) && !has(Code::LayoutMajorVersion),
            views_differ,
            manifests,
        })
    }

    pub(super) fn graph(&self) -> &'a Graph {
        &self.image.graph
    }

    pub(super) fn docker_entries(&self) -> impl Iterator<Item = &'a DockerEntry> {
        let graph = self.graph();
        self.docker.iter().filter_map(|&at| graph.docker.get(at))
    }

    pub(super) fn descriptor(&self, root: usize) -> Option<&'a Descriptor> {
        self.graph().roots.get(root).map(|root| &root.descriptor)
    }

    pub(super) fn ref_name(&self, root: usize) -> Option<&'a str> {
        self.descriptor(root)?.annotations.get(REF_NAME).filter(|name| !name.is_empty())
    }

    /// How the person says which image is meant.
    pub(super) fn chosen_by(&self) -> Option<By> {
        let named = self.reference.map(|_| By::Name).or(self.position.map(|_| By::Position));
        named.or_else(|| self.by_digest.then_some(By::Digest))
    }

    /// The entries that count.
    pub(super) fn chosen_entries(&self) -> Vec<usize> {
        self.roots.clone()
    }

    /// All entries, for readers that cannot be told which.
    pub(super) fn all_entries(&self) -> Vec<usize> {
        (0..self.graph().roots.len()).collect()
    }

    /// The entries that count and have a name.
    pub(super) fn named_entries(&self) -> Vec<usize> {
        self.roots.iter().copied().filter(|&at| self.graph().roots[at].name().is_some()).collect()
    }

    /// The entries that count whose `org.opencontainers.image.ref.name` fits.
    pub(super) fn tagged(&self, fits: impl Fn(&str) -> bool) -> Vec<usize> {
        self.roots.iter().copied().filter(|&root| self.ref_name(root).is_some_and(&fits)).collect()
    }

    /// What entries reference, down through indexes, each once.
    pub(super) fn below(&self, roots: &[usize]) -> Vec<NodeId> {
        instances::below(self.graph(), roots)
    }

    /// What a reader finds below an entry that takes the first of an index.
    pub(super) fn first(&self, root: usize) -> Instance {
        let node = self.graph().roots.get(root).and_then(|root| root.node);
        node.map_or(Instance::Absent, |id| instances::first(self.graph(), id))
    }

    /// What a reader of one image finds below an entry.
    pub(super) fn instance(&self, root: usize) -> Instance {
        self.instances.get(root).copied().unwrap_or(Instance::Absent)
    }

    /// The blobs of a manifest: its config and layers, each with its descriptor.
    pub(super) fn blobs(&self, manifest: NodeId) -> impl Iterator<Item = (Role, &'a Descriptor, Option<NodeId>)> {
        let graph = self.graph();
        let links = graph.node(manifest).links.iter().filter(|link| matches!(link.role, Role::Config | Role::Layer(_)));
        links.filter_map(move |&link| Some((link.role, graph.descriptor(manifest, link)?, link.node)))
    }

    /// The layer types of a manifest, each with the digest of the layer.
    pub(super) fn layers(&self, manifest: NodeId) -> impl Iterator<Item = (Option<LayerType>, &'a Descriptor)> {
        let layers = self.blobs(manifest).filter(|(role, _, _)| matches!(role, Role::Layer(_)));
        layers.map(|(_, descriptor, _)| match descriptor.media_type.ok().map(MediaType::kind) {
            Some(MediaKind::Layer(kind)) => (Some(kind), descriptor),
            _ => (None, descriptor),
        })
    }

    /// The media type of a manifest's config.
    pub(super) fn config_type(&self, manifest: NodeId) -> Option<&'a MediaType> {
        let mut blobs = self.blobs(manifest);
        blobs.find(|(role, _, _)| *role == Role::Config).and_then(|(_, descriptor, _)| descriptor.media_type.ok())
    }

    /// A digest by another algorithm than SHA-256 in what a manifest consists of, itself included.
    pub(super) fn other_algorithm(&self, manifest: NodeId) -> Option<&'a Digest> {
        let own = self.graph().node(manifest).key.digest();
        let blobs = self.blobs(manifest).filter_map(|(_, descriptor, _)| descriptor.digest.ok());
        own.into_iter().chain(blobs).find(|digest| digest.algorithm() != Some(Algorithm::Sha256))
    }

    /// The first blob of a manifest that is absent and that no URL leads to.
    pub(super) fn absent_blob(&self, manifest: NodeId) -> Option<&'a Digest> {
        let graph = self.graph();
        let mut blobs = self.blobs(manifest);
        blobs.find_map(|(_, descriptor, id)| {
            let absent = id.is_none_or(|id| graph.node(id).content == Content::Absent);
            descriptor.digest.ok().filter(|_| absent)
        })
    }

    /// The first blob of a manifest that has another size than its descriptor says.
    pub(super) fn other_size(&self, manifest: NodeId) -> Option<(&'a Digest, u64, u64)> {
        let mut blobs = self.blobs(manifest);
        blobs.find_map(|(_, descriptor, id)| {
            let Content::Member(member) = self.graph().node(id?).content else { return None };
            let (said, found) = (*descriptor.size.ok()?, self.image.source.members().get(member)?.size);
            (said != found).then_some((descriptor.digest.ok()?, said, found))
        })
    }

    /// The blobs of a manifest that are elsewhere.
    pub(super) fn external_blobs(&self, manifest: NodeId) -> impl Iterator<Item = &'a Descriptor> {
        let graph = self.graph();
        let blobs = self.blobs(manifest);
        let is_external = move |id: NodeId| graph.node(id).content == Content::External;
        blobs.filter(move |(_, _, id)| id.is_some_and(is_external)).map(|(_, descriptor, _)| descriptor)
    }

    /// The attestations below the entries that count, absent ones left out.
    pub(super) fn attestations(&self) -> usize {
        let nodes = self.manifests.iter().map(|&id| self.graph().node(id));
        nodes.filter(|node| matches!(node.kind, Kind::Attestation(_)) && node.is_present()).count()
    }

    /// The entries that count, those of signatures and the like left out.
    fn image_roots(&self) -> impl Iterator<Item = &'a Root> {
        let graph = self.graph();
        let is_image = |root: &&Root| root.node.is_none_or(|id| !graph.node(id).kind.is_about_another());
        self.roots.iter().filter_map(|&at| graph.roots.get(at)).filter(is_image)
    }

    /// The first reference names by which skopeo can be told, each once.
    pub(super) fn ref_names(&self) -> Vec<&'a str> {
        const MOST: usize = 4;
        let mut names: Vec<&str> = Vec::new();
        for name in self.image_roots().filter_map(|root| root.descriptor.annotations.get(REF_NAME)) {
            if names.len() < MOST && !name.is_empty() && !name.starts_with("sha256-") && !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// The platforms of the images below the entries that count, each once: those that are there, and those that are
    /// absent.
    pub(super) fn platforms(&self) -> (Vec<Platform>, Vec<Platform>) {
        let graph = self.graph();
        let mut sorted: (BTreeSet<Platform>, BTreeSet<Platform>) = Default::default();
        for &id in &self.manifests {
            let node = graph.node(id);
            if node.kind != Kind::Image {
                continue;
            }
            if let Some(platform) = graph.platform_of(id) {
                if node.is_present() {
                    sorted.0.insert(platform)
                } else {
                    sorted.1.insert(platform)
                };
            }
        }
        (sorted.0.into_iter().collect(), sorted.1.into_iter().collect())
    }

    /// Whether a document at the top is a link in the archive, and no file of its name is there as well.
    pub(super) fn is_link(&self, name: &str) -> bool {
        let source = &self.image.source;
        let member = source.find(name).and_then(|id| source.members().get(id));
        let is_file = |member: &Member| &*member.name == name && member.kind == MemberKind::File;
        member.is_some_and(|member| matches!(member.kind, MemberKind::HardLink(_) | MemberKind::SymbolicLink(_)))
            && !source.shadowed().iter().any(is_file)
    }

    /// How the layers of `manifest.json` are compressed, each kind once.
    pub(super) fn compressions(&self) -> BTreeSet<Compression> {
        self.stored.values().copied().collect()
    }

    /// How a layer of `manifest.json` is compressed; None for one that was not read.
    pub(super) fn compression_of(&self, layer: NodeId) -> Option<Compression> {
        let Content::Member(member) = self.graph().node(layer).content else { return None };
        self.stored.get(&member).copied()
    }

    /// Whether a file of the layout is a link in the archive.
    pub(super) fn is_archive_link(&self, name: &str) -> bool {
        let source = &self.image.source;
        let is_link = |id: MemberId| {
            let kind = source.members().get(id).map(|member| &member.kind);
            matches!(kind, Some(MemberKind::HardLink(_) | MemberKind::SymbolicLink(_)))
        };
        !source.format().directory && source.find(name).is_some_and(is_link)
    }

    /// Whether a name of `manifest.json` is a hard link in the archive.
    pub(super) fn is_hard_link(&self, name: &str) -> bool {
        let source = &self.image.source;
        let member = source.find(name).and_then(|id| source.members().get(id));
        member.is_some_and(|member| matches!(member.kind, MemberKind::HardLink(_)))
    }
}

/// Entries and images that a selector chose.
fn chosen(graph: &Graph, selected: &[Selectable]) -> (Vec<usize>, Vec<usize>) {
    let nodes: BTreeSet<NodeId> = selected.iter().flat_map(|top| graph.nodes_of(*top)).collect();
    let mut roots: Vec<usize> = Vec::new();
    let mut docker: Vec<usize> = Vec::new();
    for top in selected {
        match *top {
            Selectable::Root(at) => roots.push(at),
            Selectable::Docker(at) => docker.push(at),
            Selectable::Node(_) => {}
        }
    }
    // The same image in the other view, by its config.
    let configs: BTreeSet<NodeId> = graph
        .images_below_all(nodes)
        .into_iter()
        .flat_map(|id| graph.node(id).links.iter().filter(|link| link.role == Role::Config))
        .filter_map(|link| link.node)
        .collect();
    let same = |entry: &DockerEntry| entry.config.is_some_and(|config| configs.contains(&config));
    docker.extend((0..graph.docker.len()).filter(|&at| same(&graph.docker[at])));
    docker.sort_unstable();
    docker.dedup();
    (roots, docker)
}

/// The graph keeps them with those of the file.
fn index_problems(graph: &Graph) -> Vec<Problem> {
    let own = graph.findings.iter().filter_map(|finding| match finding.at.steps() {
        [step] if step.document == "index.json" => Some(Problem {
            code: finding.code,
            pointer: step.pointer.clone(),
            detail: finding.detail.clone(),
            expected: finding.expected.clone(),
            found: finding.found.clone(),
        }),
        _ => None,
    });
    own.collect()
}

/// By the first bytes of each layer; of very many layers, only of the first.
fn stored_compressions(image: &Image, docker: &[usize]) -> BTreeMap<MemberId, Compression> {
    const MOST: usize = 256;
    let graph = &image.graph;
    let layers = docker.iter().flat_map(|&at| graph.docker[at].layers.iter().copied().flatten());
    let members: BTreeSet<MemberId> = layers
        .filter_map(|id| match graph.node(id).content {
            Content::Member(member) => Some(member),
            _ => None,
        })
        .take(MOST)
        .collect();
    let detect = |member: MemberId| {
        let mut content = image.source.content(member).ok()?;
        Some((member, content.fill_buf().ok().map(Compression::detect)?))
    };
    members.into_iter().filter_map(detect).collect()
}
