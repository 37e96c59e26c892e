//! Hashing: every blob once, the largest first, over all cores.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::io;

use crate::checks::declared_layer::{DeclaredLayer, declared_layer};
use crate::checks::options::VerifyOptions;
use crate::checks::scope::Scope;
use crate::digest::{Algorithm, Digest};
use crate::doc::{Config, Document, Field};
use crate::finding::{Code, Finding, Findings, Place};
use crate::graph::{Content, Graph, Key, Kind, NodeId, Role};
use crate::image::{Amount, Image};
use crate::parallel;
use crate::progress::Metered;
use crate::source::{BlobFacts, ExamineOptions, LayerFacts, MemberId, MemberKind, OutlineRoom, Resolution, examine};

/// What hashing found.
#[derive(Default)]
pub(crate) struct Hashed {
    /// By member and algorithm of the digest; none for those that were not read here.
    facts: HashMap<(MemberId, Algorithm), BlobFacts>,
    /// What is inside layers that are in the `data` of a descriptor alone.
    inline: HashMap<NodeId, LayerFacts>,
    /// What was read and hashed, here or while the documents were followed.
    pub(crate) verified: Amount,
    /// Layers that were inflated.
    pub(crate) inflated: Amount,
}

impl Hashed {
    /// The digest of a member; None for one that was not read in this way, or not to its end.
    pub(crate) fn digest<'a>(&'a self, image: &'a Image, member: MemberId, algorithm: Algorithm) -> Option<&'a Digest> {
        let own = self.facts.get(&(member, algorithm));
        let passed = || image.source.facts(member).filter(|facts| facts.digest.algorithm() == Some(algorithm));
        own.or_else(passed).filter(|facts| is_whole(image, member, facts)).map(|facts| &facts.digest)
    }

    /// What is inside a layer; None for one that was not inspected, or not to its end.
    pub(crate) fn layer<'a>(&'a self, image: &'a Image, layer: NodeId) -> Option<&'a LayerFacts> {
        match image.graph.node(layer).content {
            Content::Member(member) => self.facts(image, member)?.layer.as_ref(),
            _ => self.inline.get(&layer),
        }
    }

    /// What a member is, of a layer what is inside too; None for one that was not read, or not to its end.
    pub(crate) fn facts<'a>(&'a self, image: &'a Image, member: MemberId) -> Option<&'a BlobFacts> {
        let own = Algorithm::ALL.iter().filter_map(|algorithm| self.facts.get(&(member, *algorithm)));
        let mut all = own.chain(image.source.facts(member)).filter(|facts| is_whole(image, member, facts));
        all.clone().find(|facts| facts.layer.is_some()).or_else(|| all.next())
    }
}

fn is_whole(image: &Image, member: MemberId, facts: &BlobFacts) -> bool {
    facts.size == image.source.members()[member].size
}

/// One blob to read.
struct BlobJob {
    member: MemberId,
    asked: ExamineOptions,
    /// Whether what it is known by is of an algorithm that can be computed.
    is_verified: bool,
}

/// Hashes each blob once, and compares it with everything that it is known by.
pub(crate) fn check(image: &Image, scope: &Scope, options: &VerifyOptions, findings: &mut Findings) -> Hashed {
    let layers = Layers::of(image, scope, options);
    // What the graph could not read is reported already.
    let reported = unreadable(&image.graph).cloned().collect();
    let mut run = Run {
        image,
        options,
        hashed: Hashed::default(),
        documents: BTreeSet::new(),
        reported,
        findings: &mut *findings,
    };
    let jobs = run.jobs(scope, &layers.members);
    let jobs = run.take_from_stream(jobs);
    run.read(&jobs);
    run.read_inline(layers.inline);
    let hashed = run.hashed;
    for expected in expected_blobs(image, scope) {
        compare(image, &expected, &hashed, findings);
    }
    hashed
}

