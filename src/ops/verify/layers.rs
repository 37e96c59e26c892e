//! What is inside each layer, held against media type and diff_id.

use super::blobs::Hashed;
use super::stacks::Stacks;
use super::{Scope, with_severity};
use crate::codec::Trailing;
use crate::digest::Digest;
use crate::doc::Field;
use crate::finding::{Code, Finding, Findings, Place, Severity};
use crate::graph::{Graph, Kind, Link, NodeId, Role};
use crate::image::Image;
use crate::media_type::{self, Compression, MediaType};
use crate::source::{Doubt, EntryConflict, Fault, LayerFacts, finding_of};
use crate::tar_index::{Problem, ProblemKind};

pub(super) fn check(image: &Image, scope: &Scope, hashed: &Hashed, stacks: &mut Stacks, findings: &mut Findings) {
    let graph = &image.graph;
    let mut looked_into = vec![false; graph.nodes().len()];
    for (id, node) in graph.nodes().iter().enumerate().filter(|(id, _)| scope.has(*id)) {
        let mut stack = Vec::new();
        for &link in &node.links {
            let (Role::Layer(number) | Role::Manifest(number)) = link.role else { continue };
            let Some((layer, declared)) = declared(graph, id, link) else { continue };
            let at = || graph.place_of_link(id, link.role).then(graph.node(layer).key.as_str());
            let Declared::Tar(compression) = declared else {
                let detail = "an encrypted layer: its diff_id and its content cannot be checked";
                findings.push(Finding::new(Code::LayerEncrypted, at(), detail));
                continue;
            };
            let Some(facts) = hashed.layer(image, layer) else { continue };
            // A file of an artifact is what its tool wrote, under whatever media type (notation, oras); engines unpack none.
            if !facts.is_tar && !matches!(node.kind, Kind::Image | Kind::Cache) {
                continue;
            }
            if let Some(expected) = compression.filter(|own| *own != facts.compression && facts.fault.is_none()) {
                let detail = "the layer is compressed otherwise than its media type says";
                let finding = Finding::new(Code::LayerCompression, at(), detail);
                findings.push(finding.compared(expected, facts.compression));
            }
            if !std::mem::replace(&mut looked_into[layer], true) {
                check_content(facts, &at(), findings);
            }
            let diff_id = graph.config_of(id).and_then(|config| config.diff_ids.get(number as usize));
            check_diff_id(facts, diff_id.and_then(Field::ok), &at(), findings);
            if let Role::Layer(_) = link.role {
                stack.push(((link.role, layer), Some(facts)));
            }
        }
        let at = |(role, layer): (Role, NodeId)| graph.place_of_link(id, role).then(graph.node(layer).key.as_str());
        stacks.check(&stack, at, findings);
    }
}

/// What a descriptor says of a layer.
pub(super) enum Declared {
    /// A tar archive, compressed in this way where the media type is one of a layer.
    Tar(Option<Compression>),
    /// It is encrypted.
    Encrypted,
}

/// The layer that a link leads to, and what its descriptor says of it; None where it is no layer that an engine would
/// unpack. In an image engines unpack each, whatever its media type.
pub(super) fn declared(graph: &Graph, id: NodeId, link: Link) -> Option<(NodeId, Declared)> {
    let (layer, descriptor) = (link.node?, graph.descriptor(id, link)?);
    let declared = match descriptor.media_type.ok().map(MediaType::kind) {
        Some(media_type::Kind::Layer(layer)) if layer.encrypted => Declared::Encrypted,
        Some(media_type::Kind::Layer(layer)) => Declared::Tar(Some(layer.compression)),
        _ if graph.node(id).kind == Kind::Image && matches!(link.role, Role::Layer(_)) => Declared::Tar(None),
        _ => return None,
    };
    Some((layer, declared))
}

