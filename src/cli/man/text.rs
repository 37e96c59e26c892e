//! A manual page while it is written: sections, paragraphs, entries and code.

use roff::{Inline, Roff, bold, roman};

/// Columns of a line of source: the difference between two versions of a page stays readable.
const COLUMNS: usize = 72;

pub(super) struct Page(pub(super) Roff);

impl Page {
    /// A page with its title line; `section` is that of the manual.
    pub(super) fn new(name: &str, section: &str, version: &str) -> Page {
        let mut page = Page(Roff::new());
        let version = format!("ocikit {version}");
        // Without a date, so that the same program writes the same pages.
        page.0.control("TH", [name.to_uppercase().as_str(), section, r#""""#, &version, "ocikit manual"]);
        page
    }

    pub(super) fn section(&mut self, title: &str) {
        self.0.control("SH", [title.to_uppercase().as_str()]);
    }

    pub(super) fn subsection(&mut self, title: &str) {
        self.0.control("SS", [title.replace('-', r"\-").as_str()]);
    }

    /// A paragraph, filled by the reader; text in backticks is bold.
    pub(super) fn text(&mut self, text: &str) {
        let (mut line, mut width, mut is_code) = (Vec::new(), 0, false);
        for word in text.split_whitespace() {
            if width > 0 && width + 1 + word.len() > COLUMNS {
                self.0.text(std::mem::take(&mut line));
                width = 0;
            }
            if width > 0 {
                line.push(roman(" "));
            }
            for (at, part) in word.split('`').enumerate() {
                is_code ^= at > 0;
                match part {
                    "" => {}
                    part => line.push(if is_code { bold(part) } else { roman(part) }),
                }
            }
            width += 1 + word.len();
        }
        if !line.is_empty() {
            self.0.text(line);
        }
    }

    /// Paragraphs separated by empty lines.
    pub(super) fn paragraphs(&mut self, text: &str, between: &str) {
        for (at, paragraph) in text.split("\n\n").enumerate() {
            if at > 0 {
                self.0.control(between, []);
            }
            self.text(paragraph);
        }
    }

    pub(super) fn entry(&mut self, head: Vec<Inline>, text: &str) {
        self.0.control("TP", []);
        self.0.text(head);
        self.text(text);
    }

    /// Indented lines that the reader does not fill.
    pub(super) fn code<'a>(&mut self, lines: impl IntoIterator<Item = &'a str>) {
        self.0.control("RS", ["4"]);
        self.0.control("nf", []);
        for line in lines {
            self.0.text([bold(line)]);
        }
        self.0.control("fi", []);
        self.0.control("RE", []);
    }
}

pub(super) fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| format!("{}{}", first.to_uppercase(), chars.as_str()))
}
