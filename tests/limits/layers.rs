//! Layers: bombs, entries, headers, links.

use std::io::Write as _;

use super::archives::sparse;
use super::{Hostile, layout};
use crate::support::files::{LongNames, pax_record, raw_tar};
use crate::support::json::Json;
use crate::support::{Compression, Files, Image, Layer, Store, arr, obj};

const DEEP: &str = "verify IMAGE --deep";

fn of(name: &'static str, layers: Vec<Layer>) -> Hostile {
    let mut store = Store::new();
    let image = layers.into_iter().fold(Image::new("linux/amd64"), Image::layer).put(&mut store);
    Hostile::of(name, &layout(&store, &image.desc))
}

fn of_tar(name: &'static str, tar: Vec<u8>) -> Hostile {
    of(name, vec![Layer::from_tar_bytes(tar).compressed(Compression::GzipDeflate(1))])
}

pub(crate) fn small() -> Vec<Hostile> {
    bombs().into_iter().chain(headers()).chain(links()).collect()
}

fn bombs() -> Vec<Hostile> {
    let zeros = Layer::new().file("etc/words", vec![0; 100 << 20]);
    let gzip = zeros.clone().compressed(Compression::GzipDeflate(9));
    let zstd = zeros.compressed(Compression::ZstdReal(3));
    let windows = |name, log| of(name, (0..4).map(|number| window(number, log)).collect());
    vec![
        of("a thousandfold, gzip", vec![gzip]),
        of("zstd bomb", vec![zstd]).hits_in(DEEP, "inflate-ratio", "100000"),
        windows("windows of 128 MiB", 27),
        windows("windows of 2 GiB", 31),
    ]
}

/// A layer whose zstd frame asks for a window of this many bits.
fn window(number: u8, log: u32) -> Layer {
    let mut files = Files::new();
    let mut state = u64::from(number) + 1;
    let noise = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 56) as u8
    });
    files.file("etc/words", noise.take(1 << 20).collect::<Vec<u8>>());
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
    encoder.window_log(log).unwrap();
    encoder.write_all(&files.to_tar()).unwrap();
    let layer = Layer::from_tar_bytes(encoder.finish().unwrap());
    layer.media_type("application/vnd.oci.image.layer.v1.tar+zstd")
}

fn many(count: usize, add: impl Fn(Layer, usize) -> Layer) -> Layer {
    (0..count).fold(Layer::new(), add)
}

/// Layers of some times this many entries.
pub(crate) fn entries(count: usize) -> Vec<Hostile> {
    let files = many(count, |layer, n| layer.file(&format!("d{}/f{n}", n % 100), ""));
    let whiteouts = many(count / 2, |layer, n| layer.whiteout(&format!("d{}/f{n}", n % 100)));
    let opaque = many(count / 10, |layer, _| layer.opaque("d99"));
    let one = many(count, |layer, _| layer.file("etc/words", "x"));
    let deep = many(50, |layer, n| layer.file(&format!("{n}/{}x", "d/".repeat(1_000)), ""));
    let thousand = many(1_000, |layer, n| layer.file(&format!("f{n}"), ""));
    vec![
        of("many files, half of them removed, and a folder emptied again and again", vec![files, whiteouts, opaque]),
        of("one file many times", vec![one]),
        of("paths of 1,000 folders", vec![deep.gzip()]),
        again("one layer of 1,000 files many times", thousand, count / 500),
    ]
}

/// One layer of 2,000 files in folders of their own, many times.
pub(crate) fn folders_again(times: usize) -> Hostile {
    again("one layer of 2,000 folders", many(2_000, |layer, n| layer.file(&format!("d{n}/f"), "")), times)
}

/// An image with more layers than any engine stacks.
pub(crate) fn many_layers(count: usize) -> Hostile {
    again("one small layer many times", Layer::new().file("etc/words", "x"), count)
}

/// As many layers, each with content of its own.
pub(crate) fn different_layers(count: usize) -> Hostile {
    let layer = |number: usize| Layer::new().file("etc/words", number.to_string()).gzip();
    of("many small layers", (0..count).map(layer).collect())
}

/// An image that lists one layer many times.
fn again(name: &'static str, layer: Layer, times: usize) -> Hostile {
    let mut store = Store::new();
    let built = Image::new("linux/amd64").layer(layer.gzip()).put(&mut store);
    let layers = arr(vec![built.layers[0].desc.json(); times]);
    let diff_ids = arr(vec![Json::from(&built.layers[0].diff_id); times]);
    let rootfs = obj([("type", "layers".into()), ("diff_ids", diff_ids)]);
    let image = Image::new("linux/amd64").manifest_field("layers", layers).config_field("rootfs", rootfs);
    let built = image.put(&mut store);
    Hostile::of(name, &layout(&store, &built.desc))
}

/// A path that is as long to write as all that is above it, for each of its folders.
pub(crate) fn deepest() -> Hostile {
    of("a path of 4,000 folders", vec![Layer::new().file(&format!("{}x", "d/".repeat(4_000)), "").gzip()])
}

