//! All readers, each over all cases, side by side.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use super::answer::{Answer, Reader, answers};
use super::image::Case;
use crate::support::process::{HUNG, run_to_end};
use crate::support::readers;

/// Where `tests/readers/bootstrap` puts the readers when nothing else is said.
const FOLDER: &str = "/var/cache/ocikit-readers/sid";

/// The folder with the readers in it; where there is none a message, or a failed test under `CI=true`.
pub fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("OCIKIT_READERS").map_or_else(|| PathBuf::from(FOLDER), PathBuf::from);
    if !folder.join("usr/sbin/dockerd").exists() {
        let ci = std::env::var("CI").is_ok_and(|value| value == "true");
        assert!(!ci, "no readers in {}, and CI=true asks for them: see tests/readers/bootstrap", folder.display());
        eprintln!("skipped: no readers in {}; tests/readers/bootstrap brings them", folder.display());
        return None;
    }
    readers::require_root("enter the readers' folder").then_some(folder)
}

/// What every reader says of every case.
pub type Answers = BTreeMap<Reader, BTreeMap<String, Answer>>;

/// Lets these readers read all cases.
pub fn ask(folder: &Path, cases: &[Case], readers: &[Reader]) -> Answers {
    let work = tempfile::tempdir().unwrap();
    let inside = work.path().join("cases");
    std::fs::create_dir(&inside).unwrap();
    for case in cases {
        std::fs::write(inside.join(format!("{}.tar", case.name)), &case.bytes).unwrap();
    }
    for (name, script) in [("driver.sh", include_str!("driver.sh")), ("post.pl", include_str!("post.pl"))] {
        std::fs::write(work.path().join(name), script).unwrap();
    }
    let names: Vec<&str> = cases.iter().map(|case| case.name.as_str()).collect();
    std::thread::scope(|scope| {
        let read = |reader: Reader| {
            let (work, names) = (work.path(), &names);
            scope.spawn(move || {
                let began = Instant::now();
                let answers = drive(reader, folder, work, names);
                eprintln!("{}: {:.0?}", reader.name(), began.elapsed());
                (reader, answers)
            })
        };
        let running: Vec<_> = readers.iter().map(|reader| read(*reader)).collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

fn drive(reader: Reader, folder: &Path, work: &Path, cases: &[&str]) -> BTreeMap<String, Answer> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let seen_inside = Path::new("/host").join(work.strip_prefix("/").unwrap());
    let mut command = Command::new(root.join("tests/readers/enter"));
    command.arg(folder).arg("sh").arg(seen_inside.join("driver.sh")).arg(reader.name()).arg(&seen_inside);
    // A port that is free now.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    command.arg(port.to_string()).arg(if super::run::Run::this().is_long() { "no" } else { "yes" });
    // A long run has thousands of cases.
    let limit = HUNG * if super::run::Run::this().is_long() { 8 } else { 1 };
    let ended = run_to_end(&mut command, Vec::new(), None, limit);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert_eq!(ended.code, 0, "{}: {}{}", reader.name(), text(&ended.stdout), text(&ended.stderr));
    answers(reader, &work.join(reader.name()), cases)
}
