//! What a stored statement gives a policy to count on: its type, the digests that it names, and a predicate with all that
//! its type requires.

use std::collections::HashSet;

use super::{Statement, StatementError, Unwrapped, Wrapping, required};
use crate::digest::Digest;
use crate::json::{self, Value};
use crate::limits::{LimitReached, Limits};
use crate::media_type;

/// The types of in-toto statements (in-toto attestation, "Statement"); the first is of before v1.
const STATEMENT_TYPES: [&str; 2] = ["https://in-toto.io/Statement/v0.1", "https://in-toto.io/Statement/v1"];

/// A statement of the in-toto type whose predicate is sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// `predicateType`
    pub predicate_type: String,
    /// `algorithm:encoded` of all that it is about.
    subjects: HashSet<String>,
}

impl Evidence {
    /// Reads a stored statement, bare or wrapped.
    ///
    /// # Errors
    ///
    /// Why a policy cannot count on it, as a text.
    pub fn read(stored: Vec<u8>, limits: &Limits) -> Result<Self, String> {
        let wrong = |error: StatementError| error.to_string();
        is_in_toto(&stored)?;
        let unwrapped = Unwrapped::of(stored).map_err(wrong)?;
        let statement = Statement::read(&unwrapped.statement, limits).map_err(wrong)?;
        let kind = statement.kind.as_deref().unwrap_or_default();
        if !STATEMENT_TYPES.contains(&kind) {
            return Err(format!("its `_type` is `{kind}`, which is not an in-toto statement type"));
        }
        let Some(predicate_type) = statement.predicate_type.clone().filter(|text| !text.is_empty()) else {
            return Err("it has no `predicateType`".to_owned());
        };
        if let Some(fault) = predicate_fault(&predicate_type, &unwrapped.statement, limits) {
            return Err(fault);
        }
        let digests = statement.subjects.into_iter().flat_map(|subject| subject.digest);
        let subjects = digests.map(|(algorithm, encoded)| format!("{algorithm}:{encoded}")).collect();
        Ok(Evidence { predicate_type, subjects })
    }

    /// Whether it names no subject at all, as BuildKit writes it for exports without a name.
    pub fn is_about_nothing(&self) -> bool {
        self.subjects.is_empty()
    }

    /// Whether it names a digest.
    pub fn names(&self, digest: &Digest) -> bool {
        self.subjects.contains(digest.as_str())
    }
}

/// An envelope says what its payload is (DSSE, "payloadType").
fn is_in_toto(stored: &[u8]) -> Result<(), String> {
    let Some(value) = std::str::from_utf8(stored).ok().and_then(|text| Value::parse(text).ok()) else { return Ok(()) };
    let envelope = value.get("dsseEnvelope").unwrap_or(value);
    if envelope.get("payload").is_none() {
        return Ok(());
    }
    let kind = envelope.get("payloadType").and_then(Value::as_str).unwrap_or_default();
    if kind == media_type::IN_TOTO {
        return Ok(());
    }
    let wrapping = if value.get("dsseEnvelope").is_some() { Wrapping::SigstoreBundle } else { Wrapping::Dsse };
    Err(format!("the `payloadType` of the {} is `{kind}`, not `{}`", wrapping.name(), media_type::IN_TOTO))
}

fn predicate_fault(predicate_type: &str, statement: &[u8], limits: &Limits) -> Option<String> {
    let value = std::str::from_utf8(statement).ok().and_then(|text| Value::parse(text).ok())?;
    if json::is_deeper(value, limits.json_depth) {
        return Some(LimitReached { name: "json-depth", limit: limits.json_depth as u64 }.to_string());
    }
    required::fault(predicate_type, value.get("predicate"))
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    const HEX: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn statement(kind: &str, predicate_type: &str, predicate: &str) -> String {
        format!(
            r#"{{"_type":"{kind}","predicateType":"{predicate_type}","subject":[{{"digest":{{"sha256":"{HEX}"}}}}],"predicate":{predicate}}}"#
        )
    }

    #[test]
    fn what_a_policy_can_count_on() {
        let provenance = "https://slsa.dev/provenance/v0.2";
        let sound = statement(STATEMENT_TYPES[0], provenance, r#"{"builder":{"id":"b"},"buildType":"t"}"#);
        let dsse = |kind: &str| format!(r#"{{"payloadType":"{kind}","payload":"{}"}}"#, STANDARD.encode(&sound));
        for text in [
            sound.clone(),
            sound.replace("v0.1", "v1"),
            dsse(media_type::IN_TOTO),
            format!(r#"{{"dsseEnvelope":{}}}"#, dsse(media_type::IN_TOTO)),
        ] {
            let evidence = Evidence::read(text.clone().into_bytes(), &Limits::default()).unwrap();
            assert_eq!(evidence.predicate_type, provenance);
            assert!(evidence.names(&format!("sha256:{HEX}").parse().unwrap()), "{text}");
            assert!(!evidence.names(&format!("sha256:{}", HEX.replace('e', "0")).parse().unwrap()), "{text}");
        }
        for (text, why) in [
            (sound.replace("Statement", "Link"), "which is not an in-toto statement type"),
            (sound.replace("builder", "other"), "`/builder/id` of the predicate"),
            (sound.replace("predicateType", "predicate_type"), "no `predicateType`"),
            (dsse("text/plain"), "the `payloadType` of the DSSE envelope is `text/plain`"),
            (dsse(media_type::IN_TOTO).replace("payload\":\"", "payload\":\"*"), "not base64"),
            ("{}".to_owned(), "neither an in-toto statement"),
            ("junk".to_owned(), "not an in-toto statement"),
        ] {
            let found = Evidence::read(text.clone().into_bytes(), &Limits::default()).unwrap_err();
            assert!(found.contains(why), "{text}: {found}");
        }
        let none = sound.replace(&format!(r#"{{"digest":{{"sha256":"{HEX}"}}}}"#), "");
        assert!(Evidence::read(none.into_bytes(), &Limits::default()).unwrap().is_about_nothing());
    }
}
