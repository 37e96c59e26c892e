//! `convert`: the media types of one registry's words into the other's, and BuildKit's cache exports.

use std::collections::BTreeSet;
use std::str::FromStr;

use crate::command::CommandLine;
use crate::doc::{Descriptor, Document};
use crate::edit::{Draft, EditOptions, Holder, Scope, Slot, Stale, UnknownWord, entries_of};
use crate::error::Error;
use crate::graph::{Kind, NodeId, Role, Selectable, Selector};
use crate::image::Image;
use crate::json::edit::quoted;
use crate::json::{Edit, Value};
use crate::media_type::{self, LayerType, MediaType};

/// Whose media types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Those of the OCI image specification.
    Oci,
    /// Docker's, of before the specification.
    Docker,
}

impl FromStr for Dialect {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        match text {
            "oci" => Ok(Dialect::Oci),
            "docker" => Ok(Dialect::Docker),
            _ => Err(UnknownWord::new(text, "oci, docker")),
        }
    }
}

/// Writes the media types of indexes, manifests, configs and layers in other words. Blobs stay as they are; manifests and
/// indexes get new digests.
///
/// # Errors
///
/// When the selector fits nothing. For Docker's types also: when a layer is compressed with zstd or encrypted, and when there are
/// attestations or other artifacts, which have no type there; [`Stale::Drop`] leaves those out that refer to an image.
pub fn convert<'a>(
    image: &'a Image,
    selector: &Selector,
    to: Dialect,
    options: &EditOptions,
) -> Result<Draft<'a>, Error> {
    let roots = roots(image, selector)?;
    let mut draft = Draft::new(image, options, &scope(selector, &roots))?;
    let mut run = Run { image, to, stale: options.stale, seen: BTreeSet::new() };
    let chosen: BTreeSet<u32> = roots.iter().map(|&at| image.graph.roots[at].number).collect();
    for entry in entries_of(&image.graph, Holder::IndexJson) {
        if let Some(node) = entry.node.filter(|_| chosen.contains(&entry.slot.number)) {
            run.entry(&mut draft, entry.slot, node, entry.descriptor)?;
        }
    }
    Ok(draft)
}

struct Run<'a> {
    image: &'a Image,
    to: Dialect,
    stale: Stale,
    seen: BTreeSet<NodeId>,
}

