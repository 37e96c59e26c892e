//! Markup that is well-formed and inert by construction: what is not in ocikit's own source is escaped.

use crate::render::markup::Markup;

/// Names and values of attributes. The names are the program's own.
pub(super) type Attributes<'a> = &'a [(&'static str, &'a str)];

/// Characters that are shown of one string of an image. 1,000: a long command of a history fits.
const MOST: usize = 1000;

/// Elements that stand on lines of their own.
const BLOCKS: [&str; 35] = [
    "article", "body", "caption", "dd", "details", "div", "dl", "dt", "footer", "g", "h1", "h2", "h3", "h4", "head",
    "header", "html", "li", "main", "meta", "nav", "ol", "p", "pattern", "pre", "section", "style", "summary", "svg",
    "table", "td", "th", "title", "tr", "ul",
];

/// A piece of a page.
#[derive(Debug, Default)]
pub(super) struct Html {
    out: String,
}

impl Html {
    /// An element with what the closure puts into it.
    pub(super) fn element(&mut self, name: &'static str, attributes: Attributes<'_>, inside: impl FnOnce(&mut Html)) {
        self.open(name, attributes);
        self.out.push('>');
        inside(self);
        self.out.push_str(&format!("</{name}>"));
        self.end_line(name);
    }

    /// An element with nothing but text in it.
    pub(super) fn leaf(&mut self, name: &'static str, attributes: Attributes<'_>, text: &str) {
        self.element(name, attributes, |html| html.text(text));
    }

    /// An element that has no inside.
    pub(super) fn void(&mut self, name: &'static str, attributes: Attributes<'_>) {
        self.open(name, attributes);
        self.out.push_str("/>");
        self.end_line(name);
    }

    /// Text.
    pub(super) fn text(&mut self, text: &str) {
        self.out.push_str(&Markup(text).to_string());
    }

    /// Text from an image: the direction of its letters is its own, and it is cut where it is long.
    pub(super) fn foreign(&mut self, text: &str) {
        self.leaf("bdi", &[], &cut(text, MOST));
    }

    /// Text from an image in the letters of a terminal.
    pub(super) fn code(&mut self, text: &str) {
        self.element("code", &[], |html| html.foreign(text));
    }

    /// The style sheet, which is written as it is.
    pub(super) fn style(&mut self, sheet: &'static str) {
        self.out.push_str("<style>");
        self.out.push_str(sheet);
        self.out.push_str("</style>\n");
    }

    /// A line end within preformatted text.
    pub(super) fn line_end(&mut self) {
        self.out.push('\n');
    }

    /// Bytes so far.
    pub(super) fn len(&self) -> usize {
        self.out.len()
    }

    /// The markup.
    pub(super) fn into_string(self) -> String {
        self.out
    }

    fn open(&mut self, name: &'static str, attributes: Attributes<'_>) {
        self.out.push('<');
        self.out.push_str(name);
        for (name, value) in attributes.iter().filter(|(_, value)| !value.is_empty()) {
            self.out.push_str(&format!(" {name}=\"{}\"", Markup(value)));
        }
    }

    fn end_line(&mut self, name: &str) {
        if BLOCKS.contains(&name) {
            self.out.push('\n');
        }
    }
}

/// The heads of columns that stand on the right.
const NUMBERS: [&str; 6] = ["stored", "files", "bytes", "their bytes", "hidden", "hidden bytes"];

/// A table with a caption that only screen readers read.
pub(super) fn table(html: &mut Html, caption: &str, heads: &[&str], rows: impl FnOnce(&mut Html)) {
    html.element("table", &[], |html| {
        html.leaf("caption", &[], caption);
        html.element("thead", &[], |html| {
            html.element("tr", &[], |html| {
                for head in heads {
                    let class = if NUMBERS.contains(head) { "number" } else { "" };
                    html.leaf("th", &[("scope", "col"), ("class", class)], head);
                }
            });
        });
        html.element("tbody", &[], rows);
    });
}

/// The beginning of a text that is too long.
pub(super) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_stranger_writes_stays_text() {
        let mut html = Html::default();
        html.element("p", &[("title", "a\"><script>"), ("class", "")], |html| {
            html.foreign("</p><b onclick='x'>\u{202e}")
        });
        assert_eq!(
            html.into_string(),
            "<p title=\"a&quot;&gt;&lt;script&gt;\"><bdi>&lt;/p&gt;&lt;b onclick=&#39;x&#39;&gt;\\u{202e}</bdi></p>\n"
        );
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        for (text, most, expected) in [("äöü", 3, "äöü"), ("äöü", 2, "äö…"), ("", 0, "")] {
            assert_eq!(cut(text, most), expected);
        }
    }
}
