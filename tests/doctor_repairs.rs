//! Each command that `doctor` prints, run as printed, makes the target accept the file.
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crate::support::amount::is_turn;
use crate::support::*;
use ocikit::image::Image;
use ocikit::ops::doctor::{DoctorOptions, Fix, Verdict, doctor};
use ocikit::target::Asked;

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// Layers that are not what they should be stop a repack; `doctor` reads none.
const DAMAGED: [&str; 3] = ["a16-layer-of-other-media-type.tar", "c1-damaged-layer.tar", "c2-other-diff-id.tar"];

/// The testdata, the files on which ocikit was once wrong, and all shapes of the builder as archives.
fn items(env: &TestEnv) -> Vec<PathBuf> {
    let folders = sorted(&testdata("")).into_iter().filter(|path| path.is_dir());
    let mut items: Vec<PathBuf> = folders.flat_map(|folder| sorted(&folder)).collect();
    let cases = sorted(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/files"));
    let is_whole = |path: &PathBuf| !DAMAGED.iter().any(|name| path.ends_with(name));
    items.extend(cases.into_iter().filter(|path| path.extension().is_some_and(|end| end == "tar")).filter(is_whole));
    items.extend(shapes::all().into_iter().map(|shape| env.write(&format!("{}.tar", shape.name), shape.bytes())));
    items
}

/// Runs a command as it is printed, and says whether the target then accepts.
fn holds(env: &TestEnv, asked: &Asked, fix: &Fix) -> Result<(), String> {
    let line = fix.command.line().ok_or("no line")?;
    let run = env.bash(&line);
    if run.code != 0 {
        return Err(run.to_string());
    }
    let output = env.path("FIXED");
    let written = Image::open(&output).map_err(|error| error.to_string())?;
    let options = DoctorOptions { targets: vec![asked.clone()], ..DoctorOptions::default() };
    let report = doctor(&written, &options).map_err(|error| error.to_string())?;
    if output.is_dir() {
        std::fs::remove_dir_all(output).unwrap()
    } else {
        std::fs::remove_file(output).unwrap()
    }
    if report.ok { Ok(()) } else { Err(format!("{:?}", report.targets[0].prediction.reasons)) }
}

#[test]
fn every_printed_command_makes_its_target_accept() {
    let env = TestEnv::new();
    let items = items(&env);
    let (queue, wrong, fixed) = (Mutex::new(items.iter()), Mutex::new(Vec::new()), Mutex::new(0));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let out = TestEnv::new();
                loop {
                    let Some(path) = queue.lock().unwrap().next() else { break };
                    let report = doctor(&Image::open(path).unwrap(), &DoctorOptions::default()).unwrap();
                    let name = path.file_name().unwrap().to_str().unwrap();
                    for (number, target) in report.targets.iter().enumerate() {
                        let asked = &target.prediction.target;
                        let refuses = target.prediction.verdict == Verdict::Refuses;
                        assert_eq!(refuses, target.fix.is_some() && refuses || target.unfixable.is_some(), "{asked}");
                        let Some(fix) = target.fix.as_ref().filter(|_| is_turn(name, number, 3)) else { continue };
                        if let Err(fault) = holds(&out, asked, fix) {
                            wrong.lock().unwrap().push(format!("{} {:?}: {fault}", path.display(), fix.command));
                        }
                        *fixed.lock().unwrap() += 1;
                    }
                }
            });
        }
    });
    let (wrong, fixed) = (wrong.into_inner().unwrap(), fixed.into_inner().unwrap());
    assert!(fixed > 140, "{fixed} commands");
    assert!(wrong.is_empty(), "{} of {fixed}:\n{}", wrong.len(), wrong.join("\n"));
}
