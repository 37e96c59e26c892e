//! What is inside each layer, compared with media type and diff_id.

use crate::checks::blobs::Hashed;
use crate::checks::declared_layer::{DeclaredLayer, declared_layer};
use crate::checks::scope::Scope;
use crate::checks::stacks::Stacks;
use crate::doc::Field;
use crate::finding::{Code, Finding, Findings};
use crate::graph::{Kind, NodeId, Role};
use crate::image::{Image, layer_findings};

pub(crate) fn check(image: &Image, scope: &Scope, hashed: &Hashed, stacks: &mut Stacks, findings: &mut Findings) {
    let graph = &image.graph;
    let mut looked_into = vec![false; graph.nodes().len()];
    for (id, node) in graph.nodes().iter().enumerate().filter(|(id, _)| scope.has(*id)) {
        let mut stack = Vec::new();
        for &link in &node.links {
            let (Role::Layer(number) | Role::Manifest(number)) = link.role else { continue };
            let Some((layer, declared)) = declared_layer(graph, id, link) else { continue };
            let at = || graph.place_of_link(id, link.role).then(graph.node(layer).key.as_str());
            let DeclaredLayer::Tar(compression) = declared else {
                let detail = "the layer is encrypted, so its diff_id and content cannot be checked";
                findings.push(Finding::new(Code::LayerEncrypted, at(), detail));
                continue;
            };
            let Some(facts) = hashed.layer(image, layer) else { continue };
            // A file of an artifact is what its tool wrote, under whatever media type (notation, oras); engines unpack none.
            if !facts.is_tar && !matches!(node.kind, Kind::Image | Kind::Cache) {
                continue;
            }
            if let Some(expected) = compression.filter(|own| *own != facts.compression && facts.fault.is_none()) {
                let detail = "the compression of the layer does not match its media type";
                let finding = Finding::new(Code::LayerCompression, at(), detail);
                findings.push(finding.compared(expected, facts.compression));
            }
            if !std::mem::replace(&mut looked_into[layer], true) {
                layer_findings::check_content(facts, &at(), findings);
            }
            let diff_id = graph.config_of(id).and_then(|config| config.diff_ids.get(number as usize));
            layer_findings::check_diff_id(facts, diff_id.and_then(Field::ok), &at(), findings);
            if let Role::Layer(_) = link.role {
                stack.push(((link.role, layer), Some(facts)));
            }
        }
        let at = |(role, layer): (Role, NodeId)| graph.place_of_link(id, role).then(graph.node(layer).key.as_str());
        stacks.check(&stack, at, findings);
    }
}
