//! A JSON document that is changed step by step; what no step names keeps its bytes.

use std::collections::BTreeSet;

use super::edit::{apply, quoted};
use super::{Edit, EditError, Kind, Member, Value, pointer_token};

/// Why a step is not done: what the document has is no value of the kind that the step needs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StepError {
    /// The document does not allow the splice.
    #[error(transparent)]
    Splice(#[from] EditError),
    /// An object has a key twice, or twice but for the case of its letters, so readers disagree about its value.
    #[error("the key `{0}` is there more than once")]
    Twice(String),
    /// A value is of another type.
    #[error("`{pointer}` is not {expected}")]
    Type { pointer: String, expected: &'static str },
}

/// A document, as text.
pub(crate) struct DocumentText(String);

impl DocumentText {
    pub(crate) fn new(text: String) -> Self {
        DocumentText(text)
    }

    pub(crate) fn into_text(self) -> String {
        self.0
    }

    pub(crate) fn plain(&self) -> &str {
        self.0.strip_prefix('\u{feff}').unwrap_or(&self.0)
    }

    fn splice(&mut self, edits: &[Edit]) -> Result<(), StepError> {
        self.0 = apply(&self.0, edits)?;
        Ok(())
    }

    fn root(&self) -> Result<Value<'_>, StepError> {
        Ok(Value::parse(self.plain()).map_err(EditError::from)?)
    }

    /// The pointer to a field, spelt as the document has it: Go programs read keys in any case.
    pub(crate) fn field(&self, path: &[&str]) -> Result<String, StepError> {
        let (mut at, mut pointer) = (Some(self.root()?), String::new());
        for key in path {
            let members = at.and_then(Value::members).unwrap_or_default();
            let mut own = members.iter().filter(|member| member.key.eq_ignore_ascii_case(key));
            let first = own.next();
            if own.next().is_some() {
                return Err(StepError::Twice((*key).to_owned()));
            }
            pointer.push_str(&pointer_token(first.map_or(key, |member| &member.key)));
            at = first.map(|member| member.value);
        }
        Ok(pointer)
    }

    /// The value that a pointer points to; None for null as well.
    pub(crate) fn at(&self, pointer: &str) -> Result<Option<Value<'_>>, StepError> {
        Ok(self.root()?.at(pointer).filter(|value| value.kind() != Kind::Null))
    }

    /// Sets what a pointer points to; objects on the way to it are made. The token `-` behind an array appends.
    pub(crate) fn set(&mut self, pointer: &str, value: &str) -> Result<(), StepError> {
        let new = Value::parse(value).map_err(EditError::Value)?;
        if self.root()?.at(pointer).is_some_and(|own| is_equal(own, new)) {
            return Ok(());
        }
        let (mut object, mut key) = pointer.rsplit_once('/').unwrap_or(("", ""));
        let mut value = value.to_owned();
        loop {
            let parent = self.at(object)?;
            match parent.map(Value::kind) {
                Some(Kind::Array) if key == "-" => {
                    let edit = Edit::InsertItem { array: object.to_owned(), at: usize::MAX, value };
                    return self.splice(&[edit]);
                }
                Some(Kind::Array) => {
                    return self.splice(&[Edit::Replace { pointer: format!("{object}/{key}"), value }]);
                }
                Some(Kind::Object) => {
                    let key = unescaped(key);
                    let twice = parent.and_then(Value::members).unwrap_or_default();
                    if twice.iter().filter(|member| member.key == key).count() > 1 {
                        return Err(StepError::Twice(key));
                    }
                    return self.splice(&[Edit::Set { object: object.to_owned(), key, value }]);
                }
                Some(_) => return Err(StepError::Type { pointer: object.to_owned(), expected: "an object" }),
                None => {
                    value = format!("{{{}:{value}}}", quoted(&unescaped(key)));
                    (object, key) = object.rsplit_once('/').unwrap_or(("", ""));
                }
            }
        }
    }

    /// Removes what a pointer points to, if it is there.
    pub(crate) fn remove(&mut self, pointer: &str) -> Result<(), StepError> {
        match self.root()?.at(pointer) {
            Some(_) => self.splice(&[Edit::Remove { pointer: pointer.to_owned() }]),
            None => Ok(()),
        }
    }

    /// The items of an array; none where there is no array yet.
    pub(crate) fn strings(&self, pointer: &str) -> Result<Vec<String>, StepError> {
        let wrong = || StepError::Type { pointer: pointer.to_owned(), expected: "an array of strings" };
        let Some(value) = self.at(pointer)? else { return Ok(Vec::new()) };
        let items = value.items().ok_or_else(wrong)?;
        items.into_iter().map(|item| Some(item.as_str()?.into_owned())).collect::<Option<_>>().ok_or_else(wrong)
    }

    /// Merges another document into what a pointer points to (RFC 7396).
    pub(crate) fn merge(&mut self, pointer: &str, patch: Value<'_>) -> Result<(), StepError> {
        let Some(members) = patch.members() else { return self.set(pointer, patch.text()) };
        let mut known = BTreeSet::new();
        if let Some(twice) = members.iter().find(|member| !known.insert(&member.key)) {
            return Err(StepError::Twice(twice.key.to_string()));
        }
        for member in &members {
            let at = format!("{pointer}{}", pointer_token(&member.key));
            let is_object = self.root()?.at(&at).is_some_and(|own| own.kind() == Kind::Object);
            match member.value.kind() {
                Kind::Null => self.remove(&at)?,
                Kind::Object if is_object => self.merge(&at, member.value)?,
                Kind::Object => self.set(&at, &without_nulls(member.value))?,
                _ => self.set(&at, member.value.text())?,
            }
        }
        Ok(())
    }
}

