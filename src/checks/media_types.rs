//! Media types of one image that not all readers take: OCI's beside Docker's, and layers of types that nobody registered.

use crate::checks::scope::Scope;
use crate::doc::{Document, Manifest};
use crate::finding::{Code, Finding, Findings, Severity};
use crate::graph::{Graph, Kind, NodeId, Role};
use crate::media_type;
use crate::media_type::MediaType;

/// Who registered a media type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Vendor {
    Oci,
    Docker,
}

pub(crate) fn check(graph: &Graph, scope: &Scope, findings: &mut Findings) {
    for (id, node) in graph.nodes().iter().enumerate().filter(|(id, _)| scope.has(*id)) {
        let Document::Manifest(manifest) = &node.document else { continue };
        let listed = graph.read_descriptor(id).and_then(|descriptor| descriptor.media_type.ok());
        let own = manifest.media_type.as_ref();
        if own.is_none() && listed.is_some_and(|listed| listed.as_str() == media_type::DOCKER_MANIFEST) {
            let detail = "a Docker manifest has no `mediaType`; skopeo and podman refuse it, containerd accepts it";
            findings.push(Finding::new(Code::FieldMissing, graph.place(id), detail));
        }
        if let Some(vendor) = own.or(listed).and_then(of_manifest).filter(|_| node.kind == Kind::Image) {
            check_config(graph, id, manifest, vendor, findings);
            check_layers(graph, id, manifest, vendor, findings);
        }
        let config = manifest.config.as_ref().and_then(|config| config.media_type.ok());
        let is_other = config.is_some_and(|config| config.kind() != media_type::Kind::Config);
        if node.kind == Kind::Image && is_other {
            let detail = "the config has a media type that is not the one of an image config; containerd runs the \
                image, podman does if the manifest is a Docker manifest, other readers refuse it";
            let at = graph.place_of_link(id, Role::Config).within("/mediaType");
            let finding = Finding::new(Code::ConfigMediaType, at, detail);
            findings.push(finding.found(config.map(MediaType::as_str).unwrap_or_default()));
        }
    }
}

fn of_manifest(media_type: &MediaType) -> Option<Vendor> {
    match media_type.as_str() {
        media_type::OCI_MANIFEST => Some(Vendor::Oci),
        media_type::DOCKER_MANIFEST => Some(Vendor::Docker),
        _ => None,
    }
}

/// No reader minds OCI's config in a Docker manifest.
fn check_config(graph: &Graph, id: NodeId, manifest: &Manifest, vendor: Vendor, findings: &mut Findings) {
    let config = manifest.config.as_ref().and_then(|config| config.media_type.ok());
    let is_docker = config.is_some_and(|config| config.as_str() == media_type::DOCKER_CONFIG);
    if vendor == Vendor::Oci && is_docker {
        let detail = "an OCI manifest has a config of the Docker media type; skopeo, podman and umoci refuse it, \
            containerd runs it";
        let at = graph.place_of_link(id, Role::Config).within("/mediaType");
        let finding = Finding::new(Code::MediaTypeMixed, at, detail);
        findings.push(finding.compared(media_type::OCI_CONFIG, media_type::DOCKER_CONFIG));
    }
}

fn check_layers(graph: &Graph, id: NodeId, manifest: &Manifest, vendor: Vendor, findings: &mut Findings) {
    let mut reported = false;
    for (number, layer) in &manifest.layers {
        let Some(listed) = layer.media_type.ok() else { continue };
        let at = || graph.place_of_link(id, Role::Layer(*number)).within("/mediaType");
        let unknown = |detail: &str| Finding::new(Code::LayerMediaType, at(), detail).found(listed);
        let layer = match listed.kind() {
            media_type::Kind::Layer(layer) => layer,
            // Told with the field.
            _ if !listed.is_plain() => continue,
            _ => {
                findings.push(unknown(
                    "the media type is not that of a layer; containerd and umoci refuse the image, skopeo and podman \
                    unpack it",
                ));
                continue;
            }
        };
        let registered = layer.media_type();
        if !layer.encrypted && registered != Some(listed.as_str()) {
            let detail = "the media type of the layer is not registered; containerd and umoci refuse the image, \
                skopeo and podman unpack it from an OCI manifest";
            findings.push(unknown(detail));
            continue;
        }
        // One of them is enough: docker with containerd's store writes all layers of a base image so.
        let is_other = layer.docker == (vendor == Vendor::Oci);
        if is_other && !std::mem::replace(&mut reported, true) {
            let (severity, detail) = match vendor {
                Vendor::Oci => (
                    Severity::Note,
                    "an OCI manifest has layers of Docker media types; umoci refuses it, other readers unpack it",
                ),
                Vendor::Docker => (
                    Severity::Error,
                    "a Docker manifest has layers of OCI media types; skopeo and podman refuse it, containerd \
                    unpacks it",
                ),
            };
            findings.push(Finding::new(Code::MediaTypeMixed, at(), detail).found(listed).with_severity(severity));
        }
    }
}
