//! What becomes of the hard links to files that are left out of a layer: the first of them becomes the file.

use std::collections::{HashMap, HashSet};

use super::super::tree::{components, split};
use super::change::{Fate, Fates};
use crate::rootfs::{FileKind, LayerEntries};
use crate::tar_index::show_name;

/// What follows from what goes.
#[derive(Debug, Default)]
pub(super) struct Followed {
    pub(super) fates: Fates,
    /// Where the content of files that go is then.
    pub(super) notes: Vec<String>,
}

/// Finds the hard links that stay and whose file, or the name by which they know it, goes. `names` are those of all files
/// that go, in whatever layer.
///
/// # Errors
///
/// Why it cannot be: a link points to a file that is not before it in its layer, which readers look for elsewhere.
pub(super) fn follow(
    entries: &LayerEntries,
    is_gone: &[bool],
    names: &HashSet<&[u8]>,
    number: usize,
) -> Result<Followed, String> {
    let mut followed = Followed::default();
    if names.is_empty() {
        return Ok(followed);
    }
    let own: HashSet<&[u8]> = names.iter().map(|name| split(name).1).collect();
    let gone = |at: usize| is_gone.get(at).is_some_and(|gone| *gone);
    // The last entry of each name so far, and of each entry the file behind it.
    let (mut known, mut files): (HashMap<&[u8], usize>, Vec<Option<usize>>) = Default::default();
    let mut heirs: HashMap<usize, &[u8]> = HashMap::new();
    for (at, entry) in entries.entries().iter().enumerate() {
        let name = entries.name(entry);
        if matches!(entry.kind, FileKind::Whiteout | FileKind::OpaqueWhiteout) {
            files.push(None);
            continue;
        }
        let link = (entry.kind == FileKind::HardLink).then(|| plain(entries.link(entry)));
        let direct = link.as_ref().and_then(|target| known.get(target.as_slice()).copied());
        let file = if link.is_some() { direct.and_then(|direct| files.get(direct).copied()?) } else { Some(at) };
        files.push(file);
        known.insert(name, at);
        let Some(target) = link.filter(|_| !gone(at)) else { continue };
        let (Some(file), Some(direct)) = (file, direct) else {
            // By another name, below a link, it may be the same file.
            if own.contains(split(&target).1) {
                return Err(format!(
                    "{} in layer {number} is a hard link to {}, which is not before it in this layer and would be \
                     gone; strip the link too",
                    show_name(name),
                    show_name(&target)
                ));
            }
            continue;
        };
        let Some(stored) = entries.entries().get(file) else { continue };
        if !gone(file) {
            if gone(direct) {
                followed.fates.insert(entry.member, Fate::Linked(entries.name(stored).to_vec()));
            }
            continue;
        }
        if let Some(heir) = heirs.get(&file) {
            followed.fates.insert(entry.member, Fate::Linked(heir.to_vec()));
            continue;
        }
        heirs.insert(file, name);
        followed.fates.insert(entry.member, Fate::Heir);
        followed.fates.insert(stored.member, Fate::Gone { heir: Some(entry.member), directories: Vec::new() });
        if stored.size() > 0 {
            let (gone, name) = (show_name(entries.name(stored)), show_name(name));
            followed.notes.push(format!("the content of {gone} is still in layer {number} as its hard link {name}"));
        }
    }
    Ok(followed)
}

/// The name of a target: it counts from the root, and `..` in it takes back a directory by name.
fn plain(target: &[u8]) -> Vec<u8> {
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in components(target) {
        match part {
            b".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join(&b'/')
}
