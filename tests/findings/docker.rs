//! Docker archives, old and new: `manifest.json`, `repositories`, and the files they name.

use ocikit::finding::Code;

use crate::findings::ground::{Case, Input, case};
use crate::support::builder::shapes;
use crate::support::{Files, blob_name};

/// The forms of docker archives, each sound.
fn forms() -> Vec<(&'static str, Files)> {
    vec![
        ("docker 20", shapes::docker20()),
        ("docker 20 with a repeated layer", shapes::docker20_repeated_layer()),
        ("podman", shapes::podman()),
        ("crane", shapes::crane()),
        ("jib", shapes::jib()),
        ("rules_oci", shapes::rules_oci()),
        ("nix", shapes::nix()),
    ]
}

/// The name at a pointer of `manifest.json`, whatever the case of its keys.
fn named(files: &Files, key: &str) -> String {
    let lower = format!("/0/{}{}", key[..1].to_lowercase(), &key[1..]);
    match files.value_at("manifest.json", &format!("/0/{key}")).as_str() {
        Some(name) => name.to_owned(),
        None => files.digest_at("manifest.json", &lower),
    }
}

fn edited(mut files: Files, name: &str, edit: impl Fn(&mut Files, &str)) -> Input {
    edit(&mut files, name);
    Input::Members(files)
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (form, files) in forms() {
        cases.extend(of_form(form, &files));
    }
    cases.extend(documents());
    cases.extend(repositories());
    cases.extend(dual());
    cases
}

/// What must be found in each form.
fn of_form(form: &'static str, files: &Files) -> Vec<Case> {
    let config = named(files, "Config");
    let layer = named(files, "Layers/1");
    let hidden = |name: &str| crate::findings::ground::without_digests(name);
    let at_config = format!("manifest.json#/0/Config -> {}", hidden(&config));
    let at_layer = format!("manifest.json#/0/Layers/1 -> {}", hidden(&layer));
    let compared = "(expected @, found @)";
    let in_layout = config.starts_with("blobs/");
    let compressed = layer.ends_with(".gz");
    let wrong_config = match (in_layout, config.contains("config.json")) {
        (true, _) => Some(format!("error[blob-digest] manifest.json#/0/Config -> @ {compared}")),
        (_, true) => None,
        _ => Some(format!("error[docker-config-digest] {at_config} {compared}")),
    };
    let mut cases = vec![
        case(
            form,
            edited(files.clone(), &layer, |files, name| {
                files.remove(name);
            }),
            &["error[docker-file-missing] manifest.json#/0/Layers/1"],
        )
        .beside(&[Code::RepositoriesDangling]),
        case(
            form,
            edited(files.clone(), &config, |files, name| {
                files.remove(name);
            }),
            &["error[docker-file-missing] manifest.json#/0/Config"],
        ),
    ];
    // What a flipped byte of a layer is found by: the diff_id, the name that is a digest, the layer's own checksum.
    let mut flipped = match (compressed, layer.ends_with("/layer.tar")) {
        (true, _) => {
            vec![format!("error[blob-digest] {at_layer} {compared}"), format!("error[layer-corrupt] {at_layer}")]
        }
        (false, _) => vec![format!("error[diff-id-mismatch] {at_layer} {compared}")],
    };
    flipped.sort();
    let flipped: Vec<&str> = flipped.iter().map(String::as_str).collect();
    cases.push(case(
        form,
        edited(files.clone(), &layer, |files, name| {
            files.flip_byte(name, 1030);
        }),
        &flipped,
    ));
    if let Some(finding) = wrong_config {
        let renamed = edited(files.clone(), &config, |files, name| {
            files.edit_json(name, |text| text.replacen("1970", "1971", 1));
        });
        cases.push(case(form, renamed, &[&finding]));
    }
    // Another config that says other layers.
    let other = edited(files.clone(), &config, |files, name| {
        let diff_id = files.digest_at(name, "/rootfs/diff_ids/1");
        files.edit_json(name, |text| text.replace(&format!(",\"{diff_id}\""), ""));
    });
    let layers = files.value_at("manifest.json", "/0/Layers").as_array().map_or(2, Vec::len);
    let counts =
        format!("error[diff-id-count] manifest.json#/0 (expected {layers} diff_ids, found {} diff_ids)", layers - 1);
    let beside = [Code::DockerConfigDigest, Code::BlobDigest, Code::DiffIdMismatch];
    cases.push(case(form, other, &[&counts]).beside(&beside));
    cases
}

