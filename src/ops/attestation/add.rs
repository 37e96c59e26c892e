//! `attestation add`

use super::Style;
use super::manifest::{create, entry, failed, put, referrer_entry, statement_layer};
use crate::digest::{Algorithm, Digest};
use crate::doc::Document;
use crate::doc::attestation::Statement;
use crate::edit::wrap::wrap;
use crate::edit::{Draft, EditOptions, Entry, Holder, List, ListKind, Referent};
use crate::error::Error;
use crate::graph::{Kind, NodeId, Selector};
use crate::image::Image;
use crate::json::edit::{apply, quoted};
use crate::json::{Edit, Value};
use crate::limits::Limits;
use crate::media_type::{self, MediaType};
use crate::platform::Platform;
use crate::reference::{familiar, normalized, tag_of};

/// What is to be said of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// A predicate of a type; the statement is written around it.
    Predicate {
        /// The predicate: JSON.
        text: String,
        /// Its type: a URI.
        predicate_type: String,
    },
    /// A statement, or a DSSE envelope around one; it is stored as it is.
    Statement(Vec<u8>),
}

/// What is added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddOptions {
    /// What is said.
    pub said: Said,
    /// How it is kept; None for that of the attestations that the image has, else [`Style::Index`].
    pub style: Option<Style>,
    /// Take a statement that names another image, or none.
    pub force: bool,
}

/// Adds a statement about the one image that a selector means: to the attestation manifest that the image has in this style,
/// or as a new one. For the styles of an index a lone manifest is wrapped into one.
///
/// # Errors
///
/// When the selector means no image or several, what is to be said is no statement, or it is about another image.
pub fn add<'a>(
    image: &'a Image,
    selector: &Selector,
    wanted: &AddOptions,
    options: &EditOptions,
) -> Result<Draft<'a>, Error> {
    let list = List::find(image, selector, "add an attestation")?;
    let target = the_image(image, &list, selector)?;
    let mut draft = Draft::new(image, options, &list.scope)?;
    let platform = list.platform_of(&target.entry);
    let name = name_of(image, &list, target.node);
    let statement =
        statement_of(image, wanted, &target, &statement_name(name.as_deref(), platform.as_ref()), &options.limits)?;
    let size = statement.bytes.len() as u64;
    let digest = draft.add_bytes(statement.bytes);
    let layer = statement_layer(&digest, size, statement.media_type, &statement.predicate_type);
    let held = existing(image, &list, &target.to.digest, wanted.style);
    let style = wanted.style.or(held.as_ref().map(|(_, _, style)| *style)).unwrap_or(Style::Index);
    if style != Style::Referrer && statement.media_type != media_type::IN_TOTO {
        let reason = "this style cannot store a signed envelope; use `--style referrer`".to_owned();
        return Err(Error::Unfit { path: image.source.label().to_owned(), verb: "add the statement", reason });
    }
    if let Some((entry, node, _)) = held.filter(|_| style != Style::Referrer) {
        let text = with_layer(&mut draft, node, &layer, &digest)?;
        let to = put(&mut draft, text);
        draft.retarget(entry.slot, to);
        return Ok(draft);
    }
    let to = create(&mut draft, style, &[(digest, layer)], &target.to)?;
    match (style, list.kind) {
        (Style::Referrer, _) => draft.insert(Holder::IndexJson, usize::MAX, &referrer_entry(&to)),
        (_, ListKind::Nested(index)) => {
            draft.insert(Holder::Node(index), usize::MAX, &entry(&to, &target.to.digest));
        }
        (_, ListKind::Flat) => draft.insert(Holder::IndexJson, usize::MAX, &entry(&to, &target.to.digest)),
        (_, ListKind::Single(_)) => {
            let more = [entry(&to, &target.to.digest)];
            wrap(&mut draft, &list, false, &more)?;
        }
    }
    Ok(draft)
}

struct Target<'a> {
    entry: Entry<'a>,
    node: NodeId,
    to: Referent,
}

