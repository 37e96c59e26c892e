//! A value inside a JSON document, as the exact text that was stored.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// A value of a JSON document: a borrowed stretch of the document's text, parsed on demand.
///
/// Members keep their order and their repetitions; numbers and strings keep their spelling.
#[derive(Clone, Copy)]
pub struct Value<'a> {
    document: &'a str,
    text: &'a str,
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// `{...}`
    Object,
    /// `[...]`
    Array,
    /// `"..."`
    String,
    /// A number of any spelling.
    Number,
    /// `true` or `false`
    Bool,
    /// `null`
    Null,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Kind::Object => "an object",
            Kind::Array => "an array",
            Kind::String => "a string",
            Kind::Number => "a number",
            Kind::Bool => "true or false",
            Kind::Null => "null",
        })
    }
}

/// One `"key": value` of an object.
#[derive(Debug, Clone)]
pub struct Member<'a> {
    /// The key, unescaped.
    pub key: Cow<'a, str>,
    /// The value.
    pub value: Value<'a>,
}

/// The text is not one JSON value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct SyntaxError {
    /// What the parser says.
    pub message: String,
    /// Counted from 1.
    pub line: usize,
    /// Counted from 1, in bytes.
    pub column: usize,
}

impl<'a> Value<'a> {
    /// The one value of a document (RFC 8259), with white space around it.
    pub fn parse(document: &'a str) -> Result<Self, SyntaxError> {
        let raw: &RawValue = serde_json::from_str(document).map_err(|error| SyntaxError {
            message: message(&error),
            line: error.line(),
            column: error.column(),
        })?;
        Ok(Value { document, text: raw.get() })
    }

    /// The stored text of the value, without white space around it.
    pub fn text(self) -> &'a str {
        self.text
    }

    /// The text of the whole document that the value is in.
    pub fn document(self) -> &'a str {
        self.document
    }

    /// Where the value is in the document, in bytes.
    pub fn span(self) -> Range<usize> {
        let start = self.text.as_ptr() as usize - self.document.as_ptr() as usize;
        start..start + self.text.len()
    }

    /// What the value is, by its first character.
    pub fn kind(self) -> Kind {
        match self.text.as_bytes().first() {
            Some(b'{') => Kind::Object,
            Some(b'[') => Kind::Array,
            Some(b'"') => Kind::String,
            Some(b't' | b'f') => Kind::Bool,
            Some(b'n') => Kind::Null,
            _ => Kind::Number,
        }
    }

    /// The members of an object, in order, repetitions included.
    pub fn members(self) -> Option<Vec<Member<'a>>> {
        (self.kind() == Kind::Object).then(|| {
            let mut members = Vec::new();
            self.each_member(|member| members.push(member));
            members
        })
    }

    /// The items of an array, in order.
    pub fn items(self) -> Option<Vec<Value<'a>>> {
        self.first_items(usize::MAX).map(|(items, _)| items)
    }

    /// The first items of an array, `most` of them, and how many it has: a list of millions takes no memory.
    pub fn first_items(self, most: usize) -> Option<(Vec<Value<'a>>, usize)> {
        let (mut items, mut count) = (Vec::new(), 0);
        let is_array = self.each_item(|item| {
            if count < most {
                items.push(item);
            }
            count += 1;
            true
        });
        is_array.then_some((items, count))
    }

    /// Hands each item of an array to `take`, in order, without a list of them, until it returns false. False for what is
    /// no array.
    pub(crate) fn each_item(self, take: impl FnMut(Value<'a>) -> bool) -> bool {
        let is_array = self.kind() == Kind::Array;
        if is_array {
            let mut reader = serde_json::Deserializer::from_str(self.text);
            // The text was parsed before: an error can only be that not all of it was wanted.
            let _ = reader.deserialize_seq(EachItem { document: self.document, take });
        }
        is_array
    }

    /// How many items an array has, without a list of them.
    pub fn count_items(self) -> Option<usize> {
        self.first_items(0).map(|(_, count)| count)
    }

    /// The last member of this key: what readers that decode into a map or a struct see.
    pub fn get(self, key: &str) -> Option<Value<'a>> {
        let mut found = None;
        self.each_member(|member| {
            if member.key == key {
                found = Some(member.value);
            }
        });
        found
    }

    /// Hands each member of an object to `take`, in order, without a list of them; nothing for what is no object.
    pub(crate) fn each_member(self, take: impl FnMut(Member<'a>)) {
        if self.kind() == Kind::Object {
            let mut reader = serde_json::Deserializer::from_str(self.text);
            // The text was parsed before, so that nothing can be wrong with it.
            let _ = reader.deserialize_map(EachMember { document: self.document, take });
        }
    }

    /// The value that a JSON pointer (RFC 6901) points to.
    pub fn at(self, pointer: &str) -> Option<Value<'a>> {
        if pointer.is_empty() {
            return Some(self);
        }
        pointer.strip_prefix('/')?.split('/').try_fold(self, |value, token| {
            let token = token.replace("~1", "/").replace("~0", "~");
            match value.kind() {
                Kind::Array => value.items()?.get(token.parse::<usize>().ok()?).copied(),
                _ => value.get(&token),
            }
        })
    }

    /// The content of a string, unescaped.
    pub fn as_str(self) -> Option<Cow<'a, str>> {
        if self.kind() != Kind::String {
            return None;
        }
        decoded(self.text)
    }

    /// A whole number from 0 to 2^63 - 1, spelt as one: no sign, no fraction, no exponent.
    ///
    /// The bound is that of the specification's `int64` sizes (image-spec `descriptor.md`, "size").
    pub fn as_u63(self) -> Option<u64> {
        self.text.bytes().all(|b| b.is_ascii_digit()).then(|| self.text.parse::<i64>().ok()?.try_into().ok()).flatten()
    }
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)
    }
}