/// The layers, with the algorithms of the diff_ids that they should have.
struct Layers {
    members: HashMap<MemberId, Vec<Algorithm>>,
    /// Those that are in the `data` of a descriptor alone, as far as a deep verification reads them.
    inline: BTreeMap<NodeId, Algorithm>,
}

impl Layers {
    fn of(image: &Image, scope: &Scope, options: &VerifyOptions) -> Self {
        let mut layers = Layers { members: HashMap::new(), inline: BTreeMap::new() };
        for (layer, algorithm) in layers_of(&image.graph) {
            match image.graph.node(layer).content {
                Content::Member(member) => {
                    let algorithms = layers.members.entry(member).or_default();
                    if !algorithms.contains(&algorithm) {
                        algorithms.push(algorithm);
                    }
                }
                Content::Inline if options.deep && scope.has(layer) => {
                    layers.inline.entry(layer).or_insert(algorithm);
                }
                Content::Inline | Content::External | Content::Absent => {}
            }
        }
        layers
    }
}

/// One pass over the blobs of an image file.
struct Run<'a> {
    image: &'a Image,
    options: &'a VerifyOptions,
    hashed: Hashed,
    /// Members that the graph read and hashed.
    documents: BTreeSet<MemberId>,
    /// Places of blobs that could not be read, each reported once.
    reported: HashSet<Place>,
    findings: &'a mut Findings,
}

impl Run<'_> {
    /// What to read, each member once for each algorithm of its digests.
    fn jobs(&mut self, scope: &Scope, layers: &HashMap<MemberId, Vec<Algorithm>>) -> Vec<BlobJob> {
        let image = self.image;
        let mut jobs: BTreeMap<(MemberId, Algorithm), BlobJob> = BTreeMap::new();
        for expected in expected_blobs(image, scope) {
            let member = expected.member;
            let is_document = expected.node.is_some_and(|id| was_hashed(image, id));
            if is_document && self.documents.insert(member) {
                self.hashed.verified.add(image.source.members()[member].size);
            }
            let layer = layers.get(&member);
            // A document that is listed as a layer too is read as one.
            if is_document && layer.is_none() {
                continue;
            }
            let mut diff_ids = layer.filter(|_| self.options.deep).into_iter().flatten().copied();
            let (diff_id, diff_id_also) = (diff_ids.next(), diff_ids.next());
            let algorithm = expected.algorithm();
            let Some(digest) = algorithm.or(diff_id.map(|_| Algorithm::Sha256)) else { continue };
            let is_verified = algorithm.is_some() && !is_document;
            let job = BlobJob { member, asked: ExamineOptions { digest, diff_id, diff_id_also }, is_verified };
            jobs.entry((member, digest)).or_insert(job).is_verified |= is_verified;
        }
        jobs.into_values().collect()
    }

    /// Takes what a stream that went by has answered; the other jobs are left.
    fn take_from_stream(&mut self, mut jobs: Vec<BlobJob>) -> Vec<BlobJob> {
        let source = &self.image.source;
        jobs.retain(|job| match source.facts(job.member) {
            // A layer that looked like a document as it went by was kept, and is inspected now.
            Some(facts) if source.content(job.member).is_err() || job.is_answered_by(facts) => {
                self.count(job, facts);
                false
            }
            _ => true,
        });
        jobs
    }

    /// Reads the blobs over all cores, the largest first, so that no large one comes last.
    fn read(&mut self, jobs: &[BlobJob]) {
        let (source, options) = (&self.image.source, self.options);
        let size = |job: &&BlobJob| source.members()[job.member].size;
        let mut jobs: Vec<&BlobJob> = jobs.iter().collect();
        jobs.sort_by_key(|job| std::cmp::Reverse(size(job)));
        let work = options.meter.begin(&format!("verifying {}", source.label()), jobs.iter().map(size).sum());
        let room = OutlineRoom::new(&options.limits);
        let results: Vec<io::Result<BlobFacts>> = parallel::map(&jobs, parallel::threads(options.jobs), |job| {
            let content = Metered::new(source.content(job.member)?, &options.meter);
            let mut facts = examine(content, job.asked, &options.limits)?;
            if let Some(layer) = &mut facts.layer {
                room.keep(&mut layer.outline);
            }
            Ok(facts)
        });
        drop(work);
        for (job, result) in jobs.into_iter().zip(results) {
            match result {
                Ok(mut facts) => {
                    // Which layers there was no room for depends on the threads; the report does not.
                    if let Some(layer) = facts.layer.as_mut().filter(|_| room.is_short()) {
                        layer.outline.cut();
                    }
                    self.count(job, &facts);
                    self.hashed.facts.insert((job.member, job.asked.digest), facts);
                }
                Err(error) => {
                    let detail = format!("cannot be read: {error}");
                    self.report(Finding::new(Code::BlobUnreadable, place(self.image, job.member), detail));
                }
            }
        }
    }

    fn read_inline(&mut self, layers: BTreeMap<NodeId, Algorithm>) {
        for (layer, diff_id) in layers {
            let asked = ExamineOptions { digest: diff_id, diff_id: Some(diff_id), diff_id_also: None };
            let bytes = self.image.graph.inline(layer).unwrap_or_default();
            if let Some(facts) = examine(bytes, asked, &self.options.limits).ok().and_then(|facts| facts.layer) {
                self.hashed.inflated.add(facts.inflated);
                self.hashed.inline.insert(layer, facts);
            }
        }
    }

    /// Counts what was read, and reports what did not come to its end.
    fn count(&mut self, job: &BlobJob, facts: &BlobFacts) {
        if job.is_verified && !self.documents.contains(&job.member) {
            self.hashed.verified.add(facts.size);
        }
        if let Some(layer) = &facts.layer {
            self.hashed.inflated.add(layer.inflated);
        }
        if let Some(finding) = cut_short(self.image, job.member, facts) {
            self.report(finding);
        }
    }

    fn report(&mut self, finding: Finding) {
        if self.reported.insert(finding.at.clone()) {
            self.findings.push(finding);
        }
    }
}

