//! SLSA provenance, versions 0.x and 1, and what BuildKit adds to both.

use serde::Serialize;

use super::fields::{BUILDKIT_HERMETIC, BUILDKIT_METADATA, Fields, MOST, digests, first_items, flag, line, text};
use crate::json::{Kind, Value};

/// How an image was built.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Provenance {
    /// `builder.id`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub builder: Option<String>,
    /// `buildType`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub build_type: Option<String>,
    /// The repository of the source: from BuildKit's `vcs`, else from the config source or workflow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The commit of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// The file that describes the build: a Dockerfile, a workflow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry_point: Option<String>,
    /// When the build began, an RFC 3339 time, as stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started: Option<String>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished: Option<String>,
    /// The ID of the build.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invocation: Option<String>,
    /// The platform that the builder ran on (BuildKit).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub builder_platform: Option<String>,
    /// Whether the build had no network (BuildKit).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hermetic: Option<bool>,
    /// Whether the builder claims that the build is reproducible.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reproducible: Option<bool>,
    /// The parts that the builder claims to be complete.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub complete: Vec<Claim>,
    /// The parameters of the build: frontend, build arguments, local directories.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<Parameter>,
    /// BuildKit's `vcs`: `source`, `revision`, `localdir:context` and the like.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub vcs: Vec<Parameter>,
    /// The build files whose text is stored; the text is not part of the report.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub build_files: Vec<BuildFile>,
    /// The inputs of the build (`materials`, `resolvedDependencies`); at most 1,000.
    pub materials: Vec<Material>,
    /// How many there are.
    pub materials_count: u64,
}

/// A claim of the builder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Claim {
    /// The part that the claim covers: `parameters`, `environment`, `materials`...
    pub of: String,
    /// Whether it is claimed.
    pub complete: bool,
}

/// A name and a value; values other than strings as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Parameter {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
}

/// A build file whose text is in the provenance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BuildFile {
    /// Its name.
    pub name: String,
    /// Its language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

/// Something that went into the build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Material {
    /// Where it came from; often a package URL.
    pub uri: Option<String>,
    /// Its digests, `algorithm:encoded`.
    pub digests: Vec<String>,
}

impl Provenance {
    /// Reads the predicate of either version; which it is shows in its fields.
    pub(super) fn read(predicate: &Fields<'_>) -> Self {
        let mut provenance = match predicate.get(&["buildDefinition"]) {
            Some(_) => Self::read_v1(predicate),
            None => Self::read_v0(predicate),
        };
        let named = |name: &str| {
            let vcs = provenance.vcs.iter().find(|entry| entry.name == name);
            vcs.map(|entry| entry.value.clone())
        };
        let (source, revision) = (named("source"), named("revision"));
        provenance.source = source.or(provenance.source);
        provenance.revision = revision.or(provenance.revision);
        provenance
    }

    /// SLSA 0.1 and 0.2 ("Provenance v0.2").
    fn read_v0(predicate: &Fields<'_>) -> Self {
        let invocation = predicate.object("invocation");
        let config_source = invocation.object("configSource");
        let metadata = predicate.object("metadata");
        let buildkit = metadata.object(BUILDKIT_METADATA);
        let (materials, materials_count) = materials(predicate.items(&["materials"]));
        Provenance {
            builder: predicate.object("builder").text(&["id"]),
            build_type: predicate.text(&["buildType"]),
            source: config_source.text(&["uri"]),
            revision: revision(config_source.get(&["digest"])),
            entry_point: config_source.text(&["entryPoint"]),
            started: metadata.text(&["buildStartedOn"]),
            finished: metadata.text(&["buildFinishedOn"]),
            invocation: metadata.text(&["buildInvocationID", "buildInvocationId"]),
            builder_platform: invocation.object("environment").text(&["platform"]),
            hermetic: metadata.flag(&[BUILDKIT_HERMETIC]),
            reproducible: metadata.flag(&["reproducible"]),
            complete: claims(&metadata.object("completeness")),
            parameters: parameters(&invocation.object("parameters")),
            vcs: entries(&buildkit.object("vcs")),
            build_files: build_files(&buildkit.object("source")),
            materials,
            materials_count,
        }
    }

