//! What a document may say: `index.json`, an index below it, and a manifest.

use super::super::image::{Case, Pair, annotate, index, put_first, remove, set};
use crate::support::builder::descriptor::{DOCKER_MANIFEST, OCI_EMPTY, OCI_INDEX, OCI_MANIFEST, base64};
use crate::support::{Json, arr, obj};

/// Changes an index that lists the good image; the evil one is there to be listed as well.
type IndexChange = fn(&mut Json, &Pair, &Json);

/// With the descriptor of the evil image, named as the good one is where names count.
const INDEXES: &[(&str, IndexChange)] = &[
    ("plain", |_, _, _| {}),
    ("manifests-twice", |json, _, evil| json.push("manifests", arr([evil.clone()]))),
    ("manifests-twice-first", |json, _, evil| put_first(json, "manifests", arr([evil.clone()]))),
    ("manifests-capital", |json, _, evil| json.push("Manifests", arr([evil.clone()]))),
    ("manifests-capital-first", |json, _, evil| put_first(json, "Manifests", arr([evil.clone()]))),
    ("manifests-long-s", |json, _, evil| json.push("manife\u{17f}ts", arr([evil.clone()]))),
    ("manifests-null-after", |json, _, _| json.push("manifests", Json::Null)),
    ("manifests-empty-after", |json, _, _| json.push("manifests", Json::Array(Vec::new()))),
    ("with-config", |json, pair, _| {
        json.push("config", pair.evil.config.json());
        json.push("layers", arr([pair.evil.layer.desc.json()]));
    }),
    ("with-layers", |json, pair, _| json.push("layers", arr([pair.evil.layer.desc.json()]))),
    ("with-fs-layers", |json, _, _| json.push("fsLayers", arr([obj([("blobSum", "sha256:00".into())])]))),
    ("type-missing", |json, _, _| remove(json, "mediaType")),
    ("type-manifest", |json, _, _| set(json, "mediaType", OCI_MANIFEST)),
    ("type-other", |json, _, _| set(json, "mediaType", "application/json")),
    ("schema-missing", |json, _, _| remove(json, "schemaVersion")),
    ("schema-1", |json, _, _| set(json, "schemaVersion", 1)),
    ("schema-text", |json, _, _| set(json, "schemaVersion", "2")),
    ("subject", |json, pair, _| json.push("subject", pair.evil.desc.bare().json())),
    ("artifact-type", |json, _, _| json.push("artifactType", "application/spdx+json")),
    ("notes", |json, _, _| annotate(json, "vnd.docker.reference.type", "attestation-manifest")),
    ("entry-null", |json, _, evil| set(json, "manifests", Json::Array(vec![Json::Null, evil.clone()]))),
];

type ManifestChange = fn(&mut Json, &Pair);

/// Changes the manifest of the evil image, which is the only one of the file.
const MANIFESTS: &[(&str, ManifestChange)] = &[
    ("config-twice", |json, pair| json.push("config", pair.good.config.json())),
    ("config-twice-first", |json, pair| put_first(json, "config", pair.good.config.json())),
    ("config-capital", |json, pair| json.push("Config", pair.good.config.json())),
    ("config-capital-first", |json, pair| put_first(json, "Config", pair.good.config.json())),
    ("config-and-layers-capital", |json, pair| {
        json.push("Config", pair.good.config.json());
        json.push("LAYERS", arr([pair.good.layer.desc.json()]));
    }),
    ("both-twice", |json, pair| {
        json.push("config", pair.good.config.json());
        json.push("layers", arr([pair.good.layer.desc.json()]));
    }),
    ("layers-twice", |json, pair| json.push("layers", arr([pair.good.layer.desc.json()]))),
    ("with-manifests", |json, pair| json.push("manifests", arr([pair.good.desc.json()]))),
    ("with-empty-manifests", |json, _| json.push("manifests", Json::Array(Vec::new()))),
    ("with-null-manifests", |json, _| json.push("manifests", Json::Null)),
    ("with-fs-layers", |json, _| json.push("fsLayers", arr([obj([("blobSum", "sha256:00".into())])]))),
    ("with-empty-fs-layers", |json, _| json.push("fsLayers", Json::Array(Vec::new()))),
    ("with-history", |json, _| json.push("history", arr([obj([("v1Compatibility", "{}".into())])]))),
    ("with-signatures", |json, _| json.push("signatures", Json::Array(Vec::new()))),
    ("type-missing", |json, _| remove(json, "mediaType")),
    ("type-docker", |json, _| set(json, "mediaType", DOCKER_MANIFEST)),
    ("type-index", |json, _| set(json, "mediaType", OCI_INDEX)),
    ("type-other", |json, _| set(json, "mediaType", "application/json")),
    ("type-capital-key", |json, _| json.push("MediaType", OCI_INDEX)),
    ("schema-missing", |json, _| remove(json, "schemaVersion")),
    ("schema-1", |json, _| set(json, "schemaVersion", 1)),
    ("artifact-type", |json, _| json.push("artifactType", "application/spdx+json")),
    ("artifact-attestation", |json, _| {
        json.push("artifactType", "application/vnd.docker.attestation.manifest.v1+json");
    }),
    ("subject", |json, pair| json.push("subject", pair.good.desc.bare().json())),
    ("notes", |json, _| annotate(json, "vnd.docker.reference.type", "attestation-manifest")),
    ("config-type-octet", |json, pair| {
        let mut config = pair.evil.config.json();
        set(&mut config, "mediaType", "application/octet-stream");
        set(json, "config", config);
    }),
    ("config-type-empty", |json, pair| {
        let mut config = pair.evil.config.json();
        set(&mut config, "mediaType", OCI_EMPTY);
        set(json, "config", config);
    }),
    ("config-data-other", |json, pair| {
        let mut config = pair.evil.config.json();
        config.push("data", base64(pair.good.config_json.compact().as_bytes()));
        set(json, "config", config);
    }),
    ("config-size-more", |json, pair| {
        let mut config = pair.evil.config.json();
        set(&mut config, "size", pair.evil.config.size + 1);
        set(json, "config", config);
    }),
    ("config-platform", |json, pair| {
        set(json, "config", pair.evil.config.clone().platform("linux/arm64").json());
    }),
    ("layer-type-octet", |json, pair| {
        let mut layer = pair.evil.layer.desc.json();
        set(&mut layer, "mediaType", "application/octet-stream");
        set(json, "layers", arr([layer]));
    }),
    ("layer-data-other", |json, pair| {
        let mut layer = pair.evil.layer.desc.json();
        layer.push("data", base64(&pair.good.layer.blob()));
        set(json, "layers", arr([layer]));
    }),
    ("layer-urls", |json, pair| {
        set(json, "layers", arr([pair.evil.layer.desc.clone().url("https://example.com/layer").json()]));
    }),
    ("layer-size-more", |json, pair| {
        let mut layer = pair.evil.layer.desc.json();
        set(&mut layer, "size", pair.evil.layer.desc.size + 1);
        set(json, "layers", arr([layer]));
    }),
    ("layers-twice-over", |json, pair| {
        let layer = pair.evil.layer.desc.json();
        set(json, "layers", arr([layer.clone(), layer]));
    }),
    ("layers-of-the-other", |json, pair| set(json, "layers", arr([pair.good.layer.desc.json()]))),
    ("layers-empty", |json, _| set(json, "layers", Json::Array(Vec::new()))),
    ("layers-null", |json, _| set(json, "layers", Json::Null)),
];

