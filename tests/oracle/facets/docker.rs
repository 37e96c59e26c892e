//! What `manifest.json` and `repositories` may say, alone and beside `index.json`.

use super::super::image::{Case, Made, Pair, put_first, remove, set};
use crate::support::builder::Compression;
use crate::support::{Files, Json, arr, blob_name, obj};

/// A docker archive of two images: the files that they consist of, then `manifest.json`.
pub struct Archive {
    pub pair: Pair,
    pub files: Files,
}

impl Archive {
    pub fn new(case: &str) -> Self {
        let pair = Pair::compressed(case, Compression::None);
        let mut files = Files::new();
        for made in [&pair.good, &pair.evil] {
            files.file(&config_name(made), made.config_json.compact());
            files.file(&layer_name(made), made.layer.tar.clone());
        }
        Archive { pair, files }
    }

    pub fn good(&self) -> Json {
        entry(&self.pair.good, &[&self.pair.name()])
    }

    pub fn evil(&self) -> Json {
        entry(&self.pair.evil, &[&self.pair.name()])
    }

    pub fn finish(mut self, list: &str) -> Case {
        self.files.file("manifest.json", list);
        let bytes = self.files.to_tar();
        self.pair.case(bytes)
    }
}

pub fn config_name(made: &Made) -> String {
    format!("{}.json", made.config.hex())
}

pub fn layer_name(made: &Made) -> String {
    format!("{}.tar", made.layer.desc.hex())
}

/// One image of `manifest.json`.
pub fn entry(made: &Made, tags: &[&str]) -> Json {
    obj([("Config", config_name(made).into()), ("RepoTags", arr(tags.iter().copied()))])
        .with("Layers", arr([layer_name(made)]))
}

type Listing = fn(&mut Archive) -> Json;

