//! BuildKit's attestation manifests in both styles, and the in-toto statements in them.

use super::descriptor::{OCI_CONFIG, OCI_EMPTY, OCI_MANIFEST};
use super::{Desc, Store};
use crate::support::json::{Json, arr, obj};

pub const IN_TOTO: &str = "application/vnd.in-toto+json";
pub const PREDICATE_TYPE: &str = "in-toto.io/predicate-type";
pub const PROVENANCE_V1: &str = "https://slsa.dev/provenance/v1";
pub const PROVENANCE_V02: &str = "https://slsa.dev/provenance/v0.2";
pub const SPDX: &str = "https://spdx.dev/Document";
const ATTESTATION_TYPE: &str = "application/vnd.docker.attestation.manifest.v1+json";

/// An attestation manifest to be built: by default in the OCI-artifact style, about its subject.
#[derive(Clone, Debug)]
pub struct Attestation {
    subject: Desc,
    statements: Vec<(String, Json)>,
    stored: Vec<(String, Json)>,
    image_config_style: bool,
    unnamed: bool,
    stated_digest: Option<String>,
}

impl Attestation {
    /// An attestation without statements about an image.
    pub fn of(subject: &Desc) -> Self {
        Attestation {
            subject: subject.clone(),
            statements: Vec::new(),
            stored: Vec::new(),
            image_config_style: false,
            unnamed: false,
            stated_digest: None,
        }
    }

    pub fn statement(mut self, predicate_type: &str, predicate: Json) -> Self {
        self.statements.push((predicate_type.to_string(), predicate));
        self
    }

    /// A whole statement, as it is.
    pub fn stored(mut self, predicate_type: &str, statement: Json) -> Self {
        self.stored.push((predicate_type.to_string(), statement));
        self
    }

    /// A SLSA provenance, version 1.
    pub fn provenance(self) -> Self {
        let builder = obj([("id", "https://builder.example/1".into())]);
        let source =
            obj([("uri", "https://git.example/app.git".into()), ("digest", obj([("sha1", "0".repeat(40).into())]))]);
        let definition = obj([("buildType", "https://builder.example/type/1".into())])
            .with("externalParameters", obj([("configSource", obj([("path", "Dockerfile".into())]))]))
            .with("resolvedDependencies", arr([source]));
        let details = obj([("builder", builder), ("metadata", obj([("invocationId", "one".into())]))]);
        self.statement(PROVENANCE_V1, obj([("buildDefinition", definition), ("runDetails", details)]))
    }

    /// A SLSA provenance, version 0.2.
    pub fn provenance_v02(self) -> Self {
        let material =
            obj([("uri", "https://git.example/app.git".into()), ("digest", obj([("sha1", "0".repeat(40).into())]))]);
        let predicate = obj([("builder", obj([("id", "https://builder.example/1".into())]))])
            .with("buildType", "https://builder.example/type/1")
            .with("invocation", obj([("configSource", obj([("entryPoint", "Dockerfile".into())]))]))
            .with("materials", arr([material]));
        self.statement(PROVENANCE_V02, predicate)
    }

    /// An SPDX document of two packages.
    pub fn sbom(self) -> Self {
        let package = |name: &str| {
            obj([("SPDXID", format!("SPDXRef-{name}").into()), ("name", name.into()), ("versionInfo", "1.0".into())])
        };
        let predicate = obj([("spdxVersion", "SPDX-2.3".into()), ("SPDXID", "SPDXRef-DOCUMENT".into())])
            .with("name", "sbom")
            .with("packages", arr([package("hello"), package("words")]));
        self.statement(SPDX, predicate)
    }

    /// The style before BuildKit's OCI artifacts: an image config with unknown os, no subject.
    pub fn image_config_style(mut self) -> Self {
        self.image_config_style = true;
        self
    }

    /// An empty subject list in the statements, as exports without a name have it.
    pub fn unnamed(mut self) -> Self {
        self.unnamed = true;
        self
    }

    /// A statement about another digest than the image's.
    pub fn stating(mut self, digest: &str) -> Self {
        self.stated_digest = Some(digest.to_string());
        self
    }

    /// Puts statements and manifest; the descriptor carries annotations and platform as an index needs them.
    pub fn put(&self, store: &mut Store) -> Desc {
        let written = self.statements.iter().map(|(kind, predicate)| (kind, self.statement_json(kind, predicate)));
        let all = written.chain(self.stored.iter().map(|(kind, statement)| (kind, statement.clone())));
        let layers: Vec<_> = all
            .map(|(kind, statement)| store.put(IN_TOTO, statement.compact()).annotate(PREDICATE_TYPE, kind))
            .collect();
        let mut manifest = obj([("schemaVersion", Json::from(2)), ("mediaType", Json::from(OCI_MANIFEST))]);
        if self.image_config_style {
            manifest.push("config", self.image_config(store, &layers).json());
        } else {
            manifest.push("artifactType", ATTESTATION_TYPE);
            manifest.push("config", store.put(OCI_EMPTY, "{}").inline(b"{}").json());
        }
        manifest.push("layers", arr(layers.iter().map(Desc::json)));
        if !self.image_config_style {
            manifest.push("subject", self.subject.bare().json());
        }
        store
            .put_json(OCI_MANIFEST, &manifest)
            .annotate("vnd.docker.reference.digest", &self.subject.digest)
            .annotate("vnd.docker.reference.type", "attestation-manifest")
            .platform("unknown/unknown")
    }

    fn image_config(&self, store: &mut Store, layers: &[Desc]) -> Desc {
        let diff_ids = arr(layers.iter().map(|layer| &layer.digest));
        let config = obj([("architecture", "unknown".into()), ("os", "unknown".into()), ("config", obj([]))])
            .with("rootfs", obj([("type", "layers".into()), ("diff_ids", diff_ids)]));
        store.put(OCI_CONFIG, config.compact())
    }

    fn statement_json(&self, predicate_type: &str, predicate: &Json) -> Json {
        let digest = self.stated_digest.as_ref().unwrap_or(&self.subject.digest);
        let (algorithm, hex) = digest.split_once(':').unwrap();
        let platform = self.subject.platform.as_deref().unwrap_or("linux/amd64").replace('/', "%2F");
        let subject = obj([("name", format!("pkg:docker/app@1.0?platform={platform}").into())])
            .with("digest", obj([(algorithm, hex.into())]));
        let subjects = if self.unnamed { Json::Array(Vec::new()) } else { arr([subject]) };
        obj([("_type", "https://in-toto.io/Statement/v0.1".into()), ("predicateType", predicate_type.into())])
            .with("subject", subjects)
            .with("predicate", predicate.clone())
    }
}
