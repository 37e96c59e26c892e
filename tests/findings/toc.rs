//! Tables of contents of layers: zstd:chunked and eStargz.

use crate::ground::{Case, Input, case};
use crate::support::builder::compress::{gzip_member, skippable_frame, zstd_frame};
use crate::support::hash::sha256;
use crate::support::{Compression, Files, Image, Layer, Layout, Store, blob_name};

const AT: &str = "index.json#/manifests/0 -> @#/layers/0 -> @";
const CHUNKED: &str = "io.github.containers.zstd-chunked.";

/// The files of the layer.
fn files() -> Files {
    let mut files = Files::new();
    files.dir("d").file("d/file", "content").symlink("link", "d/file").hardlink("hard", "d/file");
    files
}

/// A table of them, in which a text stands in another's place.
fn table(from: &str, to: &str) -> Vec<u8> {
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
    let text = format!("{{\"version\":1,\"entries\":[{}]}}", entries.join(","));
    assert!(text.contains(from), "{text}");
    text.replacen(from, to, 1).into_bytes()
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

fn chunked(from: &str, to: &str, annotate: impl Fn(&str, String) -> String) -> Files {
    let tar = files().to_tar();
    let mut stored = zstd_frame(&tar);
    let table = zstd_frame(&table(from, to));
    let position = format!("{}:{}:0:1", stored.len() + 8, table.len());
    stored.extend(skippable_frame(&table));
    let annotation = |key: &str, value| (format!("{CHUNKED}{key}"), annotate(key, value));
    let all = [annotation("manifest-checksum", sha256(&table)), annotation("manifest-position", position)];
    let all: Vec<(&str, String)> = all.iter().map(|(key, value)| (key.as_str(), value.clone())).collect();
    image(tar, Compression::Zstd, stored, &all)
}

fn stargz(from: &str, to: &str, footer: bool) -> Files {
    let table = table(from, to);
    let tar = files().to_tar();
    let mut index = Files::new();
    index.file("stargz.index.json", table.clone());
    let index = index.to_tar();
    let mut stored = gzip_member(&tar);
    let offset = stored.len();
    stored.extend(gzip_member(&index));
    if footer {
        stored.extend([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255, 26, 0, b'S', b'G', 22, 0]);
        stored.extend(format!("{offset:016x}STARGZ").bytes());
        stored.extend([1, 0, 0, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0]);
    }
    let digest = ("containerd.io/snapshot/stargz/toc.digest", sha256(&table));
    image([tar, index].concat(), Compression::Gzip, stored, &[digest])
}

fn of_chunked(name: &'static str, from: &str, to: &str, finding: &str) -> Case {
    case(name, Input::Files(chunked(from, to, |_, value| value)), &[finding])
}

pub(crate) fn cases() -> Vec<Case> {
    let differs = |name: &str| format!("error[layer-toc-differs] {AT} -> {name}");
    let file = differs("d/file");
    let unreadable = |severity: &str| format!("{severity}[layer-toc-unreadable] {AT}");
    let annotated = |name, own: &'static str, other: &'static str, finding: &str| {
        let annotate = move |key: &str, value: String| if key == own { other.to_owned() } else { value };
        case(name, Input::Files(chunked("1", "1", annotate)), &[finding])
    };
    vec![
        of_chunked("another mode in the table", "\"mode\":420", "\"mode\":2541", &file),
        of_chunked("another owner in the table", "\"mode\":420", "\"mode\":420,\"uid\":5", &file),
        of_chunked("an attribute in the table", "\"mode\":420", "\"mode\":420,\"xattrs\":{\"user.k\":\"dg==\"}", &file),
        of_chunked("another size in the table", "\"size\":7", "\"size\":8", &file),
        of_chunked("other content in the table", &sha256(b"content"), &sha256(b"other"), &file),
        of_chunked("another piece in the table", &sha256(b"tent"), &sha256(b"text"), &file),
        of_chunked("another target in the table", "\"linkName\":\"d/file\"", "\"linkName\":\"/x\"", &differs("link")),
        of_chunked("a file that is not listed", "\"reg\",\"name\":\"d/file\"", "\"reg\",\"name\":\"\"", &file),
        of_chunked(
            "a file that only the table has",
            "\"entries\":[",
            "\"entries\":[{\"type\":\"reg\",\"name\":\"more\"},",
            &differs("more"),
        ),
        of_chunked("a table with a key twice", "\"size\":7", "\"size\":7,\"size\":8", &unreadable("error")),
        of_chunked("a table with a key in another case", "\"size\":7", "\"size\":7,\"Size\":8", &unreadable("error")),
        annotated(
            "a table with another digest",
            "manifest-checksum",
            "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            &format!("{} (expected @, found @)", unreadable("error")),
        ),
        annotated("a position that is none", "manifest-position", "here", &unreadable("error")),
        annotated(
            "a table beyond the layer",
            "manifest-position",
            "99999:1:1:1",
            &format!("{} (expected at most 4195 bytes, found 99999 + 1 bytes)", unreadable("warning")),
        ),
        case("another mode in eStargz", Input::Files(stargz("\"mode\":420", "\"mode\":2541", true)), &[&file]),
        case("eStargz without its end", Input::Files(stargz("1", "1", false)), &[&unreadable("warning")]),
    ]
}

/// What lists the layer as it is, is no finding; nor is what skopeo and BuildKit write (`testdata`).
#[test]
fn tables_that_agree() {
    let env = crate::support::TestEnv::new();
    for files in [chunked("1", "1", |_, value| value), stargz("1", "1", true)] {
        let path = env.write("image.tar", files.to_tar());
        let run = env.ocikit(&["verify", "--deep", "-v", path.to_str().unwrap()]).expect_code(0);
        assert!(!run.stdout.contains("layer-toc"), "{run}");
    }
}
