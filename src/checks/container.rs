//! The archive itself: members that are in it twice.

use crate::finding::{Code, Finding, Findings, Place};
use crate::source::{MemberKind, Source};

/// Two members of one name: readers that extract see the last, readers that search see the first.
pub(crate) fn check(source: &Source, findings: &mut Findings) {
    for (number, earlier) in source.shadowed().iter().enumerate() {
        let Some(id) = source.find(&earlier.name) else { continue };
        let later = &source.members()[id];
        let at = Place::of(&*earlier.name);
        findings.push(if source.is_repeated(number) {
            Finding::new(Code::TarDuplicateEntry, at, "the archive stores this member twice with the same content")
        } else {
            let detail = "the archive stores this member twice with different content; readers differ in which one \
                they use";
            let (first, last) = (describe(&earlier.kind, earlier.size), describe(&later.kind, later.size));
            Finding::new(Code::TarConflictingEntry, at, detail)
                .compared(format!("{first} (the first)"), format!("{last} (the last)"))
        });
    }
}

fn describe(kind: &MemberKind, size: u64) -> String {
    match kind {
        MemberKind::File => format!("a file of {size} bytes"),
        MemberKind::Directory => "a directory".to_owned(),
        MemberKind::SymbolicLink(target) => format!("a symbolic link to {target}"),
        MemberKind::HardLink(target) => format!("a hard link to {target}"),
        MemberKind::Special(what) => format!("a {what}"),
    }
}
