//! What `attestation list` and `attestation show` say of statements by real tools and of statements made here.
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use crate::support;
use crate::support::builder::attestation::IN_TOTO;
use crate::support::builder::descriptor::{OCI_EMPTY, OCI_MANIFEST, base64};
use crate::support::builder::shapes;
use crate::support::hash::sha256;
use crate::support::{
    Artifact, Attestation, Desc, Files, Json, Layout, Run, Sample, TestEnv, arr, blob_name, obj, testdata,
};

/// `attestation SUBCOMMAND` of a file by a real tool.
fn real(subcommand: &str, fixture: &str, options: &[&str]) -> Run {
    let path = testdata(fixture);
    TestEnv::new().ocikit(&[&["attestation", subcommand, path.to_str().unwrap()], options].concat())
}

#[test]
fn lists_of_real_tools() {
    insta::assert_snapshot!(real("list", "buildx/sbom-provmax-multi.oci.tar", &[]), @r"
    success: true
    exit_code: 0
    ----- stdout -----
    linux/amd64  SBOM (SPDX)           sha256:3e0ce97f247e  1.1 KiB  not signed  in sha256:8ed494c4e88d (artifact style)
    linux/amd64  provenance (SLSA v1)  sha256:682d0767842f  3.7 KiB  not signed  in sha256:8ed494c4e88d (artifact style)
    linux/arm64  SBOM (SPDX)           sha256:cc142ce29739  1.1 KiB  not signed  in sha256:89ee9a924564 (artifact style)
    linux/arm64  provenance (SLSA v1)  sha256:771d9d4442f8  3.7 KiB  not signed  in sha256:89ee9a924564 (artifact style)
    ----- stderr -----
    ");
    insta::assert_snapshot!(real("list", "docker/d28c-save-multi.tar", &[]), @r"
    success: true
    exit_code: 0
    ----- stdout -----
    linux/amd64  provenance (SLSA v0.2)  sha256:24ab85711d30  830 B  not signed  in sha256:e67f26fcdc0f (index style)
    linux/arm64  provenance (SLSA v0.2)  sha256:824a27dc5ce5  830 B  not signed  in sha256:969c87456bca (index style)
    ----- stderr -----
    ");
    insta::assert_snapshot!(real("list", "docker/d29c-save-bx-prov.tar", &[]), @r"
    success: true
    exit_code: 0
    ----- stdout -----
    linux/amd64  provenance (SLSA v1)  sha256:ac7f32e1d9d9  910 B  not signed  in sha256:e85c0cb20eff (artifact style)
    ----- stderr -----
    ");
    insta::assert_snapshot!(real("list", "ctr/ctr16-export-default.tar", &[]), @r"
    success: true
    exit_code: 0
    ----- stdout -----
    linux/amd64   absent  -  -  -  in sha256:8d9c775fb1cf (index style)
    linux/arm64   absent  -  -  -  in sha256:7a7757f01a25 (index style)
    linux/arm/v7  absent  -  -  -  in sha256:9d2e5a82f0d1 (index style)
    ----- stderr -----
    ");
    insta::assert_snapshot!(real("list", "regctl/to-oci-referrers", &["--platform", "linux/arm64"]), @r"
    success: true
    exit_code: 0
    ----- stdout -----
    linux/arm64  provenance (SLSA v1)  sha256:0741ed05cdec  930 B  not signed  in sha256:7a7757f01a25 (artifact style)
    linux/arm64  provenance (SLSA v1)  sha256:0741ed05cdec  930 B  not signed  in sha256:c75334eb590d (artifact style)
    ----- stderr -----
    ");
    insta::assert_snapshot!(real("list", "cosign/bundle-referrers-crane", &[]), @r"
    success: true
    exit_code: 0
    ----- stdout -----
    linux/amd64   provenance (SLSA v1)  sha256:1e8c32181f54  930 B  not signed  in sha256:8d9c775fb1cf (artifact style)
    linux/arm64   provenance (SLSA v1)  sha256:0741ed05cdec  930 B  not signed  in sha256:7a7757f01a25 (artifact style)
    linux/arm/v7  provenance (SLSA v1)  sha256:d995943fa98c  933 B  not signed  in sha256:9d2e5a82f0d1 (artifact style)
    ----- stderr -----
    ");
    insta::assert_snapshot!(real("list", "buildx/default.oci.tar", &[]), @r"
    success: true
    exit_code: 0
    ----- stdout -----
    [TESTDATA]/buildx/default.oci.tar: no attestations
    ----- stderr -----
    ");
    insta::assert_snapshot!(real("list", "docker/d20-save-1tag.tar", &[]), @r"
    success: true
    exit_code: 0
    ----- stdout -----
    [TESTDATA]/docker/d20-save-1tag.tar: no attestations
    ----- stderr -----
    ");
}

#[test]
fn statements_of_real_tools() {
    insta::assert_snapshot!(real("show", "buildx/sbom-provmax-multi.oci.tar", &["--platform", "linux/amd64"]), @r"
    success: true
    exit_code: 0
    ----- stdout -----
    linux/amd64  SBOM (SPDX)  sha256:3e0ce97f247e, 1.1 KiB, not signed
      subject      pkg:docker/example.com/team/multi@1.0?platform=linux%2Famd64 sha256:c70c67f34b88
      format       SPDX-2.3
      name         sbom
      document     https://example.org/fixture/sbom
      created      2024-01-01T00:00:00Z
      creator      Tool: fixture-scanner-1
      creator      Tool: buildkit-v0.32.2
      holds        0 packages, 2 files, 0 relationships

    linux/amd64  provenance (SLSA v1)  sha256:682d0767842f, 3.7 KiB, not signed
      subject      pkg:docker/example.com/team/multi@1.0?platform=linux%2Famd64 sha256:c70c67f34b88
      builder      not given
      build type   https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md
      entry point  Dockerfile
      started      2026-11-20T22:21:35.743281756Z
      finished     2026-11-20T22:21:35.898343636Z
      invocation   9eqlyfwtsq7znkzp9lxuse3bx
      built on     linux/amd64
      complete     request yes, resolvedDependencies no
      parameter    frontend = dockerfile.v0
      parameter    local = context
      parameter    local = dockerfile
      parameter    compatibilityVersion = 30
      build file   Dockerfile
      material     pkg:docker/127.0.0.1%3A5000/scanner@1?platform=linux%2Famd64 sha256:729d09ce2bcd
    ----- stderr -----
    ");
    insta::assert_snapshot!(real("show", "docker/d28c-save-multi.tar", &["--platform", "linux/arm64"]), @r"
    success: true
    exit_code: 0
    ----- stdout -----
    linux/arm64  provenance (SLSA v0.2)  sha256:824a27dc5ce5, 830 B, not signed
      subject      pkg:docker/bxm@1.0?platform=linux%2Farm64 sha256:a3b59a864963
      builder      not given
      build type   https://mobyproject.org/buildkit@v1
      entry point  Dockerfile
      started      2026-11-20T22:17:00.332912324Z
      finished     2026-11-20T22:17:00.823990072Z
      invocation   w0o9etalm89wew5uhimlg5v62
      built on     linux/amd64
      reproducible no
      complete     parameters yes, environment yes, materials no
      parameter    frontend = dockerfile.v0
      parameter    local = context
      parameter    local = dockerfile
    ----- stderr -----
    ");
    insta::assert_snapshot!(real("show", "buildkit/ociartifact-false-prov.oci.tar", &[]), @r"
    success: true
    exit_code: 0
    ----- stdout -----
    linux/amd64  provenance (SLSA v1)  sha256:78fdcddf3736, 753 B, not signed
      subject      none
      builder      not given
      build type   https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md
      started      2026-11-20T22:19:04.481259199Z
      finished     2026-11-20T22:19:04.544216797Z
      invocation   gecugd66hetcwav3k7gprtgue
      built on     linux/amd64
      complete     request yes, resolvedDependencies no
      parameter    frontend = dockerfile.v0
      parameter    local = context
      parameter    local = dockerfile
      parameter    compatibilityVersion = 30
    ----- stderr -----
    ");
    insta::assert_snapshot!(real("show", "docker/d29c-save-bx-prov.tar", &["--type", "provenance"]), @r"
    success: true
    exit_code: 0
    ----- stdout -----
    linux/amd64  provenance (SLSA v1)  sha256:ac7f32e1d9d9, 910 B, not signed
      subject      pkg:docker/bx@1.0?platform=linux%2Famd64 sha256:3d8e1099ef74
      builder      not given
      build type   https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md
      entry point  Dockerfile
      started      2026-11-20T22:20:52.815056116Z
      finished     2026-11-20T22:20:52.975589398Z
      invocation   7puihqlsclhmmvay30hxmhmwr
      built on     linux/amd64
      complete     request yes, resolvedDependencies no
      parameter    frontend = dockerfile.v0
      parameter    local = context
      parameter    local = dockerfile
      parameter    compatibilityVersion = 30
    ----- stderr -----
    ");
    insta::assert_snapshot!(real("show", "docker/d28c-save-multi.tar", &["--platform", "linux/amd64", "--format", "json"]), @r#"
    success: true
    exit_code: 0
    ----- stdout -----
    {
      "schema": "ocikit/attestation-show/v1",
      "file": "[TESTDATA]/docker/d28c-save-multi.tar",
      "attestations": [
        {
          "platform": {
            "os": "linux",
            "architecture": "amd64"
          },
          "subject": "sha256:24ee93dcc6370e2ed31e58e6ce170ab31d80a776b3d3ea42edbaa9a3fa342594",
          "manifest": "sha256:e67f26fcdc0fedc622270317bedc876b6e36ee341b851b05b961461c91a6dbb0",
          "style": "index",
          "predicate_type": "https://slsa.dev/provenance/v0.2",
          "statement": "sha256:24ab85711d30cfb4a856e52e5398d309b56872fa19c43cbd911b0eccb7528524",
          "size": 830,
          "media_type": "application/vnd.in-toto+json",
          "wrapping": "none",
          "signatures": 0,
          "present": true,
          "decoded": {
            "statement_type": "https://in-toto.io/Statement/v0.1",
            "predicate_type": "https://slsa.dev/provenance/v0.2",
            "subjects": [
              {
                "name": "pkg:docker/bxm@1.0?platform=linux%2Famd64",
                "digests": [
                  "sha256:24ee93dcc6370e2ed31e58e6ce170ab31d80a776b3d3ea42edbaa9a3fa342594"
                ]
              }
            ],
            "subjects_count": 1,
            "predicate": {
              "provenance": {
                "build_type": "https://mobyproject.org/buildkit@v1",
                "entry_point": "Dockerfile",
                "started": "2026-11-20T22:17:00.332912324Z",
                "finished": "2026-11-20T22:17:00.823990072Z",
                "invocation": "w0o9etalm89wew5uhimlg5v62",
                "builder_platform": "linux/amd64",
                "reproducible": false,
                "complete": [
                  {
                    "of": "parameters",
                    "complete": true
                  },
                  {
                    "of": "environment",
                    "complete": true
                  },
                  {
                    "of": "materials",
                    "complete": false
                  }
                ],
                "parameters": [
                  {
                    "name": "frontend",
                    "value": "dockerfile.v0"
                  },
                  {
                    "name": "local",
                    "value": "context"
                  },
                  {
                    "name": "local",
                    "value": "dockerfile"
                  }
                ],
                "materials": [],
                "materials_count": 0
              }
            }
          }
        }
      ]
    }
    ----- stderr -----
    "#);
}

/// Each fixture's statements are decoded without a complaint, and are as many as an own reader counts.
#[test]
fn every_statement_of_every_fixture_is_decoded() {
    let env = TestEnv::new();
    let mut statements = 0;
    for entry in walkdir::WalkDir::new(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata")).min_depth(2).max_depth(2) {
        let path = entry.unwrap().into_path();
        let run = env.ocikit(&["attestation", "show", "--format", "json", path.to_str().unwrap()]).expect_code(0);
        let report = run.json();
        assert!(report.get("findings").is_none(), "{run}");
        let list = env.ocikit(&["attestation", "list", "--format", "json", path.to_str().unwrap()]).json();
        let (shown, listed) = (report["attestations"].as_array().unwrap(), list["attestations"].as_array().unwrap());
        assert_eq!(shown.len(), listed.len());
        for (shown, listed) in shown.iter().zip(listed) {
            assert_eq!(shown["predicate_type"], listed["predicate_type"]);
            assert_eq!(shown["present"] == true, shown.get("decoded").is_some(), "{shown:#}");
            statements += usize::from(shown["present"] == true);
        }
        assert!(!run.stdout.contains("unknown/unknown"), "{run}");
    }
    assert!(statements > 30, "{statements}");
}

#[test]
fn raw_is_the_statement_to_the_byte() {
    let env = TestEnv::new();
    let files = shapes::attested();
    env.write_tar("image.tar", &files);
    let index = files.digest_at("index.json", "/manifests/0/digest");
    let attestation = files.digest_in(&index, "/manifests/2/digest");
    for (number, kind) in [(0, "provenance"), (1, "sbom")] {
        let statement = files.digest_in(&attestation, &format!("/layers/{number}/digest"));
        for args in [
            &["--platform", "linux/amd64", "--type", kind, "image.tar"][..],
            &[&format!("image.tar@{statement}")],
            &["--type", kind, &format!("image.tar@{attestation}")],
            &["--envelope", &format!("image.tar@{statement}")],
        ] {
            let run = env.ocikit(&[&["attestation", "show", "--raw"], args].concat()).expect_code(0);
            assert_eq!(sha256(&run.stdout_bytes), statement, "{args:?}");
        }
    }
    let error = |args: &[&str]| env.ocikit(&[&["attestation", "show"], args].concat()).expect_code(2).stderr;
    insta::assert_snapshot!(error(&["--raw", "image.tar", "--platform", "linux/amd64"]), @"error: image.tar: contains 2 statements; select one of `@sha256:b3ae76d692ef59e59ab55b7f4fbff0447ad7a25f391d2232cd8fc89033560f9d`, `@sha256:b1ac2dbdb68d731b293dbb09d96fe1785be400eecceb8f569d386aa08974630b`");
    insta::assert_snapshot!(error(&["--raw", "image.tar", "--type", "https://example.com/x"]), @"error: image.tar: contains 0 statements of type https://example.com/x; the file contains `https://slsa.dev/provenance/v1`, `https://spdx.dev/Document`");
    insta::assert_snapshot!(error(&["image.tar", "--type", "https://example.com/x"]), @"error: image.tar: contains 0 statements of type https://example.com/x; the file contains `https://slsa.dev/provenance/v1`, `https://spdx.dev/Document`");
    insta::assert_snapshot!(error(&["--envelope", "image.tar"]), @r"
    error: the following required arguments were not provided:
      --raw

    Usage: ocikit attestation show --raw --envelope <IMAGE>

    For more information, try '--help'.
    ");
    env.write_tar("image.tar", &shapes::oci_archive());
    insta::assert_snapshot!(error(&["--raw", "image.tar"]), @"error: image.tar: contains 0 statements; the file contains nothing");
}

/// An image with one referrer that holds this content as its one layer.
fn with_referrer(media_type: &str, content: &str, annotation: Option<(&str, &str)>) -> Files {
    let mut sample = Sample::single();
    let mut layer = sample.store.put(media_type, content);
    if let Some((key, value)) = annotation {
        layer = layer.annotate(key, value);
    }
    let manifest = obj([("schemaVersion", Json::from(2)), ("mediaType", Json::from(OCI_MANIFEST))])
        .with("artifactType", media_type)
        .with("config", sample.store.put(OCI_EMPTY, "{}").inline(b"{}").json())
        .with("layers", arr([layer.json()]))
        .with("subject", sample.root.bare().json());
    let referrer = sample.store.put_json(OCI_MANIFEST, &manifest);
    Layout::new(&sample.store).root(&sample.root.tagged("1.0")).root(&referrer).files()
}

fn statement(predicate_type: &str, predicate: Json) -> String {
    let digest = obj([("sha256", Sample::single().root.hex().into())]);
    obj([("_type", "https://in-toto.io/Statement/v1".into()), ("predicateType", predicate_type.into())])
        .with("subject", arr([obj([("name", "app".into()), ("digest", digest)])]))
        .with("predicate", predicate)
        .compact()
}

fn envelope(statement: &str, signatures: usize) -> Json {
    let signature = || obj([("keyid", "".into()), ("sig", "bm9uZQ==".into())]);
    obj([("payloadType", "application/vnd.in-toto+json".into()), ("payload", base64(statement.as_bytes()).into())])
        .with("signatures", arr((0..signatures).map(|_| signature())))
}

fn show(files: &Files, options: &[&str]) -> Run {
    let env = TestEnv::new();
    env.write_tar("image.tar", files);
    env.ocikit(&[&["attestation", "show", "image.tar"], options].concat())
}

#[test]
fn predicates_made_here() {
    let vcs = obj([("source", "https://git.example/app.git".into()), ("revision", "f".repeat(40).into())])
        .with("localdir:context", ".");
    let metadata = obj([("buildStartedOn", "2026-01-01T00:00:00Z".into())])
        .with("https://mobyproject.org/buildkit@v1#hermetic", true)
        .with("https://mobyproject.org/buildkit@v1#metadata", obj([("vcs", vcs)]));
    let arguments = obj([("build-arg:VERSION", "1.0".into()), ("label:x", "\u{1b}[2Jy".into())]);
    let v02 = obj([("builder", obj([("id", "https://builder.example/1".into())])), ("buildType", "t".into())])
        .with("invocation", obj([("parameters", obj([("frontend", "dockerfile.v0".into()), ("args", arguments)]))]))
        .with("metadata", metadata);
    let v02 = with_referrer(IN_TOTO, &statement("https://slsa.dev/provenance/v0.2", v02), None);
    insta::assert_snapshot!(show(&v02, &[]), @r"
    success: true
    exit_code: 0
    ----- stdout -----
    linux/amd64  provenance (SLSA v0.2)  sha256:f94f3e24bf20, 676 B, not signed
      subject      app sha256:5957c6ad7573
      builder      https://builder.example/1
      build type   t
      source       https://git.example/app.git
      revision     ffffffffffffffffffffffffffffffffffffffff
      started      2026-01-01T00:00:00Z
      hermetic     yes
      parameter    frontend = dockerfile.v0
      parameter    build-arg:VERSION = 1.0
      parameter    label:x = \u{1b}[2Jy
      vcs          localdir:context = .
    ----- stderr -----
    ");
    let tool = obj([("name", "scanner".into()), ("version", "2.1".into())]);
    let bom = obj([("bomFormat", "CycloneDX".into()), ("specVersion", "1.6".into())])
        .with("serialNumber", "urn:uuid:00000000-0000-0000-0000-000000000000")
        .with("metadata", obj([("tools", obj([("components", arr([tool]))]))]))
        .with("components", arr([obj([("name", "a".into())]), obj([("name", "b".into())])]));
    let bom = with_referrer(IN_TOTO, &statement("https://cyclonedx.org/bom", bom), None);
    insta::assert_snapshot!(show(&bom, &["--type", "sbom"]), @r"
    success: true
    exit_code: 0
    ----- stdout -----
    linux/amd64  SBOM (CycloneDX)  sha256:2c7d045b8599, 436 B, not signed
      subject      app sha256:5957c6ad7573
      format       CycloneDX 1.6
      document     urn:uuid:00000000-0000-0000-0000-000000000000
      creator      scanner 2.1
      holds        2 packages, 0 relationships
    ----- stderr -----
    ");
    let other = obj([("verdict", "PASSED".into()), ("policy", obj([]))]);
    let other = with_referrer(IN_TOTO, &statement("https://slsa.dev/verification_summary/v1", other), None);
    insta::assert_snapshot!(show(&other, &[]), @r"
    success: true
    exit_code: 0
    ----- stdout -----
    linux/amd64  https://slsa.dev/verification_summary/v1  sha256:648462930452, 261 B, not signed
      subject      app sha256:5957c6ad7573
      keys         verdict, policy
    ----- stderr -----
    ");
}

#[test]
fn envelopes() {
    let text =
        statement("https://spdx.dev/Document", obj([("spdxVersion", "SPDX-2.3".into()), ("packages", arr([obj([])]))]));
    let env = TestEnv::new();
    let bundle = obj([("mediaType", "application/vnd.dev.sigstore.bundle.v0.3+json".into())]);
    for (name, media_type, stored) in [
        ("dsse.tar", "application/vnd.dsse.envelope.v1+json", envelope(&text, 2)),
        (
            "bundle.tar",
            "application/vnd.dev.sigstore.bundle.v0.3+json",
            bundle.clone().with("dsseEnvelope", envelope(&text, 1)),
        ),
    ] {
        let stored = stored.compact();
        let mut files = with_referrer(media_type, &stored, None);
        if name == "bundle.tar" {
            let manifest = files.digest_at("index.json", "/manifests/1/digest");
            let annotations = r#","annotations":{"dev.sigstore.bundle.predicateType":"https://spdx.dev/Document"}}"#;
            files.rewrite_document(&manifest, |text| format!("{}{annotations}", &text[..text.len() - 1]));
        }
        env.write_tar(name, &files);
        let run = env.ocikit(&["attestation", "show", "--raw", name]).expect_code(0);
        assert_eq!(run.stdout, text, "{name}");
        let run = env.ocikit(&["attestation", "show", "--raw", "--envelope", name]).expect_code(0);
        assert_eq!(run.stdout, stored, "{name}");
        // This document lacks what SPDX requires, whatever an annotation says of it.
        let run = env.ocikit(&["verify", "--require-attestation", "sbom", name]).expect_code(1);
        assert!(run.stdout.contains("does not count: `/SPDXID`"), "{run}");
        // A sound one counts by what is in the envelope, without any annotation.
        let provenance = obj([("builder", obj([("id", "b".into())])), ("buildType", "t".into())]);
        let sound = envelope(&statement("https://slsa.dev/provenance/v0.2", provenance), 1);
        let sound = if name == "bundle.tar" { bundle.clone().with("dsseEnvelope", sound) } else { sound };
        env.write_tar("sound.tar", &with_referrer(media_type, &sound.compact(), None));
        let _ = env.ocikit(&["verify", "--require-attestation", "provenance", "sound.tar"]).expect_code(0);
        let _ = env.ocikit(&["verify", "--require-attestation", "sbom", "sound.tar"]).expect_code(1);
        let run = env.ocikit(&["verify", "--require-attestation", "provenance", name]).expect_code(1);
        assert!(run.stdout.contains("error[attestation-required]"), "{run}");
    }
    insta::assert_snapshot!(env.ocikit(&["attestation", "list", "dsse.tar"]), @r"
    success: true
    exit_code: 0
    ----- stdout -----
    linux/amd64  SBOM (SPDX)  sha256:5f64891d9720  478 B  signed (2 signatures)  in sha256:e3f7179206f3 (referrer style)
    ----- stderr -----
    ");
    insta::assert_snapshot!(env.ocikit(&["attestation", "show", "dsse.tar"]), @r"
    success: true
    exit_code: 0
    ----- stdout -----
    linux/amd64  SBOM (SPDX)  sha256:5f64891d9720, 478 B, signed (2 signatures), DSSE envelope
      subject      app sha256:5957c6ad7573
      format       SPDX-2.3
      holds        1 package, 0 relationships
    ----- stderr -----
    ");
    insta::assert_snapshot!(env.ocikit(&["attestation", "show", "bundle.tar"]), @r"
    success: true
    exit_code: 0
    ----- stdout -----
    linux/amd64  SBOM (SPDX)  sha256:af18c7e4c797, 525 B, signed (1 signature), sigstore bundle
      subject      app sha256:5957c6ad7573
      format       SPDX-2.3
      holds        1 package, 0 relationships
    ----- stderr -----
    ");
}

/// cosign's older form: a manifest under the tag `sha256-<hex>.att`, an envelope in each layer.
#[test]
fn tags_of_cosign() {
    let mut sample = Sample::single();
    let text = statement("https://slsa.dev/provenance/v1", obj([]));
    let layer = sample
        .store
        .put("application/vnd.dsse.envelope.v1+json", envelope(&text, 1).compact())
        .annotate("predicateType", "https://slsa.dev/provenance/v1");
    let config = obj([("architecture", "".into()), ("os", "".into())])
        .with("rootfs", obj([("type", "layers".into()), ("diff_ids", arr([&layer.digest]))]));
    let config = sample.store.put("application/vnd.oci.image.config.v1+json", config.compact());
    let manifest = obj([("schemaVersion", Json::from(2)), ("mediaType", Json::from(OCI_MANIFEST))])
        .with("config", config.json())
        .with("layers", arr([layer.json()]));
    let tag = format!("{}.att", sample.root.digest.replace(':', "-"));
    let attestation = sample.store.put_json(OCI_MANIFEST, &manifest).tagged(&tag);
    let files = Layout::new(&sample.store).root(&sample.root.tagged("1.0")).root(&attestation).files();
    let env = TestEnv::new();
    env.write_tar("x.tar", &files);
    // Its predicate is empty.
    let run = env.ocikit(&["verify", "--require-attestation", "provenance", "x.tar"]).expect_code(1);
    assert!(run.stdout.contains("does not count: `/buildDefinition/buildType`"), "{run}");
    insta::assert_snapshot!(show(&files, &["--platform", "linux/amd64"]), @r"
    success: true
    exit_code: 0
    ----- stdout -----
    linux/amd64  provenance (SLSA v1)  sha256:5979db01c128, 400 B, signed (1 signature), DSSE envelope
      subject      app sha256:5957c6ad7573
      builder      not given
    ----- stderr -----
    ");
}

#[test]
fn malformed_statements_are_told_and_the_others_shown() {
    let mut sample = Sample::multi(&["linux/amd64", "linux/arm64"]);
    let old = sample.root.digest.clone();
    sample.store.remove(&old);
    let built: Vec<Desc> =
        sample.images.iter().map(|image| Attestation::of(&image.desc).provenance().put(&mut sample.store)).collect();
    let children = sample.images.iter().map(|image| &image.desc).chain(&built);
    sample.root = support::Index::of(children).put(&mut sample.store);
    let mut files = sample.layout();
    let index = files.digest_at("index.json", "/manifests/0/digest");
    let first = files.digest_in(&files.digest_in(&index, "/manifests/2/digest"), "/layers/0/digest");
    files.edit_json(&blob_name(&first), |text| text.replacen("\"_type\"", "\"_tipe\"", 1));
    insta::assert_snapshot!(show(&files, &[]), @r"
    success: false
    exit_code: 1
    ----- stdout -----
    linux/amd64  provenance (SLSA v1)  sha256:b3ae76d692ef, 603 B, not signed

    linux/arm64  provenance (SLSA v1)  sha256:369d427fb0c4, 603 B, not signed
      subject      pkg:docker/app@1.0?platform=linux%2Farm64 sha256:78fc9b1f9d95
      builder      https://builder.example/1
      build type   https://builder.example/type/1
      entry point  Dockerfile
      invocation   one
      material     https://git.example/app.git sha1:000000000000
    error[blob-digest] index.json#/manifests/0 -> sha256:a5e61f1ee221#/manifests/2 -> sha256:5c63fd00ea21#/layers/0 -> sha256:b3ae76d692ef
      the statement does not match its digest
      expected: sha256:b3ae76d692ef59e59ab55b7f4fbff0447ad7a25f391d2232cd8fc89033560f9d
      found:    sha256:dbf7256b568096e2e17be8f8077ed7fb87620d161fc32c6afd186c4fbf25de59
    error[attestation-statement] index.json#/manifests/0 -> sha256:a5e61f1ee221#/manifests/2 -> sha256:5c63fd00ea21#/layers/0 -> sha256:b3ae76d692ef
      neither an in-toto statement nor a DSSE envelope: no `_type` and no `payload`
    ----- stderr -----
    ");
    files.remove(&blob_name(&first));
    insta::assert_snapshot!(show(&files, &["--platform", "linux/amd64"]), @r"
    success: true
    exit_code: 0
    ----- stdout -----
    linux/amd64  provenance (SLSA v1), missing  sha256:b3ae76d692ef, 603 B
    ----- stderr -----
    ");
    for content in [
        "",
        "[",
        "{}",
        "null",
        "\"text\"",
        "{\"_type\":1}",
        "{\"payload\":\"!\"}",
        "{\"dsseEnvelope\":{\"payload\":{}}}",
    ] {
        let run = show(&with_referrer(IN_TOTO, content, None), &[]).expect_code(1);
        assert!(run.stdout.contains("error[attestation-statement]"), "{content}: {run}");
        let odd = show(&with_referrer(IN_TOTO, content, Some(("in-toto.io/predicate-type", "\u{1b}]0;x"))), &[]);
        assert!(!odd.expect_code(1).stdout.contains('\u{1b}'), "{content}");
    }
    let deep = format!("{{\"_type\":\"x\",\"predicate\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let run = show(&with_referrer(IN_TOTO, &deep, None), &[]).expect_code(1);
    assert!(run.stdout.contains("error[attestation-statement]"), "{run}");
}

/// BuildKit stores statements of up to 40 MiB; one is held once.
#[test]
fn a_statement_of_40_mib_takes_little_more_memory() {
    let package =
        r#"{"SPDXID":"SPDXRef-Package-0000000000000000000000000000000000","name":"package","versionInfo":"1.0"},"#;
    let predicate =
        format!(r#"{{"spdxVersion":"SPDX-2.3","packages":[{}{{}}]}}"#, package.repeat((39 << 20) / package.len()));
    let head = statement("https://spdx.dev/Document", Json::Null);
    let text = head.replace("\"predicate\":null", &format!("\"predicate\":{predicate}"));
    let env = TestEnv::new();
    env.write_tar("image.tar", &with_referrer(IN_TOTO, &text, None));
    let run = env.command(&["attestation", "show", "image.tar"]).bounded(64, 60).run().expect_code(0);
    assert!(run.stdout.contains("packages, "), "{run}");
    env.write_tar("image.tar", &with_referrer(IN_TOTO, &format!("{text}{}", " ".repeat(2 << 20)), None));
    let run = env.ocikit(&["attestation", "show", "image.tar"]).expect_code(1);
    assert!(run.stdout.contains("statement-bytes=41943040"), "{run}");
    let run = env.ocikit(&["attestation", "show", "--raw", "image.tar"]).expect_code(0);
    assert_eq!(run.stdout_bytes.len(), text.len() + (2 << 20));
}

/// Statements without a subject are the same for every platform, and BuildKit lists the one manifest once for each.
#[test]
fn one_manifest_for_two_images() {
    let mut sample = Sample::multi(&["linux/amd64", "linux/arm64"]);
    let built: Vec<Desc> = sample
        .images
        .iter()
        .map(|image| Attestation::of(&image.desc).provenance().unnamed().image_config_style().put(&mut sample.store))
        .collect();
    assert_eq!(built[0].digest, built[1].digest);
    let children = sample.images.iter().map(|image| &image.desc).chain(&built);
    sample.root = support::Index::of(children).put(&mut sample.store);
    let env = TestEnv::new();
    env.write_tar("image.tar", &sample.layout());
    let list = |options: &[&str]| env.ocikit(&[&["attestation", "list", "image.tar"], options].concat()).stdout;
    insta::assert_snapshot!(list(&[]), @r"
    linux/amd64  provenance (SLSA v1)  sha256:bdec04388a95  464 B  not signed  in sha256:080be55a51f6 (index style)
    linux/arm64  provenance (SLSA v1)  sha256:bdec04388a95  464 B  not signed  in sha256:080be55a51f6 (index style)
    ");
    insta::assert_snapshot!(list(&["--platform", "linux/arm64"]), @"linux/arm64  provenance (SLSA v1)  sha256:bdec04388a95  464 B  not signed  in sha256:080be55a51f6 (index style)");
}

#[test]
fn referrers_that_are_no_statements_are_not_listed() {
    let env = TestEnv::new();
    let mut sample = Sample::single();
    let other = Artifact::new("application/vnd.example.thing").subject(&sample.root).put(&mut sample.store);
    env.write_tar("image.tar", &Layout::new(&sample.store).root(&sample.root.tagged("1.0")).root(&other).files());
    insta::assert_snapshot!(env.ocikit(&["attestation", "list", "image.tar"]).stdout, @"image.tar: no attestations");
}
