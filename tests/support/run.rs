//! The built command in a temporary directory.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;

use super::files::Files;
use super::process::{HUNG, run_to_end};

/// A temporary directory, and the built `ocikit` to run in it. The directory is the working directory of each run, so
/// a test names its files without a path.
#[derive(Debug)]
pub struct TestEnv {
    dir: tempfile::TempDir,
}

impl Default for TestEnv {
    fn default() -> Self {
        Self::new()
    }
}

impl TestEnv {
    pub fn new() -> Self {
        // Programs make names of images from paths, and refuse upper case: the same lower case in every run.
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let since = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos();
        let name = format!("ocikit-test-{since:x}-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let dir = tempfile::Builder::new().prefix(&name).rand_bytes(0).tempdir().unwrap();
        std::fs::create_dir(dir.path().join(".tmp")).unwrap();
        TestEnv { dir }
    }

    pub fn root(&self) -> &Path {
        self.dir.path()
    }

    /// The absolute path of a name in the directory.
    pub fn path(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    /// Writes bytes to a file.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Writes members as a tar.
    pub fn write_tar(&self, name: &str, files: &Files) -> PathBuf {
        self.write(name, files.to_tar())
    }

    /// Writes members as a directory.
    pub fn write_dir(&self, name: &str, files: &Files) -> PathBuf {
        let path = self.path(name);
        files.to_dir(&path);
        path
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        let path = self.path(name);
        std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// The names in the directory, sorted: what a run left behind.
    pub fn listing(&self) -> Vec<String> {
        let names = |dir: &Path| -> Vec<String> {
            let entries = std::fs::read_dir(dir).unwrap();
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
        };
        let mut all = names(self.root());
        all.retain(|name| name != ".tmp");
        all.extend(names(&self.path(".tmp")).into_iter().map(|name| format!(".tmp/{name}")));
        all.sort();
        all
    }

    /// Runs `ocikit` with these arguments and nothing on its standard input.
    #[must_use = "a run that nobody looks at proves nothing"]
    pub fn ocikit(&self, args: &[&str]) -> Run {
        self.command(args).run()
    }

    /// Runs a line as a person types it into bash, where `ocikit` is the built command.
    #[must_use = "a run that nobody looks at proves nothing"]
    pub fn bash(&self, line: &str) -> Run {
        let beside = Path::new(ocikit()).parent().unwrap().to_str().unwrap();
        let path = format!("{beside}:{}", std::env::var("PATH").unwrap());
        let run = self.program("bash", &["-o", "pipefail", "-c", line]);
        run.env("PATH", &path).run()
    }

    /// A run to be set up further.
    pub fn command(&self, args: &[&str]) -> Invocation<'_> {
        self.program(ocikit(), args)
    }

    /// A run of any program, in the same surroundings.
    pub fn program<'a>(&'a self, program: &'a str, args: &[&str]) -> Invocation<'a> {
        Invocation {
            env: self,
            program,
            args: args.iter().map(ToString::to_string).collect(),
            variables: Vec::new(),
            stdin: Vec::new(),
            stdout_limit: None,
            bounds: None,
        }
    }
}

/// The built command.
pub fn ocikit() -> &'static str {
    let Some(program) = option_env!("CARGO_BIN_EXE_ocikit") else {
        panic!("the command is built only with the feature `cli`");
    };
    program
}

/// A run of `ocikit` before it starts. The environment holds `PATH`, `HOME`, `TMPDIR`, `COLUMNS=100` and a UTF-8
/// locale, nothing else.
#[derive(Debug)]
#[must_use]
pub struct Invocation<'a> {
    env: &'a TestEnv,
    program: &'a str,
    args: Vec<String>,
    variables: Vec<(String, String)>,
    stdin: Vec<u8>,
    stdout_limit: Option<u64>,
    bounds: Option<(u64, u64)>,
}