/// What `manifest.json` lists.
const LISTINGS: &[(&str, Listing)] = &[
    ("plain", |archive| arr([archive.good()])),
    ("two-of-one-name", |archive| arr([archive.good(), archive.evil()])),
    ("two-names", |archive| {
        let other = format!("{}-other", archive.pair.name());
        arr([archive.good(), entry(&archive.pair.evil, &[&other])])
    }),
    ("second-unnamed", |archive| arr([archive.good(), entry(&archive.pair.evil, &[])])),
    ("first-unnamed", |archive| arr([entry(&archive.pair.evil, &[]), archive.good()])),
    ("unnamed", |archive| arr([entry(&archive.pair.good, &[])])),
    ("tags-null", |archive| {
        let mut good = archive.good();
        set(&mut good, "RepoTags", Json::Null);
        arr([good])
    }),
    ("tags-missing", |archive| {
        let mut good = archive.good();
        remove(&mut good, "RepoTags");
        arr([good])
    }),
    ("tag-twice", |archive| {
        let name = archive.pair.name();
        arr([entry(&archive.pair.good, &[&name, &name])])
    }),
    ("tag-without-tag", |archive| {
        let name = archive.pair.name();
        arr([entry(&archive.pair.good, &[name.trim_end_matches(":1")])])
    }),
    ("tag-capitals", |archive| arr([entry(&archive.pair.good, &[&archive.pair.name().to_uppercase()])])),
    ("tag-of-digest", |archive| {
        let name = format!("example.com/x@sha256:{}", "0".repeat(64));
        arr([entry(&archive.pair.good, &[&name])])
    }),
    ("short-name-and-library", |archive| {
        let name = format!("{}:1", archive.pair.case);
        let long = format!("docker.io/library/{name}");
        arr([entry(&archive.pair.good, &[&name]), entry(&archive.pair.evil, &[&long])])
    }),
    ("config-twice", |archive| {
        let evil = config_name(&archive.pair.evil);
        arr([archive.good().with("Config", evil)])
    }),
    ("all-twice", |archive| {
        let (config, layer) = (config_name(&archive.pair.evil), layer_name(&archive.pair.evil));
        arr([archive.good().with("Config", config).with("Layers", arr([layer]))])
    }),
    ("all-small", |archive| {
        let (config, layer) = (config_name(&archive.pair.evil), layer_name(&archive.pair.evil));
        arr([archive.good().with("config", config).with("layers", arr([layer]))])
    }),
    ("all-small-first", |archive| {
        let (config, layer) = (config_name(&archive.pair.evil), layer_name(&archive.pair.evil));
        let mut good = archive.good();
        put_first(&mut good, "layers", arr([layer]));
        put_first(&mut good, "config", config);
        arr([good])
    }),
    ("only-small", |archive| {
        let (config, layer) = (config_name(&archive.pair.good), layer_name(&archive.pair.good));
        arr([obj([("config", config.into()), ("repotags", arr([archive.pair.name()])), ("layers", arr([layer]))])])
    }),
    ("tags-twice", |archive| {
        let other = format!("{}-other", archive.pair.name());
        arr([archive.good().with("RepoTags", arr([other]))])
    }),
    ("layers-of-the-other", |archive| {
        let mut good = archive.good();
        set(&mut good, "Layers", arr([layer_name(&archive.pair.evil)]));
        arr([good])
    }),
    ("layers-empty", |archive| {
        let mut good = archive.good();
        set(&mut good, "Layers", Json::Array(Vec::new()));
        arr([good])
    }),
    ("layer-twice", |archive| {
        let mut good = archive.good();
        let layer = layer_name(&archive.pair.good);
        set(&mut good, "Layers", arr([layer.clone(), layer]));
        arr([good])
    }),
    ("layer-empty-name", |archive| {
        let mut good = archive.good();
        set(&mut good, "Layers", arr([""]));
        arr([good])
    }),
    ("layer-absent", |archive| {
        let mut good = archive.good();
        set(&mut good, "Layers", arr(["absent.tar"]));
        arr([good])
    }),
    ("config-absent", |archive| {
        let mut good = archive.good();
        set(&mut good, "Config", "absent.json");
        arr([good])
    }),
    ("config-empty-name", |archive| {
        let mut good = archive.good();
        set(&mut good, "Config", "");
        arr([good])
    }),
    ("config-dot", |archive| spelled(archive, |name| format!("./{name}"))),
    ("config-slash", |archive| spelled(archive, |name| format!("/{name}"))),
    ("config-up", |archive| spelled(archive, |name| format!("x/../{name}"))),
    ("config-up-and-out", |archive| spelled(archive, |name| format!("../{name}"))),
    ("config-capitals", |archive| spelled(archive, |name| name.to_uppercase())),
    ("config-two-slashes", |archive| {
        archive.files.file("x/config.json", archive.pair.good.config_json.compact());
        spelled(archive, |_| "x//config.json".to_owned())
    }),
    ("config-of-another-digest", |archive| {
        // The name of the good config, with the evil one as content.
        let name = config_name(&archive.pair.good);
        archive.files.replace(&name, archive.pair.evil.config_json.compact());
        let mut good = archive.good();
        set(&mut good, "Layers", arr([layer_name(&archive.pair.evil)]));
        arr([good])
    }),
    ("parent", |archive| arr([archive.good().with("Parent", format!("sha256:{}", "0".repeat(64)))])),
    ("layer-sources", |archive| {
        let source = obj([(archive.pair.good.layer.diff_id.as_str(), archive.pair.evil.layer.desc.json())]);
        arr([archive.good().with("LayerSources", source)])
    }),
    ("null", |_| Json::Null),
    ("empty", |_| Json::Array(Vec::new())),
    ("entry-null", |archive| Json::Array(vec![Json::Null, archive.good()])),
    ("one-object", |archive| archive.good()),
];

/// The good image, its config under another spelling of the name.
fn spelled(archive: &Archive, spell: fn(&str) -> String) -> Json {
    let mut good = archive.good();
    set(&mut good, "Config", spell(&config_name(&archive.pair.good)));
    arr([good])
}

pub fn cases() -> Vec<Case> {
    let listings = LISTINGS.iter().map(|(facet, listing)| {
        let mut archive = Archive::new(&format!("docker.{facet}"));
        let list = listing(&mut archive);
        archive.finish(&list.compact())
    });
    listings.chain(repositories()).chain(dual()).collect()
}

