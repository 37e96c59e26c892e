//! The tree of an image file: indexes, images, and below each what refers to it.

use super::element::{Html, table};
use super::node::{more, node};
use crate::graph::Kind;
use crate::ops::inspect::TreeNode;
use crate::ops::survey::SurveyReport;
use crate::render::inspect::is_index_for_attestations;
use crate::render::{Bytes, Count};

/// Nodes in the tree. 2,000: a page of some MiB, which a browser opens at once.
const NODES: usize = 2_000;
/// Bytes of markup after which no node begins: each may have long strings of them.
const BYTES: usize = 8 << 20;
/// Unreferenced blobs in the list.
const ORPHANS: usize = 200;

/// The tree, then what nothing refers to.
pub(super) fn tree(html: &mut Html, report: &SurveyReport) {
    let inspect = &report.inspect;
    let mut tree = Tree { report, docker_view: false, begun: html.len(), shown: 0, left_out: 0 };
    tree.list(html, inspect.roots.iter());
    if !inspect.docker.is_empty() {
        if inspect.format.index_view {
            html.element("h3", &[], |html| {
                html.leaf("code", &[], "manifest.json");
                html.text(", the docker view");
            });
        }
        tree.docker_view = true;
        tree.list(html, inspect.docker.iter());
    }
    if tree.left_out > 0 {
        let left = Count(tree.left_out, "node");
        let hint = "not shown; select one with IMAGE:REF, IMAGE@DIGEST or --platform";
        html.leaf("p", &[("class", "left-out")], &format!("{left} more, {hint}"));
    }
    unreferenced(html, report);
}

struct Tree<'r> {
    report: &'r SurveyReport,
    docker_view: bool,
    /// Bytes of the page before the tree.
    begun: usize,
    shown: usize,
    left_out: u64,
}

impl Tree<'_> {
    fn list<'n>(&mut self, html: &mut Html, nodes: impl Iterator<Item = &'n TreeNode>) {
        let mut nodes = nodes.peekable();
        if nodes.peek().is_none() {
            return;
        }
        let full = |tree: &Self, html: &Html| tree.shown >= NODES || html.len() - tree.begun > BYTES;
        if full(self, html) {
            self.left_out += nodes.map(count).sum::<u64>();
            return;
        }
        let class = if self.shown == 0 || self.docker_view { "tree" } else { "" };
        html.element("ul", &[("class", class)], |html| {
            for node in nodes {
                if full(self, html) {
                    self.left_out += count(node);
                    continue;
                }
                self.shown += 1;
                html.element("li", &[], |html| self.item(html, node));
            }
        });
    }

    fn item(&mut self, html: &mut Html, tree_node: &TreeNode) {
        if !tree_node.names.is_empty() {
            html.element("p", &[("class", "names")], |html| {
                for (place, name) in tree_node.names.iter().enumerate() {
                    html.text(if place == 0 { "" } else { ", " });
                    html.foreign(name);
                }
            });
        }
        let target = self.target(tree_node);
        node(html, tree_node, self.docker_view, target.as_deref());
        if tree_node.kind == Kind::Index && tree_node.children.len() == 1 && is_index_for_attestations(tree_node) {
            let why = "an index that only adds attestations: the image is the entry below";
            html.leaf("p", &[("class", "remark")], why);
        }
        self.list(html, tree_node.children.iter().chain(&tree_node.referrers));
    }

    /// Where the page shows the files of an image.
    fn target(&self, node: &TreeNode) -> Option<String> {
        let digest = node.digest.as_ref().filter(|_| node.kind == Kind::Image)?;
        let place = self.report.images.iter().position(|image| image.digest.as_ref() == Some(digest))?;
        Some(format!("#image-{}", place + 1))
    }
}

fn count(node: &TreeNode) -> u64 {
    1 + node.children.iter().chain(&node.referrers).map(count).sum::<u64>()
}

fn unreferenced(html: &mut Html, report: &SurveyReport) {
    let unreferenced = &report.inspect.unreferenced;
    if unreferenced.is_empty() {
        return;
    }
    let bytes = Bytes(unreferenced.iter().fold(0, |sum, blob| blob.size.saturating_add(sum)));
    html.element("details", &[("class", "list")], |html| {
        html.element("summary", &[], |html| {
            html.text(&format!("{} unreferenced, {bytes}", Count(unreferenced.len() as u64, "blob")));
        });
        table(html, "Unreferenced blobs", &["digest", "stored"], |html| {
            for blob in unreferenced.iter().take(ORPHANS) {
                html.element("tr", &[], |html| {
                    html.element("th", &[("scope", "row")], |html| html.code(blob.digest.as_str()));
                    html.leaf("td", &[("class", "number")], &Bytes(blob.size).to_string());
                });
            }
        });
        more(html, unreferenced.len(), ORPHANS, "blob");
    });
}
