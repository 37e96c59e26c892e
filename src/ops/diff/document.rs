//! Two JSON documents, field by field, whatever the fields are.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::json::{Kind, Value};
use crate::limits::Limits;

/// One field that differs.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FieldChange {
    /// Its place, as a JSON pointer (RFC 6901).
    pub path: String,
    /// Its value in the first document, as stored; missing if the document does not have it.
    pub a: Option<Box<RawValue>>,
    /// Its value in the second.
    pub b: Option<Box<RawValue>>,
}

/// The fields that differ, in the order of the first document; what only the second has stands behind. Fields for
/// which `skip` says so are passed over with all that is in them. The order of the keys of an object means nothing.
pub(super) fn changes(a: &str, b: &str, limits: &Limits, skip: &dyn Fn(&str) -> bool) -> Vec<FieldChange> {
    let mut walk = Walk { changes: Vec::new(), most: limits.findings, skip };
    match (Value::parse(a), Value::parse(b)) {
        (Ok(a), Ok(b)) => walk.compare("", Some(a), Some(b), limits.json_depth),
        // What is no JSON is reported by `verify`; here it is one value that differs.
        _ if a != b => walk.changes.push(FieldChange { path: String::new(), a: None, b: None }),
        _ => {}
    }
    walk.changes
}

struct Walk<'s> {
    changes: Vec<FieldChange>,
    most: usize,
    skip: &'s dyn Fn(&str) -> bool,
}

impl Walk<'_> {
    fn compare(&mut self, path: &str, a: Option<Value<'_>>, b: Option<Value<'_>>, depth: usize) {
        if self.changes.len() >= self.most || (self.skip)(path) {
            return;
        }
        let (Some(one), Some(other)) = (a, b) else {
            if a.or(b).is_some_and(|only| !self.is_skipped(path, only)) {
                self.push(path, a, b);
            }
            return;
        };
        if one.text() == other.text() {
            return;
        }
        match (one.kind(), other.kind()) {
            (Kind::Object, Kind::Object) if depth > 0 => self.objects(path, one, other, depth - 1),
            (Kind::Array, Kind::Array) if depth > 0 => {
                let (one, other) = (one.items().unwrap_or_default(), other.items().unwrap_or_default());
                for at in 0..one.len().max(other.len()) {
                    self.compare(&format!("{path}/{at}"), one.get(at).copied(), other.get(at).copied(), depth - 1);
                }
            }
            // The same text with other escapes.
            (Kind::String, Kind::String) if one.as_str() == other.as_str() => {}
            _ => self.push(path, a, b),
        }
    }

    /// Whether an object that only one document has holds nothing but fields that are passed over.
    fn is_skipped(&self, path: &str, only: Value<'_>) -> bool {
        let members = only.members().unwrap_or_default();
        !members.is_empty() && members.iter().all(|member| (self.skip)(&format!("{path}/{}", escaped(&member.key))))
    }

    fn objects(&mut self, path: &str, a: Value<'_>, b: Value<'_>, depth: usize) {
        let (a, b) = (a.members().unwrap_or_default(), b.members().unwrap_or_default());
        // Of a key that is listed twice the last counts, as Go's readers have it.
        let of_b: HashMap<&str, Value<'_>> = b.iter().map(|member| (&*member.key, member.value)).collect();
        let of_a: HashMap<&str, Value<'_>> = a.iter().map(|member| (&*member.key, member.value)).collect();
        let own =
            a.iter().filter(|member| of_a.get(&*member.key).is_some_and(|last| last.span() == member.value.span()));
        for member in own {
            let path = format!("{path}/{}", escaped(&member.key));
            self.compare(&path, Some(member.value), of_b.get(&*member.key).copied(), depth);
        }
        for member in b.iter().filter(|member| !of_a.contains_key(&*member.key)) {
            let last = of_b.get(&*member.key).copied();
            if last.is_some_and(|last| last.span() == member.value.span()) {
                self.compare(&format!("{path}/{}", escaped(&member.key)), None, last, depth);
            }
        }
    }

    fn push(&mut self, path: &str, a: Option<Value<'_>>, b: Option<Value<'_>>) {
        let raw = |value: Option<Value<'_>>| RawValue::from_string(value?.text().to_owned()).ok();
        self.changes.push(FieldChange { path: path.to_owned(), a: raw(a), b: raw(b) });
    }
}

fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// Whether two values mean the same, but for fields that are passed over.
pub(super) fn same(a: Value<'_>, b: Value<'_>, limits: &Limits, skip: &dyn Fn(&str) -> bool) -> bool {
    let mut walk = Walk { changes: Vec::new(), most: 1, skip };
    walk.compare("", Some(a), Some(b), limits.json_depth);
    walk.changes.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_that_differ() {
        for (a, b, expected) in [
            ("{}", "{ }", &[][..]),
            (r#"{"a":1,"b":2}"#, r#"{"b":2,"a":1}"#, &[]),
            (r#"{"a":1}"#, r#"{"a":2}"#, &["/a 1 2"]),
            (r#"{"a":1}"#, r#"{"a":1,"x/y":null}"#, &["/x~1y - null"]),
            (r#"{"a":{"b":[1,2]}}"#, r#"{"a":{"b":[1,3,4]}}"#, &["/a/b/1 2 3", "/a/b/2 - 4"]),
            (r#"{"a":"\u0041"}"#, r#"{"a":"A"}"#, &[]),
            (r#"{"a":1.0}"#, r#"{"a":1}"#, &["/a 1.0 1"]),
            (r#"{"a":[1]}"#, r#"{"a":{"0":1}}"#, &["/a [1] {\"0\":1}"]),
            (r#"{"a":1,"a":2}"#, r#"{"a":2}"#, &[]),
            (r#"{"skipped":1,"b":1}"#, r#"{"skipped":2,"b":2}"#, &["/b 1 2"]),
            (r#"{"a":{"skipped":1}}"#, "{}", &[]),
            ("{}", r#"{"a":{"skipped":1,"b":1}}"#, &["/a - {\"skipped\":1,\"b\":1}"]),
            ("{}", r#"{"a":{}}"#, &["/a - {}"]),
        ] {
            let changes = changes(a, b, &Limits::default(), &|path| path.ends_with("/skipped"));
            let text =
                |value: &Option<Box<RawValue>>| value.as_ref().map_or("-".to_owned(), |value| value.get().to_owned());
            let shown: Vec<String> = changes
                .iter()
                .map(|change| format!("{} {} {}", change.path, text(&change.a), text(&change.b)))
                .collect();
            assert_eq!(shown, expected, "{a} {b}");
        }
    }

    #[test]
    fn many_keys_take_no_time() {
        let object = |from: usize| {
            let members: Vec<String> = (from..from + 100_000).map(|n| format!("\"k{n}\":{n}")).collect();
            format!("{{{}}}", members.join(","))
        };
        assert_eq!(changes(&object(0), &object(50_000), &Limits::default(), &|_| false).len(), 10_000);
    }
}
