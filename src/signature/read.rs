//! Stored bytes, read by their form.

use super::fault::Fault;
use super::stored::Stored;
use super::{bundle, envelope, simple_signing};
use crate::limits::Limits;
use crate::media_type::is_bundle;

impl Stored {
    /// Reads a DSSE envelope or a sigstore bundle, by its media type.
    ///
    /// # Errors
    ///
    /// When it is not exactly what its specification says.
    pub fn read(stored: &[u8], media_type: &str, limits: &Limits) -> Result<Self, Fault> {
        if is_bundle(media_type) { bundle::read(stored, media_type, limits) } else { envelope::read(stored, limits) }
    }

    /// Reads a payload in the simple signing format, and the annotations around it.
    ///
    /// # Errors
    ///
    /// As for [`Stored::read`].
    pub fn read_simple<'a>(
        payload: &[u8],
        annotation: impl Fn(&str) -> Option<&'a str>,
        limits: &Limits,
    ) -> Result<Self, Fault> {
        simple_signing::read(payload, annotation, limits)
    }
}
