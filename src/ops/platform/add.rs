//! `platform add`

use super::super::Image;
use super::super::edit::{Draft, EditOptions, Entry, Holder, List, ListShape, Referent, Slot};
use super::incoming::{self, Arrival, listed_descriptor};
use super::remove::remove_entry;
use crate::error::Error;
use crate::graph::Selector;
use crate::json::{Edit, Value};
use crate::media_type::{self, MediaType};
use crate::platform::Platform;
use crate::reference::DigestPrefix;

/// What is added.
#[derive(Debug)]
pub enum Incoming<'a> {
    /// The images that a selector means in another file of any shape, with their blobs and attestations.
    From {
        /// The file.
        image: &'a Image,
        /// Which of its images.
        selector: Selector,
    },
    /// A manifest whose blob is in the file already.
    Manifest {
        /// Its digest, or the beginning of it.
        digest: DigestPrefix,
        /// Its platform.
        platform: Platform,
    },
}

/// How it is added.
#[derive(Debug)]
pub struct AddOptions<'a> {
    /// What.
    pub incoming: Incoming<'a>,
    /// Put it in the place of an image for the same platform.
    pub replace: bool,
}

/// Adds images for further platforms. A lone manifest is wrapped into an index; its names then stand for the index.
///
/// # Errors
///
/// [`Error::Occupied`] when there is an image for the platform, without `replace`; and when nothing fits the selectors.
pub fn add<'a>(
    image: &'a Image,
    selector: &Selector,
    wanted: AddOptions<'a>,
    options: &EditOptions,
) -> Result<Draft<'a>, Error> {
    let list = List::find(image, selector, "add a platform")?;
    let mut draft = Draft::new(image, options, &list.scope)?;
    let arrivals = match &wanted.incoming {
        Incoming::From { image: other, selector } => {
            incoming::from_image(&mut draft, other, selector, &options.limits)?
        }
        Incoming::Manifest { digest, platform } => {
            vec![incoming::held(&mut draft, digest, platform, &options.limits)?]
        }
    };
    let mut leaving: Vec<Entry<'a>> = Vec::new();
    for arrival in &arrivals {
        let same = list
            .images()
            .into_iter()
            .filter(|(_, own)| own.as_ref().is_some_and(|own| own.normalized() == arrival.platform.normalized()));
        let same: Vec<Entry<'a>> = same.map(|(entry, _)| entry).collect();
        if !same.is_empty() && !wanted.replace {
            let what = format!("an image for {}", arrival.platform);
            return Err(Error::Occupied { path: image.source.label().to_owned(), what });
        }
        leaving.extend(same);
    }
    match list.holder() {
        Some(holder) => into_list(&mut draft, &list, holder, &arrivals, &leaving),
        None => wrap(&mut draft, &list, &arrivals, &leaving, options)?,
    }
    let last = usize::MAX;
    for referrer in arrivals.iter().flat_map(|arrival| &arrival.referrers) {
        draft.insert(Holder::Top, last, referrer);
    }
    Ok(draft)
}

/// Images come after the last image, attestations at the end, as BuildKit orders them.
fn into_list(draft: &mut Draft<'_>, list: &List<'_>, holder: Holder, arrivals: &[Arrival], leaving: &[Entry<'_>]) {
    for entry in leaving {
        remove_entry(draft, list, entry);
    }
    let after = list.images().iter().map(|(entry, _)| entry.slot.number as usize + 1).max().unwrap_or(0);
    for arrival in arrivals {
        draft.insert(holder, after, &arrival.descriptor);
    }
    for attestation in arrivals.iter().flat_map(|arrival| &arrival.attestations) {
        draft.insert(holder, usize::MAX, attestation);
    }
}

/// A lone manifest and what is added become an index, which takes the manifest's place under all its names.
fn wrap(
    draft: &mut Draft<'_>,
    list: &List<'_>,
    arrivals: &[Arrival],
    leaving: &[Entry<'_>],
    options: &EditOptions,
) -> Result<(), Error> {
    let image = draft.image();
    let ListShape::Single(lone) = list.shape else { return Ok(()) };
    let mut descriptors = Vec::new();
    let mut is_docker = false;
    if let Some(entry) = list.entries.first().filter(|_| leaving.is_empty()) {
        let own = entry.descriptor.media_type.ok().map(MediaType::as_str);
        is_docker = own == Some(media_type::DOCKER_MANIFEST);
        descriptors.push(listed_descriptor(image, entry.slot, lone, &options.limits)?.0);
    }
    is_docker &= arrivals.iter().all(|arrival| arrival.descriptor.contains(media_type::DOCKER_MANIFEST));
    descriptors.extend(arrivals.iter().map(|arrival| arrival.descriptor.clone()));
    descriptors.extend(arrivals.iter().flat_map(|arrival| arrival.attestations.clone()));
    let media_type = if is_docker { media_type::DOCKER_INDEX } else { media_type::OCI_INDEX };
    let text = format!(r#"{{"schemaVersion":2,"mediaType":"{media_type}","manifests":[{}]}}"#, descriptors.join(","));
    let size = text.len() as u64;
    let digest = draft.add_bytes(text.into_bytes());
    let slots: Vec<Slot> = list.entries.iter().map(|entry| entry.slot).collect();
    for slot in slots {
        let own = draft.descriptor_text(slot)?;
        let to = Referent { media_type: media_type.into(), digest: digest.clone(), size };
        draft.retarget(slot, to);
        // An index has no platform of its own.
        if Value::parse(&own).is_ok_and(|value| value.get("platform").is_some()) {
            draft.edit(slot.holder, Edit::Remove { pointer: format!("{}/platform", slot.pointer()) });
        }
    }
    Ok(())
}
