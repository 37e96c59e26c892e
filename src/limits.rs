//! How much of untrusted input is read before ocikit stops with an error.

use std::fmt;

use crate::near;

/// Bounds on what is read from an image file. Every loop over foreign data has one of these.
///
/// Each limit has a name (`document-bytes`), settable with [`Limits::set`] and on the command line with
/// `--limits NAME=VALUE`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of one JSON document. 20 MiB: what containerd and moby accept; registries stop at 4 MiB.
    pub document_bytes: u64,
    /// Bytes of one in-toto statement. 40 MiB: what BuildKit takes of one.
    pub statement_bytes: u64,
    /// Nesting of arrays and objects in one JSON document. 100: real documents stay below 15.
    pub json_depth: usize,
    /// Values in one JSON document, those inside others included. 500,000: an index of 50,000 images; each takes memory.
    pub json_values: usize,
    /// Entries of one archive or directory. 200,000: forty times the largest mirror seen, and 64 MiB of names.
    pub members: usize,
    /// Entries of all layers that are merged in one run: 700,000, where the largest image seen has 500,000. Each takes some
    /// 200 bytes of memory and its name. Names, those of folders that no entry describes too, and attributes count once more
    /// for every 128 bytes. For each that is allowed 32 folders are looked up.
    pub entries: usize,
    /// Bytes of one member name or link target. 64 KiB: sixteen times `PATH_MAX`.
    pub name_bytes: u64,
    /// Bytes of one PAX header or GNU sparse map. 1 MiB: attributes with access lists reach some KiB; Go takes as much.
    pub pax_bytes: u64,
    /// Descriptors followed in one graph, whatever document lists them; and platforms told of all names together. 500,000.
    pub descriptors: usize,
    /// Bytes of memory for what is kept of all documents of one graph. 96 MiB: some 10,000 images of ten layers, and less
    /// than half of what a run may take.
    pub graph_bytes: u64,
    /// Indexes inside indexes, and indexes that an edit changes one after another, for each lists a referrer of the one
    /// before. 64: image tools write at most two, mirrors three.
    pub index_depth: usize,
    /// Symbolic or hard links followed for one name. 16: real archives need one.
    pub link_hops: usize,
    /// Inflated bytes for each compressed byte. 2,000: gzip reaches 1,032 on zeros; beyond it is a zstd bomb.
    pub inflate_ratio: u64,
    /// Bytes of the holes of all sparse files of one layer, and of all layers that are merged in one run. 16 GiB: a few bytes
    /// of a layer can ask for any number of them, and reading these takes ten seconds.
    pub sparse_bytes: u64,
    /// Bytes written to one temporary file for an input that cannot be sought in. 64 GiB.
    pub spool_bytes: u64,
    /// Bytes of documents kept in memory while standard input is verified in one pass. 24 MiB.
    pub stream_documents: u64,
    /// Signatures that are compared with a key, each with each key. 500: real images have a few, and one takes up to eight
    /// milliseconds.
    pub signature_checks: usize,
    /// Findings kept for one report. 10,000: nobody reads more, and a hostile file can raise millions.
    pub findings: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            document_bytes: 20 << 20,
            statement_bytes: 40 << 20,
            json_depth: 100,
            json_values: 500_000,
            members: 200_000,
            entries: 700_000,
            name_bytes: 64 << 10,
            pax_bytes: 1 << 20,
            descriptors: 500_000,
            graph_bytes: 96 << 20,
            index_depth: 64,
            link_hops: 16,
            inflate_ratio: 2_000,
            sparse_bytes: 16 << 30,
            spool_bytes: 64 << 30,
            stream_documents: 24 << 20,
            signature_checks: 500,
            findings: 10_000,
        }
    }
}

/// Why a `NAME=VALUE` was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LimitError {
    /// There is no `=` in the text.
    #[error("`{0}` does not have the form NAME=VALUE")]
    Form(String),
    /// There is no limit of this name.
    #[error("unknown limit `{0}`{question}; the limits are {names}", question = question(.0), names = NAMES.join(", "))]
    Name(String),
    /// The value is not a number, or does not fit.
    #[error("`{0}` is not a number; write digits, with K, M, G or T for powers of 1024")]
    Value(String),
}

fn question(written: &str) -> String {
    near::question(near::nearest(written, NAMES).as_deref())
}

