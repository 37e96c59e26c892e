//! The line that is being written.

use std::ffi::OsString;

/// What has been written so far.
#[derive(Debug)]
pub(super) struct Line {
    /// The words, the program first, up to the one that is being written.
    pub(super) words: Vec<OsString>,
    /// How the shell deals with what is offered.
    pub(super) shell: Manner,
}

/// How a shell deals with what it is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// It completes files by itself, and takes what is offered into the line as it is.
    OwnFiles,
    /// It quotes what is offered.
    Quotes,
    /// It takes what is offered into the line as it is.
    Plain,
}

impl Line {
    /// The line that a shell hands over, in its manner, with the words that it gives.
    pub(super) fn of(shell: &str, words: &[OsString]) -> Line {
        let variable = |name| std::env::var(name).ok();
        let manner = match shell {
            "bash" => Manner::OwnFiles,
            "powershell" => Manner::Plain,
            _ => Manner::Quotes,
        };
        let index = variable("_CLAP_COMPLETE_INDEX").and_then(|index| index.parse::<usize>().ok());
        let words = match variable("_OCIKIT_LINE") {
            Some(text) if manner == Manner::OwnFiles => split(&text),
            _ => {
                let mut words = words.to_vec();
                if let Some(index) = index {
                    words.resize(index + 1, OsString::new());
                }
                words
            }
        };
        Line { words, shell: manner }
    }
}

/// The words of a line, as a shell of Bourne's kind reads them; the last is empty after a space.
pub(super) fn split(line: &str) -> Vec<OsString> {
    let (mut words, mut word, mut quote) = (Vec::new(), Some(String::new()), None);
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (None, ' ' | '\t' | '\n') => words.extend(word.replace(String::new()).filter(|word| !word.is_empty())),
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), close) if open == close => quote = None,
            (None, '\\') => push(&mut word, chars.next()),
            (Some('"'), '\\') if matches!(chars.peek(), Some('"' | '\\' | '$' | '`')) => push(&mut word, chars.next()),
            (_, c) => push(&mut word, Some(c)),
        }
    }
    words.extend(word);
    words.into_iter().map(OsString::from).collect()
}

fn push(word: &mut Option<String>, c: Option<char>) {
    word.get_or_insert_default().extend(c);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_split_as_a_shell_does() {
        for (line, words) in [
            ("ocikit", &["ocikit"][..]),
            ("ocikit inspect ", &["ocikit", "inspect", ""]),
            ("ocikit  inspect a.tar:1", &["ocikit", "inspect", "a.tar:1"]),
            (r"ocikit my\ image.tar:", &["ocikit", "my image.tar:"]),
            (r#"ocikit "my image.tar:"#, &["ocikit", "my image.tar:"]),
            (r#"ocikit 'a b'"c\"d" e"#, &["ocikit", "a bc\"d", "e"]),
            ("", &[""]),
        ] {
            assert_eq!(split(line), words, "{line}");
        }
    }
}
