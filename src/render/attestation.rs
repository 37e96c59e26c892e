//! What `attestation list` and `attestation show` found, as text.

use super::{Bytes, Count, Paint, Shown, findings, predicate_name, table};
use crate::digest::Digest;
use crate::doc::attestation::{Decoded, Parameter, Predicate, Provenance, Sbom, Wrapping};
use crate::ops::attestation::{ListEntry, ListReport, ShowReport};

/// A table: what it is about, predicate, statement, size, whether it is signed, the attestation manifest.
pub fn attestation_list(report: &ListReport, paint: Paint) -> String {
    let rows: Vec<[String; 5]> = report.attestations.iter().map(row).collect();
    let width = |column: usize| table::width(rows.iter().map(|row| &row[column]));
    let widths = [width(0), width(1), width(2), width(3), width(4)];
    let mut out = String::new();
    for (row, entry) in rows.iter().zip(&report.attestations) {
        let [about, predicate, statement, size, signed] = row;
        let [w0, w1, w2, w3, w4] = widths;
        let manifest = entry.manifest.as_ref().map_or_else(String::new, Digest::short);
        let line = format!(
            "{}  {}  {}  {}  {}  in {manifest} ({} style)",
            paint.bold(table::left(about, w0)),
            table::left(predicate, w1),
            table::left(statement, w2),
            table::right(size, w3),
            table::left(signed, w4),
            entry.style,
        );
        out.push_str(line.trim_end());
        out.push('\n');
    }
    if report.attestations.is_empty() {
        out.push_str(&format!("{}: no attestations\n", Shown(&report.file)));
    }
    findings::write(&mut out, report.findings.iter(), paint);
    out
}

fn row(entry: &ListEntry) -> [String; 5] {
    [
        about(entry),
        predicate(entry),
        entry.statement.as_ref().map_or_else(|| "-".to_owned(), Digest::short),
        entry.size.map_or_else(|| "-".to_owned(), |size| Bytes(size).to_string()),
        signed(entry),
    ]
}

/// The platform, else the digest of what it describes.
fn about(entry: &ListEntry) -> String {
    match (&entry.platform, &entry.subject) {
        (Some(platform), _) => table::cell(&platform.to_string()),
        (None, Some(subject)) => subject.short(),
        (None, None) => "-".to_owned(),
    }
}

fn predicate(entry: &ListEntry) -> String {
    let name = entry.predicate_type.as_deref().map(|kind| table::cell(&predicate_name(kind)));
    match (name, entry.present) {
        (Some(name), true) => name,
        (Some(name), false) => format!("{name}, missing"),
        (None, true) => "no predicate type".to_owned(),
        (None, false) => "absent".to_owned(),
    }
}

fn signed(entry: &ListEntry) -> String {
    match (entry.wrapping, entry.signatures) {
        (_, _) if !entry.present => "-".to_owned(),
        (Wrapping::None, _) | (_, 0) => "not signed".to_owned(),
        (_, count) => format!("signed ({})", Count(count, "signature")),
    }
}

/// Each statement with what it says, a fact a line.
pub fn attestation_show(report: &ShowReport, paint: Paint) -> String {
    let mut out = String::new();
    for entry in &report.attestations {
        if !out.is_empty() {
            out.push('\n');
        }
        let mut facts = vec![entry.at.statement.as_ref().map_or_else(String::new, |digest| paint.dim(digest.short()))];
        facts.extend(entry.at.size.map(|size| Bytes(size).to_string()));
        if entry.at.present {
            facts.push(signed(&entry.at));
        }
        if entry.at.wrapping != Wrapping::None {
            facts.push(entry.at.wrapping.name().to_owned());
        }
        let title = paint.bold(format!("{}  {}", about(&entry.at), predicate(&entry.at)));
        out.push_str(format!("{title}  {}", facts.join(", ")).trim_end());
        out.push('\n');
        if let Some(decoded) = &entry.decoded {
            let mut lines = Lines { out: &mut out, paint };
            lines.decoded(decoded);
        }
    }
    if report.attestations.is_empty() {
        out.push_str(&format!("{}: no attestations\n", Shown(&report.file)));
    }
    findings::write(&mut out, report.findings.iter(), paint);
    out
}

/// Facts of one statement, each in a line.
struct Lines<'a> {
    out: &'a mut String,
    paint: Paint,
}

