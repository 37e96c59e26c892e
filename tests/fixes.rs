//! Where a finding names a command that fixes it, that command, run as it is printed, does: the finding is gone, and no error
//! is new.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crate::support;
use crate::support::*;

/// A finding as `verify` prints it: severity and code, what is so, and the command where there is one.
type Printed = ((String, String), Option<String>);

fn printed(env: &TestEnv, file: &str) -> Vec<Printed> {
    let text = env.ocikit(&["verify", "--deep", "-v", file]).stdout;
    let mut found: Vec<Printed> = Vec::new();
    for line in text.lines() {
        match (line.strip_prefix("  "), found.last_mut()) {
            (None, _) => {
                if let Some((head, _)) = line.split_once("] ") {
                    found.push(((head.to_owned(), String::new()), None));
                }
            }
            (Some(line), Some((key, fix))) => {
                if let Some(command) = line.strip_prefix("fix:      ") {
                    *fix = Some(command.to_owned());
                } else if let Some(command) = line.strip_prefix("fix all:  ") {
                    // Those of one code that follow each other.
                    let code = key.0.clone();
                    let group = found.iter_mut().rev().take_while(|((own, _), fix)| *own == code && fix.is_none());
                    group.for_each(|(_, fix)| *fix = Some(command.to_owned()));
                } else if key.1.is_empty() {
                    key.1 = line.to_owned();
                }
            }
            (Some(_), None) => {}
        }
    }
    found
}

/// Runs the command of every finding that has one, as it is printed; says which codes were fixed.
fn fix(env: &TestEnv, file: &str) -> BTreeSet<String> {
    let before = printed(env, file);
    let count = |all: &[Printed], key: &(String, String)| all.iter().filter(|(own, _)| own == key).count();
    let mut commands: BTreeMap<&String, Vec<&(String, String)>> = BTreeMap::new();
    for (key, command) in before.iter().filter_map(|(key, fix)| Some((key, fix.as_ref()?))) {
        commands.entry(command).or_default().push(key);
    }
    let mut fixed = BTreeSet::new();
    for (command, keys) in commands {
        let run = env.bash(command);
        assert_eq!(run.code, 0, "{file}: {command}\n{run}");
        let after = printed(env, "FIXED");
        for key in &keys {
            let with_this = keys.iter().filter(|own| own == &key).count();
            let (had, left) = (count(&before, key), count(&after, key));
            assert!(left + with_this <= had, "{file}: {command}: {left} of {had} {key:?} are left\n{after:#?}");
        }
        for (key, _) in after.iter().filter(|((head, _), _)| head.starts_with("error")) {
            let is_old = before.iter().any(|((head, _), _)| *head == key.0);
            assert!(is_old, "{file}: {command}: {key:?} is new");
        }
        let path = env.path("FIXED");
        if path.is_dir() {
            std::fs::remove_dir_all(path).unwrap()
        } else {
            std::fs::remove_file(path).unwrap()
        }
        fixed.extend(keys.into_iter().filter_map(|(head, _)| Some(head.split_once('[')?.1.to_owned())));
    }
    fixed
}

/// The archives and directories of the testdata, and the small files of `tests/cases`.
fn items() -> Vec<PathBuf> {
    let sorted = |folder: &Path| {
        let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths
    };
    let folders = sorted(&testdata("")).into_iter().filter(|path| path.is_dir());
    let mut items: Vec<PathBuf> = folders.flat_map(|folder| sorted(&folder)).collect();
    items.extend(sorted(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/files")));
    items
}

#[test]
fn every_fix_of_every_file_fixes() {
    let items = items();
    let (queue, fixed) = (Mutex::new(items.iter()), Mutex::new(BTreeSet::new()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let env = TestEnv::new();
                loop {
                    let Some(path) = queue.lock().unwrap().next() else { break };
                    // A name that a shell would not take as it is.
                    let name = format!("it's {}", path.file_name().unwrap().to_str().unwrap());
                    std::os::unix::fs::symlink(path, env.path(&name)).unwrap();
                    let found = fix(&env, &name);
                    std::fs::remove_file(env.path(&name)).unwrap();
                    fixed.lock().unwrap().extend(found);
                }
            });
        }
    });
    let fixed = fixed.into_inner().unwrap();
    let expected = [
        "blob-misplaced",
        "blob-unreferenced",
        "cache-as-index",
        "child-missing",
        "layer-compression",
        "platform-contradiction",
        "platform-duplicate",
        "ref-name-invalid",
    ];
    assert_eq!(fixed.iter().map(String::as_str).collect::<Vec<_>>(), expected);
}

/// An index of images, each with a name for what is in it, as a list of descriptors.
fn listed(images: &[(&str, Option<&str>)], nested: usize) -> Files {
    let mut store = Store::new();
    let mut entries: Vec<_> = images
        .iter()
        .enumerate()
        .map(|(number, (own, listed))| {
            let image = Image::new(own).layer(Layer::of(&[("who", &number.to_string())])).put(&mut store).desc;
            match listed {
                Some(platform) => image.platform(platform),
                None => image.without_platform(),
            }
        })
        .collect();
    let inner = entries.split_off(entries.len() - nested);
    if nested > 0 {
        entries.push(Index::of(&inner).put(&mut store));
    }
    let root = Index::of(&entries).put(&mut store);
    Layout::new(&store).root(&root.tagged("1.0")).files()
}

