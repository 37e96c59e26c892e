//! in-toto statements, bare or inside a DSSE envelope or a sigstore bundle: what they speak about.

mod decoded;
mod envelope;
mod fields;
mod provenance;
mod sbom;

use std::io::Read;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

pub use decoded::{Decoded, DecodedSubject, Predicate};
pub use envelope::{Unwrapped, Wrapping};
pub use provenance::{BuildFile, Claim, Material, Parameter, Provenance};
pub use sbom::Sbom;

/// The head of an in-toto statement (in-toto attestation v1, "Statement"); the predicate is not kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Statement {
    /// `_type`
    #[serde(rename = "_type")]
    pub kind: Option<String>,
    /// `predicateType`
    #[serde(rename = "predicateType")]
    pub predicate_type: Option<String>,
    /// `subject`; empty for null.
    #[serde(rename = "subject")]
    subjects: Option<Vec<Subject>>,
}

/// What a statement speaks about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Subject {
    /// `name`: for BuildKit a package URL.
    pub name: Option<String>,
    /// `digest`: algorithm and encoded part of each.
    #[serde(default)]
    pub digest: std::collections::BTreeMap<String, String>,
}

/// Why bytes are no statement.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// Not JSON, or a field of the wrong type.
    #[error("not an in-toto statement: {0}")]
    Json(String),
    /// JSON without the fields of a statement, an envelope or a bundle.
    #[error("neither an in-toto statement nor a DSSE envelope: no `_type`, no `payload`")]
    Foreign,
    /// An envelope whose payload is no base64.
    #[error("the payload of the DSSE envelope is not base64")]
    Payload,
}

/// All forms at once; which it is shows in what is there.
#[derive(Deserialize)]
struct AnyForm {
    #[serde(flatten)]
    statement: Statement,
    payload: Option<String>,
    #[serde(rename = "dsseEnvelope")]
    envelope: Option<Envelope>,
}

#[derive(Deserialize)]
struct Envelope {
    payload: String,
}

impl Statement {
    /// Reads the head of a statement in one pass; a predicate of any size takes no memory.
    ///
    /// The payload of an envelope is decoded in memory, so the reader of an envelope should be bounded.
    pub fn read(reader: impl Read) -> Result<Self, StatementError> {
        let form: AnyForm = parse(reader)?;
        let Some(payload) = form.payload.or(form.envelope.map(|envelope| envelope.payload)) else {
            return if form.statement.kind.is_some() { Ok(form.statement) } else { Err(StatementError::Foreign) };
        };
        let decoded = STANDARD.decode(payload.as_bytes()).map_err(|_| StatementError::Payload)?;
        let statement: Statement = parse(decoded.as_slice())?;
        if statement.kind.is_some() { Ok(statement) } else { Err(StatementError::Foreign) }
    }

    /// What it speaks about.
    pub fn subjects(&self) -> &[Subject] {
        self.subjects.as_deref().unwrap_or_default()
    }

    /// All digests of what it speaks about, as they stand there, with commas between; empty when it names none.
    pub fn stated(&self) -> String {
        let digests = self.subjects().iter().flat_map(|subject| &subject.digest);
        digests.map(|(algorithm, encoded)| format!("{algorithm}:{encoded}")).collect::<Vec<_>>().join(", ")
    }
}

impl Subject {
    /// Whether one of its digests is this one.
    pub fn names(&self, digest: &crate::digest::Digest) -> bool {
        self.digest.get(digest.algorithm_name()).is_some_and(|encoded| encoded == digest.encoded())
    }
}

fn parse<T: for<'de> Deserialize<'de>>(reader: impl Read) -> Result<T, StatementError> {
    serde_json::from_reader(reader).map_err(|error| StatementError::Json(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATEMENT: &str = r#"{"_type":"https://in-toto.io/Statement/v0.1","predicateType":"https://slsa.dev/provenance/v0.2",
        "subject":[{"name":"x","digest":{"sha256":"ab"}}],"predicate":{"deep":[1,2,{"subject":3}]}}"#;

    #[test]
    fn a_statement_in_each_wrapping() {
        let payload = STANDARD.encode(STATEMENT);
        for text in [
            STATEMENT.to_owned(),
            format!(r#"{{"payloadType":"application/vnd.in-toto+json","payload":"{payload}","signatures":[]}}"#),
            format!(r#"{{"mediaType":"x","dsseEnvelope":{{"payload":"{payload}"}}}}"#),
        ] {
            let statement = Statement::read(text.as_bytes()).unwrap();
            assert_eq!(statement.predicate_type.as_deref(), Some("https://slsa.dev/provenance/v0.2"));
            assert_eq!(statement.subjects()[0].digest["sha256"], "ab");
        }
    }

    #[test]
    fn what_is_no_statement() {
        for (text, error) in [
            ("{}", StatementError::Foreign),
            (r#"{"payload":"*"}"#, StatementError::Payload),
            (r#"{"payload":"e30="}"#, StatementError::Foreign),
        ] {
            assert_eq!(Statement::read(text.as_bytes()), Err(error), "{text}");
        }
        for text in ["", "[]", r#"{"_type":"x","subject":5}"#, r#"{"_type":"x","_type":"y"}"#] {
            assert!(matches!(Statement::read(text.as_bytes()), Err(StatementError::Json(_))), "{text}");
        }
        let empty = Statement::read(r#"{"_type":"x","subject":null}"#.as_bytes()).unwrap();
        assert!(empty.subjects().is_empty());
    }
}
