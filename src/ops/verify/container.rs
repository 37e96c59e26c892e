//! The archive itself: members that stand in it twice.

use std::io::{self, BufRead};

use crate::finding::{Code, Finding, Findings, Place};
use crate::source::{MemberKind, Source};

/// Two members of one name: readers that extract see the last, readers that search see the first.
pub(super) fn check(source: &Source, findings: &mut Findings) {
    for (number, earlier) in source.shadowed().iter().enumerate() {
        let Some(id) = source.find(&earlier.name) else { continue };
        let later = &source.members()[id];
        let at = Place::of(&*earlier.name);
        let same = earlier.kind == later.kind
            && earlier.size == later.size
            && (earlier.kind != MemberKind::File || same_bytes(source, number, id).unwrap_or(false));
        findings.push(if same {
            Finding::new(Code::TarDuplicateEntry, at, "stands twice in the archive with the same bytes")
        } else {
            let detail = "stands twice in the archive with different bytes; readers differ in which they take";
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

fn same_bytes(source: &Source, shadowed: usize, member: usize) -> io::Result<bool> {
    if let (Some(one), Some(other)) = (source.shadowed_facts(shadowed), source.facts(member)) {
        return Ok(one.digest == other.digest);
    }
    let (mut one, mut other) = (source.shadowed_content(shadowed)?, source.content(member)?);
    loop {
        let (a, b) = (one.fill_buf()?, other.fill_buf()?);
        let count = a.len().min(b.len());
        if count == 0 {
            return Ok(a.len() == b.len());
        }
        if a[..count] != b[..count] {
            return Ok(false);
        }
        one.consume(count);
        other.consume(count);
    }
}
