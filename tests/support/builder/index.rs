//! Indexes, nested as deep as a test likes.

use super::descriptor::annotations_json;
use super::{Desc, Dialect, Store};
use crate::support::json::{Json, arr, obj};

/// An index to be built.
#[derive(Clone, Debug, Default)]
pub struct Index {
    dialect: Dialect,
    children: Vec<Desc>,
    annotations: Vec<(String, String)>,
    extra: Vec<(String, Json)>,
}

impl Index {
    pub fn new() -> Self {
        Self::default()
    }

    /// An index of these children, in this order.
    pub fn of<'a>(children: impl IntoIterator<Item = &'a Desc>) -> Self {
        Index { children: children.into_iter().cloned().collect(), ..Self::default() }
    }

    pub fn child(mut self, child: &Desc) -> Self {
        self.children.push(child.clone());
        self
    }

    pub fn docker_types(mut self) -> Self {
        self.dialect = Dialect::Docker;
        self
    }

    pub fn annotation(mut self, key: &str, value: &str) -> Self {
        self.annotations.push((key.to_string(), value.to_string()));
        self
    }

    /// A further field: `subject`, `artifactType`, or one that nobody knows.
    pub fn field(mut self, key: &str, value: impl Into<Json>) -> Self {
        self.extra.push((key.to_string(), value.into()));
        self
    }

    pub fn json(&self) -> Json {
        let mut json = obj([("schemaVersion", Json::from(2)), ("mediaType", Json::from(self.dialect.index()))])
            .with("manifests", arr(self.children.iter().map(Desc::json)));
        if !self.annotations.is_empty() {
            json.push("annotations", annotations_json(&self.annotations));
        }
        for (key, value) in &self.extra {
            json.push(key, value.clone());
        }
        json
    }

    pub fn put(&self, store: &mut Store) -> Desc {
        store.put_json(self.dialect.index(), &self.json())
    }
}
