//! Every command that there is, as tables: what is promised of all of them is tested on all of them.
//!
//! In the words of a command, `IMAGE` is the image file, `OTHER` a small sound image of the same platform, `BLOB` a digest
//! that no image has, `-` the image on standard input, and `OUT` a path where nothing is yet.

/// Commands that read an image and change nothing.
pub const READING: &[&[&str]] = &[
    &["inspect", "IMAGE", "--layers", "--config", "-v"],
    &["inspect", "IMAGE", "--raw"],
    &["ref", "list", "IMAGE"],
    &["platform", "list", "IMAGE"],
    &["attestation", "list", "IMAGE"],
    &["attestation", "show", "IMAGE"],
    &["signature", "list", "IMAGE"],
    &["signature", "show", "IMAGE"],
    &["files", "IMAGE"],
    &["files", "IMAGE", "--tree"],
    &["files", "IMAGE", "--top", "3"],
    &["files", "IMAGE", "--layer", "1"],
    &["cat", "IMAGE", "etc/words"],
    &["cat", "IMAGE", "@BLOB"],
    &["verify", "IMAGE"],
    &["verify", "IMAGE", "--deep"],
    &["verify", "-"],
    &["compare", "IMAGE"],
    &["diff", "IMAGE", "OTHER", "--files"],
    &["diff", "OTHER", "IMAGE"],
    &["doctor", "IMAGE"],
    &["gc", "IMAGE"],
    &["layer", "base", "IMAGE", "OTHER"],
    &["layer", "base", "OTHER", "IMAGE"],
    &["delta", "show", "IMAGE"],
];

/// Plans of commands that write.
pub const PLANNING: &[&[&str]] = &[
    &["repack", "IMAGE", "-o", "OUT.tar", "--dry-run"],
    &["repack", "IMAGE", "-o", "OUT.tar", "--to", "docker-archive", "--dry-run"],
    &["delta", "create", "IMAGE", "--base", "OTHER", "-o", "OUT", "--dry-run"],
    &["delta", "create", "OTHER", "--base", "IMAGE", "-o", "OUT", "--dry-run"],
    &["annotate", "IMAGE", "key=value", "--dry-run"],
    &["config", "IMAGE", "--env", "KEY=value", "--history", "text", "--dry-run"],
    &["new", "--rootfs", "IMAGE", "--dry-run"],
    &["new", "--artifact-type", "application/vnd.example.note", "PREDICATE", "--dry-run"],
    &["layer", "remove", "IMAGE", "1", "--dry-run"],
    &["layer", "add", "IMAGE", "--file", "PREDICATE:/etc/", "--dry-run"],
    &["layer", "replace", "IMAGE", "1", "--file", "PREDICATE:/etc/", "--dry-run"],
    &["layer", "rewrite", "IMAGE", "--owner", "7", "--dry-run"],
    &["layer", "rewrite", "IMAGE", "--strip", "**/*", "--every-layer", "--dry-run"],
    &["ref", "add", "IMAGE", "example.com/team/app:again", "--dry-run"],
    &["ref", "remove", "IMAGE", "example.com/team/app:1.0", "--dry-run"],
    &["ref", "rename", "IMAGE", "example.com/team/app:1.0", "example.com/team/app:2.0", "--dry-run"],
    &["platform", "add", "IMAGE", "--from", "OTHER", "--dry-run"],
    &["platform", "remove", "IMAGE", "linux/amd64", "--dry-run"],
    &["platform", "keep", "IMAGE", "linux/amd64", "--dry-run"],
    &["platform", "set", "IMAGE", "linux/amd64", "linux/arm64", "--dry-run"],
    &["platform", "prune", "IMAGE", "--dry-run"],
    &["unwrap", "IMAGE", "--dry-run"],
    &["squash", "IMAGE", "--dry-run"],
    &["rebase", "IMAGE", "--from", "OTHER", "--to", "OTHER", "--dry-run"],
    &["rebase", "OTHER", "--from", "IMAGE", "--to", "IMAGE", "--dry-run"],
    &["merge", "IMAGE", "OTHER", "--ref", "app:both", "--replace", "--dry-run"],
    &["convert", "IMAGE", "--to", "docker", "--dry-run"],
    &[
        "attestation",
        "add",
        "IMAGE",
        "--predicate",
        "PREDICATE",
        "--type",
        "https://slsa.dev/provenance/v1",
        "--dry-run",
    ],
    &["attestation", "remove", "IMAGE", "--dry-run"],
    &["attach", "IMAGE", "PREDICATE", "--artifact-type", "application/vnd.example.note", "--dry-run"],
    &["attestation", "convert", "IMAGE", "--to", "referrer", "--dry-run"],
];

