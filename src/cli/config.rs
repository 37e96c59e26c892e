//! `ocikit config`

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::change::{self, ChangeArgs};
use super::exit::Status;
use super::stdin::{is_stdin, refuse_two_from_stdin};
use super::time;
use super::ui::{ImageArgs, Ui};
use super::values::pair;
use crate::command::{CommandLine, split};
use crate::graph::Selector;
use crate::json::Value;
use crate::json::edit::quoted;
use crate::ops::config::{self, ConfigField, ConfigOptions};
use crate::platform::Platform;

/// Change the config of an image: entrypoint, environment, labels
///
/// Only the fields that are named change; the rest of the config keeps its bytes. The images of all platforms change
/// unless `--platform` selects one. The config, the manifest and the index get new digests, and `manifest.json` follows.
/// `ocikit inspect IMAGE --config` shows the config.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    image: ImageArgs,
    #[command(flatten)]
    fields: FieldArgs,
    #[command(flatten)]
    change: ChangeArgs,
}

/// The fields of a config.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Config")]
pub(crate) struct FieldArgs {
    /// Set the environment variable NAME
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    env: Vec<(String, String)>,
    /// Remove the environment variable NAME
    #[arg(long, hide_short_help = true, value_name = "NAME")]
    unset_env: Vec<String>,
    /// Set the entrypoint, as words or as a JSON array; the command stays as it is
    #[arg(long, value_name = "WORDS", value_parser = Words::parse)]
    entrypoint: Option<Words>,
    /// Set the command, the default arguments of the entrypoint, as words or as a JSON array
    #[arg(long, value_name = "WORDS", value_parser = Words::parse)]
    cmd: Option<Words>,
    /// Set the user, for example 1000:1000
    #[arg(long, value_name = "USER[:GROUP]")]
    user: Option<String>,
    /// Set the working directory
    #[arg(long, value_name = "DIR", value_parser = directory)]
    workdir: Option<String>,
    /// Set the label KEY
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    label: Vec<(String, String)>,
    /// Remove the label KEY
    #[arg(long, hide_short_help = true, value_name = "KEY")]
    unset_label: Vec<String>,
    /// Expose a port, for example 80 or 53/udp
    #[arg(long, value_name = "PORT[/PROTOCOL]", value_parser = port)]
    expose: Vec<String>,
    /// Declare DIR a volume
    #[arg(long, hide_short_help = true, value_name = "DIR", value_parser = directory)]
    volume: Vec<String>,
    /// Set the signal that stops a container, for example SIGINT
    #[arg(long, hide_short_help = true, value_name = "SIGNAL", value_parser = signal)]
    stop_signal: Option<String>,
    /// Set the health check, as a shell command, a JSON array or object, or `none`
    #[arg(long, hide_short_help = true, value_name = "COMMAND", value_parser = healthcheck)]
    healthcheck: Option<String>,
    /// Set the time of creation (RFC 3339); SOURCE_DATE_EPOCH takes it from that variable
    #[arg(long, hide_short_help = true, value_name = "TIME|now|SOURCE_DATE_EPOCH")]
    created: Option<String>,
    /// Set the author
    #[arg(long, hide_short_help = true, value_name = "NAME")]
    author: Option<String>,
    /// Set the platform of the image, in the config and in its descriptors, for example linux/arm64
    #[arg(long, hide_short_help = true, value_name = "PLATFORM")]
    platform_set: Option<Platform>,
    /// Remove FIELD: author, cmd, created, entrypoint, env, expose, healthcheck, label, onbuild, shell, stop-signal,
    /// user, volume or workdir
    #[arg(long, value_name = "FIELD")]
    clear: Vec<ConfigField>,
    /// Set the value at a JSON pointer to JSON text, for example /config/Tty=true
    #[arg(long, value_name = "/POINTER=JSON", value_parser = pointed)]
    set: Vec<(String, String)>,
    /// Merge the JSON merge patch (RFC 7396) in FILE into the config; - is standard input
    #[arg(long, hide_short_help = true, value_name = "FILE")]
    patch: Option<PathBuf>,
    /// Add an entry with this text to the history
    #[arg(long, hide_short_help = true, value_name = "TEXT")]
    history: Option<String>,
}

/// Words of a command line.
#[derive(Debug, Clone)]
struct Words(Vec<String>);

impl Words {
    fn parse(text: &str) -> Result<Self, String> {
        let words = match list(text) {
            Some(list) => list?,
            None => split(text).ok_or("a quote is not closed")?,
        };
        if words.is_empty() {
            return Err("no word; `--clear` removes the field".to_owned());
        }
        Ok(Words(words))
    }
}

