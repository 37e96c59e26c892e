//! What a descriptor may say of the image beside another one.

use super::super::image::{Case, Pair, annotate, put_first, remove, set};
use crate::support::builder::descriptor::{DOCKER_MANIFEST, OCI_CONFIG, OCI_INDEX, base64};
use crate::support::{Json, arr, obj};

/// Changes the descriptor of the evil image.
pub type Change = fn(&mut Json, &Pair);

/// What is said, by the name of the facet.
pub const FACETS: &[(&str, Change)] = &[
    ("plain", |_, _| {}),
    ("type-octet", |json, _| set(json, "mediaType", "application/octet-stream")),
    ("type-docker", |json, _| set(json, "mediaType", DOCKER_MANIFEST)),
    ("type-index", |json, _| set(json, "mediaType", OCI_INDEX)),
    ("type-config", |json, _| set(json, "mediaType", OCI_CONFIG)),
    ("type-layer", |json, _| set(json, "mediaType", "application/vnd.oci.image.layer.v1.tar+gzip")),
    ("type-artifact", |json, _| set(json, "mediaType", "application/vnd.oci.artifact.manifest.v1+json")),
    ("type-missing", |json, _| remove(json, "mediaType")),
    ("type-empty", |json, _| set(json, "mediaType", "")),
    ("type-parameter", |json, _| {
        set(json, "mediaType", "application/vnd.oci.image.manifest.v1+json; charset=utf-8");
    }),
    ("type-blank", |json, _| set(json, "mediaType", "application/vnd.oci.image.manifest.v1+json ")),
    ("type-capitals", |json, _| set(json, "mediaType", "Application/vnd.oci.image.manifest.v1+JSON")),
    ("type-twice", |json, _| put_first(json, "mediaType", "application/octet-stream")),
    ("artifact-sbom", |json, _| set(json, "artifactType", "application/spdx+json")),
    ("artifact-attestation", |json, _| {
        set(json, "artifactType", "application/vnd.docker.attestation.manifest.v1+json");
    }),
    ("artifact-signature", |json, _| set(json, "artifactType", "application/vnd.dev.cosign.artifact.sig.v1+json")),
    ("artifact-image", |json, _| set(json, "artifactType", OCI_CONFIG)),
    ("note-attestation", |json, pair| {
        annotate(json, "vnd.docker.reference.type", "attestation-manifest");
        annotate(json, "vnd.docker.reference.digest", &pair.good.desc.digest);
    }),
    ("note-type-alone", |json, _| annotate(json, "vnd.docker.reference.type", "attestation-manifest")),
    ("note-type-other", |json, _| annotate(json, "vnd.docker.reference.type", "signature")),
    ("note-digest-alone", |json, pair| annotate(json, "vnd.docker.reference.digest", &pair.good.desc.digest)),
    ("note-cosign", |json, _| annotate(json, "dev.cosignproject.cosign/signature", "c2ln")),
    ("note-of-oneself", |json, pair| {
        annotate(json, "vnd.docker.reference.type", "attestation-manifest");
        annotate(json, "vnd.docker.reference.digest", &pair.evil.desc.digest);
    }),
    ("platform-missing", |json, _| remove(json, "platform")),
    ("platform-null", |json, _| set(json, "platform", Json::Null)),
    ("platform-empty", |json, _| set(json, "platform", obj([]))),
    ("platform-unknown", |json, _| set(json, "platform", platform("unknown", "unknown"))),
    ("platform-unknown-attests", |json, pair| {
        set(json, "platform", platform("unknown", "unknown"));
        annotate(json, "vnd.docker.reference.type", "attestation-manifest");
        annotate(json, "vnd.docker.reference.digest", &pair.good.desc.digest);
    }),
    ("platform-variant-v1", |json, _| set(json, "platform", platform("linux", "amd64").with("variant", "v1"))),
    ("platform-variant-v2", |json, _| set(json, "platform", platform("linux", "amd64").with("variant", "v2"))),
    ("platform-variant-v8", |json, _| set(json, "platform", platform("linux", "amd64").with("variant", "v8"))),
    ("platform-variant-empty", |json, _| set(json, "platform", platform("linux", "amd64").with("variant", ""))),
    ("platform-os-version", |json, _| {
        set(json, "platform", platform("linux", "amd64").with("os.version", "10.0.20348.1"));
    }),
    ("platform-os-features", |json, _| {
        set(json, "platform", platform("linux", "amd64").with("os.features", arr(["win32k"])));
    }),
    ("platform-features", |json, _| set(json, "platform", platform("linux", "amd64").with("features", arr(["sse4"])))),
    ("platform-x86-64", |json, _| set(json, "platform", platform("linux", "x86_64"))),
    ("platform-capitals", |json, _| set(json, "platform", platform("Linux", "AMD64"))),
    ("platform-os-alone", |json, _| set(json, "platform", obj([("os", "linux".into())]))),
    ("platform-arm64", |json, _| set(json, "platform", platform("linux", "arm64"))),
    ("platform-386", |json, _| set(json, "platform", platform("linux", "386"))),
    ("platform-windows", |json, _| set(json, "platform", platform("windows", "amd64"))),
    ("platform-twice", |json, _| put_first(json, "platform", platform("linux", "arm64"))),
    ("platform-key-capitals", |json, _| {
        remove(json, "platform");
        json.push("Platform", platform("linux", "amd64"));
    }),
    ("size-more", |json, pair| set(json, "size", pair.evil.desc.size + 1)),
    ("size-less", |json, pair| set(json, "size", pair.evil.desc.size - 1)),
    ("size-zero", |json, _| set(json, "size", 0)),
    ("size-negative", |json, _| set(json, "size", Json::Number("-1".to_owned()))),
    ("size-missing", |json, _| remove(json, "size")),
    ("size-text", |json, pair| set(json, "size", pair.evil.desc.size.to_string())),
    ("size-exponent", |json, pair| set(json, "size", Json::Number(format!("{}e0", pair.evil.desc.size)))),
    ("data-own", |json, pair| set(json, "data", base64(pair.evil.manifest.compact().as_bytes()))),
    ("data-other", |json, pair| set(json, "data", base64(pair.good.manifest.compact().as_bytes()))),
    ("urls", |json, _| set(json, "urls", arr(["https://example.com/manifest"]))),
    ("urls-empty", |json, _| set(json, "urls", Json::Array(Vec::new()))),
    ("digest-twice", |json, pair| put_first(json, "digest", &pair.good.desc.digest)),
    ("digest-twice-last", |json, pair| json.push("digest", &pair.good.desc.digest)),
    ("digest-capital-key", |json, pair| json.push("Digest", &pair.good.desc.digest)),
    ("digest-capital-key-first", |json, pair| put_first(json, "Digest", &pair.good.desc.digest)),
    ("digest-capitals", |json, pair| set(json, "digest", pair.evil.desc.digest.to_uppercase().replace("SHA", "sha"))),
    ("digest-absent", |json, _| set(json, "digest", format!("sha256:{}", "0".repeat(64)))),
    ("digest-short", |json, _| set(json, "digest", "sha256:00")),
    ("unknown-field", |json, _| set(json, "x-next", "1")),
];

