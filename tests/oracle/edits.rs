//! After an edit, readers run what they ran before.

use std::collections::BTreeSet;

use super::Asked;
use super::answer::{Answer, Prints, Reader};
use super::fleet::Answers;
use super::hold::says_so;
use super::image::Case;
use crate::support::TestEnv;

/// A command that writes a new file from another: its words, in which `IN` and `OUT` are the two files.
#[derive(Debug)]
pub struct Edit {
    words: &'static [&'static str],
    format: Format,
    of: Of,
}

/// Which cases the edit is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Of {
    /// All that some reader accepts.
    All,
    /// Those of which `verify` does not say that readers differ; in a short run one of so many.
    Sound { one_of: usize },
}

/// What the new file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Unchanged,
    /// Of docker's media types, which umoci does not read.
    DockerTypes,
    OciArchive,
    DockerArchive,
    Dual,
}

const fn edit(words: &'static [&'static str]) -> Edit {
    to(Format::Unchanged, words)
}

const fn to(format: Format, words: &'static [&'static str]) -> Edit {
    Edit { words, format, of: Of::Sound { one_of: 2 } }
}

/// `gc` is the one that removes. What `platform set` is for is that readers run another image, so it is not here.
pub static EDITS: &[Edit] = &[
    Edit { of: Of::All, ..edit(&["gc", "IN", "-o", "OUT"]) },
    edit(&["annotate", "IN", "org.example.note=1", "-o", "OUT"]),
    edit(&["annotate", "IN", "org.example.note=1", "--on", "descriptor", "-o", "OUT"]),
    edit(&["attestation", "remove", "IN", "-o", "OUT"]),
    edit(&["config", "IN", "--label", "org.example.note=1", "--attestations", "drop", "-o", "OUT"]),
    to(Format::DockerTypes, &["convert", "IN", "--to", "docker", "-o", "OUT"]),
    edit(&["convert", "IN", "--to", "oci", "-o", "OUT"]),
    edit(&["unwrap", "IN", "-o", "OUT"]),
    edit(&["platform", "keep", "IN", "linux/amd64", "-o", "OUT"]),
    edit(&["platform", "prune", "IN", "-o", "OUT"]),
    to(Format::OciArchive, &["repack", "IN", "-o", "OUT"]),
    to(Format::OciArchive, &["repack", "IN", "--compression", "zstd", "-o", "OUT"]),
    to(Format::DockerArchive, &["repack", "IN", "--to", "docker-archive", "-o", "OUT"]),
    to(Format::Dual, &["repack", "IN", "--to", "dual", "-o", "OUT"]),
];

/// The readers that are asked again: quick ones for each of the two documents at the top, and in long runs one that unpacks.
pub fn again() -> &'static [Reader] {
    let all = &[Reader::SkopeoOciArchive, Reader::SkopeoDockerArchive, Reader::Umoci, Reader::Ctr];
    if super::run::Run::this().is_long() { all } else { &all[..3] }
}

/// What an edit made of a case.
#[derive(Debug)]
pub struct Edited<'a> {
    edit: &'static Edit,
    case: &'a str,
    /// The new file, under a name of its own.
    pub file: Case,
}

/// The files that the edits of this run make of the cases that some reader accepts; what an edit refuses is left out.
pub fn edited(before: &Asked) -> Vec<Edited<'_>> {
    let is_accepted = |case: &&Case| again().iter().any(|reader| before.answers[reader][&case.name].accepts);
    let all: Vec<&Case> = before.cases.iter().filter(is_accepted).collect();
    let sound: Vec<&Case> = all.iter().copied().filter(|case| !says_so(&before.ours[&case.name])).collect();
    let is_long = super::run::Run::this().is_long();
    let mut asked = Vec::new();
    for (number, edit) in EDITS.iter().enumerate() {
        let (cases, one_of) = match edit.of {
            Of::All => (&all, 1),
            Of::Sound { one_of } => (&sound, if is_long { 1 } else { one_of }),
        };
        asked.extend(cases.iter().skip(number % one_of).step_by(one_of).map(|&case| (number, edit, case)));
    }
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let made: Vec<Edited<'_>> = std::thread::scope(|scope| {
        let part = |part: usize| {
            let mine = asked.iter().skip(part).step_by(threads);
            let made = move || mine.filter_map(|(number, edit, case)| one(*number, edit, case)).collect::<Vec<_>>();
            scope.spawn(made)
        };
        let parts: Vec<_> = (0..threads).map(part).collect();
        parts.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    for edit in EDITS {
        let count = made.iter().filter(|made| std::ptr::eq(made.edit, edit)).count();
        eprintln!("`{}` wrote {count} files", edit.words.join(" "));
    }
    made
}

fn one<'a>(number: usize, edit: &'static Edit, case: &'a Case) -> Option<Edited<'a>> {
    let env = TestEnv::new();
    env.write("in.tar", &case.bytes);
    let named = |word: &&'static str| match *word {
        "IN" => "in.tar",
        "OUT" => "out.tar",
        word => word,
    };
    let arguments: Vec<&str> = edit.words.iter().map(named).collect();
    let run = env.ocikit(&arguments);
    let name = format!("{number}-{}", case.name);
    (run.code == 0).then(|| Edited { edit, case: &case.name, file: Case { name, bytes: env.read("out.tar") } })
}

/// What a reader no longer does after an edit that it did before.
pub fn losses(edited: &[Edited<'_>], before: &Answers, after: &Answers) -> Vec<String> {
    let mut all = Vec::new();
    for made in edited {
        for (&reader, answers) in after {
            let Some((of, then)) = promised(made, reader, before) else { continue };
            let now = &answers[&made.file.name];
            let is_same = if of == reader { now.runs == then.runs } else { prints(now) == prints(then) };
            if !now.accepts || !is_same {
                let (ran, runs, wrote) = (&then.runs, &now.runs, now.wrote.trim());
                let (case, edit, name, of) = (made.case, made.edit.words.join(" "), reader.name(), of.name());
                all.push(format!("{case}: after `{edit}` {name} runs {runs:?}; before, {of} ran {ran:?}: {wrote}"));
            }
        }
    }
    all
}

/// The reader whose answer before the edit is this reader's after it. Where an edit writes another document, the two
/// transports of skopeo stand for each other.
fn promised<'a>(made: &Edited<'_>, reader: Reader, before: &'a Answers) -> Option<(Reader, &'a Answer)> {
    let (is_written, other) = match (made.edit.format, reader) {
        (Format::DockerTypes, Reader::Umoci) => (false, None),
        (Format::Unchanged | Format::DockerTypes, _) => (true, None),
        (Format::OciArchive | Format::Dual, Reader::SkopeoOciArchive) => (true, Some(Reader::SkopeoDockerArchive)),
        (Format::DockerArchive | Format::Dual, Reader::SkopeoDockerArchive) => (true, Some(Reader::SkopeoOciArchive)),
        // Of a docker archive ctr goes by the platform that the config says, of others by that of the descriptor.
        (Format::OciArchive | Format::Dual, Reader::Umoci | Reader::Ctr) => (true, None),
        _ => (false, None),
    };
    let of = [Some(reader), other].into_iter().flatten().filter(|_| is_written);
    of.map(|of| (of, &before[&of][made.case])).find(|(_, answer)| answer.accepts)
}

fn prints(answer: &Answer) -> BTreeSet<&Prints> {
    answer.runs.values().collect()
}
