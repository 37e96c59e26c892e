//! What `platform add` brings: descriptors, with the blobs behind them.

use std::collections::BTreeSet;

use crate::digest::{Algorithm, Digest, VerifyError};
use crate::doc::annotations::{CONTAINERD_NAME, CREATED, REF_NAME};
use crate::doc::{Annotations, descriptor_text};
use crate::edit::platform::{config_platform, platform_text};
use crate::edit::{DescriptorTexts, Draft, Holder, List, Slot, contents, entry_of, slots_of};
use crate::error::Error;
use crate::graph::{DockerEntry, Kind, NodeId, Selectable, Selector};
use crate::image::docker_image::ImageFilesOptions;
use crate::image::{Image, docker_image};
use crate::json::edit::apply;
use crate::json::{Edit, Value, pointer_token};
use crate::limits::Limits;
use crate::platform::Platform;
use crate::{media_type, parallel};

/// An image that comes in.
#[derive(Debug, Clone)]
pub(crate) struct Arrival {
    /// Its descriptor with its platform, as JSON text.
    pub(crate) descriptor: String,
    pub(crate) platform: Platform,
    /// The digest of its manifest.
    pub(crate) digest: Digest,
    /// Descriptors of the attestations that stand beside it in its index, as JSON text.
    pub(crate) attestations: Vec<String>,
    /// Descriptors of what refers to it from `index.json`, as JSON text.
    pub(crate) referrers: Vec<String>,
}

/// The images that a selector means in another file, each with what refers to it; their blobs are added to the draft.
pub(crate) fn from_image<'a>(
    draft: &mut Draft<'a>,
    other: &'a Image,
    selector: &Selector,
    limits: &Limits,
) -> Result<Vec<Arrival>, Error> {
    let (graph, path) = (&other.graph, other.source.label());
    let mut arrivals = Vec::new();
    let selected = graph.select(path, selector)?;
    let docker = selected.iter().filter_map(|top| if let Selectable::Docker(at) = top { Some(*at) } else { None });
    let docker: Vec<usize> = docker.collect();
    for &at in &docker {
        arrivals.push(from_docker(draft, other, &graph.docker[at], limits)?);
    }
    if docker.is_empty() {
        // Several images in one file are no image for several platforms: then one has to be chosen.
        let list = List::find(other, selector, "add an image")?;
        let nodes: Vec<NodeId> = match &selector.platform {
            Some(platform) => list.for_platform(platform)?.iter().filter_map(|entry| entry.node).collect(),
            None => graph.images_below_all(list.entries.iter().filter_map(|entry| entry.node)),
        };
        let absent = nodes.iter().find(|id| !graph.node(**id).is_present()).copied();
        let (mut taken, mut stored) = (BTreeSet::new(), DescriptorTexts::new(other, limits));
        for id in nodes {
            if graph.node(id).is_present() && taken.insert(id) {
                arrivals.push(from_node(draft, &mut stored, other, id, limits)?);
            }
        }
        if let Some(id) = absent.filter(|_| arrivals.is_empty()) {
            let digest = format!("the image {} is listed, and", graph.node(id).key.as_str());
            return Err(Error::Absent { path: path.to_owned(), digest });
        }
    }
    if arrivals.is_empty() {
        let wanted = "an image".to_owned();
        return Err(Error::NoSuchImage { path: path.to_owned(), wanted, meant: None, available: Vec::new() });
    }
    Ok(arrivals)
}

