//! Signatures of images and statements: what each claims, and by which public key it is.
//!
//! Floor: above `doc`, below `graph`. It is given bytes and knows no image file: which manifest a signature is attached
//! to, and whether that is what it signs, is for the caller to compare.
//!
//! Reading is strict: of what is signed nothing may be ambiguous. A repeated key, a key in another case, base64 with a
//! stray character or a field of another type is a [`Fault`], and then nothing is verified.

mod bundle;
mod envelope;
mod fault;
#[cfg(feature = "signatures")]
mod key;
mod message;
mod read;
#[cfg(feature = "signatures")]
mod shape;
mod simple_signing;
mod statement;
mod stored;

pub use fault::Fault;
#[cfg(feature = "signatures")]
pub use key::{KeyError, PublicKey, Verdict};
pub use message::Message;
#[cfg(feature = "signatures")]
pub use shape::is_plausible;
pub use stored::{BundleVersion, Claim, Form, Material, SIGN_PREDICATE, Signature, Stored};
