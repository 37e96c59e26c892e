//! Image files built by the bytes of an input: a sound one to begin with, then changes one after another.

use std::sync::LazyLock;

use crate::support::hash::{hex_of, sha256, sha512};
use crate::support::{Compression, Files, Kind, builder, shapes, testdata};

use super::bytes::Bytes;
use ocikit::json::Value;

/// Sound image files: what the tests build, and some by real tools.
pub(crate) static BASES: LazyLock<Vec<Files>> = LazyLock::new(|| {
    const REAL: [&str; 8] = [
        "buildx/default.oci.tar",
        "buildx/multi-default.oci.tar",
        "buildkit/ociartifact-true-multi.oci.tar",
        "buildkit/docker-prov.docker.tar",
        "docker/d28c-save-multi.tar",
        "docker/d20-save-duplayers.tar",
        "podman5/save-multi-tags.tar",
        "oras/backup.tar",
    ];
    let real = REAL.iter().map(|item| Files::from_tar_bytes(&std::fs::read(testdata(item)).unwrap()));
    shapes::all().into_iter().map(|shape| shape.files).chain(real).collect()
});

/// Changes that one input makes at most.
const MOST_CHANGES: usize = 8;

/// Texts that mean something in an image file, or to one of its readers.
pub(crate) const WORDS: [&str; 48] = [
    "{}",
    "[]",
    "null",
    "0",
    "-1",
    "1e3",
    "9223372036854775807",
    "18446744073709551616",
    "\"\"",
    "\"\\ud800\"",
    "\"\\u0000\\u202e\\u001b[2J\"",
    "\"\u{202e}\u{200b}\u{9b}\"",
    "{\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"digest\":\"sha256:00\",\"size\":1}",
    ",\"manifests\":[]",
    ",\"layers\":[]",
    ",\"config\":{}",
    ",\"Layers\":null",
    ",\"subject\":{}",
    ",\"urls\":[\"https://example.com\"]",
    ",\"data\":\"e30=\"",
    ",\"artifactType\":\"application/vnd.example\"",
    ",\"annotations\":{\"org.opencontainers.image.ref.name\":\"latest\"}",
    ",\"annotations\":{\"vnd.docker.reference.type\":\"attestation-manifest\"}",
    ",\"platform\":{\"os\":\"linux\",\"architecture\":\"arm64\"}",
    "\"application/vnd.oci.image.index.v1+json\"",
    "\"application/vnd.oci.image.manifest.v1+json\"",
    "\"application/vnd.oci.image.config.v1+json\"",
    "\"application/vnd.oci.image.layer.v1.tar+zstd\"",
    "\"application/vnd.oci.image.layer.v1.tar+gzip\"",
    "\"application/vnd.docker.distribution.manifest.list.v2+json\"",
    "\"application/vnd.in-toto+json\"",
    "\"application/vnd.oci.empty.v1+json\"",
    "\"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"",
    "\"sha512:00\"",
    "\"unknown\"",
    "\"linux\"",
    "\"amd64\"",
    "\"x86_64\"",
    "\"app:1.0\"",
    "\"example.com/team/app:1.0\"",
    "\"io.containerd.image.name\"",
    "\"vnd.docker.reference.digest\"",
    "\u{feff}",
    "[[[[[[[[",
    "\\",
    "index.json",
    "manifest.json",
    "../../etc/passwd",
];

const NAMES: [&str; 20] = [
    "index.json",
    "./index.json",
    "manifest.json",
    "oci-layout",
    "repositories",
    "blobs",
    "blobs/sha256",
    "blobs/sha256/e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "blobs/../index.json",
    "/index.json",
    "../index.json",
    "a//b/./c/",
    "",
    ".",
    "x\u{1b}]0;\u{7}\u{202e}y",
    "layer.tar",
    "0/layer.tar",
    "index.json/x",
    "INDEX.JSON",
    "ocikit-delta.json",
];

/// Chooses one of `bases` and changes it.
pub(crate) fn run(bytes: &mut Bytes<'_>, bases: &[Files]) -> Files {
    let mut files = bytes.one_of(bases).clone();
    let changes = bytes.below(MOST_CHANGES + 1);
    for _ in 0..changes {
        if bytes.is_empty() || files.members().is_empty() || files.members().len() > 200 {
            break;
        }
        change(&mut files, bytes);
    }
    files
}

/// The archive, wrapped or damaged as the last bytes say.
pub(crate) fn written(files: &Files, bytes: &mut Bytes<'_>) -> Vec<u8> {
    let mut tar = files.to_tar();
    match bytes.below(16) {
        1 => tar.truncate(tar.len() - 1024),
        2 => tar.extend_from_slice(bytes.0),
        3 => tar.extend_from_within(..),
        4 => {
            let at = bytes.word() % tar.len();
            tar.truncate(at);
        }
        5 => tar = builder::compress(&tar, Compression::Gzip),
        6 => tar = builder::compress(&tar, Compression::ZstdFrames(2)),
        7 => tar = [builder::compress(&tar, Compression::Gzip), bytes.0.to_vec()].concat(),
        _ => {}
    }
    tar
}

