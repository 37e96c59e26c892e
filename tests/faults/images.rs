//! The images that the commands work on.

use std::sync::OnceLock;

use crate::support::*;

/// An image, and what makes it of [`other`].
pub(crate) struct Ground {
    pub(crate) files: Files,
    /// As an archive.
    pub(crate) archive: Vec<u8>,
    /// A delta that makes the archive.
    pub(crate) delta: Vec<u8>,
    /// A delta that makes the directory.
    pub(crate) delta_dir: Vec<u8>,
}

impl Ground {
    fn of(files: Files) -> Self {
        let env = TestEnv::new();
        env.write_tar("image", &files);
        env.write_dir("dir", &files);
        env.write("other.tar", other());
        for (image, delta) in [("image", "delta.tar"), ("dir", "delta-dir.tar")] {
            let _ = env.ocikit(&["delta", "create", image, "--base", "other.tar", "-o", delta]).expect_code(0);
        }
        let [archive, delta, delta_dir] = ["image", "delta.tar", "delta-dir.tar"].map(|name| env.read(name));
        Ground { files, archive, delta, delta_dir }
    }

    /// The names of the blobs from which on several are copied at once.
    pub(crate) fn large_blobs(&self) -> Vec<&str> {
        const LARGE: usize = 1 << 20;
        let blobs = self.files.names().into_iter().filter(|name| name.starts_with("blobs/sha256/"));
        blobs.filter(|name| self.files.bytes(name).len() >= LARGE).collect()
    }
}

/// Two platforms with attestations, a layer of which takes a while to write, and a blob that nothing reaches.
pub(crate) fn small() -> &'static Ground {
    static GROUND: OnceLock<Ground> = OnceLock::new();
    GROUND.get_or_init(|| {
        let noise = noise(1, 600_000);
        // Two layers, so that a squash changes something.
        Ground::of(image(|platform| {
            let noise = Layer::of(&[("noise", noise.as_str()), ("platform", platform)]);
            vec![noise.gzip(), Layer::of(&[("top", platform)]).gzip()]
        }))
    })
}

/// The same with layers so large, and so many of them, that several are copied while others wait.
pub(crate) fn large() -> &'static Ground {
    static GROUND: OnceLock<Ground> = OnceLock::new();
    GROUND.get_or_init(|| {
        let ground = Ground::of(image(|platform| {
            let layers = (0..4).map(|number| {
                let noise = noise(number, (1 << 20) + 70_001 * number as usize);
                let layer = Layer::of(&[("noise", noise.as_str()), ("platform", platform)]);
                if number == 1 { layer.gzip() } else { layer }
            });
            layers.collect()
        }));
        assert_eq!(ground.large_blobs().len(), 8);
        ground
    })
}

/// Another image.
pub(crate) fn other() -> &'static [u8] {
    static OTHER: OnceLock<Vec<u8>> = OnceLock::new();
    OTHER.get_or_init(|| shapes::oci_archive().to_tar())
}

fn image(layers: impl Fn(&str) -> Vec<Layer>) -> Files {
    let mut store = Store::new();
    let mut children = Vec::new();
    for platform in ["linux/amd64", "linux/arm64"] {
        let image = layers(platform).into_iter().fold(Image::new(platform), Image::layer).put(&mut store);
        children.push(Attestation::of(&image.desc).provenance().put(&mut store));
        children.push(image.desc);
    }
    children.reverse();
    let root = Index::of(&children).put(&mut store);
    store.put("text/plain", "nothing leads here");
    Layout::new(&store).root(&root.named("example.com/team/app:1.0")).files()
}

/// A text that does not shrink.
fn noise(seed: u64, length: usize) -> String {
    let mut state = seed;
    let signs = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        char::from(b'!' + (state >> 58) as u8)
    });
    signs.take(length).collect()
}
