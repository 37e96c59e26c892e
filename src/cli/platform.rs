//! `ocikit platform`

use anyhow::{Result, bail};
use clap::Subcommand;

use super::change::{self, ChangeArgs};
use super::exit::Status;
use super::ui::{ImageArgs, Ui};
use crate::graph::Selector;
use crate::ops::platform::{self, AddOptions, Choice, Incoming, SetOptions, Which};
use crate::platform::Platform;
use crate::reference::DigestPrefix;
use crate::render;
use crate::source::Access;

/// The platforms of an image
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(ListArgs),
    Add(AddArgs),
    Remove(ChosenArgs),
    Keep(KeepArgs),
    Set(SetArgs),
    Prune(PruneArgs),
}

/// List each platform with its digest and size
#[derive(Debug, clap::Args)]
struct ListArgs {
    #[command(flatten)]
    image: ImageArgs,
}

/// Add images for further platforms, from another file or from a manifest that is there already
///
/// Copies the blobs and brings attestations along. A lone manifest is wrapped into an index, which then has its names.
#[derive(Debug, clap::Args)]
struct AddArgs {
    /// PATH[:REF][@DIGEST], or - for standard input
    #[arg(value_name = "IMAGE")]
    image: String,
    /// Take the image from this file, of any shape
    #[arg(long, value_name = "IMAGE", required_unless_present = "manifest")]
    from: Option<String>,
    /// Take a manifest that is in IMAGE already
    #[arg(long, value_name = "DIGEST", conflicts_with = "from", requires = "platform", value_parser = digest)]
    manifest: Option<DigestPrefix>,
    /// The platform to take from the other file, or that of the manifest
    #[arg(long, value_name = "PLATFORM")]
    platform: Option<Platform>,
    /// Put it in the place of an image for the same platform
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    change: ChangeArgs,
}

/// Remove images of platforms, with their attestations and the blobs that nothing else needs
#[derive(Debug, clap::Args)]
struct ChosenArgs {
    /// PATH[:REF][@DIGEST], or - for standard input
    #[arg(value_name = "IMAGE")]
    image: String,
    /// The platforms, for example linux/arm64, or digests, for example @sha256:..., where a platform is missing or not the only one
    #[arg(value_name = "PLATFORM|@DIGEST", required = true)]
    choices: Vec<Choice>,
    #[command(flatten)]
    change: ChangeArgs,
}

/// Keep the images of these platforms, and remove all others
#[derive(Debug, clap::Args)]
struct KeepArgs {
    #[command(flatten)]
    chosen: ChosenArgs,
}

/// Change the platform that a descriptor says
#[derive(Debug, clap::Args)]
struct SetArgs {
    /// PATH[:REF][@DIGEST], or - for standard input
    #[arg(value_name = "IMAGE")]
    image: String,
    /// The descriptor: its platform now, or the digest of the manifest; all of them with --from-config and without it
    #[arg(value_name = "PLATFORM|@DIGEST", required_unless_present = "from_config")]
    which: Option<Choice>,
    /// The new platform
    #[arg(value_name = "NEW", required_unless_present = "from_config", conflicts_with = "from_config")]
    new: Option<Platform>,
    /// Take the platform from the image's config
    #[arg(long)]
    from_config: bool,
    #[command(flatten)]
    change: ChangeArgs,
}

/// Remove what is listed and not in the file as a whole, with the attestations about it
///
/// Partial archives, as `docker save` and `ctr export` write them for one platform of several, are refused by ctr, kind and
/// k3s; without the absent entries they are taken.
#[derive(Debug, clap::Args)]
struct PruneArgs {
    /// PATH[:REF][@DIGEST], or - for standard input
    #[arg(value_name = "IMAGE")]
    image: String,
    #[command(flatten)]
    change: ChangeArgs,
}

fn digest(text: &str) -> Result<DigestPrefix, String> {
    DigestPrefix::new(text).ok_or_else(|| "not a digest; write sha256:... or the beginning of one".to_owned())
}

pub(crate) fn run(args: Args, ui: &Ui) -> Result<Status> {
    match args.command {
        Command::List(args) => list(args, ui),
        Command::Add(args) => add(args, ui),
        Command::Remove(args) => {
            let address = ui.address(&args.image)?;
            let selector = Selector::new(&address, None);
            change::run(&args.change, &address, ui, |image, options| {
                platform::remove(image, &selector, &args.choices, options)
            })
        }
        Command::Keep(KeepArgs { chosen: args }) => {
            let address = ui.address(&args.image)?;
            let selector = Selector::new(&address, None);
            change::run(&args.change, &address, ui, |image, options| {
                platform::keep(image, &selector, &args.choices, options)
            })
        }
        Command::Set(args) => set(args, ui),
        Command::Prune(args) => {
            let address = ui.address(&args.image)?;
            let selector = Selector::new(&address, None);
            change::run(&args.change, &address, ui, |image, options| platform::prune(image, &selector, options))
        }
    }
}

fn list(args: ListArgs, ui: &Ui) -> Result<Status> {
    let address = ui.address(&args.image.image)?;
    let image = ui.open(&address, Access::Random, false)?;
    let report = platform::list(&image, &Selector::new(&address, args.image.platform))?;
    ui.report(&report, || render::platform_list(&report, ui.paint))?;
    Ok(Status::Ok)
}

fn add(args: AddArgs, ui: &Ui) -> Result<Status> {
    let address = ui.address(&args.image)?;
    let options = change::options(&args.change, ui)?;
    let other = match &args.from {
        Some(from) => {
            let address = ui.address(from)?;
            let image = ui.open(&address, Access::Random, false)?;
            Some((image, Selector::new(&address, args.platform.clone())))
        }
        None => None,
    };
    let session = change::open(&args.change, &address, &options, ui)?;
    let incoming = match (&other, args.manifest, args.platform) {
        (Some((image, selector)), _, _) => Incoming::From { image, selector: selector.clone() },
        (None, Some(digest), Some(platform)) => Incoming::Manifest { digest, platform },
        _ => bail!("give --from, or --manifest with --platform"),
    };
    let wanted = AddOptions { incoming, replace: args.replace };
    let draft = platform::add(&session.image, &Selector::new(&address, None), wanted, &options)?;
    change::finish(&args.change, &session, draft, ui)
}

fn set(args: SetArgs, ui: &Ui) -> Result<Status> {
    let address = ui.address(&args.image)?;
    let which = match args.which {
        None => Which::All,
        Some(choice) => Which::Chosen(choice),
    };
    let wanted = SetOptions { which, platform: args.new };
    let selector = Selector::new(&address, None);
    change::run(&args.change, &address, ui, |image, options| platform::set(image, &selector, &wanted, options))
}
