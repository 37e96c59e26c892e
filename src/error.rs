//! Why ocikit could not look, or could not write. What is wrong inside an image file is a finding, not an error.

use std::io;

use crate::command::{self, CommandLine};
use crate::digest::VerifyError;
use crate::limits::LimitReached;
use crate::media_type::Compression;
use crate::near;
use crate::reference::{AddressError, Transport, familiar, tag_of};

/// ocikit could not look, or could not write.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The text is no address of an image, or nothing is there.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// A file or directory could not be opened or listed.
    #[error("{path}: cannot open")]
    Open {
        /// The file.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// Reading failed.
    #[error("{path}: cannot read")]
    Read {
        /// The file, and where it is known the member.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// Writing failed.
    #[error("{path}: cannot write")]
    Write {
        /// The file.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// Somebody wrote to a file while it was read.
    #[error(
        "{path}: changed while it was read, so the result may be inconsistent; run the command again when no other \
        program writes to the file"
    )]
    Changed {
        /// The file.
        path: String,
    },
    /// Bytes that were to be copied are not what their digest or size says.
    #[error("{path}: {fault}; the file is damaged: fetch it again, and run `verify` for details")]
    Damaged {
        /// The file, and the member.
        path: String,
        /// What is wrong.
        fault: VerifyError,
    },
    /// The file is compressed in a way that ocikit does not read.
    #[error("{path}: compressed with {compression}, which ocikit does not support{hint}")]
    Compressed {
        /// The file.
        path: String,
        /// How.
        compression: Compression,
        /// What turns it into something readable.
        hint: String,
    },
    /// The file is readable, and no image file.
    #[error("{path}: {found}; expected an image layout, an OCI archive or a docker archive")]
    NotAnImage {
        /// The file.
        path: String,
        /// What it looks like instead.
        found: String,
    },
    /// A transport prefix insists on another format.
    #[error("{path}: is {found}, not {expected}", expected = transport_name(*.transport))]
    WrongShape {
        /// The file.
        path: String,
        /// What the prefix insists on.
        transport: Transport,
        /// Its kind.
        found: String,
    },
    /// The two views of a file were to be compared, and it carries one.
    #[error(
        "{path}: has {view} but no {other}, so there is nothing to compare; use `--require-both` to report a \
        difference"
    )]
    OneView {
        /// The file.
        path: String,
        /// The description that it carries.
        view: &'static str,
        /// The one that it lacks.
        other: &'static str,
    },
    /// More was asked for than a limit allows, before anything could be shown.
    #[error("{path}: {reached}")]
    Limit {
        /// The file.
        path: String,
        /// Which limit.
        reached: LimitReached,
    },
    /// Nothing in the file has this name, digest or platform.
    #[error("{path}: {wanted} is not in the file{}; it contains {}", near::question(meant.as_deref().map(command::pasted).as_deref()), held(.available))]
    NoSuchImage {
        /// The file.
        path: String,
        /// What was asked for.
        wanted: String,
        /// What was probably meant.
        meant: Option<String>,
        /// What there is.
        available: Vec<String>,
    },
    /// Several images fit what was asked for.
    #[error("{path}: {wanted} more than one image; select one of {}", listed(.available))]
    Ambiguous {
        /// The file.
        path: String,
        /// What was asked for, with its verb: "`1.0` matches", or "contains" when nothing was.
        wanted: String,
        /// What fits, as it is pasted.
        available: Vec<String>,
    },
    /// The layer is encrypted, so what is in it cannot be seen.
    #[error(
        "{path}: layer {digest} is encrypted; decrypt the image first, for example with `skopeo copy --decryption-key`"
    )]
    Encrypted {
        /// The file.
        path: String,
        /// The digest.
        digest: String,
    },
    /// The root file system of the image has no such file.
    #[error("{path}: `{name}`: {fault}; list the files with `files`")]
    NoSuchFile {
        /// The image file.
        path: String,
        /// The name that was asked for.
        name: String,
        /// Why.
        fault: String,
    },
    /// An edit would change what attestations or signatures refer to.
    #[error(
        "{path}: the digest of {changed} would change, but these refer to it: {}; remove them with `--attestations \
        drop`, or move them to the new digest with `--attestations relink`, which does not change their statements",
        listed(.referrers)
    )]
    Stale {
        /// The file.
        path: String,
        /// The digest that would change.
        changed: String,
        /// What refers to it: kind and digest of each.
        referrers: Vec<String>,
    },
    /// `index.json` and `manifest.json` disagree, so an edit cannot keep them in step.
    #[error(
        "{path}: index.json and manifest.json disagree: {difference}; `--view index` changes manifest.json to match \
        index.json before the edit, `--view docker` does the reverse{}",
        compare(path).hint("shows the differences")
    )]
    ViewsDisagree {
        /// The file.
        path: String,
        /// The first difference.
        difference: String,
    },
    /// A document on the way to blobs does not say what it should, so that what is needed is not known.
    #[error(
        "{path}: cannot determine which blobs are referenced: {wrong}; blobs that it references would be removed{}",
        verify(path).hint("shows the details")
    )]
    Unsure {
        /// The file.
        path: String,
        /// The document, and what is wrong with it.
        wrong: String,
    },
    /// What an edit would put there is there already.
    #[error("{path}: has {what} already; replace it with `--replace`")]
    Occupied {
        /// The file.
        path: String,
        /// The platform or name.
        what: String,
    },
    /// This image file, or this part of it, cannot be changed in this way.
    #[error("{path}: cannot {verb}: {reason}")]
    Unfit {
        /// The file.
        path: String,
        /// What was to be done, for example `unwrap`.
        verb: &'static str,
        /// Why it cannot be.
        reason: String,
    },
    /// A document cannot be changed as asked.
    #[error("{path}: {document}: {fault}")]
    Document {
        /// The file.
        path: String,
        /// A digest or member name.
        document: String,
        /// Its findings.
        fault: String,
    },
    /// Not one statement of an attestation fits what was asked for.
    #[error("{path}: contains {count} {wanted}; {}", choices(*.count, .available))]
    NotOneStatement {
        /// The file.
        path: String,
        /// What was asked for, in the plural.
        wanted: String,
        /// How many fit.
        count: usize,
        /// What there is, or what fits.
        available: Vec<String>,
    },
    /// The blob is referenced and absent.
    #[error("{path}: {digest} is not in the file")]
    Absent {
        /// The file.
        path: String,
        /// The digest or member name.
        digest: String,
    },
}

