//! What ocikit says of a case: the verdict, what it shows under a name, and what it predicts of each reader.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::answer::{Prints, Reader};
use super::image::Case;
use crate::support::TestEnv;

/// What `doctor` says that a reader does with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Predicted {
    Accepts,
    /// It accepts the file, and does not keep an image, or not under a name to run it by.
    KeepsNothing,
    Refuses,
}

/// What ocikit says of one case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ours {
    /// `verify --deep` exits with 0.
    pub ok: bool,
    /// The codes of its errors and warnings.
    pub codes: BTreeSet<String>,
    /// What `inspect --config` shows for the platform of the machine, by the name that is asked for.
    pub shows: BTreeMap<String, BTreeSet<Prints>>,
    /// What `doctor` says of each reader.
    pub predicted: BTreeMap<Reader, Predicted>,
}

/// Asks ocikit about a case; what it shows, under each of these names and without a name.
pub fn ours(env: &TestEnv, case: &Case, names: &BTreeSet<String>) -> Ours {
    let file = format!("{}.tar", case.name);
    env.write(&file, &case.bytes);
    let verify = env.ocikit(&["verify", "--deep", "--format", "json", &file]);
    assert!(verify.code < 2 || verify.stdout_bytes.is_empty(), "{verify}");
    let report: Value = serde_json::from_slice(&verify.stdout_bytes).unwrap_or_default();
    let findings = report["findings"].as_array().into_iter().flatten();
    let codes = findings
        .filter(|finding| finding["severity"] != "note")
        .filter_map(|finding| finding["code"].as_str().map(ToOwned::to_owned))
        .collect();
    let shows = names.iter().map(|name| (name.clone(), shown(env, &file, name))).collect();
    Ours { ok: verify.code == 0, codes, shows, predicted: predictions(env, &file) }
}

/// What the images that `inspect` shows print: those for the platform of the machine, or whatever there is, as engines
/// run an image for another platform where it is the only one.
fn shown(env: &TestEnv, file: &str, name: &str) -> BTreeSet<Prints> {
    let image = if name.is_empty() { file.to_owned() } else { format!("{file}:{name}") };
    let inspect = ["inspect", "--config", "--format", "json", &image];
    let for_machine = printed(env, &[&inspect[..], &["--platform", "linux/amd64"]].concat());
    if for_machine.is_empty() { printed(env, &inspect) } else { for_machine }
}

fn printed(env: &TestEnv, inspect: &[&str]) -> BTreeSet<Prints> {
    let run = env.ocikit(inspect);
    let report: Value = serde_json::from_slice(&run.stdout_bytes).unwrap_or_default();
    let images = ["roots", "docker"].iter().filter_map(|view| report[*view].as_array()).flatten();
    images
        .filter(|root| root["config"].is_object())
        .map(|root| {
            let words = ["entrypoint", "cmd"].iter().filter_map(|key| root["config"][*key].as_array()).flatten();
            words.filter_map(Value::as_str).collect::<Vec<_>>().join(" ")
        })
        .collect()
}

fn predictions(env: &TestEnv, file: &str) -> BTreeMap<Reader, Predicted> {
    // umoci and one transport of skopeo have the archive unpacked.
    let folder = file.trim_end_matches(".tar");
    std::fs::create_dir(env.path(folder)).unwrap();
    let _ = env.program("tar", &["-xf", file, "-C", folder]).run();
    let archive = doctor(env, file);
    let directory = doctor(env, folder);
    let predicted = |reader: Reader| {
        let report = match reader {
            Reader::SkopeoByName => return None,
            Reader::Umoci | Reader::SkopeoOci => &directory,
            _ => &archive,
        };
        Some((reader, predicted(report, reader.name())))
    };
    Reader::ALL.into_iter().filter_map(predicted).collect()
}

/// What `doctor` says of a case as it stands.
pub fn of_archive(env: &TestEnv, case: &Case) -> Value {
    let file = format!("{}.tar", case.name);
    env.write(&file, &case.bytes);
    doctor(env, &file)
}

/// Whether a report says that a target accepts the file.
pub fn accepts(report: &Value, name: &str) -> bool {
    predicted(report, name) != Predicted::Refuses
}

fn doctor(env: &TestEnv, file: &str) -> Value {
    let run = env.ocikit(&["doctor", "--format", "json", file]);
    serde_json::from_slice(&run.stdout_bytes).unwrap_or_default()
}

fn predicted(report: &Value, name: &str) -> Predicted {
    let mut targets = report["targets"].as_array().into_iter().flatten();
    let target = targets.find(|target| target["target"] == name);
    let mut reasons = target.and_then(|target| target["reasons"].as_array()).into_iter().flatten();
    let is_about_names = |reason: &Value| ["names", "name-to-run"].iter().any(|name| reason["requirement"] == *name);
    match target.map(|target| target["verdict"].as_str().unwrap_or_default()) {
        // A file that doctor cannot open is refused by whoever reads it, it says.
        None | Some("refuses") => Predicted::Refuses,
        Some(_) if reasons.any(is_about_names) => Predicted::KeepsNothing,
        Some(_) => Predicted::Accepts,
    }
}
