//! `index.json` files to follow `manifest.json`.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::prove::proved;
use crate::digest::Digest;
use crate::doc::Field;
use crate::edit::names::{self, Spelling};
use crate::edit::{self, Draft, Holder, Slot, entry_of, platform, slots_of};
use crate::error::Error;
use crate::finding::{Code, Finding};
use crate::graph::{DockerEntry, Graph, NodeId, Role, Root};
use crate::image::docker_image::{self, ImageFile, ImageFiles};
use crate::json::edit::quoted;
use crate::json::{Edit, Value};
use crate::reference::tag_of;
use crate::views::{ComparedImage, Comparison, Names, Pairs, Verdict, both_views, meaning};

/// Images get the names, config and layers that `manifest.json` says; those that it does not list go, and those that only
/// it lists come.
pub(super) fn images(draft: &mut Draft<'_>) -> Result<(), Error> {
    let image = draft.image();
    let Comparison { images, pairs, findings, .. } = both_views(image, draft.limits());
    let rows = images.iter().filter_map(|(about, row)| Some((&image.graph.docker[about.docker?], about.index, row)));
    let rows: Vec<_> = rows.collect();
    let differs = |row: &ComparedImage| row.config == Verdict::Different || row.layers == Verdict::Different;
    // One manifest can be two images here, where only one of them is what it says.
    let agreeing = rows.iter().filter(|(_, _, row)| !differs(row)).filter_map(|(_, index, _)| *index);
    let mut claimed: BTreeSet<usize> = agreeing.collect();
    let mut named: Vec<(&DockerEntry, usize, Verdict)> = Vec::new();
    for (entry, index, row) in rows {
        match index {
            Some(at) if !differs(row) => named.push((entry, at, row.names)),
            Some(at) if claimed.insert(at) => {
                rewrite(draft, pairs.images[at].node, entry)?;
                named.push((entry, at, row.names));
            }
            _ => add(draft, entry)?,
        }
    }
    follow_names(draft, &pairs, &named)?;
    for top in tops_alone(&image.graph, &pairs, &findings.iter().collect::<Vec<_>>()) {
        for &root in &pairs.listed[top].roots {
            draft.remove(Slot { holder: Holder::IndexJson, number: image.graph.roots[root].number });
        }
    }
    Ok(())
}

/// What `index.json` lists and `manifest.json` does not: places in [`Pairs::listed`].
pub(super) fn tops_alone(graph: &Graph, pairs: &Pairs, findings: &[&Finding]) -> Vec<usize> {
    let missing = findings.iter().filter(|finding| finding.code == Code::ViewImageMissing);
    let steps = missing.filter_map(|finding| finding.at.steps().first());
    let alone: BTreeSet<&str> =
        steps.filter(|step| step.document == "index.json").map(|step| step.pointer.as_str()).collect();
    let is_alone = |top: &usize| {
        let first = pairs.listed[*top].roots.first().map(|&root| Role::Manifest(graph.roots[root].number).pointer());
        first.is_some_and(|first| alone.contains(&*first))
    };
    (0..pairs.listed.len()).filter(is_alone).collect()
}

/// A manifest for an image that has none.
fn add(draft: &mut Draft<'_>, entry: &DockerEntry) -> Result<(), Error> {
    let files = proved(draft.image(), entry, &draft.limits().clone())?;
    add_files(draft, &files);
    let text = files.manifest();
    let size = text.len() as u64;
    let digest = draft.add_bytes(text.into_bytes());
    for descriptor in docker_image::entries(&digest, size, &entry.image.repo_tags) {
        draft.insert(Holder::IndexJson, usize::MAX, &descriptor);
    }
    Ok(())
}

fn add_files(draft: &mut Draft<'_>, files: &ImageFiles<'_>) {
    let image = draft.image();
    for file in files.all() {
        draft.add_member(file.digest.clone(), image, file.member);
    }
}

