//! Which fault of a document is noted where.

use super::*;

const HEX: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn faults(problems: &[Problem]) -> Vec<(Code, &str)> {
    problems.iter().map(|problem| (problem.code, problem.pointer.as_str())).collect()
}

fn descriptor(fields: &str) -> String {
    format!(r#"{{"mediaType":"{}","digest":"sha256:{HEX}","size":0{fields}}}"#, media_type::OCI_MANIFEST)
}

#[test]
fn the_layout_index() {
    let limits = Limits::default();
    let index = media_type::OCI_INDEX;
    for (text, expected) in [
        (format!(r#"{{"schemaVersion":2,"mediaType":"{index}","manifests":[]}}"#), vec![]),
        (
            "{\"manifests\":null}".into(),
            vec![(Code::SchemaVersionMissing, ""), (Code::MediaTypeMissing, ""), (Code::ManifestsNull, "/manifests")],
        ),
        (
            format!(r#"{{"schemaVersion":1,"mediaType":"{index}"}}"#),
            vec![(Code::FieldValue, "/schemaVersion"), (Code::FieldMissing, "")],
        ),
        (
            format!("\u{feff}{{\"schemaVersion\":2,\"mediaType\":\"{index}\",\"manifests\":[]}}"),
            vec![(Code::JsonBom, "")],
        ),
        ("{".into(), vec![(Code::JsonSyntax, "")]),
        ("[]".into(), vec![(Code::FieldType, "")]),
        (
            format!(r#"{{"schemaVersion":2,"mediaType":"{index}","manifests":[],"layers":[]}}"#),
            vec![(Code::DocumentAmbiguous, "")],
        ),
        (
            format!(r#"{{"schemaVersion":2,"mediaType":"{index}","Manifests":[]}}"#),
            vec![(Code::JsonKeyCase, ""), (Code::FieldMissing, "")],
        ),
        (
            format!(r#"{{"schemaVersion":2,"mediaType":"{index}","manifests":[{{}},7]}}"#),
            vec![
                (Code::FieldMissing, "/manifests/0"),
                (Code::FieldMissing, "/manifests/0"),
                (Code::FieldMissing, "/manifests/0"),
                (Code::FieldType, "/manifests/1"),
            ],
        ),
    ] {
        assert_eq!(faults(&read_layout_index(text.as_bytes(), &limits).problems), expected, "{text}");
    }
}

#[test]
fn descriptors() {
    let limits = Limits::default();
    for (fields, expected) in [
        (String::new(), vec![]),
        (r#","platform":{"os":"linux"}"#.into(), vec![(Code::FieldMissing, "/manifests/0/platform")]),
        (r#","data":"e30=""#.into(), vec![(Code::DescriptorData, "/manifests/0/data")]),
        (r#","data":"?""#.into(), vec![(Code::FieldType, "/manifests/0/data")]),
        (r#","annotations":{"a":1,"A":"x"}"#.into(), vec![(Code::FieldType, "/manifests/0/annotations/a")]),
        (r#","urls":"x""#.into(), vec![(Code::FieldType, "/manifests/0/urls")]),
        (r#","Size":5"#.into(), vec![(Code::JsonKeyCase, "/manifests/0")]),
        (r#","size":5"#.into(), vec![(Code::JsonDuplicateKey, "/manifests/0")]),
    ] {
        let index = media_type::OCI_INDEX;
        let entry = descriptor(&fields);
        let text = format!(r#"{{"schemaVersion":2,"mediaType":"{index}","manifests":[{entry}]}}"#);
        let read = read_layout_index(text.as_bytes(), &limits);
        assert_eq!(faults(&read.problems), expected, "{fields}");
        assert_eq!(read.view.manifests.len(), 1);
    }
    for (size, code) in
        [("-1", Code::FieldType), ("1.0", Code::FieldType), ("\"1\"", Code::FieldType), ("null", Code::FieldMissing)]
    {
        let text = format!(r#"{{"manifests":[{{"mediaType":"a/b","digest":"sha256:{HEX}","size":{size}}}]}}"#);
        let read = read_layout_index(text.as_bytes(), &limits);
        assert!(read.problems.iter().any(|problem| problem.code == code), "{size}");
    }
    let text = r#"{"manifests":[{"mediaType":"a/b","digest":"sha256:../x","size":1}]}"#;
    let read = read_layout_index(text.as_bytes(), &limits);
    assert!(faults(&read.problems).contains(&(Code::DigestInvalid, "/manifests/0/digest")));
}

#[test]
fn configs() {
    let good =
        format!(r#"{{"os":"linux","architecture":"amd64","rootfs":{{"type":"layers","diff_ids":["sha256:{HEX}"]}}}}"#);
    for (text, expected) in [
        (good.clone(), vec![]),
        (good.replace("linux", ""), vec![(Code::ConfigPlatformEmpty, "")]),
        (good.replace("\"layers\"", "\"x\""), vec![(Code::FieldValue, "/rootfs/type")]),
        (good.replace(HEX, "ab"), vec![(Code::DigestInvalid, "/rootfs/diff_ids/0")]),
        (good.replace("\"rootfs\"", "\"Rootfs\""), vec![(Code::JsonKeyCase, ""), (Code::FieldMissing, "")]),
        (
            good.replace("{\"os", "{\"config\":{\"Env\":5,\"Labels\":{\"a\":\"x\",\"A\":\"y\"}},\"os"),
            vec![(Code::FieldType, "/config/Env")],
        ),
    ] {
        assert_eq!(faults(&read_config(text.as_bytes(), &Limits::default()).problems), expected, "{text}");
    }
}

#[test]
fn the_declared_media_type_decides() {
    let limits = Limits::default();
    let text = format!(r#"{{"schemaVersion":2,"mediaType":"{}","manifests":[]}}"#, media_type::OCI_INDEX);
    let declared = MediaType::new(media_type::DOCKER_INDEX);
    let read = read_blob(text.as_bytes(), Some(&declared), &limits);
    assert!(matches!(read.view, Document::Index(_)));
    assert_eq!(faults(&read.problems), [(Code::MediaTypeMismatch, "/mediaType")]);
    assert!(matches!(read_blob(text.as_bytes(), None, &limits).view, Document::Index(_)));
    let other = MediaType::new("application/json");
    let read = read_blob(text.as_bytes(), Some(&other), &limits);
    assert!(matches!(read.view, Document::Index(_)), "podman and skopeo read it as what it is");
    assert_eq!(faults(&read.problems), [(Code::MediaTypeMismatch, "/mediaType")]);
    for text in [r#"{"layers":[]}"#, r#"{"mediaType":"application/json"}"#] {
        assert!(matches!(read_blob(text.as_bytes(), Some(&other), &limits).view, Document::Opaque), "{text}");
    }
}

#[test]
fn limits_are_named() {
    let limits = Limits { json_depth: 3, document_bytes: 50, ..Limits::default() };
    let deep = read_blob(b"[[[[[]]]]]", None, &limits);
    assert!(deep.problems[0].detail.contains("json-depth=3"));
    let long = read_blob(&[b' '; 51], None, &limits);
    assert!(long.problems[0].detail.contains("document-bytes=50"));
}
