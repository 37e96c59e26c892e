//! What readers of layers make different things of.

use std::fmt;

use crate::limits::LimitReached;

/// What is said of one name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryConflict {
    /// The name is listed twice.
    Twice(Box<str>),
    /// A whiteout of this name comes behind an entry of it.
    Removed(Box<str>),
    /// Readers do different things with the entry.
    Doubtful(Box<str>, Doubt),
    /// The layer has more entries than the limit `entries`; those behind were not compared.
    TooMany(LimitReached),
}

/// Why readers do different things with an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// A hard link to no file that stands before it in its layer.
    LinkTarget,
    /// A hard link with another mode or owner than the file that it points to, or with extended attributes that this lacks.
    LinkAttributes,
    /// An entry below a symbolic link of its layer that resolves to no folder which stands before it in the layer.
    BelowLink,
    /// A whiteout below a symbolic link of its layer.
    HidesBelowLink,
    /// A folder, or an entry in one, that a whiteout of the same layer removes.
    BelowRemoved,
    /// An entry in a folder that is named as a whiteout.
    BelowWhiteout,
    /// A file that aufs kept for the hard links to it.
    AufsFile,
    /// An entry below a file of the same layer.
    BelowFile,
    /// A whiteout of no name, `.` or `..`.
    HidesNothing,
    /// A name with `..`.
    Climbs,
    /// The root, which is no folder.
    Root,
    /// A user or group whose number has more than 32 bits, or is the last of these.
    Owner,
    /// A character device 0:0, or a device whose numbers a kernel cuts.
    Device,
    /// An extended attribute by which the overlay file system finds its way.
    OverlayAttribute,
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Doubt::LinkTarget => {
                "the target of the hard link is not an earlier file of this layer; on overlay docker, podman and \
                containerd refuse the layer, umoci and other readers use the file of a lower layer"
            }
            Doubt::LinkAttributes => {
                "the hard link has another mode or owner than its target, or lacks its xattrs; docker, podman and \
                containerd apply those of the link to the file, umoci, GNU tar and ocikit do not"
            }
            Doubt::BelowLink => {
                "the entry is below a symbolic link of this layer that does not resolve to an earlier directory of \
                the layer; podman refuses the layer, containerd, umoci and ocikit follow the link"
            }
            Doubt::HidesBelowLink => {
                "the whiteout is below a symbolic link of this layer; containerd and umoci apply it to the target of \
                the link, ocikit does not"
            }
            Doubt::BelowRemoved => {
                "the layer adds this directory and removes it too; on overlay docker, podman and containerd show the \
                contents of lower layers in it, umoci and ocikit do not"
            }
            Doubt::BelowWhiteout => {
                "the entry is in a directory whose name is a whiteout; docker, podman, containerd and umoci create \
                the directory, ocikit skips it"
            }
            Doubt::AufsFile => {
                "the file is in an aufs directory for hard links; ocikit and, without overlay, docker and podman \
                extract only the links, other readers the directory as well"
            }
            Doubt::BelowFile => {
                "the entry is below a file of this layer; docker, podman, containerd and umoci refuse the layer"
            }
            Doubt::HidesNothing => {
                "the whiteout has no name to remove; docker, podman, containerd and umoci refuse the layer"
            }
            Doubt::Climbs => {
                "the name contains `..`; docker, podman, containerd and umoci resolve it from the root, GNU tar \
                refuses it, ocikit skips the entry"
            }
            Doubt::Root => "the root of the image is not a directory; umoci refuses the layer",
            Doubt::Owner => {
                "the owner does not fit in 32 bits; docker, podman, containerd and umoci keep the lower 32 bits, \
                which may be root, ocikit uses nobody (65534)"
            }
            Doubt::Device => {
                "a device with the number 0:0 or with numbers that the kernel truncates; on overlay docker, podman \
                and containerd read 0:0 as a whiteout, umoci and ocikit create a device"
            }
            Doubt::OverlayAttribute => {
                "the entry has an xattr of overlayfs; podman applies it to the contents of lower layers, other \
                readers do not"
            }
        })
    }
}
