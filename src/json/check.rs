//! What makes two readers of one JSON document disagree, at any depth: repeated keys, too much nesting.

use std::borrow::Cow;
use std::collections::HashSet;

use super::Value;
use super::value::decoded;

/// One thing found, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// A JSON pointer to the object that has the key, or to what is nested too deep.
    pub pointer: String,
    /// What is wrong there.
    pub kind: ProblemKind,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProblemKind {
    /// A key is listed twice in one object. RFC 8259, section 4: what a reader makes of it is unpredictable.
    DuplicateKey(String),
    /// A string with half a surrogate pair, `\ud800`: no character. RFC 8259, section 8.2: some readers put U+FFFD in its
    /// place, others refuse.
    HalfPair,
    /// A string with `\u0000`: readers that keep strings as C does see its beginning alone.
    Nul,
    /// More arrays and objects inside each other than the limit allows.
    TooDeep,
    /// More values than the limit allows.
    TooMany,
}

/// An object or array that is open at some point of the scan.
struct Open<'a> {
    keys: Option<Keys<'a>>,
    /// For an array, the number of the current item.
    item: usize,
}

/// The keys of an object: a list while it is short, a set when it grows.
#[derive(Default)]
struct Keys<'a> {
    list: Vec<Cow<'a, str>>,
    set: HashSet<Cow<'a, str>>,
}

impl<'a> Keys<'a> {
    const SHORT: usize = 32;

    /// Adds a key; false when it was there.
    fn insert(&mut self, key: Cow<'a, str>) -> bool {
        let is_new = if self.set.is_empty() { !self.list.contains(&key) } else { self.set.insert(key.clone()) };
        self.list.push(key);
        if self.set.is_empty() && self.list.len() > Self::SHORT {
            self.set = self.list.iter().cloned().collect();
        }
        is_new
    }
}

