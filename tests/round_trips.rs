//! Every image file into every shape and back: each digest that a shape can carry comes back, and the same image gives
//! the same bytes whatever shape it came from.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::collections::BTreeSet;

use crate::support::amount::is_turn;
use crate::support::{Files, Kind, Run, TestEnv, check, shapes, testdata};

/// What an image file is written as: the end of its name, and the shape that is asked for.
const OCI: [(&str, &[&str]); 5] =
    [("", &["--to", "oci-dir"]), (".tar", &[]), (".tar.gz", &[]), (".tar.zst", &[]), ("-dual.tar", &["--to", "dual"])];
const DOCKER: [(&str, &[&str]); 2] =
    [("-docker.tar", &["--to", "docker-archive"]), ("-docker.tar.gz", &["--to", "docker-archive"])];

/// Every real file, and every built shape that is an image file.
fn every_input(env: &TestEnv) -> Vec<String> {
    let mut inputs = Vec::new();
    let root = testdata("");
    for group in std::fs::read_dir(&root).unwrap().flatten().filter(|entry| entry.path().is_dir()) {
        for item in std::fs::read_dir(group.path()).unwrap().flatten() {
            inputs.push(item.path().to_str().unwrap().to_owned());
        }
    }
    for shape in shapes::all().into_iter().filter(|shape| !["imgpkg", "pack"].contains(&shape.name)) {
        let name = format!("{}.built", shape.name);
        env.write(&name, shape.bytes());
        inputs.push(name);
    }
    inputs.sort();
    assert!(inputs.len() > 90, "{}", inputs.len());
    inputs
}

/// The formats that this test tries of an input: of the five, one or two in turn.
fn formats(input: &str) -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
    let name = input.rsplit_once("testdata/").map_or(input, |(_, name)| name).to_owned();
    OCI.into_iter().enumerate().filter(move |(way, _)| is_turn(&name, *way, 3)).map(|(_, format)| format)
}

/// What stands at a path, byte by byte.
fn bytes_of(env: &TestEnv, name: &str) -> Vec<(String, Vec<u8>)> {
    let path = env.path(name);
    if path.is_file() {
        return vec![(String::new(), env.read(name))];
    }
    let files = Files::from_dir(&path);
    let files = files.members().iter().filter(|member| matches!(member.kind, Kind::File(_)));
    let mut all: Vec<_> =
        files.map(|member| (member.name.clone(), format!("{:?}", member.kind).into_bytes())).collect();
    all.sort();
    all
}

fn remove(env: &TestEnv, name: &str) {
    let path = env.path(name);
    let removed = if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
    removed.unwrap();
}

fn repack(env: &TestEnv, input: &str, out: &str, to: &[&str]) -> Run {
    env.ocikit(&[&["repack", input, "-o", out], to].concat())
}

/// The blobs of a file that is an image layout as it stands, without those whose names lie.
fn blobs_of(path: &std::path::Path) -> BTreeSet<String> {
    let files = if path.is_dir() {
        Files::from_dir(path)
    } else if path.extension().is_some_and(|end| end == "tar") {
        Files::from_tar(path)
    } else {
        return BTreeSet::new();
    };
    let is_blob =
        |name: &&str| name.starts_with("blobs/sha256/") && name.len() == 13 + 64 && files.contains("index.json");
    files.names().into_iter().filter(is_blob).map(ToOwned::to_owned).collect()
}

