//! Merging, in short: each line of a layer is a member of its archive.

use proptest::prelude::*;

use super::entry::Span;
use super::*;
use crate::tar_index::show_name;

/// A layer of lines: `d NAME`, `f NAME`, `l NAME TARGET`, `h NAME TARGET`, `w NAME` (whiteout), `o NAME` (opaque).
fn layer(lines: &[&str]) -> Arc<LayerEntries> {
    let mut layer = LayerEntries::default();
    for (member, line) in (0..).zip(lines) {
        let mut words = line.split(' ');
        let (kind, name) = (words.next().unwrap(), words.next().unwrap_or(""));
        let kind = match kind {
            "d" => FileKind::Directory,
            "f" => FileKind::File,
            "l" => FileKind::Symlink,
            "h" => FileKind::HardLink,
            "w" => FileKind::Whiteout,
            "o" => FileKind::OpaqueWhiteout,
            other => panic!("{other}"),
        };
        let start = layer.names.len();
        layer.names.extend_from_slice(name.as_bytes());
        let end = layer.names.len();
        layer.names.extend_from_slice(words.next().unwrap_or("").as_bytes());
        layer.entries.push(Entry {
            name: Span::new(start, end).unwrap(),
            link: Span::new(end, layer.names.len()).unwrap(),
            size_or_device: 1,
            mtime: 0,
            mtime_nanos: 0,
            uid: 0,
            gid: 0,
            member,
            mode: 0o644,
            kind,
        });
    }
    Arc::new(layer)
}

fn try_merge(layers: &[&[&str]], limit: usize) -> Result<Rootfs, crate::limits::LimitReached> {
    let entries: Vec<_> = layers.iter().map(|lines| layer(lines)).collect();
    let place = |_: u32| crate::finding::Place::of("layer");
    let mut merger = merge::Merger::new(Tree::new(entries), &place, limit, 100);
    for number in 0..layers.len() as u32 {
        merger.apply(number)?;
    }
    Ok(Rootfs { tree: merger.tree, findings: merger.findings })
}

fn merged(layers: &[&[&str]]) -> Rootfs {
    try_merge(layers, 10_000).unwrap()
}

/// Each name with the layer and the member that it is from: `a/b 2:0`; directories without an entry have none.
fn listing(rootfs: &Rootfs) -> Vec<String> {
    let shown = |(id, _)| {
        let name = String::from_utf8(rootfs.path(id)).unwrap();
        let from = rootfs.file(id).map_or(String::new(), |file| format!(" {}:{}", file.layer, file.entry.member));
        format!("{name}{from}")
    };
    rootfs.walk(rootfs.root()).skip(1).map(shown).collect()
}

