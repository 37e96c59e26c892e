//! `doctor`: its predictions, held against what programs did with the same files.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failure here is a failed test")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::support::amount::is_turn;
use crate::support::builder::{docker_old, dual};
use crate::support::*;
use ocikit::graph::Selector;
use ocikit::image;
use ocikit::ops::doctor::{DoctorOptions, Prediction, Verdict, doctor, requirements};
use ocikit::target::{Asked, Target};

/// What `doctor` says of one file and one target.
fn predict(path: &Path, reference: Option<&str>, target: &str) -> Prediction {
    let image = image::Image::open(path).unwrap();
    let selector = Selector { reference: reference.map(Into::into), ..Selector::default() };
    let options = DoctorOptions { targets: vec![target.parse().unwrap()], selector, ..DoctorOptions::default() };
    let mut report = doctor(&image, &options).unwrap();
    let prediction = report.targets.remove(0).prediction;
    assert_eq!(report.ok, prediction.verdict != Verdict::Refuses);
    prediction
}

/// Fails, listing all of them, where a prediction is not what the reader did.
#[derive(Default)]
struct Held {
    compared: usize,
    wrong: Vec<String>,
}

impl Held {
    fn hold(&mut self, file: &str, path: &Path, reference: Option<&str>, target: &str, did: &readers::Answer) {
        let prediction = predict(path, reference, target);
        self.compared += 1;
        if did.ok == (prediction.verdict == Verdict::Refuses) {
            let said: Vec<_> = prediction.reasons.iter().map(|reason| &reason.detail).collect();
            let did = if did.ok { "accepted it".to_owned() } else { format!("refused it: {}", did.stderr) };
            self.wrong.push(format!("{target}: {file} {reference:?}: predicted {said:?}, it {did}"));
        }
    }

    #[track_caller]
    fn end(self) {
        assert!(self.compared > 40, "only {} files were compared", self.compared);
        assert!(self.wrong.is_empty(), "{} of {}:\n{}", self.wrong.len(), self.compared, self.wrong.join("\n"));
    }
}

/// A file that tests write, or one of the testdata.
struct Item {
    name: String,
    path: PathBuf,
    /// The reference names in its `index.json`.
    references: Vec<String>,
}

