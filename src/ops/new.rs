//! `new`: an image from a root file system, or from nothing.

use super::config::{ConfigOptions, config_of};
use super::layer::{LayerInput, NewLayerOptions, alone};
use crate::command::CommandLine;
use crate::doc::descriptor_text;
use crate::edit::names::{annotations_text, note_unaccepted};
use crate::edit::{Draft, EditOptions, Holder, Scope, document};
use crate::error::Error;
use crate::image::Image;
use crate::json::edit::quoted;
use crate::media_type::{self, LayerType};
use crate::sink::LayerBlob;

/// What the image is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewOptions {
    /// Its name: in full, or a tag; without one only its digest selects it.
    pub name: Option<String>,
    /// Its config, with its platform.
    pub config: ConfigOptions,
    /// How its layer is written.
    pub layer: NewLayerOptions,
}

/// Lists a new image in an [empty layout](crate::edit::empty_layout). Without a root file system it has no layers.
///
/// # Errors
///
/// When readers would unpack the root file system differently, when the config would be invalid, and those of reading and
/// writing.
pub fn new<'a>(
    base: &'a Image,
    rootfs: Option<LayerInput<'_>>,
    wanted: &NewOptions,
    options: &EditOptions,
) -> Result<Draft<'a>, Error> {
    let mut draft = Draft::new(base, options, &Scope::All)?;
    let blob = match rootfs {
        Some(input) => {
            let (blob, notes) = alone(input, &wanted.layer, options)?;
            notes.into_iter().for_each(|note| draft.note(note));
            Some(blob)
        }
        None => None,
    };
    let failed = |document: &str, fault: String| {
        let path = base.source.label().to_owned();
        Error::Document { path, document: document.to_owned(), fault }
    };
    let config = config_of(&first_config(blob.as_ref(), wanted), &wanted.config, &options.limits)
        .map_err(|fault| failed("the new config", fault))?;
    let layers: Vec<String> =
        blob.iter().map(|blob| descriptor_text(layer_type(blob), &blob.digest, blob.size, &[])).collect();
    let config_size = config.len() as u64;
    let config_digest = draft.add_bytes(config.into_bytes());
    let members = [
        ("mediaType", quoted(media_type::OCI_MANIFEST)),
        ("config", descriptor_text(media_type::OCI_CONFIG, &config_digest, config_size, &[])),
        ("layers", format!("[{}]", layers.join(","))),
    ];
    let text = document(&members).map_err(|fault| failed("the new manifest", fault.to_string()))?;
    if let Some(blob) = blob {
        draft.add_part(blob.digest, blob.part);
    }
    let size = text.len() as u64;
    let digest = draft.add_bytes(text.into_bytes());
    if let Some(name) = &wanted.name {
        note_unaccepted(&mut draft, name);
    }
    let annotations = wanted.name.as_ref().map(|name| ("annotations", annotations_text(base, name)));
    let annotations: Vec<_> = annotations.into_iter().collect();
    let entry = descriptor_text(media_type::OCI_MANIFEST, &digest, size, &annotations);
    draft.insert(Holder::IndexJson, usize::MAX, &entry);
    Ok(draft)
}

/// The config before what is asked of it: as Docker lays it out.
fn first_config(blob: Option<&LayerBlob>, wanted: &NewOptions) -> String {
    let diff_ids: Vec<String> = blob.iter().map(|blob| quoted(blob.diff_id.as_str())).collect();
    let created = wanted.config.created.as_ref().map(|time| format!("\"created\":{},", quoted(time)));
    let created_by = wanted.layer.created_by.clone();
    let created_by = created_by.or_else(|| CommandLine::ocikit("new").word("--rootfs").line()).unwrap_or_default();
    let history = blob.map(|_| format!("{{{}\"created_by\":{}}}", created.unwrap_or_default(), quoted(&created_by)));
    format!(
        r#"{{"architecture":"","os":"","config":{{}},"rootfs":{{"type":"layers","diff_ids":[{}]}},"history":[{}]}}"#,
        diff_ids.join(","),
        history.unwrap_or_default()
    )
}

fn layer_type(blob: &LayerBlob) -> &'static str {
    let own = LayerType { compression: blob.compression, non_distributable: false, encrypted: false, docker: false };
    own.media_type().unwrap_or(media_type::OCI_LAYER)
}
