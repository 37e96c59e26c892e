//! in-toto statements, bare or inside a DSSE envelope or a sigstore bundle: what they refer to.

mod decoded;
mod envelope;
mod evidence;
mod fields;
mod head;
mod provenance;
mod required;
mod sbom;
mod soundness;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

pub use decoded::{Decoded, DecodedSubject, Predicate};
pub use envelope::{Unwrapped, Wrapping};
pub use evidence::Evidence;
pub use provenance::{BuildFile, Claim, Material, Parameter, Provenance};
pub(crate) use required::{is_cyclone_dx, is_spdx};
pub use sbom::Sbom;
pub(super) use soundness::problems;

use crate::limits::Limits;

/// The head of an in-toto statement (in-toto attestation v1, "Statement"); the predicate is not kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Statement {
    /// `_type`
    pub kind: Option<String>,
    /// `predicateType`
    pub predicate_type: Option<String>,
    /// `subject`; empty for null.
    subjects: Vec<Subject>,
}

/// The subject of a statement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject {
    /// `name`: for BuildKit a package URL.
    pub name: Option<String>,
    /// `digest`: algorithm and encoded part of each.
    pub digest: std::collections::BTreeMap<String, String>,
}

/// Why bytes are no statement.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// Not JSON, or a field of the wrong type.
    #[error("not an in-toto statement: {0}")]
    Json(String),
    /// JSON without the fields of a statement, an envelope or a bundle.
    #[error("neither an in-toto statement nor a DSSE envelope: no `_type` and no `payload`")]
    Foreign,
    /// An envelope whose payload is no base64.
    #[error("the payload of the DSSE envelope is not base64")]
    Payload,
}

impl Statement {
    /// Reads the head of a statement, bare or wrapped. The predicate is passed over, whatever is in it.
    ///
    /// # Errors
    ///
    /// When the bytes are neither a statement nor a wrapping of one, or the subjects are more than the limits allow.
    pub fn read(stored: &[u8], limits: &Limits) -> Result<Self, StatementError> {
        let form = head::read(stored, limits)?;
        let Some(payload) = form.payload else { return form.statement.known() };
        let decoded = STANDARD.decode(payload.as_bytes()).map_err(|_| StatementError::Payload)?;
        head::read(&decoded, limits)?.statement.known()
    }

    /// Reads the head of a statement that is not wrapped again, as the payload of an envelope.
    ///
    /// # Errors
    ///
    /// When the bytes are no statement, or an envelope that other readers would open.
    pub(crate) fn read_bare(payload: &[u8], limits: &Limits) -> Result<Self, StatementError> {
        let form = head::read(payload, limits)?;
        if form.payload.is_some() { Err(StatementError::Foreign) } else { form.statement.known() }
    }

    fn known(self) -> Result<Self, StatementError> {
        if self.kind.is_some() { Ok(self) } else { Err(StatementError::Foreign) }
    }

    /// What it refers to.
    pub fn subjects(&self) -> &[Subject] {
        &self.subjects
    }

    /// The digests of what it refers to, as they stand there, with commas between; empty when it names none.
    pub fn stated(&self) -> String {
        const MOST: usize = 100;
        let mut digests = self.subjects().iter().flat_map(|subject| &subject.digest);
        let first = digests.by_ref().take(MOST).map(|(algorithm, encoded)| format!("{algorithm}:{encoded}"));
        let first = first.collect::<Vec<_>>().join(", ");
        match digests.count() {
            0 => first,
            more => format!("{first} and {more} more"),
        }
    }
}

impl Subject {
    /// Whether one of its digests is this one.
    pub fn names(&self, digest: &crate::digest::Digest) -> bool {
        self.digest.get(digest.algorithm_name()).is_some_and(|encoded| encoded == digest.encoded())
    }
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
            let statement = Statement::read(text.as_bytes(), &Limits::default()).unwrap();
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
            assert_eq!(Statement::read(text.as_bytes(), &Limits::default()), Err(error), "{text}");
        }
        for text in ["", "[]", r#"{"_type":"x","subject":5}"#, r#"{"_type":"x","_type":"y"}"#] {
            assert!(
                matches!(Statement::read(text.as_bytes(), &Limits::default()), Err(StatementError::Json(_))),
                "{text}"
            );
        }
        let empty = Statement::read(r#"{"_type":"x","subject":null}"#.as_bytes(), &Limits::default()).unwrap();
        assert!(empty.subjects().is_empty());
    }
}
