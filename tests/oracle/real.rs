//! Every real file, pushed by the programs that push: they do what `doctor` predicts.

use std::path::Path;

use super::answer::{Answer, Reader};
use super::fleet;
use super::image::Case;
use super::ours;
use crate::support::{Files, TestEnv, testdata};

/// The files of the testdata, directories packed as archives.
fn cases() -> Vec<Case> {
    let paths = |folder: &Path| {
        let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths
    };
    let groups = paths(&testdata("")).into_iter().filter(|path| path.is_dir());
    groups
        .flat_map(|group| paths(&group))
        .map(|path| {
            let name = path.strip_prefix(testdata("")).unwrap().display().to_string();
            let name = name.to_lowercase().replace('/', "-");
            let bytes = if path.is_dir() { Files::from_dir(&path).to_tar() } else { std::fs::read(&path).unwrap() };
            Case { name, bytes }
        })
        .collect()
}

#[test]
fn real_files_are_pushed_as_predicted() {
    let Some(folder) = fleet::folder() else { return };
    let (env, cases) = (TestEnv::new(), cases());
    let answers = fleet::ask(&folder, &cases, &[Reader::SkopeoPush, Reader::Crane, Reader::Oras]);
    let mut wrong = Vec::new();
    for case in &cases {
        let predicted = ours::of_archive(&env, case);
        for (reader, answers) in &answers {
            let Answer { accepts, wrote, .. } = &answers[&case.name];
            let is_as_predicted = ours::accepts(&predicted, reader.name()) == *accepts;
            if !is_as_predicted {
                let did = if *accepts { "accepts" } else { "refuses" };
                wrong.push(format!("{} {did} {}: {wrote}", reader.name(), case.name));
            }
        }
    }
    assert!(cases.len() > 60, "{}", cases.len());
    assert!(wrong.is_empty(), "{} predictions\n{}", wrong.len(), wrong.join("\n"));
}
