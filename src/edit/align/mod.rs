//! The two views of a dual archive brought in step before an edit: one is taken as the truth, and the other is made to
//! follow it.

mod beside;
mod prove;
mod to_docker;
mod to_index;
mod view;

pub use view::View;

use crate::command::CommandLine;
use crate::edit::{Alignment, Draft, EditOptions, Session, Step};
use crate::error::Error;
use crate::finding::{Finding, Severity};
use crate::image::Image;
use crate::limits::Limits;
use crate::views::both_views;

/// Brings the views of a session's image in step, in memory: the edit that follows sees them agree, and both changes are
/// written at once. Nothing is done where they agree or there is only one.
///
/// With [`View::Docker`] manifests of `index.json` get the names, config and layers that `manifest.json` says, images that
/// only `manifest.json` lists get a manifest, and those that it does not list go. With [`View::Index`] it is the other
/// way round. The layers of an image whose manifest changes are read, for the result has to be one that docker takes.
///
/// # Errors
///
/// When a view cannot be read, or the one to follow describes what cannot be: an absent file, or a layer that is not
/// what the config says; and [`Error::Stale`] as for any edit.
pub fn align(session: &mut Session<'_>, view: View, options: &EditOptions) -> Result<(), Error> {
    let limits = &options.limits;
    let differences = differences(&session.image, limits);
    if differences.is_empty() {
        return Ok(());
    }
    let unread = differences.iter().find(|finding| !is_about_views(finding));
    if let Some(finding) = unread.filter(|_| both_views(&session.image, limits).images.is_empty()) {
        return Err(refused(&session.image, view, finding));
    }
    let lists_none = match view {
        View::Docker => session.image.graph.docker.is_empty(),
        View::Index => both_views(&session.image, limits).pairs.images.is_empty(),
    };
    if lists_none {
        let (document, flag) = match view {
            View::Docker => ("manifest.json", "index"),
            View::Index => ("index.json", "docker"),
        };
        let reason = format!("{document} lists no image, so the result would have none; use `--view {flag}`");
        return Err(Error::Unfit { path: session.image.source.label().to_owned(), verb: view.verb(), reason });
    }
    type Change = fn(&mut Draft<'_>) -> Result<(), Error>;
    let changes: &[Change] = match view {
        View::Docker => &[beside::one_image_each, to_docker::images, beside::in_step],
        View::Index => &[to_index::images, beside::in_step],
    };
    for change in changes {
        let step = {
            let mut draft = Draft::unchecked(&session.image, options);
            change(&mut draft)?;
            Step::of(&draft.plan()?)
        };
        session.go_on(step, limits);
    }
    if let Some(left) = self::differences(&session.image, limits).first() {
        return Err(refused(&session.image, view, left));
    }
    session.note_aligned(Alignment { followed: view.document(), changed: view.other().document(), differences });
    Ok(())
}

/// What `compare` finds, but for notes.
fn differences(image: &Image, limits: &Limits) -> Vec<Finding> {
    let format = image.source.format();
    if !format.index_view || !format.docker_view {
        return Vec::new();
    }
    let mut findings = both_views(image, limits).findings;
    findings.settle(limits.findings);
    findings.iter().filter(|finding| finding.severity != Severity::Note).cloned().collect()
}

fn is_about_views(finding: &Finding) -> bool {
    finding.code.name().starts_with("view-")
}

fn refused(image: &Image, view: View, finding: &Finding) -> Error {
    let path = image.source.label();
    let advice = match view {
        View::Docker => {
            let repack = CommandLine::ocikit("repack").path(path).option("--to", "oci-archive").into_new_file();
            let hint = repack.hint("keeps only index.json");
            format!("with `--view index` the edit uses index.json{hint}")
        }
        View::Index => "with `--view docker` the edit uses manifest.json".to_owned(),
    };
    let reason = format!("{}: {}; {advice}", finding.at, finding.detail);
    Error::Unfit { path: path.to_owned(), verb: view.verb(), reason }
}