fn change(files: &mut Files, bytes: &mut Bytes<'_>) {
    let what = bytes.byte() % 12;
    let at = bytes.below(files.members().len());
    let member = &files.members()[at];
    match (what, &member.kind) {
        // A value of a document by another value, by a word or by nothing; most of all.
        (0..=3, Kind::File(content)) => {
            if let Some(changed) = other_value(content, bytes) {
                replace(files, at, changed, true);
            }
        }
        // Bytes of a file, with the digests that lead to it in step, or not.
        (4 | 5, Kind::File(content)) => {
            let changed = spliced(content, bytes);
            replace(files, at, changed, what == 4);
        }
        (6, _) => {
            files.members_mut().remove(at);
        }
        (7, _) => {
            let mut again = member.clone();
            if let Kind::File(content) = &mut again.kind {
                *content = spliced(content, bytes);
            }
            files.push(again);
        }
        (8, _) => {
            let name = name(files, bytes);
            files.members_mut()[at].name = name;
        }
        (9, _) => {
            let target = name(files, bytes);
            files.members_mut()[at].kind = match bytes.below(6) {
                0 | 1 => Kind::Symlink(target),
                2 | 3 => Kind::Hardlink(target),
                4 => Kind::Dir,
                _ => Kind::Fifo,
            };
        }
        (10, _) => {
            const KEYS: [&str; 8] =
                ["path", "linkpath", "size", "mtime", "GNU.sparse.name", "SCHILY.xattr.user.x", "uid", "comment"];
            let key = (*bytes.one_of(&KEYS)).to_owned();
            let value = if bytes.below(2) == 0 { bytes.word().to_string() } else { name(files, bytes) };
            files.members_mut()[at].pax.push((key, value));
        }
        _ => {
            let other = bytes.below(files.members().len());
            files.members_mut().swap(at, other);
        }
    }
}

/// The name of another member, or an odd one.
fn name(files: &Files, bytes: &mut Bytes<'_>) -> String {
    match bytes.below(2) {
        0 => bytes.one_of(files.members()).name.clone(),
        _ => (*bytes.one_of(&NAMES)).to_owned(),
    }
}

/// Gives a file another content. With `follow` every digest, size and name that leads to it follows.
fn replace(files: &mut Files, at: usize, content: Vec<u8>, follow: bool) {
    let Kind::File(before) = &files.members()[at].kind else { return };
    if *before == content || content.len() > 1 << 16 {
        return;
    }
    let name = &files.members()[at].name;
    let digest = [sha256(before), sha512(before)].into_iter().find(|digest| name.contains(hex_of(digest)));
    match digest.filter(|_| follow) {
        Some(digest) => {
            files.rewrite_blob(&digest, |_| content);
        }
        None => files.members_mut()[at].kind = Kind::File(content),
    }
}

/// Gives a file another content, and every document that names its digest the new one.
pub(crate) fn replace_named_elsewhere(files: &mut Files, at: usize, content: Vec<u8>) {
    let Kind::File(before) = &files.members()[at].kind else { return };
    if *before != content {
        let digest = sha256(before);
        files.rewrite_blob(&digest, |_| content);
    }
}

/// Some bytes taken out, and others put in their place.
pub(crate) fn spliced(content: &[u8], bytes: &mut Bytes<'_>) -> Vec<u8> {
    let start = bytes.word() % (content.len() + 1);
    let end = (start + bytes.below(24)).min(content.len());
    let new = match bytes.byte() {
        many @ 0..128 => bytes.take(usize::from(many % 16)),
        word => WORDS[usize::from(word - 128) % WORDS.len()].as_bytes(),
    };
    [&content[..start], new, &content[end..]].concat()
}

/// One value of a document replaced, doubled or removed.
fn other_value(content: &[u8], bytes: &mut Bytes<'_>) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(content).ok().filter(|text| text.starts_with(['{', '[']))?;
    let mut spans = Vec::new();
    collect(Value::parse(text).ok()?, &mut spans);
    let span = bytes.one_of(&spans).clone();
    let other = bytes.one_of(&spans).clone();
    let new = match bytes.below(6) {
        0 | 1 => text[other].to_owned(),
        2 | 3 => (*bytes.one_of(&WORDS)).to_owned(),
        4 => format!("{},{}", &text[span.clone()], &text[other]),
        // Into an object or array, before its end.
        _ => {
            let (inside, end) = text[span.clone()].split_at(span.len() - 1);
            format!("{inside}{}{end}", bytes.one_of(&WORDS))
        }
    };
    Some([&text[..span.start], &new, &text[span.end..]].concat().into_bytes())
}

fn collect(value: Value<'_>, spans: &mut Vec<std::ops::Range<usize>>) {
    if spans.len() == 500 {
        return;
    }
    spans.push(value.span());
    let members = value.members().unwrap_or_default().into_iter().map(|member| member.value);
    members.chain(value.items().unwrap_or_default()).for_each(|child| collect(child, spans));
}
