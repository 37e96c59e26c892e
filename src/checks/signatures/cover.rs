//! What is verified and no valid signature covers, and signatures by other keys.

use crate::checks::options::VerifyOptions;
use crate::checks::scope::Scope;
use crate::checks::signatures::beside::Beside;
use crate::checks::signatures::compare::{Compared, Outcome, named};
use crate::checks::signatures::covers::Covers;
use crate::checks::signatures::names;
use crate::checks::signatures::place::{place, top};
use crate::finding::{Code, Finding, Findings, Severity};
use crate::graph::{Graph, Key, Kind, NodeId, Selectable};
use crate::image::Image;
use crate::signature::Stored;

/// Reports what is not covered, and signatures by other keys.
pub(super) fn check(
    image: &Image,
    selected: &[Selectable],
    scope: &Scope,
    compared: &[Compared<'_>],
    beside: Option<&Beside<'_>>,
    options: &VerifyOptions,
    findings: &mut Findings,
) {
    let graph = &image.graph;
    let covers = Covers::of(image, compared, options);
    let asked: Vec<Selectable> = selected.iter().copied().filter(|top| is_asked(graph, *top)).collect();
    if asked.is_empty() {
        let detail = "the selection contains no image that could be signed";
        findings.push(Finding::new(Code::SignatureRequired, top(image), detail));
    }
    let is_covered = |top: &Selectable| match (top, graph.nodes_of(*top).as_slice()) {
        (Selectable::Docker(at), _) => beside.is_some_and(|beside| beside.covers(*at)),
        (_, [id]) => covers.has(*id),
        _ => false,
    };
    let (proved, unproved): (Vec<Selectable>, Vec<Selectable>) = asked.iter().partition(|top| is_covered(top));
    // A key alone asks whether the file is ours: it is not, if nothing in it is.
    let severity = if options.trust.require || proved.is_empty() { Severity::Error } else { Severity::Warning };
    for lacking in unproved {
        findings.push(uncovered(graph, lacking, &covers, compared, beside, severity));
    }
    names::check(image, &proved, scope, &covers, options, findings);
    for signature in compared {
        let Outcome::Untrusted(stored) = &signature.outcome else { continue };
        findings.push(untrusted(graph, signature, stored, &covers, options));
    }
    let Some(beside) = beside else { return };
    names::check_docker(graph, &proved, beside, findings);
    for signature in &beside.compared {
        let Outcome::Untrusted(stored) = &signature.outcome else { continue };
        let mut finding = untrusted(&beside.image.graph, signature, stored, &beside.covers, options);
        finding.at = finding.at.in_file(beside.name);
        findings.push(finding);
    }
}

/// Whether something selected has to be signed: whatever an engine can run, and artifacts; not what refers to another.
fn is_asked(graph: &Graph, top: Selectable) -> bool {
    let has_images = |id: NodeId| !graph.images_below(id).is_empty();
    match top {
        Selectable::Docker(_) => true,
        Selectable::Root(at) => {
            let root = &graph.roots[at];
            root.node.is_some_and(has_images) || !graph.is_about_another(root)
        }
        Selectable::Node(id) => has_images(id) || !graph.is_referrer(id),
    }
}

fn uncovered(
    graph: &Graph,
    lacking: Selectable,
    covers: &Covers,
    compared: &[Compared<'_>],
    beside: Option<&Beside<'_>>,
    severity: Severity,
) -> Finding {
    let at = place(graph, lacking);
    let id = match lacking {
        Selectable::Docker(_) => {
            let detail = match beside {
                Some(_) => "no valid signature by a given key covers a given manifest of the image",
                None => {
                    "no valid signature covers the image: an image of `manifest.json` has no manifest to sign; \
                    `--manifest` gives one"
                }
            };
            return Finding::new(Code::SignatureRequired, at, detail).with_severity(severity);
        }
        top => graph.nodes_of(top).first().copied(),
    };
    let kind = id.map_or(Kind::Image, |id| graph.node(id).kind);
    let signed: Vec<NodeId> = id.map(|id| graph.images_below(id)).unwrap_or_default();
    let signed: Vec<NodeId> = signed.into_iter().filter(|&image| covers.has(image)).collect();
    if !signed.is_empty() {
        let names = |id: &NodeId| {
            let platform = graph.platform_of(*id).map(|platform| platform.to_string());
            platform.unwrap_or_else(|| graph.node(*id).key.as_str().to_owned())
        };
        let signed = signed.iter().map(names).collect::<Vec<_>>().join(", ");
        let detail = "valid signatures cover only images that the index lists; readers select an image by the index";
        return Finding::new(Code::SignaturePartial, at, detail).compared("a signature of the index", signed);
    }
    let is_about = |signature: &&Compared<'_>| match &signature.outcome {
        Outcome::Valid { stored, signed, .. } => {
            !stored.is_of_image()
                && id.is_some_and(|id| signed.iter().any(|own| graph.node(id).key.digest() == Some(own)))
        }
        _ => false,
    };
    let attested = match compared.iter().filter(is_about).count() {
        0 => "",
        _ => "; a valid attestation does not sign the image",
    };
    let detail = format!("no valid signature by a given key covers the {kind}{attested}");
    Finding::new(Code::SignatureRequired, at, detail).with_severity(severity)
}

fn untrusted(
    graph: &Graph,
    signature: &Compared<'_>,
    stored: &Stored,
    covers: &Covers,
    options: &VerifyOptions,
) -> Finding {
    let at = signature.layer.place(graph);
    if let Some(trusted) = named(stored, &options.trust.keys) {
        let detail = format!("the signature names the key `{}`, which did not make it", trusted.name);
        return Finding::new(Code::SignatureInvalid, at, detail);
    }
    let mut signed = stored.digests().into_iter().filter_map(|digest| graph.find(&Key::Digest(digest)));
    let is_needed = stored.is_of_image() && !signed.any(|id| covers.has(id));
    let severity = if is_needed { Severity::Error } else { Severity::Note };
    let what = if stored.is_of_image() { "signature" } else { "signature of the attestation" };
    let detail = format!("the {what} is by none of the given keys");
    Finding::new(Code::SignatureUntrusted, at, detail).with_severity(severity)
}
