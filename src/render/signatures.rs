//! What `verify` found of signatures, as text: who signed what, and what that does not prove.

use std::collections::BTreeSet;

use super::signature::form_name;
use super::{Count, Paint, Shown};
use crate::ops::verify::{Signatures, Unchecked, ValidSignature};

/// A line for each valid signature, and what was not checked.
pub(super) fn write(out: &mut String, signatures: &Signatures, paint: Paint) {
    for valid in &signatures.valid {
        out.push_str(&line(valid, paint));
    }
    let note = paint.cyan("note");
    let unchecked: BTreeSet<Unchecked> = signatures.valid.iter().flat_map(|valid| valid.unchecked.clone()).collect();
    if !unchecked.is_empty() {
        let names: Vec<&str> = unchecked.into_iter().map(Unchecked::name).collect();
        out.push_str(&format!("{note}: not checked of these signatures: {}\n", names.join(", ")));
    }
    let left = signatures.found.saturating_sub(signatures.checked) as u64;
    if left > 0 {
        let count = Count(left, "signature");
        out.push_str(&format!(
            "{note}: {count}, not checked: digests show that the content is whole, not who signed it\n"
        ));
    }
}

fn line(valid: &ValidSignature, paint: Paint) -> String {
    let about = match &valid.predicate_type {
        Some(kind) => format!("attestation {} about ", Shown(kind)),
        None => String::new(),
    };
    let platforms: Vec<String> = valid.platforms.iter().map(ToString::to_string).collect();
    let platforms = if platforms.is_empty() { String::new() } else { format!(" ({})", platforms.join(", ")) };
    let name = valid.reference.as_ref().map_or_else(String::new, |name| format!(", as {}", Shown(name)));
    format!(
        "{} by {} ({}): {about}{} {}{}{name}; {}\n",
        paint.green("signed"),
        Shown(&valid.key),
        valid.algorithm,
        valid.kind,
        valid.digest.short(),
        Shown(&platforms),
        form_name(valid.format),
    )
}
