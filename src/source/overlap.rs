//! Members of an archive that readers which unpack put in another's place, though the names differ.

use std::collections::HashMap;

use super::listing::Listing;
use super::member::{Member, MemberKind, is_elsewhere};
use super::resolve::find;
use crate::finding::{Code, Finding, Place};

/// Looks at names alone, in the order in which they are sorted.
pub(super) fn check(listing: &mut Listing) {
    let mut findings = Vec::new();
    below_files(listing, &mut findings);
    elsewhere(&listing.members, &mut findings);
    forward_links(listing, &mut findings);
    case(&listing.members, &mut findings);
    windows(&listing.members, &mut findings);
    listing.findings.extend(findings);
}

/// Names below something that is no directory: skopeo and GNU tar follow a symbolic link there, others refuse. One finding
/// for all of them.
fn below_files(listing: &Listing, findings: &mut Vec<Finding>) {
    for member in listing.members.iter().chain(&listing.shadowed) {
        if member.kind == MemberKind::Directory {
            continue;
        }
        let Some((first, more)) = below(&listing.members, &member.name) else { continue };
        let mut detail = match &member.kind {
            MemberKind::SymbolicLink(target) => {
                format!(
                    "the member is below the symbolic link `{}`; unpacking may write it below `{target}`",
                    member.name
                )
            }
            _ => format!("the member is below `{}`, which is not a directory; unpacking fails", member.name),
        };
        if more > 0 {
            detail.push_str(&format!(" (and {more} more)"));
        }
        findings.push(Finding::new(Code::MemberOverlap, Place::of(&*first.name), detail));
    }
}

/// The first member below a name, and how many more there are.
fn below<'a>(members: &'a [Member], name: &str) -> Option<(&'a Member, usize)> {
    // The slash is followed by `0`, so these two enclose all that begins with the name and a slash.
    let [start, end] = ['/', '0'].map(|c| {
        let bound = format!("{name}{c}");
        members.partition_point(|member| *member.name < *bound)
    });
    let first = members.get(start..end)?.first()?;
    Some((first, end - start - 1))
}

/// Absolute names and such with `..`, which Go's `filepath.Join` and GNU tar turn into other members' names.
fn elsewhere(members: &[Member], findings: &mut Vec<Finding>) {
    for member in members.iter().filter(|member| is_elsewhere(&member.name)) {
        let place = landing(&member.name);
        if find(members, &place).is_some_and(|id| members[id].kind != MemberKind::Directory) {
            let detail = format!(
                "the name resolves to `{place}`, another member; readers that unpack the archive overwrite that member"
            );
            findings.push(Finding::new(Code::MemberOverlap, Place::of(&*member.name), detail));
        }
    }
}

