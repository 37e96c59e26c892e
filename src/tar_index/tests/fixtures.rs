//! Archives that real programs wrote, under `testdata/`.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::*;
use crate::codec::{Compression, Inflate, Trailing};

/// All files under `testdata/` whose name has this ending.
pub(super) fn archives(ending: &str) -> Vec<PathBuf> {
    fn walk(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, ending, found);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata"), ending, &mut found);
    found.sort();
    assert!(!found.is_empty(), "no {ending} under testdata/");
    found
}

#[test]
fn real_archives_have_no_problems() {
    for path in archives(".tar") {
        let file = File::open(&path).unwrap();
        let length = file.metadata().unwrap().len();
        let index = index(&file, length, &Limits::default()).unwrap();
        assert!(!index.members.is_empty());
        assert_eq!(index.problems, [], "{}", path.display());
        index_both(&std::fs::read(&path).unwrap(), &Limits::default());
    }
}

#[test]
fn real_compressed_archives_have_no_problems() {
    for (ending, compression) in [(".tar.gz", Compression::Gzip), (".tar.zst", Compression::Zstd)] {
        for path in archives(ending) {
            let bytes = std::fs::read(&path).unwrap();
            assert_eq!(Compression::detect(&bytes), compression);
            let inflate = Inflate::new(bytes.as_slice(), compression, &Limits::default()).unwrap();
            let mut reader = TarReader::new(StreamFeed::new(inflate), &Limits::default());
            let mut members = 0;
            while reader.next_member().unwrap().is_some() {
                members += 1;
            }
            assert!(members > 5, "{}", path.display());
            assert_eq!(reader.problems(), [], "{}", path.display());
            // Looking behind the end marker has taken the stream to its end.
            let inflate = reader.into_feed().into_inner();
            assert_eq!((inflate.trailing(), inflate.compressed_bytes()), (Trailing::None, bytes.len() as u64));
        }
    }
}
