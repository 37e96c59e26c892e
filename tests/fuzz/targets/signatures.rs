//! Signatures in every form: nothing panics, and what is read names exactly what serde_json reads in the signed bytes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ocikit::limits::Limits;
use ocikit::signature::{Claim, Form, Stored};
use serde_json::Value;

const BUNDLES: [&str; 2] =
    ["application/vnd.dev.sigstore.bundle.v0.3+json", "application/vnd.dev.sigstore.bundle+json;version=0.1"];

/// The form, then what is stored.
pub fn target(data: &[u8]) {
    let Some((form, stored)) = data.split_first() else { return };
    let limits = Limits::default();
    let read = match form % 4 {
        0 => Stored::read_simple(stored, |key| key.ends_with("/signature").then_some("AAAA"), &limits),
        1 => Stored::read(stored, "application/vnd.dsse.envelope.v1+json", &limits),
        number => Stored::read(stored, BUNDLES[usize::from(number) - 2], &limits),
    };
    let Ok(read) = read else { return };
    assert!(!read.signatures.is_empty(), "a signature without one");
    let document: Value = serde_json::from_slice(stored).expect("what is read is JSON");
    match &read.claim {
        Claim::Image { digest, .. } => {
            assert_eq!(document["critical"]["image"]["docker-manifest-digest"], digest.as_str());
            assert_eq!(read.payload(), stored);
        }
        Claim::Statement(_) => {
            let envelope = if matches!(read.form, Form::Dsse) { &document } else { &document["dsseEnvelope"] };
            assert_eq!(envelope["payloadType"], "application/vnd.in-toto+json");
            let payload = STANDARD.decode(envelope["payload"].as_str().unwrap()).unwrap();
            assert_eq!(read.payload(), payload);
            let statement: Value = serde_json::from_slice(&payload).expect("a statement is JSON");
            let named = |digest: &str| {
                let (algorithm, encoded) = digest.split_once(':').unwrap();
                let subjects = statement["subject"].as_array().unwrap().iter();
                subjects.clone().any(|subject| subject["digest"][algorithm] == encoded)
            };
            assert!(read.digests().iter().all(|digest| named(digest.as_str()) && read.names(digest)));
        }
        Claim::Artifact { .. } => assert!(read.payload().is_empty() && read.message(None).is_none()),
    }
    assert!(read.message(Some(b"artifact")).is_some());
}
