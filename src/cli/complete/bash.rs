//! bash, which breaks words at `:`, `@` and `=`: it hands over the line itself and the part that it will replace.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;

use clap::Command;
use clap_complete::engine;
use clap_complete::env::EnvCompleter;

/// bash from version 3.2 on, as macOS has it.
pub(super) struct Bash;

/// Files are left to bash, which quotes them. Names are read line by line, so that none is expanded.
const SCRIPT: &str = r#"_ocikit() {
    local candidate
    COMPREPLY=()
    while IFS= read -r candidate; do
        COMPREPLY+=("$candidate")
    done < <(VARIABLE=bash _OCIKIT_LINE="${COMP_LINE:0:COMP_POINT}" _OCIKIT_PART="$2" \
        COMPLETER -- "${COMP_WORDS[@]}" 2>/dev/null)
    if [[ ${#COMPREPLY[@]} -eq 1 && "${COMPREPLY[0]}" == *[:=/@] ]]; then
        compopt -o nospace 2>/dev/null
    fi
}
complete -o default -o bashdefault -o nosort -F _ocikit PROGRAM 2>/dev/null ||
    complete -o default -o bashdefault -F _ocikit PROGRAM
"#;

impl EnvCompleter for Bash {
    fn name(&self) -> &'static str {
        "bash"
    }

    fn is(&self, name: &str) -> bool {
        name == "bash"
    }

    fn write_registration(
        &self,
        variable: &str,
        _name: &str,
        program: &str,
        completer: &str,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let script = SCRIPT.replace("VARIABLE", variable).replace("PROGRAM", program).replace("COMPLETER", completer);
        out.write_all(script.as_bytes())
    }

    fn write_complete(
        &self,
        command: &mut Command,
        words: Vec<OsString>,
        directory: Option<&Path>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let index = words.len().saturating_sub(1);
        let word = words.last().map(|word| word.to_string_lossy().into_owned()).unwrap_or_default();
        // What bash replaces is the end of the word, from the last character on that breaks words.
        let part = std::env::var("_OCIKIT_PART").unwrap_or_else(|_| word.clone());
        let kept = word.strip_suffix(&part).unwrap_or_default();
        for candidate in engine::complete(command, words, index, directory)? {
            let value = candidate.get_value().to_string_lossy();
            // Where no option was begun, files come before options, and bash offers files only when nothing else is.
            if value.starts_with('-') && !word.starts_with('-') {
                continue;
            }
            if let Some(rest) = value.strip_prefix(kept) {
                writeln!(out, "{rest}")?;
            }
        }
        Ok(())
    }
}
