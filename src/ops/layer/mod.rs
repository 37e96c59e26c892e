//! `layer`: the layers of an image.

mod add;
mod alone;
mod below;
mod blob;
mod choice;
mod disk;
mod input;
mod refusal;
mod remove;
mod tar_input;
mod tree;

#[cfg(test)]
mod tests;

pub(crate) use add::usual_compression;
pub use add::{AddOptions, add};
pub(crate) use alone::alone;
pub use choice::LayerChoice;
pub use disk::FileAttributes;
pub use input::{LayerFiles, LayerInput};
pub use remove::remove;
