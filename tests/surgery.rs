//! Edits of every image file by a real tool and of every built shape: sound before, sound after, and nothing else changed.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::support;
use crate::support::amount::is_turn;
use crate::support::*;
use ocikit::Error;
use ocikit::edit::{Destination, Draft, EditOptions, Receipt, Session, Stale};
use ocikit::finding::{Code, Severity};
use ocikit::graph::{Kind, Selector};
use ocikit::image::Image;
use ocikit::limits::Limits;
use ocikit::ops::annotate::{AnnotateOptions, On, annotate};
use ocikit::ops::attestation::{self, RemoveOptions, Style};
use ocikit::ops::config::{ConfigOptions, config};
use ocikit::ops::convert::{Dialect, convert};
use ocikit::ops::gc::gc;
use ocikit::ops::layer::{self, LayerChoice};
use ocikit::ops::platform::{self, AddOptions, Choice, Incoming, SetOptions, Which};
use ocikit::ops::repack::{Input, Output, OutputFormat, RepackOptions, repack};
use ocikit::ops::verify::{VerifyOptions, verify};
use ocikit::ops::{names, unwrap};
use ocikit::reference::Address;
use ocikit::source::Open;
use proptest::prelude::*;

const GROUPS: [&str; 12] =
    ["buildkit", "buildx", "cosign", "crane", "ctr", "docker", "oras", "podman5", "regctl", "retar", "skopeo", "umoci"];

/// Every image file in `testdata`.
fn fixtures() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for group in GROUPS {
        let entries = fs::read_dir(testdata(group)).unwrap();
        found.extend(entries.map(|entry| entry.unwrap().path()));
    }
    found.sort();
    assert!(found.len() > 40);
    found
}

/// All errors of `verify --deep`, but for what `relink` does on purpose: statements stay as they are.
fn is_sound(path: &Path) -> Result<(), String> {
    let image = Image::open(path).map_err(|error| error.to_string())?;
    let report = verify(&image, &VerifyOptions { deep: true, ..VerifyOptions::default() }).unwrap();
    let errors = report
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error && finding.code != Code::AttestationSubjectMismatch);
    let errors: Vec<String> =
        errors.map(|finding| format!("{} {}: {}", finding.code, finding.at, finding.detail)).collect();
    if errors.is_empty() { Ok(()) } else { Err(errors.join("\n")) }
}

fn run(
    input: &Path,
    destination: Destination<'_>,
    wish: impl for<'a> FnOnce(&'a Image) -> Result<Draft<'a>, Error>,
) -> Result<Receipt, Error> {
    let session = Session::open(&Address::of(input), std::io::empty(), &Open::default(), destination)?;
    let draft = wish(&session.image)?;
    session.finish(draft)
}

fn with(stale: Stale) -> EditOptions {
    EditOptions { stale, ..EditOptions::default() }
}

type Wish = Box<dyn for<'a> Fn(&'a Image) -> Result<Draft<'a>, Error>>;

/// Boxes a wish; the signature tells the compiler about its lifetimes.
fn wish(wish: impl for<'a> Fn(&'a Image) -> Result<Draft<'a>, Error> + 'static) -> Wish {
    Box::new(wish)
}

fn wish_gc() -> Wish {
    wish(|image| gc(image, &EditOptions::default()).map(|(draft, _)| draft))
}

fn all() -> Selector {
    Selector::default()
}

/// The edits that are tried on every file, each with its name.
fn edits(path: &Path) -> Vec<(String, Wish)> {
    let mut edits: Vec<(String, Wish)> = vec![
        ("prune".into(), wish(|image| platform::prune(image, &all(), &EditOptions::default()))),
        (
            "add a name".into(),
            wish(|image| names::add(image, &all(), "example.com/x/y:9", false, &EditOptions::default())),
        ),
        ("unwrap".into(), wish(|image| unwrap::unwrap(image, &all(), &EditOptions::default()))),
        (
            "set from config".into(),
            wish(|image| {
                let wanted = SetOptions { which: Which::All, platform: None };
                platform::set(image, &all(), &wanted, &with(Stale::Drop))
            }),
        ),
    ];
    for on in [None, Some(On::Descriptor), Some(On::Index), Some(On::Manifest)] {
        for stale in [Stale::Drop, Stale::Relink] {
            edits.push((
                format!("annotate {on:?} {stale:?}"),
                wish(move |image| {
                    let set = vec![("key/\"x\"".to_owned(), "välue".to_owned())];
                    annotate(image, &all(), &AnnotateOptions { on, set, remove: Vec::new() }, &with(stale))
                }),
            ));
        }
    }
    for style in [Style::Index, Style::Artifact, Style::Referrer] {
        edits.push((
            format!("attestations as {style:?}"),
            wish(move |image| attestation::convert(image, &all(), style, &with(Stale::Drop))),
        ));
    }
    for kind in [None, Some("provenance"), Some("sbom")] {
        edits.push((
            format!("without attestations {kind:?}"),
            wish(move |image| {
                let kind = kind.map(|word| word.parse().unwrap());
                attestation::remove(image, &all(), &RemoveOptions { kind }, &with(Stale::Drop))
            }),
        ));
    }
    for to in [Dialect::Oci, Dialect::Docker] {
        edits.push((format!("convert to {to:?}"), wish(move |image| convert(image, &all(), to, &with(Stale::Drop)))));
    }
    edits.push((
        "config".into(),
        wish(|image| {
            let entrypoint = Some(vec!["/bin/other".to_owned()]);
            let wanted = ConfigOptions { entrypoint, history: Some("set".to_owned()), ..ConfigOptions::default() };
            config(image, &all(), &wanted, &with(Stale::Drop))
        }),
    ));
    edits.push((
        "without the lowest layer".into(),
        wish(|image| layer::remove(image, &all(), &[LayerChoice::Number(1)], &with(Stale::Drop))),
    ));
    edits.push(("gc".into(), wish_gc()));
    let image = Image::open(path).unwrap();
    let rows = platform::list(&image, &all()).map(|report| report.platforms).unwrap_or_default();
    for row in rows.into_iter().filter_map(|row| row.platform) {
        let (one, other): (Choice, Choice) = (row.clone().into(), row.clone().into());
        edits.push((
            format!("remove {row}"),
            wish(move |image| platform::remove(image, &all(), std::slice::from_ref(&one), &with(Stale::Drop))),
        ));
        edits.push((
            format!("keep {row}"),
            wish(move |image| platform::keep(image, &all(), std::slice::from_ref(&other), &with(Stale::Drop))),
        ));
    }
    let names: BTreeSet<&str> = image.graph.roots.iter().flat_map(|root| root.names()).collect();
    for name in names {
        edits.extend(edits_by_name(name));
    }
    edits
}

