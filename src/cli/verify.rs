//! `ocikit verify`

use anyhow::Result;

use super::checks;
use super::exit::Status;
use super::ui::Ui;
use crate::finding::Code;
use crate::graph::Selector;
use crate::limits::parse_size;
use crate::ops::verify::{AttestationWanted, Denied, Policy, VerifyOptions, VerifyReport, verify};
use crate::platform::Platform;
use crate::reference::DigestPrefix;
use crate::source::Access;

/// Verify every blob, document and reference of image files
///
/// Hashes every blob, orphans too; reads every document; follows every reference; looks at the archive itself, at what
/// attestations speak about, and at whether manifest.json names what is there. All problems are told in one run, each
/// with its place, what was expected and what was found. Standard input and files compressed as a whole are verified in
/// one pass without a temporary file.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// PATH[:REF][@DIGEST], or - for standard input
    #[arg(value_name = "IMAGE", required = true)]
    images: Vec<String>,
    /// Verify only this platform within an index, as linux/arm64
    #[arg(long, value_name = "PLATFORM")]
    platform: Option<Platform>,
    /// Inflate each layer: its diff_id, its tar structure, its media type
    #[arg(long)]
    deep: bool,
    /// Allow absent blobs: the file is sparse on purpose
    #[arg(long)]
    sparse: bool,
    /// Take links in a directory for what they lead to, wherever that is
    #[arg(long)]
    follow_links: bool,
    /// Demand an image for this platform
    #[arg(long, value_name = "PLATFORM", help_heading = "Policy")]
    require_platform: Vec<Platform>,
    /// Demand an attestation of each image: provenance, sbom or a predicate type
    #[arg(long, value_name = "TYPE", help_heading = "Policy")]
    require_attestation: Vec<AttestationWanted>,
    /// Demand this name
    #[arg(long, value_name = "NAME", help_heading = "Policy")]
    require_ref: Vec<String>,
    /// Demand that a root has this digest
    #[arg(long, value_name = "DIGEST", value_parser = digest, help_heading = "Policy")]
    expect: Option<DigestPrefix>,
    /// Allow at most this many bytes, as 500M
    #[arg(long, value_name = "BYTES", value_parser = size, help_heading = "Policy")]
    max_size: Option<u64>,
    /// Count a finding, or all warnings, as errors
    #[arg(long, value_name = "CODE|warnings", help_heading = "Policy")]
    deny: Vec<Denied>,
    /// Leave a finding out
    #[arg(long, value_name = "CODE", help_heading = "Policy")]
    allow: Vec<Code>,
}

fn digest(text: &str) -> Result<DigestPrefix, String> {
    DigestPrefix::new(text).ok_or_else(|| "not a digest; write sha256:... or the beginning of one".to_owned())
}

fn size(text: &str) -> Result<u64, String> {
    parse_size(text).ok_or_else(|| "not a size; write digits, with K, M, G or T for powers of 1024".to_owned())
}

pub(crate) fn run(args: Args, ui: &Ui) -> Result<Status> {
    checks::each(&args.images, ui, |image| verify_one(&args, image, ui))
}

fn verify_one(args: &Args, image: &str, ui: &Ui) -> Result<VerifyReport> {
    let address = ui.address(image)?;
    let image = ui.open(&address, Access::Once { deep: args.deep }, args.follow_links)?;
    let options = VerifyOptions {
        deep: args.deep,
        sparse: args.sparse,
        selector: Selector::new(&address, args.platform.clone()),
        policy: Policy {
            require_platforms: args.require_platform.clone(),
            require_attestations: args.require_attestation.clone(),
            require_refs: args.require_ref.clone(),
            expect: args.expect.clone(),
            max_size: args.max_size,
            deny: args.deny.clone(),
            allow: args.allow.clone(),
        },
        jobs: ui.jobs,
        limits: ui.limits.clone(),
        meter: ui.meter.clone(),
    };
    Ok(verify(&image, &options)?)
}
