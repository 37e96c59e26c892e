//! A statement with its predicate, decoded to what a person asks of it.

use serde::Serialize;

use super::StatementError;
use super::fields::{Fields, digests};
use super::provenance::Provenance;
use super::sbom::Sbom;
use crate::json::{self, Value};
use crate::limits::{LimitReached, Limits};

/// A statement, decoded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Decoded {
    /// `_type`
    pub statement_type: String,
    /// `predicateType`
    pub predicate_type: Option<String>,
    /// `subject`, at most 1,000.
    pub subjects: Vec<DecodedSubject>,
    /// How many there are.
    pub subjects_count: u64,
    /// `predicate`
    pub predicate: Predicate,
}

/// The subject of a statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DecodedSubject {
    /// `name`: for BuildKit a package URL.
    pub name: Option<String>,
    /// Its digests, `algorithm:encoded`.
    pub digests: Vec<String>,
}

/// The content of a statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Predicate {
    /// SLSA provenance.
    Provenance(Box<Provenance>),
    /// An SBOM.
    Sbom(Box<Sbom>),
    /// Another predicate: its top-level keys.
    Keys(Vec<String>),
}

impl Decoded {
    /// Decodes a statement. The predicate's text is inspected where it lies and not copied.
    ///
    /// # Errors
    ///
    /// When it is no JSON in UTF-8, nested deeper than a limit, or lacks `_type`.
    pub fn read(statement: &[u8], limits: &Limits) -> Result<Self, StatementError> {
        let wrong = |error: &dyn std::fmt::Display| StatementError::Json(error.to_string());
        let text = std::str::from_utf8(statement).map_err(|error| wrong(&error))?;
        let value = Value::parse(text).map_err(|error| wrong(&error))?;
        if json::is_deeper(value, limits.json_depth) {
            return Err(wrong(&LimitReached { name: "json-depth", limit: limits.json_depth as u64 }));
        }
        let top = Fields::of(Some(value));
        let statement_type = top.text(&["_type"]).ok_or(StatementError::Foreign)?;
        let predicate_type = top.text(&["predicateType"]);
        let (subjects, subjects_count) = top.items(&["subject"]);
        let subjects = subjects.into_iter().map(|subject| {
            let fields = Fields::of(Some(subject));
            DecodedSubject { name: fields.text(&["name"]), digests: digests(fields.get(&["digest"])) }
        });
        let predicate = top.object("predicate");
        let kind = predicate_type.as_deref().unwrap_or_default();
        let predicate = if kind.starts_with("https://slsa.dev/provenance/") {
            Predicate::Provenance(Box::new(Provenance::read(&predicate)))
        } else if kind.starts_with("https://spdx.dev/Document") {
            Predicate::Sbom(Box::new(Sbom::spdx(&predicate)))
        } else if kind.starts_with("https://cyclonedx.org/") {
            Predicate::Sbom(Box::new(Sbom::cyclone_dx(&predicate)))
        } else {
            Predicate::Keys(predicate.keys())
        };
        Ok(Decoded { statement_type, predicate_type, subjects: subjects.collect(), subjects_count, predicate })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(predicate_type: &str, predicate: &str) -> Predicate {
        let text = format!(
            r#"{{"_type":"https://in-toto.io/Statement/v1","predicateType":"{predicate_type}",
            "subject":[{{"name":"a","digest":{{"sha256":"ab","sha512":"cd"}}}}],"predicate":{predicate}}}"#
        );
        let decoded = Decoded::read(text.as_bytes(), &Limits::default()).unwrap();
        assert_eq!(decoded.subjects[0].digests, ["sha256:ab", "sha512:cd"]);
        decoded.predicate
    }

    #[test]
    fn provenance_of_both_versions() {
        let v02 = r#"{"builder":{"id":"b"},"buildType":"t","invocation":{"configSource":{"uri":"https://git/r",
            "digest":{"sha1":"c1"},"entryPoint":"Dockerfile"},"parameters":{"frontend":"f","args":{"build-arg:X":"1"},
            "locals":[{"name":"context"}]},"environment":{"platform":"linux/amd64"}},
            "metadata":{"buildStartedOn":"s","buildFinishedOn":"e","reproducible":false,"completeness":{"parameters":true},
            "https://mobyproject.org/buildkit@v1#hermetic":true,
            "https://mobyproject.org/buildkit@v1#metadata":{"vcs":{"source":"git@host:r","revision":"c2"}}},
            "materials":[{"uri":"pkg:docker/a","digest":{"sha256":"d"}}]}"#;
        let Predicate::Provenance(old) = decoded("https://slsa.dev/provenance/v0.2", v02) else { panic!() };
        assert_eq!((old.source.as_deref(), old.revision.as_deref()), (Some("git@host:r"), Some("c2")));
        assert_eq!((old.hermetic, old.reproducible, old.complete[0].complete), (Some(true), Some(false), true));
        assert_eq!(
            old.parameters[1],
            crate::doc::attestation::Parameter { name: "build-arg:X".into(), value: "1".into() }
        );
        assert_eq!(old.materials[0].digests, ["sha256:d"]);
        let v1 = r#"{"buildDefinition":{"buildType":"t","externalParameters":{"workflow":{"ref":"refs/heads/main",
            "repository":"https://github.com/o/r","path":".github/workflows/x.yml"}},"resolvedDependencies":[
            {"uri":"git+https://github.com/o/r@refs/heads/main","digest":{"gitCommit":"c3"}}]},
            "runDetails":{"builder":{"id":"b"},"metadata":{"invocationId":"i"}}}"#;
        let Predicate::Provenance(new) = decoded("https://slsa.dev/provenance/v1", v1) else { panic!() };
        assert_eq!((new.source.as_deref(), new.revision.as_deref()), (Some("https://github.com/o/r"), Some("c3")));
        assert_eq!(new.entry_point.as_deref(), Some(".github/workflows/x.yml"));
    }

    #[test]
    fn sboms() {
        let spdx = r#"{"spdxVersion":"SPDX-2.3","name":"n","documentNamespace":"ns","packages":[{},{}],"relationships":[{}],
            "creationInfo":{"created":"c","creators":["Tool: t"]}}"#;
        let Predicate::Sbom(spdx) = decoded("https://spdx.dev/Document", spdx) else { panic!() };
        assert_eq!((spdx.packages, spdx.relationships, spdx.creators), (2, 1, vec!["Tool: t".to_owned()]));
        for tools in [r#"[{"name":"t","version":"1"}]"#, r#"{"components":[{"name":"t","version":"1"}]}"#] {
            let bom = format!(
                r#"{{"specVersion":"1.5","serialNumber":"urn:x","components":[{{}}],"metadata":{{"tools":{tools}}}}}"#
            );
            let Predicate::Sbom(bom) = decoded("https://cyclonedx.org/bom", &bom) else { panic!() };
            assert_eq!((bom.packages, bom.creators), (1, vec!["t 1".to_owned()]));
        }
        let other = decoded("https://example.com/x", r#"{"b":1,"a":[]}"#);
        assert_eq!(other, Predicate::Keys(vec!["b".into(), "a".into()]));
    }

    #[test]
    fn hostile_statements_are_bounded() {
        let limits = Limits::default();
        let deep = format!(r#"{{"_type":"x","predicate":{}1{}}}"#, "[".repeat(120), "]".repeat(120));
        assert!(Decoded::read(deep.as_bytes(), &limits).is_err());
        let many = format!(r#"{{"_type":"x","subject":[{}1]}}"#, "1,".repeat(5000));
        let many = Decoded::read(many.as_bytes(), &limits).unwrap();
        assert_eq!((many.subjects.len(), many.subjects_count), (1000, 5001));
        for text in ["", "{}", "[]", r#"{"_type":5}"#, "\u{feff}{}"] {
            assert!(Decoded::read(text.as_bytes(), &limits).is_err(), "{text}");
        }
    }
}
