//! Payloads in the simple signing format (containers/image, `containers-signature.5`), as cosign signs them until
//! version 2 and with `--new-bundle-format=false`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::fault::Fault;
use super::stored::{Claim, Form, Material, Signature, Stored};
use crate::doc::annotations::{COSIGN_BUNDLE, COSIGN_CERTIFICATE, COSIGN_SIGNATURE, COSIGN_TIMESTAMP};
use crate::doc::{self, Need, Object, Path, Problems};
use crate::finding::Code;
use crate::json::Value;
use crate::limits::Limits;

/// The type of cosign's payloads; those of `podman push --sign-by` are signed with OpenPGP and stored elsewhere.
const TYPE: &str = "cosign container image signature";

/// The members of `optional` that are kept.
const MOST_OPTIONAL: usize = 100;

pub(super) fn read<'a>(
    payload: &[u8],
    annotation: impl Fn(&str) -> Option<&'a str>,
    limits: &Limits,
) -> Result<Stored, Fault> {
    let claim = doc::strict(payload, limits, claim)?;
    let signature = annotation(COSIGN_SIGNATURE).filter(|text| !text.is_empty());
    let signature =
        signature.ok_or_else(|| Fault::new("", format!("the layer has no annotation `{COSIGN_SIGNATURE}`")))?;
    let bytes = STANDARD
        .decode(signature)
        .map_err(|_| Fault::new("", format!("the annotation `{COSIGN_SIGNATURE}` is not base64 (RFC 4648)")))?;
    let is_there = |key: &str| annotation(key).is_some_and(|text| !text.is_empty());
    Ok(Stored {
        form: Form::SimpleSigning,
        claim,
        signatures: vec![Signature { bytes, key_id: None }],
        material: if is_there(COSIGN_CERTIFICATE) { Material::Certificate } else { Material::None },
        log_entries: usize::from(is_there(COSIGN_BUNDLE)),
        timestamps: usize::from(is_there(COSIGN_TIMESTAMP)),
        payload: payload.to_vec(),
    })
}

fn claim(value: Value<'_>, problems: &mut Problems) -> Option<Claim> {
    let root = Path::Root;
    let object = Object::open(value, root, &["critical", "optional"], problems)?;
    let path = Path::Key(&root, "critical");
    let critical = open(&object, "critical", path, &["identity", "image", "type"], problems)?;
    let kind = critical.string("type", Need::Required, problems).into_ok()?;
    if kind != TYPE {
        let detail = "the payload is not that of a signature by cosign";
        problems.compared(Code::FieldValue, Path::Key(&path, "type"), detail, TYPE, kind);
    }
    let image = open(&critical, "image", Path::Key(&path, "image"), &["docker-manifest-digest"], problems)?;
    let digest = image.digest("docker-manifest-digest", Need::Required, problems).into_ok()?;
    let identity = open(&critical, "identity", Path::Key(&path, "identity"), &["docker-reference"], problems)?;
    let reference = identity.string("docker-reference", Need::Required, problems).into_ok()?;
    let optional = object.present("optional").map(|value| optional(value, problems)).unwrap_or_default();
    Some(Claim::Image { digest, reference: Some(reference).filter(|text| !text.is_empty()), optional })
}

/// Opens a required object of which every member must be understood: that is what "critical" means.
fn open<'a, 'p>(
    parent: &Object<'a, '_>,
    key: &str,
    path: Path<'p>,
    known: &[&str],
    problems: &mut Problems,
) -> Option<Object<'a, 'p>> {
    let value = parent.field(key, Need::Required, "an object", problems, Some).into_ok()?;
    let object = Object::open(value, path, known, problems)?;
    if let Some(other) = object.members().iter().find(|member| !known.contains(&&*member.key)) {
        let detail = format!("the member `{}` is critical, and not one of the format", other.key);
        problems.note(Code::FieldValue, path, detail);
    }
    Some(object)
}

/// What the signer added: `-a key=value` of cosign.
fn optional(value: Value<'_>, problems: &mut Problems) -> Vec<(String, String)> {
    let path = Path::Key(&Path::Root, "optional");
    let Some(object) = Object::open_map(value, path, problems) else { return Vec::new() };
    let text = |value: Value<'_>| value.as_str().map_or_else(|| value.text().to_owned(), |text| text.into_owned());
    object.members().iter().take(MOST_OPTIONAL).map(|member| (member.key.to_string(), text(member.value))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOUND: &str = r#"{"critical":{"identity":{"docker-reference":"example.com/app"},"image":{"docker-manifest-digest":"sha256:0000000000000000000000000000000000000000000000000000000000000000"},"type":"cosign container image signature"},"optional":{"a":"b","c":{"d":1}}}"#;

    fn read_with(text: &str, signature: &str) -> Result<Stored, Fault> {
        let annotation = |key: &str| (key == COSIGN_SIGNATURE).then_some(signature);
        read(text.as_bytes(), annotation, &Limits::default())
    }

    #[test]
    fn a_payload() {
        let stored = read_with(SOUND, "AAAA").unwrap();
        assert_eq!(stored.reference(), Some("example.com/app"));
        assert!(stored.is_of_image() && stored.names(&format!("sha256:{}", "0".repeat(64)).parse().unwrap()));
        let Claim::Image { optional, .. } = stored.claim else { panic!() };
        assert_eq!(optional, [("a".into(), "b".into()), ("c".into(), r#"{"d":1}"#.into())]);
        let null = SOUND.replace(r#"{"a":"b","c":{"d":1}}"#, "null");
        assert!(read_with(&null, "AAAA").is_ok());
    }

    #[test]
    fn malformed_payloads() {
        for (text, wrong) in [
            (SOUND.replace("cosign container", "atomic container"), "not that of a signature by cosign"),
            (SOUND.replace("sha256:", "sha256-"), "algorithm:encoded"),
            (SOUND.replace(r#""type":"#, r#""more":1,"type":"#), "`more` is critical"),
            (SOUND.replace(r#""docker-reference":"#, r#""docker-reference":"x","docker-reference":"#), "duplicate"),
            (SOUND.replace(r#""type":"#, r#""Type":"x","type":"#), "ignore case"),
            (SOUND.replace("\"critical\":", "\"criticel\":"), "`critical` is missing"),
            (SOUND.replace(r#"{"docker-reference":"example.com/app"}"#, "null"), "`identity` is missing"),
            (SOUND.replace(r#"{"docker-reference":"example.com/app"}"#, "[]"), "not an object"),
            (SOUND.replace(r#""example.com/app""#, "5"), "not a string"),
            (SOUND[..100].to_owned(), "JSON"),
            (format!("\u{feff}{SOUND}"), "byte order mark"),
            ("null".to_owned(), "not an object"),
        ] {
            let fault = read_with(&text, "AAAA").unwrap_err();
            assert!(fault.detail.contains(wrong), "{text}: {fault:?}");
        }
        for (signature, wrong) in [("", "has no annotation"), ("AAA", "not base64"), ("AA AA", "not base64")] {
            assert!(read_with(SOUND, signature).unwrap_err().detail.contains(wrong), "{signature}");
        }
    }
}
