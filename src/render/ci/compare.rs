//! `compare` as a check.

use std::io::{self, Write};

use super::{Check, Checked, findings, shown};
use crate::ops::compare::CompareReport;
use crate::render::{self, Detail, Document, Paint};
use crate::views::{ComparedImage, Verdict};

impl Check for CompareReport {
    fn is_ok(&self) -> bool {
        self.agree
    }

    fn checked(&self) -> Checked {
        Checked {
            passed: self.images.iter().filter(|image| agrees(image)).map(name).collect(),
            results: findings::results(&self.findings),
            left_out: self.findings_dropped,
            ..Checked::new(Self::NAME, &self.file, self.agree)
        }
    }

    fn write_text(&self, detail: Detail, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(render::compare(self, detail, paint).as_bytes())
    }
}

fn agrees(image: &ComparedImage) -> bool {
    [image.names, image.config, image.layers].iter().all(|verdict| *verdict == Verdict::Same)
}

fn name(image: &ComparedImage) -> String {
    let at = image.index.as_ref().or(image.docker.as_ref()).map_or_else(String::new, |side| side.at.to_string());
    shown(image.platform.as_ref().map_or_else(|| at.clone(), |platform| format!("{platform} {at}")))
}