/// Commands that write what the image holds to places that it names.
pub const UNPACKING: &[&[&str]] = &[
    &["unpack", "IMAGE", "-o", "OUT"],
    &["export", "IMAGE", "-o", "OUT.tar"],
    &["attestation", "extract", "IMAGE", "-o", "OUT"],
    &["delta", "apply", "IMAGE", "--base", "OTHER", "-o", "OUT"],
];

/// A command's words for these files; `OUT` becomes `out`.
pub fn filled(command: &[&str], image: &str, other: &str) -> Vec<String> {
    let blob = format!("@sha256:{}", "0".repeat(64));
    let word = |word: &&str| match *word {
        "IMAGE" => image.to_string(),
        "OTHER" => other.to_string(),
        "@BLOB" => blob.clone(),
        word => word.replace("OUT", "out").replace("PREDICATE", "predicate.json"),
    };
    command.iter().map(word).collect()
}

/// Commands that write, without where they write to: an edit of each kind, and every way to another format.
pub const EDITING: &[&[&str]] = &[
    &["annotate", "IMAGE", "key=value"],
    &["config", "IMAGE", "--env", "KEY=value", "--attestations", "drop"],
    &["ref", "add", "IMAGE", "example.com/team/app:again"],
    &["ref", "rename", "IMAGE", "example.com/team/app:1.0", "example.com/team/app:2.0"],
    &["platform", "remove", "IMAGE", "linux/arm64", "--attestations", "drop"],
    &["platform", "set", "IMAGE", "linux/arm64", "linux/arm64/v8"],
    &["attestation", "remove", "IMAGE"],
    &["convert", "IMAGE", "--to", "docker", "--attestations", "drop"],
    &["squash", "IMAGE", "--attestations", "drop"],
    &[
        "layer",
        "replace",
        "IMAGE",
        "2",
        "--file",
        "PREDICATE:/etc/",
        "--time",
        "1970-01-01T00:00:00Z",
        "--attestations",
        "drop",
    ],
    &["layer", "rewrite", "IMAGE", "--strip", "platform", "--attestations", "drop"],
    &["gc", "IMAGE"],
];

/// Commands that write a new file or directory `OUT`, and nothing else.
pub const WRITING: &[&[&str]] = &[
    &["repack", "IMAGE", "-o", "OUT.tar"],
    &["repack", "IMAGE", "-o", "OUT.tar.gz"],
    &["repack", "IMAGE", "-o", "OUT"],
    &["repack", "IMAGE", "-o", "OUT.tar", "--to", "docker-archive", "--platform", "linux/amd64"],
    &["repack", "IMAGE", "-o", "OUT.tar", "--to", "dual", "--platform", "linux/amd64"],
    &["repack", "IMAGE", "-o", "OUT.tar", "--compression", "zstd", "--attestations", "drop"],
    &["merge", "IMAGE", "--ref", "example.com/team/app:merged", "-o", "OUT.tar"],
    &["delta", "create", "IMAGE", "--base", "OTHER", "-o", "OUT.tar"],
    &["unpack", "IMAGE", "--platform", "linux/amd64", "-o", "OUT"],
    &["export", "IMAGE", "--platform", "linux/amd64", "-o", "OUT.tar"],
    &["new", "--rootfs", "IMAGE", "-o", "OUT.tar"],
    &["attestation", "extract", "IMAGE", "-o", "OUT"],
];
