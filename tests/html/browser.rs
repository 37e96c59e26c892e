//! Pages in a real browser: Chromium, as Debian packages it, without a window.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::hostile::{HOSTILE, image};
use super::page::{diff, inspect};
use crate::support::process::{HUNG, run_to_end};
use crate::support::{TestEnv, readers, testdata};

/// A browser with a profile of its own, and a server that it should never speak to.
struct Browser {
    program: PathBuf,
    env: TestEnv,
    port: u16,
    visits: Arc<AtomicUsize>,
}

impl Browser {
    fn start() -> Option<Browser> {
        let program = readers::require("chromium")?;
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let visits = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&visits);
        // Every connection is counted and closed; the thread ends with the test program.
        std::thread::spawn(move || {
            for visit in listener.incoming() {
                counted.fetch_add(1, Ordering::SeqCst);
                drop(visit);
            }
        });
        Some(Browser { program, env: TestEnv::new(), port, visits })
    }

    /// What runs when a page lets it: it changes the title, and asks the server for something.
    fn hostile(&self) -> String {
        let server = format!("http://127.0.0.1:{}", self.port);
        format!(
            "</title></style><script>document.title='hacked'</script><img src=\"{server}/x\" \
             onerror=\"document.title='hacked'\"><link rel=stylesheet href=\"{server}/y\"><style>body{{background:url({server}/s)}}</style>"
        )
    }

    /// The document after everything on the page has run, and how many requests it made.
    fn open(&self, name: &str, page: &str) -> (String, usize) {
        let path = self.env.write(name, page);
        let before = self.visits.load(Ordering::SeqCst);
        let ended = run_to_end(self.command(&path).arg("--dump-dom").arg(address(&path)), Vec::new(), None, HUNG);
        let error = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.code, 0, "{error}");
        (String::from_utf8(ended.stdout).unwrap(), self.visits.load(Ordering::SeqCst) - before)
    }

    fn command(&self, path: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command.args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
        ]);
        command.arg(format!("--user-data-dir={}.profile", path.display())).env("HOME", self.env.root());
        command
    }
}

fn address(path: &Path) -> String {
    format!("file://{}", path.display())
}

#[test]
fn hostile_strings_neither_run_nor_load() {
    let Some(browser) = Browser::start() else { return };
    let text = browser.hostile();
    // Without a policy this is what it does.
    let (dom, visits) = browser.open("bare.html", &format!("<html><head><title>page</title></head><body>{text}"));
    assert!(dom.contains("<title>hacked</title>") && visits > 0, "{visits} {dom}");

    let env = TestEnv::new();
    let mut all = vec![text.clone()];
    all.extend(HOSTILE.iter().map(|(text, _)| (*text).to_owned()));
    image(&env, "a.tar", &all.join(" "), 1);
    image(&env, "b.tar", &all.join(" "), 2);
    let page = inspect(&env, &["a.tar"]);
    for (page, title) in
        [(&page, "a.tar · ocikit"), (&diff(&env, &["a.tar", "b.tar", "--files"]), "a.tar and b.tar · ocikit")]
    {
        let (dom, visits) = browser.open("page.html", page);
        assert!(dom.contains(&format!("<title>{title}</title>")), "{dom}");
        assert!(!dom.contains("<script") && !dom.contains("<img"), "{dom}");
        assert_eq!(visits, 0);
    }

    // Were a string of the image ever to become markup, the policy would still hold.
    let broken = page.replacen("<main id=\"main\">", &format!("<main id=\"main\">{text}"), 1);
    assert_ne!(broken, page);
    let (dom, visits) = browser.open("broken.html", &broken);
    assert!(dom.contains("<title>a.tar · ocikit</title>") && dom.contains("<script>"), "{dom}");
    assert_eq!(visits, 0);
}

#[test]
fn a_browser_sees_what_was_written() {
    let Some(browser) = Browser::start() else { return };
    let path = testdata("buildx/sbom-provmax-multi.oci.tar");
    let page = inspect(&TestEnv::new(), &[path.to_str().unwrap()]);
    let (dom, visits) = browser.open("page.html", &page);
    assert_eq!(visits, 0);
    // Nothing is moved, closed or left out by the rules for errors: as many elements as were written.
    for element in ["<li", "<details", "<svg", "<rect", "<table", "<tr", "<bdi", "<section", "<foreignObject"] {
        assert_eq!(dom.matches(element).count(), page.matches(element).count(), "{element}");
    }
    let shot = browser.env.path("page.png");
    let mut command = browser.command(&shot);
    command.arg(format!("--screenshot={}", shot.display())).arg("--window-size=1280,1600");
    let ended = run_to_end(command.arg(address(&browser.env.path("page.html"))), Vec::new(), None, HUNG);
    assert_eq!(ended.code, 0);
    let picture = browser.env.read("page.png");
    assert!(picture.starts_with(b"\x89PNG"));
    // A page without its style sheet, or an empty one, is a fraction of this.
    assert!(picture.len() > 30_000, "{}", picture.len());
}
