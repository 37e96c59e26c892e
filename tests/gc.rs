//! What nothing reaches goes, and nothing else does.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::fs;

use crate::support::*;

fn names(files: &Files) -> Vec<String> {
    let mut names: Vec<String> = files
        .members()
        .iter()
        .filter(|member| matches!(member.kind, Kind::File(_)))
        .map(|member| member.name.clone())
        .collect();
    names.sort();
    names
}

#[test]
fn reasons_and_nothing_written_by_default() {
    let env = TestEnv::new();
    Files::from_dir(testdata("umoci/new-tags")).to_dir(env.path("x"));
    let before = names(&Files::from_dir(env.path("x")));
    let run = env.ocikit(&["gc", "x"]);
    insta::assert_snapshot!(run, @r"
    success: true
    exit_code: 0
    ----- stdout -----
    blobs/sha256/754e89631f32504a063fc2d8d3d4ae3d72d74f56f46ff7e07e7dd2286ca5786e  249 B
      image that no index lists
    blobs/sha256/9f9a10c11c948b2762149d62041de89c04dfe3dc5713c21126cc3a53f3c77971  134 B
      referenced only by sha256:754e89631f32, which is unreferenced
    x: 2 files, 383 B to remove; use `-o` or `--in-place` to remove
    ----- stderr -----
    ");
    assert_eq!(names(&Files::from_dir(env.path("x"))), before);
    let report = env.ocikit(&["gc", "x", "--in-place", "--format", "json"]).expect_code(0).json();
    assert_eq!(report["garbage"].as_array().unwrap().len(), 2);
    assert_eq!(names(&Files::from_dir(env.path("x"))).len(), before.len() - 2);
    let run = env.ocikit(&["gc", "x"]).expect_code(0);
    assert!(run.stdout.contains("nothing to remove"), "{run}");
}

/// Every fixture of a real tool and every built shape: after gc nothing is unreferenced, and the rest is as it was.
#[test]
fn only_what_nothing_reaches() {
    let env = TestEnv::new();
    let mut inputs: Vec<(String, Files)> = Vec::new();
    for item in [
        "umoci/new-whiteout",
        "umoci/new-tags",
        "docker/d28g-save-1tag.tar",
        "docker/d26-save-2tags.tar",
        "cosign/bundle-referrers-crane",
        "regctl/to-oci-referrers",
        "regctl/sha512",
        "oras/attach-layout",
        "ctr/ctr16-export-default.tar",
        "crane/pull-legacy.tar",
        "podman5/save-docker-archive.tar",
    ] {
        let path = testdata(item);
        let files = if path.is_dir() { Files::from_dir(&path) } else { Files::from_tar(&path) };
        inputs.push((item.to_owned(), files));
    }
    inputs.extend(shapes::all().into_iter().map(|shape| (shape.name.to_owned(), shape.files)));
    for (name, files) in inputs {
        env.write_tar("x.tar", &files);
        let unreferenced = |file: &str| {
            let report = env.ocikit(&["verify", file, "--format", "json"]).json();
            let findings = report["findings"].as_array().unwrap().iter();
            let found = findings.filter(|finding| finding["code"] == "blob-unreferenced");
            found.map(|finding| finding["at"].to_string()).collect::<Vec<_>>()
        };
        // What a stranger's `manifest.json` does not name in docker's words may still be what the stranger needs.
        if name == "imgpkg" {
            let report = env.ocikit(&["gc", "x.tar", "--format", "json"]).expect_code(0).json();
            assert_eq!(report["garbage"].as_array().unwrap().len(), 0);
            continue;
        }
        let orphans = unreferenced("x.tar");
        let report = env.ocikit(&["gc", "x.tar", "-o", "y.tar", "--format", "json"]).expect_code(0).json();
        assert_eq!(report["garbage"].as_array().unwrap().len(), orphans.len(), "{name}: {report}");
        assert_eq!(unreferenced("y.tar"), [""; 0], "{name}");
        let (before, after) = (names(&files), names(&Files::from_tar(env.path("y.tar"))));
        assert!(after.len() <= before.len(), "{name}");
        let errors = |file: &str| env.ocikit(&["verify", "--deep", file]).code;
        assert!(errors("y.tar") <= errors("x.tar"), "{name}");
    }
}

/// A referrer that no list names refers to an image that is there; one about something else does not.
#[test]
fn referrers_live_with_their_subject() {
    let env = TestEnv::new();
    let mut sample = Sample::single();
    let live = Artifact::new("application/vnd.example.sig").subject(&sample.root).put(&mut sample.store);
    let about_it = Artifact::new("application/vnd.example.countersig").subject(&live).put(&mut sample.store);
    let gone = Desc::new("application/vnd.oci.image.manifest.v1+json", &format!("sha256:{}", "0".repeat(64)), 7);
    let dead = Artifact::new("application/vnd.example.sig").subject(&gone).put(&mut sample.store);
    let files = Layout::new(&sample.store).root(&sample.root.tagged("1.0")).files();
    env.write_dir("x", &files);
    let run = env.ocikit(&["gc", "x", "--in-place"]).expect_code(0);
    assert!(run.stdout.contains("for sha256:000000000000, which is not in the file"), "{run}");
    let left = Files::from_dir(env.path("x"));
    assert!(left.contains(&blob_name(&live.digest)) && left.contains(&blob_name(&about_it.digest)));
    assert!(!left.contains(&blob_name(&dead.digest)));
}

#[test]
fn what_killed_programs_left_and_what_people_put_there() {
    let env = TestEnv::new();
    env.write_dir("x", &shapes::oci_archive());
    for (name, stays) in [
        ("ingest/3f/data", false),
        ("ingest/3f/ref", false),
        (".umoci-7/a/b", false),
        ("oci-put-blob77", false),
        ("blobs/sha256/.ocikit-tmp-x", false),
        ("README.md", true),
        ("blobs/sha256/notes.txt", true),
        ("keys/mine.tar", true),
        ("index.json.lock", true),
    ] {
        let path = env.path("x").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "x").unwrap();
        let _ = env.ocikit(&["gc", "x"]).expect_code(0);
        assert!(path.exists(), "{name} before");
        let _ = env.ocikit(&["gc", "x", "--in-place"]).expect_code(0);
        // The edit itself takes the lock, and its file goes with it.
        assert_eq!(path.exists(), stays && !name.ends_with(".lock"), "{name}");
    }
    assert!(!env.path("x/.umoci-7").exists() && !env.path("x/ingest/3f").exists());
    check::assert_sound(&Files::from_dir(env.path("x")));
}

