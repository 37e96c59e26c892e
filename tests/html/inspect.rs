//! What the page of an image file shows.

use roxmltree::Node;

use super::page::{checked, inspect, parse, text};
use crate::support::{Image, Index, Layer, Layout, Store, TestEnv, blob_name, shapes, testdata};

/// Two layers, of which the second replaces a file of the first and deletes another.
fn with_waste(env: &TestEnv) {
    let base = Layer::of(&[("etc/base", &"b".repeat(4000)), ("etc/old", &"o".repeat(3000)), ("etc/gone", "gone")]);
    let top = Layer::of(&[("etc/old", "new"), ("opt/app", &"a".repeat(2000))]).whiteout("etc/gone");
    let image = Image::new("linux/amd64")
        .layer(base.gzip())
        .layer(top.gzip())
        .history("ADD rootfs.tar /", false)
        .history("ENV A=1", true)
        .history("RUN make install", false);
    let mut store = Store::new();
    let built = image.put(&mut store);
    env.write_tar("app.tar", &Layout::new(&store).root(&built.desc.named("example.com/app:1.0")).files());
}

#[test]
fn every_shape_has_a_page() {
    for shape in shapes::all() {
        let env = TestEnv::new();
        env.write("image", shape.bytes());
        let page = inspect(&env, &["image"]);
        assert!(!text(&page, "tree").is_empty(), "{}", shape.name);
    }
    let env = TestEnv::new();
    env.write_dir("layout", &shapes::attested());
    let of_directory = inspect(&env, &["layout"]);
    assert!(text(&of_directory, "tree").contains("linux/arm64"));
}

