//! Writing a plan: the few changed files of a directory, or everything into something new.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;
use std::sync::Arc;

use super::docker::Fate;
use super::draft::{Added, Origin};
use super::output::{Earlier, Output};
use super::plan::Plan;
use super::receipt::Receipt;
use crate::digest::Digest;
use crate::error::Error;
use crate::graph::Key;
use crate::image::{Image, content};
use crate::progress::Work;
use crate::sink::{Archive, ArchiveOptions, Content, LOCK_FILE, Layout, Target, is_leftover};
use crate::source;
use crate::source::{MemberId, MemberKind, Part, Resolution, Source};

/// One file of the result.
enum Piece<'p> {
    Member(MemberId),
    Text(&'p str),
    Added(&'p Digest, &'p Added<'p>),
    Link(&'p str),
}

impl Plan<'_> {
    /// Every file of the result by name, where another operation goes on with it; links as what they point to.
    pub fn files(&self) -> BTreeMap<String, Part> {
        files(self)
    }

    /// The names of the files that go.
    pub(crate) fn gone(&self) -> Vec<String> {
        gone(self)
    }
}

pub(super) fn write(plan: Plan<'_>, output: Output<'_>, earlier: Option<&Earlier>) -> Result<Receipt, Error> {
    let options = |compression| ArchiveOptions { mtime: plan.draft.options.mtime, compression };
    let (label, written) = match output {
        Output::Nothing => return Ok(plan.receipt),
        Output::Directory(root) => (root.display().to_string(), in_place(&plan, &root, earlier)?),
        Output::NewDirectory(path) => {
            let mut layout = Layout::create(&path)?;
            let pieces = pieces(&plan);
            let _work = begin(&plan, &path.display().to_string(), &pieces);
            for (name, piece) in pieces {
                match piece {
                    Piece::Link(target) => layout.link(&name, target)?,
                    piece => layout.file(&name, content_of(&plan, &name, &piece)?)?,
                }
            }
            require_unchanged(&plan)?;
            (path.display().to_string(), layout.finish()?)
        }
        Output::Archive { target, compression } => {
            let label = target.path().display().to_string();
            if is_same_file(&target, &plan) && !plan.receipt.is_changed {
                (label, 0)
            } else {
                let written = archive(&plan, &label, Archive::create(&target, options(compression))?)?;
                (label, written)
            }
        }
        Output::Stream { label, writer, compression } => {
            let to = Archive::to_writer(label.clone(), writer, options(compression))?;
            let written = archive(&plan, &label, to)?;
            (label, written)
        }
    };
    let mut receipt = plan.receipt;
    receipt.output = Some(label);
    receipt.dry_run = false;
    receipt.bytes_written = written;
    Ok(receipt)
}

/// Whether an archive would be written over the very file that it is read from.
fn is_same_file(target: &Target, plan: &Plan<'_>) -> bool {
    let input = Path::new(plan.draft.image.source.label()).canonicalize();
    matches!((input, target.path().canonicalize()), (Ok(input), Ok(output)) if input == output)
}

fn archive(plan: &Plan<'_>, label: &str, mut archive: Archive<'_>) -> Result<u64, Error> {
    let pieces = pieces(plan);
    let _work = begin(plan, label, &pieces);
    for (name, piece) in pieces {
        match piece {
            Piece::Link(target) => archive.link(&name, target)?,
            piece => archive.file(&name, content_of(plan, &name, &piece)?)?,
        }
    }
    require_unchanged(plan)?;
    archive.finish()
}

/// Fails when an image file that something was taken from is not what it was.
fn require_unchanged(plan: &Plan<'_>) -> Result<(), Error> {
    plan.draft.image.source.require_unchanged()?;
    let (mut images, mut parts): (BTreeMap<*const Image, &Image>, Vec<&Part>) = Default::default();
    for added in plan.draft.added.values() {
        match &added.origin {
            Origin::Bytes(_) => {}
            Origin::Member { image, .. } => {
                images.insert(*image, image);
            }
            Origin::Part(part) => parts.push(part),
        }
    }
    images.values().try_for_each(|image| image.source.require_unchanged())?;
    source::require_all(parts)
}

/// Tells the meter what comes.
fn begin(plan: &Plan<'_>, label: &str, pieces: &[(String, Piece<'_>)]) -> Work {
    let size = |(_, piece): &(String, Piece<'_>)| match piece {
        Piece::Member(member) => plan.draft.image.source.members()[*member].size,
        Piece::Text(text) => text.len() as u64,
        Piece::Added(_, added) => added.size,
        Piece::Link(_) => 0,
    };
    plan.draft.options.meter.begin(&format!("writing {label}"), pieces.iter().map(size).sum())
}

