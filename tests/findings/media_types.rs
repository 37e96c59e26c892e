//! Media types in one image that not all readers take.

use crate::findings::ground::{Case, Input, case};
use crate::support::{Compression, Files, Image, Layer, Layout, Store};
use ocikit::finding::Code;

const ROOT: &str = "index.json#/manifests/0 -> @";
const OCI_CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const DOCKER_CONFIG: &str = "application/vnd.docker.container.image.v1+json";
const OCI_LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
const DOCKER_LAYER: &str = "application/vnd.docker.image.rootfs.diff.tar.gzip";

fn image(docker: bool) -> Files {
    let layer = |name| Layer::of(&[(name, name)]).compressed(Compression::Gzip);
    let image = Image::new("linux/amd64").layer(layer("a")).layer(layer("b"));
    let mut store = Store::new();
    let built = if docker { image.docker_types() } else { image }.put(&mut store);
    Layout::new(&store).root(&built.desc.tagged("1.0")).files()
}

/// An image in whose manifest a text stands in another's place.
fn replaced(docker: bool, from: &str, to: &str) -> Input {
    let mut files = image(docker);
    let manifest = files.digest_at("index.json", "/manifests/0/digest");
    files.rewrite_document(&manifest, |text| {
        assert!(text.contains(from), "{text}");
        text.replace(from, to)
    });
    Input::Files(files)
}

/// An image whose entry in `index.json` has a text in another's place.
fn listed(from: &str, to: &str) -> Input {
    let mut files = image(false);
    files.edit_json("index.json", |text| {
        assert!(text.contains(from), "{text}");
        text.replace(from, to)
    });
    Input::Files(files)
}

/// Images that engines run, under references that claim something else.
pub(crate) fn claims() -> Vec<Case> {
    const KIND: &str = "error[kind-contradiction] index.json#/manifests/0";
    let tag = format!("sha256-{}.sig", "0".repeat(64));
    let attests = format!(
        "\"annotations\":{{\"vnd.docker.reference.type\":\"attestation-manifest\",\"vnd.docker.reference.digest\":\"sha256:{}\",",
        "0".repeat(64)
    );
    let by_type = |own: &str| replaced(false, "\"config\":", &format!("\"artifactType\":\"{own}\",\"config\":"));
    let mut other = image(false);
    let manifest = other.digest_at("index.json", "/manifests/0/digest");
    other.rewrite_document(&manifest, |text| {
        text.replace("\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",", "")
    });
    other.edit_json("index.json", |text| {
        text.replace("application/vnd.oci.image.manifest.v1+json", "application/octet-stream")
    });
    vec![
        case("an image under a tag of signatures", listed("\"1.0\"", &format!("\"{tag}\"")), &[KIND])
            .beside(&[Code::SubjectAbsent, Code::AttestationSubjectAbsent]),
        case("an image annotated as an attestation", listed("\"annotations\":{", &attests), &[KIND]),
        case(
            "an image with a reference type that is none",
            listed("\"annotations\":{", "\"annotations\":{\"vnd.docker.reference.type\":\"other\","),
            &["error[kind-contradiction] index.json#/manifests/0/annotations"],
        ),
        case("an image with the artifact type of attestations", by_type("application/vnd.in-toto+json"), &[KIND]),
        case(
            "an image with the artifact type of signatures",
            by_type("application/vnd.cncf.notary.signature"),
            &[KIND],
        ),
        case(
            "an image under another media type",
            Input::Files(other),
            &["error[media-type-mismatch] index.json#/manifests/0/mediaType (found application/octet-stream)"],
        ),
    ]
}

pub(crate) fn cases() -> Vec<Case> {
    let layer = |name, to: &str| {
        let finding =
            |number: usize| format!("warning[layer-media-type] {ROOT}#/layers/{number}/mediaType (found {to})");
        case(name, replaced(false, OCI_LAYER, to), &[&finding(0), &finding(1)])
    };
    let own_type = "\"mediaType\":\"application/vnd.docker.distribution.manifest.v2+json\",";
    let mut inline = image(false);
    let manifest = inline.digest_at("index.json", "/manifests/0/digest");
    let content = inline.bytes(&crate::support::blob_name(&manifest)).to_vec();
    let data =
        format!("\"data\":\"{}\",\"digest\":\"{manifest}\"", crate::support::builder::descriptor::base64(&content));
    inline.edit_json("index.json", |text| text.replace(&format!("\"digest\":\"{manifest}\""), &data));
    inline.remove(&crate::support::blob_name(&manifest));
    vec![
        case(
            "Docker's config in an OCI manifest",
            replaced(false, OCI_CONFIG, DOCKER_CONFIG),
            &[&format!(
                "error[media-type-mixed] {ROOT}#/config/mediaType (expected {OCI_CONFIG}, found {DOCKER_CONFIG})"
            )],
        ),
        case(
            "OCI's layers in a Docker manifest",
            replaced(true, DOCKER_LAYER, OCI_LAYER),
            &[&format!("error[media-type-mixed] {ROOT}#/layers/0/mediaType (found {OCI_LAYER})")],
        ),
        case(
            "Docker's layers in an OCI manifest",
            replaced(false, OCI_LAYER, DOCKER_LAYER),
            &[&format!("note[media-type-mixed] {ROOT}#/layers/0/mediaType (found {DOCKER_LAYER})")],
        ),
        case(
            "a Docker manifest without its media type",
            replaced(true, own_type, ""),
            &[&format!("error[field-missing] {ROOT}")],
        ),
        layer("layers of a type that is no layer's", "application/x-tar"),
        layer("layers of a type with a parameter", "application/vnd.oci.image.layer.v1.tar+gzip; q=1"),
        layer("layers of a type that nobody registered", "application/vnd.oci.image.layer.v1.tar.gzip"),
        case(
            "the config of an image under another type",
            replaced(false, OCI_CONFIG, "application/json"),
            &[&format!("error[config-media-type] {ROOT}#/config/mediaType (found application/json)")],
        ),
        case(
            "a manifest in `data` alone",
            Input::Files(inline),
            &["warning[blob-inline] index.json#/manifests/0/data"],
        ),
    ]
}

/// OCI's config in a Docker manifest is taken by all that read such a manifest, and docker's plugins are no images.
#[test]
fn media_types_that_all_take() {
    let env = crate::support::TestEnv::new();
    for input in [
        replaced(true, DOCKER_CONFIG, OCI_CONFIG),
        replaced(true, DOCKER_CONFIG, "application/vnd.docker.plugin.v1+json"),
    ] {
        let Input::Files(files) = input else { unreachable!() };
        let path = env.write("image.tar", files.to_tar());
        let run = env.ocikit(&["verify", "--deep", "-v", path.to_str().unwrap()]).expect_code(0);
        assert!(!run.stdout.contains("media-type"), "{run}");
    }
}
