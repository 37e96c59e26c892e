//! `index.json` made to follow `manifest.json`.

use std::collections::{BTreeMap, BTreeSet};

use super::prove::proved;
use crate::digest::Digest;
use crate::doc::Field;
use crate::error::Error;
use crate::finding::{Code, Finding};
use crate::graph::{DockerEntry, Graph, NodeId, Role, Root};
use crate::json::edit::quoted;
use crate::json::{Edit, Value};
use crate::ops::compare::{ComparedImage, Comparison, Names, Pairs, Verdict, both_views, meaning};
use crate::ops::docker_image::{self, Made, Stored};
use crate::ops::edit::{Draft, Holder, Slot, entry_of, slots_of};
use crate::ops::{names, platform};

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
        for &root in &pairs.tops[top].roots {
            draft.remove(Slot { holder: Holder::Top, number: image.graph.roots[root].number });
        }
    }
    Ok(())
}

/// What `index.json` lists and `manifest.json` does not: places in [`Pairs::tops`].
pub(super) fn tops_alone(graph: &Graph, pairs: &Pairs, findings: &[&Finding]) -> Vec<usize> {
    let missing = findings.iter().filter(|finding| finding.code == Code::ViewImageMissing);
    let steps: Vec<_> = missing.filter_map(|finding| finding.at.steps().first()).collect();
    let is_alone = |top: &usize| {
        let first = pairs.tops[*top].roots.first().map(|&root| Role::Manifest(graph.roots[root].number).pointer());
        steps.iter().any(|step| step.document == "index.json" && Some(&step.pointer) == first.as_ref())
    };
    (0..pairs.tops.len()).filter(is_alone).collect()
}

/// A manifest for an image that has none.
fn add(draft: &mut Draft<'_>, entry: &DockerEntry) -> Result<(), Error> {
    let made = proved(draft.image(), entry, &draft.limits().clone())?;
    add_files(draft, &made);
    let text = made.manifest();
    let size = text.len() as u64;
    let digest = draft.add_bytes(text.into_bytes());
    for descriptor in docker_image::entries(&digest, size, &entry.image.repo_tags) {
        draft.insert(Holder::Top, usize::MAX, &descriptor);
    }
    Ok(())
}

fn add_files(draft: &mut Draft<'_>, made: &Made<'_>) {
    let image = draft.image();
    for file in made.files() {
        draft.add_member(file.digest.clone(), image, file.member);
    }
}

/// Gives a manifest the config and layers of an image of `manifest.json`. Layers that it has, packed or not, keep their
/// descriptors.
fn rewrite(draft: &mut Draft<'_>, manifest: NodeId, entry: &DockerEntry) -> Result<(), Error> {
    let (image, limits) = (draft.image(), draft.limits().clone());
    let made = proved(image, entry, &limits)?;
    add_files(draft, &made);
    let holder = Holder::Node(manifest);
    let own_config = image.graph.node(manifest).links.iter().find(|link| link.role == Role::Config);
    let own_digest = own_config.and_then(|link| image.graph.descriptor(manifest, *link)?.digest.ok());
    if own_digest != Some(&made.config.digest) {
        for (key, value) in [("digest", quoted(made.config.digest.as_str())), ("size", made.config.size.to_string())] {
            draft.edit(holder, Edit::Set { object: "/config".to_owned(), key: key.to_owned(), value });
        }
    }
    let held = Held::of(draft.graph(), manifest);
    let chosen: Vec<Option<u32>> = made
        .layers
        .iter()
        .enumerate()
        .map(|(number, layer)| held.find(layer, made.document.diff_ids.get(number).and_then(Field::ok)))
        .collect();
    let is_same = chosen.len() == held.layers.len()
        && chosen.iter().zip(&held.layers).all(|(chosen, own)| *chosen == Some(own.number));
    if !is_same {
        let mut texts = Vec::new();
        for (layer, chosen) in made.layers.iter().zip(chosen) {
            texts.push(match chosen {
                Some(number) => stored_layer(draft, manifest, number)?,
                None => layer.descriptor(),
            });
        }
        let value = format!("[{}]", texts.join(","));
        draft.edit(holder, Edit::Set { object: String::new(), key: "layers".to_owned(), value });
    }
    follow_platform(draft, manifest, &made)
}

/// The stored text of a layer's descriptor.
fn stored_layer(draft: &Draft<'_>, manifest: NodeId, number: u32) -> Result<String, Error> {
    let text = draft.text(Holder::Node(manifest))?;
    let value = Value::parse(text.trim_start_matches('\u{feff}')).ok();
    let layer = value.and_then(|value| value.at(&Role::Layer(number).pointer()));
    Ok(layer.map_or(String::new(), |layer| layer.text().to_owned()))
}

