//! Several layouts as one: shared blobs once, the entries of all in one `index.json`.

use std::collections::{BTreeMap, BTreeSet};

use super::parcel::Parcel;
use crate::command::CommandLine;
use crate::digest::Digest;
use crate::doc;
use crate::error::Error;
use crate::graph::Root;
use crate::json::{Edit, Kind, Value, edit};
use crate::limits::Limits;
use crate::source::Part;

/// Puts layouts together. The `index.json` of the first keeps its bytes, and the entries of the others are added to it
/// as they are.
///
/// # Errors
///
/// When one name stands for two images, or an `index.json` cannot be changed.
pub(super) fn merge(parcels: Vec<Parcel>, limits: &Limits) -> Result<Parcel, Error> {
    let mut parcels = parcels.into_iter();
    let Some(mut all) = parcels.next() else { return Ok(Parcel::default()) };
    let mut names: BTreeMap<String, (Digest, String)> = BTreeMap::new();
    let mut known: BTreeSet<String> = entries(&all)?.into_iter().collect();
    note_names(&all, limits, &mut names)?;
    for parcel in parcels {
        let again = note_names(&parcel, limits, &mut names)?;
        let mut new = Vec::new();
        for (number, entry) in (0..).zip(entries(&parcel)?) {
            if !again.contains(&number) && known.insert(entry.clone()) {
                new.push(entry);
            }
        }
        append(&mut all, &new)?;
        for (name, part) in parcel.files {
            all.files.entry(name).or_insert(part);
        }
    }
    Ok(all)
}

/// Adds entries, as JSON texts, to the `index.json` of a layout.
pub(super) fn append(parcel: &mut Parcel, entries: &[String]) -> Result<(), Error> {
    if entries.is_empty() {
        return Ok(());
    }
    let text = index(parcel)?;
    let list = Value::parse(plain(&text)).ok().and_then(|value| value.get("manifests")).map(|value| value.kind());
    let edits = match list {
        Some(Kind::Array) => entries
            .iter()
            .map(|entry| Edit::InsertItem { array: "/manifests".to_owned(), at: usize::MAX, value: entry.clone() })
            .collect(),
        // Absent or null: some producers write an empty list so.
        _ => {
            let value = format!("[{}]", entries.join(","));
            vec![Edit::Set { object: String::new(), key: "manifests".to_owned(), value }]
        }
    };
    let new = edit::apply(&text, &edits).map_err(|fault| failed(parcel, fault.to_string()))?;
    parcel.put("index.json", Part::text(new));
    Ok(())
}

/// The entries of the `index.json` of a layout, as JSON texts.
fn entries(parcel: &Parcel) -> Result<Vec<String>, Error> {
    let text = index(parcel)?;
    let value = Value::parse(plain(&text)).map_err(|fault| failed(parcel, fault.to_string()))?;
    let items = value.get("manifests").and_then(|list| list.items()).unwrap_or_default();
    Ok(items.into_iter().map(|item| item.text().to_owned()).collect())
}

/// Compares the names of a layout with those of the layouts before it. Says which of its entries stand for the same
/// image under the same name as one of theirs.
fn note_names(
    parcel: &Parcel,
    limits: &Limits,
    names: &mut BTreeMap<String, (Digest, String)>,
) -> Result<BTreeSet<u32>, Error> {
    let mut again = BTreeSet::new();
    let mut own: BTreeMap<String, (Digest, String)> = BTreeMap::new();
    let text = index(parcel)?;
    for (number, descriptor) in doc::read_layout_index(text.as_bytes(), limits).view.manifests {
        let root = Root { number, descriptor, node: None };
        let (Some(name), Some(digest)) = (root.name(), root.descriptor.digest.ok()) else { continue };
        let Some(known) = names.get(name) else {
            own.insert(name.to_owned(), (digest.clone(), parcel.label.clone()));
            continue;
        };
        if known.0 == *digest {
            again.insert(number);
        } else {
            return Err(Error::Unfit {
                path: parcel.label.clone(),
                verb: "merge it into one layout",
                reason: format!(
                    "`{name}` is {} here, but {} in {}{}",
                    digest.short(),
                    known.0.short(),
                    known.1,
                    other_name(&parcel.label, name).hint("renames it here")
                ),
            });
        }
    }
    names.extend(own);
    Ok(again)
}

fn other_name(path: &str, name: &str) -> CommandLine {
    CommandLine::ocikit("ref rename").path(path).word(name).word(format!("{name}-2")).into_new_file()
}

fn index(parcel: &Parcel) -> Result<String, Error> {
    match parcel.files.get("index.json") {
        Some(Part::Bytes(bytes)) => {
            String::from_utf8(bytes.to_vec()).map_err(|_| failed(parcel, "not UTF-8".to_owned()))
        }
        _ => Err(Error::Absent { path: parcel.label.clone(), digest: "index.json".to_owned() }),
    }
}

fn plain(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

fn failed(parcel: &Parcel, fault: String) -> Error {
    Error::Document { path: parcel.label.clone(), document: "index.json".to_owned(), fault }
}