fn the_image<'a>(image: &'a Image, list: &List<'a>, selector: &Selector) -> Result<Target<'a>, Error> {
    let path = || image.source.label().to_owned();
    let entries = match &selector.platform {
        Some(platform) => list.for_platform(platform)?,
        None => list.images().into_iter().map(|(entry, _)| entry).collect(),
    };
    let first = entries.first().copied().ok_or_else(|| Error::Unfit {
        path: path(),
        verb: "add an attestation",
        reason: "the file has no image for the attestation".to_owned(),
    })?;
    if entries.iter().any(|entry| entry.node != first.node) {
        let several: Vec<_> = entries.iter().map(|entry| (*entry, list.platform_of(entry))).collect();
        return Err(list.ambiguous_among(&several, "the index holds".to_owned()));
    }
    let parts = (first.node, first.descriptor.digest.ok().cloned(), first.descriptor.size.ok().copied());
    let (Some(node), Some(digest), Some(size)) = parts else {
        return Err(Error::Absent { path: path(), digest: "the image".to_owned() });
    };
    if !image.graph.node(node).is_present() {
        return Err(Error::Absent { path: path(), digest: digest.to_string() });
    }
    let media_type = first.descriptor.media_type.ok().cloned();
    let media_type = media_type.unwrap_or_else(|| MediaType::new(media_type::OCI_MANIFEST));
    Ok(Target { entry: first, node, to: Referent { media_type, digest, size } })
}

struct Stated {
    bytes: Vec<u8>,
    media_type: &'static str,
    predicate_type: String,
}

fn statement_of(
    image: &Image,
    wanted: &AddOptions,
    target: &Target<'_>,
    name: &str,
    limits: &Limits,
) -> Result<Stated, Error> {
    let digest = &target.to.digest;
    match &wanted.said {
        Said::Predicate { text, predicate_type } => {
            let text = text.trim_start_matches('\u{feff}').trim();
            Value::parse(text).map_err(|error| failed(image, "the predicate", &error.to_string()))?;
            let kind = quoted(predicate_type);
            let (name, algorithm, encoded) = (quoted(name), quoted(digest.algorithm_name()), quoted(digest.encoded()));
            let statement = format!(
                r#"{{"_type":"https://in-toto.io/Statement/v1","predicateType":{kind},"subject":[{{"name":{name},"digest":{{{algorithm}:{encoded}}}}}],"predicate":{text}}}"#
            );
            let predicate_type = predicate_type.clone();
            Ok(Stated { bytes: statement.into_bytes(), media_type: media_type::IN_TOTO, predicate_type })
        }
        Said::Statement(bytes) => {
            let statement =
                Statement::read(bytes, limits).map_err(|error| failed(image, "the statement", &error.to_string()))?;
            let mut known = vec![digest.clone()];
            if digest.algorithm() != Some(Algorithm::Sha256) {
                let text = crate::edit::contents::node(image, target.node, limits)?;
                known.push(Algorithm::Sha256.digest(text.as_bytes()));
            }
            let is_named = statement.subjects().iter().any(|subject| known.iter().any(|own| subject.names(own)));
            if !is_named && !wanted.force {
                let stated = match statement.stated() {
                    stated if stated.is_empty() => "no image".to_owned(),
                    stated => stated,
                };
                let reason = format!("its subject is {stated}, not {digest}; `--force` adds it all the same");
                let path = image.source.label().to_owned();
                return Err(Error::Unfit { path, verb: "add the statement", reason });
            }
            let predicate_type = statement
                .predicate_type
                .clone()
                .ok_or_else(|| failed(image, "the statement", "the field `predicateType` is missing"))?;
            let is_bare = std::str::from_utf8(bytes).ok().and_then(|text| Value::parse(text).ok());
            let is_bare = is_bare.is_some_and(|value| value.get("_type").is_some());
            let media_type = if is_bare { media_type::IN_TOTO } else { media_type::DSSE };
            Ok(Stated { bytes: bytes.clone(), media_type, predicate_type })
        }
    }
}

/// The attestation manifest that an image has in its index, where it is of the style that is wanted.
fn existing<'a>(
    image: &Image,
    list: &List<'a>,
    subject: &Digest,
    style: Option<Style>,
) -> Option<(Entry<'a>, NodeId, Style)> {
    list.entries.iter().find_map(|entry| {
        let node = entry.node.filter(|&id| image.graph.node(id).is_present())?;
        let Kind::Attestation(own) = entry.kind else { return None };
        let own = Style::of(own);
        let is_about = entry.descriptor.attests() == Some(subject.as_str());
        (is_about && style.is_none_or(|style| style == own)).then_some((*entry, node, own))
    })
}

