//! Whether what is to be written is what its digests say, as far as that is known before it is copied.

use std::collections::BTreeSet;

use super::RepackOptions;
use super::report::Broken;
use crate::digest::{Digest, VerifyError};
use crate::doc::Descriptor;
use crate::error::Error;
use crate::graph::{Content, NodeId, Role};
use crate::image::Image;
use crate::parallel;
use crate::source::{Hashing, MemberId};

/// What was found, where it did not stop the write.
#[derive(Debug, Default)]
pub(super) struct Checked {
    /// Manifests that lists name and that are absent: the file is sparse on purpose.
    pub(super) absent: Vec<Digest>,
    pub(super) broken: Vec<Broken>,
    /// Names of files that are copied without a look at their digests.
    pub(super) unverified: BTreeSet<String>,
}

/// Looks at every document and every descriptor; with `allow_broken` at every byte, to know what is broken.
pub(super) fn check(image: &Image, options: &RepackOptions) -> Result<Checked, Error> {
    let graph = &image.graph;
    let mut run = Run { image, allow: options.allow_broken, checked: Checked::default(), absent: BTreeSet::new() };
    for node in graph.nodes() {
        if let Some((expected, found)) = node.mismatch() {
            let at = format!("{}: {}", image.source.label(), node.kind);
            run.note(at, VerifyError::Digest { expected: expected.clone(), found }, &expected)?;
        }
    }
    for root in &graph.roots {
        if let Some(id) = root.node {
            run.descriptor(Role::Manifest(root.number), &root.descriptor, id)?;
        }
    }
    for (id, node) in graph.nodes().iter().enumerate() {
        for &link in &node.links {
            if let (Some(descriptor), Some(child)) = (graph.descriptor(id, link), link.node) {
                run.descriptor(link.role, descriptor, child)?;
            }
        }
    }
    let Run { mut checked, absent, .. } = run;
    checked.absent = absent.into_iter().collect();
    if options.allow_broken {
        hash_all(image, options, &mut checked)?;
    }
    Ok(checked)
}

struct Run<'i> {
    image: &'i Image,
    allow: bool,
    checked: Checked,
    absent: BTreeSet<Digest>,
}

impl Run<'_> {
    fn descriptor(&mut self, role: Role, descriptor: &Descriptor, child: NodeId) -> Result<(), Error> {
        let Some(digest) = descriptor.digest.ok() else { return Ok(()) };
        match (self.image.graph.node(child).content, role) {
            (Content::Member(member), role) if role != Role::Subject => self.size(descriptor, digest, member),
            (Content::Absent, Role::Manifest(_)) => {
                self.absent.insert(digest.clone());
                Ok(())
            }
            (Content::Absent, Role::Config | Role::Layer(_)) if self.allow => {
                let at = format!("{}: {digest}", self.image.source.label());
                self.checked.broken.push(Broken { at, fault: "not in the file".to_owned() });
                Ok(())
            }
            (Content::Absent, Role::Config | Role::Layer(_)) => {
                Err(Error::Absent { path: self.image.source.label().to_owned(), digest: digest.to_string() })
            }
            _ => Ok(()),
        }
    }

    fn size(&mut self, descriptor: &Descriptor, digest: &Digest, member: MemberId) -> Result<(), Error> {
        let found = self.image.source.members()[member].size;
        match descriptor.size.ok() {
            Some(&expected) if expected != found => {
                let fault = VerifyError::Size { digest: digest.clone(), expected, found };
                self.note(self.image.source.origin(member), fault, digest)
            }
            _ => Ok(()),
        }
    }

    fn note(&mut self, at: String, fault: VerifyError, digest: &Digest) -> Result<(), Error> {
        self.checked.unverified.insert(digest.blob_path());
        Broken::note(at, fault, self.allow, &mut self.checked.broken)
    }
}

fn hash_all(image: &Image, options: &RepackOptions, checked: &mut Checked) -> Result<(), Error> {
    let members = image.source.members().iter().enumerate();
    let mut jobs: Vec<(MemberId, Digest)> = members
        .filter(|(_, member)| !checked.unverified.contains(&*member.name))
        .filter_map(|(id, member)| Some((id, Digest::from_blob_path(&member.name)?)))
        .collect();
    jobs.sort_by_key(|(id, _)| std::cmp::Reverse(image.source.members()[*id].size));
    let found = parallel::map(&jobs, parallel::threads(options.jobs), |(id, digest)| {
        let mut hashing = Hashing::new(image.source.content(*id)?, digest.algorithm());
        hashing.drain()?;
        // One of an algorithm that cannot be computed is copied as it is.
        Ok(hashing.finish().unwrap_or_else(|| digest.clone()))
    });
    let mut rows = Vec::new();
    for ((id, expected), found) in jobs.into_iter().zip(found) {
        let at = image.source.origin(id);
        let found = found.map_err(|source| Error::Read { path: at.clone(), source })?;
        if found != expected {
            checked.unverified.insert(expected.blob_path());
            rows.push(Broken { at, fault: VerifyError::Digest { expected, found }.to_string() });
        }
    }
    rows.sort_by(|a, b| a.at.cmp(&b.at));
    checked.broken.extend(rows);
    Ok(())
}
