//! `config` and `layer`: what is named changes, and nothing else does.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use crate::support::*;

/// The text of the one config of an image file.
fn config(env: &TestEnv, image: &str) -> String {
    env.ocikit(&["inspect", image, "--raw", "--config"]).expect_code(0).stdout
}

/// The names in an image file.
fn names(env: &TestEnv, image: &str) -> Vec<String> {
    let report = env.ocikit(&["ref", "list", image, "--format", "json"]).expect_code(0).json();
    let rows = report["refs"].as_array().unwrap().iter();
    rows.map(|row| row["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn only_what_is_named_changes() {
    let env = TestEnv::new();
    let image = testdata("buildkit/ociartifact-false-prov.oci.tar").to_str().unwrap().to_owned();
    let before = config(&env, &image);
    let cases: [(&[&str], &str); 9] = [
        (&["--user", "0"], r#""config":{"User":"0","#),
        (&["--env", "A=b c"], r#""A=b c""#),
        (&["--label", "k=v"], r#""Labels":{"org.example.fixture":"mini","k":"v"}"#),
        (&["--expose", "80", "--expose", "53/udp"], r#""ExposedPorts":{"8080/tcp":{},"80/tcp":{},"53/udp":{}}"#),
        (&["--volume", "/data"], r#""Volumes":{"/data":{}}"#),
        (&["--healthcheck", "none"], r#""Healthcheck":{"Test":["NONE"]}"#),
        (&["--entrypoint", "/bin/sh -c 'a b'"], r#""Entrypoint":["/bin/sh","-c","a b"]"#),
        (&["--set", "/config/Tty=true"], r#""Tty":true"#),
        (&["--created", "2024-01-02T03:04:05Z"], r#""created":"2024-01-02T03:04:05Z""#),
    ];
    for (options, expected) in cases {
        let arguments = [&["config", &image], options, &["--attestations", "drop", "-o", "out.tar"]].concat();
        let _ = env.ocikit(&arguments).expect_code(0);
        let after = config(&env, "out.tar");
        assert!(after.contains(expected), "{options:?}: {after}");
        // Without what came in, what is left is what was there.
        let is_kept = |part: &str| after.contains(part);
        let parts = [before.split(r#""rootfs""#).nth(1).unwrap(), r#""architecture":"amd64""#];
        assert!(parts.into_iter().all(is_kept), "{options:?}: {after}");
        let _ = env.ocikit(&["verify", "out.tar", "--deep"]).expect_code(0);
    }
}

#[test]
fn steps_undo_each_other_to_the_byte() {
    let env = TestEnv::new();
    for name in ["docker/d20-save-1tag.tar", "docker/d28c-save-2tags.tar", "buildx/noprov.oci.tar"] {
        let image = testdata(name).to_str().unwrap().to_owned();
        let there = ["config", &image, "--env", "NEW=1", "--label", "new=1", "-o", "there.tar"];
        let _ = env.ocikit(&there).expect_code(0);
        let back = ["config", "there.tar", "--unset-env", "NEW", "--unset-label", "new", "-o", "back.tar"];
        let _ = env.ocikit(&back).expect_code(0);
        let (before, after) = (config(&env, &image), config(&env, "back.tar"));
        // A map that was not there before is left empty.
        assert_eq!(
            after.replace(r#","Labels":{}"#, "").replace(r#""Labels":{}"#, r#""Labels":null"#),
            before,
            "{name}"
        );
    }
}

#[test]
fn an_entrypoint_leaves_the_command_alone_and_says_so() {
    let env = TestEnv::new();
    let image = testdata("docker/d20-save-1tag.tar").to_str().unwrap().to_owned();
    let _ = env.ocikit(&["config", &image, "--cmd", "serve", "-o", "cmd.tar"]).expect_code(0);
    let run = env.ocikit(&["config", "cmd.tar", "--entrypoint", "/bin/app", "-o", "out.tar"]).expect_code(0);
    assert!(run.stdout.contains("note: the new entrypoint gets the arguments of `Cmd`, [\"serve\"]"), "{run}");
    let json = ["config", "cmd.tar", "--entrypoint", "/bin/app", "--dry-run", "--format", "json"];
    assert!(env.ocikit(&json).expect_code(0).stdout.contains("\"notes\":"));
}

#[test]
fn what_cannot_be_is_refused_and_nothing_is_written() {
    let env = TestEnv::new();
    let image = testdata("docker/d20-save-1tag.tar").to_str().unwrap().to_owned();
    env.write("list.json", "[]");
    env.write("twice.json", r#"{"author":"a","author":"b"}"#);
    let cases: [(&[&str], &str); 17] = [
        (&[], "nothing to change"),
        (&["--patch", "twice.json"], "the key `author` is there more than once"),
        (&["--patch", "/dev/zero"], "/dev/zero"),
        (&["--stop-signal", "BLAH"], "not a signal"),
        (&["--workdir", "work"], "not an absolute path"),
        (&["--healthcheck", "[]"], "no command"),
        (&["--created", "yesterday"], "the value of `created` is not a time"),
        (&["--set", "/config/Env=1"], "the config would be invalid at `/config/Env`"),
        (&["--set", "/config/User=me"], "a string needs quotes: '/config/User=\"me\"'"),
        (&["--set", "/rootfs/diff_ids=[]"], "`rootfs` describes the layers"),
        (&["--set", "/os/name=1"], "`/os` is not an object"),
        (&["--entrypoint", ""], "`--clear` removes the field"),
        (&["--clear", "ports"], "`ports` is not one of author, cmd"),
        (&["--expose", "http"], "not a port"),
        (&["--patch", "list.json"], "a patch is a JSON object"),
        (&["--patch", "absent.json"], "absent.json"),
        (&["--platform", "linux/s390x", "--user", "1"], "linux/s390x"),
    ];
    for (options, expected) in cases {
        let run = env.ocikit(&[&["config", &image], options, &["-o", "out.tar"]].concat()).expect_code(2);
        assert!(run.stderr.contains(expected), "{options:?}: {run}");
        assert!(!env.path("out.tar").exists(), "{options:?}");
    }
    let mut files = Files::from_tar(testdata("buildx/noprov.oci.tar"));
    let manifest = files.digest_at("index.json", "/manifests/0/digest");
    let manifest = if files.text(&blob_name(&manifest)).contains("manifests") {
        files.digest_in(&manifest, "/manifests/0/digest")
    } else {
        manifest
    };
    let config = files.digest_in(&manifest, "/config/digest");
    let _ = files.rewrite_document(&config, |text| text.replacen(r#""config":{"#, r#""Config":{},"config":{"#, 1));
    env.write_tar("twice.tar", &files);
    let run = env.ocikit(&["config", "twice.tar", "--user", "1", "-o", "out.tar"]).expect_code(2);
    assert!(run.stderr.contains("the key `config` is there more than once"), "{run}");
}

#[test]
fn a_patch_and_the_history() {
    let env = TestEnv::new();
    let image = testdata("buildx/noprov.oci.tar").to_str().unwrap().to_owned();
    env.write("patch.json", r#"{"author":"me","config":{"Env":null,"Labels":{"a":"b","gone":null}}}"#);
    let command = ["config", &image, "--patch", "patch.json", "--history", "signed off", "-o", "out.tar"];
    let _ = env.ocikit(&command).expect_code(0);
    let after = config(&env, "out.tar");
    assert!(
        after.contains(r#""author":"me""#) && after.contains(r#""Labels":{"org.example.fixture":"mini","a":"b"}"#),
        "{after}"
    );
    assert!(!after.contains(r#""Env""#), "{after}");
    assert!(after.contains(r#""created_by":"signed off","empty_layer":true}"#), "{after}");
    let _ = env.ocikit(&["verify", "out.tar", "--deep"]).expect_code(0);
    let piped = ["config", &image, "--patch", "-", "--history", "signed off", "-o", "piped.tar"];
    let _ = env.command(&piped).stdin(env.read("patch.json")).run().expect_code(0);
    assert!(env.read("piped.tar") == env.read("out.tar"));
    for both in [
        &["config", "-", "--patch", "-", "--dry-run"][..],
        &["new", "--rootfs", "-", "--patch", "/dev/stdin", "--dry-run"],
    ] {
        let run = env.ocikit(both).expect_code(2);
        assert!(run.stderr.contains("cannot both be standard input"), "{run}");
    }
}

#[test]
fn a_platform_is_set_in_the_config_and_in_descriptors() {
    let env = TestEnv::new();
    let image = testdata("buildx/multi-default.oci.tar").to_str().unwrap().to_owned();
    let options = ["--platform", "linux/arm/v7", "--platform-set", "linux/arm/v6", "--attestations", "drop"];
    let _ = env.ocikit(&[&["config", &image], &options[..], &["-o", "out.tar"]].concat()).expect_code(0);
    let several = ["config", &image, "--platform-set", "linux/arm64", "--dry-run"];
    assert!(env.ocikit(&several).expect_code(2).stderr.contains("select one with `--platform`"));
    let listed = env.ocikit(&["platform", "list", "out.tar"]).expect_code(0).stdout;
    assert!(listed.contains("linux/arm/v6") && !listed.contains("linux/arm/v7"), "{listed}");
    let _ = env.ocikit(&["verify", "out.tar", "--deep"]).expect_code(0);
}

/// Of an image with two names, the one that is selected changes.
#[test]
fn a_selected_name_changes_alone() {
    let env = TestEnv::new();
    for (name, chosen, other) in [
        ("docker/d28c-save-2tags.tar", "app:1.0", "example.com/team/app:1.0"),
        ("docker/d28c-save-2tags.tar", "example.com/team/app:1.0", "docker.io/library/app:1.0"),
        ("podman5/save-multi-tags.tar", "localhost/mini:1.0", "example.com/team/mini:1.0"),
    ] {
        let image = testdata(name).to_str().unwrap().to_owned();
        let before = config(&env, &format!("{image}:{other}"));
        let _ = env.ocikit(&["config", &format!("{image}:{chosen}"), "--user", "77", "-o", "out.tar"]).expect_code(0);
        let _ = env.ocikit(&["verify", "out.tar", "--deep"]).expect_code(0);
        assert!(config(&env, &format!("out.tar:{chosen}")).contains(r#""User":"77""#), "{name} {chosen}");
        assert_eq!(config(&env, &format!("out.tar:{other}")), before, "{name} {other}");
    }
}

/// The readers run what was set.
#[test]
fn readers_see_the_new_config() {
    let (Some(skopeo), Some(podman)) = (readers::skopeo(), readers::podman()) else { return };
    let env = TestEnv::new();
    for (name, transport) in [
        ("docker/d20-save-1tag.tar", "docker-archive"),
        ("docker/d28c-save-2tags.tar", "docker-archive"),
        ("podman5/save-docker-archive.tar", "docker-archive"),
        ("buildx/noprov.oci.tar", "oci-archive"),
    ] {
        let image = testdata(name).to_str().unwrap().to_owned();
        let first = names(&env, &image).remove(0);
        let options = ["--user", "4711", "--env", "FROM=ocikit", "--attestations", "drop", "-o", "out.tar"];
        let _ = env.ocikit(&[&["config", &format!("{image}:{first}")], &options[..]].concat()).expect_code(0);
        let path = env.path("out.tar").display().to_string();
        let of = if transport == "oci-archive" {
            format!("{transport}:{path}")
        } else {
            format!("{transport}:{path}:{first}")
        };
        let to = format!("dir:{}", env.path("copy").display());
        let _ = skopeo.copy(&of, &to).accepted();
        let copied = Files::from_dir(env.path("copy"));
        let texts =
            copied.members().iter().map(|member| String::from_utf8_lossy(copied.bytes(&member.name)).into_owned());
        let seen = texts.into_iter().any(|text| text.contains("4711") && text.contains("FROM=ocikit"));
        assert!(seen, "{name} as {transport}");
        std::fs::remove_dir_all(env.path("copy")).unwrap();
        let _ = podman.load(env.path("out.tar")).accepted();
    }
}
