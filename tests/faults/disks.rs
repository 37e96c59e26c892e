//! Disks become full.

use std::process::Command;

use crate::faults::case::cases;
use crate::faults::moments;

/// A limit on the size of files stands for a full disk: writing fails somewhere in the middle.
#[test]
fn a_full_disk() {
    let mut failed = 0;
    for case in cases(1) {
        let largest = case.after.values().map(|content| content.len()).max().unwrap() / 1024 + 1;
        for number in 0..moments() {
            case.reset();
            let kib = largest * number as usize / moments() as usize;
            let mut command = Command::new("bash");
            let script = format!("ulimit -f {kib}; exec \"$0\" \"$@\"");
            command.args(["-c", &script, env!("CARGO_BIN_EXE_ocikit")]).args(&case.words);
            let output = case.run(command);
            let what = format!("files of {kib} KiB");
            let message = String::from_utf8_lossy(&output.stderr).into_owned();
            if output.status.code() == Some(case.code) {
                assert!(case.whole() == case.after, "{case}: {what}");
                continue;
            }
            failed += 1;
            assert_eq!(output.status.code(), Some(2), "{case}: {what}: {message}");
            assert!(message.starts_with("error: ") && message.contains("cannot write"), "{case}: {what}: {message}");
            case.check_clean(&what);
            case.check(&what);
        }
    }
    crate::faults::tell(&format!("disks: {failed} failed"));
    assert!(failed > 50, "{failed} runs failed");
}
