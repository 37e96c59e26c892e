//! A misspelt name is answered with the one that was probably meant.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failure here is a failed test")]

use crate::support::{TestEnv, testdata};

#[test]
fn the_near_name_is_asked_for() {
    let env = TestEnv::new();
    for (name, item) in [("app.tar", "buildx/two-tags.oci.tar"), ("multi.tar", "buildx/multi-default.oci.tar")] {
        env.write(name, std::fs::read(testdata(item)).unwrap());
    }
    for (line, meant) in [
        ("inspcet app.tar", "inspect"),
        ("platform lst multi.tar", "list"),
        ("inspect app.tar --platfrom linux/amd64", "--platform"),
        ("inspect app.tar:1.O", "1.0"),
        ("inspect app.tar:latset", "latest"),
        ("inspect app.tar:app:1.O", "example.com/team/app:1.0"),
        ("inspect app.tar:example.com/team/ap:1.0", "example.com/team/app:1.0"),
        ("ref remove app.tar latst --dry-run", "latest"),
        ("inspect multi.tar --platform linux/amd46", "linux/amd64"),
        ("platform keep multi.tar linux/arm46 --dry-run", "linux/arm64"),
        ("repack multi.tar --platform linux/arn64 --dry-run", "linux/arm64"),
        ("explain blob-digset", "blob-digest"),
        ("verify app.tar --deny blob-digst", "blob-digest"),
        ("verify app.tar --allow blob-digst", "blob-digest"),
        ("doctor app.tar --for podmann", "podman"),
        ("inspect app.tar --limits memers=7", "members"),
    ] {
        let run = env.ocikit(&line.split(' ').collect::<Vec<_>>()).expect_code(2);
        let asks = run.stderr.contains(&format!("(did you mean `{meant}`?)"));
        let clap_asks = run.stderr.contains("  tip: ") && run.stderr.contains(&format!("'{meant}'"));
        assert!(asks || clap_asks, "{line}\n{}", run.stderr);
    }
}

#[test]
fn nothing_is_asked_where_nothing_is_near() {
    let env = TestEnv::new();
    env.write("app.tar", std::fs::read(testdata("buildx/two-tags.oci.tar")).unwrap());
    for line in ["inspect app.tar:2.0", "inspect app.tar --platform linux/arm64", "explain something"] {
        let run = env.ocikit(&line.split(' ').collect::<Vec<_>>()).expect_code(2);
        assert!(!run.stderr.contains("did you mean"), "{}", run.stderr);
    }
}
