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
    /// An entry below a symbolic link of its layer that leads to no folder which stands before it in the layer.
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
                "a hard link to no file that stands before it in this layer; where layers are kept apart (overlay) \
                 docker, podman and containerd refuse it, umoci and others take the file of a lower layer"
            }
            Doubt::LinkAttributes => {
                "a hard link with another mode or owner than its file, or with attributes that this lacks; docker, \
                 podman and containerd give these to the file, umoci, GNU tar and ocikit do not"
            }
            Doubt::BelowLink => {
                "stands below a symbolic link of this layer to no folder that the layer has before it; podman refuses \
                 it, containerd, umoci and ocikit follow the link"
            }
            Doubt::HidesBelowLink => {
                "a whiteout below a symbolic link of this layer; containerd and umoci hide what stands where the link \
                 leads, ocikit does not"
            }
            Doubt::BelowRemoved => {
                "a folder that the layer also removes; where layers are kept apart (overlay) docker, podman and \
                 containerd show what lower layers have in it, umoci and ocikit do not"
            }
            Doubt::BelowWhiteout => {
                "stands in a folder that is named as a whiteout; docker, podman, containerd and umoci make that \
                 folder, ocikit leaves it out"
            }
            Doubt::AufsFile => {
                "a file that aufs kept for the hard links to it; docker and podman without overlay and ocikit show the \
                 links alone, others the folder as well"
            }
            Doubt::BelowFile => "stands below a file of this layer; docker, podman, containerd and umoci refuse it",
            Doubt::HidesNothing => "a whiteout that hides no name; docker, podman, containerd and umoci refuse it",
            Doubt::Climbs => {
                "a name with `..`; docker, podman, containerd and umoci take it from the root, GNU tar refuses it, \
                 ocikit leaves it out"
            }
            Doubt::Root => "the root of the image as something else than a folder; umoci refuses it",
            Doubt::Owner => {
                "an owner beyond 32 bits; docker, podman, containerd and umoci keep the lower 32 of them, which may \
                 be root, ocikit takes nobody (65534)"
            }
            Doubt::Device => {
                "a device 0:0, or one whose numbers a kernel cuts; to the overlay file system of docker, podman and \
                 containerd 0:0 is a whiteout, umoci and ocikit keep a device"
            }
            Doubt::OverlayAttribute => {
                "an attribute of the overlay file system; podman lets it hide or show what lower layers have, others \
                 do not"
            }
        })
    }
}
