//! Tables of contents of layers, by which lazy pullers mount a layer or fetch parts of it: that of eStargz, which
//! zstd:chunked has as well.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::json::{Kind, Member, Value};

/// One entry of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TocEntry<'a> {
    /// `type`: `reg`, `dir`, `symlink`, `hardlink`, `char`, `block`, `fifo`, or `chunk` for a further piece of a file.
    pub kind: Cow<'a, str>,
    /// `name`
    pub name: Cow<'a, str>,
    /// `linkName`
    pub link_name: Cow<'a, str>,
    /// `size`
    pub size: u64,
    /// `mode`
    pub mode: u64,
    /// `uid`
    pub uid: u64,
    /// `gid`
    pub gid: u64,
    /// `devMajor` and `devMinor`
    pub device: (u64, u64),
    /// `xattrs`, decoded.
    pub xattrs: Vec<(Cow<'a, str>, Vec<u8>)>,
    /// `digest`: of a file's whole content.
    pub digest: Cow<'a, str>,
    /// `chunkOffset`: where in the file the piece begins that `chunkDigest` is of.
    pub chunk_offset: u64,
    /// `chunkSize`; 0 for what is left of the file.
    pub chunk_size: u64,
    /// `chunkDigest`
    pub chunk_digest: Cow<'a, str>,
}

/// Keys of an entry that are read.
const KEYS: [&str; 14] = [
    "type",
    "name",
    "linkName",
    "size",
    "mode",
    "uid",
    "gid",
    "devMajor",
    "devMinor",
    "xattrs",
    "digest",
    "chunkOffset",
    "chunkSize",
    "chunkDigest",
];

/// Hands the entries of a table to `visit`, which says whether it takes more.
///
/// # Errors
///
/// What is wrong, as a lower-case fragment: no JSON, a field of the wrong type, a key twice or in another case.
pub fn read_toc(bytes: &[u8], visit: &mut dyn FnMut(TocEntry<'_>) -> bool) -> Result<(), String> {
    let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
    let value = Value::parse(text).map_err(|error| error.to_string())?;
    let [entries] = members(value, ["entries"])?;
    let entries = entries.ok_or("`entries` is missing")?;
    let mut result = Ok(());
    let is_list = entries.each_item(|item| match entry(item) {
        Ok(entry) => visit(entry),
        Err(error) => {
            result = Err(error);
            false
        }
    });
    if is_list { result } else { Err("`entries` is not an array".to_owned()) }
}

fn entry(item: Value<'_>) -> Result<TocEntry<'_>, String> {
    let values = members(item, KEYS)?;
    let text = |at: usize| match values[at] {
        None => Ok(Cow::Borrowed("")),
        Some(value) => value.as_str().ok_or_else(|| format!("`{}` is not a string", KEYS[at])),
    };
    let number = |at: usize| match values[at] {
        None => Ok(0),
        Some(value) => value.as_u63().ok_or_else(|| format!("`{}` is not a whole number", KEYS[at])),
    };
    Ok(TocEntry {
        kind: text(0)?,
        name: text(1)?,
        link_name: text(2)?,
        size: number(3)?,
        mode: number(4)?,
        uid: number(5)?,
        gid: number(6)?,
        device: (number(7)?, number(8)?),
        xattrs: values[9].map(xattrs).transpose()?.unwrap_or_default(),
        digest: text(10)?,
        chunk_offset: number(11)?,
        chunk_size: number(12)?,
        chunk_digest: text(13)?,
    })
}

type Xattrs<'a> = Vec<(Cow<'a, str>, Vec<u8>)>;

fn xattrs(value: Value<'_>) -> Result<Xattrs<'_>, String> {
    let wrong = || "`xattrs` is not an object of base64 strings".to_owned();
    let mut xattrs = Vec::new();
    let mut result = if value.kind() == Kind::Object { Ok(()) } else { Err(wrong()) };
    value.each_member(|Member { key, value }| match value.as_str().and_then(|text| STANDARD.decode(&*text).ok()) {
        Some(bytes) => xattrs.push((key, bytes)),
        None => result = Err(wrong()),
    });
    result.map(|()| xattrs)
}

/// The members of these keys, none where null stands. Go programs take keys in any case, and of two the last.
fn members<'a, const N: usize>(value: Value<'a>, keys: [&str; N]) -> Result<[Option<Value<'a>>; N], String> {
    if value.kind() != Kind::Object {
        return Err(format!("expected an object, found {}", value.kind()));
    }
    let mut found = [None; N];
    let mut wrong = None;
    value.each_member(|Member { key, value }| match keys.iter().position(|own| own.eq_ignore_ascii_case(&key)) {
        Some(at) if keys[at] != key => wrong = Some(format!("a key differs from `{}` only in case", keys[at])),
        Some(at) if found[at].replace(value).is_some() => wrong = Some(format!("the key `{}` is duplicate", keys[at])),
        _ => {}
    });
    match wrong {
        Some(wrong) => Err(wrong),
        None => Ok(found.map(|value| value.filter(|value| value.kind() != Kind::Null))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Result<Vec<String>, String> {
        let mut names = Vec::new();
        read_toc(text.as_bytes(), &mut |entry| {
            names.push(format!("{} {} {}", entry.kind, entry.name, entry.size));
            true
        })
        .map(|()| names)
    }

    #[test]
    fn entries_are_read_and_odd_ones_refused() {
        let good = r#"{"version":1,"entries":[{"type":"reg","name":"a","size":3,"offset":7,"xattrs":{"user.k":"dg=="}},{"type":"dir","name":"b/","xattrs":null}]}"#;
        assert_eq!(names(good).unwrap(), ["reg a 3", "dir b/ 0"]);
        for (from, to, wrong) in [
            ("\"size\":3", "\"size\":3,\"size\":4", "is duplicate"),
            ("\"size\":3", "\"size\":3,\"Size\":4", "case"),
            ("\"size\":3", "\"size\":\"3\"", "whole number"),
            ("\"size\":3", "\"size\":-1", "whole number"),
            ("dg==", "!", "base64"),
            ("entries", "entry", "missing"),
            ("\"entries\":[", "\"entries\":0,\"x\":[", "not an array"),
            ("\"version\":1", "version:1", ""),
        ] {
            let error = names(&good.replace(from, to)).unwrap_err();
            assert!(error.contains(wrong), "{to}: {error}");
        }
    }
}
