//! Defects inside indexes, manifests and configs, with every digest that leads to them in step.

use ocikit::finding::Code;

use crate::findings::ground::{Case, Input, case};
use crate::support::builder::{descriptor, shapes};
use crate::support::{Compression, Files, Image, Json, Layout, Sample, Store, arr, blob_name, obj};

const ROOT: &str = "index.json#/manifests/0 -> @";

/// `index.json` of a sound layout, edited.
fn index(edit: impl Fn(&str) -> String) -> Input {
    let mut files = shapes::oci_archive();
    files.edit_json("index.json", edit);
    Input::Files(files)
}

/// The manifest of a sound layout, edited; `index.json` follows.
fn manifest(edit: impl Fn(&str) -> String) -> Input {
    let mut files = shapes::oci_archive();
    let manifest = files.digest_at("index.json", "/manifests/0/digest");
    files.rewrite_document(&manifest, edit);
    Input::Files(files)
}

/// The config of a sound layout, edited; manifest and `index.json` follow.
fn config(edit: impl Fn(&str) -> String) -> Input {
    let mut files = shapes::oci_archive();
    let manifest = files.digest_at("index.json", "/manifests/0/digest");
    let config = files.digest_in(&manifest, "/config/digest");
    files.rewrite_document(&config, edit);
    Input::Files(files)
}

/// The nested index of a sound layout, edited.
fn nested(edit: impl Fn(&str) -> String) -> Input {
    let mut files = shapes::multi();
    let nested = files.digest_at("index.json", "/manifests/0/digest");
    files.rewrite_document(&nested, edit);
    Input::Files(files)
}

fn replaced(from: &'static str, to: &'static str) -> impl Fn(&str) -> String {
    move |text| text.replacen(from, to, 1)
}

/// The first number after `"size":`, replaced by this text.
fn sized(to: &'static str) -> impl Fn(&str) -> String {
    move |text| {
        let at = text.find("\"size\":").unwrap() + 7;
        let length = text[at..].find(|c: char| !c.is_ascii_digit()).unwrap();
        format!("{}{to}{}", &text[..at], &text[at + length..])
    }
}

/// The first string after this key, replaced.
fn with_value(text: &str, key: &str, to: &str) -> String {
    let at = text.find(&format!("\"{key}\":")).unwrap() + key.len() + 3;
    let start = at + text[at..].find('"').unwrap() + 1;
    let end = start + text[start..].find('"').unwrap();
    format!("{}{to}{}", &text[..start], &text[end..])
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = json_cases();
    cases.extend(field_cases());
    cases.extend(type_cases());
    cases.extend(digest_cases());
    cases.extend(limit_cases());
    cases
}