    /// SLSA 1 ("Provenance v1").
    fn read_v1(predicate: &Fields<'_>) -> Self {
        let definition = predicate.object("buildDefinition");
        let details = predicate.object("runDetails");
        let external = definition.object("externalParameters");
        // BuildKit says `configSource`, GitHub `workflow`.
        let (config_source, workflow) = (external.object("configSource"), external.object("workflow"));
        let metadata = details.object("metadata");
        let buildkit = metadata.object("buildkit_metadata");
        let dependencies = definition.items(&["resolvedDependencies"]);
        let source = config_source.text(&["uri"]).or(workflow.text(&["repository"]));
        let of_source = source.as_ref().and_then(|source| {
            let mut own = dependencies.0.iter().map(|item| Fields::of(Some(*item)));
            own.find(|item| item.text(&["uri"]).is_some_and(|uri| is_of(&uri, source)))
        });
        let revision = revision(config_source.get(&["digest"]))
            .or_else(|| of_source.and_then(|item| revision(item.get(&["digest"]))));
        let request = external.object("request");
        let (materials, materials_count) = materials(dependencies);
        Provenance {
            builder: details.object("builder").text(&["id"]),
            build_type: definition.text(&["buildType"]),
            source,
            revision,
            entry_point: config_source.text(&["path"]).or(workflow.text(&["path"])),
            started: metadata.text(&["startedOn"]),
            finished: metadata.text(&["finishedOn"]),
            invocation: metadata.text(&["invocationId"]),
            builder_platform: definition.object("internalParameters").text(&["builderPlatform"]),
            hermetic: metadata.flag(&["buildkit_hermetic"]),
            reproducible: metadata.flag(&["buildkit_reproducible"]),
            complete: claims(&metadata.object("buildkit_completeness")),
            parameters: if request.members().is_empty() { parameters(&external) } else { parameters(&request) },
            vcs: entries(&buildkit.object("vcs")),
            build_files: build_files(&buildkit.object("source")),
            materials,
            materials_count,
        }
    }
}

/// Whether a dependency is the repository: `git+https://host/repo@refs/heads/main` for `https://host/repo`.
fn is_of(uri: &str, source: &str) -> bool {
    uri.strip_prefix("git+").unwrap_or(uri).starts_with(source.strip_prefix("git+").unwrap_or(source))
}

/// The commit among the digests of a repository.
fn revision(digest: Option<Value<'_>>) -> Option<String> {
    Fields::of(digest).text(&["gitCommit", "sha1", "sha256"])
}

fn materials((items, count): (Vec<Value<'_>>, u64)) -> (Vec<Material>, u64) {
    let of = |item: Value<'_>| {
        let fields = Fields::of(Some(item));
        Material { uri: fields.text(&["uri", "name"]), digests: digests(fields.get(&["digest"])) }
    };
    (items.into_iter().map(of).collect(), count)
}

fn claims(completeness: &Fields<'_>) -> Vec<Claim> {
    let of = |member: &crate::json::Member<'_>| {
        Some(Claim { of: member.key.clone().into_owned(), complete: flag(member.value)? })
    };
    completeness.members().iter().take(MOST).filter_map(of).collect()
}

/// Parameters, those of BuildKit's `args` and `locals` as entries of their own.
fn parameters(fields: &Fields<'_>) -> Vec<Parameter> {
    let mut list = Vec::new();
    for member in fields.members().iter().take(MOST) {
        match (&*member.key, member.value.kind()) {
            ("configSource" | "workflow", _) => {}
            ("args", Kind::Object) => list.extend(entries(&Fields::of(Some(member.value)))),
            ("locals", Kind::Array) => {
                for local in first_items(member.value).0 {
                    let value = local.get("name").and_then(text).unwrap_or_else(|| line(local));
                    list.push(Parameter { name: "local".to_owned(), value });
                }
            }
            (key, _) => list.push(Parameter { name: key.to_owned(), value: line(member.value) }),
        }
    }
    list.truncate(MOST);
    list
}

fn entries(fields: &Fields<'_>) -> Vec<Parameter> {
    let of = |member: &crate::json::Member<'_>| Parameter {
        name: member.key.clone().into_owned(),
        value: line(member.value),
    };
    fields.members().iter().take(MOST).map(of).collect()
}

fn build_files(source: &Fields<'_>) -> Vec<BuildFile> {
    let of = |item: Value<'_>| {
        let fields = Fields::of(Some(item));
        Some(BuildFile { name: fields.text(&["filename"])?, language: fields.text(&["language"]) })
    };
    source.items(&["infos"]).0.into_iter().filter_map(of).collect()
}
