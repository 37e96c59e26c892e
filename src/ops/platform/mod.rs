//! `platform`: which platforms an image has, and changing that.

mod add;
mod choice;
mod list;
mod prune;
mod remove;
mod set;

pub use add::{AddOptions, Incoming, add};
pub use choice::Choice;
pub use list::{PlatformListReport, PlatformRow, list};
pub(super) use prune::is_there;
pub use prune::prune;
pub use remove::{keep, remove};
pub use set::{SetOptions, Which, set};
