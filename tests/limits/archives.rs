//! Archives: entries, names, sizes, links, what wraps the whole.

use super::Hostile;
use crate::support::amount::many;
use crate::support::files::{LongNames, pax_record, raw_tar};
use crate::support::{Compression, Files, builder, shapes};

/// A sound archive with something more in it.
fn with(change: impl FnOnce(&mut Files)) -> Files {
    let mut files = shapes::docker25();
    change(&mut files);
    files
}

pub(crate) fn small() -> Vec<Hostile> {
    names().into_iter().chain(sizes()).chain(links()).chain(whole()).collect()
}

fn with_many(count: usize, name: impl Fn(usize) -> String) -> Files {
    with(|files| {
        for number in 0..count {
            files.file(&name(number), "{}");
        }
    })
}

pub(crate) fn blobs() -> Hostile {
    Hostile::of("many blobs", &with_many(many(60_000), |n| format!("blobs/sha256/{n:064x}")))
}

pub(crate) fn entries(count: usize) -> Hostile {
    Hostile::of("many entries", &with_many(count, |n| format!("n{n}")))
}

pub(crate) fn one_name_again() -> Hostile {
    Hostile::of("one name many times", &with_many(many(60_000), |_| "blobs/sha256/x".to_string()))
}

/// Names that fill the memory for them long before their number does.
pub(crate) fn long_names() -> Hostile {
    let files = with_many(1_200, |n| format!("{n}{}", "n".repeat(60_000)));
    Hostile::of("72 MB of names", &files).hits("members", "10M")
}

/// Names that stand for layers that are not there, in a file of many members.
pub(crate) fn dangling_names() -> Hostile {
    let names = (0..many(30_000)).map(|n| format!("\"app{n}\":{{\"1.0\":\"{n:064x}\"}}"));
    let repositories = format!("{{{}}}", names.collect::<Vec<_>>().join(","));
    let files = with(|files| {
        files.file("repositories", repositories);
        for number in 0..many(60_000) {
            files.file(&format!("n{number}"), "");
        }
    });
    Hostile::of("many dangling names", &files)
}

fn names() -> Vec<Hostile> {
    let long = "n".repeat(1 << 20);
    let mut all = Vec::new();
    // A PAX record of this length is over both limits; the one of headers comes first.
    let kinds =
        [("a PAX name of 1 MiB", LongNames::Pax, "pax-bytes"), ("a GNU name of 1 MiB", LongNames::Gnu, "name-bytes")];
    for (name, how, limit) in kinds {
        let named = with(|files| {
            files.file(&long, "x");
        });
        let linked = with(|files| {
            files.symlink("link", &long);
        });
        all.push(Hostile::from_bytes(name, named.to_tar_with(how)).hits(limit, "2M"));
        all.push(Hostile::from_bytes(name, linked.to_tar_with(how)).hits(limit, "2M"));
    }
    let tar = shapes::docker25().to_tar();
    let with_pax = |records: &str| raw_tar::with_pax_bytes(&tar, "index.json", records);
    let header = Hostile::from_bytes("a PAX header of 32 MiB", with_pax(&pax_record("comment", &"x".repeat(32 << 20))));
    all.push(header.hits("pax-bytes", "64M"));
    let records: String = (0..60_000).map(|n| pax_record(&format!("k{n}"), "v")).collect();
    all.push(Hostile::from_bytes("60,000 PAX records", with_pax(&records)));
    let documents = with(|files| {
        let text = files.bytes("index.json").to_vec();
        for _ in 0..20_000 {
            files.file("index.json", text.clone());
        }
    });
    all.push(Hostile::of("20,000 times index.json", &documents));
    all
}

fn sizes() -> Vec<Hostile> {
    let tar = shapes::docker25().to_tar();
    let base256 = |value: u64| {
        let mut field = [0; 12];
        field[0] = 0x80;
        field[4..].copy_from_slice(&value.to_be_bytes());
        field
    };
    let with_size = |name, field: [u8; 12]| {
        let change = |block: &mut [u8; 512]| block[124..136].copy_from_slice(&field);
        Hostile::from_bytes(name, raw_tar::with_header(&tar, "index.json", change))
    };
    let mut all = vec![
        with_size("a negative size", [0xff; 12]),
        with_size("a size near 2^63", base256(i64::MAX as u64 - 511)),
        with_size("a size of 2^64 - 1", base256(u64::MAX)),
        with_size("the largest octal size", *b"777777777777"),
        Hostile::from_bytes("a PAX size of 2^63 - 1", raw_tar::with_pax_size(&tar, "index.json", i64::MAX as u64)),
        Hostile::from_bytes("a sparse member of 1 TiB", raw_tar::with_header(&tar, "index.json", sparse)),
    ];
    for size in ["-1", "9223372036854775807", "18446744073709551616", "1e300", "0.5", "\"1\"", "null"] {
        let mut files = shapes::multi();
        files.edit_json("index.json", |text| {
            let at = text.find("\"size\":").unwrap() + 7;
            let end = at + text[at..].find([',', '}']).unwrap();
            format!("{}{size}{}", &text[..at], &text[end..])
        });
        all.push(Hostile::of("a size in a descriptor", &files));
    }
    all
}

/// Makes a header that of a GNU sparse member, of 1 TiB with one byte in it.
pub(crate) fn sparse(block: &mut [u8; 512]) {
    block[156] = b'S';
    block[257..265].copy_from_slice(b"ustar  \0");
    block[345..].fill(0);
    block[386..398].copy_from_slice(b"00000000000\0");
    block[398..410].copy_from_slice(b"00000000001\0");
    block[483] = 0x80;
    block[487..495].copy_from_slice(&(1_u64 << 40).to_be_bytes());
}

fn links() -> Vec<Hostile> {
    let chain = |link: &dyn Fn(&mut Files, &str, &str)| {
        with(|files| {
            files.rename("index.json", "n0");
            for number in 0..10_000 {
                link(files, &format!("n{}", number + 1), &format!("n{number}"));
            }
            link(files, "index.json", "n10000");
        })
    };
    let symbolic = chain(&|files, name, target| {
        files.symlink(name, target);
    });
    let hard = chain(&|files, name, target| {
        files.hardlink(name, target);
    });
    let circle = with(|files| {
        files.remove("index.json").symlink("index.json", "b").symlink("b", "index.json").symlink("self", "self");
    });
    let folders = with(|files| {
        for number in 0..2_000 {
            files.symlink(&format!("d{number}"), &format!("d{}/.", number + 1));
        }
        files.remove("index.json").symlink("index.json", "d0/d0/d0/d0/x");
    });
    vec![
        Hostile::of("a chain of symbolic links", &symbolic).hits("link-hops", "20000"),
        Hostile::of("a chain of hard links", &hard).hits("link-hops", "20000"),
        Hostile::of("a circle of links", &circle),
        Hostile::of("folders that are links", &folders),
    ]
}

fn whole() -> Vec<Hostile> {
    let tar = with(|files| {
        files.file("zeros", vec![0; 100 << 20]);
    });
    let tar = tar.to_tar();
    let zstd = Hostile::from_bytes("zstd bomb", builder::compress(&tar, Compression::ZstdReal(3)));
    vec![
        Hostile::from_bytes("a thousandfold, gzip", builder::compress(&tar, Compression::GzipDeflate(9))),
        zstd.hits("inflate-ratio", "100000"),
    ]
}
