//! What `inspect` found, as a tree.

use super::{Bytes, Count, Detail, Paint, Shown, findings, predicate_name, table};
use crate::digest::Digest;
use crate::graph::Kind;
use crate::ops::inspect::{ConfigSummary, InspectReport, LayerRow, State, TreeNode, UnreferencedBlob};

/// The file in a line, then a tree for each root.
pub fn inspect(report: &InspectReport, detail: Detail, paint: Paint) -> String {
    let mut tree = Tree { out: String::new(), paint, with_commands: detail.verbose, docker_view: false };
    let compression = report.compression.map_or_else(String::new, |compression| format!(" in {compression}"));
    let blobs = Count(report.blobs.count, "blob");
    let title = format!(
        "{}: {}{compression}, {blobs}, {}",
        Shown(&report.file),
        report.format.title(),
        Bytes(report.blobs.bytes)
    );
    tree.out.push_str(&title);
    tree.out.push('\n');
    for root in &report.roots {
        tree.root(root);
    }
    if !report.docker.is_empty() {
        if report.format.index_view {
            tree.out.push_str(&format!("{}\n", paint.dim("manifest.json, the docker view:")));
        }
        tree.docker_view = true;
        for image in &report.docker {
            tree.root(image);
        }
    }
    tree.unreferenced(&report.unreferenced, detail);
    findings::write(&mut tree.out, report.findings.iter(), paint);
    tree.out
}

struct Tree {
    out: String,
    paint: Paint,
    /// Whether each layer has the command that created it.
    with_commands: bool,
    /// Images are known by the digests of their configs, which docker calls image IDs.
    docker_view: bool,
}

impl Tree {
    fn root(&mut self, node: &TreeNode) {
        let names: Vec<String> = node.names.iter().map(|name| self.paint.bold(table::cell(name))).collect();
        if names.is_empty() {
            self.node(node, "", "");
        } else {
            self.out.push_str(&format!("{}\n", names.join(", ")));
            self.node(node, "└── ", "    ");
        }
    }

    fn node(&mut self, node: &TreeNode, first: &str, rest: &str) {
        let line = self.line(node);
        self.out.push_str(&format!("{first}{line}\n"));
        let mut notes = Vec::new();
        if node.kind == Kind::Index && node.children.len() == 1 && is_index_for_attestations(node) {
            notes.push("an index that only adds attestations: the image is the entry below".to_owned());
        }
        notes.extend(node.problems.iter().map(|problem| format!("{} {}", self.paint.red("!"), Shown(problem))));
        notes.extend(node.base.as_ref().map(|base| format!("base        {}", table::cell(base))));
        if let Some(config) = &node.config {
            let facts = config_facts(config);
            notes.extend(facts.iter().map(|(name, value)| format!("{name:11} {}", Shown(value))));
        }
        let numbered = node.layer_list.iter().flatten().enumerate();
        let rows = numbered.map(|(place, row)| layer_line(place + 1, row, self.with_commands, self.paint));
        let has_below = !node.children.is_empty() || !node.referrers.is_empty();
        for note in notes {
            let stem = if has_below || node.layer_list.is_some() { "│   " } else { "    " };
            self.out.push_str(&format!("{rest}{stem}{note}\n"));
        }
        let rows: Vec<String> = rows.collect();
        for (number, row) in rows.iter().enumerate() {
            let is_last = number + 1 == rows.len() && !has_below;
            self.out.push_str(&format!("{rest}{}{row}\n", if is_last { "└── " } else { "├── " }));
        }
        let below: Vec<&TreeNode> = node.children.iter().chain(&node.referrers).collect();
        for (number, child) in below.iter().enumerate() {
            let (branch, stem) =
                if number + 1 == below.len() { ("└── ", "    ") } else { ("├── ", "│   ") };
            let names: Vec<String> = child.names.iter().map(|name| table::cell(name)).collect();
            let label = if names.is_empty() { String::new() } else { format!("{} ", self.paint.dim(names.join(", "))) };
            self.node(child, &format!("{rest}{branch}{label}"), &format!("{rest}{stem}"));
        }
    }

    fn line(&self, node: &TreeNode) -> String {
        let paint = self.paint;
        let mut parts = Vec::new();
        if let Some(platform) = &node.platform {
            parts.push(paint.bold(table::cell(&platform.to_string())));
        }
        let digest = node.digest.as_ref().map_or_else(String::new, |digest| format!(" {}", paint.dim(digest.short())));
        let kind = if self.docker_view { "image ID" } else { node.kind.name() };
        parts.push(format!("{kind}{digest}"));
        let mut facts = facts(node);
        match node.state {
            State::Absent => facts.push(paint.yellow("absent")),
            State::External => facts.push(paint.yellow("external")),
            State::Inline => facts.push("inline".to_owned()),
            State::Present => {}
        }
        if node.shown_above {
            facts.push("shown above".to_owned());
        }
        let facts = if facts.is_empty() { String::new() } else { format!("  {}", facts.join(", ")) };
        format!("{}{facts}", parts.join("  "))
    }

