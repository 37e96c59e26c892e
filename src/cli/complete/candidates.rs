//! What each value on the line may be, by the name that the help gives it.

use std::ffi::{OsStr, OsString};
use std::sync::Arc;

use clap::Command;
use clap_complete::CompletionCandidate;
use clap_complete::engine::{ArgValueCompleter, PathCompleter, ValueCompleter as _};

use super::image;
use super::inert::{is_inert, is_inert_file};
use super::line::{Line, Manner};
use super::path_of;
use crate::cli::man;
use crate::finding::Code;
use crate::limits;
use crate::target::Target;

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Value {
    /// `PATH[:REF][@DIGEST]`.
    Image,
    File,
    /// A name in the image that the line names.
    Name,
    /// A platform of it.
    Platform,
    /// A digest in it.
    Digest,
    Code,
    Denied,
    Target,
    Limit,
    /// A manual page.
    Page,
    PredicateType,
    AnyPredicateType,
    /// One of these words.
    Word(&'static [&'static str]),
}

/// Common types of statements; any URI is one.
const PREDICATE_TYPES: [&str; 7] = [
    "https://slsa.dev/provenance/v1",
    "https://slsa.dev/provenance/v0.2",
    "https://spdx.dev/Document",
    "https://cyclonedx.org/bom",
    "https://openvex.dev/ns/v0.2.0",
    "https://slsa.dev/verification_summary/v1",
    "https://in-toto.io/attestation/vulns/v0.1",
];

impl Value {
    /// What a command means by the name of a value.
    fn of(command: &str, name: &str) -> Option<Value> {
        Some(match (command, name) {
            ("ref rename", "OLD") | ("ref remove" | "repack" | "verify", "NAME") => Value::Name,
            ("ref rename", "NEW") => return None,
            ("man", "NAME") => Value::Page,
            ("platform set", "NEW") | (_, "PLATFORM" | "PLATFORM|@DIGEST") => Value::Platform,
            (_, "IMAGE" | "A" | "B" | "DELTA" | "OLD" | "NEW") => Value::Image,
            ("files", "PATH") => return None,
            (_, "FILE" | "DIR" | "OUT" | "PATH") => Value::File,
            (_, "DIGEST") => Value::Digest,
            (_, "CODE") => Value::Code,
            (_, "CODE|warnings") => Value::Denied,
            (_, "TARGET") => Value::Target,
            (_, "NAME=VALUE") => Value::Limit,
            (_, "TYPE") => Value::PredicateType,
            (_, "URI") => Value::AnyPredicateType,
            ("repack" | "new", "FORMAT") => Value::Word(&["oci-dir", "oci-archive", "docker-archive", "dual"]),
            (_, "HOW") => Value::Word(&["keep", "none", "gzip", "zstd"]),
            ("diff", "KIND") => Value::Word(&[
                "annotations",
                "attestations",
                "compression",
                "created",
                "history",
                "layers",
                "manifest",
                "names",
            ]),
            (_, "STYLE") => Value::Word(&["index", "artifact", "referrer"]),
            (_, "WHAT") => Value::Word(&["descriptor", "index", "manifest"]),
            (_, "drop|relink") => Value::Word(&["drop", "relink"]),
            (_, "keep|drop") => Value::Word(&["keep", "drop"]),
            (_, "index|docker") => Value::Word(&["index", "docker"]),
            (_, "oci|docker") => Value::Word(&["oci", "docker"]),
            _ => return None,
        })
    }
}

/// The definition with a completer for each value that is known.
pub(super) fn attach(program: Command, line: &Line) -> Command {
    let words = Arc::new(line.words.clone());
    attach_below(program, "", &|value| {
        let (words, manner) = (Arc::clone(&words), line.shell);
        ArgValueCompleter::new(move |current: &OsStr| {
            let before = words.len().saturating_sub(1);
            offers(value, current, &words[..before], manner)
        })
    })
}

