//! Image files from nothing: blobs into a [`Store`], the store into a container.
//!
//! ```text
//! let mut store = Store::new();
//! let app = Image::new("linux/amd64").layer(Layer::new().file("hello", "hi\n").gzip()).put(&mut store);
//! let about = Attestation::of(&app.desc).provenance().put(&mut store);
//! let root = Index::new().child(&app.desc).child(&about).put(&mut store);
//! let files = Layout::new(&store).root(&root.tagged("1.0")).files();
//! ```
//!
//! The same calls give the same bytes on every machine: compression is done here with stored blocks, unless a test
//! asks for the real thing.

pub mod attestation;
pub mod cache;
pub mod compress;
pub mod descriptor;
pub mod docker_old;
pub mod docker_other;
pub mod dual;
pub mod image;
pub mod index;
pub mod layer;
pub mod layout;
pub mod other_tools;
pub mod referrer;
pub mod sample;
pub mod shapes;
pub mod store;
pub mod toc;

pub use attestation::Attestation;
pub use compress::{Compression, compress};
pub use descriptor::{Desc, Dialect};
pub use image::{BuiltImage, Image, Tagged};
pub use index::Index;
pub use layer::{BuiltLayer, Layer};
pub use layout::Layout;
pub use referrer::Artifact;
pub use sample::Sample;
pub use store::Store;