#[test]
fn every_fix_of_made_files_fixes() {
    let env = TestEnv::new();
    let mut fixed = BTreeSet::new();
    for shape in shapes::all().into_iter().filter(|shape| shape.name != "imgpkg") {
        env.write(shape.name, shape.bytes());
        fixed.extend(fix(&env, shape.name));
    }
    // Between which an engine has to choose.
    let (amd, arm) = (Some("linux/amd64"), Some("linux/arm64"));
    for (name, images, nested) in [
        ("three", &[("linux/amd64", amd), ("linux/amd64", amd), ("linux/amd64", amd)][..], 0),
        ("nested-duplicate", &[("linux/amd64", amd), ("linux/amd64", amd), ("linux/arm64", arm)], 2),
        ("without", &[("linux/amd64", amd), ("linux/arm64", None)], 0),
        ("two-without", &[("linux/amd64", None), ("linux/arm64", None)], 0),
        ("without-and-duplicate", &[("linux/amd64", amd), ("linux/amd64", None)], 0),
    ] {
        env.write_tar(name, &listed(images, nested));
        let found = fix(&env, name);
        assert!(!found.is_empty(), "{name}");
        fixed.extend(found);
    }
    // An attestation that was kept though its image was not.
    let mut sample = Sample::attested(&shapes::PLATFORMS, |attestation| attestation);
    let absent = sample.images[1].desc.digest.clone();
    sample.store.remove(&absent);
    env.write_tar("bereft", &sample.layout());
    fixed.extend(fix(&env, "bereft"));
    // An index that says another platform than the config.
    let mut files = shapes::multi();
    let index = files.digest_at("index.json", "/manifests/0/digest");
    files.rewrite_document(&index, |text| text.replace("\"arm64\"", "\"s390x\""));
    env.write_tar("contradiction", &files);
    fixed.extend(fix(&env, "contradiction"));
    // A config and a manifest that stand in `data` alone.
    for (name, is_config) in [("inline-config", true), ("inline-manifest", false)] {
        let mut files = shapes::data();
        let manifest = files.digest_at("index.json", "/manifests/0/digest");
        let blob = if is_config { files.digest_in(&manifest, "/config/digest") } else { manifest };
        if !is_config {
            let text = files.bytes(&blob_name(&blob)).to_vec();
            files.edit_json("index.json", |index| {
                index.replacen(
                    "\"digest\"",
                    &format!("\"data\":\"{}\",\"digest\"", support::builder::descriptor::base64(&text)),
                    1,
                )
            });
        }
        files.remove(&blob_name(&blob));
        env.write_tar(name, &files);
        fixed.extend(fix(&env, name));
    }
    let expected = [
        "attestation-subject-absent",
        "blob-inline",
        "blob-unreferenced",
        "cache-as-index",
        "child-missing",
        "platform-contradiction",
        "platform-duplicate",
        "platform-missing",
    ];
    assert_eq!(fixed.iter().map(String::as_str).collect::<Vec<_>>(), expected);
}

/// Commands whose refusals name commands that help.
const REFUSED: [&str; 10] = [
    "convert IMAGE --to docker --dry-run",
    "platform list IMAGE",
    "platform set IMAGE --from-config --dry-run",
    "unwrap IMAGE --dry-run",
    "gc IMAGE",
    "annotate IMAGE key=value --dry-run",
    "ref add IMAGE example.com/team/app:again --dry-run",
    "repack IMAGE --compression zstd --to oci-archive -o OUT.tar --dry-run",
    "delta create OTHER --base IMAGE -o OUT.tar --dry-run",
    "unpack IMAGE -o OUT",
];

/// Runs what an error offers; how many commands there were.
fn run_offered(env: &TestEnv, error: &str) -> usize {
    let spans = error.split('`').skip(1).step_by(2);
    let commands: Vec<&str> = spans.filter(|span| span.starts_with("ocikit ")).collect();
    for command in &commands {
        let run = env.bash(command);
        let is_check = ["verify", "compare"].iter().any(|check| command.starts_with(&format!("ocikit {check} ")));
        assert!(run.code == 0 || run.code == 1 && is_check, "{command}\n{run}\n{error}");
        let path = env.path("FIXED");
        if path.is_dir() {
            std::fs::remove_dir_all(path).unwrap();
        } else if path.exists() {
            std::fs::remove_file(path).unwrap();
        }
    }
    commands.len()
}

#[test]
fn every_command_of_an_error_works() {
    let items = items();
    let (queue, done) = (Mutex::new(items.iter()), Mutex::new(0));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let env = TestEnv::new();
                env.write_tar("other.tar", &shapes::multi());
                loop {
                    let Some(path) = queue.lock().unwrap().next() else { break };
                    let name = format!("an image {}", path.file_name().unwrap().to_str().unwrap());
                    std::os::unix::fs::symlink(path, env.path(&name)).unwrap();
                    for command in REFUSED {
                        let words: Vec<&str> = command
                            .split(' ')
                            .map(|word| match word {
                                "IMAGE" => &*name,
                                "OTHER" => "other.tar",
                                word => word,
                            })
                            .collect();
                        let run = env.ocikit(&words);
                        *done.lock().unwrap() += run_offered(&env, &run.stderr);
                        let _ = std::fs::remove_dir_all(env.path("OUT"));
                    }
                    std::fs::remove_file(env.path(&name)).unwrap();
                }
            });
        }
    });
    let done = done.into_inner().unwrap();
    assert!(done > 15, "{done}");
}
