//! The oracle: real readers read hundreds of files in which an image `evil` hides beside one that is `good`, and ocikit is
//! held to what they do. Where `verify --deep` says ok, every reader that accepts the file runs what `inspect` shows;
//! where readers disagree or see nothing, `verify` says so. What `doctor` predicts is held against them as well.
//!
//! The readers are those of `tests/readers/bootstrap`. `OCIKIT_ORACLE=long cargo test --test it oracle::` tries each facet in
//! each place, kind's import and each edit of each case as well, `OCIKIT_ORACLE=pairs` also every two facets of a
//! descriptor at once; `OCIKIT_ORACLE=pairs:3/20` is the third of twenty slices of it.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failure here is a failed test")]
#![allow(clippy::print_stderr, reason = "a skipped test says so, and a run what it tried")]
#![allow(missing_docs, unreachable_pub, reason = "a test binary exports nothing")]

mod answer;
mod edits;
mod facets;
mod fleet;
mod hold;
mod image;
mod known;
mod ours;
mod real;
mod run;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;
use std::time::Instant;

use crate::support::TestEnv;
use answer::{Answer, Reader};
use hold::{Disagreement, Kind};
use image::Case;
use known::known;
use ours::{Ours, Predicted};
use run::Run;

/// The cases of a part of a name, `OCIKIT_ORACLE_CASES`, where a person looks at a few.
fn asked_for() -> Vec<Case> {
    let part = std::env::var("OCIKIT_ORACLE_CASES").unwrap_or_default();
    let mut cases = facets::cases();
    cases.retain(|case| case.name.contains(&part));
    Run::this().slice(cases)
}

