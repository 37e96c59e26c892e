//! A base image in a file: what an image that was built on it begins with.

use std::sync::Arc;

use crate::codec::Compression;
use crate::digest::{Algorithm, Digest};
use crate::edit::history::HistoryEntry;
use crate::edit::restack::NewLayer;
use crate::error::Error;
use crate::graph::{Content, Selector};
use crate::image::{Image, history, raw};
use crate::limits::Limits;
use crate::platform::Platform;
use crate::reference::Address;
use crate::rootfs::{Chosen, Layer, require_documents};
use crate::sink::LayerBlob;
use crate::source::{Hashing, Part};

/// Where a base is.
#[derive(Debug, Clone)]
pub struct BaseFile<'b> {
    /// The image file.
    pub image: &'b Image,
    /// Which image of it; its platform is that of each image that is rebased.
    pub selector: Selector,
    /// The name that is written down for it.
    pub name: Option<String>,
}

impl<'b> BaseFile<'b> {
    /// The image at an address, under a name, or under the one that it has in its file.
    pub fn new(image: &'b Image, address: &Address, name: Option<String>) -> Self {
        let selector = Selector::new(address, None);
        let selected = image.graph.select(image.source.label(), &selector).unwrap_or_default();
        let own = || selected.iter().flat_map(|top| image.graph.names_of(*top)).next().map(ToOwned::to_owned);
        BaseFile { image, selector, name: name.or_else(own) }
    }
}

/// The image for one platform.
pub(super) struct Base<'b> {
    pub(super) image: &'b Image,
    pub(super) chosen: Chosen,
    /// The text of its config.
    pub(super) config: String,
}

impl<'b> Base<'b> {
    pub(super) fn open(file: &BaseFile<'b>, platform: Option<Platform>, limits: &Limits) -> Result<Self, Error> {
        let selector = Selector { platform, ..file.selector.clone() };
        let chosen = Chosen::one(file.image, &selector)?;
        require_documents(file.image, chosen.documents())?;
        let path = || file.image.source.label().to_owned();
        let absent = || Error::Absent { path: path(), digest: "the config".to_owned() };
        let config = raw::document(file.image, chosen.config.ok_or_else(absent)?, limits)?.ok_or_else(absent)?;
        let config = String::from_utf8(config.into_owned()).map_err(|_| Error::Document {
            path: path(),
            document: "the config".to_owned(),
            fault: "not UTF-8".to_owned(),
        })?;
        Ok(Base { image: file.image, chosen, config })
    }

    /// The diff_ids of its layers.
    ///
    /// # Errors
    ///
    /// When the config does not name one for each layer.
    pub(super) fn diff_ids(&self) -> Result<Vec<Digest>, Error> {
        let ids: Option<Vec<Digest>> = self.chosen.layers.iter().map(|layer| layer.diff_id.clone()).collect();
        ids.ok_or_else(|| Error::Document {
            path: self.image.source.label().to_owned(),
            document: "the config".to_owned(),
            fault: "it has not one diff_id for each layer".to_owned(),
        })
    }

    /// Its layers, to be put below others.
    pub(super) fn layers(&self, limits: &Limits) -> Result<Vec<NewLayer>, Error> {
        let diff_ids = self.diff_ids()?;
        let created_by = history::created_by(self.image, self.chosen.config, diff_ids.len(), limits)?;
        let layers = self.chosen.layers.iter().zip(diff_ids).zip(created_by);
        layers.map(|((layer, diff_id), created_by)| self.layer(layer, diff_id, created_by)).collect()
    }

    fn layer(&self, layer: &Layer, diff_id: Digest, created_by: Option<String>) -> Result<NewLayer, Error> {
        let label = || format!("{}: {}", self.image.source.label(), layer.name);
        let failed = |source| Error::Read { path: label(), source };
        let absent = || Error::Absent { path: self.image.source.label().to_owned(), digest: layer.name.clone() };
        let part = match self.image.graph.node(layer.node).content {
            Content::Member(member) => Part::Member(Arc::clone(&self.image.source), member),
            Content::Inline => Part::Bytes(self.image.graph.inline(layer.node).ok_or_else(absent)?.into()),
            Content::External | Content::Absent => return Err(absent()),
        };
        let mut content = self.image.content(layer.node).map_err(failed)?;
        let compression = Compression::of(&mut content).map_err(failed)?;
        let digest = match &layer.digest {
            Some(digest) => digest.clone(),
            // A docker archive names layers by anything.
            None => {
                let mut hashing = Hashing::new(content, Some(Algorithm::Sha256));
                hashing.drain().map_err(failed)?;
                hashing.finish().ok_or_else(absent)?
            }
        };
        let created_by = created_by.unwrap_or_else(|| "layer of the base image".to_owned());
        let history = HistoryEntry { created_by, created: None, comment: None, empty_layer: false };
        let size = part.size();
        Ok(NewLayer::of(LayerBlob { part, digest, size, diff_id, compression }, history))
    }
}