impl Error {
    /// The message in lines, for people: what cannot be done; then, where there is more to say, what is in the way, what
    /// it would do, and each command that helps.
    pub fn lines(&self) -> Vec<String> {
        match self {
            Error::Stale { path, changed, referrers } => {
                let first = format!("{path}: the digest of {changed} would change, but these refer to it");
                let most = referrers.iter().take(MOST_LISTED).cloned();
                let more = referrers.len().checked_sub(MOST_LISTED).filter(|more| *more > 0);
                let advice = [
                    "`--attestations drop` removes them",
                    "`--attestations relink` moves them to the new digest, and does not change their statements",
                ];
                let more = more.map(|more| format!("and {more} more"));
                [first].into_iter().chain(most).chain(more).chain(advice.map(String::from)).collect()
            }
            Error::ViewsDisagree { path, difference } => {
                let first = format!("{path}: index.json and manifest.json disagree, so an edit cannot change both");
                let advice = [
                    "`--view index` changes manifest.json to match index.json before the edit",
                    "`--view docker` changes index.json to match manifest.json",
                ];
                let shows = line(&compare(path), "shows all differences");
                [first, difference.clone()].into_iter().chain(advice.map(String::from)).chain(shows).collect()
            }
            Error::Unsure { path, wrong } => {
                let first = format!("{path}: cannot determine which blobs are referenced");
                let what = "blobs that it references would be removed".to_owned();
                let shows = line(&verify(path), "shows all findings");
                [first, wrong.clone(), what].into_iter().chain(shows).collect()
            }
            other => vec![other.to_string()],
        }
    }

    /// Nothing in a file is what was `written`, a name or a platform; something of what is there may have been meant.
    pub(crate) fn no_such_image(path: &str, wanted: String, written: &str, mut available: Vec<String>) -> Error {
        available.sort();
        available.dedup();
        let short = |name: &String| [Some(familiar(name)), tag_of(name).map(ToOwned::to_owned)];
        let shorts = available.iter().flat_map(short).flatten();
        let meant = near::nearest(written, available.iter().cloned().chain(shorts)).or_else(|| {
            // Without host and path a name is not found; what is found with them is.
            let last = |name: &str| name.rsplit('/').next().map(ToOwned::to_owned);
            let meant = near::nearest(written, available.iter().filter_map(|name| last(name)))?;
            available.iter().find(|name| last(name).as_deref() == Some(&meant)).cloned()
        });
        Error::NoSuchImage { path: path.to_owned(), wanted, meant, available }
    }
}

fn transport_name(transport: Transport) -> &'static str {
    match transport {
        Transport::Layout => "an image layout",
        Transport::OciArchive => "an OCI archive",
        Transport::DockerArchive => "a docker archive",
        Transport::Dir => "a skopeo directory",
    }
}

fn compare(path: &str) -> CommandLine {
    CommandLine::ocikit("compare").path(path)
}

fn verify(path: &str) -> CommandLine {
    CommandLine::ocikit("verify").path(path)
}

/// A line that offers a command.
fn line(command: &CommandLine, effect: &str) -> Option<String> {
    Some(format!("`{}` {effect}", command.line()?))
}

fn choices(count: usize, available: &[String]) -> String {
    let verb = if count == 0 { "the file contains" } else { "select one of" };
    let available: Vec<String> = available.iter().map(|text| command::pasted(text)).collect();
    format!("{verb} {}", listed(&available))
}

/// Names that one message lists.
const MOST_LISTED: usize = 20;

/// What there is of the kind that was asked for; there may be much else.
fn held(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| command::pasted(name)).collect();
    if names.is_empty() { "nothing of that kind".to_owned() } else { listed(&names) }
}

fn listed(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(MOST_LISTED).map(|name| format!("`{name}`")).collect();
    match (names.len(), shown.len()) {
        (0, _) => "nothing".to_owned(),
        (all, some) if all > some => format!("{} and {} more", shown.join(", "), all - some),
        _ => shown.join(", "),
    }
}