impl BlobJob {
    /// Whether a stream that went by has answered all that is asked.
    fn is_answered_by(&self, facts: &BlobFacts) -> bool {
        let is_digest = !self.is_verified || facts.digest.algorithm() == Some(self.asked.digest);
        is_digest && (self.asked.diff_id.is_none() || facts.layer.is_some())
    }
}

/// A file, and one thing that it is known by. Links resolve to one file from several digests.
struct ExpectedBlob<'a> {
    member: MemberId,
    /// The link that leads there, of a blob that nothing refers to.
    link: Option<MemberId>,
    /// None for a blob that nothing refers to.
    node: Option<NodeId>,
    digest: Option<Cow<'a, Digest>>,
}

impl ExpectedBlob<'_> {
    /// The algorithm to hash it with; None when its digest is of one that cannot be computed.
    fn algorithm(&self) -> Option<Algorithm> {
        self.digest.as_ref().map_or(Some(Algorithm::Sha256), |digest| digest.algorithm())
    }
}

/// What the scope references, and in the whole file every blob.
fn expected_blobs<'a>(image: &'a Image, scope: &Scope) -> impl Iterator<Item = ExpectedBlob<'a>> {
    let (graph, members) = (&image.graph, image.source.members());
    let referenced = graph.nodes().iter().enumerate().filter_map(|(id, node)| match node.content {
        Content::Member(member) if scope.has(id) => {
            let by_name = || Digest::from_blob_path(&members[member].name).map(Cow::Owned);
            Some(ExpectedBlob {
                member,
                link: None,
                node: Some(id),
                digest: node.key.digest().map(Cow::Borrowed).or_else(by_name),
            })
        }
        _ => None,
    });
    let unreferenced = members.iter().enumerate().filter_map(|(member, listed)| {
        let digest = Digest::from_blob_path(&listed.name).filter(|_| scope.whole && graph.held_by(member).is_none())?;
        let (member, link) = match &listed.kind {
            MemberKind::SymbolicLink(_) | MemberKind::HardLink(_)
                if graph.find(&Key::Digest(digest.clone())).is_none() =>
            {
                let Resolution::File(target) = image.source.resolve(&listed.name) else { return None };
                (target, Some(member))
            }
            _ => (member, None),
        };
        Some(ExpectedBlob { member, link, node: None, digest: Some(Cow::Owned(digest)) })
    });
    referenced.chain(unreferenced).filter(|known| members[known.member].kind == MemberKind::File)
}

