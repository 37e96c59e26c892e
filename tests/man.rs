//! The manual pages in `man/` are those that the program writes.

#![expect(clippy::expect_used, reason = "a test may fail")]

use std::collections::BTreeMap;
use std::path::Path;

use crate::support::{TestEnv, readers};

fn pages(directory: &Path) -> BTreeMap<String, String> {
    let entries = std::fs::read_dir(directory).expect("a directory of pages").flatten();
    let entries = entries.filter(|entry| entry.path().is_file());
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

/// Runs a program that finds fault with pages on all that are kept; what it says.
fn faults(program: &str, arguments: &[&str]) -> Option<String> {
    readers::require(program)?;
    let env = TestEnv::new();
    let kept = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/man"));
    let pages = pages(kept).into_keys().map(|name| kept.join(name).to_string_lossy().into_owned());
    let pages: Vec<String> = pages.collect();
    let words: Vec<&str> = arguments.iter().copied().chain(pages.iter().map(String::as_str)).collect();
    let run = env.program(program, &words).run();
    Some(format!("{}{}", run.stdout, run.stderr))
}

#[test]
fn mandoc_finds_no_fault() {
    let Some(said) = faults("mandoc", &["-T", "lint", "-W", "warning"]) else { return };
    // A date would differ from one day to the next.
    let faults: Vec<&str> = said.lines().filter(|line| !line.contains("missing date")).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(said.contains("missing date"), "the pages were looked at");
}

#[test]
fn groff_finds_no_fault() {
    let Some(said) = faults("groff", &["-man", "-ww", "-z"]) else { return };
    assert_eq!(said, "");
}

#[test]
fn a_page_has_its_sections_in_order() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/man/ocikit-verify.1")).expect("a page");
    let sections: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix(".SH ")).collect();
    let expected = [
        "NAME",
        "SYNOPSIS",
        "DESCRIPTION",
        "ARGUMENTS",
        "OPTIONS",
        "SIGNATURES",
        "POLICY",
        "\"GLOBAL OPTIONS\"",
        "\"KEYS OF A POLICY FILE\"",
        "EXAMPLES",
        "\"EXIT STATUS\"",
        "ENVIRONMENT",
        "\"SEE ALSO\"",
    ];
    assert_eq!(sections, expected);
}

#[test]
fn a_page_is_printed_by_its_name() {
    let env = TestEnv::new();
    let page = |name: &str| env.ocikit(&["man", name]).expect_code(0).stdout;
    for (name, file) in
        [("recipes", "ocikit-recipes.7"), ("ocikit-findings", "ocikit-findings.7"), ("ref-list", "ocikit-ref-list.1")]
    {
        let kept =
            std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("man").join(file)).expect("a page");
        assert!(page(name) == kept, "{name}");
    }
    assert_eq!(page("ocikit"), env.ocikit(&["man"]).expect_code(0).stdout);
    let unknown = env.ocikit(&["man", "recipe"]).expect_code(2);
    assert!(unknown.stderr.contains("no manual page is named `recipe` (did you mean `recipes`?)"), "{unknown}");
}