#[test]
fn layers_on_layers() {
    for (what, layers, expected) in [
        ("one layer", &[&["d a", "f a/b"][..]][..], &["a 1:0", "a/b 1:1"][..]),
        ("a directory that no entry describes", &[&["f a/b"]], &["a", "a/b 1:0"]),
        ("a file replaced", &[&["f a"], &["f a"]], &["a 2:0"]),
        ("a directory keeps what is in it", &[&["d a", "f a/b"], &["d a"]], &["a 2:0", "a/b 1:1"]),
        ("a whiteout", &[&["f a", "f b"], &["w a"]], &["b 1:1"]),
        ("a whiteout of a directory", &[&["d a", "f a/b", "f c"], &["w a"]], &["c 1:2"]),
        ("a whiteout spares its own layer, after", &[&["f a/b"], &["w a/b", "f a/b"]], &["a", "a/b 2:1"]),
        ("a whiteout spares its own layer, before", &[&["f a/b"], &["f a/b", "w a/b"]], &["a", "a/b 2:0"]),
        ("a directory made anew", &[&["d a", "f a/b"], &["d a", "f a/c", "w a"]], &["a 2:0", "a/c 2:1"]),
        ("a whiteout in the lowest layer", &[&["w a", "f a"]], &["a 1:1"]),
        ("a whiteout of nothing makes its directory", &[&["w a/b"]], &["a"]),
        ("an opaque directory", &[&["d a", "f a/b", "f a/c/d"], &["o a", "f a/e"]], &["a 1:0", "a/e 2:1"]),
        ("opaque, behind its siblings", &[&["f a/b"], &["f a/e", "o a"]], &["a", "a/e 2:0"]),
        ("opaque at the root", &[&["f a/b", "f c"], &["o", "f d"]], &["d 2:1"]),
        ("opaque spares other directories", &[&["f a/b", "f aa/b"], &["o a"]], &["a", "aa", "aa/b 1:1"]),
        ("three layers", &[&["f a/b"], &["w a/b"], &["f a/c"]], &["a", "a/c 3:0"]),
        ("whiteout of a whiteout's ground", &[&["f a"], &["w a"], &["w a", "f a"]], &["a 3:1"]),
        ("a directory becomes a file", &[&["d a", "f a/b"], &["f a"]], &["a 2:0"]),
        ("a file becomes a directory", &[&["f a"], &["d a", "f a/b"]], &["a 2:0", "a/b 2:1"]),
        ("a file becomes an undescribed directory", &[&["f a"], &["f a/b"]], &["a", "a/b 2:0"]),
        ("within one layer the last wins", &[&["d a", "f a/b", "f a", "d a"]], &["a 1:3"]),
        ("the root may be described", &[&["d ", "f a"]], &["a 1:1"]),
    ] {
        let rootfs = merged(layers);
        assert_eq!(listing(&rootfs), expected, "{what}");
        assert!(rootfs.findings().is_empty(), "{what}");
    }
}

#[test]
fn links() {
    for (what, layers, expected, findings) in [
        (
            "below a link",
            &[&["d usr/lib", "l lib usr/lib"][..], &["f lib/x"]][..],
            &["lib 1:1", "usr", "usr/lib 1:0", "usr/lib/x 2:0"][..],
            0,
        ),
        ("an absolute link", &[&["l lib /usr/lib", "f lib/x"]], &["lib 1:0", "usr", "usr/lib", "usr/lib/x 1:1"], 0),
        ("a link above the root", &[&["l up ../../..", "f up/x"]], &["up 1:0", "x 1:1"], 0),
        ("a link in a circle", &[&["l a b", "l b a", "f a/x"]], &["a 1:0", "b 1:1"], 1),
        ("a link to itself", &[&["l a a", "f a/x", "w a/y"]], &["a 1:0"], 2),
        (
            "a link replaced by a directory",
            &[&["f u/x", "l a u"], &["d a", "f a/y"]],
            &["a 2:0", "a/y 2:1", "u", "u/x 1:0"],
            0,
        ),
        (
            "a directory replaced by a link",
            &[&["f a/x", "d u"], &["l a u", "f a/y"]],
            &["a 2:0", "u 1:1", "u/y 2:1"],
            0,
        ),
        ("a whiteout through a link", &[&["f u/x", "l a u"], &["w a/x"]], &["a 1:1", "u"], 0),
        ("a whiteout of a link", &[&["f u/x", "l a u"], &["w a"]], &["u", "u/x 1:0"], 0),
        ("a hard link", &[&["f a", "h b a"]], &["a 1:0", "b 1:0"], 0),
        ("a hard link to a lower layer", &[&["f d/a"], &["h b /d/a"]], &["b 1:0", "d", "d/a 1:0"], 0),
        ("a hard link outlives its target", &[&["f a", "h b a"], &["w a"]], &["b 1:0"], 0),
        ("a hard link and a new file", &[&["f a", "h b a"], &["f a"]], &["a 2:0", "b 1:0"], 0),
        ("a hard link to a link", &[&["l a x", "h b a"]], &["a 1:0", "b 1:0"], 0),
        ("a hard link to itself", &[&["f a", "h a a"]], &["a 1:0"], 0),
        ("a hard link forward", &[&["h b a", "f a"]], &["a 1:1"], 1),
        ("a hard link to a directory", &[&["d a", "h b a"]], &["a 1:0"], 1),
        ("a hard link outside", &[&["h b ../../etc/passwd"]], &[], 1),
        ("a hard link that climbs", &[&["f t", "h b ../../t", "h c x/../t"]], &["b 1:0", "c 1:0", "t 1:0"], 0),
        ("a hard link to nothing", &[&["f a", "h b "]], &["a 1:0"], 1),
        ("a hard link on a directory", &[&["f a", "f d/x", "h d a"]], &["a 1:0", "d 1:0"], 0),
    ] {
        let rootfs = merged(layers);
        assert_eq!(listing(&rootfs), expected, "{what}");
        assert_eq!(rootfs.findings().len(), findings, "{what}: {:?}", rootfs.findings());
    }
}

