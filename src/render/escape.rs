//! Text of strangers on a terminal.

use std::fmt::{self, Write};

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

/// C0 and C1 controls; the bidirectional controls of CVE-2021-42574; characters without width, which make two names
/// look alike; line and paragraph separators; tags and variation selectors, which hide text; what is no character.
pub(super) fn is_harmful(c: char) -> bool {
    c.is_control()
        || u32::from(c) & 0xfffe == 0xfffe
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fdd0}'..='\u{fdef}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
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