fn json_cases() -> Vec<Case> {
    vec![
        case(
            "a config that is no JSON",
            config(|text| text[..text.len() - 1].to_owned()),
            &["error[json-syntax] index.json#/manifests/0 -> @#/config -> @"],
        ),
        case("an index.json that is no JSON", index(|_| "not json".to_owned()), &["error[json-syntax] index.json"])
            .beside(&[Code::BlobUnreferenced]),
        case(
            "a manifest that is no JSON",
            manifest(|text| format!("{text}}}")),
            &[&format!("error[json-syntax] {ROOT}")],
        )
        .beside(&[Code::BlobUnreferenced]),
        case(
            "half a surrogate pair in a key",
            index(replaced("{", r#"{"annotations":{"\ud800":"x"},"#)),
            &["error[json-syntax] index.json#/annotations"],
        ),
        case(
            "half a surrogate pair in a value",
            config(replaced("{", r#"{"author":"\udfff","#)),
            &["error[json-syntax] index.json#/manifests/0 -> @#/config -> @#/author"],
        ),
        case("a NUL in a key", index(replaced("{", r#"{"manifests\u0000":[],"#)), &["error[json-nul] index.json"]),
        case(
            "a NUL in a value of a config",
            config(replaced("{", r#"{"author":"a\u0000b","#)),
            &["error[json-nul] index.json#/manifests/0 -> @#/config -> @#/author"],
        ),
        case(
            "a time that is none",
            config(|text| with_value(text, "created", "yesterday")),
            &[
                "error[field-value] index.json#/manifests/0 -> @#/config -> @#/created (expected a time (RFC 3339), found yesterday)",
            ],
        ),
        case(
            "a comment that is a number",
            config(replaced("{", r#"{"comment":1,"#)),
            &["error[field-type] index.json#/manifests/0 -> @#/config -> @#/comment (expected a string, found 1)"],
        ),
        case(
            "a health check that is a text",
            config(replaced("\"config\":{", r#""config":{"Healthcheck":{"Test":"x"},"#)),
            &[
                "error[field-type] index.json#/manifests/0 -> @#/config -> @#/config/Healthcheck/Test (expected an array, found \"x\")",
            ],
        ),
        case(
            "a flag that is a text",
            config(replaced("\"config\":{", r#""config":{"ArgsEscaped":"yes","#)),
            &[
                "error[field-type] index.json#/manifests/0 -> @#/config -> @#/config/ArgsEscaped (expected true or false, found \"yes\")",
            ],
        ),
        case(
            "variables without a name or a value",
            config(|text| text.replacen("\"Env\":[", r#""Env":["=x","FOO","#, 1)),
            &[
                "warning[config-env] index.json#/manifests/0 -> @#/config -> @#/config/Env/0 (expected NAME=VALUE, found =x)",
                "warning[config-env] index.json#/manifests/0 -> @#/config -> @#/config/Env/1 (expected NAME=VALUE, found FOO)",
            ],
        ),
        case(
            "a platform in the descriptor of a config",
            manifest(replaced("\"config\":{", r#""config":{"platform":{"architecture":"amd64","os":"linux"},"#)),
            &[&format!("warning[descriptor-platform] {ROOT}#/config/platform")],
        ),
        case(
            "an annotation without a key",
            index(replaced("\"annotations\":{", r#""annotations":{"":"x","#)),
            &["error[field-value] index.json#/manifests/0/annotations"],
        ),
        case(
            "a key twice in a config",
            config(replaced("{", r#"{"author":"a","author":"b","#)),
            &["error[json-duplicate-key] index.json#/manifests/0 -> @#/config -> @"],
        ),
        case(
            "a key twice in a manifest",
            manifest(replaced("{", r#"{"schemaVersion":2,"#)),
            &[&format!("error[json-duplicate-key] {ROOT}")],
        ),
        case(
            "a key twice in index.json",
            index(replaced("{", r#"{"manifests":[],"#)),
            &["error[json-duplicate-key] index.json"],
        ),
        case(
            "a key of another case",
            manifest(replaced("{", r#"{"Layers":[],"#)),
            &[&format!("error[json-key-case] {ROOT}")],
        ),
        case(
            "a key of another case in a descriptor",
            index(replaced("\"size\"", "\"Size\":1,\"size\"")),
            &["error[json-key-case] index.json#/manifests/0"],
        ),
        case(
            "a byte order mark",
            config(|text| format!("\u{feff}{text}")),
            &["error[json-bom] index.json#/manifests/0 -> @#/config -> @"],
        ),
        case(
            "a byte order mark in index.json",
            index(|text| format!("\u{feff}{text}")),
            &["error[json-bom] index.json"],
        ),
    ]
}

fn field_cases() -> Vec<Case> {
    const AT: &str = "index.json#/manifests/0";
    let size = |found: &str| {
        format!("error[field-type] {AT}/size (expected a whole number of bytes from 0 to 2^63 - 1, found {found})")
    };
    let mut cases = vec![
        case(
            "a descriptor without size",
            index(replaced("\"size\"", "\"sise\"")),
            &[&format!("error[field-missing] {AT}")],
        ),
        case(
            "a manifest without layers",
            manifest(replaced("\"layers\"", "\"lairs\"")),
            &[
                &format!("error[field-missing] {ROOT}"),
                &format!("error[diff-id-count] {ROOT} (expected 0 diff_ids, found 2 diff_ids)"),
                &format!("warning[history-count] {ROOT} (expected 0 layers, found 2 layers)"),
            ],
        )
        .beside(&[Code::BlobUnreferenced]),
        case(
            "a config without rootfs",
            config(replaced("\"rootfs\"", "\"rutfs\"")),
            &[
                "error[field-missing] index.json#/manifests/0 -> @#/config -> @",
                &format!("error[diff-id-count] {ROOT} (expected 2 diff_ids, found 0 diff_ids)"),
            ],
        ),
        case(
            "a nested index without manifests",
            nested(replaced("\"manifests\"", "\"mnifests\"")),
            &[&format!("error[field-missing] {ROOT}")],
        )
        .beside(&[Code::BlobUnreferenced]),
        case(
            "an unknown schemaVersion",
            manifest(replaced("\"schemaVersion\":2", "\"schemaVersion\":3")),
            &[&format!("error[field-value] {ROOT}#/schemaVersion (expected 2, found 3)")],
        ),
        case(
            "a media type that is none",
            index(replaced("application/vnd.oci.image.manifest.v1+json", "manifest")),
            &[&format!("error[field-value] {AT}/mediaType (expected type/subtype (RFC 6838), found manifest)")],
        )
        .beside(&[Code::BlobUnreferenced]),
        case(
            "an unknown type of rootfs",
            config(replaced("\"layers\"", "\"stack\"")),
            &[
                "error[field-value] index.json#/manifests/0 -> @#/config -> @#/rootfs/type (expected layers, found stack)",
            ],
        ),
        case(
            "no schemaVersion in index.json",
            index(replaced("\"schemaVersion\":2,", "")),
            &["warning[schema-version-missing] index.json"],
        ),
        case(
            "no schemaVersion in a manifest",
            manifest(replaced("\"schemaVersion\":2,", "")),
            &[&format!("error[field-missing] {ROOT}")],
        ),
        case(
            "manifests is null",
            Input::Files(null_manifests()),
            &[
                "warning[manifests-null] index.json#/manifests (expected an array, found null)",
                "error[layout-empty] index.json#/manifests",
            ],
        ),
        case(
            "manifests is a number",
            index(|_| {
                r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":7}"#.to_owned()
            }),
            &["error[field-type] index.json#/manifests (expected an array, found 7)"],
        )
        .beside(&[Code::BlobUnreferenced]),
        case(
            "a diff_id that is a number",
            config(replaced("\"diff_ids\":[", "\"diff_ids\":[5,")),
            &[
                "error[field-type] index.json#/manifests/0 -> @#/config -> @#/rootfs/diff_ids/0 (expected a digest, found 5)",
                &format!("error[diff-id-count] {ROOT} (expected 2 diff_ids, found 3 diff_ids)"),
                &format!("error[diff-id-mismatch] {ROOT}#/layers/1 -> @ (expected @, found @)"),
            ],
        ),
    ];
    let layout = Sample::single();
    let no_type = Layout::new(&layout.store).root(&layout.root.tagged("1.0")).without_index_media_type().files();
    cases.push(case("no mediaType in index.json", Input::Files(no_type), &["note[media-type-missing] index.json"]));
    for (text, finding) in [
        ("\"12\"", size("\"12\"")),
        ("1.0", size("1.0")),
        ("1e3", size("1e3")),
        ("-1", size("-1")),
        ("9223372036854775808", size("9223372036854775808")),
        ("18446744073709551616", size("18446744073709551616")),
        (
            "9223372036854775807",
            format!("error[blob-size] {ROOT} (expected 9223372036854775807 bytes, found 557 bytes)"),
        ),
    ] {
        cases.push(case("a size of another kind", index(sized(text)), &[&finding]));
    }
    cases
}

fn null_manifests() -> Files {
    let mut files = Layout::new(&Store::new()).files();
    files.edit_json("index.json", replaced("[]", "null"));
    files
}

fn type_cases() -> Vec<Case> {
    let mismatch = |expected: &str, found: &str| {
        format!("error[media-type-mismatch] {ROOT}#/mediaType (expected {expected}, found {found})")
    };
    let manifest_type = descriptor::OCI_MANIFEST;
    vec![
        case(
            "a document that is index and manifest",
            manifest(replaced("{", r#"{"manifests":[],"#)),
            &[&format!("error[document-ambiguous] {ROOT}")],
        ),
        case(
            "a manifest with the layers of Docker's first schema too",
            manifest(replaced("{", r#"{"fsLayers":[],"#)),
            &[&format!("error[document-ambiguous] {ROOT}#/fsLayers")],
        ),
        case(
            "a manifest with the history of Docker's first schema too",
            manifest(replaced("{", r#"{"history":[],"#)),
            &[&format!("error[document-ambiguous] {ROOT}#/history")],
        ),
        case(
            "an index that has layers too",
            nested(replaced("{", r#"{"layers":[],"#)),
            &[&format!("error[document-ambiguous] {ROOT}")],
        ),
        case(
            "index.json that is a manifest too",
            index(replaced("{", r#"{"layers":[],"#)),
            &["error[document-ambiguous] index.json"],
        ),
        case(
            "a descriptor of another media type than the document",
            index(|text| text.replace(manifest_type, descriptor::DOCKER_MANIFEST)),
            &[&mismatch(descriptor::DOCKER_MANIFEST, manifest_type)],
        ),
        case(
            "index.json that calls itself a manifest",
            index(|text| text.replacen(descriptor::OCI_INDEX, manifest_type, 1)),
            &[&format!(
                "error[media-type-mismatch] index.json#/mediaType (expected {}, found {manifest_type})",
                descriptor::OCI_INDEX
            )],
        ),
        case(
            "a media type in another case",
            index(|text| text.replace(manifest_type, "Application/vnd.oci.image.manifest.v1+json")),
            &[&format!(
                "error[field-value] index.json#/manifests/0/mediaType (expected {manifest_type}, found Application/vnd.oci.image.manifest.v1+json)"
            )],
        )
        .beside(&[Code::BlobUnreferenced]),
        case(
            "a descriptor of another artifact type than the manifest",
            index(replaced("\"size\"", "\"artifactType\":\"application/x\",\"size\"")),
            &["error[media-type-mismatch] index.json#/manifests/0/artifactType (expected application/vnd.oci.image.config.v1+json, found application/x)"],
        ),
        case(
            "one manifest under two media types",
            index(|text| {
                let (head, rest) = text.split_once("\"manifests\":[").unwrap();
                let (entry, tail) = rest.rsplit_once(']').unwrap();
                let other = entry.replace(manifest_type, descriptor::OCI_INDEX).replace("\"1.0\"", "\"2.0\"").replace(":1.0\"", ":2.0\"");
                format!("{head}\"manifests\":[{entry},{other}]{tail}")
            }),
            &[&format!(
                "error[media-type-mismatch] index.json#/manifests/1/mediaType (expected {manifest_type}, found {})",
                descriptor::OCI_INDEX
            )],
        ),
        case(
            "docker schema 1",
            Input::Files(schema_1()),
            &[&format!(
                "error[manifest-schema-1] {ROOT} (found application/vnd.docker.distribution.manifest.v1+prettyjws)"
            )],
        ),
    ]
}

/// A manifest of docker's first schema, as registries gave them until 2016.
fn schema_1() -> Files {
    let mut store = Store::new();
    let layer = store.put("application/octet-stream", "a layer");
    let history = obj([("v1Compatibility", r#"{"id":"0"}"#.into())]);
    let manifest = obj([("schemaVersion", Json::from(1)), ("name", "library/app".into()), ("tag", "1.0".into())])
        .with("architecture", "amd64")
        .with("fsLayers", arr([obj([("blobSum", (&layer.digest).into())])]))
        .with("history", arr([history]));
    let root = store.put_json("application/vnd.docker.distribution.manifest.v1+prettyjws", &manifest);
    store.remove(&layer.digest);
    Layout::new(&store).root(&root.tagged("1.0")).files()
}

fn digest_cases() -> Vec<Case> {
    let mut store = Store::new();
    let image = Image::new("linux/amd64").put(&mut store);
    let inline = |content: &[u8]| {
        let config = image.config.clone().inline(content);
        let mut files = Layout::new(&store).root(&image.desc.tagged("1.0")).files();
        files.rewrite_document(&image.desc.digest, |text| {
            text.replace(&image.config.json().compact(), &config.json().compact())
        });
        Input::Files(files)
    };
    let same_length = image.config_text.replace("amd64", "arm64");
    let bad_data = |text: &str| format!("error[descriptor-data] {ROOT}#/config/data ({text})");
    let length = image.config_text.len();
    vec![
        case("data of another digest", inline(same_length.as_bytes()), &[&bad_data("expected @, found @")]),
        case("data of another size", inline(b"{}"), &[&bad_data(&format!("expected {length}, found 2"))]),
        case(
            "data that is not base64",
            manifest(replaced("\"config\":{", "\"config\":{\"data\":\"?\",")),
            &[&format!("error[field-type] {ROOT}#/config/data (expected base64 (RFC 4648), found \"?\")")],
        ),
        case(
            "a digest with a slash",
            index(|text| with_value(text, "digest", "sha256:../x")),
            &["error[digest-invalid] index.json#/manifests/0/digest (expected a digest, found \"sha256:../x\")"],
        )
        .beside(&[Code::BlobUnreferenced]),
        case(
            "a diff_id that is none",
            config(|text| with_value(text, "diff_ids", "md5-x")),
            &[
                "error[digest-invalid] index.json#/manifests/0 -> @#/config -> @#/rootfs/diff_ids/0 (expected a digest, found \"md5-x\")",
            ],
        ),
        case(
            "a digest that cannot be computed",
            Input::Files(blake3()),
            &[&format!("error[digest-unsupported] {ROOT}#/layers/0 -> blake3:*")],
        ),
    ]
}

/// A layer that is known by an algorithm of another kind.
fn blake3() -> Files {
    let mut files = shapes::uncompressed();
    let manifest = files.digest_at("index.json", "/manifests/0/digest");
    let layer = files.digest_in(&manifest, "/layers/0/digest");
    let other = layer.replace("sha256:", "blake3:");
    files.rename(&blob_name(&layer), &blob_name(&other));
    files.rewrite_document(&manifest, |text| text.replace(&layer, &other));
    files
}

fn limit_cases() -> Vec<Case> {
    let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
    let deep = config(move |text| text.replacen('{', &format!("{{\"author\":\"a\",\"deep\":{deep},"), 1));
    let sound = || Input::Files(shapes::oci_archive());
    let zeros = crate::support::Layer::new().file("zeros", vec![0; 80 << 20]).compressed(Compression::GzipDeflate(9));
    let mut store = Store::new();
    let image = Image::new("linux/amd64").layer(zeros).put(&mut store);
    let bomb_files = Layout::new(&store).root(&image.desc.tagged("1.0")).files();
    vec![
        case(
            "arrays inside arrays",
            deep,
            &[&format!("error[limit-exceeded] index.json#/manifests/0 -> @#/config -> @#/deep{}", "/0".repeat(99))],
        ),
        case("a document over the limit", sound(), &[&format!("error[limit-exceeded] {ROOT}")])
            .with(|options| options.limits.set("document-bytes=500").unwrap())
            .beside(&[Code::BlobUnreferenced]),
        case("more descriptors than the limit", sound(), &["error[limit-exceeded] index.json"])
            .with(|options| options.limits.set("descriptors=3").unwrap())
            .beside(&[Code::BlobUnreferenced]),
        case("more members than the limit", Input::Files(shapes::oci_archive()), &["error[limit-exceeded] archive"])
            .with(|options| options.limits.set("members=7").unwrap())
            .in_directory(&["error[limit-exceeded] directory"])
            // A file system lists in an order of its own: any file may be among those that were not read.
            .beside(&[
                Code::BlobUnreferenced,
                Code::BlobMissing,
                Code::ChildMissing,
                Code::ImagesMissing,
                Code::IndexMissing,
                Code::LayoutFileMissing,
            ]),
        case(
            "indexes inside indexes",
            Input::Files(shapes::nested()),
            &[&format!("error[limit-exceeded] {ROOT}#/manifests/0 -> @")],
        )
        .with(|options| options.limits.set("index-depth=1").unwrap())
        .beside(&[Code::BlobUnreferenced]),
        case(
            "a layer that inflates without end",
            Input::Files(bomb_files),
            &[&format!("error[limit-exceeded] {ROOT}#/layers/0 -> @")],
        )
        .with(|options| options.limits.set("inflate-ratio=10").unwrap()),
    ]
}
