//! The command that mends a finding, where there is one and it would do so for this very file.

use super::Image;
use crate::doc::Document;
use crate::error::Error;
use crate::finding::{Code, Finding, Findings};
use crate::graph::{Key, Selector};
use crate::limits::Limits;
use crate::ops::edit::{Draft, EditOptions, slots_of};
use crate::ops::platform::{SetOptions, Which};
use crate::ops::{convert, gc, platform};

/// Adds the commands. Each edit is planned once to see that it would not stop half-way.
pub(super) fn add(image: &Image, limits: &Limits, findings: &mut Findings) {
    let options = EditOptions { limits: limits.clone(), ..EditOptions::default() };
    let all = Selector::default();
    let works = |draft: Result<Draft<'_>, Error>| draft.and_then(Draft::plan).is_ok();
    let has = |code: Code| findings.iter().any(|finding| finding.code == code);
    let prunes = (has(Code::ChildMissing) || has(Code::AttestationSubjectAbsent))
        && works(platform::prune(image, &all, &options));
    let sets = has(Code::PlatformContradiction)
        && works(platform::set(image, &all, &SetOptions { which: Which::All, platform: None }, &options));
    let converts = has(Code::CacheAsIndex) && works(convert::cache(image, &all, &options));
    let is_listed = |finding: &Finding| {
        let subject = finding.found.as_ref().and_then(|text| text.parse().ok());
        let id = subject.and_then(|subject| image.graph.find(&Key::Digest(subject)));
        id.is_some_and(|id| !image.graph.node(id).is_present() && !slots_of(&image.graph, id).is_empty())
    };
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
    let fix = |finding: &Finding| match finding.code {
        Code::ChildMissing if prunes => Some("platform prune {input} -o {output}"),
        Code::AttestationSubjectAbsent if prunes && is_listed(finding) => Some("platform prune {input} -o {output}"),
        Code::PlatformContradiction if sets => Some("platform set {input} --from-config -o {output}"),
        Code::CacheAsIndex if converts && is_cache(finding) => Some("convert {input} --cache -o {output}"),
        Code::BlobUnreferenced if is_garbage(finding) => Some("gc {input} -o {output}"),
        _ => None,
    };
    let fixes: Vec<Option<&'static str>> = findings.iter().map(fix).collect();
    for (finding, fix) in findings.iter_mut().zip(fixes) {
        if finding.fix.is_none() {
            finding.fix = fix.map(ToOwned::to_owned);
        }
    }
}
