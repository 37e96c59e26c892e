//! The policy of a team in a file: the same as the options of `verify`, in TOML.

use std::fmt;
use std::ops::Range;
use std::path::Path;
use std::str::FromStr;

use anyhow::{Context, Result, bail};
use serde_json::json;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::checks::options::Policy;
use crate::limits::parse_size;
use crate::near;
use crate::reference::DigestPrefix;
use crate::render::{SchemaKind, Shown};

/// What a policy file says.
#[derive(Debug, Default)]
pub(crate) struct PolicyFile {
    /// Each layer is inspected.
    pub(crate) deep: bool,
    /// Absent blobs are allowed.
    pub(crate) sparse: bool,
    /// What must be so.
    pub(crate) policy: Policy,
}

/// What stands behind a key.
#[derive(Clone, Copy)]
enum Form {
    /// `true` or `false`.
    Flag,
    /// A text, or a list of texts.
    Texts,
    /// One text.
    Text,
    /// A number of bytes, or a text as `500M`.
    Size,
}

/// One key: the help, the schema and the parser have it from here.
struct Key {
    name: &'static str,
    form: Form,
    meaning: &'static str,
    set: fn(&mut PolicyFile, &DeValue<'_>) -> Result<(), InvalidValue>,
}

const KEYS: [Key; 9] = [
    Key {
        name: "deep",
        form: Form::Flag,
        meaning: "decompress each layer and check its diff_id, tar structure and media type",
        set: |file, value| flag(value).map(|is_set| file.deep = is_set),
    },
    Key {
        name: "sparse",
        form: Form::Flag,
        meaning: "allow missing blobs",
        set: |file, value| flag(value).map(|is_set| file.sparse = is_set),
    },
    Key {
        name: "require-platform",
        form: Form::Texts,
        meaning: "required platforms, for example [\"linux/amd64\", \"linux/arm64\"]",
        set: |file, value| parsed(value).map(|list| file.policy.require_platforms = list),
    },
    Key {
        name: "require-attestation",
        form: Form::Texts,
        meaning: "required attestations of each image: provenance, sbom or a predicate type",
        set: |file, value| parsed(value).map(|list| file.policy.require_attestations = list),
    },
    Key {
        name: "require-ref",
        form: Form::Texts,
        meaning: "required names",
        set: |file, value| parsed(value).map(|list| file.policy.require_refs = list),
    },
    Key {
        name: "expect",
        form: Form::Text,
        meaning: "the required digest of an image or index, or its prefix",
        set: |file, value| digest(text(value)?).map(|digest| file.policy.expect = Some(digest)),
    },
    Key {
        name: "max-size",
        form: Form::Size,
        meaning: "the maximum size of the file on disk: a number of bytes or a string, for example \"500M\"",
        set: |file, value| size(value).map(|bytes| file.policy.max_size = Some(bytes)),
    },
    Key {
        name: "deny",
        form: Form::Texts,
        meaning: "findings that count as errors; \"warnings\" means all warnings",
        set: |file, value| parsed(value).map(|list| file.policy.deny = list),
    },
    Key {
        name: "allow",
        form: Form::Texts,
        meaning: "findings to ignore",
        set: |file, value| parsed(value).map(|list| file.policy.allow = list),
    },
];

/// A value that does not fit, and where in the file it stands if not at its key's value.
struct InvalidValue {
    span: Option<Range<usize>>,
    message: String,
}

impl<T: fmt::Display> From<T> for InvalidValue {
    fn from(message: T) -> Self {
        InvalidValue { span: None, message: message.to_string() }
    }
}

/// The keys, for the help.
pub(crate) fn help() -> String {
    let lines: Vec<String> = KEYS.iter().map(|key| format!("  {:21}{}", key.name, key.meaning)).collect();
    format!("Keys of a policy file:\n{}", lines.join("\n"))
}

/// The schema of a policy file, for editors.
pub(crate) const SCHEMA: SchemaKind = SchemaKind::new("policy", "v1", || {
    let properties = KEYS.iter().map(|key| {
        let texts = json!({ "type": "array", "items": { "type": "string" } });
        let mut schema = match key.form {
            Form::Flag => json!({ "type": "boolean" }),
            Form::Texts => json!({ "anyOf": [texts, { "type": "string" }] }),
            Form::Text => json!({ "type": "string" }),
            Form::Size => json!({ "anyOf": [{ "type": "integer", "minimum": 0 }, { "type": "string" }] }),
        };
        schema["description"] = key.meaning.into();
        (key.name.to_owned(), schema)
    });
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": SCHEMA.id(),
        "description": "A policy file for `verify --policy`, in TOML.",
        "type": "object",
        "properties": properties.collect::<serde_json::Map<_, _>>(),
        "additionalProperties": false
    })
});

