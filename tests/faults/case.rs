//! Every command that writes, in a directory of its own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use crate::faults::images::{self, Ground};
use crate::faults::is_thorough;
use crate::support::amount::is_everything;
use crate::support::commands::{EDITING, WRITING, filled};
use crate::support::*;

/// Edits of which each shares the way to its destination with one of [`EDITING`]: one destination each, in turn.
const FURTHER_EDITS: &[&[&str]] = &[
    &["ref", "remove", "IMAGE", "example.com/team/app:1.0"],
    &["platform", "add", "IMAGE", "--from", "OTHER", "--platform", "linux/amd64", "--replace"],
    &["platform", "keep", "IMAGE", "linux/amd64"],
    &[
        "attestation",
        "add",
        "IMAGE",
        "--predicate",
        "PREDICATE",
        "--type",
        "https://example.com/scan/v1",
        "--platform",
        "linux/amd64",
    ],
    &["attestation", "convert", "IMAGE", "--to", "referrer"],
    &["unwrap", "IMAGE", "--platform", "linux/amd64", "--attestations", "drop"],
];

/// What else writes; `DELTA` makes an archive, `DELTA-DIR` a directory, `PLACE` is the image once more, as output.
pub(crate) const FURTHER: &[(&[&str], bool)] = &[
    (&["repack", "IMAGE", "--in-place", "--compression", "zstd:1", "--attestations", "drop"], false),
    (&["repack", "IMAGE", "--in-place", "--compression", "none", "--attestations", "drop"], true),
    (&["repack", "IMAGE", "--to", "oci-archive", "--platform", "linux/amd64", "-o", "PLACE"], false),
    (&["annotate", "IMAGE", "key=value", "-o", "PLACE"], false),
    (&["repack", "IMAGE", "-o", "OUT.tar"], true),
    (&["platform", "prune", "IMAGE", "-o", "OUT.tar"], false),
    (&["merge", "IMAGE", "--ref", "example.com/team/app:merged", "-o", "OUT"], true),
    (&["delta", "create", "IMAGE", "--base", "OTHER", "-o", "OUT.tar.gz"], true),
    (&["delta", "apply", "DELTA", "--base", "OTHER", "-o", "OUT.tar"], false),
    (&["delta", "apply", "DELTA", "--base", "OTHER", "-o", "OUT.tar.zst"], false),
    (&["delta", "apply", "DELTA-DIR", "--base", "OTHER", "-o", "OUT"], false),
    (&["delta", "apply", "DELTA-DIR", "--base", "OTHER", "-o", "OUT.tar"], false),
    (&["unpack", "IMAGE", "--platform", "linux/amd64", "-o", "OUT", "--record", "OUT.mtree"], true),
    (&["unpack", "IMAGE", "--platform", "linux/amd64", "-o", "OUT", "--record", "image/OUT.mtree"], true),
    (&["inspect", "IMAGE", "--html", "OUT.html"], false),
    (&["diff", "IMAGE", "OTHER", "--html", "OUT.html"], true),
    (&["man", "-o", "OUT"], false),
    (&["schema", "-o", "OUT"], false),
];

/// The same with many large blobs, on each way from a file or directory to another.
const LARGE: &[(&[&str], bool)] = &[
    (&["repack", "LARGE", "-o", "OUT.tar"], false),
    (&["repack", "LARGE", "-o", "OUT.tar"], true),
    (&["repack", "LARGE", "-o", "OUT"], false),
    (&["repack", "LARGE", "-o", "OUT/"], true),
    (&["repack", "LARGE", "-o", "OUT.tar", "--to", "dual", "--platform", "linux/amd64"], false),
    (&["repack", "LARGE", "-o", "OUT.tar", "--compression", "none", "--attestations", "drop"], true),
    (&["annotate", "LARGE", "key=value", "--in-place"], false),
    (&["annotate", "LARGE", "key=value", "-o", "OUT.tar"], true),
    (&["platform", "remove", "LARGE", "linux/arm64", "--attestations", "drop", "-o", "OUT/"], false),
    (&["merge", "LARGE", "OTHER", "--ref", "example.com/team/app:merged", "--replace", "-o", "OUT.tar"], true),
    (&["delta", "create", "LARGE", "--base", "OTHER", "-o", "OUT.tar"], true),
    (&["delta", "apply", "LARGE-DELTA", "--base", "OTHER", "-o", "OUT.tar"], false),
    (&["delta", "apply", "LARGE-DELTA-DIR", "--base", "OTHER", "-o", "OUT"], false),
];

