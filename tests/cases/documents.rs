//! Documents that the specification does not allow, and some that it does.

use super::env_with;
use crate::support::{Image, Layer, Layout, Store, TestEnv, obj};

#[test]
fn what_a_registry_refuses_is_told_and_what_is_an_artifact_is_well() {
    for (file, told) in [
        // Amazon ECR refuses it.
        ("m18-platform-in-config-descriptor.tar", Some("warning[descriptor-platform]")),
        // A chart is no image, and no broken one.
        ("m22-helm.tar", None),
    ] {
        let env = env_with(&[file]);
        let run = env.ocikit(&["verify", "--deep", file]).expect_code(0);
        assert_eq!(run.stdout.matches("warning[").count(), usize::from(told.is_some()), "{run}");
        assert!(run.stdout.contains(told.unwrap_or(": ok; ")), "{run}");
    }
}

/// containerd makes labels of the annotations in `index.json` alone, and no reader minds the variables of the build.
#[test]
fn what_no_reader_minds_is_no_finding() {
    let build = obj([("Env", crate::support::arr(["=x"]))]);
    let image = Image::new("linux/amd64").layer(Layer::of(&[("who", "good")]).annotation("", "x"));
    let mut store = Store::new();
    let image = image.config_field("container_config", build).put(&mut store);
    let env = TestEnv::new();
    env.write_tar("image.tar", &Layout::new(&store).root(&image.desc.tagged("1.0")).files());
    let run = env.ocikit(&["verify", "--deep", "image.tar"]).expect_code(0);
    assert!(!run.stdout.contains("warning["), "{run}");
    env.write_tar("image.tar", &Layout::new(&store).root(&image.desc.tagged("1.0").annotate("", "x")).files());
    let run = env.ocikit(&["verify", "--deep", "image.tar"]).expect_code(1);
    assert!(run.stdout.contains("error[field-value] index.json#/manifests/0/annotations"), "{run}");
}