impl Run<'_> {
    /// Converts one entry of a list and what it references.
    fn entry(&mut self, draft: &mut Draft<'_>, slot: Slot, id: NodeId, own: &Descriptor) -> Result<(), Error> {
        let kind = self.image.graph.node(id).kind;
        match kind {
            Kind::Index | Kind::Image => {}
            // A referrer in index.json keeps its form: only what is in one list with images has to be of one kind.
            _ if self.to == Dialect::Oci || (slot.holder == Holder::IndexJson && self.image.graph.is_referrer(id)) => {
                return Ok(());
            }
            _ if self.stale == Stale::Drop && self.image.graph.is_referrer(id) => {
                draft.remove(slot);
                return Ok(());
            }
            _ => {
                let advice = if self.image.graph.is_referrer(id) { "; `--attestations drop` removes it" } else { "" };
                let name = self.image.graph.node(id).key.as_str();
                return Err(self.unfit(format!("{kind} {name} has no Docker media type{advice}")));
            }
        }
        // As artifact type some tools write the media type of the config.
        for (key, own) in [("mediaType", own.media_type.ok()), ("artifactType", own.artifact_type.as_ref())] {
            if let Some(new) = own.and_then(|own| self.document_type(own)) {
                let edit = Edit::Set { object: slot.pointer(), key: key.to_owned(), value: quoted(new) };
                draft.edit(slot.holder, edit);
            }
        }
        if !self.image.graph.node(id).is_present() || !self.seen.insert(id) {
            return Ok(());
        }
        self.document(draft, id)?;
        if kind == Kind::Image {
            return self.manifest(draft, id);
        }
        for entry in entries_of(&self.image.graph, Holder::Node(id)) {
            if let Some(node) = entry.node {
                self.entry(draft, entry.slot, node, entry.descriptor)?;
            }
        }
        Ok(())
    }

    /// The document's own `mediaType`.
    fn document(&self, draft: &mut Draft<'_>, id: NodeId) -> Result<(), Error> {
        let node = self.image.graph.node(id);
        let (own, default) = match &node.document {
            Document::Index(index) => (&index.media_type, media_type::OCI_INDEX),
            Document::Manifest(manifest) => (&manifest.media_type, media_type::OCI_MANIFEST),
            _ => return Ok(()),
        };
        let object = String::new();
        match own {
            Some(own) => {
                if let Some(new) = self.document_type(own) {
                    let edit = Edit::Set { object, key: "mediaType".to_owned(), value: quoted(new) };
                    draft.edit(Holder::Node(id), edit);
                }
            }
            // Docker's documents must have one.
            None => {
                if let Some(new) = self.document_type(&MediaType::new(default)) {
                    let key = "mediaType".to_owned();
                    draft.edit(Holder::Node(id), Edit::InsertMember { object, at: 1, key, value: quoted(new) });
                }
            }
        }
        Ok(())
    }

    /// The descriptors of a manifest.
    fn manifest(&self, draft: &mut Draft<'_>, id: NodeId) -> Result<(), Error> {
        let graph = &self.image.graph;
        for &link in &graph.node(id).links {
            let Some(own) = graph.descriptor(id, link).and_then(|descriptor| descriptor.media_type.ok()) else {
                continue;
            };
            let new = match link.role {
                Role::Config => self.document_type(own),
                Role::Layer(_) => layer_type(own, self.to).map_err(|fault| {
                    let layer = link.node.map_or("", |id| graph.node(id).key.as_str());
                    self.unfit(format!("layer {layer} {fault}{}", self.advice(id, own)))
                })?,
                Role::Manifest(_) | Role::Subject => None,
            };
            if let Some(new) = new {
                let (object, key) = (link.role.pointer(), "mediaType".to_owned());
                draft.edit(Holder::Node(id), Edit::Set { object, key, value: quoted(new) });
            }
        }
        Ok(())
    }

    /// The other word for an index, manifest or config; None where there is none or it is this one.
    fn document_type(&self, own: &MediaType) -> Option<&'static str> {
        const PAIRS: [(&str, &str); 3] = [
            (media_type::OCI_INDEX, media_type::DOCKER_INDEX),
            (media_type::OCI_MANIFEST, media_type::DOCKER_MANIFEST),
            (media_type::OCI_CONFIG, media_type::DOCKER_CONFIG),
        ];
        PAIRS.into_iter().find_map(|(oci, docker)| match self.to {
            Dialect::Docker => (own.as_str() == oci).then_some(docker),
            Dialect::Oci => (own.as_str() == docker).then_some(oci),
        })
    }

    /// What helps where docker has no media type for the compression of a layer of a manifest.
    fn advice(&self, manifest: NodeId, own: &MediaType) -> String {
        if !matches!(own.kind(), media_type::Kind::Layer(layer) if !layer.encrypted) {
            return String::new();
        }
        let repack = CommandLine::ocikit("repack").path(self.image.source.label()).option("--compression", "gzip");
        // Another digest of the manifest makes what is said about it untrue.
        let graph = &self.image.graph;
        let spoken_of = (0..graph.nodes().len()).filter(|&id| !graph.referrers_of(id).is_empty());
        let repack =
            if graph.reachable(spoken_of)[manifest] { repack.option("--attestations", "drop") } else { repack };
        repack.into_new_file().hint("recompresses it")
    }

    fn unfit(&self, reason: String) -> Error {
        Error::Unfit { path: self.image.source.label().to_owned(), verb: "convert", reason }
    }
}

/// The other word for a layer; None where it is this one, or the layer is none that readers unpack.
fn layer_type(own: &MediaType, to: Dialect) -> Result<Option<&'static str>, String> {
    let media_type::Kind::Layer(layer) = own.kind() else {
        return if to == Dialect::Oci { Ok(None) } else { Err(format!("of the type {own} has no Docker media type")) };
    };
    if layer.docker == (to == Dialect::Docker) {
        return Ok(None);
    }
    if layer.encrypted {
        return Err("is encrypted, and Docker has no media type for encrypted layers".to_owned());
    }
    let new = LayerType { docker: to == Dialect::Docker, ..layer }.media_type();
    let compression = layer.compression;
    new.map(Some).ok_or_else(|| format!("is compressed with {compression}, and Docker has no media type for that"))
}

/// Makes image manifests of BuildKit cache exports that are indexes of layers, as BuildKit writes them with
/// `image-manifest=true`. One that is a manifest already stays as it is.
///
/// # Errors
///
/// When the selector fits nothing, there is no cache export, or one has no cache config.
pub fn cache<'a>(image: &'a Image, selector: &Selector, options: &EditOptions) -> Result<Draft<'a>, Error> {
    let graph = &image.graph;
    let roots = roots(image, selector)?;
    let mut draft = Draft::new(image, options, &scope(selector, &roots))?;
    let unfit = |reason: String| Error::Unfit { path: image.source.label().to_owned(), verb: "convert", reason };
    let mut seen = BTreeSet::new();
    for &at in &roots {
        let root = &graph.roots[at];
        let Some(id) = root.node.filter(|&id| graph.node(id).kind == Kind::Cache) else { continue };
        let is_new = seen.insert(id);
        if !matches!(graph.node(id).document, Document::Index(_)) {
            continue;
        }
        let slot = Slot { holder: Holder::IndexJson, number: root.number };
        let value = quoted(media_type::OCI_MANIFEST);
        draft.edit(Holder::IndexJson, Edit::Set { object: slot.pointer(), key: "mediaType".to_owned(), value });
        if is_new {
            let text = draft.text(Holder::Node(id))?;
            let edits = manifest_of_cache(&text).ok_or_else(|| {
                unfit(format!("the cache export {} has no cache config", graph.node(id).key.as_str()))
            })?;
            edits.into_iter().for_each(|edit| draft.edit(Holder::Node(id), edit));
        }
    }
    if seen.is_empty() {
        return Err(unfit("the file contains no BuildKit cache export".to_owned()));
    }
    Ok(draft)
}