/// Gives a manifest the config and layers of an image of `manifest.json`. Layers that it has, packed or not, keep their
/// descriptors.
fn rewrite(draft: &mut Draft<'_>, manifest: NodeId, entry: &DockerEntry) -> Result<(), Error> {
    let (image, limits) = (draft.image(), draft.limits().clone());
    let files = proved(image, entry, &limits)?;
    add_files(draft, &files);
    let holder = Holder::Node(manifest);
    let own_config = image.graph.node(manifest).links.iter().find(|link| link.role == Role::Config);
    let own_digest = own_config.and_then(|link| image.graph.descriptor(manifest, *link)?.digest.ok());
    if own_digest != Some(&files.config.digest) {
        for (key, value) in [("digest", quoted(files.config.digest.as_str())), ("size", files.config.size.to_string())]
        {
            draft.edit(holder, Edit::Set { object: "/config".to_owned(), key: key.to_owned(), value });
        }
    }
    let own = ManifestLayers::of(draft.graph(), manifest);
    let chosen: Vec<Option<u32>> = files
        .layers
        .iter()
        .enumerate()
        .map(|(number, layer)| own.find(layer, files.document.diff_ids.get(number).and_then(Field::ok)))
        .collect();
    let is_same =
        chosen.len() == own.numbers.len() && chosen.iter().zip(&own.numbers).all(|(chosen, own)| *chosen == Some(*own));
    if !is_same {
        let stored = draft.text(holder)?;
        let value = Value::parse(stored.trim_start_matches('\u{feff}')).ok();
        let stored = value.and_then(|value| value.get("layers")?.items()).unwrap_or_default();
        let text_of = |number: u32| stored.get(number as usize).map_or("", |layer| layer.text()).to_owned();
        let layers = files.layers.iter().zip(chosen);
        let texts: Vec<String> =
            layers.map(|(layer, chosen)| chosen.map_or_else(|| layer.descriptor(), text_of)).collect();
        let value = format!("[{}]", texts.join(","));
        draft.edit(holder, Edit::Set { object: String::new(), key: "layers".to_owned(), value });
    }
    follow_platform(draft, manifest, &files)
}

/// The layers that a manifest has: their numbers in stored order, and the first by what it is.
#[derive(Default)]
struct ManifestLayers {
    numbers: Vec<u32>,
    by_digest: HashMap<Digest, u32>,
    by_diff_id: HashMap<Digest, u32>,
}

impl ManifestLayers {
    fn of(graph: &Graph, manifest: NodeId) -> Self {
        let diff_ids = match graph.config_of(manifest) {
            Some(config) => config.diff_ids.as_slice(),
            None => &[],
        };
        let mut own = ManifestLayers::default();
        for &link in &graph.node(manifest).links {
            let Role::Layer(number) = link.role else { continue };
            own.numbers.push(number);
            if let Some(digest) = graph.descriptor(manifest, link).and_then(|descriptor| descriptor.digest.ok()) {
                own.by_digest.entry(digest.clone()).or_insert(number);
            }
            if let Some(diff_id) = diff_ids.get(number as usize).and_then(Field::ok) {
                own.by_diff_id.entry(diff_id.clone()).or_insert(number);
            }
        }
        own
    }

    /// The layer with these bytes, or with what they inflate to.
    fn find(&self, layer: &ImageFile, diff_id: Option<&Digest>) -> Option<u32> {
        let by_diff_id = || self.by_diff_id.get(diff_id?);
        self.by_digest.get(&layer.digest).or_else(by_diff_id).copied()
    }
}

/// Descriptors that say a platform say that of the new config.
fn follow_platform(draft: &mut Draft<'_>, manifest: NodeId, files: &ImageFiles<'_>) -> Result<(), Error> {
    let Some(platform) = files.document.platform.as_deref() else { return Ok(()) };
    let mut stored = draft.stored();
    for slot in slots_of(draft.graph(), manifest) {
        let entry = entry_of(draft.graph(), slot);
        let own = entry.and_then(|entry| Some((entry.descriptor, entry.descriptor.real_platform()?)));
        if let Some((descriptor, own)) = own
            && own.normalized() != platform.normalized()
        {
            let text = stored.entry(slot)?;
            for edit in platform::platform_edits(text, descriptor, &slot.pointer(), platform) {
                draft.edit(slot.holder, edit);
            }
        }
    }
    Ok(())
}