fn message(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let end = text.rfind(" at line ").unwrap_or(text.len());
    text[..end].to_owned()
}

/// The content of a string as it is stored, with its quotes; None when an escape stands for no character.
pub(super) fn decoded(text: &str) -> Option<Cow<'_, str>> {
    let inner = text.get(1..text.len().saturating_sub(1))?;
    if inner.contains('\\') { serde_json::from_str(text).ok().map(Cow::Owned) } else { Some(Cow::Borrowed(inner)) }
}

/// A key: unescaped where that is possible, else as it is spelt, so that half a surrogate pair hides no neighbour.
fn key(raw: &RawValue) -> Cow<'_, str> {
    let text = raw.get();
    decoded(text).unwrap_or_else(|| Cow::Borrowed(text.trim_matches('"')))
}

struct EachMember<'a, F> {
    document: &'a str,
    take: F,
}

impl<'a, F: FnMut(Member<'a>)> Visitor<'a> for EachMember<'a, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some((name, raw)) = map.next_entry::<&'a RawValue, &'a RawValue>()? {
            (self.take)(Member { key: key(name), value: Value { document: self.document, text: raw.get() } });
        }
        Ok(())
    }
}

struct EachItem<'a, F> {
    document: &'a str,
    take: F,
}

impl<'a, F: FnMut(Value<'a>) -> bool> Visitor<'a> for EachItem<'a, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'a>>(mut self, mut sequence: A) -> Result<(), A::Error> {
        while let Some(raw) = sequence.next_element::<&'a RawValue>()? {
            if !(self.take)(Value { document: self.document, text: raw.get() }) {
                break;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_pair_hides_no_neighbour() {
        let value = Value::parse(r#"{"\ud800":1,"a":{"b":"\udc00","c":"d"}}"#).unwrap();
        assert_eq!(value.at("/a/c").and_then(Value::as_str).as_deref(), Some("d"));
        assert_eq!(value.at("/a/b").and_then(Value::as_str), None);
        assert_eq!(value.members().unwrap()[0].key, r"\ud800");
    }

    #[test]
    fn order_repetitions_and_spelling_stay() {
        let text = " {\"b\": 1E5, \"a\": [1,\t2.50], \"b\": null} ";
        let value = Value::parse(text).unwrap();
        let members = value.members().unwrap();
        let seen: Vec<_> = members.iter().map(|m| (m.key.as_ref(), m.value.text())).collect();
        assert_eq!(seen, [("b", "1E5"), ("a", "[1,\t2.50]"), ("b", "null")]);
        assert_eq!(value.get("b").unwrap().kind(), Kind::Null);
        assert_eq!(&text[members[1].value.span()], "[1,\t2.50]");
        assert_eq!(value.at("/a/1").unwrap().text(), "2.50");
        let list = value.at("/a").unwrap();
        assert_eq!((list.count_items(), value.count_items()), (Some(2), None));
        let (first, count) = list.first_items(1).unwrap();
        assert_eq!((first[0].text(), first.len(), count), ("1", 1, 2));
    }

    #[test]
    fn strings_and_pointers_are_unescaped() {
        let value = Value::parse(r#"{"a/b": {"~\u0031": "x\n\u00e4"}}"#).unwrap();
        assert_eq!(value.at("/a~1b/~01").unwrap().as_str().unwrap(), "x\nä");
        assert_eq!(value.at("/a~1b/none"), None::<Value<'_>>);
    }

    #[test]
    fn sizes_are_whole_numbers() {
        for (text, number) in [
            ("0", Some(0)),
            ("9223372036854775807", Some(i64::MAX as u64)),
            ("9223372036854775808", None),
            ("-1", None),
            ("1.0", None),
            ("1e3", None),
            ("\"5\"", None),
        ] {
            assert_eq!(Value::parse(text).unwrap().as_u63(), number, "{text}");
        }
    }

    #[test]
    fn a_hundred_thousand_brackets_do_not_exhaust_the_stack() {
        let text = "[".repeat(100_000) + &"]".repeat(100_000);
        assert_eq!(Value::parse(&text).unwrap().kind(), Kind::Array);
        assert!(Value::parse(&"[".repeat(100_000)).is_err());
    }

    impl PartialEq for Value<'_> {
        fn eq(&self, other: &Self) -> bool {
            self.text == other.text
        }
    }
}
