//! A policy asks the thing itself, and a selection is held to all that decides what is selected.

use crate::cases::env_with;

/// The exit code of `verify` and the codes of its errors, each once.
fn verified(file: &str, args: &[&str]) -> (i32, Vec<String>) {
    let env = env_with(&[file.split(':').next().unwrap()]);
    let run = env.ocikit(&[&["verify", file, "--format", "json"], args].concat());
    let report = run.json();
    let errors = report["findings"].as_array().unwrap().iter().filter(|finding| finding["severity"] == "error");
    let mut codes: Vec<String> = errors.map(|finding| finding["code"].as_str().unwrap().to_owned()).collect();
    codes.sort();
    codes.dedup();
    (run.code, codes)
}

#[test]
fn an_attestation_counts_for_what_its_statement_says() {
    for (file, why) in [
        // Its predicate says nothing either, so that this file does not show the comparison of subjects.
        ("p1-attestation-for-two-images.tar", "does not count"),
        ("p2-predicate-is-junk.tar", "does not count"),
        ("p2-statement-without-type.tar", "does not count"),
        ("p7-nonsense-type.tar", "does not count"),
        ("p7-no-subject.tar", "does not count"),
    ] {
        let (code, codes) = verified(file, &["--require-attestation", "provenance"]);
        assert_eq!(code, 1, "{file}");
        assert!(codes.contains(&"attestation-required".to_owned()), "{file}: {codes:?}");
        let run = env_with(&[file]).ocikit(&["verify", file, "--require-attestation", "provenance"]);
        assert!(format!("{run}").contains(why), "{file}: {run}");
    }
}

#[test]
fn a_name_leads_to_an_image_of_the_expected_digest() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/files/p4-expect.digest");
    let digest = std::fs::read_to_string(folder).unwrap();
    for (file, expected) in [
        ("p4-expect-x.tar", vec!["digest-unexpected"]),
        ("p4-expect-y.tar", vec!["digest-unexpected"]),
        ("p4-expect-z.tar", vec!["digest-unexpected", "ref-required"]),
        ("p4-expect-w.tar", vec!["digest-unexpected", "ref-required"]),
    ] {
        let found = verified(file, &["--expect", digest.trim(), "--require-ref", "app:1"]);
        assert_eq!(found, (1, expected.into_iter().map(str::to_owned).collect()), "{file}");
    }
    // The selected name and the digest are of one root too.
    let (code, codes) = verified("p4-expect-y.tar:app:1", &["--expect", digest.trim()]);
    assert_eq!((code, codes), (1, vec!["digest-unexpected".to_owned()]));
    let (code, _) = verified("p4-expect-y.tar:other", &["--expect", digest.trim(), "--require-ref", "other"]);
    assert_eq!(code, 0);
}

#[test]
fn nothing_to_ask_meets_no_policy() {
    for policy in [["--require-attestation", "sbom"], ["--require-platform", "linux/amd64"], ["--require-ref", "app:1"]]
    {
        assert_eq!(verified("p5-no-image.tar", &policy).0, 1, "{policy:?}");
    }
    // Nor is it of use to anybody: whoever asks whether the file is well means an image.
    assert_eq!(verified("p5-no-image.tar", &[]), (1, vec!["layout-empty".to_owned()]));
}

#[test]
fn only_layers_are_kept_elsewhere() {
    let (code, codes) = verified("a9-absent-with-urls.tar", &["--require-platform", "linux/amd64"]);
    assert_eq!((code, codes), (1, vec!["blob-missing".to_owned(), "platform-required".to_owned()]));
    assert_eq!(verified("a9-absent-with-urls.tar", &[]).0, 1);
}

#[test]
fn a_selection_is_held_to_what_decides_it() {
    for (file, code) in [("a10-two-index-json.tar", "tar-conflicting-entry"), ("a10-views-differ.tar", "view-")] {
        for (address, args) in [
            (file.to_owned(), &[][..]),
            (format!("{file}:app:1"), &[][..]),
            (file.to_owned(), &["--platform", "linux/amd64"][..]),
        ] {
            let (exit, codes) = verified(&address, args);
            assert_eq!(exit, 1, "{address} {args:?}");
            assert!(codes.iter().any(|own| own.starts_with(code)), "{address} {args:?}: {codes:?}");
        }
    }
}
