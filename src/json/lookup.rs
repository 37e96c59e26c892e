//! Many values of one document, found by their pointers.

use std::collections::HashMap;

use super::{Kind, Member, Value};

/// Bytes up to which an array or object is short.
const SHORT: usize = 2048;

/// Finds values by JSON pointers, and keeps the long lists that it went through: a thousand items of one array are found
/// in one pass over it. Short ones are gone through again, for there may be many.
pub struct Lookup<'a> {
    root: Value<'a>,
    /// By the offset at which the array or object begins.
    opened: HashMap<usize, Elements<'a>>,
}

enum Elements<'a> {
    Items(Vec<Value<'a>>),
    Members(Vec<Member<'a>>),
}

impl<'a> Lookup<'a> {
    /// Of a document's one value.
    pub fn new(root: Value<'a>) -> Self {
        Lookup { root, opened: HashMap::new() }
    }

    /// The value that a pointer (RFC 6901) points to; of a key that is listed twice the last, as with [`Value::at`].
    pub fn at(&mut self, pointer: &str) -> Option<Value<'a>> {
        if pointer.is_empty() {
            return Some(self.root);
        }
        pointer.strip_prefix('/')?.split('/').try_fold(self.root, |value, token| {
            let token = token.replace("~1", "/").replace("~0", "~");
            if value.text().len() < SHORT {
                return match value.kind() {
                    Kind::Array => value.items()?.get(token.parse::<usize>().ok()?).copied(),
                    _ => value.get(&token),
                };
            }
            let elements = self.opened.entry(value.span().start).or_insert_with(|| match value.kind() {
                Kind::Array => Elements::Items(value.items().unwrap_or_default()),
                _ => Elements::Members(value.members().unwrap_or_default()),
            });
            match elements {
                Elements::Items(items) => items.get(token.parse::<usize>().ok()?).copied(),
                Elements::Members(members) => {
                    members.iter().rev().find(|member| member.key == token).map(|member| member.value)
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_finds_what_a_value_finds() {
        let text = r#"{"a": [1, {"b/": {}, "~": "x", "~": "y"}], "": 0, "n": 5}"#;
        let root = Value::parse(text).unwrap();
        let mut lookup = Lookup::new(root);
        for pointer in [
            "", "/a", "/a/0", "/a/1/b~1", "/a/1/~0", "/", "/n", "/n/x", "/a/2", "/a/x", "/a/-1", "/none", "a",
            "/a/1/~0",
        ] {
            let found = lookup.at(pointer).map(Value::text);
            assert_eq!(found, root.at(pointer).map(Value::text), "{pointer}");
        }
    }
}