/// Edits of one image that is chosen by its name.
fn edits_by_name(name: &str) -> Vec<(String, Wish)> {
    let named = Selector { reference: Some(name.to_owned()), ..Selector::default() };
    let [one, other, third, fourth, fifth, sixth] = std::array::from_fn(|_| named.clone());
    let (old, gone) = (name.to_owned(), name.to_owned());
    vec![
        (
            format!("annotate {name}"),
            wish(move |image| {
                let set = vec![("key".to_owned(), "value".to_owned())];
                let options = AnnotateOptions { on: Some(On::Manifest), set, remove: Vec::new() };
                annotate(image, &one, &options, &with(Stale::Relink))
            }),
        ),
        (
            format!("config of {name}"),
            wish(move |image| {
                let wanted = ConfigOptions { user: Some("7".to_owned()), ..ConfigOptions::default() };
                config(image, &fifth, &wanted, &with(Stale::Drop))
            }),
        ),
        (
            format!("layers of {name}"),
            wish(move |image| layer::remove(image, &sixth, &[LayerChoice::Number(1)], &with(Stale::Relink))),
        ),
        (format!("unwrap {name}"), wish(move |image| unwrap::unwrap(image, &other, &EditOptions::default()))),
        (format!("convert {name}"), wish(move |image| convert(image, &third, Dialect::Docker, &with(Stale::Drop)))),
        (
            format!("without attestations of {name}"),
            wish(move |image| attestation::remove(image, &fourth, &RemoveOptions { kind: None }, &with(Stale::Drop))),
        ),
        (
            format!("rename {name}"),
            wish(move |image| names::rename(image, &all(), &old, "example.com/x/y:9", false, &EditOptions::default())),
        ),
        (format!("remove {name}"), wish(move |image| names::remove(image, &gone, &EditOptions::default()))),
    ]
}

/// Whether an edit may be refused: this file has no such thing to change.
fn is_refusal(error: &Error) -> bool {
    matches!(error, Error::Unfit { .. } | Error::Ambiguous { .. } | Error::NoSuchImage { .. } | Error::Absent { .. })
}

#[test]
fn every_edit_of_every_file_leaves_it_sound() {
    let env = TestEnv::new();
    let mut done = 0;
    for path in fixtures() {
        if is_sound(&path).is_err() {
            continue;
        }
        let name = path.strip_prefix(support::testdata("")).unwrap().display().to_string();
        let edits = edits(&path).into_iter().enumerate().filter(|(number, _)| is_turn(&name, *number, 3));
        for (number, (name, wish)) in edits {
            let output = env.path(&format!("out-{number}"));
            match run(&path, Destination::Path(output.clone()), wish) {
                Ok(receipt) => {
                    let shown = format!("{}: {name}", path.display());
                    assert_eq!(is_sound(&output), Ok(()), "{shown}");
                    if output.is_dir() {
                        let before = check::faults(&Files::from_dir(&path));
                        let mut after = check::faults(&Files::from_dir(&output));
                        if after != before {
                            // Documents that nothing references stay, though a blob that only they name does not.
                            let collect = wish_gc();
                            run(&output, Destination::InPlace, collect).unwrap();
                            after = check::faults(&Files::from_dir(&output));
                        }
                        assert_eq!(after, before, "{shown}");
                    }
                    assert!(!receipt.dry_run);
                    done += 1;
                }
                Err(error) => assert!(is_refusal(&error), "{}: {name}: {error}", path.display()),
            }
            let _ = fs::remove_dir_all(&output);
            let _ = fs::remove_file(&output);
        }
    }
    assert!(done > 140, "{done} edits were done");
    assert_eq!(env.listing(), [""; 0]);
}

/// A directory and an archive of it, edited alike, hold the same documents and blobs; so does the directory edited in its
/// place.
#[test]
fn a_directory_and_its_archive_change_alike() {
    for path in fixtures().into_iter().filter(|path| path.is_dir()) {
        let turn = path.strip_prefix(support::testdata("")).unwrap().display().to_string();
        let edits = edits(&path).into_iter().enumerate().filter(|(number, _)| is_turn(&turn, *number, 2));
        for (_, (name, wish)) in edits {
            let env = TestEnv::new();
            let files = Files::from_dir(&path);
            files.to_dir(env.path("dir"));
            files.to_dir(env.path("place"));
            env.write_tar("x.tar", &files);
            let (dir, tar, place) = (env.path("dir"), env.path("x.tar"), env.path("place"));
            let from_dir = run(&dir, Destination::Path(env.path("dir-out")), &wish);
            if from_dir.is_err() {
                continue;
            }
            run(&tar, Destination::Path(env.path("tar-out.tar")), &wish).unwrap();
            run(&place, Destination::InPlace, &wish).unwrap();
            let shown = format!("{}: {name}", path.display());
            let expected = contents(&Files::from_dir(env.path("dir-out")));
            assert_eq!(contents(&Files::from_tar(env.path("tar-out.tar"))), expected, "{shown}");
            assert_eq!(contents(&Files::from_dir(&place)), expected, "{shown}");
            // What was not touched has its bytes, and the input is as it was.
            assert_eq!(contents(&Files::from_dir(&dir)), contents(&files), "{shown}");
        }
    }
}

