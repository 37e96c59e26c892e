//! DSSE envelopes (Dead Simple Signing Envelope 1.0) around in-toto statements.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::fault::Fault;
use super::statement::statement;
use super::stored::{Claim, Form, Material, Signature, Stored};
use crate::doc::{self, Need, Object, Path, Problems};
use crate::finding::Code;
use crate::json::Value;
use crate::limits::Limits;
use crate::media_type::IN_TOTO;

/// An envelope whose payload says that it is a statement.
pub(super) struct Envelope {
    pub(super) payload: Vec<u8>,
    pub(super) signatures: Vec<Signature>,
}

/// Reads an envelope that stands alone.
pub(super) fn read(stored: &[u8], limits: &Limits) -> Result<Stored, Fault> {
    let envelope = doc::strict(stored, limits, |value, problems| open(value, Path::Root, problems))?;
    let statement = statement(&envelope.payload, limits).map_err(|fault| fault.inside("/payload", "the payload"))?;
    let material = envelope.signatures.iter().find_map(|signature| signature.key_id.clone());
    Ok(Stored {
        form: Form::Dsse,
        claim: Claim::Statement(statement),
        signatures: envelope.signatures,
        material: material.map_or(Material::None, Material::Key),
        log_entries: 0,
        timestamps: 0,
        payload: envelope.payload,
    })
}

/// Reads an envelope that is a value of a document.
pub(super) fn open(value: Value<'_>, path: Path<'_>, problems: &mut Problems) -> Option<Envelope> {
    let object = Object::open(value, path, &["payload", "payloadType", "signatures"], problems)?;
    let payload = base64(&object, "payload", problems);
    let kind = object.string("payloadType", Need::Required, problems).into_ok();
    if let Some(kind) = kind.filter(|kind| kind != IN_TOTO) {
        let detail = "the type of the payload is not that of an in-toto statement";
        problems.compared(Code::FieldValue, Path::Key(&path, "payloadType"), detail, IN_TOTO, kind);
    }
    let signatures = object.list("signatures", Need::Required, problems, |value, path, problems| {
        let object = Object::open(value, path, &["sig", "keyid"], problems)?;
        let key_id = object.string("keyid", Need::Optional, problems).into_ok().filter(|id| !id.is_empty());
        Some(Signature { bytes: base64(&object, "sig", problems)?, key_id })
    });
    let signatures = signatures.into_ok()?;
    if signatures.is_empty() {
        problems.note(Code::FieldValue, Path::Key(&path, "signatures"), "the envelope has no signature");
    }
    Some(Envelope { payload: payload?, signatures })
}

/// A required text in base64 (RFC 4648, section 4) that is not empty.
pub(super) fn base64(object: &Object<'_, '_>, key: &str, problems: &mut Problems) -> Option<Vec<u8>> {
    let decode = |value: Value<'_>| STANDARD.decode(value.as_str()?.as_bytes()).ok().filter(|bytes| !bytes.is_empty());
    object.field(key, Need::Required, "base64 (RFC 4648) of some bytes", problems, decode).into_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn malformed_envelopes() {
        let statement = format!(
            r#"{{"_type":"https://in-toto.io/Statement/v1","predicateType":"x","subject":[{{"digest":{{"sha256":"{}"}}}}]}}"#,
            "0".repeat(64)
        );
        let payload = STANDARD.encode(&statement);
        let of = |payload: &str, kind: &str, signatures: &str| {
            format!(r#"{{"payload":"{payload}","payloadType":"{kind}","signatures":{signatures}}}"#)
        };
        let one = r#"[{"sig":"AAAA"}]"#;
        let read = |text: &str| read(text.as_bytes(), &Limits::default());
        assert_eq!(read(&of(&payload, IN_TOTO, one)).map(|stored| stored.signatures.len()), Ok(1));
        for (text, wrong) in [
            (of(&payload, "text/plain", one), "type of the payload"),
            (of(&payload, IN_TOTO, "[]"), "no signature"),
            (of(&payload, IN_TOTO, "null"), "`signatures` is missing"),
            (of(&payload, IN_TOTO, "[null]"), "not an object"),
            (of(&payload, IN_TOTO, "[{}]"), "`sig` is missing"),
            (of(&payload, IN_TOTO, r#"[{"sig":""}]"#), "`sig` is not base64"),
            (of(&payload, IN_TOTO, r#"[{"sig":"AAA"}]"#), "`sig` is not base64"),
            (of(&payload, IN_TOTO, r#"[{"sig":"AA\nAA"}]"#), "`sig` is not base64"),
            (of(&payload, IN_TOTO, r#"[{"sig":5}]"#), "`sig` is not base64"),
            (of("", IN_TOTO, one), "`payload` is not base64"),
            (of("e30=", IN_TOTO, one), "neither an in-toto statement"),
            (of(&STANDARD.encode("{"), IN_TOTO, one), "JSON"),
            (format!(r#"{{"payload":"e30=",{}"#, &of(&payload, IN_TOTO, one)[1..]), "duplicate"),
            (format!(r#"{{"Payload":"e30=",{}"#, &of(&payload, IN_TOTO, one)[1..]), "ignore case"),
            ("[]".into(), "not an object"),
            (String::new(), "JSON"),
        ] {
            let found = read(&text).map(|_| ()).unwrap_err();
            assert!(found.detail.contains(wrong), "{text}: {found:?}");
        }
        // What is signed names nothing, or two things.
        for text in [
            statement.replace("subject", "subjects"),
            statement.replace("Statement/v1", "Statement/v9"),
            statement.replace("predicateType", "predicate"),
            statement.replace(r#""sha256""#, r#""sha256":"1","sha256""#),
            statement.replace(r#""_type""#, r#""payload":"e30=","_type""#),
        ] {
            let text = of(&STANDARD.encode(&text), IN_TOTO, one);
            assert!(read(&text).is_err(), "{text}");
        }
    }
}
