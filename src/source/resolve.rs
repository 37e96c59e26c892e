//! From a name to the regular file that it stands for, through links, never out of the image file.

use std::collections::HashSet;

use super::member::{Member, MemberId, MemberKind};
use crate::limits::LimitReached;

/// What a name resolves to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution {
    /// A regular file.
    File(MemberId),
    /// Nothing has this name.
    Absent,
    /// A link on the way leads outside.
    Escapes {
        /// The link's name.
        link: String,
        /// Its target, as stored.
        target: String,
    },
    /// A link on the way resolves to nothing, or in a circle.
    Broken {
        /// The link's name.
        link: String,
        /// Its target, as stored.
        target: String,
    },
    /// More links follow each other than the limit allows.
    TooManyLinks(LimitReached),
    /// A directory, device or the like has this name.
    NotAFile(MemberId),
}

/// Resolves a name among members sorted by name; one that nothing has as it is written, in its [`plain`] form.
///
/// A symbolic link counts from its own folder, as POSIX has it; where that resolves to nothing, from the top, as some
/// writers mean it. `hops` bounds the links followed.
pub(super) fn resolve(members: &[Member], name: &str, hops: usize) -> Resolution {
    // Nearly all names are those of files.
    if let Some(id) = find(members, name).filter(|id| members[*id].kind == MemberKind::File) {
        return Resolution::File(id);
    }
    match follow(members, name, hops) {
        Resolution::Absent => match plain(name).filter(|plain| plain != name) {
            Some(plain) => follow(members, &plain, hops),
            None => Resolution::Absent,
        },
        found => found,
    }
}

/// A name in the form that members have: without `.`, doubled slashes and `..`; None where it leads outside.
pub fn plain(name: &str) -> Option<String> {
    join("", name)
}

fn follow(members: &[Member], name: &str, hops: usize) -> Resolution {
    let mut name = name.to_owned();
    let mut link: Option<(String, String)> = None;
    let mut seen = HashSet::new();
    for _ in 0..=hops {
        if !seen.insert(name.clone()) {
            break;
        }
        if let Some(id) = find(members, &name) {
            let member = &members[id];
            let target = match &member.kind {
                MemberKind::File => return Resolution::File(id),
                MemberKind::SymbolicLink(target) | MemberKind::HardLink(target) => target,
                _ => return Resolution::NotAFile(id),
            };
            let stored = (member.name.to_string(), target.to_string());
            name = match step(members, member) {
                Ok(path) => path,
                Err(true) => return Resolution::Escapes { link: stored.0, target: stored.1 },
                Err(false) => return Resolution::Broken { link: stored.0, target: stored.1 },
            };
            link = Some(stored);
            continue;
        }
        match through_linked_folder(members, &name) {
            Ok(Some(next)) => name = next,
            Ok(None) => {
                return match link {
                    Some((link, target)) => Resolution::Broken { link, target },
                    None => Resolution::Absent,
                };
            }
            Err((link, target)) => return Resolution::Escapes { link, target },
        }
    }
    if !seen.contains(&name) {
        return Resolution::TooManyLinks(LimitReached { name: "link-hops", limit: hops as u64 });
    }
    let (link, target) = link.unwrap_or((name, String::new()));
    Resolution::Broken { link, target }
}

/// The member that a link points to, which may be a link as well; None where that is no member.
pub(super) fn next(members: &[Member], link: MemberId, hops: usize) -> Option<MemberId> {
    let mut name = step(members, members.get(link)?).ok()?;
    for _ in 0..=hops {
        if let Some(id) = find(members, &name) {
            return Some(id);
        }
        name = through_linked_folder(members, &name).ok()??;
    }
    None
}

