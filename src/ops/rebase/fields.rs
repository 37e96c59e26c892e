//! The execution parameters that an image has from its base: those that are as the old base has them become as the new
//! base has them, as if the image were built again.

use std::collections::BTreeSet;

use crate::json::{DocumentText, Kind, StepError, Value, is_equal, pointer_token};
use crate::ops::config::variable;

/// Fields of `config` that are sets and maps: each member is one thing.
const MAPS: [&str; 3] = ["ExposedPorts", "Labels", "Volumes"];

/// What became of the fields that the new base has otherwise than the old one.
#[derive(Debug, Default)]
pub(super) struct Followed {
    /// Those that are as the new base has them.
    pub(super) taken: Vec<String>,
    /// Those that the image had changed.
    pub(super) kept: Vec<String>,
}

impl Followed {
    fn add(&mut self, name: String, outcome: Outcome) {
        match outcome {
            Outcome::Taken => self.taken.push(name),
            Outcome::Kept => self.kept.push(name),
            Outcome::Same => {}
        }
    }
}

/// What became of one of them.
enum Outcome {
    Taken,
    Kept,
    /// Both bases have the same.
    Same,
}

/// Changes a config.
pub(super) fn follow(text: &mut DocumentText, old: &str, new: &str) -> Result<Followed, StepError> {
    let (old, new) = (DocumentText::new(old.to_owned()), DocumentText::new(new.to_owned()));
    let mut keys: BTreeSet<String> = BTreeSet::new();
    for base in [&old, &new] {
        let config = base.at(&base.field(&["config"])?)?;
        keys.extend(config.and_then(Value::members).into_iter().flatten().map(|member| member.key.into_owned()));
    }
    let mut followed = Followed::default();
    for key in &keys {
        let path = ["config", key.as_str()];
        let (before, after) = (old.at(&old.field(&path)?)?, new.at(&new.field(&path)?)?);
        let pointer = text.field(&path)?;
        if key == "Env" {
            env(text, &old, &new, &mut followed)?;
        } else if MAPS.contains(&key.as_str()) {
            let members = [before, after].into_iter().flatten().filter_map(Value::members).flatten();
            let names: BTreeSet<String> = members.map(|member| member.key.into_owned()).collect();
            for name in names {
                let of =
                    |map: Option<Value<'_>>| map.and_then(|map| map.get(&name)).map(|value| value.text().to_owned());
                let at = format!("{pointer}{}", pointer_token(&name));
                let outcome = one(text, &at, of(before).as_deref(), of(after).as_deref())?;
                followed.add(format!("{key} {name}"), outcome);
            }
        } else {
            let outcome = one(text, &pointer, before.map(Value::text), after.map(Value::text))?;
            followed.add(key.clone(), outcome);
        }
    }
    Ok(followed)
}

/// Changes one value where it is as the old base has it, and the new base has another.
fn one(
    text: &mut DocumentText,
    pointer: &str,
    before: Option<&str>,
    after: Option<&str>,
) -> Result<Outcome, StepError> {
    let before = before.map(Value::parse).transpose().map_err(crate::json::EditError::from)?;
    let own = text.at(pointer)?;
    let is_same = |one: Option<Value<'_>>, other: Option<Value<'_>>| match (one, other) {
        (None, None) => true,
        (Some(one), Some(other)) => is_equal(one, other),
        _ => false,
    };
    let after_value = after.map(Value::parse).transpose().map_err(crate::json::EditError::from)?;
    let after_value = after_value.filter(|value| value.kind() != Kind::Null);
    if is_same(before, after_value) || is_same(own, after_value) {
        return Ok(Outcome::Same);
    }
    if !is_same(own, before) {
        return Ok(Outcome::Kept);
    }
    match after_value {
        Some(value) => text.set(pointer, value.text())?,
        None => text.remove(pointer)?,
    }
    Ok(Outcome::Taken)
}

fn env(
    text: &mut DocumentText,
    old: &DocumentText,
    new: &DocumentText,
    followed: &mut Followed,
) -> Result<(), StepError> {
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
    for name in names {
        let (before, after) = (find(&before, name), find(&after, name));
        let own = find(&own, name);
        let outcome = if before == after || own == after {
            Outcome::Same
        } else if own == before {
            variable(text, name, after.as_deref())?;
            Outcome::Taken
        } else {
            Outcome::Kept
        };
        followed.add(format!("Env {name}"), outcome);
    }
    Ok(())
}

/// A history, as JSON text: that of the new base, and the entries of the image that came after those of its old base. None
/// where the image's history does not account for its layers.
pub(super) fn history(own: &History, old: &History, new: &History) -> Option<String> {
    own.layers_end(own.layers)?;
    let above = if old.layers_end(old.layers).is_some() && own.begins_with(old) {
        old.entries.len()
    } else {
        own.layers_end(old.layers)?
    };
    let is_whole = new.layers_end(new.layers).is_some();
    let unknown = || vec![r#"{"created_by":"layer of the base image"}"#.to_owned(); new.layers];
    let below = if is_whole { new.entries.clone() } else { unknown() };
    let entries: Vec<String> = below.into_iter().chain(own.entries.iter().skip(above).cloned()).collect();
    Some(format!("[{}]", entries.join(",")))
}

/// The history of a config.
pub(super) struct History {
    /// The entries, as JSON text.
    entries: Vec<String>,
    /// How many layers the image has.
    layers: usize,
}

impl History {
    pub(super) fn of(config: &str, layers: usize) -> Self {
        let config = Value::parse(config.strip_prefix('\u{feff}').unwrap_or(config)).ok();
        let entries = config.and_then(|config| config.get("history")?.items()).unwrap_or_default();
        History { entries: entries.into_iter().map(|entry| entry.text().to_owned()).collect(), layers }
    }

    /// How many entries there are up to that of a layer, counted from 1; None where the history does not account for the
    /// layers.
    fn layers_end(&self, layer: usize) -> Option<usize> {
        let makes_layer = |entry: &&String| field(entry, "empty_layer").as_deref() != Some("true");
        if self.entries.iter().filter(makes_layer).count() != self.layers {
            return None;
        }
        let numbered = self.entries.iter().enumerate().filter(|(_, entry)| makes_layer(entry));
        match layer.checked_sub(1) {
            None => Some(0),
            Some(below) => numbered.map(|(number, _)| number + 1).nth(below),
        }
    }

    fn begins_with(&self, base: &History) -> bool {
        let is_same = |(own, base): (&String, &String)| {
            ["created_by", "empty_layer"].iter().all(|key| field(own, key) == field(base, key))
        };
        self.entries.len() >= base.entries.len() && self.entries.iter().zip(&base.entries).all(is_same)
    }
}

fn field(entry: &str, key: &str) -> Option<String> {
    Some(Value::parse(entry).ok()?.get(key)?.text().to_owned())
}
