//! Which layers of an image are meant.

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

/// What a layer is known by: the digest of its bytes and its diff_id.
fn digests(image: &Image, own: &ChosenImage, place: usize) -> Vec<Digest> {
    let key = own.layers[place].map(|id| &image.graph.node(id).key);
    let digest = key.and_then(|key| key.digest().cloned().or_else(|| docker::layer_digest(key.as_str())));
    let config = image.graph.node(own.config).document.as_config();
    let diff_id = config.and_then(|config| config.diff_ids.get(place)).and_then(Field::ok).cloned();
    digest.into_iter().chain(diff_id).collect()
}
