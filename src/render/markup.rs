//! Untrusted text in HTML and XML.

use std::fmt::{self, Write};

use super::Shown;

/// Text from an image file as text of a document or value of an attribute: what would act on a reader is written as
/// [`Shown`] writes it, what has a meaning in markup as a reference.
///
/// XML 1.0 (section 2.2) allows every character that is left.
#[derive(Debug, Clone, Copy)]
pub(super) struct Markup<'a>(pub(super) &'a str);

impl fmt::Display for Markup<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(Escaping(f), "{}", Shown(self.0))
    }
}

struct Escaping<'a, 'f>(&'a mut fmt::Formatter<'f>);

impl Write for Escaping<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.chars().try_for_each(|c| match c {
            '&' => self.0.write_str("&amp;"),
            '<' => self.0.write_str("&lt;"),
            '>' => self.0.write_str("&gt;"),
            '"' => self.0.write_str("&quot;"),
            '\'' => self.0.write_str("&#39;"),
            c => self.0.write_char(c),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_acts_in_markup() {
        for (text, written) in [
            ("plain ä 漢", "plain ä 漢"),
            ("<script>alert('&')</script>", "&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;"),
            ("\" onload=x", "&quot; onload=x"),
            ("a\u{202e}b\u{0}\n", "a\\u{202e}b\\u{0}\\u{a}"),
            ("\u{fffe}\u{ffff}", "\\u{fffe}\\u{ffff}"),
        ] {
            assert_eq!(Markup(text).to_string(), written);
        }
    }
}
