//! One platform's image: layers, config, manifest.

use super::descriptor::annotations_json;
use super::{BuiltLayer, Compression, Desc, Dialect, Layer, Store};
use crate::support::json::{Json, arr, obj};

/// The time in every document that has one.
pub const CREATED: &str = "1970-01-01T00:00:00Z";

/// An image to be built.
#[derive(Clone, Debug)]
pub struct Image {
    platform: String,
    dialect: Dialect,
    layers: Vec<Layer>,
    /// Entries as (`created_by`, `empty_layer`); none given: one for each layer.
    history: Option<Vec<(String, bool)>>,
    config_extra: Vec<(String, Json)>,
    manifest_extra: Vec<(String, Json)>,
    annotations: Vec<(String, String)>,
    subject: Option<Desc>,
    inline_config: bool,
}

/// An image that is in a store.
#[derive(Clone, Debug)]
pub struct BuiltImage {
    /// The manifest's descriptor, with its platform.
    pub desc: Desc,
    pub config: Desc,
    pub config_text: String,
    pub layers: Vec<BuiltLayer>,
    image: Image,
}

/// An image and the names that an archive gives it: `app:1.0`.
#[derive(Clone, Debug)]
pub struct Tagged {
    pub image: BuiltImage,
    pub tags: Vec<String>,
}

impl Image {
    /// An image without layers for a platform, `linux/arm/v7`.
    pub fn new(platform: &str) -> Self {
        Image {
            platform: platform.to_string(),
            dialect: Dialect::Oci,
            layers: Vec::new(),
            history: None,
            config_extra: Vec::new(),
            manifest_extra: Vec::new(),
            annotations: Vec::new(),
            subject: None,
            inline_config: false,
        }
    }

    pub fn layer(mut self, layer: Layer) -> Self {
        self.layers.push(layer);
        self
    }

    /// Docker's media types in place of the specification's.
    pub fn docker_types(mut self) -> Self {
        self.dialect = Dialect::Docker;
        self
    }

    /// Adds a history entry; the first call replaces the automatic ones.
    pub fn history(mut self, created_by: &str, empty_layer: bool) -> Self {
        self.history.get_or_insert_default().push((created_by.to_string(), empty_layer));
        self
    }

    pub fn without_history(mut self) -> Self {
        self.history = Some(Vec::new());
        self
    }

    /// A further field at the top of the config.
    pub fn config_field(mut self, key: &str, value: impl Into<Json>) -> Self {
        self.config_extra.push((key.to_string(), value.into()));
        self
    }

    /// A further field at the top of the manifest.
    pub fn manifest_field(mut self, key: &str, value: impl Into<Json>) -> Self {
        self.manifest_extra.push((key.to_string(), value.into()));
        self
    }

    /// An annotation of the manifest.
    pub fn annotation(mut self, key: &str, value: &str) -> Self {
        self.annotations.push((key.to_string(), value.to_string()));
        self
    }

    pub fn subject(mut self, subject: &Desc) -> Self {
        self.subject = Some(subject.bare());
        self
    }

    /// The config also stands in its descriptor's `data` field.
    pub fn inline_config(mut self) -> Self {
        self.inline_config = true;
        self
    }

    pub fn put(&self, store: &mut Store) -> BuiltImage {
        let layers: Vec<_> = self.layers.iter().map(|layer| layer.put(store, self.dialect)).collect();
        let config_text = self.config(&layers).compact();
        let mut config = store.put(self.dialect.config(), config_text.as_str());
        if self.inline_config {
            config = config.inline(config_text.as_bytes());
        }
        let mut manifest = obj([("schemaVersion", Json::from(2)), ("mediaType", Json::from(self.dialect.manifest()))])
            .with("config", config.json())
            .with("layers", arr(layers.iter().map(|layer| layer.desc.json())));
        if let Some(subject) = &self.subject {
            manifest.push("subject", subject.json());
        }
        if !self.annotations.is_empty() {
            manifest.push("annotations", annotations_json(&self.annotations));
        }
        for (key, value) in &self.manifest_extra {
            manifest.push(key, value.clone());
        }
        let desc = store.put_json(self.dialect.manifest(), &manifest).platform(&self.platform);
        BuiltImage { desc, config, config_text, layers, image: self.clone() }
    }

    fn config(&self, layers: &[BuiltLayer]) -> Json {
        let mut parts = self.platform.split('/');
        let (os, architecture) = (parts.next().unwrap(), parts.next().expect("a platform is os/arch[/variant]"));
        let mut config = obj([("architecture", architecture.into()), ("os", os.into())]);
        if let Some(variant) = parts.next() {
            config.push("variant", variant);
        }
        config.push("config", obj([("Env", arr(["PATH=/bin"])), ("Cmd", arr(["/hello"]))]));
        config.push("created", CREATED);
        let automatic = || (1..=layers.len()).map(|n| (format!("COPY layer {n}"), false)).collect();
        let history: Vec<_> = self.history.clone().unwrap_or_else(automatic);
        if !history.is_empty() {
            config.push("history", arr(history.iter().map(history_entry)));
        }
        let diff_ids = arr(layers.iter().map(|layer| &layer.diff_id));
        config.push("rootfs", obj([("type", "layers".into()), ("diff_ids", diff_ids)]));
        for (key, value) in &self.config_extra {
            config.push(key, value.clone());
        }
        config
    }
}

impl BuiltImage {
    /// The image under the names of a docker archive.
    pub fn tagged(&self, tags: &[&str]) -> Tagged {
        Tagged { image: self.clone(), tags: tags.iter().map(ToString::to_string).collect() }
    }

    /// The same image with uncompressed layers, in another store.
    pub fn uncompressed(&self, store: &mut Store) -> BuiltImage {
        let mut image = self.image.clone();
        for layer in &mut image.layers {
            *layer = layer.clone().compressed(Compression::None);
        }
        image.put(store)
    }

    pub fn dialect(&self) -> Dialect {
        self.image.dialect
    }
}

fn history_entry((created_by, empty_layer): &(String, bool)) -> Json {
    let mut entry = obj([("created", CREATED.into()), ("created_by", created_by.into())]);
    if *empty_layer {
        entry.push("empty_layer", true);
    }
    entry
}
