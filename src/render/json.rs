//! JSON that no terminal acts on: harmful characters are written as `\u....`, which every reader takes for the same text.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, PrettyFormatter, Serializer};

use crate::harmful::is_harmful;

/// Writes a value as JSON.
pub(super) fn write_json(out: impl Write, value: &impl Serialize) -> Result<(), serde_json::Error> {
    value.serialize(&mut Serializer::with_formatter(out, Careful(PrettyFormatter::new())))
}

/// A value as JSON, with a line end.
pub fn json(value: &impl Serialize) -> Result<String, serde_json::Error> {
    let mut bytes = Vec::new();
    write_json(&mut bytes, value)?;
    bytes.push(b'\n');
    // What is not harmful is written as it was, and the rest in ASCII.
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Writes as serde_json's own formatter does, but for characters that it leaves as they are and a terminal does not.
struct Careful(PrettyFormatter<'static>);

impl Careful {
    fn write<W: Write + ?Sized>(writer: &mut W, text: &str) -> io::Result<()> {
        let mut rest = text;
        while let Some(at) = rest.find(|c| is_harmful(c) && c != '\n') {
            writer.write_all(&rest.as_bytes()[..at])?;
            let mut after = rest[at..].chars();
            match after.next() {
                // White space between the tokens of a stored document; in strings JSON has it escaped already.
                Some('\r' | '\t') => writer.write_all(b" ")?,
                Some(c) => {
                    for unit in c.encode_utf16(&mut [0; 2]) {
                        write!(writer, "\\u{unit:04x}")?;
                    }
                }
                None => {}
            }
            rest = after.as_str();
        }
        writer.write_all(rest.as_bytes())
    }
}

impl Formatter for Careful {
    fn write_string_fragment<W: Write + ?Sized>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        Self::write(writer, fragment)
    }

    fn write_raw_fragment<W: Write + ?Sized>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        Self::write(writer, fragment)
    }

    fn begin_array<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: Write + ?Sized>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: Write + ?Sized>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::value::RawValue;

    #[test]
    fn the_same_text_without_a_harmful_character() {
        let text = "a\u{1b}\u{7f}\u{9b}\u{202e}\u{200b}\u{feff}\u{e0001}ä漢\"\\\n";
        let raw = RawValue::from_string("[\r\n\t\"\u{202e}\"]".to_owned()).unwrap();
        let written = json(&(text, raw)).unwrap();
        assert_eq!(
            written,
            "[\n  \"a\\u001b\\u007f\\u009b\\u202e\\u200b\\ufeff\\udb40\\udc01ä漢\\\"\\\\\\n\",\n  [ \n \"\\u202e\"]\n]\n"
        );
        let back: (String, [String; 1]) = serde_json::from_str(&written).unwrap();
        assert_eq!(back, (text.to_owned(), ["\u{202e}".to_owned()]));
    }
}
