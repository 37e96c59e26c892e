//! Entries of layers that readers put in place differently, alone and above other layers.

use crate::findings::ground::{Case, Input, case};
use crate::support::files::raw_tar;
use crate::support::{Files, Image, Layer, Layout, Store};

const ROOT: &str = "index.json#/manifests/0 -> @";

fn image(layers: &[Layer]) -> Input {
    let image = layers.iter().cloned().fold(Image::new("linux/amd64"), Image::layer);
    let mut store = Store::new();
    let built = image.put(&mut store);
    Input::Files(Layout::new(&store).root(&built.desc.tagged("1.0")).files())
}

/// One layer, and what is said of one of its entries.
fn alone(name: &'static str, layer: Layer, entry: &str) -> Case {
    alone_as(name, layer, "error[layer-entry-doubtful]", entry)
}

fn alone_as(name: &'static str, layer: Layer, code: &str, entry: &str) -> Case {
    case(name, image(&[layer]), &[&format!("{code} {ROOT}#/layers/0 -> @ -> {entry}")])
}

/// A layer above a base that all readers take alike.
fn above(name: &'static str, layer: Layer, severity: &str, entry: &str) -> Case {
    let base = Layer::new().dir("usr").dir("usr/lib").symlink("lib", "usr/lib").dir("tmp").mode(0o1777);
    let finding = format!("{severity}[layer-entry-doubtful] {ROOT}#/layers/1 -> @ -> {entry}");
    case(name, image(&[base, layer]), &[&finding])
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = entries();
    cases.extend(on_others());
    cases.extend(global_headers());
    cases
}

fn entries() -> Vec<Case> {
    vec![
        alone("a hard link to a later file", Layer::new().hardlink("b", "a").file("a", "x"), "b"),
        alone("a hard link to a folder", Layer::new().dir("a").hardlink("b", "a"), "b"),
        alone("a hard link to itself", Layer::new().hardlink("b", "b"), "b"),
        alone(
            "a hard link with a mode of its own",
            Layer::new().file("a", "x").mode(0o600).hardlink("b", "a").mode(0o4755),
            "b",
        ),
        alone(
            "a hard link with an attribute of its own",
            Layer::new().file("a", "x").hardlink("b", "a").pax("SCHILY.xattr.user.key", "value"),
            "b",
        ),
        alone("a hard link to a whiteout", Layer::new().file("d/.wh.a", "").hardlink("b", "d/.wh.a"), "b"),
        alone("a file below a link that leads nowhere", Layer::new().symlink("d", "e").file("d/n", "n"), "d/n"),
        alone("a whiteout below a link", Layer::new().dir("e").symlink("d", "e").file("d/.wh.n", ""), "d/.wh.n"),
        alone("a folder behind its whiteout", Layer::new().whiteout("d").dir("d").file("d/n", "n"), "d"),
        alone("a file behind the whiteout of its folder", Layer::new().whiteout("d").file("d/n", "n"), "d/n"),
        alone("a file in a folder named as a whiteout", Layer::new().file(".wh.d/n", "n"), ".wh.d/n"),
        alone("a file below a file", Layer::new().file("d", "x").file("d/n", "n"), "d/n"),
        alone("a whiteout of nothing", Layer::new().file("d/.wh.", ""), "d/.wh."),
        alone("a whiteout of the folder above", Layer::new().file("d/.wh...", ""), "d/.wh..."),
        alone("a device that is a whiteout to a kernel", Layer::new().char_device("d", 0, 0), "d"),
        alone("a device whose numbers are cut to that", Layer::new().block_device("d", 1 << 20, 0), "d"),
        alone(
            "an attribute that makes a folder opaque",
            Layer::new().dir("d").pax("SCHILY.xattr.trusted.overlay.opaque", "y"),
            "d",
        ),
        alone("a root that is a file", Layer::new().file(".", "x"), "."),
        alone_as("a name that climbs", Layer::new().file("x/../a", "a"), "error[member-name-unsafe]", "x/../a"),
        alone_as(
            "an owner beyond 32 bits",
            Layer::new().file("a", "a").pax("uid", "4294967296"),
            "error[tar-header-malformed]",
            "a",
        ),
    ]
}

