//! JSON schemas (draft 2020-12) of all that is written as JSON, made from the types of the reports.

mod texts;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use super::document::Document;

/// The schema of one kind of document.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// Its name, as `verify`.
    pub name: &'static str,
    /// Its version, as `v1`.
    pub version: &'static str,
    make: fn() -> Value,
}

impl Kind {
    pub(super) const fn of<R: Document + JsonSchema>(name: &'static str, version: &'static str) -> Self {
        Kind { name, version, make: make::<R> }
    }

    /// The schema of what a program reads or writes besides reports.
    #[cfg(feature = "cli")]
    pub(crate) const fn new(name: &'static str, version: &'static str, make: fn() -> Value) -> Self {
        Kind { name, version, make }
    }

    /// What the first member of a document says: `ocikit/verify/v1`.
    pub fn id(&self) -> String {
        format!("ocikit/{}/{}", self.name, self.version)
    }

    /// The name of its file: `verify.v1.json`.
    pub fn file_name(&self) -> String {
        format!("{}.{}.json", self.name, self.version)
    }

    /// The schema as JSON, with a line end.
    pub fn text(&self) -> String {
        format!("{:#}\n", (self.make)())
    }
}

fn make<R: Document + JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schema = settings.into_generator().into_root_schema_for::<R>();
    schema.insert("title".to_owned(), json!(R::SCHEMA));
    let first = json!({
        "description": "The name and version of the format of this document. Within a version, members may be added; \
            none is removed or changes its meaning.",
        "type": "string",
        "const": R::SCHEMA
    });
    if let Some(properties) = schema.get_mut("properties").and_then(|value| value.as_object_mut()) {
        properties.insert("schema".to_owned(), first);
    }
    if let Some(required) = schema.get_mut("required").and_then(|value| value.as_array_mut()) {
        required.insert(0, json!("schema"));
    }
    schema.to_value()
}