/// Writes an image file anew in a format, and says whether that can be.
fn repacked(input: &Path, output: &Path, format: OutputFormat) -> bool {
    let input = Input { image: Image::open(input).unwrap(), selector: all() };
    repack(&[input], &RepackOptions::new(format), Output::Path(output.to_owned())).is_ok()
}

/// An edit and then a repack is a repack and then the edit, to the byte. In a dual archive an edit leaves what it does not
/// name in `manifest.json` where it is, while a repack sorts it: there the edited one is repacked once more.
fn assert_commutes(path: &Path, format: OutputFormat, shown: &str, is_tried: impl Fn(usize) -> bool) -> usize {
    let env = TestEnv::new();
    let (edited, first, second) = (env.path("edited"), env.path("first.tar"), env.path("second.tar"));
    let packed = env.path("packed.tar");
    if !repacked(path, &packed, format) {
        return 0;
    }
    let mut done = 0;
    for (_, (name, wish)) in edits(path).into_iter().enumerate().filter(|(number, _)| is_tried(*number)) {
        let _ = fs::remove_dir_all(&edited);
        let _ = fs::remove_file(&edited);
        let one = run(path, Destination::Path(edited.clone()), &wish);
        let other = run(&packed, Destination::Path(second.clone()), &wish);
        match (one, other) {
            (Ok(_), Ok(_)) => {
                assert!(repacked(&edited, &first, format), "{shown}: {name}");
                if format == OutputFormat::Dual {
                    std::fs::rename(&second, env.path("unsorted.tar")).unwrap();
                    assert!(repacked(&env.path("unsorted.tar"), &second, format), "{shown}: {name}");
                }
                let (first, second) = (Files::from_tar(&first), Files::from_tar(&second));
                let names = |files: &Files| contents(files).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
                assert_eq!(names(&first), names(&second), "{shown}: {name}");
                assert!(first.to_tar() == second.to_tar(), "{shown}: {name}");
                done += 1;
            }
            (Err(one), Err(_)) => assert!(is_refusal(&one), "{shown}: {name}: {one}"),
            (one, other) => panic!("{shown}: {name}: {:?} and {:?}", one.err(), other.err()),
        }
    }
    done
}

#[test]
fn every_edit_commutes_with_repacking() {
    let mut done = 0;
    for (number, path) in fixtures().into_iter().enumerate() {
        let shape = *Image::open(&path).unwrap().source.format();
        // A docker archive has no index before it is repacked.
        if !shape.index_view || is_sound(&path).is_err() {
            continue;
        }
        let shown = path.display().to_string();
        // Each edit on every third file: all together take minutes.
        for (turn, format) in [OutputFormat::OciArchive, OutputFormat::Dual].into_iter().enumerate() {
            done += assert_commutes(&path, format, &shown, |edit| edit % 3 == (number + turn) % 3);
        }
    }
    assert!(done > 150, "{done} edits were done");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() })]

    /// So it is with images that no tool has written.
    #[test]
    fn every_edit_of_generated_images_commutes(
        platforms in prop::sample::subsequence(vec!["linux/amd64", "linux/arm64", "linux/arm/v7"], 1..=3),
        style in 0..3,
        names in prop::sample::subsequence(vec!["example.com/a:1", "example.com/a:2", "example.org/b:3"], 0..=3),
        is_directory in any::<bool>(),
    ) {
        let sample = match style {
            0 => Sample::multi(&platforms),
            1 => Sample::attested(&platforms, |attestation| attestation),
            _ => Sample::attested(&platforms, Attestation::image_config_style),
        };
        let mut layout = Layout::new(&sample.store);
        for name in &names {
            layout = layout.root(&sample.root.named(name));
        }
        let files = if names.is_empty() { layout.root(&sample.root).files() } else { layout.files() };
        let env = TestEnv::new();
        let path = if is_directory { env.write_dir("x", &files) } else { env.write_tar("x.tar", &files) };
        prop_assert!(assert_commutes(&path, OutputFormat::OciArchive, "generated", |_| true) > 5);
    }
}

/// Names and bytes of all files.
fn contents(files: &Files) -> Vec<(String, Vec<u8>)> {
    let mut contents: Vec<(String, Vec<u8>)> = files
        .members()
        .iter()
        .filter_map(|member| match &member.kind {
            support::Kind::File(content) => Some((member.name.clone(), content.clone())),
            _ => None,
        })
        .collect();
    contents.sort();
    contents
}