fn on_others() -> Vec<Case> {
    vec![
        above("a hard link to a file of a lower layer", Layer::new().hardlink("b", "lib"), "error", "b"),
        above("a file below a link of a lower layer", Layer::new().file("lib/x", "x"), "error", "lib"),
        above("a whiteout below a link of a lower layer", Layer::new().whiteout("lib/x"), "error", "lib"),
        above("a whiteout in a folder that is not there", Layer::new().file("q/r/.wh.x", ""), "warning", "q/r"),
        above("an opaque whiteout of a folder that is not there", Layer::new().opaque("q"), "warning", "q"),
        above("an opaque whiteout of the root", Layer::new().file(".wh..wh..opq", ""), "error", ".wh..wh..opq"),
        above("a file in a folder of a mode of its own", Layer::new().file("tmp/x", "x"), "warning", "tmp"),
    ]
}

fn global_headers() -> Vec<Case> {
    let at = format!("{ROOT}#/layers/0 -> @");
    let warning = format!("warning[layer-global-header] {at}");
    let with = |key: &str, value: &str| {
        let mut files = Files::new();
        files.file("a", "a");
        let tar = raw_tar::with_global_header(&files.to_tar(), key, value);
        image(&[Layer::from_tar_bytes(tar)])
    };
    vec![
        case("a global comment in a layer", with("comment", "0123"), &[&warning]),
        case("a global owner in a layer", with("uid", "77"), &[&format!("error[tar-pax-global] {at}"), &warning]),
    ]
}

/// What readers take alike, and images have every day, is no finding.
#[test]
fn usual_layers_are_sound() {
    let env = crate::support::TestEnv::new();
    for (name, layers) in [
        ("names without folders", vec![Layer::new().dir("usr").dir("usr/lib"), Layer::of(&[("usr/lib/x/y", "y")])]),
        (
            "a folder in the place of a link",
            vec![Layer::new().symlink("lib", "usr/lib"), Layer::new().dir("lib").file("lib/x", "x")],
        ),
        ("links", vec![Layer::new().file("a", "a").hardlink("b", "a").hardlink("c", "./b").hardlink("d", "/a")]),
        (
            "attributes of a hard link",
            vec![
                Layer::new()
                    .file("a", "a")
                    .pax("SCHILY.xattr.user.key", "value")
                    .hardlink("b", "a")
                    .hardlink("c", "b")
                    .pax("SCHILY.xattr.user.key", "value"),
            ],
        ),
        ("a file below a link", vec![Layer::new().dir("e").symlink("d", "e").symlink("c", "/d").file("c/n", "n")]),
        ("whiteouts", vec![Layer::of(&[("d/e/x", "x"), ("f/y", "y")]), Layer::new().whiteout("d/e/x").opaque("f")]),
        ("whiteouts of the lowest layer", vec![Layer::new().whiteout("d/x").file("a", "a")]),
        ("a link to a link", vec![Layer::new().symlink("a", "x").hardlink("b", "a")]),
        (
            "a file in the place of a folder",
            vec![Layer::of(&[("d/x", "x")]), Layer::new().whiteout("d").file("d", "x")],
        ),
        ("opaque", vec![Layer::of(&[("d/x", "x")]), Layer::new().dir("d").opaque("d").file("d/y", "y")]),
        ("an opaque root alone", vec![Layer::new().file(".wh..wh..opq", "").file("a", "a")]),
        ("a null device", vec![Layer::new().char_device("null", 1, 3).block_device("b", 0, 0)]),
    ] {
        let Input::Files(files) = image(&layers) else { unreachable!() };
        let path = env.write("image.tar", files.to_tar());
        let run = env.ocikit(&["verify", "--deep", "-v", path.to_str().unwrap()]).expect_code(0);
        assert!(!run.stdout.contains("[layer-"), "{name}: {run}");
    }
}
