//! The texts that a person sees use the words of the OCI specification and of the tools around it.

#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::TestEnv;
use ocikit::finding::Code;

/// What no text says, as words in lower case; `*` stands for any end of a word.
const NOT: &[&str] = &[
    "mend*",
    "speaks about",
    "speak about",
    "said about",
    "is told",
    "are told",
    "was told",
    "takes a file",
    "who takes",
    "held against",
    "leads to",
    "lead to",
    "stands in",
    "stand in",
    "stands below",
    "stands behind",
    "stands among",
    "stands twice",
    "stands beside",
    "lies in",
    "lie in",
    "orphan*",
    "way to a place",
    "demand*",
    "look into",
    "looked into",
    "looked at",
    "said otherwise",
    "says otherwise",
    "other than its digest",
    "what its digest says",
    "what its name says",
    "what its file name says",
    "anew",
    "is absent",
    "are absent",
    "absent manifest*",
    "absent blob*",
    "is not in it",
    "cut short",
    "filled up",
    "stranger*",
    "inflates to",
    "doubtful",
    "comes to be",
    "comes about",
    "it went by",
    "out of step",
    "goes by the",
];

/// Texts without the words that are names: of findings, of files, of options.
fn plain(text: &str) -> String {
    let mut plain = text.to_lowercase();
    for code in Code::ALL {
        plain = plain.replace(code.name(), " ");
    }
    plain.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The phrases of [`NOT`] in a text.
fn wrong(text: &str) -> Vec<&'static str> {
    let text = format!(" {} ", plain(text));
    let is_there = |phrase: &&str| match phrase.strip_suffix('*') {
        Some(start) => text.contains(&format!(" {start}")),
        None => text.contains(&format!(" {phrase} ")),
    };
    NOT.iter().copied().filter(is_there).collect()
}

/// The string literals of a Rust source, outside comments and tests.
fn literals(source: &str) -> Vec<String> {
    let source = source.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let bytes = source.as_bytes();
    let (mut found, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let rest = &source[at..];
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("'\"'") || rest.starts_with("'\\\"'") {
            rest[1..].find('\'').unwrap() + 2
        } else if rest.starts_with("r#\"") {
            let end = rest.find("\"#").unwrap();
            found.push(rest[3..end].to_owned());
            end + 2
        } else if rest.starts_with('"') {
            let mut end = 1;
            while bytes[at + end] != b'"' {
                end += if bytes[at + end] == b'\\' { 2 } else { 1 };
            }
            found.push(rest[1..end].replace("\\\n", " "));
            end + 1
        } else {
            rest.chars().next().unwrap().len_utf8()
        };
        at += length;
    }
    found
}

/// The files below a folder whose names end so.
fn files(folder: &Path, end: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            found.extend(files(&path, end));
        } else if path.extension().is_some_and(|own| own == end) {
            found.push(path);
        }
    }
    found
}

fn root(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)
}

/// Fails with each text that has a phrase of [`NOT`].
fn check<'t>(texts: impl IntoIterator<Item = (String, &'t str)>) {
    let mut wrongs = String::new();
    for (name, text) in texts {
        for phrase in wrong(text) {
            writeln!(wrongs, "{name}: `{phrase}`: {}", text.lines().next().unwrap_or_default()).unwrap();
        }
    }
    assert!(wrongs.is_empty(), "\n{wrongs}");
}

#[test]
fn explanations() {
    let texts = Code::ALL.iter().flat_map(|code| {
        [(format!("{code}, summary"), code.summary()), (format!("{code}, explanation"), code.explanation())]
    });
    check(texts);
}

#[test]
fn help_of_every_command() {
    let env = TestEnv::new();
    let pages = files(&root("man"), "1");
    let names = pages.iter().map(|page| page.file_stem().unwrap().to_str().unwrap());
    let helps: Vec<(String, String)> = names
        .map(|name| {
            let words: Vec<&str> = name.split('-').skip(1).chain(["--help"]).collect();
            (words.join(" "), env.ocikit(&words).stdout)
        })
        .collect();
    assert!(helps.len() > 30 && helps.iter().all(|(_, help)| help.contains("Usage:")));
    check(helps.iter().map(|(name, help)| (name.clone(), help.as_str())));
}

#[test]
fn manual_pages_and_schemas() {
    let man = root("man");
    let texts: Vec<(String, String)> = ["1", "7", "json"]
        .into_iter()
        .flat_map(|end| files(&man, end))
        .map(|path| (path.display().to_string(), fs::read_to_string(path).unwrap()))
        .collect();
    // What troff and JSON escape is no end of a word.
    let plain: Vec<(String, String)> =
        texts.into_iter().map(|(name, text)| (name, text.replace("\\-", "-").replace("\\n", " "))).collect();
    let lines = plain.iter().flat_map(|(name, text)| {
        let pairs = text.lines().zip(text.lines().skip(1).chain([""]));
        pairs.map(move |(line, next)| (name.clone(), format!("{line} {next}")))
    });
    let lines: Vec<(String, String)> = lines.collect();
    check(lines.iter().map(|(name, line)| (name.clone(), line.as_str())));
}

/// Findings, errors, receipts and pages: whatever the sources compose.
#[test]
fn texts_in_the_sources() {
    let mut texts = Vec::new();
    for path in files(&root("src"), "rs") {
        let name = path.strip_prefix(root("")).unwrap().display().to_string();
        if name.contains("tests") {
            continue;
        }
        let source = fs::read_to_string(&path).unwrap();
        // A word by itself is a name: of a class, a key, a code.
        let phrases = literals(&source).into_iter().filter(|text| text.contains(' '));
        texts.extend(phrases.map(|text| (name.clone(), text)));
    }
    assert!(texts.len() > 1000, "{}", texts.len());
    check(texts.iter().map(|(name, text)| (name.clone(), text.as_str())));
}

#[test]
fn phrases_are_found() {
    assert_eq!(wrong("the `blob` is absent;  See subject-absent"), ["is absent"]);
    assert_eq!(wrong("mended"), ["mend*"]);
    assert_eq!(wrong("an amendment, and tar-type-doubtful"), [""; 0]);
    assert_eq!(
        literals(
            r#"let a = "one \" two"; // "no"
        let b = '"'; let c = "three";"#
        ),
        ["one \\\" two", "three"]
    );
}
