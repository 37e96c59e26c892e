//! What can be done to a file so that a target accepts it.

/// One change of an image file. `repack --for` carries out those that a target needs, and `doctor` predicts what comes
/// of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repair {
    /// Write the file in the format of the target: the container, its documents, its media types of layers.
    Format,
    /// Leave out what is not an image to run, and what refers to images.
    ImagesOnly,
    /// Let each name stand for one image instead of an index.
    OneImage,
    /// Leave out images that are not in the file as a whole.
    Prune,
    /// Take one of several images; which, a person says.
    ChooseName,
    /// Give names in the form that the target accepts.
    Names,
    /// Give each image a tag as its `org.opencontainers.image.ref.name`, beside its full name.
    Tags,
    /// Write the OCI media types.
    OciTypes,
    /// Make a manifest of a BuildKit cache export that is an index of layers.
    CacheManifest,
    /// Compress layers with gzip.
    Gzip,
    /// Write the sizes of blobs into their descriptors.
    Sizes,
    /// Leave out attestations.
    NoAttestations,
    /// List attestations in the index of their image, as BuildKit does, instead of with `subject`.
    AttestationsInIndex,
    /// Leave out everything that has a `subject`.
    NoReferrers,
}
