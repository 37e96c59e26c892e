//! Records of a pax extended header (POSIX.1-2024, `pax`, "pax Extended Header").

use super::digits::digits;
use super::sparse::PaxSparse;
use super::sparse_records::SparseRecords;
use super::{ProblemKind, Xattr};

/// What the records of one header say about the next member; `None` where they say nothing, or take something back.
#[derive(Default)]
pub(super) struct Pax {
    pub(super) path: Option<Box<[u8]>>,
    pub(super) link_path: Option<Box<[u8]>>,
    pub(super) size: Option<u64>,
    pub(super) uid: Option<u64>,
    pub(super) gid: Option<u64>,
    /// Seconds, rounded down, and nanoseconds.
    pub(super) mtime: Option<(i64, u32)>,
    pub(super) user: Option<Box<[u8]>>,
    pub(super) group: Option<Box<[u8]>>,
    pub(super) xattrs: Vec<Xattr>,
    /// It is a sparse file of a version that readers know.
    pub(super) sparse: bool,
    /// Its size and its map.
    pub(super) sparse_map: Option<PaxSparse>,
    /// The name of a sparse file, whose `path` is then a substitute (GNU tar manual, "PAX Format, Version 1.0").
    pub(super) sparse_name: Option<Box<[u8]>>,
}

/// Reads the records in `bytes`; each thing that is wrong goes to `report`.
///
/// A malformed record ends the header, because where the next one begins is unknown; what stood before it counts.
pub(super) fn parse(bytes: &[u8], keep_xattrs: bool, report: &mut dyn FnMut(ProblemKind)) -> Pax {
    let mut pax = Pax::default();
    let mut seen = [false; 3];
    let mut sparse = SparseRecords::default();
    for record in Records(bytes) {
        let (key, value) = match record {
            Ok(record) => record,
            Err(what) => {
                report(ProblemKind::PaxMalformed { what: what.into() });
                break;
            }
        };
        if let Some(place) = SHAPING.iter().position(|shaping| shaping.as_bytes() == key)
            && std::mem::replace(&mut seen[place], true)
        {
            report(ProblemKind::PaxDuplicateKey { key: SHAPING[place] });
        }
        if let Some(what) = SHAPING.iter().find(|shaping| shaping.as_bytes() == key && value.is_empty()) {
            report(ProblemKind::ExtensionEmpty { what });
        }
        sparse.note(key, value);
        if let Err(what) = pax.apply(key, value, keep_xattrs) {
            report(ProblemKind::PaxMalformed { what });
        }
    }
    match sparse.is_known() {
        Some(true) => (pax.sparse, pax.sparse_map) = (true, Some(sparse.finish())),
        Some(false) => {
            report(ProblemKind::SparseDoubtful);
            pax.sparse_name = None;
        }
        None => {}
    }
    pax
}

/// Reads the records of a global header, and reports those that would change other members; in a layer those too that
/// would give them another owner, time or attribute.
pub(super) fn parse_global(bytes: &[u8], is_layer: bool, report: &mut dyn FnMut(ProblemKind)) {
    for record in Records(bytes) {
        match record {
            Ok((key, _)) => {
                if let Some(key) = SHAPING.iter().find(|shaping| shaping.as_bytes() == key) {
                    report(ProblemKind::PaxGlobal { key });
                } else if key.starts_with(b"GNU.sparse.") {
                    report(ProblemKind::PaxGlobal { key: "GNU.sparse" });
                } else if let Some(key) = ATTRIBUTES.iter().find(|own| is_layer && key.starts_with(own.as_bytes())) {
                    report(ProblemKind::PaxGlobal { key });
                }
            }
            Err(what) => {
                report(ProblemKind::PaxMalformed { what: what.into() });
                break;
            }
        }
    }
}

/// The keys that decide which members a reader sees.
const SHAPING: [&str; 3] = ["path", "linkpath", "size"];

/// The keys that decide what a file of a layer is besides its content, or what they begin with.
const ATTRIBUTES: [&str; 7] = ["uid", "gid", "uname", "gname", "mtime", "SCHILY.xattr.", "SCHILY.acl."];

