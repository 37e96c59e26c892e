//! `gc`: what nothing reaches any more, why, and an image file without it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::digest::Digest;
use crate::doc::{self, Document};
use crate::edit::{Draft, EditOptions, Receipt, unknown_references};
use crate::error::Error;
use crate::finding::Code;
use crate::graph;
use crate::image::Image;
use crate::limits::Limits;
use crate::sink;
use crate::source::{Member, MemberId, MemberKind, Source};

/// Unreferenced files, and whether they were removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct GcReport {
    /// The file, as named on the command line.
    pub file: String,
    /// Unreferenced files, sorted by name.
    pub garbage: Vec<Garbage>,
    /// Bytes of all of it.
    pub bytes: u64,
    /// The output; missing for a plan.
    pub receipt: Receipt,
}

/// One unreferenced file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Garbage {
    /// Its name in the image file.
    pub name: String,
    /// In bytes.
    pub size: u64,
    /// Why it is not needed.
    pub reason: String,
}

/// Finds what nothing reaches: blobs that neither `index.json` nor `manifest.json` references and that refer to nothing that they
/// reference, and what programs that were killed left behind. Other files are never touched.
///
/// # Errors
///
/// When a document that references blobs is damaged or absent: what it references would look like garbage. When readers see
/// different members under one name.
pub fn gc<'a>(image: &'a Image, options: &EditOptions) -> Result<(Draft<'a>, Vec<Garbage>), Error> {
    if let Some(wrong) = unknown_references(&image.graph, |_| true).or_else(|| read_otherwise(&image.source)) {
        return Err(Error::Unsure { path: image.source.label().to_owned(), wrong });
    }
    let mut draft = Draft::unchecked(image, options);
    let unreferenced = unreferenced(image);
    let leaders = leaders(image, &unreferenced, &options.limits);
    let mut garbage = Vec::new();
    for &id in &unreferenced {
        let member = &image.source.members()[id];
        draft.discard(id);
        garbage.push(Garbage {
            name: member.name.to_string(),
            size: member.size,
            reason: reason(image, member, &leaders),
        });
    }
    for (id, member) in image.source.members().iter().enumerate() {
        let Some(writer) = leftover_of(&member.name).filter(|_| !is_in_use(&image.source, &member.name)) else {
            continue;
        };
        match member.kind {
            // Their folders go along, once they are empty.
            MemberKind::Directory => draft.discard(id),
            MemberKind::File => {
                draft.discard(id);
                let reason = format!("left by {writer}");
                garbage.push(Garbage { name: member.name.to_string(), size: member.size, reason });
            }
            _ => {}
        }
    }
    garbage.sort_by(|a, b| a.name.cmp(&b.name));
    Ok((draft, garbage))
}

/// The first name under which readers see different members: each would call something else garbage.
fn read_otherwise(source: &Source) -> Option<String> {
    let overlap = source.findings().iter().find(|finding| finding.code == Code::MemberOverlap);
    let described = overlap.map(|finding| format!("{}: {}", finding.at, finding.detail));
    described.or_else(|| {
        let mut earlier = source.shadowed().iter().enumerate();
        let (_, twice) = earlier.find(|(number, _)| !source.is_repeated(*number))?;
        Some(format!("{}: stored twice in the archive with different content", twice.name))
    })
}