/// New blobs first, then the documents at the top with `index.json` last, then what nothing needs any more goes.
fn in_place(plan: &Plan<'_>, root: &Path, earlier: Option<&Earlier>) -> Result<u64, Error> {
    let mut layout = Layout::open(root);
    if !plan.receipt.is_changed {
        return Ok(0);
    }
    let (selected, blobs): (Vec<_>, Vec<_>) = match earlier {
        None => new_blobs(plan).into_iter().chain(new_tops(plan)).partition(is_top),
        Some(earlier) => {
            let pieces = pieces(plan).into_iter().filter(|(name, piece)| !stays(plan, earlier, name, piece));
            pieces.partition(is_top)
        }
    };
    let _work = begin(plan, &root.display().to_string(), &blobs);
    for (name, piece) in &blobs {
        layout.file(name, content_of(plan, name, piece)?)?;
    }
    layout.settle()?;
    require_unchanged(plan)?;
    for (name, piece) in selected.iter().rev() {
        layout.file(name, content_of(plan, name, piece)?)?;
    }
    layout.settle()?;
    for name in going(plan, earlier) {
        layout.remove(&name)?;
    }
    layout.finish()
}

fn is_top((name, _): &(String, Piece<'_>)) -> bool {
    content::TOPS.contains(&name.as_str())
}

fn new_tops<'p>(plan: &'p Plan<'_>) -> Vec<(String, Piece<'p>)> {
    let mut selected: Vec<(String, Piece<'p>)> = Vec::new();
    selected.extend(plan.rewritten.top.as_deref().map(|text| ("index.json".to_owned(), Piece::Text(text))));
    for (name, fate) in [("manifest.json", &plan.docker.manifest), ("repositories", &plan.docker.repositories)] {
        if let Fate::New(text) = fate {
            selected.push((name.to_owned(), Piece::Text(text)));
        }
    }
    selected
}

/// Whether a file of the result is in the directory already, where earlier steps have put the source together.
fn stays(plan: &Plan<'_>, earlier: &Earlier, name: &str, piece: &Piece<'_>) -> bool {
    let Piece::Member(member) = piece else { return false };
    match plan.draft.image.source.part(*member) {
        Some(Part::Member(source, member)) => {
            Arc::ptr_eq(source, &earlier.source) && *source.members()[*member].name == *name
        }
        _ => false,
    }
}

/// The names of what goes, folders after what is in them.
fn going(plan: &Plan<'_>, earlier: Option<&Earlier>) -> Vec<String> {
    let now = gone(plan);
    let Some(earlier) = earlier else { return now };
    let left: BTreeSet<String> = pieces(plan).into_iter().map(|(name, _)| name).collect();
    let was_there = |name: &String| earlier.source.find(name).is_some();
    let mut names: Vec<String> = earlier.gone.iter().cloned().chain(now).filter(was_there).collect();
    names.sort_unstable_by(|a, b| b.cmp(a));
    names.dedup();
    names.retain(|name| !left.contains(name));
    names
}

/// The names of what a plan takes away: documents at the top first.
fn gone(plan: &Plan<'_>) -> Vec<String> {
    let fates = [("repositories", &plan.docker.repositories), ("manifest.json", &plan.docker.manifest)];
    let selected = fates.into_iter().filter(|(_, fate)| **fate == Fate::Gone).map(|(name, _)| name.to_owned());
    // Folders after what is in them.
    let members = plan.going.iter().rev().map(|&member| plan.draft.image.source.members()[member].name.to_string());
    selected.chain(members).collect()
}

fn new_blobs<'p>(plan: &'p Plan<'_>) -> Vec<(String, Piece<'p>)> {
    let added = plan.draft.added.iter().map(|(digest, added)| (digest, Piece::Added(digest, added)));
    let documents = plan.rewritten.nodes.values().map(|new| (&new.digest, Piece::Text(&new.text)));
    // Of one digest, the last counts: a document that changed into what comes in as well is at hand.
    let pieces: BTreeMap<&Digest, Piece<'p>> = added.chain(documents).collect();
    let coming = pieces.into_iter().filter(|(digest, _)| plan.coming.contains(digest));
    coming.map(|(digest, piece)| (digest.blob_path(), piece)).collect()
}

/// Every file of the result: the documents at the top, then the others by name.
fn pieces<'p>(plan: &'p Plan<'_>) -> Vec<(String, Piece<'p>)> {
    let source = &plan.draft.image.source;
    let mut pieces: Vec<(String, Piece<'p>)> = Vec::new();
    for (id, member) in source.members().iter().enumerate() {
        if !plan.going.contains(&id)
            && is_taken(&member.name)
            && let Some(piece) = taken(source, id)
        {
            pieces.push((member.name.to_string(), piece));
        }
    }
    // Blobs that are reached through linked folders, or under the names of docker archives, have no path of their own
    // there; where they have none at all, they get one.
    for node in plan.draft.graph().nodes() {
        if let (Key::Digest(digest), crate::graph::Content::Member(member)) = (&node.key, node.content)
            && !plan.going.contains(&member)
            && !is_taken(&source.members()[member].name)
        {
            pieces.push((digest.blob_path(), Piece::Member(member)));
        }
    }
    pieces.extend(new_blobs(plan));
    let top = plan.rewritten.top.as_deref().map(Piece::Text);
    replace(&mut pieces, "index.json", top, false);
    for (name, fate) in [("manifest.json", &plan.docker.manifest), ("repositories", &plan.docker.repositories)] {
        match fate {
            Fate::Same => {}
            Fate::New(text) => replace(&mut pieces, name, Some(Piece::Text(text)), false),
            Fate::Gone => replace(&mut pieces, name, None, true),
        }
    }
    let rank = |name: &str| content::TOPS.iter().position(|top| *top == name).unwrap_or(content::TOPS.len());
    pieces.sort_by(|(a, _), (b, _)| (rank(a), a).cmp(&(rank(b), b)));
    pieces.dedup_by(|(a, _), (b, _)| a == b);
    without_covered(pieces)
}

/// Without what stands below a file: a folder in the place of the file would hide it.
fn without_covered<'p>(pieces: Vec<(String, Piece<'p>)>) -> Vec<(String, Piece<'p>)> {
    let names: HashSet<&str> = pieces.iter().map(|(name, _)| name.as_str()).collect();
    let folders = |name: &str| name.match_indices('/').any(|(at, _)| names.contains(&name[..at]));
    let covered: Vec<bool> = pieces.iter().map(|(name, _)| folders(name)).collect();
    let kept = pieces.into_iter().zip(covered).filter(|(_, covered)| !covered);
    kept.map(|(piece, _)| piece).collect()
}

