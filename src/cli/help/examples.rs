//! The examples of each command: the help, the manual pages and the tests have them from here.

/// One thing that a person wants, and the command line that does it.
#[derive(Debug)]
pub(crate) struct Example {
    /// What it is for.
    pub(crate) purpose: &'static str,
    /// What a shell is given.
    pub(crate) line: &'static str,
}

/// The examples of a command, by its words, as `platform keep`; none for what only holds other commands.
pub(crate) fn of(command: &str) -> &'static [Example] {
    EXAMPLES.iter().find(|(name, _)| *name == command).map_or(&[], |(_, examples)| examples)
}

const fn example(purpose: &'static str, line: &'static str) -> Example {
    Example { purpose, line }
}

/// What these files are stands in `tests/support/ground.rs`, where every line is run.
pub(super) const EXAMPLES: &[(&str, &[Example])] = &[
    (
        "",
        &[
            example("what a file holds", "ocikit inspect image.tar"),
            example("whether every byte of it is what it should be", "ocikit verify --deep image.tar"),
            example("who will load it, and what mends it for the others", "ocikit doctor image.tar"),
        ],
    ),
    (
        "inspect",
        &[
            example("everything in a file, the layers too", "ocikit inspect --layers multi.tar"),
            example("how the image of one platform is run", "ocikit inspect --config --platform linux/arm64 multi.tar"),
            example("the index, to the byte", "ocikit inspect --raw multi.tar:1.0 > index.json"),
            example("for a script", "ocikit inspect --format json image.tar"),
            example(
                "a page for a colleague: tree, findings, map of the files",
                "ocikit inspect multi.tar --html multi.html",
            ),
        ],
    ),
    ("ref list", &[example("the names in a file", "ocikit ref list several")]),
    (
        "ref add",
        &[example(
            "retag: one name more, in both views of a dual archive",
            "ocikit ref add saved.tar example.com/app:2.0 -o named.tar",
        )],
    ),
    ("ref remove", &[example("take a tag away", "ocikit ref remove several zstd --in-place")]),
    ("ref rename", &[example("see first what would change", "ocikit ref rename several zstd zstd-1.0 --dry-run")]),
    (
        "files",
        &[
            example("what is in /etc", "ocikit files image.tar etc"),
            example("the five biggest files, and what wastes space", "ocikit files --top 5 saved.tar"),
            example("what the second layer adds and hides", "ocikit files --layer 2 layout"),
        ],
    ),
    (
        "cat",
        &[
            example("a file of the image", "ocikit cat image.tar hello.txt"),
            example("a blob, verified on the way", "ocikit cat image.tar @024298382b78"),
        ],
    ),
    (
        "attestation list",
        &[example("which statements there are about which image", "ocikit attestation list multi.tar")],
    ),
    (
        "attestation show",
        &[
            example(
                "who built it, from what",
                "ocikit attestation show multi.tar --platform linux/amd64 --type provenance",
            ),
            example(
                "the SBOM, for another program",
                "ocikit attestation show multi.tar --platform linux/amd64 --type sbom \\\n  --raw > sbom.json",
            ),
        ],
    ),
    (
        "attestation add",
        &[example(
            "what a scanner found, as a statement about the image",
            "ocikit attestation add image.tar --predicate scan.json \\\n  --type https://example.com/scan/v1 -o scanned.tar",
        )],
    ),
    (
        "attestation remove",
        &[
            example(
                "the image alone, for readers that trip over attestations",
                "ocikit attestation remove build.tar -o bare.tar",
            ),
            example("keep the SBOM", "ocikit attestation remove multi.tar --type provenance -o sbom-only.tar"),
        ],
    ),
    (
        "attestation extract",
        &[example("every statement in a file of its own", "ocikit attestation extract multi.tar -o statements")],
    ),
    (
        "attestation convert",
        &[example(
            "for registries that refuse artifacts with `subject`",
            "ocikit attestation convert multi.tar --to index -o older.tar",
        )],
    ),
    (
        "verify",
        &[
            example("every blob and document", "ocikit verify image.tar"),
            example("what is in the layers too, of several files", "ocikit verify --deep image.tar multi.tar layout"),
            example("what comes out of a pipe", "gzip -c image.tar | ocikit verify -"),
            example(
                "a gate: these platforms, each with provenance, no warning",
                "ocikit verify multi.tar --require-platform linux/arm64 \\\n  --require-attestation provenance --deny warnings",
            ),
            example(
                "the same for everybody, from a file in the repository",
                "printf 'require-attestation = \"provenance\"\\n' > policy.toml\nocikit verify --policy policy.toml multi.tar",
            ),
            example(
                "the image that was released, and no other",
                "ocikit verify image.tar --expect sha256:024298382b78",
            ),
            example(
                "a report for code scanning, of several files",
                "ocikit verify image.tar multi.tar --format sarif > verify.sarif",
            ),
        ],
    ),
    (
        "compare",
        &[
            example("whether two readers see one image", "ocikit compare saved.tar"),
            example("and both descriptions must be there", "ocikit compare --require-both saved.tar"),
        ],
    ),
    (
        "diff",
        &[
            example("what a new build changed", "ocikit diff old.tar new.tar"),
            example(
                "down to each file, without the times",
                "ocikit diff --files --ignore-time --platform linux/amd64 old.tar new.tar",
            ),
            example("a page to keep with a pipeline's run", "ocikit diff --files --html changes.html old.tar new.tar"),
        ],
    ),
    (
        "doctor",
        &[
            example("all programs that it knows", "ocikit doctor build.tar"),
            example("docker before 25, and podman 4.3", "ocikit doctor saved.tar --for docker-classic,podman@4.3"),
            example("as annotations in GitHub Actions", "ocikit doctor --for kind --format github image.tar multi.tar"),
        ],
    ),
    (
        "explain",
        &[
            example("what a finding means", "ocikit explain blob-digest"),
            example("all of them", "ocikit explain --list"),
        ],
    ),
    ("platform list", &[example("what a file runs on", "ocikit platform list multi.tar")]),
    (
        "platform add",
        &[example("add what another machine built", "ocikit platform add amd64.tar --from arm64.tar -o both.tar")],
    ),
    ("platform remove", &[example("leave a platform out", "ocikit platform remove multi.tar linux/arm64 -o rest.tar")]),
    (
        "platform keep",
        &[example("leave all others out", "ocikit platform keep multi.tar linux/arm64 -o arm64-only.tar")],
    ),
    (
        "platform set",
        &[
            example("say what the config says", "ocikit platform set multi.tar --from-config --dry-run"),
            example("say the variant too", "ocikit platform set multi.tar linux/arm64 linux/arm64/v8 -o variant.tar"),
        ],
    ),
    (
        "platform prune",
        &[example("a partial archive that ctr, kind and k3s refuse", "ocikit platform prune partial.tar -o whole.tar")],
    ),
    (
        "unwrap",
        &[
            example("an index because of its attestations: the image itself", "ocikit unwrap build.tar -o image.tar"),
            example("one platform of several", "ocikit unwrap multi.tar --platform linux/arm64 -o image-arm64.tar"),
        ],
    ),
    (
        "merge",
        &[example("two builds, one image", "ocikit merge amd64.tar arm64.tar --ref example.com/app:1.0 -o both.tar")],
    ),
    (
        "convert",
        &[
            example(
                "for readers of docker's media types only",
                "ocikit convert image.tar --to docker -o docker-types.tar",
            ),
            example("a build cache that a registry refuses", "ocikit convert cache --cache -o cache-manifest"),
        ],
    ),
    (
        "annotate",
        &[example(
            "say where the source is",
            "ocikit annotate image.tar -o annotated.tar \\\n  org.opencontainers.image.source=https://example.com/app",
        )],
    ),
    (
        "gc",
        &[
            example("what nothing reaches, and why", "ocikit gc layout"),
            example("without it", "ocikit gc layout --in-place"),
        ],
    ),
    (
        "repack",
        &[
            example("for docker before 25", "ocikit repack image.tar --for docker-classic -o classic.tar"),
            example(
                "one platform of several, for docker",
                "ocikit repack multi.tar --platform linux/arm64 --to docker-archive \\\n  -o arm64-docker.tar",
            ),
            example("the layers in zstd", "ocikit repack image.tar --compression zstd:19 -o small.tar"),
            example("several files as one layout, shared blobs once", "ocikit repack image.tar multi.tar -o all/"),
            example("into a pipe", "ocikit repack layout -o - | gzip > layout.tar.gz"),
        ],
    ),
    (
        "delta create",
        &[example("only what the other side lacks", "ocikit delta create new.tar --base old.tar -o new-site.delta")],
    ),
    (
        "delta apply",
        &[example(
            "over there: the file, byte for byte",
            "ocikit delta apply site.delta --base old.tar -o received.tar",
        )],
    ),
    ("delta show", &[example("what it carries, and for which bases", "ocikit delta show site.delta")]),
    #[cfg(unix)]
    ("unpack", &[example("the root file system", "ocikit unpack image.tar -o rootfs")]),
    (
        "completions",
        &[
            example("for this shell", "eval \"$(ocikit completions bash)\""),
            example("for every bash of one person", "ocikit completions bash > ~/ocikit.bash"),
        ],
    ),
    (
        "schema",
        &[
            example("what the JSON of verify holds", "ocikit schema verify"),
            example("all schemas", "ocikit schema -o schemas"),
        ],
    ),
    (
        "man",
        &[
            example("the page of recipes", "ocikit man recipes > ocikit-recipes.7"),
            example("all pages", "ocikit man -o man"),
        ],
    ),
];
