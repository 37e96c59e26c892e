//! `layer`: the layers of an image.

mod add;
mod alone;
mod below;
mod blob;
mod choice;
mod compression;
mod disk;
mod incoming;
mod input;
mod refusal;
mod remove;
mod replace;
mod rewrite;
mod tar_input;
mod tree;

#[cfg(test)]
mod tests;

pub use add::{AddOptions, add};
pub(crate) use alone::alone;
pub use choice::LayerChoice;
pub(crate) use compression::usual_compression;
pub use disk::FileAttributes;
pub use incoming::NewLayerOptions;
pub use input::{LayerFiles, LayerInput};
pub use remove::remove;
pub use replace::{ReplaceOptions, replace};
pub use rewrite::{BaseImage, PathPattern, RewriteOptions, RewriteRange, rewrite};
