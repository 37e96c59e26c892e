//! Platforms, configs against layers, and what is inside layers.

use ocikit::finding::Code;
use ocikit::image::Image as Opened;
use ocikit::ops::verify::{VerifyOptions, verify};
use ocikit::reference::Address;
use ocikit::source::{Access, Open};

use crate::findings::ground::{Case, Input, case};
use crate::support::builder::shapes;
use crate::support::files::raw_tar;
use crate::support::{Compression, Desc, Files, Image, Index, Layer, Layout, Sample, Store, builder};

const ROOT: &str = "index.json#/manifests/0 -> @";

fn image(image: &Image) -> Input {
    let mut store = Store::new();
    let built = image.put(&mut store);
    Input::Files(Layout::new(&store).root(&built.desc.tagged("1.0")).files())
}

/// One image of `linux/amd64`, listed under another platform.
fn listed_as(config: &str, listed: &str) -> Input {
    let mut store = Store::new();
    let built = Image::new(config).layer(Layer::of(&[("a", "a")])).put(&mut store);
    let root = Index::of([&Desc { platform: Some(listed.to_owned()), ..built.desc }]).put(&mut store);
    Input::Files(Layout::new(&store).root(&root.tagged("1.0")).files())
}

/// Two images for two platforms, the first of them listed without.
fn listed_without(count: usize) -> Input {
    let mut store = Store::new();
    let built =
        ["linux/amd64", "linux/arm64"].map(|own| Image::new(own).layer(Layer::of(&[("a", own)])).put(&mut store));
    let entries: Vec<Desc> = built
        .into_iter()
        .enumerate()
        .map(|(number, image)| Desc { platform: image.desc.platform.clone().filter(|_| number >= count), ..image.desc })
        .collect();
    let root = Index::of(&entries).put(&mut store);
    Input::Files(Layout::new(&store).root(&root.tagged("1.0")).files())
}

/// Two images for one platform, the first in an index of its own.
fn nested() -> Input {
    let mut store = Store::new();
    let built = ["a", "b"].map(|own| Image::new("linux/amd64").layer(Layer::of(&[("a", own)])).put(&mut store));
    let inner = Index::of([&built[0].desc]).put(&mut store);
    let root = Index::of([&inner, &built[1].desc]).put(&mut store);
    Input::Files(Layout::new(&store).root(&root.tagged("1.0")).files())
}

/// A layer whose stored bytes are edited, with everything that leads to it in step.
fn layer(files: Files, edit: impl Fn(&[u8]) -> Vec<u8>) -> Input {
    let mut files = files;
    let manifest = files.digest_at("index.json", "/manifests/0/digest");
    let layer = files.digest_in(&manifest, "/layers/0/digest");
    files.rewrite_blob(&layer, edit);
    Input::Files(files)
}

/// One layer of these bytes.
fn of_bytes(tar: &[u8], compression: Compression) -> Input {
    image(&Image::new("linux/amd64").layer(Layer::from_tar_bytes(tar).compressed(compression)))
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = platforms();
    cases.extend(counts());
    cases.extend(content());
    cases
}

