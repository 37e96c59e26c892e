//! JSON to write: members keep their order, numbers their spelling, and the indentation is a choice.

use std::fmt::Write as _;

/// A JSON value. Objects are lists, so order and duplicates are the test's business.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    Null,
    Bool(bool),
    /// A number exactly as spelled.
    Number(String),
    Text(String),
    Array(Vec<Json>),
    Object(Vec<(String, Json)>),
}

/// How a document is laid out; producers differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// No white space: docker, containerd, skopeo.
    Compact,
    /// One member a line, this many spaces a level: BuildKit 2, crane 3.
    Indent(usize),
}

/// An object of these members, in this order.
pub fn obj<const N: usize>(members: [(&str, Json); N]) -> Json {
    Json::Object(members.into_iter().map(|(key, value)| (key.to_string(), value)).collect())
}

/// An array of these values.
pub fn arr<T: Into<Json>>(values: impl IntoIterator<Item = T>) -> Json {
    Json::Array(values.into_iter().map(Into::into).collect())
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Json::Text(text.to_string())
    }
}

impl From<String> for Json {
    fn from(text: String) -> Self {
        Json::Text(text)
    }
}

impl From<&String> for Json {
    fn from(text: &String) -> Self {
        Json::Text(text.clone())
    }
}

impl From<usize> for Json {
    fn from(number: usize) -> Self {
        Json::Number(number.to_string())
    }
}

impl From<bool> for Json {
    fn from(value: bool) -> Self {
        Json::Bool(value)
    }
}

impl Json {
    /// Adds a member at the end of an object, whether or not the key is there already.
    pub fn push(&mut self, key: &str, value: impl Into<Json>) {
        let Json::Object(members) = self else { panic!("`{key}` can only be added to an object") };
        members.push((key.to_string(), value.into()));
    }

    /// [`push`](Self::push), for building in one expression.
    pub fn with(mut self, key: &str, value: impl Into<Json>) -> Self {
        self.push(key, value);
        self
    }

    /// The document's text, without a line end after it.
    pub fn text(&self, style: Style) -> String {
        let mut out = String::new();
        self.write(&mut out, style, 0);
        out
    }

    /// The document's text without white space.
    pub fn compact(&self) -> String {
        self.text(Style::Compact)
    }

    fn write(&self, out: &mut String, style: Style, level: usize) {
        match self {
            Json::Null => out.push_str("null"),
            Json::Bool(value) => write!(out, "{value}").unwrap(),
            Json::Number(number) => out.push_str(number),
            Json::Text(text) => out.push_str(&serde_json::to_string(text).unwrap()),
            Json::Array(values) => {
                let items = values.iter().map(|value| (None, value));
                write_list(out, style, level, ['[', ']'], items);
            }
            Json::Object(members) => {
                let items = members.iter().map(|(key, value)| (Some(key.as_str()), value));
                write_list(out, style, level, ['{', '}'], items);
            }
        }
    }
}

fn write_list<'a>(
    out: &mut String,
    style: Style,
    level: usize,
    brackets: [char; 2],
    items: impl ExactSizeIterator<Item = (Option<&'a str>, &'a Json)>,
) {
    let empty = items.len() == 0;
    out.push(brackets[0]);
    for (position, (key, value)) in items.enumerate() {
        if position > 0 {
            out.push(',');
        }
        break_line(out, style, level + 1);
        if let Some(key) = key {
            out.push_str(&serde_json::to_string(key).unwrap());
            out.push_str(if style == Style::Compact { ":" } else { ": " });
        }
        value.write(out, style, level + 1);
    }
    if !empty {
        break_line(out, style, level);
    }
    out.push(brackets[1]);
}

fn break_line(out: &mut String, style: Style, level: usize) {
    if let Style::Indent(width) = style {
        out.push('\n');
        out.extend(std::iter::repeat_n(' ', width * level));
    }
}
