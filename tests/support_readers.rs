//! Real programs read what the support code builds, so that a test on a built shape is a test on the real thing.
//!
//! The refusals are facts as well: `doctor` speaks of them.

use crate::support::builder::shapes::FileFormat;
use crate::support::*;

/// The shapes of these names.
fn shapes_named(names: &[&str]) -> Vec<FileFormat> {
    let found: Vec<_> = shapes::all().into_iter().filter(|shape| names.contains(&shape.name)).collect();
    assert_eq!(found.len(), names.len(), "each name is that of a shape");
    found
}

/// What `index.json` has as its first root.
fn first_root(files: &Files) -> String {
    files.digest_at("index.json", "/manifests/0/digest")
}

/// The digest of the config of the only image, or of the first in an index.
fn config_of(files: &Files) -> String {
    let root = first_root(files);
    let manifest = match files.value_at(&blob_name(&root), "/manifests/0/digest") {
        serde_json::Value::String(child) => child,
        _ => root,
    };
    files.digest_in(&manifest, "/config/digest")
}

const OCI: [&str; 14] = [
    "oci-archive",
    "oci-archive-multi",
    "oci-archive-attested",
    "oci-archive-attested-image-config-style",
    "oci-archive-docker-types",
    "oci-archive-zstd",
    "oci-archive-gzip-members",
    "oci-archive-uncompressed",
    "oci-archive-data",
    "oci-archive-sparse",
    "oci-archive-gz",
    "oci-archive-zst",
    "containerd",
    "hauler",
];

const DOCKER: [&str; 9] = [
    "docker-20",
    "docker-20-repeated-layer",
    "podman",
    "crane",
    "jib",
    "rules-oci",
    "docker-25",
    "containerd",
    "hauler",
];

#[test]
fn skopeo_copies_oci_archives_and_layouts() {
    let Some(skopeo) = readers::skopeo() else { return };
    for shape in shapes_named(&OCI) {
        let env = TestEnv::new();
        let archive = env.write("image", shape.bytes());
        env.write_dir("layout", &shape.files);
        let root = shape.files.text(&blob_name(&first_root(&shape.files)));
        let references =
            [format!("oci-archive:{}", archive.display()), format!("oci:{}", env.path("layout").display())];
        for (position, reference) in references.iter().enumerate() {
            assert_eq!(skopeo.inspect_raw(reference).accepted(), root, "{}", shape.name);
            let out = env.path(&format!("out-{position}"));
            skopeo.copy(reference, &format!("dir:{}", out.display())).accepted();
            let copied = Files::from_dir(&out);
            assert_eq!(copied.digest_at("manifest.json", "/config/digest"), config_of(&shape.files), "{}", shape.name);
        }
    }
}

#[test]
fn skopeo_copies_every_child_of_an_attested_index() {
    let Some(skopeo) = readers::skopeo() else { return };
    let env = TestEnv::new();
    for files in [shapes::attested(), shapes::attested_image_config_style()] {
        let archive = env.write_tar("image.tar", &files);
        let to = env.path("copy");
        skopeo.copy_all(&format!("oci-archive:{}", archive.display()), &format!("oci:{}:1.0", to.display())).accepted();
        assert_eq!(first_root(&Files::from_dir(&to)), first_root(&files));
        std::fs::remove_dir_all(to).unwrap();
    }
}

#[test]
fn skopeo_copies_docker_archives() {
    let Some(skopeo) = readers::skopeo() else { return };
    for shape in shapes_named(&DOCKER) {
        let env = TestEnv::new();
        // Version 1.9 opens no docker archive that is compressed as a whole.
        let archive = env.write_tar("image.tar", &shape.files);
        let to = env.path("copy");
        skopeo.copy(&format!("docker-archive:{}", archive.display()), &format!("dir:{}", to.display())).accepted();
        let config = Files::from_dir(&to).digest_at("manifest.json", "/config/digest");
        let named = shape.files.value_at("manifest.json", "/0/Config");
        let named = named.as_str().unwrap_or("config.json");
        assert_eq!(hash::sha256(shape.files.bytes(named)), config, "{}", shape.name);
    }
}

