//! Names of entries of `index.json`: how the file spells them, and the splices that give an entry a name or take it.

use crate::doc::Descriptor;
use crate::doc::annotations::{CONTAINERD_NAME, REF_NAME};
use crate::edit::{DescriptorTexts, Draft, Holder, Slot};
use crate::error::Error;
use crate::graph::Root;
use crate::image::Image;
use crate::json::edit::{apply, quoted};
use crate::json::{Edit, Value, pointer_token};
use crate::reference::{normalized, tag_of, unaccepted};

/// How a file spells names.
pub(crate) struct Spelling {
    /// Some are in full, in an annotation for that.
    in_full: bool,
    /// There are names at all.
    named: bool,
}

impl Spelling {
    pub(crate) fn of(image: &Image) -> Self {
        let roots = &image.graph.roots;
        let in_full = roots.iter().any(|root| root.descriptor.annotations.get(CONTAINERD_NAME).is_some());
        Spelling { in_full, named: roots.iter().any(|root| root.name().is_some()) }
    }

    /// A name in the annotations that the file uses: in full and as a tag, as BuildKit and docker have it, or as it was
    /// typed where the file has only `ref.name`.
    pub(crate) fn annotations(&self, own: &Descriptor, name: &str) -> Vec<(&'static str, String)> {
        let repository = own.annotations.get(CONTAINERD_NAME).and_then(|full| {
            let tag = tag_of(full)?;
            full.strip_suffix(&format!(":{tag}"))
        });
        let is_full = !is_bare(name);
        match (is_full, repository) {
            (true, _) if self.in_full || !self.named => {
                let full = normalized(name);
                let tag = tag_of(&full).unwrap_or("latest").to_owned();
                vec![(CONTAINERD_NAME, full), (REF_NAME, tag)]
            }
            (false, Some(repository)) => {
                vec![(CONTAINERD_NAME, format!("{repository}:{name}")), (REF_NAME, name.to_owned())]
            }
            _ => vec![(REF_NAME, name.to_owned())],
        }
    }
}

/// Notes that some readers do not accept a name that is new.
pub(crate) fn note_unaccepted(draft: &mut Draft<'_>, name: &str) {
    if let Some(nearest) = unaccepted(name) {
        draft.note(format!("docker and podman do not accept the name `{name}`; they accept `{nearest}`"));
    }
}

/// The annotations of a new entry with this name, as JSON text.
pub(crate) fn annotations_text(image: &Image, name: &str) -> String {
    let annotations = annotations_for(image, &Descriptor::default(), name);
    let members: Vec<String> =
        annotations.iter().map(|(key, value)| format!("{}:{}", quoted(key), quoted(value))).collect();
    format!("{{{}}}", members.join(","))
}

/// The annotations that give an entry this name, as the file spells names.
pub(crate) fn annotations_for(image: &Image, own: &Descriptor, name: &str) -> Vec<(&'static str, String)> {
    Spelling::of(image).annotations(own, name)
}

/// Takes its names from an entry.
pub(crate) fn unname(draft: &mut Draft<'_>, root: &Root) {
    for key in [CONTAINERD_NAME, REF_NAME] {
        if root.descriptor.annotations.get(key).is_some() {
            let pointer = format!("{}/annotations{}", slot(root).pointer(), pointer_token(key));
            draft.edit(Holder::IndexJson, Edit::Remove { pointer });
        }
    }
}

/// Puts another entry for the same digest beside one that has a name.
pub(crate) fn name_beside(
    draft: &mut Draft<'_>,
    stored: &mut DescriptorTexts<'_>,
    spelling: &Spelling,
    root: &Root,
    name: &str,
) -> Result<(), Error> {
    let annotations = spelling.annotations(&root.descriptor, name);
    let text = stored.entry(slot(root))?;
    let mut edits = Vec::new();
    for key in [CONTAINERD_NAME, REF_NAME] {
        let pointer = format!("/annotations{}", pointer_token(key));
        match annotations.iter().find(|(own, _)| *own == key) {
            Some((_, value)) => edits.push(set("", key, value)),
            None if root.descriptor.annotations.get(key).is_some() => edits.push(Edit::Remove { pointer }),
            None => {}
        }
    }
    let copy = apply(text, &edits).map_err(|fault| Error::Document {
        path: draft.image().source.label().to_owned(),
        document: "index.json".to_owned(),
        fault: fault.to_string(),
    })?;
    draft.insert(Holder::IndexJson, root.number as usize + 1, &copy);
    Ok(())
}

/// The splices that give an entry these annotations as its names, and no others.
pub(crate) fn name_edits(
    stored: &mut DescriptorTexts<'_>,
    root: &Root,
    annotations: &[(&str, String)],
) -> Result<Vec<Edit>, Error> {
    let text = stored.entry(slot(root))?;
    let pointer = slot(root).pointer();
    let has = Value::parse(text).is_ok_and(|value| value.at("/annotations").is_some_and(|own| own.members().is_some()));
    if !has {
        let members: Vec<String> =
            annotations.iter().map(|(key, value)| format!("{}:{}", quoted(key), quoted(value))).collect();
        let value = format!("{{{}}}", members.join(","));
        return Ok(vec![Edit::Set { object: pointer, key: "annotations".to_owned(), value }]);
    }
    let mut edits: Vec<Edit> = annotations.iter().map(|(key, value)| set(&pointer, key, value)).collect();
    for key in [CONTAINERD_NAME, REF_NAME] {
        if root.descriptor.annotations.get(key).is_some() && !annotations.iter().any(|(own, _)| *own == key) {
            edits.push(Edit::Remove { pointer: format!("{pointer}/annotations{}", pointer_token(key)) });
        }
    }
    Ok(edits)
}

fn set(pointer: &str, key: &str, value: &str) -> Edit {
    Edit::Set { object: format!("{pointer}/annotations"), key: key.to_owned(), value: quoted(value) }
}

/// The place of an entry of `index.json`.
pub(crate) fn slot(root: &Root) -> Slot {
    Slot { holder: Holder::IndexJson, number: root.number }
}

/// Whether a name that was typed is a tag alone.
pub(crate) fn is_bare(name: &str) -> bool {
    !name.contains(['/', ':'])
}
