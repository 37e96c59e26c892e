//! Documents that the specification does not allow, and some that it does.

use super::env_with;

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
