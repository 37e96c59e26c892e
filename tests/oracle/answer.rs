//! What a reader said of a case: whether it accepts the file, and what it would run under each name.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

/// A program of others that reads image files, as `driver.sh` knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reader {
    SkopeoOciArchive,
    /// The archive, and in it the image of the tag `1`, which most cases have.
    SkopeoByName,
    /// The archive unpacked.
    SkopeoOci,
    SkopeoDockerArchive,
    Podman,
    Docker,
    DockerContainerd,
    Ctr,
    Kind,
    Crane,
    Umoci,
    /// The archive from the transport that fits, to a registry.
    SkopeoPush,
    Oras,
}

impl Reader {
    pub const ALL: [Reader; 13] = [
        Reader::SkopeoOciArchive,
        Reader::SkopeoByName,
        Reader::SkopeoOci,
        Reader::SkopeoDockerArchive,
        Reader::Podman,
        Reader::Docker,
        Reader::DockerContainerd,
        Reader::Ctr,
        Reader::Kind,
        Reader::Crane,
        Reader::Umoci,
        Reader::SkopeoPush,
        Reader::Oras,
    ];

    /// The readers of this run, or of them those that `OCIKIT_ORACLE_READERS` names, where a person looks at a few. kind's
    /// import is ctr's of all platforms, and skopeo's push reads as its other transports; they take the longest, and are left
    /// to long runs.
    pub fn of_this_run() -> Vec<Reader> {
        if let Ok(names) = std::env::var("OCIKIT_ORACLE_READERS") {
            let named = |reader: &Reader| names.split(',').any(|name| name == reader.name());
            return Reader::ALL.into_iter().filter(named).collect();
        }
        let is_long = |reader: &Reader| [Reader::Kind, Reader::SkopeoPush].contains(reader);
        Reader::ALL.into_iter().filter(|reader| !is_long(reader) || super::run::Run::this().is_long()).collect()
    }

    /// The name that `driver.sh` takes, and `doctor --for`.
    pub fn name(self) -> &'static str {
        match self {
            Reader::SkopeoOciArchive => "skopeo-oci-archive",
            Reader::SkopeoByName => "skopeo-by-name",
            Reader::SkopeoOci => "skopeo-oci",
            Reader::SkopeoDockerArchive => "skopeo-docker-archive",
            Reader::Podman => "podman",
            Reader::Docker => "docker",
            Reader::DockerContainerd => "docker-containerd",
            Reader::Ctr => "ctr",
            Reader::Kind => "kind",
            Reader::Crane => "crane",
            Reader::Umoci => "umoci",
            Reader::SkopeoPush => "skopeo-push",
            Reader::Oras => "oras",
        }
    }
}

/// What an image prints: `good CASE` or `evil CASE`; empty where a reader shows no command.
pub type Prints = String;

/// What a reader said of one case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    pub accepts: bool,
    /// What would run, by the name that the reader gives it; the empty name where it gives none.
    pub runs: BTreeMap<String, Prints>,
    /// What the reader wrote, for messages.
    pub wrote: String,
}

/// Reads the answers to these cases out of what `driver.sh` left in a folder.
pub fn answers(reader: Reader, folder: &Path, cases: &[&str]) -> BTreeMap<String, Answer> {
    let images = match reader {
        Reader::Podman | Reader::Docker | Reader::DockerContainerd => images(&folder.join("images")),
        _ => BTreeMap::new(),
    };
    let answer = |&case: &&str| {
        let read = |suffix: &str| std::fs::read_to_string(folder.join(format!("{case}{suffix}"))).unwrap_or_default();
        let accepts = match read(".code").trim() {
            "" => panic!("{} did not read `{case}`: {}", reader.name(), whole(&folder.join("daemon"))),
            code => code == "0",
        };
        let runs = match reader {
            _ if !accepts => BTreeMap::new(),
            Reader::SkopeoOciArchive | Reader::SkopeoOci | Reader::SkopeoDockerArchive => {
                unnamed(copied(&folder.join(case)))
            }
            Reader::SkopeoByName => BTreeMap::from([("1".to_owned(), copied(&folder.join(case)))]),
            Reader::Crane | Reader::SkopeoPush => unnamed(prints(&parsed(&read(".config"))["config"])),
            Reader::Ctr | Reader::Kind | Reader::Umoci | Reader::Oras => containers(folder, case, &read(".names")),
            _ => images.get(case).cloned().unwrap_or_default(),
        };
        (case.to_owned(), Answer { accepts, runs: asked_by_name(runs), wrote: read(".log") })
    };
    cases.iter().map(answer).collect()
}

