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
    let mut search = Search::new(image, &options, findings);
    let fixes: Vec<Option<CommandLine>> = findings.iter().map(|finding| search.fix(finding)).collect();
    for (finding, fix) in findings.iter_mut().zip(fixes).filter(|(finding, _)| finding.fix.is_none()) {
        finding.fix = fix.map(CommandLine::into_new_file);
    }
}

/// The search for commands for one file.
struct Search<'a> {
    image: &'a Image,
    options: &'a EditOptions,
    /// Codes whose findings one edit fixes for the whole file, without stopping half-way.
    fixable: Vec<Code>,
    /// For how many findings of one code edits of their own are still planned.
    tries: usize,
    names: usize,
    entries: Option<Entries<'a>>,
}

impl<'a> Search<'a> {
    fn new(image: &'a Image, options: &'a EditOptions, findings: &Findings) -> Self {
        let tries = (MOST_NODES / image.graph.nodes().len().max(1)).clamp(1, MOST);
        let fixable = fixable(image, findings, options);
        Search { image, options, fixable, tries, names: tries, entries: None }
    }

    fn fix(&mut self, finding: &Finding) -> Option<CommandLine> {
        let command = |verb: &str| CommandLine::ocikit(verb).path(self.image.source.label());
        match finding.code {
            Code::PlatformDuplicate | Code::PlatformMissing => self.entries().fix(finding),
            Code::RefNameInvalid if self.names > 0 => {
                self.names -= 1;
                let name = finding.found.as_deref()?;
                let new = renamed(self.image, name, self.options)?;
                Some(command("ref rename").word(name).word(new))
            }
            code if !self.fixable.contains(&code) => None,
            Code::ChildMissing => Some(command("platform prune")),
            Code::AttestationSubjectAbsent if self.is_subject_missing(finding) => Some(command("platform prune")),
            Code::PlatformContradiction | Code::PlatformSpelling => Some(command("platform set").word("--from-config")),
            Code::CacheAsIndex if self.is_listed_index(finding) => Some(command("convert").word("--cache")),
            Code::LayerCompression => Some(command("repack").option("--compression", "gzip")),
            Code::BlobUnreferenced | Code::BlobMisnamed if self.is_garbage(finding) => Some(command("gc")),
            _ => None,
        }
    }

    fn entries(&mut self) -> &mut Entries<'a> {
        self.entries.get_or_insert_with(|| Entries::new(self.image, self.options, self.tries))
    }

    fn is_subject_missing(&self, finding: &Finding) -> bool {
        !finding.found.as_ref().is_some_and(|subject| platform::is_there(&self.image.graph, subject))
    }

    /// Whether a finding is in an index that `index.json` lists.
    fn is_listed_index(&self, finding: &Finding) -> bool {
        let graph = &self.image.graph;
        let digest = finding.at.steps().last().and_then(|step| step.document.parse().ok());
        digest.and_then(|digest| graph.find(&Key::Digest(digest))).is_some_and(|id| {
            let is_listed = graph.roots.iter().any(|root| root.node == Some(id));
            is_listed && matches!(graph.node(id).document, Document::Index(_))
        })
    }

    /// Whether a finding is about a file that `gc` removes.
    fn is_garbage(&self, finding: &Finding) -> bool {
        let source = &self.image.source;
        let is_file = |name: &str| source.find(name).is_some_and(|id| source.members()[id].kind == MemberKind::File);
        let name = finding.at.steps().first().map(|step| step.document.as_str());
        name.is_some_and(|name| gc::is_blob(source, name) && is_file(name))
    }
}

/// The codes of the findings that an edit of the whole file would fix.
fn fixable(image: &Image, findings: &Findings, options: &EditOptions) -> Vec<Code> {
    let all = Selector::default();
    let from_config = SetOptions { which: Which::All, platform: None };
    let plans = |draft: Result<Draft<'_>, Error>| draft.and_then(Draft::plan).is_ok();
    // Of layers that are damaged as well nothing is compressed again.
    let is_damaged =
        || findings.iter().any(|found| found.severity == Severity::Error && found.code != Code::LayerCompression);
    let mut fixable = Vec::new();
    let mut offer = |codes: &[Code], works: &dyn Fn() -> bool| {
        if findings.iter().any(|finding| codes.contains(&finding.code)) && works() {
            fixable.extend(codes);
        }
    };
    offer(&[Code::ChildMissing, Code::AttestationSubjectAbsent], &|| plans(platform::prune(image, &all, options)));
    offer(&[Code::PlatformContradiction, Code::PlatformSpelling], &|| {
        plans(platform::set(image, &all, &from_config, options))
    });
    // Nothing that is referenced changes, so that its plan, which follows every link, need not be made.
    offer(&[Code::BlobUnreferenced, Code::BlobMisnamed], &|| gc::gc(image, options).is_ok());
    offer(&[Code::LayerCompression], &|| !is_damaged() && plans(with_other_layers(image, findings, options)));
    offer(&[Code::CacheAsIndex], &|| plans(convert::cache(image, &all, options)));
    fixable
}

/// A change of every layer whose compression is not that of its media type: whether attestations would stop it.
fn with_other_layers<'a>(image: &'a Image, findings: &Findings, options: &EditOptions) -> Result<Draft<'a>, Error> {
    let mut draft = Draft::new(image, options, &Scope::All)?;
    for finding in findings.iter().filter(|finding| finding.code == Code::LayerCompression) {
        let [.., manifest, _] = finding.at.steps() else { continue };
        let digest = manifest.document.parse().ok();
        let Some(id) = digest.and_then(|digest| image.graph.find(&Key::Digest(digest))) else { continue };
        if image.graph.node(id).kind != Kind::Image {
            let reason = "only the layers of images are recompressed".to_owned();
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
