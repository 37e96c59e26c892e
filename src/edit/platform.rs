//! The platform of an image, as a descriptor has it.

use crate::doc::Descriptor;
use crate::image::Image;
use crate::json::edit::quoted;
use crate::json::{Edit, Value};
use crate::platform::Platform;

/// The splices that let a descriptor, which stands at `pointer`, say a platform.
pub(crate) fn platform_edits(text: &str, descriptor: &Descriptor, pointer: &str, platform: &Platform) -> Vec<Edit> {
    let has_object =
        Value::parse(text).is_ok_and(|value| value.at("/platform").is_some_and(|own| own.members().is_some()));
    if !has_object {
        let value = platform_text(platform);
        return vec![Edit::Set { object: pointer.to_owned(), key: "platform".to_owned(), value }];
    }
    let before = descriptor.platform.as_deref();
    if before == Some(platform) {
        return Vec::new();
    }
    let object = format!("{pointer}/platform");
    let set = |key: &str, value: &str| Edit::Set { object: object.clone(), key: key.to_owned(), value: quoted(value) };
    let mut edits = vec![set("architecture", &platform.architecture), set("os", &platform.os)];
    let has = |key: &str| Value::parse(text).is_ok_and(|value| value.at(&format!("/platform/{key}")).is_some());
    for (key, value) in [("variant", &platform.variant), ("os.version", &platform.os_version)] {
        match value {
            Some(value) => edits.push(set(key, value)),
            None if has(key) => edits.push(Edit::Remove { pointer: format!("{object}/{key}") }),
            None => {}
        }
    }
    edits
}

/// A platform as a descriptor has it (image-spec `image-index.md`, "platform").
pub(crate) fn platform_text(platform: &Platform) -> String {
    let mut members = vec![("architecture", &platform.architecture), ("os", &platform.os)];
    members.extend(platform.os_version.iter().map(|version| ("os.version", version)));
    members.extend(platform.variant.iter().map(|variant| ("variant", variant)));
    let mut members: Vec<String> =
        members.into_iter().map(|(key, value)| format!("{}:{}", quoted(key), quoted(value))).collect();
    if !platform.os_features.is_empty() {
        let features: Vec<String> = platform.os_features.iter().map(|feature| quoted(feature)).collect();
        members.push(format!("\"os.features\":[{}]", features.join(",")));
    }
    format!("{{{}}}", members.join(","))
}

/// What the config of an image says.
pub(crate) fn config_platform(image: &Image, id: usize) -> Option<Platform> {
    let graph = &image.graph;
    let mut links = graph.node(id).links.iter().filter(|link| link.role == crate::graph::Role::Config);
    links.find_map(|link| graph.node(link.node?).document.as_config()?.platform.as_deref().cloned())
}
