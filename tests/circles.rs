//! No circle of files: what two files need of each other is in a file below both. What a file takes from the `mod.rs` above
//! it counts as the folder's own: a folder's `mod.rs` lists its files and may define what they share.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;

type Module = Vec<String>;

/// A `use`: the path, the name that it gives, and whether others can take it from here.
struct Import {
    path: Vec<String>,
    name: String,
    is_public: bool,
}

struct SourceFile {
    /// The code without its `use` lines, comments, texts and tests.
    body: String,
    imports: Vec<Import>,
    /// The names that the code gives to what it defines.
    defined: BTreeSet<String>,
}

/// The files of a crate by their modules.
#[derive(Default)]
struct Sources(BTreeMap<Module, SourceFile>);

/// What a path in the code names.
enum Named {
    Module(Module),
    /// Something that the file of this module defines.
    Item(Module),
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The code without comments, texts and what only tests see.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let text = lines.collect::<Vec<_>>().join("\n");
    let (mut out, mut in_text, mut chars) = (String::new(), false, text.chars());
    while let Some(c) = chars.next() {
        match c {
            '\\' if in_text => drop(chars.next()),
            '\'' if !in_text && chars.as_str().starts_with("\"'") => drop(chars.nth(1)),
            '"' => in_text = !in_text,
            c if !in_text => out.push(c),
            _ => {}
        }
    }
    out
}

/// The paths of a `use` tree, each with the name that it gives.
fn paths_of(tree: &str, before: &[String], found: &mut Vec<(Vec<String>, String)>) {
    let tree = tree.trim();
    let segments =
        |text: &str| text.split("::").map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect();
    if let Some((head, list)) = tree.split_once('{') {
        let mut path: Vec<String> = before.to_vec();
        path.extend::<Vec<String>>(segments(head));
        let (mut depth, mut item) = (0, String::new());
        for c in list[..list.rfind('}').unwrap_or(list.len())].chars() {
            depth += i32::from(c == '{') - i32::from(c == '}');
            if c == ',' && depth == 0 {
                paths_of(&std::mem::take(&mut item), &path, found);
            } else {
                item.push(c);
            }
        }
        return paths_of(&item, &path, found);
    }
    if tree.is_empty() {
        return;
    }
    let (own, alias) =
        tree.split_once(" as ").map_or((tree, None), |(own, alias)| (own, Some(alias.trim().to_owned())));
    let mut path: Vec<String> = before.to_vec();
    path.extend::<Vec<String>>(segments(own));
    path.pop_if(|last| last == "self");
    let name = alias.or_else(|| path.last().cloned()).unwrap_or_default();
    found.push((path, name));
}

impl SourceFile {
    fn of(text: &str) -> Self {
        let (mut body, mut imports) = (String::new(), Vec::new());
        for statement in code(text).split(';') {
            let mut before = String::new();
            let mut lines = statement.lines();
            let tree = lines.by_ref().find_map(|line| {
                let own = line.trim_start();
                let rest = own
                    .strip_prefix("use ")
                    .or_else(|| own.strip_prefix("pub").and_then(|own| Some(own.split_once("use ")?.1)));
                let is_use = own.starts_with("use ")
                    || own.starts_with("pub use ")
                    || (own.starts_with("pub(") && own.contains(") use "));
                if is_use {
                    rest.map(|rest| (own.starts_with("pub"), rest.to_owned()))
                } else {
                    before += line;
                    before.push('\n');
                    None
                }
            });
            body += &before;
            body.push(';');
            let Some((is_public, first)) = tree else { continue };
            let tree = std::iter::once(first.as_str()).chain(lines).collect::<Vec<_>>().join(" ");
            let mut paths = Vec::new();
            paths_of(&tree, &[], &mut paths);
            imports.extend(paths.into_iter().map(|(path, name)| Import { path, name, is_public }));
        }
        const KEYWORDS: [&str; 8] = ["fn", "struct", "enum", "type", "const", "static", "trait", "mod"];
        let words: Vec<&str> = body.split(|c| !is_word(c)).filter(|word| !word.is_empty()).collect();
        let defined =
            words.windows(2).filter(|pair| KEYWORDS.contains(&pair[0])).map(|pair| pair[1].to_owned()).collect();
        SourceFile { body, imports, defined }
    }

    fn has_word(&self, word: &str) -> bool {
        self.body.split(|c| !is_word(c)).any(|own| own == word)
    }

    fn defines(&self, name: &str) -> bool {
        self.defined.contains(name)
    }

    /// Paths of two names or more in the code.
    fn paths(&self) -> BTreeSet<Vec<String>> {
        let words = self.body.split(|c| !is_word(c) && c != ':').filter(|text| text.contains("::"));
        let paths = words.map(|text| text.trim_matches(':').split("::").map(str::to_owned).collect::<Vec<_>>());
        paths.filter(|path| path.len() > 1 && path.iter().all(|part| !part.is_empty())).collect()
    }
}

impl Sources {
    fn of(files: impl IntoIterator<Item = (String, String)>) -> Self {
        let module = |path: &str| {
            let mut module: Module = path.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
            module.pop_if(|last| ["mod", "lib"].contains(&last.as_str()));
            module
        };
        Sources(files.into_iter().map(|(path, text)| (module(&path), SourceFile::of(&text))).collect())
    }

