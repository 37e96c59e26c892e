//! Each command that `doctor` prints, run as printed, makes the target accept the file.
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

mod support;

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use ocikit::ops::doctor::{DoctorOptions, Fix, Verdict, doctor};
use ocikit::ops::repack::{Form, Input, Output, RepackOptions, form_for, repack};
use ocikit::ops::target::Asked;
use ocikit::ops::{self};
use ocikit::reference::Address;
use ocikit::{graph::Selector, platform::Platform};
use support::*;

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// The testdata, and all shapes of the builder as archives.
fn items(env: &TestEnv) -> Vec<PathBuf> {
    let folders = sorted(&testdata("")).into_iter().filter(|path| path.is_dir());
    let mut items: Vec<PathBuf> = folders.flat_map(|folder| sorted(&folder)).collect();
    items.extend(shapes::all().into_iter().map(|shape| env.write(&format!("{}.tar", shape.name), shape.bytes())));
    items
}

/// Runs `repack` with the arguments of a command, at library level, and says whether the target then accepts.
fn holds(asked: &Asked, fix: &Fix, output: &Path) -> Result<(), String> {
    let mut words = fix.command.arguments().into_iter();
    assert_eq!(words.next(), Some("repack"));
    let address = Address::parse(words.next().unwrap(), |path| path.exists()).unwrap();
    let ocikit::reference::Location::Path(path) = &address.location else { panic!("{fix:?}") };
    let image = ops::Image::open(path).unwrap();
    let form = form_for(asked.target).unwrap_or_else(|| Form::like(image.source.shape()));
    let mut options = RepackOptions { target: Some(asked.clone()), ..RepackOptions::new(form) };
    while let Some(word) = words.next() {
        match (word, words.next().unwrap()) {
            ("--platform", platform) => options.platforms.push(platform.parse::<Platform>().unwrap()),
            ("--for", target) => assert_eq!(target, asked.to_string()),
            ("-o", "{output}") => {}
            other => panic!("{other:?}"),
        }
    }
    let inputs = [Input { image, selector: Selector::new(&address, None) }];
    repack(&inputs, &options, Output::Path(output.to_owned())).map_err(|error| error.to_string())?;
    let written = ops::Image::open(output).map_err(|error| error.to_string())?;
    let options = DoctorOptions { targets: vec![asked.clone()], ..DoctorOptions::default() };
    let report = doctor(&written, &options).map_err(|error| error.to_string())?;
    if report.ok { Ok(()) } else { Err(format!("{:?}", report.targets[0].prediction.reasons)) }
}

#[test]
fn every_printed_command_makes_its_target_accept() {
    let (env, out) = (TestEnv::new(), TestEnv::new());
    let items = items(&env);
    let (queue, wrong, fixed) = (Mutex::new(items.iter().enumerate()), Mutex::new(Vec::new()), Mutex::new(0));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let Some((number, path)) = queue.lock().unwrap().next() else { break };
                    let report = doctor(&ops::Image::open(path).unwrap(), &DoctorOptions::default()).unwrap();
                    for target in &report.targets {
                        let asked = &target.prediction.target;
                        let refuses = target.prediction.verdict == Verdict::Refuses;
                        assert_eq!(refuses, target.fix.is_some() && refuses || target.unfixable.is_some(), "{asked}");
                        let Some(fix) = &target.fix else { continue };
                        let output = out.path(&format!("{number}-{asked}.out"));
                        if let Err(fault) = holds(asked, fix, &output) {
                            wrong.lock().unwrap().push(format!("{} {:?}: {fault}", path.display(), fix.command));
                        }
                        *fixed.lock().unwrap() += 1;
                    }
                }
            });
        }
    });
    let (wrong, fixed) = (wrong.into_inner().unwrap(), fixed.into_inner().unwrap());
    assert!(fixed > 400, "{fixed} commands");
    assert!(wrong.is_empty(), "{} of {fixed}:\n{}", wrong.len(), wrong.join("\n"));
}