fn attach_below(command: Command, words: &str, completer: &dyn Fn(Value) -> ArgValueCompleter) -> Command {
    let below: Vec<String> = command.get_subcommands().map(|below| below.get_name().to_owned()).collect();
    let command = below.into_iter().fold(command, |command, name| {
        command.mut_subcommand(name, |below| {
            let words = path_of(words, &below);
            attach_below(below, &words, completer)
        })
    });
    command.mut_args(|argument| {
        let name = argument.get_value_names().and_then(|names| names.first()).map(ToString::to_string);
        match name.and_then(|name| Value::of(words, &name)) {
            Some(value) => argument.add(completer(value)),
            None => argument,
        }
    })
}

fn offers(value: Value, current: &OsStr, before: &[OsString], manner: Manner) -> Vec<CompletionCandidate> {
    let Some(start) = current.to_str() else { return Vec::new() };
    let in_image = |question| image::named_in(before).map(|file| image::ask(file, question)).unwrap_or_default();
    let fits = |texts: Vec<String>| plain(texts.into_iter().filter(|text| text.starts_with(start)));
    match value {
        Value::Image => of_image(start).unwrap_or_else(|| files(current, manner)),
        Value::File => files(current, manner),
        Value::Name => plain(image::beginning_with(in_image(image::names), start)),
        Value::Platform => fits(in_image(image::platforms)),
        Value::Digest => fits(in_image(image::digests)),
        Value::Code => codes(start),
        Value::Denied => {
            let all = described(start, [("warnings", "every warning")].into_iter());
            all.into_iter().chain(codes(start)).collect()
        }
        Value::Target => described(start, Target::all().map(|target| (target.name(), target.title()))),
        Value::Limit => {
            let names = limits::NAMES.iter().filter(|name| name.starts_with(start));
            names.map(|name| CompletionCandidate::new(format!("{name}="))).collect()
        }
        Value::Page => fits(man::names()),
        Value::PredicateType => described(
            start,
            [("provenance", "SLSA provenance"), ("sbom", "SPDX or CycloneDX")]
                .into_iter()
                .chain(PREDICATE_TYPES.iter().map(|uri| (*uri, ""))),
        ),
        Value::AnyPredicateType => described(start, PREDICATE_TYPES.iter().map(|uri| (*uri, ""))),
        Value::Word(words) => described(start, words.iter().map(|word| (*word, ""))),
    }
}

/// After a file and `:` its names, after `@` its digests; none while no file is named whole.
fn of_image(word: &str) -> Option<Vec<CompletionCandidate>> {
    let (end, file) = image::begun(word)?;
    let (path, rest) = word.split_at(end);
    let offered = match rest.strip_prefix('@') {
        Some(start) => {
            let digests = image::ask(file, image::digests).into_iter();
            digests.filter(|digest| digest.starts_with(start)).map(|digest| format!("@{digest}")).collect()
        }
        None => {
            let start = rest.trim_start_matches(':');
            let names = image::beginning_with(image::ask(file, image::names), start);
            names.into_iter().map(|name| format!(":{name}")).collect::<Vec<String>>()
        }
    };
    let inert = offered.into_iter().filter(|text| is_inert(text));
    Some(inert.map(|text| CompletionCandidate::new(format!("{path}{text}"))).collect())
}

fn codes(start: &str) -> Vec<CompletionCandidate> {
    described(start, Code::ALL.iter().map(|code| (code.name(), code.summary())))
}

/// Words of our own, with what they mean.
fn described<'a>(start: &str, words: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<CompletionCandidate> {
    let fits = words.filter(|(word, _)| word.starts_with(start));
    fits.map(|(word, meaning)| {
        CompletionCandidate::new(word).help((!meaning.is_empty()).then(|| meaning.to_owned().into()))
    })
    .collect()
}

/// Texts from an image, those that mean nothing to a shell.
fn plain(texts: impl IntoIterator<Item = String>) -> Vec<CompletionCandidate> {
    texts.into_iter().filter(|text| is_inert(text)).map(CompletionCandidate::new).collect()
}

fn files(word: &OsStr, manner: Manner) -> Vec<CompletionCandidate> {
    if manner == Manner::OwnFiles {
        return Vec::new();
    }
    let is_offered =
        |file: &CompletionCandidate| file.get_value().to_str().is_some_and(|name| is_inert_file(name, manner));
    PathCompleter::any().complete(word).into_iter().filter(is_offered).collect()
}
