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
                "the effect of this layer on lower layers was not checked: the layers of all images contain more \
                directories and links than can be compared, {}",
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
            "the layer has entries below a path that is a symbolic link in a lower layer; on overlay docker, podman \
            and containerd create a directory in its place, umoci and ocikit follow the link",
        ),
        Above::BelowFile => doubtful(
            "the layer has entries below a path that is a file in a lower layer; on overlay docker, podman and \
            containerd create a directory in its place, otherwise they refuse the layer; umoci and ocikit create the \
            directory",
        ),
        Above::BelowRemoved => doubtful(
            "the layer has entries in this directory but no entry for the directory, and a lower layer removes a \
            parent directory or has a file in its place; containerd on overlay refuses the layer, docker, podman, \
            umoci and ocikit create the directories",
        ),
        Above::HidesAll => doubtful(
            "the layer has an opaque whiteout at the root; on overlay docker, podman and containerd hide nothing, \
            umoci and ocikit hide all lower layers",
        ),
        Above::HidesNothing => doubtful(
            "the layer has whiteouts in a directory that no lower layer has; docker, podman, containerd and \
                ocikit create the directory, umoci does not",
        )
        .with_severity(Severity::Warning),
        Above::InOwnFolder => doubtful(
            "the layer has entries in this directory but no entry for the directory; on overlay docker and \
                podman take mode and owner from this layer, other readers from the lower layer",
        )
        .with_severity(Severity::Warning),
    }
}
