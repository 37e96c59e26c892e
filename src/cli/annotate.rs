//! `ocikit annotate`

use anyhow::{Result, bail};
use clap::ValueEnum;

use super::change::{self, ChangeArgs};
use super::exit::Status;
use super::ui::{ImageArgs, Ui};
use super::values::pair;
use crate::graph::Selector;
use crate::ops::annotate::{self, AnnotateOptions};
use crate::platform::Platform;

/// Set or remove annotations of a descriptor, an index or a manifest
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    image: ImageArgs,
    /// Set the annotation KEY to VALUE
    #[arg(value_name = "KEY=VALUE", value_parser = assignment, required_unless_present = "remove")]
    set: Vec<Assignment>,
    /// Remove the annotation KEY
    #[arg(long, value_name = "KEY")]
    remove: Vec<String>,
    /// Annotate the index, the manifest or the descriptor that references it; the default is the index, or the
    /// manifest if one is selected
    #[arg(long, value_enum, value_name = "WHAT")]
    on: Option<On>,
    #[command(flatten)]
    change: ChangeArgs,
}

/// What the annotations belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum On {
    /// The descriptor that references the image; the digest of the manifest does not change
    Descriptor,
    /// The index
    Index,
    /// The image manifest
    Manifest,
}

/// An annotation to set, with what buildx writes before a key, for example `manifest[linux/amd64]:`.
#[derive(Debug, Clone)]
struct Assignment {
    target: Option<PrefixTarget>,
    key: String,
    value: String,
}

/// What a prefix says: what gets the annotation, and of which platform.
#[derive(Debug, Clone, PartialEq, Eq)]
struct PrefixTarget {
    on: On,
    platform: Option<Platform>,
}

fn assignment(text: &str) -> Result<Assignment, String> {
    let (target, rest) = prefix(text)?.map_or((None, text), |(target, rest)| (Some(target), rest));
    let (key, value) = pair(rest)?;
    Ok(Assignment { target, key, value })
}

fn prefix(text: &str) -> Result<Option<(PrefixTarget, &str)>, String> {
    let key = text.split_once('=').map_or(text, |(key, _)| key);
    let Some(end) = key.find(':') else { return Ok(None) };
    let (before, rest) = (&text[..end], &text[end + 1..]);
    let (what, platform) = match before.split_once('[').and_then(|(what, rest)| Some((what, rest.strip_suffix(']')?))) {
        Some((what, platform)) => (what, Some(platform)),
        None => (before, None),
    };
    let on = match what {
        "index" => On::Index,
        "manifest" => On::Manifest,
        "index-descriptor" | "manifest-descriptor" => On::Descriptor,
        _ => return Ok(None),
    };
    let platform = platform.map(str::parse).transpose().map_err(|error| format!("{error}"))?;
    Ok(Some((PrefixTarget { on, platform }, rest)))
}

pub(crate) fn run(args: Args, ui: &Ui) -> Result<Status> {
    let mut targets: Vec<PrefixTarget> = args.set.iter().filter_map(|set| set.target.clone()).collect();
    targets.dedup();
    let is_mixed = targets.len() > 1 || !targets.is_empty() && args.set.iter().any(|set| set.target.is_none());
    if is_mixed {
        bail!("annotations with different prefixes need a command each");
    }
    let target = targets.pop();
    if target.is_some() && (args.on.is_some() || args.image.platform.is_some()) {
        bail!("a prefix before the key says what gets the annotation; leave out --on and --platform");
    }
    let platform = args.image.platform.or_else(|| target.as_ref()?.platform.clone());
    let address = ui.address(&args.image.image)?;
    let selector = Selector::new(&address, platform);
    let wanted = AnnotateOptions {
        on: args.on.or_else(|| Some(target.as_ref()?.on)).map(|on| match on {
            On::Descriptor => annotate::On::Descriptor,
            On::Index => annotate::On::Index,
            On::Manifest => annotate::On::Manifest,
        }),
        set: args.set.into_iter().map(|set| (set.key, set.value)).collect(),
        remove: args.remove,
    };
    change::run(&args.change, &address, ui, |image, options| annotate::annotate(image, &selector, &wanted, options))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_of_buildx() {
        let cases = [
            ("k=v", None, "k"),
            ("org:k=v", None, "org:k"),
            ("k=manifest:v", None, "k"),
            ("index:k=v", Some((On::Index, None)), "k"),
            ("manifest[linux/arm64]:k=v", Some((On::Manifest, Some("linux/arm64"))), "k"),
            ("manifest-descriptor[linux/arm/v7]:a:b=v", Some((On::Descriptor, Some("linux/arm/v7"))), "a:b"),
        ];
        for (text, target, key) in cases {
            let read = assignment(text).unwrap();
            let expected =
                target.map(|(on, platform)| PrefixTarget { on, platform: platform.map(|p| p.parse().unwrap()) });
            assert_eq!((read.target, read.key.as_str()), (expected, key), "{text}");
        }
        assert!(assignment("manifest[linux]:k=v").is_err() && assignment("manifest:=v").is_err());
    }
}
