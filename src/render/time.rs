//! Times for people.

use std::fmt;

/// Seconds since 1970 as `2024-02-29 12:34`, in UTC.
#[derive(Debug, Clone, Copy)]
pub struct Time(pub i64);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DAY: i64 = 86_400;
        let (days, seconds) = (self.0.div_euclid(DAY), self.0.rem_euclid(DAY));
        // Days since the first of March of the year 0, in which every leap day ends a year, and each 400 years have as
        // many days as any other.
        let days = days + 719_468;
        let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
        let day = day - (365 * year + year / 4 - year / 100);
        let month = (5 * day + 2) / 153;
        let day = day - (153 * month + 2) / 5 + 1;
        let (month, carry) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
        let year = year + era * 400 + carry;
        f.pad(&format!("{year:04}-{month:02}-{day:02} {:02}:{:02}", seconds / 3_600, seconds / 60 % 60))
    }
}

/// Seconds since 1970 and nanoseconds, shown to the last digit that is not zero: `2024-01-02 03:04:05.25`, in UTC.
#[derive(Debug, Clone, Copy)]
pub struct ExactTime {
    /// Seconds since 1970.
    pub seconds: i64,
    /// Nanoseconds to be added to them.
    pub nanos: u32,
}

impl fmt::Display for ExactTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fraction = format!("{:09}", self.nanos);
        let fraction = fraction.trim_end_matches('0');
        let point = if fraction.is_empty() { "" } else { "." };
        write!(f, "{}:{:02}{point}{fraction}", Time(self.seconds), self.seconds.rem_euclid(60))
    }
}

/// Seconds since 1970 in the form of RFC 3339: `2024-02-29T12:34:56Z`.
#[derive(Debug, Clone, Copy)]
pub struct Rfc3339(pub i64);

impl fmt::Display for Rfc3339 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = format!("{}:{:02}Z", Time(self.0), self.0.rem_euclid(60));
        f.pad(&time.replace(' ', "T"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_times() {
        for (seconds, text) in [
            (0, "1970-01-01 00:00"),
            (951_782_400, "2000-02-29 00:00"),
            (1_700_000_000, "2023-11-14 22:13"),
            (4_107_542_399, "2100-02-28 23:59"),
            (4_107_542_400, "2100-03-01 00:00"),
            (-1, "1969-12-31 23:59"),
            (-62_135_596_800, "0001-01-01 00:00"),
        ] {
            assert_eq!(Time(seconds).to_string(), text);
        }
        for (seconds, nanos, text) in [
            (1_700_000_000, 0, "2023-11-14 22:13:20"),
            (1_700_000_000, 250_000_000, "2023-11-14 22:13:20.25"),
            (-1, 1, "1969-12-31 23:59:59.000000001"),
        ] {
            assert_eq!(ExactTime { seconds, nanos }.to_string(), text);
        }
        // Whatever a header says, it has some text.
        assert!(!Time(i64::MAX).to_string().is_empty() && !Time(i64::MIN).to_string().is_empty());
    }
}