/// A value that is merged into nothing.
fn without_nulls(value: Value<'_>) -> String {
    let Some(members) = value.members() else { return value.text().to_owned() };
    let members = members.iter().filter(|member| member.value.kind() != Kind::Null);
    let members: Vec<String> =
        members.map(|member| format!("{}:{}", quoted(&member.key), without_nulls(member.value))).collect();
    format!("{{{}}}", members.join(","))
}

fn unescaped(token: &str) -> String {
    token.replace("~1", "/").replace("~0", "~")
}

/// Whether two values are the same but for white space and the spelling of strings.
pub(crate) fn is_equal(one: Value<'_>, other: Value<'_>) -> bool {
    if one.kind() != other.kind() {
        return false;
    }
    match one.kind() {
        Kind::String => one.as_str() == other.as_str(),
        Kind::Array => {
            let (one, other) = (one.items().unwrap_or_default(), other.items().unwrap_or_default());
            one.len() == other.len() && one.into_iter().zip(other).all(|(one, other)| is_equal(one, other))
        }
        Kind::Object => {
            let (one, other) = (one.members().unwrap_or_default(), other.members().unwrap_or_default());
            let same =
                |(one, other): (&Member<'_>, &Member<'_>)| one.key == other.key && is_equal(one.value, other.value);
            one.len() == other.len() && one.iter().zip(&other).all(same)
        }
        Kind::Number | Kind::Bool | Kind::Null => one.text() == other.text(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(document: &str, change: impl FnOnce(&mut DocumentText) -> Result<(), StepError>) -> String {
        let mut text = DocumentText::new(document.to_owned());
        change(&mut text).unwrap();
        text.into_text()
    }

    #[test]
    fn values_are_set_where_a_pointer_leads() {
        let cases = [
            (r#"{"a":1}"#, "/a", "1", r#"{"a":1}"#),
            (r#"{"a": [1, 2]}"#, "/a", "[1,2]", r#"{"a": [1, 2]}"#),
            (r#"{"a":1}"#, "/b", "2", r#"{"a":1,"b":2}"#),
            (r#"{"a":1}"#, "/b/c/d", "2", r#"{"a":1,"b":{"c":{"d":2}}}"#),
            (r#"{"b":null}"#, "/b/c", "2", r#"{"b":{"c":2}}"#),
            (r#"{"b":[1]}"#, "/b/-", "2", r#"{"b":[1,2]}"#),
            (r#"{"b":[1]}"#, "/b/0", "2", r#"{"b":[2]}"#),
            (r#"{"b":{}}"#, "/b/x~1y", "2", r#"{"b":{"x/y":2}}"#),
        ];
        for (document, pointer, value, expected) in cases {
            assert_eq!(changed(document, |text| text.set(pointer, value)), expected, "{pointer}");
        }
        for (document, pointer) in [(r#"{"a":1}"#, "/a/b"), (r#"{"a":1,"a":2}"#, "/a"), (r#"{"a":[]}"#, "/a/1")] {
            assert!(DocumentText::new(document.to_owned()).set(pointer, "0").is_err(), "{document} {pointer}");
        }
    }

    /// The examples of RFC 7396, appendix A, whose target is an object.
    #[test]
    fn patches_are_merged() {
        let cases = [
            (r#"{"a":"b"}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
            (r#"{"a":"b"}"#, r#"{"b":"c"}"#, r#"{"a":"b","b":"c"}"#),
            (r#"{"a":"b"}"#, r#"{"a":null}"#, r#"{}"#),
            (r#"{"a":"b","b":"c"}"#, r#"{"a":null}"#, r#"{"b":"c"}"#),
            (r#"{"a":["b"]}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
            (r#"{"a":"c"}"#, r#"{"a":["b"]}"#, r#"{"a":["b"]}"#),
            (r#"{"a":{"b":"c"}}"#, r#"{"a":{"b":"d","c":null}}"#, r#"{"a":{"b":"d"}}"#),
            (r#"{"a":[{"b":"c"}]}"#, r#"{"a":[1]}"#, r#"{"a":[1]}"#),
            (r#"{"e":null}"#, r#"{"a":1}"#, r#"{"e":null,"a":1}"#),
            (r#"{}"#, r#"{"a":{"bb":{"ccc":null}}}"#, r#"{"a":{"bb":{}}}"#),
        ];
        for (document, patch, expected) in cases {
            let merged = changed(document, |text| text.merge("", Value::parse(patch).unwrap()));
            assert_eq!(merged, expected, "{patch}");
        }
    }

    #[test]
    fn fields_are_found_in_any_case() {
        let text = DocumentText::new(r#"{"Config":{"env":[]}}"#.to_owned());
        assert_eq!(text.field(&["config", "Env"]).unwrap(), "/Config/env");
        assert_eq!(text.field(&["config", "Cmd"]).unwrap(), "/Config/Cmd");
        let twice = DocumentText::new(r#"{"config":{},"Config":{}}"#.to_owned());
        assert_eq!(twice.field(&["config", "Env"]), Err(StepError::Twice("config".to_owned())));
    }
}
