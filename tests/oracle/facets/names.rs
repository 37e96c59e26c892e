//! Under which names the entries of `index.json` stand.

use super::super::image::{Case, Pair, annotate, name};
use crate::support::Json;
use crate::support::builder::descriptor::{FULL_NAME, REF_NAME};

type Naming = fn(&mut Json, &str);

/// How the evil image is named beside the good one, which has the name of the case in both annotations.
const NAMINGS: &[(&str, Naming)] = &[
    ("same", name),
    ("same-ref-name", |json, own| annotate(json, REF_NAME, own)),
    ("tag", |json, own| annotate(json, REF_NAME, tag_of(own))),
    ("same-full-name", |json, own| annotate(json, FULL_NAME, own)),
    ("other", |json, own| name(json, &format!("{own}-other"))),
    ("other-full-same-ref", |json, own| {
        annotate(json, FULL_NAME, &format!("{own}-other"));
        annotate(json, REF_NAME, own);
    }),
    ("same-full-other-ref", |json, own| {
        annotate(json, FULL_NAME, own);
        annotate(json, REF_NAME, "other");
    }),
    ("full-twice", |json, own| {
        annotate(json, FULL_NAME, &format!("{own}-other"));
        annotate(json, FULL_NAME, own);
        annotate(json, REF_NAME, "other");
    }),
    ("full-capitals", |json, own| {
        annotate(json, "Io.Containerd.Image.Name", own);
        annotate(json, REF_NAME, "other");
    }),
    ("digest-form", |json, own| {
        let digest = format!("sha256:{}", "0".repeat(64));
        name(json, &format!("{}@{digest}", own.trim_end_matches(":1")));
    }),
    ("empty", |json, _| annotate(json, REF_NAME, "")),
    ("none", |_, _| {}),
];

/// How the only image is named.
const ALONE: &[(&str, Naming)] = &[
    ("ref-name", |json, own| annotate(json, REF_NAME, own)),
    ("tag", |json, own| annotate(json, REF_NAME, tag_of(own))),
    ("full-name", |json, own| annotate(json, FULL_NAME, own)),
    ("full-and-other-ref", |json, own| {
        annotate(json, FULL_NAME, own);
        annotate(json, REF_NAME, &format!("{own}-other"));
    }),
    ("none", |_, _| {}),
    ("short", |json, own| name(json, own.trim_start_matches("example.com/"))),
    ("library", |json, own| name(json, &own.replace("example.com", "docker.io/library"))),
    ("without-tag", |json, own| {
        annotate(json, FULL_NAME, own.trim_end_matches(":1"));
        annotate(json, REF_NAME, own.trim_end_matches(":1"));
    }),
    ("capitals", |json, own| name(json, &own.to_uppercase())),
    ("port", |json, own| name(json, &own.replace("example.com", "localhost:5000"))),
    ("plus", |json, own| name(json, &format!("{own}+1"))),
    ("blank", |json, own| name(json, &format!("{own} "))),
];

/// A tag that no other case has: the name of the case.
fn tag_of(name: &str) -> &str {
    name.trim_start_matches("example.com/").trim_end_matches(":1")
}

pub fn cases() -> Vec<Case> {
    let mut all = Vec::new();
    for (facet, naming) in NAMINGS {
        for place in ["first", "last"] {
            let pair = Pair::new(&format!("names.{facet}.{place}"));
            let mut evil = pair.evil.desc.clone().without_platform().json();
            naming(&mut evil, &pair.name());
            let good = pair.named_good();
            let entries = if place == "first" { vec![evil, good] } else { vec![good, evil] };
            let bytes = pair.top(entries).to_tar();
            all.push(pair.case(bytes));
        }
    }
    for (facet, naming) in ALONE {
        let pair = Pair::new(&format!("named.{facet}"));
        let mut evil = pair.evil.desc.clone().without_platform().json();
        naming(&mut evil, &pair.name());
        let bytes = pair.top(vec![evil]).to_tar();
        all.push(pair.case(bytes));
    }
    all
}
