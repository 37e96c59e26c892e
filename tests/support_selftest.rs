//! The support code's own tests: what it builds is sound, and its mutations do what they say and nothing else.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::support::builder::docker_old;
use crate::support::check::{assert_sound, faults, inflated};
use crate::support::files::{LongNames, raw_tar};
use crate::support::hash::{hex_of, sha256};
use crate::support::process::{HUNG, run_to_end};
use crate::support::*;

#[test]
fn every_blob_is_its_digest_and_every_size_is_right() {
    for shape in shapes::all() {
        let absent_on_purpose = ["oci-archive-sparse", "oci-archive-urls"].contains(&shape.name);
        let found = faults(&shape.files);
        let unexpected: Vec<_> =
            found.iter().filter(|fault| !(absent_on_purpose && fault.contains("absent"))).collect();
        assert!(unexpected.is_empty(), "{}: {unexpected:#?}", shape.name);
        assert_eq!(!found.is_empty(), absent_on_purpose, "{}", shape.name);
    }
}

#[test]
fn the_diff_ids_are_those_of_the_inflated_layers() {
    for files in [shapes::oci_archive(), shapes::zstd(), shapes::gzip_members(), shapes::uncompressed()] {
        let manifest = files.digest_at("index.json", "/manifests/0/digest");
        let config = files.digest_in(&manifest, "/config/digest");
        for position in 0..2 {
            let layer = files.digest_in(&manifest, &format!("/layers/{position}/digest"));
            let diff_id = files.digest_in(&config, &format!("/rootfs/diff_ids/{position}"));
            assert_eq!(sha256(&inflated(files.bytes(&blob_name(&layer)))), diff_id);
        }
    }
}

#[test]
fn attestations_speak_about_their_image() {
    for files in [shapes::attested(), shapes::attested_image_config_style()] {
        assert_attested(&files);
    }
}

/// The first attestation names the first image in its annotation and in its statement.
fn assert_attested(files: &Files) {
    let index = files.digest_at("index.json", "/manifests/0/digest");
    let image = files.digest_in(&index, "/manifests/0/digest");
    let attestation = files.digest_in(&index, "/manifests/2/digest");
    let statement = files.digest_in(&attestation, "/layers/0/digest");
    assert_eq!(files.digest_in(&statement, "/subject/0/digest/sha256"), hex_of(&image));
    assert_eq!(files.digest_in(&index, "/manifests/2/annotations/vnd.docker.reference.digest"), image);
}

#[test]
fn the_same_calls_give_the_same_bytes() {
    for (first, second) in shapes::all().iter().zip(shapes::all()) {
        assert_eq!(first.bytes(), second.bytes(), "{}", first.name);
    }
    // Stored blocks keep this digest the same on every machine: snapshots may show it.
    insta::assert_snapshot!(
        shapes::oci_archive().digest_at("index.json", "/manifests/0/digest"),
        @"sha256:5957c6ad75732f52d718dbf542998a0ea60c249ae0f2971d2ace2dfc3f086402"
    );
}

#[test]
fn names_of_shapes_are_unique() {
    let names: BTreeSet<_> = shapes::all().iter().map(|shape| shape.name).collect();
    assert_eq!(names.len(), shapes::all().len());
}

#[test]
fn a_tar_reads_back_as_the_members_it_was_written_from() {
    let long = format!("folder/{}", "n".repeat(150));
    let mut layer = Files::new();
    layer.dir("folder").file(&long, "content").symlink("folder/link", &"t".repeat(120)).hardlink("hard", &long);
    layer.add("pipe", Kind::Fifo).add("null", Kind::CharDevice(1, 3)).add("disk", Kind::BlockDevice(8, 0));
    layer.member_mut("null").uid = 3_000_000_000;
    for files in shapes::all().into_iter().map(|shape| shape.files).chain([layer]) {
        for long_names in [LongNames::Pax, LongNames::Gnu] {
            assert_eq!(Files::from_tar_bytes(&files.to_tar_with(long_names)), files);
        }
    }
}