/// Removing the last image and its attestation and adding them again gives the very same documents.
#[test]
fn remove_then_add_gives_the_same_documents() {
    let mut done = 0;
    for path in fixtures() {
        let image = Image::open(&path).unwrap();
        let [root] = image.graph.roots.as_slice() else { continue };
        let Some(id) = root.node.filter(|&id| image.graph.node(id).kind == Kind::Index) else { continue };
        let rows = platform::list(&image, &all()).unwrap().platforms;
        let links = &image.graph.node(id).links;
        let kinds: Vec<Kind> = links.iter().filter_map(|link| link.node).map(|id| image.graph.node(id).kind).collect();
        // BuildKit puts attestations after all images.
        let is_sorted = kinds.is_sorted_by_key(|kind| *kind != Kind::Image);
        let whole = rows.iter().all(|row| row.present);
        let Some(last) = rows.last().and_then(|row| row.platform.clone()) else { continue };
        if rows.len() < 2 || !whole || !is_sorted || image.source.format().docker_view {
            continue;
        }
        let env = TestEnv::new();
        let without = env.path("without.tar");
        let platforms = [last.clone().into()];
        let removed = run(&path, Destination::Path(without.clone()), |image| {
            platform::remove(image, &all(), &platforms, &with(Stale::Drop))
        });
        removed.unwrap();
        let selector = Selector { platform: Some(last), ..Selector::default() };
        let session = Session::open(
            &Address::of(&without),
            std::io::empty(),
            &Open::default(),
            Destination::Path(env.path("back.tar")),
        )
        .unwrap();
        let wanted = AddOptions { incoming: Incoming::From { image: &image, selector }, replace: false };
        let draft = platform::add(&session.image, &all(), wanted, &EditOptions::default()).unwrap();
        session.finish(draft).unwrap();
        let back = Image::open(env.path("back.tar")).unwrap();
        let digests = |image: &Image| -> Vec<String> {
            image.graph.roots.iter().map(|root| root.descriptor.digest.ok().unwrap().to_string()).collect()
        };
        if kinds.iter().all(|kind| *kind == Kind::Image) || path.to_string_lossy().contains("multi") {
            assert_eq!(digests(&back), digests(&image), "{}", path.display());
            done += 1;
        }
    }
    assert!(done >= 5, "{done} files");
}

#[test]
fn a_lone_manifest_is_wrapped_when_a_second_platform_comes() {
    let env = TestEnv::new();
    let amd = env.path("amd.tar");
    let multi = testdata("buildx/multi-default.oci.tar");
    let keep = ["linux/amd64".parse().unwrap()];
    run(&multi, Destination::Path(env.path("one.tar")), |image| {
        platform::keep(image, &all(), &keep, &EditOptions::default())
    })
    .unwrap();
    run(&env.path("one.tar"), Destination::Path(amd.clone()), |image| {
        unwrap::unwrap(image, &all(), &EditOptions::default())
    })
    .unwrap();
    let digest = Files::from_tar(&amd).digest_at("index.json", "/manifests/0/digest");
    for from in ["buildx/multi-default.oci.tar", "docker/d28c-save-multi.tar", "crane/pull-oci-multi"] {
        let run = env.ocikit(&[
            "platform",
            "add",
            "amd.tar",
            "--from",
            testdata(from).to_str().unwrap(),
            "--platform",
            "linux/arm64",
            "-o",
            "two.tar",
        ]);
        let _ = run.expect_code(0);
        assert_eq!(is_sound(&env.path("two.tar")), Ok(()));
        let files = Files::from_tar(env.path("two.tar"));
        check::assert_sound(&files);
        let index = files.digest_at("index.json", "/manifests/0/digest");
        assert_eq!(files.digest_in(&index, "/manifests/0/digest"), digest, "{from}");
        let platform = files.value_at(&blob_name(&index), "/manifests/1/platform/architecture");
        assert_eq!(platform, "arm64", "{from}");
        let _ = env.ocikit(&["platform", "add", "two.tar", "--from", "amd.tar", "--dry-run"]).expect_code(2);
        let _ = env
            .ocikit(&["platform", "add", "two.tar", "--from", "amd.tar", "--replace", "-o", "three.tar"])
            .expect_code(0);
        check::assert_sound(&Files::from_tar(env.path("three.tar")));
    }
}

#[test]
fn images_of_docker_archives_get_a_manifest() {
    for from in ["docker/d20-save-1tag.tar", "podman5/save-docker-archive.tar", "docker/d28g-save-pipe.tar.gz"] {
        let env = TestEnv::new();
        let multi = testdata("buildx/multi-default.oci.tar");
        let run = env.ocikit(&["platform", "remove", multi.to_str().unwrap(), "linux/amd64", "-o", "arm.tar"]);
        let _ = run.expect_code(0);
        let from = testdata(from);
        let _ = env
            .ocikit(&["platform", "add", "arm.tar", "--from", from.to_str().unwrap(), "-o", "two.tar"])
            .expect_code(0);
        let _ = env.ocikit(&["verify", "--deep", "two.tar"]).expect_code(0);
        check::assert_sound(&Files::from_tar(env.path("two.tar")));
    }
}

#[test]
fn attestations_of_what_changes_stop_the_edit_unless_told() {
    let path = testdata("buildx/multi-default.oci.tar");
    let change = |stale| {
        let env = TestEnv::new();
        let wanted =
            AnnotateOptions { on: Some(On::Manifest), set: vec![("k".into(), "v".into())], remove: Vec::new() };
        let selector = Selector { platform: Some("linux/amd64".parse().unwrap()), ..Selector::default() };
        let result = run(&path, Destination::Path(env.path("out.tar")), |image| {
            annotate(image, &selector, &wanted, &with(stale))
        });
        let count = Image::open(env.path("out.tar")).ok().map(|image| {
            let nodes = image.graph.nodes().iter();
            nodes.filter(|node| matches!(node.kind, Kind::Attestation(_))).count()
        });
        (result, count)
    };
    let (stopped, nothing) = change(Stale::Stop);
    let message = stopped.unwrap_err().to_string();
    assert!(
        message.contains("attestation sha256:8d9c775fb1cf") && message.contains("--attestations drop"),
        "{message}"
    );
    assert_eq!(nothing, None);
    let (dropped, count) = change(Stale::Drop);
    assert_eq!((dropped.unwrap().removed.len(), count), (1, Some(2)));
    let (relinked, count) = change(Stale::Relink);
    let relinked = relinked.unwrap();
    let kinds: Vec<&str> = relinked.changed.iter().map(|row| row.kind.name()).collect();
    assert_eq!((kinds, count), (vec!["index", "image", "attestation"], Some(3)));
}

