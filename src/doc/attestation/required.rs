//! The members that the specification of a predicate type requires: what lacks them says nothing that a policy could
//! count on.

use crate::json::{Kind, Value};

/// What a member has to be.
#[derive(Clone, Copy)]
enum Form {
    /// A text that is not empty.
    Text,
    /// A text; BuildKit writes an empty `builder.id` for a builder without a name.
    AnyText,
    /// An object.
    Object,
    /// A list with at least one item.
    List,
}

impl Form {
    fn fits(self, value: Value<'_>) -> bool {
        match self {
            Form::Text => value.as_str().is_some_and(|text| !text.is_empty()),
            Form::AnyText => value.kind() == Kind::String,
            Form::Object => value.kind() == Kind::Object,
            Form::List => value.count_items().is_some_and(|count| count > 0),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Form::Text => "text",
            Form::AnyText => "a string",
            Form::Object => "an object",
            Form::List => "a non-empty array",
        }
    }
}

/// Pointers to members, and what each has to be.
type Members = &'static [(&'static str, Form)];

/// SLSA "Provenance v0.1".
const SLSA_0_1: Members = &[("/builder/id", Form::AnyText)];
/// SLSA "Provenance v0.2".
const SLSA_0_2: Members = &[("/builder/id", Form::AnyText), ("/buildType", Form::Text)];
/// SLSA "Provenance v1".
const SLSA_1: Members = &[
    ("/buildDefinition/buildType", Form::Text),
    ("/buildDefinition/externalParameters", Form::Object),
    ("/runDetails/builder/id", Form::AnyText),
];
/// SPDX 2, "Document Creation Information".
const SPDX_2: Members = &[
    ("/spdxVersion", Form::Text),
    ("/SPDXID", Form::Text),
    ("/dataLicense", Form::Text),
    ("/name", Form::Text),
    ("/documentNamespace", Form::Text),
    ("/creationInfo/created", Form::Text),
    ("/creationInfo/creators", Form::List),
];
/// SPDX 3 as JSON-LD.
const SPDX_3: Members = &[("/@context", Form::Text), ("/@graph", Form::List)];
/// CycloneDX JSON; `version` is required before 1.5 alone.
const CYCLONE_DX: Members = &[("/bomFormat", Form::Text), ("/specVersion", Form::Text)];

/// The tags of an SPDX document that is no JSON; cosign keeps such a one as a string.
const SPDX_TAGS: [&str; 6] =
    ["SPDXVersion:", "DataLicense:", "SPDXID:", "DocumentName:", "DocumentNamespace:", "Creator:"];

/// What a predicate lacks of what its type requires; None for a sound one, and for an object of a type that is not known
/// here.
pub(super) fn fault(predicate_type: &str, predicate: Option<Value<'_>>) -> Option<String> {
    let predicate = predicate.filter(|value| value.kind() != Kind::Null);
    let members = match known(predicate_type, predicate) {
        Ok(members) => members,
        Err(fault) => return fault,
    };
    let Some(predicate) = predicate else { return Some("the predicate is missing".to_owned()) };
    if predicate.kind() != Kind::Object {
        return Some(format!("the predicate is not an object ({})", predicate.kind()));
    }
    let lacking = members.iter().find(|(pointer, form)| !predicate.at(pointer).is_some_and(|value| form.fits(value)));
    if let Some((pointer, form)) = lacking {
        return Some(format!("`{pointer}` of the predicate is not {}, which `{predicate_type}` requires", form.name()));
    }
    let format = predicate.get("bomFormat").and_then(Value::as_str);
    let is_other = std::ptr::eq(members, CYCLONE_DX) && format.as_deref() != Some("CycloneDX");
    is_other.then(|| "`/bomFormat` of the predicate is not `CycloneDX`".to_owned())
}

/// The members that a type requires, or the answer where there are none to look for.
fn known(predicate_type: &str, predicate: Option<Value<'_>>) -> Result<Members, Option<String>> {
    if let Some(version) = predicate_type.strip_prefix("https://slsa.dev/provenance/") {
        return match version {
            "v0.1" => Ok(SLSA_0_1),
            "v0.2" => Ok(SLSA_0_2),
            "v1" => Ok(SLSA_1),
            _ if version.starts_with("v1.") => Ok(SLSA_1),
            _ => Err(Some(format!("`{predicate_type}` is not a known version of SLSA provenance"))),
        };
    }
    if is_spdx(predicate_type) {
        if let Some(text) = predicate.and_then(Value::as_str) {
            let lacks = |tag: &&str| !text.lines().any(|line| line.trim_start().starts_with(*tag));
            let lacking = SPDX_TAGS.iter().find(|tag| lacks(tag));
            return Err(lacking.map(|tag| format!("the predicate is text without the SPDX tag `{tag}`")));
        }
        return Ok(if predicate.is_some_and(|value| value.get("@graph").is_some()) { SPDX_3 } else { SPDX_2 });
    }
    if is_cyclone_dx(predicate_type) {
        return Ok(CYCLONE_DX);
    }
    // in-toto attestation v1, "Statement": the predicate is optional, and an object.
    if predicate.is_none() { Err(None) } else { Ok(&[]) }
}

