//! Image layouts: what an OCI archive and a layout directory hold.

use super::descriptor::OCI_INDEX;
use super::{Desc, Store};
use crate::support::files::{Files, Kind, Member, blob_name};
use crate::support::json::{Json, Style, arr, obj};

/// A layout to be written. Without further calls it is as BuildKit writes it: folders, blobs by name, `index.json`,
/// `oci-layout`.
#[derive(Clone, Debug)]
pub struct Layout<'a> {
    store: &'a Store,
    roots: Vec<Desc>,
    style: Style,
    version: Option<String>,
    index_media_type: bool,
    folders: bool,
    documents_first: bool,
}

impl<'a> Layout<'a> {
    pub fn new(store: &'a Store) -> Self {
        Layout {
            store,
            roots: Vec::new(),
            style: Style::Compact,
            version: Some(r#"{"imageLayoutVersion":"1.0.0"}"#.to_string()),
            index_media_type: true,
            folders: true,
            documents_first: false,
        }
    }

    /// Lists a descriptor in `index.json`; see [`Desc::tagged`] and [`Desc::named`].
    pub fn root(mut self, root: &Desc) -> Self {
        self.roots.push(root.clone());
        self
    }

    /// The layout of `index.json`: crane indents by three.
    pub fn style(mut self, style: Style) -> Self {
        self.style = style;
        self
    }

    /// The text of `oci-layout`.
    pub fn version_text(mut self, text: &str) -> Self {
        self.version = Some(text.to_string());
        self
    }

    pub fn without_oci_layout(mut self) -> Self {
        self.version = None;
        self
    }

    /// `index.json` without `mediaType`, as podman 4 and umoci write it.
    pub fn without_index_media_type(mut self) -> Self {
        self.index_media_type = false;
        self
    }

    /// No members for the folders, as jib and crane write it.
    pub fn without_folders(mut self) -> Self {
        self.folders = false;
        self
    }

    /// `oci-layout` and `index.json` before the blobs, as regctl writes it.
    pub fn documents_first(mut self) -> Self {
        self.documents_first = true;
        self
    }

    pub fn files(&self) -> Files {
        let mut index = obj([("schemaVersion", Json::from(2))]);
        if self.index_media_type {
            index.push("mediaType", OCI_INDEX);
        }
        index.push("manifests", arr(self.roots.iter().map(Desc::json)));
        let mut documents = Files::new();
        documents.file("index.json", index.text(self.style));
        if let Some(version) = &self.version {
            documents.file("oci-layout", version.as_str());
        }
        let blobs = self.blobs();
        let (mut first, second) = if self.documents_first { (documents, blobs) } else { (blobs, documents) };
        first.append(second);
        first
    }

    fn blobs(&self) -> Files {
        let mut files = Files::new();
        let mut folders = vec!["blobs".to_string()];
        if self.folders {
            files.dir("blobs");
        }
        for (digest, content) in self.store.iter() {
            let name = blob_name(digest);
            let folder = name.rsplit_once('/').unwrap().0.to_string();
            if self.folders && !folders.contains(&folder) {
                files.dir(&folder);
                folders.push(folder);
            }
            files.push(Member { mode: 0o444, ..Member::new(&name, Kind::File(content.to_vec())) });
        }
        files
    }
}
