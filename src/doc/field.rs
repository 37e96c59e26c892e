//! Lenient reading of one object of a document: each field is missing, bad or fine, and every fault is noted.

use std::borrow::Cow;
use std::fmt;

use super::key_case::{folded_equal, twins};
use crate::digest::Digest;
use crate::finding::Code;
use crate::json::{self, Kind, Member, Value};
use crate::limits::{LimitReached, Limits};
use crate::media_type::MediaType;

/// What is in a document where a value of some type should.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Field<T> {
    /// Nothing, or null.
    #[default]
    Missing,
    /// Something else; the beginning of its text.
    Bad(Box<str>),
    /// A value.
    Ok(T),
}

impl<T> Field<T> {
    /// The value, where there is one.
    pub fn ok(&self) -> Option<&T> {
        match self {
            Field::Ok(value) => Some(value),
            _ => None,
        }
    }

    /// The value itself, where there is one.
    pub(crate) fn into_ok(self) -> Option<T> {
        match self {
            Field::Ok(value) => Some(value),
            _ => None,
        }
    }

    /// Whether nothing stands there.
    pub fn is_missing(&self) -> bool {
        matches!(self, Field::Missing)
    }
}

/// A fault of one document, with the place inside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What kind of fault.
    pub code: Code,
    /// A JSON pointer inside the document.
    pub pointer: String,
    /// What is wrong, as a lower-case clause.
    pub detail: String,
    /// What should have stood there.
    pub expected: Option<String>,
    /// What stood there.
    pub found: Option<String>,
}

/// The way to a value inside a document, written out only when a problem needs it.
#[derive(Clone, Copy)]
pub(crate) enum Path<'a> {
    Root,
    Key(&'a Path<'a>, &'a str),
    Item(&'a Path<'a>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Path::Root => Ok(()),
            Path::Key(parent, key) => write!(f, "{parent}{}", json::pointer_token(key)),
            Path::Item(parent, number) => write!(f, "{parent}/{number}"),
        }
    }
}

/// Where problems go while a document is read.
#[derive(Debug)]
pub(crate) struct Problems {
    pub(crate) list: Vec<Problem>,
    /// How many are kept, by the limit `findings`.
    most: usize,
}

impl Problems {
    pub(crate) fn new(limits: &Limits) -> Self {
        Problems { list: Vec::new(), most: limits.findings }
    }

    pub(crate) fn note(&mut self, code: Code, path: Path<'_>, detail: impl Into<String>) {
        self.push(code, path, detail, None, None);
    }

    pub(crate) fn compared(
        &mut self,
        code: Code,
        path: Path<'_>,
        detail: impl Into<String>,
        expected: impl fmt::Display,
        found: impl fmt::Display,
    ) {
        self.push(code, path, detail, Some(expected.to_string()), Some(found.to_string()));
    }

    fn push(
        &mut self,
        code: Code,
        path: Path<'_>,
        detail: impl Into<String>,
        expected: Option<String>,
        found: Option<String>,
    ) {
        if self.list.len() < self.most {
            self.list.push(Problem { code, pointer: path.to_string(), detail: detail.into(), expected, found });
        } else if self.list.len() == self.most {
            let reached = LimitReached { name: "findings", limit: self.most as u64 };
            let detail = format!("further problems of the document were not reported: {reached}");
            let pointer = String::new();
            self.list.push(Problem { code: Code::LimitExceeded, pointer, detail, expected: None, found: None });
        }
    }
}

/// Whether the specification demands a field.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    Required,
    Optional,
}

