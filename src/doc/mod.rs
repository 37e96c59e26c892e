//! Lenient views of documents: one malformed field spoils only itself, and every fault is noted with its place.
//!
//! Floor: above the formats, beside `source` and `sink`. It reads bytes that it is given and opens no file.

pub mod annotations;
pub mod attestation;
mod config;
mod descriptor;
pub mod docker;
mod execution;
mod field;
mod index;
mod key_case;
mod layout;
mod manifest;
pub(crate) mod memory;
pub(crate) mod time;
mod toc;

use std::borrow::Cow;

pub use annotations::Annotations;
pub use config::Config;
pub use descriptor::Descriptor;
pub(crate) use descriptor::descriptor_text;
pub use docker::{DockerImage, RepositoryTag};
pub use field::{Field, Problem};
pub use index::Index;
pub use manifest::Manifest;
pub use toc::{TocEntry, read_toc};

use crate::finding::Code;
use crate::json::{self, Kind, ProblemKind, Value};
use crate::limits::{LimitReached, Limits};
use crate::media_type::{self, MediaType};
pub(crate) use field::{Need, Object, Path, Problems};
use index::Standing;

/// A document that leads on to other blobs, or a config.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Document {
    /// An index or manifest list.
    Index(Box<Index>),
    /// An image manifest, whatever it holds.
    Manifest(Box<Manifest>),
    /// An image config.
    Config(Box<Config>),
    /// Anything else: not inspected.
    Opaque,
}

impl Document {
    /// The image config, where it is one.
    pub fn as_config(&self) -> Option<&Config> {
        match self {
            Document::Config(config) => Some(config),
            _ => None,
        }
    }

    /// What an index or manifest says that it is itself.
    pub fn media_type(&self) -> Option<&MediaType> {
        match self {
            Document::Index(index) => index.media_type.as_ref(),
            Document::Manifest(manifest) => manifest.media_type.as_ref(),
            _ => None,
        }
    }

    /// The `artifactType` that an index or manifest names itself.
    pub fn artifact_type(&self) -> Option<&MediaType> {
        match self {
            Document::Index(index) => index.artifact_type.as_ref(),
            Document::Manifest(manifest) => manifest.artifact_type.as_ref(),
            _ => None,
        }
    }
}

/// A view of a document with what is wrong in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read<T> {
    /// The view.
    pub view: T,
    /// The faults, in the order of the text.
    pub problems: Vec<Problem>,
}

/// Reads `index.json`.
pub fn read_layout_index(bytes: &[u8], limits: &Limits) -> Read<Index> {
    with_value(bytes, limits, |value, problems| {
        let index = Index::read(value, Standing::Layout, problems);
        if let Some(found) = index.media_type.as_ref().filter(|kind| kind.kind() != media_type::Kind::Index) {
            let path = Path::Key(&Path::Root, "mediaType");
            let detail = "the `mediaType` of `index.json` is not that of an index";
            problems.compared(Code::MediaTypeMismatch, path, detail, media_type::OCI_INDEX, found);
        }
        check_ambiguity(value, problems);
        index
    })
}

/// Reads `oci-layout`.
pub fn read_layout_file(bytes: &[u8], limits: &Limits) -> Read<()> {
    with_value(bytes, limits, layout::check)
}

/// Reads the `manifest.json` of a docker archive; each image has its number in the list.
pub fn read_docker_manifest(bytes: &[u8], limits: &Limits) -> Read<Vec<(u32, DockerImage)>> {
    with_value(bytes, limits, docker::read_images)
}

/// Reads the `repositories` of a docker archive.
pub fn read_repositories(bytes: &[u8], limits: &Limits) -> Read<Vec<RepositoryTag>> {
    with_value(bytes, limits, docker::read_repositories)
}

/// Reads a descriptor that stands alone; None when it is no object.
pub fn read_descriptor(bytes: &[u8], limits: &Limits) -> Read<Option<Descriptor>> {
    with_value(bytes, limits, |value, problems| Descriptor::read(value, Path::Root, problems))
}

/// Reads an image config.
pub fn read_config(bytes: &[u8], limits: &Limits) -> Read<Config> {
    with_value(bytes, limits, Config::read)
}

