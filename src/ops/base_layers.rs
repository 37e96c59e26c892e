//! How many of the layers of an image are those of its base.

use crate::digest::Digest;
use crate::doc::annotations::{BASE_DIGEST, BASE_NAME};
use crate::doc::{Annotations, Document};
use crate::error::Error;
use crate::graph::{Key, Selector};
use crate::image::Image;
use crate::rootfs::{Candidate, Chosen};

/// The base of an image.
#[derive(Debug, Clone, Copy)]
pub enum BaseImage<'b> {
    /// The one that the image names in its annotations, which is in the same file.
    Named,
    /// An image of this or another file.
    Of {
        /// The file.
        base: &'b Image,
        /// Which image of it; for the platform of the image that is on it, where it selects none.
        selector: &'b Selector,
    },
}

/// How many layers the base of an image has, if the image begins with these.
///
/// # Errors
///
/// When the base is not known, and when the image begins with other layers.
pub(crate) fn layers_of_base(
    image: &Image,
    own: &Chosen,
    base: BaseImage<'_>,
    verb: &'static str,
) -> Result<usize, Error> {
    match base {
        BaseImage::Named => above(own, image, image, &named(image, own, verb)?, verb),
        BaseImage::Of { base, selector } => {
            let mut selector = selector.clone();
            selector.platform = selector.platform.or_else(|| own.platform.clone());
            above(own, image, base, &Chosen::one(base, &selector)?, verb)
        }
    }
}

fn unfit(image: &Image, verb: &'static str, reason: String) -> Error {
    Error::Unfit { path: image.source.label().to_owned(), verb, reason }
}

/// The image of the same file that the annotations name as the base.
fn named(image: &Image, own: &Chosen, verb: &'static str) -> Result<Chosen, Error> {
    let document = own.manifest.map(|id| &image.graph.node(id).document);
    let empty = Annotations::default();
    let annotations = match document {
        Some(Document::Manifest(manifest)) => &manifest.annotations,
        _ => &empty,
    };
    let (digest, name) = (annotations.get(BASE_DIGEST), annotations.get(BASE_NAME));
    let Some(digest) = digest else {
        let known = name.map_or(String::new(), |name| format!(" with the digest of `{name}`"));
        let reason = format!("it has no annotation `{BASE_DIGEST}`{known}; select the base with `--base IMAGE`");
        return Err(unfit(image, verb, reason));
    };
    let found = digest.parse::<Digest>().ok().and_then(|digest| image.graph.find(&Key::Digest(digest)));
    let images = found.map_or(Vec::new(), |id| image.graph.images_below(id));
    let fits = |id: &usize| images.len() == 1 || image.graph.platform_of(*id) == own.platform;
    match images.iter().find(|id| fits(id) && image.graph.node(**id).is_present()) {
        Some(id) => Candidate::Manifest(*id).chosen(image),
        None => {
            let name = name.map_or(String::new(), |name| format!("`{name}` "));
            let reason = format!("its base {name}{digest} is not in the file; select it with `--base IMAGE`");
            Err(unfit(image, verb, reason))
        }
    }
}

/// How many layers a base has, if the image begins with these.
fn above(own: &Chosen, image: &Image, file: &Image, base: &Chosen, verb: &'static str) -> Result<usize, Error> {
    let label = file.source.label();
    if base.layers.is_empty() {
        return Err(unfit(image, verb, format!("the base in {label} has no layers")));
    }
    let config = own.config.and_then(|id| image.graph.node(id).document.as_config());
    let diff_ids = base.layers.iter().map(|layer| layer.diff_id.as_ref());
    let shared = config.map_or(0, |config| config.shared_layers(diff_ids));
    if shared < base.layers.len() {
        let number = shared + 1;
        let reason = format!("its layer {number} is not layer {number} of the base in {label}: the diff_ids differ");
        return Err(unfit(image, verb, reason));
    }
    Ok(shared)
}
