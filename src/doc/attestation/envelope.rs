//! What a statement is wrapped in: nothing, a DSSE envelope, or a sigstore bundle around one.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use super::StatementError;
use crate::json::Value;

/// How a statement is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Wrapping {
    /// The statement itself.
    None,
    /// A DSSE envelope (in-toto attestation v1, "Envelope").
    Dsse,
    /// A sigstore bundle, which contains a DSSE envelope.
    SigstoreBundle,
}

impl Wrapping {
    /// The words for it.
    pub fn name(self) -> &'static str {
        match self {
            Wrapping::None => "not wrapped",
            Wrapping::Dsse => "DSSE envelope",
            Wrapping::SigstoreBundle => "sigstore bundle",
        }
    }
}

/// A statement out of its wrapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unwrapped {
    /// What it was wrapped in.
    pub wrapping: Wrapping,
    /// How many signatures the envelope carries. None of them is checked here.
    pub signatures: u64,
    /// The exact bytes of the statement.
    pub statement: Vec<u8>,
}

impl Unwrapped {
    /// Takes the statement out of stored bytes. A bare statement is not copied.
    ///
    /// # Errors
    ///
    /// When the bytes are no JSON in UTF-8, or the payload of an envelope is no base64.
    pub fn of(bytes: Vec<u8>) -> Result<Self, StatementError> {
        let text = std::str::from_utf8(&bytes).map_err(|error| StatementError::Json(error.to_string()))?;
        let value = Value::parse(text).map_err(|error| StatementError::Json(error.to_string()))?;
        let bundle = value.get("dsseEnvelope");
        let Some(payload) = bundle.unwrap_or(value).get("payload") else {
            return Ok(Unwrapped { wrapping: Wrapping::None, signatures: 0, statement: bytes });
        };
        let encoded = payload.as_str().ok_or(StatementError::Payload)?;
        let statement = STANDARD.decode(encoded.as_bytes()).map_err(|_| StatementError::Payload)?;
        let signatures = bundle.unwrap_or(value).get("signatures").and_then(Value::count_items);
        let wrapping = if bundle.is_some() { Wrapping::SigstoreBundle } else { Wrapping::Dsse };
        Ok(Unwrapped { wrapping, signatures: signatures.unwrap_or(0) as u64, statement })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wrapping() {
        let statement = r#"{"_type":"x"}"#;
        let payload = STANDARD.encode(statement);
        let envelope = format!(r#"{{"payload":"{payload}","signatures":[{{}},{{}}]}}"#);
        for (text, wrapping, signatures) in [
            (statement.to_owned(), Wrapping::None, 0),
            (envelope.clone(), Wrapping::Dsse, 2),
            (format!(r#"{{"dsseEnvelope":{envelope}}}"#), Wrapping::SigstoreBundle, 2),
            (format!(r#"{{"payload":"{payload}"}}"#), Wrapping::Dsse, 0),
        ] {
            let unwrapped = Unwrapped::of(text.into_bytes()).unwrap();
            assert_eq!(unwrapped, Unwrapped { wrapping, signatures, statement: statement.into() });
        }
        for text in [&b"{"[..], b"", b"\xff", br#"{"payload":5}"#, br#"{"payload":"*"}"#] {
            assert!(Unwrapped::of(text.to_vec()).is_err(), "{text:?}");
        }
    }
}