fn unreadable(graph: &Graph) -> impl Iterator<Item = &Place> {
    graph.findings.iter().filter(|finding| finding.code == Code::BlobUnreadable).map(|finding| &finding.at)
}

/// A blob of which not all was there has no digest worth comparing.
fn cut_short(image: &Image, member: MemberId, facts: &BlobFacts) -> Option<Finding> {
    let listed = image.source.members()[member].size;
    (facts.size != listed).then(|| {
        let detail = "the blob ends before its declared size: the file is truncated, or changed while it was read";
        let finding = Finding::new(Code::BlobUnreadable, place(image, member), detail);
        finding.compared(format!("{listed} bytes"), format!("{} bytes", facts.size))
    })
}

/// Documents are hashed when the graph reads them.
fn was_hashed(image: &Image, id: NodeId) -> bool {
    image.graph.node(id).document != Document::Opaque
}

/// The layers that a deep verification inspects, each with the algorithm of a diff_id that it should have.
fn layers_of(graph: &Graph) -> Vec<(NodeId, Algorithm)> {
    let mut layers = Vec::new();
    let mut note = |layer: NodeId, config: Option<&Config>, number: usize| {
        let diff_id = config.and_then(|config| config.diff_ids.get(number)).and_then(Field::ok);
        layers.push((layer, diff_id.and_then(Digest::algorithm).unwrap_or(Algorithm::Sha256)));
    };
    for (id, node) in graph.nodes().iter().enumerate() {
        for &link in &node.links {
            let (Role::Layer(number) | Role::Manifest(number)) = link.role else { continue };
            if let Some((layer, DeclaredLayer::Tar(_))) = declared_layer(graph, id, link) {
                note(layer, graph.config_of(id), number as usize);
            }
        }
    }
    for entry in &graph.docker {
        let config = entry.config.and_then(|id| graph.node(id).document.as_config());
        for (number, layer) in entry.layers.iter().enumerate() {
            layer.iter().for_each(|layer| note(*layer, config, number));
        }
    }
    layers
}

fn place(image: &Image, member: MemberId) -> Place {
    match image.graph.held_by(member) {
        Some(id) => image.graph.place(id),
        None => Place::of(&*image.source.members()[member].name),
    }
}

/// Compares what a file is with what it is known by.
fn compare(image: &Image, known: &ExpectedBlob<'_>, hashed: &Hashed, findings: &mut Findings) {
    let Some(expected) = known.digest.as_deref() else { return };
    let node = known.node.map(|id| image.graph.node(id));
    let of_document = node.and_then(|node| node.found.as_ref());
    let of_facts = || hashed.digest(image, known.member, expected.algorithm()?);
    let Some(found) = of_document.or_else(of_facts).filter(|found| *found != expected) else { return };
    if found.algorithm() != expected.algorithm() {
        return;
    }
    let (code, detail) = match node.map(|node| node.kind) {
        Some(Kind::Config) => (Code::BlobDigest, "the config does not match its digest".to_owned()),
        Some(kind) => (Code::BlobDigest, format!("the {kind} does not match its digest")),
        None => (Code::BlobMisnamed, "the content of this unreferenced blob does not match its file name".to_owned()),
    };
    let at = known.node.map_or_else(|| place(image, known.link.unwrap_or(known.member)), |id| image.graph.place(id));
    findings.push(Finding::new(code, at, detail).compared(expected, found));
}