/// Whether a predicate type is SPDX of any version.
pub(crate) fn is_spdx(predicate_type: &str) -> bool {
    is_or_below(predicate_type, "https://spdx.dev/Document")
}

/// Whether a predicate type is CycloneDX of any version.
pub(crate) fn is_cyclone_dx(predicate_type: &str) -> bool {
    is_or_below(predicate_type, "https://cyclonedx.org/bom")
}

fn is_or_below(uri: &str, base: &str) -> bool {
    uri.strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPDX: &str = r#"{"spdxVersion":"SPDX-2.3","SPDXID":"SPDXRef-DOCUMENT","dataLicense":"CC0-1.0","name":"n",
        "documentNamespace":"https://x","creationInfo":{"created":"t","creators":["Tool: x"]}}"#;
    const V1: &str =
        r#"{"buildDefinition":{"buildType":"t","externalParameters":{}},"runDetails":{"builder":{"id":""}}}"#;

    #[test]
    fn each_type_and_what_it_requires() {
        let slsa = |version: &str| format!("https://slsa.dev/provenance/{version}");
        let (spdx, cyclone) = ("https://spdx.dev/Document".to_owned(), "https://cyclonedx.org/bom/v1.5".to_owned());
        let tags = r#""SPDXVersion: SPDX-2.3\nDataLicense: CC0-1.0\nSPDXID: SPDXRef-DOCUMENT\nDocumentName: n\nDocumentNamespace: https://x\nCreator: Tool: x""#;
        for (kind, predicate, is_sound) in [
            (slsa("v0.1"), r#"{"builder":{"id":"b"}}"#, true),
            (slsa("v0.1"), r#"{"builder":{}}"#, false),
            (slsa("v0.2"), r#"{"builder":{"id":""},"buildType":"t"}"#, true),
            (slsa("v0.2"), r#"{"builder":{"id":"b"},"buildType":""}"#, false),
            (slsa("v0.2"), r#"{"builder":"b","buildType":"t"}"#, false),
            (slsa("v0.2"), V1, false),
            (slsa("v1"), V1, true),
            (slsa("v1.0"), V1, true),
            (slsa("v1"), r#"{"buildDefinition":{"buildType":"t"},"runDetails":{"builder":{"id":"b"}}}"#, false),
            (slsa("v1"), "{}", false),
            (slsa("v1"), "null", false),
            (slsa("v1"), "[]", false),
            (slsa("v9"), V1, false),
            (slsa(""), V1, false),
            (spdx.clone(), SPDX, true),
            (spdx.clone(), &SPDX.replace("\"Tool: x\"", ""), false),
            (spdx.clone(), &SPDX.replace("documentNamespace", "other"), false),
            (spdx.clone(), r#"{"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld","@graph":[{}]}"#, true),
            (spdx.clone(), r#"{"@context":"c","@graph":[]}"#, false),
            (spdx.clone(), tags, true),
            (spdx, r#""any text""#, false),
            (cyclone.clone(), r#"{"bomFormat":"CycloneDX","specVersion":"1.5"}"#, true),
            (cyclone.clone(), r#"{"bomFormat":"Cyclone","specVersion":"1.5"}"#, false),
            (cyclone, r#"{"bomFormat":"CycloneDX"}"#, false),
            ("https://example.com/x".to_owned(), "{}", true),
            ("https://example.com/x".to_owned(), "null", true),
            ("https://example.com/x".to_owned(), "5", false),
        ] {
            let found = fault(&kind, Some(Value::parse(predicate).unwrap()));
            assert_eq!(found.is_none(), is_sound, "{kind} {predicate}: {found:?}");
        }
        assert!(fault("https://slsa.dev/provenance/v1", None).is_some());
        assert!(fault("https://example.com/x", None).is_none());
    }

    #[test]
    fn types_by_their_whole_name() {
        assert!(is_spdx("https://spdx.dev/Document") && is_spdx("https://spdx.dev/Document/v2.3"));
        assert!(!is_spdx("https://spdx.dev/Documents") && !is_cyclone_dx("https://cyclonedx.org/bomb"));
    }
}
