//! Signatures: images that the real cosign signed, every algorithm, and everything without a network.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr, reason = "a failure here is a failed test")]

use ocikit::signature::{KeyError, Message, PublicKey, Verdict};

use crate::support::builder::referrer::cosign_payload;
use crate::support::signer::{SIGN, Signer, WAYS, put_bundle, signed, signed_simply, statement};
use crate::support::*;

/// A public key of `testdata/cosign/signed-*`.
fn key(name: &str) -> String {
    format!("{}/tests/support/signing/{name}.pub", env!("CARGO_MANIFEST_DIR"))
}

/// The images that cosign signed with each of five keys, in both of its forms, as `oras backup` and `cosign save` keep them.
const SIGNED: [&str; 2] = ["signed-keys.tar", "signed-save"];

fn env() -> TestEnv {
    let env = TestEnv::new();
    env.write("signed-keys.tar", std::fs::read(testdata("cosign/signed-keys.tar")).unwrap());
    Files::from_dir(testdata("cosign/signed-save")).to_dir(env.path("signed-save"));
    for name in ["p256", "p384", "p521", "ed25519", "rsa"] {
        env.write(&format!("{name}.pub"), std::fs::read(key(name)).unwrap());
    }
    env
}

fn codes(run: &Run) -> Vec<String> {
    let report = run.json();
    let findings = report["findings"].as_array().unwrap().iter().filter(|finding| finding["severity"] == "error");
    findings.map(|finding| finding["code"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_cosign_signed_is_proved() {
    let env = env();
    for file in SIGNED {
        for (name, count) in [("p256", 4), ("p384", 2), ("p521", 2), ("ed25519", 2), ("rsa", 2)] {
            let key = format!("{name}.pub");
            let words = ["verify", file, "--key", &key, "--require-signature", "--format", "json"];
            let report = env.ocikit(&words).expect_code(0).json();
            let signatures = &report["signatures"];
            assert_eq!((&signatures["found"], &signatures["checked"]), (&12.into(), &12.into()), "{file} {name}");
            let valid = signatures["valid"].as_array().unwrap();
            assert_eq!(valid.len(), count, "{file} {name}: {valid:?}");
            for row in valid {
                assert_eq!((&row["key"], &row["kind"]), (&key.clone().into(), &"index".into()));
                assert_eq!(row["platforms"].as_array().unwrap().len(), 3);
            }
        }
        let stranger = Signer::default();
        env.write("stranger.pub", stranger.public());
        let run = env.ocikit(&["verify", file, "--key", "stranger.pub", "--format", "json"]).expect_code(1);
        assert!(codes(&run).contains(&"signature-required".to_owned()), "{run}");
        assert_eq!(codes(&run).iter().filter(|code| *code == "signature-untrusted").count(), 10);
        // Two keys, one of which is right.
        let _ = env.ocikit(&["verify", file, "--key", "stranger.pub", "--key", "rsa.pub"]).expect_code(0);
    }
    insta::assert_snapshot!(env.ocikit(&["verify", "signed-keys.tar", "--key", "p256.pub", "--allow", "config-platform-empty"]).snapshot(), @r"
    success: true
    exit_code: 0
    ----- stdout -----
    signed-keys.tar: ok, 8 notes (`-v` shows them); 29 blobs, 32.6 KiB verified
    signed by p256.pub (ECDSA P-256): index sha256:110bc1ba4baa (linux/amd64, linux/arm64, linux/arm/v7), as registry.example.com/team/app; cosign signature
    signed by p256.pub (ECDSA P-256): attestation https://cosign.sigstore.dev/attestation/v1 about index sha256:110bc1ba4baa (linux/amd64, linux/arm64, linux/arm/v7); DSSE envelope
    signed by p256.pub (ECDSA P-256): attestation https://cosign.sigstore.dev/attestation/v1 about index sha256:110bc1ba4baa (linux/amd64, linux/arm64, linux/arm/v7); sigstore bundle
    signed by p256.pub (ECDSA P-256): index sha256:110bc1ba4baa (linux/amd64, linux/arm64, linux/arm/v7); sigstore bundle
    note: not checked of these signatures: time of signing, transparency log
    ----- stderr -----
    ");
}

#[test]
fn a_file_on_standard_input_is_proved() {
    let env = env();
    let bytes = std::fs::read(testdata("cosign/signed-keys.tar")).unwrap();
    for key in ["p256.pub", "rsa.pub"] {
        let run = env.command(&["verify", "-", "--key", key, "--require-signature"]).stdin(bytes.clone()).run();
        assert!(run.expect_code(0).stdout.contains(&format!("signed by {key}")));
    }
}

#[test]
fn a_selection_is_proved_by_the_index_above_it() {
    let env = env();
    for words in [
        &["signed-keys.tar:1.0"][..],
        &["signed-keys.tar", "--platform", "linux/arm64"],
        &["signed-keys.tar@sha256:de3e2f06dbf6"],
    ] {
        let words = [&["verify", "--key", "ed25519.pub", "--require-signature"], words].concat();
        let run = env.ocikit(&words).expect_code(0);
        assert!(run.stdout.contains("signed by ed25519.pub (Ed25519): index sha256:110bc1ba4baa"), "{run}");
    }
}

#[test]
fn lists_and_payloads() {
    let env = env();
    insta::assert_snapshot!(env.ocikit(&["signature", "list", "signed-keys.tar"]).snapshot(), @r"
    success: true
    exit_code: 0
    ----- stdout -----
    sha256:110bc1ba4baa  registry.example.com/team/app               cosign signature     key not named                                     in sha256:f28fdefced33#/layers/0
    sha256:110bc1ba4baa  registry.example.com/team/app               cosign signature     key not named                                     in sha256:f28fdefced33#/layers/1
    sha256:110bc1ba4baa  registry.example.com/team/app               cosign signature     key not named                                     in sha256:f28fdefced33#/layers/2
    sha256:110bc1ba4baa  registry.example.com/team/app               cosign signature     key not named                                     in sha256:f28fdefced33#/layers/3
    sha256:110bc1ba4baa  registry.example.com/team/app               cosign signature     key not named                                     in sha256:f28fdefced33#/layers/4
    sha256:110bc1ba4baa  https://cosign.sigstore.dev/attestation/v1  DSSE envelope        key not named                                     in sha256:a552c63f37be#/layers/0
    sha256:110bc1ba4baa  image                                       sigstore bundle 0.3  key PCZNxFvkuTRWHnOP5Q4vHiSInxTTZ7Yaoj7UH2uxs10=  in sha256:255690f01094#/layers/0
    sha256:110bc1ba4baa  image                                       sigstore bundle 0.3  key K321Tu1rZEVQH9uWZgCQWTCIEBbjQBaJcIy8xWgF5O0=  in sha256:7cf1c6e39f24#/layers/0
    sha256:110bc1ba4baa  https://cosign.sigstore.dev/attestation/v1  sigstore bundle 0.3  key PNyj5CRpliff+i5v3iiiL8cdC9X1GsOSFv9FnpkEdjI=  in sha256:88d38e0354af#/layers/0
    sha256:110bc1ba4baa  image                                       sigstore bundle 0.3  key PNyj5CRpliff+i5v3iiiL8cdC9X1GsOSFv9FnpkEdjI=  in sha256:35e0be01fe24#/layers/0
    sha256:110bc1ba4baa  image                                       sigstore bundle 0.3  key 1+h5vF1//CMxolSerPtneeCe56tgIi+IhyVyCAwTzcY=  in sha256:e1ba8f150ac6#/layers/0
    sha256:110bc1ba4baa  image                                       sigstore bundle 0.3  key lh9nMK+ENtvAWzPQ35TTW8Wf78vCK0Ht3hd48hlbP+Q=  in sha256:60d37b5ea1c3#/layers/0
    ----- stderr -----
    ");
    insta::assert_snapshot!(env.ocikit(&["signature", "show", "signed-keys.tar@sha256:35e0be01fe24"]).snapshot(), @r"
    success: true
    exit_code: 0
    ----- stdout -----
    sha256:110bc1ba4baa  sigstore bundle 0.3  in sha256:35e0be01fe24#/layers/0
      signs        sha256:110bc1ba4baa016795039d59a3931881c0fef3566066833e3864b9d81ee645dd
      attached to  sha256:110bc1ba4baa016795039d59a3931881c0fef3566066833e3864b9d81ee645dd
      platforms    linux/amd64, linux/arm64, linux/arm/v7
      predicate    https://sigstore.dev/cosign/sign/v1
      key          PNyj5CRpliff+i5v3iiiL8cdC9X1GsOSFv9FnpkEdjI=
      has          1 signature; not checked
    ----- stderr -----
    ");
    let raw = env.ocikit(&["signature", "show", "signed-keys.tar@sha256:f28fdefced33", "--raw"]).expect_code(0);
    let digest = "sha256:110bc1ba4baa016795039d59a3931881c0fef3566066833e3864b9d81ee645dd";
    assert_eq!(raw.stdout, cosign_payload(digest, "registry.example.com/team/app"));
    let several = env.ocikit(&["signature", "show", "signed-keys.tar", "--raw"]).expect_code(2);
    assert!(several.stderr.contains("contains 8 signed payloads"), "{several}");
    env.write_tar("plain.tar", &shapes::oci_archive());
    insta::assert_snapshot!(env.ocikit(&["signature", "list", "plain.tar"]).snapshot(), @r"
    success: true
    exit_code: 0
    ----- stdout -----
    plain.tar: no signatures
    ----- stderr -----
    ");
}

#[test]
fn every_algorithm_hash_and_padding() {
    for way in &WAYS {
        let signer = Signer::new(way);
        let key = PublicKey::from_pem(&signer.public()).unwrap();
        assert_eq!(key.algorithm(), way.name);
        assert_eq!(key.fingerprint(), signer.hint());
        let signature = signer.sign_by(way, b"message");
        assert_eq!(key.check(&Message::new(&b"message"[..]), &signature), Verdict::Valid, "{way:?}");
        assert_eq!(key.check(&Message::new(&b"massage"[..]), &signature), Verdict::Other, "{way:?}");
        let other = Signer::new(way);
        let other = PublicKey::from_pem(&other.public()).unwrap();
        // The modulus of the other key may be smaller than the signature, which is Malformed then.
        assert_ne!(other.check(&Message::new(&b"message"[..]), &signature), Verdict::Valid, "{way:?}");
        for end in [0, 1, signature.len() - 1] {
            assert_eq!(key.check(&Message::new(&b"message"[..]), &signature[..end]), Verdict::Malformed, "{way:?}");
        }
        for at in (0..signature.len()).step_by(7) {
            let mut changed = signature.clone();
            changed[at] ^= 1;
            assert_ne!(key.check(&Message::new(&b"message"[..]), &changed), Verdict::Valid, "{way:?} {at}");
        }
    }
}

#[test]
fn what_is_no_key() {
    let of = |text: &[u8]| PublicKey::from_pem(text).map(|_| ()).unwrap_err();
    let signer = Signer::default();
    let public = String::from_utf8(signer.public()).unwrap();
    assert_eq!(of(b""), KeyError::Pem);
    assert_eq!(of(b"\xff"), KeyError::Pem);
    assert_eq!(of(public.repeat(2).as_bytes()), KeyError::Pem);
    assert_eq!(of(public.replace('M', "*").as_bytes()), KeyError::Pem);
    assert!(matches!(of(&signer.private()), KeyError::Label(label) if label == "PRIVATE KEY"));
    let sealed = public.replace("PUBLIC KEY", "ENCRYPTED SIGSTORE PRIVATE KEY");
    assert!(of(sealed.as_bytes()).to_string().contains("cosign public-key"));
    let short = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQ==\n-----END PUBLIC KEY-----\n";
    assert!(matches!(of(short.as_bytes()), KeyError::Malformed(_)));
    let env = TestEnv::new();
    let openssl =
        |words: &str| env.bash(&format!("openssl {words} 2>/dev/null | openssl pkey -pubout")).expect_code(0).stdout;
    let small = openssl("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024");
    assert_eq!(of(small.as_bytes()), KeyError::Weak(1024));
    for other in ["genpkey -algorithm EC -pkeyopt ec_paramgen_curve:secp256k1", "genpkey -algorithm ed448"] {
        assert!(matches!(of(openssl(other).as_bytes()), KeyError::Unsupported(_)), "{other}");
    }
    // Text before the block, as `openssl` writes with `-text`, and line ends of Windows.
    assert!(PublicKey::from_pem(public.replace('\n', "\r\n").as_bytes()).is_ok());
}

#[test]
fn options_that_are_wrong() {
    let env = env();
    let signer = Signer::default();
    env.write("key.pem", signer.private());
    let run = env.ocikit(&["verify", "signed-keys.tar", "--key", "key.pem"]).expect_code(2);
    assert!(run.stderr.contains("a private key signs, its public key verifies"), "{run}");
    let run = env.ocikit(&["verify", "signed-keys.tar", "--key", "missing.pub"]).expect_code(2);
    assert!(run.stderr.contains("missing.pub: cannot read the key"), "{run}");
    let _ = env.ocikit(&["verify", "signed-keys.tar", "--require-signature"]).expect_code(2);
}

#[test]
fn a_manifest_signed_by_its_bytes() {
    let env = TestEnv::new();
    let signer = Signer::default();
    env.write("ours.pub", signer.public());
    let mut sample = Sample::multi(&["linux/amd64", "linux/arm64"]);
    let root = sample.root.clone();
    let bundle = signer.message_bundle(sample.store.get(&root.digest));
    let referrer = put_bundle(&mut sample.store, &root, &bundle);
    env.write_tar("image.tar", &signed(&sample, "example.com/team/app:1.0", &[referrer]));
    let run = env.ocikit(&["verify", "image.tar", "--key", "ours.pub", "--require-signature"]).expect_code(0);
    assert!(run.stdout.contains("(linux/amd64, linux/arm64); sigstore bundle"), "{run}");
}

/// A manifest that is listed by its sha512 is signed by its sha256.
#[test]
fn another_digest_algorithm() {
    let env = TestEnv::new();
    let signer = Signer::default();
    env.write("ours.pub", signer.public());
    let mut sample = Sample::multi_in(Store::with_sha512(), &["linux/amd64"]);
    let root = sample.root.clone();
    let sha256 = hash::sha256(sample.store.get(&root.digest));
    let referrer = put_bundle(&mut sample.store, &root, &signer.bundle(&statement(SIGN, &sha256)));
    env.write_tar("image.tar", &signed(&sample, "1.0", &[referrer]));
    let run = env.ocikit(&["verify", "image.tar", "--key", "ours.pub", "--require-signature"]);
    assert_eq!(run.code, 0, "{run}");
}

#[test]
fn signatures_without_keys_are_counted() {
    let env = TestEnv::new();
    let signer = Signer::default();
    env.write_tar("image.tar", &signed_simply(Sample::single(), &signer, "example.com/team/app:1.0"));
    let run = env.ocikit(&["verify", "image.tar"]).expect_code(0);
    assert!(run.stdout.contains("1 signature, not checked"), "{run}");
}

/// What podman and crane wrote as docker archives is what the manifests in other files name.
#[test]
fn docker_archives_are_proved_by_a_manifest() {
    let env = TestEnv::new();
    for (archive, manifest, proved) in [
        (
            "podman5/save-docker-archive.tar",
            "podman5/save-oci-archive.tar",
            "localhost/mini:1.0 is the image of manifest sha256:22686ba2beff",
        ),
        (
            "crane/pull-tarball-2images.tar",
            "buildx/multi-default.oci.tar",
            "127.0.0.1:5000/multi:1.0 is the image of manifest sha256:c70c67f34b88",
        ),
    ] {
        let (archive, manifest) = (testdata(archive), testdata(manifest));
        let run = env.ocikit(&["verify", archive.to_str().unwrap(), "--manifest", manifest.to_str().unwrap()]);
        assert!(run.stdout.contains(proved), "{run}");
    }
    // Of two images only one has a manifest there.
    let (archive, manifest) = (testdata("crane/pull-tarball-2images.tar"), testdata("buildx/multi-default.oci.tar"));
    let words = ["verify", archive.to_str().unwrap(), "--manifest", manifest.to_str().unwrap(), "--format", "json"];
    let run = env.ocikit(&words).expect_code(1);
    assert_eq!(codes(&run), ["manifest-unproved"]);
    assert_eq!(run.json()["proved"][0]["layers"], 2);
}

#[test]
fn a_docker_archive_is_proved_by_a_signed_manifest() {
    let env = TestEnv::new();
    let signer = Signer::default();
    env.write("ours.pub", signer.public());
    env.write_tar(
        "docker.tar",
        &builder::docker_old::docker20(&[Sample::single().images[0].tagged(&["example.com/team/app:1.0"])]),
    );
    let mut signed = signed_simply(Sample::single(), &signer, "example.com/team/app:1.0");
    let manifest = signed.digest_at("index.json", "/manifests/0/digest");
    for number in 0..2 {
        let layer = signed.digest_in(&manifest, &format!("/layers/{number}/digest"));
        signed.remove(&blob_name(&layer));
    }
    env.write_dir("signed", &signed);
    env.write("manifest.json", signed.bytes(&blob_name(&manifest)));
    let words = ["verify", "docker.tar", "--manifest", "signed", "--key", "ours.pub", "--require-signature"];
    let run = env.ocikit(&words).expect_code(0);
    assert!(run.stdout.contains("proved by signed: example.com/team/app:1.0 is the image of manifest"), "{run}");
    assert!(run.stdout.contains("signed by ours.pub (ECDSA P-256): image"), "{run}");
    let run = env.ocikit(&["verify", "docker.tar", "--manifest", "manifest.json"]).expect_code(0);
    assert!(run.stdout.contains("proved by manifest.json"), "{run}");
    for wrong in ["ours.pub", "missing", "signed:1.0"] {
        let _ = env.ocikit(&["verify", "docker.tar", "--manifest", wrong]).expect_code(2);
    }
}

/// Nothing is fetched: the same is proved where there is no network at all.
#[cfg(target_os = "linux")]
#[test]
fn without_a_network() {
    let env = env();
    let run = env
        .program("unshare", &["-n", run::ocikit(), "verify", "signed-save", "--key", "p384.pub", "--require-signature"])
        .run();
    if run.stderr.contains("unshare failed") || run.stderr.contains("Operation not permitted") {
        eprintln!("skipped: no network namespaces here");
        return;
    }
    assert!(run.expect_code(0).stdout.contains("signed by p384.pub (ECDSA P-384)"));
}
