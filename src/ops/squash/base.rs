//! How many layers stay as they are.

use super::{SquashRange, unfit};
use crate::digest::Digest;
use crate::doc::annotations::{BASE_DIGEST, BASE_NAME};
use crate::doc::{Annotations, Document};
use crate::error::Error;
use crate::graph::Key;
use crate::image::Image;
use crate::rootfs::{Candidate, Chosen};

/// How many of the lowest layers are not squashed.
pub(super) fn cut(image: &Image, own: &Chosen, range: SquashRange<'_>) -> Result<usize, Error> {
    let count = own.layers.len();
    match range {
        SquashRange::All => Ok(0),
        SquashRange::Last(last) => {
            count.checked_sub(last).ok_or_else(|| unfit(image, format!("it has only {count} layers")))
        }
        SquashRange::AboveBase => {
            let base = named(image, own)?;
            above(image, own, image, &base)
        }
        SquashRange::Above { base, selector } => {
            let mut selector = selector.clone();
            selector.platform = selector.platform.or_else(|| own.platform.clone());
            above(image, own, base, &Chosen::one(base, &selector)?)
        }
    }
}

/// The image of the same file that the annotations name as the base.
fn named(image: &Image, own: &Chosen) -> Result<Chosen, Error> {
    let document = own.manifest.map(|id| &image.graph.node(id).document);
    let empty = Annotations::default();
    let annotations = match document {
        Some(Document::Manifest(manifest)) => &manifest.annotations,
        _ => &empty,
    };
    let (digest, name) = (annotations.get(BASE_DIGEST), annotations.get(BASE_NAME));
    let Some(digest) = digest else {
        let known = name.map_or(String::new(), |name| format!(" with the digest of `{name}`"));
        return Err(unfit(
            image,
            format!("it has no annotation `{BASE_DIGEST}`{known}; select the base with `--base IMAGE`"),
        ));
    };
    let found = digest.parse::<Digest>().ok().and_then(|digest| image.graph.find(&Key::Digest(digest)));
    let images = found.map_or(Vec::new(), |id| image.graph.images_below(id));
    let fits = |id: &usize| images.len() == 1 || image.graph.platform_of(*id) == own.platform;
    match images.iter().find(|id| fits(id) && image.graph.node(**id).is_present()) {
        Some(id) => Candidate::Manifest(*id).chosen(image),
        None => {
            let name = name.map_or(String::new(), |name| format!("`{name}` "));
            Err(unfit(image, format!("its base {name}{digest} is not in the file; select it with `--base IMAGE`")))
        }
    }
}

/// How many layers a base has, if the image begins with these.
fn above(image: &Image, own: &Chosen, file: &Image, base: &Chosen) -> Result<usize, Error> {
    let label = file.source.label();
    if base.layers.is_empty() {
        return Err(unfit(image, format!("the base in {label} has no layers")));
    }
    let config = own.config.and_then(|id| image.graph.node(id).document.as_config());
    let diff_ids = base.layers.iter().map(|layer| layer.diff_id.as_ref());
    let shared = config.map_or(0, |config| config.shared_layers(diff_ids));
    if shared < base.layers.len() {
        let number = shared + 1;
        let reason = format!("its layer {number} is not layer {number} of the base in {label}: the diff_ids differ");
        return Err(unfit(image, reason));
    }
    Ok(shared)
}
