//! Sigstore bundles, versions 0.1 to 0.3 (`sigstore_bundle.proto`), in the JSON form of Protocol Buffers.
//!
//! The certificate, the entries of transparency logs and the timestamps are read for their form alone. That they are well
//! formed proves nothing, and that they are malformed shows that somebody changed the bundle: cosign had advisories on
//! empty entries and absent proofs that counted as checked.

use super::envelope::{self, base64};
use super::fault::Fault;
use super::statement::statement;
use super::stored::{BundleVersion, Claim, Form, Material, Signature, Stored};
use crate::digest::{Algorithm, Digest};
use crate::doc::{self, Need, Object, Path, Problems};
use crate::finding::Code;
use crate::json::Value;
use crate::limits::Limits;

/// The media types that bundles give themselves, with the version of each.
const MEDIA_TYPES: [(&str, BundleVersion); 4] = [
    ("application/vnd.dev.sigstore.bundle+json;version=0.1", BundleVersion::V01),
    ("application/vnd.dev.sigstore.bundle+json;version=0.2", BundleVersion::V02),
    ("application/vnd.dev.sigstore.bundle+json;version=0.3", BundleVersion::V03),
    ("application/vnd.dev.sigstore.bundle.v0.3+json", BundleVersion::V03),
];

const FIELDS: [&str; 4] = ["mediaType", "verificationMaterial", "messageSignature", "dsseEnvelope"];

/// What a bundle holds, before the statement in it is read.
struct Content {
    version: BundleVersion,
    claim: Option<Claim>,
    payload: Vec<u8>,
    signatures: Vec<Signature>,
    material: Material,
    log_entries: usize,
    timestamps: usize,
}

pub(super) fn read(stored: &[u8], media_type: &str, limits: &Limits) -> Result<Stored, Fault> {
    let content = doc::strict(stored, limits, |value, problems| content(value, media_type, problems))?;
    let claim = match content.claim {
        Some(claim) => claim,
        None => {
            let inside = |fault: Fault| fault.inside("/dsseEnvelope/payload", "the payload");
            Claim::Statement(statement(&content.payload, limits).map_err(inside)?)
        }
    };
    Ok(Stored {
        form: Form::Bundle(content.version),
        claim,
        signatures: content.signatures,
        material: content.material,
        log_entries: content.log_entries,
        timestamps: content.timestamps,
        payload: content.payload,
    })
}

fn content(value: Value<'_>, listed: &str, problems: &mut Problems) -> Option<Content> {
    let root = Path::Root;
    let object = Object::open(value, root, &FIELDS, problems)?;
    let version = version(&object, listed, problems)?;
    let (material, log_entries, timestamps) = material(&object, version, problems)?;
    let message = object.present("messageSignature");
    let (claim, payload, signatures) = match (message, object.present("dsseEnvelope")) {
        (Some(message), None) => {
            let (digest, signature) = message_signature(message, problems)?;
            (Some(Claim::Artifact { digest }), Vec::new(), vec![signature])
        }
        (None, Some(envelope)) => {
            let path = Path::Key(&root, "dsseEnvelope");
            let envelope = envelope::open(envelope, path, problems)?;
            if envelope.signatures.len() > 1 {
                let detail = "the envelope of a bundle has exactly one signature";
                problems.note(Code::FieldValue, Path::Key(&path, "signatures"), detail);
            }
            (None, envelope.payload, envelope.signatures)
        }
        _ => {
            let detail = "a bundle has either `messageSignature` or `dsseEnvelope`";
            problems.note(Code::FieldMissing, root, detail);
            return None;
        }
    };
    Some(Content { version, claim, payload, signatures, material, log_entries, timestamps })
}

