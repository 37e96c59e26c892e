//! Layers with tables of contents: zstd:chunked and eStargz.

use super::super::files::{Files, blob_name};
use super::super::hash::sha256;
use super::super::{Compression, Image, Layer, Layout, Store};
use super::compress::{gzip_member, skippable_frame, zstd_frame};

/// The files of a layer.
pub fn files() -> Files {
    let mut files = Files::new();
    files.dir("d").file("d/file", "content").symlink("link", "d/file").hardlink("hard", "d/file");
    files
}

/// A table of them.
pub fn table() -> String {
    let mode = |kind: &str| {
        if kind == "symlink" {
            0o777
        } else if kind == "dir" {
            0o755
        } else {
            0o644
        }
    };
    let entry = |kind: &str, name: &str, rest: String| {
        format!("{{\"type\":\"{kind}\",\"name\":\"{name}\",\"mode\":{}{rest}}}", mode(kind))
    };
    let pieces = format!(
        ",\"size\":7,\"digest\":\"{}\",\"chunkSize\":3,\"chunkDigest\":\"{}\"}},{{\"type\":\"chunk\",\"name\":\"d/file\",\"chunkOffset\":3,\"chunkSize\":4,\"chunkDigest\":\"{}\"",
        sha256(b"content"),
        sha256(b"con"),
        sha256(b"tent")
    );
    let entries = [
        entry("dir", "d/", String::new()),
        entry("reg", "d/file", pieces),
        entry("symlink", "link", ",\"linkName\":\"d/file\"".to_owned()),
        entry("hardlink", "hard", ",\"linkName\":\"d/file\"".to_owned()),
    ];
    format!("{{\"version\":1,\"entries\":[{}]}}", entries.join(","))
}

/// An image of one layer, whose stored bytes and annotations are these.
fn image(tar: Vec<u8>, compression: Compression, stored: Vec<u8>, annotations: &[(&str, String)]) -> Files {
    let mut store = Store::new();
    let layer = Layer::from_tar_bytes(tar).compressed(compression);
    let built = Image::new("linux/amd64").layer(layer).put(&mut store);
    let mut files = Layout::new(&store).root(&built.desc.tagged("1.0")).files();
    let manifest = files.digest_at("index.json", "/manifests/0/digest");
    let layer = files.digest_in(&manifest, "/layers/0/digest");
    let layer = files.rewrite_blob(&layer, |_| stored);
    let manifest = files.digest_at("index.json", "/manifests/0/digest");
    assert!(files.contains(&blob_name(&manifest)));
    let list: Vec<String> = annotations.iter().map(|(key, value)| format!("\"{key}\":\"{value}\"")).collect();
    let own = format!("\"digest\":\"{layer}\"");
    files.rewrite_document(&manifest, |text| {
        text.replace(&own, &format!("\"annotations\":{{{}}},{own}", list.join(",")))
    });
    files
}

/// An image with one layer of zstd:chunked: an archive, and its table as JSON. `annotate` has a say in the annotations.
pub fn chunked(tar: Vec<u8>, table: &[u8], annotate: impl Fn(&str, String) -> String) -> Files {
    let mut stored = zstd_frame(&tar);
    let table = zstd_frame(table);
    let position = format!("{}:{}:0:1", stored.len() + 8, table.len());
    stored.extend(skippable_frame(&table));
    let annotation = |key: &str, value| (format!("io.github.containers.zstd-chunked.{key}"), annotate(key, value));
    let all = [annotation("manifest-checksum", sha256(&table)), annotation("manifest-position", position)];
    let all: Vec<(&str, String)> = all.iter().map(|(key, value)| (key.as_str(), value.clone())).collect();
    image(tar, Compression::Zstd, stored, &all)
}

/// An image with one layer of eStargz: an archive, its table as JSON, and the end that leads to the table.
pub fn stargz(tar: Vec<u8>, table: &[u8], footer: bool) -> Files {
    let mut index = Files::new();
    index.file("stargz.index.json", table);
    let index = index.to_tar();
    let mut stored = gzip_member(&tar);
    let offset = stored.len();
    stored.extend(gzip_member(&index));
    if footer {
        stored.extend([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255, 26, 0, b'S', b'G', 22, 0]);
        stored.extend(format!("{offset:016x}STARGZ").bytes());
        stored.extend([1, 0, 0, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0]);
    }
    let digest = ("containerd.io/snapshot/stargz/toc.digest", sha256(table));
    image([tar, index].concat(), Compression::Gzip, stored, &[digest])
}
