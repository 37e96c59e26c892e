//! Layers: a tar of file-system entries, wrapped or not.

use super::{Compression, Desc, Dialect, Store, compress};
use crate::support::files::{Files, Kind, Member};
use crate::support::hash::sha256;

/// A layer to be built. `mode`, `owner`, `mtime` and `pax` speak of the entry added last.
#[derive(Clone, Debug)]
pub struct Layer {
    files: Files,
    /// Bytes that stand for the tar, sound or not.
    raw: Option<Vec<u8>>,
    compression: Compression,
    media_type: Option<String>,
    urls: Vec<String>,
    annotations: Vec<(String, String)>,
    absent: bool,
}

/// A layer that is in the store.
#[derive(Clone, Debug)]
pub struct BuiltLayer {
    pub desc: Desc,
    /// Digest of the tar, before compression.
    pub diff_id: String,
    pub tar: Vec<u8>,
    pub compression: Compression,
}

impl BuiltLayer {
    /// The layer as it is stored.
    pub fn blob(&self) -> Vec<u8> {
        compress(&self.tar, self.compression)
    }
}

impl Default for Layer {
    fn default() -> Self {
        Layer {
            files: Files::new(),
            raw: None,
            compression: Compression::None,
            media_type: None,
            urls: Vec::new(),
            annotations: Vec::new(),
            absent: false,
        }
    }
}

/// What the layer holds.
impl Layer {
    pub fn new() -> Self {
        Self::default()
    }

    /// A layer of the given files: `Layer::of(&[("etc/hello", "hi\n")])`.
    pub fn of(files: &[(&str, &str)]) -> Self {
        files.iter().fold(Layer::new(), |layer, (path, content)| layer.file(path, *content))
    }

    /// A layer whose tar is these bytes, whatever they are.
    pub fn from_tar_bytes(tar: impl Into<Vec<u8>>) -> Self {
        Layer { raw: Some(tar.into()), ..Layer::new() }
    }

    /// A layer of ready-made members.
    pub fn from_files(files: Files) -> Self {
        Layer { files, ..Layer::new() }
    }

    pub fn file(self, path: &str, content: impl Into<Vec<u8>>) -> Self {
        self.entry(path, Kind::File(content.into()))
    }

    pub fn dir(self, path: &str) -> Self {
        self.entry(path, Kind::Dir)
    }

    pub fn symlink(self, path: &str, target: &str) -> Self {
        self.entry(path, Kind::Symlink(target.to_string()))
    }

    pub fn hardlink(self, path: &str, target: &str) -> Self {
        self.entry(path, Kind::Hardlink(target.to_string()))
    }

    pub fn char_device(self, path: &str, major: u32, minor: u32) -> Self {
        self.entry(path, Kind::CharDevice(major, minor))
    }

    pub fn block_device(self, path: &str, major: u32, minor: u32) -> Self {
        self.entry(path, Kind::BlockDevice(major, minor))
    }

    pub fn fifo(self, path: &str) -> Self {
        self.entry(path, Kind::Fifo)
    }

    /// Hides a path of the layers below: `a/b` becomes the empty file `a/.wh.b`.
    pub fn whiteout(self, path: &str) -> Self {
        let hidden = match path.rsplit_once('/') {
            Some((folder, name)) => format!("{folder}/.wh.{name}"),
            None => format!(".wh.{path}"),
        };
        self.file(&hidden, "")
    }

    /// Hides everything that the layers below have in a folder.
    pub fn opaque(self, folder: &str) -> Self {
        self.file(&format!("{folder}/.wh..wh..opq"), "")
    }

    pub fn mode(mut self, mode: u32) -> Self {
        self.last().mode = mode;
        self
    }

    pub fn owner(mut self, uid: u64, gid: u64) -> Self {
        (self.last().uid, self.last().gid) = (uid, gid);
        self
    }

    pub fn mtime(mut self, seconds: u64) -> Self {
        self.last().mtime = seconds;
        self
    }

    pub fn pax(mut self, key: &str, value: &str) -> Self {
        self.last().pax.push((key.to_string(), value.to_string()));
        self
    }

    /// Changes where every link leads to.
    pub fn with_links(mut self, change: impl Fn(&str) -> String) -> Self {
        for member in self.files.members_mut() {
            if let Kind::Symlink(target) | Kind::Hardlink(target) = &mut member.kind {
                *target = change(target);
            }
        }
        self
    }

    fn entry(mut self, path: &str, kind: Kind) -> Self {
        self.files.add(path, kind);
        self
    }

    fn last(&mut self) -> &mut Member {
        self.files.members_mut().last_mut().expect("an entry comes before what is said of it")
    }
}

/// How the layer is stored.
impl Layer {
    pub fn compressed(mut self, compression: Compression) -> Self {
        self.compression = compression;
        self
    }

    pub fn gzip(self) -> Self {
        self.compressed(Compression::Gzip)
    }

    pub fn gzip_members(self, count: usize) -> Self {
        self.compressed(Compression::GzipMembers(count))
    }

    pub fn zstd(self) -> Self {
        self.compressed(Compression::Zstd)
    }

    pub fn zstd_frames(self, count: usize) -> Self {
        self.compressed(Compression::ZstdFrames(count))
    }

    /// Another media type than the one that fits.
    pub fn media_type(mut self, media_type: &str) -> Self {
        self.media_type = Some(media_type.to_string());
        self
    }

    pub fn annotation(mut self, key: &str, value: &str) -> Self {
        self.annotations.push((key.to_string(), value.to_string()));
        self
    }

    /// A layer to be fetched from elsewhere; its blob stays in the store.
    pub fn url(mut self, url: &str) -> Self {
        self.urls.push(url.to_string());
        self
    }

    /// Leaves the blob out of the store.
    pub fn absent(mut self) -> Self {
        self.absent = true;
        self
    }

    /// A non-distributable layer: foreign media type, an address, no blob.
    pub fn foreign(self, url: &str) -> Self {
        self.url(url).absent()
    }

    pub fn put(&self, store: &mut Store, dialect: Dialect) -> BuiltLayer {
        let tar = self.raw.clone().unwrap_or_else(|| self.files.to_tar());
        let blob = compress(&tar, self.compression);
        let media_type = self.media_type.clone().unwrap_or_else(|| self.fitting_type(dialect));
        let mut desc = store.put(&media_type, blob);
        if self.absent {
            store.remove(&desc.digest);
        }
        desc.urls = self.urls.clone();
        desc.annotations = self.annotations.clone();
        BuiltLayer { desc, diff_id: sha256(&tar), tar, compression: self.compression }
    }

    fn fitting_type(&self, dialect: Dialect) -> String {
        let suffix = match self.compression {
            Compression::None => "",
            Compression::Gzip | Compression::GzipMembers(_) | Compression::GzipDeflate(_) => "gzip",
            Compression::Zstd | Compression::ZstdFrames(_) | Compression::ZstdReal(_) => "zstd",
        };
        let (stem, joint) = match (dialect, self.urls.is_empty()) {
            (Dialect::Oci, true) => ("application/vnd.oci.image.layer.v1.tar", "+"),
            (Dialect::Oci, false) => ("application/vnd.oci.image.layer.nondistributable.v1.tar", "+"),
            (Dialect::Docker, true) => ("application/vnd.docker.image.rootfs.diff.tar", "."),
            (Dialect::Docker, false) => ("application/vnd.docker.image.rootfs.foreign.diff.tar", "."),
        };
        if suffix.is_empty() { stem.to_string() } else { format!("{stem}{joint}{suffix}") }
    }
}