/// An attestation manifest with one statement more; its config follows.
fn with_layer(draft: &mut Draft<'_>, manifest: NodeId, layer: &str, digest: &Digest) -> Result<String, Error> {
    let graph = draft.graph();
    let text = draft.text(Holder::Node(manifest))?;
    let last = usize::MAX;
    let mut edits = vec![Edit::InsertItem { array: "/layers".to_owned(), at: last, value: layer.to_owned() }];
    let config = graph.config_node(manifest);
    if let Some(config) = config
        && let Document::Config(_) = graph.node(config).document
    {
        let own = draft.text(Holder::Node(config))?;
        let array = "/rootfs/diff_ids".to_owned();
        let edit = Edit::InsertItem { array, at: last, value: quoted(digest.as_str()) };
        let new = apply(&own, &[edit])
            .map_err(|fault| failed(draft.image(), graph.node(config).key.as_str(), &fault.to_string()))?;
        let size = new.len().to_string();
        let digest = draft.add_bytes(new.into_bytes());
        for (key, value) in [("digest", quoted(digest.as_str())), ("size", size)] {
            edits.push(Edit::Set { object: "/config".to_owned(), key: key.to_owned(), value });
        }
    }
    let name = graph.node(manifest).key.as_str();
    apply(&text, &edits).map_err(|fault| failed(draft.image(), name, &fault.to_string()))
}

/// A full name of the image or its index, where the file has one.
fn name_of(image: &Image, list: &List<'_>, target: NodeId) -> Option<String> {
    let index = match list.kind {
        ListKind::Nested(index) => Some(index),
        ListKind::Flat | ListKind::Single(_) => None,
    };
    let roots = image.graph.roots.iter().filter(|root| root.node == Some(target) || root.node == index);
    let mut names = roots.filter(|root| root.node.is_some()).filter_map(|root| root.name());
    names.next().map(ToOwned::to_owned)
}

/// The name of a subject: a package URL, as BuildKit writes it. An image without a name has `_`, in-toto's word for that.
fn statement_name(name: Option<&str>, platform: Option<&Platform>) -> String {
    let Some(name) = name.filter(|name| name.contains(['/', ':'])) else { return "_".to_owned() };
    let full = normalized(name);
    let tag = tag_of(&full).unwrap_or("latest");
    let repository = familiar(full.strip_suffix(&format!(":{tag}")).unwrap_or(&full));
    let platform = platform.map_or(String::new(), |platform| {
        let variant = platform.variant.as_deref().map_or(String::new(), |variant| format!("/{variant}"));
        let text = format!("{}/{}{variant}", platform.os, platform.architecture);
        format!("?platform={}", encoded(&text, ""))
    });
    format!("pkg:docker/{}@{}{platform}", encoded(&repository, "/:"), encoded(tag, ":"))
}

/// Percent-encoding (package URL specification, "Character encoding").
fn encoded(text: &str, plain: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || ".-_~".contains(c) || plain.contains(c);
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_plain(c) {
            out.push(c);
        } else {
            let mut bytes = [0; 4];
            out.extend(c.encode_utf8(&mut bytes).bytes().map(|byte| format!("%{byte:02X}")));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_are_named_as_buildkit_does() {
        let platform: Platform = "linux/amd64".parse().unwrap();
        let arm: Platform = "linux/arm/v7".parse().unwrap();
        for (name, platform, expected) in [
            (Some("docker.io/library/multi:latest"), Some(&platform), "pkg:docker/multi@latest?platform=linux%2Famd64"),
            (Some("example.com/t/app:1.0"), Some(&arm), "pkg:docker/example.com/t/app@1.0?platform=linux%2Farm%2Fv7"),
            (Some("host:5000/app:1"), None, "pkg:docker/host:5000/app@1"),
            (Some("1.0"), Some(&platform), "_"),
            (None, None, "_"),
        ] {
            assert_eq!(statement_name(name, platform), expected);
        }
    }
}