/// Whether a layer inflates to a well-formed archive with nothing after it.
pub(in crate::ops) fn check_content(facts: &LayerFacts, at: &Place, findings: &mut Findings) {
    match &facts.fault {
        Some(Fault::Data(error)) => {
            findings.push(Finding::new(Code::LayerCorrupt, at.clone(), format!("the layer does not inflate: {error}")));
        }
        Some(Fault::Limit(reached)) => {
            findings.push(Finding::new(
                Code::LimitExceeded,
                at.clone(),
                format!("the layer inflates without end: {reached}"),
            ));
        }
        None => {}
    }
    if let Some(oddity) = facts.oddity {
        let detail = format!("the layer's compressed data: {oddity}");
        findings.push(Finding::new(Code::CompressionUnusual, at.clone(), detail));
    }
    for conflict in &facts.conflicts {
        findings.push(finding_of_conflict(conflict, at));
    }
    match facts.trailing {
        Trailing::None => {}
        Trailing::Zeros(count) => {
            let detail = format!("{count} zero bytes follow the {} data", facts.compression);
            findings.push(Finding::new(Code::LayerZeroPadding, at.clone(), detail));
        }
        Trailing::Data(count) => {
            let detail =
                format!("{count} bytes that are not {} data follow it; Go readers refuse that", facts.compression);
            findings.push(Finding::new(Code::LayerTrailingData, at.clone(), detail));
        }
    }
    if !facts.is_tar && facts.fault.is_none() {
        let detail = match facts.tar_problems.first() {
            Some(problem) => format!("not a tar archive: {problem}"),
            None => "not a tar archive".to_owned(),
        };
        findings.push(Finding::new(Code::LayerNotTar, at.clone(), detail));
    } else {
        let wrong = facts.tar_problems.iter().filter(|problem| !is_stargz_index(problem));
        findings.extend(wrong.map(|problem| finding_of(problem, at)));
    }
}

/// Image-spec `layer.md`: no name twice, and a whiteout hides nothing of its own layer.
fn finding_of_conflict(conflict: &EntryConflict, at: &Place) -> Finding {
    let of = |name: &str, detail: &str| {
        Finding::new(Code::LayerEntriesConflict, at.clone().then(name.trim_end_matches('/')), detail)
    };
    match conflict {
        EntryConflict::Twice(name) => {
            of(name, "stands twice in the layer; podman refuses it, and containerd a whiteout; others take the last")
        }
        EntryConflict::Removed(name) => of(
            name,
            "a whiteout of what the same layer holds before it; docker, containerd and podman remove that or refuse the layer, umoci keeps it",
        ),
        EntryConflict::Doubtful(name, doubt) => {
            let code = match doubt {
                Doubt::Climbs => Code::MemberNameUnsafe,
                Doubt::Owner => Code::TarHeaderMalformed,
                _ => Code::LayerEntryDoubtful,
            };
            let severity = if *doubt == Doubt::AufsFile { Severity::Warning } else { Severity::Error };
            let at = at.clone().then(name.trim_end_matches('/'));
            with_severity(Finding::new(code, at, doubt.to_string()), severity)
        }
        EntryConflict::TooMany(reached) => {
            let detail = format!("whether a later name of the layer stands twice was not looked at: {reached}");
            Finding::new(Code::LimitExceeded, at.clone(), detail)
        }
    }
}

/// eStargz stores its table of contents as a last entry, behind the end marker of the layer's archive.
fn is_stargz_index(problem: &Problem) -> bool {
    matches!(&problem.kind, ProblemKind::EntriesAfterEnd { first } if &**first == b"stargz.index.json")
}

/// Holds the digest of the inflated bytes against the diff_id (image-spec `config.md`, "rootfs").
pub(in crate::ops) fn check_diff_id(
    facts: &LayerFacts,
    expected: Option<&Digest>,
    at: &Place,
    findings: &mut Findings,
) {
    let known = || [&facts.diff_id, &facts.diff_id_also].into_iter().flatten();
    let same_kind = |expected: &Digest| known().find(|found| found.algorithm() == expected.algorithm());
    let Some(expected) = expected else { return };
    let Some(found) = same_kind(expected).or_else(|| known().next()) else { return };
    if expected.algorithm() != found.algorithm() {
        // One pass over a stream cannot know what the config, which comes behind, will ask for.
        let detail = format!(
            "the diff_id was not checked: the layer was hashed with {} before its config was known; name the file, not `-`",
            found.algorithm_name()
        );
        let finding = Finding::new(Code::DigestUnsupported, at.clone(), detail);
        findings.push(finding.compared(expected.algorithm_name(), found.algorithm_name()));
    } else if expected != found {
        let how = if facts.compression == Compression::None { "is" } else { "inflates to" };
        let detail = format!("the layer {how} something else than its diff_id says");
        findings.push(Finding::new(Code::DiffIdMismatch, at.clone(), detail).compared(expected, found));
    }
}
