//! How the layers of an image are compressed, which a new one follows.

use crate::codec::Compression;
use crate::edit::chosen::ChosenImage;
use crate::error::Error;
use crate::graph::NodeId;
use crate::image::Image;

/// How the topmost layer that is in the file is compressed. Without one, not at all in a docker archive, and else gzip.
pub(crate) fn usual_compression(image: &Image, own: &ChosenImage) -> Result<Compression, Error> {
    match own.layers.iter().rev().flatten().find(|id| image.graph.node(**id).is_present()) {
        Some(&id) => compression_of(image, id),
        None if own.manifests.is_empty() => Ok(Compression::None),
        None => Ok(Compression::Gzip),
    }
}

/// How a layer that is in the file is compressed; gzip for what is not written.
pub(super) fn compression_of(image: &Image, layer: NodeId) -> Result<Compression, Error> {
    let found = image.content(layer).and_then(|mut content| Compression::of(&mut content));
    let found = found.map_err(|source| {
        let path = format!("{}: {}", image.source.label(), image.graph.node(layer).key.as_str());
        Error::Read { path, source }
    })?;
    Ok(if matches!(found, Compression::None | Compression::Zstd) { found } else { Compression::Gzip })
}