/// Commands that read the image, down to its files, and write nothing.
pub(crate) const READING: &[&[&str]] = &[
    &["verify", "IMAGE"],
    &["verify", "IMAGE", "--deep"],
    &["cat", "IMAGE", "noise", "--platform", "linux/amd64"],
    &["inspect", "IMAGE", "--layers", "--config", "-v"],
    &["inspect", "IMAGE", "--raw"],
    &["platform", "list", "IMAGE"],
    &["files", "IMAGE", "--platform", "linux/amd64"],
    &["attestation", "show", "IMAGE", "--platform", "linux/amd64"],
    &["diff", "OTHER", "IMAGE", "--files", "--platform", "linux/amd64"],
    &["doctor", "IMAGE"],
    &["gc", "IMAGE"],
    &["repack", "IMAGE", "-o", "OUT.tar", "--dry-run"],
    &["delta", "create", "IMAGE", "--base", "OTHER", "-o", "OUT.tar", "--dry-run"],
];

/// Files by name, with what is in them.
pub(crate) type Contents = BTreeMap<String, Arc<[u8]>>;

/// Everything below a directory, by name; links as links.
pub(crate) fn contents(root: &Path) -> Contents {
    let mut all = BTreeMap::new();
    for entry in walkdir::WalkDir::new(root).min_depth(1) {
        let entry = entry.unwrap();
        let name = entry.path().strip_prefix(root).unwrap().display().to_string();
        let content = match entry.file_type() {
            kind if kind.is_file() => std::fs::read(entry.path()).unwrap(),
            kind if kind.is_symlink() => std::fs::read_link(entry.path()).unwrap().display().to_string().into_bytes(),
            _ => b"a folder".to_vec(),
        };
        all.insert(name, content.into());
    }
    all
}

/// A command that writes, and what it makes when nothing goes wrong.
pub(crate) struct Case {
    pub(crate) env: TestEnv,
    /// The image that it works on.
    pub(crate) ground: &'static Ground,
    pub(crate) words: Vec<String>,
    undisturbed: Arc<Undisturbed>,
}

/// What a command finds and makes when nothing goes wrong. Many tests ask for the same.
pub(crate) struct Undisturbed {
    pub(crate) before: Contents,
    pub(crate) after: Contents,
    /// The exit code: that of a verdict.
    pub(crate) code: i32,
    /// What it writes to standard output.
    pub(crate) stdout: Vec<u8>,
    pub(crate) took: Duration,
}

impl std::ops::Deref for Case {
    type Target = Undisturbed;

    fn deref(&self) -> &Undisturbed {
        &self.undisturbed
    }
}

impl Case {
    /// A command that writes.
    pub(crate) fn new(command: &[&str], to: &[&str], is_directory: bool) -> Self {
        let case = Self::of(&[command, to].concat(), is_directory);
        assert!(case.before != case.after, "{case}");
        case
    }

    /// A command that reads an image, and writes nothing.
    pub(crate) fn reading(command: &[&str], is_directory: bool) -> Self {
        let case = Self::of(command, is_directory);
        assert!(case.before == case.after, "{case}");
        case
    }

    /// Its files are there after [`Case::reset`].
    fn of(command: &[&str], is_directory: bool) -> Self {
        static KNOWN: Mutex<BTreeMap<String, Arc<OnceLock<Arc<Undisturbed>>>>> = Mutex::new(BTreeMap::new());
        let key = format!("{is_directory} {}", command.join(" "));
        let known = Arc::clone(KNOWN.lock().unwrap().entry(key).or_default());
        let undisturbed = known.get_or_init(|| Arc::new(Undisturbed::of(command, is_directory)));
        let undisturbed = Arc::clone(undisturbed);
        Case { env: TestEnv::new(), ground: ground(command), words: words(command), undisturbed }
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ocikit"));
        command.args(&self.words);
        command
    }

    /// Where a command runs, and without input.
    pub(crate) fn place(&self, command: &mut Command) {
        place(&self.env, command);
    }

    pub(crate) fn run(&self, mut command: Command) -> Output {
        self.place(&mut command);
        command.output().unwrap()
    }

