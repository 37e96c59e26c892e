//! The head of a stored statement or of its wrapping, in one pass over the text.

use std::borrow::Cow;

use super::{Statement, StatementError, Subject};
use crate::json::{Kind, Member, Value};
use crate::limits::{LimitReached, Limits};

/// A statement, or the payload that holds one.
pub(super) struct Form<'a> {
    pub(super) statement: Statement,
    pub(super) payload: Option<Cow<'a, str>>,
}

pub(super) fn read<'a>(stored: &'a [u8], limits: &Limits) -> Result<Form<'a>, StatementError> {
    let text = std::str::from_utf8(stored).map_err(|error| wrong(&error))?;
    let value = Value::parse(text).map_err(|error| wrong(&error))?;
    let [kind, predicate_type, subject, payload, envelope] =
        members(value, ["_type", "predicateType", "subject", "payload", "dsseEnvelope"])?;
    let of_envelope = match envelope {
        Some(envelope) => members(envelope, ["payload"])?[0],
        None => None,
    };
    Ok(Form {
        statement: Statement {
            kind: string(kind, "_type")?,
            predicate_type: string(predicate_type, "predicateType")?,
            subjects: subject.map(|list| subjects(list, limits)).transpose()?.unwrap_or_default(),
        },
        payload: payload
            .or(of_envelope)
            .map(|value| value.as_str().ok_or_else(|| mistyped("payload", "a string")))
            .transpose()?,
    })
}

/// The members of these keys, none where null stands; a key that is listed twice is read as either.
fn members<'a, const N: usize>(value: Value<'a>, keys: [&str; N]) -> Result<[Option<Value<'a>>; N], StatementError> {
    if value.kind() != Kind::Object {
        return Err(wrong(&format!("expected an object, found {}", value.kind())));
    }
    let mut found = [None; N];
    let mut twice = None;
    value.each_member(|Member { key, value }| {
        if let Some(at) = keys.iter().position(|own| *own == key)
            && found[at].replace(value).is_some()
        {
            twice = Some(keys[at]);
        }
    });
    match twice {
        Some(key) => Err(wrong(&format!("the key `{key}` is duplicate"))),
        None => Ok(found.map(|value| value.filter(|value| value.kind() != Kind::Null))),
    }
}

fn subjects(list: Value<'_>, limits: &Limits) -> Result<Vec<Subject>, StatementError> {
    let mut subjects = Vec::new();
    let mut left = limits.json_values;
    let mut take = |count: usize| {
        let reached = || LimitReached { name: "json-values", limit: limits.json_values as u64 };
        left = left.checked_sub(count).ok_or_else(|| wrong(&reached()))?;
        Ok(())
    };
    let mut result = Ok(());
    let is_list = list.each_item(|item| {
        result = subject(item, &mut take).map(|subject| subjects.push(subject));
        result.is_ok()
    });
    if !is_list {
        return Err(mistyped("subject", "an array"));
    }
    result.map(|()| subjects)
}

fn subject(
    item: Value<'_>,
    take: &mut impl FnMut(usize) -> Result<(), StatementError>,
) -> Result<Subject, StatementError> {
    take(1)?;
    let [name, digest] = members(item, ["name", "digest"])?;
    let mut subject = Subject { name: string(name, "name")?, ..Subject::default() };
    let Some(digest) = digest else { return Ok(subject) };
    if digest.kind() != Kind::Object {
        return Err(mistyped("digest", "an object"));
    }
    let mut result = Ok(());
    digest.each_member(|Member { key, value }| {
        if result.is_ok() {
            result = take(1).and_then(|()| {
                let encoded = value.as_str().ok_or_else(|| mistyped("digest", "an object of strings"))?;
                subject.digest.insert(key.into_owned(), encoded.into_owned());
                Ok(())
            });
        }
    });
    result.map(|()| subject)
}

fn string(value: Option<Value<'_>>, key: &str) -> Result<Option<String>, StatementError> {
    let text = value.map(|value| value.as_str().map(Cow::into_owned).ok_or_else(|| mistyped(key, "a string")));
    text.transpose()
}

fn mistyped(key: &str, expected: &str) -> StatementError {
    wrong(&format!("`{key}` is not {expected}"))
}

fn wrong(error: &dyn std::fmt::Display) -> StatementError {
    StatementError::Json(error.to_string())
}
