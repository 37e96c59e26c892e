//! Whether bytes can be a signature at all.

/// Whether bytes can be a signature by a key of some kind: DER for ECDSA, 64 bytes for Ed25519, 256 to 1,024 for RSA.
///
/// What is none of these was truncated or changed, whoever signed.
pub fn is_plausible(signature: &[u8]) -> bool {
    // The numbers of a smaller curve are small for the largest one.
    matches!(signature.len(), 64 | 256..=1024) || p521::ecdsa::Signature::from_der(signature).is_ok()
}