fn platforms() -> Vec<Case> {
    let line = |severity: &str, code: &str, config: &str, index: &str| {
        format!("{severity}[{code}] {ROOT}#/manifests/0/platform (expected {config} (config), found {index} (index))")
    };
    let contradiction = |config, index| {
        case(
            "index and config of different platforms",
            listed_as(config, index),
            &[&line("error", "platform-contradiction", config, index)],
        )
    };
    let spelling = |config, index| {
        case(
            "two spellings of one platform",
            listed_as(config, index),
            &[&line("note", "platform-spelling", config, index)],
        )
    };
    let two = |spelt: &str| {
        let mut store = Store::new();
        let [first, second] = [Compression::Gzip, Compression::None]
            .map(|compression| builder::sample::image("linux/amd64", compression).put(&mut store).desc);
        let index = Index::of(&[first.platform(spelt), second]).put(&mut store);
        Input::Files(Layout::new(&store).root(&index.tagged("1.0")).files())
    };
    let mut single = shapes::oci_archive();
    let empty = single.digest_at("index.json", "/manifests/0/digest");
    let empty = single.digest_in(&empty, "/config/digest");
    single.rewrite_document(&empty, |text| text.replacen("\"linux\"", "\"\"", 1));
    let mut root = Store::new();
    let listed = Image::new("linux/amd64").put(&mut root).desc.platform("linux/arm64");
    let at_root = Layout::new(&root).root(&listed).files();
    vec![
        contradiction("linux/amd64", "linux/arm64"),
        contradiction("linux/amd64", "windows/amd64"),
        contradiction("linux/arm/v7", "linux/arm/v6"),
        spelling("linux/amd64", "linux/x86_64"),
        spelling("linux/arm64", "linux/arm64/v8"),
        spelling("linux/arm", "linux/arm/v7"),
        case(
            "a platform in index.json that contradicts",
            Input::Files(at_root),
            &[
                "error[platform-contradiction] index.json#/manifests/0/platform (expected linux/amd64 (config), found linux/arm64 (index))",
            ],
        ),
        case(
            "two images of one platform",
            two("linux/amd64"),
            &[&format!("warning[platform-duplicate] {ROOT}#/manifests/1 (expected @, found @)")],
        ),
        case(
            "two images of one platform, spelt differently",
            two("linux/x86_64"),
            &[
                &format!("error[platform-duplicate] {ROOT}#/manifests/1 (expected @, found @)"),
                &format!(
                    "note[platform-spelling] {ROOT}#/manifests/0/platform (expected linux/amd64 (config), found linux/x86_64 (index))"
                ),
            ],
        ),
        case(
            "two images without platform",
            listed_without(2),
            &[&format!("error[platform-missing] {ROOT}#/manifests/1 (expected @, found @)")],
        ),
        case(
            "one of two images without platform",
            listed_without(1),
            &[&format!("warning[platform-missing] {ROOT}#/manifests/0")],
        ),
        case(
            "two images of one platform, one in an index inside the index",
            nested(),
            &[&format!("error[platform-duplicate] {ROOT}#/manifests/1 (expected @, found @)")],
        ),
        case(
            "an image that is listed as nothing to run",
            listed_as("linux/amd64", "unknown/unknown"),
            &[&line("error", "platform-contradiction", "linux/amd64", "unknown/unknown")],
        ),
        case(
            "a config of an unknown platform",
            listed_as("unknown/unknown", "linux/amd64"),
            &[&line("warning", "config-platform-empty", "unknown/unknown", "linux/amd64")],
        ),
        case(
            "a config without a platform",
            Input::Files(single),
            &[&format!("warning[config-platform-empty] {ROOT}#/config -> @")],
        ),
    ]
}

fn counts() -> Vec<Case> {
    let two = || Image::new("linux/amd64").layer(Layer::of(&[("a", "a")])).layer(Layer::of(&[("b", "b")]));
    let mut fewer = shapes::oci_archive();
    let manifest = fewer.digest_at("index.json", "/manifests/0/digest");
    let config = fewer.digest_in(&manifest, "/config/digest");
    let first = fewer.digest_at(&crate::support::blob_name(&config), "/rootfs/diff_ids/0");
    fewer.rewrite_document(&config, |text| text.replace(&format!("\"{first}\","), ""));
    vec![
        case(
            "a diff_id too few",
            Input::Files(fewer),
            &[
                &format!("error[diff-id-count] {ROOT} (expected 2 diff_ids, found 1 diff_ids)"),
                &format!("error[diff-id-mismatch] {ROOT}#/layers/0 -> @ (expected @, found @)"),
            ],
        ),
        case(
            "a history of other layers",
            image(&two().history("COPY", false).history("ENV", true)),
            &[&format!("warning[history-count] {ROOT} (expected 2 layers, found 1 layers)")],
        ),
    ]
}

