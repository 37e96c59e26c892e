//! `ocikit doctor`

use anyhow::Result;

use super::checks;
use super::exit::Status;
use super::ui::Ui;
use crate::graph::Selector;
use crate::ops::doctor::{DoctorOptions, DoctorReport, doctor};
use crate::platform::Platform;
use crate::source::Access;
use crate::target::{Asked, Target};

/// Predict which programs accept a file, and how to fix it
///
/// One line for each target: whether it accepts the file, and what it loads. With --for or -v also every reason, and the command that fixes it.
/// A command is printed only after it was carried out in memory and the target accepts the result; where a name or platform has to be chosen, the first is in the command and the others are listed.
/// A name after the path, for example image.tar:1.0, is the name that the program is asked for. Layers are not read: verify --deep checks them.
/// The rules of diffoci, zarf and imagetools are from their source code; these programs were not tried.
///
/// Exit codes: 0 if every target of --for accepts the file (without --for: if any target does), 1 otherwise, 2 if the
/// file cannot be opened. A target that loses data still accepts the file.
#[derive(Debug, clap::Args)]
#[command(after_help = targets())]
pub(crate) struct Args {
    /// PATH[:REF][@DIGEST], or - for standard input
    #[arg(value_name = "IMAGE", required = true)]
    images: Vec<String>,
    /// Check only these targets, for example podman,skopeo-docker-archive@1.9; may be given several times
    #[arg(long = "for", value_name = "TARGET", value_delimiter = ',')]
    targets: Vec<Asked>,
    /// Set the platform of the machine that reads the file
    #[arg(long, value_name = "PLATFORM", default_value_t = this_machine())]
    platform: Platform,
    /// Follow links in a directory, also those that point outside it
    #[arg(long)]
    follow_links: bool,
}

fn targets() -> String {
    let lines: Vec<String> = Target::all().map(|target| format!("  {:26}{}", target.name(), target.title())).collect();
    format!("Targets:\n{}", lines.join("\n"))
}

/// Containers run on Linux, also on the machines of those who have another system.
pub(super) fn this_machine() -> Platform {
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        "powerpc64" => "ppc64le",
        other => other,
    };
    Platform::new("linux", architecture)
}

pub(crate) fn run(args: Args, ui: &Ui) -> Result<Status> {
    checks::each(&args.images, ui, |image| doctor_one(&args, image, ui))
}

fn doctor_one(args: &Args, image: &str, ui: &Ui) -> Result<DoctorReport> {
    let address = ui.address(image)?;
    let image = ui.open(&address, Access::Random, args.follow_links)?;
    let options = DoctorOptions {
        targets: args.targets.clone(),
        host: args.platform.clone(),
        selector: Selector::new(&address, None),
        follow_links: args.follow_links,
        limits: ui.limits.clone(),
    };
    Ok(doctor(&image, &options)?)
}
