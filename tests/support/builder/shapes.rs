//! Every shape by name, each a sound image file: for tables of tests, and as the ground for one defect.

use super::descriptor::Dialect;
use super::sample::{Sample, base_layer, image, own_layer};
use super::{Artifact, Compression, Image, Index, Layer, Layout, Store, cache, docker_old, docker_other, dual};
use super::{other_tools, referrer};
use crate::support::files::{Files, blob_name};

/// Two platforms, as most samples have them.
pub const PLATFORMS: [&str; 2] = ["linux/amd64", "linux/arm64"];

/// A named shape.
pub struct FileFormat {
    pub name: &'static str,
    pub files: Files,
    /// What wraps the whole file.
    pub outer: Compression,
}

impl FileFormat {
    /// The file's bytes, wrapped as the producer does it.
    pub fn bytes(&self) -> Vec<u8> {
        super::compress(&self.files.to_tar(), self.outer)
    }
}

/// All shapes, each once.
pub fn all() -> Vec<FileFormat> {
    let plain = |name, files| FileFormat { name, files, outer: Compression::None };
    vec![
        plain("oci-archive", oci_archive()),
        plain("oci-archive-multi", multi()),
        plain("oci-archive-attested", attested()),
        plain("oci-archive-attested-image-config-style", attested_image_config_style()),
        plain("oci-archive-docker-types", docker_types()),
        plain("oci-archive-zstd", zstd()),
        plain("oci-archive-gzip-members", gzip_members()),
        plain("oci-archive-uncompressed", uncompressed()),
        plain("oci-archive-nested", nested()),
        plain("oci-archive-two-names", two_names()),
        plain("oci-archive-referrers", referrers()),
        plain("oci-archive-cosign", cosign()),
        plain("oci-archive-sha512", sha512()),
        plain("oci-archive-data", data()),
        plain("oci-archive-urls", urls()),
        plain("oci-archive-sparse", sparse()),
        plain("oci-archive-dot-prefix", dot_prefix()),
        plain("oci-archive-wrapped", wrapped()),
        plain("cache-index", cache_index()),
        plain("cache-manifest", cache_manifest()),
        plain("docker-20", docker20()),
        plain("docker-20-repeated-layer", docker20_repeated_layer()),
        plain("podman", podman()),
        plain("crane", crane()),
        plain("jib", jib()),
        plain("rules-oci", rules_oci()),
        plain("pack", pack()),
        plain("docker-25", docker25()),
        plain("containerd", containerd()),
        plain("apko", apko()),
        plain("imgpkg", imgpkg()),
        FileFormat { name: "nix", files: nix(), outer: Compression::GzipDeflate(6) },
        FileFormat { name: "oci-archive-gz", files: oci_archive(), outer: Compression::GzipDeflate(6) },
        FileFormat { name: "oci-archive-zst", files: oci_archive(), outer: Compression::ZstdReal(3) },
        FileFormat { name: "hauler", files: hauler(), outer: Compression::ZstdReal(3) },
    ]
}

/// One image, one root that is its manifest.
pub fn oci_archive() -> Files {
    Sample::single().layout()
}

/// A layout of one image whose layer is damaged, in each way; with what is wrong.
pub fn damaged_layers() -> Vec<(&'static str, Files)> {
    let sample = Sample::single_with(Compression::Gzip);
    let layer = blob_name(&sample.images[0].layers[0].desc.digest);
    let length = sample.layout().bytes(&layer).len();
    let kinds = ["another digest, the same content", "does not inflate", "cut short", "absent"];
    let damaged = kinds.map(|what| {
        let mut files = sample.layout();
        match what {
            "another digest, the same content" => files.flip_byte(&layer, 9),
            "does not inflate" => files.flip_byte(&layer, length / 2),
            "cut short" => files.truncate(&layer, length - 12),
            _ => files.remove(&layer),
        };
        (what, files)
    });
    damaged.into()
}

