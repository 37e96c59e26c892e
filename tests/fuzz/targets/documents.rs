//! The views of documents: any bytes give a view and problems; a document without problems says to us what it says to a
//! plain JSON reader.

use std::collections::BTreeMap;

use ocikit::doc::attestation::{Decoded, Statement, Unwrapped};
use ocikit::doc::{
    self, Config, Descriptor, Document, Field, Index, Manifest, Problem, read_blob, read_config, read_descriptor,
    read_docker_manifest, read_layout_file, read_layout_index, read_repositories,
};
use ocikit::finding::Code;
use ocikit::graph;
use ocikit::json::Value;
use ocikit::media_type::{DOCKER_MANIFEST, MediaType, OCI_CONFIG, OCI_INDEX, OCI_MANIFEST};
use serde_json::Value as Json;

use super::oracle::limits;

pub fn target(data: &[u8]) {
    let limits = limits();
    let json: Option<Json> = serde_json::from_slice(data).ok();

    let index = read_layout_index(data, &limits);
    sound(data, &index.problems);
    if let (Some(json), true) = (&json, index.problems.is_empty()) {
        same_index(&index.view, json);
    }
    sound(data, &read_layout_file(data, &limits).problems);
    let descriptor = read_descriptor(data, &limits);
    sound(data, &descriptor.problems);
    if let (Some(json), Some(view), true) = (&json, &descriptor.view, descriptor.problems.is_empty()) {
        same_descriptor(view, json);
    }
    let config = read_config(data, &limits);
    sound(data, &config.problems);
    if let (Some(json), true) = (&json, config.problems.is_empty()) {
        same_config(&config.view, json);
    }
    let docker = read_docker_manifest(data, &limits);
    sound(data, &docker.problems);
    if let (Some(json), true) = (&json, docker.problems.is_empty()) {
        for (number, image) in &docker.view {
            same_docker_image(image, &json[*number as usize]);
        }
    }
    let repositories = read_repositories(data, &limits);
    sound(data, &repositories.problems);
    for line in &repositories.view {
        let json = json.as_ref().and_then(|json| json.pointer(&line.pointer));
        assert!(!repositories.problems.is_empty() || json.and_then(Json::as_str) == Some(&line.layer));
    }
    blob(data, json.as_ref());
    statement(data);
    if let Ok(text) = std::str::from_utf8(data) {
        doc::raw_field(text, "mediaType");
    }
}

/// Read as each kind that a descriptor may say.
fn blob(data: &[u8], json: Option<&Json>) {
    for declared in [None, Some(OCI_INDEX), Some(OCI_MANIFEST), Some(DOCKER_MANIFEST), Some(OCI_CONFIG), Some("x/y")] {
        let declared = declared.map(MediaType::new);
        let read = read_blob(data, declared.as_ref(), &limits());
        sound(data, &read.problems);
        graph::classify(None, &read.view);
        for (role, child) in graph::children(&read.view) {
            assert_eq!(graph::descriptor(&read.view, role), Some(child), "{role:?}");
            let there = json.and_then(|json| json.pointer(&role.pointer()));
            assert!(!read.problems.is_empty() || there.is_some(), "{role:?} leads nowhere");
            graph::of_descriptor(child);
        }
        let (Some(json), true) = (json, read.problems.is_empty()) else { continue };
        match &read.view {
            Document::Index(index) => same_index(index, json),
            Document::Manifest(manifest) => same_manifest(manifest, json),
            Document::Config(config) => same_config(config, json),
            Document::Opaque => {}
        }
        let manifest_keys = ["layers", "config", "fsLayers"];
        let is_both = json.get("manifests").is_some() && manifest_keys.iter().any(|key| json.get(key).is_some());
        assert!(!is_both || matches!(read.view, Document::Opaque | Document::Config(_)), "index and manifest at once");
    }
}

fn statement(data: &[u8]) {
    let head = Statement::read(data, &limits());
    let decoded = Decoded::read(data, &limits());
    if let (Ok(head), Ok(decoded)) = (&head, &decoded) {
        assert_eq!(head.subjects().len(), decoded.subjects.len());
        assert_eq!(head.predicate_type, decoded.predicate_type);
    }
    if let Ok(unwrapped) = Unwrapped::of(data.to_vec()) {
        // A statement inside a statement is none.
        let _ = Statement::read(&unwrapped.statement, &limits());
    }
}

