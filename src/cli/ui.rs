//! What every command shares: the global options, opening images, and writing to the person.

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;

use anyhow::Result;
use clap::{Args, ValueEnum};
use same_file::Handle;

use super::page::Written;
use super::progress::{Line, NoLine};
use super::stdout::STDOUT;
use crate::image::Image;
use crate::limits::Limits;
use crate::platform::Platform;
use crate::progress::Meter;
use crate::reference::{Address, Location};
use crate::render::{self, Detail, Document, Harmless, Paint, Shown};
use crate::source::{Access, Open};

fn parse(text: &str) -> Result<Address> {
    Ok(Address::parse(text, |path| path.symlink_metadata().is_ok())?)
}

/// Fails where standard output goes into the file that is named, as after `>> FILE`.
fn apart(address: &Address) -> Result<()> {
    let Location::Path(path) = &address.location else { return Ok(()) };
    if path.metadata().is_ok_and(|metadata| metadata.is_file())
        && matches!((Handle::from_path(path), Handle::stdout()), (Ok(file), Ok(stdout)) if file == stdout)
    {
        anyhow::bail!("{}: {STDOUT} is redirected to this input file; redirect it to another file", path.display());
    }
    Ok(())
}

/// Whether writing failed because nobody reads the other end any more: the person has seen enough.
pub(crate) fn is_closed_pipe(error: &crate::Error) -> bool {
    matches!(error, crate::Error::Write { source, .. } if source.kind() == io::ErrorKind::BrokenPipe)
}

/// Options that every command takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// Print the result in this format
    #[arg(long, global = true, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    format: Format,
    /// Color the output; auto honors NO_COLOR
    #[arg(long, global = true, value_enum, default_value_t = When::Auto, value_name = "WHEN")]
    color: When,
    /// Print only errors and what was asked for
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Print notes too
    #[arg(short, long, global = true)]
    verbose: bool,
    /// Use this many threads to hash and decompress; the default is one per core
    #[arg(
        long,
        global = true,
        value_name = "N",
        default_value_t = 0,
        hide_default_value = true,
        hide_short_help = true
    )]
    jobs: usize,
    /// Show progress on standard error, if the command takes over a second; auto shows it on a terminal
    #[arg(long, global = true, value_enum, default_value_t = When::Auto, value_name = "WHEN", hide_short_help = true)]
    progress: When,
    /// Set a limit for untrusted input, for example document-bytes=64M; may be given several times
    #[arg(long, global = true, value_name = "NAME=VALUE", hide_short_help = true)]
    limits: Vec<String>,
}

/// How a result is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Text for people
    Text,
    /// JSON for programs
    Json,
    /// SARIF 2.1.0, for code scanning (checks only)
    Sarif,
    /// JUnit XML, for test reports (checks only)
    Junit,
    /// Workflow commands of GitHub Actions (checks only)
    Github,
}

/// When to do something that depends on a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The image to look at, and what to choose in it.
#[derive(Debug, Clone, Args)]
pub(crate) struct ImageArgs {
    /// PATH[:REF][@DIGEST], or - for standard input
    ///
    /// PATH is an image layout, an OCI archive, a docker archive or an archive that is both, also compressed with
    /// gzip or zstd, or a directory that skopeo wrote as dir:. The transport prefixes of other tools (oci:,
    /// oci-archive:, docker-archive:, dir:, ocidir://) are accepted.
    #[arg(value_name = "IMAGE")]
    pub(crate) image: String,
    /// Select this platform of an index, for example linux/arm64
    #[arg(long, value_name = "PLATFORM")]
    pub(crate) platform: Option<Platform>,
}

/// The global options, as the commands use them.
#[derive(Debug, Clone)]
pub(crate) struct Ui {
    pub(crate) format: Format,
    pub(crate) detail: Detail,
    pub(crate) paint: Paint,
    pub(crate) jobs: usize,
    pub(crate) limits: Limits,
    pub(crate) meter: Meter,
}

impl Ui {
    pub(crate) fn new(global: &Global) -> Result<Self> {
        let mut limits = Limits::default();
        for assignment in &global.limits {
            limits.set(assignment)?;
        }
        let color = match global.color {
            When::Always => true,
            When::Never => false,
            When::Auto => {
                io::stdout().is_terminal()
                    && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
                    && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
            }
        };
        Ok(Ui {
            format: global.format,
            detail: Detail { verbose: global.verbose, quiet: global.quiet },
            paint: Paint { color },
            jobs: global.jobs,
            limits,
            meter: match global.progress {
                When::Always => Meter::new(Arc::new(Line::default())),
                When::Auto if is_watched() && !global.quiet => Meter::new(Arc::new(Line::default())),
                When::Auto | When::Never if global.quiet => Meter::default(),
                When::Auto | When::Never => Meter::new(Arc::new(NoLine)),
            },
        })
    }

    /// Reads an address; what exists on disk decides where its path ends.
    ///
    /// Fails where standard output goes into the file that it names: what is written there would harm it while it is read.
    pub(crate) fn address(&self, text: &str) -> Result<Address> {
        let address = parse(text)?;
        apart(&address)?;
        Ok(address)
    }

    /// Fails where standard output goes into one of these files; what else is wrong with their names is told in its place.
    pub(crate) fn require_apart(&self, files: &[String]) -> Result<()> {
        files.iter().filter_map(|file| parse(file).ok()).try_for_each(|address| apart(&address))
    }

