//! What the layers of one image do to each other.

use crate::finding::{Code, Finding, Findings, Place, Severity};
use crate::limits::{LimitReached, Limits};
use crate::source::{Above, LayerFacts, Looks, above};

/// Compares the layers of images with each other, as far as the limit `entries` goes for all of them.
pub(crate) struct Stacks {
    looks: Looks,
    reached: LimitReached,
}

impl Stacks {
    pub(crate) fn new(limits: &Limits) -> Self {
        Stacks { looks: Looks::new(limits), reached: LimitReached { name: "entries", limit: limits.entries as u64 } }
    }

    /// Checks the layers of one image, the lowest first. `place` says where one stands.
    pub(crate) fn check<L: Copy>(
        &mut self,
        layers: &[(L, Option<&LayerFacts>)],
        place: impl Fn(L) -> Place,
        findings: &mut Findings,
    ) {
        let outlines: Vec<_> = layers.iter().map(|(_, facts)| facts.map(|facts| &facts.outline)).collect();
        let at = |number: usize| layers.get(number).map_or_else(Place::default, |(layer, _)| place(*layer));
        let ended = above(&outlines, &mut self.looks, &mut |number, name, what| {
            findings.push(finding_of(what, at(number).then(name)));
        });
        if let Err(number) = ended {
            let detail = format!(
                "what this layer and those above it do to lower ones was not looked at: all layers have more folders and links than can be compared, {}",
                self.reached
            );
            findings.push(Finding::new(Code::LimitExceeded, at(number), detail));
        }
    }
}

fn finding_of(what: Above, at: Place) -> Finding {
    let doubtful = |detail| Finding::new(Code::LayerEntryDoubtful, at, detail);
    match what {
        Above::BelowLink => doubtful(
            "the layer has entries below what a lower layer has as a symbolic link; where layers are kept apart (overlay) docker, podman and containerd make a folder in its place, umoci and ocikit follow the link",
        ),
        Above::BelowFile => doubtful(
            "the layer has entries below what a lower layer has as a file; where layers are kept apart (overlay) docker, podman and containerd make a folder in its place, else they refuse it; umoci and ocikit make the folder",
        ),
        Above::BelowRemoved => doubtful(
            "the layer has entries in this folder and does not describe it, and a lower layer removes a folder above it or has a file there; containerd with overlay refuses that, docker, podman, umoci and ocikit make the folders",
        ),
        Above::HidesAll => doubtful(
            "an opaque whiteout of the root; where layers are kept apart (overlay) docker, podman and containerd hide nothing by it, umoci and ocikit all that lower layers hold",
        ),
        Above::HidesNothing => doubtful(
                "whiteouts in a folder that no lower layer has; docker, podman, containerd and ocikit make the folder, umoci does not",
            ).with_severity(Severity::Warning),
        Above::InOwnFolder => doubtful(
                "the layer has entries in this folder and does not describe it; where layers are kept apart (overlay) docker and podman take its mode and owner from it, others leave those of the lower layer",
            ).with_severity(Severity::Warning),
    }
}