#[test]
fn names_stay_in_step_in_both_views() {
    for path in [
        "docker/d28g-save-1tag.tar",
        "docker/d26-save-2tags.tar",
        "docker/d28c-save-2tags.tar",
        "ctr/ctr23-export-allplat.tar",
    ] {
        let env = TestEnv::new();
        let input = testdata(path);
        let input = input.to_str().unwrap();
        let _ = env.ocikit(&["ref", "add", input, "example.com/new/name:9", "-o", "a.tar"]).expect_code(0);
        let _ = env.ocikit(&["compare", "a.tar"]).expect_code(0);
        let files = Files::from_tar(env.path("a.tar"));
        assert!(files.text("manifest.json").contains("example.com/new/name:9"), "{path}");
        assert!(files.text("index.json").contains("example.com/new/name:9"), "{path}");
        if files.contains("repositories") {
            assert!(files.text("repositories").contains("example.com/new/name"), "{path}");
        }
        let _ = env
            .ocikit(&["ref", "rename", "a.tar", "example.com/new/name:9", "example.com/b:2", "-o", "b.tar"])
            .expect_code(0);
        let _ = env.ocikit(&["compare", "b.tar"]).expect_code(0);
        let _ = env.ocikit(&["ref", "remove", "b.tar", "example.com/b:2", "-o", "c.tar"]).expect_code(0);
        let _ = env.ocikit(&["compare", "c.tar"]).expect_code(0);
        let _ = env.ocikit(&["verify", "--deep", "c.tar"]).expect_code(0);
        // Adding a name and taking it away is no change.
        let (before, after) = (Files::from_tar(testdata(path)), Files::from_tar(env.path("c.tar")));
        for document in ["index.json", "manifest.json", "repositories"] {
            if before.contains(document) {
                assert_eq!(after.text(document), before.text(document), "{path}");
            }
        }
        let _ = env.ocikit(&["ref", "remove", "c.tar", "no/such:name", "--dry-run"]).expect_code(2);
    }
}

#[test]
fn partial_archives_become_whole() {
    let env = TestEnv::new();
    let path = testdata("ctr/ctr16-export-default.tar");
    let _ = env.ocikit(&["platform", "prune", path.to_str().unwrap(), "-o", "whole.tar"]).expect_code(0);
    let _ = env.ocikit(&["verify", "--deep", "--deny", "child-missing", "whole.tar"]).expect_code(0);
    check::assert_sound(&Files::from_tar(env.path("whole.tar")));
}

#[test]
fn outputs_of_every_kind() {
    let env = TestEnv::new();
    let multi = testdata("buildx/multi-default.oci.tar");
    fs::copy(&multi, env.path("x.tar")).unwrap();
    let edit = ["platform", "remove", "x.tar", "linux/arm64"];
    let with = |rest: &[&str]| env.ocikit(&[&edit[..], rest].concat());
    let before = env.listing();
    assert_eq!(with(&["--dry-run", "--format", "json"]).expect_code(0).json()["dry_run"], true);
    assert_eq!(env.listing(), before);
    let _ = with(&[]).expect_code(2);
    let _ = with(&["-o", "a", "--in-place"]).expect_code(2);
    let _ = with(&["-o", "plain.tar"]).expect_code(0);
    let _ = with(&["-o", "packed.tar.gz"]).expect_code(0);
    let _ = with(&["-o", "packed.tar.zst"]).expect_code(0);
    let _ = with(&["-o", "dir/"]).expect_code(0);
    let _ = with(&["-o", "dir/"]).expect_code(2);
    let stream = with(&["-o", "-"]).expect_code(0);
    assert!(stream.stdout.contains("index.json"));
    for name in ["plain.tar", "packed.tar.gz", "packed.tar.zst", "dir"] {
        assert_eq!(is_sound(&env.path(name)), Ok(()), "{name}");
    }
    assert_eq!(&env.read("packed.tar.gz")[..2], [0x1f, 0x8b]);
    // A compressed input stays compressed, from standard input as well.
    let packed = env.read("packed.tar.gz");
    let _ = env.command(&["platform", "remove", "-", "linux/arm/v7", "-o", "again"]).stdin(packed).run().expect_code(0);
    assert_eq!(&env.read("again")[..2], [0x1f, 0x8b]);
    // The output may be the input.
    let _ = with(&["-o", "x.tar"]).expect_code(0);
    assert_eq!(env.read("x.tar"), env.read("plain.tar"));
    let _ = env.ocikit(&["platform", "remove", "dir", "linux/arm/v7", "--in-place"]).expect_code(0);
    assert_eq!(is_sound(&env.path("dir")), Ok(()));
    assert!(!env.path("dir/index.json.lock").exists());
    let _ = env.command(&["platform", "list", "-"]).stdin(env.read("x.tar")).run().expect_code(0);
}

#[test]
fn a_damaged_blob_is_not_copied_as_if_it_were_whole() {
    let env = TestEnv::new();
    let mut files = shapes::multi();
    let index = files.digest_at("index.json", "/manifests/0/digest");
    let manifest = files.digest_in(&index, "/manifests/0/digest");
    let layer = files.digest_in(&manifest, "/layers/0/digest");
    files.flip_byte(&blob_name(&layer), 3);
    env.write_tar("x.tar", &files);
    let run = env.ocikit(&["annotate", "x.tar", "k=v", "-o", "out.tar"]).expect_code(2);
    assert!(run.stderr.contains(&layer), "{}", run.stderr);
    assert_eq!(env.listing(), ["x.tar"]);
}

