//! Public keys, and whether a signature over a message is by one of them.
//!
//! Every computation is that of the RustCrypto crates: nothing here computes on a curve or a modulus.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use p256::ecdsa::signature::hazmat::PrehashVerifier;
use rsa::traits::PublicKeyParts as _;
use rsa::{Pkcs1v15Sign, Pss};
use sha2::{Digest as _, Sha256, Sha384, Sha512};
use spki::der::{Decode as _, pem};
use spki::{DecodePublicKey as _, SubjectPublicKeyInfoRef};

use super::message::Message;

/// A public key that signatures are compared with.
#[derive(Debug, Clone)]
pub struct PublicKey {
    kind: Kind,
    fingerprint: String,
}

#[derive(Debug, Clone)]
enum Kind {
    P256(p256::ecdsa::VerifyingKey),
    P384(p384::ecdsa::VerifyingKey),
    P521(p521::ecdsa::VerifyingKey),
    Ed25519(ed25519_dalek::VerifyingKey),
    Rsa(rsa::PublicKey),
}

/// Why a file is no public key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// No block of PEM, or more than one.
    #[error("not one public key in PEM: expected one `-----BEGIN PUBLIC KEY-----` block")]
    Pem,
    /// A block with another label.
    #[error("`{0}` instead of a public key{hint}", hint = hint(.0))]
    Label(String),
    /// The content of the block is no `SubjectPublicKeyInfo` (RFC 5280, section 4.1).
    #[error("the public key is malformed: {0}")]
    Malformed(String),
    /// A kind of key that no signer of images uses.
    #[error("the kind of the public key is not supported ({0}); ECDSA P-256, P-384 and P-521, Ed25519 and RSA are")]
    Unsupported(String),
    /// An RSA key that can be broken.
    #[error("an RSA key of {0} bits proves nothing; 2048 bits are required")]
    Weak(u32),
}

fn hint(label: &str) -> &'static str {
    match label {
        _ if label.contains("PRIVATE KEY") => {
            "; a private key signs, its public key verifies: `openssl pkey -in FILE -pubout` or `cosign public-key` \
            print it"
        }
        "CERTIFICATE" => "; `openssl x509 -in FILE -noout -pubkey` prints the key of a certificate",
        _ => "",
    }
}

/// What comparing one signature with one key showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The key signed this message.
    Valid,
    /// The key did not sign this message.
    Other,
    /// The bytes are no signature of a key of this kind.
    Malformed,
}

/// Bits of the modulus of an RSA key: NIST SP 800-131A no longer accepts signatures by smaller ones.
const SMALLEST_RSA: u32 = 2048;

const RSA: &str = "1.2.840.113549.1.1.1";
const EC: &str = "1.2.840.10045.2.1";
const ED25519: &str = "1.3.101.112";
const P256: &str = "1.2.840.10045.3.1.7";
const P384: &str = "1.3.132.0.34";
const P521: &str = "1.3.132.0.35";

impl PublicKey {
    /// Reads one key in PEM: `SubjectPublicKeyInfo` under the label `PUBLIC KEY` (RFC 7468, section 13).
    ///
    /// # Errors
    ///
    /// For everything else, with what it is.
    pub fn from_pem(text: &[u8]) -> Result<Self, KeyError> {
        let text = std::str::from_utf8(text).map_err(|_| KeyError::Pem)?;
        if text.matches("-----BEGIN ").count() != 1 {
            return Err(KeyError::Pem);
        }
        let label = pem::decode_label(text.as_bytes()).map_err(|_| KeyError::Pem)?;
        if label != "PUBLIC KEY" {
            return Err(KeyError::Label(label.to_owned()));
        }
        let (_, der) = pem::decode_vec(text.as_bytes()).map_err(|_| KeyError::Pem)?;
        Self::from_der(&der)
    }

    fn from_der(der: &[u8]) -> Result<Self, KeyError> {
        let malformed = |error: &dyn std::fmt::Display| KeyError::Malformed(error.to_string());
        let info = SubjectPublicKeyInfoRef::from_der(der).map_err(|error| malformed(&error))?;
        let curve = || info.algorithm.parameters_oid().map(|oid| oid.to_string()).unwrap_or_default();
        let wrong = |error: spki::Error| malformed(&error);
        let kind = match info.algorithm.oid.to_string().as_str() {
            RSA => Kind::Rsa(rsa_key(der)?),
            ED25519 => Kind::Ed25519(ed25519_dalek::VerifyingKey::from_public_key_der(der).map_err(wrong)?),
            EC => match curve().as_str() {
                P256 => Kind::P256(p256::ecdsa::VerifyingKey::from_public_key_der(der).map_err(wrong)?),
                P384 => Kind::P384(p384::ecdsa::VerifyingKey::from_public_key_der(der).map_err(wrong)?),
                P521 => Kind::P521(p521::ecdsa::VerifyingKey::from_public_key_der(der).map_err(wrong)?),
                other => return Err(KeyError::Unsupported(format!("curve {other}"))),
            },
            other => return Err(KeyError::Unsupported(format!("algorithm {other}"))),
        };
        Ok(PublicKey { kind, fingerprint: STANDARD.encode(Sha256::digest(der)) })
    }

