//! Names in either view, compared by what they mean.

use std::collections::BTreeSet;

use crate::doc::annotations::{CONTAINERD_NAME, REF_NAME};
use crate::graph::Root;
use crate::reference::{familiar, normalized, tag_of};

/// The names that entries of `index.json` give an image.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// In full form.
    full: BTreeSet<String>,
    /// Tags that stand alone, where no full name has them.
    tags: BTreeSet<String>,
    /// Those of them that stand beside a full name, and contradict it.
    contradicting: BTreeSet<String>,
}

impl Names {
    /// `io.containerd.image.name` is a name in full. `org.opencontainers.image.ref.name` is a tag alone (BuildKit,
    /// docker, ctr) or a name in full (podman, crane, rules_img).
    pub(crate) fn add_root(&mut self, root: &Root) {
        let annotations = &root.descriptor.annotations;
        let full = annotations.get(CONTAINERD_NAME).and_then(meaning);
        if let Some(reference) = annotations.get(REF_NAME).filter(|name| !name.is_empty()) {
            if reference.contains(['/', ':', '@']) {
                self.full.extend(meaning(reference));
            } else if full.as_deref().and_then(tag_of) != Some(reference) {
                self.tags.insert(reference.to_owned());
                if full.is_some() {
                    self.contradicting.insert(reference.to_owned());
                }
            }
        }
        self.full.extend(full);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.full.is_empty() && self.tags.is_empty()
    }

    /// What tells these names from others; None without any.
    pub(crate) fn key(&self) -> Option<String> {
        (!self.is_empty()).then(|| self.keys().collect::<Vec<_>>().join("\n"))
    }

    /// The names as keys: in full, and tags alone with a colon before them.
    pub(crate) fn keys(&self) -> impl Iterator<Item = String> {
        self.full.iter().cloned().chain(self.tags.iter().map(|tag| format!(":{tag}")))
    }

    /// The keys under which a name of `manifest.json` can be found.
    pub(crate) fn keys_of(repo_tag: &str) -> impl Iterator<Item = String> + use<> {
        let full = meaning(repo_tag);
        let tag = full.as_deref().and_then(tag_of).map(|tag| format!(":{tag}"));
        full.into_iter().chain(tag)
    }

    /// Whether a name of `manifest.json` is among them.
    pub(crate) fn has(&self, repo_tag: &str) -> bool {
        let Some(name) = meaning(repo_tag) else { return false };
        self.full.contains(&name) || tag_of(&name).is_some_and(|tag| self.tags.contains(tag))
    }

    /// Names in full.
    pub(crate) fn full(&self) -> impl Iterator<Item = &str> {
        self.full.iter().map(String::as_str)
    }

    /// Whether no name of `manifest.json` stands for one of them; `tags` are those of these names.
    ///
    /// A tag alone is no name there: readers would take `1.0` for the repository `1.0:latest`. It is missed only where
    /// another tag alone became a name.
    pub(crate) fn missing_among(&self, repo_tags: &BTreeSet<String>, tags: &BTreeSet<&str>) -> bool {
        self.missing_beside(repo_tags, tags, &self.full().collect())
    }

    /// The same, where `index.json` gives the image these names in full, here or above.
    pub(crate) fn missing_beside(
        &self,
        repo_tags: &BTreeSet<String>,
        tags: &BTreeSet<&str>,
        full: &BTreeSet<&str>,
    ) -> bool {
        let is_full = repo_tags.iter().all(|name| full.contains(name.as_str()));
        let expected = if is_full { &self.contradicting } else { &self.tags };
        self.full.iter().any(|name| !repo_tags.contains(name))
            || expected.iter().any(|tag| !tags.contains(tag.as_str()))
    }

    /// As a person reads them.
    pub(crate) fn shown(&self) -> impl Iterator<Item = String> {
        self.full.iter().map(|name| familiar(name)).chain(self.tags.iter().cloned())
    }
}

/// The full form of a name without its digest; None for a name by digest alone, which `RepoTags` cannot hold.
pub(crate) fn meaning(name: &str) -> Option<String> {
    let (name, has_digest) = name.split_once('@').map_or((name, false), |(name, _)| (name, true));
    if name.is_empty() || (has_digest && tag_of(name).is_none()) {
        return None;
    }
    Some(normalized(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(annotations: &[(&str, &str)]) -> Names {
        let mut root = Root { number: 0, descriptor: crate::doc::Descriptor::default(), node: None };
        root.descriptor.annotations.0 =
            annotations.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
        let mut names = Names::default();
        names.add_root(&root);
        names
    }

    fn missing(names: &Names, in_docker: &BTreeSet<String>) -> bool {
        names.missing_among(in_docker, &in_docker.iter().filter_map(|name| tag_of(name)).collect())
    }

    #[test]
    fn every_way_to_write_one_name() {
        for annotations in [
            &[(CONTAINERD_NAME, "docker.io/library/app:1.0"), (REF_NAME, "1.0")][..],
            &[(REF_NAME, "1.0")],
            &[(REF_NAME, "app:1.0")],
            &[(REF_NAME, "docker.io/library/app:1.0")],
            &[(CONTAINERD_NAME, "docker.io/library/app:1.0"), (REF_NAME, "@sha256:ab")],
            &[(CONTAINERD_NAME, "docker.io/library/app:1.0@sha256:ab")],
        ] {
            let names = names(annotations);
            let in_docker = BTreeSet::from(["docker.io/library/app:1.0".to_owned()]);
            assert!(names.has("app:1.0") && !missing(&names, &in_docker), "{annotations:?}");
            assert!(!names.has("app:2.0"), "{annotations:?}");
        }
    }

    #[test]
    fn a_tag_that_contradicts_the_full_name_is_a_name_of_its_own() {
        let names = names(&[(CONTAINERD_NAME, "docker.io/library/app:1.0"), (REF_NAME, "2.0")]);
        assert!(missing(&names, &BTreeSet::from(["docker.io/library/app:1.0".to_owned()])));
        assert_eq!(names.shown().collect::<Vec<_>>(), ["app:1.0", "2.0"]);
    }

    #[test]
    fn a_tag_alone_is_missed_only_where_another_became_a_name() {
        let mut names = names(&[(REF_NAME, "1.0")]);
        names.tags.insert("latest".to_owned());
        let in_docker = |name: &[&str]| name.iter().map(|name| normalized(name)).collect();
        assert!(!missing(&names, &in_docker(&[])));
        assert!(missing(&names, &in_docker(&["app:1.0"])));
        assert!(!missing(&names, &in_docker(&["app:1.0", "app"])));
        assert!(!names.has("other:2.0"));
    }

    #[test]
    fn names_by_digest_alone_are_none() {
        assert!(names(&[(CONTAINERD_NAME, "docker.io/library/app@sha256:ab")]).is_empty());
        assert_eq!(meaning("app"), Some("docker.io/library/app:latest".to_owned()));
    }
}
