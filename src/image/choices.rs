//! What a message offers where one of several images has to be chosen.

use std::collections::HashSet;

use crate::command;
use crate::platform::Platform;

/// What a person adds to choose each of several images: the platforms where they tell them apart, else what is written behind
/// the path. As it is pasted.
pub(crate) fn choices(images: impl IntoIterator<Item = (Option<Platform>, String)>) -> Vec<String> {
    let images: Vec<(Option<Platform>, String)> = images.into_iter().collect();
    let mut known = HashSet::new();
    let tells = |platform: &Option<Platform>| {
        platform
            .as_ref()
            .is_some_and(|platform| platform.is_written() && known.insert(platform.without_features().normalized()))
    };
    if images.iter().map(|(platform, _)| platform).all(tells) {
        let platforms = images.iter().filter_map(|(platform, _)| platform.as_ref());
        return platforms.map(|platform| command::option("--platform", platform)).collect();
    }
    images.iter().map(|(_, label)| command::pasted(label)).collect()
}
