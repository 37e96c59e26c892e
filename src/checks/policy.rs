//! What a team demands beyond correctness, and which findings it takes or refuses.

use crate::checks::options::{Denied, Policy, VerifyOptions};
use crate::checks::whole::{images, is_there};
use crate::checks::{evidence, roots};
use crate::finding::{Code, Finding, Findings, Place, Severity};
use crate::graph::{Graph, NodeId, Selectable};
use crate::image::Image;

pub(crate) fn check(image: &Image, selected: &[Selectable], options: &VerifyOptions, findings: &mut Findings) {
    let (graph, policy) = (&image.graph, &options.policy);
    let images = images(graph, selected);
    let top = || Place::of(if image.source.format().index_view { "index.json" } else { "manifest.json" });
    for wanted in &policy.require_platforms {
        let fits = |id: &NodeId| graph.platform_of(*id).is_some_and(|own| own.satisfies(wanted));
        let fitting: Vec<NodeId> = images.iter().copied().filter(fits).collect();
        if fitting.iter().any(|&id| is_there(graph, id, options)) {
            continue;
        }
        let detail = if fitting.is_empty() {
            format!("no image for the required platform {wanted} is in the file")
        } else {
            format!("the image for the required platform {wanted} is missing or incomplete")
        };
        findings.push(Finding::new(Code::PlatformRequired, top(), detail).compared(wanted, platforms(graph, &images)));
    }
    evidence::check(image, &images, top(), options, findings);
    roots::check(image, selected, &images, top(), options, findings);
    if let Some(most) = policy.max_size {
        let bytes = image.source.bytes_stored();
        if bytes > most {
            let finding = Finding::new(Code::SizeOver, top(), "the file is larger than the limit");
            findings.push(finding.compared(format!("at most {most} bytes"), format!("{bytes} bytes")));
        }
    }
}

/// Leaves out what is allowed, and makes errors of what is denied.
pub(crate) fn apply(policy: &Policy, findings: &mut Findings) {
    findings.retain(|finding| !policy.allow.contains(&finding.code));
    for finding in findings.iter_mut() {
        let denied = policy.deny.iter().any(|denied| match denied {
            Denied::Warnings => finding.severity == Severity::Warning,
            Denied::Code(code) => finding.code == *code,
        });
        if denied {
            finding.severity = Severity::Error;
        }
    }
}

fn platforms(graph: &Graph, images: &[NodeId]) -> String {
    let names: Vec<String> =
        images.iter().filter_map(|&id| graph.platform_of(id)).map(|platform| platform.to_string()).collect();
    if names.is_empty() { "no platforms".to_owned() } else { names.join(", ") }
}
