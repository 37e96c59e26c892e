//! Layers from files on disk and from archives, without an image.

use std::io::{Read, Write};
use std::path::Path;

use super::tree::TreeEntry;
use super::{FileAttributes, LayerFiles, blob, tar_input};
use crate::codec::{Compression, Inflate};
use crate::error::Error;
use crate::limits::Limits;
use crate::progress::Meter;
use crate::sink::{LayerBlob, LayerForm, LayerTar, Level, Spool, TarEntry};
use crate::tar_index::{EntryKind, StreamFeed, TarReader};

fn form(compression: Compression) -> LayerForm {
    LayerForm { threads: 2, ..LayerForm::new(compression, Level::DEFAULT) }
}

fn files(directory: &Path) -> LayerFiles {
    let attributes = FileAttributes { owner: Some((0, 0)), mtime: Some(7), ..FileAttributes::default() };
    LayerFiles { directories: vec![directory.to_owned()], attributes, ..LayerFiles::default() }
}

fn written(files: &LayerFiles) -> Result<Vec<u8>, Error> {
    let tree = files.tree(&Limits::default())?;
    let parents: Vec<_> =
        tree.parents().into_iter().map(|name| (name, TreeEntry::new(EntryKind::Directory, 0o755, (0, 0), 0))).collect();
    let mut spool = Spool::new(None)?;
    let blob = blob::write(&tree.entries, &parents, form(Compression::None), &mut spool, &Meter::default())?;
    let bytes = stored(&blob);
    assert!(blob.digest.is_of(&bytes) && blob.digest == blob.diff_id);
    Ok(bytes)
}

fn stored(blob: &LayerBlob) -> Vec<u8> {
    let mut bytes = Vec::new();
    blob.part.content().unwrap().read_to_end(&mut bytes).unwrap();
    bytes
}

/// A line for each entry: kind, mode, owner, time, size, name, target.
fn listed(tar: &[u8]) -> Vec<String> {
    let mut reader = TarReader::new(StreamFeed::new(tar), &Limits::default()).as_layer(true);
    let mut lines = Vec::new();
    while let Some(member) = reader.next_member().unwrap() {
        let xattrs: String = member.xattrs().iter().map(|xattr| format!(" {}", xattr.name.escape_ascii())).collect();
        lines.push(format!(
            "{} {:o} {}:{} {} {} {} {}{xattrs}",
            member.kind,
            member.mode,
            member.uid,
            member.gid,
            member.mtime,
            member.size,
            member.name.escape_ascii(),
            member.link_name().escape_ascii()
        ));
    }
    assert_eq!(reader.problems(), []);
    lines
}

#[cfg(unix)]
#[test]
fn a_directory_is_an_archive_in_one_order() {
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{PermissionsExt, symlink};

    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::create_dir_all(at("etc/ssl")).unwrap();
    std::fs::write(at("etc/ssl/ca.crt"), "certificate").unwrap();
    std::fs::write(folder.path().join(std::ffi::OsStr::from_bytes(b"etc/\xff\n")), "").unwrap();
    std::fs::hard_link(at("etc/ssl/ca.crt"), at("etc/z")).unwrap();
    symlink("/nowhere/at all", at("etc/a-link")).unwrap();
    std::fs::File::create(at("hole")).unwrap().set_len(70_000).unwrap();
    for (name, mode) in [("etc", 0o750), ("etc/ssl", 0o755), ("etc/ssl/ca.crt", 0o4711), ("hole", 0o600)] {
        std::fs::set_permissions(at(name), std::fs::Permissions::from_mode(mode)).unwrap();
    }
    std::fs::set_permissions(
        folder.path().join(std::ffi::OsStr::from_bytes(b"etc/\xff\n")),
        std::fs::Permissions::from_mode(0o644),
    )
    .unwrap();
    let tar = written(&LayerFiles { to: "/opt/app/".into(), ..files(folder.path()) }).unwrap();
    assert_eq!(
        listed(&tar),
        [
            "directory 755 0:0 0 0 opt/ ",
            "directory 755 0:0 0 0 opt/app/ ",
            "directory 750 0:0 7 0 opt/app/etc/ ",
            "symbolic link 777 0:0 7 0 opt/app/etc/a-link /nowhere/at all",
            "directory 755 0:0 7 0 opt/app/etc/ssl/ ",
            "file 4711 0:0 7 11 opt/app/etc/ssl/ca.crt ",
            "hard link 4711 0:0 7 0 opt/app/etc/z opt/app/etc/ssl/ca.crt",
            "file 644 0:0 7 0 opt/app/etc/\\xff\\n ",
            "file 600 0:0 7 70000 opt/app/hole ",
        ]
    );
    let again = written(&LayerFiles { to: "opt/app".into(), ..files(folder.path()) }).unwrap();
    assert!(tar == again);
}

