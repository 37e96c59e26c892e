//! What differs between two images, as text.

use std::io::{self, Write};

use super::{Bytes, Detail, ExactTime, Paint, Shown};
use crate::digest::Digest;
use crate::ops::diff::{
    Change, DiffReport, DiffVerdict, FieldChange, FileChange, FileFacts, FilesDiff, ImageDiff, ImageId, LayerChange,
    LayerDiff, LayerFacts,
};

/// What differs, `-` for what only the first has and `+` for what only the second has, and a line that sums up.
///
/// # Errors
///
/// When `out` does not take it.
pub fn diff(report: &DiffReport, detail: Detail, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    let mut text = Text { out, written: Ok(()), paint, verbose: detail.verbose };
    if !detail.quiet {
        text.report(report);
    }
    if !detail.quiet || !report.verdict.is_equal() {
        text.push(&diff_verdict(report, paint));
    }
    text.written
}

/// What the comparison comes to, in a line.
pub fn diff_verdict(report: &DiffReport, paint: Paint) -> String {
    let (a, b) = (Shown(&report.a.file), Shown(&report.b.file));
    let verdict = match report.verdict {
        DiffVerdict::Equal => paint.green("equal"),
        DiffVerdict::EqualContent => format!(
            "{}, {} and {}: the same configs and layers, stored differently",
            paint.green("equal in content"),
            report.a.format.title(),
            report.b.format.title()
        ),
        DiffVerdict::EqualIgnoring => {
            let ignored: Vec<String> = report.ignored.iter().map(ToString::to_string).collect();
            format!("{}, ignoring {}", paint.green("equal"), ignored.join(", "))
        }
        DiffVerdict::Different => {
            let same = !report.images.is_empty()
                && report.only_a.is_empty()
                && report.only_b.is_empty()
                && report.images.iter().all(|image| image.same_content);
            let note = if same { ", but every image has the same content" } else { "" };
            format!("{}{note}", paint.red("different"))
        }
    };
    format!("{a} and {b}: {verdict}\n")
}

struct Text<'o> {
    out: &'o mut dyn Write,
    /// The first failure; nothing is written after it.
    written: io::Result<()>,
    paint: Paint,
    verbose: bool,
}

