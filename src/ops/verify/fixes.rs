//! The command that fixes a finding, where there is one and it would do so for this very file.

use super::entries::Entries;
use super::{Image, VerifyOptions};
use crate::command::CommandLine;
use crate::doc::Document;
use crate::error::Error;
use crate::finding::{Code, Finding, Findings};
use crate::graph::{Key, Selector};
use crate::ops::edit::{Draft, EditOptions};
use crate::ops::platform::{SetOptions, Which};
use crate::ops::{convert, gc, platform};

/// Adds the commands. Each edit is planned once to see that it would not stop half-way.
pub(super) fn add(image: &Image, options: &VerifyOptions, findings: &mut Findings) {
    if options.follow_links {
        return with_links(findings);
    }
    let options = EditOptions { limits: options.limits.clone(), ..EditOptions::default() };
    let all = Selector::default();
    let works = |draft: Result<Draft<'_>, Error>| draft.and_then(Draft::plan).is_ok();
    let has = |code: Code| findings.iter().any(|finding| finding.code == code);
    let prunes = (has(Code::ChildMissing) || has(Code::AttestationSubjectAbsent))
        && works(platform::prune(image, &all, &options));
    let sets = has(Code::PlatformContradiction)
        && works(platform::set(image, &all, &SetOptions { which: Which::All, platform: None }, &options));
    let collects = has(Code::BlobUnreferenced) && works(gc::gc(image, &options).map(|(draft, _)| draft));
    let converts = has(Code::CacheAsIndex) && works(convert::cache(image, &all, &options));
    let is_absent =
        |finding: &Finding| !finding.found.as_ref().is_some_and(|subject| platform::is_there(&image.graph, subject));
    let is_cache = |finding: &Finding| {
        let digest = finding.at.steps().last().and_then(|step| step.document.parse().ok());
        let id = digest.and_then(|digest| image.graph.find(&Key::Digest(digest)));
        id.is_some_and(|id| {
            image.graph.roots.iter().any(|root| root.node == Some(id))
                && matches!(image.graph.node(id).document, Document::Index(_))
        })
    };
    let is_garbage = |finding: &Finding| {
        let name = finding.at.steps().first().map(|step| step.document.as_str());
        name.is_some_and(|name| gc::is_blob(&image.source, name))
    };
    let command = |verb: &str| CommandLine::ocikit(verb).path(image.source.label());
    let mut entries: Option<Entries<'_>> = None;
    let mut fix = |finding: &Finding| match finding.code {
        Code::ChildMissing if prunes => Some(command("platform prune")),
        Code::AttestationSubjectAbsent if prunes && is_absent(finding) => Some(command("platform prune")),
        Code::PlatformContradiction if sets => Some(command("platform set").word("--from-config")),
        Code::CacheAsIndex if converts && is_cache(finding) => Some(command("convert").word("--cache")),
        Code::BlobUnreferenced if collects && is_garbage(finding) => Some(command("gc")),
        Code::PlatformDuplicate | Code::PlatformMissing => {
            entries.get_or_insert_with(|| Entries::new(image, &options)).fix(finding)
        }
        _ => None,
    };
    let fixes: Vec<Option<CommandLine>> = findings.iter().map(&mut fix).collect();
    for (finding, fix) in findings.iter_mut().zip(fixes).filter(|(finding, _)| finding.fix.is_none()) {
        finding.fix = fix.map(CommandLine::to_new_file);
    }
}

/// Edits do not follow links that lead out of a directory; `repack` does, where it is told.
fn with_links(findings: &mut Findings) {
    for finding in findings.iter_mut() {
        finding.fix = finding.fix.take().map(|repack| repack.word("--follow-links"));
    }
}
