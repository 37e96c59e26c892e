//! What users of other tools type, and the command that does it here.

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::command::CommandLine;

/// Words that other tools have for a command or an option value, and the command that does it.
struct Hint {
    words: &'static [&'static str],
    /// What the command does.
    does: &'static str,
    command: &'static [&'static str],
}

const HINTS: &[Hint] = &[
    hint(
        &["copy", "cp"],
        "copies images, also to another format",
        &["repack", "IMAGE", "--to", "oci-archive", "-o", "OUTPUT"],
    ),
    hint(&["save"], "writes an archive for `docker load`", &["repack", "IMAGE", "--for", "docker", "-o", "OUTPUT"]),
    hint(&["load", "import"], "predicts which programs load a file", &["doctor", "IMAGE"]),
    hint(
        &["push", "pull", "sync", "login"],
        "predicts which programs load or push a file; ocikit itself uses no registry",
        &["doctor", "IMAGE"],
    ),
    hint(&["tag"], "adds a name", &["ref", "add", "IMAGE", "NAME", "-o", "OUTPUT"]),
    hint(&["untag", "rmi"], "removes a name", &["ref", "remove", "IMAGE", "NAME", "-o", "OUTPUT"]),
    hint(&["ls", "list", "tags", "images", "catalog"], "lists the names in a file", &["ref", "list", "IMAGE"]),
    hint(&["tree"], "shows the files of an image as a tree", &["files", "IMAGE", "--tree"]),
    hint(&["validate", "check", "fsck"], "checks a file", &["verify", "IMAGE", "--deep"]),
    hint(
        &["extract", "unpack-layers"],
        "writes the root file system into a directory",
        &["unpack", "IMAGE", "-o", "DIR"],
    ),
    hint(&["manifest"], "prints the bytes of the manifest", &["inspect", "IMAGE", "--raw"]),
    hint(&["digest"], "prints the digest", &["inspect", "IMAGE", "--digest"]),
    hint(&["layers", "history"], "lists the layers and which command created them", &["layer", "list", "IMAGE"]),
    hint(
        &["mutate", "mod"],
        "changes the config; other commands change layers, annotations, platforms and names",
        &["config", "IMAGE", "--env", "NAME=VALUE", "-o", "OUTPUT"],
    ),
    hint(
        &["index", "append", "manifest-create"],
        "merges images of several platforms",
        &["merge", "IMAGE", "IMAGE", "--name", "NAME", "-o", "OUTPUT"],
    ),
    hint(&["prune", "rm", "delete"], "removes unreferenced blobs", &["gc", "IMAGE", "-o", "OUTPUT"]),
    hint(&["sbom", "provenance"], "prints an attestation", &["attestation", "show", "IMAGE"]),
];

const fn hint(words: &'static [&'static str], does: &'static str, command: &'static [&'static str]) -> Hint {
    Hint { words, does, command }
}

/// The advice that belongs to an error of the command line, where there is some.
pub(super) fn advice(error: &clap::Error) -> Option<String> {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let typed = text(ContextKind::InvalidSubcommand)?;
            let hint = HINTS.iter().find(|hint| hint.words.contains(&typed))?;
            Some(format!("`{}` {}", line(hint.command)?, hint.does))
        }
        ErrorKind::InvalidValue if text(ContextKind::InvalidArg)?.starts_with("--format") => {
            let is_template = text(ContextKind::InvalidValue)?.contains("{{");
            let advice =
                || "`--format json` writes what a template would choose from, for example for jq: `| jq -r .file`";
            is_template.then(|| advice().to_owned())
        }
        _ => None,
    }
}

fn line(words: &[&str]) -> Option<String> {
    let (verb, others) = words.split_first()?;
    others.iter().fold(CommandLine::ocikit(verb), |command, word| command.word(*word)).line()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_command_is_one() {
        for hint in HINTS {
            let line = line(hint.command).unwrap();
            let words: Vec<&str> = line.split(' ').collect();
            let known = super::super::parse(words.iter().map(std::ffi::OsString::from));
            assert!(known.is_ok(), "{line}: {}", known.unwrap_err());
            for word in hint.words {
                let error = super::super::parse(["ocikit", word].map(Into::into)).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::InvalidSubcommand, "{word}");
                assert!(advice(&error).unwrap().contains(&line), "{word}");
            }
        }
    }
}