#[test]
fn every_built_shape_can_be_changed() {
    let mut done = 0;
    for shape in shapes::all() {
        let env = TestEnv::new();
        let path = env.write("image", shape.bytes());
        if Image::open(&path).is_err() || is_sound(&path).is_err() {
            continue;
        }
        for (name, wish) in edits(&path) {
            let output = env.path("out");
            match run(&path, Destination::Path(output.clone()), wish) {
                Ok(_) => {
                    assert_eq!(is_sound(&output), Ok(()), "{}: {name}", shape.name);
                    done += 1;
                }
                Err(error) => assert!(is_refusal(&error), "{}: {name}: {error}", shape.name),
            }
        }
    }
    assert!(done > 150, "{done} edits were done");
}

#[test]
fn other_readers_take_the_results() {
    let env = TestEnv::new();
    let multi = testdata("buildx/multi-default.oci.tar");
    let multi = multi.to_str().unwrap();
    let _ = env.ocikit(&["platform", "keep", multi, "linux/amd64", "-o", "one.tar"]).expect_code(0);
    let receipt = env.ocikit(&["unwrap", "one.tar", "-o", "flat.tar", "--format", "json"]).expect_code(0).json();
    let _ = env.ocikit(&["unwrap", "one.tar", "-o", "flat/"]).expect_code(0);
    let digest = receipt["changed"][0]["new"].as_str().unwrap().to_owned();
    let files = Files::from_tar(env.path("flat.tar"));
    let manifest = files.text(&blob_name(&digest)).to_owned();
    if let Some(skopeo) = readers::skopeo() {
        let reference = format!("oci-archive:{}", env.path("flat.tar").display());
        assert_eq!(skopeo.inspect_raw(&reference).accepted(), manifest);
        skopeo.copy(&reference, &format!("dir:{}", env.path("copied").display())).accepted();
        let index = format!("oci-archive:{}", env.path("one.tar").display());
        skopeo.copy(&index, &format!("dir:{}", env.path("copied-2").display())).accepted();
    }
    if let Some(podman) = readers::podman() {
        podman.load(env.path("flat.tar")).accepted();
    }
    if let Some(umoci) = readers::umoci() {
        let tag = files.value_at("index.json", "/manifests/0/annotations/org.opencontainers.image.ref.name");
        umoci.stat(env.path("flat"), tag.as_str().unwrap()).accepted();
    }
}

#[test]
fn limits_are_kept() {
    let path = testdata("buildx/multi-default.oci.tar");
    let mut limits = Limits::default();
    limits.document_bytes = 100;
    let options = EditOptions { limits, ..EditOptions::default() };
    let wanted = AnnotateOptions { on: None, set: vec![("k".into(), "v".into())], remove: Vec::new() };
    let result = run(&path, Destination::DryRun, |image| annotate(image, &all(), &wanted, &options));
    assert!(matches!(result, Err(Error::Limit { .. })), "{result:?}");
}

#[test]
fn views_that_disagree_stop_the_edit_unless_one_is_chosen() {
    let env = TestEnv::new();
    let mut files = Files::from_tar(testdata("docker/d28g-save-1tag.tar"));
    files.edit_json("manifest.json", |text| text.replace(":1.0\"", ":other\""));
    assert!(files.text("manifest.json").contains(":other"));
    env.write_tar("x.tar", &files);
    let add = ["ref", "add", "x.tar", "example.com/new/name:9", "-o", "out.tar"];
    let stopped = env.ocikit(&add).expect_code(2);
    assert!(stopped.stderr.contains("--view index"), "{}", stopped.stderr);
    assert_eq!(env.listing(), ["x.tar"]);
    for (view, is_other) in [("index", false), ("docker", true)] {
        let _ = env.ocikit(&[&add[..], &["--view", view]].concat()).expect_code(0);
        let _ = env.ocikit(&["verify", "--deep", "out.tar"]).expect_code(0);
        let out = Files::from_tar(env.path("out.tar"));
        let tags = out.value_at("manifest.json", "/0/RepoTags").to_string();
        assert!(tags.contains("example.com/new/name:9") && tags.contains(":other") == is_other, "{tags}");
        assert_eq!(out.text("index.json").contains(":other"), is_other);
        let _ = env.ocikit(&["compare", "out.tar"]).expect_code(0);
    }
}