fn from_node<'a>(
    draft: &mut Draft<'a>,
    stored: &mut DescriptorTexts<'a>,
    other: &'a Image,
    id: NodeId,
    limits: &Limits,
) -> Result<Arrival, Error> {
    let graph = &other.graph;
    let slots = slots_of(graph, id);
    let Some(digest) = graph.node(id).key.digest().cloned() else { return Err(no_platform(other, id)) };
    // The entry of an index says more than that of index.json, and has no names.
    let slot = slots.iter().find(|slot| slot.holder != Holder::IndexJson).or(slots.first()).copied();
    let (descriptor, platform) = match slot {
        Some(slot) => listed_descriptor(other, stored, slot, id)?,
        None => manifest_descriptor(other, id, limits)?,
    };
    draft.add_from(other, id);
    let (mut attestations, mut referrers) = (Vec::new(), Vec::new());
    for referrer in graph.referrers_of(id) {
        draft.add_from(other, referrer);
        let listed = slots_of(graph, referrer);
        let beside = listed.iter().find(|own| slot.is_some_and(|slot| slot.holder == own.holder));
        // A referrer that no list names is found by its `subject`.
        let Some(own) = beside.or(listed.first()) else { continue };
        let text = stored.entry(*own)?.to_owned();
        let is_beside =
            own.holder != Holder::IndexJson || beside.is_some() && graph.node(referrer).kind.is_about_another();
        if is_beside && !is_named(&text) { &mut attestations } else { &mut referrers }.push(text);
    }
    Ok(Arrival { descriptor, platform, digest, attestations, referrers })
}

fn is_named(descriptor: &str) -> bool {
    let name = |key: &str| format!("/annotations/{key}");
    Value::parse(descriptor).is_ok_and(|value| value.at(&name(REF_NAME)).is_some())
}

/// The descriptor of an entry, made fit for an index: with a platform, without names.
pub(crate) fn listed_descriptor(
    image: &Image,
    stored: &mut DescriptorTexts<'_>,
    slot: Slot,
    id: NodeId,
) -> Result<(String, Platform), Error> {
    let text = stored.entry(slot)?;
    let entry = entry_of(&image.graph, slot);
    let own = entry.and_then(|entry| entry.descriptor.real_platform().cloned());
    let platform = own.clone().or_else(|| config_platform(image, id)).ok_or_else(|| no_platform(image, id))?;
    let mut edits = Vec::new();
    if own.is_none() {
        let value = platform_text(&platform);
        edits.push(Edit::Set { object: String::new(), key: "platform".to_owned(), value });
    }
    if slot.holder == Holder::IndexJson
        && let Some(entry) = entry
    {
        edits.extend(without_names(&entry.descriptor.annotations));
    }
    Ok((spliced(image, text, &edits)?, platform))
}

/// The splices that take from a descriptor what only an entry of `index.json` has: names, the time of the export, and where
/// it was pulled from.
fn without_names(annotations: &Annotations) -> Vec<Edit> {
    let is_own = |key: &str| {
        [REF_NAME, CONTAINERD_NAME, CREATED].contains(&key) || key.starts_with("containerd.io/distribution.source.")
    };
    if annotations.iter().all(|(key, _)| is_own(key)) {
        let all = Edit::Remove { pointer: "/annotations".to_owned() };
        return if annotations.is_empty() { Vec::new() } else { vec![all] };
    }
    let own = annotations.iter().filter(|(key, _)| is_own(key));
    own.map(|(key, _)| Edit::Remove { pointer: format!("/annotations{}", pointer_token(key)) }).collect()
}

/// A descriptor for a manifest that no list names.
pub(crate) fn manifest_descriptor(image: &Image, id: NodeId, limits: &Limits) -> Result<(String, Platform), Error> {
    let text = contents::node(image, id, limits)?;
    let digest = image.graph.node(id).key.digest().cloned();
    let digest = digest.unwrap_or_else(|| Algorithm::Sha256.digest(text.as_bytes()));
    let platform = config_platform(image, id).ok_or_else(|| no_platform(image, id))?;
    Ok((descriptor_of(&text, &digest, &platform), platform))
}

/// A descriptor for a manifest with this text.
pub(crate) fn descriptor_of(text: &str, digest: &Digest, platform: &Platform) -> String {
    let own = Value::parse(text).ok().and_then(|value| Some(value.get("mediaType")?.as_str()?.into_owned()));
    let own = own.unwrap_or_else(|| media_type::OCI_MANIFEST.to_owned());
    descriptor_text(&own, digest, text.len() as u64, &[("platform", platform_text(platform))])
}

