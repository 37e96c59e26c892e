//! `platform set`

use super::choice::{self, Choice};
use crate::edit::platform::config_platform;
use crate::edit::platform::platform_edits;
use crate::edit::{Draft, EditOptions, Entry, List};
use crate::error::Error;
use crate::graph::Selector;
use crate::image::Image;
use crate::platform::Platform;

/// Which descriptors are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// Those of all images.
    All,
    /// Those of a platform or digest.
    Chosen(Choice),
}

/// What is to be said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetOptions {
    /// Of which descriptors.
    pub which: Which,
    /// The platform; None takes what the config of each image says.
    pub platform: Option<Platform>,
}

/// Changes what descriptors say about the platform of images. Fields of `platform` that ocikit does not know stay.
///
/// # Errors
///
/// When nothing fits, or a config that is to be asked says no platform.
pub fn set<'a>(
    image: &'a Image,
    selector: &Selector,
    wanted: &SetOptions,
    options: &EditOptions,
) -> Result<Draft<'a>, Error> {
    let list = match &wanted.which {
        Which::All => List::find(image, selector, "set a platform")?,
        Which::Chosen(choice) => choice::list(image, selector, std::slice::from_ref(choice), "set a platform")?,
    };
    let entries: Vec<Entry<'a>> = match &wanted.which {
        // What is absent has no config to ask.
        Which::All => {
            let is_present = |entry: &Entry<'_>| entry.node.is_some_and(|id| image.graph.node(id).is_present());
            list.images().into_iter().map(|(entry, _)| entry).filter(is_present).collect()
        }
        Which::Chosen(choice) => choice.among(image, &list)?,
    };
    if entries.is_empty() {
        let reason = "it contains no image with a config".to_owned();
        return Err(Error::Unfit { path: image.source.label().to_owned(), verb: "set a platform", reason });
    }
    let mut draft = Draft::new(image, options, &list.scope)?;
    let mut stored = draft.stored();
    for entry in entries {
        let platform = match &wanted.platform {
            Some(platform) => platform.clone(),
            None => entry.node.and_then(|id| config_platform(image, id)).ok_or_else(|| {
                let digest = entry.descriptor.digest.ok().map_or(String::new(), ToString::to_string);
                let reason = format!("the config of {digest} has none");
                Error::Unfit {
                    path: image.source.label().to_owned(),
                    verb: "read the platform from the config",
                    reason,
                }
            })?,
        };
        let text = stored.entry(entry.slot)?;
        for edit in platform_edits(text, entry.descriptor, &entry.slot.pointer(), &platform) {
            draft.edit(entry.slot.holder, edit);
        }
    }
    Ok(draft)
}