#[test]
fn the_second_opinion_on_archives_agrees() {
    for shape in shapes::all() {
        let tar = shape.files.to_tar();
        let mut archive = tar::Archive::new(&tar[..]);
        let entries = archive.entries().unwrap().map(|entry| entry.unwrap().path().unwrap().display().to_string());
        let names: Vec<_> = entries.map(|name| name.trim_end_matches('/').to_string()).collect();
        assert_eq!(names, shape.files.names(), "{}", shape.name);
    }
}

#[test]
fn a_directory_reads_back_as_the_members_it_was_written_from() {
    let env = TestEnv::new();
    let mut files = shapes::attested();
    env.write_dir("layout", &files);
    files.members_mut().sort_by(|a, b| a.name.split('/').cmp(b.name.split('/')));
    assert_eq!(Files::from_dir(env.path("layout")), files);
}

#[test]
fn real_archives_are_read() {
    for item in ["buildx/multi-default.oci.tar", "docker/d28g-save-pipe.tar.gz", "docker/d28c-save-pipe.tar.zst"] {
        let files = Files::from_tar(testdata(item));
        assert_sound(&files);
        assert_eq!(Files::from_tar_bytes(&files.to_tar()), files, "{item}");
    }
    assert_sound(&Files::from_dir(testdata("regctl/data-field")));
}

#[test]
fn a_rewritten_document_is_the_only_change() {
    for (shape, mut files) in [("artifact", shapes::attested()), ("config", shapes::attested_image_config_style())] {
        let index = files.digest_at("index.json", "/manifests/0/digest");
        let image = files.digest_in(&index, "/manifests/0/digest");
        let config = files.digest_in(&image, "/config/digest");
        let before: BTreeSet<_> = files.names().iter().map(ToString::to_string).collect();
        let new_config = files.rewrite_document(&config, |text| text.replace("/hello", "/other"));
        assert_sound(&files);
        assert_attested(&files);
        let index = files.digest_at("index.json", "/manifests/0/digest");
        let image = files.digest_in(&index, "/manifests/0/digest");
        assert_eq!(files.digest_in(&image, "/config/digest"), new_config, "{shape}");
        // Config, manifest, two statements, attestation (and its config, in that style), index.
        let after: BTreeSet<_> = files.names().iter().map(ToString::to_string).collect();
        let expected = if shape == "config" { 7 } else { 6 };
        assert_eq!(after.difference(&before).count(), expected, "{shape}");
    }
}

#[test]
fn a_rewrite_keeps_both_views_and_docker_names_in_step() {
    let mut files = shapes::docker25();
    let config = format!("sha256:{}", files.digest_at("manifest.json", "/0/Config").rsplit_once('/').unwrap().1);
    let new_config = files.rewrite_document(&config, |text| text.replace("/hello", "/other"));
    assert_eq!(files.digest_at("manifest.json", "/0/Config"), blob_name(&new_config));
    assert_sound(&files);

    let mut files = shapes::docker20();
    let config = format!("sha256:{}", files.digest_at("manifest.json", "/0/Config").trim_end_matches(".json"));
    let new_config = files.rewrite_document(&config, |text| text.replace("/hello", "/other"));
    assert_eq!(files.digest_at("manifest.json", "/0/Config"), format!("{}.json", hex_of(&new_config)));
    assert!(files.contains(&format!("{}.json", hex_of(&new_config))));
}

#[test]
fn a_repeated_layer_is_a_link() {
    let files = shapes::docker20_repeated_layer();
    let links = files.members().iter().filter(|member| matches!(member.kind, Kind::Symlink(_))).count();
    assert_eq!(links, 1);
    let several = docker_old::docker20(&[
        Sample::single().images[0].tagged(&["app:1.0"]),
        Sample::single().images[0].tagged(&["app:latest"]),
    ]);
    assert_eq!(several.names().len(), shapes::docker20().names().len());
}

#[test]
fn a_flipped_byte_is_a_fault() {
    let mut files = shapes::oci_archive();
    let manifest = files.digest_at("index.json", "/manifests/0/digest");
    files.flip_byte(&blob_name(&manifest), 3);
    assert_eq!(faults(&files), [format!("{}: is not its digest", blob_name(&manifest))]);
}