/// Two platforms in a nested index.
pub fn multi() -> Files {
    Sample::multi(&PLATFORMS).layout()
}

/// Two platforms, each with provenance and SBOM in BuildKit's OCI-artifact style.
pub fn attested() -> Files {
    Sample::attested(&PLATFORMS, |attestation| attestation).layout()
}

/// The same in the image-config style.
pub fn attested_image_config_style() -> Files {
    Sample::attested(&PLATFORMS, super::Attestation::image_config_style).layout()
}

/// Docker's media types in a layout.
pub fn docker_types() -> Files {
    let mut store = Store::new();
    let images = PLATFORMS.map(|platform| image(platform, Compression::Gzip).docker_types().put(&mut store));
    let root = Index::of(images.iter().map(|image| &image.desc)).docker_types().put(&mut store);
    Layout::new(&store).root(&root.named("example.com/team/app:1.0")).files()
}

/// Layers of several zstd frames.
pub fn zstd() -> Files {
    Sample::single_with(Compression::ZstdFrames(3)).layout()
}

/// Layers of several gzip members.
pub fn gzip_members() -> Files {
    Sample::single_with(Compression::GzipMembers(3)).layout()
}

/// Layers as plain tars.
pub fn uncompressed() -> Files {
    Sample::single_with(Compression::None).layout()
}

/// An index in an index in `index.json`.
pub fn nested() -> Files {
    let mut sample = Sample::multi(&PLATFORMS);
    let root = Index::of([&sample.root]).put(&mut sample.store);
    Layout::new(&sample.store).root(&root.tagged("1.0")).files()
}

/// One digest under two names.
pub fn two_names() -> Files {
    let sample = Sample::single();
    let [first, second] = ["1.0", "latest"].map(|tag| sample.root.named(&format!("example.com/team/app:{tag}")));
    Layout::new(&sample.store).root(&first).root(&second).files()
}

/// Two OCI 1.1 referrers of an image, listed beside it.
pub fn referrers() -> Files {
    let mut sample = Sample::single();
    let sbom = Artifact::new("application/vnd.example.sbom")
        .file("application/octet-stream", "packages", "sbom")
        .subject(&sample.root)
        .put(&mut sample.store);
    let signature = Artifact::new("application/vnd.example.sig")
        .file("text/plain", "signed", "signature")
        .subject(&sample.root)
        .put(&mut sample.store);
    Layout::new(&sample.store).root(&sample.root.tagged("1.0")).root(&sbom).root(&signature).files()
}

/// cosign's `.sig` manifest beside the image.
pub fn cosign() -> Files {
    let mut sample = Sample::single();
    let signature = referrer::cosign_signature(&mut sample.store, &sample.root, "example.com/team/app");
    let signature = signature.tagged(&referrer::cosign_tag(&sample.root));
    Layout::new(&sample.store).root(&sample.root.tagged("1.0")).root(&signature).files()
}

/// All blobs named by SHA-512.
pub fn sha512() -> Files {
    Sample::multi_in(Store::with_sha512(), &PLATFORMS).layout()
}

/// A config that also stands in its descriptor.
pub fn data() -> Files {
    let mut store = Store::new();
    let image = image("linux/amd64", Compression::Gzip).inline_config().put(&mut store);
    Layout::new(&store).root(&image.desc.tagged("1.0")).files()
}

/// A layer that is to be fetched from elsewhere.
pub fn urls() -> Files {
    let mut store = Store::new();
    let base = base_layer().gzip().foreign("https://layers.example/base.tar.gz");
    let image = Image::new("windows/amd64").layer(base).layer(own_layer("windows/amd64").gzip()).put(&mut store);
    Layout::new(&store).root(&image.desc.tagged("1.0")).files()
}

/// The second platform's manifest, config and own layer are absent.
pub fn sparse() -> Files {
    let mut sample = Sample::multi(&PLATFORMS);
    let absent = &sample.images[1];
    for desc in [&absent.desc, &absent.config, &absent.layers[1].desc] {
        sample.store.remove(&desc.digest);
    }
    sample.layout()
}