fn content() -> Vec<Case> {
    let at = format!("{ROOT}#/layers/0 -> @");
    let mut wrong = shapes::oci_archive();
    let manifest = wrong.digest_at("index.json", "/manifests/0/digest");
    let config = wrong.digest_in(&manifest, "/config/digest");
    let diff_id = wrong.digest_at(&crate::support::blob_name(&config), "/rootfs/diff_ids/1");
    wrong.rewrite_document(&config, |text| text.replace(&diff_id, &crate::support::hash::sha256(b"another")));
    let typed = |layer: Layer| image(&Image::new("linux/amd64").layer(layer));
    let gzip_type = "application/vnd.oci.image.layer.v1.tar+gzip";
    let encrypted = "application/vnd.oci.image.layer.v1.tar+gzip+encrypted";
    let small = || Layer::of(&[("a", "a")]);
    let tar = {
        let mut files = Files::new();
        files.file("a", "a");
        files.to_tar()
    };
    let cut_tar = tar[..512].to_vec();
    let removed = {
        let mut files = Files::new();
        files.file("a", "a").file(".wh.a", "");
        files.to_tar()
    };
    let unknown_type = raw_tar::with_header(&tar, "a", |block| block[156] = b'V');
    vec![
        case(
            "a diff_id of something else",
            Input::Files(wrong),
            &[&format!("error[diff-id-mismatch] {ROOT}#/layers/1 -> @ (expected @, found @)")],
        ),
        case(
            "a sha256 diff_id of something else beside blobs in sha512",
            Input::Files({
                let mut files = shapes::sha512();
                let index = files.digest_at("index.json", "/manifests/0/digest");
                let manifest = files.digest_in(&index, "/manifests/0/digest");
                let config = files.digest_in(&manifest, "/config/digest");
                let diff_id = files.digest_in(&config, "/rootfs/diff_ids/0");
                let other = crate::support::hash::sha256(b"another");
                files.rewrite_document(&config, |text| text.replace(&diff_id, &other));
                files
            }),
            &[&format!("error[diff-id-mismatch] {ROOT}#/manifests/0 -> @#/layers/0 -> @ (expected @, found @)")],
        ),
        case(
            "a gzip layer that is cut",
            layer(shapes::oci_archive(), |bytes| bytes[..bytes.len() - 20].to_vec()),
            &[&format!("error[layer-corrupt] {at}")],
        ),
        case(
            "a zstd layer that is cut",
            layer(shapes::zstd(), |bytes| bytes[..200].to_vec()),
            &[&format!("error[layer-corrupt] {at}")],
        ),
        case(
            "a gzip layer of a wrong checksum",
            layer(shapes::oci_archive(), |bytes| {
                let mut bytes = bytes.to_vec();
                let at = bytes.len() - 6;
                bytes[at] ^= 1;
                bytes
            }),
            &[&format!("error[layer-corrupt] {at}")],
        ),
        case(
            "a zstd layer called gzip",
            typed(small().zstd().media_type(gzip_type)),
            &[&format!("error[layer-compression] {at} (expected gzip, found zstd)")],
        ),
        case(
            "a plain layer called gzip",
            typed(small().media_type(gzip_type)),
            &[&format!("error[layer-compression] {at} (expected gzip, found uncompressed)")],
        ),
        case(
            "a gzip layer called plain",
            typed(small().gzip().media_type("application/vnd.oci.image.layer.v1.tar")),
            &[&format!("error[layer-compression] {at} (expected uncompressed, found gzip)")],
        ),
        case(
            "a layer that is no tar",
            of_bytes(b"just some text, and no archive", Compression::Gzip),
            &[&format!("error[layer-not-tar] {at}")],
        ),
        case(
            "a long layer that is no tar",
            of_bytes(&[b'x'; 5000], Compression::None),
            &[&format!("error[layer-not-tar] {at}")],
        ),
        case(
            "a tar in a layer that is cut",
            of_bytes(&cut_tar, Compression::Gzip),
            &[&format!("error[tar-truncated] {at} -> a (expected 1 bytes, found 0 bytes)")],
        ),
        case(
            "a zstd layer behind a skippable frame",
            layer(shapes::zstd(), |bytes| [b"\x50\x2a\x4d\x18\0\0\0\0", bytes].concat()),
            &[&format!("error[compression-unusual] {at}")],
        ),
        case(
            "a gzip layer with a comment of 600 bytes",
            layer(shapes::oci_archive(), |bytes| {
                assert_eq!(bytes[3], 0, "no other fields");
                [&bytes[..3], &[16], &bytes[4..10], &[b'c'; 600], &[0], &bytes[10..]].concat()
            }),
            &[&format!("error[compression-unusual] {at}")],
        ),
        case(
            "a member of an unknown type in a layer",
            of_bytes(&unknown_type, Compression::Gzip),
            &[&format!("error[tar-type-doubtful] {at} -> a")],
        ),
        case(
            "a layer with a name twice",
            of_bytes(&raw_tar::concatenated(&raw_tar::without_end_marker(&tar), &tar), Compression::Gzip),
            &[&format!("error[layer-entries-conflict] {at} -> a")],
        ),
        case(
            "a layer that removes what it holds",
            of_bytes(&removed, Compression::Gzip),
            &[&format!("error[layer-entries-conflict] {at} -> .wh.a")],
        ),
        case(
            "a layer that is here and has urls",
            Input::Files({
                let mut files = shapes::oci_archive();
                let manifest = files.digest_at("index.json", "/manifests/0/digest");
                files.rewrite_document(&manifest, |text| {
                    text.replacen("\"layers\":[{", "\"layers\":[{\"urls\":[\"https://example.com/x\"],", 1)
                });
                files
            }),
            &[&format!("warning[layer-external] {at} (found https://example.com/x)")],
        ),
        case(
            "data after a gzip layer",
            layer(shapes::oci_archive(), |bytes| [bytes, b"garbage"].concat()),
            &[&format!("error[layer-trailing-data] {at}")],
        ),
        case(
            "data after a zstd layer",
            layer(shapes::zstd(), |bytes| [bytes, b"garbage"].concat()),
            &[&format!("error[layer-trailing-data] {at}")],
        ),
        case(
            "zeros after a gzip layer",
            layer(shapes::oci_archive(), |bytes| [bytes, &[0; 512]].concat()),
            &[&format!("warning[layer-zero-padding] {at}")],
        ),
        case(
            "an encrypted layer",
            typed(small().gzip().media_type(encrypted)),
            &[&format!("note[layer-encrypted] {at}")],
        ),
        case(
            "a cache export that is an index of layers",
            Input::Files(shapes::cache_index()),
            &[&format!("warning[cache-as-index] {ROOT}")],
        ),
        case(
            "a layer that is a sound empty tar, under a wrong history",
            image(&Image::new("linux/amd64").layer(Layer::new()).history("x", true)),
            &[&format!("warning[history-count] {ROOT} (expected 1 layers, found 0 layers)")],
        ),
        case(
            "a repeated layer of a wrong diff_id",
            Input::Files(repeated()),
            &[&format!("error[diff-id-mismatch] {ROOT}#/layers/1 -> @ (expected @, found @)")],
        ),
    ]
}