#[test]
fn podman_loads_archives_of_either_kind() {
    let oci = ["oci-archive", "oci-archive-attested", "oci-archive-docker-types", "oci-archive-zstd", "hauler"];
    for shape in shapes_named(&oci) {
        let Some(podman) = readers::podman() else { return };
        let env = TestEnv::new();
        podman.load(env.write("image", shape.bytes())).accepted();
        assert_eq!(podman.names(), ["example.com/team/app:1.0"], "{}", shape.name);
        assert_eq!(podman.ids(), [config_of(&shape.files)], "{}", shape.name);
    }
    for shape in shapes_named(&DOCKER[..7]) {
        let Some(podman) = readers::podman() else { return };
        let env = TestEnv::new();
        podman.load(env.write_tar("image.tar", &shape.files)).accepted();
        assert_eq!(podman.ids().len(), 1, "{}", shape.name);
    }
}

#[test]
fn umoci_unpacks_layouts() {
    let Some(umoci) = readers::umoci() else { return };
    for shape in shapes_named(&["oci-archive", "oci-archive-uncompressed", "oci-archive-gzip-members"]) {
        let env = TestEnv::new();
        let layout = env.write_dir("layout", &shape.files);
        assert!(umoci.stat(&layout, "1.0").accepted().contains("COPY layer 2"), "{}", shape.name);
        let bundle = env.path("bundle");
        umoci.unpack(&layout, "1.0", &bundle).accepted();
        let read = |name: &str| std::fs::read_to_string(bundle.join("rootfs").join(name));
        assert_eq!(read("bin/hi").unwrap(), "#!/bin/sh\necho hello again\n");
        assert_eq!(read("etc/platform").unwrap(), "linux/amd64\n");
        assert!(read("etc/words").is_err(), "the whiteout hides it");
    }
}

#[test]
fn readers_refuse_what_they_are_known_to_refuse() {
    let (Some(skopeo), Some(podman)) = (readers::skopeo(), readers::podman()) else { return };
    let env = TestEnv::new();
    let two_names = env.write_tar("two-names.tar", &shapes::two_names());
    let reference = format!("oci-archive:{}", two_names.display());
    assert!(skopeo.inspect_raw(&reference).refused().contains("more than one image in oci"));
    skopeo.inspect_raw(&format!("{reference}:example.com/team/app:1.0")).refused();
    skopeo.inspect_raw(&format!("{reference}:1.0")).accepted();
    let _ = podman.load(two_names).refused();
    for refused in ["oci-archive-wrapped", "oci-archive-nested", "imgpkg", "pack"] {
        let shape = shapes_named(&[refused]).remove(0);
        let archive = env.write_tar(refused, &shape.files);
        let to = format!("dir:{}", env.path("copy").display());
        let _ = skopeo.copy(&format!("oci-archive:{}", archive.display()), &to).refused();
        let _ = skopeo.copy(&format!("docker-archive:{}", archive.display()), &to).refused();
        let _ = podman.load(archive).refused();
    }
}

#[test]
fn a_flipped_byte_in_a_layer_is_refused_by_who_reads_it() {
    let Some(skopeo) = readers::skopeo() else { return };
    let env = TestEnv::new();
    let mut files = shapes::oci_archive();
    let layer = files.digest_in(&first_root(&files), "/layers/0/digest");
    files.flip_byte(&blob_name(&layer), 100);
    let reference = format!("oci-archive:{}", env.write_tar("image.tar", &files).display());
    skopeo.inspect_raw(&reference).accepted();
    let refusal = skopeo.copy(&reference, &format!("dir:{}", env.path("copy").display())).refused();
    assert!(refusal.contains(&layer), "{refusal}");
}
