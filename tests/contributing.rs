//! What CONTRIBUTING.md, README and SECURITY.md name is there, and the map names every module.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::path::Path;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn page(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap()
}

/// The paths in backticks and links; those of files to be written have `NAME` in them.
fn paths(page: &str) -> Vec<&str> {
    let words = page.split(|c: char| c.is_whitespace() || "`()[],;:".contains(c));
    let folders = ["src/", "tests/", "man/", "testdata/", ".ci/"];
    let is_path = |word: &&str| folders.iter().any(|folder| word.starts_with(folder)) || word.ends_with(".md");
    words.filter(is_path).filter(|word| !word.contains("NAME")).collect()
}

#[test]
fn each_path_is_there() {
    for (name, least) in [("CONTRIBUTING.md", 30), ("README.md", 8), ("SECURITY.md", 20)] {
        let page = page(name);
        let paths = paths(&page);
        assert!(paths.len() >= least, "{name}: {paths:?}");
        for path in paths {
            let path = path.trim_end_matches('.');
            assert!(root().join(path).exists(), "{name}: {path}");
        }
    }
}

#[test]
fn the_map_names_every_module() {
    let page = page("CONTRIBUTING.md");
    let map = page.split("\n## ").find(|section| section.starts_with("The map")).unwrap();
    for entry in std::fs::read_dir(root().join("src")).unwrap() {
        let path = entry.unwrap().path();
        let module = path.file_stem().unwrap().to_str().unwrap();
        assert!(module == "lib" || map.contains(&format!("`{module}`")), "{module}");
    }
    let named =
        map.lines().filter_map(|line| line.split('|').nth(2)).flat_map(|cell| cell.split('`').skip(1).step_by(2));
    for module in named {
        let folder = root().join("src").join(module);
        assert!(folder.is_dir() || folder.with_extension("rs").is_file(), "{module}");
    }
}
