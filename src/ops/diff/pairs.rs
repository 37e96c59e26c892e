//! Which image of one file stands against which of the other.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::Hash;
use std::rc::Rc;

use serde::Serialize;

use crate::digest::Digest;
use crate::doc::docker;
use crate::graph::{Below, NodeId, Role, Selectable};
use crate::image::Image;
use crate::platform::Platform;
use crate::reference::tag_of;
use crate::rootfs::{Candidate, Chosen};

/// Which image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ImageId {
    /// Its names, the first 32 of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// Its platform.
    pub platform: Option<Platform>,
    /// The digest of its manifest; in a docker archive that of its config.
    pub digest: Option<Digest>,
    /// `index.json` or `manifest.json`: which document lists it.
    pub view: &'static str,
}

/// One image of a side.
#[derive(Debug, Clone)]
pub(super) struct One {
    pub(super) candidate: Candidate,
    /// Shared by all that one index lists.
    names: Rc<BTreeSet<String>>,
    pub(super) platform: Option<Platform>,
    pub(super) config: Option<NodeId>,
    pub(super) digest: Option<Digest>,
    pub(super) config_digest: Option<Digest>,
}

impl One {
    /// The documents that make it what it is.
    pub(super) fn documents(&self) -> impl Iterator<Item = NodeId> {
        let manifest = match self.candidate {
            Candidate::Manifest(id) => Some(id),
            Candidate::Docker(_) => None,
        };
        manifest.into_iter().chain(self.config)
    }

    pub(super) fn id(&self, _image: &Image) -> ImageId {
        ImageId {
            names: self.names.iter().cloned().collect(),
            platform: self.platform.clone(),
            digest: self.digest.clone(),
            view: match self.candidate {
                Candidate::Manifest(_) => "index.json",
                Candidate::Docker(_) => "manifest.json",
            },
        }
    }
}

/// The images of both sides.
#[derive(Debug, Default)]
pub(super) struct Pairs {
    pub(super) both: Vec<(One, One)>,
    pub(super) only_a: Vec<One>,
    pub(super) only_b: Vec<One>,
}

/// Names that are kept of one image, the first in their order: an image may have as many as there are entries.
const MOST_NAMES: usize = 32;

fn images_of((image, selected): (&Image, &[Selectable])) -> Vec<One> {
    // Many names may stand for one index of many images.
    let mut alike: Vec<(Selectable, BTreeSet<String>)> = Vec::new();
    let mut known: HashMap<Vec<NodeId>, usize> = HashMap::new();
    for &top in selected {
        let at = match top {
            Selectable::Root(_) => *known.entry(image.graph.nodes_of(top)).or_insert(alike.len()),
            Selectable::Docker(_) | Selectable::Node(_) => alike.len(),
        };
        if at == alike.len() {
            alike.push((top, BTreeSet::new()));
        }
        if let Some((_, names)) = alike.get_mut(at) {
            add_names(names, image.graph.names_of(top));
        }
    }
    let mut places: HashMap<Candidate, usize> = HashMap::new();
    let mut images: Vec<One> = Vec::new();
    for (top, names) in alike {
        let names = Rc::new(names);
        for candidate in Chosen::all_of(&mut Below::new(&image.graph), image, top) {
            let place = *places.entry(candidate).or_insert_with(|| {
                images.push(one(image, candidate));
                images.len() - 1
            });
            match images.get_mut(place) {
                Some(own) if own.names.is_empty() => own.names = Rc::clone(&names),
                Some(own) => add_names(Rc::make_mut(&mut own.names), names.iter().map(String::as_str)),
                None => {}
            }
        }
    }
    images
}

fn add_names<'n>(names: &mut BTreeSet<String>, more: impl IntoIterator<Item = &'n str>) {
    for name in more {
        names.insert(name.to_owned());
        if names.len() > MOST_NAMES {
            names.pop_last();
        }
    }
}

