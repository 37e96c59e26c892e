//! What is wrong with a layer that was read to its end, as findings.

use crate::codec::Trailing;
use crate::digest::Digest;
use crate::finding::{Code, Finding, Findings, Place, Severity};
use crate::media_type::Compression;
use crate::source::{Doubt, EntryConflict, Fault, LayerFacts, finding_of};
use crate::tar_index::{Problem, ProblemKind};

/// Whether a layer inflates to a well-formed archive with nothing after it.
pub(crate) fn check_content(facts: &LayerFacts, at: &Place, findings: &mut Findings) {
    match &facts.fault {
        Some(Fault::Data(error)) => {
            findings.push(Finding::new(
                Code::LayerCorrupt,
                at.clone(),
                format!("the layer cannot be decompressed: {error}"),
            ));
        }
        Some(Fault::Limit(reached)) => {
            findings.push(Finding::new(
                Code::LimitExceeded,
                at.clone(),
                format!("the layer exceeds the limit on uncompressed data: {reached}"),
            ));
        }
        None => {}
    }
    if let Some(oddity) = facts.oddity {
        let detail = format!("the compressed data of the layer: {oddity}");
        findings.push(Finding::new(Code::CompressionUnusual, at.clone(), detail));
    }
    for conflict in &facts.conflicts {
        findings.push(finding_of_conflict(conflict, at));
    }
    match facts.trailing {
        Trailing::None => {}
        Trailing::Zeros(count) => {
            let detail = format!("{count} zero bytes follow the {} data", facts.compression);
            findings.push(Finding::new(Code::LayerZeroPadding, at.clone(), detail));
        }
        Trailing::Data(count) => {
            let detail =
                format!("{count} bytes that are not {} data follow it; Go readers refuse the layer", facts.compression);
            findings.push(Finding::new(Code::LayerTrailingData, at.clone(), detail));
        }
    }
    if !facts.is_tar && facts.fault.is_none() {
        let detail = match facts.tar_problems.first() {
            Some(problem) => format!("the layer is not a tar archive: {problem}"),
            None => "the layer is not a tar archive".to_owned(),
        };
        findings.push(Finding::new(Code::LayerNotTar, at.clone(), detail));
    } else {
        let wrong = facts.tar_problems.iter().filter(|problem| !is_stargz_index(problem));
        findings.extend(wrong.map(|problem| finding_of(problem, at)));
    }
}

/// Image-spec `layer.md`: no name twice, and a whiteout hides nothing of its own layer.
fn finding_of_conflict(conflict: &EntryConflict, at: &Place) -> Finding {
    let of = |name: &str, detail: &str| {
        Finding::new(Code::LayerEntriesConflict, at.clone().then(name.trim_end_matches('/')), detail)
    };
    match conflict {
        EntryConflict::Twice(name) => of(
            name,
            "the layer contains this name twice; podman refuses it, containerd refuses a duplicate \
                whiteout, other readers use the last",
        ),
        EntryConflict::Removed(name) => of(
            name,
            "a whiteout removes an entry that the same layer adds before it; docker, containerd and podman remove \
            the entry or refuse the layer, umoci keeps it",
        ),
        EntryConflict::Doubtful(name, doubt) => {
            let code = match doubt {
                Doubt::Climbs => Code::MemberNameUnsafe,
                Doubt::Owner => Code::TarHeaderMalformed,
                _ => Code::LayerEntryDoubtful,
            };
            let severity = if *doubt == Doubt::AufsFile { Severity::Warning } else { Severity::Error };
            let at = at.clone().then(name.trim_end_matches('/'));
            Finding::new(code, at, doubt.to_string()).with_severity(severity)
        }
        EntryConflict::TooMany(reached) => {
            let detail = format!("further duplicate names in the layer were not checked: {reached}");
            Finding::new(Code::LimitExceeded, at.clone(), detail)
        }
    }
}

/// eStargz stores its table of contents as a last entry, behind the end marker of the layer's archive.
fn is_stargz_index(problem: &Problem) -> bool {
    matches!(&problem.kind, ProblemKind::EntriesAfterEnd { first } if &**first == b"stargz.index.json")
}

/// Compares the digest of the uncompressed bytes with the diff_id (image-spec `config.md`, "rootfs").
pub(crate) fn check_diff_id(facts: &LayerFacts, expected: Option<&Digest>, at: &Place, findings: &mut Findings) {
    let known = || [&facts.diff_id, &facts.diff_id_also].into_iter().flatten();
    let same_kind = |expected: &Digest| known().find(|found| found.algorithm() == expected.algorithm());
    let Some(expected) = expected else { return };
    let Some(found) = same_kind(expected).or_else(|| known().next()) else { return };
    if expected.algorithm() != found.algorithm() {
        // One pass over a stream cannot know what the config, which comes behind, will ask for.
        let detail = format!(
            "the diff_id was not checked: the layer was hashed with {} before its config was read; pass the file by \
            name instead of `-`",
            found.algorithm_name()
        );
        let finding = Finding::new(Code::DigestUnsupported, at.clone(), detail);
        findings.push(finding.compared(expected.algorithm_name(), found.algorithm_name()));
    } else if expected != found {
        let what = if facts.compression == Compression::None { "layer" } else { "uncompressed layer" };
        let detail = format!("the {what} does not match its diff_id");
        findings.push(Finding::new(Code::DiffIdMismatch, at.clone(), detail).compared(expected, found));
    }
}