#[test]
fn files_and_whiteouts_have_their_destinations() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.crt");
    std::fs::write(&file, "x").unwrap();
    let files = LayerFiles {
        files: vec![
            (file.clone(), None),
            (file.clone(), Some("ssl/".into())),
            (file.clone(), Some("/etc/ssl/own.crt".into())),
            (file, Some("/".into())),
        ],
        to: "/etc".into(),
        whiteouts: vec!["/etc/shadow".into()],
        opaque: vec!["/var/cache".into()],
        attributes: FileAttributes { owner: Some((1, 2)), mode: Some(0o640), mtime: None, mtime_max: Some(3) },
        ..LayerFiles::default()
    };
    let names: Vec<String> = listed(&written(&files).unwrap());
    assert_eq!(
        names,
        [
            "file 640 1:2 3 1 ca.crt ",
            "directory 755 0:0 0 0 etc/ ",
            "file 644 0:0 3 0 etc/.wh.shadow ",
            "file 640 1:2 3 1 etc/ca.crt ",
            "directory 755 0:0 0 0 etc/ssl/ ",
            "file 640 1:2 3 1 etc/ssl/ca.crt ",
            "file 640 1:2 3 1 etc/ssl/own.crt ",
            "directory 755 0:0 0 0 var/ ",
            "directory 755 0:0 0 0 var/cache/ ",
            "file 644 0:0 3 0 var/cache/.wh..wh..opq ",
        ]
    );
    assert_eq!(
        files.destinations(),
        ["/etc/ca.crt", "/etc/ssl/ca.crt", "/etc/ssl/own.crt", "/ca.crt", "-/etc/shadow", "-/var/cache"]
    );
}

#[test]
fn what_is_on_disk_and_cannot_be_in_a_layer_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(".wh.x"), "x").unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "x").unwrap();
    let of = |path: &Path, to: &str| LayerFiles {
        files: vec![(path.to_owned(), Some(to.to_owned()))],
        ..LayerFiles::default()
    };
    let table = [
        (files(folder.path()), "hides a file of lower layers"),
        (files(&file), "cannot open"),
        (of(folder.path(), "/x"), "`--dir` adds what is in one"),
        (of(&file, "/a/../b"), "contains `..`"),
        (of(&file, "/a/.wh.b"), "hides a file of lower layers"),
        (of(&file, "/.wh.a/b"), "hides a file of lower layers"),
        (of(&file, "."), "has no name"),
        (of(&folder.path().join("nothing"), "/x"), "cannot open"),
        (LayerFiles { whiteouts: vec!["/".into()], ..LayerFiles::default() }, "the root cannot be removed"),
    ];
    for (files, expected) in table {
        let error = written(&files).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn archive(names: &[&str]) -> Vec<u8> {
    let mut tar = LayerTar::new(Vec::new());
    for name in names {
        let kind = if name.ends_with('/') { EntryKind::Directory } else { EntryKind::File };
        tar.begin(&TarEntry::new(name.as_bytes(), kind, 0o644)).unwrap();
    }
    tar.finish().unwrap()
}

fn store(bytes: &[u8], form: LayerForm) -> Result<tar_input::Stored, Error> {
    let mut spool = Spool::new(None)?;
    tar_input::store("app.tar", bytes, form, &mut spool, &Limits::default(), &Meter::default())
}

#[test]
fn an_archive_keeps_its_bytes() {
    let tar = archive(&["a/", "a/b", "./c"]);
    let packed = gzip(&tar);
    for (bytes, compression, is_kept) in [
        (&tar, Compression::None, true),
        (&packed, Compression::Gzip, true),
        (&tar, Compression::Gzip, false),
        (&packed, Compression::Zstd, false),
        (&packed, Compression::None, false),
    ] {
        let tar_input::Stored { blob, entries } = store(bytes, form(compression)).unwrap();
        let stored = stored(&blob);
        assert_eq!(stored == *bytes, is_kept);
        assert!(blob.digest.is_of(&stored) && blob.diff_id.is_of(&tar));
        assert_eq!((Compression::detect(&stored), blob.compression), (compression, compression));
        let mut inflated = Vec::new();
        let mut inflate = Inflate::new(stored.as_slice(), compression, &Limits::default()).unwrap();
        inflate.read_to_end(&mut inflated).unwrap();
        assert!(inflated == tar);
        let names: Vec<&[u8]> = entries.iter().map(|(name, _)| name.as_slice()).collect();
        assert_eq!(names, [&b"a"[..], b"a/b", b"c"]);
    }
    let level = LayerForm { level: Level::new(Compression::Gzip, 1).unwrap(), ..form(Compression::Gzip) };
    assert!(stored(&store(&packed, level).unwrap().blob) != packed);
}

#[test]
fn archives_that_readers_take_differently_are_refused() {
    let tar = archive(&["a"]);
    let table: &[(&[u8], &str)] = &[
        (b"", "no files"),
        (b"text that is no archive", "not a tar archive"),
        (&gzip(b"text that is no archive"), "not a tar archive"),
        (&gzip(&gzip(&tar)), "cannot add it as a layer: "),
        (&gzip(&tar)[..40], "cannot be decompressed"),
        (&tar[..300], "truncated"),
        (&archive(&["a", "b", "a"]), "twice"),
        (&archive(&["a", "a/b"]), "below a file of this layer"),
        (&archive(&["../a"]), "contains `..`"),
        (&archive(&["a", ".wh.a"]), "a whiteout removes an entry"),
        (&[gzip(&tar), b"trailing".to_vec()].concat(), "follow it"),
    ];
    for (bytes, expected) in table {
        for compression in [Compression::None, Compression::Gzip] {
            let error = store(bytes, form(compression)).err().expect(expected).to_string();
            assert!(error.contains(expected) && error.starts_with("app.tar: "), "{compression}: {error}");
        }
    }
}
