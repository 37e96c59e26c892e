//! The command that settles between which images of an index an engine has to choose: a platform is said, or one of the images
//! is removed. It is carried out in memory before it is offered.

use crate::checks::scope::Scope;
use crate::checks::{choices, platforms};
use crate::command::CommandLine;
use crate::digest::Digest;
use crate::edit::{Draft, EditOptions};
use crate::finding::{Code, Finding, Findings, Severity};
use crate::graph::{Graph, Key, NodeId, Role, Selector};
use crate::image::Image;
use crate::ops::platform::{self, Choice, SetOptions, Which};
use crate::reference::DigestPrefix;
use crate::source::Source;

/// The search for commands for one file.
pub(super) struct Entries<'a> {
    image: &'a Image,
    options: &'a EditOptions,
    before: (usize, usize),
    left: usize,
}

impl<'a> Entries<'a> {
    /// `tries` is for how many findings commands are tried.
    pub(super) fn new(image: &'a Image, options: &'a EditOptions, tries: usize) -> Self {
        Entries { image, options, before: weight(image, options), left: tries }
    }

    /// The command after which there is less to choose.
    pub(super) fn fix(&mut self, finding: &Finding) -> Option<CommandLine> {
        if self.left == 0 {
            return None;
        }
        self.left -= 1;
        let digest = match finding.code {
            Code::PlatformDuplicate => finding.found.as_ref()?.parse().ok()?,
            Code::PlatformMissing => entry_at(&self.image.graph, finding)?,
            _ => return None,
        };
        let choice = Choice::Digest(DigestPrefix::new(digest.as_str())?);
        let all = Selector::default();
        let (image, options) = (self.image, self.options);
        let command = |verb: &str| CommandLine::ocikit(verb).path(image.source.label()).word(format!("@{digest}"));
        if finding.code == Code::PlatformMissing {
            let wanted = SetOptions { which: Which::Chosen(choice.clone()), platform: None };
            if self.helps(platform::set(image, &all, &wanted, options).ok()) {
                return Some(command("platform set").word("--from-config"));
            }
        }
        let removed = platform::remove(image, &all, std::slice::from_ref(&choice), options).ok();
        self.helps(removed).then(|| command("platform remove"))
    }

    fn helps(&self, draft: Option<Draft<'_>>) -> bool {
        let Some(draft) = draft else { return false };
        let Ok(plan) = draft.plan() else { return false };
        let source = Source::assembled(self.image.source.label(), plan.files(), &self.options.limits);
        let after = Image::load(source.with_format(*self.image.source.format()), &self.options.limits);
        weight(&after, self.options) < self.before
    }
}

/// How many errors and how many other findings there are about the choice between images.
fn weight(image: &Image, options: &EditOptions) -> (usize, usize) {
    let mut findings = Findings::bounded(options.limits.findings);
    let scope = Scope::of(image, &Selector::default(), &[]);
    choices::check(&image.graph, &scope, &options.limits, &mut findings);
    platforms::check(&image.graph, &scope, &mut findings);
    findings.settle(options.limits.findings);
    let errors = findings.count(Severity::Error);
    (errors, findings.len() - errors)
}

/// The digest of what the entry references that a finding is about.
fn entry_at(graph: &Graph, finding: &Finding) -> Option<Digest> {
    let step = finding.at.steps().last()?;
    let list: NodeId = graph.find(&Key::Digest(step.document.parse().ok()?))?;
    let is_meant = |role: Role| matches!(role, Role::Manifest(_)) && role.pointer() == step.pointer;
    let link = graph.node(list).links.iter().find(|link| is_meant(link.role))?;
    graph.node(link.node?).key.digest().cloned()
}
