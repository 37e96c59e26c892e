//! Platforms in the index against the configs, and layers against configs: counts, not content.

use crate::checks::scope::Scope;
use crate::doc::Config;
use crate::finding::{Code, Finding, Findings, Place};
use crate::graph::{Graph, Kind, NodeId, Role};
use crate::platform::Platform;

pub(crate) fn check(graph: &Graph, scope: &Scope, findings: &mut Findings) {
    for root in &graph.roots {
        if let (Some(id), Some(platform)) = (root.node.filter(|id| scope.has(*id)), &root.descriptor.platform) {
            let at = Place::at("index.json", Role::Manifest(root.number).pointer());
            check_platform(graph, id, platform, at, findings);
        }
    }
    for (id, node) in graph.nodes().iter().enumerate().filter(|(id, _)| scope.has(*id)) {
        for &link in node.links.iter().filter(|link| matches!(link.role, Role::Manifest(_))) {
            let (Some(child), Some(descriptor)) = (link.node, graph.descriptor(id, link)) else { continue };
            if let Some(platform) = descriptor.platform.as_ref().filter(|_| scope.has(child)) {
                check_platform(graph, child, platform, graph.place_of_link(id, link.role), findings);
            }
        }
        if let Some((config, layers)) = config_and_layers(graph, id) {
            check_counts(graph, id, config, layers, findings);
        }
    }
}

/// The config document of a manifest, and how many layers it lists.
fn config_and_layers(graph: &Graph, id: NodeId) -> Option<(&Config, usize)> {
    let config = graph.config_of(id)?;
    let layers = graph.node(id).links.iter().filter(|link| matches!(link.role, Role::Layer(_))).count();
    Some((config, layers))
}

fn check_counts(graph: &Graph, id: NodeId, config: &Config, layers: usize, findings: &mut Findings) {
    if config.diff_ids.len() != layers {
        let detail = "the config has another number of `diff_ids` than the manifest has layers";
        let finding = Finding::new(Code::DiffIdCount, graph.place(id), detail);
        findings.push(finding.compared(format!("{layers} diff_ids"), format!("{} diff_ids", config.diff_ids.len())));
    }
    check_history(config, layers, graph.node(id).kind, || graph.place(id), findings);
}

/// The entries of `history` that are not empty are the layers (image-spec `config.md`, "history").
pub(crate) fn check_history(
    config: &Config,
    layers: usize,
    kind: Kind,
    at: impl Fn() -> Place,
    findings: &mut Findings,
) {
    if let Some(count) = config.history_layers.filter(|count| *count != layers && kind == Kind::Image) {
        let detail = "the `history` of the config describes another number of layers";
        let finding = Finding::new(Code::HistoryCount, at(), detail);
        findings.push(finding.compared(format!("{layers} layers"), format!("{count} layers")));
    }
}

fn check_platform(graph: &Graph, image: NodeId, in_index: &Platform, at: Place, findings: &mut Findings) {
    let Some(config) = graph.config_of(image) else { return };
    let Some(in_config) = config.platform.as_deref() else { return };
    let at = at.within("/platform");
    let compared = |finding: Finding| finding.compared(format!("{in_config} (config)"), format!("{in_index} (index)"));
    // `unknown/unknown` is how attestations are listed.
    let is_image = graph.node(image).kind == Kind::Image;
    match (in_index.is_unknown(), in_config.is_unknown()) {
        (true, false) if is_image => {
            let detail = "the index lists a runnable image with the platform `unknown`; skopeo, podman and \
                containerd skip it, umoci runs it";
            findings.push(compared(Finding::new(Code::PlatformContradiction, at, detail)));
            return;
        }
        (false, true) if is_image => {
            let detail = "the config of the image has the platform `unknown`; umoci refuses the image, other readers \
                use the platform in the index";
            findings.push(compared(Finding::new(Code::ConfigPlatformEmpty, at, detail)));
            return;
        }
        (false, false) => {}
        _ => return,
    }
    let (index, config) = (in_index.normalized(), in_config.normalized());
    let both_differ = |one: &Option<String>, other: &Option<String>| one.is_some() && other.is_some() && one != other;
    let contradicts = index.os != config.os
        || index.architecture != config.architecture
        || both_differ(&in_index.variant, &in_config.variant) && index.variant != config.variant
        || both_differ(&index.os_version, &config.os_version);
    let (code, detail) = if contradicts {
        (Code::PlatformContradiction, "the index and the config of the image give different platforms")
    } else if in_index.to_string() != in_config.to_string() {
        (Code::PlatformSpelling, "the index and the config of the image spell the platform differently")
    } else {
        return;
    };
    findings.push(compared(Finding::new(code, at, detail)));
}
