//! The blobs of an image, by digest.

use std::collections::BTreeMap;

use super::Desc;
use crate::support::hash::{sha256, sha512};
use crate::support::json::{Json, Style};

/// Blobs by digest, and how new documents are written.
#[derive(Clone, Debug)]
pub struct Store {
    blobs: BTreeMap<String, Vec<u8>>,
    sha512: bool,
    /// How documents put from now on are laid out.
    pub style: Style,
}

impl Default for Store {
    fn default() -> Self {
        Store { blobs: BTreeMap::new(), sha512: false, style: Style::Compact }
    }
}

impl Store {
    pub fn new() -> Self {
        Self::default()
    }

    /// A store whose blobs are named by SHA-512.
    pub fn with_sha512() -> Self {
        Store { sha512: true, ..Self::default() }
    }

    /// Documents as BuildKit writes them: two spaces a level.
    pub fn indented() -> Self {
        Store { style: Style::Indent(2), ..Self::default() }
    }

    pub fn put(&mut self, media_type: &str, content: impl Into<Vec<u8>>) -> Desc {
        let content = content.into();
        let desc = Desc::new(media_type, &self.digest(&content), content.len());
        self.blobs.insert(desc.digest.clone(), content);
        desc
    }

    pub fn put_json(&mut self, media_type: &str, document: &Json) -> Desc {
        self.put(media_type, document.text(self.style))
    }

    /// The digest that this store would give these bytes.
    pub fn digest(&self, content: &[u8]) -> String {
        if self.sha512 { sha512(content) } else { sha256(content) }
    }

    pub fn get(&self, digest: &str) -> &[u8] {
        self.blobs.get(digest).unwrap_or_else(|| panic!("the store has no blob {digest}"))
    }

    /// Forgets a blob: the image becomes sparse.
    pub fn remove(&mut self, digest: &str) {
        assert!(self.blobs.remove(digest).is_some(), "the store has no blob {digest}");
    }

    /// All blobs, sorted by digest.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.blobs.iter().map(|(digest, content)| (digest.as_str(), content.as_slice()))
    }
}
