//! Markdown in manual pages: the headings, paragraphs, lists, tables and code that explanations and recipes use.

use roff::bold;

use super::text::{Page, capitalised};

enum Block<'a> {
    Heading {
        level: usize,
        title: &'a str,
    },
    Paragraph(String),
    Item(String),
    /// The cells of each row, those of the header first.
    Table(Vec<Vec<&'a str>>),
    Code(Vec<&'a str>),
}

/// What headings become.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Headings {
    /// `##` a section, `###` a subsection.
    Sections,
    /// A line in bold, as inside a subsection.
    Lines,
}

impl Page {
    /// Adds a text in Markdown, just below a title of the page.
    pub(super) fn markdown(&mut self, text: &str, headings: Headings) {
        let mut is_below_title = true;
        for block in blocks(text) {
            let begins = std::mem::take(&mut is_below_title);
            match block {
                Block::Heading { level, title } if headings == Headings::Sections => {
                    if level == 2 {
                        self.section(title)
                    } else {
                        self.subsection(title)
                    }
                    is_below_title = true;
                }
                Block::Heading { title, .. } => {
                    self.paragraph(begins);
                    self.0.text([bold(title)]);
                }
                Block::Paragraph(text) => {
                    self.paragraph(begins);
                    self.text(&text);
                }
                Block::Item(text) => {
                    self.0.control("IP", [r"\(bu", "2"]);
                    self.text(&text);
                }
                Block::Table(rows) => self.table(&rows),
                Block::Code(lines) => {
                    self.paragraph(begins);
                    self.code(lines);
                }
            }
        }
    }

    fn paragraph(&mut self, is_below_title: bool) {
        if !is_below_title {
            self.0.control("PP", []);
        }
    }

    /// An entry for each row; from the third column on, cells are introduced by the header.
    fn table(&mut self, rows: &[Vec<&str>]) {
        let Some((header, rows)) = rows.split_first() else { return };
        for row in rows {
            let Some((name, cells)) = row.split_first() else { continue };
            for (at, (title, cell)) in header.iter().skip(1).zip(cells).enumerate() {
                if at == 0 {
                    self.0.control("TP", []);
                    self.0.text([bold(name.replace('`', ""))]);
                } else {
                    self.0.control("IP", []);
                }
                let text = if cells.len() > 1 { format!("{}: {cell}", capitalised(title)) } else { (*cell).to_owned() };
                self.text(&text);
            }
        }
    }
}

fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    // Whether the last block goes on with a line of plain text.
    let mut is_open = false;
    while let Some(line) = lines.next() {
        let was_open = std::mem::replace(&mut is_open, !line.is_empty());
        let level = line.bytes().take_while(|byte| *byte == b'#').count();
        if line.starts_with("```") {
            blocks.push(Block::Code(lines.by_ref().take_while(|line| !line.starts_with("```")).collect()));
            is_open = false;
        } else if level > 0 {
            blocks.push(Block::Heading { level, title: line[level..].trim() });
            is_open = false;
        } else if let Some(row) = line.strip_prefix('|') {
            let cells: Vec<&str> = row.trim_end_matches('|').split('|').map(str::trim).collect();
            let is_rule = cells.iter().all(|cell| cell.bytes().all(|byte| b":-".contains(&byte)));
            match blocks.last_mut() {
                Some(Block::Table(_)) if was_open && is_rule => {}
                Some(Block::Table(rows)) if was_open => rows.push(cells),
                _ => blocks.push(Block::Table(vec![cells])),
            }
        } else if let Some(item) = line.strip_prefix("- ") {
            blocks.push(Block::Item(item.to_owned()));
        } else if !line.is_empty() {
            match blocks.last_mut() {
                Some(Block::Paragraph(text) | Block::Item(text)) if was_open => {
                    text.push('\n');
                    text.push_str(line);
                }
                _ => blocks.push(Block::Paragraph(line.to_owned())),
            }
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str, headings: Headings) -> String {
        let mut page = Page(roff::Roff::new());
        page.markdown(text, headings);
        page.0.to_roff()
    }

    #[test]
    fn each_form_is_written() {
        let text = "## A-b\n\nOne\n`two`.\n\nThree:\n- four\n  five\n- six\n\n```sh\nls -l\n\n# x\n```\n### C\nEnd.\n";
        let expected = ".SH A-B\nOne \\fBtwo\\fR.\n.PP\nThree:\n.IP \\(bu 2\nfour five\n.IP \\(bu 2\nsix\n.PP\n.RS 4\n.nf\n\
            \\fBls \\-l\\fR\n\\fB\\fR\n\\fB# x\\fR\n.fi\n.RE\n.SS C\nEnd.\n";
        assert_eq!(written(text, Headings::Sections), expected);
        assert_eq!(written("One.\n\n## Why\n\nTwo.\n", Headings::Lines), "One.\n.PP\n\\fBWhy\\fR\n.PP\nTwo.\n");
    }

    #[test]
    fn each_row_of_a_table_is_an_entry() {
        let two = "| a | b |\n|---|---|\n| `c` | d |\n| e | f |\n";
        assert_eq!(written(two, Headings::Sections), ".TP\n\\fBc\\fR\nd\n.TP\n\\fBe\\fR\nf\n");
        let three = "| a | b | c |\n|---|:-:|---|\n| d | e | f |\n";
        assert_eq!(written(three, Headings::Sections), ".TP\n\\fBd\\fR\nB: e\n.IP\nC: f\n");
    }
}
