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

/// List and change the platforms of an image
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

/// Add images for further platforms, from another file or from a manifest in the same file
///
/// Copies the blobs and the attestations. A single manifest is wrapped into an index, and its names move to the
/// index.
#[derive(Debug, clap::Args)]
struct AddArgs {
    /// PATH[:REF][@DIGEST], or - for standard input
    #[arg(value_name = "IMAGE")]
    image: String,
    /// Add the image of this file, of any format
    #[arg(long, value_name = "IMAGE", required_unless_present = "manifest")]
    from: Option<String>,
    /// Add this manifest of IMAGE
    #[arg(long, value_name = "DIGEST", conflicts_with = "from", requires = "platform", value_parser = digest)]
    manifest: Option<DigestPrefix>,
    /// Add only this platform of the other file, or set the platform of the manifest
    #[arg(long, value_name = "PLATFORM")]
    platform: Option<Platform>,
    /// Replace an image for the same platform
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    change: ChangeArgs,
}

/// Remove the images of platforms, with their attestations and the blobs that nothing else references
#[derive(Debug, clap::Args)]
struct ChosenArgs {
    /// PATH[:REF][@DIGEST], or - for standard input
    #[arg(value_name = "IMAGE")]
    image: String,
    /// The platforms, for example linux/arm64; or digests, for example @sha256:..., if a platform is missing or not
    /// unique
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

/// Change the platform in a descriptor
#[derive(Debug, clap::Args)]
struct SetArgs {
    /// PATH[:REF][@DIGEST], or - for standard input
    #[arg(value_name = "IMAGE")]
    image: String,
    /// The descriptor, by its current platform or the digest of its manifest; with --from-config, all descriptors if
    /// it is omitted
    #[arg(value_name = "PLATFORM|@DIGEST", required_unless_present = "from_config")]
    which: Option<Choice>,
    /// The new platform
    #[arg(value_name = "NEW", required_unless_present = "from_config", conflicts_with = "from_config")]
    new: Option<Platform>,
    /// Use the platform in the config of the image
    #[arg(long)]
    from_config: bool,
    #[command(flatten)]
    change: ChangeArgs,
}

/// Remove descriptors of missing or incomplete images, with their attestations
///
/// `docker save` and `ctr export` write such partial archives for one platform of several, and ctr, kind and k3s
/// refuse them. They accept the result.
#[derive(Debug, clap::Args)]
struct PruneArgs {
    /// PATH[:REF][@DIGEST], or - for standard input
    #[arg(value_name = "IMAGE")]
    image: String,
    #[command(flatten)]
    change: ChangeArgs,
}

fn digest(text: &str) -> Result<DigestPrefix, String> {
    DigestPrefix::new(text).ok_or_else(|| "not a digest; write sha256:... or a prefix of one".to_owned())
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
        _ => bail!("pass --from, or --manifest with --platform"),
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
