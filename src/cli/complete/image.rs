//! What an image file that is named on the line offers: names, digests, platforms.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use crate::graph::{Graph, Kind};
use crate::image::Image;
use crate::limits::Limits;
use crate::reference::{Address, Location, familiar, tag_of};
use crate::source::Open;

/// Whoever presses a key does not wait for more of these than [`WAITS`]; what takes longer offers nothing. On a busy machine
/// each takes longer than it says, as the work does.
const WAIT: Duration = Duration::from_millis(20);
/// Two seconds.
const WAITS: u32 = 100;

/// The last file that is named among the words.
pub(super) fn named_in(words: &[OsString]) -> Option<Address> {
    let words = words.iter().skip(1).rev().filter_map(|word| word.to_str());
    words.filter(|word| !word.starts_with('-')).find_map(|word| {
        let address = Address::parse(&at_home(word), is_file_or_directory).ok()?;
        (address.location != Location::Stdin).then_some(address)
    })
}

/// The longest beginning of a word that names a file, and ends before a `:` or `@`: its length, and the file.
pub(super) fn begun(word: &str) -> Option<(usize, Address)> {
    let ends = word.char_indices().rev().filter(|(_, c)| matches!(c, ':' | '@')).map(|(at, _)| at);
    let whole = |address: &Address| address.reference.is_none() && address.digest.is_none();
    ends.into_iter().find_map(|end| {
        let address = Address::parse(&at_home(&word[..end]), is_file_or_directory).ok().filter(whole)?;
        Some((end, address))
    })
}

/// Opens a file for what its documents say, and asks; nothing when that fails or takes too long.
pub(super) fn ask<T: Send + 'static>(address: Address, question: fn(&Graph) -> Vec<T>) -> Vec<T> {
    let (sender, receiver) = mpsc::channel();
    let asked = std::thread::Builder::new().spawn(move || {
        let limits = limits();
        let open = Open { limits: limits.clone(), ..Open::default() };
        if let Ok(source) = open.open(&address, std::io::empty()) {
            // Nobody may be waiting any more.
            let _ = sender.send(question(&Image::load(source, &limits).graph));
        }
    });
    if asked.is_err() {
        return Vec::new();
    }
    for _ in 0..WAITS {
        match receiver.recv_timeout(WAIT) {
            Err(mpsc::RecvTimeoutError::Timeout) => {}
            answer => return answer.unwrap_or_default(),
        }
    }
    Vec::new()
}

/// The names of a file, in full; a tag only where it stands alone.
pub(super) fn names(graph: &Graph) -> Vec<String> {
    let roots = graph.roots.iter().flat_map(|root| root.names().map(ToOwned::to_owned));
    let tags = graph.docker.iter().flat_map(|entry| entry.image.repo_tags.iter().cloned());
    let mut names: Vec<String> = Vec::new();
    for name in roots.chain(tags) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let tags: Vec<String> = names.iter().filter_map(|name| tag_of(name).map(ToOwned::to_owned)).collect();
    names.retain(|name| !tags.contains(name));
    names
}

/// The names that begin so, in full, in their short form, or by their tag.
pub(super) fn beginning_with(names: Vec<String>, start: &str) -> Vec<String> {
    if start.is_empty() {
        return names;
    }
    let forms = |name: &String| [Some(name.clone()), Some(familiar(name)), tag_of(name).map(ToOwned::to_owned)];
    let mut fits: Vec<String> = names.iter().flat_map(forms).flatten().filter(|form| form.starts_with(start)).collect();
    fits.sort();
    fits.dedup();
    fits
}

/// The digests of images, indexes and artifacts.
pub(super) fn digests(graph: &Graph) -> Vec<String> {
    let is_blob = |kind| matches!(kind, Kind::Config | Kind::Layer | Kind::Blob);
    let nodes = graph.nodes().iter().filter(|node| !is_blob(node.kind));
    nodes.filter_map(|node| node.key.digest().map(ToString::to_string)).collect()
}

/// The platforms of the images.
pub(super) fn platforms(graph: &Graph) -> Vec<String> {
    graph.platforms().iter().map(ToString::to_string).collect()
}

/// A named pipe or a device is not opened for a candidate.
fn is_file_or_directory(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| metadata.is_file() || metadata.is_dir())
}

/// The word as the shell will read it, with the person's directory for `~/`.
fn at_home(word: &str) -> String {
    let home = || std::env::var_os("HOME").map(PathBuf::from);
    let expanded = word.strip_prefix("~/").and_then(|rest| Some(home()?.join(rest).to_str()?.to_owned()));
    expanded.unwrap_or_else(|| word.to_owned())
}

/// A key was pressed: little is read.
fn limits() -> Limits {
    Limits { document_bytes: 4 << 20, members: 20_000, descriptors: 20_000, spool_bytes: 32 << 20, ..Limits::default() }
}