/// The version that the bundle gives itself, which is that under which it is listed.
fn version(object: &Object<'_, '_>, listed: &str, problems: &mut Problems) -> Option<BundleVersion> {
    let own = object.string("mediaType", Need::Required, problems).into_ok()?;
    let find = |text: &str| MEDIA_TYPES.iter().find(|(name, _)| *name == text).map(|(_, version)| *version);
    let path = Path::Key(&Path::Root, "mediaType");
    let Some(version) = find(&own) else {
        problems.compared(Code::FieldValue, path, "not a version of bundles that is known", "0.1 to 0.3", own);
        return None;
    };
    if find(listed) != Some(version) {
        let detail = "the layer is listed with another version of bundles";
        problems.compared(Code::FieldValue, path, detail, listed, own);
    }
    Some(version)
}

fn material(
    object: &Object<'_, '_>,
    version: BundleVersion,
    problems: &mut Problems,
) -> Option<(Material, usize, usize)> {
    const FIELDS: [&str; 5] =
        ["publicKey", "x509CertificateChain", "certificate", "tlogEntries", "timestampVerificationData"];
    let root = Path::Root;
    let path = Path::Key(&root, "verificationMaterial");
    let value = object.field("verificationMaterial", Need::Required, "an object", problems, Some).into_ok()?;
    let object = Object::open(value, path, &FIELDS, problems)?;
    let given: Vec<&str> = FIELDS[..3].iter().copied().filter(|key| object.present(key).is_some()).collect();
    let [only] = given.as_slice() else {
        let detail = "a bundle has one of `publicKey`, `certificate` and `x509CertificateChain`";
        problems.note(Code::FieldMissing, path, detail);
        return None;
    };
    let value = object.present(only)?;
    let at = Path::Key(&path, only);
    let material = match *only {
        "publicKey" => {
            let hint = Object::open(value, at, &["hint"], problems)?.string("hint", Need::Optional, problems).into_ok();
            hint.filter(|hint| !hint.is_empty()).map_or(Material::None, Material::Key)
        }
        "certificate" => {
            base64(&Object::open(value, at, &["rawBytes"], problems)?, "rawBytes", problems)?;
            Material::Certificate
        }
        _ => {
            let chain = Object::open(value, at, &["certificates"], problems)?;
            let certificates = chain.list("certificates", Need::Required, problems, |value, path, problems| {
                base64(&Object::open(value, path, &["rawBytes"], problems)?, "rawBytes", problems)
            });
            if certificates.into_ok()?.is_empty() {
                problems.note(Code::FieldValue, Path::Key(&at, "certificates"), "the chain has no certificate");
            }
            Material::Certificate
        }
    };
    let entries = object.list("tlogEntries", Need::Optional, problems, |value, path, problems| {
        log_entry(value, path, version, problems)
    });
    Some((material, entries.into_ok().unwrap_or_default().len(), timestamps(&object, path, problems)))
}

fn timestamps(object: &Object<'_, '_>, path: Path<'_>, problems: &mut Problems) -> usize {
    let key = "timestampVerificationData";
    let Some(value) = object.present(key) else { return 0 };
    let Some(data) = Object::open(value, Path::Key(&path, key), &["rfc3161Timestamps"], problems) else { return 0 };
    let list = data.list("rfc3161Timestamps", Need::Optional, problems, |value, path, problems| {
        base64(&Object::open(value, path, &["signedTimestamp"], problems)?, "signedTimestamp", problems)
    });
    list.into_ok().unwrap_or_default().len()
}

