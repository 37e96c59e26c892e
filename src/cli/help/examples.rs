//! The examples of each command: the help, the manual pages and the tests have them from here.

/// A task and the command line that does it.
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

/// What these files are is in `tests/support/ground.rs`, where every line is run.
pub(super) const EXAMPLES: &[(&str, &[Example])] = &[
    (
        "",
        &[
            example("Show the contents of a file", "ocikit inspect image.tar"),
            example("Verify every blob and layer", "ocikit verify --deep image.tar"),
            example("Show which programs load it, and how to fix it for the others", "ocikit doctor image.tar"),
        ],
    ),
    (
        "inspect",
        &[
            example("Show the contents of a file with the layers", "ocikit inspect --layers multi.tar"),
            example(
                "Show the execution parameters of one platform",
                "ocikit inspect --config --platform linux/arm64 multi.tar",
            ),
            example("Print the index byte for byte", "ocikit inspect --raw multi.tar:1.0 > index.json"),
            example("Print JSON for a script", "ocikit inspect --format json image.tar"),
            example(
                "Write a page with the tree, the findings and a map of the files",
                "ocikit inspect multi.tar --html multi.html",
            ),
        ],
    ),
    ("ref list", &[example("List the names in a file", "ocikit ref list several")]),
    (
        "ref add",
        &[example(
            "Add a name to both views of a docker + OCI archive",
            "ocikit ref add saved.tar example.com/app:2.0 -o named.tar",
        )],
    ),
    ("ref remove", &[example("Remove a tag", "ocikit ref remove several zstd --in-place")]),
    (
        "ref rename",
        &[example("Show what a new name would change", "ocikit ref rename several zstd zstd-1.0 --dry-run")],
    ),
    (
        "files",
        &[
            example("List the contents of /etc", "ocikit files image.tar etc"),
            example(
                "List the five largest files, and the files that waste most space",
                "ocikit files --top 5 saved.tar",
            ),
            example("List what the second layer adds and hides", "ocikit files --layer 2 layout"),
        ],
    ),
    (
        "cat",
        &[
            example("Print a file of the image", "ocikit cat image.tar hello.txt"),
            example("Print a blob and verify it", "ocikit cat image.tar @024298382b78"),
        ],
    ),
    ("attestation list", &[example("List the statements of each image", "ocikit attestation list multi.tar")]),
    (
        "attestation show",
        &[
            example(
                "Show the builder, source and materials",
                "ocikit attestation show multi.tar --platform linux/amd64 --type provenance",
            ),
            example(
                "Write the SBOM to a file for another program",
                "ocikit attestation show multi.tar --platform linux/amd64 --type sbom \\\n  --raw > sbom.json",
            ),
        ],
    ),
    ("signature list", &[example("List what is signed", "ocikit signature list signed.tar")]),
    (
        "signature show",
        &[
            example("Show what the signatures of an image say", "ocikit signature show signed.tar:1.0"),
            example(
                "Print the signed bytes of a signature",
                "ocikit signature show signed.tar@sha256:35e0be01fe24 --raw > payload.json",
            ),
        ],
    ),
    (
        "attestation add",
        &[example(
            "Add the result of a scanner as a statement",
            "ocikit attestation add image.tar --predicate scan.json \\\n  --type https://example.com/scan/v1 -o scanned.tar",
        )],
    ),
    (
        "attestation remove",
        &[
            example(
                "Remove all attestations, for readers that do not support them",
                "ocikit attestation remove build.tar -o bare.tar",
            ),
            example(
                "Remove the provenance and keep the SBOM",
                "ocikit attestation remove multi.tar --type provenance -o sbom-only.tar",
            ),
        ],
    ),
    (
        "attestation extract",
        &[example("Write each statement to a file", "ocikit attestation extract multi.tar -o statements")],
    ),
    (
        "attestation convert",
        &[example(
            "Convert for registries that refuse artifacts with `subject`",
            "ocikit attestation convert multi.tar --to index -o older.tar",
        )],
    ),
    (
        "verify",
        &[
            example("Verify every blob and document", "ocikit verify image.tar"),
            example("Verify the layers too, of several files", "ocikit verify --deep image.tar multi.tar layout"),
            example("Verify standard input", "gzip -c image.tar | ocikit verify -"),
            example(
                "Require a platform, provenance of each image, and no warnings",
                "ocikit verify multi.tar --require-platform linux/arm64 \\\n  --require-attestation provenance --deny warnings",
            ),
            example(
                "Read the policy from a file in the repository",
                "printf 'require-attestation = \"provenance\"\\n' > policy.toml\nocikit verify --policy policy.toml multi.tar",
            ),
            example(
                "Require a signature by a key, without a network",
                "ocikit verify signed.tar --key release.pub --require-signature",
            ),
            example(
                "Prove a docker archive by the manifest of the image",
                "ocikit repack image.tar --to docker-archive -o docker.tar\nocikit verify docker.tar --manifest image.tar",
            ),
            example("Require the digest of a release", "ocikit verify image.tar --expect sha256:024298382b78"),
            example(
                "Write a report for code scanning, of several files",
                "ocikit verify image.tar multi.tar --format sarif > verify.sarif",
            ),
        ],
    ),
    (
        "compare",
        &[
            example("Check whether both views list the same images", "ocikit compare saved.tar"),
            example("Require both views", "ocikit compare --require-both saved.tar"),
        ],
    ),
    (
        "diff",
        &[
            example("Show what a new build changed", "ocikit diff old.tar new.tar"),
            example(
                "Compare each file, and ignore the times",
                "ocikit diff --files --ignore-time --platform linux/amd64 old.tar new.tar",
            ),
            example("Check that a rebuild gives the same container", "ocikit diff --semantic old.tar new.tar"),
            example(
                "Write a page to keep as an artifact of a pipeline",
                "ocikit diff --files --html changes.html old.tar new.tar",
            ),
        ],
    ),
    (
        "doctor",
        &[
            example("Check all programs", "ocikit doctor build.tar"),
            example("Check docker before 25 and podman 4.3", "ocikit doctor saved.tar --for docker-classic,podman@4.3"),
            example(
                "Write annotations for GitHub Actions",
                "ocikit doctor --for kind --format github image.tar multi.tar",
            ),
        ],
    ),
    (
        "explain",
        &[
            example("Explain a finding", "ocikit explain blob-digest"),
            example("List all findings", "ocikit explain --list"),
        ],
    ),
    ("platform list", &[example("List the platforms of a file", "ocikit platform list multi.tar")]),
    (
        "platform add",
        &[example(
            "Add the image that another machine built",
            "ocikit platform add amd64.tar --from arm64.tar -o both.tar",
        )],
    ),
    ("platform remove", &[example("Remove a platform", "ocikit platform remove multi.tar linux/arm64 -o rest.tar")]),
    ("platform keep", &[example("Keep one platform", "ocikit platform keep multi.tar linux/arm64 -o arm64-only.tar")]),
    (
        "platform set",
        &[
            example("Set the platform from the config", "ocikit platform set multi.tar --from-config --dry-run"),
            example("Add the variant", "ocikit platform set multi.tar linux/arm64 linux/arm64/v8 -o variant.tar"),
        ],
    ),
    (
        "platform prune",
        &[example(
            "Fix a partial archive that ctr, kind and k3s refuse",
            "ocikit platform prune partial.tar -o whole.tar",
        )],
    ),
    (
        "unwrap",
        &[
            example("Replace an index of an image and its attestations", "ocikit unwrap build.tar -o image.tar"),
            example(
                "Replace an index by the image of one platform",
                "ocikit unwrap multi.tar --platform linux/arm64 -o image-arm64.tar",
            ),
        ],
    ),
    (
        "new",
        &[
            example(
                "Create an image from a root file system",
                "ocikit new --rootfs rootfs.tar --cmd /bin/sh -t base:1.0 -o base.oci.tar",
            ),
            example(
                "Create an artifact of a file",
                "ocikit new scan.json --artifact-type application/vnd.example.scan \\\n  -o scan.tar",
            ),
        ],
    ),
    (
        "attach",
        &[example(
            "Attach a file to an image",
            "ocikit attach image.tar scan.json -o scanned.tar \\\n  --artifact-type application/vnd.example.scan",
        )],
    ),
    (
        "artifact extract",
        &[example("Write the files of an artifact into a directory", "ocikit artifact extract artifact.tar -o files")],
    ),
    (
        "merge",
        &[example(
            "Merge two builds into one image",
            "ocikit merge amd64.tar arm64.tar --ref example.com/app:1.0 -o both.tar",
        )],
    ),
    (
        "convert",
        &[
            example(
                "Convert for readers that support only Docker media types",
                "ocikit convert image.tar --to docker -o docker-types.tar",
            ),
            example("Convert a build cache that registries refuse", "ocikit convert cache --cache -o cache-manifest"),
        ],
    ),
    (
        "annotate",
        &[example(
            "Record the source repository",
            "ocikit annotate image.tar -o annotated.tar \\\n  org.opencontainers.image.source=https://example.com/app",
        )],
    ),
    (
        "config",
        &[
            example(
                "Set the entrypoint, without the old arguments",
                "ocikit config image.tar --clear cmd --entrypoint '/hello -v' -o new.tar",
            ),
            example(
                "Set a variable and the user",
                "ocikit config image.tar --env LANG=C.UTF-8 --user 1000:1000 --in-place",
            ),
            example("Set a field that has no option", "ocikit config image.tar --set /config/Tty=true --dry-run"),
        ],
    ),
    ("layer list", &[example("Show which command created each layer", "ocikit layer list image.tar")]),
    ("layer base", &[example("Check the layers of a base image", "ocikit layer base image.tar base.tar")]),
    (
        "rebase",
        &[example(
            "Move an image to a newer base image",
            "ocikit rebase image.tar --from base.tar --to new-base.tar -o rebased.tar",
        )],
    ),
    (
        "layer add",
        &[
            example("Add a certificate", "ocikit layer add image.tar --file ca.crt:/etc/ssl/certs/ -o with-ca.tar"),
            example(
                "Add a directory, owned by a user",
                "ocikit layer add image.tar --dir site --to /srv --owner 1000 -o site.tar",
            ),
            example(
                "Remove a file of the lower layers",
                "ocikit layer add image.tar --whiteout /hello.txt -o less.tar",
            ),
            example("Add a tar archive as it is", "ocikit layer add layout --tar site.layer.tar --in-place"),
        ],
    ),
    (
        "layer replace",
        &[
            example(
                "Replace the second layer by a directory",
                "ocikit layer replace image.tar 2 --dir site --to /srv -o site.tar",
            ),
            example(
                "Replace the layer that a command created by a tar archive",
                "ocikit layer replace image.tar --created-by 'COPY etc' \\\n  --tar site.layer.tar -o site.tar",
            ),
        ],
    ),
    (
        "layer rewrite",
        &[
            example("Strip a secret", "ocikit layer rewrite image.tar --strip etc/app/app.toml -o clean.tar"),
            example(
                "Strip caches from every layer",
                "ocikit layer rewrite image.tar --strip 'etc/**/*.toml' --every-layer \\\n  -o less.tar",
            ),
            example(
                "Lower times for a reproducible build",
                "ocikit layer rewrite image.tar \\\n  --clamp-time 2024-01-01T00:00:00Z -o clamped.tar",
            ),
            example(
                "Recompress the layers above a base image",
                "ocikit layer rewrite image.tar --base base.tar \\\n  --compression zstd:19 -o small.tar",
            ),
        ],
    ),
    (
        "layer remove",
        &[
            example("Remove the second layer", "ocikit layer remove image.tar 2 -o smaller.tar"),
            example(
                "Remove the layer that a command created",
                "ocikit layer remove image.tar --created-by 'COPY etc' -o smaller.tar",
            ),
        ],
    ),
    (
        "gc",
        &[
            example("Show unreferenced blobs", "ocikit gc layout"),
            example("Remove unreferenced blobs", "ocikit gc layout --in-place"),
        ],
    ),
    (
        "repack",
        &[
            example(
                "Write an archive for docker before 25",
                "ocikit repack image.tar --for docker-classic -o classic.tar",
            ),
            example(
                "Write a docker archive of one platform",
                "ocikit repack multi.tar --platform linux/arm64 --to docker-archive \\\n  -o arm64-docker.tar",
            ),
            example("Recompress the layers with zstd", "ocikit repack image.tar --compression zstd:19 -o small.tar"),
            example("Merge several files into one image layout", "ocikit repack image.tar multi.tar -o all/"),
            example("Write to a pipe", "ocikit repack layout -o - | gzip > layout.tar.gz"),
        ],
    ),
    (
        "delta create",
        &[example(
            "Create a delta from the file that the receiver has",
            "ocikit delta create new.tar --base old.tar -o new-site.delta",
        )],
    ),
    (
        "delta apply",
        &[example("Rebuild the new file from a delta", "ocikit delta apply site.delta --base old.tar -o received.tar")],
    ),
    ("delta show", &[example("Show the contents of a delta, and its bases", "ocikit delta show site.delta")]),
    #[cfg(unix)]
    (
        "squash",
        &[
            example("Merge all layers into one", "ocikit squash image.tar -o one-layer.tar"),
            example("Merge the two top layers, and see the plan only", "ocikit squash image.tar --last 2 --dry-run"),
        ],
    ),
    (
        "export",
        &[
            example("Write the root file system as a tar archive", "ocikit export image.tar -o rootfs.tar"),
            example("Write one directory of it to standard output", "ocikit export image.tar etc -o - | tar -t"),
        ],
    ),
    ("unpack", &[example("Unpack the root file system", "ocikit unpack image.tar -o rootfs")]),
    (
        "completions",
        &[
            example("Enable completion in the current shell", "eval \"$(ocikit completions bash)\""),
            example("Write the script for bash to a file", "ocikit completions bash > ~/ocikit.bash"),
        ],
    ),
    (
        "schema",
        &[
            example("Print the schema of the report of verify", "ocikit schema verify"),
            example("Write all schemas", "ocikit schema -o schemas"),
        ],
    ),
    (
        "man",
        &[
            example("Write the page of recipes", "ocikit man recipes > ocikit-recipes.7"),
            example("Write all pages", "ocikit man -o man"),
        ],
    ),
];
