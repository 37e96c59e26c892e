//! `verify` as a check.

use std::io::{self, Write};

use super::{Check, Checked, findings};
use crate::ops::verify::VerifyReport;
use crate::render::{self, Detail, Document, Paint};

impl Check for VerifyReport {
    fn is_ok(&self) -> bool {
        self.ok
    }

    fn checked(&self) -> Checked {
        Checked {
            results: findings::results(&self.findings),
            left_out: self.findings_dropped,
            ..Checked::new(Self::NAME, &self.file, self.ok)
        }
    }

    fn write_text(&self, detail: Detail, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(render::verify(self, detail, paint).as_bytes())
    }
}
