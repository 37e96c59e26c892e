//! Keys that are one to readers that ignore case, as Go's `encoding/json` does, and two to all others.

use std::collections::HashMap;

use crate::json::Member;

/// The keys that are another one to readers that ignore case: a known field's, or one that stands before.
///
/// At most a hundred of one object.
pub(super) fn twins<'m>(members: &'m [Member<'_>], known: &[&str]) -> Vec<(&'m str, String)> {
    const MOST_TWINS: usize = 100;
    let mut seen: HashMap<String, &str> = HashMap::new();
    let mut twins = Vec::new();
    for member in members {
        let key = member.key.as_ref();
        if known.contains(&key) {
            continue;
        }
        let folded = folded(key);
        if let Some(name) = known.iter().find(|name| folded_equal(name, key)) {
            twins.push((key, (*name).to_owned()));
        } else if let Some(earlier) = seen.get(&folded).filter(|earlier| **earlier != key) {
            twins.push((key, (*earlier).to_owned()));
        } else {
            seen.insert(folded, key);
        }
        if twins.len() == MOST_TWINS {
            break;
        }
    }
    twins
}

/// Whether Go's `encoding/json` takes one key for the other: equal under simple folding, in which U+017F is `s` and
/// U+212A is `k`.
pub(super) fn folded_equal(one: &str, other: &str) -> bool {
    one.chars().map(fold).eq(other.chars().map(fold))
}

fn folded(key: &str) -> String {
    key.chars().map(fold).collect()
}

fn fold(c: char) -> char {
    match c {
        '\u{17f}' => 's',
        '\u{212a}' => 'k',
        c => c.to_ascii_lowercase(),
    }
}
