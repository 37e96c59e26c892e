//! Links of an archive that stand for its documents, or for files that `manifest.json` names: readers that unpack the
//! archive follow them, those that read it from front to end do not.

use std::collections::HashSet;

use crate::finding::{Code, Finding, Findings, Place, Severity};
use crate::graph::{DockerEntry, DockerFile, NodeId};
use crate::image::Image;
use crate::source::{Member, MemberKind, Resolution, Source, plain};

/// Directories are read through the file system, which follows links for all.
pub(crate) fn check(image: &Image, findings: &mut Findings) {
    let source = &image.source;
    if source.format().directory {
        return;
    }
    let has_index = source.format().index_view;
    for (name, is_read) in [("oci-layout", has_index), ("index.json", has_index), ("manifest.json", true)] {
        if let Some(member) = link(source, name).filter(|_| is_read) {
            findings.push(of_document(member, name));
        }
    }
    for entry in &image.graph.docker {
        check_docker(source, entry, findings);
    }
}

/// The member of a name, where it is a link that resolves to a file.
fn link<'a>(source: &'a Source, name: &str) -> Option<&'a Member> {
    let member = &source.members()[source.find(name)?];
    let is_link = matches!(member.kind, MemberKind::SymbolicLink(_) | MemberKind::HardLink(_));
    (is_link && matches!(source.resolve(name), Resolution::File(_))).then_some(member)
}

fn of_document(member: &Member, name: &str) -> Finding {
    let is_hard = matches!(member.kind, MemberKind::HardLink(_));
    let detail = match (name, is_hard) {
        ("manifest.json", true) => {
            "the file is a hard link; skopeo, podman and containerd read it as empty, docker before 25 follows it"
        }
        ("manifest.json", false) => {
            "the file is a symbolic link; containerd does not find it, skopeo and podman follow it"
        }
        _ => "the file is a link; containerd does not find it, skopeo, podman and umoci follow it",
    };
    let severity = if name == "manifest.json" && is_hard { Severity::Error } else { Severity::Warning };
    of(member, Place::of(name), severity, detail)
}

fn of(member: &Member, at: Place, severity: Severity, detail: &str) -> Finding {
    let finding = Finding::new(Code::LinkNotFollowed, at, detail).with_severity(severity);
    match &member.kind {
        MemberKind::SymbolicLink(target) | MemberKind::HardLink(target) => finding.found(target),
        _ => finding,
    }
}

fn check_docker(source: &Source, entry: &DockerEntry, findings: &mut Findings) {
    if let (Some(_), Some(name)) = (entry.config, entry.image.config.ok()) {
        let at = || Place::at("manifest.json", DockerFile::Config.pointer(entry.number));
        match plain(name).and_then(|name| link(source, &name)) {
            Some(member) if matches!(member.kind, MemberKind::HardLink(_)) => {
                findings.push(of(member, at(), Severity::Error, HARD));
            }
            _ => {}
        }
    }
    let mut seen: HashSet<NodeId> = HashSet::new();
    for ((number, name), layer) in (0..).zip(&entry.image.layers).zip(&entry.layers) {
        let (Some(layer), Some(name)) = (layer, plain(name)) else { continue };
        let is_new = seen.insert(*layer);
        let at = || Place::at("manifest.json", DockerFile::Layer(number).pointer(entry.number));
        if source.find(&name).is_none() && matches!(source.resolve(&name), Resolution::File(_)) {
            let detail = "the path contains a link to a directory; skopeo, podman and containerd do not find the file, docker \
                before 25 does";
            let finding = Finding::new(Code::LinkNotFollowed, at(), detail);
            findings.push(finding.found(&name).with_severity(Severity::Error));
        }
        let Some(member) = link(source, &name) else { continue };
        match &member.kind {
            MemberKind::HardLink(_) => findings.push(of(member, at(), Severity::Error, HARD)),
            MemberKind::SymbolicLink(target) if !leads_from_its_folder(source, &name, target) => {
                let detail = "the symbolic link resolves from the top of the archive, but not from its own \
                    directory; only ocikit follows it";
                findings.push(of(member, at(), Severity::Error, detail));
            }
            // docker before 25 stores a layer that repeats as a link, and skopeo has its size from where it stands first.
            _ if is_new => {
                let detail = "the layer is a symbolic link to a layer that the image does not list before it; skopeo \
                    and podman read its size as 0 and refuse the image, docker and containerd follow it";
                findings.push(of(member, at(), Severity::Warning, detail));
            }
            _ => {}
        }
    }
}

const HARD: &str = "the layer is a hard link; skopeo, podman and containerd read it as empty or do not find it, \
    docker before 25 follows it";

fn leads_from_its_folder(source: &Source, name: &str, target: &str) -> bool {
    let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
    let found = plain(format!("{folder}/{target}").trim_start_matches('/'));
    found.is_some_and(|path| matches!(source.resolve(&path), Resolution::File(_)))
}
