//! Keys that are made for one run of the tests with openssl, and what they sign, in each form that signers of images store.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::builder::descriptor::base64;
use super::builder::referrer::{cosign_manifest, cosign_payload, cosign_tag};
use super::builder::{Artifact, Desc, Layout, Sample, Store};
use super::files::Files;

pub const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
const IN_TOTO: &str = "application/vnd.in-toto+json";
/// The predicate type of cosign's signatures in bundles.
pub const SIGN: &str = "https://sigstore.dev/cosign/sign/v1";

/// A key pair.
#[derive(Debug)]
pub struct Signer {
    dir: tempfile::TempDir,
}

/// How a signature is computed: the words of openssl.
#[derive(Debug, Clone, Copy)]
pub struct Way {
    pub name: &'static str,
    make: &'static [&'static str],
    sign: &'static [&'static str],
}

const fn way(name: &'static str, make: &'static [&'static str], sign: &'static [&'static str]) -> Way {
    Way { name, make, sign }
}

const EC256: &[&str] = &["EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
const EC384: &[&str] = &["EC", "-pkeyopt", "ec_paramgen_curve:P-384"];
const EC521: &[&str] = &["EC", "-pkeyopt", "ec_paramgen_curve:P-521"];
const RSA2048: &[&str] = &["RSA", "-pkeyopt", "rsa_keygen_bits:2048"];
const RSA4096: &[&str] = &["RSA", "-pkeyopt", "rsa_keygen_bits:4096"];
const PSS: &str = "rsa_padding_mode:pss";

/// Each algorithm, with each hash and padding that signers take.
pub const WAYS: [Way; 13] = [
    way("ECDSA P-256", EC256, &["dgst", "-sha256"]),
    way("ECDSA P-256", EC256, &["dgst", "-sha512"]),
    way("ECDSA P-384", EC384, &["dgst", "-sha256"]),
    way("ECDSA P-384", EC384, &["dgst", "-sha384"]),
    way("ECDSA P-521", EC521, &["dgst", "-sha256"]),
    way("ECDSA P-521", EC521, &["dgst", "-sha512"]),
    way("Ed25519", &["ed25519"], &["pkeyutl", "-rawin"]),
    way("RSA", RSA2048, &["dgst", "-sha256"]),
    way("RSA", RSA4096, &["dgst", "-sha512"]),
    way("RSA", RSA2048, &["dgst", "-sha256", "-sigopt", PSS, "-sigopt", "rsa_pss_saltlen:digest"]),
    way("RSA", RSA2048, &["dgst", "-sha256", "-sigopt", PSS, "-sigopt", "rsa_pss_saltlen:max"]),
    way("RSA", RSA2048, &["dgst", "-sha384", "-sigopt", PSS, "-sigopt", "rsa_pss_saltlen:20"]),
    way("RSA", RSA4096, &["dgst", "-sha512", "-sigopt", PSS, "-sigopt", "rsa_pss_saltlen:digest"]),
];

impl Default for Signer {
    fn default() -> Self {
        Self::new(&WAYS[0])
    }
}

impl Signer {
    pub fn new(way: &Way) -> Self {
        let signer = Signer { dir: tempfile::tempdir().unwrap() };
        let (private, public) = (signer.path("key.pem"), signer.path("key.pub"));
        openssl(&[&["genpkey", "-out", text(&private), "-algorithm"], way.make].concat());
        openssl(&["pkey", "-in", text(&private), "-pubout", "-out", text(&public)]);
        signer
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The public key in PEM.
    pub fn public(&self) -> Vec<u8> {
        std::fs::read(self.path("key.pub")).unwrap()
    }

    /// The private key in PEM.
    pub fn private(&self) -> Vec<u8> {
        std::fs::read(self.path("key.pem")).unwrap()
    }

    /// The name by which cosign's bundles call the key.
    pub fn hint(&self) -> String {
        let der = self.path("key.der");
        openssl(&["pkey", "-pubin", "-in", text(&self.path("key.pub")), "-outform", "DER", "-out", text(&der)]);
        let hash = self.path("hash");
        openssl(&["dgst", "-sha256", "-binary", "-out", text(&hash), text(&der)]);
        base64(&std::fs::read(hash).unwrap())
    }

    /// A signature by ECDSA with SHA-256.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.sign_by(&WAYS[0], message)
    }

    pub fn sign_by(&self, way: &Way, message: &[u8]) -> Vec<u8> {
        let (key, from, to) = (self.path("key.pem"), self.path("message"), self.path("signature"));
        std::fs::write(&from, message).unwrap();
        let rest: &[&str] = match way.sign[0] {
            "dgst" => &["-sign", text(&key), "-out", text(&to), text(&from)],
            _ => &["-sign", "-inkey", text(&key), "-out", text(&to), "-in", text(&from)],
        };
        openssl(&[way.sign, rest].concat());
        std::fs::read(to).unwrap()
    }

    /// An envelope around a statement.
    pub fn envelope(&self, statement: &str) -> String {
        let signature = self.sign(&encoded(statement));
        format!(
            r#"{{"payload":"{}","payloadType":"{IN_TOTO}","signatures":[{{"sig":"{}"}}]}}"#,
            base64(statement.as_bytes()),
            base64(&signature)
        )
    }

    /// A bundle around an envelope, which names the key.
    pub fn bundle(&self, statement: &str) -> String {
        self.bundle_of(&format!(r#""dsseEnvelope":{}"#, self.envelope(statement)))
    }

    /// A bundle with the signature of a manifest itself.
    pub fn message_bundle(&self, manifest: &[u8]) -> String {
        let signature = base64(&self.sign(manifest));
        self.bundle_of(&format!(r#""messageSignature":{{"signature":"{signature}"}}"#))
    }

    fn bundle_of(&self, content: &str) -> String {
        let hint = self.hint();
        format!(r#"{{"mediaType":"{BUNDLE}","verificationMaterial":{{"publicKey":{{"hint":"{hint}"}}}},{content}}}"#)
    }
}

fn openssl(words: &[&str]) {
    let output = Command::new("openssl").args(words).output().expect("openssl, which makes the keys of the tests");
    assert!(output.status.success(), "openssl {words:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// What the signatures of an envelope are over.
fn encoded(statement: &str) -> Vec<u8> {
    format!("DSSEv1 {} {IN_TOTO} {} {statement}", IN_TOTO.len(), statement.len()).into_bytes()
}

/// A statement about a digest.
pub fn statement(predicate_type: &str, digest: &str) -> String {
    let (algorithm, encoded) = digest.split_once(':').unwrap();
    format!(
        r#"{{"_type":"https://in-toto.io/Statement/v1","subject":[{{"digest":{{"{algorithm}":"{encoded}"}}}}],"predicateType":"{predicate_type}","predicate":{{}}}}"#
    )
}

/// A signature in the older form of cosign: under the tag of `at`, of a payload that says what it says.
pub fn put_simple(store: &mut Store, at: &Desc, payload: &str, signature: &[u8]) -> Desc {
    cosign_manifest(store, payload, signature).tagged(&cosign_tag(at))
}

/// A bundle as a referrer.
pub fn put_bundle(store: &mut Store, subject: &Desc, bundle: &str) -> Desc {
    Artifact::new(BUNDLE).file(BUNDLE, bundle, "bundle").subject(subject).put(store)
}

/// The image or index of a sample under `name`, with these signatures beside it.
pub fn signed(sample: &Sample, name: &str, signatures: &[Desc]) -> Files {
    let root = if name.contains('/') { sample.root.named(name) } else { sample.root.tagged(name) };
    signatures.iter().fold(Layout::new(&sample.store).root(&root), |layout, signature| layout.root(signature)).files()
}

/// A sample that is signed in the older form of cosign.
pub fn signed_simply(mut sample: Sample, signer: &Signer, name: &str) -> Files {
    let payload = cosign_payload(&sample.root.digest, "example.com/team/app");
    let root = sample.root.clone();
    let signature = put_simple(&mut sample.store, &root, &payload, &signer.sign(payload.as_bytes()));
    signed(&sample, name, &[signature])
}