/// The form of an entry of a transparency log (`sigstore_rekor.proto`). A number that is 0 is left out by writers.
fn log_entry(value: Value<'_>, path: Path<'_>, version: BundleVersion, problems: &mut Problems) -> Option<()> {
    const FIELDS: [&str; 7] = [
        "logIndex",
        "logId",
        "kindVersion",
        "integratedTime",
        "inclusionPromise",
        "inclusionProof",
        "canonicalizedBody",
    ];
    let object = Object::open(value, path, &FIELDS, problems)?;
    base64(&object, "canonicalizedBody", problems)?;
    for key in ["logIndex", "integratedTime"] {
        object.field(key, Need::Optional, "a number", problems, number);
    }
    let id = object.field("logId", Need::Required, "an object", problems, Some).into_ok()?;
    base64(&Object::open(id, Path::Key(&path, "logId"), &["keyId"], problems)?, "keyId", problems)?;
    let kind = object.field("kindVersion", Need::Required, "an object", problems, Some).into_ok()?;
    let kind = Object::open(kind, Path::Key(&path, "kindVersion"), &["kind", "version"], problems)?;
    kind.string("kind", Need::Required, problems).into_ok()?;
    kind.string("version", Need::Required, problems).into_ok()?;
    let promise = object.present("inclusionPromise");
    if let Some(promise) = promise {
        let promise = Object::open(promise, Path::Key(&path, "inclusionPromise"), &["signedEntryTimestamp"], problems)?;
        base64(&promise, "signedEntryTimestamp", problems)?;
    }
    match object.present("inclusionProof") {
        Some(proof) => inclusion_proof(proof, Path::Key(&path, "inclusionProof"), version, problems),
        None if version > BundleVersion::V01 => {
            problems.note(Code::FieldMissing, path, "the required field `inclusionProof` is missing");
            None
        }
        None if promise.is_none() => {
            problems.note(Code::FieldMissing, path, "the entry has neither `inclusionPromise` nor `inclusionProof`");
            None
        }
        None => Some(()),
    }
}

fn inclusion_proof(value: Value<'_>, path: Path<'_>, version: BundleVersion, problems: &mut Problems) -> Option<()> {
    const FIELDS: [&str; 5] = ["logIndex", "rootHash", "treeSize", "hashes", "checkpoint"];
    let object = Object::open(value, path, &FIELDS, problems)?;
    base64(&object, "rootHash", problems)?;
    object.field("treeSize", Need::Required, "a number", problems, number).into_ok()?;
    object.field("logIndex", Need::Optional, "a number", problems, number);
    object.list("hashes", Need::Optional, problems, |value, path, problems| {
        let hash = value.as_str().filter(|text| !text.is_empty());
        if hash.is_none() {
            problems.note(Code::FieldType, path, "a hash of the proof is not a string");
        }
        hash.map(|_| ())
    });
    let need = if version > BundleVersion::V01 { Need::Required } else { Need::Optional };
    let checkpoint = object.field("checkpoint", need, "an object", problems, Some).into_ok();
    let Some(checkpoint) = checkpoint else { return (need == Need::Optional).then_some(()) };
    let checkpoint = Object::open(checkpoint, Path::Key(&path, "checkpoint"), &["envelope"], problems)?;
    let envelope = |value: Value<'_>| value.as_str().filter(|text| !text.is_empty()).map(|_| ());
    checkpoint.field("envelope", Need::Required, "a text that is not empty", problems, envelope).into_ok()
}

/// A whole number, as a JSON number or, as Protocol Buffers writes 64 bits, as a string.
fn number(value: Value<'_>) -> Option<u64> {
    value.as_u63().or_else(|| value.as_str()?.parse().ok())
}

fn message_signature(value: Value<'_>, problems: &mut Problems) -> Option<(Option<Digest>, Signature)> {
    let root = Path::Root;
    let path = Path::Key(&root, "messageSignature");
    let object = Object::open(value, path, &["messageDigest", "signature"], problems)?;
    let bytes = base64(&object, "signature", problems)?;
    let Some(value) = object.present("messageDigest") else { return Some((None, Signature { bytes, key_id: None })) };
    let path = Path::Key(&path, "messageDigest");
    let object = Object::open(value, path, &["algorithm", "digest"], problems)?;
    let name = object.string("algorithm", Need::Required, problems).into_ok()?;
    let encoded = base64(&object, "digest", problems)?;
    let algorithm = Algorithm::ALL.into_iter().find(|own| name == format!("SHA2_{}", &own.name()[3..]));
    let hex: String = encoded.iter().map(|byte| format!("{byte:02x}")).collect();
    let digest = algorithm.and_then(|algorithm| format!("{}:{hex}", algorithm.name()).parse().ok());
    if digest.is_none() {
        let detail = "not a digest of SHA2_256, SHA2_384 or SHA2_512";
        problems.note(Code::FieldValue, path, detail);
    }
    Some((Some(digest?), Signature { bytes, key_id: None }))
}

#[cfg(test)]
mod tests;
