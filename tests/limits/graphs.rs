//! Graphs: nested, branching, in circles, of many nodes.

use super::{Hostile, layout};
use crate::support::amount::many;
use crate::support::builder::descriptor::{OCI_CONFIG, OCI_INDEX, OCI_MANIFEST};
use crate::support::builder::dual::docker25;
use crate::support::{Artifact, Attestation, Desc, Files, Image, Index, Layer, Layout, Sample, Store};
use crate::support::{arr, blob_name, obj};

/// Descriptors of a given number of things that are not there.
fn absent(count: usize, media_type: &str) -> Vec<Desc> {
    let digest = |n| format!("sha256:{n:064x}");
    (0..count).map(|n| Desc::new(media_type, &digest(n), 100).platform(&format!("linux/a{n}"))).collect()
}

/// A chain of nodes, each made of the one before.
fn chain(sample: &mut Sample, length: usize, mut next: impl FnMut(&mut Store, &Desc, usize) -> Desc) -> Vec<Desc> {
    let mut chain = vec![sample.root.clone()];
    for number in 0..length {
        let link = next(&mut sample.store, &chain[number], number);
        chain.push(link);
    }
    chain
}

pub(crate) fn nested() -> Vec<Hostile> {
    let mut all = Vec::new();
    let mut sample = Sample::single();
    let indexes = chain(&mut sample, 100, |store, below, _| Index::of([below]).put(store));
    let nested = Hostile::of("100 nested indexes", &layout(&sample.store, &indexes[100]));
    all.push(nested.hits("index-depth", "200"));

    // 2^40 ways lead to the one image.
    let mut sample = Sample::single();
    let indexes = chain(&mut sample, 40, |store, below, number| {
        let twin = Index::of([below]).annotation("n", &number.to_string()).put(store);
        Index::of([below, &twin, below]).put(store)
    });
    all.push(Hostile::of("branching indexes", &layout(&sample.store, &indexes[40])));

    // Breadth first the way to each is short; depth first it is as long as the list.
    let mut sample = Sample::single();
    let indexes = chain(&mut sample, 3_000, |store, below, _| Index::of([below]).put(store));
    let root = Index::of(indexes.iter().rev()).put(&mut sample.store);
    all.push(Hostile::of("a staircase of indexes", &layout(&sample.store, &root)));
    all.push(referrers(3_000));
    all
}

/// Referrers that are each about the one before.
pub(crate) fn referrers(length: usize) -> Hostile {
    let mut sample = Sample::single();
    let referrers = chain(&mut sample, length, |store, about, number| sbom(number).subject(about).put(store));
    let root = Index::of(referrers.iter().rev()).put(&mut sample.store);
    Hostile::of("a chain of referrers", &layout(&sample.store, &root))
}

/// Indexes that each list a referrer of the one before.
pub(crate) fn referrers_in_indexes(length: usize) -> Hostile {
    let mut sample = Sample::single();
    let indexes = chain(&mut sample, length, |store, about, number| {
        let referrer = sbom(number).subject(about).put(store);
        Index::of([&referrer]).put(store)
    });
    let root = Index::of(&indexes).put(&mut sample.store);
    Hostile::of("indexes of referrers of indexes", &layout(&sample.store, &root))
}

fn sbom(number: usize) -> Artifact {
    Artifact::new("application/vnd.example.sbom").file("text/plain", "x", &number.to_string())
}

