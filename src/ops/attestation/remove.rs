//! `attestation remove`

use std::collections::{BTreeMap, BTreeSet};

use super::chosen::{Chosen, Place, chosen};
use super::find::Meant;
use super::manifest::{failed, put};
use crate::checks::options::RequiredAttestation;
use crate::doc::Document;
use crate::edit::{Draft, EditOptions, Holder};
use crate::error::Error;
use crate::graph::{NodeId, Role, Selector};
use crate::image::Image;
use crate::image::statements::{StatementLayer, statement_layers};
use crate::json::edit::{apply, quoted};
use crate::json::{Edit, Value};
use crate::limits::Limits;

/// What is removed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RemoveOptions {
    /// Statements of this type only; None for all.
    pub kind: Option<RequiredAttestation>,
}

/// Removes attestations about what a selector means. Of a manifest with several statements only those go that are meant;
/// then its config is spliced as well. Nothing to remove is no error.
///
/// # Errors
///
/// When the selector fits nothing, or a manifest that has to change cannot be read.
pub fn remove<'a>(
    image: &'a Image,
    selector: &Selector,
    wanted: &RemoveOptions,
    options: &EditOptions,
) -> Result<Draft<'a>, Error> {
    let Chosen { scope, places, meant } = chosen(image, selector)?;
    let mut draft = Draft::new(image, options, &scope)?;
    // One manifest may be listed many times.
    let mut known: BTreeMap<NodeId, Going> = BTreeMap::new();
    for place in places {
        let going =
            known.entry(place.node).or_insert_with(|| going(image, place.node, wanted, &meant, &options.limits));
        match going {
            Going::All => whole(&mut draft, &place),
            Going::Nothing => {}
            Going::Layers(layers) => {
                let layers = layers.clone();
                if let Some(slot) = place.slot {
                    let text = without(&mut draft, place.node, &layers)?;
                    let to = put(&mut draft, text);
                    draft.retarget(slot, to);
                }
            }
        }
    }
    Ok(draft)
}

enum Going {
    All,
    Nothing,
    /// Their numbers in `layers`.
    Layers(Vec<u32>),
}

fn going(image: &Image, manifest: NodeId, wanted: &RemoveOptions, meant: &Meant, limits: &Limits) -> Going {
    let all: Vec<StatementLayer<'_>> = statement_layers(&image.graph, manifest).collect();
    let fits = |own: &&StatementLayer<'_>| {
        let is_of_kind = wanted.kind.as_ref().is_none_or(|kind| {
            own.predicate_type(image, limits).is_some_and(|predicate_type| kind.matches(&predicate_type))
        });
        is_of_kind && own.node.is_none_or(|node| meant.has_statement(node))
    };
    let fits: Vec<u32> = all.iter().filter(fits).map(|own| own.layer).collect();
    if fits.len() == all.len() && (wanted.kind.is_none() || !all.is_empty()) {
        Going::All
    } else if fits.is_empty() {
        Going::Nothing
    } else {
        Going::Layers(fits)
    }
}

fn whole(draft: &mut Draft<'_>, place: &Place) {
    match place.slot {
        Some(slot) => draft.remove(slot),
        None => draft.drop_referrer(place.node),
    }
}

/// An attestation manifest without some of its statements; the new config joins the draft.
fn without(draft: &mut Draft<'_>, manifest: NodeId, layers: &[u32]) -> Result<String, Error> {
    let graph = draft.graph();
    let name = graph.node(manifest).key.as_str();
    let text = draft.text(Holder::Node(manifest))?;
    let mut edits: Vec<Edit> =
        layers.iter().map(|number| Edit::Remove { pointer: Role::Layer(*number).pointer() }).collect();
    let config = graph.config_node(manifest);
    if let Some(config) = config
        && let Document::Config(_) = graph.node(config).document
    {
        let own = draft.text(Holder::Node(config))?;
        let new = apply(&own, &config_edits(&own, layers))
            .map_err(|fault| failed(draft.image(), graph.node(config).key.as_str(), &fault.to_string()))?;
        let size = new.len().to_string();
        let digest = draft.add_bytes(new.into_bytes());
        for (key, value) in [("digest", quoted(digest.as_str())), ("size", size)] {
            edits.push(Edit::Set { object: "/config".to_owned(), key: key.to_owned(), value });
        }
    }
    apply(&text, &edits).map_err(|fault| failed(draft.image(), name, &fault.to_string()))
}

/// The splices of a config for layers that go: their diff_ids, and what the history says of them.
fn config_edits(config: &str, layers: &[u32]) -> Vec<Edit> {
    let Ok(value) = Value::parse(config.trim_start_matches('\u{feff}')) else { return Vec::new() };
    let diff_ids = value.at("/rootfs/diff_ids").and_then(|ids| ids.items()).unwrap_or_default();
    let mut edits: Vec<Edit> = layers
        .iter()
        .filter(|number| (**number as usize) < diff_ids.len())
        .map(|number| Edit::Remove { pointer: format!("/rootfs/diff_ids/{number}") })
        .collect();
    let history = value.get("history").and_then(|history| history.items()).unwrap_or_default();
    let makes_layer = |entry: &Value<'_>| entry.get("empty_layer").is_none_or(|is_empty| is_empty.text() != "true");
    let made = history.iter().enumerate().filter(|(_, entry)| makes_layer(entry));
    let layers: BTreeSet<u32> = layers.iter().copied().collect();
    for (layer, (at, _)) in (0_u32..).zip(made) {
        if layers.contains(&layer) {
            edits.push(Edit::Remove { pointer: format!("/history/{at}") });
        }
    }
    edits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn diff_ids_and_history_follow_the_layers() {
        for (config, layers, expected) in [
            (r#"{"rootfs":{"diff_ids":["a","b"]}}"#, vec![1], r#"{"rootfs":{"diff_ids":["a"]}}"#),
            (
                r#"{"rootfs":{"diff_ids":["a","b"]},"history":[{"n":0},{"n":1,"empty_layer":true},{"n":2}]}"#,
                vec![1],
                r#"{"rootfs":{"diff_ids":["a"]},"history":[{"n":0},{"n":1,"empty_layer":true}]}"#,
            ),
            // As many as there are; what is not there stays away.
            (r#"{"rootfs":{"diff_ids":["a"]}}"#, vec![0, 7], r#"{"rootfs":{"diff_ids":[]}}"#),
            ("{}", vec![0], "{}"),
        ] {
            assert_eq!(apply(config, &config_edits(config, &layers)).unwrap(), expected);
        }
    }
}
