//! The checks of `verify`: one file a check, and the list that runs them.
//!
//! Floor: above `edit` and `readers`, below `ops`. A check reads an image and adds findings; it changes nothing.

mod attestations;
mod blobs;
pub(crate) mod choices;
mod claims;
mod container;
mod declared_layer;
mod docker_view;
mod documents;
mod evidence;
pub(crate) mod given;
mod layers;
mod links;
mod media_types;
pub(crate) mod options;
pub(crate) mod platforms;
pub(crate) mod policy;
mod presence;
mod roots;
pub(crate) mod scope;
pub(crate) mod signatures;
mod stacks;
mod toc;
mod whole;

use crate::checks::blobs::Hashed;
use crate::checks::given::ProvedImage;
use crate::checks::options::VerifyOptions;
use crate::checks::scope::Scope;
use crate::checks::signatures::report::Signatures;
use crate::checks::stacks::Stacks;
use crate::finding::Findings;
use crate::graph::Selectable;
use crate::image::{Amount, Image};
use crate::views;

/// What the checks of one run read, and what earlier ones leave for later ones.
struct Run<'a> {
    image: &'a Image,
    chosen: &'a [Selectable],
    options: &'a VerifyOptions,
    scope: Scope,
    hashed: Hashed,
    stacks: Stacks,
}

/// When a check runs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum When {
    /// It is about the file as a whole and its entries: readers may see another image for what it finds, whichever was
    /// selected.
    OfFile,
    /// It is about what was selected.
    OfSelection,
    /// As before, and it needs the content of layers.
    Deep,
}

type Check = fn(&mut Run<'_>, &mut Findings);

/// Every check, in order: layers and the docker view read what `blobs` hashed.
const CHECKS: [(When, Check); 17] = [
    (When::OfFile, |run, findings| findings.extend(run.image.graph.findings.iter().cloned())),
    (When::OfFile, |run, findings| container::check(&run.image.source, findings)),
    (When::OfFile, |run, findings| documents::check_roots(&run.image.graph, findings)),
    (When::OfFile, |run, findings| links::check(run.image, findings)),
    (When::OfFile, |run, findings| {
        if run.image.source.format().docker_view {
            findings.extend(views::findings(run.image, &run.options.limits));
        }
    }),
    (When::OfSelection, |run, findings| documents::check(&run.image.graph, &run.scope, findings)),
    (When::OfSelection, |run, findings| media_types::check(&run.image.graph, &run.scope, findings)),
    (When::OfSelection, |run, findings| claims::check(&run.image.graph, &run.scope, findings)),
    (When::OfSelection, |run, findings| presence::check(run.image, &run.scope, findings)),
    (When::OfSelection, |run, findings| platforms::check(&run.image.graph, &run.scope, findings)),
    (When::OfSelection, |run, findings| {
        choices::check(&run.image.graph, &run.scope, &run.options.limits, findings);
    }),
    (When::OfSelection, |run, findings| run.hashed = blobs::check(run.image, &run.scope, run.options, findings)),
    (When::Deep, |run, findings| layers::check(run.image, &run.scope, &run.hashed, &mut run.stacks, findings)),
    (When::Deep, |run, findings| toc::check(run.image, &run.scope, run.options, findings)),
    (When::OfSelection, |run, findings| {
        docker_view::check(run.image, &run.scope, &run.hashed, &mut run.stacks, findings);
    }),
    (When::OfSelection, |run, findings| {
        attestations::check(run.image, &run.scope, &run.options.limits, findings);
    }),
    (When::OfSelection, |run, findings| policy::check(run.image, run.chosen, run.options, findings)),
];

/// How much was checked.
pub(crate) struct Checked {
    /// Blobs that were read and hashed.
    pub(crate) verified: Amount,
    /// Layers that were decompressed.
    pub(crate) inflated: Amount,
    /// Signatures, and those that the given keys made.
    pub(crate) signatures: Signatures,
    /// Images that are those of given manifests.
    pub(crate) proved: Vec<ProvedImage>,
}

/// Runs every check on what was selected, and says how much was checked. `chosen` are what the selector fits.
pub(crate) fn run(image: &Image, chosen: &[Selectable], options: &VerifyOptions, findings: &mut Findings) -> Checked {
    let scope = Scope::of(image, &options.selector, chosen);
    let mut run =
        Run { image, chosen, options, scope, hashed: Hashed::default(), stacks: Stacks::new(&options.limits) };
    for (when, check) in CHECKS {
        match when {
            When::OfFile if !run.scope.whole => {
                let mut of_all = Findings::new();
                check(&mut run, &mut of_all);
                findings.extend(of_all.into_iter().filter(|finding| run.scope.concerns(image, finding)));
            }
            When::Deep if !options.deep => {}
            _ => check(&mut run, findings),
        }
    }
    let proofs = given::check(image, &run.scope, &run.hashed, options, findings);
    let signatures = signatures::check(image, chosen, &run.scope, &proofs, options, findings);
    let proved = proofs.into_iter().map(|proof| proof.image).collect();
    Checked { verified: run.hashed.verified, inflated: run.hashed.inflated, signatures, proved }
}
