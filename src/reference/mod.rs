//! How a person names an image: an address on the command line, and the names inside an image file.

mod address;
mod name;

pub(crate) use address::position;
pub use address::{Address, AddressError, DigestPrefix, Location, Transport, is_written};
#[cfg(feature = "cli")]
pub(crate) use name::is_ref;
pub(crate) use name::unaccepted;
pub use name::{familiar, is_name_and_tag, name_like, normalized, same_image, tag_of};
#[cfg(feature = "signatures")]
pub(crate) use name::{is_signed_as, repository};
