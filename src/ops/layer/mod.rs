//! `layer`: the layers of an image.

mod choice;
mod remove;

pub use choice::LayerChoice;
pub use remove::remove;
