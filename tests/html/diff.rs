//! What the page of two images shows.

use super::page::{checked, diff, text};
use crate::support::{Image, Layer, Layout, Store, TestEnv, shapes};

fn write(env: &TestEnv, name: &str, image: &Image, called: &str) {
    let mut store = Store::new();
    let built = image.put(&mut store);
    env.write_tar(name, &Layout::new(&store).root(&built.desc.named(called)).files());
}

fn two(env: &TestEnv) {
    let base = || Layer::of(&[("etc/base", "base"), ("etc/gone", "x")]).gzip();
    let old = Image::new("linux/amd64").layer(base()).layer(Layer::of(&[("etc/motd", "old\n")]).gzip());
    let new = Image::new("linux/amd64")
        .layer(base())
        .layer(Layer::of(&[("etc/motd", "new\n"), ("bin/tool", "1")]).whiteout("etc/gone").gzip())
        .annotation("org.example.added", "yes")
        .config_field("author", "someone");
    write(env, "old.tar", &old, "example.com/app:1.0");
    write(env, "new.tar", &new, "example.com/app:2.0");
}

#[test]
fn two_versions() {
    let env = TestEnv::new();
    two(&env);
    let page = diff(&env, &["old.tar", "new.tar", "--files"]);
    insta::assert_snapshot!(text(&page, "names"), @r"
    Names
    − example.com/app:1.0 only in A
    + example.com/app:2.0 only in B
    ");
    insta::assert_snapshot!(text(&page, "images"), @r#"
    Images
    linux/amd64 sha256:38a87598e34b → linux/amd64 sha256:f0454aa254f6
    Manifest
    Manifest
    field
    in A
    in B
    +
    /annotations
    –
    {"org.example.added":"yes"}
    Config
    Config
    field
    in A
    in B
    +
    /author
    –
    "someone"
    Layers: 1 shared, 2 layers changed, added or removed
    A= 1− 2B= 1+ 2
    = in both, ≈ the same content stored differently, − only in A, + only in B; the bottom layer is on the left.Layers
    in A
    in B
    change
    =
    1  sha256:061292ea3f00  3.0 KiB
    1  sha256:061292ea3f00  3.0 KiB
    in both
    −
    2  sha256:f3df541e9d7f  2.0 KiB
    –
    only in A
    +
    –
    2  sha256:2ce61b9f27ac  3.5 KiB
    only in B
    Stored size: 5.0 KiB in A, 6.5 KiB in B (+1.5 KiB).
    Files: 2 added, 1 removed, 1 changed
    Files that differ
    file
    difference
    +
    bin
    only in B
    +
    bin/tool
    only in B  1 B
    −
    etc/gone
    only in A  1 B
    ~
    etc/motd
    content
    "#);
    assert!(!text(&diff(&env, &["old.tar", "new.tar"]), "images").contains("Files"));
}

#[test]
fn equal_images() {
    let env = TestEnv::new();
    env.write_tar("a.tar", &shapes::multi());
    env.write_dir("b", &shapes::multi());
    let run = env.ocikit(&["diff", "a.tar", "b", "--html", "page.html"]).expect_code(0);
    insta::assert_snapshot!(run.stdout, @r"
    page.html: written
    a.tar and b: equal
    ");
    let page = checked(String::from_utf8(env.read("page.html")).unwrap());
    assert!(text(&page, "images").contains("✓ No difference."));
}

#[test]
fn images_of_one_file_only() {
    let env = TestEnv::new();
    env.write_tar("a.tar", &shapes::multi());
    write(&env, "b.tar", &Image::new("linux/s390x"), "x:1");
    let images = text(&diff(&env, &["a.tar", "b.tar"]), "images");
    assert!(images.contains("linux/s390x") && images.contains("only in B"), "{images}");
}
