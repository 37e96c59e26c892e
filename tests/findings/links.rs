//! Links in an archive in the place of files that readers look for.

use crate::findings::ground::{Case, Input, case};
use crate::support::Files;
use crate::support::builder::shapes;
use crate::support::files::Kind;

/// A file's content under another name, and a link of its name to it.
fn linked(mut files: Files, name: &str, kind: Kind) -> Input {
    files.rename(name, "stored");
    let link = crate::support::files::Member::new(name, kind);
    files.push(link);
    Input::Members(files)
}

fn symbolic(target: &str) -> Kind {
    Kind::Symlink(target.to_owned())
}

fn hard() -> Kind {
    Kind::Hardlink("stored".to_owned())
}

pub(crate) fn cases() -> Vec<Case> {
    let oci = || shapes::oci_archive();
    let docker = || shapes::docker20();
    let name = |key: &str| docker().value_at("manifest.json", &format!("/0/{key}")).as_str().unwrap().to_owned();
    let layer = name("Layers/0");
    let folder = layer.split('/').next().unwrap().to_owned();
    let mut below = docker();
    below.rename(&layer, "elsewhere/layer.tar");
    below.members_mut().retain(|member| !member.name.starts_with(&folder) || member.name == layer);
    below.symlink(&folder, "elsewhere");
    vec![
        case(
            "index.json is a symbolic link",
            linked(oci(), "index.json", symbolic("stored")),
            &["warning[link-not-followed] index.json (found stored)"],
        ),
        case(
            "oci-layout is a hard link",
            linked(oci(), "oci-layout", hard()),
            &["warning[link-not-followed] oci-layout (found stored)"],
        ),
        case(
            "manifest.json is a symbolic link",
            linked(docker(), "manifest.json", symbolic("stored")),
            &["warning[link-not-followed] manifest.json (found stored)"],
        ),
        case(
            "manifest.json is a hard link",
            linked(docker(), "manifest.json", hard()),
            &["error[link-not-followed] manifest.json (found stored)"],
        ),
        case(
            "a config is a hard link",
            linked(docker(), &name("Config"), hard()),
            &["error[link-not-followed] manifest.json#/0/Config (found stored)"],
        ),
        case(
            "a layer is a hard link",
            linked(docker(), &layer, hard()),
            &["error[link-not-followed] manifest.json#/0/Layers/0 (found stored)"],
        ),
        case(
            "a layer is a symbolic link",
            linked(docker(), &layer, symbolic("../stored")),
            &["warning[link-not-followed] manifest.json#/0/Layers/0 (found ../stored)"],
        ),
        case(
            "a layer is a symbolic link from the top",
            linked(docker(), &layer, symbolic("stored")),
            &["error[link-not-followed] manifest.json#/0/Layers/0 (found stored)"],
        ),
        case(
            "a layer below a link to a folder",
            Input::Members(below),
            &["error[link-not-followed] manifest.json#/0/Layers/0 (found */layer.tar)"],
        )
        .beside(&[ocikit::finding::Code::RepositoriesDangling]),
    ]
}

/// What all follow is no finding: blobs and configs that are symbolic links, a layer that repeats.
#[test]
fn links_that_all_follow() {
    let env = crate::support::TestEnv::new();
    let mut blob = shapes::oci_archive();
    let manifest = blob.digest_at("index.json", "/manifests/0/digest");
    let name = crate::support::blob_name(&manifest);
    blob.rename(&name, "stored").symlink(&name, "../../stored");
    let mut config = shapes::docker20();
    let name = config.value_at("manifest.json", "/0/Config").as_str().unwrap().to_owned();
    config.rename(&name, "stored").symlink(&name, "stored");
    for files in [blob, config, shapes::docker20_repeated_layer(), shapes::podman()] {
        let path = env.write("image.tar", files.to_tar());
        let run = env.ocikit(&["verify", "--deep", "-v", path.to_str().unwrap()]).expect_code(0);
        assert!(!run.stdout.contains("link-not-followed"), "{run}");
    }
}
