//! Commands that a person pastes: the one place where words become a line for a shell.
//!
//! Paths, names and platforms come from untrusted input. A word is quoted so that a POSIX shell reads exactly this word, and so
//! that no control character reaches the terminal: such words are spelt with `printf`, which every shell has, and not with
//! `$'...'`, which dash does not know. A command that cannot be written as one line to paste is not shown at all; reports in
//! JSON hold its words.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::harmful::is_harmful;

/// Bytes of a line: what a terminal takes at once, as Linux has it (`N_TTY_BUF_SIZE`).
const LONGEST: usize = 4095;

/// Where the result of a command goes. The name is for the person to change.
const OUTPUT: &str = "FIXED";

/// What stands for the result in the words that programs get.
const OUTPUT_WORD: &str = "{output}";

/// A command: what a program starts, and what a person pastes.
///
/// In JSON it is the list of its arguments, with `{output}` for the new file.
///
/// ```
/// use ocikit::finding::CommandLine;
///
/// let command = CommandLine::ocikit("platform keep").path("my image.tar").word("linux/arm64").into_new_file();
/// assert_eq!(command.line().as_deref(), Some("ocikit platform keep 'my image.tar' linux/arm64 -o FIXED"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandLine {
    program: &'static str,
    words: Vec<String>,
    output: Output,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Output {
    /// It writes no file.
    None,
    /// It takes `-o`.
    Option,
    /// Its standard output is the result.
    Redirected,
}

impl CommandLine {
    /// A command of ocikit, for example `platform keep`.
    pub fn ocikit(verb: &str) -> Self {
        CommandLine::of("ocikit", verb)
    }

    /// Another program with its first arguments.
    pub(crate) fn of(program: &'static str, arguments: &str) -> Self {
        let words = arguments.split(' ').map(ToOwned::to_owned).collect();
        CommandLine { program, words, output: Output::None }
    }

    /// Adds an argument.
    #[must_use]
    pub fn word(mut self, word: impl Into<String>) -> Self {
        self.words.push(word.into());
        self
    }

    /// Adds the path of a file, or an address that begins with one; a `-` at its beginning is not taken for an option.
    #[must_use]
    pub fn path(self, path: &str) -> Self {
        let is_option = path.starts_with('-') && !(path == "-" || path.starts_with("-:") || path.starts_with("-@"));
        self.word(if is_option { format!("./{path}") } else { path.to_owned() })
    }

    /// Adds an option with its value.
    #[must_use]
    pub fn option(self, name: &str, value: impl fmt::Display) -> Self {
        let value = value.to_string();
        if value.starts_with('-') { self.word(format!("{name}={value}")) } else { self.word(name).word(value) }
    }

    /// Adds `-o` with a new file.
    #[must_use]
    pub fn into_new_file(mut self) -> Self {
        self.output = Output::Option;
        self
    }

    /// Lets standard output be the new file.
    #[must_use]
    pub(crate) fn redirected(mut self) -> Self {
        self.output = Output::Redirected;
        self
    }

    /// The arguments, for a program that starts the command: `{output}` is the new file.
    pub fn arguments(&self) -> Vec<&str> {
        let output: &[&str] = if self.output == Output::Option { &["-o", OUTPUT_WORD] } else { &[] };
        self.words.iter().map(String::as_str).chain(output.iter().copied()).collect()
    }

    /// The line to paste; None where no line has these words: one has a NUL or ends with a line break, or it would be longer
    /// than a terminal takes.
    pub fn line(&self) -> Option<String> {
        let mut line = self.program.to_owned();
        for word in &self.words {
            line.push(' ');
            line.push_str(&quoted(word)?);
        }
        match self.output {
            Output::None => {}
            Output::Option => line.push_str(&format!(" -o {OUTPUT}")),
            Output::Redirected => line.push_str(&format!(" > {OUTPUT}")),
        }
        (line.len() <= LONGEST).then_some(line)
    }

    /// What a message says of the command behind its first clause: "; `ocikit verify image.tar` lists them".
    pub(crate) fn hint(&self, effect: &str) -> String {
        self.line().map_or_else(String::new, |line| format!("; `{line}` {effect}"))
    }
}

impl Serialize for CommandLine {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.arguments())
    }
}

/// The words of a command line, as a shell splits it; None where a quote is not closed.
#[cfg(feature = "cli")]
pub(crate) fn split(text: &str) -> Option<Vec<String>> {
    shlex::split(text)
}

/// A word as a POSIX shell reads it; None where there is no way to write it.
pub(crate) fn quoted(word: &str) -> Option<String> {
    if !word.chars().any(is_harmful) {
        return shlex::try_quote(word).ok().map(std::borrow::Cow::into_owned);
    }
    // `$(...)` drops the line breaks at the end, and no argument holds a NUL.
    if word.ends_with('\n') || word.contains('\0') {
        return None;
    }
    let mut format = String::new();
    for (at, c) in word.char_indices() {
        let is_plain = c.is_ascii_alphanumeric() || "/._:@+=,".contains(c) || c == '-' && at > 0;
        if is_plain || !c.is_ascii() && !is_harmful(c) {
            format.push(c);
        } else {
            c.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| format.push_str(&format!("\\{byte:03o}")));
        }
    }
    Some(format!("\"$(printf '{format}')\""))
}

/// An option with its value, as it is pasted behind a command.
pub(crate) fn option(name: &str, value: impl fmt::Display) -> String {
    format!("{name} {}", pasted(&value.to_string()))
}

/// A value that a message offers, as it is pasted; where there is no way to write it, as it is.
pub(crate) fn pasted(value: &str) -> String {
    quoted(value).unwrap_or_else(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_for_a_shell() {
        for (word, written) in [
            ("image.tar", Some("image.tar")),
            ("", Some("''")),
            ("my image.tar", Some("'my image.tar'")),
            ("a$(touch PWNED)", Some("'a$(touch PWNED)'")),
            ("it's", Some("\"it's\"")),
            ("windows(10.0.17763)/amd64", Some("'windows(10.0.17763)/amd64'")),
            ("a\x1b[2J'%\\b", Some("\"$(printf 'a\\033\\1332J\\047\\045\\134b')\"")),
            ("-\u{202e}ä\nb", Some("\"$(printf '\\055\\342\\200\\256ä\\012b')\"")),
            ("a\n", None),
            ("a\0b", None),
        ] {
            assert_eq!(quoted(word).as_deref(), written, "{word:?}");
        }
    }

    #[test]
    fn lines_and_arguments() {
        let gc = CommandLine::ocikit("gc").path("-x y.tar").into_new_file();
        assert_eq!(gc.line().as_deref(), Some("ocikit gc './-x y.tar' -o FIXED"));
        assert_eq!(gc.arguments(), ["gc", "./-x y.tar", "-o", "{output}"]);
        assert_eq!(CommandLine::ocikit("gc").path("-:1.0").arguments(), ["gc", "-:1.0"]);
        assert_eq!(CommandLine::ocikit("x").option("--for", "-y").arguments(), ["x", "--for=-y"]);
        let inflate = CommandLine::of("xz", "-dc").path("a b.xz").redirected();
        assert_eq!(inflate.hint("decompresses it"), "; `xz -dc 'a b.xz' > FIXED` decompresses it");
        assert_eq!(CommandLine::ocikit("gc").path(&"x".repeat(5_000)).line(), None);
    }
}