/// Every problem has a place that exists, and nothing that is not JSON passes.
fn sound(data: &[u8], problems: &[Problem]) {
    let text = std::str::from_utf8(data).ok().map(|text| text.strip_prefix('\u{feff}').unwrap_or(text));
    let value = text.and_then(|text| Value::parse(text).ok());
    let syntax = problems.iter().any(|problem| problem.code == Code::JsonSyntax);
    assert!(value.is_some() || syntax || data.len() > 1 << 20, "no JSON, and no word of it");
    // serde_json refuses half a surrogate pair when it decodes strings.
    let is_json = serde_json::from_str::<Json>(text.unwrap_or_default()).is_ok();
    assert!(!is_json || !syntax, "JSON, and called none: {problems:?}");
    for problem in problems {
        assert!(!problem.detail.is_empty());
        if let Some(value) = value {
            let owner = problem.pointer.rsplit_once('/').map_or("", |(owner, _)| owner);
            assert!(value.at(owner).is_some(), "{problem:?} is nowhere");
        }
    }
}

fn text<'j>(json: &'j Json, key: &str) -> Option<&'j str> {
    only(json, key);
    json.get(key).and_then(Json::as_str)
}

/// No other key is this one to a reader that ignores case.
fn only(json: &Json, key: &str) {
    let folded = |key: &str| key.to_lowercase().replace('\u{17f}', "s").replace('\u{212a}', "k");
    let others = json.as_object().into_iter().flatten().filter(|(other, _)| folded(other) == folded(key));
    assert!(others.count() <= 1, "two keys for `{key}`");
}

fn same_descriptor(ours: &Descriptor, json: &Json) {
    let Field::Ok(digest) = &ours.digest else { panic!("no digest, and no problem") };
    assert_eq!(text(json, "digest"), Some(digest.as_str()));
    assert_eq!(text(json, "mediaType"), ours.media_type.ok().map(MediaType::as_str));
    assert!(ours.media_type.ok().is_some() && ours.size.ok().is_some());
    only(json, "size");
    assert_eq!(json["size"].as_u64().as_ref(), ours.size.ok());
    same_annotations(ours.annotations.iter(), json);
    if let Some(platform) = &ours.platform {
        assert_eq!(text(&json["platform"], "os"), Some(platform.os.as_str()));
        assert_eq!(text(&json["platform"], "architecture"), Some(platform.architecture.as_str()));
    }
}

fn same_annotations<'a>(ours: impl Iterator<Item = (&'a str, &'a str)>, json: &Json) {
    let ours: BTreeMap<&str, &str> = ours.collect();
    let theirs = json["annotations"].as_object().into_iter().flatten();
    let theirs: BTreeMap<&str, &str> = theirs.map(|(key, value)| (key.as_str(), value.as_str().unwrap())).collect();
    assert_eq!(ours, theirs);
}

fn same_list(ours: &[(u32, Descriptor)], json: &Json, key: &str) {
    only(json, key);
    assert_eq!(ours.len(), json[key].as_array().map_or(0, Vec::len));
    for (number, descriptor) in ours {
        same_descriptor(descriptor, &json[key][*number as usize]);
    }
}

fn same_index(ours: &Index, json: &Json) {
    same_list(&ours.manifests, json, "manifests");
    same_annotations(ours.annotations.iter(), json);
}

fn same_manifest(ours: &Manifest, json: &Json) {
    same_list(&ours.layers, json, "layers");
    same_descriptor(ours.config.as_ref().unwrap(), &json["config"]);
    same_annotations(ours.annotations.iter(), json);
}

fn same_config(ours: &Config, json: &Json) {
    let theirs = json["rootfs"]["diff_ids"].as_array().cloned().unwrap_or_default();
    assert_eq!(ours.diff_ids.len(), theirs.len());
    for (our, their) in ours.diff_ids.iter().zip(&theirs) {
        assert_eq!(our.ok().map(|digest| digest.as_str()), their.as_str());
    }
    if let Some(platform) = &ours.platform {
        assert_eq!(text(json, "os"), Some(platform.os.as_str()));
    }
}

/// Keys are taken without regard to case here.
fn same_docker_image(ours: &doc::DockerImage, json: &Json) {
    let get = |wanted: &str| {
        let mut values = json.as_object().unwrap().iter().filter(|(key, _)| key.eq_ignore_ascii_case(wanted));
        let value = values.next().map(|(_, value)| value.clone()).unwrap_or_default();
        assert!(values.next().is_none(), "two keys for `{wanted}`");
        value
    };
    assert_eq!(get("Config").as_str(), ours.config.ok().map(String::as_str));
    for (key, list) in [("RepoTags", &ours.repo_tags), ("Layers", &ours.layers)] {
        let theirs = get(key).as_array().cloned().unwrap_or_default();
        assert_eq!(theirs.iter().map(|item| item.as_str().unwrap()).collect::<Vec<_>>(), *list);
    }
}
