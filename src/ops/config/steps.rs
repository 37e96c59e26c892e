//! The steps that bring a config to what it is to say, in the order in which they are done.

use super::options::ConfigOptions;
use crate::json::edit::quoted;
use crate::json::{DocumentText, StepError, Value};
use crate::platform::Platform;

/// Does all that the options name but for the history.
pub(super) fn all(text: &mut DocumentText, options: &ConfigOptions) -> Result<(), StepError> {
    for field in &options.clear {
        text.remove(&text.field(field.path)?)?;
    }
    for name in &options.unset_env {
        variable(text, name, None)?;
    }
    for (name, value) in &options.env {
        variable(text, name, Some(value))?;
    }
    for (key, list) in [("Entrypoint", &options.entrypoint), ("Cmd", &options.cmd)] {
        if let Some(list) = list {
            text.set(&text.field(&["config", key])?, &strings(list))?;
        }
    }
    let texts = [
        (&["config", "User"][..], &options.user),
        (&["config", "WorkingDir"], &options.working_dir),
        (&["config", "StopSignal"], &options.stop_signal),
        (&["created"], &options.created),
        (&["author"], &options.author),
    ];
    for (path, value) in texts {
        if let Some(value) = value {
            text.set(&text.field(path)?, &quoted(value))?;
        }
    }
    for key in &options.unset_labels {
        text.remove(&member(text, "Labels", key)?)?;
    }
    for (key, value) in &options.labels {
        text.set(&member(text, "Labels", key)?, &quoted(value))?;
    }
    for (set, keys) in [("ExposedPorts", &options.exposed_ports), ("Volumes", &options.volumes)] {
        for key in keys {
            let pointer = member(text, set, key)?;
            if text.at(&pointer)?.is_none() {
                text.set(&pointer, "{}")?;
            }
        }
    }
    if let Some(healthcheck) = &options.healthcheck {
        text.set(&text.field(&["config", "Healthcheck"])?, healthcheck)?;
    }
    if let Some(platform) = &options.platform {
        set_platform(text, platform)?;
    }
    for (pointer, value) in &options.set {
        text.set(pointer, value)?;
    }
    if let Some(patch) = &options.patch {
        text.merge("", Value::parse(patch).map_err(crate::json::EditError::Value)?)?;
    }
    Ok(())
}

/// A list of strings, as JSON text.
fn strings(list: &[String]) -> String {
    format!("[{}]", list.iter().map(|item| quoted(item)).collect::<Vec<_>>().join(","))
}

/// The pointer to a member of a map of `config`, whose keys are told apart by case.
fn member(text: &DocumentText, map: &str, key: &str) -> Result<String, StepError> {
    Ok(format!("{}{}", text.field(&["config", map])?, crate::json::pointer_token(key)))
}

/// Gives a variable a value in the place where it is, or at the end; None removes it. Of several the last counts, and the
/// others go.
pub(crate) fn variable(text: &mut DocumentText, name: &str, value: Option<&str>) -> Result<(), StepError> {
    let list = text.field(&["config", "Env"])?;
    let is_it = |variable: &String| variable.split_once('=').map_or(variable.as_str(), |(own, _)| own) == name;
    let variables = text.strings(&list)?;
    let mut places: Vec<usize> = (0..variables.len()).filter(|&at| is_it(&variables[at])).collect();
    let new = value.map(|value| quoted(&format!("{name}={value}")));
    if let Some(new) = new {
        match places.pop() {
            Some(place) => text.set(&format!("{list}/{place}"), &new)?,
            None if text.at(&list)?.is_none() => text.set(&list, &format!("[{new}]"))?,
            None => text.set(&format!("{list}/-"), &new)?,
        }
    }
    for place in places.into_iter().rev() {
        text.remove(&format!("{list}/{place}"))?;
    }
    Ok(())
}

fn set_platform(text: &mut DocumentText, platform: &Platform) -> Result<(), StepError> {
    let fields = [
        ("architecture", Some(&platform.architecture)),
        ("os", Some(&platform.os)),
        ("variant", platform.variant.as_ref()),
        ("os.version", platform.os_version.as_ref()),
    ];
    for (key, value) in fields {
        let pointer = text.field(&[key])?;
        match value {
            Some(value) => text.set(&pointer, &quoted(value))?,
            None => text.remove(&pointer)?,
        }
    }
    if !platform.os_features.is_empty() {
        text.set(&text.field(&["os.features"])?, &strings(&platform.os_features))?;
    }
    Ok(())
}
