//! Blobs that are absent, damaged, or referred to by nothing.

use ocikit::finding::Code;

use crate::findings::ground::{Case, Input, case};
use crate::support::builder::shapes;
use crate::support::files::raw_tar;
use crate::support::{Files, blob_name};

const ROOT: &str = "index.json#/manifests/0 -> @";

/// The blob at a pointer of the root manifest.
fn blob(files: &Files, pointer: &str) -> String {
    let manifest = files.digest_at("index.json", "/manifests/0/digest");
    blob_name(&files.digest_in(&manifest, pointer))
}

fn edited(files: Files, pointer: &str, edit: impl Fn(&mut Files, &str)) -> Input {
    let mut files = files;
    let name = blob(&files, pointer);
    edit(&mut files, &name);
    Input::Files(files)
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = missing();
    cases.extend(damaged());
    cases.extend(orphans());
    cases
}

fn missing() -> Vec<Case> {
    let removed = |files: Files, pointer: &str| {
        edited(files, pointer, |files, name| {
            files.remove(name);
        })
    };
    let mut attested = shapes::attested();
    let index = attested.digest_at("index.json", "/manifests/0/digest");
    let attestation = attested.digest_in(&index, "/manifests/2/digest");
    attested.remove(&blob_name(&attestation));
    vec![
        case(
            "a layer without the folder of its algorithm",
            edited(shapes::oci_archive(), "/layers/1/digest", |files, name| {
                files.rename(name, &name.replace("/sha256/", "/"));
            }),
            &["error[blob-misplaced] blobs/* (expected blobs/sha256/*, found blobs/*)"],
        ),
        case(
            "a layer is absent",
            removed(shapes::oci_archive(), "/layers/1/digest"),
            &[&format!("error[blob-missing] {ROOT}#/layers/1 -> @")],
        ),
        case(
            "a config is absent",
            removed(shapes::oci_archive(), "/config/digest"),
            &[&format!("error[blob-missing] {ROOT}#/config -> @")],
        ),
        case(
            "a layer of a sha512 layout is absent",
            removed_nested(shapes::sha512()),
            &[&format!("error[blob-missing] {ROOT}#/manifests/1 -> @#/layers/1 -> @")],
        ),
        case(
            "the root manifest is absent",
            Input::Files(without_root(shapes::oci_archive())),
            &[&format!("warning[child-missing] {ROOT}"), "error[images-missing] index.json"],
        )
        .beside(&[Code::BlobUnreferenced]),
        case(
            "one platform of two is absent",
            Input::Files(shapes::sparse()),
            &[&format!("warning[child-missing] {ROOT}#/manifests/1 -> @")],
        ),
        case(
            "an attestation is absent",
            Input::Files(attested),
            &[&format!("warning[child-missing] {ROOT}#/manifests/2 -> @")],
        )
        .beside(&[Code::BlobUnreferenced]),
        case(
            "all platforms are absent",
            Input::Files(all_absent()),
            &[
                &format!("error[images-missing] {ROOT}"),
                &format!("warning[child-missing] {ROOT}#/manifests/0 -> @"),
                &format!("warning[child-missing] {ROOT}#/manifests/1 -> @"),
            ],
        )
        .beside(&[Code::BlobUnreferenced]),
        case(
            "a layer is kept elsewhere",
            Input::Files(shapes::urls()),
            &[&format!("note[layer-external] {ROOT}#/layers/0 -> @ (found https://layers.example/base.tar.gz)")],
        ),
        case(
            "absent blobs are allowed, damaged ones are not",
            sparse_and_damaged(),
            &[&format!("error[blob-digest] {ROOT}#/config -> @ (expected @, found @)")],
        )
        .with(|options| options.sparse = true),
    ]
}

fn removed_nested(mut files: Files) -> Input {
    let index = files.digest_at("index.json", "/manifests/0/digest");
    let manifest = files.digest_in(&index, "/manifests/1/digest");
    let layer = files.digest_in(&manifest, "/layers/1/digest");
    files.remove(&blob_name(&layer));
    Input::Files(files)
}

fn without_root(mut files: Files) -> Files {
    let manifest = files.digest_at("index.json", "/manifests/0/digest");
    files.remove(&blob_name(&manifest));
    files
}

fn all_absent() -> Files {
    let mut files = shapes::multi();
    let index = files.digest_at("index.json", "/manifests/0/digest");
    for pointer in ["/manifests/0/digest", "/manifests/1/digest"] {
        let manifest = files.digest_in(&index, pointer);
        files.remove(&blob_name(&manifest));
    }
    files
}

fn sparse_and_damaged() -> Input {
    let mut files = shapes::oci_archive();
    let (config, layer) = (blob(&files, "/config/digest"), blob(&files, "/layers/0/digest"));
    files.edit_json(&config, |text| text.replacen("1970", "1971", 1));
    files.remove(&layer);
    Input::Files(files)
}

