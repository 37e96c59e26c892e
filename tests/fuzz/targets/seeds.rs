//! What fuzzing begins with: real files, and small ones that the tests build.

use std::path::PathBuf;

use super::program::{BASES, WORDS};
use crate::support::{Compression, Files, Kind, builder, shapes, testdata};

/// Inputs that were found by fuzzing and reach what the others do not, kept in `corpus-kept/`.
pub fn kept(target: &str) -> Vec<Vec<u8>> {
    files_in(&format!("corpus-kept/{target}"))
}

/// Inputs that once broke a target, in `regressions/`.
pub fn regressions(target: &str) -> Vec<Vec<u8>> {
    files_in(&format!("regressions/{target}"))
}

fn files_in(folder: &str) -> Vec<Vec<u8>> {
    let folder = testdata("../tests/fuzz").join(folder);
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

/// Archives, small enough to be changed in every place.
pub fn archives() -> Vec<Vec<u8>> {
    let built = shapes::all().into_iter().map(|shape| shape.bytes());
    let real = ["retar/gnu-pax.tar", "retar/hardlinks.tar", "ctr/ctr16-export-default.tar", "docker/d20-save-1tag.tar"];
    built.chain(real.iter().map(|item| std::fs::read(testdata(item)).unwrap())).collect()
}

/// Each document of the sound image files, once.
pub fn documents() -> Vec<Vec<u8>> {
    let mut documents: Vec<Vec<u8>> = Vec::new();
    for files in BASES.iter() {
        for member in files.members() {
            if let Kind::File(content) = &member.kind
                && content.starts_with(b"{")
                && content.len() < 8 << 10
                && !documents.contains(content)
            {
                documents.push(content.clone());
            }
        }
    }
    documents.push(br#"{"payloadType":"application/vnd.in-toto+json","payload":"e30=","signatures":[]}"#.to_vec());
    documents.push(br#"{"dsseEnvelope":{"payload":"eyJfdHlwZSI6IngifQ==","signatures":[{"sig":""}]}}"#.to_vec());
    documents
}

/// Stored signatures by cosign in each form, with the number of the form before them, and small malformed ones.
pub fn signatures() -> Vec<Vec<u8>> {
    let mut seeds: Vec<Vec<u8>> = Vec::new();
    let files = Files::from_tar(testdata("cosign/signed-keys.tar"));
    for member in files.members() {
        let Kind::File(content) = &member.kind else { continue };
        let text = String::from_utf8_lossy(content);
        let form = match () {
            () if text.starts_with("{\"critical\"") => 0,
            () if text.starts_with("{\"payload\"") => 1,
            () if text.contains("\"verificationMaterial\"") => 2,
            () => continue,
        };
        seeds.push([&[form], content.as_slice()].concat());
    }
    assert!(seeds.len() > 5, "{}", seeds.len());
    let bundle = r#"{"mediaType":"application/vnd.dev.sigstore.bundle+json;version=0.1","verificationMaterial":{"certificate":{"rawBytes":"AAAA"},"tlogEntries":[{"canonicalizedBody":"AAAA","logId":{"keyId":"AAAA"},"kindVersion":{"kind":"dsse","version":"0.0.1"},"inclusionPromise":{"signedEntryTimestamp":"AAAA"},"inclusionProof":{"rootHash":"AAAA","treeSize":"1","hashes":[],"checkpoint":{"envelope":"x"}}}]},"messageSignature":{"messageDigest":{"algorithm":"SHA2_256","digest":"AAAA"},"signature":"AAAA"}}"#;
    seeds.push([&[3], bundle.as_bytes()].concat());
    seeds
}

/// Documents, each with a change behind it.
pub fn edited_documents() -> Vec<Vec<u8>> {
    let documents = documents().into_iter().enumerate();
    let changed = documents.map(|(n, text)| [text, vec![0, 0], numbers(n as u64, 6)].concat());
    changed.chain(WORDS.iter().map(|word| word.as_bytes().to_vec())).collect()
}

pub fn compressed() -> Vec<Vec<u8>> {
    let text = "one two three ".repeat(40);
    let kinds = [
        Compression::None,
        Compression::Gzip,
        Compression::GzipMembers(3),
        Compression::GzipDeflate(9),
        Compression::Zstd,
        Compression::ZstdFrames(3),
        Compression::ZstdReal(3),
    ];
    let sound: Vec<Vec<u8>> = kinds.iter().map(|kind| builder::compress(text.as_bytes(), *kind)).collect();
    let padded = sound.iter().map(|bytes| [bytes.as_slice(), &[0; 9]].concat()).collect::<Vec<_>>();
    // A name, a comment, an extra field and a header checksum.
    let flags = b"\x1f\x8b\x08\x1e\0\0\0\0\0\xff\x02\0hiname\0comment\0\0\0\x03\0\0\0\0\0\0\0\0\0".to_vec();
    sound.into_iter().chain(padded).chain([flags, vec![0xfd, b'7', b'z', b'X', b'Z', 0]]).collect()
}

pub fn names() -> Vec<Vec<u8>> {
    let texts = [
        "image.tar:1.0@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "oci-archive:a:b:c@abcd",
        "docker-archive:-",
        "ocidir://dir:latest",
        "example.com:5000/team/app:1.0@sha256:00",
        "index.docker.io/library/app",
        "localhost/app",
        "linux/arm/v7",
        "windows(10.0.17763.1)/amd64",
        "sha512+b64u.x-y_z:AB=_-",
        "blobs/sha256/e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
        "document-bytes=12MiB",
        "tar-pax-global",
        "https://slsa.dev/provenance/v1",
        "a\u{202e}b\u{1b}[2J",
    ];
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

/// Programs: each sound image file as it is, and changed.
pub fn images() -> Vec<Vec<u8>> {
    let bases = 0..BASES.len() as u64;
    let plain = bases.clone().map(|base| vec![base as u8]);
    plain.chain(bases.flat_map(|base| [numbers(base, 60), numbers(base + 100, 120)])).collect()
}

/// Two programs, behind the length of the first.
pub fn pairs() -> Vec<Vec<u8>> {
    let images = images();
    let pairs = images.iter().zip(images.iter().skip(1));
    pairs.map(|(one, other)| [&[0, one.len() as u8], &one[..], other].concat()).collect()
}

/// Programs of image files behind the bytes that choose what is made of them.
pub fn programs() -> Vec<Vec<u8>> {
    let bases = 0..BASES.len() as u64;
    let plain = bases.clone().map(|base| vec![0, 0, 0, 0, 0, 0, 0, 0, base as u8]);
    let changed = bases.flat_map(|base| [numbers(base, 60), numbers(base + 100, 120)]);
    plain.chain(changed).collect()
}

pub fn layers() -> Vec<Vec<u8>> {
    (0..40).map(|seed| numbers(seed, 100)).collect()
}

/// How a layer carries its table of contents, and the table.
pub fn tables() -> Vec<Vec<u8>> {
    let table = builder::toc::table();
    (0..4).map(|shape| [&[shape], table.as_bytes()].concat()).collect()
}

/// Bytes that are the same in every run.
pub fn numbers(seed: u64, count: usize) -> Vec<u8> {
    let mut random = Random(seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    (0..count).map(|_| random.next() as u8).collect()
}

/// xorshift64*: the same numbers on every machine.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32
    }

    pub fn below(&mut self, bound: usize) -> usize {
        if bound == 0 { 0 } else { self.next() as usize % bound }
    }
}
