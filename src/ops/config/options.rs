//! What a config is to say.

use std::str::FromStr;

use crate::edit::UnknownWord;
use crate::platform::Platform;

/// Changes of an image config (image-spec `config.md`). What is not named keeps its bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConfigOptions {
    /// Fields to remove, before anything is set.
    pub clear: Vec<ConfigField>,
    /// Variables of `Env` to set, name and value.
    pub env: Vec<(String, String)>,
    /// Variables of `Env` to remove.
    pub unset_env: Vec<String>,
    /// `Entrypoint`
    pub entrypoint: Option<Vec<String>>,
    /// `Cmd`
    pub cmd: Option<Vec<String>>,
    /// `User`
    pub user: Option<String>,
    /// `WorkingDir`
    pub working_dir: Option<String>,
    /// `Labels` to set, key and value.
    pub labels: Vec<(String, String)>,
    /// `Labels` to remove.
    pub unset_labels: Vec<String>,
    /// Keys to add to `ExposedPorts`, for example `80/tcp`.
    pub exposed_ports: Vec<String>,
    /// Keys to add to `Volumes`.
    pub volumes: Vec<String>,
    /// `StopSignal`
    pub stop_signal: Option<String>,
    /// `Healthcheck`, as JSON text.
    pub healthcheck: Option<String>,
    /// `created`, in the form of RFC 3339.
    pub created: Option<String>,
    /// `author`
    pub author: Option<String>,
    /// `os`, `architecture`, `variant`, `os.version`, `os.features`.
    pub platform: Option<Platform>,
    /// JSON pointers (RFC 6901) with the value to set, as JSON text.
    pub set: Vec<(String, String)>,
    /// A JSON merge patch (RFC 7396), as text.
    pub patch: Option<String>,
    /// `created_by` of an entry to add to `history`, which stands for no layer.
    pub history: Option<String>,
    /// `created` of that entry; by default that of the config.
    pub history_created: Option<String>,
}

impl ConfigOptions {
    /// Whether nothing is to change.
    pub fn is_empty(&self) -> bool {
        *self == ConfigOptions { history_created: self.history_created.clone(), ..ConfigOptions::default() }
    }
}

/// A field that can be removed as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConfigField {
    /// The keys that reference it.
    pub(super) path: &'static [&'static str],
}

const FIELDS: &[(&str, &[&str])] = &[
    ("author", &["author"]),
    ("cmd", &["config", "Cmd"]),
    ("created", &["created"]),
    ("entrypoint", &["config", "Entrypoint"]),
    ("env", &["config", "Env"]),
    ("expose", &["config", "ExposedPorts"]),
    ("healthcheck", &["config", "Healthcheck"]),
    ("label", &["config", "Labels"]),
    ("onbuild", &["config", "OnBuild"]),
    ("shell", &["config", "Shell"]),
    ("stop-signal", &["config", "StopSignal"]),
    ("user", &["config", "User"]),
    ("volume", &["config", "Volumes"]),
    ("workdir", &["config", "WorkingDir"]),
];
const FIELD_NAMES: &str = "author, cmd, created, entrypoint, env, expose, healthcheck, label, onbuild, shell, \
                           stop-signal, user, volume, workdir";

impl FromStr for ConfigField {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        let found = FIELDS.iter().find(|(name, _)| *name == text);
        found.map(|(_, path)| ConfigField { path }).ok_or_else(|| UnknownWord::new(text, FIELD_NAMES))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_lists_every_field() {
        let names: Vec<&str> = FIELDS.iter().map(|(name, _)| *name).collect();
        assert_eq!(names.join(", "), FIELD_NAMES);
    }
}
