//! Patterns of paths in an image, as shells have them.

use std::fmt;
use std::str::FromStr;

use super::super::tree::components;

/// A pattern of paths: `*` and `?` stand for a part of a name, `[a-z]` for one character, and `**` for any number of
/// directories. It counts from the root, and fits a directory with everything below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathPattern {
    text: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    /// `**`
    Directories,
    /// What one name has to be.
    Name(Vec<Token>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Byte(u8),
    /// `?`
    One,
    /// `*`
    Many,
    /// `[a-z]`, or `[!a-z]` for all others.
    Set {
        ranges: Vec<(char, char)>,
        is_negated: bool,
    },
}

impl FromStr for PathPattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.contains('\0') {
            return Err("it contains a NUL byte".to_owned());
        }
        let parts: Vec<&[u8]> = components(text.as_bytes()).collect();
        if parts.is_empty() {
            return Err("it has no name; the root cannot be stripped".to_owned());
        }
        if parts.contains(&&b".."[..]) {
            return Err("it contains `..`".to_owned());
        }
        let parts = text.split('/').filter(|part| !matches!(*part, "" | ".")).map(Part::parse);
        Ok(PathPattern { text: text.to_owned(), parts: parts.collect::<Result<_, _>>()? })
    }
}

impl fmt::Display for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl Part {
    fn parse(text: &str) -> Result<Self, String> {
        if text == "**" {
            return Ok(Part::Directories);
        }
        let mut tokens = Vec::new();
        let mut chars = text.chars();
        let mut buffer = [0; 4];
        while let Some(char) = chars.next() {
            match char {
                '*' => tokens.push(Token::Many),
                '?' => tokens.push(Token::One),
                '[' => tokens.push(Token::set(&mut chars)?),
                '\\' => {
                    let char = chars.next().ok_or("a backslash is at its end")?;
                    tokens.extend(char.encode_utf8(&mut buffer).bytes().map(Token::Byte));
                }
                char => tokens.extend(char.encode_utf8(&mut buffer).bytes().map(Token::Byte)),
            }
        }
        tokens.dedup_by(|one, other| (&*one, &*other) == (&Token::Many, &Token::Many));
        Ok(Part::Name(tokens))
    }

    fn fits(&self, name: &[u8]) -> bool {
        match self {
            Part::Directories => true,
            Part::Name(tokens) => fits(tokens, name),
        }
    }
}

impl Token {
    fn set(chars: &mut std::str::Chars<'_>) -> Result<Self, String> {
        let open = || "`[` has no `]`".to_owned();
        let (mut ranges, mut is_negated) = (Vec::new(), false);
        let mut is_first = true;
        loop {
            let first = match chars.next().ok_or_else(open)? {
                '!' | '^' if is_first && !is_negated => {
                    is_negated = true;
                    continue;
                }
                ']' if !is_first => return Ok(Token::Set { ranges, is_negated }),
                '\\' => chars.next().ok_or_else(open)?,
                char => char,
            };
            is_first = false;
            let mut ahead = chars.clone();
            let last = match (ahead.next(), ahead.next()) {
                (Some('-'), Some(last)) if last != ']' => {
                    *chars = ahead;
                    last
                }
                _ => first,
            };
            if last < first {
                return Err(format!("the range {first}-{last} is empty"));
            }
            ranges.push((first, last));
        }
    }

    /// How many bytes of a name, which is not empty, it takes; None where it does not fit.
    fn takes(&self, name: &[u8]) -> Option<usize> {
        let first = name.first()?;
        let (char, length) = match name.utf8_chunks().next().and_then(|chunk| chunk.valid().chars().next()) {
            Some(char) => (Some(char), char.len_utf8()),
            None => (None, 1),
        };
        let does = match self {
            Token::Byte(byte) => return (byte == first).then_some(1),
            Token::One | Token::Many => true,
            Token::Set { ranges, is_negated } => {
                char.is_some_and(|char| ranges.iter().any(|(first, last)| (*first..=*last).contains(&char)))
                    != *is_negated
            }
        };
        does.then_some(length)
    }
}

