//! Software bills of materials: SPDX 2.x and CycloneDX, both in JSON.

use serde::Serialize;

use super::fields::{Fields, first_items, text};
use crate::json::{Kind, Value};

/// The summary of an SBOM.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Sbom {
    /// `SPDX` or `CycloneDX`
    pub format: &'static str,
    /// The version of the format: `SPDX-2.3`, `1.5`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The subject of the document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `documentNamespace`, or CycloneDX's `serialNumber`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// When it was made, as stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    /// The creators and tools: SPDX `creators`, CycloneDX `tools`.
    pub creators: Vec<String>,
    /// `packages` or `components`
    pub packages: u64,
    /// SPDX `files`
    pub files: u64,
    /// `relationships` or `dependencies`
    pub relationships: u64,
}

impl Sbom {
    pub(super) fn spdx(predicate: &Fields<'_>) -> Self {
        let info = predicate.object("creationInfo");
        let creators = info.items(&["creators"]).0.into_iter().filter_map(text);
        Sbom {
            format: "SPDX",
            version: predicate.text(&["spdxVersion"]),
            name: predicate.text(&["name"]),
            id: predicate.text(&["documentNamespace"]),
            created: info.text(&["created"]),
            creators: creators.collect(),
            packages: count(predicate, "packages"),
            files: count(predicate, "files"),
            relationships: count(predicate, "relationships"),
        }
    }

    pub(super) fn cyclone_dx(predicate: &Fields<'_>) -> Self {
        let metadata = predicate.object("metadata");
        let component = metadata.object("component");
        // A list until 1.4, an object with `components` and `services` since 1.5.
        let tools = match metadata.get(&["tools"]) {
            Some(tools) if tools.kind() == Kind::Object => Fields::of(Some(tools)).items(&["components"]).0,
            Some(tools) => first_items(tools).0,
            None => Vec::new(),
        };
        Sbom {
            format: "CycloneDX",
            version: predicate.text(&["specVersion"]),
            name: component.text(&["name"]),
            id: predicate.text(&["serialNumber"]),
            created: metadata.text(&["timestamp"]),
            creators: tools.into_iter().filter_map(tool).collect(),
            packages: count(predicate, "components"),
            files: 0,
            relationships: count(predicate, "dependencies"),
        }
    }
}

/// `name version` of a tool.
fn tool(value: Value<'_>) -> Option<String> {
    let fields = Fields::of(Some(value));
    let name = fields.text(&["name"])?;
    Some(fields.text(&["version"]).map_or(name.clone(), |version| format!("{name} {version}")))
}

fn count(predicate: &Fields<'_>, key: &str) -> u64 {
    predicate.get(&[key]).and_then(Value::count_items).unwrap_or_default() as u64
}
