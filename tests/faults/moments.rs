//! People lose patience: a signal at any moment.

use std::process::{Command, Stdio};

use crate::faults::case::cases;
use crate::faults::moments;

#[test]
fn killed_or_interrupted_at_any_moment() {
    // Moments that differ from run to run, and are said when one matters. Whatever the machine does meanwhile, each is one
    // at which a signal may come.
    let mut hit = 0;
    let mut state = u64::from(std::process::id());
    for case in cases(0) {
        for number in 0..moments() {
            let signal = ["-KILL", "-INT", "-KILL", "-TERM"][number as usize % 4];
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let moment = case.took.mul_f64((state >> 40) as f64 / f64::from(1 << 24));
            case.reset();
            let mut command = case.command();
            case.place(&mut command);
            let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            std::thread::sleep(moment);
            // It may be done already.
            let _ =
                Command::new("kill").args([signal, &child.id().to_string()]).stderr(Stdio::null()).status().unwrap();
            let status = child.wait().unwrap();
            let what = format!("{signal} after {moment:?}: {status}");
            assert!(matches!(status.code(), None | Some(130)) || status.code() == Some(case.code), "{case}: {what}");
            if status.code().is_some() {
                case.check_clean(&what);
            }
            hit += u32::from(status.code() != Some(case.code));
            case.check(&what);
        }
    }
    crate::faults::tell(&format!("moments: {hit} hit by a signal"));
}