/// A JSON array of strings; None for what is no JSON array.
fn list(text: &str) -> Option<Result<Vec<String>, String>> {
    if !text.trim_start().starts_with('[') {
        return None;
    }
    let items = Value::parse(text).map_err(|error| format!("not a JSON array: {error}"));
    Some(items.and_then(|value| {
        let items = value.items().unwrap_or_default().into_iter();
        let strings: Option<Vec<String>> = items.map(|item| item.as_str().map(|text| text.into_owned())).collect();
        strings.ok_or_else(|| "not an array of strings".to_owned())
    }))
}

/// As Docker writes it: with the protocol.
fn port(text: &str) -> Result<String, String> {
    let (ports, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    let (first, last) = ports.split_once('-').unwrap_or((ports, ports));
    let number = |port: &str| port.parse::<u16>().ok().filter(|_| port.bytes().all(|byte| byte.is_ascii_digit()));
    match (number(first), number(last)) {
        (Some(first), Some(last)) if first <= last && ["tcp", "udp", "sctp"].contains(&protocol) => {
            Ok(format!("{ports}/{protocol}"))
        }
        _ => Err("not a port like 80, 8000-8010 or 53/udp".to_owned()),
    }
}

fn healthcheck(text: &str) -> Result<String, String> {
    let array = |words: &[&str]| words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(",");
    let trimmed = text.trim();
    if trimmed.starts_with('{') {
        return Value::parse(trimmed).map(|_| trimmed.to_owned()).map_err(|error| error.to_string());
    }
    if trimmed.is_empty() {
        return Err("no command; `none` switches the health check off".to_owned());
    }
    let test = match list(trimmed) {
        Some(words) => {
            let words = words?;
            let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
            match words.first() {
                None => return Err("no command".to_owned()),
                Some(&"NONE") if words.len() > 1 => return Err("NONE has no arguments".to_owned()),
                Some(&("CMD" | "CMD-SHELL" | "NONE")) => {}
                // As HEALTHCHECK in a Dockerfile has it.
                Some(_) => words.insert(0, "CMD"),
            }
            array(&words)
        }
        None if trimmed.eq_ignore_ascii_case("none") => array(&["NONE"]),
        None => array(&["CMD-SHELL", text]),
    };
    Ok(format!("{{\"Test\":[{test}]}}"))
}

/// A signal that a runtime knows, by name or number (`signal(7)`).
fn signal(text: &str) -> Result<String, String> {
    const NAMES: &str = "ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT SEGV STKFLT STOP \
                         SYS TERM TRAP TSTP TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ RTMIN RTMAX";
    let name = text.strip_prefix("SIG").unwrap_or(text);
    let (base, offset) = name.split_at(name.find(['+', '-']).unwrap_or(name.len()));
    let is_offset = offset.is_empty() || base.starts_with("RT") && offset[1..].parse::<u8>().is_ok_and(|n| n <= 15);
    let is_known = NAMES.split(' ').any(|own| own == base) && is_offset;
    let is_number = text.parse::<u8>().is_ok_and(|number| (1..=64).contains(&number));
    if is_known || is_number { Ok(text.to_owned()) } else { Err("not a signal like SIGTERM or 15".to_owned()) }
}

fn directory(text: &str) -> Result<String, String> {
    let is_windows = text.as_bytes().get(1) == Some(&b':');
    if text.starts_with('/') || is_windows { Ok(text.to_owned()) } else { Err("not an absolute path".to_owned()) }
}

fn pointed(text: &str) -> Result<(String, String), String> {
    let Some((pointer, value)) = text.split_once('=').filter(|(pointer, _)| pointer.starts_with('/')) else {
        return Err("not of the form /POINTER=JSON".to_owned());
    };
    match Value::parse(value) {
        Ok(_) => Ok((pointer.to_owned(), value.to_owned())),
        Err(_) => Err(format!("the value is not JSON; a string needs quotes: '{pointer}={}'", quoted(value))),
    }
}

/// Bytes of a patch: as many as readers take of a config.
const MOST_OF_A_PATCH: u64 = 4 << 20;

impl FieldArgs {
    /// The option that may read standard input.
    pub(crate) fn input(&self) -> (&'static str, Option<&Path>) {
        ("--patch", self.patch.as_deref())
    }

    /// What they ask for.
    pub(crate) fn options(self) -> Result<ConfigOptions> {
        let created = self.created.as_deref().map(time::moment).transpose()?;
        let epoch = std::env::var_os("SOURCE_DATE_EPOCH").is_some().then(change::source_date_epoch).transpose()?;
        let history_created = created.clone().or_else(|| epoch.map(time::rfc_3339));
        Ok(ConfigOptions {
            clear: self.clear,
            env: self.env,
            unset_env: self.unset_env,
            entrypoint: self.entrypoint.map(|words| words.0),
            cmd: self.cmd.map(|words| words.0),
            user: self.user,
            working_dir: self.workdir,
            labels: self.label,
            unset_labels: self.unset_label,
            exposed_ports: self.expose,
            volumes: self.volume,
            stop_signal: self.stop_signal,
            healthcheck: self.healthcheck,
            created,
            author: self.author,
            platform: self.platform_set,
            set: self.set,
            patch: self.patch.as_deref().map(patch).transpose()?,
            history: self.history,
            history_created,
        })
    }
}

fn patch(path: &Path) -> Result<String> {
    let mut text = String::new();
    let reader: Box<dyn Read> = if is_stdin(path) {
        Box::new(std::io::stdin())
    } else {
        Box::new(std::fs::File::open(path).with_context(|| path.display().to_string())?)
    };
    reader.take(MOST_OF_A_PATCH + 1).read_to_string(&mut text).with_context(|| path.display().to_string())?;
    if text.len() as u64 > MOST_OF_A_PATCH {
        bail!("{}: larger than {} MiB, which no config is", path.display(), MOST_OF_A_PATCH >> 20);
    }
    match Value::parse(&text).map(Value::members) {
        Ok(Some(_)) => Ok(text),
        Ok(None) => bail!("{}: a patch is a JSON object", path.display()),
        Err(error) => bail!("{}: not JSON: {error}", path.display()),
    }
}

pub(crate) fn run(args: Args, ui: &Ui) -> Result<Status> {
    refuse_two_from_stdin(&[("the image", Some(args.image.image.as_ref())), args.fields.input()])?;
    let wanted = args.fields.options()?;
    if wanted.is_empty() {
        let inspect = CommandLine::ocikit("inspect").word(&args.image.image).word("--config");
        bail!("nothing to change; name a field, for example `--env NAME=VALUE`{}", inspect.hint("shows the config"));
    }
    let address = ui.address(&args.image.image)?;
    let selector = Selector::new(&address, args.image.platform);
    change::run(&args.change, &address, ui, |image, options| config::config(image, &selector, &wanted, options))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_options() {
        let words = |text| Words::parse(text).map(|words| words.0);
        assert_eq!(words("/bin/app 'a b'").unwrap(), ["/bin/app", "a b"]);
        assert_eq!(words(r#"["/bin/app", "a b"]"#).unwrap(), ["/bin/app", "a b"]);
        assert!(words("").is_err() && words("'a").is_err() && words("[1]").is_err() && words("[").is_err());
        assert_eq!(port("80").unwrap(), "80/tcp");
        assert_eq!(port("8000-8010/udp").unwrap(), "8000-8010/udp");
        assert!(["", "x", "80/x", "90-80", "+80", "70000"].into_iter().all(|text| port(text).is_err()));
        assert_eq!(healthcheck("none").unwrap(), r#"{"Test":["NONE"]}"#);
        assert_eq!(healthcheck("curl -f x").unwrap(), r#"{"Test":["CMD-SHELL","curl -f x"]}"#);
        assert_eq!(healthcheck(r#"["CMD","x"]"#).unwrap(), r#"{"Test":["CMD","x"]}"#);
        assert_eq!(healthcheck(r#"["curl","x"]"#).unwrap(), r#"{"Test":["CMD","curl","x"]}"#);
        assert!(healthcheck("").is_err() && healthcheck(r#"["NONE","x"]"#).is_err());
        assert!(signal("SIGTERM").is_ok() && signal("RTMIN+3").is_ok() && signal("9").is_ok());
        assert!(signal("BLAH").is_err() && signal("0").is_err() && signal("65").is_err() && signal("").is_err());
        assert!(directory("/a").is_ok() && directory("C:\\a").is_ok() && directory("a").is_err());
        assert_eq!(pointed("/a/b={\"c\":1}").unwrap(), ("/a/b".to_owned(), "{\"c\":1}".to_owned()));
        assert!(pointed("a=1").is_err() && pointed("/a=x").is_err());
    }
}