/// Reads a policy file.
pub(crate) fn read(path: &Path) -> Result<PolicyFile> {
    let name = path.display();
    let text = std::fs::read_to_string(path).with_context(|| format!("{name}: cannot read the policy"))?;
    parse(&text).or_else(|wrong| {
        let line = wrong.span.map_or_else(String::new, |span| format!(":{}", line_of(&text, span.start)));
        bail!("{name}{line}: {}", wrong.message)
    })
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

fn parse(text: &str) -> Result<PolicyFile, InvalidValue> {
    let table = DeTable::parse(text)
        .map_err(|error| InvalidValue { span: error.span(), message: error.message().to_owned() })?;
    let mut file = PolicyFile::default();
    for (name, value) in table.get_ref() {
        let Some(key) = KEYS.iter().find(|key| key.name == name.get_ref()) else {
            let meant = near::nearest(name.get_ref(), KEYS.map(|key| key.name));
            let names = KEYS.map(|key| key.name).join(", ");
            let message = format!(
                "unknown key `{}`{}; the keys are {names}",
                Shown(name.get_ref()),
                near::question(meant.as_deref())
            );
            return Err(InvalidValue { span: Some(name.span()), message });
        };
        (key.set)(&mut file, value.get_ref()).map_err(|wrong| InvalidValue {
            span: wrong.span.or_else(|| Some(value.span())),
            message: format!("`{}`: {}", key.name, wrong.message),
        })?;
    }
    Ok(file)
}

fn flag(value: &DeValue<'_>) -> Result<bool, InvalidValue> {
    value.as_bool().ok_or_else(|| "write true or false".into())
}

fn text<'v>(value: &'v DeValue<'_>) -> Result<&'v str, InvalidValue> {
    value.as_str().ok_or_else(|| "write a string in quotes".into())
}

/// A text or a list of texts, each of them read as the command line reads it.
fn parsed<T>(value: &DeValue<'_>) -> Result<Vec<T>, InvalidValue>
where
    T: FromStr<Err: fmt::Display>,
{
    let one = |text: &str| text.parse::<T>().map_err(InvalidValue::from);
    match value {
        DeValue::String(text) => Ok(vec![one(text)?]),
        DeValue::Array(list) => {
            let item = |item: &Spanned<DeValue<'_>>| {
                let text = item.get_ref().as_str().ok_or_else(|| InvalidValue::from("write an array of strings"));
                text.and_then(one).map_err(|wrong| InvalidValue { span: Some(item.span()), ..wrong })
            };
            list.iter().map(item).collect()
        }
        _ => Err("write a string in quotes, or an array of strings".into()),
    }
}

/// A digest or its beginning, as `--expect` takes it.
pub(crate) fn digest<E: From<&'static str>>(text: &str) -> Result<DigestPrefix, E> {
    DigestPrefix::new(text).ok_or_else(|| "not a digest; write sha256:... or a prefix of one".into())
}

/// A number of bytes, as `--max-size` takes it.
pub(crate) fn size_of<E: From<&'static str>>(text: &str) -> Result<u64, E> {
    parse_size(text).ok_or_else(|| "not a size; write digits, with K, M, G or T for powers of 1024".into())
}

fn size(value: &DeValue<'_>) -> Result<u64, InvalidValue> {
    match value {
        DeValue::String(text) => size_of(text),
        DeValue::Integer(number) => u64::from_str_radix(number.as_str(), number.radix()).map_err(InvalidValue::from),
        _ => Err("write a number of bytes, or a string, for example \"500M\"".into()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever is in the file, what is wrong with it is in one of its lines.
        #[test]
        fn what_is_wrong_has_a_line(pieces in prop::collection::vec(prop_oneof![
            prop::sample::select(KEYS.map(|key| key.name.to_owned()).to_vec()),
            "[=\\[\\]{},.\"'# \n\\\\-]",
            "[0-9a-z:/_]{0,6}|true|\\PC",
        ], 0..30)) {
            let text = pieces.concat();
            if let Err(InvalidValue { span: Some(span), message }) = parse(&text) {
                prop_assert!(line_of(&text, span.start) <= text.split('\n').count() && !message.is_empty());
            }
        }
    }

    #[test]
    fn a_whole_policy() {
        let file = parse(
            r#"
            # a comment
            deep = true
            require-platform = ["linux/amd64", "linux/arm64"]
            require-attestation = "provenance"
            require-ref = ["1.0"]
            expect = "sha256:0242"
            max-size = "2M"
            deny = ["warnings", "blob-unreferenced"]
            allow = "layer-external"
            "#,
        );
        let Ok(PolicyFile { deep: true, sparse: false, policy }) = file else { panic!() };
        assert_eq!(policy.require_platforms.len(), 2);
        assert_eq!((policy.require_attestations.len(), policy.require_refs.len()), (1, 1));
        assert_eq!((policy.max_size, policy.deny.len(), policy.allow.len()), (Some(2 << 20), 2, 1));
        assert!(policy.expect.is_some());
        for (text, bytes) in [("4096", 4096), ("4_096", 4096), ("0x10", 16), ("\"1K\"", 1024)] {
            let file = parse(&format!("max-size = {text}")).ok();
            assert_eq!(file.and_then(|file| file.policy.max_size), Some(bytes), "{text}");
        }
    }

    #[test]
    fn a_wrong_policy_says_where() {
        for (text, line, message) in [
            ("deep = true\nrequire-platfrom = []", 2, "did you mean `require-platform`?"),
            ("[verify]\ndeep = true", 1, "unknown key `verify`"),
            ("deep = 1", 1, "`deep`: write true or false"),
            ("allow = [\n  \"blob-digest\",\n  \"blob-digset\",\n]", 3, "did you mean `blob-digest`?"),
            ("require-platform = [1]", 1, "write an array of strings"),
            ("require-platform = \"linux\"", 1, "`require-platform`: "),
            ("deny = {}", 1, "write a string in quotes, or an array of strings"),
            ("max-size = -1", 1, "`max-size`: invalid digit"),
            ("max-size = \"1X\"", 1, "not a size"),
            ("expect = \"md5\"", 1, "not a digest"),
            ("deep = true\ndeep = false", 2, "duplicate key"),
            ("deep = ", 1, "`deep`: "),
        ] {
            let Err(wrong) = parse(text) else { panic!("{text}") };
            let found = wrong.span.map(|span| line_of(text, span.start));
            assert_eq!(found, Some(line), "{text}: {}", wrong.message);
            let is_syntax = text == "deep = ";
            assert!(is_syntax || wrong.message.contains(message), "{text}: {}", wrong.message);
        }
    }
}
