//! Untrusted text on a terminal.

use std::fmt::{self, Write};

use crate::harmful::is_harmful;

/// Text from an image file, shown so that it cannot act on a terminal: control characters, characters that change the
/// direction of writing and those without width are written as `\u{...}`.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a>(pub &'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            if is_harmful(c) {
                write!(f, "\\u{{{:x}}}", u32::from(c))?;
            } else {
                f.write_char(c)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_acts_on_a_terminal() {
        for (text, shown) in [
            ("plain ä 漢", "plain ä 漢"),
            ("\x1b[2J", "\\u{1b}[2J"),
            ("a\nb\tc", "a\\u{a}b\\u{9}c"),
            ("\u{202e}cod", "\\u{202e}cod"),
            ("a\u{200b}b", "a\\u{200b}b"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("a\u{fffe}\u{1ffff}", "a\\u{fffe}\\u{1ffff}"),
        ] {
            assert_eq!(Shown(text).to_string(), shown);
        }
    }
}