/// Where a name leads when it is taken from the top and cannot leave it.
fn landing(name: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Hard links to what comes later: POSIX `pax` has the target before the link, and whoever unpacks needs it so.
fn forward_links(listing: &Listing, findings: &mut Vec<Finding>) {
    for member in &listing.members {
        let MemberKind::HardLink(target) = &member.kind else { continue };
        let target = landing(target);
        let Some(id) = find(&listing.members, &target) else { continue };
        // They are sorted as the members are.
        let from = listing.shadowed.partition_point(|earlier| *earlier.name < *target);
        let earlier = listing.shadowed[from..].iter().take_while(|earlier| *earlier.name == *target);
        if earlier.take(1).chain([&listing.members[id]]).all(|there| there.offset > member.offset) {
            let detail =
                format!("the hard link precedes its target `{target}`; readers that unpack the archive find no file");
            let finding = Finding::new(Code::LinkBroken, Place::of(&*member.name), detail);
            findings.push(finding.found(&target));
        }
    }
}

/// Names that are one on macOS and Windows. Names in an image are lower case, so few have to be kept.
fn case(members: &[Member], findings: &mut Vec<Finding>) {
    let mut seen: HashMap<String, &str> = HashMap::new();
    let is_changed_by_case = |member: &&Member| member.name.chars().any(char::is_uppercase);
    for member in members.iter().filter(is_changed_by_case) {
        let lower = member.name.to_lowercase();
        let twin = find(members, &lower).map(|id| &*members[id].name).or_else(|| seen.get(&lower).copied());
        if let Some(twin) = twin {
            let detail = format!("the name equals `{twin}` on a case-insensitive file system, as on macOS and Windows");
            findings.push(Finding::new(Code::MemberNameCase, Place::of(&*member.name), detail));
        }
        seen.entry(lower).or_insert(&member.name);
    }
}

/// Names that Windows takes for other members': a backslash divides folders there, dots and spaces at a name's end do not
/// count, and what follows a colon is no part of the file's name.
fn windows(members: &[Member], findings: &mut Vec<Finding>) {
    for member in members {
        // What climbs is reported above.
        let place = if is_elsewhere(&member.name) { continue } else { on_windows(&member.name) };
        if *place != *member.name && find(members, &place).is_some_and(|id| members[id].kind != MemberKind::Directory) {
            let detail = format!(
                "the name resolves to `{place}` on Windows, another member; readers that unpack the \
                archive there overwrite that member"
            );
            findings.push(Finding::new(Code::MemberOverlap, Place::of(&*member.name), detail));
        }
    }
}

/// Where a name leads on Windows.
fn on_windows(name: &str) -> String {
    let parts = name.split('/').flat_map(|part| part.split('\\'));
    let plain = parts.map(|part| match part {
        ".." => part,
        part => part.split(':').next().unwrap_or(part).trim_end_matches(['.', ' ']),
    });
    landing(&plain.collect::<Vec<_>>().join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Members in the order of the archive: `name`, `name/` for a directory, `name>target` for a symbolic link, `name=target`
    /// for a hard one.
    fn listing(names: &[&str]) -> Listing {
        let member = |(number, name): (usize, &&str)| {
            let (name, kind) = match (name.split_once('>'), name.split_once('='), name.strip_suffix('/')) {
                (Some((name, target)), _, _) => (name, MemberKind::SymbolicLink(target.into())),
                (_, Some((name, target)), _) => (name, MemberKind::HardLink(target.into())),
                (_, _, Some(name)) => (name, MemberKind::Directory),
                _ => (*name, MemberKind::File),
            };
            Member { name: name.into(), kind, size: 0, offset: number as u64 }
        };
        super::super::archive::list(names.iter().enumerate().map(member).collect())
    }

    #[test]
    fn what_unpacking_puts_elsewhere() {
        for (names, expected) in [
            (&["a/", "a/b", "c>a", "d=a/b", "A-b"][..], &[][..]),
            (&["link>.", "link/index.json", "index.json"], &["member-overlap link/index.json"]),
            (&["index.json", "index.json/x", "index.json/y", "index.json-z"], &["member-overlap index.json/x"]),
            (&["index.json", "blobs/../index.json"], &["member-overlap blobs/../index.json"]),
            (&["index.json", "/index.json"], &["member-overlap /index.json"]),
            (&["index.json", "../../index.json"], &["member-overlap ../../index.json"]),
            (&["index.json", "/other"], &[]),
            (&["blobs/", "/blobs"], &[]),
            (&["one=two", "two"], &["link-broken one"]),
            (&["two", "one=./two", "two"], &[]),
            (
                &["index.json", "Index.json", "INDEX.json"],
                &["member-name-case INDEX.json", "member-name-case Index.json"],
            ),
            (&["a/b", "a\\b", "a\\c"], &["member-overlap a\\b"]),
            (
                &["index.json", "index.json. .", "index.json::$DATA"],
                &["member-overlap index.json. .", "member-overlap index.json::$DATA"],
            ),
            (&["index.json", "blobs\\..\\index.json"], &["member-overlap blobs\\..\\index.json"]),
            (&["sha256:ab", "sha256/"], &[]),
            (&["A", "B", "\u{c4}", "\u{e4}"], &["member-name-case \u{c4}"]),
        ] {
            let findings = listing(names).findings;
            let about = findings.iter().filter(|finding| finding.code != Code::MemberNameUnsafe);
            let found: Vec<String> = about.map(|finding| format!("{} {}", finding.code, finding.at)).collect();
            assert_eq!(found, expected, "{names:?}");
        }
    }
}