/// Asks ocikit about all cases, on all cores.
fn ask_ocikit(cases: &[Case], answers: &fleet::Answers) -> BTreeMap<String, Ours> {
    let env = TestEnv::new();
    let names = |case: &Case| -> BTreeSet<String> {
        let runs = answers.values().filter_map(|all| all.get(&case.name)).flat_map(|answer| answer.runs.keys());
        runs.cloned().collect()
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let part = |part: usize| {
            let env = &env;
            let mine = cases.iter().skip(part).step_by(threads);
            scope.spawn(move || {
                mine.map(|case| (case.name.clone(), ours::ours(env, case, &names(case)))).collect::<Vec<_>>()
            })
        };
        let parts: Vec<_> = (0..threads).map(part).collect();
        parts.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

/// All cases, and what the readers and ocikit say of them.
struct Asked {
    cases: Vec<Case>,
    answers: fleet::Answers,
    ours: BTreeMap<String, Ours>,
}

/// Asked once for all tests.
fn asked() -> Option<&'static Asked> {
    static ASKED: OnceLock<Asked> = OnceLock::new();
    let folder = fleet::folder()?;
    Some(ASKED.get_or_init(|| {
        let (cases, began) = (asked_for(), Instant::now());
        let answers = fleet::ask(&folder, &cases, &Reader::of_this_run());
        let (run, count) = (Run::this(), cases.len());
        eprintln!("{run}: {count} cases, {} readers: {:.0?}", answers.len(), began.elapsed());
        let ours = ask_ocikit(&cases, &answers);
        eprintln!("ocikit as well: {:.0?}", began.elapsed());
        Asked { cases, answers, ours }
    }))
}

#[test]
fn readers_run_what_ocikit_shows() {
    let Some(Asked { cases, answers, ours }) = asked() else { return };
    let mut found: Vec<Disagreement> = Vec::new();
    for case in cases {
        let of_case = answers.iter().map(|(&reader, all)| (reader, &all[&case.name])).collect();
        found.extend(hold::disagreements(&case.name, &ours[&case.name], &of_case));
    }
    let (so, new): (Vec<_>, Vec<_>) = found.into_iter().partition(|found| known().any(|row| row.covers(found)));
    let gone: Vec<String> = known().flat_map(|row| row.gone(&so, cases, answers)).collect();
    let mut lines: Vec<String> = new.iter().map(|found| format!("not known: {found}")).collect();
    lines.extend(gone.iter().map(|row| format!("no longer so, to be taken out of `known`: {row}")));
    assert!(lines.is_empty(), "{} lines\n{}", lines.len(), lines.join("\n"));
}

#[test]
fn after_an_edit_readers_run_the_same() {
    let (Some(folder), Some(before)) = (fleet::folder(), asked()) else { return };
    let began = Instant::now();
    let edited = edits::edited(before);
    let files: Vec<Case> = edited.iter().map(|made| made.file.clone()).collect();
    let after = fleet::ask(&folder, &files, edits::again());
    eprintln!("{} edited files, {} readers: {:.0?}", files.len(), after.len(), began.elapsed());
    let losses = edits::losses(&edited, &before.answers, &after);
    assert!(losses.is_empty(), "{} losses\n{}", losses.len(), losses.join("\n"));
}

/// Writes the cases to a folder, for a person who looks into one: `OCIKIT_ORACLE_WRITE=FOLDER`.
#[test]
fn cases_are_written_where_asked() {
    let Some(folder) = std::env::var_os("OCIKIT_ORACLE_WRITE") else { return };
    for case in asked_for() {
        std::fs::write(std::path::Path::new(&folder).join(format!("{}.tar", case.name)), case.bytes).unwrap();
    }
}

/// The rule notices a lie of each kind, and is content where nobody lies.
#[test]
fn each_kind_is_noticed() {
    let runs = |name: &str, prints: &str| BTreeMap::from([(name.to_owned(), prints.to_owned())]);
    let honest = Answer { accepts: true, runs: runs("app", "good"), wrote: String::new() };
    let shows = BTreeMap::from([("app".to_owned(), BTreeSet::from(["good".to_owned()]))]);
    let predicted = BTreeMap::from([(Reader::Ctr, Predicted::Accepts)]);
    let ours = Ours { ok: true, codes: BTreeSet::new(), shows, predicted };
    let kinds = |ours: &Ours, answer: &Answer| -> Vec<Kind> {
        let found = hold::disagreements("case", ours, &BTreeMap::from([(Reader::Ctr, answer)]));
        found.into_iter().map(|found| found.kind).collect()
    };
    let other = Answer { runs: runs("app", "evil"), ..honest.clone() };
    let unknown_name = Answer { runs: runs("app-other", "good"), ..honest.clone() };
    let nothing = Answer { runs: BTreeMap::new(), ..honest.clone() };
    let refused = Answer { accepts: false, ..nothing.clone() };
    assert_eq!(kinds(&ours, &honest), []);
    assert_eq!(kinds(&ours, &other), [Kind::RunsOther]);
    assert_eq!(kinds(&ours, &unknown_name), [Kind::RunsOther]);
    assert_eq!(kinds(&ours, &nothing), [Kind::RunsNothing]);
    assert_eq!(kinds(&ours, &refused), [Kind::Refuses]);
    let error = Ours { ok: false, ..ours.clone() };
    let warned = Ours { codes: BTreeSet::from(["platform-duplicate".to_owned()]), ..ours.clone() };
    let beside_it = Ours { codes: BTreeSet::from(["tar-end-missing".to_owned()]), ..ours.clone() };
    assert_eq!(kinds(&error, &other), []);
    assert_eq!(kinds(&warned, &other), []);
    assert_eq!(kinds(&beside_it, &other), [Kind::RunsOther]);
    let refuses = Ours { predicted: BTreeMap::from([(Reader::Ctr, Predicted::Refuses)]), ..ours.clone() };
    assert_eq!(kinds(&refuses, &honest), [Kind::Accepts]);
    let keeps_nothing = Ours { predicted: BTreeMap::from([(Reader::Ctr, Predicted::KeepsNothing)]), ..ours };
    assert_eq!(kinds(&keeps_nothing, &nothing), []);
}
