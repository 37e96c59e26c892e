//! After an edit, readers run what they ran before.

use super::answer::Reader;
use super::fleet::Answers;
use super::image::Case;
use crate::support::TestEnv;

/// A command that writes a new file out of another: its words, in which `IN` and `OUT` stand for the two.
type Edit = &'static [&'static str];

/// That of every run; it is the one that removes.
const GC: Edit = &["gc", "IN", "-o", "OUT"];

/// Those of long runs.
const OTHERS: [Edit; 7] = [
    &["annotate", "IN", "org.example.note=1", "-o", "OUT"],
    &["attestation", "remove", "IN", "-o", "OUT"],
    &["convert", "IN", "--to", "docker", "-o", "OUT"],
    &["convert", "IN", "--to", "oci", "-o", "OUT"],
    &["flatten", "IN", "-o", "OUT"],
    &["platform", "keep", "IN", "linux/amd64", "-o", "OUT"],
    &["repack", "IN", "-o", "OUT"],
];

pub fn edits() -> Vec<Edit> {
    let others = if super::is_long() { &OTHERS[..] } else { &[] };
    std::iter::once(GC).chain(others.iter().copied()).collect()
}

/// The readers that are asked again: one for each of the two documents at the top, and in long runs one that unpacks.
pub fn again() -> &'static [Reader] {
    let all = &[Reader::SkopeoOciArchive, Reader::SkopeoDockerArchive, Reader::Ctr];
    if super::is_long() { all } else { &all[..2] }
}

/// The files that an edit makes of the cases that some reader accepts; a case that it refuses is left out.
pub fn edited(edit: Edit, cases: &[Case], before: &Answers) -> Vec<Case> {
    let is_accepted = |case: &&Case| again().iter().any(|reader| before[reader][&case.name].accepts);
    let cases: Vec<&Case> = cases.iter().filter(is_accepted).collect();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let part = |part: usize| {
            let mine: Vec<&Case> = cases.iter().copied().skip(part).step_by(threads).collect();
            scope.spawn(move || mine.into_iter().filter_map(|case| one(edit, case)).collect::<Vec<Case>>())
        };
        let parts: Vec<_> = (0..threads).map(part).collect();
        parts.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

fn one(edit: Edit, case: &Case) -> Option<Case> {
    let env = TestEnv::new();
    env.write("in.tar", &case.bytes);
    let named = |word: &&'static str| match *word {
        "IN" => "in.tar",
        "OUT" => "out.tar",
        word => word,
    };
    let arguments: Vec<&str> = edit.iter().map(named).collect();
    let run = env.ocikit(&arguments);
    (run.code == 0).then(|| Case { name: case.name.clone(), bytes: env.read("out.tar") })
}

/// What a reader no longer does that it did before an edit.
pub fn losses(edit: Edit, before: &Answers, after: &Answers) -> Vec<String> {
    let mut all = Vec::new();
    for (reader, answers) in after {
        for (case, now) in answers {
            let then = &before[reader][case];
            if then.accepts && (!now.accepts || now.runs != then.runs) {
                let (ran, runs) = (&then.runs, &now.runs);
                let edit = edit.join(" ");
                all.push(format!(
                    "{case}: {}: after `{edit}` runs {runs:?}, before {ran:?}: {}",
                    reader.name(),
                    now.wrote
                ));
            }
        }
    }
    all
}
