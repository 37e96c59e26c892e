//! How the members of the archive are named, ordered, linked and repeated.

use super::super::image::{Case, Pair, index};
use super::docker::{Archive, config_name};
use crate::support::files::raw_tar;
use crate::support::{Files, Kind, Member, arr, blob_name};

/// A document at the top of a file: its name, and its text with the good and the evil image.
struct Top<'a> {
    name: &'a str,
    good: String,
    evil: String,
}

type Change = fn(&mut Files, &Top<'_>) -> Option<Vec<u8>>;

/// Puts the evil document beside the good one, which is in the file; what is not None stands for the archive's bytes.
const FACETS: &[(&str, Change)] = &[
    ("plain", |_, _| None),
    ("twice-last", |files, top| added(files, top.name, &top.evil)),
    ("twice-first", |files, top| put_first(files, Member::new(top.name, Kind::File(top.evil.clone().into())))),
    ("twice-same", |files, top| added(files, top.name, &top.good)),
    ("dot", |files, top| added(files, &format!("./{}", top.name), &top.evil)),
    ("dot-first", |files, top| put_first(files, Member::new(&format!("./{}", top.name), text(&top.evil)))),
    ("dot-all", |files, _| {
        files.prefixed("./");
        None
    }),
    ("slash", |files, top| added(files, &format!("/{}", top.name), &top.evil)),
    ("slash-first", |files, top| put_first(files, Member::new(&format!("/{}", top.name), text(&top.evil)))),
    ("slash-all", |files, _| {
        files.prefixed("/");
        None
    }),
    ("up", |files, top| added(files, &format!("x/../{}", top.name), &top.evil)),
    ("up-first", |files, top| put_first(files, Member::new(&format!("x/../{}", top.name), text(&top.evil)))),
    ("out", |files, top| added(files, &format!("../{}", top.name), &top.evil)),
    ("two-slashes", |files, top| added(files, &format!(".//{}", top.name), &top.evil)),
    ("capitals", |files, top| added(files, &top.name.to_uppercase(), &top.evil)),
    ("pax-path", |files, top| {
        let mut member = Member::new("other", text(&top.evil));
        member.pax.push(("path".to_owned(), top.name.to_owned()));
        files.push(member);
        None
    }),
    ("pax-path-away", |files, top| {
        // The header says the document's name, the record in front of it another.
        let mut member = Member::new(top.name, text(&top.evil));
        member.pax.push(("path".to_owned(), "other".to_owned()));
        files.push(member);
        None
    }),
    ("pax-path-empty", |files, top| {
        let mut member = Member::new(top.name, text(&top.evil));
        member.pax.push(("path".to_owned(), String::new()));
        files.push(member);
        None
    }),
    ("pax-path-dot", |files, top| {
        let mut member = Member::new("other", text(&top.evil));
        member.pax.push(("path".to_owned(), format!("./{}", top.name)));
        files.push(member);
        None
    }),
    ("folder-slash", |files, top| {
        files.dir(top.name);
        None
    }),
    ("symlink", |files, top| linked(files, top, Kind::Symlink)),
    ("symlink-to-evil", |files, top| {
        files.file("evil", top.evil.clone());
        files.symlink(top.name, "evil");
        None
    }),
    ("symlink-first-to-evil", |files, top| {
        files.file("evil", top.evil.clone());
        put_first(files, Member::new(top.name, Kind::Symlink("evil".to_owned())))
    }),
    ("hard-link", |files, top| linked(files, top, Kind::Hardlink)),
    ("hard-link-to-evil", |files, top| {
        files.file("evil", top.evil.clone());
        files.hardlink(top.name, "evil");
        None
    }),
    ("first", |files, top| {
        files.move_first(top.name);
        None
    }),
    ("after-end", |files, top| {
        let mut second = Files::new();
        second.file(top.name, top.evil.clone());
        Some(raw_tar::concatenated(&files.to_tar(), &second.to_tar()))
    }),
    ("no-end", |files, _| Some(raw_tar::without_end_marker(&files.to_tar()))),
    ("lone-end", |files, _| Some(raw_tar::with_lone_end_block(&files.to_tar()))),
    ("escape", |files, top| added(files, &top.name.replace('.', "\\x2e"), &top.evil)),
    ("backslash", |files, top| added(files, &format!(".\\{}", top.name), &top.evil)),
    ("blank", |files, top| added(files, &format!("{} ", top.name), &top.evil)),
    ("wrapped", |files, _| {
        files.wrapped("image");
        None
    }),
    ("wrapped-beside", |files, top| added(files, &format!("image/{}", top.name), &top.evil)),
    ("empty-after", |files, top| added(files, top.name, "")),
    ("fifo-after", |files, top| {
        files.push(Member::new(top.name, Kind::Fifo));
        None
    }),
];

fn text(text: &str) -> Kind {
    Kind::File(text.as_bytes().to_vec())
}

fn added(files: &mut Files, name: &str, content: &str) -> Option<Vec<u8>> {
    files.push(Member { name: name.to_owned(), ..Member::new("x", text(content)) });
    None
}

fn put_first(files: &mut Files, member: Member) -> Option<Vec<u8>> {
    files.members_mut().insert(0, member);
    None
}

/// The good document lies elsewhere, and a link stands in its place.
fn linked(files: &mut Files, top: &Top<'_>, kind: fn(String) -> Kind) -> Option<Vec<u8>> {
    files.rename(top.name, "elsewhere");
    files.add(top.name, kind("elsewhere".to_owned()));
    None
}

pub fn cases() -> Vec<Case> {
    let mut all = Vec::new();
    // A fifo keeps skopeo, podman and docker waiting until they are ended.
    let facets = FACETS.iter().filter(|(facet, _)| *facet != "fifo-after" || super::super::run::Run::this().is_long());
    for (facet, change) in facets {
        let pair = Pair::new(&format!("index-json.{facet}"));
        let [good, evil] = [pair.named_good(), pair.named_evil()].map(|json| index(vec![json]).compact());
        let mut files = pair.with_index(&good);
        let bytes = change(&mut files, &Top { name: "index.json", good, evil });
        let bytes = bytes.unwrap_or_else(|| files.to_tar());
        all.push(pair.case(bytes));

        let mut archive = Archive::new(&format!("manifest-json.{facet}"));
        let [good, evil] = [archive.good(), archive.evil()].map(|json| arr([json]).compact());
        archive.files.file("manifest.json", good.clone());
        let bytes = change(&mut archive.files, &Top { name: "manifest.json", good, evil });
        let bytes = bytes.unwrap_or_else(|| archive.files.to_tar());
        all.push(archive.pair.case(bytes));
    }
    all.extend(blobs());
    all
}

/// The config and the manifest as members: another content under their name, links, and the like.
fn blobs() -> Vec<Case> {
    type Members = fn(&mut Files, name: &str, evil: Vec<u8>);
    let changes: [(&str, Members); 6] = [
        ("twice-last", |files, name, evil| {
            files.append_duplicate(name, evil);
        }),
        ("twice-first", |files, name, evil| {
            let member = Member::new(name, Kind::File(evil));
            files.members_mut().insert(0, member);
        }),
        ("dot", |files, name, evil| {
            files.file(&format!("./{name}"), evil);
        }),
        ("replaced", |files, name, evil| {
            files.replace(name, evil);
        }),
        ("hard-link", |files, name, _| {
            files.rename(name, "elsewhere");
            files.hardlink(name, "elsewhere");
        }),
        ("symlink", |files, name, _| {
            files.rename(name, "elsewhere");
            // Blobs are two folders down.
            files.symlink(name, &format!("{}elsewhere", "../".repeat(name.matches('/').count())));
        }),
    ];
    let mut all = Vec::new();
    for (facet, change) in changes {
        let pair = Pair::new(&format!("blob-manifest.{facet}"));
        let mut files = pair.top(vec![pair.named_good()]);
        change(&mut files, &blob_name(&pair.good.desc.digest), pair.evil.manifest.compact().into());
        all.push(pair.case(files.to_tar()));

        let pair = Pair::new(&format!("blob-config.{facet}"));
        let mut files = pair.top(vec![pair.named_good()]);
        change(&mut files, &blob_name(&pair.good.config.digest), pair.evil.config_json.compact().into());
        all.push(pair.case(files.to_tar()));

        let mut archive = Archive::new(&format!("docker-config.{facet}"));
        let evil = archive.pair.evil.config_json.compact().into();
        change(&mut archive.files, &config_name(&archive.pair.good), evil);
        let list = arr([archive.good()]).compact();
        all.push(archive.finish(&list));
    }
    all
}
