//! The execution parameters that an image has from its base: those that are as the old base has them become as the new
//! base has them, as if the image were built again.

use std::collections::BTreeSet;

use crate::json::{DocumentText, Kind, StepError, Value, is_equal, pointer_token};
use crate::ops::config::variable;

/// Fields of `config` that are sets and maps: each member is one thing.
const MAPS: [&str; 3] = ["ExposedPorts", "Labels", "Volumes"];

/// Changes a config; says which fields changed.
pub(super) fn follow(text: &mut DocumentText, old: &str, new: &str) -> Result<Vec<String>, StepError> {
    let (old, new) = (DocumentText::new(old.to_owned()), DocumentText::new(new.to_owned()));
    let mut keys: BTreeSet<String> = BTreeSet::new();
    for base in [&old, &new] {
        let config = base.at(&base.field(&["config"])?)?;
        keys.extend(config.and_then(Value::members).into_iter().flatten().map(|member| member.key.into_owned()));
    }
    let mut changed = Vec::new();
    for key in &keys {
        let path = ["config", key.as_str()];
        let (before, after) = (old.at(&old.field(&path)?)?, new.at(&new.field(&path)?)?);
        let pointer = text.field(&path)?;
        if key == "Env" {
            changed.extend(env(text, &old, &new)?);
        } else if MAPS.contains(&key.as_str()) {
            let members = [before, after].into_iter().flatten().filter_map(Value::members).flatten();
            let names: BTreeSet<String> = members.map(|member| member.key.into_owned()).collect();
            for name in names {
                let of =
                    |map: Option<Value<'_>>| map.and_then(|map| map.get(&name)).map(|value| value.text().to_owned());
                let at = format!("{pointer}{}", pointer_token(&name));
                if one(text, &at, of(before).as_deref(), of(after).as_deref())? {
                    changed.push(format!("{key} {name}"));
                }
            }
        } else if one(text, &pointer, before.map(Value::text), after.map(Value::text))? {
            changed.push(key.clone());
        }
    }
    Ok(changed)
}

/// Changes one value where it is as the old base has it, and the new base has another; says whether it did.
fn one(text: &mut DocumentText, pointer: &str, before: Option<&str>, after: Option<&str>) -> Result<bool, StepError> {
    let before = before.map(Value::parse).transpose().map_err(crate::json::EditError::from)?;
    let own = text.at(pointer)?;
    let is_same = |one: Option<Value<'_>>, other: Option<Value<'_>>| match (one, other) {
        (None, None) => true,
        (Some(one), Some(other)) => is_equal(one, other),
        _ => false,
    };
    let after_value = after.map(Value::parse).transpose().map_err(crate::json::EditError::from)?;
    let after_value = after_value.filter(|value| value.kind() != Kind::Null);
    if !is_same(own, before) || is_same(before, after_value) {
        return Ok(false);
    }
    match after_value {
        Some(value) => text.set(pointer, value.text())?,
        None => text.remove(pointer)?,
    }
    Ok(true)
}

fn env(text: &mut DocumentText, old: &DocumentText, new: &DocumentText) -> Result<Vec<String>, StepError> {
    let list = |text: &DocumentText| -> Result<Vec<(String, String)>, StepError> {
        let variables = text.strings(&text.field(&["config", "Env"])?)?.into_iter();
        Ok(variables.filter_map(|own| own.split_once('=').map(|(k, v)| (k.to_owned(), v.to_owned()))).collect())
    };
    // Of several with one name the last counts.
    let find = |list: &[(String, String)], name: &str| {
        list.iter().rev().find(|(own, _)| own == name).map(|(_, value)| value.clone())
    };
    let (before, after, own) = (list(old)?, list(new)?, list(text)?);
    let mut names: Vec<&String> = before.iter().chain(&after).map(|(name, _)| name).collect();
    let mut seen = BTreeSet::new();
    names.retain(|name| seen.insert(*name));
    let mut changed = Vec::new();
    for name in names {
        let (before, after) = (find(&before, name), find(&after, name));
        if find(&own, name) == before && before != after {
            variable(text, name, after.as_deref())?;
            changed.push(format!("Env {name}"));
        }
    }
    Ok(changed)
}

/// A history, as JSON text: that of the new base, and the entries of the image that came after those of the old base.
/// None where the image's history does not begin as that of the old base.
pub(super) fn history(own: &str, old: &str, new: &str) -> Option<String> {
    let entries = |text: &'_ str| -> Option<Vec<String>> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let history = Value::parse(text).ok()?.get("history");
        let items = history.filter(|history| history.kind() != Kind::Null).map_or(Some(Vec::new()), Value::items)?;
        Some(items.into_iter().map(|item| item.text().to_owned()).collect())
    };
    let (own, old, new) = (entries(own)?, entries(old)?, entries(new)?);
    let is_same = |one: &String, other: &String| {
        let key = |text: &str, key: &str| {
            Value::parse(text).ok().and_then(|entry| entry.get(key).map(|v| v.text().to_owned()))
        };
        ["created_by", "empty_layer"].iter().all(|name| key(one, name) == key(other, name))
    };
    let begins = own.len() >= old.len() && own.iter().zip(&old).all(|(own, old)| is_same(own, old));
    begins
        .then(|| format!("[{}]", new.into_iter().chain(own.into_iter().skip(old.len())).collect::<Vec<_>>().join(",")))
}
