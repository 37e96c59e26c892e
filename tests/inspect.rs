//! What `inspect` and `ref list` show, as a person sees it.
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use crate::support;
use crate::support::builder::{sample, shapes};
use crate::support::hash::sha256;
use crate::support::{Compression, Files, Index, Layout, Run, Store, TestEnv, blob_name, testdata};

/// `inspect` of a file by a real tool.
fn inspect(fixture: &str, options: &[&str]) -> Run {
    let path = testdata(fixture);
    TestEnv::new().ocikit(&[&["inspect", path.to_str().unwrap()], options].concat())
}

#[test]
fn one_platform() {
    insta::assert_snapshot!(inspect("buildx/default.oci.tar", &["--layers"]), @r"
    success: true
    exit_code: 0
    ----- stdout -----
    [TESTDATA]/buildx/default.oci.tar: OCI archive, 6 blobs, 27.2 KiB
    example.com/team/app:1.0
    └── linux/amd64  image sha256:024298382b78  4 layers, 24.4 KiB
        ├── sha256:2b037900b21c  15.9 KiB  application/vnd.oci.image.layer.v1.tar+gzip
        ├── sha256:abb23aa1252f  8.2 KiB  application/vnd.oci.image.layer.v1.tar+gzip
        ├── sha256:c4bb915ee06e  190 B  application/vnd.oci.image.layer.v1.tar+gzip
        └── sha256:f165a8fbb6c7  97 B  application/vnd.oci.image.layer.v1.tar+gzip
    ----- stderr -----
    ");
    insta::assert_snapshot!(inspect("buildx/default.oci.tar", &["--config"]), @r"
    success: true
    exit_code: 0
    ----- stdout -----
    [TESTDATA]/buildx/default.oci.tar: OCI archive, 6 blobs, 27.2 KiB
    example.com/team/app:1.0
    └── linux/amd64  image sha256:024298382b78  4 layers, 24.4 KiB
            created     2026-11-20T22:19:01.101871008Z
            user        1000:1000
            working dir /work
            cmd         [/hello]
            env         PATH=/bin
            env         FOO=bar
            port        8080/tcp
            label       org.example.fixture=mini
    ----- stderr -----
    ");
}

#[test]
fn attestations_stand_below_what_they_speak_about() {
    insta::assert_snapshot!(inspect("buildx/multi-default.oci.tar", &[]), @r"
    success: true
    exit_code: 0
    ----- stdout -----
    [TESTDATA]/buildx/multi-default.oci.tar: OCI archive, 18 blobs, 25.5 KiB
    example.com/team/multi:1.0
    └── index sha256:77790be25190  6 manifests
        ├── linux/amd64  image sha256:c70c67f34b88  2 layers, 4.3 KiB
        │   └── attestation sha256:8d9c775fb1cf  provenance (SLSA v1)
        ├── linux/arm64  image sha256:445ee80c487d  2 layers, 4.3 KiB
        │   └── attestation sha256:7a7757f01a25  provenance (SLSA v1)
        └── linux/arm/v7  image sha256:d4dfec728c45  2 layers, 4.3 KiB
            └── attestation sha256:9d2e5a82f0d1  provenance (SLSA v1)
    ----- stderr -----
    ");
    insta::assert_snapshot!(inspect("buildx/sbom-provmax-multi.oci.tar", &["--layers", "--platform", "linux/arm64"]), @r"
    success: true
    exit_code: 0
    ----- stdout -----
    [TESTDATA]/buildx/sbom-provmax-multi.oci.tar: OCI archive, 15 blobs, 25.5 KiB
    linux/arm64  image sha256:445ee80c487d  2 layers, 4.3 KiB
    ├── sha256:78085d0ae38d  114 B  application/vnd.oci.image.layer.v1.tar+gzip
    ├── sha256:4f4c547c3659  4.2 KiB  application/vnd.oci.image.layer.v1.tar+gzip
    └── attestation sha256:89ee9a924564  SBOM (SPDX), provenance (SLSA v1)
        ├── sha256:cc142ce29739  1.1 KiB  https://spdx.dev/Document
        └── sha256:771d9d4442f8  3.7 KiB  https://slsa.dev/provenance/v1
    ----- stderr -----
    ");
    insta::assert_snapshot!(inspect("buildkit/ociartifact-false-prov.oci.tar", &[]), @r"
    success: true
    exit_code: 0
    ----- stdout -----
    [TESTDATA]/buildkit/ociartifact-false-prov.oci.tar: OCI archive, 10 blobs, 29.4 KiB
    index sha256:208ad6a9ec96  2 manifests
    │   an index that only adds attestations: the image is the entry below
    └── linux/amd64  image sha256:024298382b78  4 layers, 24.4 KiB
        └── attestation sha256:a7b295d05ec8  provenance (SLSA v1)
    ----- stderr -----
    ");
}

#[test]
fn referrers() {
    insta::assert_snapshot!(inspect("regctl/artifact-subject", &[]), @r"
    success: true
    exit_code: 0
    ----- stdout -----
    [TESTDATA]/regctl/artifact-subject: image layout, 12 blobs, 74.3 KiB
    1.0
    └── linux/amd64  image sha256:024298382b78  4 layers, 24.4 KiB
        ├── artifact sha256:e3490bf8f832  1 blob, 31 B, application/vnd.example.sig
        └── SBOM sha256:1f4ee72f0f11  1 blob, 45.5 KiB, application/vnd.example.sbom
    sha256-024298382b782232f110526c7b77173c81f4ef65e7509838acb6673def9e27af
    └── index sha256:52f8e17be63c  2 manifests, referrers of sha256:024298382b78
    ----- stderr -----
    ");
    insta::assert_snapshot!(inspect("regctl/to-oci-referrers", &[]), @r"
    success: true
    exit_code: 0
    ----- stdout -----
    [TESTDATA]/regctl/to-oci-referrers: image layout, 25 blobs, 29.8 KiB
    sha256-d4dfec728c45817d2350da167fb38313d1add4c04da9e328e4efde517ed31987
    └── index sha256:1de8066c655b  2 manifests, referrers of sha256:d4dfec728c45
    sha256-c70c67f34b8817cab7887f7ac7794688943241f6f86dc7db3b58edd4a85c0043
    └── index sha256:e50644728532  2 manifests, referrers of sha256:c70c67f34b88
    sha256-445ee80c487d7bad11e31127f4faaef8c2962d7169ba79084cf5a94ad4ec6ae0
    └── index sha256:845439de9ef1  2 manifests, referrers of sha256:445ee80c487d
    1.0
    └── index sha256:77790be25190  6 manifests
        ├── linux/amd64  image sha256:c70c67f34b88  2 layers, 4.3 KiB
        │   ├── attestation sha256:8d9c775fb1cf  provenance (SLSA v1)
        │   └── attestation sha256:2730b17b18cd  provenance (SLSA v1)
        ├── linux/arm64  image sha256:445ee80c487d  2 layers, 4.3 KiB
        │   ├── attestation sha256:7a7757f01a25  provenance (SLSA v1)
        │   └── attestation sha256:c75334eb590d  provenance (SLSA v1)
        └── linux/arm/v7  image sha256:d4dfec728c45  2 layers, 4.3 KiB
            ├── attestation sha256:9d2e5a82f0d1  provenance (SLSA v1)
            └── attestation sha256:d4baf218fcae  provenance (SLSA v1)
    ref
    └── index sha256:a9efe3272067  3 manifests
        ├── linux/amd64  image sha256:c70c67f34b88  shown above
        ├── linux/arm64  image sha256:445ee80c487d  shown above
        └── linux/arm/v7  image sha256:d4dfec728c45  shown above
    ----- stderr -----
    ");
    insta::assert_snapshot!(inspect("cosign/save-dir", &[]), @r"
    success: true
    exit_code: 0
    ----- stdout -----
    [TESTDATA]/cosign/save-dir: image layout, 21 blobs, 26.5 KiB
    index sha256:77790be25190  6 manifests
    ├── linux/amd64  image sha256:c70c67f34b88  2 layers, 4.3 KiB
    │   └── attestation sha256:8d9c775fb1cf  provenance (SLSA v1)
    ├── linux/arm64  image sha256:445ee80c487d  2 layers, 4.3 KiB
    │   └── attestation sha256:7a7757f01a25  provenance (SLSA v1)
    ├── linux/arm/v7  image sha256:d4dfec728c45  2 layers, 4.3 KiB
    │   └── attestation sha256:9d2e5a82f0d1  provenance (SLSA v1)
    └── signature sha256:0b0c6280974d  1 blob, 244 B
    ----- stderr -----
    ");
    insta::assert_snapshot!(inspect("oras/attach-layout", &[]), @r"
    success: true
    exit_code: 0
    ----- stdout -----
    [TESTDATA]/oras/attach-layout: image layout, 7 blobs, 55.8 KiB
    1.0
    └── artifact sha256:19aac8d8a5bf  1 blob, 31 B, application/vnd.unknown.artifact.v1
        ├── artifact sha256:516df5bc1bba  1 blob, 45.5 KiB, application/vnd.example.sig
        └── SBOM sha256:9d1f97d16d9f  1 blob, 8.0 KiB, application/vnd.example.sbom
    ----- stderr -----
    ");
}

#[test]
fn docker_archives() {
    insta::assert_snapshot!(inspect("docker/d20-save-duplayers.tar", &["--layers"]), @r"
    success: true
    exit_code: 0
    ----- stdout -----
    [TESTDATA]/docker/d20-save-duplayers.tar: docker archive, 3 blobs, 51.5 KiB
    dup:1
    └── linux/amd64  image ID sha256:add7123cdad8  3 layers, 51.5 KiB
        ├── f98bdb27afefc347150df687facdf01976d9c8b8ca6942cb42c36e2637ab637b/layer.tar  2.0 KiB
        ├── 4252b399a79d5881ccb7d2235f228179312c48a8543e708e45b5c2e94af46a46/layer.tar  47.5 KiB
        └── 2742b89bdea3f8c5378c0b4d910f819866a8b270dc5abaf6ac7144483b9904c6/layer.tar  2.0 KiB
    ----- stderr -----
    ");
    insta::assert_snapshot!(inspect("docker/d26-save-2tags.tar", &["-v"]), @r"
    success: true
    exit_code: 0
    ----- stdout -----
    [TESTDATA]/docker/d26-save-2tags.tar: docker + OCI archive, 10 blobs, 69.4 KiB
    docker.io/library/app:1.0, example.com/team/app:1.0
    └── linux/amd64  image sha256:488a471a66b5  4 layers, 63.5 KiB
    manifest.json, the docker view:
    app:1.0, example.com/team/app:1.0
    └── linux/amd64  image ID sha256:454ff5929b8b  4 layers, 63.5 KiB
    4 blobs unreferenced, 2.5 KiB
      sha256:026f0ab405823d0eb19b85afb3655fcfe9361feb1a7cdfdc62e1908e7ce5ac91  401 B
      sha256:1af4608b3369e6b22b6300de70c1ea4bab9312082ad62d05406f65240b62d7b2  477 B
      sha256:25d63f19d37ac76cbee06ef0027e417e92f1bf51cf11cf34228f9c9950834bb3  1.2 KiB
      sha256:dd82ae9744113c1d056c807151dd7d9841ef6c9fcf2d2a4e1a5560cd0acdcd3d  477 B
    ----- stderr -----
    ");
    insta::assert_snapshot!(inspect("docker/d28g-save-pipe.tar.gz", &[]), @r"
    success: true
    exit_code: 0
    ----- stdout -----
    [TESTDATA]/docker/d28g-save-pipe.tar.gz: docker + OCI archive in gzip, 10 blobs, 69.4 KiB
    docker.io/library/app:1.0
    └── linux/amd64  image sha256:199f46dfdebd  4 layers, 63.5 KiB
    manifest.json, the docker view:
    app:1.0
    └── linux/amd64  image ID sha256:1517a827fc78  4 layers, 63.5 KiB
    4 blobs unreferenced, 2.5 KiB (`-v` lists them)
    ----- stderr -----
    ");
    insta::assert_snapshot!(inspect("crane/pull-tarball-2images.tar", &[]), @r"
    success: true
    exit_code: 0
    ----- stdout -----
    [TESTDATA]/crane/pull-tarball-2images.tar: docker archive, 8 blobs, 32.3 KiB
    127.0.0.1:5000/appd:1.0
    └── linux/amd64  image ID sha256:ca0075cd7f9e  4 layers, 24.3 KiB
    127.0.0.1:5000/multi:1.0
    └── linux/amd64  image ID sha256:fe6698f70526  2 layers, 4.3 KiB
    ----- stderr -----
    ");
}

#[test]
fn what_is_absent_or_odd() {
    insta::assert_snapshot!(inspect("ctr/ctr16-export-default.tar", &[]), @r"
    success: true
    exit_code: 0
    ----- stdout -----
    [TESTDATA]/ctr/ctr16-export-default.tar: docker + OCI archive, 5 blobs, 8.4 KiB
    example.com/team/multi:1.0
    └── index sha256:77790be25190  6 manifests
        ├── linux/amd64  image sha256:c70c67f34b88  2 layers, 4.3 KiB
        │   └── attestation sha256:8d9c775fb1cf  absent
        ├── linux/arm64  image sha256:445ee80c487d  absent
        │   └── attestation sha256:7a7757f01a25  absent
        └── linux/arm/v7  image sha256:d4dfec728c45  absent
            └── attestation sha256:9d2e5a82f0d1  absent
    manifest.json, the docker view:
    example.com/team/multi:1.0
    └── linux/amd64  image ID sha256:fe6698f70526  2 layers, 4.3 KiB
    ----- stderr -----
    ");
    insta::assert_snapshot!(inspect("skopeo/oci-multi-index-only", &[]), @r"
    success: true
    exit_code: 0
    ----- stdout -----
    [TESTDATA]/skopeo/oci-multi-index-only: image layout, 1 blob, 706 B
    1.0
    └── index sha256:110bc1ba4baa  3 manifests
        ├── linux/amd64  image sha256:b05ccae318ac  absent
        ├── linux/arm64  image sha256:de3e2f06dbf6  absent
        └── linux/arm/v7  image sha256:256b56cfae5b  absent
    ----- stderr -----
    ");
    insta::assert_snapshot!(inspect("retar/gnu-subdir.tar", &[]), @r"
    success: true
    exit_code: 0
    ----- stdout -----
    [TESTDATA]/retar/gnu-subdir.tar: OCI archive, 13 blobs, 17.0 KiB
    example.com/team/multi:1.0
    └── index sha256:6f8aea7d1c2f  4 manifests
        ├── linux/amd64  image sha256:c70c67f34b88  2 layers, 4.3 KiB
        │   └── attestation sha256:aa2b83a64178  provenance (SLSA v1)
        └── linux/arm64  image sha256:445ee80c487d  2 layers, 4.3 KiB
            └── attestation sha256:3b5f492caa25  provenance (SLSA v1)
    note[container-wrapped] myimage
      all members are in the directory `myimage`
      note:     readers other than ocikit refuse the archive
    ----- stderr -----
    ");
    insta::assert_snapshot!(inspect("buildkit/cache-small-imfalse-ocitrue", &["--layers"]), @r"
    success: true
    exit_code: 0
    ----- stdout -----
    [TESTDATA]/buildkit/cache-small-imfalse-ocitrue: image layout, 6 blobs, 27.3 KiB
    latest
    └── BuildKit cache sha256:b3ef9d039291  4 layers, 24.4 KiB
        ├── sha256:2b037900b21c  15.9 KiB  application/vnd.oci.image.layer.v1.tar+gzip
        ├── sha256:abb23aa1252f  8.2 KiB  application/vnd.oci.image.layer.v1.tar+gzip
        ├── sha256:c4bb915ee06e  190 B  application/vnd.oci.image.layer.v1.tar+gzip
        └── sha256:f165a8fbb6c7  97 B  application/vnd.oci.image.layer.v1.tar+gzip
    ----- stderr -----
    ");
    insta::assert_snapshot!(inspect("skopeo/oci-encrypted", &["--layers"]), @r"
    success: true
    exit_code: 0
    ----- stdout -----
    [TESTDATA]/skopeo/oci-encrypted: image layout, 3 blobs, 29.4 KiB
    1.0
    └── linux/amd64  image sha256:5ea0c98d94ce  1 layer, 26.0 KiB
        └── sha256:52d5d247a22f  26.0 KiB  application/vnd.oci.image.layer.v1.tar+gzip+encrypted
    ----- stderr -----
    ");
}

#[test]
fn for_programs() {
    insta::assert_snapshot!(inspect("podman5/manifest-artifact-oci", &["--format", "json"]), @r#"
    success: true
    exit_code: 0
    ----- stdout -----
    {
      "schema": "ocikit/inspect/v1",
      "file": "[TESTDATA]/podman5/manifest-artifact-oci",
      "shape": "layout directory",
      "blobs": {
        "count": 7,
        "bytes": 76445
      },
      "roots": [
        {
          "names": [
            "1.0"
          ],
          "kind": "index",
          "digest": "sha256:a09a91eb5b52864c1ae5ce10007bb94e07f5364486922e1456dfcf7840dab715",
          "media_type": "application/vnd.oci.image.index.v1+json",
          "size": 489,
          "state": "present",
          "manifests": 2,
          "children": [
            {
              "kind": "image",
              "digest": "sha256:bfbbb23f3007e6da151217bc8ea50271281a8564875f5fc934e764313c399845",
              "media_type": "application/vnd.oci.image.manifest.v1+json",
              "size": 570,
              "state": "present",
              "platform": {
                "os": "linux",
                "architecture": "amd64"
              },
              "layers": {
                "count": 1,
                "bytes": 26635
              }
            },
            {
              "kind": "artifact",
              "digest": "sha256:8058c88f46e48309448bdb9b15ad5801dd01f9ef2ea297a583f9b2539e640fba",
              "media_type": "application/vnd.oci.image.manifest.v1+json",
              "artifact_type": "application/vnd.example.thing",
              "size": 477,
              "state": "present",
              "layers": {
                "count": 1,
                "bytes": 46624
              }
            }
          ]
        }
      ]
    }
    ----- stderr -----
    "#);
    insta::assert_snapshot!(inspect("docker/d20-save-duplayers.tar", &["--format", "json", "--layers"]), @r#"
    success: true
    exit_code: 0
    ----- stdout -----
    {
      "schema": "ocikit/inspect/v1",
      "file": "[TESTDATA]/docker/d20-save-duplayers.tar",
      "shape": "docker archive",
      "blobs": {
        "count": 3,
        "bytes": 52761
      },
      "roots": [],
      "docker": [
        {
          "names": [
            "dup:1"
          ],
          "kind": "image",
          "digest": "sha256:add7123cdad8fbc1ca106723119d7d52fa6080c3e9068eec19abc19be5aeb638",
          "state": "present",
          "platform": {
            "os": "linux",
            "architecture": "amd64"
          },
          "layers": {
            "count": 3,
            "bytes": 52736
          },
          "layer_list": [
            {
              "digest": "f98bdb27afefc347150df687facdf01976d9c8b8ca6942cb42c36e2637ab637b/layer.tar",
              "size": 2048,
              "state": "present",
              "diff_id": "sha256:834f2b4e9d09bd4687b21243674c92ebb4ace617e4878bad723b97e2d1fd8317",
              "created_by": "/bin/sh -c #(nop) COPY file:9c7497f2e65cff1035ec9d4651565473f7567c2707aa62f6baf60cfc5c43b58e in /hello.txt "
            },
            {
              "digest": "4252b399a79d5881ccb7d2235f228179312c48a8543e708e45b5c2e94af46a46/layer.tar",
              "size": 48640,
              "state": "present",
              "diff_id": "sha256:73dc5cc799afa5ec8966e261687d4341d6560e4d04f1aaf2bf56f635ff6503e6",
              "created_by": "/bin/sh -c #(nop) COPY file:8c7bbe0b3883f0bcedc203f8bbd6c3f1334609f072433ee1051efa4633028ce0 in /words.txt "
            },
            {
              "digest": "2742b89bdea3f8c5378c0b4d910f819866a8b270dc5abaf6ac7144483b9904c6/layer.tar",
              "size": 2048,
              "state": "present",
              "diff_id": "sha256:834f2b4e9d09bd4687b21243674c92ebb4ace617e4878bad723b97e2d1fd8317",
              "created_by": "/bin/sh -c #(nop) COPY file:9c7497f2e65cff1035ec9d4651565473f7567c2707aa62f6baf60cfc5c43b58e in /hello.txt "
            }
          ]
        }
      ]
    }
    ----- stderr -----
    "#);
}

#[test]
fn names() {
    let list = |fixture: &str| {
        let path = testdata(fixture);
        TestEnv::new().ocikit(&["ref", "list", path.to_str().unwrap()])
    };
    insta::assert_snapshot!(list("skopeo/oci-multiref"), @r"
    success: true
    exit_code: 0
    ----- stdout -----
    1.0     image  sha256:22686ba2beffd4cbb0e31c61716d97ed088480904bba3e6c37e7745407276cac  linux/amd64
    latest  image  sha256:22686ba2beffd4cbb0e31c61716d97ed088480904bba3e6c37e7745407276cac  linux/amd64
    zstd    image  sha256:c10b35a751c8c5e033ad58a1caf69175fa25422954a7566880aa0af609c916cd  linux/amd64
    ----- stderr -----
    ");
    insta::assert_snapshot!(list("docker/d26-save-2tags.tar"), @r"
    success: true
    exit_code: 0
    ----- stdout -----
    docker.io/library/app:1.0  image     sha256:488a471a66b542c40e17ea57ddcd039dc5753d51f061be8780254bcffc75463c  linux/amd64
    example.com/team/app:1.0   image     sha256:488a471a66b542c40e17ea57ddcd039dc5753d51f061be8780254bcffc75463c  linux/amd64
    app:1.0                    image ID  sha256:454ff5929b8b2ca6635b8813595b8f1751b80557eafd35306cfcfe16d6ec9b18  linux/amd64
    example.com/team/app:1.0   image ID  sha256:454ff5929b8b2ca6635b8813595b8f1751b80557eafd35306cfcfe16d6ec9b18  linux/amd64
    ----- stderr -----
    ");
    insta::assert_snapshot!(list("regctl/to-oci-referrers"), @r"
    success: true
    exit_code: 0
    ----- stdout -----
    sha256-d4dfec728c45817d2350da167fb38313d1add4c04da9e328e4efde517ed31987  index  sha256:1de8066c655b3b098e8c2d2803e234f61b18eec8425e1d51b842fe5d7ef9375c
    sha256-c70c67f34b8817cab7887f7ac7794688943241f6f86dc7db3b58edd4a85c0043  index  sha256:e50644728532318ae580ad9c99bdcaa9eb5adf430dbf41bb527883f88cc0802b
    sha256-445ee80c487d7bad11e31127f4faaef8c2962d7169ba79084cf5a94ad4ec6ae0  index  sha256:845439de9ef1a0d3041cd8505ac2b47728ac71af0110d69c8242f67c50466090
    1.0                                                                      index  sha256:77790be25190a31aa83e6729c050b9cc2fa1730f8d6c1b02feaaeb6a0bdb3722  linux/amd64, linux/arm64, linux/arm/v7
    ref                                                                      index  sha256:a9efe3272067296296687191f503725aafeb291489339d556273c58566c5fae0  linux/amd64, linux/arm64, linux/arm/v7
    ----- stderr -----
    ");
    insta::assert_snapshot!(list("buildkit/ociartifact-true-multi.oci.tar"), @r"
    success: true
    exit_code: 0
    ----- stdout -----
    -  index  sha256:1a489f771ebe47701e318786e74c9ba236dfbf4ce3a72f7288717403b084bec0  linux/amd64, linux/arm64
    ----- stderr -----
    ");
}

#[test]
fn raw_is_the_blob() {
    let env = TestEnv::new();
    let files = shapes::attested();
    env.write_tar("image.tar", &files);
    env.write("image.tar.gz", files.to_tar_gz());
    env.write_dir("image", &files);
    let root = files.digest_at("index.json", "/manifests/0/digest");
    let manifest = files.digest_in(&root, "/manifests/1/digest");
    let layer = files.digest_in(&manifest, "/layers/0/digest");
    for image in ["image.tar", "image.tar.gz", "image"] {
        for (what, digest) in [("", &root), ("@", &manifest), ("@", &layer)] {
            let address = if what.is_empty() { image.to_owned() } else { format!("{image}@{digest}") };
            let run = env.ocikit(&["inspect", "--raw", &address]).expect_code(0);
            assert_eq!(sha256(&run.stdout_bytes), *digest, "{address}");
        }
        let run = env.ocikit(&["inspect", "--raw", "--platform", "linux/arm64", image]).expect_code(0);
        assert_eq!(sha256(&run.stdout_bytes), manifest);
    }
    let mut damaged = files.clone();
    damaged.flip_byte(&support::blob_name(&layer), 30);
    env.write_tar("image.tar", &damaged);
    insta::assert_snapshot!(env.ocikit(&["inspect", "--raw", &format!("image.tar@{layer}")]).stderr, @"error: image.tar: sha256:e42885f2fe598bd0b943860de0fcf1e7b62cc53c3e25d9ad09032f927b534d31: cannot read: sha256:e42885f2fe598bd0b943860de0fcf1e7b62cc53c3e25d9ad09032f927b534d31: the content has the digest sha256:1bd7ce0326bf2875b2df0d25693bf3af9c7d0861cdb39bbf638e620efd3f4e13");
}

/// Attestations of BuildKit stand in an index as `unknown/unknown`, which is no platform of anything.
#[test]
fn no_image_is_of_an_unknown_platform() {
    let env = TestEnv::new();
    let mut runs = Vec::new();
    for entry in walkdir::WalkDir::new(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata")).min_depth(2).max_depth(2) {
        let path = entry.unwrap().into_path();
        let path = path.to_str().unwrap();
        runs.push(env.ocikit(&["inspect", path]));
        runs.push(env.ocikit(&["inspect", "--format", "json", "--layers", "--config", path]));
        runs.push(env.ocikit(&["ref", "list", path]));
        runs.push(env.ocikit(&["ref", "list", "--format", "json", path]));
        runs.push(env.ocikit(&["inspect", "--platform", "linux/s390x", path]));
    }
    for shape in [shapes::attested(), shapes::attested_image_config_style()] {
        env.write_tar("image.tar", &shape);
        runs.push(env.ocikit(&["inspect", "-v", "image.tar"]));
        runs.push(env.ocikit(&["verify", "-v", "--deep", "image.tar"]));
    }
    for run in runs {
        let said = format!("{}{}", run.stdout, run.stderr);
        assert!(!said.contains("unknown/unknown"), "{run}");
        assert!(!said.contains("\"os\": \"unknown\"") && !said.contains("panicked"), "{run}");
    }
}

#[test]
fn what_cannot_be_shown() {
    let env = TestEnv::new();
    let mut store = Store::new();
    let images = ["linux/amd64", "linux/arm64"].map(|platform| {
        let image = sample::image(platform, Compression::Gzip).put(&mut store).desc;
        Index::of([&image]).put(&mut store)
    });
    let roots = images.iter().zip(["1.0", "2.0"]).map(|(root, tag)| root.tagged(tag));
    let layout = roots.fold(Layout::new(&store), |layout, root| layout.root(&root));
    env.write_tar("two.tar", &layout.files());
    env.write_tar("docker.tar", &shapes::docker20());
    let mut old = shapes::docker20();
    old.remove("manifest.json");
    env.write_tar("old.tar", &old);
    let mut rootfs = Files::new();
    rootfs.file("etc/passwd", "root").dir("bin").dir("etc");
    env.write_tar("rootfs.tar", &rootfs);
    env.write("packed.tar.xz", [&[0xfd, b'7', b'z', b'X', b'Z', 0][..], &[0; 600]].concat());
    env.write("notes.txt", "some text\n".repeat(100));
    env.write("empty.tar", "");
    std::fs::create_dir(env.path("folder")).unwrap();
    let error = |args: &[&str]| env.ocikit(&[&["inspect"], args].concat()).expect_code(2).stderr;
    insta::assert_snapshot!(error(&["two.tar:3.0"]), @"error: two.tar: `3.0` is not in the file; it contains `1.0`, `2.0`");
    insta::assert_snapshot!(error(&["--raw", "two.tar"]), @"error: two.tar: contains more than one image; select one of `1.0`, `2.0`");
    insta::assert_snapshot!(error(&["--platform", "linux/s390x", "two.tar"]), @"error: two.tar: platform linux/s390x is not in the file; it contains `linux/amd64`, `linux/arm64`");
    insta::assert_snapshot!(error(&["two.tar@sha256:0123456789ab"]), @"error: two.tar: `@sha256:0123456789ab` is not in the file; it contains `1.0`, `2.0`");
    insta::assert_snapshot!(error(&["oci-archive:docker.tar"]), @"error: docker.tar: is a docker archive, not an OCI archive");
    insta::assert_snapshot!(error(&["oci:two.tar"]), @"error: two.tar: is an OCI archive, not an image layout");
    insta::assert_snapshot!(error(&["docker-archive:two.tar"]), @"error: two.tar: is an OCI archive, not a docker archive");
    insta::assert_snapshot!(error(&["packed.tar.xz"]), @"error: packed.tar.xz: compressed with xz, which ocikit does not support; `xz -dc packed.tar.xz > FIXED` decompresses it");
    insta::assert_snapshot!(error(&["notes.txt"]), @"error: notes.txt: is not a tar archive (at byte 0: malformed header: the checksum is not a number, expected 47253; ocikit reads no further); expected an image layout, an OCI archive or a docker archive");
    insta::assert_snapshot!(error(&["old.tar"]), @"error: old.tar: is a docker archive of docker before 1.10, without manifest.json; load it with docker 1.10 to 28 and run `docker save` again; expected an image layout, an OCI archive or a docker archive");
    insta::assert_snapshot!(error(&["rootfs.tar"]), @"error: rootfs.tar: is a root file system, as from `docker export`, not an image; expected an image layout, an OCI archive or a docker archive");
    insta::assert_snapshot!(error(&["empty.tar"]), @"error: empty.tar: is empty; expected an image layout, an OCI archive or a docker archive");
    insta::assert_snapshot!(error(&["folder"]), @"error: folder: is empty; expected an image layout, an OCI archive or a docker archive");
    insta::assert_snapshot!(error(&["missing.tar"]), @"error: missing.tar: no such file or directory");
    insta::assert_snapshot!(error(&["--limits", "members=x", "two.tar"]), @"error: `x` is not a number; write digits, with K, M, G or T for powers of 1024");
    insta::assert_snapshot!(error(&["--platform", "linux", "two.tar"]), @r"
    error: invalid value 'linux' for '--platform <PLATFORM>': `linux` is not a platform; write os/arch or os/arch/variant, for example linux/arm64 or linux/arm/v7

    For more information, try '--help'.
    ");
}

/// `--digest` and `--raw --config` of every format, and of a file that does not match its digest.
#[test]
fn digests_and_configs() {
    let env = TestEnv::new();
    let oci = shapes::oci_archive();
    let manifest = oci.digest_at("index.json", "/manifests/0/digest");
    let config = oci.digest_in(&manifest, "/config/digest");
    env.write_tar("oci.tar", &oci);
    env.write("oci.tar.gz", oci.to_tar_gz());
    env.write_dir("layout", &oci);
    for file in ["oci.tar", "oci.tar.gz", "layout"] {
        assert_eq!(env.ocikit(&["inspect", file, "--digest"]).expect_code(0).stdout, format!("{manifest}\n"));
        let run = env.ocikit(&["inspect", file, "--raw", "--config"]).expect_code(0);
        assert_eq!(run.stdout_bytes, oci.bytes(&blob_name(&config)), "{file}");
    }
    env.write_tar("docker.tar", &shapes::docker20());
    let digest = env.ocikit(&["inspect", "docker.tar", "--digest"]).expect_code(0).stdout;
    let run = env.ocikit(&["inspect", "docker.tar", "--raw", "--config"]).expect_code(0);
    assert_eq!(digest, format!("{}\n", sha256(&run.stdout_bytes)));
    let mut damaged = oci;
    damaged.edit_json(&blob_name(&manifest), |text| format!("{text}\n"));
    env.write_tar("damaged.tar", &damaged);
    let run = env.ocikit(&["inspect", "damaged.tar", "--digest"]).expect_code(2);
    assert_eq!(run.stdout, "");
}

/// The position of an entry chooses it, as skopeo's `docker-archive:PATH:@N` does.
#[test]
fn an_image_is_chosen_by_its_position() {
    let env = TestEnv::new();
    let chosen = |address: &str| {
        let address = testdata("").join(address);
        env.ocikit(&["inspect", address.to_str().unwrap()]).expect_code(0).stdout.lines().nth(1).unwrap().to_owned()
    };
    assert_eq!(chosen("crane/pull-tarball-2images.tar:@1"), "127.0.0.1:5000/multi:1.0");
    assert_eq!(chosen("crane/pull-tarball-2images.tar:@0"), "127.0.0.1:5000/appd:1.0");
    assert_eq!(chosen("skopeo/oci-multiref:@1"), "latest");
    assert_eq!(chosen("docker/d26-save-2tags.tar:@1"), "example.com/team/app:1.0");
    let missing = testdata("").join("skopeo/oci-multiref:@3");
    let run = env.ocikit(&["inspect", missing.to_str().unwrap()]).expect_code(2);
    assert!(run.stderr.contains("`@3` is not in the file"), "{run}");
}