/// The names of all limits, in the order of the fields.
pub const NAMES: [&str; 18] = [
    "document-bytes",
    "statement-bytes",
    "json-depth",
    "json-values",
    "members",
    "entries",
    "name-bytes",
    "pax-bytes",
    "descriptors",
    "graph-bytes",
    "index-depth",
    "link-hops",
    "inflate-ratio",
    "sparse-bytes",
    "spool-bytes",
    "stream-documents",
    "signature-checks",
    "findings",
];

impl Limits {
    /// Sets one limit from `NAME=VALUE`; the value is decimal digits, with an optional K, M, G or T (powers of 1024).
    pub fn set(&mut self, assignment: &str) -> Result<(), LimitError> {
        let (name, text) = assignment.split_once('=').ok_or_else(|| LimitError::Form(assignment.into()))?;
        if !NAMES.contains(&name) {
            return Err(LimitError::Name(name.into()));
        }
        let value = parse_size(text).ok_or_else(|| LimitError::Value(text.into()))?;
        let count = usize::try_from(value).map_err(|_| LimitError::Value(text.into()))?;
        match name {
            "document-bytes" => self.document_bytes = value,
            "statement-bytes" => self.statement_bytes = value,
            "json-depth" => self.json_depth = count,
            "json-values" => self.json_values = count,
            "members" => self.members = count,
            "entries" => self.entries = count,
            "name-bytes" => self.name_bytes = value,
            "pax-bytes" => self.pax_bytes = value,
            "descriptors" => self.descriptors = count,
            "graph-bytes" => self.graph_bytes = value,
            "index-depth" => self.index_depth = count,
            "link-hops" => self.link_hops = count,
            "inflate-ratio" => self.inflate_ratio = value,
            "sparse-bytes" => self.sparse_bytes = value,
            "spool-bytes" => self.spool_bytes = value,
            "stream-documents" => self.stream_documents = value,
            "signature-checks" => self.signature_checks = count,
            _ => self.findings = count,
        }
        Ok(())
    }
}

/// Reads a byte count: digits with an optional K, M, G or T (powers of 1024), and an optional `iB` or `B` after it.
pub fn parse_size(text: &str) -> Option<u64> {
    let text = text.strip_suffix('B').unwrap_or(text);
    let text = text.strip_suffix('i').unwrap_or(text);
    let (digits, shift) = match text.as_bytes().last()? {
        b'k' | b'K' => (&text[..text.len() - 1], 10),
        b'm' | b'M' => (&text[..text.len() - 1], 20),
        b'g' | b'G' => (&text[..text.len() - 1], 30),
        b't' | b'T' => (&text[..text.len() - 1], 40),
        _ => (text, 0),
    };
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    digits.parse::<u64>().ok()?.checked_mul(1 << shift)
}

/// A limit was reached: which, its value, and what asked for more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitReached {
    /// The limit's name, as [`Limits::set`] takes it.
    pub name: &'static str,
    /// The value in force.
    pub limit: u64,
}

impl fmt::Display for LimitReached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "over the limit {}={}; raise it with `--limits {}=VALUE`", self.name, self.limit, self.name)
    }
}

impl std::error::Error for LimitReached {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_sets_a_limit_of_its_own() {
        for name in NAMES {
            let mut limits = Limits::default();
            limits.set(&format!("{name}=7")).unwrap();
            assert_ne!(limits, Limits::default(), "{name}");
        }
    }

    #[test]
    fn values_have_units() {
        for (text, value) in
            [("0", Some(0)), ("12", Some(12)), ("2K", Some(2048)), ("1GiB", Some(1 << 30)), ("3MB", Some(3 << 20))]
        {
            assert_eq!(parse_size(text), value, "{text}");
        }
        for text in ["", "K", "-1", "1.5G", "99999999999T", "0x10", "1KK"] {
            assert_eq!(parse_size(text), None, "{text}");
        }
    }

    #[test]
    fn a_wrong_assignment_says_what_is_wrong() {
        let mut limits = Limits::default();
        assert_eq!(limits.set("members"), Err(LimitError::Form("members".into())));
        assert_eq!(limits.set("memers=1"), Err(LimitError::Name("memers".into())));
        assert_eq!(limits.set("members=x"), Err(LimitError::Value("x".into())));
    }
}