/// The splices that make a manifest of an index of layers: the cache config becomes the config, the others the layers.
fn manifest_of_cache(text: &str) -> Option<Vec<Edit>> {
    let value = Value::parse(text.trim_start_matches('\u{feff}')).ok()?;
    let place = value.members()?.iter().position(|member| member.key == "manifests")?;
    let kind = |item: &Value<'_>| Some(MediaType::new(&item.get("mediaType")?.as_str()?));
    let entries = value.get("manifests")?.items()?;
    let (configs, layers): (Vec<Value<'_>>, Vec<Value<'_>>) = entries
        .into_iter()
        .partition(|item| kind(item).is_some_and(|own| own.as_str() == media_type::BUILDKIT_CACHE_CONFIG));
    let [config] = configs.as_slice() else { return None };
    let layers: Option<Vec<String>> = layers.iter().map(layer_of_cache).collect();
    let insert =
        |key: &str, value: String| Edit::InsertMember { object: String::new(), at: place, key: key.to_owned(), value };
    Some(vec![
        Edit::Set { object: String::new(), key: "mediaType".to_owned(), value: quoted(media_type::OCI_MANIFEST) },
        insert("config", config.text().to_owned()),
        insert("layers", format!("[{}]", layers?.join(","))),
        Edit::Remove { pointer: "/manifests".to_owned() },
    ])
}

/// A layer in an OCI manifest has a type of OCI's.
fn layer_of_cache(layer: &Value<'_>) -> Option<String> {
    let own = MediaType::new(&layer.get("mediaType")?.as_str()?);
    match layer_type(&own, Dialect::Oci).ok()? {
        None => Some(layer.text().to_owned()),
        Some(new) => {
            let edit = Edit::Replace { pointer: "/mediaType".to_owned(), value: quoted(new) };
            crate::json::edit::apply(layer.text(), &[edit]).ok()
        }
    }
}

/// The entries of `index.json` that a selector means.
fn roots(image: &Image, selector: &Selector) -> Result<Vec<usize>, Error> {
    let path = image.source.label();
    let unfit = |reason: String| Error::Unfit { path: path.to_owned(), verb: "convert", reason };
    if !image.source.format().index_view {
        let repack = CommandLine::ocikit("repack").path(path).option("--to", "oci-archive").into_new_file();
        return Err(unfit(format!(
            "a docker archive has no media types{}",
            repack.hint("creates a file that has them")
        )));
    }
    let selected = image.graph.select(path, selector)?;
    let roots: Option<Vec<usize>> =
        selected.iter().map(|top| if let Selectable::Root(at) = top { Some(*at) } else { None }).collect();
    roots.ok_or_else(|| unfit("only images in index.json can be converted; select one by its name".to_owned()))
}

fn scope(selector: &Selector, roots: &[usize]) -> Scope {
    if selector.is_all() { Scope::All } else { Scope::Roots(roots.to_vec()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_layers() {
        for (own, to, word) in [
            (media_type::OCI_LAYER, Dialect::Docker, Some(media_type::DOCKER_LAYER)),
            (media_type::OCI_LAYER_GZIP, Dialect::Docker, Some(media_type::DOCKER_LAYER_GZIP)),
            (media_type::OCI_FOREIGN_LAYER_GZIP, Dialect::Docker, Some(media_type::DOCKER_FOREIGN_LAYER_GZIP)),
            (media_type::DOCKER_LAYER_ZSTD, Dialect::Oci, Some(media_type::OCI_LAYER_ZSTD)),
            (media_type::DOCKER_FOREIGN_LAYER, Dialect::Oci, Some(media_type::OCI_FOREIGN_LAYER)),
            (media_type::OCI_LAYER_GZIP, Dialect::Oci, None),
            (media_type::DOCKER_LAYER_GZIP, Dialect::Docker, None),
            ("application/x-unknown", Dialect::Oci, None),
        ] {
            assert_eq!(layer_type(&MediaType::new(own), to), Ok(word), "{own}");
        }
        for own in [media_type::OCI_LAYER_ZSTD, "text/plain", "application/vnd.oci.image.layer.v1.tar+gzip+encrypted"] {
            assert!(layer_type(&MediaType::new(own), Dialect::Docker).is_err(), "{own}");
        }
    }
}
