//! What a person comes for, and the commands that do it: the order of the help and of the manual pages.

/// The groups, each with its commands.
pub(crate) const GROUPS: &[(&str, &[&str])] = &[
    ("Look", &["inspect", "ref", "files", "cat", "attestation", "signature"]),
    ("Check", &["verify", "compare", "diff", "doctor", "explain"]),
    (
        "Change",
        &["platform", "unwrap", "merge", "convert", "annotate", "config", "layer", "squash", "rebase", "attach", "gc"],
    ),
    ("Move", &["new", "repack", "delta", "unpack", "export", "artifact"]),
    ("Set up", &["completions", "man", "schema"]),
];

/// The commands of the group that a command is in, without itself.
pub(crate) fn beside(command: &str) -> impl Iterator<Item = &'static str> {
    let group = GROUPS.iter().find(|(_, commands)| commands.contains(&command));
    group.into_iter().flat_map(|(_, commands)| *commands).copied().filter(move |other| *other != command)
}