    /// Where a path begins; None for one of another crate or of a type.
    fn begin<'p>(&self, from: &Module, path: &'p [String]) -> Option<(Module, &'p [String])> {
        let (mut module, mut rest) = (from.clone(), path);
        match path.first()?.as_str() {
            "crate" => return Some((Vec::new(), &path[1..])),
            "self" => rest = &path[1..],
            "super" => {
                while rest.first().is_some_and(|part| part == "super") {
                    module.pop();
                    rest = &rest[1..];
                }
            }
            first => {
                let child: Module = from.iter().cloned().chain([first.to_owned()]).collect();
                self.0.contains_key(&child).then_some(())?;
            }
        }
        Some((module, rest))
    }

    /// What a path names, re-exports followed.
    fn resolve(&self, mut module: Module, mut rest: &[String], hops: usize) -> Named {
        while let Some((first, further)) = rest.split_first() {
            let child: Module = module.iter().cloned().chain([first.clone()]).collect();
            if !self.0.contains_key(&child) {
                break;
            }
            (module, rest) = (child, further);
        }
        let (Some((name, further)), Some(file)) = (rest.split_first(), self.0.get(&module)) else {
            return Named::Module(module);
        };
        let import = file.imports.iter().find(|import| import.name == *name && !file.defines(name));
        let path = import.map(|import| import.path.iter().chain(further).cloned().collect::<Vec<_>>());
        match path.as_ref().and_then(|path| self.begin(&module, path)) {
            Some((begin, rest)) if hops > 0 => self.resolve(begin, rest, hops - 1),
            _ => Named::Item(module),
        }
    }

    /// The files that a file needs something of.
    fn needs(&self, module: &Module, file: &SourceFile) -> BTreeSet<Module> {
        const HOPS: usize = 8;
        let mut needs = BTreeSet::new();
        let mut modules: BTreeMap<&str, Module> = BTreeMap::new();
        for import in &file.imports {
            let Some((begin, rest)) = self.begin(module, &import.path) else { continue };
            match self.resolve(begin, rest, HOPS) {
                Named::Module(own) => drop(modules.insert(&import.name, own)),
                // What is only given on is needed by those who take it.
                Named::Item(_) if import.is_public && !file.has_word(&import.name) => {}
                Named::Item(own) => drop(needs.insert(own)),
            }
        }
        for path in file.paths() {
            let begin = match modules.get(path[0].as_str()) {
                Some(own) => Some((own.clone(), &path[1..])),
                None => self.begin(module, &path),
            };
            if let Some(Named::Item(own)) = begin.map(|(begin, rest)| self.resolve(begin, rest, HOPS)) {
                needs.insert(own);
            }
        }
        needs.retain(|own| !module.starts_with(own));
        needs
    }

    /// The files that need themselves by way of others, and what ties them.
    fn circles(&self) -> Vec<String> {
        let needs: BTreeMap<&Module, BTreeSet<Module>> =
            self.0.iter().map(|(module, file)| (module, self.needs(module, file))).collect();
        let reached = |from: &Module| {
            let mut known: BTreeSet<&Module> = BTreeSet::new();
            let mut open: VecDeque<&Module> = needs.get(from).into_iter().flatten().collect();
            while let Some(next) = open.pop_front() {
                if known.insert(next) {
                    open.extend(needs.get(next).into_iter().flatten());
                }
            }
            known
        };
        let reach: BTreeMap<&Module, BTreeSet<&Module>> =
            needs.keys().map(|module| (*module, reached(module))).collect();
        let ties = needs.iter().flat_map(|(from, to)| to.iter().map(move |to| (*from, to)));
        let back = ties.filter(|(from, to)| reach.get(to).is_some_and(|own| own.contains(from)));
        back.map(|(from, to)| format!("{} needs {}", from.join("::"), to.join("::"))).collect()
    }
}

#[test]
fn no_files_need_each_other() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = walkdir::WalkDir::new(&root).into_iter().map(|entry| entry.unwrap().into_path());
    let files = files.filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    let named = files.map(|path| (path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/"), path));
    let is_test = |name: &str| name.ends_with("tests.rs") || name.contains("/tests/") || name == "main.rs";
    let sources =
        named.filter(|(name, _)| !is_test(name)).map(|(name, path)| (name, std::fs::read_to_string(path).unwrap()));
    let circles = Sources::of(sources).circles();
    assert!(circles.is_empty(), "files need each other:\n{}", circles.join("\n"));
}

fn circles_of(files: &[(&str, &str)]) -> Vec<String> {
    Sources::of(files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))).circles()
}

#[test]
fn circles_are_found_in_every_form() {
    let two = ["a needs b", "b needs a"];
    assert_eq!(
        circles_of(&[("a.rs", "use crate::b::X; struct Y;"), ("b.rs", "struct X; fn f(y: crate::a::Y) {}")]),
        two
    );
    assert_eq!(
        circles_of(&[
            ("a.rs", "use super::{b::{self as c}}; struct Y; fn f() { c::x(); }"),
            ("b.rs", "use crate::a::Y; fn x() {}")
        ]),
        two
    );
    let through_a_re_export = [
        ("f/mod.rs", "mod a;\nmod b;\npub use a::Y;\npub(crate) use b::{X as Z};"),
        ("f/a.rs", "use super::Z; struct Y;"),
        ("f/b.rs", "use crate::f::Y; struct X;"),
    ];
    assert_eq!(circles_of(&through_a_re_export), ["f::a needs f::b", "f::b needs f::a"]);
}

#[test]
fn what_is_no_circle_is_none() {
    let one_way = [
        ("a.rs", "use crate::b::X; struct Y;"),
        ("b.rs", "// use crate::a::Y;\nstruct X; const T: &str = \"crate::a::Y\";"),
    ];
    assert!(circles_of(&one_way).is_empty());
    let own_folder = [("f/mod.rs", "mod a;\nstruct Y; fn f() { a::x(); }"), ("f/a.rs", "use super::Y; fn x() {}")];
    assert!(circles_of(&own_folder).is_empty());
}