/// Scans a value once, without recursion; `max_depth` bounds the nesting that is inspected, `max_values` the number of
/// values.
///
/// At most `most` problems are reported.
pub fn check(value: Value<'_>, max_depth: usize, max_values: usize, most: usize) -> Vec<Problem> {
    let text = value.text();
    let bytes = text.as_bytes();
    let mut open: Vec<Open<'_>> = Vec::new();
    let mut problems = Vec::new();
    let mut at = 0;
    // Each value follows a comma, or an opening bracket; an empty array or object counts for two.
    let mut values = 1;
    // A string is a key when it stands directly in an object, after `{` or `,`.
    let mut key_next = false;
    while at < bytes.len() && problems.len() < most {
        if matches!(bytes[at], b'{' | b'[' | b',') {
            values += 1;
            if values > max_values {
                problems.push(Problem { pointer: String::new(), kind: ProblemKind::TooMany });
                return problems;
            }
        }
        match bytes[at] {
            b'{' | b'[' if open.len() == max_depth => {
                problems.push(Problem { pointer: pointer(&open), kind: ProblemKind::TooDeep });
                return problems;
            }
            b'{' => {
                open.push(Open { keys: Some(Keys::default()), item: 0 });
                key_next = true;
            }
            b'[' => {
                open.push(Open { keys: None, item: 0 });
                key_next = false;
            }
            b'}' | b']' => {
                open.pop();
                key_next = false;
            }
            b',' => {
                if let Some(last) = open.last_mut() {
                    last.item += 1;
                    key_next = last.keys.is_some();
                }
            }
            b'"' => {
                let end = string_end(bytes, at);
                let decoded = decoded(&text[at..end]);
                let wrong = match &decoded {
                    None => Some(ProblemKind::HalfPair),
                    Some(text) if text.contains('\0') => Some(ProblemKind::Nul),
                    Some(_) => None,
                };
                if let Some(kind) = wrong {
                    // Of a key the object is reported.
                    let way = &open[..open.len() - usize::from(key_next)];
                    problems.push(Problem { pointer: pointer(way), kind });
                }
                if key_next {
                    let key = decoded.unwrap_or_else(|| Cow::Borrowed(&text[at + 1..end - 1]));
                    let keys = open.last_mut().and_then(|last| last.keys.as_mut());
                    if keys.is_some_and(|keys| !keys.insert(key.clone())) {
                        let pointer = pointer(&open[..open.len() - 1]);
                        problems.push(Problem { pointer, kind: ProblemKind::DuplicateKey(key.into_owned()) });
                    }
                    key_next = false;
                }
                at = end;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    problems
}

/// Whether more than `max_depth` arrays and objects stand inside each other.
pub fn is_deeper(value: Value<'_>, max_depth: usize) -> bool {
    let bytes = value.text().as_bytes();
    let (mut at, mut depth) = (0, 0_usize);
    while at < bytes.len() {
        match bytes[at] {
            b'{' | b'[' if depth == max_depth => return true,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => {
                at = string_end(bytes, at);
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    false
}

/// The offset after the closing quote; the text is known to be valid JSON.
pub(super) fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn pointer(open: &[Open<'_>]) -> String {
    open.iter()
        .map(|level| match level.keys.as_ref().and_then(|keys| keys.list.last()) {
            Some(key) => super::pointer_token(key),
            None => format!("/{}", level.item),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str, depth: usize) -> Vec<(String, ProblemKind)> {
        let value = Value::parse(text).unwrap();
        check(value, depth, 2_010, 100).into_iter().map(|problem| (problem.pointer, problem.kind)).collect()
    }

    #[test]
    fn repeated_keys_at_any_depth() {
        let duplicate = |key: &str| ProblemKind::DuplicateKey(key.into());
        for (text, expected) in [
            (r#"{"a":1,"b":{"a":1}}"#, vec![]),
            (r#"{"a":1,"a":2}"#, vec![(String::new(), duplicate("a"))]),
            (r#"{"a":1,"\u0061":2}"#, vec![(String::new(), duplicate("a"))]),
            (
                r#"{"m":[{"x":"a"},{"k/":1,"k/":{"q":1,"q":2}}]}"#,
                vec![("/m/1".into(), duplicate("k/")), ("/m/1/k~1".into(), duplicate("q"))],
            ),
            (r#"{"a":"{\"a\":1,","b":["a","a"]}"#, vec![]),
            (r#"[[1,{"z":[],"z":0}]]"#, vec![("/0/1".into(), duplicate("z"))]),
        ] {
            assert_eq!(problems(text, 10), expected, "{text}");
        }
    }

    #[test]
    fn half_of_a_surrogate_pair() {
        let half = |pointer: &str| vec![(pointer.to_owned(), ProblemKind::HalfPair)];
        for (text, expected) in [
            (r#"{"a":"\ud83d\ude00"}"#, vec![]),
            (r#"{"a":["x","\ud83d"]}"#, half("/a/1")),
            (r#"{"a":1,"\ude00":2}"#, half("")),
            (r#"{"\ud83dx":1,"b":2}"#, half("")),
        ] {
            assert_eq!(problems(text, 10), expected, "{text}");
        }
    }

    #[test]
    fn a_string_that_ends_early() {
        let nul = |pointer: &str| vec![(pointer.to_owned(), ProblemKind::Nul)];
        for (text, expected) in [
            (r#"{"a":"\\u0000"}"#, vec![]),
            (r#"{"a":["x\u0000y"]}"#, nul("/a/0")),
            (r#"{"b":{"a\u0000":1}}"#, nul("/b")),
        ] {
            assert_eq!(problems(text, 10), expected, "{text}");
        }
    }

    #[test]
    fn many_keys() {
        let keys: Vec<String> = (0..1000).map(|n| format!("\"k{n}\":0")).collect();
        assert_eq!(problems(&format!("{{{}}}", keys.join(",")), 5), []);
        assert_eq!(problems(&format!("{{{},\"k1\":1}}", keys.join(",")), 5).len(), 1);
    }

    #[test]
    fn values_have_a_bound() {
        let list = |count: usize| format!("[{}0]", "0,".repeat(count - 1));
        assert_eq!(problems(&list(2_009), 3), []);
        assert_eq!(problems(&list(2_010), 3), [(String::new(), ProblemKind::TooMany)]);
        assert_eq!(problems(&format!("[\"{}\"]", ",[".repeat(3_000)), 3), []);
    }

    #[test]
    fn nesting_has_a_bound() {
        assert_eq!(problems("[[[]]]", 3), []);
        assert_eq!(problems(r#"[0,{"a":[[]]}]"#, 3), [("/1/a/0".into(), ProblemKind::TooDeep)]);
        for (text, depth) in [("[[[]]]", 3), (r#"[0,{"a":["[[\"[["]}]"#, 3), ("[[],[],{}]", 2), ("0", 0)] {
            let value = Value::parse(text).unwrap();
            assert!(!is_deeper(value, depth) && (depth == 0 || is_deeper(value, depth - 1)), "{text}");
        }
    }
}