/// What a person gets by a name. An image that a reader keeps without one, or under a name that it made of the digest,
/// counts where there is no other: nobody runs it by mistake.
fn asked_by_name(runs: BTreeMap<String, Prints>) -> BTreeMap<String, Prints> {
    let is_made_up = |name: &str| name.is_empty() || name.contains("@sha256:");
    if runs.keys().any(|name| !is_made_up(name)) {
        return runs.into_iter().filter(|(name, _)| !is_made_up(name)).collect();
    }
    runs.into_values().map(|prints| (String::new(), prints)).collect()
}

fn unnamed(prints: Prints) -> BTreeMap<String, Prints> {
    BTreeMap::from([(String::new(), prints)])
}

fn whole(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}

/// `Entrypoint` and `Cmd` of the `config` of an image.
fn prints(config: &Value) -> Prints {
    joined(["Entrypoint", "Cmd"].iter().filter_map(|key| config[*key].as_array()).flatten())
}

/// What the image in a folder that skopeo copied to prints.
fn copied(folder: &Path) -> Prints {
    let manifest = parsed(&whole(&folder.join("manifest.json")));
    let digest = manifest["config"]["digest"].as_str().unwrap_or_default();
    let hex = digest.split_once(':').map_or("", |(_, hex)| hex);
    prints(&parsed(&whole(&folder.join(hex)))["config"])
}

/// By name, what ctr made a container of, umoci a bundle, or the config that oras fetched.
fn containers(folder: &Path, case: &str, names: &str) -> BTreeMap<String, Prints> {
    let container = |(number, name): (usize, &str)| {
        let found = parsed(&whole(&folder.join(format!("{case}.{}.container", number + 1))));
        let process = [&found["Spec"]["process"], &found["process"]].into_iter().find(|process| process.is_object());
        let prints = match process {
            Some(process) => joined(process["args"].as_array().into_iter().flatten()),
            None => prints(&found["config"]),
        };
        (short(name), prints)
    };
    names.lines().enumerate().map(container).filter(|(_, prints)| !prints.is_empty()).collect()
}

fn joined<'a>(words: impl Iterator<Item = &'a Value>) -> Prints {
    words.filter_map(Value::as_str).collect::<Vec<_>>().join(" ")
}

/// All images of an engine, by the case that they are of.
fn images(path: &Path) -> BTreeMap<String, BTreeMap<String, Prints>> {
    let text = whole(path);
    let mut all: BTreeMap<String, BTreeMap<String, Prints>> = BTreeMap::new();
    // Some are inspected more than once, and each answer is a list.
    for list in serde_json::Deserializer::from_str(&text).into_iter::<Value>() {
        for image in list.unwrap_or_default().as_array().into_iter().flatten() {
            let prints = prints(&image["Config"]);
            let names = image["RepoTags"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let mut names: Vec<String> = names.map(short).collect();
            if names.is_empty() {
                names.push(String::new());
            }
            for name in names {
                let Some(case) = case_of(&name, &prints) else { continue };
                all.entry(case).or_default().insert(name, prints.clone());
            }
        }
    }
    all
}

/// An image says of itself which case it is of; one that says nothing is found by its name.
fn case_of(name: &str, prints: &str) -> Option<String> {
    match prints.split_once(' ') {
        Some((_, case)) => Some(case.to_owned()),
        None => {
            let repository = name.rsplit_once('/').map_or(name, |(_, rest)| rest);
            repository.split_once(':').map(|(case, _)| case.to_owned())
        }
    }
}

/// The name without what a reader puts in front of it: ctr makes `import-2026-01-31:TAG` of a tag.
fn short(name: &str) -> String {
    let tag = name.strip_prefix("import-").and_then(|rest| rest.split_once(':'));
    if let Some((_, tag)) = tag.filter(|_| !name.contains('@')) {
        return tag.to_owned();
    }
    let name = ["docker.io/library/", "docker.io/", "localhost/"]
        .iter()
        .find_map(|start| name.strip_prefix(start))
        .unwrap_or(name);
    name.to_owned()
}
