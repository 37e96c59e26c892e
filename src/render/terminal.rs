//! Untrusted bytes on a terminal.

use std::io::{self, Write};

use super::escape::Shown;
use crate::harmful::is_harmful;

/// Writes text on, but for what could act on a terminal: that is written as [`Shown`] has it, and bytes that are no UTF-8
/// as `\xff`. Line breaks and tabs stay.
#[derive(Debug)]
pub struct Harmless<W: Write> {
    out: W,
    /// The beginning of a character whose end has not come yet.
    begun: Vec<u8>,
}

impl<W: Write> Harmless<W> {
    /// Onto this writer.
    pub fn new(out: W) -> Self {
        Harmless { out, begun: Vec::new() }
    }

    fn text(&mut self, text: &str) -> io::Result<()> {
        let mut rest = text;
        while let Some(at) = rest.find(|c| is_harmful(c) && c != '\n' && c != '\t') {
            let next = rest[at..].chars().next().map_or(rest.len(), |c| at + c.len_utf8());
            write!(self.out, "{}{}", &rest[..at], Shown(&rest[at..next]))?;
            rest = &rest[next..];
        }
        self.out.write_all(rest.as_bytes())
    }

    fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        bytes.iter().try_for_each(|byte| write!(self.out, "\\x{byte:02x}"))
    }

    /// Writes what can be told already; keeps a character that has only begun.
    fn take(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut rest = bytes;
        loop {
            let error = match std::str::from_utf8(rest) {
                Ok(text) => return self.text(text),
                Err(error) => error,
            };
            let (valid, after) = rest.split_at(error.valid_up_to());
            self.text(&String::from_utf8_lossy(valid))?;
            match error.error_len() {
                Some(wrong) => {
                    self.bytes(&after[..wrong])?;
                    rest = &after[wrong..];
                }
                None => {
                    self.begun = after.to_vec();
                    return Ok(());
                }
            }
        }
    }

    /// Writes the rest: a character that never ended.
    pub fn finish(mut self) -> io::Result<()> {
        let begun = std::mem::take(&mut self.begun);
        self.bytes(&begun)?;
        self.out.flush()
    }
}

impl<W: Write> Write for Harmless<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut all = std::mem::take(&mut self.begun);
        all.extend_from_slice(bytes);
        self.take(&all)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_it_is_cut() {
        let bytes = b"a\x1b[2J\n\tb\xff\xc3\xa4\xe2\x80\xae\xf0\x9f\x98\x80\xc2\x9b\xe2\x80";
        let expected = "a\\u{1b}[2J\n\tb\\xffä\\u{202e}😀\\u{9b}\\xe2\\x80";
        for size in 1..=bytes.len() {
            let mut out = Vec::new();
            let mut writer = Harmless::new(&mut out);
            bytes.chunks(size).for_each(|chunk| writer.write_all(chunk).unwrap());
            writer.finish().unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), expected, "{size}");
        }
    }
}