/// The beginning of a value's text, for a message.
pub(crate) fn excerpt(value: Value<'_>) -> String {
    const LONGEST: usize = 60;
    let text = value.text();
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

/// One object of a document, with the names of the fields that the specification gives it.
pub(crate) struct Object<'a, 'p> {
    members: Vec<Member<'a>>,
    path: Path<'p>,
    /// Take keys without regard to case, as Go does: for documents that only Go programs define.
    fold: bool,
}

impl<'a, 'p> Object<'a, 'p> {
    /// Opens an object; notes when it is none, and each key that only readers without regard to case would know.
    pub(crate) fn open(value: Value<'a>, path: Path<'p>, known: &[&str], problems: &mut Problems) -> Option<Self> {
        let object = Self::open_map(value, path, problems)?;
        for (key, twin) in twins(&object.members, known) {
            let detail = format!("readers that ignore case read the key `{key}` as `{twin}`; other readers ignore it");
            problems.note(Code::JsonKeyCase, path, detail);
        }
        Some(object)
    }

    /// Opens an object whose keys are taken without regard to case.
    pub(crate) fn open_folded(value: Value<'a>, path: Path<'p>, problems: &mut Problems) -> Option<Self> {
        let object = Self::open_map(value, path, problems)?;
        for (key, twin) in twins(&object.members, &[]) {
            let detail = format!(
                "the keys `{twin}` and `{key}` differ only in case; readers that ignore case read them as one key"
            );
            problems.note(Code::JsonKeyCase, path, detail);
        }
        Some(Object { fold: true, ..object })
    }

    /// Opens an object whose keys are data, so that case matters.
    pub(crate) fn open_map(value: Value<'a>, path: Path<'p>, problems: &mut Problems) -> Option<Self> {
        match value.members() {
            Some(members) => Some(Object { members, path, fold: false }),
            None => {
                problems.compared(Code::FieldType, path, "not an object", Kind::Object, excerpt(value));
                None
            }
        }
    }

    /// The last member of this key.
    pub(crate) fn get(&self, key: &str) -> Option<Value<'a>> {
        let same = |member: &&Member<'a>| member.key == key || self.fold && folded_equal(&member.key, key);
        self.members.iter().rev().find(same).map(|member| member.value)
    }

    /// The last member of this key, unless it is null.
    pub(crate) fn present(&self, key: &str) -> Option<Value<'a>> {
        self.get(key).filter(|value| value.kind() != Kind::Null)
    }

    /// A field of any type, read by `read`, which returns None for a value of the wrong type.
    pub(crate) fn field<T>(
        &self,
        key: &str,
        need: Need,
        expected: &str,
        problems: &mut Problems,
        read: impl FnOnce(Value<'a>) -> Option<T>,
    ) -> Field<T> {
        let Some(value) = self.present(key) else {
            if need == Need::Required {
                let (code, path) = (Code::FieldMissing, self.path);
                problems.note(code, path, format!("the required field `{key}` is missing"));
            }
            return Field::Missing;
        };
        match read(value) {
            Some(read) => Field::Ok(read),
            None => {
                let path = Path::Key(&self.path, key);
                problems.compared(
                    Code::FieldType,
                    path,
                    format!("`{key}` is not {expected}"),
                    expected,
                    excerpt(value),
                );
                Field::Bad(excerpt(value).into())
            }
        }
    }

    pub(crate) fn string(&self, key: &str, need: Need, problems: &mut Problems) -> Field<String> {
        match self.present(key) {
            // A string that has no value in Unicode was reported with the text.
            Some(value) if value.kind() == Kind::String && value.as_str().is_none() => {
                Field::Bad(excerpt(value).into())
            }
            _ => self.field(key, need, "a string", problems, |value| value.as_str().map(Cow::into_owned)),
        }
    }

    /// `true` or `false`.
    pub(crate) fn flag(&self, key: &str, problems: &mut Problems) -> Field<bool> {
        self.field(key, Need::Optional, "true or false", problems, |value| match value.text() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        })
    }

    /// A size in bytes: a whole number that fits the specification's `int64` and is not negative.
    pub(crate) fn size(&self, key: &str, need: Need, problems: &mut Problems) -> Field<u64> {
        self.field(key, need, "a whole number of bytes from 0 to 2^63 - 1", problems, Value::as_u63)
    }

    pub(crate) fn digest(&self, key: &str, need: Need, problems: &mut Problems) -> Field<Digest> {
        let Some(value) = self.present(key) else { return self.field(key, need, "a digest", problems, |_| None) };
        digest(value, Path::Key(&self.path, key), problems)
    }

    pub(crate) fn media_type(&self, key: &str, need: Need, problems: &mut Problems) -> Field<MediaType> {
        let field = self.field(key, need, "a string", problems, |value| Some(MediaType::new(&value.as_str()?)));
        if let Field::Ok(media_type) = &field
            && !media_type.is_well_formed()
        {
            let path = Path::Key(&self.path, key);
            let detail = format!("`{key}` is not a media type");
            problems.compared(Code::FieldValue, path, detail, "type/subtype (RFC 6838)", media_type);
        }
        if let Field::Ok(media_type) = &field
            && let Some(known) = media_type.known_in_lower_case()
        {
            let path = Path::Key(&self.path, key);
            let detail = format!("`{key}` is a known media type only if case is ignored");
            problems.compared(Code::FieldValue, path, detail, known, media_type);
        }
        field
    }

    /// A list of strings; items of another type are noted and left out.
    pub(crate) fn strings(&self, key: &str, problems: &mut Problems) -> Field<Vec<String>> {
        self.list(key, Need::Optional, problems, |value, path, problems| match value.as_str() {
            Some(text) => Some(text.into_owned()),
            None => {
                problems.compared(Code::FieldType, path, "not a string", Kind::String, excerpt(value));
                None
            }
        })
    }

    /// A list of anything.
    pub(crate) fn list<T>(
        &self,
        key: &str,
        need: Need,
        problems: &mut Problems,
        mut read: impl FnMut(Value<'a>, Path<'_>, &mut Problems) -> Option<T>,
    ) -> Field<Vec<T>> {
        let items = match self.field(key, need, "an array", problems, Value::items) {
            Field::Ok(items) => items,
            Field::Missing => return Field::Missing,
            Field::Bad(text) => return Field::Bad(text),
        };
        let path = Path::Key(&self.path, key);
        let read_item = |(number, item)| read(item, Path::Item(&path, number), &mut *problems);
        Field::Ok(items.into_iter().enumerate().filter_map(read_item).collect())
    }

    /// A map from strings to strings, as annotations are; values of another type are noted and left out.
    pub(crate) fn string_map(&self, key: &str, problems: &mut Problems) -> Vec<(Box<str>, Box<str>)> {
        let Some(value) = self.present(key) else { return Vec::new() };
        let path = Path::Key(&self.path, key);
        let Some(object) = Object::open_map(value, path, problems) else { return Vec::new() };
        let mut map = Vec::with_capacity(object.members.len());
        for member in &object.members {
            match member.value.as_str() {
                Some(text) => map.push((member.key.clone().into(), text.into())),
                None => {
                    let path = Path::Key(&path, &member.key);
                    problems.compared(Code::FieldType, path, "not a string", Kind::String, excerpt(member.value));
                }
            }
        }
        map
    }

    pub(crate) fn members(&self) -> &[Member<'a>] {
        &self.members
    }

    pub(crate) fn path(&self) -> Path<'p> {
        self.path
    }
}

