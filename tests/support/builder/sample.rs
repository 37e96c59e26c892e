//! Small images that most tests begin with.

use super::{Attestation, BuiltImage, Compression, Desc, Image, Index, Layer, Layout, Store, Tagged};
use crate::support::files::Files;

/// A store, the images in it, and the descriptor on top.
#[derive(Clone, Debug)]
pub struct Sample {
    pub store: Store,
    pub images: Vec<BuiltImage>,
    pub attestations: Vec<Desc>,
    pub root: Desc,
}

/// The layer that the images of all platforms share: folders, a link, modes, owners.
pub fn base_layer() -> Layer {
    Layer::new()
        .dir("bin")
        .file("bin/hello", "#!/bin/sh\necho hello\n")
        .mode(0o755)
        .symlink("bin/hi", "hello")
        .dir("etc")
        .file("etc/words", "one two three\n")
        .owner(1000, 1000)
        .mtime(1_700_000_000)
}

/// The layer of one platform: a file of its own, one that replaces a file below, one that hides another.
pub fn own_layer(platform: &str) -> Layer {
    Layer::new()
        .dir("etc")
        .file("etc/platform", format!("{platform}\n"))
        .file("bin/hello", "#!/bin/sh\necho hello again\n")
        .mode(0o755)
        .whiteout("etc/words")
}

/// An image of two layers.
pub fn image(platform: &str, compression: Compression) -> Image {
    Image::new(platform).layer(base_layer().compressed(compression)).layer(own_layer(platform).compressed(compression))
}

impl Sample {
    /// One image, linux/amd64, gzip layers; the root is its manifest.
    pub fn single() -> Self {
        Self::single_with(Compression::Gzip)
    }

    pub fn single_with(compression: Compression) -> Self {
        let mut store = Store::new();
        let image = image("linux/amd64", compression).put(&mut store);
        Sample { root: image.desc.clone(), images: vec![image], attestations: Vec::new(), store }
    }

    /// An index of these platforms.
    pub fn multi(platforms: &[&str]) -> Self {
        Self::multi_in(Store::indented(), platforms)
    }

    pub fn multi_in(mut store: Store, platforms: &[&str]) -> Self {
        let images: Vec<_> =
            platforms.iter().map(|platform| image(platform, Compression::Gzip).put(&mut store)).collect();
        let root = Index::of(images.iter().map(|image| &image.desc)).put(&mut store);
        Sample { store, images, attestations: Vec::new(), root }
    }

    /// An index of these platforms, then an attestation of provenance and SBOM for each: `change` sets the style.
    pub fn attested(platforms: &[&str], change: impl Fn(Attestation) -> Attestation) -> Self {
        let mut sample = Self::multi(platforms);
        let old_root = sample.root.digest.clone();
        sample.store.remove(&old_root);
        for image in &sample.images {
            let attestation = change(Attestation::of(&image.desc).provenance().sbom());
            sample.attestations.push(attestation.put(&mut sample.store));
        }
        let children = sample.images.iter().map(|image| &image.desc).chain(&sample.attestations);
        sample.root = Index::of(children).put(&mut sample.store);
        sample
    }

    /// The root in a layout under `example.com/team/app:1.0`.
    pub fn layout(&self) -> Files {
        Layout::new(&self.store).root(&self.root.named("example.com/team/app:1.0")).files()
    }

    /// The first image under `app:1.0`, for a docker archive.
    pub fn tagged(&self) -> Tagged {
        self.images[0].tagged(&["app:1.0"])
    }
}