pub fn cases() -> Vec<Case> {
    let mut all = Vec::new();
    for (facet, change) in INDEXES {
        let pair = Pair::new(&format!("index.{facet}"));
        let mut document = index(vec![pair.named_good()]);
        change(&mut document, &pair, &pair.named_evil());
        let bytes = pair.with_index(&document.compact()).to_tar();
        all.push(pair.case(bytes));

        let mut pair = Pair::new(&format!("inner.{facet}"));
        let mut document = index(vec![pair.good.desc.json()]);
        change(&mut document, &pair, &pair.evil.desc.json());
        let root = pair.store.put_json(OCI_INDEX, &document).named(&pair.name());
        let bytes = pair.top(vec![root.json()]).to_tar();
        all.push(pair.case(bytes));
    }
    for (facet, change) in MANIFESTS {
        let mut pair = Pair::new(&format!("manifest.{facet}"));
        let before = pair.clone();
        pair.evil_manifest(|manifest| change(manifest, &before));
        let bytes = pair.top(vec![pair.named_evil()]).to_tar();
        all.push(pair.case(bytes));
    }
    all.extend(texts());
    all.extend(deeper());
    all
}

/// Documents whose text is odd.
fn texts() -> Vec<Case> {
    type Write = fn(&str, &str) -> String;
    let texts: [(&str, Write); 7] = [
        ("byte-order-mark", |good, _| format!("\u{feff}{good}")),
        ("text-after", |good, evil| format!("{good}{evil}")),
        ("blank-before", |good, _| format!("\n\t {good}\n")),
        ("escaped-key", |good, evil| {
            let evil = evil.replace("manifests", "m\\u0061nifests");
            format!("{},{}", good.strip_suffix('}').unwrap(), evil.strip_prefix('{').unwrap())
        }),
        ("comment", |good, _| format!("/* */{good}")),
        ("comma-at-end", |good, _| format!("{},}}", good.strip_suffix('}').unwrap())),
        ("zero-byte-after", |good, _| format!("{good}\0")),
    ];
    let case = |(facet, change): &(&str, Write)| {
        let pair = Pair::new(&format!("text.{facet}"));
        let [good, evil] = [pair.named_good(), pair.named_evil()].map(|json| index(vec![json]).compact());
        let bytes = pair.with_index(&change(&good, &evil)).to_tar();
        pair.case(bytes)
    };
    texts.iter().map(case).collect()
}

/// An index inside an index.
fn deeper() -> Vec<Case> {
    type Entries = fn(&mut Pair, Json) -> Vec<Json>;
    let nested: [(&str, Entries); 5] = [
        ("alone", |_, evil| vec![evil]),
        ("first", |pair, evil| vec![evil, pair.good.desc.json()]),
        ("last", |pair, evil| vec![pair.good.desc.json(), evil]),
        ("first-with-platform", |pair, mut evil| {
            set(&mut evil, "platform", obj([("architecture", "amd64".into()), ("os", "linux".into())]));
            vec![evil, pair.good.desc.json()]
        }),
        ("last-good-without-platform", |pair, evil| {
            let mut good = pair.good.desc.json();
            remove(&mut good, "platform");
            vec![good, evil]
        }),
    ];
    let case = |(facet, entries): &(&str, Entries)| {
        let mut pair = Pair::new(&format!("nested.{facet}"));
        let document = index(vec![pair.evil.desc.json()]);
        let evil = pair.store.put_json(OCI_INDEX, &document).json();
        let entries = entries(&mut pair, evil);
        let bytes = pair.below(entries).to_tar();
        pair.case(bytes)
    };
    nested.iter().map(case).collect()
}
