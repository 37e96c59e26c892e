//! Which entries of a list a command is about: those for a platform, or those of a digest.

use std::collections::BTreeSet;
use std::str::FromStr;

use crate::edit::{Entry, Holder, List, Scope, Slot, slots_of};
use crate::error::Error;
use crate::graph::{Kind, NodeId, Selectable, Selector};
use crate::image::Image;
use crate::platform::{Platform, PlatformError};
use crate::reference::DigestPrefix;

/// Some entries of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// Those for a platform.
    Platform(Platform),
    /// Those of a digest or of its beginning, whatever platform they say.
    Digest(DigestPrefix),
}

impl From<Platform> for Choice {
    fn from(platform: Platform) -> Self {
        Choice::Platform(platform)
    }
}

/// A platform, as `linux/arm64`; or a digest, as `@sha256:...`.
impl FromStr for Choice {
    type Err = PlatformError;

    fn from_str(text: &str) -> Result<Self, PlatformError> {
        let digest = DigestPrefix::new(text.strip_prefix('@').unwrap_or(text));
        match text.parse() {
            Ok(platform) => Ok(Choice::Platform(platform)),
            Err(error) => digest.map(Choice::Digest).ok_or(error),
        }
    }
}

impl Choice {
    /// The entries of a list that it means.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub(super) fn among<'a>(&self, image: &Image, list: &List<'a>) -> Result<Vec<Entry<'a>>, Error> {
        let prefix = match self {
            Choice::Platform(platform) => return list.for_platform(platform),
            Choice::Digest(prefix) => prefix,
        };
        let fits = |entry: &&Entry<'a>| entry.descriptor.digest.ok().is_some_and(|digest| prefix.matches(digest));
        let found: Vec<Entry<'a>> = list.entries.iter().filter(fits).copied().collect();
        let digests: BTreeSet<&str> =
            found.iter().filter_map(|entry| Some(entry.descriptor.digest.ok()?.as_str())).collect();
        let path = || image.source.label().to_owned();
        if digests.len() > 1 {
            let available = digests.into_iter().map(|digest| format!("@{digest}")).collect();
            return Err(Error::Ambiguous { path: path(), wanted: format!("`@{prefix}` matches"), available });
        }
        if found.is_empty() {
            let digests = list.entries.iter().filter_map(|entry| entry.descriptor.digest.ok());
            let available = digests.map(|digest| format!("@{digest}")).collect();
            return Err(Error::NoSuchImage { path: path(), wanted: format!("`@{prefix}`"), meant: None, available });
        }
        Ok(found)
    }
}

/// The list that a selector and choices mean: that of the selector, or where it means several lists those that list the
/// chosen digests.
pub(super) fn list<'a>(
    image: &'a Image,
    selector: &Selector,
    choices: &[Choice],
    verb: &'static str,
) -> Result<List<'a>, Error> {
    let digests: Option<Vec<&DigestPrefix>> = choices
        .iter()
        .map(|choice| match choice {
            Choice::Digest(prefix) => Some(prefix),
            Choice::Platform(_) => None,
        })
        .collect();
    let found = List::find(image, selector, verb);
    let Some(digests) = digests.filter(|_| image.source.format().index_view) else { return found };
    match found {
        Ok(list) if choices.iter().all(|choice| choice.among(image, &list).is_ok()) => Ok(list),
        Ok(list) => Ok(listing(image, selector, &digests).unwrap_or(list)),
        Err(Error::Ambiguous { .. }) => listing(image, selector, &digests),
        Err(other) => Err(other),
    }
}

/// All entries of the lists that list some manifests or indexes.
fn listing<'a>(image: &'a Image, selector: &Selector, digests: &[&DigestPrefix]) -> Result<List<'a>, Error> {
    let (graph, path) = (&image.graph, image.source.label());
    let within = Selector { platform: None, digest: None, reference: selector.reference.clone() };
    let selected = graph.select(path, &within)?;
    let mut named: BTreeSet<u32> = selected.iter().filter_map(|top| root_number(image, *top)).collect();
    let below = graph.reachable(selected.iter().flat_map(|top| graph.nodes_of(*top)));
    let mut slots: BTreeSet<Slot> = BTreeSet::new();
    for prefix in digests {
        let chosen = Selector { digest: Some((*prefix).clone()), ..within.clone() };
        let nodes: BTreeSet<NodeId> =
            graph.select(path, &chosen)?.into_iter().flat_map(|top| graph.nodes_of(top)).collect();
        let is_selected = |slot: &Slot| match slot.holder {
            Holder::IndexJson => named.contains(&slot.number),
            Holder::Node(id) => below[id],
        };
        slots.extend(nodes.into_iter().flat_map(|id| slots_of(graph, id)).filter(is_selected));
    }
    let mut holders: BTreeSet<Holder> = slots.iter().map(|slot| slot.holder).collect();
    // What an index lists beside having a name of its own keeps the name.
    if holders.len() > 1 {
        holders.remove(&Holder::IndexJson);
    }
    // In `index.json` those belong together that have one name, or none.
    let name_of = |number: u32| {
        let at = graph.roots.binary_search_by_key(&number, |root| root.number);
        at.ok().and_then(|at| graph.roots[at].name())
    };
    let at_top = slots.iter().filter(|slot| slot.holder == Holder::IndexJson);
    let names: BTreeSet<Option<&str>> = at_top.map(|slot| name_of(slot.number)).collect();
    named.retain(|number| names.contains(&name_of(*number)));
    let scope = if selector.reference.is_some() {
        Scope::Roots(
            selected.iter().filter_map(|top| if let Selectable::Root(at) = top { Some(*at) } else { None }).collect(),
        )
    } else {
        Scope::All
    };
    Ok(List::of_holders(image, holders, scope, &named))
}

fn root_number(image: &Image, top: Selectable) -> Option<u32> {
    match top {
        Selectable::Root(at) => image.graph.roots.get(at).map(|root| root.number),
        Selectable::Docker(_) | Selectable::Node(_) => None,
    }
}

/// Whether an entry references something to run.
pub(super) fn is_runnable(entry: &Entry<'_>) -> bool {
    matches!(entry.kind, Kind::Image | Kind::Index)
}