/// Whether a whole name fits. What the last `*` takes grows until the rest fits, so that the time is at most the product
/// of both lengths.
fn fits(tokens: &[Token], name: &[u8]) -> bool {
    let (mut token, mut at) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while at < name.len() {
        let rest = name.get(at..).unwrap_or_default();
        match tokens.get(token) {
            Some(Token::Many) => {
                star = Some((token + 1, at));
                token += 1;
                continue;
            }
            Some(own) if let Some(taken) = own.takes(rest) => {
                (token, at) = (token + 1, at + taken);
                continue;
            }
            _ => {}
        }
        let Some((behind, from)) = star else { return false };
        star = Some((behind, from + 1));
        (token, at) = (behind, from + 1);
    }
    tokens.get(token..).unwrap_or_default().iter().all(|token| *token == Token::Many)
}

impl PathPattern {
    /// Whether a path without a slash before it fits, or a directory that it is in.
    pub(super) fn takes(&self, path: &[u8]) -> bool {
        // The places in the pattern that are reached, after each name.
        let mut reached = vec![false; self.parts.len() + 1];
        self.reach(&mut reached, 0);
        for name in components(path) {
            let mut next = vec![false; reached.len()];
            for (place, part) in self.parts.iter().enumerate().filter(|(place, _)| reached[*place]) {
                if part.fits(name) {
                    let stays = self.is_passed(place);
                    self.reach(&mut next, if stays { place } else { place + 1 });
                }
            }
            if next.last() == Some(&true) {
                return true;
            }
            reached = next;
        }
        false
    }

    /// Reaches a place, and the next where `**` stands for no directory.
    fn reach(&self, reached: &mut [bool], place: usize) {
        for place in place..reached.len() {
            if let Some(reached) = reached.get_mut(place) {
                *reached = true;
            }
            if !self.is_passed(place) {
                break;
            }
        }
    }

    /// Whether there is a `**` that may stand for no directory: at the end it stands for what is below.
    fn is_passed(&self, place: usize) -> bool {
        matches!(self.parts.get(place), Some(Part::Directories)) && place + 1 < self.parts.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_fit() {
        for (pattern, fit, differ) in [
            ("etc/secret", &["etc/secret", "etc/secret/a"][..], &["etc", "etc/secret2", "x/etc/secret", "secret"][..]),
            ("/root/.ssh/", &["root/.ssh", "root/.ssh/id"], &["root", "root/x"]),
            ("*.pem", &["a.pem", ".pem", "a.pem/b"], &["etc/a.pem", "a.pemx"]),
            ("**/*.pem", &["a.pem", "etc/a.pem", "a/b/c.pem"], &["a.pe"]),
            ("**", &["a", "a/b"], &[]),
            ("a/**", &["a/b", "a/b/c"], &["a", "b/a"]),
            ("a/**/z", &["a/z", "a/b/z", "a/b/c/z"], &["a/b", "z"]),
            ("a?c", &["abc", "aéc"], &["ac", "a/c", "abbc"]),
            ("[a-c]x", &["ax", "cx"], &["dx", "x", "a"]),
            ("[!a-c]x", &["dx", "éx"], &["ax"]),
            ("[]-]", &["]", "-"], &["x"]),
            ("a\\*", &["a*"], &["ab"]),
            ("*a*b*", &["ab", "xaxbx", "aabb"], &["ba", "a"]),
            ("./a//b", &["a/b"], &["a"]),
        ] {
            let parsed: PathPattern = pattern.parse().unwrap();
            for path in fit {
                assert!(parsed.takes(path.as_bytes()), "{pattern} {path}");
            }
            for path in differ {
                assert!(!parsed.takes(path.as_bytes()), "{pattern} {path}");
            }
        }
        let any: PathPattern = "?x".parse().unwrap();
        assert!(any.takes(b"\xffx") && !any.takes(b"\xff\xffx"));
        let long = "*a".repeat(200);
        assert!(!long.parse::<PathPattern>().unwrap().takes("a".repeat(199).as_bytes()));
    }

    #[test]
    fn what_is_no_pattern() {
        for pattern in ["", "/", "./", "a/../b", "[a", "a\\", "[z-a]", "a\0"] {
            assert!(pattern.parse::<PathPattern>().is_err(), "{pattern:?}");
        }
    }
}