#[test]
fn the_tree_has_attestations_below_what_they_speak_about() {
    let path = testdata("buildx/sbom-provmax-multi.oci.tar");
    let page = inspect(&TestEnv::new(), &[path.to_str().unwrap()]);
    let document = parse(&page);
    // Each line of the tree, with the lists that it stands in.
    let lines = document
        .descendants()
        .filter(|node| node.has_tag_name("summary"))
        .filter(|summary| summary.ancestors().any(|above| above.attribute("class") == Some("tree")));
    let shown = lines.map(|summary| {
        let depth = summary.ancestors().filter(|above| above.has_tag_name("ul")).count();
        let text: String = summary.descendants().filter_map(|node| node.text().filter(|_| node.is_text())).collect();
        format!("{}{}", "  ".repeat(depth - 1), text.trim())
    });
    insta::assert_snapshot!(shown.collect::<Vec<_>>().join("\n"), @r"
    index sha256:c72194999dfa 4 manifests
      image linux/amd64 sha256:c70c67f34b88 2 layers, 4.3 KiB
        attestation sha256:8ed494c4e88d SBOM (SPDX), provenance (SLSA v1)
      image linux/arm64 sha256:445ee80c487d 2 layers, 4.3 KiB
        attestation sha256:89ee9a924564 SBOM (SPDX), provenance (SLSA v1)
    ");
    let tree = text(&page, "tree");
    for part in [
        "example.com/team/multi:1.0",
        "application/vnd.oci.image.index.v1+json",
        "vnd.docker.reference.type",
        "attestation-manifest",
        "https://spdx.dev/Document",
    ] {
        assert!(tree.contains(part), "{part}\n{tree}");
    }
}

#[test]
fn what_is_absent_external_or_unreferenced_is_marked() {
    let env = TestEnv::new();
    let mut files = shapes::multi();
    let gone = files.digest_at("index.json", "/manifests/0/digest");
    let child = files.digest_at(&blob_name(&gone), "/manifests/1/digest");
    files.remove(&blob_name(&child));
    let orphan = format!("sha256:{}", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    files.file(&blob_name(&orphan), "");
    env.write_tar("sparse.tar", &files);
    let page = inspect(&env, &["sparse.tar"]);
    let tree = text(&page, "tree");
    assert!(tree.contains("absent") && tree.contains("3 blobs unreferenced"), "{tree}");
    assert!(tree.contains(&orphan), "{tree}");
    env.write_tar("urls.tar", &shapes::urls());
    assert!(text(&inspect(&env, &["urls.tar"]), "tree").contains("external"));
}

#[test]
fn the_map_and_the_tables_say_the_same() {
    let env = TestEnv::new();
    with_waste(&env);
    let page = inspect(&env, &["app.tar"]);
    let document = parse(&page);
    let boxes: Vec<&str> = document
        .descendants()
        .filter(|node| node.attribute("tabindex") == Some("0"))
        .filter_map(|node| node.attribute("aria-label"))
        .collect();
    insta::assert_snapshot!(boxes.join("\n"), @r"
    layer 1: 6.8 KiB in 3 files, 2.9 KiB of it hidden, made by ADD rootfs.tar /
    etc/base: 3.9 KiB in layer 1
    etc/old: 2.9 KiB in layer 1, hidden by a higher layer
    etc/gone: 4 B in layer 1, hidden by a higher layer
    layer 2: 1.9 KiB in 2 files, made by RUN make install
    opt/app: 1.9 KiB in layer 2
    etc/old: 3 B in layer 2
    ");
    insta::assert_snapshot!(text(&page, "space"), @r"
    Layers and files
    linux/amd64 sha256:bd6f2687f615 5.8 KiB, 2 layers
    3 files, 5.8 KiB in 2 layers; 2 files (2.9 KiB, 33.3 %) hidden by higher layers.
    Skip the map
    Point at a box, or move from box to box with Tab, to see its name.
    layer 1 · 6.8 KiB · ADD rootfs.tar /layer 1 · 6.8 KiBlayer 1: 6.8 KiB in 3 files, 2.9 KiB of it hidden, made by ADD rootfs.tar /
    base3.9 KiBetc/base: 3.9 KiB in layer 1
    old2.9 KiBetc/old: 2.9 KiB in layer 1, hidden by a higher layer
    etc/gone: 4 B in layer 1, hidden by a higher layer
    layer 2 · 1.9 KiB2layer 2: 1.9 KiB in 2 files, made by RUN make install
    app1.9 KiBopt/app: 1.9 KiB in layer 2
    etc/old: 3 B in layer 2
    Each box is a file, in the box of the layer that stores it; its area is the size of the file. Hatched boxes with a dashed border are hidden files: a higher layer replaces or deletes them.2 layers
    Layers, from the bottom
    layer
    made by, stored as
    stored
    files
    their bytes
    hidden
    1
    ADD rootfs.tar /sha256:21f8db4e9538
    10.0 KiB
    3
    6.8 KiB
    2.9 KiB
    2
    RUN make installsha256:90ad2ddd549c
    5.0 KiB
    2, hides 1 name
    1.9 KiB
    –
    The largest files (5)
    The largest files
    file
    bytes
    layer
    seen
    etc/base
    3.9 KiB
    1
    yes
    etc/old
    2.9 KiB
    1
    hidden by a higher layer
    opt/app
    1.9 KiB
    2
    yes
    etc/gone
    4 B
    1
    hidden by a higher layer
    etc/old
    3 B
    2
    yes
    Names that hide most space (2)
    Names that hide most space
    file
    hidden bytes
    in layers
    etc/old
    2.9 KiB
    1
    etc/gone
    4 B
    1
    ");
    // The two hidden files are hatched, and nothing else is.
    let hatched = document.descendants().filter(|node| node.attribute("fill").is_some()).count();
    assert_eq!(hatched, 2);
}

#[test]
fn areas_are_as_the_bytes() {
    let env = TestEnv::new();
    with_waste(&env);
    let page = inspect(&env, &["app.tar"]);
    let document = parse(&page);
    let layers = document.descendants().filter(|node| node.attribute("class") == Some("layer"));
    let area = |node: Node<'_, '_>| {
        let width: f64 = node.attribute("width").unwrap().trim_end_matches('%').parse().unwrap();
        let height: f64 = node.attribute("height").unwrap().parse().unwrap();
        width * height
    };
    let areas: Vec<f64> = layers.map(area).collect();
    let [one, two] = areas[..] else { panic!("{areas:?}") };
    assert!((one / two - 7004.0 / 2003.0).abs() < 0.01, "{areas:?}");
}

#[test]
fn findings_have_their_explanation_and_the_command_that_mends() {
    let env = TestEnv::new();
    let mut files = shapes::multi();
    let index = files.digest_at("index.json", "/manifests/0/digest");
    let child = files.digest_at(&blob_name(&index), "/manifests/1/digest");
    files.remove(&blob_name(&child));
    let manifest = files.digest_at(&blob_name(&index), "/manifests/0/digest");
    let layer = files.digest_at(&blob_name(&manifest), "/layers/0/digest");
    files.flip_byte(&blob_name(&layer), 30);
    env.write_tar("broken.tar", &files);
    let page = inspect(&env, &["broken.tar"]);
    let findings = text(&page, "findings");
    for part in [
        "✕ error",
        "▲ warning",
        "blob-digest",
        "expected",
        "child-missing",
        "ocikit platform prune broken.tar -o FIXED",
        "Why it matters",
        "What was checked",
    ] {
        assert!(findings.contains(part), "{part}\n{findings}");
    }
    // The report of a program says what it always says.
    let with = env.ocikit(&["inspect", "broken.tar", "--html", "page.html", "--format", "json"]).expect_code(1);
    let without = env.ocikit(&["inspect", "broken.tar", "--format", "json"]).expect_code(0);
    assert_eq!(with.stdout, without.stdout);
    checked(String::from_utf8(env.read("page.html")).unwrap());
}

#[test]
fn the_same_input_gives_the_same_page() {
    let path = testdata("regctl/sha512");
    let env = TestEnv::new();
    let path = path.to_str().unwrap();
    assert_eq!(inspect(&env, &[path, "--jobs", "1"]), inspect(&env, &[path, "--jobs", "4"]));
    with_waste(&env);
    let bytes = env.read("app.tar");
    let run = env.command(&["inspect", "--html", "-", "-"]).stdin(bytes).run().expect_code(0);
    let piped = checked(String::from_utf8(run.stdout_bytes).unwrap());
    assert_eq!(text(&piped, "space"), text(&inspect(&env, &["app.tar"]), "space"));
}

#[test]
fn a_platform_or_a_name_makes_a_page_of_its_own() {
    let path = testdata("buildx/sbom-provmax-multi.oci.tar");
    let page = inspect(&TestEnv::new(), &[path.to_str().unwrap(), "--platform", "linux/arm64"]);
    assert!(page.contains("linux/arm64") && !page.contains("linux/amd64"));
}

#[test]
fn layers_that_cannot_be_read_are_told() {
    let env = TestEnv::new();
    env.write_tar("sparse.tar", &shapes::urls());
    assert!(text(&inspect(&env, &["sparse.tar"]), "space").contains("the files cannot be listed: "));
}

#[test]
fn thousands_of_images_make_a_page_that_opens() {
    let mut store = Store::new();
    let children: Vec<_> = (0..5_000)
        .map(|n| Image::new("linux/amd64").annotation("org.example.n", &n.to_string()).put(&mut store).desc)
        .collect();
    let index = Index::of(&children).put(&mut store);
    let env = TestEnv::new();
    env.write_tar("many.tar", &Layout::new(&store).root(&index).files());
    let page = inspect(&env, &["many.tar"]);
    assert!(page.len() < 12 << 20, "{}", page.len());
    let tree = text(&page, "tree");
    // The index and 5,000 images, of which 2,000 nodes are shown.
    assert!(tree.contains("3001 nodes more, not shown"), "{}", &tree[tree.len() - 300..]);
    assert!(text(&page, "space").contains("The layers of 4992 images more were not read"));
}
