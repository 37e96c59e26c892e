//! The execution parameters of a config (image-spec `config.md`, "config"), with those that only Docker defines: their
//! types, since one of another type makes Go programs refuse the image, and what runtimes ask of the values.

use super::field::{Need, Object, Path, Problems};
use crate::finding::Code;
use crate::json::Value;

const STRINGS: [&str; 7] = ["User", "WorkingDir", "StopSignal", "Hostname", "Domainname", "Image", "MacAddress"];
const LISTS: [&str; 4] = ["Entrypoint", "Cmd", "OnBuild", "Shell"];
const SETS: [&str; 2] = ["ExposedPorts", "Volumes"];
const FLAGS: [&str; 8] =
    ["ArgsEscaped", "AttachStdin", "AttachStdout", "AttachStderr", "Tty", "OpenStdin", "StdinOnce", "NetworkDisabled"];
/// Those that are neither.
const OTHERS: [&str; 7] = ["Env", "Labels", "Healthcheck", "StopTimeout", "Memory", "MemorySwap", "CpuShares"];
const HEALTH_NUMBERS: [&str; 5] = ["Interval", "Timeout", "StartPeriod", "StartInterval", "Retries"];

/// Checks the execution parameters under a key of a config, by which a container runs.
pub(super) fn check(object: &Object<'_, '_>, key: &str, problems: &mut Problems) {
    let variables = check_types(object, key, problems);
    let path = Path::Key(&Path::Root, key);
    check_env(&variables, Path::Key(&path, "Env"), problems);
}

/// Checks the types of the execution parameters under a key of a config; gives the variables.
pub(super) fn check_types(object: &Object<'_, '_>, key: &str, problems: &mut Problems) -> Vec<String> {
    let Some(value) = object.present(key) else { return Vec::new() };
    let path = Path::Key(&Path::Root, key);
    let known: Vec<&str> = STRINGS.iter().chain(&LISTS).chain(&SETS).chain(&FLAGS).chain(&OTHERS).copied().collect();
    let Some(config) = Object::open(value, path, &known, problems) else { return Vec::new() };
    for key in STRINGS {
        config.string(key, Need::Optional, problems);
    }
    for key in LISTS {
        config.strings(key, problems);
    }
    config.string_map("Labels", problems);
    for key in SETS {
        config.field(key, Need::Optional, "an object", problems, Value::members);
    }
    for key in FLAGS {
        config.flag(key, problems);
    }
    number(&config, "StopTimeout", problems);
    if let Some(value) = config.present("Healthcheck") {
        check_health(value, Path::Key(&path, "Healthcheck"), problems);
    }
    config.strings("Env", problems).ok().cloned().unwrap_or_default()
}

fn check_health(value: Value<'_>, path: Path<'_>, problems: &mut Problems) {
    let known: Vec<&str> = HEALTH_NUMBERS.iter().copied().chain(["Test"]).collect();
    let Some(health) = Object::open(value, path, &known, problems) else { return };
    health.strings("Test", problems);
    for key in HEALTH_NUMBERS {
        number(&health, key, problems);
    }
}

/// A whole number of 64 bits.
fn number(object: &Object<'_, '_>, key: &str, problems: &mut Problems) {
    object.field(key, Need::Optional, "a whole number", problems, |value| value.text().parse::<i64>().ok());
}

/// The form of a variable is `NAME=VALUE` (image-spec `config.md`, "Env"). One that is not, is left out or made something
/// of by most readers.
fn check_env(variables: &[String], path: Path<'_>, problems: &mut Problems) {
    for (place, variable) in variables.iter().enumerate() {
        let detail = match variable.split_once('=') {
            None => "an environment variable has no `=`; umoci refuses to unpack the image as a runtime bundle",
            Some(("", _)) => {
                "an environment variable has no name; umoci refuses to unpack the image as a runtime bundle"
            }
            Some(_) => continue,
        };
        problems.compared(Code::ConfigEnv, Path::Item(&path, place), detail, "NAME=VALUE", variable);
    }
}
