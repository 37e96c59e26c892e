//! A plain reader of layouts, as a second opinion on what a builder or ocikit wrote.
//!
//! It knows nothing of media types: every object with a `digest` is a descriptor, every file below `blobs/` a blob.

use std::io::Read as _;

use super::files::{Files, Kind, Member, blob_name};
use super::hash::same_algorithm;

/// What is wrong with the layout, one line a fault: blobs that are not their name, descriptors with a wrong size, and
/// blobs that a document names and that are absent (`urls` given or not).
pub fn faults(files: &Files) -> Vec<String> {
    let mut faults = Vec::new();
    for member in files.members() {
        let Kind::File(content) = &member.kind else { continue };
        if let Some(digest) = digest_of_name(&member.name)
            && same_algorithm(&digest, content) != digest
        {
            faults.push(format!("{}: is not its digest", member.name));
        }
        let Ok(document) = serde_json::from_slice(content) else { continue };
        let mut found = Vec::new();
        descriptors(&document, &mut found);
        for (digest, size) in found {
            match blob(files, &digest) {
                None => faults.push(format!("{}: {digest} is absent", member.name)),
                Some(content) if content.len() as u64 != size => {
                    faults.push(format!("{}: {digest} has {} bytes, not {size}", member.name, content.len()));
                }
                Some(_) => {}
            }
        }
    }
    faults
}

/// Fails, listing them, if the layout has any of the [`faults`].
#[track_caller]
pub fn assert_sound(files: &Files) {
    assert_eq!(faults(files), Vec::<String>::new());
}

/// The tar of a layer, or what any gzip or zstd blob holds; every member and frame of it.
pub fn inflated(blob: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    match blob.get(..2) {
        Some([0x1f, 0x8b]) => {
            flate2::read::MultiGzDecoder::new(blob).read_to_end(&mut plain).expect("gzip");
        }
        Some([0x28, 0xb5]) => plain = zstd::decode_all(blob).expect("zstd"),
        _ => plain = blob.to_vec(),
    }
    plain
}

/// The members of a layer.
pub fn layer_files(blob: &[u8]) -> Vec<Member> {
    Files::from_tar_bytes(&inflated(blob)).members().to_vec()
}

/// The digest that a blob's name states, below any prefix.
fn digest_of_name(name: &str) -> Option<String> {
    let (_, rest) = name.rsplit_once("blobs/")?;
    let (algorithm, hex) = rest.split_once('/')?;
    let only_hex = hex.len() >= 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    only_hex.then(|| format!("{algorithm}:{hex}"))
}

/// The blob of this digest, wherever the shape keeps it.
fn blob<'a>(files: &'a Files, digest: &str) -> Option<&'a [u8]> {
    let in_layout = blob_name(digest);
    files.members().iter().find_map(|member| match &member.kind {
        Kind::File(content) if member.name.ends_with(&in_layout) || same_algorithm(digest, content) == digest => {
            Some(content.as_slice())
        }
        _ => None,
    })
}

fn descriptors(value: &serde_json::Value, found: &mut Vec<(String, u64)>) {
    match value {
        serde_json::Value::Array(values) => values.iter().for_each(|value| descriptors(value, found)),
        serde_json::Value::Object(members) => {
            let digest = members.get("digest").and_then(serde_json::Value::as_str);
            if let (Some(digest), Some(size)) = (digest, members.get("size").and_then(serde_json::Value::as_u64)) {
                found.push((digest.to_string(), size));
            }
            members.values().for_each(|value| descriptors(value, found));
        }
        _ => {}
    }
}