/// Reads what a manifest has as its config. Under a media type that is no image config's it is one all the same where it
/// lists `diff_ids`, as some engines run it; else it is not inspected.
pub fn read_any_config(bytes: &[u8], declared: Option<&MediaType>, limits: &Limits) -> Read<Document> {
    let read = with_value(bytes, limits, |value, problems| Some(Config::read(value, problems)));
    let is_declared = declared.is_some_and(|declared| declared.kind() == media_type::Kind::Config);
    match read.view {
        Some(config) if is_declared || !config.diff_ids.is_empty() => {
            Read { view: Document::Config(Box::new(config)), problems: read.problems }
        }
        _ => Read { view: Document::Opaque, problems: if is_declared { read.problems } else { Vec::new() } },
    }
}

/// What makes readers of an in-toto statement disagree: repeated keys and such, in it and in what it is wrapped in.
pub fn statement_problems(bytes: &[u8], limits: &Limits) -> Vec<Problem> {
    attestation::problems(bytes, limits)
}

/// Reads a blob that a descriptor of `declared` media type references.
///
/// The declared type decides how it is read, since that is what readers go by. Where it is that of neither an index nor a
/// manifest, the document's own `mediaType` and then its fields decide, as some readers do.
pub fn read_blob(bytes: &[u8], declared: Option<&MediaType>, limits: &Limits) -> Read<Document> {
    let read = with_value(bytes, limits, |value, problems| {
        let kind = match declared.map(MediaType::kind) {
            None => sniff(value),
            Some(kind @ (media_type::Kind::Index | media_type::Kind::Manifest)) => kind,
            Some(kind) => listed_otherwise(value).unwrap_or(kind),
        };
        let own = match kind {
            media_type::Kind::Index => {
                let index = Index::read(value, Standing::Blob, problems);
                let own = index.media_type.clone();
                check_ambiguity(value, problems);
                (Document::Index(Box::new(index)), own)
            }
            media_type::Kind::Manifest => {
                let manifest = Manifest::read(value, problems);
                let own = manifest.media_type.clone();
                check_ambiguity(value, problems);
                (Document::Manifest(Box::new(manifest)), own)
            }
            media_type::Kind::Config => (Document::Config(Box::new(Config::read(value, problems))), None),
            _ => (Document::Opaque, None),
        };
        // What is wrong with the type itself is reported where it is written.
        if let (Some(declared), Some(own)) = (declared.filter(|declared| declared.is_plain()), &own.1)
            && declared != own
        {
            let path = Path::Key(&Path::Root, "mediaType");
            let detail = "the `mediaType` of the document does not match its descriptor";
            problems.compared(Code::MediaTypeMismatch, path, detail, declared, own);
        }
        Some(own.0)
    });
    Read { view: read.view.unwrap_or(Document::Opaque), problems: read.problems }
}

/// What a document is, by its own word and then by its fields.
fn sniff(value: Value<'_>) -> media_type::Kind {
    let own = value.get("mediaType").and_then(|value| value.as_str().map(|text| media_type::kind(&text)));
    match own {
        Some(kind) if kind != media_type::Kind::Other => kind,
        _ if value.get("manifests").is_some() => media_type::Kind::Index,
        _ if value.get("layers").is_some() => media_type::Kind::Manifest,
        _ if value.get("rootfs").is_some() => media_type::Kind::Config,
        _ => media_type::Kind::Other,
    }
}

/// An index or manifest under a media type of something else: by its own word, or with all fields that make it one.
fn listed_otherwise(value: Value<'_>) -> Option<media_type::Kind> {
    let own = value.get("mediaType").and_then(|value| value.as_str().map(|text| media_type::kind(&text)));
    let is = |key: &str, kind: Kind| value.get(key).is_some_and(|value| value.kind() == kind);
    match own {
        Some(kind @ (media_type::Kind::Index | media_type::Kind::Manifest)) => Some(kind),
        _ if is("manifests", Kind::Array) => Some(media_type::Kind::Index),
        _ if is("layers", Kind::Array) && is("config", Kind::Object) => Some(media_type::Kind::Manifest),
        _ => None,
    }
}

/// A document with the fields of both an index and a manifest, or of a manifest of either schema, is read as either
/// (CVE-2021-41190).
fn check_ambiguity(value: Value<'_>, problems: &mut Problems) {
    let Some(members) = value.members() else { return };
    let has = |key: &str| members.iter().any(|member| key_case::folded_equal(&member.key, key));
    let manifest_field = ["layers", "config", "fsLayers"].into_iter().find(|key| has(key));
    if let Some(key) = manifest_field.filter(|_| has("manifests")) {
        let detail = format!("the document has `manifests`, as an index, and `{key}`, as a manifest");
        problems.note(Code::DocumentAmbiguous, Path::Root, detail);
    }
    // Docker's first schema has `fsLayers` and `history` where the second has `config` and `layers`.
    let first_schema = ["fsLayers", "history"].into_iter().find(|key| has(key));
    if let Some(key) = first_schema.filter(|_| has("config") && has("layers")) {
        let detail = format!(
            "the document has `{key}`, as a manifest of Docker schema 1, beside `config` and `layers`; skopeo and \
            podman refuse it, containerd refuses it if the key is `fsLayers`"
        );
        problems.note(Code::DocumentAmbiguous, Path::Key(&Path::Root, key), detail);
    }
}