#[test]
fn finding_files() {
    let rootfs = merged(&[&[
        "f etc/passwd",
        "l abs /etc/passwd",
        "l up ../../../etc/passwd",
        "l loop loop",
        "l dir etc",
        "l gone nowhere",
        "l empty ",
    ]]);
    let found = |path: &str, follow| {
        let found = rootfs.find(path.as_bytes(), follow).map(|id| String::from_utf8(rootfs.path(id)).unwrap());
        found.map_err(|missed| missed.to_string())
    };
    for (path, expected) in [
        ("/etc/passwd", Ok("etc/passwd")),
        ("./etc//passwd", Ok("etc/passwd")),
        ("abs", Ok("etc/passwd")),
        ("up", Ok("etc/passwd")),
        ("dir/passwd", Ok("etc/passwd")),
        ("dir/../../../etc", Ok("etc")),
        ("/", Ok("")),
        ("loop", Err("too many symbolic links")),
        ("gone", Err("no such file")),
        ("empty", Err("no such file")),
        ("etc/passwd/x", Err("a component of the path is not a directory")),
        ("nothing", Err("no such file")),
    ] {
        let expected = expected.map(str::to_owned).map_err(str::to_owned);
        assert_eq!(found(path, Follow::Link), expected, "{path}");
    }
    assert_eq!(found("dir", Follow::Nothing), Ok("dir".to_owned()));
    assert_eq!(found("dir/passwd", Follow::Nothing), Ok("etc/passwd".to_owned()));
}

#[test]
fn what_survives() {
    let rootfs = merged(&[&["f a", "f b", "h c a"], &["f a", "w b"]]);
    assert_eq!(rootfs.survivors(), [vec![true, false, false], vec![true, false]]);
}

#[test]
fn limits_hold() {
    let deep = format!("f {}", vec!["a"; 5_000].join("/"));
    assert_eq!(try_merge(&[&[&deep]], 1_000).unwrap_err().name, "entries");
    // Links that lead through each other make short names long to look up.
    let mut lines: Vec<String> = (0..40).map(|n| format!("l l{n} {}l{}", "x/../".repeat(300), n + 1)).collect();
    lines.push("d x".to_owned());
    lines.extend((0..3_000).map(|n| format!("f l1/{n}")));
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    assert_eq!(try_merge(&[&lines], 3_100).unwrap_err().name, "entries");
}

#[test]
fn many_whiteouts_of_many_files_take_no_time() {
    let files: Vec<String> = (0..100_000).map(|n| format!("f d/{n}")).collect();
    let opaque = vec!["o d"; 100_000];
    let mut lines: Vec<&str> = files.iter().map(String::as_str).collect();
    lines.extend(&opaque);
    let start = processor_seconds();
    assert_eq!(listing(&try_merge(&[&lines, &lines], 1_000_000).unwrap()).len(), 100_001);
    assert!(processor_seconds() - start < 20, "{} seconds", processor_seconds() - start);
}

/// What this thread took of the processor, which a busy machine does not change; 0 where the system does not say.
fn processor_seconds() -> u64 {
    let spent = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = spent.split(' ').next().and_then(|text| text.parse::<u64>().ok());
    nanoseconds.unwrap_or(0) / 1_000_000_000
}