impl Lines<'_> {
    fn line(&mut self, name: &str, value: impl std::fmt::Display) {
        self.out.push_str(&format!("  {} {value}\n", self.paint.dim(format!("{name:12}"))));
    }

    fn text(&mut self, name: &str, value: Option<&String>) {
        if let Some(value) = value {
            self.line(name, Shown(value));
        }
    }

    fn decoded(&mut self, decoded: &Decoded) {
        for subject in &decoded.subjects {
            let name = subject.name.as_deref().unwrap_or_default();
            let text = format!("{name} {}", shortened(&subject.digests));
            self.line("subject", Shown(text.trim()));
        }
        if decoded.subjects.is_empty() {
            self.line("subject", "none");
        }
        self.left_out(decoded.subjects.len(), decoded.subjects_count, "subject");
        match &decoded.predicate {
            Predicate::Provenance(provenance) => self.provenance(provenance),
            Predicate::Sbom(sbom) => self.sbom(sbom),
            Predicate::Keys(keys) => {
                let keys = if keys.is_empty() { "none".to_owned() } else { keys.join(", ") };
                self.line("keys", Shown(&keys));
            }
        }
    }

    fn left_out(&mut self, shown: usize, count: u64, noun: &str) {
        let left = count.saturating_sub(shown as u64);
        if left > 0 {
            self.line("", format!("and {} more", Count(left, noun)));
        }
    }

    fn provenance(&mut self, provenance: &Provenance) {
        let unknown = "not given".to_owned();
        self.text("builder", Some(provenance.builder.as_ref().unwrap_or(&unknown)));
        self.text("build type", provenance.build_type.as_ref());
        self.text("source", provenance.source.as_ref());
        self.text("revision", provenance.revision.as_ref());
        self.text("entry point", provenance.entry_point.as_ref());
        self.text("started", provenance.started.as_ref());
        self.text("finished", provenance.finished.as_ref());
        self.text("invocation", provenance.invocation.as_ref());
        self.text("built on", provenance.builder_platform.as_ref());
        let yes = |flag: bool| if flag { "yes" } else { "no" };
        if let Some(hermetic) = provenance.hermetic {
            self.line("hermetic", yes(hermetic));
        }
        if let Some(reproducible) = provenance.reproducible {
            self.line("reproducible", yes(reproducible));
        }
        let claims: Vec<String> =
            provenance.complete.iter().map(|claim| format!("{} {}", claim.of, yes(claim.complete))).collect();
        if !claims.is_empty() {
            self.line("complete", Shown(&claims.join(", ")));
        }
        self.parameters("parameter", &provenance.parameters);
        let vcs: Vec<Parameter> = provenance
            .vcs
            .iter()
            .filter(|entry| !["source", "revision"].contains(&entry.name.as_str()))
            .cloned()
            .collect();
        self.parameters("vcs", &vcs);
        for file in &provenance.build_files {
            let language = file.language.as_deref().filter(|language| *language != file.name);
            let language = language.map_or_else(String::new, |language| format!(" ({language})"));
            self.line("build file", Shown(&format!("{}{language}", file.name)));
        }
        for material in &provenance.materials {
            let uri = material.uri.as_deref().unwrap_or("without a name");
            self.line("material", Shown(format!("{uri} {}", shortened(&material.digests)).trim()));
        }
        self.left_out(provenance.materials.len(), provenance.materials_count, "material");
    }

    fn parameters(&mut self, name: &str, parameters: &[Parameter]) {
        const LONGEST: usize = 100;
        for parameter in parameters {
            let value: String = parameter.value.chars().take(LONGEST).collect();
            let dots = if value.len() < parameter.value.len() { "..." } else { "" };
            self.line(name, Shown(&format!("{} = {value}{dots}", parameter.name)));
        }
    }

    fn sbom(&mut self, sbom: &Sbom) {
        let version = sbom.version.as_deref().unwrap_or("of an unknown version");
        let format =
            if version.starts_with(sbom.format) { version.to_owned() } else { format!("{} {version}", sbom.format) };
        self.line("format", Shown(&format));
        self.text("name", sbom.name.as_ref());
        self.text("document", sbom.id.as_ref());
        self.text("created", sbom.created.as_ref());
        for creator in &sbom.creators {
            self.text("creator", Some(creator));
        }
        let mut counts = vec![Count(sbom.packages, "package").to_string()];
        if sbom.files > 0 {
            counts.push(Count(sbom.files, "file").to_string());
        }
        counts.push(Count(sbom.relationships, "relationship").to_string());
        self.line("holds", counts.join(", "));
    }
}

/// Digests as people compare them: the first twelve digits.
fn shortened(digests: &[String]) -> String {
    let short = |digest: &String| digest.parse::<Digest>().map_or_else(|_| digest.clone(), |digest| digest.short());
    digests.iter().map(short).collect::<Vec<_>>().join(" ")
}
