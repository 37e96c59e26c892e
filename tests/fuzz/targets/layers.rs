//! Layers on each other: the merged root file system has each name once, and unpacking it stays in its directory.

use std::collections::BTreeMap;
use std::path::Path;

use ocikit::image::Image;
use ocikit::ops::files::{FilesOptions, files};
use ocikit::ops::unpack::{UnpackOptions, unpack};
use ocikit::render::{self, Detail, Paint};
use ocikit::rootfs::FileKind;
use ocikit::source::Access;

use super::bytes::Bytes;
use super::oracle::{limits, open};
use super::reports;
use crate::support::{self, Files, Kind, Layer, Layout, Member, Store};

const PARTS: [&str; 24] = [
    "a",
    "b",
    "c",
    "d",
    "A",
    "a",
    "b",
    "etc",
    ".wh.a",
    ".wh.b",
    ".wh.c",
    ".wh..wh..opq",
    ".wh.",
    ".wh..wh.plnk",
    "..",
    ".",
    "",
    "/",
    "\u{1b}[2J",
    "\u{e9}",
    "e\u{301}",
    "~",
    "\\x00",
    "c",
];

pub fn target(data: &[u8]) {
    let mut bytes = Bytes(data);
    let mut store = Store::new();
    let mut image = support::Image::new("linux/amd64");
    let mut count = 1 + bytes.below(4);
    while count > 0 {
        image = image.layer(layer(&mut bytes));
        count -= 1;
    }
    let built = image.put(&mut store);
    let archive = Layout::new(&store).root(&built.desc.tagged("1.0")).files().to_tar();
    let image = open(&archive, Access::Random).unwrap();
    let report = reports::look(&image);
    reports::text(&render::verify(&report, Detail::default(), Paint { color: false }));
    let options = FilesOptions { jobs: 1, limits: limits(), ..FilesOptions::default() };
    let Ok(merged) = files(&image, &options) else { return };
    let mut listed: BTreeMap<String, FileKind> = BTreeMap::new();
    for row in merged.files.rows() {
        assert!(row.kind != FileKind::Whiteout && row.kind != FileKind::OpaqueWhiteout, "{}", row.path);
        let odd = |part: &str| matches!(part, "" | "." | "..");
        assert!(row.path.is_empty() || !row.path.split('/').any(odd), "{:?}", row.path);
        if let Some((parent, _)) = row.path.rsplit_once('/') {
            assert_eq!(listed.get(parent), Some(&FileKind::Directory), "what holds {}", row.path);
        }
        let path = row.path.into_owned();
        assert!(listed.insert(path.clone(), row.kind).is_none(), "{path} twice");
    }
    unpacked(&image, &listed);
}

fn layer(bytes: &mut Bytes<'_>) -> Layer {
    if bytes.below(12) == 11 {
        let length = bytes.word() % 4096;
        return Layer::from_tar_bytes(bytes.take(length));
    }
    let mut files = Files::new();
    for _ in 0..bytes.below(10) {
        let name = name(bytes);
        let kind = match bytes.below(10) {
            0..=3 => Kind::File(vec![b'x'; bytes.below(3)]),
            4 | 5 => Kind::Dir,
            6 | 7 => Kind::Symlink(name_of_target(bytes)),
            8 => Kind::Hardlink(name_of_target(bytes)),
            _ => *bytes.one_of(&[Kind::Fifo, Kind::CharDevice(0, 0), Kind::BlockDevice(8, 1)].map(Box::new)).clone(),
        };
        let mut member = Member::new(&name, kind);
        member.name = name;
        files.push(member);
    }
    Layer::from_files(files)
}

fn name(bytes: &mut Bytes<'_>) -> String {
    let parts: Vec<&str> = (0..=bytes.below(3)).map(|_| *bytes.one_of(&PARTS)).collect();
    parts.join("/")
}

fn name_of_target(bytes: &mut Bytes<'_>) -> String {
    let up = ["", "", "/", "../", "../../../"];
    format!("{}{}", bytes.one_of(&up), name(bytes))
}

/// What `unpack` makes is what `files` lists, and there is nothing beside it.
fn unpacked(image: &Image, listed: &BTreeMap<String, FileKind>) {
    let room = tempfile::tempdir().unwrap();
    std::fs::write(room.path().join("etc"), "outside").unwrap();
    let target = room.path().join("deep/er/root");
    std::fs::create_dir_all(&target).unwrap();
    let options = UnpackOptions { target: target.clone(), jobs: 1, limits: limits(), ..UnpackOptions::default() };
    let done = unpack(image, &options);
    assert_eq!(std::fs::read(room.path().join("etc")).unwrap(), b"outside");
    assert_eq!(names(room.path()), ["deep", "etc"]);
    assert_eq!(names(&room.path().join("deep")), ["er"]);
    assert!(names(&room.path().join("deep/er")).iter().all(|name| name == "root"));
    let Ok(report) = done else { return };
    reports::text(&render::unpack(&report, Detail::default(), Paint { color: false }));
    reports::json(&report);
    for (path, kind) in listed.iter().filter(|(path, _)| !path.contains('\\') && !path.is_empty()) {
        let there = target.join(path).symlink_metadata();
        let is_made = match kind {
            FileKind::Directory => there.is_ok_and(|there| there.is_dir()),
            FileKind::File | FileKind::HardLink => there.is_ok_and(|there| there.is_file()),
            FileKind::Symlink => there.is_ok_and(|there| there.is_symlink()),
            _ => there.is_err(),
        };
        assert!(is_made, "{path} should be a {kind:?}");
    }
}

fn names(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
