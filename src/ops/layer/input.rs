//! What a new layer is created from.

use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::disk::{self, FileAttributes};
use super::refusal::refused;
use super::tree::{LayerTree, image_path, joined};
use crate::error::Error;
use crate::limits::Limits;

/// Where the files of a new layer are.
pub enum LayerInput<'r> {
    /// In a tar archive, which keeps its bytes.
    Tar {
        /// Its name for messages.
        label: String,
        /// Its bytes, maybe compressed.
        reader: Box<dyn Read + 'r>,
    },
    /// On disk.
    Files(LayerFiles),
}

impl fmt::Debug for LayerInput<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LayerInput::Tar { label, .. } => f.debug_tuple("Tar").field(label).finish(),
            LayerInput::Files(files) => f.debug_tuple("Files").field(files).finish(),
        }
    }
}

/// Files on disk, and what a layer hides of the layers below it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LayerFiles {
    /// The directory of the image that directories and files go to; the root where it is empty.
    pub to: String,
    /// Directories whose content is added.
    pub directories: Vec<PathBuf>,
    /// Files with their destinations, by default their own names. A destination that ends in a slash is a directory, and one
    /// that begins with a slash does not depend on `to`.
    pub files: Vec<(PathBuf, Option<String>)>,
    /// Paths in the image that are removed.
    pub whiteouts: Vec<String>,
    /// Directories of the image whose content so far is removed.
    pub opaque: Vec<String>,
    /// What the files get instead of what the disk says.
    pub attributes: FileAttributes,
}

impl LayerFiles {
    /// Whether there is nothing to add and nothing to hide.
    pub fn is_empty(&self) -> bool {
        self.directories.is_empty() && self.files.is_empty() && self.whiteouts.is_empty() && self.opaque.is_empty()
    }

    /// Lists what is on disk; contents are read when the layer is written.
    pub(super) fn tree(&self, limits: &Limits) -> Result<LayerTree, Error> {
        let mut tree = LayerTree::default();
        let to = image_path(self.to.as_bytes())?;
        for directory in &self.directories {
            disk::add_directory(&mut tree, directory, &to, &self.attributes, limits)?;
        }
        for (file, destination) in &self.files {
            let name = destination_of(file, destination.as_deref(), &to)?;
            disk::add_file(&mut tree, file, &name, &self.attributes)?;
        }
        let time = self.attributes.time();
        for path in &self.whiteouts {
            let name = image_path(path.as_bytes())?;
            if name.is_empty() {
                return Err(refused(b"/", "the root cannot be removed; `--opaque /` removes what is in it"));
            }
            tree.hide(&name, time)?;
        }
        for path in &self.opaque {
            tree.hide_below(&image_path(path.as_bytes())?, time)?;
        }
        tree.require_sound()?;
        Ok(tree)
    }

    /// The destinations, for the history.
    pub(super) fn destinations(&self) -> Vec<String> {
        let shown = |name: &[u8]| format!("/{}", crate::tar_index::show_name(name));
        let to = image_path(self.to.as_bytes()).unwrap_or_default();
        let directories = self.directories.iter().map(|_| shown(&to));
        let files = self
            .files
            .iter()
            .filter_map(|(file, destination)| Some(shown(&destination_of(file, destination.as_deref(), &to).ok()?)));
        let hidden = self.whiteouts.iter().chain(&self.opaque);
        let hidden = hidden.filter_map(|path| Some(format!("-{}", shown(&image_path(path.as_bytes()).ok()?))));
        directories.chain(files).chain(hidden).collect()
    }
}

/// The name that a file gets: one that begins with a slash counts from the root, any other from `to`.
fn destination_of(file: &Path, destination: Option<&str>, to: &[u8]) -> Result<Vec<u8>, Error> {
    let own = || {
        let name = file.file_name().map(|name| disk::name_of(Path::new(name)));
        name.unwrap_or_else(|| Err(refused(file.as_os_str().as_encoded_bytes(), "it has no file name; give one")))
    };
    let Some(destination) = destination else { return Ok(joined(to, &own()?)) };
    let folder = if destination.starts_with('/') { &[] } else { to };
    let name = joined(folder, &image_path(destination.as_bytes())?);
    match (destination.ends_with('/'), name.is_empty()) {
        (true, _) => Ok(joined(&name, &own()?)),
        (false, true) => Err(refused(b"/", "the destination has no name")),
        (false, false) => Ok(name),
    }
}
