//! `platform`: which platforms an image has, and changing that.

mod add;
mod choice;
pub(super) mod incoming;
mod list;
mod prune;
mod remove;
mod set;
pub(super) mod wrap;

pub use add::{AddOptions, Incoming, add};
pub use choice::Choice;
pub use list::{PlatformListReport, PlatformRow, list};
pub(super) use prune::is_there;
pub use prune::prune;
pub use remove::{keep, remove};
pub(super) use set::platform_edits;
pub use set::{SetOptions, Which, set};