/// Where a link leads: counted from its own folder, as POSIX has it, and where that is nothing from the top. The error is
/// whether it leads outside.
fn step(members: &[Member], link: &Member) -> Result<String, bool> {
    let (folder, target) = match &link.kind {
        MemberKind::SymbolicLink(target) => (link.name.rsplit_once('/').map_or("", |(folder, _)| folder), target),
        MemberKind::HardLink(target) => ("", target),
        _ => return Err(false),
    };
    match (join(folder, target), join("", target)) {
        (Some(path), _) if leads_on(members, &path) => Ok(path),
        (_, Some(path)) if leads_on(members, &path) => Ok(path),
        (from_folder, _) => Err(from_folder.is_none()),
    }
}

pub(super) fn find(members: &[Member], name: &str) -> Option<MemberId> {
    members.binary_search_by(|member| (*member.name).cmp(name)).ok()
}

fn leads_on(members: &[Member], path: &str) -> bool {
    find(members, path).is_some() || matches!(through_linked_folder(members, path), Ok(Some(_)))
}

/// The name with its first folder that is a link replaced by the link's target; None when no folder of it is one.
fn through_linked_folder(members: &[Member], name: &str) -> Result<Option<String>, (String, String)> {
    for (slash, _) in name.match_indices('/') {
        let (folder, rest) = (&name[..slash], &name[slash + 1..]);
        let Some(id) = find(members, folder) else { continue };
        if let MemberKind::SymbolicLink(target) = &members[id].kind {
            let parent = folder.rsplit_once('/').map_or("", |(parent, _)| parent);
            return match join(parent, target) {
                Some(path) if path.is_empty() => Ok(Some(rest.to_owned())),
                Some(path) => Ok(Some(format!("{path}/{rest}"))),
                None => Err((folder.to_owned(), target.to_string())),
            };
        }
    }
    Ok(None)
}

/// A target taken from a folder; None when it leads outside.
fn join(folder: &str, target: &str) -> Option<String> {
    if target.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(list: &[(&str, Option<&str>)]) -> Vec<Member> {
        let mut members: Vec<Member> = list
            .iter()
            .map(|(name, target)| Member {
                name: (*name).into(),
                kind: target.map_or(MemberKind::File, |target| MemberKind::SymbolicLink(target.into())),
                size: 0,
                offset: 0,
            })
            .collect();
        members.sort_by(|a, b| a.name.cmp(&b.name));
        members
    }

    #[test]
    fn links_lead_to_files_inside() {
        let list = members(&[
            ("a/layer.tar", None),
            ("b/layer.tar", Some("../a/layer.tar")),
            ("c/layer.tar", Some("a/layer.tar")),
            ("d", Some("b/layer.tar")),
            ("blobs/sha256", Some("../store")),
            ("store/x", None),
            ("out", Some("../../etc/passwd")),
            ("absolute", Some("/etc/passwd")),
            ("gone", Some("nothing")),
            ("one", Some("two")),
            ("l0", Some("a/layer.tar")),
            ("l1", Some("l0")),
            ("l2", Some("l1")),
            ("l3", Some("l2")),
            ("two", Some("one")),
        ]);
        let name = |text: &str| match resolve(&list, text, 3) {
            Resolution::File(id) => list[id].name.to_string(),
            other => format!("{other:?}").split([' ', '{', '(']).next().unwrap_or_default().to_owned(),
        };
        for (from, to) in [
            ("a/layer.tar", "a/layer.tar"),
            ("b/layer.tar", "a/layer.tar"),
            ("c/layer.tar", "a/layer.tar"),
            ("d", "a/layer.tar"),
            ("blobs/sha256/x", "store/x"),
            ("blobs/sha256/y", "Absent"),
            ("out", "Escapes"),
            ("absolute", "Escapes"),
            ("gone", "Broken"),
            ("one", "Broken"),
            ("l2", "a/layer.tar"),
            ("l3", "TooManyLinks"),
            ("none", "Absent"),
            ("./a/layer.tar", "a/layer.tar"),
            ("a//layer.tar/", "a/layer.tar"),
            ("x/../b/./layer.tar", "a/layer.tar"),
            ("/a/layer.tar", "Absent"),
            ("../a/layer.tar", "Absent"),
            (".", "Absent"),
        ] {
            assert_eq!(name(from), to, "{from}");
        }
    }
}