    fn unreferenced(&mut self, unreferenced: &[UnreferencedBlob], detail: Detail) {
        if unreferenced.is_empty() {
            return;
        }
        let bytes = unreferenced.iter().map(|blob| blob.size).sum();
        let count = Count(unreferenced.len() as u64, "blob");
        let hint = if detail.verbose { "" } else { " (`-v` lists them)" };
        self.out.push_str(&format!("{count} unreferenced, {}{hint}\n", Bytes(bytes)));
        if detail.verbose {
            for blob in unreferenced {
                self.out.push_str(&format!("  {}  {}\n", blob.digest, Bytes(blob.size)));
            }
        }
    }
}

/// What can be said of a node in a few words.
pub(super) fn facts(node: &TreeNode) -> Vec<String> {
    let mut facts = Vec::new();
    if let Some(count) = node.manifests.filter(|_| node.kind == Kind::Index) {
        facts.push(Count(count, "manifest").to_string());
    }
    let predicates: Vec<String> = node.predicate_types.iter().map(|kind| table::cell(&predicate_name(kind))).collect();
    if !predicates.is_empty() {
        facts.push(predicates.join(", "));
    } else if let Some(layers) = node.layers.filter(|_| node.state != State::Absent) {
        let noun = if matches!(node.kind, Kind::Image | Kind::Cache) { "layer" } else { "blob" };
        facts.push(format!("{}, {}", Count(layers.count, noun), Bytes(layers.bytes)));
    }
    if let (Kind::Artifact | Kind::Sbom | Kind::Signature, Some(kind)) = (node.kind, &node.artifact_type) {
        facts.push(Shown(kind.as_str()).to_string());
    }
    if node.kind == Kind::Blob
        && let Some(kind) = &node.media_type
    {
        facts.push(Shown(kind.as_str()).to_string());
    }
    if let Some(about) = &node.about {
        let what = if node.kind == Kind::Index { "referrers of" } else { "about" };
        facts.push(format!("{what} {}", about.short()));
    }
    facts
}

/// Buildx wraps one image into an index when it has something to say about it.
pub(super) fn is_index_for_attestations(node: &TreeNode) -> bool {
    node.children.iter().all(|child| {
        child.kind == Kind::Image
            && child.referrers.iter().any(|referrer| matches!(referrer.kind, Kind::Attestation(_)))
    })
}

/// Characters of the command that created a layer.
const MOST_OF_A_COMMAND: usize = 120;

fn layer_line(number: usize, row: &LayerRow, with_command: bool, paint: Paint) -> String {
    let digest = row.digest.parse::<Digest>().map_or_else(|_| Shown(&row.digest).to_string(), |digest| digest.short());
    // The number by which commands choose it, beside the command that created it.
    let mut line = if with_command { format!("{number}  {}", paint.dim(digest)) } else { paint.dim(digest) };
    if let Some(size) = row.size {
        line.push_str(&format!("  {}", Bytes(size)));
    }
    if let Some(predicate) = &row.predicate_type {
        line.push_str(&format!("  {}", Shown(predicate)));
    } else if let Some(kind) = &row.media_type {
        line.push_str(&format!("  {}", Shown(kind.as_str())));
    }
    match row.state {
        State::Absent => line.push_str(&format!("  {}", paint.yellow("absent"))),
        State::External => line.push_str(&format!("  {}", paint.yellow("external"))),
        State::Inline | State::Present => {}
    }
    if let Some(command) = row.created_by.as_ref().filter(|_| with_command) {
        let first: String = command.chars().take(MOST_OF_A_COMMAND).collect();
        let rest = if first.len() < command.len() { "…" } else { "" };
        line.push_str(&format!("  {}{rest}", Shown(first.trim_end())));
    }
    line
}

/// What a config says of running an image, each value with the name of its field.
pub(super) fn config_facts(config: &ConfigSummary) -> Vec<(&'static str, String)> {
    let joined = |values: &[String]| (!values.is_empty()).then(|| format!("[{}]", values.join(", ")));
    let one = [
        ("created", config.created.clone()),
        ("author", config.author.clone()),
        ("user", config.user.clone()),
        ("working dir", config.working_dir.clone()),
        ("entrypoint", joined(&config.entrypoint)),
        ("cmd", joined(&config.cmd)),
    ];
    let several = [("env", &config.env), ("port", &config.exposed_ports), ("volume", &config.volumes)];
    let mut facts: Vec<(&'static str, String)> =
        one.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    facts.extend(several.iter().flat_map(|(name, values)| values.iter().map(|value| (*name, value.clone()))));
    facts.extend(config.stop_signal.clone().map(|signal| ("stop signal", signal)));
    facts.extend(config.healthcheck.clone().map(|check| ("healthcheck", check)));
    facts.extend(joined(&config.shell).map(|shell| ("shell", shell)));
    facts.extend(config.on_build.iter().map(|instruction| ("onbuild", instruction.clone())));
    facts.extend(config.labels.iter().map(|label| ("label", label.clone())));
    facts
}