/// Names: what `manifest.json` gives the images below an entry of `index.json` is what that entry is called.
fn follow_names(draft: &mut Draft<'_>, pairs: &Pairs, named: &[(&DockerEntry, usize, Verdict)]) -> Result<(), Error> {
    let mut wanted: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
    let mut wrong: BTreeSet<usize> = BTreeSet::new();
    let mut missing: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
    for (entry, at, verdict) in named {
        let listed = &pairs.images[*at].listed;
        let names: BTreeSet<String> = entry.image.repo_tags.iter().filter_map(|tag| meaning(tag)).collect();
        for &top in listed {
            wanted.entry(top).or_default().extend(names.iter().cloned());
        }
        if *verdict != Verdict::Different {
            continue;
        }
        wrong.extend(listed);
        let unknown = names.into_iter().filter(|name| !listed.iter().any(|&top| pairs.listed[top].names.has(name)));
        // Children that are listed beside their index have no names of their own.
        let home = listed.iter().find(|&&top| !pairs.listed[top].names.is_empty()).or(listed.first());
        if let Some(&home) = home {
            missing.entry(home).or_default().extend(unknown);
        }
    }
    let (mut stored, spelling) = (draft.stored(), Spelling::of(draft.image()));
    for top in wrong {
        let roots: Vec<&Root> = pairs.listed[top].roots.iter().map(|&root| &draft.graph().roots[root]).collect();
        let (wanted, missing) = (wanted.remove(&top).unwrap_or_default(), missing.remove(&top).unwrap_or_default());
        rename(draft, &mut stored, &spelling, &roots, &wanted, missing)?;
    }
    Ok(())
}

/// Lets the entries of one manifest or index have these names; `missing` are those that none of them has.
fn rename(
    draft: &mut Draft<'_>,
    stored: &mut edit::DescriptorTexts<'_>,
    spelling: &Spelling,
    roots: &[&Root],
    wanted: &BTreeSet<String>,
    mut missing: BTreeSet<String>,
) -> Result<(), Error> {
    let (mut named, mut surplus) = (Vec::new(), Vec::new());
    let tags: BTreeSet<&str> = wanted.iter().filter_map(|name| tag_of(name)).collect();
    let mut by_key: HashMap<String, &String> = HashMap::new();
    for name in wanted {
        for key in Names::keys_of(name) {
            by_key.entry(key).or_insert(name);
        }
    }
    for &root in roots {
        let mut own = Names::default();
        own.add_root(root);
        if !own.is_empty() && !own.missing_among(wanted, &tags) {
            named.push(root);
            continue;
        }
        // One of two names of an entry may be right.
        let kept = own.keys().filter_map(|key| by_key.get(&key).copied()).min().cloned();
        if let Some(name) = kept.or_else(|| missing.pop_first()) {
            let annotations = spelling.annotations(&root.descriptor, &name);
            for edit in names::name_edits(stored, root, &annotations)? {
                draft.edit(Holder::IndexJson, edit);
            }
            named.push(root);
        } else if !own.is_empty() {
            surplus.push(root);
        }
    }
    for name in missing {
        if let Some(root) = named.first() {
            names::name_beside(draft, stored, spelling, root, &name)?;
        }
    }
    // The last stays, without a name.
    let nameless = if named.is_empty() && surplus.len() == roots.len() { surplus.pop() } else { None };
    if let Some(root) = nameless {
        names::unname(draft, root);
    }
    for root in surplus {
        draft.remove(Slot { holder: Holder::IndexJson, number: root.number });
    }
    Ok(())
}
