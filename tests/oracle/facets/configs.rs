//! What a config may say: the command, the platform, the layers.

use super::super::image::{Case, Pair, put_first, remove, runs, set};
use super::docker::{Archive, config_name};
use crate::support::{Json, arr, obj};

type Change = fn(&mut Json, &Pair);

/// Changes the config of the evil image, which is the only one of the file. Where another command is put beside that
/// of the evil image, it is that of the good one.
const FACETS: &[(&str, Change)] = &[
    ("config-twice", |json, pair| json.push("config", runs("good", &pair.case))),
    ("config-twice-first", |json, pair| put_first(json, "config", runs("good", &pair.case))),
    ("config-capital", |json, pair| json.push("Config", runs("good", &pair.case))),
    ("config-capital-first", |json, pair| put_first(json, "Config", runs("good", &pair.case))),
    ("container-config", |json, pair| json.push("container_config", runs("good", &pair.case))),
    ("cmd-twice", |json, pair| {
        set(json, "config", runs("evil", &pair.case).with("Cmd", arr(["good", &pair.case])));
    }),
    ("cmd-small", |json, pair| {
        set(json, "config", runs("evil", &pair.case).with("cmd", arr(["good", &pair.case])));
    }),
    ("cmd-small-first", |json, pair| {
        let mut config = runs("evil", &pair.case);
        put_first(&mut config, "cmd", arr(["good", &pair.case]));
        set(json, "config", config);
    }),
    ("cmd-text", |json, pair| set(json, "config", obj([("Cmd", format!("evil {}", pair.case).into())]))),
    ("env-twice", |json, pair| {
        set(json, "config", runs("evil", &pair.case).with("Env", arr(["PATH=/other"])));
    }),
    ("env-without-value", |json, pair| {
        let mut config = runs("evil", &pair.case);
        set(&mut config, "Env", arr(["PATH"]));
        set(json, "config", config);
    }),
    ("os-twice", |json, _| json.push("os", "windows")),
    ("os-missing", |json, _| remove(json, "os")),
    ("os-other", |json, _| set(json, "os", "windows")),
    ("architecture-missing", |json, _| remove(json, "architecture")),
    ("architecture-other", |json, _| set(json, "architecture", "arm64")),
    ("variant", |json, _| json.push("variant", "v2")),
    ("os-version", |json, _| json.push("os.version", "10.0.20348.1")),
    ("diff-ids-twice", |json, pair| {
        let other = obj([("type", "layers".into()), ("diff_ids", arr([&pair.good.layer.diff_id]))]);
        json.push("rootfs", other);
    }),
    ("diff-ids-other", |json, pair| {
        set(json, "rootfs", obj([("type", "layers".into()), ("diff_ids", arr([&pair.good.layer.diff_id]))]));
    }),
    ("diff-ids-empty", |json, _| {
        set(json, "rootfs", obj([("type", "layers".into()), ("diff_ids", Json::Array(Vec::new()))]));
    }),
    ("diff-ids-more", |json, pair| {
        let ids = arr([&pair.evil.layer.diff_id, &pair.good.layer.diff_id]);
        set(json, "rootfs", obj([("type", "layers".into()), ("diff_ids", ids)]));
    }),
    ("rootfs-missing", |json, _| remove(json, "rootfs")),
    ("rootfs-type", |json, pair| {
        set(json, "rootfs", obj([("type", "layers+base".into()), ("diff_ids", arr([&pair.evil.layer.diff_id]))]));
    }),
    ("history-empty-layer", |json, _| {
        set(json, "history", arr([obj([("created_by", "RUN".into()), ("empty_layer", true.into())])]));
    }),
    ("history-missing", |json, _| remove(json, "history")),
    ("history-more", |json, _| {
        let entry = obj([("created_by", "RUN".into())]);
        set(json, "history", arr([entry.clone(), entry]));
    }),
    ("created-odd", |json, _| set(json, "created", "yesterday")),
    ("created-empty", |json, _| set(json, "created", "")),
    ("id", |json, _| json.push("id", "0123")),
    ("user-number", |json, pair| set(json, "config", runs("evil", &pair.case).with("User", 0))),
];

/// Facets that a program notices which decodes the config.
const DECODED: &[&str] = &[
    "config-twice",
    "cmd-text",
    "cmd-small",
    "created-odd",
    "user-number",
    "diff-ids-more",
    "os-other",
    "architecture-other",
];

pub fn cases() -> Vec<Case> {
    let mut all = Vec::new();
    for (facet, change) in FACETS {
        let mut pair = Pair::new(&format!("config.{facet}"));
        let before = pair.clone();
        pair.evil_config(|config| change(config, &before));
        let bytes = pair.top(vec![pair.named_evil()]).to_tar();
        all.push(pair.case(bytes));
        // Most of them are the same to readers of docker archives; those are who decodes a config.
        if super::super::run::Run::this().is_long() || DECODED.contains(facet) {
            let mut archive = Archive::new(&format!("config.{facet}.docker"));
            let before = archive.pair.clone();
            archive.pair.evil_config(|config| change(config, &before));
            archive.files.file(&config_name(&archive.pair.evil), archive.pair.evil.config_json.compact());
            let list = arr([archive.evil()]).compact();
            all.push(archive.finish(&list));
        }
    }
    all
}
