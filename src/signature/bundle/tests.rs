use super::*;
use crate::media_type::IN_TOTO;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

const V03: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
const KEY: &str = r#""publicKey":{"hint":"release"}"#;
const PROOF: &str =
    r#"{"logIndex":"1","rootHash":"AAAA","treeSize":"2","hashes":["AAAA"],"checkpoint":{"envelope":"log"}}"#;

fn envelope() -> String {
    let statement = format!(
        r#"{{"_type":"https://in-toto.io/Statement/v1","predicateType":"x","subject":[{{"digest":{{"sha256":"{}"}}}}]}}"#,
        "0".repeat(64)
    );
    let payload = STANDARD.encode(statement);
    format!(r#""dsseEnvelope":{{"payload":"{payload}","payloadType":"{IN_TOTO}","signatures":[{{"sig":"AAAA"}}]}}"#)
}

fn entry(rest: &str) -> String {
    format!(
        r#"{{"canonicalizedBody":"AAAA","logId":{{"keyId":"AAAA"}},"kindVersion":{{"kind":"dsse","version":"0.0.1"}}{rest}}}"#
    )
}

fn bundle(media_type: &str, material: &str, content: &str) -> String {
    format!(r#"{{"mediaType":"{media_type}","verificationMaterial":{{{material}}},{content}}}"#)
}

fn found(text: &str, listed: &str) -> Result<Stored, Fault> {
    read(text.as_bytes(), listed, &Limits::default())
}

#[test]
fn each_version() {
    for (media_type, version) in MEDIA_TYPES {
        let stored = found(&bundle(media_type, KEY, &envelope()), media_type).unwrap();
        assert_eq!(stored.form, Form::Bundle(version));
        assert_eq!((stored.material, stored.signatures.len()), (Material::Key("release".into()), 1));
    }
    // The two ways to write 0.3 are one version; others are not what they are listed as.
    assert!(found(&bundle(MEDIA_TYPES[2].0, KEY, &envelope()), V03).is_ok());
    assert!(found(&bundle(MEDIA_TYPES[0].0, KEY, &envelope()), V03).is_err());
}

#[test]
fn what_is_beside_the_signature() {
    let material = format!(
        r#""certificate":{{"rawBytes":"AAAA"}},"tlogEntries":[{}],"timestampVerificationData":{{"rfc3161Timestamps":[{{"signedTimestamp":"AAAA"}}]}}"#,
        entry(&format!(r#","logIndex":"12","integratedTime":"5","inclusionProof":{PROOF}"#))
    );
    let stored = found(&bundle(V03, &material, &envelope()), V03).unwrap();
    assert_eq!((stored.material, stored.log_entries, stored.timestamps), (Material::Certificate, 1, 1));
    let promise = entry(r#","inclusionPromise":{"signedEntryTimestamp":"AAAA"}"#);
    let chain =
        format!(r#""x509CertificateChain":{{"certificates":[{{"rawBytes":"AAAA"}}]}},"tlogEntries":[{promise}]"#);
    let old = MEDIA_TYPES[0].0;
    assert_eq!(found(&bundle(old, &chain, &envelope()), old).unwrap().log_entries, 1);
    let fault = found(&bundle(V03, &chain, &envelope()), V03).unwrap_err();
    assert_eq!(fault.detail, "the required field `inclusionProof` is missing");
    assert_eq!(fault.pointer, "/verificationMaterial/tlogEntries/0");
}

#[test]
fn a_signature_over_the_artifact() {
    let message = |digest: &str| format!(r#""messageSignature":{{{digest}"signature":"AAAA"}}"#);
    let stored = found(&bundle(V03, KEY, &message("")), V03).unwrap();
    assert_eq!(stored.claim, Claim::Artifact { digest: None });
    assert!(stored.is_of_image() && stored.message(None).is_none());
    let encoded = STANDARD.encode([0; 32]);
    let digest = format!(r#""messageDigest":{{"algorithm":"SHA2_256","digest":"{encoded}"}},"#);
    let stored = found(&bundle(V03, KEY, &message(&digest)), V03).unwrap();
    assert_eq!(stored.digests()[0].as_str(), format!("sha256:{}", "0".repeat(64)));
    for wrong in [digest.replace("SHA2_256", "SHA3_256"), digest.replace("AAAA", "")] {
        assert!(found(&bundle(V03, KEY, &message(&wrong)), V03).is_err(), "{wrong}");
    }
}

#[test]
fn malformed_bundles() {
    let sound = bundle(V03, KEY, &envelope());
    assert!(found(&sound, V03).is_ok());
    let with = |material: &str| bundle(V03, &format!("{KEY},{material}"), &envelope());
    for (text, wrong) in [
        (with(r#""tlogEntries":[null]"#), "not an object"),
        (with(r#""tlogEntries":[{}]"#), "`canonicalizedBody` is missing"),
        (with(r#""tlogEntries":{}"#), "`tlogEntries` is not an array"),
        (with(&format!(r#""tlogEntries":[{}]"#, entry(""))), "`inclusionProof` is missing"),
        (with(&format!(r#""tlogEntries":[{}]"#, entry(r#","inclusionProof":null"#))), "`inclusionProof` is missing"),
        (with(&format!(r#""tlogEntries":[{}]"#, entry(r#","inclusionProof":{}"#))), "`rootHash` is missing"),
        (
            with(&format!(r#""tlogEntries":[{}]"#, entry(r#","inclusionProof":{"rootHash":"AAAA","treeSize":"1"}"#))),
            "`checkpoint` is missing",
        ),
        (
            with(&format!(
                r#""tlogEntries":[{}]"#,
                entry(&format!(r#","inclusionProof":{}"#, PROOF.replace(r#"["AAAA"]"#, "[null]")))
            )),
            "a hash of the proof",
        ),
        (
            with(&format!(r#""tlogEntries":[{}]"#, entry(&format!(r#","logIndex":"x","inclusionProof":{PROOF}"#)))),
            "`logIndex` is not a number",
        ),
        (with(r#""timestampVerificationData":[]"#), "not an object"),
        (with(r#""timestampVerificationData":{"rfc3161Timestamps":[{}]}"#), "`signedTimestamp` is missing"),
        (with(r#""certificate":{"rawBytes":"AAAA"}"#), "one of `publicKey`, `certificate`"),
        (bundle(V03, "", &envelope()), "one of `publicKey`, `certificate`"),
        (bundle(V03, r#""certificate":{}"#, &envelope()), "`rawBytes` is missing"),
        (bundle(V03, r#""x509CertificateChain":{"certificates":[]}"#, &envelope()), "no certificate"),
        (bundle(V03, KEY, r#""messageSignature":null"#), "either `messageSignature` or"),
        (bundle(V03, KEY, r#""messageSignature":{}"#), "`signature` is missing"),
        (bundle(V03, KEY, &format!(r#""messageSignature":{{"signature":"AAAA"}},{}"#, envelope())), "either"),
        (sound.replace(r#"[{"sig":"AAAA"}]"#, r#"[{"sig":"AAAA"},{"sig":"AAAA"}]"#), "exactly one signature"),
        (sound.replace("v0.3", "v0.4"), "not a version of bundles"),
        (sound.replace("mediaType", "mediatype"), "ignore case"),
        (sound.replace(r#""mediaType":"#, r#""mediaType":"x","mediaType":"#), "duplicate"),
        (
            sound.replace(r#""verificationMaterial":{"#, r#""verificationMaterial":null,"x":{"#),
            "`verificationMaterial`",
        ),
        (sound[..sound.len() / 2].to_owned(), "JSON"),
        ("{}".to_owned(), "`mediaType` is missing"),
    ] {
        let fault = found(&text, V03).unwrap_err();
        assert!(fault.detail.contains(wrong), "{text}: {fault:?}");
    }
}