/// The same, so deep that nobody can want it listed.
pub(crate) fn deeper_than_any() -> Hostile {
    let deepest =
        of("a path of 30,000 folders", vec![Layer::new().file(&format!("{}x", "d/".repeat(30_000)), "").gzip()]);
    deepest.hits_in("files IMAGE --top 3", "entries", "100M")
}

/// Folders that are each one deeper than the one before: as many steps to find their places as the square of their number.
pub(crate) fn deeper_and_deeper() -> Hostile {
    let folders = (1..1_200).fold(Layer::new(), |layer, depth| layer.dir(&"d/".repeat(depth)));
    let few = "files IMAGE --top 3 --limits entries=20000";
    of("1,200 folders, each in the one before", vec![folders.gzip()]).hits_in(few, "entries", "1M")
}

/// Names that fill the memory for merged layers long before their number does.
pub(crate) fn long_names() -> Hostile {
    let names = (0..1_800).fold(Layer::new(), |layer, n| layer.file(&format!("{n}{}", "n".repeat(60_000)), ""));
    of("1,800 names of 60,000 bytes", vec![names.gzip()]).hits_in("files IMAGE --top 3", "entries", "10M")
}

fn headers() -> Vec<Hostile> {
    let long = "n".repeat(1 << 20);
    let mut all = Vec::new();
    for (name, how, limit) in
        [("a PAX name of 1 MiB", LongNames::Pax, "pax-bytes"), ("a GNU name of 1 MiB", LongNames::Gnu, "name-bytes")]
    {
        let mut files = Files::new();
        files.file(&long, "x").file("etc/words", "x");
        all.push(of_tar(name, files.to_tar_with(how)).hits_in(DEEP, limit, "2M"));
    }
    let mut files = Files::new();
    let tar = files.file("etc/words", "x").to_tar();
    let with_pax = |records: &str| raw_tar::with_pax_bytes(&tar, "etc/words", records);
    let with_size =
        |field: [u8; 12]| raw_tar::with_header(&tar, "etc/words", |block| block[124..136].copy_from_slice(&field));
    let header = of_tar("a PAX header of 32 MiB", with_pax(&pax_record("comment", &"x".repeat(32 << 20))));
    all.push(header.hits_in(DEEP, "pax-bytes", "64M"));
    all.push(of_tar("a size near 2^63", with_size(*b"\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xfe\0")));
    all.push(of_tar("a negative size", with_size([0xff; 12])));
    all.push(of_tar("a sparse member of 1 TiB", raw_tar::with_header(&tar, "etc/words", sparse)));
    let sparse = [("major", "1"), ("minor", "0"), ("name", "etc/words"), ("realsize", "1099511627776")];
    let sparse = sparse.map(|(key, value)| pax_record(&format!("GNU.sparse.{key}"), value)).concat();
    all.push(of_tar("a sparse member of 1 TiB in PAX", with_pax(&sparse)));
    let attributes = (0..1_000).fold(Layer::new(), |layer, number| {
        let layer = layer.file(&format!("f{number}"), "");
        (0..10).fold(layer, |layer, key| layer.pax(&format!("SCHILY.xattr.user.a{key}"), &"v".repeat(10_000)))
    });
    all.push(of("100 MB of attributes", vec![attributes.compressed(Compression::GzipDeflate(1))]));
    all
}

fn links() -> Vec<Hostile> {
    const LONG: usize = 10_000;
    let chain = |first: Layer, link: &dyn Fn(Layer, usize) -> Layer| (0..LONG).fold(first, link);
    let symbolic = |layer: Layer, n| layer.symlink(&format!("n{}", n + 1), &format!("n{n}"));
    let through = |layer: Layer, n| symbolic(layer, n).file(&format!("n{}/x{n}", n + 1), "");
    let hard = |layer: Layer, n| layer.hardlink(&format!("n{}", n + 1), &format!("n{n}"));
    let circle = Layer::new().symlink("a", "b").symlink("b", "a").symlink("etc", "a");
    let circle = circle.hardlink("h", "h").hardlink("i", "j").hardlink("j", "i");
    // Each link goes twice through the one before.
    let doubling = |layer: Layer, n| layer.symlink(&format!("d{}", n + 1), &format!("d{n}/../d{n}"));
    let doubling = (0..60).fold(Layer::new().dir("d0"), doubling);
    let below = |layer: Layer, n: usize| layer.file(&format!("d60/f{n}"), "");
    vec![
        of("a chain of symbolic links", vec![chain(Layer::new().file("n0", "x"), &symbolic).symlink("etc", "n10000")]),
        of("files through a chain of links", vec![chain(Layer::new().dir("n0"), &through)]),
        of("a chain of hard links", vec![chain(Layer::new().file("n0", "x"), &hard).hardlink("etc/words", "n10000")]),
        of("circles of links", vec![chain(circle, &|layer, n| layer.file(&format!("a/x{n}"), ""))]),
        of("links that double the way", vec![chain(doubling.symlink("etc", "d60"), &below)]),
    ]
}
