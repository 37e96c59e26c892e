//! A tar archive as a source: its members in one form, and its faults as findings.

use super::listing::Listing;
use super::member::{Member, MemberKind, OTHER_TYPE, is_unsafe, key, normalized};
use super::{format, overlap};
use crate::finding::{Code, Finding, Place, Severity};
use crate::tar_index::{self, After, Problem, ProblemKind};

/// One entry in the form that sources use.
pub(super) fn member_of(entry: &tar_index::Member) -> Member {
    let name = key(&entry.name);
    Member { name: normalized(&name).into(), kind: MemberKind::of_entry(entry), size: entry.size, offset: entry.offset }
}

/// Takes a single folder around an image file off every name, and off the targets of hard links, which count from the
/// top. Its name with its slash, where there is one.
pub(super) fn unwrap(members: &mut [Member]) -> Option<String> {
    let folder = format::find(members.iter())?.folder?;
    for member in members {
        // The folder itself is left without a name, and `list` passes over it.
        let rest =
            if *member.name == *folder.trim_end_matches('/') { Some("") } else { member.name.strip_prefix(&folder) };
        if let Some(rest) = rest {
            member.name = rest.into();
        }
        if let MemberKind::HardLink(target) = &mut member.kind
            && let Some(rest) = target.trim_start_matches("./").strip_prefix(&folder)
        {
            *target = rest.into();
        }
    }
    Some(folder)
}

/// Sorts members, sets the earlier ones of each name aside, and notes odd names and special files.
pub(super) fn list(mut members: Vec<Member>) -> Listing {
    let mut listing = Listing::default();
    // Stable: among members of one name the order of the archive stays, and the last wins, as for a program that
    // extracts them.
    members.sort_by(|a, b| a.name.cmp(&b.name));
    for member in members {
        if member.name.is_empty() {
            continue;
        }
        if let Some(last) = listing.members.last_mut().filter(|last| last.name == member.name) {
            let earlier = std::mem::replace(last, member);
            // Directories are named as often as one likes.
            if earlier.kind != MemberKind::Directory || last.kind != MemberKind::Directory {
                listing.shadowed.push(earlier);
            }
            continue;
        }
        if is_unsafe(&member.name) {
            let detail = "the name is absolute, contains `..` or control characters, or is not UTF-8";
            listing.findings.push(Finding::new(Code::MemberNameUnsafe, Place::of(&*member.name), detail));
        }
        // What the walk said of an unknown type is not said again.
        if let MemberKind::Special(what) = member.kind
            && what != OTHER_TYPE
        {
            let detail = format!("the member is a {what}; ocikit never opens it");
            listing.findings.push(Finding::new(Code::TarSpecialFile, Place::of(&*member.name), detail));
        }
        listing.members.push(member);
    }
    listing.members.shrink_to_fit();
    overlap::check(&mut listing);
    listing
}

/// A fault of an archive as a finding.
///
/// `container` is the place of the archive: empty for the image file itself, the layer's for a layer.
pub fn finding_of(problem: &Problem, container: &Place) -> Finding {
    let name = problem.member.as_ref().map(|name| key(name));
    let at = match (&name, container.steps().is_empty()) {
        (Some(name), true) => Place::of(normalized(name)),
        (Some(name), false) => container.clone().then(normalized(name)),
        (None, true) => Place::of("archive"),
        (None, false) => container.clone(),
    };
    let code = match &problem.kind {
        ProblemKind::Truncated { .. } => Code::TarTruncated,
        ProblemKind::EndMissing | ProblemKind::LoneZeroBlock { after: After::Nothing } => Code::TarEndMissing,
        ProblemKind::LoneZeroBlock { .. } => Code::TarLoneZeroBlock,
        ProblemKind::EntriesAfterEnd { .. } => Code::TarEntriesAfterEnd,
        ProblemKind::TrailingData { .. } => Code::TarTrailingData,
        ProblemKind::ZeroPadding { .. } => Code::TarZeroPadding,
        ProblemKind::SizeConflict { .. } | ProblemKind::SizeUnexpected { .. } => Code::TarSizeConflict,
        ProblemKind::PaxGlobal { .. } => Code::TarPaxGlobal,
        ProblemKind::GlobalHeader { .. } => Code::LayerGlobalHeader,
        ProblemKind::PaxMalformed { .. }
        | ProblemKind::PaxDuplicateKey { .. }
        | ProblemKind::ExtensionEmpty { .. }
        | ProblemKind::SparseDoubtful
        | ProblemKind::NameConflict { .. }
        | ProblemKind::DanglingExtension
        | ProblemKind::ExtensionRepeated
        | ProblemKind::ExtensionInterrupted
        | ProblemKind::SolarisExtension => Code::TarPaxMalformed,
        ProblemKind::HeaderMalformed { .. }
        | ProblemKind::FieldMalformed { .. }
        | ProblemKind::NumberDoubtful { .. }
        | ProblemKind::NameEmpty
        | ProblemKind::PrefixDoubtful => Code::TarHeaderMalformed,
        ProblemKind::FileNamedFolder | ProblemKind::UnknownType { .. } => Code::TarTypeDoubtful,
        ProblemKind::SparseMember | ProblemKind::ContiguousMember => Code::TarSpecialFile,
        ProblemKind::ExtensionOverLimit { .. } | ProblemKind::LimitReached(_) => Code::LimitExceeded,
    };
    if problem.kind == ProblemKind::SparseMember && !container.steps().is_empty() {
        let detail = format!(
            "at byte {}: a sparse file in the old GNU format; docker, podman, containerd and umoci refuse it",
            problem.offset
        );
        return Finding { severity: Severity::Error, ..Finding::new(code, at, detail) };
    }
    let finding = Finding::new(code, at, format!("at byte {}: {}", problem.offset, problem.kind));
    match &problem.kind {
        ProblemKind::Truncated { expected, found } => {
            finding.compared(format!("{expected} bytes"), format!("{found} bytes"))
        }
        ProblemKind::SizeConflict { pax, header } => {
            finding.compared(format!("{pax} bytes (PAX)"), format!("{header} bytes (header)"))
        }
        _ => finding,
    }
}
