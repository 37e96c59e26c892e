//! How an archive is put together from contents and from what stands between them.

use std::io::{self, BufRead, BufReader, Read, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use zstd::zstd_safe::CParameter;

use crate::codec::{BUFFER_BYTES, Compression, Inflate};
use crate::digest::Digest;
use crate::limits::Limits;

/// Bytes of one literal at most, so that a line stays short.
const LITERAL: usize = 48 << 10;
/// The window, 1 MiB, holds a thousand headers.
const LOG: u32 = 20;
/// A longer line is none that ocikit wrote.
const LINE: u64 = 128 << 10;

/// One step: a line of the recipe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// All bytes of a content.
    Content(Digest),
    /// These bytes.
    Bytes(Vec<u8>),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Line {
    Content(String),
    Bytes(String),
}

/// Writes a recipe.
pub(super) struct Writer {
    out: zstd::Encoder<'static, Vec<u8>>,
    pending: Vec<u8>,
}

impl Writer {
    pub(super) fn new() -> io::Result<Self> {
        // Headers of tar entries are alike: a high level costs nothing at this size, but its own tables are 80 MiB.
        let mut out = zstd::Encoder::new(Vec::new(), 19)?;
        for table in [CParameter::WindowLog(LOG), CParameter::HashLog(LOG), CParameter::ChainLog(LOG)] {
            out.set_parameter(table)?;
        }
        Ok(Writer { out, pending: Vec::new() })
    }

    /// Adds what a reader gives.
    pub(super) fn bytes(&mut self, mut reader: impl Read) -> io::Result<()> {
        loop {
            let room = LITERAL - self.pending.len();
            let taken = reader.by_ref().take(room as u64).read_to_end(&mut self.pending)?;
            if self.pending.len() == LITERAL {
                self.flush()?;
            }
            if taken < room {
                return Ok(());
            }
        }
    }

    pub(super) fn content(&mut self, digest: &Digest) -> io::Result<()> {
        self.flush()?;
        self.line(&Line::Content(digest.to_string()))
    }

    pub(super) fn finish(mut self) -> io::Result<Vec<u8>> {
        self.flush()?;
        self.out.finish()
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let line = Line::Bytes(STANDARD.encode(&self.pending));
        self.pending.clear();
        self.line(&line)
    }

    fn line(&mut self, line: &Line) -> io::Result<()> {
        serde_json::to_writer(&mut self.out, line)?;
        self.out.write_all(b"\n")
    }
}

/// Reads a recipe, step by step; a reader that fails or a line that is none ends it.
pub(super) fn read<'r>(
    reader: impl BufRead + 'r,
    limits: &Limits,
) -> io::Result<impl Iterator<Item = io::Result<Step>> + 'r> {
    let inflate = Inflate::new(reader, Compression::Zstd, limits)?;
    let mut lines = BufReader::with_capacity(BUFFER_BYTES, inflate);
    let mut text = Vec::new();
    let mut is_over = false;
    Ok(std::iter::from_fn(move || {
        if is_over {
            return None;
        }
        text.clear();
        let read = lines.by_ref().take(LINE).read_until(b'\n', &mut text);
        let step = match read {
            Ok(0) => return None,
            Ok(_) => step(&text),
            Err(error) => Err(error),
        };
        is_over = step.is_err();
        Some(step)
    }))
}

fn step(text: &[u8]) -> io::Result<Step> {
    let wrong = |what: String| io::Error::new(io::ErrorKind::InvalidData, format!("the recipe has a line that {what}"));
    match serde_json::from_slice(text).map_err(|error| wrong(format!("is invalid: {error}")))? {
        Line::Content(digest) => {
            digest.parse().map(Step::Content).map_err(|_| wrong(format!("refers to `{digest}`, which is not a digest")))
        }
        Line::Bytes(bytes) => STANDARD.decode(bytes).map(Step::Bytes).map_err(|_| wrong("is not base64".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Algorithm;

    #[test]
    fn what_is_written_is_read() {
        let digest = Algorithm::Sha256.digest(b"x");
        let mut writer = Writer::new().unwrap();
        let long = vec![7; LITERAL + 10];
        writer.bytes(&long[..]).unwrap();
        writer.bytes(&b"abc"[..]).unwrap();
        writer.content(&digest).unwrap();
        writer.content(&digest).unwrap();
        writer.bytes(&b""[..]).unwrap();
        let packed = writer.finish().unwrap();
        let steps: Vec<Step> = read(&*packed, &Limits::default()).unwrap().map(|step| step.unwrap()).collect();
        let rest = [&[7; 10][..], b"abc"].concat();
        let content = Step::Content(digest);
        assert_eq!(steps, [Step::Bytes(long[..LITERAL].to_vec()), Step::Bytes(rest), content.clone(), content]);
    }

    #[test]
    fn what_is_no_recipe_ends_in_an_error() {
        for text in ["{}", r#"{"content":"../x"}"#, r#"{"bytes":"*"}"#, "x", r#"{"bytes":"","content":""}"#] {
            let packed = zstd::encode_all(text.as_bytes(), 1).unwrap();
            let steps: Vec<_> = read(&*packed, &Limits::default()).unwrap().collect();
            assert!(steps.len() == 1 && steps[0].is_err(), "{text}");
        }
        let bomb = zstd::encode_all(&vec![b'1'; 64 << 20][..], 1).unwrap();
        assert!(read(&*bomb, &Limits::default()).unwrap().any(|step| step.is_err()));
        assert!(read(&b"no zstd"[..], &Limits::default()).unwrap().next().is_some_and(|step| step.is_err()));
    }
}
