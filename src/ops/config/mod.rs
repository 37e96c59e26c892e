//! `config`: what an image's config says, changed as splices of its text.

mod options;
mod steps;

use std::collections::HashSet;

pub use options::{ConfigField, ConfigOptions};
pub(crate) use steps::variable;

use crate::doc;
use crate::edit::chosen::{ChosenImage, choose, config_text};
use crate::edit::history::{self, HistoryEntry};
use crate::edit::platform::platform_edits;
use crate::edit::{Draft, EditOptions, entry_of, slots_of};
use crate::error::Error;
use crate::graph::Selector;
use crate::image::Image;
use crate::json::DocumentText;
use crate::limits::Limits;
use crate::platform::Platform;

const VERB: &str = "change the config";

/// Changes the configs of the images that a selector means: of all platforms of an index, unless it names one.
///
/// # Errors
///
/// When the selector fits nothing or several images that do not belong together, when a config cannot be read or is not
/// what its digest says, and when it would be invalid afterwards or describe other layers.
pub fn config<'a>(
    image: &'a Image,
    selector: &Selector,
    wanted: &ConfigOptions,
    options: &EditOptions,
) -> Result<Draft<'a>, Error> {
    let (mut draft, images) = choose(image, selector, options, VERB)?;
    if wanted.platform.is_some() && images.len() > 1 {
        let reason = "several images would get the same platform; select one with `--platform`".to_owned();
        return Err(Error::Unfit { path: image.source.label().to_owned(), verb: VERB, reason });
    }
    let mut notes = Vec::new();
    for own in &images {
        let stored = config_text(&draft, own)?;
        let unfit = |reason: String| Error::Unfit { path: image.source.label().to_owned(), verb: VERB, reason };
        let named = |reason: String| unfit(format!("{}: {reason}", image.graph.node(own.config).key.as_str()));
        let (text, note) = changed(&stored, wanted, &options.limits).map_err(named)?;
        notes.extend(note);
        let before = platform_of(&stored, &options.limits);
        if let Some(platform) = platform_of(&text, &options.limits).filter(|now| before.as_ref() != Some(now)) {
            follow_platform(&mut draft, own, &platform)?;
        }
        for config in own.configs() {
            draft.set_text(config, text.clone());
        }
    }
    let mut said = HashSet::new();
    notes.into_iter().filter(|note| said.insert(note.clone())).for_each(|note| draft.note(note));
    Ok(draft)
}

/// The text of a new config: that of `first` after what is asked for.
///
/// # Errors
///
/// When it would be invalid; the text says why.
pub(crate) fn config_of(first: &str, wanted: &ConfigOptions, limits: &Limits) -> Result<String, String> {
    changed(first, wanted, limits).map(|(text, _)| text)
}

/// The text of a config after its changes, and what a person should know of it.
fn changed(stored: &str, wanted: &ConfigOptions, limits: &Limits) -> Result<(String, Option<String>), String> {
    let before = doc::read_config(stored.as_bytes(), limits);
    let mut text = DocumentText::new(stored.to_owned());
    let rootfs = |text: &DocumentText| -> Option<String> {
        let pointer = text.field(&["rootfs"]).ok()?;
        Some(text.at(&pointer).ok()??.text().to_owned())
    };
    let layers = rootfs(&text);
    steps::all(&mut text, wanted).map_err(|error| error.to_string())?;
    if rootfs(&text) != layers {
        return Err("`rootfs` describes the layers, and changes only together with them".to_owned());
    }
    let note = note(&text, wanted);
    let text = match &wanted.history {
        None => text.into_text(),
        Some(_) if before.view.history_layers.is_none() && !before.view.diff_ids.is_empty() => {
            return Err("it has no history, and one with this entry alone would not account for its layers".to_owned());
        }
        Some(created_by) => {
            let (created_by, created) = (created_by.clone(), wanted.history_created.clone());
            let entry = HistoryEntry { created_by, created, comment: None, empty_layer: true };
            let text = text.into_text();
            history::append(&text, &entry).map_err(|fault| fault.to_string())?
        }
    };
    let after = doc::read_config(text.as_bytes(), limits);
    let known: HashSet<(&str, &str)> =
        before.problems.iter().map(|problem| (problem.pointer.as_str(), problem.detail.as_str())).collect();
    let is_new = |problem: &&doc::Problem| !known.contains(&(problem.pointer.as_str(), problem.detail.as_str()));
    match after.problems.iter().find(is_new) {
        Some(problem) => Err(format!("the config would be invalid at `{}`: {}", problem.pointer, problem.detail)),
        None => Ok((text, note)),
    }
}

/// A new entrypoint is run with the arguments that are there.
fn note(text: &DocumentText, wanted: &ConfigOptions) -> Option<String> {
    wanted.entrypoint.as_ref().filter(|_| wanted.cmd.is_none())?;
    let pointer = text.field(&["config", "Cmd"]).ok()?;
    let cmd = text.at(&pointer).ok()??.text();
    (cmd != "[]").then(|| format!("the new entrypoint gets the arguments of `Cmd`, {cmd}; `--clear cmd` removes them"))
}

fn platform_of(config: &str, limits: &Limits) -> Option<Platform> {
    doc::read_config(config.as_bytes(), limits).view.platform.map(|platform| *platform)
}

/// Descriptors that name a platform name the new one.
fn follow_platform(draft: &mut Draft<'_>, image: &ChosenImage, platform: &Platform) -> Result<(), Error> {
    let (graph, mut stored) = (draft.graph(), draft.stored());
    for slot in image.manifests.iter().flat_map(|&manifest| slots_of(graph, manifest)) {
        let Some(entry) = entry_of(graph, slot) else { continue };
        if entry.descriptor.platform.is_none() {
            continue;
        }
        let edits = platform_edits(stored.entry(slot)?, entry.descriptor, &slot.pointer(), platform);
        edits.into_iter().for_each(|edit| draft.edit(slot.holder, edit));
    }
    Ok(())
}
