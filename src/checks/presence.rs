//! Whether everything that is referred to is there, with the size that its descriptors say, and what is there besides.

use crate::checks::scope::Scope;
use crate::command::CommandLine;
use crate::digest::Digest;
use crate::doc::Descriptor;
use crate::finding::{Code, Finding, Findings, Place, Severity};
use crate::graph::{Content, Graph, Kind, NodeId, Role};
use crate::image::{Image, docker_files};
use crate::source::{MemberKind, Source};

pub(crate) fn check(image: &Image, scope: &Scope, findings: &mut Findings) {
    let graph = &image.graph;
    for root in &graph.roots {
        if let Some(id) = root.node.filter(|id| scope.has(*id)) {
            let at = || Place::at("index.json", Role::Manifest(root.number).pointer());
            check_size(image, id, &root.descriptor, at, findings);
            match graph.node(id).content {
                Content::Absent | Content::External => {
                    findings.push(child_missing(&root.descriptor, at().then(graph.node(id).key.as_str())));
                }
                Content::Inline => findings.push(inline(image, id, at())),
                Content::Member(_) => {}
            }
        }
    }
    findings.extend(misplaced_blobs(image, scope));
    let roots: Vec<NodeId> = graph.roots.iter().filter_map(|root| root.node).collect();
    if roots.iter().any(|id| scope.has(*id)) {
        check_images(graph, &roots, Place::of("index.json"), findings);
    }
    for (id, node) in graph.nodes().iter().enumerate().filter(|(id, _)| scope.has(*id)) {
        for &link in &node.links {
            let (Some(child), Some(descriptor)) = (link.node, graph.descriptor(id, link)) else { continue };
            if !scope.has(child) {
                continue;
            }
            check_size(image, child, descriptor, || graph.place_of_link(id, link.role), findings);
            let at = || graph.place_of_link(id, link.role).then(graph.node(child).key.as_str());
            match (content_of(graph, child, descriptor, link.role), link.role) {
                (Content::Absent, Role::Manifest(_)) if graph.node(id).kind != Kind::Cache => {
                    findings.push(child_missing(descriptor, at()));
                }
                (Content::Absent, Role::Subject) => {
                    let detail = format!("this {} refers to a manifest that is missing", node.kind);
                    findings.push(Finding::new(Code::SubjectAbsent, at(), detail));
                }
                (Content::Absent, _) => {
                    let what = if link.role == Role::Config { Kind::Config } else { graph.node(child).kind };
                    findings.push(Finding::new(Code::BlobMissing, at(), format!("the {what} is missing")));
                }
                (Content::External, _) => {
                    let detail = "the layer is non-distributable and stored elsewhere; ocikit never fetches it";
                    findings.push(Finding::new(Code::LayerExternal, at(), detail).found(descriptor.urls.join(" ")));
                }
                (Content::Member(_) | Content::Inline, Role::Layer(_)) if !descriptor.urls.is_empty() => {
                    let detail = "the layer has `urls` although it is in the file; skopeo and podman fetch it from \
                        there";
                    let finding = Finding::new(Code::LayerExternal, at(), detail).found(descriptor.urls.join(" "));
                    findings.push(finding.with_severity(Severity::Warning));
                }
                (Content::Inline, role) if role != Role::Subject => {
                    findings.push(inline(image, child, graph.place_of_link(id, link.role)));
                }
                (Content::Member(_) | Content::Inline, _) => {}
            }
        }
        if node.kind == Kind::Index && !scope.is_partial(id) {
            let children = node.links.iter().filter(|link| link.role != Role::Subject);
            let children: Vec<NodeId> = children.filter_map(|link| link.node).collect();
            check_images(graph, &children, graph.place(id), findings);
        }
        findings.extend(docker_files::absent(graph, id, None));
    }
    if scope.whole {
        check_orphans(&image.source, graph, findings);
    }
}

/// Where the content of a blob is for one reference: only a layer with `urls` is kept elsewhere on purpose.
fn content_of(graph: &Graph, id: NodeId, descriptor: &Descriptor, role: Role) -> Content {
    match graph.node(id).content {
        Content::External if !matches!(role, Role::Layer(_)) || descriptor.urls.is_empty() => Content::Absent,
        content => content,
    }
}

