//! What `doctor` predicts and what it prints to be run.

use super::env_with;

/// Which of these targets refuse a file.
fn refusing(file: &str, targets: &str) -> Vec<String> {
    let report = env_with(&[file])
        .ocikit(&["doctor", file, "--platform", "linux/amd64", "--format", "json", "--for", targets])
        .json();
    let refuses = |target: &&serde_json::Value| target["verdict"] == "refuses";
    let targets = report["targets"].as_array().unwrap().iter().filter(refuses);
    targets.map(|target| target["target"].as_str().unwrap().to_owned()).collect()
}

/// Runs the command that is printed for a target, and asks again.
fn repaired(file: &str, target: &str) {
    let env = env_with(&[file]);
    let report = env.ocikit(&["doctor", file, "--platform", "linux/amd64", "--format", "json", "--for", target]).json();
    let arguments = report["targets"][0]["fix"]["arguments"].as_array().unwrap().clone();
    let words: Vec<&str> = arguments
        .iter()
        .map(|word| word.as_str().unwrap().replace("{output}", "out"))
        .map(|word| &*word.leak())
        .collect();
    let _ = env.ocikit(&words).expect_code(0);
    let _ = env.ocikit(&["doctor", "out", "--platform", "linux/amd64", "--for", target]).expect_code(0);
}

/// podman, docker and containerd refuse the whole file for such a name; skopeo and crane take no notice of it.
#[test]
fn names_in_manifest_json_that_readers_refuse() {
    for file in ["f04-capitals.tar", "f04-tag-with-plus.tar"] {
        let by = "docker-classic,docker,podman,ctr,kind,crane,skopeo-docker-archive";
        assert_eq!(refusing(file, by), ["docker-classic", "docker", "podman", "ctr", "kind"], "{file}");
        for target in ["docker-classic", "docker", "podman", "ctr"] {
            repaired(file, target);
        }
    }
}

/// podman makes a repository of a tag alone; skopeo and containerd keep it as it is.
#[test]
fn a_reference_name_that_podman_refuses() {
    assert_eq!(refusing("f04-ref-with-plus.tar", "podman,skopeo-oci-archive,ctr"), ["podman"]);
    repaired("f04-ref-with-plus.tar", "podman");
}

#[test]
fn an_index_without_an_image_for_the_host() {
    for target in ["podman", "skopeo-oci-archive", "ctr"] {
        assert_eq!(refusing("f05-other-platform-only.tar", target), [target]);
        repaired("f05-other-platform-only.tar", target);
    }
}

/// podman and skopeo compare the size; containerd does not.
#[test]
fn a_config_of_another_size_than_its_descriptor_says() {
    assert_eq!(refusing("f09-config-size.tar", "podman,skopeo-oci-archive,ctr"), ["podman", "skopeo-oci-archive"]);
    repaired("f09-config-size.tar", "podman");
    repaired("f09-config-size.tar", "skopeo-oci-archive");
}
