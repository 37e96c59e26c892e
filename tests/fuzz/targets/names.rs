//! Small texts: addresses, image names, digests, platforms, media types, limits. What is read is written again the same.

use std::path::Path;

use ocikit::digest::Digest;
use ocikit::finding::Code;
use ocikit::limits::{Limits, parse_size};
use ocikit::media_type::{self, MediaType};
use ocikit::platform::Platform;
use ocikit::reference::{Address, DigestPrefix, Location, familiar, normalized, same_image, tag_of};
use ocikit::render::{Shown, predicate_name};

use super::reports::assert_harmless;

pub fn target(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let text = text.as_ref();
    assert_harmless(&Shown(text).to_string());
    digest(text);
    platform(text);
    name(text);
    for longest in [1, 3, 7, usize::MAX] {
        address(text, longest);
    }
    let media = MediaType::new(text);
    assert_eq!(media.as_str(), text);
    assert_eq!(media.kind(), media_type::kind(text));
    media.is_well_formed();
    predicate_name(text);
    parse_size(text);
    let mut limits = Limits::default();
    if limits.set(text).is_ok() {
        let (_, value) = text.split_once('=').unwrap();
        assert!(parse_size(value).is_some());
    }
    if let Ok(code) = text.parse::<Code>() {
        assert_eq!(code.name(), text);
    }
}

fn digest(text: &str) {
    let prefix = DigestPrefix::new(text);
    let Ok(digest) = text.parse::<Digest>() else { return };
    assert_eq!(digest.to_string(), text);
    let path = digest.blob_path();
    assert!(path.starts_with("blobs/") && path.split('/').count() == 3 && !path.contains(".."), "{path}");
    assert_eq!(Digest::from_blob_path(&path), Some(digest.clone()));
    if let Some(prefix) = prefix {
        assert!(prefix.matches(&digest));
    }
    if let Some(algorithm) = digest.algorithm() {
        assert_eq!(digest.encoded().len(), algorithm.hex_len());
        assert!(digest.encoded().bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)));
    }
}

fn platform(text: &str) {
    let Ok(platform) = text.parse::<Platform>() else { return };
    let normal = platform.normalized();
    assert_eq!(normal, normal.normalized());
    assert!(platform.satisfies(&platform));
    assert!(normal.satisfies(&Platform { variant: None, ..platform.clone() }));
    if platform.os_version.is_none() {
        assert_eq!(platform.to_string(), text);
    }
}

fn name(text: &str) {
    let full = normalized(text);
    assert!(same_image(text, &full), "{text} is not {full}");
    assert!(same_image(text, &normalized(&full)), "{text}: {full} is not {}", normalized(&full));
    familiar(text);
    if let Some(tag) = tag_of(text) {
        assert!(text.contains(&format!(":{tag}")));
    }
}

/// In a world where every path of at most `longest` bytes exists.
fn address(text: &str, longest: usize) {
    let exists = |path: &Path| path.as_os_str().len() <= longest;
    let Ok(address) = Address::parse(text, exists) else { return };
    if let Location::Path(path) = &address.location {
        let mut written = path.to_str().unwrap().to_owned();
        assert!(!written.is_empty() && written.len() <= longest, "{address:?}");
        if let Some(reference) = &address.reference {
            written.push_str(&format!(":{reference}"));
        }
        if let Some(digest) = &address.digest {
            written.push_str(&format!("@{digest}"));
        }
        // A colon with nothing behind it names nothing.
        let is_all = text.ends_with(&written) || text.strip_suffix(':').is_some_and(|text| text.ends_with(&written));
        assert!(is_all, "{text} was read as {address:?}");
    }
}