fn check_size(image: &Image, id: NodeId, descriptor: &Descriptor, at: impl Fn() -> Place, findings: &mut Findings) {
    let Content::Member(member) = image.graph.node(id).content else { return };
    let found = image.source.members()[member].size;
    if let Some(&expected) = descriptor.size.ok().filter(|&&size| size != found) {
        let detail = format!("the size of the {} does not match its descriptor", image.graph.node(id).kind);
        let at = at().then(image.graph.node(id).key.as_str());
        let finding = Finding::new(Code::BlobSize, at, detail);
        findings.push(finding.compared(format!("{expected} bytes"), format!("{found} bytes")));
    }
}

fn repack(image: &Image) -> CommandLine {
    CommandLine::ocikit("repack").path(image.source.label()).into_new_file()
}

/// Blobs that stand where nobody looks for them, one finding for all.
fn misplaced_blobs(image: &Image, scope: &Scope) -> Option<Finding> {
    let nodes = image.graph.nodes().iter().enumerate().filter(|(id, _)| scope.has(*id));
    let mut misplaced = nodes.filter_map(|(id, node)| Some((node.key.digest()?, image.misplaced(id)?)));
    let (digest, member) = misplaced.next()?;
    let mut detail = "the blob is not in the directory of its digest algorithm; no reader finds it there".to_owned();
    match misplaced.count() {
        0 => {}
        more => detail.push_str(&format!(" (and {more} more)")),
    }
    let finding = Finding::new(Code::BlobMisplaced, Place::of(&*member.name), detail);
    Some(finding.compared(digest.blob_path(), &member.name).fixed_by(repack(image)))
}

fn inline(image: &Image, id: NodeId, at: Place) -> Finding {
    let detail = "the blob is stored only in `data` of its descriptor; skopeo, podman, containerd and umoci refuse \
        the image";
    let finding = Finding::new(Code::BlobInline, at.within("/data"), detail);
    // Only what is what its digest says is written as a blob.
    let graph = &image.graph;
    let is_sound =
        graph.inline(id).is_some_and(|bytes| graph.node(id).key.digest().is_some_and(|own| own.is_of(bytes)));
    if is_sound { finding.fixed_by(repack(image)) } else { finding }
}

/// docker, ctr and registry mirrors leave out the manifests of other platforms on purpose.
fn child_missing(descriptor: &Descriptor, at: Place) -> Finding {
    let what = match (descriptor.attests(), descriptor.real_platform()) {
        (Some(_), _) => "the attestation manifest".to_owned(),
        (None, Some(platform)) => format!("the manifest for {platform}"),
        (None, None) => "the manifest".to_owned(),
    };
    Finding::new(Code::ChildMissing, at, format!("{what} is missing"))
}

/// An index of which no image is left has nothing to run.
fn check_images(graph: &Graph, children: &[NodeId], at: Place, findings: &mut Findings) {
    let images: Vec<NodeId> =
        children.iter().copied().filter(|&id| matches!(graph.node(id).kind, Kind::Image | Kind::Index)).collect();
    if !images.is_empty() && images.iter().all(|&id| !graph.node(id).is_present()) {
        let detail = match images.len() {
            1 => "the only image that the index lists is missing".to_owned(),
            count => format!("all {count} images that the index lists are missing"),
        };
        findings.push(Finding::new(Code::ImagesMissing, at, detail));
    }
}

/// What nothing refers to. Blobs are hashed elsewhere; here they are only named.
fn check_orphans(source: &Source, graph: &Graph, findings: &mut Findings) {
    for (id, member) in source.members().iter().enumerate() {
        if member.kind != MemberKind::File || graph.held_by(id).is_some() {
            continue;
        }
        let at = || Place::of(&*member.name);
        if Digest::from_blob_path(&member.name).is_some() {
            let detail = format!("no document references this blob of {} bytes", member.size);
            findings.push(Finding::new(Code::BlobUnreferenced, at(), detail));
        } else if member.name.starts_with("blobs/") {
            let detail = "the name of this file in `blobs` is not a digest";
            findings.push(Finding::new(Code::MemberNameUnsafe, at(), detail));
        } else if source.format().docker_view && looks_like_layer(&member.name) {
            let detail = format!("`manifest.json` does not list this layer of {} bytes", member.size);
            findings.push(Finding::new(Code::BlobUnreferenced, at(), detail));
        }
    }
}

fn looks_like_layer(name: &str) -> bool {
    [".tar", ".tar.gz", ".tar.zst", ".tgz"].iter().any(|suffix| name.ends_with(suffix))
}
