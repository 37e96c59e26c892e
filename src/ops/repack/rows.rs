//! What the output holds, as its readers will see it.

use std::collections::BTreeMap;

use super::docker::Chosen;
use super::report::ImageRow;
use crate::error::Error;
use crate::image::Image;
use crate::limits::Limits;
use crate::ops::refs::within;
use crate::views::docker::image_id;

/// What `index.json` lists, each digest once with all its names.
///
/// # Errors
///
/// When indexes share so many images that their platforms are more than the limit on descriptors allows.
pub(super) fn of_index(image: &Image, limits: &Limits) -> Result<Vec<ImageRow>, Error> {
    let graph = &image.graph;
    let mut said = 0;
    let mut rows: Vec<ImageRow> = Vec::new();
    let mut places: BTreeMap<usize, usize> = BTreeMap::new();
    for root in &graph.roots {
        let (Some(id), Some(digest)) = (root.node, root.descriptor.digest.ok()) else { continue };
        let place = *places.entry(id).or_insert(rows.len());
        if place == rows.len() {
            let images = graph.images_below(id).into_iter().filter_map(|id| graph.platform_of(id));
            let (kind, platforms) = (graph.node(id).kind, images.collect::<Vec<_>>());
            said += platforms.len();
            within(image, said, limits)?;
            rows.push(ImageRow { names: Vec::new(), kind, digest: digest.clone(), platforms });
        }
        if let (Some(row), Some(name)) = (rows.get_mut(place), root.name()) {
            row.names.push(name.to_owned());
        }
    }
    Ok(rows)
}

/// What `manifest.json` is to list.
pub(super) fn of_docker(image: &Image, chosen: &[Chosen], limits: &Limits) -> Result<Vec<ImageRow>, Error> {
    let mut rows = Vec::new();
    for own in chosen {
        let digest = image_id(image, own.manifest, limits)?;
        let platforms = image.graph.platform_of(own.manifest).into_iter().collect();
        let kind = image.graph.node(own.manifest).kind;
        rows.push(ImageRow { names: own.names.clone(), kind, digest, platforms });
    }
    Ok(rows)
}
