//! The signatures among what is verified: how many there are, which of them the given keys made, and what these cover.

#[cfg(feature = "signatures")]
mod compare;
#[cfg(feature = "signatures")]
mod cover;
#[cfg(feature = "signatures")]
mod covers;
#[cfg(feature = "signatures")]
mod names;
#[cfg(feature = "signatures")]
mod place;
pub(crate) mod report;
#[cfg(feature = "signatures")]
mod rows;

use crate::checks::options::VerifyOptions;
use crate::checks::scope::Scope;
use crate::checks::signatures::report::Signatures;
use crate::finding::Findings;
use crate::graph::{Graph, Selectable};
use crate::image::Image;
use crate::image::signatures::signature_layers;

/// Counts the signatures, and compares them with the keys if there are any.
#[cfg_attr(not(feature = "signatures"), expect(unused_variables, reason = "without keys nothing is compared"))]
pub(crate) fn check(
    image: &Image,
    selected: &[Selectable],
    scope: &Scope,
    options: &VerifyOptions,
    findings: &mut Findings,
) -> Signatures {
    let found = count(&image.graph, scope);
    #[cfg(feature = "signatures")]
    if !options.trust.keys.is_empty() {
        let compared = compare::all(image, selected, scope, options, findings);
        cover::check(image, selected, scope, &compared, options, findings);
        return Signatures {
            found: found.max(compared.len()),
            checked: compared.iter().filter(|signature| signature.is_checked()).count(),
            valid: rows::of(image, &compared, options),
        };
    }
    Signatures { found, ..Signatures::default() }
}

fn count(graph: &Graph, scope: &Scope) -> usize {
    let manifests = (0..graph.nodes().len()).filter(|&id| scope.has(id));
    manifests.map(|id| signature_layers(graph, id).count()).sum()
}
