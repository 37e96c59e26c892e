//! The command that makes a target accept a file: carried out in memory before it is offered.

use std::path::Path;

use serde::Serialize;

use super::DoctorOptions;
use crate::command::{self, CommandLine};
use crate::error::Error;
use crate::graph::{Kind, Selector};
use crate::image::Image;
use crate::ops::repack::{LeftRow, OutputFormat, Rehearsal, RepackOptions, RepackReport, choices, form_for};
use crate::platform::Platform;
use crate::readers::{Prediction, Verdict};
use crate::reference::Address;
use crate::target::Asked;

/// A command after which a target accepts the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Fix {
    /// The arguments of `ocikit`, with `{output}` for the new file.
    #[serde(rename = "arguments")]
    pub command: CommandLine,
    /// Alternatives: other names for the one in the command, or other platforms.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<String>,
    /// The content that the command omits.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<LeftRow>,
}

/// How many of several images are tried, and how many other choices are listed.
const MOST: usize = 8;

/// Entries of a file for which commands are searched for all targets at once: each of them costs several plans.
const MOST_ENTRIES: usize = 2_000;

/// The search for commands for one file.
pub(super) struct Search<'a> {
    image: &'a Image,
    options: &'a DoctorOptions,
    rehearsal: Rehearsal<'a>,
}

impl<'a> Search<'a> {
    pub(super) fn new(image: &'a Image, options: &'a DoctorOptions) -> Self {
        Search { image, options, rehearsal: Rehearsal::of(image) }
    }

    /// The command for a target that does not accept all of the file, or why there is none.
    pub(super) fn fix(&mut self, prediction: &Prediction) -> Result<Fix, String> {
        let asked = &prediction.target;
        let entries = self.image.graph.roots.len() + self.image.graph.docker.len();
        if self.options.targets.is_empty() && entries > MOST_ENTRIES {
            return Err(format!("not searched for, as the file lists {entries} entries; `--for {asked}` does"));
        }
        let own = self.options.selector.clone();
        let failure = match self.attempt(prediction, &own, &[]) {
            Ok(report) => return Ok(self.with_platform(prediction, &own, report)),
            Err(error) => error,
        };
        let labels = if own.is_all() { choices(self.image) } else { Vec::new() };
        let selectors: Vec<(String, Selector)> =
            labels.iter().filter_map(|label| Some((label.clone(), self.selector(label)?))).collect();
        for (label, selector) in selectors.iter().take(MOST).filter(|_| labels.len() > 1) {
            let Ok(report) = self.attempt(prediction, selector, &[]) else { continue };
            let mut fix = self.with_platform(prediction, selector, report);
            let others = selectors.iter().map(|(other, _)| other).filter(|other| *other != label);
            fix.others.splice(0..0, others.take(MOST).map(|label| command::pasted(label)));
            return Ok(fix);
        }
        let path = format!("{}: ", self.image.source.label());
        let text = match failure {
            Error::Unfit { reason, .. } => reason,
            other => other.to_string(),
        };
        let own = format!("{} would refuse it: ", asked.target.title());
        let text = text.strip_prefix(&path).unwrap_or(&text);
        Err(text.strip_prefix(&own).unwrap_or(text).to_owned())
    }

    /// What the receipt would say, where the target then accepts the file, or accepts more of it.
    fn attempt(
        &mut self,
        before: &Prediction,
        selector: &Selector,
        platforms: &[Platform],
    ) -> Result<RepackReport, Error> {
        let options = self.repack(&before.target, platforms);
        let (after, report) = self.rehearsal.run(selector, &before.target, &options)?;
        let names = |prediction: &Prediction| -> Vec<&'static str> {
            prediction.reasons.iter().map(|reason| reason.requirement).collect()
        };
        let (old, new) = (names(before), names(&after));
        let is_better = new.len() < old.len() && new.iter().all(|name| old.contains(name)) && report.left.is_empty();
        if before.verdict == Verdict::Refuses || is_better {
            return Ok(report);
        }
        let reason = "nothing is lost less".to_owned();
        Err(Error::Unfit { path: self.image.source.label().to_owned(), verb: "repair", reason })
    }

    fn repack(&self, asked: &Asked, platforms: &[Platform]) -> RepackOptions {
        let format = form_for(asked.target).unwrap_or_else(|| OutputFormat::like(self.image.source.format()));
        RepackOptions {
            target: Some(asked.clone()),
            host: self.options.host.clone(),
            platforms: platforms.to_vec(),
            limits: self.options.limits.clone(),
            ..RepackOptions::new(format)
        }
    }

    /// The command with the platform that was chosen, where others are left out, if it then leaves no more.
    fn with_platform(&mut self, prediction: &Prediction, selector: &Selector, report: RepackReport) -> Fix {
        let images = |row: &&LeftRow| row.kind == Kind::Image;
        let mut others: Vec<Platform> =
            report.left.iter().filter(images).filter_map(|row| row.platform.clone()).collect();
        others.sort();
        others.dedup();
        let mut kept: Vec<Platform> = report.images.iter().flat_map(|row| row.platforms.clone()).collect();
        kept.sort();
        kept.dedup();
        others.retain(|platform| !kept.contains(platform));
        let asked = &prediction.target;
        let [platform] = kept.as_slice() else { return self.command(asked, selector, None, &[], report.left) };
        // Not everything that an image says to be its platform can be written on a command line.
        let is_written =
            |platform: &Platform| platform.to_string().parse().is_ok_and(|read: Platform| read == *platform);
        others.retain(is_written);
        if others.is_empty() || !is_written(platform) {
            return self.command(asked, selector, None, &[], report.left);
        }
        match self.attempt(prediction, selector, std::slice::from_ref(platform)) {
            Ok(again) if again.images.len() == report.images.len() => {
                self.command(asked, selector, Some(platform), &others, report.left)
            }
            _ => self.command(asked, selector, None, &[], report.left),
        }
    }

    fn command(
        &self,
        asked: &Asked,
        selector: &Selector,
        platform: Option<&Platform>,
        others: &[Platform],
        left: Vec<LeftRow>,
    ) -> Fix {
        let mut command = CommandLine::ocikit("repack").path(&address(self.image.source.label(), selector));
        if let Some(platform) = platform {
            command = command.option("--platform", platform);
        }
        command = command.option("--for", asked);
        if self.options.follow_links {
            command = command.word("--follow-links");
        }
        let others = others.iter().take(MOST).map(|platform| command::option("--platform", platform)).collect();
        Fix { command: command.into_new_file(), others, left }
    }

    /// What chooses an image by its label, where the label reads on a command line as what it is.
    fn selector(&self, label: &str) -> Option<Selector> {
        let path = self.image.source.label();
        let (reference, digest) = match label.strip_prefix('@') {
            Some(digest) => (None, Some(digest)),
            None => (Some(label), None),
        };
        let text = if let Some(name) = reference { format!("{path}:{name}") } else { format!("{path}{label}") };
        let read = Address::parse(&text, |other: &Path| other == Path::new(path)).ok()?;
        let is_it = read.reference.as_deref() == reference && read.digest.is_some() == digest.is_some();
        is_it.then(|| Selector::new(&read, None))
    }
}

/// `PATH[:REF][@DIGEST]`
fn address(path: &str, selector: &Selector) -> String {
    let reference = selector.reference.as_ref().map_or_else(String::new, |name| format!(":{name}"));
    let digest = selector.digest.as_ref().map_or_else(String::new, |digest| format!("@{digest}"));
    format!("{path}{reference}{digest}")
}
