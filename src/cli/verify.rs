//! `ocikit verify`

use std::path::PathBuf;

use anyhow::Result;

use super::checks;
use super::exit::Status;
use super::given;
#[cfg(feature = "signatures")]
use super::keys;
use super::policy::{self, PolicyFile};
use super::ui::Ui;
use crate::checks::options::{Denied, RequiredAttestation, VerifyOptions};
use crate::finding::Code;
use crate::graph::Selector;
use crate::ops::verify::{VerifyReport, verify};
use crate::platform::Platform;
use crate::reference::DigestPrefix;
use crate::source::Access;

/// Verify every blob, document and reference of image files
///
/// Hashes every blob, unreferenced ones too, reads every document, follows every reference, and checks the archive
/// itself, the subjects of attestations and the files of manifest.json. All findings are reported in one run, each
/// with its place, the expected and the found value. Standard input and compressed archives are verified in one pass
/// without a temporary file.
#[derive(Debug, clap::Args)]
#[command(after_help = policy::help())]
pub(crate) struct Args {
    /// PATH[:REF][@DIGEST], or - for standard input
    #[arg(value_name = "IMAGE", required = true)]
    images: Vec<String>,
    /// Verify only this platform of an index, for example linux/arm64
    #[arg(long, value_name = "PLATFORM")]
    platform: Option<Platform>,
    /// Decompress each layer and check its diff_id, tar structure and media type
    #[arg(long)]
    deep: bool,
    /// Allow missing blobs, for a file that is sparse on purpose
    #[arg(long)]
    sparse: bool,
    /// Follow links in a directory, also those that point outside it
    #[arg(long)]
    follow_links: bool,
    /// Compare signatures with the public key in FILE, in PEM; may be given several times
    ///
    /// Signatures by cosign: under its tags, in sigstore bundles, of attestations; by ECDSA, Ed25519 and RSA. It is an
    /// error if nothing is signed by one of the keys. When it was signed is not checked, and no certificate and no
    /// transparency log.
    #[cfg(feature = "signatures")]
    #[arg(long, value_name = "FILE", help_heading = "Signatures")]
    key: Vec<PathBuf>,
    /// Prove that a docker archive holds the images of the manifests in FILE
    ///
    /// FILE is a manifest as the registry has it, or an image file with manifests and signatures; layers need not be in
    /// it. The digest of the config and the diff_id of each layer must match. With --key a manifest in FILE must be
    /// signed. Implies --deep.
    #[arg(long, value_name = "FILE", help_heading = "Signatures")]
    manifest: Option<String>,
    /// Require that a valid signature by one of the keys covers every image
    #[cfg(feature = "signatures")]
    #[arg(long, requires = "key", help_heading = "Signatures")]
    require_signature: bool,
    /// Read the policy from FILE, in TOML: the options below and --deep and --sparse, under the same names
    ///
    /// Options on the command line add to the lists of the file, and override its expect and max-size.
    #[arg(long, value_name = "FILE", help_heading = "Policy")]
    policy: Option<PathBuf>,
    /// Require an image for this platform, for example linux/arm64
    #[arg(long, value_name = "PLATFORM", help_heading = "Policy")]
    require_platform: Vec<Platform>,
    /// Require an attestation of each image: provenance, sbom or a predicate type
    #[arg(long, value_name = "TYPE", help_heading = "Policy")]
    require_attestation: Vec<RequiredAttestation>,
    /// Require an image with this name in the file
    #[arg(long, value_name = "NAME", help_heading = "Policy")]
    require_ref: Vec<String>,
    /// Require an image or index with this digest or digest prefix, under the selected or required name if there is
    /// one
    #[arg(long, value_name = "DIGEST", value_parser = policy::digest::<String>, help_heading = "Policy")]
    expect: Option<DigestPrefix>,
    /// Require a file of at most this many bytes on disk, for example 500M
    #[arg(long, value_name = "BYTES", value_parser = policy::size_of::<String>, help_heading = "Policy")]
    max_size: Option<u64>,
    /// Count a finding, or all warnings, as errors
    #[arg(long, value_name = "CODE|warnings", help_heading = "Policy")]
    deny: Vec<Denied>,
    /// Ignore a finding
    #[arg(long, value_name = "CODE", help_heading = "Policy")]
    allow: Vec<Code>,
}

pub(crate) fn run(args: Args, ui: &Ui) -> Result<Status> {
    let demanded = demanded(&args)?;
    #[cfg(feature = "signatures")]
    let trust = keys::trust(&args.key, args.require_signature)?;
    let options = VerifyOptions {
        deep: demanded.deep || args.manifest.is_some(),
        sparse: demanded.sparse,
        manifest: args.manifest.as_deref().map(|file| given::manifest(file, ui)).transpose()?,
        policy: demanded.policy,
        #[cfg(feature = "signatures")]
        trust,
        follow_links: args.follow_links,
        jobs: ui.jobs,
        limits: ui.limits.clone(),
        meter: ui.meter.clone(),
        ..VerifyOptions::default()
    };
    checks::each(&args.images, ui, |image| verify_one(&args, &options, image, ui))
}

/// What the policy file and the options say together.
fn demanded(args: &Args) -> Result<PolicyFile> {
    let mut file = args.policy.as_deref().map(policy::read).transpose()?.unwrap_or_default();
    file.deep |= args.deep;
    file.sparse |= args.sparse;
    let policy = &mut file.policy;
    policy.require_platforms.extend_from_slice(&args.require_platform);
    policy.require_attestations.extend_from_slice(&args.require_attestation);
    policy.require_refs.extend_from_slice(&args.require_ref);
    policy.deny.extend_from_slice(&args.deny);
    policy.allow.extend_from_slice(&args.allow);
    policy.expect = args.expect.clone().or_else(|| policy.expect.take());
    policy.max_size = args.max_size.or(policy.max_size);
    Ok(file)
}

fn verify_one(args: &Args, options: &VerifyOptions, image: &str, ui: &Ui) -> Result<VerifyReport> {
    let address = ui.address(image)?;
    let image = ui.open(&address, Access::Once { deep: options.deep }, args.follow_links)?;
    let selector = Selector::new(&address, args.platform.clone());
    Ok(verify(&image, &VerifyOptions { selector, ..options.clone() })?)
}
