//! Files that `manifest.json` names and that are not there.

use crate::finding::{Code, Finding, Place};
use crate::graph::{Content, DockerFile, Graph, NodeId, Via};

/// The finding for a node that only `manifest.json` references and whose file is absent. With `image`, only when it is
/// the image of this number that led to it first.
pub(crate) fn absent(graph: &Graph, id: NodeId, image: Option<u32>) -> Option<Finding> {
    let node = graph.node(id);
    let (Content::Absent, Via::Docker(number, file)) = (node.content, node.via) else { return None };
    if image.is_some_and(|image| image != number) {
        return None;
    }
    let at = Place::at("manifest.json", file.pointer(number));
    let detail = format!("the file `{}` is missing", node.key.as_str());
    Some(Finding::new(Code::DockerFileMissing, at, detail))
}

/// `pack` writes empty names for layers that the daemon has already; a file with them loads nowhere else.
pub(crate) fn left_out(image: u32, layer: u32) -> Finding {
    let at = Place::at("manifest.json", DockerFile::Layer(layer).pointer(image));
    let detail = "the name of the layer is empty, as in an archive for a daemon that has the layer";
    Finding::new(Code::DockerFileMissing, at, detail)
}