/// A bare tag is one of the image's own repository, in both views; a new name that is the old one leaves both alone.
#[test]
fn a_bare_tag_stays_with_its_repository_in_both_views() {
    let env = TestEnv::new();
    env.write_tar("x.tar", &shapes::hauler());
    let tags = |name: &str| Files::from_tar(env.path(name)).value_at("manifest.json", "/0/RepoTags").to_string();
    let _ = env.ocikit(&["ref", "add", "x.tar", "2.0", "-o", "added.tar"]).expect_code(0);
    let _ = env.ocikit(&["compare", "added.tar"]).expect_code(0);
    assert_eq!(tags("added.tar"), r#"["example.com/team/app:1.0","example.com/team/app:2.0"]"#);
    let _ = env.ocikit(&["ref", "rename", "x.tar", "1.0", "2.0", "-o", "renamed.tar"]).expect_code(0);
    let _ = env.ocikit(&["compare", "renamed.tar"]).expect_code(0);
    assert_eq!(tags("renamed.tar"), r#"["example.com/team/app:2.0"]"#);
    // Of an entry that has no repository it is a tag alone, which docker does not know.
    let multi = shapes::containerd();
    let manifest = multi.digest_in(&multi.digest_at("index.json", "/manifests/0/digest"), "/manifests/0/digest");
    env.write_tar("multi.tar", &multi);
    let _ = env.ocikit(&["ref", "add", &format!("multi.tar@{manifest}"), "2.0", "-o", "one.tar"]).expect_code(0);
    let _ = env.ocikit(&["compare", "one.tar"]).expect_code(0);
    assert_eq!(tags("one.tar"), tags("multi.tar"));
    let same = "example.com/team/app:1.0";
    let _ = env.ocikit(&["ref", "rename", "x.tar", same, same, "-o", "same.tar"]).expect_code(0);
    let _ = env.ocikit(&["compare", "same.tar"]).expect_code(0);
    assert_eq!(tags("same.tar"), r#"["example.com/team/app:1.0"]"#);
}

/// A name that an image is to take from others, and has already, stays its own in each view.
#[test]
fn a_name_that_is_taken_from_others_stays_where_it_belongs() {
    let env = TestEnv::new();
    // Both names are of one image; the first gives way to the second.
    for (shape, files) in
        [("docker25", shapes::docker25()), ("docker20", shapes::docker20()), ("podman", shapes::podman())]
    {
        let old = files.value_at("manifest.json", "/0/RepoTags/0").as_str().unwrap().to_owned();
        let new = format!("{}:9", old.rsplit_once(':').unwrap().0);
        let [image, two, one] = ["", "-two", "-one"].map(|end| format!("{shape}{end}.tar"));
        env.write_tar(&image, &files);
        let _ = env.ocikit(&["ref", "add", &format!("{image}:{old}"), &new, "-o", &two]).expect_code(0);
        let _ = env.ocikit(&["ref", "rename", &two, &old, &new, "--replace", "-o", &one]).expect_code(0);
        let one = Files::from_tar(env.path(&one));
        let tags = one.value_at("manifest.json", "/0/RepoTags");
        let has = |name: &str| tags.as_array().unwrap().iter().any(|tag| tag == name);
        assert!(has(&new) && !has(&old), "{shape}: {tags}");
        if one.contains("repositories") {
            assert!(one.text("repositories").contains("\"9\""), "{shape}: {}", one.text("repositories"));
        }
        let _ = env.ocikit(&["verify", &format!("{shape}-one.tar")]).expect_code(0);
    }
    // An index has the name, and docker's view gives it to the one image of it that docker can load.
    let multi = shapes::containerd();
    let manifest = multi.digest_in(&multi.digest_at("index.json", "/manifests/0/digest"), "/manifests/0/digest");
    let tags = multi.value_at("manifest.json", "/0/RepoTags").clone();
    let name = tags[0].as_str().unwrap().to_owned();
    env.write_tar("multi.tar", &multi);
    let args = ["ref", "add", &format!("multi.tar@{manifest}"), &name, "--replace", "-o", "out.tar"];
    let _ = env.ocikit(&args).expect_code(0);
    assert_eq!(Files::from_tar(env.path("out.tar")).value_at("manifest.json", "/0/RepoTags"), tags);
    let _ = env.ocikit(&["compare", "out.tar"]).expect_code(0);
}

#[test]
fn an_image_with_two_names_is_annotated_once() {
    let env = TestEnv::new();
    env.write_tar("x.tar", &shapes::two_names());
    let args = ["annotate", "x.tar", "k=v", "--platform", "linux/amd64", "--on", "manifest", "-o", "out.tar"];
    let _ = env.ocikit(&args).expect_code(0);
    let _ = env.ocikit(&["verify", "--deep", "out.tar"]).expect_code(0);
}

#[test]
fn the_rest_of_an_archive_without_its_documents_is_not_edited() {
    let env = TestEnv::new();
    let mut files = shapes::oci_archive();
    files.members_mut().retain(|member| member.name.starts_with("blobs/"));
    let mut tar = files.to_tar();
    tar.truncate(tar.len() - 2048);
    env.write("x.tar", &tar);
    let _ = env.ocikit(&["verify", "x.tar"]).expect_code(1);
    let no_documents = "it has no index.json and no manifest.json";
    for (args, reason) in [
        (&["gc", "x.tar"][..], "`index.json` is missing"),
        (&["platform", "prune", "x.tar"], no_documents),
        (&["convert", "--to", "docker", "x.tar"], no_documents),
    ] {
        let run = env.ocikit(&[args, &["-o", "out.tar"]].concat()).expect_code(2);
        assert!(run.stderr.contains(reason), "{}", run.stderr);
    }
    assert_eq!(env.listing(), ["x.tar"]);
}

#[test]
fn a_selected_name_moves_alone() {
    let env = TestEnv::new();
    let input = testdata("buildx/two-tags.oci.tar");
    let before = Files::from_tar(&input).digest_at("index.json", "/manifests/0/digest");
    let one = format!("{}:example.com/team/app:latest", input.display());
    let _ = env.ocikit(&["annotate", &one, "k=v", "-o", "one.tar"]).expect_code(0);
    let _ = env.ocikit(&["annotate", input.to_str().unwrap(), "k=v", "-o", "both.tar"]).expect_code(0);
    let digests = |name: &str| {
        let files = Files::from_tar(env.path(name));
        check::assert_sound(&files);
        [0, 1].map(|number| files.digest_at("index.json", &format!("/manifests/{number}/digest")))
    };
    let [first, second] = digests("one.tar");
    assert!(first == before && second != before);
    assert_eq!(digests("both.tar"), [second.clone(), second]);
}

/// What refers to an image stands in its index, and leaves it with the image, even where both are listed elsewhere.
#[test]
fn attestations_leave_an_index_with_their_image() {
    let env = TestEnv::new();
    let path = testdata("regctl/to-oci-referrers");
    let path = path.to_str().unwrap();
    for (edit, platforms) in
        [("keep", &["linux/amd64"][..]), ("remove", &["linux/amd64"]), ("remove", &["linux/arm64", "linux/arm/v7"])]
    {
        for name in ["1.0", "ref"] {
            let image = format!("{path}:{name}");
            let _ =
                env.ocikit(&[&["platform", edit, &image][..], platforms, &["-o", "out.tar"]].concat()).expect_code(0);
            let _ = env.ocikit(&["verify", "--deep", "--deny", "warnings", "out.tar"]).expect_code(0);
        }
    }
}

/// A signature of an index that goes, goes with it, listed or not; the receipt says so.
/// What a damaged manifest needs is not known: an edit of its neighbour drops nothing that both may share.
#[test]
fn a_damaged_manifest_keeps_what_it_shares() {
    let mut store = Store::new();
    let layer = Layer::of(&[("etc/shared", "x")]);
    let images =
        ["linux/amd64", "linux/arm64"].map(|name| support::Image::new(name).layer(layer.clone()).put(&mut store));
    let root = Index::of(images.iter().map(|image| &image.desc)).put(&mut store);
    let sound = Layout::new(&store).root(&root.tagged("1.0")).files();
    let shared = sound.digest_in(&images[0].desc.digest, "/layers/0/digest");
    let mut damaged = sound.clone();
    damaged.flip_byte(&blob_name(&images[0].desc.digest), 9);
    for files in [sound, damaged] {
        let env = TestEnv::new();
        env.write_dir("image", &files);
        let _ = env.ocikit(&["platform", "remove", "image", "linux/arm64", "--in-place"]).expect_code(0);
        assert!(env.path("image").join(blob_name(&shared)).exists());
    }
}

#[test]
fn referrers_of_an_index_that_goes_go_along() {
    let env = TestEnv::new();
    let listed = Files::from_dir(testdata("cosign/bundle-referrers-crane"));
    let index = "sha256:77790be25190a31aa83e6729c050b9cc2fa1730f8d6c1b02feaaeb6a0bdb3722";
    let signature = "sha256:4b818fad3627b925c5835cbb2ccd32df44793e85f5d11d217cea9ced8b5de9d1";
    assert!(listed.text("index.json").contains(signature), "{}", listed.text("index.json"));
    let mut unlisted = Files::from_dir(testdata("cosign/bundle-referrers-crane"));
    unlisted.edit_json("index.json", |text| {
        let mut value: serde_json::Value = serde_json::from_str(text).unwrap();
        value["manifests"].as_array_mut().unwrap().retain(|entry| entry["digest"] != signature);
        value.to_string()
    });
    for (name, files) in [("listed", listed), ("unlisted", unlisted)] {
        files.to_dir(env.path(name));
        let edits: [&[&str]; 3] = [
            &["unwrap", name, "--platform", "linux/amd64"],
            &["platform", "keep", name, "linux/amd64", "--attestations", "drop"],
            &["platform", "remove", name, "linux/amd64", "--attestations", "drop"],
        ];
        for edit in edits {
            let run = env.ocikit(&[edit, &["-o", "out.tar", "--format", "json"]].concat()).expect_code(0);
            let report = run.json();
            let removed: Vec<&str> =
                report["removed"].as_array().unwrap().iter().map(|row| row["digest"].as_str().unwrap()).collect();
            assert!(removed.contains(&signature), "{edit:?}: {removed:?}");
            let unique: std::collections::BTreeSet<&str> = removed.iter().copied().collect();
            assert_eq!(unique.len(), removed.len(), "{edit:?}: {removed:?}");
            let _ = env.ocikit(&["verify", "--deep", "--deny", "warnings", "out.tar"]).expect_code(0);
            assert!(!Files::from_tar(env.path("out.tar")).contains(&blob_name(index)), "{edit:?}");
        }
    }
}

#[test]
fn the_receipt_says_the_platform_that_was_given() {
    let env = TestEnv::new();
    let multi = testdata("buildx/multi-default.oci.tar");
    let multi = multi.to_str().unwrap();
    let _ = env.ocikit(&["platform", "remove", multi, "linux/arm64", "--keep-blobs", "-o", "two.tar"]).expect_code(0);
    let _ = env.ocikit(&["platform", "keep", multi, "linux/amd64", "--keep-blobs", "-o", "one.tar"]).expect_code(0);
    let _ = env.ocikit(&["unwrap", "one.tar", "--keep-blobs", "-o", "lone.tar"]).expect_code(0);
    let arm = "sha256:445ee80c487d7bad11e31127f4faaef8c2962d7169ba79084cf5a94ad4ec6ae0";
    for name in ["two.tar", "lone.tar"] {
        let add = ["platform", "add", name, "--manifest", arm, "--platform", "linux/arm64/v8", "--dry-run"];
        let run = env.ocikit(&add).expect_code(0);
        assert!(run.stdout.contains(&format!("added image linux/arm64/v8 {arm}\n")), "{name}: {run}");
    }
}

/// Nothing leads to a manifest that is to be added: what it is was not looked at before.
#[test]
fn a_damaged_manifest_is_not_added() {
    let env = TestEnv::new();
    let multi = testdata("buildx/multi-default.oci.tar");
    let edit = ["platform", "remove", multi.to_str().unwrap(), "linux/arm64", "--keep-blobs", "-o", "two/"];
    let _ = env.ocikit(&edit).expect_code(0);
    let arm = "sha256:445ee80c487d7bad11e31127f4faaef8c2962d7169ba79084cf5a94ad4ec6ae0";
    let path = format!("two/blobs/{}", arm.replace(':', "/"));
    env.write(&path, String::from_utf8(env.read(&path)).unwrap().replacen("\"size\"", "\"sIze\"", 1));
    let add = ["platform", "add", "two", "--manifest", arm, "--platform", "linux/arm64", "--in-place"];
    let run = env.ocikit(&add).expect_code(2);
    assert!(run.stderr.contains(arm) && run.stderr.contains("the file is damaged"), "{run}");
}
