//! Valid signatures, as rows of a report.

use crate::checks::options::VerifyOptions;
use crate::checks::signatures::compare::{Compared, Outcome};
use crate::checks::signatures::report::{Unchecked, ValidSignature};
use crate::graph::{Key, Kind};
use crate::image::Image;
use crate::platform::Platform;
use crate::signature::{Material, SIGN_PREDICATE, Stored};

/// A row for each key and each digest that it signed and that is in the file.
pub(super) fn of(image: &Image, compared: &[Compared<'_>], options: &VerifyOptions) -> Vec<ValidSignature> {
    let graph = &image.graph;
    let mut rows = Vec::new();
    for signature in compared {
        let Outcome::Valid { stored, keys, signed } = &signature.outcome else { continue };
        for &key in keys {
            let trusted = &options.trust.keys[key];
            for digest in signed {
                let node = graph.find(&Key::Digest(digest.clone()));
                if rows.len() == options.limits.findings {
                    return rows;
                }
                rows.push(ValidSignature {
                    key: trusted.name.clone(),
                    algorithm: trusted.key.algorithm(),
                    digest: digest.clone(),
                    kind: node.map_or(Kind::Blob, |id| graph.node(id).kind),
                    platforms: node.map(|id| platforms(image, id)).unwrap_or_default(),
                    format: signature.layer.form.name(),
                    predicate_type: stored.predicate_type().filter(|kind| *kind != SIGN_PREDICATE).map(str::to_owned),
                    reference: stored.reference().map(str::to_owned),
                    manifest: graph.node(signature.layer.manifest).key.digest().cloned(),
                    unchecked: unchecked(stored),
                });
            }
        }
    }
    rows
}

fn platforms(image: &Image, id: usize) -> Vec<Platform> {
    let images = image.graph.images_below(id);
    images.into_iter().filter_map(|id| image.graph.platform_of(id)).collect()
}

fn unchecked(stored: &Stored) -> Vec<Unchecked> {
    let mut unchecked = vec![Unchecked::Time, Unchecked::TransparencyLog];
    if stored.material == Material::Certificate {
        unchecked.push(Unchecked::Certificate);
    }
    if stored.timestamps > 0 {
        unchecked.push(Unchecked::Timestamp);
    }
    unchecked
}
