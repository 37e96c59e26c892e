//! Changing a document and every digest that leads to it.
//!
//! With the parents in step, a defect inside a document is the only defect of the file: nothing but a reader that
//! understands the document will notice.

use std::collections::VecDeque;

use super::{Files, Kind};
use crate::support::hash::{hex_of, same_algorithm, sha256, sha512};

impl Files {
    /// Changes the text of the document with this digest, then every digest, size, file name, attestation subject and
    /// tag that names it, up to `index.json` and `manifest.json`. Returns the document's new digest.
    pub fn rewrite_document(&mut self, digest: &str, edit: impl FnOnce(&str) -> String) -> String {
        self.rewrite_blob(digest, |bytes| edit(std::str::from_utf8(bytes).expect("the document is text")).into_bytes())
    }

    /// [`rewrite_document`](Self::rewrite_document) for a blob of any kind. A config's diff_ids are not digests of
    /// blobs and stay.
    pub fn rewrite_blob(&mut self, digest: &str, edit: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
        let before = self.content_of(digest);
        let after = edit(&before);
        assert_ne!(before, after, "the edit of `{digest}` changed nothing");
        let first = Change::new(digest, &before, &after);
        for member in self.members_mut() {
            if member.kind == Kind::File(before.clone()) {
                member.kind = Kind::File(after.clone());
            }
        }
        let new_digest = first.to.clone();
        let mut pending = VecDeque::from([first]);
        let mut steps = 0;
        while let Some(change) = pending.pop_front() {
            steps += 1;
            assert!(steps < 100_000, "`{digest}` has no end of parents");
            self.follow(&change, &mut pending);
        }
        new_digest
    }

    fn content_of(&self, digest: &str) -> Vec<u8> {
        self.members()
            .iter()
            .find_map(|member| match &member.kind {
                Kind::File(content) if same_algorithm(digest, content) == digest => Some(content.clone()),
                _ => None,
            })
            .unwrap_or_else(|| panic!("no member has the digest {digest}"))
    }

    /// Takes one change of a digest into every name, link and document; documents that are blobs thereby change
    /// their own digest, which is queued.
    fn follow(&mut self, change: &Change, pending: &mut VecDeque<Change>) {
        let (old_hex, new_hex) = (hex_of(&change.from), hex_of(&change.to));
        for member in self.members_mut() {
            if member.name.contains(old_hex) {
                member.name = member.name.replace(old_hex, new_hex);
            }
            let content = match &mut member.kind {
                Kind::File(content) => content,
                Kind::Symlink(target) | Kind::Hardlink(target) => {
                    *target = target.replace(old_hex, new_hex);
                    continue;
                }
                _ => continue,
            };
            let Some(text) = document(content).filter(|text| text.contains(old_hex)) else { continue };
            let changed = change.resize(&text.replace(old_hex, new_hex)).into_bytes();
            for (hash, digits) in [(sha256 as fn(&[u8]) -> String, 64), (sha512, 128)] {
                // A member that its digest names is a blob; index.json and manifest.json are not.
                if member.name.len() < digits {
                    break;
                }
                let own = hash(content);
                if member.name.contains(hex_of(&own)) {
                    let next = Change::new(&own, content, &changed);
                    member.name = member.name.replace(hex_of(&own), hex_of(&next.to));
                    if !pending.contains(&next) {
                        pending.push_back(next);
                    }
                    break;
                }
            }
            *content = changed;
        }
    }
}

/// A blob whose digest became another.
#[derive(Debug, PartialEq)]
struct Change {
    from: String,
    to: String,
    sizes: [usize; 2],
}

impl Change {
    fn new(from: &str, before: &[u8], after: &[u8]) -> Self {
        Change { from: from.to_string(), to: same_algorithm(from, after), sizes: [before.len(), after.len()] }
    }

    /// Sets the size in every descriptor of the new digest, where it was right before.
    fn resize(&self, text: &str) -> String {
        let mut out = text.to_string();
        let mut from = 0;
        while let Some(found) = out[from..].find(&format!("\"{}\"", self.to)) {
            let at = from + found;
            from = at + 1;
            let (start, end) = enclosing_object(&out, at);
            if let Some((number_start, number_end)) = own_size(&out, start, end)
                && out[number_start..number_end] == self.sizes[0].to_string()
            {
                out.replace_range(number_start..number_end, &self.sizes[1].to_string());
            }
        }
        out
    }
}

fn document(content: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(content).ok()?;
    text.trim_start().starts_with(['{', '[']).then_some(text)
}

/// The braces around a position. Strings with braces in them do not occur in what is built here.
fn enclosing_object(text: &str, at: usize) -> (usize, usize) {
    let mut depth = 0;
    let start = text[..at].rfind(|c| {
        depth += match c {
            '}' => 1,
            '{' => -1,
            _ => 0,
        };
        depth < 0
    });
    let mut depth = 0;
    let end = text[at..].find(|c| {
        depth += match c {
            '{' => 1,
            '}' => -1,
            _ => 0,
        };
        depth < 0
    });
    (start.unwrap_or(0), end.map_or(text.len(), |end| at + end))
}

/// Where the digits of the object's own `size` stand, not those of an object inside it.
fn own_size(text: &str, start: usize, end: usize) -> Option<(usize, usize)> {
    let mut from = start;
    loop {
        let at = from + text[from..end].find("\"size\"")?;
        if enclosing_object(text, at).0 == start {
            let digits = at + text[at..end].find(|c: char| c.is_ascii_digit())?;
            let length = text[digits..end].find(|c: char| !c.is_ascii_digit()).unwrap_or(end - digits);
            return Some((digits, digits + length));
        }
        from = at + 1;
    }
}