#[test]
fn layouts_are_the_same_bytes_whatever_they_come_from() {
    let env = TestEnv::new();
    let (mut seen, mut dual) = (0, 0);
    for input in every_input(&env) {
        let first = repack(&env, &input, "base.tar", &[]);
        if first.code == 2 {
            assert!(first.stderr.contains("is no") || first.stderr.contains("layer"), "{input}\n{first}");
            continue;
        }
        let first = first.expect_code(0);
        seen += 1;
        let base = env.read("base.tar");
        for (end, to) in formats(&input) {
            let (one, again) = (format!("a{end}"), format!("b{end}"));
            let run = repack(&env, &input, &one, to);
            if run.code == 2 && end == "-dual.tar" {
                let is_told = ["it contains no image", "is encrypted"].iter().any(|reason| run.stderr.contains(reason));
                assert!(is_told, "{input}\n{run}");
                continue;
            }
            let _ = run.expect_code(0);
            let _ = repack(&env, "base.tar", &again, to).expect_code(0);
            assert!(bytes_of(&env, &one) == bytes_of(&env, &again), "{input} into {end}");
            let _ = repack(&env, &one, "back.tar", &[]).expect_code(0);
            assert!(env.read("back.tar") == base, "{input} by {end}");
            if end == "-dual.tar" {
                dual += 1;
                let _ = env.ocikit(&["compare", &one, "--require-both"]).expect_code(0);
            }
            for name in [&one, &again] {
                remove(&env, name);
            }
        }
        let streamed = env.command(&["repack", "-", "-o", "-"]).stdin(base.clone()).run().expect_code(0);
        assert!(streamed.stdout_bytes == base, "{input} by standard input and output");
        // What was a layout before keeps all of its blobs, and its index.
        let kept = blobs_of(&env.path("base.tar"));
        let lost: Vec<String> = blobs_of(&env.path(&input)).into_iter().filter(|name| !kept.contains(name)).collect();
        assert!(lost.is_empty(), "{input} lost {lost:?}");
        if !first.stdout.contains("  made ") {
            let refs = |file: &str| {
                let listed = env.ocikit(&["ref", "list", file, "--format", "json"]).json();
                let rows = listed["refs"].as_array().unwrap().iter().filter(|row| row["view"] == "index.json").cloned();
                rows.collect::<Vec<_>>()
            };
            assert_eq!(refs(&input), refs("base.tar"), "{input}");
        }
    }
    assert!(seen > 80 && dual > 20, "{seen} {dual}");
}

#[test]
fn docker_archives_keep_configs_and_diff_ids() {
    let env = TestEnv::new();
    let mut seen = 0;
    for input in every_input(&env) {
        let [(_, to), (end, _)] = DOCKER;
        let packed = &format!("packed{end}");
        let run = repack(&env, &input, "base.tar", &[to, &["--platform", "linux/amd64"]].concat());
        if run.code != 0 {
            continue;
        }
        seen += 1;
        let base = env.read("base.tar");
        let _ = env.ocikit(&["verify", "--deep", "base.tar"]).expect_code(0);
        let _ = repack(&env, "base.tar", packed, to).expect_code(0);
        for (end, to) in formats(&input) {
            let by = format!("by{end}");
            let _ = repack(&env, "base.tar", &by, to).expect_code(0);
            let _ = repack(&env, &by, "back.tar", DOCKER[0].1).expect_code(0);
            assert!(env.read("back.tar") == base, "{input} by {end}");
            if end == ".tar" {
                let _ = env.ocikit(&["verify", "--deep", &by]).expect_code(0);
                check::assert_sound(&Files::from_tar_bytes(&env.read(&by)));
                // Inside a compressed file it is the same archive.
                let _ = repack(&env, packed, "again.tar", &[]).expect_code(0);
                assert!(env.read("again.tar") == env.read(&by), "{input}");
            }
            remove(&env, &by);
        }
    }
    assert!(seen > 60, "{seen}");
}

/// Every shape by every other: from A to B and back to A, each for one of three kinds of files.
#[test]
fn every_shape_by_every_other() {
    let env = TestEnv::new();
    for (number, shape) in [shapes::oci_archive(), shapes::docker25(), shapes::docker20()].into_iter().enumerate() {
        let input = format!("input-{number}");
        env.write_tar(&input, &shape);
        let all: Vec<_> = OCI.iter().chain(&DOCKER).collect();
        for (end, to) in &all {
            let _ = repack(&env, &input, &format!("{number}a{end}"), to).expect_code(0);
        }
        for (from, from_to) in &all {
            for (by, by_to) in all.iter().filter(|(by, _)| is_turn(&format!("{from} by {by}"), number, 3)) {
                let (one, other, back) =
                    (format!("{number}a{from}"), format!("{number}b{by}"), format!("{number}c{from}"));
                let _ = repack(&env, &one, &other, by_to).expect_code(0);
                let _ = repack(&env, &other, &back, from_to).expect_code(0);
                // A docker archive has room for neither compressed layers nor manifests.
                let is_carried = from_to == by_to || by_to != &DOCKER[0].1 || from_to == &DOCKER[0].1 || number == 2;
                assert!(!is_carried || bytes_of(&env, &one) == bytes_of(&env, &back), "{input}: {from} by {by}");
                remove(&env, &other);
                remove(&env, &back);
            }
        }
    }
}