/// umoci holds a lock on the folder it works in.
#[test]
fn what_is_locked_is_in_use() {
    let env = TestEnv::new();
    env.write_dir("x", &shapes::oci_archive());
    fs::create_dir(env.path("x/.umoci-1")).unwrap();
    fs::write(env.path("x/.umoci-1/blob"), "x").unwrap();
    let lock = fs::File::open(env.path("x/.umoci-1")).unwrap();
    lock.lock().unwrap();
    let _ = env.ocikit(&["gc", "x", "--in-place"]).expect_code(0);
    assert!(env.path("x/.umoci-1/blob").exists());
    drop(lock);
    let _ = env.ocikit(&["gc", "x", "--in-place"]).expect_code(0);
    assert!(!env.path("x/.umoci-1").exists());
}

/// A document that is damaged or absent makes everything behind it look like garbage.
#[test]
fn what_a_broken_document_leads_to_is_not_garbage() {
    let index = shapes::multi().digest_at("index.json", "/manifests/0/digest");
    let image = shapes::multi().digest_in(&index, "/manifests/0/digest");
    let changed = |change: &dyn Fn(&mut Files)| {
        let mut files = shapes::multi();
        change(&mut files);
        files
    };
    let no_json = changed(&|files| {
        files.replace("index.json", "{");
    });
    let no_index = changed(&|files| {
        files.remove("index.json");
    });
    let no_digest = changed(&|files| {
        files.edit_json("index.json", |text| text.replace("sha256:", ""));
    });
    let [flipped, flipped_image] = [&index, &image].map(|digest| {
        changed(&|files| {
            files.flip_byte(&blob_name(digest), 9);
        })
    });
    let absent = changed(&|files| {
        files.remove(&blob_name(&index));
    });
    let mut linked = shapes::docker20();
    linked.member_mut("manifest.json").kind = Kind::Symlink("repositories/x".to_owned());
    let mut piped = shapes::docker20();
    piped.member_mut("manifest.json").kind = Kind::Fifo;
    for (name, files, reason) in [
        ("no-json", no_json, "not valid JSON"),
        ("no-index", no_index, "`index.json` is missing"),
        ("no-digest", no_digest, "/digest"),
        ("flipped", flipped, "does not match its digest"),
        ("flipped-image", flipped_image, "does not match its digest"),
        ("absent", absent, "is missing"),
        ("broken-link", linked, "is missing"),
        ("pipe", piped, "is not a regular file"),
    ] {
        let env = TestEnv::new();
        env.write_tar("x.tar", &files);
        let before = env.read("x.tar");
        let run = env.ocikit(&["gc", "x.tar", "--in-place"]).expect_code(2);
        assert!(run.stderr.contains(reason) && run.stderr.contains("would be removed"), "{name}: {run}");
        assert!(env.read("x.tar") == before, "{name}");
    }
}

#[test]
fn what_readers_see_differently_is_left_alone() {
    let env = TestEnv::new();
    let (mut twice, mut climbs, mut same) = (shapes::oci_archive(), shapes::oci_archive(), shapes::oci_archive());
    let index = twice.text("index.json").to_owned();
    twice.append_duplicate("index.json", index.replace(r#"":"1.0""#, r#"":"2.0""#));
    climbs.file("x/../index.json", index.as_str());
    same.append_duplicate("index.json", index.as_str());
    for (name, files, expected) in [("twice", &twice, 2), ("climbs", &climbs, 2), ("same", &same, 0)] {
        let run = env.ocikit(&["gc", env.write_tar(name, files).to_str().unwrap(), "-o", "out.tar"]);
        assert_eq!(run.code, expected, "{name}: {run}");
        assert_eq!(run.stderr.contains("cannot determine which blobs are referenced"), expected == 2, "{name}: {run}");
    }
}