fn damaged() -> Vec<Case> {
    const COMPARED: &str = "(expected @, found @)";
    let flipped = |files: Files, pointer: &str| {
        edited(files, pointer, |files, name| {
            files.flip_byte(name, 1030);
        })
    };
    let mut manifest = shapes::oci_archive();
    let digest = manifest.digest_at("index.json", "/manifests/0/digest");
    manifest.edit_json(&blob_name(&digest), |text| text.replacen(":2", ": 2", 1));
    let tar = shapes::oci_archive();
    let last_blob = tar.names().into_iter().rfind(|name| name.starts_with("blobs/sha256/")).unwrap().to_owned();
    let bytes = tar.to_tar();
    let cut = raw_tar::content_start(&bytes, &last_blob) + 20;
    let mut linked = shapes::uncompressed();
    let [lower, upper] = ["/layers/0/digest", "/layers/1/digest"].map(|pointer| blob(&linked, pointer));
    linked.remove(&upper).symlink(&upper, lower.rsplit('/').next().unwrap());
    let mut config = shapes::uncompressed();
    let root = config.digest_at("index.json", "/manifests/0/digest");
    let layer = config.digest_in(&root, "/layers/1/digest");
    let named = config.digest_in(&root, "/config/digest");
    let size = config.bytes(&blob_name(&named)).len();
    config.rewrite_document(&root, |text| {
        let before = format!("\"{layer}\",\"size\":4096");
        assert!(text.contains(&before), "{text}");
        text.replace(&before, &format!("\"{named}\",\"size\":{size}"))
    });
    vec![
        case(
            "a layer is a link to another blob",
            Input::Members(linked),
            &[
                &format!("error[blob-size] {ROOT}#/layers/1 -> @ (expected 4096 bytes, found 4608 bytes)"),
                &format!("error[blob-digest] {ROOT}#/layers/1 -> @ {COMPARED}"),
                &format!("error[diff-id-mismatch] {ROOT}#/layers/1 -> @ {COMPARED}"),
            ],
        ),
        case(
            "the config is listed as a layer",
            Input::Files(config),
            &[
                &format!("error[layer-not-tar] {ROOT}#/layers/1 -> @"),
                &format!("error[diff-id-mismatch] {ROOT}#/layers/1 -> @ {COMPARED}"),
            ],
        )
        .beside(&[Code::BlobUnreferenced]),
        case(
            "a byte of a layer is flipped",
            flipped(shapes::uncompressed(), "/layers/0/digest"),
            &[
                &format!("error[blob-digest] {ROOT}#/layers/0 -> @ {COMPARED}"),
                &format!("error[diff-id-mismatch] {ROOT}#/layers/0 -> @ {COMPARED}"),
            ],
        ),
        case(
            "a byte of a compressed layer is flipped",
            flipped(shapes::oci_archive(), "/layers/0/digest"),
            &[
                &format!("error[blob-digest] {ROOT}#/layers/0 -> @ {COMPARED}"),
                &format!("error[layer-corrupt] {ROOT}#/layers/0 -> @"),
            ],
        ),
        case(
            "a space in the manifest",
            Input::Files(manifest),
            &[
                &format!("error[blob-digest] {ROOT} {COMPARED}"),
                &format!("error[blob-size] {ROOT} (expected 557 bytes, found 558 bytes)"),
            ],
        ),
        case(
            "a layer is cut",
            edited(shapes::uncompressed(), "/layers/1/digest", |files, name| {
                files.truncate(name, 3000);
            }),
            &[
                &format!("error[blob-size] {ROOT}#/layers/1 -> @ (expected 4096 bytes, found 3000 bytes)"),
                &format!("error[blob-digest] {ROOT}#/layers/1 -> @ {COMPARED}"),
                &format!("error[diff-id-mismatch] {ROOT}#/layers/1 -> @ {COMPARED}"),
            ],
        )
        .beside(&[Code::TarTruncated]),
        case(
            "the archive is cut inside a blob",
            Input::Tar(raw_tar::cut(&bytes, cut)),
            &[
                "error[blob-unreadable] blobs/sha256/* (expected 4631 bytes, found 20 bytes)",
                "error[tar-truncated] blobs/sha256/* (expected 4631 bytes, found 20 bytes)",
                "error[index-missing] index.json",
                "warning[layout-file-missing] oci-layout",
            ],
        )
        .beside(&[Code::BlobUnreferenced]),
    ]
}

fn orphans() -> Vec<Case> {
    let with = |name: &str, content: &str| {
        let mut files = shapes::oci_archive();
        files.file(name, content);
        Input::Files(files)
    };
    let link = |name: &str, target: &str| {
        let mut files = shapes::oci_archive();
        files.symlink(name, target);
        Input::Files(files)
    };
    let good = blob_name(&crate::support::hash::sha256(b"orphan"));
    let long = blob_name(&crate::support::hash::sha512(b"orphan"));
    let note = "note[blob-unreferenced] blobs/sha256/*";
    vec![
        case("a blob that nothing refers to", with(&good, "orphan"), &[note]),
        case(
            "a sha512 blob that nothing refers to",
            with(&long, "orphan"),
            &["note[blob-unreferenced] blobs/sha512/*"],
        ),
        case(
            "an unreferenced blob with another digest",
            with(&good, "orphans"),
            &["error[blob-misnamed] blobs/sha256/* (expected @, found @)", note],
        ),
        case(
            "an unreferenced sha512 blob with another digest",
            with(&long, "orphans"),
            &["error[blob-misnamed] blobs/sha512/* (expected @, found @)", "note[blob-unreferenced] blobs/sha512/*"],
        ),
        case(
            "an unreferenced blob that is a link to a document",
            link(&good, "../../index.json"),
            &["error[blob-misnamed] blobs/sha256/* (expected @, found @)"],
        ),
    ]
}
