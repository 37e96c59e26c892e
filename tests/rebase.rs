//! `rebase` and `layer base`: the layers of an image on a newer base, and back.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use crate::support::builder::docker_old::docker20;
use crate::support::*;

/// Writes a base image with some layers, and what was built on it: another layer and other fields.
fn write(env: &TestEnv, [base, app]: [&str; 2], version: &str, layers: &[&str], user: &str) {
    let mut image = Image::new("linux/amd64");
    for layer in layers {
        let files = Layer::of(&[("etc/version", version), (layer, version)]);
        image = image.layer(files).history(&format!("ADD {layer} {version}"), false);
    }
    image = image.history("ENV", true);
    let on_top = image.clone().layer(Layer::of(&[("app/run", "run")])).history("COPY app", false);
    let (variable, label) = (format!("VERSION={version}"), format!("version={version}"));
    let fields = ["--env", &variable, "--label", &label, "--user", user];
    let of_app = ["--env", "PATH=/app:/bin", "--env", "APP=1", "--label", "app=yes"];
    for (name, image, of_app) in [(base, image, &[][..]), (app, on_top, &of_app)] {
        let mut store = Store::new();
        let built = image.put(&mut store);
        let full = format!("example.com/{name}:1");
        env.write_tar("oci.tar", &Layout::new(&store).root(&built.desc.named(&full)).files());
        env.write_tar("docker.tar", &docker20(&[built.tagged(&[&full])]));
        for (from, to) in [("oci.tar", format!("{name}.tar")), ("docker.tar", format!("{name}.docker.tar"))] {
            let _ = env.ocikit(&[&["config", from], &fields[..], of_app, &["-o", &to]].concat()).expect_code(0);
        }
    }
}

fn lay(env: &TestEnv) {
    write(env, ["old", "app"], "1", &["usr/a", "usr/b"], "0");
    write(env, ["new", "expected"], "2", &["usr/a", "usr/b", "usr/c"], "5");
}

fn config(env: &TestEnv, image: &str) -> serde_json::Value {
    env.ocikit(&["inspect", image, "--raw", "--config"]).expect_code(0).json()
}

/// What a build on the new base would have made, and the image itself on the way back.
#[test]
fn there_and_back() {
    let env = TestEnv::new();
    lay(&env);
    for (image, old, new) in [
        ("app.tar", "old.tar", "new.tar"),
        ("app.docker.tar", "old.tar", "new.docker.tar"),
        ("app.tar", "old.docker.tar", "new.docker.tar"),
    ] {
        let there = ["rebase", image, "--from", old, "--to", new, "-o", "there.tar"];
        let run = env.ocikit(&there).expect_code(0);
        assert!(run.stdout.contains("taken from the new base: Env VERSION, Labels version, User"), "{run}");
        let _ = env.ocikit(&["verify", "there.tar", "--deep"]).expect_code(0);
        let (now, expected) = (config(&env, "there.tar"), config(&env, "expected.tar"));
        for pointer in ["/config", "/rootfs", "/history"] {
            let value = |config: &serde_json::Value| config.pointer(pointer).cloned();
            assert_eq!(value(&now), value(&expected), "{image} {pointer}");
        }
        let _ = env.ocikit(&["layer", "base", "there.tar", new]).expect_code(0);
        let back = ["rebase", "there.tar", "--from", new, "--to", old, "-o", "back.tar"];
        let _ = env.ocikit(&back).expect_code(0);
        for pointer in ["/config", "/rootfs", "/history"] {
            let value = |image: &str| config(&env, image).pointer(pointer).cloned();
            assert_eq!(value("back.tar"), value(image), "{image} {pointer}");
        }
        let layers = |image: &str| {
            let report = env.ocikit(&["diff", image, "back.tar", "--files"]);
            assert!(report.code <= 1 && !report.stdout.contains("usr/"), "{report}");
        };
        layers(image);
    }
}

#[test]
fn annotations_name_the_new_base() {
    let env = TestEnv::new();
    lay(&env);
    let command = ["rebase", "app.tar", "--from", "old.tar", "--to", "new.tar", "-o", "there.tar"];
    let _ = env.ocikit(&command).expect_code(0);
    let manifest = env.ocikit(&["inspect", "there.tar", "--raw"]).expect_code(0).stdout;
    let digest = env.ocikit(&["inspect", "new.tar", "--digest"]).expect_code(0).stdout;
    let expected = format!(r#""org.opencontainers.image.base.digest":"{}""#, digest.trim());
    assert!(manifest.contains(&expected), "{manifest}");
    assert!(manifest.contains(r#""org.opencontainers.image.base.name":"example.com/new:1""#), "{manifest}");
    let shown = env.ocikit(&["inspect", "there.tar"]).expect_code(0).stdout;
    assert!(shown.contains(&format!("base        example.com/new:1@{}", digest.trim())), "{shown}");
}

/// docker refuses an image with more entries in its history than layers.
#[test]
fn the_history_accounts_for_the_layers_whatever_the_bases_have() {
    let env = TestEnv::new();
    lay(&env);
    env.write("without.json", r#"{"history":null}"#);
    for base in ["old", "new"] {
        let (from, to) = (format!("{base}.tar"), format!("{base}-without.tar"));
        let _ = env.ocikit(&["config", &from, "--patch", "without.json", "-o", &to]).expect_code(0);
    }
    for (old, new) in
        [("old-without.tar", "new.tar"), ("old.tar", "new-without.tar"), ("old-without.tar", "new-without.tar")]
    {
        let _ = env.ocikit(&["rebase", "app.tar", "--from", old, "--to", new, "-o", "there.tar"]).expect_code(0);
        let config = config(&env, "there.tar");
        let history = config["history"].as_array().unwrap();
        let made = history.iter().filter(|entry| entry["empty_layer"] != true).count();
        assert_eq!(made, config["rootfs"]["diff_ids"].as_array().unwrap().len(), "{old} {new}");
        assert_eq!(history.last().unwrap()["created_by"], "COPY app", "{old} {new}");
    }
}

#[test]
fn another_base_is_refused() {
    let env = TestEnv::new();
    lay(&env);
    let run = env.ocikit(&["rebase", "app.tar", "--from", "new.tar", "--to", "old.tar", "-o", "x.tar"]).expect_code(2);
    assert!(run.stderr.contains("layer 1 differs"), "{run}");
    assert!(!env.path("x.tar").exists());
    let check = env.ocikit(&["layer", "base", "app.tar", "new.tar"]).expect_code(1);
    let says = "linux/amd64 does not have the layers of the base: 0 of 3 layers are the same";
    assert!(check.stdout.contains(says) && check.stdout.ends_with("app.tar: not on new.tar\n"), "{check}");
}

/// skopeo and podman load the result.
#[test]
fn readers_load_the_result() {
    let (Some(skopeo), Some(podman)) = (readers::skopeo(), readers::podman()) else { return };
    let env = TestEnv::new();
    lay(&env);
    for image in ["app.tar", "app.docker.tar"] {
        let command = ["rebase", image, "--from", "old.tar", "--to", "new.tar", "-o", "there.tar"];
        let _ = env.ocikit(&command).expect_code(0);
        let transport = if image == "app.tar" { "oci-archive" } else { "docker-archive" };
        let from = format!("{transport}:{}", env.path("there.tar").display());
        let _ = skopeo.copy(&from, &format!("dir:{}", env.path(&format!("copy-{transport}")).display())).accepted();
        let _ = podman.load(env.path("there.tar")).accepted();
    }
}