/// A digest, or a note of what is wrong with it.
pub(crate) fn digest(value: Value<'_>, path: Path<'_>, problems: &mut Problems) -> Field<Digest> {
    let Some(text) = value.as_str() else {
        problems.compared(Code::FieldType, path, "not a string", "a digest", excerpt(value));
        return Field::Bad(excerpt(value).into());
    };
    match text.parse() {
        Ok(digest) => Field::Ok(digest),
        Err(error) => {
            problems.compared(Code::DigestInvalid, path, format!("{error}"), "a digest", excerpt(value));
            Field::Bad(excerpt(value).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(text: &str) -> Vec<(Code, String)> {
        let mut problems = Problems::new(&Limits::default());
        let value = Value::parse(text).unwrap();
        Object::open(value, Path::Root, &["mediaType", "size", "tasks"], &mut problems);
        problems.list.into_iter().map(|problem| (problem.code, problem.detail)).collect()
    }

    #[test]
    fn keys_that_only_some_readers_know() {
        for (text, count) in [
            (r#"{"mediaType":1,"size":2,"x":3}"#, 0),
            (r#"{"MediaType":1}"#, 1),
            (r#"{"mediaType":1,"MEDIATYPE":2,"Size":3}"#, 2),
            ("{\"ta\u{17f}k\u{17f}\":1}", 1),
            (r#"{"foo":1,"Foo":2}"#, 1),
        ] {
            let found = open(text);
            assert_eq!(found.len(), count, "{text}: {found:?}");
            assert!(found.iter().all(|(code, _)| *code == Code::JsonKeyCase));
        }
        assert_eq!(open("[]")[0].0, Code::FieldType);
    }

    #[test]
    fn a_field_is_missing_bad_or_fine() {
        let value = Value::parse(r#"{"a":1.0,"b":null,"c":7,"d":["x",1]}"#).unwrap();
        let mut problems = Problems::new(&Limits::default());
        let object = Object::open(value, Path::Root, &[], &mut problems).unwrap();
        assert_eq!(object.size("a", Need::Required, &mut problems), Field::Bad("1.0".into()));
        assert_eq!(object.size("b", Need::Optional, &mut problems), Field::Missing);
        assert_eq!(object.size("c", Need::Required, &mut problems), Field::Ok(7));
        assert_eq!(object.strings("d", &mut problems), Field::Ok(vec!["x".into()]));
        assert_eq!(object.string("e", Need::Required, &mut problems), Field::Missing);
        let seen: Vec<_> = problems.list.iter().map(|p| (p.code, p.pointer.as_str())).collect();
        assert_eq!(seen, [(Code::FieldType, "/a"), (Code::FieldType, "/d/1"), (Code::FieldMissing, "")]);
    }
}
