//! Documents: deep, large, wide.

use std::fmt::Write as _;

use super::{Hostile, SHOW, layout};
use crate::support::builder::attestation::PROVENANCE_V1;
use crate::support::builder::dual::docker25;
use crate::support::{Attestation, Image, Index, Json, Layer, Sample, Store, arr, obj, shapes};

/// JSON text as it is.
fn raw(text: impl Into<String>) -> Json {
    Json::Number(text.into())
}

/// An image whose layer is small and whose documents are not.
fn image() -> Image {
    Image::new("linux/amd64").layer(Layer::of(&[("etc/words", "x")]))
}

fn of_image(name: &'static str, image: &Image) -> Hostile {
    let mut store = Store::new();
    let built = image.put(&mut store);
    Hostile::of(name, &layout(&store, &built.desc))
}

/// An image with an attestation that has this predicate.
fn of_predicate(name: &'static str, predicate: Json) -> Hostile {
    let sample = Sample::attested(&["linux/amd64"], |own| own.statement(PROVENANCE_V1, predicate.clone()));
    Hostile::of(name, &sample.layout())
}

/// The first object of a document at the top gets a member.
fn of_top(name: &'static str, document: &str, member: &str) -> Hostile {
    let mut files = shapes::docker25();
    files.edit_json(document, |text| text.replacen('{', &format!("{{\"x\":{member},"), 1));
    Hostile::of(name, &files)
}

pub(crate) fn deep() -> Vec<Hostile> {
    let brackets = "[".repeat(10_000) + &"]".repeat(10_000);
    let limit = |hostile: Hostile| hostile.hits("json-depth", "20000");
    vec![
        limit(of_top("deep index.json", "index.json", &brackets)),
        limit(of_top("deep manifest.json", "manifest.json", &brackets)),
        limit(of_image("deep manifest", &image().manifest_field("x", raw(&*brackets)))),
        limit(of_image("deep config", &image().config_field("x", raw(&*brackets)))),
        of_predicate("deep statement", obj([("x", raw(&*brackets))])).hits_in(SHOW, "json-depth", "20000"),
    ]
}

pub(crate) fn large() -> Vec<Hostile> {
    let text = |mib: usize| Json::from("x".repeat(mib << 20));
    let limit = |hostile: Hostile| hostile.hits("document-bytes", "80M");
    let blank = format!("{}1", " ".repeat(64 << 20));
    vec![
        limit(of_top("64 MiB index.json", "index.json", &blank)),
        limit(of_image("64 MiB manifest", &image().manifest_field("x", text(64)))),
        limit(of_image("64 MiB config", &image().config_field("x", text(64)))),
        of_predicate("64 MiB statement", obj([("x", text(64))])).hits_in(SHOW, "statement-bytes", "80M"),
        of_image("as large as allowed", &image().config_field("x", text(19)).manifest_field("y", text(19))),
        of_predicate("a statement as large as allowed", obj([("x", text(39))])),
    ]
}

/// As many of the smallest items as fit this many bytes.
fn list(item: &str, bytes: usize) -> Json {
    raw(format!("[{}{item}]", format!("{item},").repeat(bytes / (item.len() + 1))))
}

/// As many members as fit this many bytes.
fn map(value: &str, bytes: usize) -> Json {
    let mut text = String::from("{");
    let mut number = 0;
    while text.len() < bytes {
        write!(text, "\"{number:x}\":{value},").unwrap();
        number += 1;
    }
    raw(text + "\"\":\"\"}")
}

fn of_index(name: &'static str, manifests: Json) -> Hostile {
    let mut files = shapes::oci_archive();
    files.replace("index.json", obj([("schemaVersion", 2.into()), ("manifests", manifests)]).compact());
    Hostile::of(name, &files)
}

/// As many entries of a list as the limit on values allows.
pub(crate) fn descriptors() -> Hostile {
    of_index("240,000 empty descriptors", list("{}", 3 * 240_000))
}