/// The layers that a manifest has.
struct Held {
    layers: Vec<HeldLayer>,
}

struct HeldLayer {
    number: u32,
    digest: Option<Digest>,
    diff_id: Option<Digest>,
}

impl Held {
    fn of(graph: &Graph, manifest: NodeId) -> Self {
        let diff_ids = match graph.config_of(manifest) {
            Some(config) => config.diff_ids.as_slice(),
            None => &[],
        };
        let links = graph.node(manifest).links.iter();
        let layers = links.filter_map(|&link| match link.role {
            Role::Layer(number) => Some(HeldLayer {
                number,
                digest: graph.descriptor(manifest, link).and_then(|descriptor| descriptor.digest.ok().cloned()),
                diff_id: diff_ids.get(number as usize).and_then(Field::ok).cloned(),
            }),
            _ => None,
        });
        Held { layers: layers.collect() }
    }

    /// The layer with these bytes, or with what they inflate to.
    fn find(&self, layer: &Stored, diff_id: Option<&Digest>) -> Option<u32> {
        let by_digest = self.layers.iter().find(|own| own.digest.as_ref() == Some(&layer.digest));
        let by_diff_id = || self.layers.iter().find(|own| own.diff_id.is_some() && own.diff_id.as_ref() == diff_id);
        by_digest.or_else(by_diff_id).map(|own| own.number)
    }
}

/// Descriptors that say a platform say that of the new config.
fn follow_platform(draft: &mut Draft<'_>, manifest: NodeId, made: &Made<'_>) -> Result<(), Error> {
    let Some(platform) = made.document.platform.as_deref() else { return Ok(()) };
    for slot in slots_of(draft.graph(), manifest) {
        let entry = entry_of(draft.graph(), slot);
        let own = entry.and_then(|entry| Some((entry.descriptor, entry.descriptor.real_platform()?)));
        if let Some((descriptor, own)) = own
            && own.normalized() != platform.normalized()
        {
            let mut stored = draft.stored();
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
        let tops = &pairs.images[*at].tops;
        let names: BTreeSet<String> = entry.image.repo_tags.iter().filter_map(|tag| meaning(tag)).collect();
        for &top in tops {
            wanted.entry(top).or_default().extend(names.iter().cloned());
        }
        if *verdict != Verdict::Different {
            continue;
        }
        wrong.extend(tops);
        let unknown = names.into_iter().filter(|name| !tops.iter().any(|&top| pairs.tops[top].names.has(name)));
        // Children that are listed beside their index have no names of their own.
        let home = tops.iter().find(|&&top| !pairs.tops[top].names.is_empty()).or(tops.first());
        if let Some(&home) = home {
            missing.entry(home).or_default().extend(unknown);
        }
    }
    for top in wrong {
        let roots: Vec<&Root> = pairs.tops[top].roots.iter().map(|&root| &draft.graph().roots[root]).collect();
        rename(draft, &roots, &wanted.remove(&top).unwrap_or_default(), missing.remove(&top).unwrap_or_default())?;
    }
    Ok(())
}

/// Lets the entries of one manifest or index have these names; `missing` are those that none of them has.
fn rename(
    draft: &mut Draft<'_>,
    roots: &[&Root],
    wanted: &BTreeSet<String>,
    mut missing: BTreeSet<String>,
) -> Result<(), Error> {
    let (mut named, mut surplus) = (Vec::new(), Vec::new());
    let mut stored = draft.stored();
    for &root in roots {
        let mut own = Names::default();
        own.add_root(root);
        if !own.is_empty() && !own.missing_among(wanted) {
            named.push(root);
            continue;
        }
        // One of two names of an entry may be right.
        let kept = wanted.iter().find(|name| own.has(name)).cloned();
        if let Some(name) = kept.or_else(|| missing.pop_first()) {
            let annotations = names::annotations_for(draft.image(), &root.descriptor, &name);
            for edit in names::naming(&mut stored, root, &annotations)? {
                draft.edit(Holder::Top, edit);
            }
            named.push(root);
        } else if !own.is_empty() {
            surplus.push(root);
        }
    }
    for name in missing {
        if let Some(root) = named.first() {
            names::name_beside(draft, root, &name)?;
        }
    }
    // The last stays, without a name.
    let nameless = if named.is_empty() && surplus.len() == roots.len() { surplus.pop() } else { None };
    if let Some(root) = nameless {
        names::unname(draft, root);
    }
    for root in surplus {
        draft.remove(Slot { holder: Holder::Top, number: root.number });
    }
    Ok(())
}
