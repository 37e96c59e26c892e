//! By what each engine recognizes an image, its config and its layers: the one table that the graph asks for what would
//! run, and the readers' predictions for what they accept.
//!
//! What a reference claims (its media type, `artifactType`, annotations, a tag) does not keep an engine from running a
//! manifest. Tried with skopeo 1.9 and 1.22, podman 4.3 and 5.8, containerd 1.6 and 2.1, umoci 0.4 and 0.6, docker 28.

use crate::media_type::{self, Compression, Kind, LayerType, MediaType};

/// One engine, or the library of several.
#[derive(Debug)]
pub struct Engine {
    /// The configs that make an image of a manifest.
    pub configs: Configs,
    /// The layers that it unpacks.
    pub layers: Layers,
}

/// Which configs make an image of a manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Configs {
    /// Those of the media types of an image's config.
    Typed,
    /// Any that lists `diff_ids`, and those of the media types.
    WithDiffIds,
    /// Any.
    Any,
}

/// Which layers an engine unpacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layers {
    /// Any that begins as a layer does.
    ByContent,
    /// Those of the media types of layers, docker's with zstd left out.
    Typed,
    /// Those of OCI's media types.
    OciTyped,
}

/// podman and skopeo. Of an index they read entries of any media type; the platform decides, or its absence.
pub static CONTAINERS_IMAGE: Engine = Engine { configs: Configs::Typed, layers: Layers::ByContent };

/// containerd, and docker with its store. Of an index they read entries of the media types of manifests and indexes.
pub static CONTAINERD: Engine = Engine { configs: Configs::WithDiffIds, layers: Layers::Typed };

/// umoci, which reads entries of `index.json` that have a tag.
pub static UMOCI: Engine = Engine { configs: Configs::Typed, layers: Layers::OciTyped };

/// docker's classic image store, and what else reads `manifest.json` alone.
pub static DOCKER_LOAD: Engine = Engine { configs: Configs::Any, layers: Layers::ByContent };

/// Registries, which run nothing.
pub static REGISTRY: Engine = Engine { configs: Configs::Any, layers: Layers::ByContent };

/// Those that read the manifests of an index and run what they find.
pub(super) static BY_INDEX: [&Engine; 3] = [&CONTAINERS_IMAGE, &CONTAINERD, &UMOCI];

impl Engine {
    /// Whether a manifest with this config is an image for it.
    pub fn runs_config(&self, media_type: Option<&MediaType>, has_diff_ids: bool) -> bool {
        // Docker's plugins have the config and the layers of an image, and no engine runs them as one.
        if media_type.is_some_and(|kind| kind.as_str() == media_type::DOCKER_PLUGIN) {
            return false;
        }
        match self.configs {
            Configs::Any => true,
            Configs::WithDiffIds if has_diff_ids => true,
            Configs::Typed | Configs::WithDiffIds => media_type.is_some_and(is_image_config),
        }
    }

    /// Whether it unpacks a layer of this type; None for a media type that is no layer's. One that goes by the content
    /// unpacks each that it can decode.
    pub fn unpacks(&self, layer: Option<LayerType>) -> bool {
        match (self.layers, layer) {
            (_, Some(layer)) if layer.encrypted => false,
            (Layers::ByContent, _) => true,
            (_, None) => false,
            (Layers::Typed, Some(layer)) => !(layer.docker && layer.compression == Compression::Zstd),
            (Layers::OciTyped, Some(layer)) => !layer.docker,
        }
    }
}

fn is_image_config(kind: &MediaType) -> bool {
    kind.kind() == Kind::Config && kind.as_str() != media_type::BUILDKIT_CACHE_CONFIG
}
