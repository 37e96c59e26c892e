//! One defect, in every container it can stand in, and the findings that it must raise there.

use std::io::Cursor;
use std::path::Path;

use ocikit::finding::{Code, Finding};
use ocikit::image::Image;
use ocikit::ops::verify::{VerifyOptions, verify};
use ocikit::reference::Address;
use ocikit::source::{Access, Open};

use crate::support::{Compression, Files, TestEnv, builder};

/// An image file with one defect.
pub(crate) enum Input {
    /// Members: tried as a directory, an archive, a compressed archive and a stream.
    Files(Files),
    /// Members that no directory can hold.
    Members(Files),
    /// An archive.
    Tar(Vec<u8>),
    /// A compressed archive.
    Compressed(Vec<u8>),
    /// What only a directory can be.
    Directory(Box<dyn Fn(&Path)>),
}

/// A change of the options.
type Change = Box<dyn Fn(&mut VerifyOptions)>;

/// One defect and what it must raise.
///
/// A finding is written `severity[code] place (expected .., found ..)`, with `@` for a digest and `*` for the hex digits of
/// one. The first is the defect; the others come with it inevitably.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) input: Input,
    findings: Vec<String>,
    in_directory: Option<Vec<String>>,
    /// Codes that may stand beside these any number of times.
    beside: Vec<Code>,
    change: Option<Change>,
}

pub(crate) fn case(name: &'static str, input: Input, findings: &[&str]) -> Case {
    let findings = findings.iter().map(ToString::to_string).collect();
    Case { name, input, findings, in_directory: None, beside: Vec::new(), change: None }
}

impl Case {
    /// Codes that stand beside the findings, as many as there are blobs.
    pub(crate) fn beside(mut self, codes: &[Code]) -> Self {
        self.beside.extend(codes);
        self
    }

    /// What a directory raises instead.
    pub(crate) fn in_directory(mut self, findings: &[&str]) -> Self {
        self.in_directory = Some(findings.iter().map(ToString::to_string).collect());
        self
    }

    pub(crate) fn with(mut self, change: impl Fn(&mut VerifyOptions) + 'static) -> Self {
        self.change = Some(Box::new(change));
        self
    }

    /// The code that the case is about.
    pub(crate) fn code(&self) -> Code {
        let name = self.findings[0].split(['[', ']']).nth(1).expect("severity[code]");
        name.parse().unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }

    /// Verifies the defect in each container; what is missing or too much, in words.
    pub(crate) fn check(&self, env: &TestEnv) -> Result<(), String> {
        let mut archives: Vec<(String, Vec<Finding>)> = Vec::new();
        for (container, bytes) in self.archives() {
            let path = env.write("image", &bytes);
            let mut ways = vec![("file", self.verify(&path, None))];
            ways.push(("one pass", self.verify_once(&path, None)));
            ways.push(("stream", self.verify_once(Path::new("-"), Some(&bytes))));
            for (way, findings) in ways {
                let place = format!("{container}, {way}");
                self.compare(&place, &findings, &self.findings)?;
                archives.push((place, findings));
            }
            self.check_command(env);
        }
        for pair in archives.windows(2) {
            let [(one, findings), (other, others)] = pair else { continue };
            // The bytes on disk are the same for each way to read one container, and others in the next.
            let container = |place: &str| place.split(", ").next().map(str::to_owned);
            if self.code() == Code::SizeOver && container(one) != container(other) {
                continue;
            }
            if shared(findings) != shared(others) {
                return Err(format!("{}: {one}: {findings:#?}\n{other}: {others:#?}", self.name));
            }
        }
        let dir = env.path("image.d");
        let _ = std::fs::remove_dir_all(&dir);
        match &self.input {
            Input::Files(files) => files.to_dir(&dir),
            Input::Directory(make) => {
                std::fs::create_dir(&dir).unwrap();
                make(&dir);
            }
            _ => return Ok(()),
        }
        let findings = self.verify(&dir, None);
        self.compare("directory", &findings, self.in_directory.as_ref().unwrap_or(&self.findings))
    }

    /// Runs the commands by which the explanation of the code says that it is fixed, and says which do not; how many ran.
    pub(crate) fn explained(&self, env: &TestEnv, wrong: &mut Vec<String>) -> usize {
        let code = self.code();
        let Some((_, bytes)) = self.archives().into_iter().next().filter(|_| self.change.is_none()) else {
            return 0;
        };
        env.write("image.tar", &bytes);
        let count = |file: &str| {
            let report = env.ocikit(&["verify", "--deep", file, "--format", "json"]).json();
            let findings = report["findings"].as_array().unwrap().iter();
            findings.filter(|finding| finding["code"] == code.name()).count()
        };
        let before = count("image.tar");
        let mut done = 0;
        let needs = ["DIGEST", "URI", "FILE", "OLD", "other.tar", "a.tar"];
        for command in commands(code.explanation()).into_iter().filter(|command| {
            command.contains(" image.tar ")
                && command.contains("-o fixed.tar")
                && !needs.iter().any(|word| command.contains(word))
        }) {
            done += 1;
            let run = env.bash(&command);
            if run.code != 0 {
                wrong.push(format!("{code}: {}: {command}: {}", self.name, run.stderr.trim()));
                continue;
            }
            let after = count("fixed.tar");
            if after >= before {
                wrong.push(format!("{code}: {}: {command}: {after} of {before}", self.name));
            }
            let _ = std::fs::remove_file(env.path("fixed.tar"));
        }
        done
    }