/// Reads a document of which nothing may be wrong, as what is signed: the first fault, else what `read` made of it.
///
/// # Errors
///
/// With the first fault. That `read` found nothing without noting why is one too.
pub(crate) fn strict<T>(
    bytes: &[u8],
    limits: &Limits,
    read: impl FnOnce(Value<'_>, &mut Problems) -> Option<T>,
) -> Result<T, Problem> {
    let Read { view, problems } = with_value(bytes, limits, read);
    match (problems.into_iter().next(), view) {
        (None, Some(view)) => Ok(view),
        (problem, _) => Err(problem.unwrap_or_else(|| Problem {
            code: Code::FieldMissing,
            pointer: String::new(),
            detail: "the document is empty".to_owned(),
            expected: None,
            found: None,
        })),
    }
}

/// Parses the text and looks for what spoils any document: not UTF-8, a byte order mark, repeated keys, deep nesting.
fn with_value<T: Default>(bytes: &[u8], limits: &Limits, read: impl FnOnce(Value<'_>, &mut Problems) -> T) -> Read<T> {
    let mut problems = Problems::new(limits);
    let view = match value_of(bytes, limits, &mut problems) {
        Some(value) => read(value, &mut problems),
        None => T::default(),
    };
    Read { view, problems: problems.list }
}

fn value_of<'a>(bytes: &'a [u8], limits: &Limits, problems: &mut Problems) -> Option<Value<'a>> {
    if bytes.len() as u64 > limits.document_bytes {
        let reached = LimitReached { name: "document-bytes", limit: limits.document_bytes };
        problems.note(Code::LimitExceeded, Path::Root, format!("the document has {} bytes: {reached}", bytes.len()));
        return None;
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let detail = format!("the document is not UTF-8 at byte {}", error.valid_up_to());
            problems.note(Code::JsonSyntax, Path::Root, detail);
            return None;
        }
    };
    let text = match text.strip_prefix('\u{feff}') {
        Some(rest) => {
            // RFC 8259, section 8.1: must not be added; a reader may ignore it or fail.
            problems.note(Code::JsonBom, Path::Root, "the document starts with a byte order mark");
            rest
        }
        None => text,
    };
    let value = match Value::parse(text) {
        Ok(value) => value,
        Err(error) => {
            problems.note(Code::JsonSyntax, Path::Root, format!("the document is not valid JSON: {error}"));
            return None;
        }
    };
    const MOST: usize = 100;
    let mut is_taken = true;
    for problem in json::check(value, limits.json_depth, limits.json_values, MOST) {
        let (code, detail) = match problem.kind {
            ProblemKind::DuplicateKey(key) => (Code::JsonDuplicateKey, format!("the key `{key}` is duplicate")),
            ProblemKind::HalfPair => {
                let detail = "a string contains an unpaired surrogate; some readers replace it, others refuse the \
                    document";
                (Code::JsonSyntax, detail.to_owned())
            }
            ProblemKind::Nul => {
                let detail = "a string contains a NUL character; readers written in C end the string there";
                (Code::JsonNul, detail.to_owned())
            }
            ProblemKind::TooDeep => {
                let reached = LimitReached { name: "json-depth", limit: limits.json_depth as u64 };
                (Code::LimitExceeded, format!("the document nests arrays and objects too deeply: {reached}"))
            }
            ProblemKind::TooMany => {
                is_taken = false;
                let reached = LimitReached { name: "json-values", limit: limits.json_values as u64 };
                (Code::LimitExceeded, format!("the document contains too many values: {reached}"))
            }
        };
        problems.list.push(Problem { code, pointer: problem.pointer, detail, expected: None, found: None });
    }
    is_taken.then_some(value)
}

/// The stored text of an object's field, for showing what ocikit does not interpret.
pub fn raw_field<'a>(document: &'a str, key: &str) -> Option<Cow<'a, str>> {
    let value = Value::parse(document).ok()?.get(key)?;
    if value.kind() == Kind::String { value.as_str() } else { Some(Cow::Borrowed(value.text())) }
}

#[cfg(test)]
mod tests;
