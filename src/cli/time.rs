//! Times on the command line.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};

use super::change;
use crate::doc::time;
use crate::render::Rfc3339;

/// The time that a word stands for, in the form of RFC 3339: `now`, `SOURCE_DATE_EPOCH`, else the word itself.
pub(super) fn moment(text: &str) -> Result<String> {
    match text {
        "now" => {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).context("the clock is before 1970")?;
            Ok(rfc_3339(now.as_secs()))
        }
        "SOURCE_DATE_EPOCH" if std::env::var_os(text).is_none() => bail!("SOURCE_DATE_EPOCH is not set"),
        "SOURCE_DATE_EPOCH" => Ok(rfc_3339(change::source_date_epoch()?)),
        time => Ok(time.to_owned()),
    }
}

/// The same in seconds since 1970.
pub(super) fn seconds(text: &str) -> Result<i64> {
    let moment = moment(text)?;
    time::seconds(&moment)
        .with_context(|| format!("`{moment}` is not a time of RFC 3339, for example 2024-01-31T12:00:00Z"))
}

pub(super) fn rfc_3339(seconds: u64) -> String {
    Rfc3339(i64::try_from(seconds).unwrap_or(i64::MAX)).to_string()
}