/// Merges layers, and the lowest of them with one layer instead of the others: the state of both, and that layer.
fn squashed(layers: &[Vec<String>], cut: usize) -> (Vec<String>, Vec<String>, Vec<String>) {
    let entries: Vec<Arc<LayerEntries>> =
        layers.iter().map(|lines| layer(&lines.iter().map(String::as_str).collect::<Vec<_>>())).collect();
    let place = |_: u32| crate::finding::Place::of("layer");
    let mut merger = merge::Merger::new(Tree::new(entries), &place, 10_000, 100);
    (0..cut as u32).for_each(|number| merger.apply(number).unwrap());
    let lower = Rootfs { tree: merger.tree.clone(), findings: Vec::new() };
    merger.tree.seal();
    (cut as u32..layers.len() as u32).for_each(|number| merger.apply(number).unwrap());
    let merged = Rootfs { tree: merger.tree, findings: Vec::new() };
    let mut names: HashMap<EntryRef, String> = HashMap::new();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let items: Vec<Item> = Difference::new(&lower, &merged).items().collect();
    let origins = items.iter().map(|item| match item {
        Item::File(id) => merged.tree.entry_ref(*id),
        Item::Whiteout(..) => None,
    });
    let origins: Vec<Option<EntryRef>> = origins.collect();
    let lines: Vec<String> = items
        .into_iter()
        .map(|item| match item {
            Item::Whiteout(id, own) => match text(own) {
                own if own == ".wh..wh..opq" => format!("o {}", text(merged.path(id))),
                own => format!("w {}", text([&merged.path(id)[..], &own.as_bytes()[4..]].join(&b'/'))),
            },
            Item::File(id) => {
                let path = text(merged.path(id));
                match (merged.kind(id), merged.tree.entry_ref(id)) {
                    (FileKind::Directory, _) => format!("d {path}"),
                    (FileKind::Symlink, _) => {
                        format!("l {path} {}", text(merged.file(id).unwrap().link().to_vec()))
                    }
                    (_, Some(of)) => match names.get(&of) {
                        Some(first) => format!("h {path} {first}"),
                        None => {
                            names.insert(of, path.clone());
                            format!("f {path}")
                        }
                    },
                    other => panic!("{other:?}"),
                }
            }
        })
        .map(|line| line.replace(" /", " "))
        .collect();
    let mut all: Vec<Vec<&str>> =
        layers[..cut].iter().map(|lines| lines.iter().map(String::as_str).collect()).collect();
    all.push(lines.iter().map(String::as_str).collect());
    let all: Vec<&[&str]> = all.iter().map(Vec::as_slice).collect();
    let again = try_merge(&all, 10_000).unwrap();
    let of_new = |of: EntryRef| if of.layer as usize == cut { origins[of.entry as usize] } else { Some(of) };
    (state(&merged, Some), state(&again, of_new), lines)
}

/// What is where: kinds, which entry of the layers it is, and of a file the first of its names.
fn state(rootfs: &Rootfs, origin: impl Fn(EntryRef) -> Option<EntryRef>) -> Vec<String> {
    let mut first: HashMap<EntryRef, Vec<u8>> = HashMap::new();
    let describe = |(id, _): (FileId, usize)| {
        let (name, of) = (rootfs.path(id), rootfs.tree.entry_ref(id));
        let first = match rootfs.kind(id) {
            FileKind::File => show_name(first.entry(of.unwrap()).or_insert_with(|| name.clone())).into_owned(),
            _ => String::new(),
        };
        format!("{} {:?} {:?} {first}", show_name(&name), rootfs.kind(id), of.and_then(&origin))
    };
    rootfs.walk(rootfs.root()).skip(1).map(describe).collect()
}