impl Invocation<'_> {
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = bytes.into();
        self
    }

    pub fn env(mut self, key: &str, value: &str) -> Self {
        self.variables.push((key.to_string(), value.to_string()));
        self
    }

    /// Reads this much of the output, then closes the pipe, as `head` does.
    pub fn close_stdout_after(mut self, bytes: u64) -> Self {
        self.stdout_limit = Some(bytes);
        self
    }

    /// Lets the run have this much memory of its own (`RLIMIT_DATA`) and time on the processor (`RLIMIT_CPU`), which a
    /// busy machine does not change; one that takes more ends with a signal. It sees four cores at most: each thread has
    /// memory for its stack, and more where it inflates.
    pub fn bounded(mut self, mib: u64, seconds: u64) -> Self {
        self.bounds = Some((mib << 10, seconds));
        self
    }

    #[must_use = "a run that nobody looks at proves nothing"]
    pub fn run(self) -> Run {
        let program = self.program;
        let mut command = match self.bounds {
            None => Command::new(program),
            Some((kib, seconds)) => {
                let mut bounded = Command::new("sh");
                let few = few_cores().map_or(String::new(), |few| format!("taskset -c {few} "));
                let limits = format!("ulimit -d {kib} && ulimit -t {seconds} && exec {few}\"$0\" \"$@\"");
                bounded.arg("-c").arg(limits).arg(program);
                bounded
            }
        };
        command.args(&self.args).current_dir(self.env.root()).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", self.env.root()).env("TMPDIR", self.env.path(".tmp"));
        command.env("COLUMNS", "100").env("LC_ALL", "C.UTF-8");
        command.envs(self.variables);
        let ended = run_to_end(&mut command, self.stdin, self.stdout_limit, HUNG);
        let text = |bytes: &[u8]| self.env.filtered(&String::from_utf8_lossy(bytes));
        Run { stdout: text(&ended.stdout), stderr: text(&ended.stderr), stdout_bytes: ended.stdout, code: ended.code }
    }
}

/// Four of the cores that this process may use, as `taskset` takes them, where there are more.
fn few_cores() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let list = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"))?;
    let ranges = list.trim().split(',').map(|range| range.split_once('-').unwrap_or((range, range)));
    let cores: Vec<u32> = ranges.flat_map(|(from, to)| from.parse().unwrap()..=to.parse().unwrap()).collect();
    let few: Vec<String> = cores.iter().take(4).map(ToString::to_string).collect();
    (cores.len() > 4 && super::readers::which("taskset").is_some()).then(|| few.join(","))
}

impl TestEnv {
    /// The text with difference from run to run replaced: `[TEMP]`, `[TESTDATA]`.
    fn filtered(&self, text: &str) -> String {
        let testdata = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata");
        let real = self.root().canonicalize().unwrap();
        let temp = text.replace(real.to_str().unwrap(), "[TEMP]").replace(self.root().to_str().unwrap(), "[TEMP]");
        temp.replace(testdata, "[TESTDATA]")
    }
}

/// What a run of `ocikit` did. Its `Display` is made for inline snapshots.
#[derive(Debug)]
pub struct Run {
    /// Standard output as text, paths replaced by `[TEMP]` and `[TESTDATA]`.
    pub stdout: String,
    /// Standard error as text, paths replaced.
    pub stderr: String,
    /// Standard output to the byte.
    pub stdout_bytes: Vec<u8>,
    /// The exit code; 128 and the signal's number where a signal ended it.
    pub code: i32,
}

impl Run {
    /// Fails with everything that was written unless the exit code is this.
    #[track_caller]
    pub fn expect_code(self, code: i32) -> Self {
        assert_eq!(self.code, code, "\n{self}");
        self
    }

    /// Standard output as a JSON document.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.stdout_bytes).unwrap_or_else(|error| panic!("{error}\n{self}"))
    }

    /// The text for a snapshot: whether it succeeded, the code, both outputs.
    pub fn snapshot(&self) -> String {
        self.to_string()
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "success: {}\nexit_code: {}", self.code == 0, self.code)?;
        write!(f, "----- stdout -----\n{}", self.stdout)?;
        write!(f, "----- stderr -----\n{}", self.stderr)
    }
}
