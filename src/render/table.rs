//! Columns of text: as wide as their cells, up to a limit.
//!
//! A text from an image may be of any length, and each line of a table is as long as its widest one. So a cell is cut, and
//! a column is not widened for a cell that is longer than most names are: output stays linear in the input.

use super::Shown;

/// Characters of a cell; a repository name with a tag has at most 383.
const CELL: usize = 512;
/// Characters to which a column is widened: a SHA-512 digest has 135.
const COLUMN: usize = 140;

/// A text from an image for a cell, cut where it is long.
pub(super) fn cell(text: &str) -> String {
    cut(text, CELL)
}

/// Texts from an image for one cell, with commas between them.
pub(super) fn list<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> String {
    let mut joined = String::new();
    for text in texts {
        // What is cut away need not be joined.
        if joined.len() > CELL * 4 {
            break;
        }
        if !joined.is_empty() {
            joined.push_str(", ");
        }
        joined.push_str(text.as_ref());
    }
    cell(&joined)
}

/// A text from an image, shown, with an ellipsis in the place of what follows its first characters.
pub(super) fn cut(text: &str, most: usize) -> String {
    let end = |text: &str| text.char_indices().nth(most).map_or(text.len(), |(end, _)| end);
    let begin = &text[..end(text)];
    let shown = Shown(begin).to_string();
    // Escapes make it longer.
    let kept = end(&shown);
    if begin.len() < text.len() || kept < shown.len() { format!("{}…", &shown[..kept]) } else { shown }
}

/// The width of a column with these cells.
pub(super) fn width<T: AsRef<str>>(cells: impl IntoIterator<Item = T>) -> usize {
    let lengths = cells.into_iter().map(|cell| cell.as_ref().chars().count());
    lengths.filter(|length| *length <= COLUMN).max().unwrap_or(0)
}

/// A cell with blanks behind it.
pub(super) fn left(cell: &str, width: usize) -> String {
    format!("{cell}{}", blanks(cell, width))
}

/// A cell with blanks in front of it.
pub(super) fn right(cell: &str, width: usize) -> String {
    format!("{}{cell}", blanks(cell, width))
}

fn blanks(cell: &str, width: usize) -> String {
    " ".repeat(width.saturating_sub(cell.chars().count()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_and_widens_no_column() {
        let long = "x".repeat(70_000);
        assert_eq!(cell(&long).chars().count(), CELL + 1);
        assert!(cell(&"\u{202e}".repeat(CELL)).chars().count() <= CELL + 1);
        assert_eq!(cell(&"ä".repeat(CELL)).chars().count(), CELL, "fits");
        assert_eq!(width([&*long, "ab", "abc"]), 3);
        assert_eq!((left("ab", 4), right("ab", 4), left(&long, 3).len()), ("ab  ".into(), "  ab".into(), 70_000));
        assert_eq!(list(["a", "b"]), "a, b");
        assert!(list(vec!["linux/amd64"; 20_000]).ends_with('…'));
    }
}
