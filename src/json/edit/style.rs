//! How a document is laid out around one array or object, and laying out new values alike.

use std::ops::Range;

use super::super::Value;
use super::super::check::string_end;

/// The layout of one container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Style {
    /// On lines of their own: a line break and the indentation of the elements.
    lines: Option<Lines>,
    /// What stands between elements; for lines without the line break.
    comma: String,
    /// What stands between a key and its value.
    colon: String,
    /// Whether containers inside have their elements on lines.
    inside_lines: bool,
}

/// Elements on lines of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Lines {
    /// From the opening bracket, or the comma, to an element.
    before: String,
    /// From the last element to the closing bracket.
    close: String,
    /// What one step inward adds.
    unit: String,
}

/// What a whole document is like, for containers that do not show it themselves.
pub(super) struct Usual {
    multiline: bool,
    colon: Option<String>,
    comma: Option<String>,
}

impl Usual {
    pub(super) fn of(document: &str) -> Self {
        Usual {
            multiline: document.trim_end().contains('\n'),
            colon: first_of(document, b':'),
            comma: first_of(document, b','),
        }
    }
}

impl Style {
    /// The style of a container: its own where it has elements, else its parent's.
    pub(super) fn of(container: Value<'_>, parent: Option<Value<'_>>, usual: &Usual) -> Self {
        let document = container.document();
        let own = Space::of(container);
        let lines = match &own {
            Some(space) => space.lines(document),
            None => parent.and_then(Space::of).and_then(|space| space.lines(document)).map(|lines| lines.inward()),
        };
        let children = container.items().unwrap_or_else(|| {
            container.members().unwrap_or_default().into_iter().map(|member| member.value).collect()
        });
        let inner = children.iter().find_map(|child| Space::of(*child));
        let inside_lines = inner.map_or(lines.is_some(), |space| space.lines(document).is_some());
        let own_colon = container.members().and_then(|members| {
            let value = members.first()?.value.span().start;
            let before = &document[..value];
            Some(before[before.rfind('"')? + 1..].to_owned())
        });
        let multiline = lines.is_some() || usual.multiline;
        let colon = own_colon.or_else(|| usual.colon.clone());
        let colon = colon.unwrap_or_else(|| if multiline { ": " } else { ":" }.to_owned());
        let comma = if lines.is_some() { None } else { own.and_then(|space| space.gap(document)) };
        let comma = comma.or_else(|| usual.comma.clone());
        let comma = comma.unwrap_or_else(|| if colon.ends_with(' ') && !multiline { ", " } else { "," }.to_owned());
        Style { lines, comma, colon, inside_lines }
    }

    /// What stands between two elements.
    pub(super) fn gap(&self) -> String {
        match &self.lines {
            Some(lines) => format!(",{}", lines.before),
            None => self.comma.clone(),
        }
    }

    pub(super) fn colon(&self) -> &str {
        &self.colon
    }

    /// What stands after the opening and before the closing bracket.
    pub(super) fn around(&self) -> (&str, &str) {
        self.lines.as_ref().map_or(("", ""), |lines| (&lines.before, &lines.close))
    }

    /// The style of a container inside this one.
    pub(super) fn inside(&self) -> Style {
        let lines = self.lines.as_ref().filter(|_| self.inside_lines).map(Lines::inward);
        Style { lines, ..self.clone() }
    }

    /// A JSON text in this style; only the white space between its tokens changes.
    pub(super) fn lay_out(&self, value: &str) -> String {
        let mut written = String::with_capacity(value.len());
        let mut styles = vec![self.clone()];
        let bytes = value.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let style = &styles[styles.len() - 1];
            match bytes[at] {
                b' ' | b'\t' | b'\r' | b'\n' => {}
                b'"' => {
                    let end = string_end(bytes, at);
                    written.push_str(&value[at..end]);
                    at = end;
                    continue;
                }
                open @ (b'{' | b'[') => {
                    written.push(char::from(open));
                    let next = bytes[at + 1..].iter().position(|byte| !byte.is_ascii_whitespace());
                    if let Some(next) = next.filter(|next| matches!(bytes[at + 1 + next], b'}' | b']')) {
                        written.push(char::from(bytes[at + 1 + next]));
                        at += next + 2;
                        continue;
                    }
                    written.push_str(style.around().0);
                    let inside = style.inside();
                    styles.push(inside);
                }
                close @ (b'}' | b']') => {
                    styles.pop();
                    if let Some(style) = styles.last() {
                        written.push_str(style.around().1);
                    }
                    written.push(char::from(close));
                    if styles.is_empty() {
                        break;
                    }
                }
                b',' => written.push_str(&styles[styles.len().saturating_sub(2)].gap()),
                b':' => written.push_str(&style.colon),
                _ => {
                    let rest = &bytes[at..];
                    let ends = |byte: &u8| byte.is_ascii_whitespace() || b",:]}".contains(byte);
                    let end = at + rest.iter().position(ends).unwrap_or(rest.len());
                    written.push_str(&value[at..end]);
                    at = end;
                    continue;
                }
            }
            at += 1;
        }
        written
    }
}

impl Lines {
    fn inward(&self) -> Lines {
        let before = format!("{}{}", self.before, self.unit);
        Lines { close: self.before.clone(), before, unit: self.unit.clone() }
    }
}

/// The white space of a container that has elements.
struct Space {
    container: Range<usize>,
    /// The places of the first element and its successor; a member's place is that of its value.
    first_end: usize,
    first_start: usize,
    second_start: Option<usize>,
    last_end: usize,
}

impl Space {
    fn of(container: Value<'_>) -> Option<Self> {
        let document = container.document();
        let span = container.span();
        let (starts, ends): (Vec<usize>, Vec<usize>) = match container.items() {
            Some(items) => items.iter().map(|item| (item.span().start, item.span().end)).unzip(),
            None => {
                let mut end = span.start + 1;
                let places = container.members()?.into_iter().map(|member| {
                    let value = member.value.span();
                    let start = document[end..value.start].find('"').map_or(value.start, |at| end + at);
                    end = value.end;
                    (start, value.end)
                });
                places.unzip()
            }
        };
        Some(Space {
            container: span,
            first_start: *starts.first()?,
            first_end: *ends.first()?,
            second_start: starts.get(1).copied(),
            last_end: *ends.last()?,
        })
    }

    fn lines(&self, document: &str) -> Option<Lines> {
        let before = &document[self.container.start + 1..self.first_start];
        let close = &document[self.last_end..self.container.end - 1];
        before.contains('\n').then(|| {
            let unit = before.strip_prefix(close).filter(|_| close.contains('\n'));
            let indentation = || before.rsplit('\n').next().unwrap_or_default();
            Lines {
                before: before.to_owned(),
                close: close.to_owned(),
                unit: unit.unwrap_or_else(indentation).to_owned(),
            }
        })
    }

    fn gap(&self, document: &str) -> Option<String> {
        self.second_start.map(|second| document[self.first_end..second].to_owned())
    }
}

/// The first colon or comma of a document that has no line break beside it, with the blanks around it.
fn first_of(document: &str, mark: u8) -> Option<String> {
    let bytes = document.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b'"' {
            at = string_end(bytes, at);
            continue;
        }
        if bytes[at] == mark {
            let blank = |byte: &&u8| byte.is_ascii_whitespace();
            let before = bytes[..at].iter().rev().take_while(blank).count();
            let after = bytes[at + 1..].iter().take_while(blank).count();
            let text = &document[at - before..at + 1 + after];
            if !text.contains('\n') {
                return Some(text.to_owned());
            }
        }
        at += 1;
    }
    None
}