/// Every archive, or every directory: the testdata, all shapes of the builder, and the odd ones below.
fn items(env: &TestEnv, directories: bool) -> Vec<Item> {
    let mut items = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    for tool in sorted(&root).into_iter().filter(|path| path.is_dir()) {
        for path in sorted(&tool).into_iter().filter(|path| path.is_dir() == directories) {
            let name = path.strip_prefix(&root).unwrap().display().to_string();
            let references = if directories { references(&Files::from_dir(&path)) } else { Vec::new() };
            items.push(Item { name, path, references });
        }
    }
    for shape in shapes::all().into_iter().chain(odd_shapes()) {
        let path = match directories {
            true => env.write_dir(shape.name, &shape.files),
            false => env.write(&format!("{}.tar", shape.name), shape.bytes()),
        };
        items.push(Item { name: shape.name.into(), path, references: references(&shape.files) });
    }
    items
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn references(files: &Files) -> Vec<String> {
    if !files.contains("index.json") {
        return Vec::new();
    }
    let manifests = files.value_at("index.json", "/manifests");
    let name =
        |entry: &serde_json::Value| Some(entry["annotations"][builder::descriptor::REF_NAME].as_str()?.to_owned());
    let mut names: Vec<String> = manifests.as_array().into_iter().flatten().filter_map(name).collect();
    names.sort();
    names.dedup();
    names
}

/// Files on which readers stumble and which no producer of the testdata wrote.
fn odd_shapes() -> Vec<shapes::FileFormat> {
    let shape = |name, files| shapes::FileFormat { name, files, outer: Compression::None };
    let mut docker_zstd = Store::new();
    let zstd =
        Image::new("linux/amd64").docker_types().layer(Layer::of(&[("a", "1")]).compressed(Compression::ZstdReal(3)));
    let zstd = zstd.put(&mut docker_zstd);
    let mut no_platforms = Store::new();
    let images = ["linux/amd64", "linux/arm64"].map(|platform| {
        Image::new(platform).docker_types().layer(Layer::of(&[("p", platform)]).gzip()).put(&mut no_platforms)
    });
    let bare = images.map(|image| image.desc.without_platform());
    let no_platforms_root = Index::of(&bare).docker_types().put(&mut no_platforms);
    let mut oci_bare = Sample::multi(&shapes::PLATFORMS);
    let children: Vec<_> = oci_bare.images.iter().map(|image| image.desc.clone().without_platform()).collect();
    let oci_bare_root = Index::of(&children).put(&mut oci_bare.store);
    let arm = Sample::multi(&["linux/arm64", "linux/arm/v7"]);
    let mut absent_layer = Sample::single();
    let layer = absent_layer.images[0].layers[1].desc.digest.clone();
    absent_layer.store.remove(&layer);
    let mut without_layout = shapes::oci_archive();
    without_layout.remove("oci-layout");
    let mut other_layout = shapes::oci_archive();
    other_layout.replace("oci-layout", r#"{"imageLayoutVersion":"1.1.0"}"#);
    let mut zstd_tar = shapes::rules_oci();
    let name = zstd_tar.digest_at("manifest.json", "/0/Layers/0");
    let plain = check::inflated(zstd_tar.bytes(&name));
    zstd_tar.replace(&name, builder::compress(&plain, Compression::ZstdReal(3)));
    let mut hard_linked = shapes::docker20();
    let name = hard_linked.digest_at("manifest.json", "/0/Layers/0");
    hard_linked.rename(&name, "real.tar");
    hard_linked.move_first("real.tar");
    hard_linked.hardlink(&name, "real.tar");
    let single = Sample::single();
    let unnamed = single.root.clone().without_platform();
    let full_name = unnamed.clone().annotate(builder::descriptor::REF_NAME, "example.com/team/app:1.0");
    let two = two_docker_images();
    vec![
        shape("odd-docker-zstd", Layout::new(&docker_zstd).root(&zstd.desc.tagged("1.0")).files()),
        shape("odd-list-without-platforms", Layout::new(&no_platforms).root(&no_platforms_root.tagged("1.0")).files()),
        shape("odd-index-without-platforms", Layout::new(&oci_bare.store).root(&oci_bare_root.tagged("1.0")).files()),
        shape("odd-other-platforms", arm.layout()),
        shape("odd-other-platform-alone", Sample { root: arm.images[0].desc.clone(), ..arm.clone() }.layout()),
        shape("odd-absent-layer", absent_layer.layout()),
        shape("odd-without-oci-layout", without_layout),
        shape("odd-layout-version", other_layout),
        shape("odd-docker-archive-zstd-layer", zstd_tar),
        shape("odd-hard-linked-layer", hard_linked),
        shape("odd-unnamed", Layout::new(&single.store).root(&unnamed).files()),
        shape("odd-Upper-Case", Layout::new(&single.store).root(&unnamed).files()),
        shape("odd-full-name", Layout::new(&single.store).root(&full_name).files()),
        shape("odd-empty", Layout::new(&single.store).files()),
        shape("odd-two-docker-images", docker_old::docker20(&two)),
        shape("odd-two-images", dual::docker25(&two)),
    ]
}

fn two_docker_images() -> Vec<builder::Tagged> {
    let mut store = Store::new();
    let image = |file: &str| Image::new("linux/amd64").layer(Layer::of(&[(file, "1\n")]).gzip());
    [("a", "app:1.0"), ("b", "other:2.0")].map(|(file, name)| image(file).put(&mut store).tagged(&[name])).to_vec()
}

#[test]
fn skopeo_does_with_archives_what_was_predicted() {
    let Some(skopeo) = readers::skopeo() else { return };
    let (env, mut held) = (TestEnv::new(), Held::default());
    for item in items(&env, false) {
        for (transport, target) in
            [("oci-archive", "skopeo-oci-archive@1.9.3"), ("docker-archive", "skopeo-docker-archive@1.9.3")]
        {
            let out = tempfile::tempdir().unwrap();
            let did =
                skopeo.copy(&format!("{transport}:{}", item.path.display()), &format!("dir:{}", out.path().display()));
            held.hold(&item.name, &item.path, None, target, &did);
        }
    }
    held.end();
}

#[test]
fn skopeo_does_with_directories_what_was_predicted() {
    let Some(skopeo) = readers::skopeo() else { return };
    let (env, mut held) = (TestEnv::new(), Held::default());
    for item in items(&env, true) {
        let named = item.references.iter().map(|name| Some(name.as_str()));
        for reference in std::iter::once(None).chain(named) {
            let out = tempfile::tempdir().unwrap();
            let colon = reference.map_or_else(String::new, |name| format!(":{name}"));
            let did =
                skopeo.copy(&format!("oci:{}{colon}", item.path.display()), &format!("dir:{}", out.path().display()));
            held.hold(&item.name, &item.path, reference, "skopeo-oci@1.9.3", &did);
        }
    }
    held.end();
}

#[test]
fn podman_does_what_was_predicted() {
    let (env, other, mut held) = (TestEnv::new(), TestEnv::new(), Held::default());
    // What was built is loaded as an archive or as a directory; what real tools wrote, as they wrote it.
    let (archives, directories) = (items(&env, false), items(&other, true));
    let in_turn = |way: usize| move |item: &Item| item.name.contains('/') || is_turn(&item.name, way, 2);
    for item in archives.into_iter().filter(in_turn(0)).chain(directories.into_iter().filter(in_turn(1))) {
        let Some(podman) = readers::podman() else { return };
        held.hold(&item.name, &item.path, None, "podman@4.3.1", &podman.load(&item.path));
    }
    held.end();
}

#[test]
fn umoci_does_what_was_predicted() {
    let Some(umoci) = readers::umoci() else { return };
    let (env, mut held) = (TestEnv::new(), Held::default());
    for item in items(&env, true) {
        for reference in item.references.iter().filter(|name| !name.contains(['/', ':'])) {
            let bundle = tempfile::tempdir().unwrap();
            let did = umoci.unpack(&item.path, reference, bundle.path().join("bundle"));
            held.hold(&item.name, &item.path, Some(reference), "umoci@0.4.7", &did);
        }
    }
    held.end();
}

#[test]
fn ctr_does_what_was_predicted() {
    let Some(ctr) = readers::ctr() else { return };
    let (env, mut held) = (TestEnv::new(), Held::default());
    for item in items(&env, false) {
        let is_for_this_machine = std::env::consts::ARCH == "x86_64";
        if is_for_this_machine {
            held.hold(&item.name, &item.path, None, "ctr@1.6.20", &ctr.import(&item.path, false));
        }
        held.hold(&item.name, &item.path, None, "kind", &ctr.import(&item.path, true));
    }
    held.end();
}

/// What docker 29.7 (containerd store), docker 28.5 (classic store), `ctr` 2.3 (`--all-platforms`), podman 5.8, skopeo
/// 1.22 (either transport) and crane 0.21 did with archives of the testdata: `+` accepted, `-` refused.
const DID: [(&str, &str); 21] = [
    ("buildx/multi-default.oci.tar", "+-+++--"),
    ("buildkit/dockermt-multi.oci.tar", "+-+++--"),
    ("buildkit/docker-prov.docker.tar", "+-+++--"),
    ("docker/d20-save-duplayers.tar", "++++-++"),
    ("docker/d28c-save-multi.tar", "+++++++"),
    ("docker/d28g-save-pipe.tar.gz", "++-+++-"),
    ("docker/d28c-save-pipe.tar.zst", "++-+++-"),
    ("podman5/save-oci-archive.tar", "+-+++--"),
    ("skopeo/ociarchive-zstdchunked.tar", "+-+++--"),
    ("crane/pull-tarball-2images.tar", "++++---"),
    ("crane/pull-legacy.tar", "++++-++"),
    ("regctl/export-docker.tar", "+++++++"),
    ("ctr/ctr23-export-allplat.tar", "+++++++"),
    ("oras/backup.tar", "+-+----"),
    ("buildx/history.dockerbuild", "+---+--"),
    ("retar/gnu-appended-dup.tar", "+-+++--"),
    ("retar/gnu-dot-prefix.tar", "+-+++--"),
    ("retar/gnu-pax.tar", "+-+++--"),
    ("retar/gnu-subdir.tar", "-------"),
    ("retar/hardlinks.tar", "+-+++--"),
    ("retar/symlinks.tar", "+-+++--"),
];

const BY: [&str; 7] = [
    "docker-containerd@29.7",
    "docker@28.5",
    "ctr@2.3",
    "podman@5.8",
    "skopeo-oci-archive@1.22",
    "skopeo-docker-archive@1.22",
    "crane@0.21",
];

#[test]
fn newer_programs_did_what_is_predicted() {
    for (item, did) in DID {
        for (target, did) in BY.into_iter().zip(did.chars()) {
            let prediction = predict(&testdata(item), None, target);
            // This was done without unpacking; the import that people run unpacks, and refuses an artifact.
            if (item, target) == ("oras/backup.tar", "ctr@2.3") {
                assert_eq!(prediction.reasons[0].requirement, "image-to-run");
                continue;
            }
            let predicted = if prediction.verdict == Verdict::Refuses { '-' } else { '+' };
            assert_eq!(predicted, did, "{target} and {item}: {:?}", prediction.reasons);
            // kind and k3s import all platforms, as was done there; k3s inflates files by their name.
            if target == "ctr@2.3" {
                let kind = predict(&testdata(item), None, "kind").verdict != Verdict::Refuses;
                assert_eq!(kind, did == '+', "kind and {item}");
            }
        }
    }
}

/// Each requirement is distinguished by some file: none of the table is dead.
#[test]
fn every_requirement_is_met_by_some_file_and_not_by_another() {
    let (archives, directories) = (TestEnv::new(), TestEnv::new());
    let mut unmet: Vec<&str> = Vec::new();
    let options = DoctorOptions::default();
    for item in items(&archives, false).into_iter().chain(items(&directories, true)) {
        let image = image::Image::open(&item.path).unwrap();
        let report = doctor(&image, &options).unwrap();
        for reference in &item.references {
            let selector = Selector { reference: Some(reference.clone()), ..Selector::default() };
            let report = doctor(&image, &DoctorOptions { selector, ..DoctorOptions::default() }).unwrap();
            unmet.extend(
                report.targets.iter().flat_map(|target| &target.prediction.reasons).map(|reason| reason.requirement),
            );
        }
        unmet.extend(
            report.targets.iter().flat_map(|target| &target.prediction.reasons).map(|reason| reason.requirement),
        );
    }
    // Those of tests/doctor_documents.rs, which no sound file meets.
    let of_documents = [
        "decodable",
        "decodable-config",
        "one-kind-of-document",
        "type-as-listed",
        "known-types",
        "whole-descriptors",
        "digests",
        "digests-of-content",
        "platform-of-the-entry",
        "diff-ids",
        "os-of-the-machine",
        "documents-as-files",
        "exact-names",
        "relative-names",
    ];
    let rows = || Target::all().flat_map(requirements);
    let names = rows().map(|row| row.name).filter(|name| !unmet.contains(name));
    let never: BTreeSet<&str> = names.filter(|name| !of_documents.contains(name)).collect();
    assert_eq!(
        never,
        BTreeSet::from(["blobs-in-place", "listed-sizes", "name", "position", "sizes", "views-agree"]),
        "they have tests of their own, here and in tests/cases"
    );
    for row in rows() {
        assert!(row.source.starts_with("https://"), "{}", row.name);
    }
}

#[test]
fn what_is_seen_in_docker_archives_alone() {
    let env = TestEnv::new();
    let mut mixed = shapes::rules_oci();
    let name = mixed.digest_at("manifest.json", "/0/Layers/1");
    let plain = check::inflated(mixed.bytes(&name));
    mixed.replace(&name, plain);
    let path = env.write_tar("mixed.tar", &mixed);
    let crane = predict(&path, None, "crane");
    assert_eq!((crane.verdict, crane.reasons[0].requirement), (Verdict::AcceptsBut, "one-compression"));

    let mut differ = shapes::docker25();
    differ.edit_json("manifest.json", |text| text.replace("example.com/team/app:1.0", "example.com/team/app:2.0"));
    let path = env.write_tar("differ.tar", &differ);
    for (target, document) in [("docker", "manifest.json"), ("docker-containerd", "index.json")] {
        let prediction = predict(&path, None, target);
        assert_eq!(prediction.reasons[0].requirement, "views-agree");
        assert!(prediction.reasons[0].detail.ends_with(&format!("reads `{document}`")), "{prediction:?}");
        assert_eq!(prediction.reads, Some(document));
    }
}

#[test]
fn what_would_be_loaded() {
    let multi = testdata("docker/d28c-save-multi.tar");
    let image = image::Image::open(&multi).unwrap();
    let loads = |target: &str| predict(&multi, None, target).loads;
    let root = image.graph.roots[0].descriptor.digest.ok();
    let names = ["bxm:1.0"];
    let docker = loads("docker");
    assert_eq!(docker[0].names, names);
    assert_eq!(docker[0].platforms.len(), 1);
    assert_eq!(docker[0].digest.as_ref().unwrap().short(), "sha256:0dc7d1e37b42");
    let containerd = loads("docker-containerd");
    assert_eq!((containerd[0].digest.as_ref(), containerd[0].platforms.len()), (root, 2));
    let podman = loads("podman");
    assert_ne!(podman[0].digest.as_ref(), root, "it takes one image out of the index");
    assert_eq!(podman[0].platforms[0].to_string(), "linux/amd64");
    assert_eq!(loads("ctr")[0].platforms.len(), 1);
    assert!(loads("skopeo-oci").is_empty());
}

#[test]
fn versions_matter_where_they_do() {
    let gz = testdata("docker/d28g-save-pipe.tar.gz");
    let verdict = |target: &str| predict(&gz, None, target).verdict;
    assert_eq!(verdict("skopeo-docker-archive@1.9.3"), Verdict::Refuses);
    assert_eq!(verdict("skopeo-docker-archive@1.22"), Verdict::Accepts);
    let newest = predict(&gz, None, "skopeo-docker-archive");
    assert_eq!((newest.verdict, newest.reasons[0].fixed_in.as_deref()), (Verdict::AcceptsBut, Some("1.22")));
}

#[test]
fn the_command() {
    let env = TestEnv::new();
    env.write_tar("multi.tar", &shapes::attested());
    let run = |args: &[&str]| {
        let mut all = vec!["doctor", "multi.tar", "--platform", "linux/amd64"];
        all.extend(args);
        env.ocikit(&all)
    };
    insta::assert_snapshot!(run(&["--for", "podman,docker", "--for", "registry-no-attestations,kind"]), @r"
    success: false
    exit_code: 1
    ----- stdout -----
    multi.tar: OCI archive, read on linux/amd64
    podman                    accepts  example.com/team/app:1.0 for linux/amd64, but
        loads only linux/amd64 of linux/amd64, linux/arm64
        does not load the 2 attestations
    docker                    refuses
        there is no `manifest.json`
        fix: ocikit repack multi.tar --for docker -o FIXED
    registry-no-attestations  refuses
        the index lists attestations with the platform `unknown/unknown`
        fix: ocikit repack multi.tar --for registry-no-attestations -o FIXED
    kind                      accepts  example.com/team/app:1.0 for linux/amd64, linux/arm64
    note: layers are not read; to check them: ocikit verify multi.tar --deep
    ----- stderr -----
    ");
    insta::assert_snapshot!(run(&[]), @r"
    success: true
    exit_code: 0
    ----- stdout -----
    multi.tar: OCI archive, read on linux/amd64
    docker                    refuses  there is no `manifest.json`
    docker-containerd         accepts  example.com/team/app:1.0 for linux/amd64, linux/arm64
    docker-classic            refuses  there is no `manifest.json`
    podman                    accepts  example.com/team/app:1.0 for linux/amd64; loads only linux/amd64 of linux/amd64, linux/arm64 (and 1 more)
    ctr                       accepts  example.com/team/app:1.0 for linux/amd64; loads only linux/amd64 of linux/amd64, linux/arm64 (and 1 more)
    kind                      accepts  example.com/team/app:1.0 for linux/amd64, linux/arm64
    k3s                       accepts  example.com/team/app:1.0 for linux/amd64, linux/arm64
    skopeo-oci-archive        accepts  example.com/team/app:1.0 for linux/amd64; loads only linux/amd64 of linux/amd64, linux/arm64 (and 1 more)
    skopeo-docker-archive     refuses  there is no `manifest.json`
    skopeo-oci                refuses  reads directories only, and this is an archive
    umoci                     refuses  reads directories only, and this is an archive (and 1 more)
    trivy                     refuses  there is no `manifest.json`
    dive                      accepts  there is no `manifest.json`: it shows all layers of the file, in any order
    diffoci                   accepts  example.com/team/app:1.0 for linux/amd64; loads only linux/amd64 of linux/amd64, linux/arm64 (and 1 more)
    zarf                      accepts  example.com/team/app:1.0 for linux/amd64; loads only linux/amd64 of linux/amd64, linux/arm64 (and 1 more)
    skopeo-push               accepts  example.com/team/app:1.0 for linux/amd64, linux/arm64
    crane                     refuses  there is no `manifest.json`
    oras                      accepts  example.com/team/app:1.0 for linux/amd64, linux/arm64
    imagetools                refuses  reads directories only, and this is an archive
    registry-no-attestations  refuses  the index lists attestations with the platform `unknown/unknown`
    registry-no-subject       refuses  the attestation refers to another manifest with `subject`
    note: the commands that fix the file for 10 targets (or `-v` for all): ocikit doctor multi.tar --for docker
    note: layers are not read; to check them: ocikit verify multi.tar --deep
    ----- stderr -----
    ");
    insta::assert_snapshot!(run(&["--for", "nobody"]), @r"
    success: false
    exit_code: 2
    ----- stdout -----
    ----- stderr -----
    error: invalid value 'nobody' for '--for <TARGET>': `nobody` is not a target; use one of docker, docker-containerd, docker-classic, podman, ctr, kind, k3s, skopeo-oci-archive, skopeo-docker-archive, skopeo-oci, umoci, trivy, dive, diffoci, zarf, skopeo-push, crane, oras, imagetools, registry-no-attestations, registry-no-subject, optionally with a version, for example skopeo-docker-archive@1.9

    For more information, try '--help'.
    ");
    let _ = run(&["--for", "kind"]).expect_code(0);
    let all = run(&["--format", "json"]).expect_code(0).json();
    assert_eq!(all["targets"].as_array().unwrap().len(), Target::all().count());
    assert_eq!(
        all["targets"][0]["fix"]["arguments"],
        serde_json::json!(["repack", "multi.tar", "--for", "docker", "-o", "{output}"])
    );
    // Nothing accepts an empty layout.
    env.write_dir("empty", &Layout::new(&Store::new()).files());
    let _ = env.ocikit(&["doctor", "empty"]).expect_code(1);
    assert!(Asked::newest(Target::Podman).to_string() == "podman");
}

/// One manifest in 20,000 entries, and one config in as many images: no question may cost the square.
#[test]
fn large_lists_take_no_longer_than_they_are() {
    let env = TestEnv::new();
    let mut files = shapes::docker25();
    let repeat = |text: &str, list: Option<&str>| {
        let mut value: serde_json::Value = serde_json::from_str(text).unwrap();
        let items = match list {
            Some(list) => &mut value[list],
            None => &mut value,
        };
        *items = vec![items[0].clone(); 20_000].into();
        value.to_string()
    };
    files.edit_json("index.json", |text| repeat(text, Some("manifests")));
    files.edit_json("manifest.json", |text| repeat(text, None));
    env.write_tar("image.tar", &files);
    let _ = env.command(&["doctor", "image.tar", "-q"]).bounded(256, 10).run().expect_code(0);
}