/// Whether a file that nothing refers to is a blob or layer, and not something that a person put there.
pub(super) fn is_blob(source: &Source, name: &str) -> bool {
    let is_hex = |part: &str| {
        let stem = part.split('.').next().unwrap_or(part);
        stem.len() == 64 && stem.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    let is_layer = || [".tar", ".tar.gz", ".tar.zst", ".tgz"].iter().any(|end| name.ends_with(end));
    Digest::from_blob_path(name).is_some() || (source.format().docker_view && is_layer() && name.split('/').any(is_hex))
}

fn unreferenced(image: &Image) -> Vec<MemberId> {
    let members = image.source.members().iter().enumerate();
    let unreferenced = members.filter(|(id, member)| {
        member.kind == MemberKind::File && image.graph.held_by(*id).is_none() && is_blob(&image.source, &member.name)
    });
    unreferenced.map(|(id, _)| id).collect()
}

/// What the manifests among them are, and for each blob the manifest that references it.
#[derive(Debug, Default)]
struct Leaders {
    kinds: BTreeMap<Digest, String>,
    led: BTreeMap<Digest, Digest>,
}

fn leaders(image: &Image, unreferenced: &[MemberId], limits: &Limits) -> Leaders {
    let mut leaders = Leaders::default();
    for &id in unreferenced {
        let member = &image.source.members()[id];
        let Some(digest) = Digest::from_blob_path(&member.name) else { continue };
        if member.size > limits.document_bytes || !image.source.begins_with_brace(id) {
            continue;
        }
        let Ok(bytes) = image.source.read(id, limits.document_bytes) else { continue };
        let document = doc::read_blob(&bytes, None, limits).view;
        let subject = match &document {
            Document::Manifest(manifest) => manifest.subject.as_ref(),
            Document::Index(index) => index.subject.as_ref(),
            Document::Config(_) => {
                leaders.kinds.insert(digest, "an image config that no manifest references".to_owned());
                continue;
            }
            Document::Opaque => continue,
        };
        let kind = graph::classify(None, &document);
        let what = match subject.and_then(|subject| subject.digest.ok()) {
            Some(subject) => format!("{kind} for {}, which is not in the file", subject.short()),
            None => format!("{kind} that no index lists"),
        };
        for (_, child) in graph::children(&document) {
            if let Some(child) = child.digest.ok() {
                leaders.led.entry(child.clone()).or_insert_with(|| digest.clone());
            }
        }
        leaders.kinds.insert(digest, what);
    }
    leaders
}

fn reason(image: &Image, member: &Member, leaders: &Leaders) -> String {
    let Some(digest) = Digest::from_blob_path(&member.name) else {
        return "a layer that `manifest.json` does not list".to_owned();
    };
    let kind = leaders.kinds.get(&digest);
    match (leaders.led.get(&digest), kind) {
        (Some(leader), _) => format!("referenced only by {}, which is unreferenced", leader.short()),
        (None, Some(kind)) => kind.clone(),
        (None, None) if image.source.format().docker_view => "unreferenced; docker writes such files".to_owned(),
        (None, None) => "unreferenced".to_owned(),
    }
}

/// Who leaves files of this name behind when it is killed.
fn leftover_of(name: &str) -> Option<&'static str> {
    let (first, rest) = name.split_once('/').unwrap_or((name, ""));
    if first == "ingest" {
        return (!rest.is_empty()).then_some("an incomplete upload of BuildKit, containerd or oras");
    }
    if first.starts_with(".umoci-") {
        return Some("umoci");
    }
    if first.starts_with("oci-put-blob") && rest.is_empty() {
        return Some("skopeo or podman");
    }
    name.split('/').any(sink::is_leftover).then_some("ocikit")
}

/// Whether a program holds a lock on what would be a leftover.
fn is_in_use(source: &Source, name: &str) -> bool {
    let top = name.split('/').next().unwrap_or(name);
    source.root().is_some_and(|root| sink::is_locked(&root.join(top)) || sink::is_locked(&root.join(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leftovers_by_their_names() {
        for (name, is_one) in [
            ("ingest/3f/data", true),
            ("ingest", false),
            (".umoci-2123/x", true),
            ("oci-put-blob123", true),
            ("oci-put-blob/mine", false),
            ("blobs/sha256/.ocikit-tmp-ab", true),
            ("README.md", false),
            ("blobs/ingest/x", false),
            ("index.json.lock", false),
        ] {
            assert_eq!(leftover_of(name).is_some(), is_one, "{name}");
        }
    }
}