    /// As it was before.
    pub(crate) fn reset(&self) {
        for entry in std::fs::read_dir(self.env.root()).unwrap().flatten() {
            let is_folder = entry.file_type().unwrap().is_dir();
            if is_folder { std::fs::remove_dir_all(entry.path()) } else { std::fs::remove_file(entry.path()) }.unwrap();
        }
        for (name, content) in &self.before {
            let path = self.env.path(name);
            if is_folder(content) { std::fs::create_dir_all(path) } else { std::fs::write(path, content) }.unwrap();
        }
    }

    /// What is there now, without what a killed process could not take away.
    pub(crate) fn whole(&self) -> Contents {
        let mut now = contents(self.env.root());
        now.retain(|name, _| !name.split('/').any(|part| part.starts_with(".ocikit") || part == "index.json.lock"));
        now
    }

    /// The files of the image that hold what matters: the archive, or the documents and a layer of a directory.
    pub(crate) fn inputs(&self) -> Vec<PathBuf> {
        let image = self.env.path("image").canonicalize().unwrap();
        if !image.is_dir() {
            return vec![image];
        }
        let files = &self.ground.files;
        let index = files.digest_at("index.json", "/manifests/0/digest");
        let manifest = files.digest_in(&index, "/manifests/0/digest");
        let layer = files.digest_in(&manifest, "/layers/0/digest");
        let blobs = [index, manifest, layer].map(|digest| image.join(blob_name(&digest)));
        [image.join("index.json")].into_iter().chain(blobs).collect()
    }

    /// Whether the image is changed where it stands.
    pub(crate) fn is_in_place(&self) -> bool {
        self.words.iter().any(|word| word == "--in-place") || self.words.last().unwrap() == "image"
    }

    /// Whether the command writes many files that stand each for itself.
    fn is_of_pages(&self) -> bool {
        matches!(self.words[0].as_str(), "man" | "schema")
    }

    /// The old or the new is there; then the same again, undisturbed, makes the new and leaves nothing else.
    pub(crate) fn check(&self, what: &str) {
        let mut now = self.whole();
        // The record of a tree has its name first. Alone it is in the way of the next one, and says so.
        let is_record = |name: &String| name.ends_with(".mtree");
        if let Some(record) = now.keys().find(|name| is_record(name) && !now.contains_key("out")).cloned() {
            assert!(now.remove(&record) == self.after.get(&record).cloned(), "{self}: {what}");
            std::fs::remove_file(self.env.path(&record)).unwrap();
        }
        // An edit of a directory writes its blobs first: the old documents lead to none of them.
        let mut old = now.clone();
        old.retain(|name, _| self.before.contains_key(name) || !name.starts_with("image/blobs/"));
        if self.is_of_pages() {
            old.retain(|name, content| !name.starts_with("out") || self.after.get(name) != Some(content));
        }
        // It removes what nothing needs any more last: the new documents lead to none of it.
        let mut new = now.clone();
        new.retain(|name, _| self.after.contains_key(name) || !name.starts_with("image/blobs/"));
        assert!(old == self.before || new == self.after, "{self}: {what}: {:?}", now.keys());
        if new == self.after {
            return;
        }
        let output = self.run(self.command());
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(self.code), "{self}: again after {what}: {message}");
        let mut now = contents(self.env.root());
        now.retain(|name, _| self.after.contains_key(name) || !name.starts_with("image/blobs/"));
        assert_eq!(now.keys().collect::<Vec<_>>(), self.after.keys().collect::<Vec<_>>(), "{self}: again after {what}");
        assert!(now == self.after, "{self}: again after {what}");
    }

    /// Nothing was written at all.
    pub(crate) fn check_untouched(&self, what: &str) {
        assert!(contents(self.env.root()) == self.before, "{self}: {what}: {:?}", contents(self.env.root()).keys());
    }

    /// Nothing unfinished is left.
    pub(crate) fn check_clean(&self, what: &str) {
        let left = contents(self.env.root());
        let is_unfinished = |name: &&String| name.contains(".ocikit-tmp-") || name.ends_with("index.json.lock");
        assert_eq!(left.keys().find(is_unfinished), None, "{self}: {what}");
    }
}

