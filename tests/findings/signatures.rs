//! Signatures, compared with keys.

use std::io::Cursor;
use std::sync::LazyLock;

use ocikit::finding::Code;
use ocikit::image::Image;
use ocikit::limits::Limits;
use ocikit::ops::verify::{GivenManifest, Trust, TrustedKey, VerifyOptions};
use ocikit::reference::Address;
use ocikit::signature::PublicKey;
use ocikit::source::Open;

use crate::findings::ground::{Case, Input, case};
use crate::support::builder::descriptor::base64;
use crate::support::builder::referrer::cosign_payload;
use crate::support::builder::{Sample, docker_old, shapes};
use crate::support::hash::sha256;
use crate::support::signer::{SIGN, Signer, put_bundle, put_simple, signed, signed_simply, statement};
use crate::support::{Artifact, Desc, Files, Index};

/// The key that is given, and one of somebody else.
static OURS: LazyLock<Signer> = LazyLock::new(Signer::default);
static THEIRS: LazyLock<Signer> = LazyLock::new(Signer::default);

const NAME: &str = "example.com/team/app:1.0";
const PLATFORMS: [&str; 2] = ["linux/amd64", "linux/arm64"];
const SIGNATURE: &str = "index.json#/manifests/1 -> @#/layers/0 -> @";
const REQUIRED: &str = "error[signature-required] index.json#/manifests/0 -> @";

fn trusting(options: &mut VerifyOptions) {
    let key = PublicKey::from_pem(&OURS.public()).unwrap();
    options.trust = Trust { keys: vec![TrustedKey { name: "ours.pub".to_owned(), key }], require: false };
}

fn requiring(options: &mut VerifyOptions) {
    trusting(options);
    options.trust.require = true;
}

/// A file of which a signature is checked. Readers refuse the empty platform of cosign's configs, as long as they run them.
fn check(name: &'static str, files: Files, findings: &[&str]) -> Case {
    let beside = [Code::ConfigPlatformEmpty, Code::AttestationSubjectMismatch];
    case(name, Input::Files(files), findings).beside(&beside).with(trusting)
}

/// An image with a payload under its tag, signed by our key unless a signature is given.
fn simple(payload: impl Fn(&str) -> String, signature: Option<&[u8]>) -> Files {
    let mut sample = Sample::single();
    let root = sample.root.clone();
    let payload = payload(&root.digest);
    let own = OURS.sign(payload.as_bytes());
    let signature = put_simple(&mut sample.store, &root, &payload, signature.unwrap_or(&own));
    signed(&sample, NAME, &[signature])
}

/// An image with a bundle as a referrer.
fn bundled(bundle: impl Fn(&str) -> String) -> Files {
    let mut sample = Sample::single();
    let root = sample.root.clone();
    let referrer = put_bundle(&mut sample.store, &root, &bundle(&root.digest));
    signed(&sample, NAME, &[referrer])
}

/// An index of which one platform is signed.
fn partial() -> Files {
    let mut sample = Sample::multi(&PLATFORMS);
    let image = sample.images[0].desc.clone();
    let payload = cosign_payload(&image.digest, "example.com/team/app");
    let signature = put_simple(&mut sample.store, &image, &payload, &OURS.sign(payload.as_bytes()));
    signed(&sample, NAME, &[signature])
}

/// A signed image, and one that nobody signed.
fn beside_another(another: impl Fn(&Desc) -> Desc) -> Files {
    let mut sample = Sample::single();
    let root = sample.root.clone();
    let payload = cosign_payload(&root.digest, "example.com/team/app");
    let signature = put_simple(&mut sample.store, &root, &payload, &OURS.sign(payload.as_bytes()));
    let other = shapes_image(&mut sample);
    signed(&sample, NAME, &[signature, another(&other)])
}

fn shapes_image(sample: &mut Sample) -> Desc {
    use crate::support::Layer;
    crate::support::Image::new("linux/amd64")
        .layer(Layer::of(&[("bin/evil", "evil")]).gzip())
        .put(&mut sample.store)
        .desc
}

