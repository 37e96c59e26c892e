//! Times in documents (RFC 3339), as strictly as Go reads them.

use super::field::{Need, Object, Path, Problems};
use crate::finding::Code;

/// A field that is a time; Go readers refuse the whole document for one that is none.
pub(super) fn check(object: &Object<'_, '_>, key: &str, problems: &mut Problems) -> Option<String> {
    let text = object.string(key, Need::Optional, problems).ok().cloned()?;
    if !is_rfc_3339(&text) {
        let path = object.path();
        let detail = format!("the value of `{key}` is not a time; readers written in Go refuse the document");
        problems.compared(Code::FieldValue, Path::Key(&path, key), detail, "a time (RFC 3339)", &text);
    }
    Some(text)
}

/// `2006-01-02T15:04:05.999Z`, or with `+01:00` in place of the `Z`.
fn is_rfc_3339(text: &str) -> bool {
    let Some((date_time, rest)) = text.split_at_checked(19) else { return false };
    let zone = match rest.strip_prefix('.') {
        Some(fraction) => {
            let zone = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
            if zone.len() == fraction.len() {
                return false;
            }
            zone
        }
        None => rest,
    };
    let zone = match zone.split_at_checked(1) {
        Some(("Z", "")) => true,
        Some(("+" | "-", offset)) => fits(offset, "00:00") && number(offset, 0) < 24 && number(offset, 3) < 60,
        _ => false,
    };
    zone && fits(date_time, "0000-00-00T00:00:00") && is_day(date_time) && {
        let [hour, minute, second] = [11, 14, 17].map(|at| number(date_time, at));
        hour < 24 && minute < 60 && second < 60
    }
}

/// The seconds since 1970 of a time; None for a text that is none. A fraction is left out.
#[cfg(feature = "cli")]
pub(crate) fn seconds(text: &str) -> Option<i64> {
    if !is_rfc_3339(text) {
        return None;
    }
    let two = |at| i64::from(number(text, at));
    // Days of years that begin in March, so that a leap day is the last of its year.
    let (year, month) = (two(0) * 100 + two(2), two(5));
    let (year, month) = if month < 3 { (year - 1, month + 9) } else { (year, month - 3) };
    let of_years = 365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let days = of_years + (153 * month + 2) / 5 + two(8) - 1 - 719_468;
    let zone = &text[text.len() - 6..];
    let offset = match zone.split_at(1) {
        ("+", zone) => i64::from(number(zone, 0)) * 60 + i64::from(number(zone, 3)),
        ("-", zone) => -(i64::from(number(zone, 0)) * 60 + i64::from(number(zone, 3))),
        _ => 0,
    };
    Some(days * 86_400 + two(11) * 3600 + (two(14) - offset) * 60 + two(17))
}

/// Whether a text has digits where the pattern has `0`, and its other characters.
fn fits(text: &str, pattern: &str) -> bool {
    let same = |(c, p): (u8, u8)| if p == b'0' { c.is_ascii_digit() } else { c == p };
    text.len() == pattern.len() && text.bytes().zip(pattern.bytes()).all(same)
}

/// The two digits at a place.
fn number(text: &str, at: usize) -> u32 {
    text.get(at..at + 2).and_then(|digits| digits.parse().ok()).unwrap_or(u32::MAX)
}

fn is_day(date: &str) -> bool {
    let year = number(date, 0) * 100 + number(date, 2);
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match number(date, 5) {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u32::from(is_leap),
        _ => 0,
    };
    (1..=days).contains(&number(date, 8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_since_1970() {
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", 0),
            ("1969-12-31T23:59:59.9Z", -1),
            ("2000-02-29T00:00:00Z", 951_782_400),
            ("2000-03-01T00:00:00Z", 951_868_800),
            ("2024-12-31T23:59:59+05:30", 1_735_669_799),
            ("2024-01-01T00:00:00-08:00", 1_704_096_000),
            ("0001-01-01T00:00:00Z", -62_135_596_800),
            ("9999-12-31T23:59:59Z", 253_402_300_799),
        ] {
            assert_eq!(seconds(text), Some(expected), "{text}");
        }
        assert_eq!(seconds("2024-01-01"), None);
    }

    #[test]
    fn times_that_go_takes() {
        for text in [
            "1970-01-01T00:00:00Z",
            "0001-01-01T00:00:00Z",
            "2024-02-29T23:59:59.123456789+05:30",
            "2023-07-13T01:02:03.4-08:00",
        ] {
            assert!(is_rfc_3339(text), "{text}");
        }
        for text in [
            "",
            "yesterday",
            "2024-01-01",
            "2024-01-01 00:00:00Z",
            "2024-01-01T00:00:00",
            "2024-01-01T00:00:00.Z",
            "2024-01-01T00:00:00z",
            "2024-01-01T24:00:00Z",
            "2024-01-01T00:00:60Z",
            "2023-02-29T00:00:00Z",
            "2024-13-01T00:00:00Z",
            "2024-01-01T00:00:00+24:00",
            "2024-01-01T00:00:00Zx",
            "2024-01-01T00:00:0\u{e9}Z",
        ] {
            assert!(!is_rfc_3339(text), "{text}");
        }
    }
}