pub(crate) fn circles() -> Vec<Hostile> {
    let [a, b] = ["a", "b"].map(|letter| format!("sha256:{}", letter.repeat(64)));
    let circle = |name, media_type: &str, document: &dyn Fn(&str) -> String| {
        let mut files = Files::new();
        files.file("oci-layout", r#"{"imageLayoutVersion":"1.0.0"}"#);
        files.file(&blob_name(&a), document(&b)).file(&blob_name(&b), document(&a));
        let root = Desc::new(media_type, &a, 300);
        files.file("index.json", Index::of([&root, &root]).json().compact());
        Hostile::of(name, &files)
    };
    let indexes = |digest: &str| {
        let other = Desc::new(OCI_INDEX, digest, 300);
        Index::of([&other, &other]).json().compact()
    };
    let subjects = |digest: &str| {
        let other = |media_type: &str| Desc::new(media_type, digest, 300).json();
        let manifest = obj([("schemaVersion", 2.into()), ("mediaType", OCI_MANIFEST.into())]);
        let manifest = manifest.with("config", other(OCI_CONFIG)).with("layers", arr([other("text/plain")]));
        manifest.with("subject", other(OCI_MANIFEST)).compact()
    };
    vec![circle("a circle of indexes", OCI_INDEX, &indexes), circle("a circle of subjects", OCI_MANIFEST, &subjects)]
}

/// As many nodes as a graph of many has.
fn nodes() -> usize {
    many(20_000)
}

fn stored_images() -> (Store, Vec<Desc>) {
    let mut store = Store::new();
    let images = (0..nodes()).map(|n| Image::new(&format!("linux/a{n}")).put(&mut store).desc).collect();
    (store, images)
}

pub(crate) fn images() -> Hostile {
    let (mut store, images) = stored_images();
    let root = Index::of(&images).put(&mut store);
    Hostile::of("many images", &layout(&store, &root))
}

/// An image whose manifest is long, listed again and again.
pub(crate) fn one_large_image() -> Hostile {
    let mut store = Store::new();
    let layer = Layer::of(&[("etc/words", "x")]);
    let image = Image::new("linux/amd64").layer(layer).annotation("long", &"x".repeat(10 << 20)).put(&mut store);
    let root = Index::of(vec![&image.desc; nodes()]).put(&mut store);
    Hostile::of("a manifest of 10 MiB many times", &layout(&store, &root))
}

/// As many names as there are images in the one index that they all stand for.
pub(crate) fn names_of_one_index(count: usize) -> Hostile {
    let mut sample = Sample::single();
    let children = absent(count, OCI_MANIFEST);
    let index = Index::of(children.iter().chain([&sample.images[0].desc])).put(&mut sample.store);
    let named = |n| index.named(&format!("example.com/team/app:v{n}"));
    let all = (0..count).fold(Layout::new(&sample.store), |all, n| all.root(&named(n)));
    Hostile::of("many names of one index", &all.files())
}

pub(crate) fn absent_images() -> Hostile {
    let mut sample = Sample::single();
    let children = absent(nodes(), OCI_MANIFEST);
    let root = Index::of(children.iter().chain([&sample.images[0].desc])).put(&mut sample.store);
    Hostile::of("many absent images", &layout(&sample.store, &root))
}

pub(crate) fn one_image_again() -> Hostile {
    let mut sample = Sample::single();
    let again = vec![&sample.images[0].desc; nodes()];
    let root = Index::of(again).put(&mut sample.store);
    Hostile::of("one image many times", &layout(&sample.store, &root))
}

pub(crate) fn one_name_again() -> Hostile {
    let sample = Sample::single();
    let named = sample.images[0].desc.named("example.com/team/app:1.0");
    let again = (0..nodes()).fold(Layout::new(&sample.store), |all, _| all.root(&named));
    Hostile::of("one name many times", &again.files())
}

pub(crate) fn absent_layers() -> Hostile {
    let mut store = Store::new();
    let layers = arr(absent(nodes(), "application/vnd.oci.image.layer.v1.tar").iter().map(Desc::json));
    let image = Image::new("linux/amd64").manifest_field("layers", layers).put(&mut store);
    Hostile::of("many absent layers", &layout(&store, &image.desc))
}

pub(crate) fn names() -> Hostile {
    let (store, images) = stored_images();
    let roots = images.iter().enumerate();
    let roots = roots.fold(Layout::new(&store), |all, (n, root)| all.root(&root.named(&format!("x.example/app:v{n}"))));
    Hostile::of("many names", &roots.files())
}

/// As many names of one image as a document has room for.
pub(crate) fn names_of_one_image() -> Hostile {
    let sample = Sample::single();
    let named = |n| sample.images[0].desc.tagged(&format!("v{n}"));
    let all = (0..many(80_000)).fold(Layout::new(&sample.store), |all, n| all.root(&named(n)));
    Hostile::of("many names of one image", &all.files())
}

/// Graphs of this many documents that are there.
pub(crate) fn of_documents(count: usize) -> Vec<Hostile> {
    let mut all = Vec::new();

    let mut store = Store::new();
    let layer = |n| Layer::new().file(&format!("f{n}"), "x");
    let image = (0..count).fold(Image::new("linux/amd64"), |image, n| image.layer(layer(n))).put(&mut store);
    all.push(Hostile::of("many layers", &layout(&store, &image.desc)));

    let mut sample = Sample::single();
    let subject = sample.images[0].desc.clone();
    let mut children = vec![subject.clone()];
    for n in 0..count {
        let about = Attestation::of(&subject).statement(&format!("https://x.example/{n}"), obj([]));
        children.push(about.put(&mut sample.store));
    }
    let root = Index::of(&children).put(&mut sample.store);
    all.push(Hostile::of("many attestations", &layout(&sample.store, &root)));

    let mut store = Store::new();
    let images = (0..count).map(|n| (n, Image::new("linux/amd64").layer(layer(n)).put(&mut store)));
    let images: Vec<_> = images.map(|(n, image)| image.tagged(&[&format!("app:{n}")])).collect();
    all.push(Hostile::of("many docker images", &docker25(&images)));
    all
}