#[test]
fn one_layer_instead_of_several() {
    for (what, layers, cut, expected) in [
        ("all", &[&["f a", "f b"][..], &["w a", "f c"]][..], 0, &["f b", "f c"][..]),
        ("a whiteout stays", &[&["f a", "f b"], &["w a"], &["f c"]], 1, &["w a", "f c"]),
        ("a whiteout that hides nothing below", &[&["f b"], &["f a"], &["w a"]], 1, &[]),
        ("a file that is gone again", &[&["f a"], &["f a"], &["w a"]], 1, &["w a"]),
        ("an opaque directory", &[&["f a/b", "f a/c"], &["o a", "f a/d"]], 1, &["d a", "o a", "f a/d"]),
        ("an opaque directory that was empty", &[&["d a"], &["o a", "f a/d"]], 1, &["d a", "f a/d"]),
        ("a directory made anew", &[&["f a/b"], &["w a"], &["f a/c"]], 1, &["d a", "o a", "f a/c"]),
        (
            "a new directory in an opaque one",
            &[&["f a/b/c"], &["o a", "f a/b/d"]],
            1,
            &["d a", "o a", "d a/b", "f a/b/d"],
        ),
        ("opaque at the root", &[&["f a", "f b/c"], &["o ", "f b/d"]], 1, &["w a", "d b", "o b", "f b/d"]),
        ("a directory becomes a file", &[&["f a/b"], &["f a"]], 1, &["f a"]),
        ("a file becomes a directory", &[&["f a"], &["f a/b"]], 1, &["d a", "f a/b"]),
        ("a directory, a file, a directory", &[&["f a/b"], &["f a"], &["d a"]], 1, &["d a", "o a"]),
        ("directories above have their entries", &[&["d a", "d a/b"], &["f a/b/c"]], 1, &["d a", "d a/b", "f a/b/c"]),
        ("a link into a lower layer", &[&["f a", "f c"], &["h b a"]], 1, &["f a", "h b a"]),
        ("a link to what is gone", &[&["f a"], &["h b a"], &["w a"]], 1, &["w a", "f b"]),
        ("a link and a new file", &[&["f a", "h b a"], &["f b"]], 1, &["f b"]),
        ("one link more", &[&["f a", "h b a"], &["h c/d b"]], 1, &["f a", "h b a", "d c", "h c/d a"]),
        ("below a link", &[&["d usr/lib", "l lib usr/lib"], &["f lib/x"]], 1, &["d usr", "d usr/lib", "f usr/lib/x"]),
        ("nothing", &[&["f a/b"], &["d a"], &["w x"]], 1, &["d a"]),
        ("nothing at all", &[&["f a"], &[]], 1, &[]),
    ] {
        let layers: Vec<Vec<String>> =
            layers.iter().map(|lines| lines.iter().map(|line| (*line).to_owned()).collect()).collect();
        let (several, one, lines) = squashed(&layers, cut);
        assert_eq!(lines, expected, "{what}");
        assert_eq!(one, several, "{what}");
    }
}

fn line() -> impl Strategy<Value = String> {
    let name = || prop::sample::select(vec!["a", "b", "a/b", "a/c", "b/a", "a/b/c", "a/b/a", "c", "c/a", "b/c/a"]);
    let kinds = prop::sample::select(vec!["d", "f", "f", "l", "h", "h", "w", "w", "o"]);
    (kinds, name(), name()).prop_map(|(kind, name, target)| match kind {
        "l" | "h" => format!("{kind} {name} {target}"),
        kind => format!("{kind} {name}"),
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn one_layer_makes_what_several_make(
        layers in prop::collection::vec(prop::collection::vec(line(), 0..7), 1..5),
        cut in 0..4_usize,
    ) {
        let cut = cut.min(layers.len() - 1);
        let (several, one, lines) = squashed(&layers, cut);
        prop_assert_eq!(one, several, "{:?}", lines);
        // What is one layer already stays.
        let once: Vec<Vec<String>> = layers[..cut].iter().cloned().chain([lines.clone()]).collect();
        prop_assert_eq!(squashed(&once, cut).2, lines);
    }
}
