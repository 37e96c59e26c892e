//! The manual pages in `man/` are those that the program writes.

#![expect(clippy::expect_used, reason = "a test may fail")]

mod support;

use std::collections::BTreeMap;
use std::path::Path;

use support::TestEnv;

fn pages(directory: &Path) -> BTreeMap<String, String> {
    let entries = std::fs::read_dir(directory).expect("a directory of pages").flatten();
    let named = |path: std::path::PathBuf| {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        (name, std::fs::read_to_string(&path).expect("a page"))
    };
    entries.map(|entry| named(entry.path())).collect()
}

#[test]
fn the_pages_are_up_to_date() {
    let env = TestEnv::new();
    let _ = env.ocikit(&["man", "-o", "pages"]).expect_code(0);
    let written = pages(&env.path("pages"));
    let kept = pages(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/man")));
    let names = |pages: &BTreeMap<String, String>| pages.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&written), names(&kept), "`cargo run -- man -o man` writes what is missing");
    for (name, page) in written {
        assert!(page == kept[&name], "man/{name} is out of date; `cargo run -- man -o man` writes it");
    }
}
