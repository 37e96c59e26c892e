use std::fs;

use super::*;
use crate::digest::Algorithm;
use crate::error::Error;
use crate::limits::Limits;
use crate::media_type::Compression;
use crate::progress::Meter;
use crate::tar_index::{self, FileRef, ReadAt};

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn names(folder: &std::path::Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn large() -> Vec<u8> {
    (0..9_000_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

fn archive(path: &std::path::Path, options: ArchiveOptions) -> Result<u64, Error> {
    let mut archive = Archive::create(&Target::of(path), options)?;
    archive.file("index.json", Content::bytes("index", &b"{}"[..]))?;
    archive.link("a/link", "../index.json")?;
    let content = large();
    let digest = Algorithm::Sha256.digest(&content);
    archive.file(&digest.blob_path(), Content::reader("blob", content.len() as u64, &*content).verified(digest))?;
    archive.file(&format!("blobs/sha512/{}", "0".repeat(128)), Content::bytes("long", &b"x"[..]))?;
    archive.finish()
}

#[test]
fn an_archive_has_the_same_bytes_each_time_and_reads_back() {
    let folder = folder();
    let (one, two) = (folder.path().join("one.tar"), folder.path().join("two.tar"));
    let written = archive(&one, ArchiveOptions { mtime: 7, ..ArchiveOptions::default() }).unwrap();
    archive(&two, ArchiveOptions { mtime: 7, ..ArchiveOptions::default() }).unwrap();
    let bytes = fs::read(&one).unwrap();
    assert_eq!(bytes.len() as u64, written);
    assert!(bytes == fs::read(&two).unwrap());
    let file = fs::File::open(&one).unwrap();
    let index = tar_index::index(&file, written, &Limits::default()).unwrap();
    assert!(index.problems.is_empty(), "{:?}", index.problems);
    let names: Vec<String> =
        index.members.iter().map(|member| tar_index::show_name(&member.name).into_owned()).collect();
    let digest = Algorithm::Sha256.digest(&large());
    let long = format!("blobs/sha512/{}", "0".repeat(128));
    assert_eq!(
        names,
        ["index.json", "a/", "a/link", "blobs/", "blobs/sha256/", &digest.blob_path(), "blobs/sha512/", &long]
    );
}

#[test]
fn a_compressed_archive_holds_the_same() {
    let folder = folder();
    let plain = folder.path().join("plain.tar");
    archive(&plain, ArchiveOptions::default()).unwrap();
    for compression in [Compression::Gzip, Compression::Zstd] {
        let path = folder.path().join("packed");
        let written = archive(&path, ArchiveOptions { compression, mtime: 0 }).unwrap();
        let packed = fs::read(&path).unwrap();
        assert_eq!(packed.len() as u64, written);
        let mut inflate = crate::codec::Inflate::new(&*packed, compression, &Limits::default()).unwrap();
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut inflate, &mut bytes).unwrap();
        assert!(bytes == fs::read(&plain).unwrap(), "{compression}");
    }
}

#[test]
fn content_that_is_not_what_it_should_be_leaves_nothing_behind() {
    for content in [large(), b"small".to_vec()] {
        let digest = Algorithm::Sha256.digest(b"other");
        let folder = folder();
        let path = folder.path().join("x.tar");
        let wrong = |size: u64| Content::reader("x: blob", size, &*content).verified(digest.clone());
        let mut archive = Archive::create(&Target::of(&path), ArchiveOptions::default()).unwrap();
        let result = archive.file("blob", wrong(content.len() as u64)).and_then(|()| archive.finish());
        assert!(matches!(result, Err(Error::Damaged { .. })), "{result:?}");
        let mut layout = Layout::create(&folder.path().join("dir")).unwrap();
        let result = layout.file("blobs/sha256/x", wrong(content.len() as u64));
        assert!(result.unwrap_err().to_string().starts_with("x: blob: sha256:"));
        for size in [content.len() as u64 - 1, content.len() as u64 + 1] {
            let result = layout.file("blobs/sha256/x", wrong(size));
            assert!(matches!(result, Err(Error::Damaged { .. })), "{result:?}");
        }
        drop(layout);
        assert_eq!(names(folder.path()), [""; 0]);
    }
}

/// Large contents of one file, copied by threads: what they become, and whose error it is when several are wrong.
#[test]
fn contents_of_a_file_are_copied_at_once_and_the_first_that_is_wrong_is_told() {
    let folder = folder();
    let bytes = large();
    let part = bytes.len() / 4;
    let source = folder.path().join("source");
    fs::write(&source, &bytes).unwrap();
    let file = fs::File::open(&source).unwrap();
    let content = |number: usize, right: bool| {
        let part = &bytes[number * part..][..part];
        let digest = Algorithm::Sha256.digest(if right { part } else { b"other" });
        let at = (number * part.len()) as u64;
        Content::reader(format!("part {number}"), part.len() as u64, part)
            .in_file(FileRef::Open(&file), at)
            .verified(digest)
    };
    let archive = |right: [bool; 4]| {
        let mut archive =
            Archive::create(&Target::of(&folder.path().join("x.tar")), ArchiveOptions::default()).unwrap();
        (0..4).try_for_each(|number| archive.file(&number.to_string(), content(number, right[number])))?;
        archive.finish()
    };
    let layout = |right: [bool; 4]| {
        let mut layout = Layout::create(&folder.path().join("layout")).unwrap();
        (0..4).try_for_each(|number| layout.file(&number.to_string(), content(number, right[number])))?;
        layout.finish()
    };
    for right in [[true, false, true, false], [true, true, false, false], [false; 4]] {
        let first = right.iter().position(|right| !right).unwrap();
        for error in [archive(right).unwrap_err(), layout(right).unwrap_err()] {
            assert!(error.to_string().starts_with(&format!("part {first}: sha256:")), "{error}");
        }
        assert_eq!(names(folder.path()), ["source"]);
    }
    archive([true; 4]).unwrap();
    layout([true; 4]).unwrap();
    let tar = fs::File::open(folder.path().join("x.tar")).unwrap();
    let index = tar_index::index(&tar, tar.metadata().unwrap().len(), &Limits::default()).unwrap();
    for (number, member) in index.members.iter().enumerate() {
        let mut found = vec![0; part];
        assert_eq!(tar.read_full_at(&mut found, member.offset).unwrap(), part);
        assert!(found == bytes[number * part..][..part], "{number} in the archive");
        assert!(fs::read(folder.path().join(format!("layout/{number}"))).unwrap() == found, "{number} in the layout");
    }
}

/// A file that became shorter after it was listed.
#[test]
fn a_stored_content_that_ends_early_is_told() {
    let folder = folder();
    let source = folder.path().join("source");
    fs::write(&source, large()).unwrap();
    let file = fs::File::open(&source).unwrap();
    let size = large().len() as u64 + 1;
    let mut archive = Archive::create(&Target::of(&folder.path().join("x.tar")), ArchiveOptions::default()).unwrap();
    archive.file("x", Content::reader("x", size, &b""[..]).in_file(FileRef::Open(&file), 0)).unwrap();
    let error = archive.finish().unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(source, format!("expected {size} bytes, found {}", size - 1));
    assert_eq!(names(folder.path()), ["source"]);
}

#[test]
fn a_new_directory_appears_whole() {
    let folder = folder();
    let target = folder.path().join("layout");
    let mut layout = Layout::create(&target).unwrap();
    layout.file("blobs/sha256/ab", Content::bytes("x", &b"ab"[..])).unwrap();
    layout.file("index.json", Content::bytes("x", &b"{}"[..])).unwrap();
    assert!(!target.exists());
    layout.finish().unwrap();
    assert_eq!(names(&target), ["blobs", "index.json"]);
    assert_eq!(names(folder.path()), ["layout"]);
    let again = Layout::create(&target).err().unwrap();
    assert!(matches!(again, Error::Write { .. }), "{again:?}");
}

#[test]
fn leftovers_of_the_dead_go_and_the_work_of_the_living_stays() {
    let folder = folder();
    fs::write(folder.path().join(".ocikit-tmp-dead"), "x").unwrap();
    fs::create_dir(folder.path().join(".ocikit-tmp-deaddir")).unwrap();
    fs::write(folder.path().join(".ocikit-tmp-deaddir/index.json.lock"), "").unwrap();
    fs::write(folder.path().join(".ocikit-tmp-deaddir/x"), "").unwrap();
    let living = Archive::create(&Target::of(&folder.path().join("a")), ArchiveOptions::default()).unwrap();
    let living_folder = Layout::create(&folder.path().join("b")).unwrap();
    assert_eq!(names(folder.path()).len(), 2);
    Archive::create(&Target::of(&folder.path().join("c")), ArchiveOptions::default()).unwrap().finish().unwrap();
    living.finish().unwrap();
    living_folder.finish().unwrap();
    assert_eq!(names(folder.path()), ["a", "b", "c"]);
}

#[test]
fn names_that_lead_outside_are_refused() {
    let folder = folder();
    let mut layout = Layout::create(&folder.path().join("layout")).unwrap();
    for name in ["../x", "/x", "a/../../x", "", "a//b", "."] {
        assert!(layout.file(name, Content::bytes("x", &b""[..])).is_err(), "{name}");
        assert!(layout.remove(name).is_err(), "{name}");
    }
    #[cfg(unix)]
    {
        layout.link("out", "/tmp").unwrap();
        let error = layout.file("out/x", Content::bytes("x", &b""[..])).unwrap_err();
        assert!(matches!(error, Error::Write { .. }));
    }
}

#[cfg(unix)]
#[test]
fn a_link_is_followed_and_permissions_stay() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    let (real, link) = (folder.path().join("real"), folder.path().join("link"));
    fs::write(&real, "old").unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink("real", &link).unwrap();
    archive(&link, ArchiveOptions::default()).unwrap();
    assert!(link.symlink_metadata().unwrap().is_symlink());
    let metadata = real.metadata().unwrap();
    assert_eq!((metadata.permissions().mode() & 0o777, metadata.len() > 3), (0o640, true));
    assert_eq!(Target::of(std::path::Path::new("/dev/null")), Target::Stream("/dev/null".into()));
}

#[test]
fn one_lock_at_a_time() {
    let folder = folder();
    let path = folder.path().to_owned();
    let count = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..50 {
                    let lock = Lock::layout(&path, &Meter::default()).unwrap();
                    assert_eq!(count.fetch_add(1, std::sync::atomic::Ordering::SeqCst), 0);
                    count.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
                    drop(lock);
                }
            });
        }
    });
    assert_eq!(names(&path), [""; 0]);
}