impl Undisturbed {
    fn of(command: &[&str], is_directory: bool) -> Self {
        let (env, ground, words) = (TestEnv::new(), ground(command), words(command));
        if is_directory {
            env.write_dir("image", &ground.files);
        } else {
            env.write("image", &ground.archive);
        }
        env.write("other.tar", images::other());
        env.write("predicate.json", "{}");
        for (end, name, bytes) in
            [("DELTA", "delta.tar", &ground.delta), ("DELTA-DIR", "delta-dir.tar", &ground.delta_dir)]
        {
            if command.iter().any(|word| word.ends_with(end)) {
                env.write(name, bytes);
            }
        }
        let before = contents(env.root());
        let start = Instant::now();
        let mut run = Command::new(env!("CARGO_BIN_EXE_ocikit"));
        run.args(&words);
        place(&env, &mut run);
        let output = run.output().unwrap();
        let took = start.elapsed();
        // The two images of a comparison differ.
        let code = i32::from(command[0] == "diff");
        assert_eq!(output.status.code(), Some(code), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        // What did not change is kept once.
        let mut after = contents(env.root());
        for (name, content) in &mut after {
            if let Some(same) = before.get(name).filter(|same| *same == content) {
                *content = Arc::clone(same);
            }
        }
        Undisturbed { before, after, code, stdout: output.stdout, took }
    }
}

fn ground(command: &[&str]) -> &'static Ground {
    if command.iter().any(|word| word.starts_with("LARGE")) { images::large() } else { images::small() }
}

fn place(env: &TestEnv, command: &mut Command) {
    command.current_dir(env.root()).env("TMPDIR", env.path(".tmp")).stdin(Stdio::null());
}

/// Whether the content is that of a folder.
pub(crate) fn is_folder(content: &[u8]) -> bool {
    content == b"a folder"
}

impl std::fmt::Display for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.words.join(" "))
    }
}

/// A command's words in the directory of a case.
fn words(command: &[&str]) -> Vec<String> {
    let word = |word: String| match word.as_str() {
        "DELTA" | "LARGE-DELTA" => "delta.tar".to_owned(),
        "DELTA-DIR" | "LARGE-DELTA-DIR" => "delta-dir.tar".to_owned(),
        "PLACE" | "LARGE" => "image".to_owned(),
        _ => word,
    };
    filled(command, "image", "other.tar").into_iter().map(word).collect()
}

/// Every command that writes, from directories and archives, in their place and elsewhere. A run of all tests tries half
/// of them in each test: the others in the tests of the other `turn`.
pub(crate) fn cases(turn: usize) -> impl Iterator<Item = Case> {
    const TO: [(&[&str], bool); 4] =
        [(&["--in-place"], true), (&["--in-place"], false), (&["-o", "out.tar"], true), (&["-o", "out/"], false)];
    let is_tried = move |number: usize| is_thorough() || is_everything() || number % 2 == turn % 2;
    let edits = EDITING.iter().enumerate().flat_map(move |(number, command)| {
        let to = TO.into_iter().enumerate().filter(move |(at, _)| is_tried(number + at));
        to.map(|(_, (to, is_directory))| (*command, to, is_directory))
    });
    let further = FURTHER_EDITS.iter().enumerate().flat_map(move |(number, command)| {
        let to = TO.into_iter().enumerate().filter(move |(at, _)| is_thorough() || (number + turn) % TO.len() == *at);
        to.map(|(_, (to, is_directory))| (*command, to, is_directory))
    });
    let rest = WRITING.iter().map(|command| (*command, false));
    let rest = rest.chain(FURTHER.iter().chain(LARGE).map(|(command, is_directory)| (*command, *is_directory)));
    let rest = rest.enumerate().filter(move |(number, _)| is_tried(*number));
    let rest = rest.map(|(_, (command, is_directory))| (command, &[][..], is_directory));
    edits.chain(further).chain(rest).map(|(command, to, is_directory)| Case::new(command, to, is_directory))
}

/// Those that make something new of an archive, and nothing else.
pub(crate) fn writing() -> impl Iterator<Item = Case> {
    WRITING.iter().map(|command| Case::new(command, &[], false)).chain(large().filter(|case| !case.is_in_place()))
}

/// Those that copy many large blobs.
pub(crate) fn large() -> impl Iterator<Item = Case> {
    LARGE.iter().map(|(command, is_directory)| Case::new(command, &[], *is_directory))
}