/// Documents just below the limit of bytes, with nothing but the smallest things that are taken apart.
pub(crate) fn wide() -> Vec<Hostile> {
    let bytes = 19 << 20;
    let docker = |name, document: &str, value: Json| {
        let mut files = shapes::docker25();
        files.replace(document, value.compact());
        Hostile::of(name, &files)
    };
    let rootfs = |diff_ids: Json| obj([("type", "layers".into()), ("diff_ids", diff_ids)]);
    let docker_image = |layers| arr([obj([("Config", "x".into()), ("RepoTags", arr(["a:b"])), ("Layers", layers)])]);
    vec![
        of_index("empty descriptors", list("{}", bytes)),
        of_index("510,000 empty descriptors", list("{}", 3 * 510_000)).hits("json-values", "2M"),
        descriptors(),
        of_index("numbers for descriptors", list("0", bytes)),
        of_image("empty layers", &Image::new("linux/amd64").manifest_field("layers", list("{}", bytes))),
        of_image("annotations", &image().manifest_field("annotations", map("\"\"", bytes))),
        of_image("annotations that are none", &image().manifest_field("annotations", map("0", bytes))),
        of_image("empty history", &image().without_history().config_field("history", list("{}", bytes))),
        of_image("diff_ids that are none", &image().config_field("rootfs", rootfs(list("0", bytes)))),
        of_image("environment", &image().config_field("config", obj([("Env", list("\"\"", bytes))]))),
        of_image("labels", &image().config_field("config", obj([("Labels", map("\"\"", bytes))]))),
        docker("docker images", "manifest.json", list("{}", bytes)),
        docker("docker layers", "manifest.json", docker_image(list("\"\"", bytes))),
        docker("repositories", "repositories", map("{}", bytes)),
    ]
}

/// Statements just below the limit of bytes.
pub(crate) fn statements() -> Vec<Hostile> {
    let bytes = 39 << 20;
    let materials = obj([("buildDefinition", obj([("resolvedDependencies", list("{}", bytes))]))]);
    vec![
        of_predicate("millions of materials", materials),
        of_predicate("millions of keys", map("0", bytes)),
        of_subjects("millions of subjects", list("{}", bytes)),
    ]
}

pub(crate) fn too_many_subjects() -> Hostile {
    of_subjects("600,000 subjects", list("{}", 3 * 600_000)).hits("json-values", "2M")
}

fn of_subjects(name: &'static str, subjects: Json) -> Hostile {
    let mut sample = Sample::single();
    let image = sample.images[0].desc.clone();
    let stated = obj([("_type", "https://in-toto.io/Statement/v1".into()), ("subject", subjects)]);
    let about = Attestation::of(&image).stored(PROVENANCE_V1, stated).put(&mut sample.store);
    let root = Index::of([&image, &about]).put(&mut sample.store);
    Hostile::of(name, &layout(&sample.store, &root))
}

/// Documents that are allowed each by itself, and too much together.
pub(crate) fn together() -> Hostile {
    let mut store = Store::new();
    let text = raw(format!("\"{}\"", "x".repeat(18 << 20)));
    let image = |n: usize| {
        let annotations = obj([(&*format!("key.{n}"), text.clone())]);
        Image::new(&format!("linux/a{n}")).manifest_field("annotations", annotations)
    };
    let images: Vec<_> = (0..6).map(|n| image(n).put(&mut store).desc).collect();
    let root = Index::of(&images).put(&mut store);
    Hostile::of("100 MiB of annotations", &layout(&store, &root)).hits("graph-bytes", "1G")
}

/// A hundred thousand of everything that is listed.
pub(crate) fn listed() -> Vec<Hostile> {
    let numbers = 0..100_000;
    let annotations: Vec<_> = numbers.clone().map(|n| (format!("key.{n}"), Json::from("value"))).collect();
    let annotations = Json::Object(annotations);
    let mut history = image();
    for n in numbers.clone() {
        history = history.history(&format!("RUN {n}"), n > 0);
    }
    let diff_ids = arr(numbers.clone().map(|n| format!("sha256:{n:064x}")));
    let tags: Vec<String> = numbers.map(|n| format!("example.com/app:v{n}")).collect();
    let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
    vec![
        of_image("100,000 annotations", &image().manifest_field("annotations", annotations)),
        of_image("100,000 lines of history", &history),
        of_image("100,000 diff_ids", &image().config_field("rootfs", obj([("diff_ids", diff_ids)]))),
        Hostile::of("100,000 tags", &docker25(&[image().put(&mut Store::new()).tagged(&tags)])),
    ]
}
