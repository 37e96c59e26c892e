//! The command that fixes a finding, where there is one and it would do so for this very file.

use super::entries::Entries;
use crate::checks::options::VerifyOptions;
use crate::command::CommandLine;
use crate::doc::Document;
use crate::edit::{Draft, EditOptions, Holder, Scope};
use crate::error::Error;
use crate::finding::{Code, Finding, Findings, Severity};
use crate::graph::{Key, Kind, Selector};
use crate::image::Image;
use crate::json::Edit;
use crate::json::edit::quoted;
use crate::media_type;
use crate::ops::platform::{SetOptions, Which};
use crate::ops::{convert, gc, names, platform};
use crate::reference::name_like;
use crate::source::MemberKind;

/// For how many findings of one code commands are tried that are of their own: each costs a plan of the whole file.
const MOST: usize = 8;

/// Documents and blobs that all these plans together may go through, so that long lists do not take much longer.
const MOST_NODES: usize = 20_000;

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
    // Nothing that is referred to changes, so that its plan, which follows every link, need not be made.
    let collects = (has(Code::BlobUnreferenced) || has(Code::BlobMisnamed)) && gc::gc(image, &options).is_ok();
    let spells = has(Code::PlatformSpelling)
        && works(platform::set(image, &all, &SetOptions { which: Which::All, platform: None }, &options));
    // Of layers that are damaged as well nothing is compressed anew.
    let mut errors = findings.iter().filter(|finding| finding.severity == Severity::Error);
    let recodes = has(Code::LayerCompression)
        && errors.all(|finding| finding.code == Code::LayerCompression)
        && works(with_other_layers(image, findings, &options));
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
        let is_file =
            |name| image.source.find(name).is_some_and(|id| image.source.members()[id].kind == MemberKind::File);
        name.is_some_and(|name| gc::is_blob(&image.source, name) && is_file(name))
    };
    let command = |verb: &str| CommandLine::ocikit(verb).path(image.source.label());
    let mut entries: Option<Entries<'_>> = None;
    let tries = (MOST_NODES / image.graph.nodes().len().max(1)).clamp(1, MOST);
    let mut names = tries;
    let mut fix = |finding: &Finding| match finding.code {
        Code::ChildMissing if prunes => Some(command("platform prune")),
        Code::AttestationSubjectAbsent if prunes && is_absent(finding) => Some(command("platform prune")),
        Code::PlatformContradiction if sets => Some(command("platform set").word("--from-config")),
        Code::CacheAsIndex if converts && is_cache(finding) => Some(command("convert").word("--cache")),
        Code::PlatformSpelling if spells => Some(command("platform set").word("--from-config")),
        Code::LayerCompression if recodes => Some(command("repack").option("--compression", "gzip")),
        Code::RefNameInvalid if names > 0 => {
            names -= 1;
            let name = finding.found.as_deref()?;
            renamed(image, name, &options).map(|new| command("ref rename").word(name).word(new))
        }
        Code::BlobUnreferenced | Code::BlobMisnamed if collects && is_garbage(finding) => Some(command("gc")),
        Code::PlatformDuplicate | Code::PlatformMissing => {
            entries.get_or_insert_with(|| Entries::new(image, &options, tries)).fix(finding)
        }
        _ => None,
    };
    let fixes: Vec<Option<CommandLine>> = findings.iter().map(&mut fix).collect();
    for (finding, fix) in findings.iter_mut().zip(fixes).filter(|(finding, _)| finding.fix.is_none()) {
        finding.fix = fix.map(CommandLine::to_new_file);
    }
}

/// A change of every layer whose compression is not that of its media type: whether attestations would stop it.
fn with_other_layers<'a>(image: &'a Image, findings: &Findings, options: &EditOptions) -> Result<Draft<'a>, Error> {
    let mut draft = Draft::new(image, options, &Scope::All)?;
    for finding in findings.iter().filter(|finding| finding.code == Code::LayerCompression) {
        let [.., manifest, _] = finding.at.steps() else { continue };
        let digest = manifest.document.parse().ok();
        let Some(id) = digest.and_then(|digest| image.graph.find(&Key::Digest(digest))) else { continue };
        if image.graph.node(id).kind != Kind::Image {
            let reason = "only the layers of images are compressed anew".to_owned();
            return Err(Error::Unfit { path: image.source.label().to_owned(), verb: "compress", reason });
        }
        let value = quoted(media_type::OCI_LAYER_GZIP);
        let edit = Edit::Set { object: manifest.pointer.clone(), key: "mediaType".to_owned(), value };
        draft.edit(Holder::Node(id), edit);
    }
    Ok(draft)
}

/// The nearest name that readers accept, where an image can be given that instead.
fn renamed(image: &Image, name: &str, options: &EditOptions) -> Option<String> {
    let new = name_like(name);
    let is_option = |name: &str| name.starts_with('-');
    let may = new != name && !is_option(name) && !is_option(&new);
    let draft = may.then(|| names::rename(image, &Selector::default(), name, &new, false, options));
    draft?.and_then(Draft::plan).ok().map(|_| new)
}

/// Edits do not follow links that lead out of a directory; `repack` does, where it is reported.
fn with_links(findings: &mut Findings) {
    for finding in findings.iter_mut() {
        finding.fix = finding.fix.take().map(|repack| repack.word("--follow-links"));
    }
}