/// Names that begin with `./`.
pub fn dot_prefix() -> Files {
    let mut files = oci_archive();
    files.prefixed("./");
    files
}

/// Everything in one top folder.
pub fn wrapped() -> Files {
    let mut files = oci_archive();
    files.wrapped("myimage");
    files
}

/// BuildKit's cache as an index of layers.
pub fn cache_index() -> Files {
    let (mut store, layers) = cache_layers();
    let root = cache::as_index(&mut store, &layers);
    Layout::new(&store).root(&root.tagged("latest")).files()
}

/// BuildKit's cache as an image manifest.
pub fn cache_manifest() -> Files {
    let (mut store, layers) = cache_layers();
    let root = cache::as_manifest(&mut store, &layers);
    Layout::new(&store).root(&root.tagged("latest")).files()
}

fn cache_layers() -> (Store, Vec<super::BuiltLayer>) {
    let mut store = Store::new();
    let layers = [base_layer(), own_layer("linux/amd64")];
    let layers = layers.map(|layer| layer.gzip().put(&mut store, Dialect::Oci)).to_vec();
    (store, layers)
}

/// `docker save` before 25.
pub fn docker20() -> Files {
    docker_old::docker20(&[Sample::single().tagged()])
}

/// `docker save` before 25 of an image that has one layer twice.
pub fn docker20_repeated_layer() -> Files {
    let twice = Layer::of(&[("again", "the same\n")]);
    let image = Image::new("linux/amd64").layer(twice.clone()).layer(base_layer()).layer(twice);
    docker_old::docker20(&[image.put(&mut Store::new()).tagged(&["dup:1"])])
}

/// podman save, skopeo `docker-archive:`.
pub fn podman() -> Files {
    docker_old::podman(&[Sample::single().images[0].tagged(&["localhost/app:1.0"])])
}

/// crane pull.
pub fn crane() -> Files {
    docker_other::crane(&[Sample::single().images[0].tagged(&["example.com/team/app:1.0"])])
}

/// jib's docker tar.
pub fn jib() -> Files {
    docker_other::jib(&Sample::single().tagged())
}

/// rules_oci's load tar.
pub fn rules_oci() -> Files {
    docker_other::rules_oci(&Sample::single().tagged())
}

/// pack into a daemon that has the first layer.
pub fn pack() -> Files {
    docker_other::pack(&Sample::single().tagged(), 1)
}

/// `docker save` since 25, classic store, two tags.
pub fn docker25() -> Files {
    dual::docker25(&[Sample::single().images[0].tagged(&["app:1.0", "example.com/team/app:1.0"])])
}

/// docker with the containerd store: two platforms, attested; manifest.json lists the host's.
pub fn containerd() -> Files {
    let sample = Sample::attested(&PLATFORMS, |attestation| attestation);
    dual::containerd(&sample.store, &[sample.root.named("docker.io/library/app:1.0")], &[sample.tagged()])
}

/// apko's tar of two architectures.
pub fn apko() -> Files {
    let sample = Sample::multi(&PLATFORMS);
    let tags = ["app:1.0-amd64", "app:1.0-arm64"];
    let images: Vec<_> = sample.images.iter().zip(tags).map(|(image, tag)| image.tagged(&[tag])).collect();
    other_tools::apko(&sample.store, &sample.root, &images)
}

/// imgpkg's tar: a stranger with a `manifest.json`.
pub fn imgpkg() -> Files {
    other_tools::imgpkg(&Sample::single().tagged())
}

/// Nix, before the gzip around it.
pub fn nix() -> Files {
    docker_old::nix(&Sample::single().tagged())
}

/// hauler's store, before the zstd around it.
pub fn hauler() -> Files {
    let sample = Sample::single();
    let name = "example.com/team/app:1.0";
    other_tools::hauler(&sample.store, &[sample.root.named(name)], &[sample.images[0].tagged(&[name])])
}
