//! The documents of the docker view: how `manifest.json` names an image of a layout and its files.

use crate::digest::{Algorithm, Digest};
use crate::doc::Descriptor;
use crate::doc::annotations::{CONTAINERD_NAME, REF_NAME};
use crate::error::Error;
use crate::graph::{Content, NodeId, Role, Root};
use crate::image::Image;
use crate::json::edit::quoted;
use crate::limits::Limits;
use crate::media_type::{self, MediaType};
use crate::platform::Platform;
use crate::reference::{familiar, normalized};
use crate::source::MemberId;

/// Where nobody chooses: the image for the host, one of exactly its platform first; else the first that is listed. Readers
/// of an index go by what its descriptors say, and by the config only where these say nothing.
pub(crate) fn usual(image: &Image, images: &[NodeId], host: &Platform) -> Option<NodeId> {
    let graph = &image.graph;
    let declared = |id: NodeId| graph.first_descriptor(id).and_then(Descriptor::real_platform).cloned();
    let own = |id: NodeId| declared(id).or_else(|| graph.platform_of(id));
    let is_exact = |id: &&NodeId| own(**id).is_some_and(|own| own.normalized() == host.normalized());
    let fits = |id: &&NodeId| own(**id).is_some_and(|own| own.satisfies(host));
    images.iter().find(is_exact).or_else(|| images.iter().find(fits)).or(images.first()).copied()
}

/// The name that docker knows an entry by; None for a tag without a repository, which docker, podman and skopeo would
/// take for a repository, so that `1.0` became `1.0:latest`.
pub(crate) fn docker_name(root: &Root) -> Option<String> {
    let annotations = &root.descriptor.annotations;
    let is_full = |name: &&str| name.contains(['/', ':']) && !name.contains('@');
    let name = annotations.get(CONTAINERD_NAME).or_else(|| annotations.get(REF_NAME).filter(is_full))?;
    (!name.contains('@')).then(|| familiar(&normalized(name)))
}

/// One entry of the `manifest.json` of a dual archive.
pub(crate) fn dual_item(image: &Image, manifest: NodeId, names: &[String]) -> Result<String, Error> {
    let (config, layers) = dual_files(image, manifest)?;
    Ok(item(&config, names, &layers))
}

/// The config and the layers of an image, as the `manifest.json` of a dual archive names them.
pub(crate) fn dual_files(image: &Image, manifest: NodeId) -> Result<(String, Vec<String>), Error> {
    let (config, _) = config_of(image, manifest)?;
    let config = image.graph.node(config).key.digest().map_or_else(String::new, Digest::blob_path);
    let mut layers = Vec::new();
    for (descriptor, node) in layers_of(image, manifest)? {
        refuse_encrypted(image, descriptor)?;
        let digest = descriptor.digest.ok().or(image.graph.node(node).key.digest());
        layers.extend(digest.map(Digest::blob_path));
    }
    Ok((config, layers))
}

pub(crate) fn item(config: &str, names: &[String], layers: &[String]) -> String {
    let list = |texts: &[String]| texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(",");
    let names = if names.is_empty() { "null".to_owned() } else { format!("[{}]", list(names)) };
    format!(r#"{{"Config":{},"RepoTags":{names},"Layers":[{}]}}"#, quoted(config), list(layers))
}

/// The config of an image and the member that holds it.
pub(crate) fn config_of(image: &Image, manifest: NodeId) -> Result<(NodeId, MemberId), Error> {
    let graph = &image.graph;
    let absent = || Error::Absent {
        path: image.source.label().to_owned(),
        digest: format!("the config of {}", graph.node(manifest).key.as_str()),
    };
    let link = graph.node(manifest).links.iter().find(|link| link.role == Role::Config).ok_or_else(absent)?;
    let config = link.node.ok_or_else(absent)?;
    match graph.node(config).content {
        Content::Member(member) => Ok((config, member)),
        _ => Err(absent()),
    }
}

/// Docker's identifier of an image: the SHA-256 of its config, whatever the manifest names it by.
pub(crate) fn image_id(image: &Image, manifest: NodeId, limits: &Limits) -> Result<Digest, Error> {
    let (_, member) = config_of(image, manifest)?;
    let bytes = image.source.read(member, limits.document_bytes);
    Ok(Algorithm::Sha256.digest(&bytes.map_err(|error| error.at(image.source.origin(member)))?))
}

/// The layers of an image, bottom first.
pub(crate) fn layers_of(image: &Image, manifest: NodeId) -> Result<Vec<(&Descriptor, NodeId)>, Error> {
    let graph = &image.graph;
    let mut layers = Vec::new();
    for &link in &graph.node(manifest).links {
        let Role::Layer(number) = link.role else { continue };
        let (Some(descriptor), Some(node)) = (graph.descriptor(manifest, link), link.node) else {
            return Err(Error::Document {
                path: image.source.label().to_owned(),
                document: graph.node(manifest).key.as_str().to_owned(),
                fault: format!("the digest of layer {number} is invalid"),
            });
        };
        layers.push((descriptor, node));
    }
    Ok(layers)
}

/// No reader of docker archives decrypts.
pub(crate) fn refuse_encrypted(image: &Image, descriptor: &Descriptor) -> Result<(), Error> {
    match descriptor.media_type.ok().map(MediaType::kind) {
        Some(media_type::Kind::Layer(layer)) if layer.encrypted => {
            let digest = descriptor.digest.ok().map_or_else(String::new, ToString::to_string);
            Err(Error::Encrypted { path: image.source.label().to_owned(), digest })
        }
        _ => Ok(()),
    }
}