fn replace<'p>(pieces: &mut Vec<(String, Piece<'p>)>, name: &str, piece: Option<Piece<'p>>, gone: bool) {
    if piece.is_some() || gone {
        pieces.retain(|(own, _)| own != name);
    }
    pieces.extend(piece.map(|piece| (name.to_owned(), piece)));
}

/// Names that lead outside are not written, nor what unfinished runs left, nor the lock.
fn is_taken(name: &str) -> bool {
    let is_plain = |part: &str| !matches!(part, "" | "." | "..");
    let file = name.rsplit('/').next().unwrap_or(name);
    name.split('/').all(is_plain) && !is_leftover(file) && name != LOCK_FILE && !name.chars().any(char::is_control)
}

/// How a member is taken over: files as they are, links in `blobs/` and hard links as what they point to, since readers
/// differ about them; other symbolic links, by which docker archives share layers, as links.
fn taken<'p>(source: &'p Source, id: MemberId) -> Option<Piece<'p>> {
    let member = &source.members()[id];
    match &member.kind {
        MemberKind::File => Some(Piece::Member(id)),
        MemberKind::SymbolicLink(target) => match source.resolve(&member.name) {
            Resolution::File(_) if !member.name.starts_with("blobs/") && !target.contains('\0') => {
                Some(Piece::Link(target))
            }
            Resolution::File(target) => Some(Piece::Member(target)),
            _ => None,
        },
        MemberKind::HardLink(_) => match source.resolve(&member.name) {
            Resolution::File(target) => Some(Piece::Member(target)),
            _ => None,
        },
        MemberKind::Directory | MemberKind::Special(_) => None,
    }
}

/// Every file of the result, as parts of what they come from; links as what they point to.
fn files(plan: &Plan<'_>) -> BTreeMap<String, Part> {
    let image = plan.draft.image;
    let part = |name: &str, piece: Piece<'_>| match piece {
        Piece::Member(member) => Some(of_part(image, member)),
        Piece::Text(text) => Some(Part::text(text.to_owned())),
        Piece::Added(_, added) => Some(match &added.origin {
            Origin::Bytes(bytes) => Part::Bytes(bytes.as_ref().into()),
            Origin::Member { image, member } => of_part(image, *member),
            Origin::Part(part) => part.clone(),
        }),
        Piece::Link(_) => match image.source.resolve(name) {
            Resolution::File(member) => Some(of_part(image, member)),
            _ => None,
        },
    };
    let parts = pieces(plan).into_iter().map(|(name, piece)| (part(&name, piece), name));
    parts.filter_map(|(part, name)| Some((name, part?))).collect()
}

/// A member, or what it is itself a part of, so that parts of parts do not pile up.
fn of_part(image: &Image, member: MemberId) -> Part {
    image.source.part(member).cloned().unwrap_or_else(|| Part::Member(Arc::clone(&image.source), member))
}

fn content_of<'p>(plan: &'p Plan<'_>, name: &str, piece: &Piece<'p>) -> Result<Content<'p>, Error> {
    let content = match piece {
        Piece::Text(text) => Ok(Content::bytes(name, text.as_bytes())),
        Piece::Member(member) => {
            // What nothing refers to is copied as it is; its faults are for `verify` to tell.
            let digest = plan.draft.graph().held_by(*member).and(Digest::from_blob_path(name));
            content::of_member(&plan.draft.image.source, *member, digest)
        }
        Piece::Added(digest, added) => match &added.origin {
            Origin::Bytes(bytes) => Ok(Content::bytes(name, &**bytes).verified((*digest).clone())),
            Origin::Member { image, member } => content::of_member(&image.source, *member, Some((*digest).clone())),
            Origin::Part(part) => content::of_part(part, name, Some((*digest).clone())),
        },
        Piece::Link(target) => Ok(Content::bytes(name, target.as_bytes())),
    };
    Ok(content?.metered(&plan.draft.options.meter))
}
