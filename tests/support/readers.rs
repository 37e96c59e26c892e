//! Programs of others that read image files, as Debian 12 packages them: skopeo 1.9, podman 4.3, umoci 0.4, ctr 1.6.
//!
//! A test asks for one with `let Some(skopeo) = readers::skopeo() else { return };`. Where the program is absent the
//! test says `skipped: skopeo not installed`; under `CI=true` it fails instead. All of them work as root inside a
//! container that has no further rights:
//!
//! - skopeo with `--insecure-policy`, because a minimal system has no `/etc/containers/policy.json`;
//! - podman with a `--root`, `--runroot` and `--tmpdir` of the test's own and the `vfs` driver, which mounts nothing;
//!   it only ever loads and lists, never runs;
//! - umoci with `--rootless`, which keeps it from `mknod` and `chown`;
//! - containerd of the test program's own, with its sockets and content in a temporary directory; `ctr` imports and
//!   unpacks with the `native` snapshotter, which needs bind mounts and no overlay file system.

use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use super::process::{HUNG, run_to_end};

/// The program's path, looked up in `PATH`.
pub fn which(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join(program)).find(|path| path.is_file())
}

/// The program's path; where it is absent a message, or a failed test under `CI=true`.
pub fn require(program: &str) -> Option<PathBuf> {
    let found = which(program);
    if found.is_none() {
        let ci = std::env::var("CI").is_ok_and(|value| value == "true");
        assert!(!ci, "{program} is not installed, and CI=true asks for it");
        eprintln!("skipped: {program} not installed");
    }
    found
}

/// Whether root runs the tests; else a message that says what only root can do.
pub fn require_root(what: &str) -> bool {
    let is_root = std::os::unix::fs::MetadataExt::uid(&std::fs::metadata("/proc/self").unwrap()) == 0;
    if !is_root {
        eprintln!("skipped: only root can {what}");
    }
    is_root
}

pub fn skopeo() -> Option<Skopeo> {
    require("skopeo").map(|program| Skopeo { program })
}

pub fn podman() -> Option<Podman> {
    // As anybody else it needs ranges of users of one's own for the owners of files.
    let program = require("podman").filter(|_| require_root("let podman unpack an image"))?;
    Some(Podman { program, store: tempfile::tempdir().unwrap() })
}

pub fn umoci() -> Option<Umoci> {
    require("umoci").map(|program| Umoci { program })
}

pub fn ctr() -> Option<&'static Ctr> {
    static SHARED: OnceLock<Ctr> = OnceLock::new();
    let (program, daemon) = (require("ctr")?, require("containerd")?);
    if !require_root("run containerd") {
        return None;
    }
    Some(SHARED.get_or_init(|| Ctr::start(program, &daemon)))
}

/// What a reader said.
#[derive(Debug)]
#[must_use]
pub struct Answer {
    pub ok: bool,
    pub stdout: String,
    pub stderr: String,
    shown: String,
}

impl Answer {
    /// Fails with what the reader wrote unless it accepted the file; its standard output otherwise.
    #[track_caller]
    pub fn accepted(self) -> String {
        assert!(self.ok, "{}\n{}{}", self.shown, self.stdout, self.stderr);
        self.stdout
    }

    /// Fails unless the reader refused the file; its standard error otherwise.
    #[track_caller]
    pub fn refused(self) -> String {
        assert!(!self.ok, "{} was expected to fail\n{}", self.shown, self.stdout);
        self.stderr
    }
}

fn ask(command: &mut Command) -> Answer {
    let ended = run_to_end(command, Vec::new(), None, HUNG);
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    Answer {
        ok: ended.code == 0,
        stdout: text(&ended.stdout),
        stderr: text(&ended.stderr),
        shown: format!("{command:?}"),
    }
}

/// skopeo. References are its own: `oci-archive:PATH:REF`, `oci:PATH:REF`, `docker-archive:PATH`, `dir:PATH`.
#[derive(Debug)]
pub struct Skopeo {
    program: PathBuf,
}

impl Skopeo {
    /// `skopeo inspect --raw`: the manifest or index. It reads no layer.
    pub fn inspect_raw(&self, reference: &str) -> Answer {
        ask(self.command().args(["inspect", "--raw", reference]))
    }

    /// `skopeo copy`: reads every blob of one platform (linux/amd64) and checks its digest.
    pub fn copy(&self, from: &str, to: &str) -> Answer {
        ask(self.command().args(["--override-os=linux", "--override-arch=amd64", "copy", from, to]))
    }

    /// `skopeo copy --all`: every child of an index.
    pub fn copy_all(&self, from: &str, to: &str) -> Answer {
        ask(self.command().args(["copy", "--all", from, to]))
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("--insecure-policy");
        command
    }
}

/// podman with an image store of its own, gone at the end of the test.
#[derive(Debug)]
pub struct Podman {
    program: PathBuf,
    store: tempfile::TempDir,
}

impl Podman {
    /// `podman load -i`: finds the shape itself, reads and unpacks every layer of one image.
    pub fn load(&self, path: impl AsRef<Path>) -> Answer {
        ask(self.command().args(["load", "-q", "-i"]).arg(path.as_ref()))
    }

    /// `podman import`: makes an image of a root file system, and unpacks it.
    pub fn import(&self, path: impl AsRef<Path>) -> Answer {
        ask(self.command().args(["import", "-q"]).arg(path.as_ref()))
    }

