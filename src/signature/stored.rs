//! What a signer wrote, read to the end: the claim, the exact bytes that are signed, and the signatures over them.

use std::fmt;

use super::message::{Message, encoded};
use crate::digest::Digest;
use crate::doc::attestation::Statement;
use crate::media_type::IN_TOTO;

/// The predicate type of the statement with which cosign from version 3 signs an image.
pub const SIGN_PREDICATE: &str = "https://sigstore.dev/cosign/sign/v1";

/// In what a signature is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A payload in the simple signing format, the signature in an annotation: cosign's tags that end with `.sig`.
    SimpleSigning,
    /// A DSSE envelope: cosign's tags that end with `.att`.
    Dsse,
    /// A sigstore bundle.
    Bundle(BundleVersion),
}

/// The version of a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BundleVersion {
    /// 0.1: the promise of a log suffices.
    V01,
    /// 0.2: entries have the proof that the log includes them.
    V02,
    /// 0.3: as before, and one certificate instead of a chain.
    V03,
}

impl fmt::Display for BundleVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            BundleVersion::V01 => "0.1",
            BundleVersion::V02 => "0.2",
            BundleVersion::V03 => "0.3",
        })
    }
}

/// What the signed bytes say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// A manifest or index, by its digest.
    Image {
        /// `critical.image.docker-manifest-digest`
        digest: Digest,
        /// `critical.identity.docker-reference`; None where it is empty.
        reference: Option<String>,
        /// `optional`: what the signer added, as JSON text where it is no string.
        optional: Vec<(String, String)>,
    },
    /// An in-toto statement.
    Statement(Statement),
    /// The bytes of a manifest or index themselves: the one that the bundle is attached to.
    Artifact {
        /// `messageDigest`, for finding the manifest; it is not signed.
        digest: Option<Digest>,
    },
}

/// What a bundle or manifest says of the key of its signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Material {
    /// Nothing.
    None,
    /// A public key, by its fingerprint or name.
    Key(String),
    /// A certificate.
    Certificate,
}

/// One signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// Its bytes: DER for ECDSA, raw for Ed25519 and RSA.
    pub bytes: Vec<u8>,
    /// `keyid` of an envelope, where it is not empty.
    pub key_id: Option<String>,
}

/// A stored signature, or the several of one envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// In what it is stored.
    pub form: Form,
    /// What was signed.
    pub claim: Claim,
    /// The signatures; at least one.
    pub signatures: Vec<Signature>,
    /// What is said of the key.
    pub material: Material,
    /// Entries of a transparency log.
    pub log_entries: usize,
    /// Timestamps of timestamp authorities.
    pub timestamps: usize,
    /// The payload; empty where the bytes of the artifact are signed.
    pub(super) payload: Vec<u8>,
}

impl Stored {
    /// The exact bytes of the payload; empty where the bytes of the artifact are signed.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// The bytes that are signed; None where they are those of an artifact that is not given.
    pub fn message<'a>(&'a self, artifact: Option<&'a [u8]>) -> Option<Message<'a>> {
        match (&self.claim, self.form) {
            (Claim::Artifact { .. }, _) => artifact.map(Message::new),
            (_, Form::SimpleSigning) => Some(Message::new(self.payload.as_slice())),
            (_, Form::Dsse | Form::Bundle(_)) => Some(Message::new(encoded(IN_TOTO, &self.payload))),
        }
    }

    /// Whether it signs an image, and not a statement about one.
    ///
    /// An attestation is no approval: a scanner signs its findings too.
    pub fn is_of_image(&self) -> bool {
        match &self.claim {
            Claim::Image { .. } | Claim::Artifact { .. } => true,
            Claim::Statement(statement) => statement.predicate_type.as_deref() == Some(SIGN_PREDICATE),
        }
    }

    /// Whether the signed bytes name a digest. Those of an artifact name none.
    pub fn names(&self, digest: &Digest) -> bool {
        match &self.claim {
            Claim::Image { digest: own, .. } => own == digest,
            Claim::Statement(statement) => statement.subjects().iter().any(|subject| subject.names(digest)),
            Claim::Artifact { .. } => false,
        }
    }

    /// The digests that the signed bytes name, those that are digests of this program.
    pub fn digests(&self) -> Vec<Digest> {
        match &self.claim {
            Claim::Image { digest, .. } => vec![digest.clone()],
            Claim::Artifact { digest } => digest.iter().cloned().collect(),
            Claim::Statement(statement) => {
                let digests = statement.subjects().iter().flat_map(|subject| &subject.digest);
                digests.filter_map(|(algorithm, encoded)| format!("{algorithm}:{encoded}").parse().ok()).collect()
            }
        }
    }

    /// The name of the image in the signed bytes.
    pub fn reference(&self) -> Option<&str> {
        match &self.claim {
            Claim::Image { reference, .. } => reference.as_deref(),
            _ => None,
        }
    }

    /// The predicate type of a signed statement.
    pub fn predicate_type(&self) -> Option<&str> {
        match &self.claim {
            Claim::Statement(statement) => statement.predicate_type.as_deref(),
            _ => None,
        }
    }
}