    /// How what an address names is opened.
    pub(crate) fn how_to_open(&self, access: Access, follow_links: bool) -> Open {
        Open { access, follow_links, limits: self.limits.clone(), meter: self.meter.clone() }
    }

    /// Opens what an address names, with its graph.
    pub(crate) fn open(&self, address: &Address, access: Access, follow_links: bool) -> Result<Image> {
        let open = self.how_to_open(access, follow_links);
        let source = open.open(address, io::stdin().lock())?;
        Ok(Image::load(source, &self.limits))
    }

    /// Writes a report in the format that was asked for.
    pub(crate) fn report(&self, report: &impl Document, text: impl FnOnce() -> String) -> Result<()> {
        match self.format {
            Format::Text => self.print(&text()),
            Format::Json => self.stream(|out| render::write_json(out, report).map_err(unwritten)),
            Format::Sarif | Format::Junit | Format::Github => self.refuse_formats_of_checks(),
        }
    }

    /// Fails where a format was asked for that only checks write.
    pub(crate) fn refuse_formats_of_checks(&self) -> Result<()> {
        match self.format {
            Format::Text | Format::Json => Ok(()),
            Format::Sarif | Format::Junit | Format::Github => {
                anyhow::bail!(
                    "the formats of this command are text and json; `verify`, `compare`, `diff` and `doctor` support \
                    the others too"
                )
            }
        }
    }

    /// Writes bytes to standard output as they come; on a terminal, what could act on it is shown instead, as `ls` does
    /// it. A reader that has gone away ends the output quietly.
    pub(crate) fn stream(&self, write: impl FnOnce(&mut dyn Write) -> Result<(), crate::Error>) -> Result<()> {
        let mut out = io::BufWriter::new(io::stdout().lock());
        let written = if io::stdout().is_terminal() {
            let mut shown = Harmless::new(&mut out);
            write(&mut shown).and_then(|()| shown.finish().map_err(unwritten))
        } else {
            write(&mut out).and_then(|()| out.flush().map_err(unwritten))
        };
        match written {
            Err(error) if is_closed_pipe(&error) => Ok(()),
            written => Ok(written?),
        }
    }

    /// Where an archive goes that is to be written to standard output.
    pub(crate) fn archive_stdout(&self) -> Result<Box<dyn Write>> {
        if io::stdout().is_terminal() {
            anyhow::bail!("{STDOUT} is a terminal; write to a file with `-o`, or to a pipe");
        }
        Ok(Box::new(io::stdout().lock()))
    }

    /// Writes a report to standard error, when standard output carries the result itself.
    pub(crate) fn report_beside(&self, report: &impl Document, text: impl FnOnce() -> String) -> Result<()> {
        // The result is written; whether anybody reads about it changes nothing.
        let _ = match self.format {
            Format::Text => io::stderr().lock().write_all(text().as_bytes()),
            Format::Sarif | Format::Junit | Format::Github => return self.refuse_formats_of_checks(),
            Format::Json => render::write_json(&mut io::BufWriter::new(io::stderr().lock()), report),
        };
        Ok(())
    }

    /// Says that a page was written and what the summary says, or writes the report in the format for programs that was
    /// asked for; to standard error where the page itself goes to standard output.
    pub(crate) fn report_page(
        &self,
        page: &Written,
        report: &impl Document,
        summary: impl FnOnce() -> String,
    ) -> Result<()> {
        let text = || match page {
            _ if self.detail.quiet => String::new(),
            Written::File(name) => format!("{}: written\n{}", render::Shown(name), summary()),
            Written::Stdout => summary(),
        };
        match page {
            Written::File(_) => self.report(report, text),
            Written::Stdout => self.report_beside(report, text),
        }
    }

    /// Writes to standard output. A reader that has gone away ends the output quietly, and the verdict stays.
    pub(crate) fn print(&self, text: &str) -> Result<()> {
        self.print_with(|out| out.write_all(text.as_bytes()))
    }

    /// As [`Ui::print`], piece by piece.
    pub(crate) fn print_with(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
        let mut out = io::BufWriter::new(io::stdout().lock());
        match write(&mut out).and_then(|()| out.flush()) {
            Err(source) if source.kind() != io::ErrorKind::BrokenPipe => Err(unwritten(source).into()),
            _ => Ok(()),
        }
    }
}

/// Standard output did not take what was written.
pub(super) fn unwritten(source: io::Error) -> crate::Error {
    crate::Error::Write { path: STDOUT.to_owned(), source }
}

/// Says on standard error why something could not be done, with the chain of causes, which is given back in one line.
pub(crate) fn tell(error: &anyhow::Error) -> String {
    let chain: Vec<String> = error.chain().map(ToString::to_string).collect();
    let text = Shown(&chain.join(": ")).to_string();
    let lines = error.downcast_ref::<crate::Error>().map(crate::Error::lines).filter(|lines| lines.len() > 1);
    let lines = lines.map(|lines| lines.iter().map(|line| Shown(line).to_string()).collect::<Vec<_>>().join("\n  "));
    // Nothing can be said when even this cannot be written.
    let _ = writeln!(io::stderr().lock(), "error: {}", lines.as_ref().unwrap_or(&text));
    text
}

/// Whether a person looks on: standard error is a terminal, and not the one that a service for continuous integration has.
fn is_watched() -> bool {
    io::stderr().is_terminal() && std::env::var_os("CI").is_none_or(|value| value.is_empty() || value == "false")
}