/// `repositories` beside `manifest.json`, or alone.
fn repositories() -> Vec<Case> {
    let named = |archive: &Archive, layer: &str| {
        obj([(archive.pair.name().trim_end_matches(":1"), obj([("1", layer.into())]))]).compact()
    };
    let mut same = Archive::new("repositories.same");
    let text = named(&same, same.pair.good.layer.desc.hex());
    same.files.file("repositories", text);
    let list = arr([same.good()]).compact();

    let mut other = Archive::new("repositories.other");
    let text = named(&other, other.pair.evil.layer.desc.hex());
    other.files.file("repositories", text);
    let other_list = arr([other.good()]).compact();

    let mut unnamed = Archive::new("repositories.names-the-unnamed");
    let text = named(&unnamed, unnamed.pair.evil.layer.desc.hex());
    unnamed.files.file("repositories", text);
    let unnamed_list = arr([entry(&unnamed.pair.evil, &[]), unnamed.good()]).compact();
    vec![same.finish(&list), other.finish(&other_list), unnamed.finish(&unnamed_list)]
}

type Views = fn(&Pair) -> (Vec<Json>, Json);

/// `index.json` and `manifest.json` in one file: what each lists.
const DUAL: &[(&str, Views)] = &[
    ("same", |pair| (vec![pair.named_good()], arr([blobs(pair, &pair.good)]))),
    ("docker-evil", |pair| (vec![pair.named_good()], arr([blobs(pair, &pair.evil)]))),
    ("index-evil", |pair| (vec![pair.named_evil()], arr([blobs(pair, &pair.good)]))),
    ("docker-both", |pair| (vec![pair.named_good()], arr([blobs(pair, &pair.evil), blobs(pair, &pair.good)]))),
    ("docker-both-last", |pair| (vec![pair.named_good()], arr([blobs(pair, &pair.good), blobs(pair, &pair.evil)]))),
    ("index-both", |pair| (vec![pair.named_evil(), pair.named_good()], arr([blobs(pair, &pair.good)]))),
    ("index-unnamed-first", |pair| (vec![pair.evil.desc.json(), pair.named_good()], arr([blobs(pair, &pair.good)]))),
    ("docker-unnamed", |pair| {
        let mut good = blobs(pair, &pair.good);
        set(&mut good, "RepoTags", Json::Null);
        (vec![pair.named_good()], arr([good]))
    }),
    ("index-unnamed", |pair| (vec![pair.good.desc.json()], arr([blobs(pair, &pair.good)]))),
    ("other-names", |pair| {
        let mut good = blobs(pair, &pair.good);
        set(&mut good, "RepoTags", arr([format!("{}-other", pair.name())]));
        (vec![pair.named_good()], arr([good]))
    }),
    ("index-empty", |pair| (Vec::new(), arr([blobs(pair, &pair.good)]))),
    ("docker-empty", |pair| (vec![pair.named_good()], Json::Array(Vec::new()))),
    ("layers-of-the-other", |pair| {
        let mut good = blobs(pair, &pair.good);
        set(&mut good, "Layers", arr([blob_name(&pair.evil.layer.desc.digest)]));
        (vec![pair.named_good()], arr([good]))
    }),
];

/// An image of `manifest.json` whose files are blobs.
fn blobs(pair: &Pair, made: &Made) -> Json {
    obj([("Config", blob_name(&made.config.digest).into()), ("RepoTags", arr([pair.name()]))])
        .with("Layers", arr([blob_name(&made.layer.desc.digest)]))
}

fn dual() -> Vec<Case> {
    let mut all = Vec::new();
    for (facet, views) in DUAL {
        for layout in ["", ".no-oci-layout"] {
            let pair = Pair::new(&format!("dual.{facet}{layout}"));
            let (entries, list) = views(&pair);
            let mut files = pair.top(entries);
            files.file("manifest.json", list.compact());
            if !layout.is_empty() {
                files.remove("oci-layout");
            }
            let bytes = files.to_tar();
            all.push(pair.case(bytes));
        }
    }
    all
}
