//! Lenient reading of predicates, which everyone writes in a way of their own: what has another type is not there.

use crate::json::{Kind, Member, Value};

/// BuildKit's own members of the metadata of a build.
pub(super) const BUILDKIT_METADATA: &str = "https://mobyproject.org/buildkit@v1#metadata";
pub(super) const BUILDKIT_HERMETIC: &str = "https://mobyproject.org/buildkit@v1#hermetic";

/// Entries that are kept of any list. People read no more, and a document of 40 MiB can hold millions.
pub(super) const MOST: usize = 1_000;

/// Characters that are kept of any text.
const LONGEST: usize = 1_000;

/// Keys that are asked for. They are found wherever in an object they stand; of all others the first are kept.
const KEYS: &[&str] = &[
    "_type",
    "buildDefinition",
    "buildFinishedOn",
    "buildInvocationID",
    "buildInvocationId",
    "buildStartedOn",
    "buildType",
    "builder",
    "builderPlatform",
    "buildkit_completeness",
    "buildkit_hermetic",
    "buildkit_metadata",
    "buildkit_reproducible",
    "completeness",
    "component",
    "components",
    "configSource",
    "created",
    "creationInfo",
    "creators",
    "dependencies",
    "digest",
    "documentNamespace",
    "entryPoint",
    "environment",
    "externalParameters",
    "filename",
    "files",
    "finishedOn",
    "gitCommit",
    "id",
    "infos",
    "internalParameters",
    "invocation",
    "invocationId",
    "language",
    "materials",
    "metadata",
    "name",
    "packages",
    "parameters",
    "path",
    "platform",
    "predicate",
    "predicateType",
    "relationships",
    "repository",
    "reproducible",
    "request",
    "resolvedDependencies",
    "runDetails",
    "serialNumber",
    "sha1",
    "sha256",
    "source",
    "spdxVersion",
    "specVersion",
    "startedOn",
    "subject",
    "timestamp",
    "tools",
    "uri",
    "vcs",
    "version",
    "workflow",
    BUILDKIT_METADATA,
    BUILDKIT_HERMETIC,
];

/// The members of an object, found once.
#[derive(Default)]
pub(super) struct Fields<'a>(Vec<Member<'a>>);

impl<'a> Fields<'a> {
    pub(super) fn of(value: Option<Value<'a>>) -> Self {
        let mut kept: Vec<Member<'a>> = Vec::new();
        let Some(value) = value else { return Fields(kept) };
        value.each_member(|member| {
            if kept.len() < MOST {
                kept.push(member);
            } else if KEYS.contains(&&*member.key) {
                // The last of a key that is listed twice is what counts.
                match kept.iter_mut().skip(MOST).find(|own| own.key == member.key) {
                    Some(own) => *own = member,
                    None => kept.push(member),
                }
            }
        });
        Fields(kept)
    }

    /// The value of the first of these keys that is there and not null.
    pub(super) fn get(&self, keys: &[&str]) -> Option<Value<'a>> {
        assert!(keys.iter().all(|key| KEYS.contains(key)), "{keys:?}: not among the keys that are always kept");
        let find = |key: &&str| self.0.iter().rev().find(|member| member.key == **key);
        keys.iter().filter_map(find).map(|member| member.value).find(|value| value.kind() != Kind::Null)
    }

    pub(super) fn object(&self, key: &str) -> Fields<'a> {
        Fields::of(self.get(&[key]))
    }

    pub(super) fn text(&self, keys: &[&str]) -> Option<String> {
        self.get(keys).and_then(text)
    }

    pub(super) fn flag(&self, keys: &[&str]) -> Option<bool> {
        self.get(keys).and_then(flag)
    }

    /// The first items of a list, and how many there are.
    pub(super) fn items(&self, keys: &[&str]) -> (Vec<Value<'a>>, u64) {
        self.get(keys).map(first_items).unwrap_or_default()
    }

    pub(super) fn members(&self) -> &[Member<'a>] {
        &self.0
    }

    pub(super) fn keys(&self) -> Vec<String> {
        self.0.iter().take(MOST).map(|member| cut(&member.key)).collect()
    }
}

/// The first items of an array, and how many there are.
pub(super) fn first_items(value: Value<'_>) -> (Vec<Value<'_>>, u64) {
    value.first_items(MOST).map(|(items, count)| (items, count as u64)).unwrap_or_default()
}

/// A text that is not empty.
pub(super) fn text(value: Value<'_>) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(|text| cut(&text))
}

pub(super) fn flag(value: Value<'_>) -> Option<bool> {
    match value.text() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// A value as one line: a text as it is, anything else as JSON.
pub(super) fn line(value: Value<'_>) -> String {
    value.as_str().map_or_else(|| cut(value.text()), |text| cut(&text))
}

/// `algorithm:encoded` for each member of a digest map.
pub(super) fn digests(value: Option<Value<'_>>) -> Vec<String> {
    let fields = Fields::of(value);
    let of = |member: &Member<'_>| Some(cut(&format!("{}:{}", member.key, text(member.value)?)));
    fields.members().iter().take(MOST).filter_map(of).collect()
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}
