//! Which kind of image file it is, by what it lists.

use std::fmt;

use serde::{Serialize, Serializer};

use super::{Member, MemberKind};
use crate::media_type::Compression;

/// The descriptions that an image file carries, and what it is packed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileFormat {
    /// A directory, and not an archive.
    pub directory: bool,
    /// Carries `index.json` or `oci-layout`: the index view.
    pub index_view: bool,
    /// Carries docker's `manifest.json`: the docker view.
    pub docker_view: bool,
    /// A directory of skopeo's `dir:` transport, presented as an image layout.
    pub skopeo: bool,
    /// How the archive as a whole is compressed.
    pub compression: Compression,
}

/// A format in the words of the documentation, by its name in reports for programs and in deltas.
pub(crate) fn format_title(name: &str) -> &str {
    match name {
        "layout directory" => "image layout",
        "dual archive" => "docker + OCI archive",
        "dual archive unpacked into a directory" => "docker + OCI archive unpacked into a directory",
        name => name,
    }
}

impl FileFormat {
    /// The format in the words of the documentation.
    pub fn title(&self) -> &'static str {
        format_title(self.name())
    }

    /// The name of the format in reports for programs.
    pub fn name(&self) -> &'static str {
        match (self.directory, self.index_view, self.docker_view) {
            _ if self.skopeo => "skopeo directory",
            (true, true, false) => "layout directory",
            (true, true, true) => "dual archive unpacked into a directory",
            (true, false, _) => "docker archive unpacked into a directory",
            (false, true, false) => "OCI archive",
            (false, true, true) => "dual archive",
            (false, false, _) => "docker archive",
        }
    }
}

impl FileFormat {
    /// The article that goes before the name.
    pub(super) fn article(&self) -> &'static str {
        if self.title().starts_with(['O', 'i']) { "an" } else { "a" }
    }
}

impl fmt::Display for FileFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.title())?;
        if self.compression != Compression::None {
            write!(f, " in {}", self.compression)?;
        }
        Ok(())
    }
}

impl Serialize for FileFormat {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// The names at the top that tell the format.
pub(super) const TELLING: [&str; 3] = ["oci-layout", "index.json", "manifest.json"];

/// Whether a name, at the top or in a folder around the whole, is one of those that tell the format.
pub(super) fn is_telling(name: &str) -> bool {
    TELLING.contains(&name) || name.split_once('/').is_some_and(|(_, rest)| TELLING.contains(&rest))
}

/// The views that a list of names carries, and the one top folder that everything is in.
pub(super) struct Found {
    pub(super) index_view: bool,
    pub(super) docker_view: bool,
    /// With its slash.
    pub(super) folder: Option<String>,
}

/// One name in a list.
#[derive(Clone, Copy)]
pub(super) struct Name<'a> {
    text: &'a str,
    /// A folder is no document, whatever its name; archives may leave folders out, and then nobody knows of it.
    is_folder: bool,
}

impl<'a> From<&'a Member> for Name<'a> {
    fn from(member: &'a Member) -> Self {
        Name { text: &member.name, is_folder: member.kind == MemberKind::Directory }
    }
}

impl<'a> From<&'a str> for Name<'a> {
    fn from(text: &'a str) -> Self {
        Name { text, is_folder: false }
    }
}

/// Finds the views among sorted names, at the top or inside a single top folder.
pub(super) fn find<'a>(listed: impl Iterator<Item = impl Into<Name<'a>>> + Clone) -> Option<Found> {
    let listed = listed.map(Into::into);
    let names = listed.clone().map(|name| name.text);
    let at = |folder: &str| {
        let mut present = [false; TELLING.len()];
        for name in listed.clone().filter(|name| !name.is_folder) {
            let rest = name.text.strip_prefix(folder);
            if let Some(number) = rest.and_then(|rest| TELLING.iter().position(|telling| *telling == rest)) {
                present[number] = true;
            }
        }
        let [layout, index, manifest] = present;
        (layout || index || manifest).then_some((layout || index, manifest))
    };
    if let Some((index_view, docker_view)) = at("") {
        return Some(Found { index_view, docker_view, folder: None });
    }
    let mut selected = names.clone().filter(|name| !name.is_empty());
    let top = selected.next()?.split('/').next()?.to_owned();
    if !selected.all(|name| name.split('/').next() == Some(&top)) {
        return None;
    }
    let folder = format!("{top}/");
    let (index_view, docker_view) = at(&folder)?;
    Some(Found { index_view, docker_view, folder: Some(folder) })
}

/// What a list of names looks like that is no image file.
pub(super) fn lookalike<'a>(names: impl Iterator<Item = &'a str> + Clone) -> String {
    let has = |wanted: &str| names.clone().any(|name| name == wanted);
    let mut any = names.clone().filter(|name| !name.is_empty());
    let Some(first) = any.next() else { return "is empty".to_owned() };
    if has("repositories") {
        let advice = "load it with docker 1.10 to 28 and run `docker save` again";
        return format!("is a docker archive of docker before 1.10, without manifest.json; {advice}");
    }
    if (has("bin") || has("usr")) && has("etc") {
        return "is a root file system, as from `docker export`, not an image".to_owned();
    }
    if has("blobs") || names.clone().any(|name| name.starts_with("blobs/")) {
        return "has blobs, but no index.json and no manifest.json".to_owned();
    }
    format!("has no index.json, oci-layout or manifest.json (its first member is `{first}`)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_at_the_top_or_in_a_folder() {
        let views = |names: &[&str]| {
            find(names.iter().copied()).map(|found| (found.index_view, found.docker_view, found.folder))
        };
        assert_eq!(views(&["blobs", "index.json", "oci-layout"]), Some((true, false, None)));
        assert_eq!(views(&["index.json", "manifest.json"]), Some((true, true, None)));
        assert_eq!(views(&["abc/layer.tar", "manifest.json"]), Some((false, true, None)));
        assert_eq!(views(&["img", "img/blobs", "img/index.json"]), Some((true, false, Some("img/".into()))));
        assert_eq!(views(&["img/index.json", "other"]), None);
        let member = |name: &str, kind| Member { name: name.into(), kind, size: 0, offset: 0 };
        let members = [member("index.json", MemberKind::Directory), member("manifest.json", MemberKind::File)];
        let found = find(members.iter()).unwrap();
        assert!(found.docker_view && !found.index_view, "a folder is no document");
        assert_eq!(views(&["a", "b"]), None);
        assert!(lookalike(["bin", "etc", "usr"].into_iter()).contains("docker export"));
    }
}