/// Writes a file with the changed descriptor in it.
pub type Place = fn(&mut Pair, Json) -> Vec<u8>;

/// Where the changed descriptor stands.
pub const PLACES: &[(&str, Place)] = &[
    ("below-first", |pair, evil| pair.below(vec![evil, pair.good.desc.json()]).to_tar()),
    ("below-last", |pair, evil| pair.below(vec![pair.good.desc.json(), evil]).to_tar()),
    ("top-first", |pair, evil| pair.top(vec![evil, pair.named_good()]).to_tar()),
];

fn platform(os: &str, architecture: &str) -> Json {
    obj([("architecture", architecture.into()), ("os", os.into())])
}

/// Each in the first place, and in one of the others in turn; in a long run in all of them.
pub fn cases() -> Vec<Case> {
    let mut all = Vec::new();
    for (number, &(facet, change)) in FACETS.iter().enumerate() {
        let others = PLACES.len();
        let in_turn =
            |place: usize| super::super::run::Run::this().is_long() || place == 0 || place == 1 + number % others;
        for (_, &(place, write)) in PLACES.iter().enumerate().filter(|(at, _)| in_turn(*at)) {
            let mut pair = Pair::new(&format!("{facet}.{place}"));
            let mut evil = pair.evil.desc.json();
            change(&mut evil, &pair);
            let bytes = write(&mut pair, evil);
            all.push(pair.case(bytes));
        }
        if in_turn(others) {
            all.push(alone(facet, change));
        }
    }
    all
}

/// The only image of the file, under its name: who refuses it, and who runs nothing?
fn alone(facet: &str, change: Change) -> Case {
    let pair = Pair::new(&format!("{facet}.alone"));
    let mut evil = pair.evil.desc.json();
    change(&mut evil, &pair);
    super::super::image::name(&mut evil, &pair.name());
    let bytes = pair.top(vec![evil]).to_tar();
    pair.case(bytes)
}