impl Pax {
    fn apply(&mut self, key: &[u8], value: &[u8], keep_xattrs: bool) -> Result<(), String> {
        match key {
            b"path" => self.path = named(key, value)?,
            b"linkpath" => self.link_path = named(key, value)?,
            b"uname" => self.user = named(key, value)?,
            b"gname" => self.group = named(key, value)?,
            b"size" => self.size = decimal(key, value)?,
            b"uid" => self.uid = decimal(key, value)?,
            b"gid" => self.gid = decimal(key, value)?,
            b"mtime" => self.mtime = time(key, value)?,
            // Of no use here, and Go refuses the archive when they are no times.
            b"atime" | b"ctime" => drop(time(key, value)?),
            b"GNU.sparse.name" => self.sparse_name = named(key, value)?,
            b"hdrcharset" => charset(value)?,
            _ if key.contains(&0) => return Err(String::from("a key contains a NUL byte")),
            _ => {
                if let Some(name) = key.strip_prefix(b"SCHILY.xattr.").filter(|_| keep_xattrs) {
                    self.xattrs.push(Xattr { name: name.into(), value: value.into() });
                }
            }
        }
        Ok(())
    }
}

/// A value that is a name. An empty one takes back what was said before, a NUL makes readers differ about where it ends.
fn named(key: &[u8], value: &[u8]) -> Result<Option<Box<[u8]>>, String> {
    if value.contains(&0) {
        return Err(format!("the value of `{}` contains a NUL byte", key.escape_ascii()));
    }
    Ok(Some(value).filter(|value| !value.is_empty()).map(Box::from))
}

/// A value that is a number: decimal digits, at most 2^63 - 1, as more does not fit other readers' integers.
fn decimal(key: &[u8], value: &[u8]) -> Result<Option<u64>, String> {
    if value.is_empty() {
        return Ok(None);
    }
    match digits(value).and_then(|number| u64::try_from(number).ok()) {
        Some(number) => Ok(Some(number)),
        None => Err(format!("`{}` is not a number: expected decimal digits", key.escape_ascii())),
    }
}

/// The character set of names. All readers take what UTF-8 and raw bytes are as it stands; POSIX has them convert the rest,
/// and they do not.
fn charset(value: &[u8]) -> Result<(), String> {
    match value {
        b"" | b"BINARY" | b"ISO-IR 10646 2000 UTF-8" => Ok(()),
        _ => {
            Err(format!("the names are in the character set `{}`, which readers do not convert", value.escape_ascii()))
        }
    }
}

/// The value of a record that is a time: seconds, rounded down, and nanoseconds. None for what is none.
pub(crate) fn pax_time(value: &[u8]) -> Option<(i64, u32)> {
    time(b"", value).ok().flatten()
}

/// A time: seconds with an optional sign and fraction, of which nanoseconds are kept.
fn time(key: &[u8], value: &[u8]) -> Result<Option<(i64, u32)>, String> {
    if value.is_empty() {
        return Ok(None);
    }
    let malformed = || format!("`{}` is not a time: expected seconds, with an optional fraction", key.escape_ascii());
    let (negative, text) = value.strip_prefix(b"-").map_or((false, value), |rest| (true, rest));
    let mut parts = text.splitn(2, |b| *b == b'.');
    let seconds = parts.next().and_then(digits).ok_or_else(malformed)?;
    let fraction = parts.next().unwrap_or_default();
    if !fraction.iter().all(u8::is_ascii_digit) {
        return Err(malformed());
    }
    let nanos = fraction.iter().chain(std::iter::repeat(&b'0')).take(9);
    let nanos = nanos.fold(0, |nanos, digit| nanos * 10 + u32::from(digit - b'0'));
    Ok(Some(match (negative, nanos) {
        (false, nanos) => (seconds, nanos),
        (true, 0) => (-seconds, 0),
        // Seconds are rounded down, so that nanoseconds always add.
        (true, nanos) => (-seconds - 1, 1_000_000_000 - nanos),
    }))
}

/// The records one after another: `LENGTH KEY=VALUE\n`, where LENGTH counts the whole record in bytes.
pub(crate) struct Records<'a>(pub(crate) &'a [u8]);

impl<'a> Iterator for Records<'a> {
    type Item = Result<(&'a [u8], &'a [u8]), &'static str>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        Some(self.record())
    }
}

impl<'a> Records<'a> {
    fn record(&mut self) -> Result<(&'a [u8], &'a [u8]), &'static str> {
        // The longest length that fits 2^63 has 19 digits.
        let head = self.0.iter().take(20).position(|b| *b == b' ').ok_or("a record without a length")?;
        let length = digits(&self.0[..head]).ok_or("a record whose length is not a number")?;
        let length = usize::try_from(length).map_err(|_| "a record longer than the header")?;
        let record = self.0.get(..length).ok_or("a record longer than the header")?;
        let body = record.get(head + 1..).and_then(|body| body.strip_suffix(b"\n"));
        let body = body.ok_or("a record that does not end in a newline where its length says")?;
        let equals = body.iter().position(|b| *b == b'=').ok_or("a record without `=`")?;
        if equals == 0 {
            return Err("a record without a key");
        }
        self.0 = &self.0[length..];
        Ok((&body[..equals], &body[equals + 1..]))
    }
}