    /// The name of its algorithm.
    pub fn algorithm(&self) -> &'static str {
        match &self.kind {
            Kind::P256(_) => "ECDSA P-256",
            Kind::P384(_) => "ECDSA P-384",
            Kind::P521(_) => "ECDSA P-521",
            Kind::Ed25519(_) => "Ed25519",
            Kind::Rsa(_) => "RSA",
        }
    }

    /// The SHA-256 of the key in base64: the `hint` by which cosign names a key in a bundle.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Whether it signed a message.
    ///
    /// A signature does not say by which hash and which padding it was made, and signers differ: cosign up to version 2
    /// signs with SHA-256 whatever the curve, version 3 with the hash of the curve's size and with Ed25519ph. Each is as
    /// hard to forge as the others, so that all of them count.
    pub fn check(&self, message: &Message<'_>, signature: &[u8]) -> Verdict {
        match &self.kind {
            Kind::P256(key) => p256::ecdsa::Signature::from_der(signature)
                .map_or(Verdict::Malformed, |signature| by_any_hash(key, message, &signature)),
            Kind::P384(key) => p384::ecdsa::Signature::from_der(signature)
                .map_or(Verdict::Malformed, |signature| by_any_hash(key, message, &signature)),
            Kind::P521(key) => p521::ecdsa::Signature::from_der(signature)
                .map_or(Verdict::Malformed, |signature| by_any_hash(key, message, &signature)),
            Kind::Ed25519(key) => {
                let Ok(signature) = ed25519_dalek::Signature::from_slice(signature) else { return Verdict::Malformed };
                let pure = || key.verify_strict(message.bytes(), &signature).is_ok();
                let prehashed =
                    || key.verify_prehashed_strict(Sha512::new_with_prefix(message.bytes()), None, &signature).is_ok();
                verdict(pure() || prehashed())
            }
            Kind::Rsa(key) => by_rsa(key, message, signature),
        }
    }
}

/// The key of an RSA signature.
fn rsa_key(der: &[u8]) -> Result<rsa::PublicKey, KeyError> {
    let key = rsa::PublicKey::from_public_key_der(der).map_err(|error| KeyError::Malformed(error.to_string()))?;
    let bits = key.n().bit_width_vartime();
    if bits < SMALLEST_RSA { Err(KeyError::Weak(bits)) } else { Ok(key) }
}

/// Whether an ECDSA key signed a message, whichever hash the signer took.
fn by_any_hash<K: PrehashVerifier<S>, S>(key: &K, message: &Message<'_>, signature: &S) -> Verdict {
    let is_by = |hash: &[u8]| key.verify_prehash(hash, signature).is_ok();
    verdict(is_by(message.sha256()) || is_by(message.sha384()) || is_by(message.sha512()))
}

fn by_rsa(key: &rsa::PublicKey, message: &Message<'_>, signature: &[u8]) -> Verdict {
    if signature.len() != key.size() {
        return Verdict::Malformed;
    }
    let pkcs1 = |scheme: Pkcs1v15Sign, hash: &[u8]| key.verify(scheme, hash, signature).is_ok();
    let is_pkcs1 = || {
        pkcs1(Pkcs1v15Sign::new::<Sha256>(), message.sha256())
            || pkcs1(Pkcs1v15Sign::new::<Sha384>(), message.sha384())
            || pkcs1(Pkcs1v15Sign::new::<Sha512>(), message.sha512())
    };
    let is_pss = || {
        key.verify(pss::<Sha256>(), message.sha256(), signature).is_ok()
            || key.verify(pss::<Sha384>(), message.sha384(), signature).is_ok()
            || key.verify(pss::<Sha512>(), message.sha512(), signature).is_ok()
    };
    verdict(is_pkcs1() || is_pss())
}

/// PSS with a salt of any length, as most signers take the longest or that of the hash.
fn pss<D: sha2::Digest>() -> Pss<D> {
    Pss { blinded: false, digest: D::new(), salt_len: None }
}

fn verdict(is_valid: bool) -> Verdict {
    if is_valid { Verdict::Valid } else { Verdict::Other }
}