    /// The names of all loaded images, sorted.
    pub fn names(&self) -> Vec<String> {
        let listed = ask(self.command().args(["images", "--format", "{{.Repository}}:{{.Tag}}"])).accepted();
        let mut names: Vec<_> = listed.lines().map(ToString::to_string).collect();
        names.sort();
        names
    }

    /// The ids of all loaded images, `sha256:<config>`, sorted.
    pub fn ids(&self) -> Vec<String> {
        let listed = ask(self.command().args(["images", "-q", "--no-trunc"])).accepted();
        let mut ids: Vec<_> = listed.lines().map(ToString::to_string).collect();
        ids.sort();
        ids.dedup();
        ids
    }

    fn command(&self) -> Command {
        let dir = |name: &str| self.store.path().join(name);
        let mut command = Command::new(&self.program);
        command.arg("--root").arg(dir("root")).arg("--runroot").arg(dir("run")).arg("--tmpdir").arg(dir("tmp"));
        command.args(["--storage-driver=vfs", "--events-backend=none", "--cgroup-manager=cgroupfs"]);
        command
    }
}

/// ctr, with a containerd that all tests of a program share.
#[derive(Debug)]
pub struct Ctr {
    program: PathBuf,
    dir: PathBuf,
    /// The shell that ends containerd when the pipe to it closes, which it does when the program ends, however that is.
    _shell: std::process::Child,
    imports: AtomicU32,
}

impl Ctr {
    fn start(program: PathBuf, daemon: &Path) -> Ctr {
        let dir = tempfile::tempdir().unwrap().keep();
        let at = |name: &str| dir.join(name).display().to_string();
        // The plugins that look for devices or clusters are of no use here.
        let disabled = [
            "grpc.v1.cri",
            "snapshotter.v1.btrfs",
            "snapshotter.v1.zfs",
            "snapshotter.v1.devmapper",
            "snapshotter.v1.aufs",
        ];
        let disabled = disabled.map(|plugin| format!("\"io.containerd.{plugin}\"")).join(", ");
        // Nothing is collected: it can meet an import of the next image halfway, and its content is then not found.
        let collector = "[plugins.\"io.containerd.gc.v1.scheduler\"]\nmutation_threshold = 0\ndeletion_threshold = 0\nschedule_delay = \"1h\"\nstartup_delay = \"1h\"\n";
        let config = format!(
            "version = 2\nroot = \"{}\"\nstate = \"{}\"\ndisabled_plugins = [{disabled}]\n[grpc]\naddress = \"{}\"\n[ttrpc]\naddress = \"{}\"\n{collector}",
            at("root"),
            at("state"),
            at("c.sock"),
            at("t.sock")
        );
        std::fs::write(dir.join("config.toml"), config).unwrap();
        let script = "\"$1\" -c \"$2/config.toml\" 2>\"$2/log\" & read -r line; kill $!; wait $!; rm -rf \"$2\"";
        let mut shell = Command::new("sh");
        shell.args(["-c", script, "sh"]).arg(daemon).arg(&dir);
        shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let ctr = Ctr { program, dir, _shell: shell.spawn().unwrap(), imports: 0.into() };
        let began = Instant::now();
        while UnixStream::connect(ctr.dir.join("c.sock")).is_err() || !ask(ctr.command().arg("version")).ok {
            if began.elapsed() > HUNG {
                panic!("containerd does not answer: {:?}", std::fs::read_to_string(ctr.dir.join("log")));
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        ctr
    }

    /// `ctr image import`, each into a namespace of its own: as a person runs it, or as kind does.
    pub fn import(&self, path: impl AsRef<Path>, as_kind: bool) -> Answer {
        let number = self.imports.fetch_add(1, Ordering::Relaxed);
        let mut command = self.command();
        command.arg("--namespace").arg(format!("n{number}")).args(["image", "import", "--snapshotter=native"]);
        if as_kind {
            command.args(["--all-platforms", "--digests"]);
        }
        ask(command.arg(path.as_ref()))
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("--address").arg(self.dir.join("c.sock"));
        command
    }
}

/// umoci, which reads layout directories.
#[derive(Debug)]
pub struct Umoci {
    program: PathBuf,
}

impl Umoci {
    /// `umoci stat`: config and history. It reads no layer.
    pub fn stat(&self, layout: impl AsRef<Path>, tag: &str) -> Answer {
        ask(Command::new(&self.program).args(["stat", "--json", "--image"]).arg(image(layout, tag)))
    }

    /// `umoci unpack`: every layer, diff_ids checked, into `bundle/rootfs`.
    pub fn unpack(&self, layout: impl AsRef<Path>, tag: &str, bundle: impl AsRef<Path>) -> Answer {
        let mut command = Command::new(&self.program);
        ask(command.args(["unpack", "--rootless", "--image"]).arg(image(layout, tag)).arg(bundle.as_ref()))
    }

    /// The same as root, with the owners that the image says.
    pub fn unpack_as_root(&self, layout: impl AsRef<Path>, tag: &str, bundle: impl AsRef<Path>) -> Answer {
        let mut command = Command::new(&self.program);
        ask(command.args(["unpack", "--image"]).arg(image(layout, tag)).arg(bundle.as_ref()))
    }
}

fn image(layout: impl AsRef<Path>, tag: &str) -> String {
    format!("{}:{tag}", layout.as_ref().display())
}