#[test]
#[should_panic(expected = "no member `index.jsn`; there are:")]
fn a_misspelt_name_fails_at_once() {
    shapes::oci_archive().remove("index.jsn");
}

#[test]
#[should_panic(expected = "changed nothing")]
fn an_edit_without_effect_fails_at_once() {
    shapes::oci_archive().edit_json("index.json", |text| text.replace("no such text", ""));
}

#[test]
fn raw_faults_are_where_they_should_be() {
    let files = shapes::oci_archive();
    let tar = files.to_tar();
    let names = |tar: &[u8]| Files::from_tar_bytes(tar).names().len();
    let all = names(&tar);
    assert_eq!(raw_tar::without_end_marker(&tar).len(), tar.len() - 1024);
    assert_eq!(raw_tar::with_lone_end_block(&tar).len(), tar.len() - 512);
    assert_eq!(names(&raw_tar::with_zero_block_before(&tar, "index.json")), all - 2);
    assert_eq!(names(&raw_tar::concatenated(&tar, &tar)), all);
    assert_eq!(names(&raw_tar::with_global_header(&tar, "comment", "x")), all);
    assert_eq!(raw_tar::padded_to_record(&tar).len() % 10_240, 0);
    let sized = Files::from_tar_bytes(&raw_tar::with_pax_size(&tar, "index.json", 7));
    assert_eq!(sized.member("index.json").pax, [("size".to_string(), "7".to_string())]);
    let renamed = raw_tar::with_header(&tar, "index.json", |header| header[0] = b'I');
    assert!(Files::from_tar_bytes(&renamed).contains("Index.json"));
    let broken = raw_tar::with_bad_checksum(&tar, "index.json");
    assert!(tar::Archive::new(&broken[..]).entries().unwrap().any(|entry| entry.is_err()));
}

#[test]
fn pax_records_count_their_own_length() {
    for length in 80..120 {
        let value = "v".repeat(length);
        let mut files = Files::new();
        files.file("name", "content").member_mut("name").pax.push(("comment".into(), value.clone()));
        assert_eq!(Files::from_tar_bytes(&files.to_tar()).member("name").pax[0].1, value);
    }
}

#[test]
fn a_program_that_hangs_is_ended() {
    let mut sleeper = std::process::Command::new("sleep");
    sleeper.arg("60");
    let run = || run_to_end(&mut sleeper, Vec::new(), None, Duration::from_millis(200));
    let failure = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).unwrap_err();
    assert!(failure.downcast_ref::<String>().unwrap().contains("was not done after 200ms"));
}

#[test]
fn output_and_input_go_through() {
    let mut cat = std::process::Command::new("cat");
    let input = vec![b'x'; 1 << 20];
    let ended = run_to_end(&mut cat, input.clone(), None, HUNG);
    assert_eq!((ended.code, &ended.stdout), (0, &input));
    let mut cat = std::process::Command::new("cat");
    let ended = run_to_end(&mut cat, input, Some(10), HUNG);
    assert_eq!((ended.code, ended.stdout.len()), (128 + 13, 10));
}

#[test]
fn a_run_shows_as_a_snapshot() {
    let run = Run { stdout: "out\n".into(), stderr: "err\n".into(), stdout_bytes: b"out\n".to_vec(), code: 1 };
    insta::assert_snapshot!(run.expect_code(1).snapshot(), @r"
    success: false
    exit_code: 1
    ----- stdout -----
    out
    ----- stderr -----
    err
    ");
}

#[test]
fn a_run_is_in_a_directory_of_its_own_with_a_clean_environment() {
    let env = TestEnv::new();
    let run = env.command(&["--no-such-flag"]).env("NO_COLOR", "1").stdin("ignored").run();
    assert!(run.code <= 128, "no signal ended it\n{run}");
    assert!(!run.to_string().contains(env.root().to_str().unwrap()), "{run}");
    assert_eq!(env.listing(), Vec::<String>::new(), "it left nothing behind");
}