fn spliced(image: &Image, text: &str, edits: &[Edit]) -> Result<String, Error> {
    apply(text, edits).map_err(|fault| Error::Document {
        path: image.source.label().to_owned(),
        document: "descriptor".to_owned(),
        fault: fault.to_string(),
    })
}

fn no_platform(image: &Image, id: NodeId) -> Error {
    let reason = format!("neither a descriptor nor the config of {} has one", image.graph.node(id).key.as_str());
    Error::Unfit { path: image.source.label().to_owned(), verb: "determine the platform", reason }
}

/// An image of a docker archive: it has no manifest, so one is written for the config and the layers as they are.
fn from_docker<'a>(
    draft: &mut Draft<'a>,
    other: &'a Image,
    entry: &DockerEntry,
    limits: &Limits,
) -> Result<Arrival, Error> {
    let options = ImageFilesOptions { hash_all: false, threads: parallel::threads(0), limits };
    let files = docker_image::image_files(other, entry, options)?;
    if let Some(fault) = files.fault {
        return Err(Error::Damaged { path: other.source.origin(files.config.member), fault });
    }
    let config = entry
        .config
        .ok_or_else(|| Error::Absent { path: other.source.label().to_owned(), digest: "the config".to_owned() })?;
    let platform = other.graph.platform_of(config).ok_or_else(|| no_platform(other, config))?;
    for file in files.all() {
        draft.add_member(file.digest.clone(), other, file.member);
    }
    let text = files.manifest();
    let digest = draft.add_bytes(text.clone().into_bytes());
    let descriptor = descriptor_of(&text, &digest, &platform);
    Ok(Arrival { descriptor, platform, digest, attestations: Vec::new(), referrers: Vec::new() })
}

/// A manifest of the file itself, listed or not, by the beginning of its digest.
pub(crate) fn listed_or_not(
    draft: &mut Draft<'_>,
    prefix: &crate::reference::DigestPrefix,
    platform: &Platform,
    limits: &Limits,
) -> Result<Arrival, Error> {
    let image = draft.image();
    let fits = |digest: &Digest| prefix.matches(digest);
    let members = image.source.members().iter().enumerate();
    let found: Vec<(usize, Digest)> =
        members.filter_map(|(id, member)| Some((id, Digest::from_blob_path(&member.name).filter(fits)?))).collect();
    let path = image.source.label().to_owned();
    let (member, digest) = match found.as_slice() {
        [one] => one.clone(),
        [] => {
            let graph = &image.graph;
            let manifests = graph.nodes().iter().filter(|node| node.kind == Kind::Image);
            let available = manifests.map(|node| node.key.as_str().to_owned()).collect();
            return Err(Error::NoSuchImage { path, wanted: format!("`@{prefix}`"), meant: None, available });
        }
        several => {
            let available = several.iter().map(|(_, digest)| format!("@{digest}")).collect();
            return Err(Error::Ambiguous { path, wanted: format!("`@{prefix}` matches"), available });
        }
    };
    let bytes = image.source.read(member, limits.document_bytes).map_err(|error| Error::Document {
        path: path.clone(),
        document: digest.to_string(),
        fault: error.to_string(),
    })?;
    if let Some(found) = digest.differs(&bytes) {
        return Err(Error::Damaged { path, fault: VerifyError::Digest { expected: digest, found } });
    }
    let view = crate::doc::read_blob(&bytes, None, limits).view;
    if !matches!(view, crate::doc::Document::Manifest(_)) {
        let reason = format!("{digest} is not an image manifest");
        return Err(Error::Unfit { path, verb: "add a platform", reason });
    }
    let text = String::from_utf8_lossy(&bytes);
    let descriptor = descriptor_of(&text, &digest, platform);
    Ok(Arrival { descriptor, platform: platform.clone(), digest, attestations: Vec::new(), referrers: Vec::new() })
}
