//! `platform add`

use super::remove::remove_entries;
use crate::edit::incoming::Arrival;
use crate::edit::wrap::wrap;
use crate::edit::{Draft, EditOptions, Entry, Holder, List, incoming};
use crate::error::Error;
use crate::graph::Selector;
use crate::image::Image;
use crate::platform::Platform;
use crate::reference::DigestPrefix;

/// What is added.
#[derive(Debug)]
pub enum Incoming<'a> {
    /// The images that a selector means in another file of any format, with their blobs and attestations.
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
            vec![incoming::listed_or_not(&mut draft, digest, platform, &options.limits)?]
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
        None => {
            let images = arrivals.iter().map(|arrival| arrival.descriptor.clone());
            let attestations = arrivals.iter().flat_map(|arrival| arrival.attestations.iter().cloned());
            let more: Vec<String> = images.chain(attestations).collect();
            wrap(&mut draft, &list, !leaving.is_empty(), &more)?;
        }
    }
    let last = usize::MAX;
    for referrer in arrivals.iter().flat_map(|arrival| &arrival.referrers) {
        draft.insert(Holder::IndexJson, last, referrer);
    }
    Ok(draft)
}

/// Images come after the last image, attestations at the end, as BuildKit orders them.
fn into_list(draft: &mut Draft<'_>, list: &List<'_>, holder: Holder, arrivals: &[Arrival], leaving: &[Entry<'_>]) {
    remove_entries(draft, list, leaving);
    let after = list.images().iter().map(|(entry, _)| entry.slot.number as usize + 1).max().unwrap_or(0);
    for arrival in arrivals {
        draft.insert(holder, after, &arrival.descriptor);
    }
    for attestation in arrivals.iter().flat_map(|arrival| &arrival.attestations) {
        draft.insert(holder, usize::MAX, attestation);
    }
}
