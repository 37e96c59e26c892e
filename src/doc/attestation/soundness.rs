//! What makes two readers of one statement disagree: keys that repeat, or that differ only in case.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::doc::field::{Object, Path, Problem, Problems};
use crate::doc::with_value;
use crate::finding::Code;
use crate::json::{Kind, Value};
use crate::limits::Limits;

/// The faults of a statement, and of the envelope or bundle around it; what it lacks is said where it is read.
pub(in crate::doc) fn problems(bytes: &[u8], limits: &Limits) -> Vec<Problem> {
    // A large SBOM has millions of values, and is passed over where it lies.
    let limits = Limits { document_bytes: limits.statement_bytes, json_values: usize::MAX, ..limits.clone() };
    let read = with_value(bytes, &limits, |value, problems| {
        let path = Path::Root;
        match value.get("dsseEnvelope") {
            Some(envelope) => {
                open(value, path, &["mediaType", "verificationMaterial", "dsseEnvelope", "messageSignature"], problems);
                payload(envelope, Path::Key(&path, "dsseEnvelope"), problems)
            }
            None if value.get("payload").is_some() => payload(value, path, problems),
            None => {
                statement(value, problems);
                None
            }
        }
    });
    let mut problems = read.problems;
    problems.retain(is_told);
    if let Some((pointer, bytes)) = read.view {
        let inside = with_value(&bytes, &limits, statement).problems;
        problems.extend(inside.into_iter().filter(is_told).map(|problem| Problem {
            detail: format!("in the payload, at `{}`: {}", problem.pointer, problem.detail),
            pointer: pointer.clone(),
            ..problem
        }));
    }
    problems
}

/// The predicate is data of its own: a NUL in it, as in the text of a file, tells two readers nothing different.
fn is_told(problem: &Problem) -> bool {
    let in_predicate =
        problem.pointer.strip_prefix("/predicate").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    problem.code != Code::JsonNul || !in_predicate
}

/// The payload of an envelope, and the pointer to it.
fn payload(envelope: Value<'_>, path: Path<'_>, problems: &mut Problems) -> Option<(String, Vec<u8>)> {
    open(envelope, path, &["payload", "payloadType", "signatures"], problems);
    let bytes = STANDARD.decode(envelope.get("payload")?.as_str()?.as_bytes()).ok()?;
    Some((Path::Key(&path, "payload").to_string(), bytes))
}

/// The fields of a statement (in-toto attestation v1, "Statement").
fn statement(value: Value<'_>, problems: &mut Problems) {
    let path = Path::Root;
    open(value, path, &["_type", "predicateType", "subject", "predicate"], problems);
    let path = Path::Key(&path, "subject");
    // These two, with what in-toto's resource descriptors have besides.
    let known = ["name", "digest", "uri", "content", "downloadLocation", "mediaType", "annotations"];
    let mut number = 0;
    let Some(subjects) = value.get("subject") else { return };
    subjects.each_item(|subject| {
        open(subject, Path::Item(&path, number), &known, problems);
        number += 1;
        true
    });
}

/// Notes the keys of an object that only readers without regard to case would know.
fn open(value: Value<'_>, path: Path<'_>, known: &[&str], problems: &mut Problems) {
    if value.kind() == Kind::Object {
        Object::open(value, path, known, problems);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(Code, String)> {
        problems(text.as_bytes(), &Limits::default()).into_iter().map(|p| (p.code, p.pointer)).collect()
    }

    #[test]
    fn keys_that_readers_take_differently() {
        let sound = r#"{"_type":"x","subject":[{"name":"a","digest":{"sha256":"ab"}}],"predicate":{"a":"b\u0000"}}"#;
        let twice = r#"{"_type":"x","subject":[{"name":"a","digest":{"sha256":"ab","sha256":"cd"}}]}"#;
        let case = r#"{"_type":"x","subject":[],"Subject":[{"name":"a"}],"predicate":{"Subject":1,"subject":2}}"#;
        let wrapped = |text: &str| format!(r#"{{"payload":"{}","signatures":[]}}"#, STANDARD.encode(text));
        for (text, expected) in [
            (sound.to_owned(), vec![]),
            (twice.to_owned(), vec![(Code::JsonDuplicateKey, "/subject/0/digest")]),
            (case.to_owned(), vec![(Code::JsonKeyCase, "")]),
            (r#"{"_type":"x","predicateType":"a\u0000b"}"#.to_owned(), vec![(Code::JsonNul, "/predicateType")]),
            (wrapped(sound), vec![]),
            (wrapped(twice), vec![(Code::JsonDuplicateKey, "/payload")]),
            (r#"{"payload":"e30=","payload":"e30="}"#.to_owned(), vec![(Code::JsonDuplicateKey, "")]),
            (format!(r#"{{"dsseEnvelope":{}}}"#, wrapped(case)), vec![(Code::JsonKeyCase, "/dsseEnvelope/payload")]),
            (
                r#"{"dsseEnvelope":{"Payload":"","payload":"e30="}}"#.to_owned(),
                vec![(Code::JsonKeyCase, "/dsseEnvelope")],
            ),
        ] {
            let expected: Vec<_> = expected.into_iter().map(|(code, pointer)| (code, pointer.to_owned())).collect();
            assert_eq!(found(&text), expected, "{text}");
        }
    }
}