pub(crate) fn cases() -> Vec<Case> {
    [malformed(), others(), coverage(), given()].into_iter().flatten().collect()
}

/// Docker archives, compared with manifests from elsewhere.
fn given() -> Vec<Case> {
    const UNPROVED: &str = "error[manifest-unproved] manifest.json#/0";
    let archive = || docker_old::docker20(&[Sample::single().tagged()]);
    let of = |given: GivenManifest| {
        move |options: &mut VerifyOptions| {
            options.manifest = Some(given.clone());
        }
    };
    let with_key = |given: GivenManifest| {
        move |options: &mut VerifyOptions| {
            requiring(options);
            options.manifest = Some(given.clone());
        }
    };
    let damaged = || {
        let mut files = archive();
        let layer = files.names().into_iter().find(|name| name.ends_with("/layer.tar")).unwrap().to_owned();
        let end = files.bytes(&layer).len();
        files.flip_byte(&layer, end - 1);
        files
    };
    vec![
        case(
            "a docker archive of another manifest",
            Input::Members(archive()),
            &[&format!("{UNPROVED} (expected @, found @)")],
        )
        .with(of(layout_of(Sample::multi(&["linux/arm64"]), None))),
        case("a docker archive with a changed layer", Input::Members(damaged()), &[UNPROVED])
            .beside(&[Code::DiffIdMismatch, Code::TarLoneZeroBlock])
            .with(of(document())),
        case(
            "an image file with manifests of its own",
            Input::Files(shapes::oci_archive()),
            &["error[manifest-unproved] index.json"],
        )
        .with(of(document())),
        case(
            "a manifest that nobody signed",
            Input::Members(archive()),
            &["error[signature-required] manifest.json#/0"],
        )
        .with(with_key(document())),
        case(
            "a manifest that somebody else signed",
            Input::Members(archive()),
            &[
                "error[signature-required] manifest.json#/0",
                "error[signature-untrusted] layout -> index.json#/manifests/1 -> @#/layers/0 -> @",
            ],
        )
        .with(with_key(layout_of(Sample::single(), Some(&THEIRS)))),
        case(
            "a signed manifest of another name",
            Input::Members(archive()),
            &["error[signature-reference] manifest.json#/0 (expected app:1.0, found example.com/team/app)"],
        )
        .with(with_key(layout_of(Sample::single(), Some(&OURS)))),
    ]
}

/// The manifest of the sample by itself.
fn document() -> GivenManifest {
    let sample = Sample::single();
    GivenManifest::of_document("manifest", sample.store.get(&sample.root.digest), &Limits::default()).unwrap()
}

/// A layout without layers, signed in the older form.
fn layout_of(mut sample: Sample, signer: Option<&Signer>) -> GivenManifest {
    for layer in
        sample.images.iter().flat_map(|image| &image.layers).map(|layer| layer.desc.digest.clone()).collect::<Vec<_>>()
    {
        sample.store.remove(&layer);
    }
    let files = match signer {
        Some(signer) => signed_simply(sample, signer, NAME),
        None => sample.layout(),
    };
    let source = Open::default().open(&Address::parse("-", |_| false).unwrap(), Cursor::new(files.to_tar())).unwrap();
    GivenManifest::of_image("layout", Image::load(source, &Limits::default()))
}

