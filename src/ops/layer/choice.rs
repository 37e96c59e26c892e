//! Which layers of an image are meant.

use std::fmt;
use std::str::FromStr;

use crate::digest::Digest;
use crate::doc::{Field, docker};
use crate::edit::chosen::ChosenImage;
use crate::error::Error;
use crate::image::{Image, history};
use crate::limits::Limits;
use crate::reference::DigestPrefix;

/// What names layers of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LayerChoice {
    /// The number, counted from 1, the bottom.
    Number(usize),
    /// The digest of the layer or its diff_id, or the beginning of either.
    Digest(DigestPrefix),
    /// A part of the command that created it, as the history has it.
    CreatedBy(String),
}

impl FromStr for LayerChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(number) = text.parse().ok().filter(|number| *number > 0 && !text.starts_with('+')) {
            return Ok(LayerChoice::Number(number));
        }
        let digest = text.strip_prefix('@').unwrap_or(text);
        let prefix = DigestPrefix::new(digest).map(LayerChoice::Digest);
        prefix.ok_or_else(|| "not the number of a layer, from 1, and not a digest".to_owned())
    }
}

impl LayerChoice {
    /// The places of the layers that are meant, from the bottom.
    ///
    /// # Errors
    ///
    /// When the config cannot be read.
    pub(super) fn among(&self, image: &Image, own: &ChosenImage, limits: &Limits) -> Result<Vec<usize>, Error> {
        let places = 0..own.layers.len();
        Ok(match self {
            LayerChoice::Number(number) => places.filter(|place| place + 1 == *number).collect(),
            LayerChoice::Digest(prefix) => {
                let fits = |digest: &Digest| prefix.matches(digest);
                places.filter(|&place| digests(image, own, place).iter().any(fits)).collect()
            }
            LayerChoice::CreatedBy(part) => {
                let created_by = history::created_by(image, Some(own.config), own.layers.len(), limits)?;
                let has_part = |place: &usize| created_by[*place].as_ref().is_some_and(|text| text.contains(part));
                places.filter(has_part).collect()
            }
        })
    }
}

impl LayerChoice {
    /// The place of the only layer of an image that is meant; None where none is.
    ///
    /// # Errors
    ///
    /// When several are meant, when the number is too high, and as for [`LayerChoice::among`].
    pub(super) fn one_of(
        &self,
        image: &Image,
        own: &ChosenImage,
        limits: &Limits,
        verb: &'static str,
    ) -> Result<Option<usize>, Error> {
        let places = self.among(image, own, limits)?;
        match places.as_slice() {
            [] => self.require_number(image, own, verb).map(|()| None),
            [place] => Ok(Some(*place)),
            several => {
                let numbers: Vec<String> = several.iter().map(|place| (place + 1).to_string()).collect();
                let reason = format!("{self} fits the layers {}; select one by its number", numbers.join(", "));
                Err(Error::Unfit { path: image.source.label().to_owned(), verb, reason })
            }
        }
    }

    /// Refuses a number that is too high for an image.
    pub(super) fn require_number(&self, image: &Image, own: &ChosenImage, verb: &'static str) -> Result<(), Error> {
        let layers = own.layers.len();
        match self {
            LayerChoice::Number(number) if *number > layers => {
                let reason = format!("it has {layers} layers, and no layer {number}");
                Err(Error::Unfit { path: image.source.label().to_owned(), verb, reason })
            }
            _ => Ok(()),
        }
    }

    /// The error that it fits no layer.
    pub(super) fn fits_none(&self, image: &Image, verb: &'static str) -> Error {
        let reason = match self {
            LayerChoice::CreatedBy(part) => format!("no layer was created by `{part}`"),
            LayerChoice::Digest(prefix) => format!("no layer has the digest {prefix}"),
            LayerChoice::Number(layer) => format!("it has no layer {layer}"),
        };
        Error::Unfit { path: image.source.label().to_owned(), verb, reason }
    }
}

impl fmt::Display for LayerChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LayerChoice::Number(number) => write!(f, "{number}"),
            LayerChoice::Digest(prefix) => write!(f, "{prefix}"),
            LayerChoice::CreatedBy(part) => write!(f, "`{part}`"),
        }
    }
}

/// What a layer is known by: the digest of its bytes and its diff_id.
fn digests(image: &Image, own: &ChosenImage, place: usize) -> Vec<Digest> {
    let key = own.layers[place].map(|id| &image.graph.node(id).key);
    let digest = key.and_then(|key| key.digest().cloned().or_else(|| docker::layer_digest(key.as_str())));
    let config = image.graph.node(own.config).document.as_config();
    let diff_id = config.and_then(|config| config.diff_ids.get(place)).and_then(Field::ok).cloned();
    digest.into_iter().chain(diff_id).collect()
}
