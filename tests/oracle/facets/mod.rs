//! Where a reader might look, and what it might find there: each facet is one case, or one for each place that it can
//! stand in.

mod configs;
mod descriptors;
mod docker;
mod documents;
mod members;
mod names;
mod pairs;

use super::image::Case;

/// The cases of a run of all tests; in a long run each in all its places, in the longest also every two
/// facets of a descriptor together.
pub fn cases() -> Vec<Case> {
    let mut all = Vec::new();
    all.extend(descriptors::cases());
    all.extend(documents::cases());
    all.extend(configs::cases());
    all.extend(names::cases());
    all.extend(docker::cases());
    all.extend(members::cases());
    all.extend(pairs::cases());
    all
}