fn malformed() -> Vec<Case> {
    let broken = |pointer: &str| format!("error[signature-malformed] {SIGNATURE}{pointer}");
    let sound = |digest: &str| cosign_payload(digest, "example.com/team/app");
    vec![
        check(
            "a payload that is truncated",
            simple(|digest| sound(digest)[..90].to_owned(), None),
            &[&broken(""), REQUIRED],
        ),
        check(
            "a payload with a key twice",
            simple(|digest| sound(digest).replacen("\"type\"", "\"type\":\"x\",\"type\"", 1), None),
            &[&broken("#/critical"), REQUIRED],
        ),
        check(
            "a payload of another type",
            simple(|digest| sound(digest).replace("cosign container", "atomic container"), None),
            &[&broken("#/critical/type"), REQUIRED],
        ),
        check(
            "a signature that is truncated",
            simple(sound, Some(&OURS.sign(b"message")[..40])),
            &[&broken(""), REQUIRED],
        ),
        check(
            "an envelope with another type of payload",
            bundled(|digest| OURS.bundle(&statement(SIGN, digest)).replace("vnd.in-toto+json", "vnd.other+json")),
            &[&broken("#/dsseEnvelope/payloadType"), REQUIRED],
        ),
        check(
            "a bundle with an empty log entry",
            bundled(|digest| {
                OURS.bundle(&statement(SIGN, digest)).replace("\"publicKey\"", "\"tlogEntries\":[null],\"publicKey\"")
            }),
            &[&broken("#/verificationMaterial/tlogEntries/0"), REQUIRED],
        ),
        check(
            "a bundle of an unknown version",
            bundled(|digest| OURS.bundle(&statement(SIGN, digest)).replace("bundle.v0.3", "bundle.v0.9")),
            &[&broken("#/mediaType"), REQUIRED],
        ),
        check(
            "a bundle that is truncated",
            bundled(|digest| OURS.bundle(&statement(SIGN, digest))[..300].to_owned()),
            &[&broken(""), REQUIRED],
        ),
    ]
}

fn others() -> Vec<Case> {
    let untrusted = format!("error[signature-untrusted] {SIGNATURE}");
    let elsewhere = sha256(b"elsewhere");
    let digest = format!("error[signature-digest] {SIGNATURE} (expected @, found @)");
    let sound = |digest: &str| cosign_payload(digest, "example.com/team/app");
    let changed = |bundle: String, from: &str, to: &str| {
        let (from, to) = (base64(from.as_bytes()), base64(to.as_bytes()));
        bundle.replace(&from, &to)
    };
    let message = |change: fn(&[u8]) -> Vec<u8>| {
        let mut sample = Sample::single();
        let root = sample.root.clone();
        let bundle = OURS.message_bundle(&change(sample.store.get(&root.digest)));
        let referrer = put_bundle(&mut sample.store, &root, &bundle);
        signed(&sample, NAME, &[referrer])
    };
    let theirs = |digest: &str| THEIRS.sign(sound(digest).as_bytes());
    let root = Sample::single().root.digest;
    vec![
        check("a signature by another key", simple(sound, Some(&theirs(&root))), &[&untrusted, REQUIRED]),
        check(
            "a payload that was changed",
            simple(|digest| format!("{} ", sound(digest)), Some(&OURS.sign(sound(&root).as_bytes()))),
            &[&untrusted, REQUIRED],
        ),
        check(
            "a bundle by another key",
            bundled(|digest| THEIRS.bundle(&statement(SIGN, digest))),
            &[&untrusted, REQUIRED],
        ),
        check(
            "a bundle that names our key and is changed",
            bundled(|digest| {
                let own = statement(SIGN, &sha256(b"elsewhere"));
                changed(OURS.bundle(&own), &own, &statement(SIGN, digest))
            }),
            &[&format!("error[signature-invalid] {SIGNATURE}"), REQUIRED],
        ),
        check(
            "a signature of a manifest that was changed",
            message(|bytes| [bytes, b" "].concat()),
            &[&format!("error[signature-invalid] {SIGNATURE}"), REQUIRED],
        ),
        check("a signature of another image under the tag", simple(|_| sound(&elsewhere), None), &[&digest, REQUIRED]),
        check(
            "a bundle about another image",
            bundled(|_| OURS.bundle(&statement(SIGN, &sha256(b"elsewhere")))),
            &[&digest, REQUIRED],
        ),
        check(
            "an image that was signed under another name",
            simple(|digest| cosign_payload(digest, "example.com/team/other"), None),
            &[
                "error[signature-reference] index.json#/manifests/0 -> @ (expected example.com/team/app:1.0, found example.com/team/other)",
            ],
        ),
        check(
            "an image that was signed under another tag",
            simple(|digest| cosign_payload(digest, "example.com/team/app:2.0"), None),
            &[
                "error[signature-reference] index.json#/manifests/0 -> @ (expected example.com/team/app:1.0, found example.com/team/app:2.0)",
            ],
        ),
    ]
}

