//! Defects of the archive or directory itself.

use ocikit::finding::Code;

use crate::findings::ground::{Case, Input, case};
use crate::support::builder::shapes;
use crate::support::files::raw_tar;
use crate::support::{Compression, Files, Kind, Member, blob_name, builder};

/// A sound archive with a file at its end that nothing reads.
fn with_notes() -> Files {
    let mut files = shapes::oci_archive();
    files.file("notes.txt", "n".repeat(1500));
    files
}

/// The name of the first layer's blob.
fn first_layer(files: &Files) -> String {
    let manifest = files.digest_at("index.json", "/manifests/0/digest");
    blob_name(&files.digest_in(&manifest, "/layers/0/digest"))
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = tar_cases();
    cases.extend(name_cases());
    cases.extend(link_cases());
    cases.extend(special_cases());
    cases.extend(shape_cases());
    cases
}

fn tar_cases() -> Vec<Case> {
    let tar = with_notes().to_tar();
    let notes = raw_tar::content_start(&tar, "notes.txt");
    let again = shapes::oci_archive().to_tar();
    let mut short = with_notes();
    short.replace("notes.txt", "short");
    let short = short.to_tar();
    let mut conflicting = shapes::oci_archive();
    let sound_index = conflicting.bytes("index.json").to_vec();
    conflicting.replace("index.json", "{}").append_duplicate("index.json", sound_index.clone());
    let mut identical = shapes::oci_archive();
    identical.append_duplicate("index.json", sound_index);
    vec![
        case(
            "cut inside a file that nothing reads",
            Input::Tar(raw_tar::cut(&tar, notes + 100)),
            &["error[tar-truncated] notes.txt (expected 1500 bytes, found 100 bytes)"],
        ),
        case(
            "cut inside a header",
            Input::Tar(raw_tar::cut(&tar, notes - 500)),
            &["error[tar-truncated] archive (expected 512 bytes, found 12 bytes)"],
        ),
        case("no end marker", Input::Tar(raw_tar::without_end_marker(&tar)), &["warning[tar-end-missing] archive"]),
        case(
            "half an end marker",
            Input::Tar(raw_tar::with_lone_end_block(&tar)),
            &["warning[tar-end-missing] archive"],
        ),
        case(
            "a zero block between two members",
            Input::Tar(raw_tar::with_zero_block_before(&tar, "index.json")),
            &["error[tar-lone-zero-block] archive"],
        ),
        case(
            "two archives in one file",
            Input::Tar(raw_tar::concatenated(&tar, &again)),
            &["error[tar-entries-after-end] archive"],
        ),
        case(
            "bytes after the end marker",
            Input::Tar(raw_tar::append(&tar, &[7; 700])),
            &["error[tar-trailing-data] archive"],
        ),
        case(
            "zeros beyond the record",
            Input::Tar(raw_tar::append(&raw_tar::padded_to_record(&tar), &[0; 30 << 10])),
            &["warning[tar-zero-padding] archive"],
        ),
        case(
            "a second index.json with other bytes",
            Input::Members(conflicting),
            &[
                "error[tar-conflicting-entry] index.json (expected a file of 2 bytes (the first), found a file of 352 bytes (the last))",
            ],
        ),
        case(
            "a second index.json with the same bytes",
            Input::Members(identical),
            &["warning[tar-duplicate-entry] index.json"],
        ),
        case(
            "a PAX size that is not the header's",
            Input::Tar(raw_tar::with_pax_size(&short, "notes.txt", 6)),
            &["error[tar-size-conflict] notes.txt (expected 6 bytes (PAX), found 5 bytes (header))"],
        ),
        case(
            "a PAX header that is none",
            Input::Tar(raw_tar::with_pax_bytes(&tar, "notes.txt", "not a record\n")),
            &["error[tar-pax-malformed] archive"],
        ),
        case(
            "a global PAX header that renames",
            Input::Tar(raw_tar::with_global_header(&tar, "path", "other")),
            &["error[tar-pax-global] archive"],
        ),
        case(
            "a global PAX header with a sparse name",
            Input::Tar(raw_tar::with_global_header(&tar, "GNU.sparse.name", "other")),
            &["error[tar-pax-global] archive"],
        ),
        case(
            "a header of Solaris before a member",
            Input::Tar(raw_tar::with_extension(&tar, "notes.txt", b'X', "path", "index.json")),
            &["error[tar-pax-malformed] PaxHeaders.0/pax"],
        ),
        case(
            "a global header between a path and its member",
            Input::Tar(raw_tar::with_extension(
                &raw_tar::with_extension(&tar, "notes.txt", b'g', "comment", "none"),
                "PaxHeaders.0/pax",
                b'x',
                "path",
                "other.txt",
            )),
            &["error[tar-pax-malformed] archive"],
        ),
        case(
            "a contiguous file",
            Input::Tar(raw_tar::with_header(&tar, "notes.txt", |block| block[156] = b'7')),
            &["warning[tar-special-file] notes.txt"],
        ),
        case(
            "a global PAX header with a size",
            Input::Tar(raw_tar::with_global_header(&tar, "size", "9223372036854775807")),
            &["error[tar-pax-global] archive"],
        ),
        case(
            "a wrong checksum in the last header",
            Input::Tar(raw_tar::with_bad_checksum(&tar, "notes.txt")),
            &["error[tar-header-malformed] archive"],
        ),
        case(
            "a size near 2^63",
            Input::Tar(raw_tar::with_header(&tar, "notes.txt", |block| {
                block[124..136].copy_from_slice(&[0x80, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
            })),
            &["error[tar-truncated] notes.txt (expected 9223372036854775807 bytes, found 2560 bytes)"],
        ),
        case(
            "a PAX size near 2^63",
            Input::Tar(raw_tar::with_pax_size(&tar, "notes.txt", i64::MAX as u64)),
            &[
                "error[tar-size-conflict] notes.txt (expected 9223372036854775807 bytes (PAX), found 1500 bytes (header))",
                "error[tar-truncated] notes.txt (expected 9223372036854775807 bytes, found 2560 bytes)",
            ],
        ),
        case(
            "an empty PAX size",
            Input::Tar(raw_tar::with_extension(&tar, "notes.txt", b'x', "size", "")),
            &["error[tar-pax-malformed] archive"],
        ),
        case(
            "a sparse name that only some apply",
            Input::Tar(raw_tar::with_extension(&tar, "notes.txt", b'x', "GNU.sparse.name", "index.json")),
            &["error[tar-pax-malformed] archive"],
        ),
        case(
            "NUL bytes before the digits of a size",
            Input::Tar(raw_tar::with_header(&tar, "notes.txt", |block| block[124..128].fill(0))),
            &["error[tar-header-malformed] archive"],
        ),
        case(
            "a plain file named as a folder",
            Input::Tar(raw_tar::with_header(&tar, "notes.txt", |block| block[9] = b'/')),
            &["error[tar-type-doubtful] notes.txt"],
        ),
        case(
            "a member of an unknown type",
            Input::Tar(raw_tar::with_header(&tar, "notes.txt", |block| block[156] = b'A')),
            &["error[tar-type-doubtful] notes.txt"],
        ),
        case(
            "an archive in zstd behind a skippable frame",
            Input::Compressed(
                [b"\x50\x2a\x4d\x18\x01\0\0\0x".to_vec(), builder::compress(&tar, Compression::Zstd)].concat(),
            ),
            &["error[compression-unusual] archive"],
        ),
        case(
            "data after the compressed archive",
            Input::Compressed([builder::compress(&tar, Compression::Gzip), b"garbage".to_vec()].concat()),
            &["error[compressed-trailing-data] archive"],
        ),
        case(
            "data after the archive in zstd",
            Input::Compressed([builder::compress(&tar, Compression::Zstd), b"garbage".to_vec()].concat()),
            &["error[compressed-trailing-data] archive"],
        ),
        case(
            "zeros after the compressed archive",
            Input::Compressed([builder::compress(&tar, Compression::Gzip), vec![0; 100]].concat()),
            &["warning[tar-zero-padding] archive"],
        ),
    ]
}

fn name_cases() -> Vec<Case> {
    let with = |name: &str| {
        let mut files = shapes::oci_archive();
        files.file(name, "content");
        files
    };
    vec![
        case("a name that climbs", Input::Members(with("../outside")), &["warning[member-name-unsafe] ../outside"]),
        case("an absolute name", Input::Members(with("/etc/passwd")), &["warning[member-name-unsafe] /etc/passwd"]),
        case(
            "a name that climbs onto index.json",
            Input::Members(with("notes/../index.json")),
            &["error[member-overlap] notes/../index.json", "warning[member-name-unsafe] notes/../index.json"],
        ),
        case(
            "an absolute name of a document",
            Input::Members(with("/index.json")),
            &["error[member-overlap] /index.json", "warning[member-name-unsafe] /index.json"],
        ),
        case(
            "a member below a symbolic link to the top",
            Input::Members({
                let mut files = with("notes.txt");
                files.symlink("top", ".").file("top/index.json", "{}");
                files
            }),
            &["error[member-overlap] top/index.json"],
        ),
        case(
            "a name that Windows divides",
            Input::Members(with("blobs\\..\\index.json")),
            &["error[member-overlap] blobs\\..\\index.json"],
        ),
        case("a name that ends in a dot", Input::Files(with("index.json.")), &["error[member-overlap] index.json."])
            .in_directory(&[]),
        case("members below a file", Input::Members(with("index.json/x")), &["error[member-overlap] index.json/x"]),
        case("a document in another case", Input::Files(with("Index.json")), &["warning[member-name-case] Index.json"])
            .in_directory(&[]),
        case(
            "a folder, then a file of its name",
            Input::Members({
                let mut files = with("notes.txt");
                files.move_first("notes.txt").members_mut().insert(0, Member::new("notes.txt", Kind::Dir));
                files
            }),
            &[
                "error[tar-conflicting-entry] notes.txt (expected a directory (the first), found a file of 7 bytes (the last))",
            ],
        ),
        case(
            "a name that acts on a terminal",
            Input::Files(with("a\u{1b}[2J")),
            &["warning[member-name-unsafe] a\u{1b}[2J"],
        ),
        case(
            "a file among the blobs that no digest names",
            Input::Files(with("blobs/sha256/readme")),
            &["warning[member-name-unsafe] blobs/sha256/readme"],
        ),
    ]
}

fn link_cases() -> Vec<Case> {
    const LAYER: &str = "index.json#/manifests/0 -> @#/layers/0 -> @";
    let linked = |target: &str| {
        let mut files = shapes::oci_archive();
        let layer = first_layer(&files);
        files.member_mut(&layer).kind = Kind::Symlink(target.to_owned());
        files
    };
    let missing = format!("error[blob-missing] {LAYER}");
    let found = |code: &str, target: &str| format!("error[{code}] {LAYER} (found {target})");
    let mut forward = shapes::oci_archive();
    forward.hardlink("first", "last").file("last", "content");
    let link = |name, files: Files, code: &str, target: &str| {
        case(name, Input::Members(files), &[&found(code, target), &missing])
    };
    let in_directory = |name, files: Files, code: &str, target: &str| {
        case(name, Input::Files(files), &[&found(code, target), &missing])
    };
    let mut circle = linked("../../one");
    circle.symlink("one", "two").symlink("two", "one");
    let mut index = shapes::oci_archive();
    index.member_mut("index.json").kind = Kind::Symlink("../../../etc/hostname".to_owned());
    let mut hard = shapes::oci_archive();
    let layer = first_layer(&hard);
    hard.member_mut(&layer).kind = Kind::Hardlink("nothing".to_owned());
    let mut docker = shapes::podman();
    let name = docker.digest_at("manifest.json", "/0/Layers/0");
    docker.member_mut(&name).kind = Kind::Symlink("/etc/passwd".to_owned());
    let mut docker_broken = shapes::docker20();
    let broken_name = docker_broken.digest_at("manifest.json", "/0/Layers/1");
    docker_broken.member_mut(&broken_name).kind = Kind::Symlink("../gone/layer.tar".to_owned());
    vec![
        in_directory(
            "a blob that links outside",
            linked("../../../../etc/passwd"),
            "link-escapes",
            "../../../../etc/passwd",
        ),
        in_directory("a blob that links to an absolute path", linked("/etc/passwd"), "link-escapes", "/etc/passwd"),
        in_directory("a blob that links to nothing", linked("../../gone"), "link-broken", "../../gone"),
        in_directory("a blob that links in a circle", circle, "link-broken", "one"),
        case("a hard link to a later member", Input::Members(forward), &["error[link-broken] first (found last)"]),
        link("a blob that is a hard link to nothing", hard, "link-broken", "nothing"),
        case(
            "index.json links outside",
            Input::Files(index),
            &["error[link-escapes] index.json (found ../../../etc/hostname)"],
        )
        .beside(&[Code::BlobUnreferenced]),
        case(
            "a layer of a docker archive links outside",
            Input::Members(docker),
            &[
                "error[link-escapes] manifest.json#/0/Layers/0 (found /etc/passwd)",
                "error[docker-file-missing] manifest.json#/0/Layers/0",
            ],
        ),
        case(
            "a layer of a docker archive links to nothing",
            Input::Members(docker_broken),
            &[
                "error[link-broken] manifest.json#/0/Layers/1 (found ../gone/layer.tar)",
                "error[docker-file-missing] manifest.json#/0/Layers/1",
            ],
        ),
    ]
}

fn special_cases() -> Vec<Case> {
    const LAYER: &str = "index.json#/manifests/0 -> @#/layers/0 -> @";
    let unreadable = format!("error[blob-unreadable] {LAYER}");
    let missing = format!("error[blob-missing] {LAYER}");
    let special = |kind: Kind| {
        let mut files = shapes::oci_archive();
        let layer = first_layer(&files);
        files.member_mut(&layer).kind = kind;
        files
    };
    let named = |name: &str, kind: Kind| {
        let mut files = shapes::oci_archive();
        files.push(Member::new(name, kind));
        files
    };
    let mut index = shapes::oci_archive();
    index.member_mut("index.json").kind = Kind::Fifo;
    let mut layout = shapes::oci_archive();
    layout.member_mut("oci-layout").kind = Kind::Dir;
    let mut docker = shapes::docker20();
    let name = docker.digest_at("manifest.json", "/0/Layers/0");
    docker.member_mut(&name).kind = Kind::CharDevice(1, 5);
    let mut manifest = shapes::docker20();
    manifest.member_mut("manifest.json").kind = Kind::Fifo;
    let blob = format!("warning[tar-special-file] {}", "blobs/sha256/*");
    vec![
        case("a pipe", Input::Members(named("pipe", Kind::Fifo)), &["warning[tar-special-file] pipe"]),
        case("a device", Input::Members(named("zero", Kind::CharDevice(1, 5))), &["warning[tar-special-file] zero"]),
        case("a layer that is a pipe", Input::Members(special(Kind::Fifo)), &[&blob, &unreadable, &missing]),
        case(
            "a layer that is a device",
            Input::Members(special(Kind::BlockDevice(8, 0))),
            &[&blob, &unreadable, &missing],
        ),
        case("a layer that is a folder", Input::Members(special(Kind::Dir)), &[&unreadable, &missing]),
        case(
            "index.json is a pipe",
            Input::Members(index),
            &["warning[tar-special-file] index.json", "error[blob-unreadable] index.json"],
        )
        .beside(&[Code::BlobUnreferenced]),
        case("oci-layout is a folder", Input::Files(layout), &["error[blob-unreadable] oci-layout"]),
        case(
            "a layer of a docker archive is a device",
            Input::Members(docker),
            &[
                "error[docker-file-missing] manifest.json#/0/Layers/0",
                "error[blob-unreadable] manifest.json#/0/Layers/0",
                "warning[tar-special-file] */layer.tar",
            ],
        ),
        case(
            "manifest.json of a docker archive is a pipe",
            Input::Members(manifest),
            &["error[blob-unreadable] manifest.json", "warning[tar-special-file] manifest.json"],
        )
        .beside(&[Code::BlobUnreferenced]),
        case(
            "a pipe in a directory",
            Input::Directory(Box::new(|dir| {
                shapes::oci_archive().to_dir(dir);
                make_pipe(&dir.join("pipe"));
            })),
            &["warning[tar-special-file] pipe"],
        ),
        case(
            "a pipe in place of a blob in a directory",
            Input::Directory(Box::new(|dir| {
                let files = shapes::oci_archive();
                files.to_dir(dir);
                let layer = dir.join(first_layer(&files));
                std::fs::remove_file(&layer).unwrap();
                make_pipe(&layer);
            })),
            &[&blob, &unreadable, &missing],
        ),
        case("a special file is no absent one", Input::Members(special(Kind::Fifo)), &[&unreadable, &blob])
            .with(|options| options.sparse = true),
    ]
}

fn make_pipe(path: &std::path::Path) {
    let status = std::process::Command::new("mkfifo").arg(path).status().unwrap();
    assert!(status.success());
}

fn shape_cases() -> Vec<Case> {
    vec![
        case("everything in one folder", Input::Files(shapes::wrapped()), &["note[container-wrapped] myimage"]),
        case("absolute names", Input::Members(absolute_names()), &["warning[member-name-unsafe] /"]),
        case(
            "names that begin with ./",
            Input::Files(damaged_dot_prefix()),
            &[
                "error[blob-digest] index.json#/manifests/0 -> @#/layers/0 -> @ (expected @, found @)",
                "error[layer-corrupt] index.json#/manifests/0 -> @#/layers/0 -> @",
            ],
        ),
        case(
            "a docker archive in a directory",
            Input::Directory(Box::new(|dir| shapes::docker20().to_dir(dir))),
            &["note[container-unpacked] manifest.json"],
        ),
        case(
            "a dual archive in a directory",
            Input::Directory(Box::new(|dir| shapes::containerd().to_dir(dir))),
            &["note[container-unpacked] manifest.json"],
        ),
    ]
}

fn absolute_names() -> Files {
    let mut files = shapes::oci_archive();
    files.prefixed("/");
    files
}

/// A flipped byte is found below `./` too.
fn damaged_dot_prefix() -> Files {
    let mut files = shapes::oci_archive();
    let layer = first_layer(&files);
    files.flip_byte(&layer, 40);
    files.prefixed("./");
    files
}
