//! `merge`: several images become one image for several platforms.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use crate::doc::descriptor_text;
use crate::edit::incoming::Arrival;
use crate::edit::names::{annotations_text, note_unaccepted};
use crate::edit::{Draft, EditOptions, Holder, Scope, UnknownWord, incoming, index_of};
use crate::error::Error;
use crate::graph::Selector;
use crate::image::Image;
use crate::platform::Platform;

/// What becomes of the attestations and signatures of the images.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Attestations {
    /// They come along.
    #[default]
    Keep,
    /// They stay behind.
    Drop,
}

impl FromStr for Attestations {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        match text {
            "keep" => Ok(Attestations::Keep),
            "drop" => Ok(Attestations::Drop),
            _ => Err(UnknownWord::new(text, "keep, drop")),
        }
    }
}

/// One image file that is merged.
#[derive(Debug, Clone)]
pub struct MergeInput<'a> {
    /// The file.
    pub image: &'a Image,
    /// Which of its images.
    pub selector: Selector,
}

/// How they are merged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MergeOptions {
    /// The name of the result: in full, or a tag.
    pub name: String,
    /// Of two images for one platform, take the later.
    pub replace: bool,
    /// What becomes of attestations and signatures.
    pub attestations: Attestations,
}

/// Lists the images of all inputs in one new index, in the order of the inputs, the attestations after them. Manifests and
/// their descriptors stay as they are. `base` is an [empty layout](crate::edit::empty_layout).
///
/// # Errors
///
/// [`Error::Occupied`] when two different images are for one platform, without `replace`; and when an input has no image.
pub fn merge<'a>(
    base: &'a Image,
    inputs: &[MergeInput<'a>],
    wanted: &MergeOptions,
    options: &EditOptions,
) -> Result<Draft<'a>, Error> {
    let mut draft = Draft::new(base, options, &Scope::All)?;
    let mut merged: Vec<(&str, Arrival)> = Vec::new();
    let mut places: BTreeMap<Platform, usize> = BTreeMap::new();
    for input in inputs {
        for arrival in incoming::from_image(&mut draft, input.image, &input.selector, &options.limits)? {
            let path = input.image.source.label();
            let Some(&place) = places.get(&arrival.platform.normalized()) else {
                places.insert(arrival.platform.normalized(), merged.len());
                merged.push((path, arrival));
                continue;
            };
            let (former, own) = &mut merged[place];
            if own.digest == arrival.digest {
                own.attestations.extend(arrival.attestations);
                own.referrers.extend(arrival.referrers);
            } else if wanted.replace {
                merged[place] = (path, arrival);
            } else {
                let what = format!("an image for {} ({path} has another)", arrival.platform);
                return Err(Error::Occupied { path: (*former).to_owned(), what });
            }
        }
    }
    let mut children: Vec<String> = merged.iter().map(|(_, arrival)| arrival.descriptor.clone()).collect();
    let mut known = BTreeSet::new();
    let mut referrers = Vec::new();
    if wanted.attestations == Attestations::Keep {
        let attestations = merged.iter().flat_map(|(_, arrival)| &arrival.attestations);
        children.extend(attestations.filter(|text| known.insert(text.as_str())).cloned());
        let others = merged.iter().flat_map(|(_, arrival)| &arrival.referrers);
        referrers.extend(others.filter(|text| known.insert(text.as_str())).cloned());
    }
    let (media_type, text) = index_of(&children).map_err(|fault| Error::Document {
        path: base.source.label().to_owned(),
        document: "the new index".to_owned(),
        fault: fault.to_string(),
    })?;
    let size = text.len() as u64;
    let digest = draft.add_bytes(text.into_bytes());
    note_unaccepted(&mut draft, &wanted.name);
    let annotations = annotations_text(base, &wanted.name);
    let entry = descriptor_text(media_type.as_str(), &digest, size, &[("annotations", annotations)]);
    draft.insert(Holder::IndexJson, usize::MAX, &entry);
    for referrer in referrers {
        draft.insert(Holder::IndexJson, usize::MAX, &referrer);
    }
    Ok(draft)
}
