//! What an image's config says of running it.

use serde::Serialize;

use crate::doc::Document;
use crate::error::Error;
use crate::graph::NodeId;
use crate::image::{Image, raw};
use crate::json::{Kind, Value};
use crate::limits::Limits;

/// The execution parameters of a config (image-spec `config.md`, "config"), as stored.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ConfigSummary {
    /// `created`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    /// `author`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// `User`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// `WorkingDir`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub working_dir: Option<String>,
    /// `Entrypoint`
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub entrypoint: Vec<String>,
    /// `Cmd`
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cmd: Vec<String>,
    /// `Env`, as `NAME=VALUE`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub env: Vec<String>,
    /// The keys of `ExposedPorts`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exposed_ports: Vec<String>,
    /// The keys of `Volumes`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub volumes: Vec<String>,
    /// `StopSignal`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_signal: Option<String>,
    /// `Healthcheck`, as stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub healthcheck: Option<String>,
    /// `Shell`
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub shell: Vec<String>,
    /// `OnBuild`
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub on_build: Vec<String>,
    /// `Labels`, as `NAME=VALUE`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// Entries of `history`.
    pub history: usize,
}

impl ConfigSummary {
    /// About how much memory it takes.
    pub(super) fn bytes(&self) -> usize {
        let one = [&self.created, &self.author, &self.user, &self.working_dir, &self.stop_signal, &self.healthcheck];
        let lists = [&self.entrypoint, &self.cmd, &self.env, &self.exposed_ports, &self.volumes, &self.labels];
        let several = lists.into_iter().chain([&self.shell, &self.on_build]);
        let texts = one.into_iter().flatten().chain(several.flatten());
        size_of::<Self>() + texts.map(|text| size_of::<String>() + 16 + text.len()).sum::<usize>()
    }
}

/// Reads a config again for what the graph does not keep of it; None where it is none, which `verify` explains.
///
/// # Errors
///
/// When it cannot be read any more.
pub(super) fn summary(image: &Image, config: NodeId, limits: &Limits) -> Result<Option<ConfigSummary>, Error> {
    // What the graph did not take, for a limit or as no document, is not inspected here either.
    let Document::Config(_) = image.graph.node(config).document else { return Ok(None) };
    Ok(raw::document(image, config, limits)?.and_then(|bytes| of(&bytes)))
}

fn of(bytes: &[u8]) -> Option<ConfigSummary> {
    let document = Value::parse(std::str::from_utf8(bytes).ok()?).ok()?;
    let text = |value: Value<'_>| value.as_str().filter(|text| !text.is_empty()).map(|text| text.into_owned());
    let top = |key: &str| document.get(key).and_then(text);
    let run = document.get("config").filter(|value| value.kind() == Kind::Object);
    let field = |key: &str| run.and_then(|run| run.get(key));
    let strings = |key: &str| -> Vec<String> {
        let items = field(key).and_then(Value::items).unwrap_or_default();
        items.into_iter().filter_map(|item| item.as_str().map(|text| text.into_owned())).collect()
    };
    let keys = |key: &str| -> Vec<String> {
        let members = field(key).and_then(Value::members).unwrap_or_default();
        members.into_iter().map(|member| member.key.into_owned()).collect()
    };
    let labels = field("Labels").and_then(Value::members).unwrap_or_default();
    Some(ConfigSummary {
        created: top("created"),
        author: top("author"),
        user: field("User").and_then(text),
        working_dir: field("WorkingDir").and_then(text),
        entrypoint: strings("Entrypoint"),
        cmd: strings("Cmd"),
        env: strings("Env"),
        exposed_ports: keys("ExposedPorts"),
        volumes: keys("Volumes"),
        stop_signal: field("StopSignal").and_then(text),
        healthcheck: field("Healthcheck")
            .filter(|value| value.kind() != Kind::Null)
            .map(|value| value.text().to_owned()),
        shell: strings("Shell"),
        on_build: strings("OnBuild"),
        labels: labels
            .iter()
            .map(|label| format!("{}={}", label.key, label.value.as_str().unwrap_or_default()))
            .collect(),
        history: document.get("history").and_then(Value::count_items).unwrap_or(0),
    })
}
