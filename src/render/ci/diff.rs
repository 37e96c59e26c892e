//! `diff` as a check: that two images are equal.

use std::io::{self, Write};

use super::{Check, CheckResult, Checked, Rule, shown};
use crate::digest::Digest;
use crate::finding::Severity;
use crate::ops::diff::{
    Change, DiffReport, FieldChange, FilesDiff, ImageDiff, ImageId, LayerChange, LayerDiff, LayerFacts,
};
use crate::render::diff::short;
use crate::render::{self, Count, Detail, Document, Paint};

/// Files listed one by one for each image. 1,000: GitHub shows 5,000 results of a run.
const MOST_FILES: usize = 1_000;

impl Check for DiffReport {
    fn is_ok(&self) -> bool {
        self.verdict.is_equal()
    }

    fn checked(&self) -> Checked {
        let mut all = Collected::default();
        all.names(self);
        all.level = Severity::Error;
        all.fields("index", "the index", &self.index);
        for (ids, detail) in [
            (&self.only_a, "the image is missing in the second file"),
            (&self.only_b, "the image is missing in the first file"),
        ] {
            ids.iter().for_each(|id| all.push("image", &name(id), detail));
        }
        for image in &self.images {
            all.level = if image.differs { Severity::Error } else { Severity::Note };
            all.image(image);
        }
        let same = self.images.iter().filter(|image| !image.differs);
        Checked {
            against: Some(self.a.file.clone()),
            passed: same.map(|image| shown(name(&image.b))).collect(),
            results: all.results,
            left_out: all.left_out,
            ..Checked::new(Self::NAME, &self.b.file, self.is_ok())
        }
    }

    fn write_text(&self, detail: Detail, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
        render::diff(self, detail, paint, out)
    }
}

struct Collected {
    results: Vec<CheckResult>,
    left_out: usize,
    level: Severity,
}

impl Default for Collected {
    fn default() -> Self {
        Collected { results: Vec::new(), left_out: 0, level: Severity::Note }
    }
}

impl Collected {
    fn push(&mut self, what: &str, at: &str, message: impl std::fmt::Display) {
        let rule = Rule {
            id: format!("diff/{what}"),
            level: Severity::Error,
            summary: format!("two images differ: {what}"),
            help: "`diff` shows all differences of two images, with `--files` those of the files too.".into(),
            source: None,
        };
        self.results.push(CheckResult::new(rule, self.level, at, message));
    }

    fn names(&mut self, report: &DiffReport) {
        let names = &report.names;
        self.level = if names.differ { Severity::Error } else { Severity::Note };
        names.only_a.iter().for_each(|name| self.push("names", name, "only the first file has the name"));
        names.only_b.iter().for_each(|name| self.push("names", name, "only the second file has the name"));
    }

    fn image(&mut self, image: &ImageDiff) {
        let at = name(&image.b);
        self.fields("manifest", &at, image.manifest.as_deref().unwrap_or_default());
        self.fields("config", &at, &image.config);
        let (removed, added) = (image.history_removed.len() as u64, image.history_added.len() as u64);
        if removed + added > 0 {
            let of = |count: u64| if count == 1 { "entry" } else { "entries" };
            let message = format!(
                "{removed} {} of the history only in the first, {added} {} only in the second",
                of(removed),
                of(added)
            );
            self.push("history", &at, message);
        }
        image.layers.iter().for_each(|layer| self.layer(&at, layer));
        for (referrers, which) in [(&image.referrers_removed, "first"), (&image.referrers_added, "second")] {
            for referrer in referrers {
                let digest = referrer.digest.as_ref().map_or("", Digest::as_str);
                self.push("referrers", &at, format!("only the {which} has the {} {digest}", referrer.what));
            }
        }
        if let Some(files) = &image.files {
            self.files(&at, files);
        }
    }

    fn fields(&mut self, what: &str, at: &str, fields: &[FieldChange]) {
        for field in fields {
            let at = format!("{at}#{}", field.path);
            let value =
                |value: &Option<Box<serde_json::value::RawValue>>| value.as_ref().map(|value| short(value.get()));
            let message = match (value(&field.a), value(&field.b)) {
                (Some(a), Some(b)) => format!("{a} changed to {b}"),
                (Some(a), None) => format!("{a} was removed"),
                (None, Some(b)) => format!("{b} was added"),
                (None, None) => "a difference outside JSON values".to_owned(),
            };
            self.push(what, &at, message);
        }
    }

    fn layer(&mut self, at: &str, layer: &LayerDiff) {
        let shown = |facts: &Option<LayerFacts>| {
            facts.as_ref().map_or_else(String::new, |facts| format!("{} ({})", facts.number, facts.name))
        };
        let (a, b) = (shown(&layer.a), shown(&layer.b));
        let message = match layer.change {
            LayerChange::Shared if layer.moved => format!("layer {a} has another position in the second: {b}"),
            LayerChange::Shared => return,
            LayerChange::Recompressed => format!("layer {a} is stored differently in the second: {b}"),
            LayerChange::Added => format!("only the second has layer {b}"),
            LayerChange::Removed => format!("only the first has layer {a}"),
        };
        let number = layer.a.as_ref().or(layer.b.as_ref()).map_or(0, |facts| facts.number);
        self.push("layers", &format!("{at}, layer {number}"), message);
    }

    fn files(&mut self, at: &str, files: &FilesDiff) {
        for file in files.changes.iter().take(MOST_FILES) {
            let message = match file.change {
                Change::Added => "only the second has the file".to_owned(),
                Change::Removed => "only the first has the file".to_owned(),
                Change::Changed => format!("the file differs: {}", file.what.join(", ")),
            };
            self.push("files", &format!("{at} {}", file.path), message);
        }
        let more = files.changes.len().saturating_sub(MOST_FILES);
        if more > 0 {
            self.left_out += more;
            let message = format!("{} more differences; `--format json` lists them all", Count(more as u64, "file"));
            self.push("files", at, message);
        }
    }
}

/// An image by its platform, or where that is unknown by its digest.
fn name(id: &ImageId) -> String {
    let digest = || id.digest.as_ref().map_or_else(|| id.view.to_owned(), Digest::to_string);
    id.platform.as_ref().map_or_else(digest, |platform| platform.to_string())
}