impl Text<'_> {
    fn push(&mut self, text: &str) {
        if self.written.is_ok() {
            self.written = self.out.write_all(text.as_bytes());
        }
    }

    fn line(&mut self, indent: usize, text: &str) {
        self.push(&format!("{:indent$}{text}\n", "", indent = indent * 2));
    }

    fn removed(&mut self, indent: usize, text: &str) {
        let text = self.paint.red(format!("- {text}"));
        self.line(indent, &text);
    }

    fn added(&mut self, indent: usize, text: &str) {
        let text = self.paint.green(format!("+ {text}"));
        self.line(indent, &text);
    }

    fn report(&mut self, report: &DiffReport) {
        let names = &report.names;
        if !names.only_a.is_empty() || !names.only_b.is_empty() {
            self.line(0, "names");
            names.only_a.iter().for_each(|name| self.removed(1, &Shown(name).to_string()));
            names.only_b.iter().for_each(|name| self.added(1, &Shown(name).to_string()));
        }
        if !report.index.is_empty() {
            self.line(0, "index");
            self.fields(1, &report.index);
        }
        let all = self.verbose;
        for image in report.images.iter().filter(|image| image.differs || all) {
            self.image(image);
        }
        for id in &report.only_a {
            let name = self.name(id);
            self.removed(0, &name);
        }
        for id in &report.only_b {
            let name = self.name(id);
            self.added(0, &name);
        }
    }

    fn name(&self, id: &ImageId) -> String {
        let platform =
            id.platform.as_ref().map_or("no platform".to_owned(), |platform| Shown(&platform.to_string()).to_string());
        let digest = id.digest.as_ref().map_or(String::new(), |digest| format!(" {}", self.paint.dim(digest.short())));
        format!("{}{digest}", self.paint.bold(platform))
    }

    fn image(&mut self, image: &ImageDiff) {
        let (a, b) = (self.name(&image.a), self.name(&image.b));
        let title = if a == b { a } else { format!("{a} -> {b}") };
        let content = if image.same_content { ": the same config and layer contents" } else { "" };
        self.line(0, &format!("{title}{content}"));
        let manifest = image.manifest.as_deref().unwrap_or_default();
        for (name, fields) in [("manifest", manifest), ("config", &image.config)] {
            if !fields.is_empty() {
                self.line(1, name);
                self.fields(2, fields);
            }
        }
        if !image.history_removed.is_empty() || !image.history_added.is_empty() {
            self.line(1, "history");
            image.history_removed.iter().for_each(|entry| self.removed(2, &short(entry.get())));
            image.history_added.iter().for_each(|entry| self.added(2, &short(entry.get())));
        }
        let is_same = |layer: &LayerDiff| layer.change == LayerChange::Shared && !layer.moved;
        if !image.layers.iter().all(is_same) || self.verbose {
            self.line(1, "layers");
            image.layers.iter().for_each(|layer| self.layer(layer));
        }
        if image.size_a != image.size_b {
            let (a, b) = (image.size_a, image.size_b);
            let sign = if b > a { '+' } else { '-' };
            self.line(1, &format!("size {} -> {} ({sign}{})", Bytes(a), Bytes(b), Bytes(a.abs_diff(b))));
        }
        if !image.referrers_removed.is_empty() || !image.referrers_added.is_empty() {
            self.line(1, "attestations and other referrers");
            for (referrers, is_added) in [(&image.referrers_removed, false), (&image.referrers_added, true)] {
                for referrer in referrers {
                    let digest = referrer.digest.as_ref().map_or(String::new(), Digest::short);
                    let text = format!("{} {digest}", Shown(&referrer.what));
                    if is_added { self.added(2, &text) } else { self.removed(2, &text) }
                }
            }
        }
        if let Some(files) = &image.files {
            self.files(files);
        }
    }

    fn fields(&mut self, indent: usize, fields: &[FieldChange]) {
        for field in fields {
            let path = if field.path.is_empty() { "the whole document" } else { &field.path };
            let path = Shown(path).to_string();
            match (&field.a, &field.b) {
                (Some(a), Some(b)) => {
                    let line = format!("{path}: {} -> {}", short(a.get()), short(b.get()));
                    let line = self.paint.yellow(format!("~ {line}"));
                    self.line(indent, &line);
                }
                (Some(a), None) => self.removed(indent, &format!("{path}: {}", short(a.get()))),
                (None, Some(b)) => self.added(indent, &format!("{path}: {}", short(b.get()))),
                (None, None) => self.line(indent, &format!("~ {path}")),
            }
        }
    }

    fn layer(&mut self, layer: &LayerDiff) {
        let shown = |facts: &LayerFacts| {
            let size = facts.size.map_or(String::new(), |size| format!("  {}", Bytes(size)));
            let name =
                facts.name.parse::<Digest>().map_or_else(|_| Shown(&facts.name).to_string(), |digest| digest.short());
            format!("{} {name}{size}", facts.number)
        };
        let moved = |to: &LayerFacts| if layer.moved { format!(", moved to {}", to.number) } else { String::new() };
        match (layer.change, &layer.a, &layer.b) {
            (LayerChange::Shared, Some(a), Some(b)) => self.line(2, &format!("= {}{}", shown(a), moved(b))),
            (LayerChange::Recompressed, Some(a), Some(b)) => {
                self.line(
                    2,
                    &format!("= {} -> {}, the same content stored differently{}", shown(a), shown(b), moved(b)),
                );
            }
            (_, Some(a), _) => self.removed(2, &shown(a)),
            (_, _, Some(b)) => self.added(2, &shown(b)),
            (_, None, None) => {}
        }
    }

    fn files(&mut self, files: &FilesDiff) {
        if files.changes.is_empty() {
            self.line(1, "files: the same");
            return;
        }
        let title = format!("files: {} added, {} removed, {} changed", files.added, files.removed, files.changed);
        self.line(1, &title);
        for file in files.changes.iter() {
            match file.change {
                Change::Removed => self.removed(2, &format!("{}{}", Shown(&file.path), whole(file.a.as_ref()))),
                Change::Added => self.added(2, &format!("{}{}", Shown(&file.path), whole(file.b.as_ref()))),
                Change::Changed => {
                    let line = self.paint.yellow(format!("~ {} ({})", Shown(&file.path), changes(&file)));
                    self.line(2, &line);
                }
            }
        }
    }
}

/// Where a file that only one image has resolves to, and its size.
pub(super) fn whole(facts: Option<&FileFacts>) -> String {
    let size = facts.filter(|facts| facts.size > 0).map_or(String::new(), |facts| format!("  {}", Bytes(facts.size)));
    let link = facts.and_then(|facts| facts.link.as_ref()).map_or(String::new(), |link| format!(" -> {}", Shown(link)));
    format!("{link}{size}")
}

/// What changed of a file, with the values where they are short.
pub(super) fn changes(file: &FileChange) -> String {
    let (Some(a), Some(b)) = (&file.a, &file.b) else { return file.what.join(", ") };
    let parts = file.what.iter().map(|what| match *what {
        "size" => format!("size {} -> {}", a.size, b.size),
        "mode" => format!("mode {} -> {}", a.mode, b.mode),
        "owner" => format!("owner {}:{} -> {}:{}", a.uid, a.gid, b.uid, b.gid),
        "time" => {
            let [a, b] = [a, b].map(|facts| ExactTime { seconds: facts.mtime, nanos: facts.mtime_nanos });
            format!("time {a} -> {b}")
        }
        "link" => {
            let link = |facts: &FileFacts| Shown(facts.link.as_deref().unwrap_or_default()).to_string();
            format!("link {} -> {}", link(a), link(b))
        }
        other => other.to_owned(),
    });
    parts.collect::<Vec<_>>().join(", ")
}

/// A value in one line, cut where it is long.
pub(super) fn short(json: &str) -> String {
    const MOST: usize = 160;
    let text: String = json.split_whitespace().collect::<Vec<_>>().join(" ");
    let shown = Shown(&text).to_string();
    match shown.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}...", &shown[..end]),
        None => shown,
    }
}
