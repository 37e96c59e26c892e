//! Where a page goes.

use std::os::unix::fs::symlink;

use super::page::checked;
use crate::support::{TestEnv, shapes};

fn env() -> TestEnv {
    let env = TestEnv::new();
    env.write_tar("app.tar", &shapes::attested());
    env
}

#[test]
fn a_line_says_what_was_written() {
    let env = env();
    insta::assert_snapshot!(env.ocikit(&["inspect", "app.tar", "--html", "page.html"]), @r"
    success: true
    exit_code: 0
    ----- stdout -----
    page.html: written
    app.tar: ok; 15 blobs, 20.5 KiB verified
    ----- stderr -----
    ");
    checked(String::from_utf8(env.read("page.html")).unwrap());
    let quiet = env.ocikit(&["inspect", "app.tar", "--html", "page.html", "-q"]).expect_code(0);
    assert_eq!((quiet.stdout.as_str(), quiet.stderr.as_str()), ("", ""));
    assert_eq!(env.listing(), ["app.tar", "page.html"]);
}

#[test]
fn standard_output_holds_the_page_alone() {
    let env = env();
    let run = env.ocikit(&["inspect", "app.tar", "--html", "-"]).expect_code(0);
    checked(String::from_utf8(run.stdout_bytes).unwrap());
    assert_eq!(run.stderr, "app.tar: ok; 15 blobs, 20.5 KiB verified\n");
    let closed = env.command(&["inspect", "app.tar", "--html", "-"]).close_stdout_after(10).run();
    assert_eq!(closed.code, 0);
}

#[test]
fn what_was_there_is_replaced_at_once_or_stays() {
    let env = env();
    env.write("page.html", "old");
    env.write("broken.tar", "no image");
    let _ = env.ocikit(&["inspect", "broken.tar", "--html", "page.html"]).expect_code(2);
    assert_eq!(env.read("page.html"), b"old");
    let _ = env.ocikit(&["inspect", "app.tar:nothing", "--html", "page.html"]).expect_code(2);
    assert_eq!(env.read("page.html"), b"old");
    let _ = env.ocikit(&["inspect", "app.tar", "--html", "page.html"]).expect_code(0);
    checked(String::from_utf8(env.read("page.html")).unwrap());
    assert_eq!(env.listing(), ["app.tar", "broken.tar", "page.html"]);
}

#[test]
fn a_page_never_takes_the_place_of_the_image() {
    let env = env();
    let before = env.read("app.tar");
    symlink("app.tar", env.path("link")).unwrap();
    insta::assert_snapshot!(env.ocikit(&["inspect", "app.tar", "--html", "link"]), @r"
    success: false
    exit_code: 2
    ----- stdout -----
    ----- stderr -----
    error: link: is the image itself; pass another file to `--html`
    ");
    let run = env.ocikit(&["diff", "link", "app.tar", "--html", "./app.tar"]);
    assert_eq!(run.code, 2, "{run}");
    assert_eq!(env.read("app.tar"), before);
    env.write_dir("app", &shapes::attested());
    for name in ["app/index.json", "app/oci-layout", "link-to-index"] {
        let _ = symlink("app/index.json", env.path("link-to-index"));
        let run = env.ocikit(&["inspect", "app", "--html", name]).expect_code(2);
        assert!(run.stderr.contains("is the image itself"), "{run}");
    }
    let _ = env.ocikit(&["verify", "app"]).expect_code(0);
    // Beside these any name will do, there too.
    let _ = env.ocikit(&["inspect", "app", "--html", "app/page.html"]).expect_code(0);
    let _ = env.ocikit(&["inspect", "app", "--html", "app/page.html"]).expect_code(0);
}

#[test]
fn a_page_that_cannot_be_written_is_said() {
    let env = env();
    let run = env.ocikit(&["inspect", "app.tar", "--html", "nowhere/page.html"]).expect_code(2);
    assert!(run.stderr.starts_with("error: nowhere/page.html: cannot write: "), "{run}");
    std::fs::create_dir(env.path("folder")).unwrap();
    insta::assert_snapshot!(env.ocikit(&["inspect", "app.tar", "--html", "folder"]), @r"
    success: false
    exit_code: 2
    ----- stdout -----
    ----- stderr -----
    error: folder: cannot write: is a directory
    ");
    insta::assert_snapshot!(env.ocikit(&["inspect", "app.tar", "--html", "page.html", "--raw"]), @r"
    success: false
    exit_code: 2
    ----- stdout -----
    ----- stderr -----
    error: the argument '--html <FILE>' cannot be used with '--raw'

    Usage: ocikit inspect --html <FILE> <IMAGE>

    For more information, try '--help'.
    ");
}