/// Where one pass hashes a layer before the config asks for another algorithm, it says so; with the file at hand the
/// diff_id is checked.
#[test]
fn a_diff_id_of_another_algorithm_is_checked_or_told() {
    let mut files = shapes::oci_archive();
    let manifest = files.digest_at("index.json", "/manifests/0/digest");
    let config = files.digest_in(&manifest, "/config/digest");
    let diff_id = files.digest_in(&config, "/rootfs/diff_ids/0");
    files.rewrite_document(&config, |text| text.replace(&diff_id, &format!("sha512:{}", "0".repeat(128))));
    let env = crate::support::TestEnv::new();
    let path = env.write("image.tar", files.to_tar());
    let options = VerifyOptions { deep: true, ..VerifyOptions::default() };
    for (access, code) in
        [(Access::Random, Code::DiffIdMismatch), (Access::Once { deep: true }, Code::DigestUnsupported)]
    {
        let open = Open { access, ..Open::default() };
        let bytes = std::fs::read(&path).unwrap();
        let source = match access {
            Access::Random => open.open_path(&path),
            Access::Once { .. } => open.open(&Address::parse("-", |_| false).unwrap(), bytes.as_slice()),
        };
        let report = verify(&Opened::load(source.unwrap(), &open.limits), &options).unwrap();
        let codes: Vec<Code> = report.findings.iter().map(|finding| finding.code).collect();
        assert_eq!(codes, [code]);
    }
}

/// One layer twice, the second time with a diff_id of something else.
fn repeated() -> Files {
    let mut sample = Sample::single();
    let twice = Layer::of(&[("again", "the same\n")]).gzip();
    let built = Image::new("linux/amd64").layer(twice.clone()).layer(twice).put(&mut sample.store);
    let mut store = Store::new();
    for desc in [&built.desc, &built.config, &built.layers[0].desc] {
        store.put("", sample.store.get(&desc.digest));
    }
    let mut files = Layout::new(&store).root(&built.desc.tagged("1.0")).files();
    let diff_id = &built.layers[0].diff_id;
    let other = crate::support::hash::sha256(b"another");
    files.rewrite_document(&built.config.digest, |text| {
        let last = text.rfind(diff_id.as_str()).unwrap();
        format!("{}{other}{}", &text[..last], &text[last + other.len()..])
    });
    files
}
