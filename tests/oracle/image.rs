//! Two images, one `good` and one `evil`, and the files that carry them.

use crate::support::builder::descriptor::{FULL_NAME, OCI_CONFIG, OCI_INDEX, OCI_MANIFEST, REF_NAME};
use crate::support::builder::{BuiltLayer, Compression};
use crate::support::{Desc, Dialect, Files, Json, Layer, Layout, Store, arr, obj};

/// A file to be read: its name, which is also the name of the image in it, and its bytes.
#[derive(Clone, Debug)]
pub struct Case {
    pub name: String,
    pub bytes: Vec<u8>,
}

/// Two images of one platform in one store. What they print, and their layers, are of this case alone, so that no
/// engine knows a blob of it from another case.
#[derive(Clone, Debug)]
pub struct Pair {
    pub case: String,
    pub store: Store,
    pub good: Made,
    pub evil: Made,
}

/// An image, with the documents that it was made from.
#[derive(Clone, Debug)]
pub struct Made {
    pub desc: Desc,
    pub config: Desc,
    pub config_json: Json,
    pub manifest: Json,
    pub layer: BuiltLayer,
}

impl Pair {
    pub fn new(case: &str) -> Self {
        Pair::compressed(case, Compression::Gzip)
    }

    /// With layers that are stored in another way: docker archives hold plain ones.
    pub fn compressed(case: &str, compression: Compression) -> Self {
        let mut store = Store::new();
        let [good, evil] = ["good", "evil"].map(|which| made(&mut store, which, case, compression));
        Pair { case: case.to_owned(), store, good, evil }
    }

    /// The name of the image that a person asks for.
    pub fn name(&self) -> String {
        format!("example.com/{}:1", self.case)
    }

    /// The evil image with another config.
    pub fn evil_config(&mut self, edit: impl FnOnce(&mut Json)) {
        let mut config = self.evil.config_json.clone();
        edit(&mut config);
        self.evil.config = self.store.put(OCI_CONFIG, config.compact());
        self.evil.config_json = config;
        let config = self.evil.config.json();
        self.evil_manifest(|manifest| set(manifest, "config", config));
    }

    /// The evil image with another manifest.
    pub fn evil_manifest(&mut self, edit: impl FnOnce(&mut Json)) {
        let mut manifest = self.evil.manifest.clone();
        edit(&mut manifest);
        self.evil.desc = self.store.put(OCI_MANIFEST, manifest.compact()).platform("linux/amd64");
        self.evil.manifest = manifest;
    }

    /// A file whose `index.json` lists an index under the name, with these descriptors in it.
    pub fn below(&mut self, entries: Vec<Json>) -> Files {
        let name = self.name();
        let index = self.store.put_json(OCI_INDEX, &index(entries)).named(&name);
        self.top(vec![index.json()])
    }

    /// A file whose `index.json` lists these descriptors.
    pub fn top(&self, entries: Vec<Json>) -> Files {
        self.with_index(&index(entries).compact())
    }

    /// A file with this text as `index.json`.
    pub fn with_index(&self, index: &str) -> Files {
        let mut files = Layout::new(&self.store).files();
        files.replace("index.json", index);
        files
    }

    /// The descriptor of the good image under the name.
    pub fn named_good(&self) -> Json {
        self.good.desc.named(&self.name()).json()
    }

    /// The descriptor of the evil image under the name.
    pub fn named_evil(&self) -> Json {
        self.evil.desc.named(&self.name()).json()
    }

    pub fn case(self, bytes: Vec<u8>) -> Case {
        Case { name: self.case, bytes }
    }
}

fn made(store: &mut Store, which: &str, case: &str, compression: Compression) -> Made {
    let layer = Layer::of(&[("which", &format!("{which} {case}\n"))]).compressed(compression).put(store, Dialect::Oci);
    let config_json = config_json(which, case, &layer);
    let config = store.put(OCI_CONFIG, config_json.compact());
    let manifest = obj([("schemaVersion", Json::from(2)), ("mediaType", OCI_MANIFEST.into())])
        .with("config", config.json())
        .with("layers", arr([layer.desc.json()]));
    let desc = store.put(OCI_MANIFEST, manifest.compact()).platform("linux/amd64");
    Made { desc, config, config_json, manifest, layer }
}

fn config_json(which: &str, case: &str, layer: &BuiltLayer) -> Json {
    let created = "1970-01-01T00:00:00Z";
    let history = obj([("created", created.into()), ("created_by", format!("COPY {which}").into())]);
    obj([("architecture", "amd64".into()), ("os", "linux".into()), ("created", created.into())])
        .with("config", runs(which, case))
        .with("rootfs", obj([("type", "layers".into()), ("diff_ids", arr([&layer.diff_id]))]))
        .with("history", arr([history]))
}

/// The `config` of an image that prints which it is.
pub fn runs(which: &str, case: &str) -> Json {
    obj([("Env", arr(["PATH=/bin"])), ("Cmd", arr([which, case]))])
}

/// An index of these descriptors.
pub fn index(entries: Vec<Json>) -> Json {
    obj([("schemaVersion", Json::from(2)), ("mediaType", OCI_INDEX.into()), ("manifests", Json::Array(entries))])
}

/// Gives a member of an object another value, or adds it.
pub fn set(json: &mut Json, key: &str, value: impl Into<Json>) {
    let Json::Object(members) = json else { panic!("`{key}` can only be set in an object") };
    let value = value.into();
    match members.iter_mut().find(|(own, _)| own == key) {
        Some((_, old)) => *old = value,
        None => members.push((key.to_owned(), value)),
    }
}

/// Puts a member in front of the others, whether or not the key is there already.
pub fn put_first(json: &mut Json, key: &str, value: impl Into<Json>) {
    let Json::Object(members) = json else { panic!("`{key}` can only be put into an object") };
    members.insert(0, (key.to_owned(), value.into()));
}

/// Removes the members of this key.
pub fn remove(json: &mut Json, key: &str) {
    let Json::Object(members) = json else { panic!("`{key}` can only be removed from an object") };
    members.retain(|(own, _)| own != key);
}

/// Adds an annotation to a descriptor or document.
pub fn annotate(json: &mut Json, key: &str, value: &str) {
    let Json::Object(members) = json else { panic!("only an object has annotations") };
    match members.iter_mut().find(|(own, _)| own == "annotations") {
        Some((_, annotations)) => annotations.push(key, value),
        None => members.push(("annotations".to_owned(), obj([(key, value.into())]))),
    }
}

/// Gives a descriptor the two annotations of a full name.
pub fn name(json: &mut Json, name: &str) {
    let tag = name.rsplit_once(':').map_or(name, |(_, tag)| tag);
    annotate(json, FULL_NAME, name);
    annotate(json, REF_NAME, tag);
}