fn one(image: &Image, candidate: Candidate) -> One {
    let graph = &image.graph;
    let (config, digest, config_digest) = match candidate {
        Candidate::Manifest(id) => {
            let links = &graph.node(id).links;
            let config = links.iter().find(|link| link.role == Role::Config).and_then(|link| link.node);
            let config_digest = config.and_then(|id| graph.node(id).key.digest()).cloned();
            (config, graph.node(id).key.digest().cloned(), config_digest)
        }
        Candidate::Docker(at) => {
            let entry = &graph.docker[at];
            let digest = entry.image.config.ok().and_then(|name| docker::config_digest(name));
            (entry.config, digest.clone(), digest)
        }
    };
    let platform = candidate.platform(image);
    One { candidate, names: Rc::default(), platform, config, digest, config_digest }
}

/// Pairs the images of two sides: by platform and name, then by what they are, then by platform where it is the only
/// one of its kind on each side. The only image of one side stands against the only one of the other, whatever it is.
pub(super) fn pair(a: (&Image, &[Selectable]), b: (&Image, &[Selectable])) -> Pairs {
    let (mut of_a, mut of_b) = (images_of(a), images_of(b));
    let mut pairs = Pairs::default();
    if of_a.len() == 1
        && of_b.len() == 1
        && let (Some(a), Some(b)) = (of_a.pop(), of_b.pop())
    {
        pairs.both.push((a, b));
        return pairs;
    }
    by(&mut pairs, &mut of_a, &mut of_b, |one| Some((one.platform.clone()?, tag(one)?)));
    by(&mut pairs, &mut of_a, &mut of_b, |one| one.config_digest.clone());
    by(&mut pairs, &mut of_a, &mut of_b, |one| one.platform.clone());
    // One without a platform may be any of them.
    let unknown = |images: &[One]| images.first().is_some_and(|one| one.platform.is_none());
    if of_a.len() == 1
        && of_b.len() == 1
        && (unknown(&of_a) || unknown(&of_b))
        && let (Some(a), Some(b)) = (of_a.pop(), of_b.pop())
    {
        pairs.both.push((a, b));
    }
    (pairs.only_a, pairs.only_b) = (of_a, of_b);
    pairs
}

/// The tag by which a name is known everywhere: some files keep only that.
fn tag(one: &One) -> Option<String> {
    let name = one.names.first()?;
    Some(tag_of(name).unwrap_or(name).to_owned())
}

/// Pairs those that alone on their side have a key.
fn by<K: Hash + Eq>(pairs: &mut Pairs, of_a: &mut Vec<One>, of_b: &mut Vec<One>, key: impl Fn(&One) -> Option<K>) {
    let alone = |images: &[One]| {
        let mut places: HashMap<K, Option<usize>> = HashMap::new();
        for (place, key) in images.iter().enumerate().filter_map(|(place, one)| Some((place, key(one)?))) {
            places.entry(key).and_modify(|known| *known = None).or_insert(Some(place));
        }
        places
    };
    let places = alone(of_b);
    let mut found: Vec<(usize, usize)> = alone(of_a)
        .into_iter()
        .filter_map(|(key, place)| Some((place?, places.get(&key).copied().flatten()?)))
        .collect();
    found.sort_unstable();
    let taken_a: HashSet<usize> = found.iter().map(|(a, _)| *a).collect();
    let taken_b: HashSet<usize> = found.iter().map(|(_, b)| *b).collect();
    for (a, b) in found {
        if let (Some(a), Some(b)) = (of_a.get(a), of_b.get(b)) {
            pairs.both.push((a.clone(), b.clone()));
        }
    }
    let keep = |images: &mut Vec<One>, taken: &HashSet<usize>| {
        let mut place = 0;
        images.retain(|_| {
            place += 1;
            !taken.contains(&(place - 1))
        });
    };
    keep(of_a, &taken_a);
    keep(of_b, &taken_b);
}
