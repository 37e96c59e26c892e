//! Signatures in the file of a given manifest: they cover the images of `manifest.json` that are proved to be its own.

use crate::checks::given::Proof;
use crate::checks::options::VerifyOptions;
use crate::checks::scope::Scope;
use crate::checks::signatures::compare::{self, Compared};
use crate::checks::signatures::covers::Covers;
use crate::finding::Findings;
use crate::graph::Selector;
use crate::image::Image;

/// The given file, with its signatures compared.
pub(super) struct Beside<'a> {
    pub(super) name: &'a str,
    pub(super) image: &'a Image,
    pub(super) compared: Vec<Compared<'a>>,
    pub(super) covers: Covers,
    proofs: &'a [Proof],
}

impl<'a> Beside<'a> {
    pub(super) fn of(proofs: &'a [Proof], options: &'a VerifyOptions, findings: &mut Findings) -> Option<Self> {
        let given = options.manifest.as_ref()?;
        let (image, all) = (&*given.image, Selector::default());
        let chosen = image.graph.select(&given.name, &all).unwrap_or_default();
        let scope = Scope::of(image, &all, &chosen);
        let mut own = Findings::new();
        let compared = compare::all(image, &chosen, &scope, options, &mut own);
        for mut finding in own {
            finding.at = finding.at.in_file(&given.name);
            findings.push(finding);
        }
        let covers = Covers::of(image, &compared, options);
        Some(Beside { name: &given.name, image, compared, covers, proofs })
    }

    /// Whether an image of `manifest.json` is proved to be one that a signature covers.
    pub(super) fn covers(&self, at: usize) -> bool {
        self.manifests(at).any(|manifest| self.covers.has(manifest))
    }

    /// The names under which it was signed, None for a signature without one.
    pub(super) fn references(&self, at: usize) -> impl Iterator<Item = Option<&str>> {
        self.manifests(at).flat_map(|manifest| self.covers.references(manifest))
    }

    fn manifests(&self, at: usize) -> impl Iterator<Item = usize> {
        self.proofs.iter().filter(move |proof| proof.at == at).flat_map(|proof| proof.manifests.iter().copied())
    }
}