fn coverage() -> Vec<Case> {
    let sealed = |kind: &str, signer: &Signer| {
        let mut sample = Sample::single();
        let root = sample.root.clone();
        let envelope = signer.envelope(&statement(kind, &root.digest));
        let referrer = Artifact::new("application/vnd.dsse.envelope.v1+json")
            .file("application/vnd.dsse.envelope.v1+json", envelope, "statement")
            .subject(&root)
            .put(&mut sample.store);
        signed(&sample, NAME, &[referrer])
    };
    let scan = "https://example.com/scan";
    let not_signed =
        |number: usize, severity: &str| format!("{severity}[signature-required] index.json#/manifests/{number} -> @");
    let one_of_two = || beside_another(|other| other.named("example.com/team/evil:1.0"));
    vec![
        check("an image without signature", shapes::oci_archive(), &[REQUIRED]),
        case("a docker archive", Input::Members(shapes::docker20()), &["error[signature-required] manifest.json#/0"])
            .with(trusting),
        check(
            "one platform is signed, the index is not",
            partial(),
            &[
                "error[signature-partial] index.json#/manifests/0 -> @ (expected a signature of the index, found linux/amd64)",
            ],
        ),
        check("a signed attestation is no signature", sealed(scan, &OURS), &[REQUIRED]),
        check(
            "an attestation by somebody else",
            sealed(scan, &THEIRS),
            &[&format!("note[signature-untrusted] {SIGNATURE}"), REQUIRED],
        ),
        check("an image beside a signed one", one_of_two(), &[&not_signed(2, "warning")]),
        check("an image beside a signed one, all required", one_of_two(), &[&not_signed(2, "error")]).with(requiring),
        // It claims to be a referrer of the signed image, and engines run it all the same.
        check(
            "an image that claims to be a signature",
            beside_another(|other| other.tagged(&format!("{}.sig", Sample::single().root.digest.replace(':', "-")))),
            &[&not_signed(2, "error"), "error[kind-contradiction] index.json#/manifests/2"],
        )
        .with(requiring),
        check("an image in an index of referrers", in_fallback_index(), &[&not_signed(2, "error")]).with(requiring),
        check(
            "a signed image whose manifest does not match its digest",
            {
                let mut files = signed_simply(Sample::single(), &OURS, NAME);
                let manifest = files.digest_at("index.json", "/manifests/0/digest");
                let name = crate::support::blob_name(&manifest);
                let text = files.text(&name).replace("schemaVersion\":2", "schemaVersion\": 2");
                files.replace(&name, text);
                files
            },
            &[
                REQUIRED,
                "error[blob-digest] index.json#/manifests/0 -> @ (expected @, found @)",
                "error[blob-size] index.json#/manifests/0 -> @ (expected 557 bytes, found 558 bytes)",
            ],
        ),
        check(
            "more signatures than are compared",
            simple(|digest| cosign_payload(digest, "example.com/team/app"), None),
            &[REQUIRED, "error[limit-exceeded] index.json"],
        )
        .with(|options| {
            trusting(options);
            options.limits.signature_checks = 0;
        }),
    ]
}

/// The index under a fallback tag lists an image instead of a referrer.
fn in_fallback_index() -> Files {
    let mut sample = Sample::single();
    let root = sample.root.clone();
    let payload = cosign_payload(&root.digest, "example.com/team/app");
    let signature = put_simple(&mut sample.store, &root, &payload, &OURS.sign(payload.as_bytes()));
    let other = shapes_image(&mut sample);
    let index = Index::of([&other]).put(&mut sample.store).tagged(&root.digest.replace(':', "-"));
    signed(&sample, NAME, &[signature, index])
}
