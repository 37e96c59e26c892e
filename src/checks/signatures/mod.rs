//! The signatures among what is verified: how many there are, which of them the given keys made, and what these cover.

#[cfg(feature = "signatures")]
mod beside;
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

use crate::checks::given::Proof;
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
    proofs: &[Proof],
    options: &VerifyOptions,
    findings: &mut Findings,
) -> Signatures {
    let found = count(&image.graph, scope);
    #[cfg(feature = "signatures")]
    if !options.trust.keys.is_empty() {
        let compared = compare::all(image, selected, scope, options, findings);
        let beside = beside::Beside::of(proofs, options, findings);
        cover::check(image, selected, scope, &compared, beside.as_ref(), options, findings);
        let mut valid = rows::of(image, &compared, options);
        valid.extend(beside.iter().flat_map(|beside| rows::of(beside.image, &beside.compared, options)));
        let in_given = beside.iter().flat_map(|beside| &beside.compared);
        let all = || compared.iter().chain(in_given.clone());
        return Signatures {
            found: found.max(compared.len()) + in_given.clone().count(),
            checked: all().filter(|signature| signature.is_checked()).count(),
            valid,
        };
    }
    Signatures { found, ..Signatures::default() }
}

fn count(graph: &Graph, scope: &Scope) -> usize {
    let manifests = (0..graph.nodes().len()).filter(|&id| scope.has(id));
    manifests.map(|id| signature_layers(graph, id).count()).sum()
}