    fn archives(&self) -> Vec<(&'static str, Vec<u8>)> {
        let tar = match &self.input {
            Input::Files(files) | Input::Members(files) => files.to_tar(),
            Input::Tar(tar) => tar.clone(),
            Input::Compressed(bytes) => return vec![("compressed", bytes.clone())],
            Input::Directory(_) => return Vec::new(),
        };
        let gz = builder::compress(&tar, Compression::Gzip);
        let zst = builder::compress(&tar, Compression::Zstd);
        vec![("archive", tar), ("archive in gzip", gz), ("archive in zstd", zst)]
    }

    fn options(&self) -> VerifyOptions {
        let mut options = VerifyOptions { deep: true, ..VerifyOptions::default() };
        if let Some(change) = &self.change {
            change(&mut options);
        }
        options
    }

    fn verify(&self, path: &Path, stdin: Option<&[u8]>) -> Vec<Finding> {
        let found = self.run(path, stdin, Access::Random, self.options());
        // Looking into layers only adds to what is found.
        let options = VerifyOptions { deep: false, ..self.options() };
        for finding in self.run(path, stdin, Access::Random, options) {
            assert!(found.contains(&finding), "{}: `verify` alone says {finding:?}", self.name);
        }
        found
    }

    fn verify_once(&self, path: &Path, stdin: Option<&[u8]>) -> Vec<Finding> {
        let options = self.options();
        self.run(path, stdin, Access::Once { deep: options.deep }, options)
    }

    fn run(&self, path: &Path, stdin: Option<&[u8]>, access: Access, options: VerifyOptions) -> Vec<Finding> {
        let open = Open { access, limits: options.limits.clone(), ..Open::default() };
        let source = match stdin {
            Some(bytes) => open.open(&Address::parse("-", |_| false).unwrap(), Cursor::new(bytes)),
            None => open.open_path(path),
        };
        let source = source.unwrap_or_else(|error| panic!("{}: {error}", self.name));
        let image = Image::load(source, &options.limits);
        let report = verify(&image, &options).unwrap_or_else(|error| panic!("{}: {error}", self.name));
        report.findings.iter().filter(|finding| !is_of_views(finding.code)).cloned().collect()
    }

    fn compare(&self, place: &str, findings: &[Finding], wanted: &[String]) -> Result<(), String> {
        let beside = |finding: &&Finding| !self.beside.contains(&finding.code);
        let mut found: Vec<String> = findings.iter().filter(beside).map(line).collect();
        let mut wanted = wanted.to_vec();
        found.sort();
        wanted.sort();
        let all: Vec<String> = findings.iter().map(|f| format!("{} -- {}", line(f), f.detail)).collect();
        if found == wanted {
            return Ok(());
        }
        Err(format!("{} ({place}) found\n  {}\nnot\n  {}", self.name, all.join("\n  "), wanted.join("\n  ")))
    }

    /// The command gives the same verdict, by its exit code.
    fn check_command(&self, env: &TestEnv) {
        if self.change.is_some() {
            return;
        }
        let wrong = self.findings.iter().any(|finding| finding.starts_with("error["));
        let run = env.ocikit(&["verify", "--deep", "-v", "image"]).expect_code(i32::from(wrong));
        assert!(run.stdout.contains(&format!("[{}]", self.code())), "{run}");
    }
}

/// What `index.json` and `manifest.json` say against each other is held by the tests of `compare`.
pub(crate) fn is_of_views(code: Code) -> bool {
    code.name().starts_with("view-")
}

/// One finding in a line, digests left out.
pub(crate) fn line(finding: &Finding) -> String {
    let mut line = format!("{}[{}] {}", finding.severity, finding.code, finding.at);
    match (&finding.expected, &finding.found) {
        // The bytes on disk are others in each container.
        (Some(expected), Some(_)) if finding.code == Code::SizeOver => {
            line.push_str(&format!(" (expected {expected}, found more)"));
        }
        (Some(expected), Some(found)) => line.push_str(&format!(" (expected {expected}, found {found})")),
        (None, Some(found)) => line.push_str(&format!(" (found {found})")),
        _ => {}
    }
    without_digests(&line)
}

/// `@` for digests, `*` for runs of 64 and more hex digits.
pub(crate) fn without_digests(text: &str) -> String {
    let mut out = String::new();
    let mut run = String::new();
    for c in text.chars().chain(['\0']) {
        if c.is_ascii_digit() || ('a'..='f').contains(&c) {
            run.push(c);
            continue;
        }
        out.push_str(if run.len() >= 64 { "*" } else { &run });
        run.clear();
        if c != '\0' {
            out.push(c);
        }
    }
    out.replace("sha256:*", "@").replace("sha512:*", "@")
}

/// Findings without the name of the file in their commands: standard input has another.
fn shared(findings: &[Finding]) -> Vec<(Finding, Option<Vec<String>>)> {
    let is_name = |word: &str| word == "-" || word.ends_with("/image");
    let words = |finding: &Finding| -> Option<Vec<String>> {
        let arguments = finding.fix.as_ref()?.arguments();
        Some(arguments.into_iter().filter(|word| !is_name(word)).map(ToOwned::to_owned).collect())
    };
    findings.iter().map(|finding| (Finding { fix: None, ..finding.clone() }, words(finding))).collect()
}

/// The commands of an explanation: the lines of its blocks, and what stands in backticks and begins with `ocikit`.
pub(crate) fn commands(explanation: &str) -> Vec<String> {
    let mut commands = Vec::new();
    for (number, part) in explanation.split("```").enumerate() {
        if number % 2 == 1 {
            commands.extend(part.lines().skip(1).map(ToOwned::to_owned));
        } else {
            let spans = part.split('`').skip(1).step_by(2).map(|span| span.replace('\n', " "));
            commands.extend(spans.filter(|span| span.contains("ocikit ")));
        }
    }
    commands
}