fn documents() -> Vec<Case> {
    let manifest = |text: &str| {
        let mut files = shapes::docker20();
        files.replace("manifest.json", text);
        Input::Files(files)
    };
    let unpacked = "note[container-unpacked] manifest.json";
    let object = "error[field-type] manifest.json (expected an array, found {\"schemaVersion\":2})";
    let syntax = "error[json-syntax] manifest.json";
    vec![
        case("a manifest.json that is no array", manifest(r#"{"schemaVersion":2}"#), &[object])
            .in_directory(&[object, unpacked])
            .beside(&[Code::BlobUnreferenced]),
        case("a manifest.json that is no JSON", manifest("[{"), &[syntax])
            .in_directory(&[syntax, unpacked])
            .beside(&[Code::BlobUnreferenced]),
        case("a manifest.json that lists nothing", manifest("[]"), &["error[layout-empty] manifest.json"])
            .in_directory(&["error[layout-empty] manifest.json", unpacked])
            .beside(&[Code::BlobUnreferenced]),
        case(
            "a config without a name",
            edited(shapes::docker20(), "manifest.json", |files, name| {
                let config = files.value_at(name, "/0/Config").as_str().unwrap().to_owned();
                files.edit_json(name, |text| text.replace(&config, ""));
            }),
            &["error[field-value] manifest.json#/0/Config"],
        )
        .beside(&[Code::BlobUnreferenced]),
        case("imgpkg's manifest.json", Input::Members(shapes::imgpkg()), &["error[field-missing] manifest.json#/0"])
            .beside(&[Code::BlobUnreferenced]),
        case(
            "pack's empty names",
            Input::Members(shapes::pack()),
            &["error[docker-file-missing] manifest.json#/0/Layers/0"],
        ),
        case(
            "no manifest.json in an archive that was cut",
            Input::Tar(cut_before_manifest()),
            &[
                "error[docker-file-missing] manifest.json",
                "error[tar-truncated] archive (expected 512 bytes, found 100 bytes)",
            ],
        )
        .beside(&[Code::BlobUnreferenced]),
        case(
            "a name that is none",
            edited(shapes::docker20(), "manifest.json", |files, name| {
                files.edit_json(name, |text| text.replacen("\"RepoTags\":[", "\"RepoTags\":[\"App:1\",", 1));
            }),
            &["error[field-value] manifest.json#/0/RepoTags/0 (expected name:tag, found App:1)"],
        ),
        case(
            "names of files that only some find",
            edited(shapes::docker20(), "manifest.json", |files, name| {
                files.edit_json(name, |text| {
                    let text = text.replacen("/layer.tar", "//layer.tar", 1);
                    text.replacen("\"Config\":\"", "\"Config\":\"./", 1)
                });
            }),
            &[
                "warning[docker-file-name] manifest.json#/0/Config (found ./*.json)",
                "warning[docker-file-name] manifest.json#/0/Layers/0 (found *//layer.tar)",
            ],
        ),
        case(
            "a key of another case beside the first",
            edited(shapes::docker20(), "manifest.json", |files, name| {
                files.edit_json(name, |text| text.replacen("\"Config\"", "\"config\":\"x\",\"Config\"", 1));
            }),
            &["error[json-key-case] manifest.json#/0"],
        ),
        case(
            "a key twice in manifest.json",
            edited(shapes::docker20(), "manifest.json", |files, name| {
                files.edit_json(name, |text| text.replacen("\"RepoTags\"", "\"RepoTags\":[],\"RepoTags\"", 1));
            }),
            &["error[json-duplicate-key] manifest.json#/0"],
        ),
    ]
}

fn cut_before_manifest() -> Vec<u8> {
    let tar = shapes::docker20().to_tar();
    let at = crate::support::files::raw_tar::member_start(&tar, "manifest.json");
    tar[..at + 100].to_vec()
}

fn repositories() -> Vec<Case> {
    let dangling = |files: Files, from: String| {
        edited(files, "repositories", move |files, name| {
            files.edit_json(name, |text| text.replace(&from, &"0".repeat(64)));
        })
    };
    let old = shapes::docker20();
    let id = old.digest_at("repositories", "/app/1.0");
    let new = shapes::docker25();
    let new_id = new.digest_at("repositories", "/app/1.0");
    vec![
        case(
            "a name of a layer that is absent",
            dangling(old, id),
            &["warning[repositories-dangling] repositories#/app/1.0 (found *)"],
        ),
        case(
            "a name of a layer that is absent, docker 25",
            dangling(new, new_id),
            &[
                "warning[repositories-dangling] repositories#/app/1.0 (found *)",
                "warning[repositories-dangling] repositories#/example.com~1team~1app/1.0 (found *)",
            ],
        )
        .beside(&[Code::BlobUnreferenced]),
        case(
            "an empty name of a layer",
            edited(shapes::docker20(), "repositories", |files, name| {
                files.replace(name, r#"{"app":{"1.0":""}}"#);
            }),
            &["warning[repositories-dangling] repositories#/app/1.0 (found )"],
        ),
        case(
            "repositories that is no object",
            edited(shapes::docker20(), "repositories", |files, name| {
                files.replace(name, "[]");
            }),
            &["error[field-type] repositories (expected an object, found [])"],
        ),
    ]
}

/// Dual archives: a fault is told once, by the way of `index.json`.
fn dual() -> Vec<Case> {
    let files = shapes::docker25();
    let layer = named(&files, "Layers/0");
    let config = named(&files, "Config");
    let root = "index.json#/manifests/0 -> @";
    let containerd = shapes::containerd();
    let manifest = containerd.digest_at("index.json", "/manifests/0/digest");
    vec![
        case(
            "a byte of a layer, docker 25",
            edited(files.clone(), &layer, |files, name| {
                files.flip_byte(name, 1030);
            }),
            &[
                &format!("error[blob-digest] {root}#/layers/0 -> @ (expected @, found @)"),
                &format!("error[diff-id-mismatch] {root}#/layers/0 -> @ (expected @, found @)"),
            ],
        )
        .beside(&[Code::BlobUnreferenced]),
        case(
            "a layer is absent, docker 25",
            edited(files.clone(), &layer, |files, name| {
                files.remove(name);
            }),
            &[&format!("error[blob-missing] {root}#/layers/0 -> @")],
        )
        .beside(&[Code::BlobUnreferenced, Code::DockerFileMissing]),
        case(
            "a config is another, docker 25",
            edited(files, &config, |files, name| {
                files.edit_json(name, |text| text.replacen("1970", "1971", 1));
            }),
            &[&format!("error[blob-digest] {root}#/config -> @ (expected @, found @)")],
        )
        .beside(&[Code::BlobUnreferenced]),
        case(
            "the index is another, containerd",
            edited(containerd, &blob_name(&manifest), |files, name| {
                files.edit_json(name, |text| text.replacen('2', " 2", 1));
            }),
            &[
                &format!("error[blob-digest] {root} (expected @, found @)"),
                &format!("error[blob-size] {root} (expected 1609 bytes, found 1610 bytes)"),
            ],
        ),
    ]
}
