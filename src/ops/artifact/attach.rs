//! `attach`

use super::manifest::{self, ArtifactOptions};
use crate::command::{self, CommandLine};
use crate::doc::annotations::REF_NAME;
use crate::edit::{Draft, EditOptions, Holder, Referent, Scope};
use crate::error::Error;
use crate::graph::{Content, Graph, Key, NodeId, Selector};
use crate::image::Image;
use crate::media_type::{self, MediaType};
use crate::readers;
use crate::target::Target;

/// Attaches an artifact of files to the one image, index or artifact that a selector means: a manifest with `subject`, which
/// `index.json` lists (distribution-spec, "Listing Referrers").
///
/// # Errors
///
/// When the selector means nothing or several, when what it means is not in the file, and as for
/// [`create`](super::create).
pub fn attach<'a>(
    image: &'a Image,
    selector: &Selector,
    wanted: &ArtifactOptions,
    options: &EditOptions,
) -> Result<Draft<'a>, Error> {
    let path = image.source.label();
    if !image.source.format().index_view {
        let repack = CommandLine::ocikit("repack").path(path).option("--to", "oci-archive").into_new_file();
        let reason = format!("a docker archive lists no referrers{}", repack.hint("writes a format that does"));
        return Err(Error::Unfit { path: path.to_owned(), verb: "attach an artifact", reason });
    }
    let top = image.graph.select_one(path, selector)?;
    let id = image.graph.nodes_of(top).first().copied();
    let subject = id
        .and_then(|id| subject(image, id))
        .ok_or_else(|| Error::Absent { path: path.to_owned(), digest: image.graph.label(top) })?;
    let mut draft = Draft::new(image, options, &Scope::All)?;
    let to = manifest::put(&mut draft, wanted, Some(&subject), options)?;
    // The same files attached again are the same manifest.
    let is_listed = image.graph.roots.iter().any(|root| root.descriptor.digest.ok() == Some(&to.digest));
    if !is_listed {
        if image.graph.roots.len() == 1 {
            draft.note(on_two_entries(&image.graph));
        }
        draft.insert(Holder::IndexJson, usize::MAX, &manifest::entry(&to, &wanted.artifact_type, None));
    }
    Ok(draft)
}

/// Who does without a name while `index.json` lists one entry, and no longer when it lists two.
fn on_two_entries(graph: &Graph) -> String {
    let (refuse, choose) = readers::of_one_entry();
    let tag = graph.roots.first().and_then(|root| root.descriptor.annotations.get(REF_NAME));
    let name = match tag {
        Some(tag) => format!("the name of the image, `:{}`", command::pasted(tag)),
        None => "a name of the image, which `ref add` gives it".to_owned(),
    };
    let (refuse, choose) = (programs(&refuse), programs(&choose));
    format!("`index.json` now lists 2 entries, which {refuse} refuse; {choose} need {name}")
}

/// The programs of targets, each once: `skopeo` of its transports.
fn programs(targets: &[Target]) -> String {
    let mut programs: Vec<&str> = targets.iter().filter_map(|target| target.name().split('-').next()).collect();
    programs.dedup();
    programs.join(" and ")
}

/// What is attached to: its media type, digest and size as they are stored.
fn subject(image: &Image, id: NodeId) -> Option<Referent> {
    let node = image.graph.node(id);
    let (Key::Digest(digest), Content::Member(_) | Content::Inline) = (&node.key, node.content) else { return None };
    let media_type = image.graph.first_descriptor(id).and_then(|descriptor| descriptor.media_type.ok().cloned());
    let media_type = media_type.unwrap_or_else(|| MediaType::new(media_type::OCI_MANIFEST));
    Some(Referent { media_type, digest: digest.clone(), size: image.size_of(id)? })
}
