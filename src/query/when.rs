//! Dates and times as people type them in a front matter, read so that they can be compared.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::fmt::temporal::Pieces;
use jiff::tz::Offset;

/// A day, or a time of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct When {
    /// The day, where it was written.
    day: Date,
    /// The time; that of a day is its midnight. Without an offset it is taken for UTC.
    time: Timestamp,
    is_day: bool,
}

impl When {
    /// Reads `2026-12-01`, `2026-12-01 10:00`, `2026-12-01T10:00:00+01:00` and their like.
    pub(super) fn read(text: &str) -> Option<Self> {
        let pieces = Pieces::parse(text.trim()).ok()?;
        let offset = pieces.to_numeric_offset().unwrap_or(Offset::UTC);
        let day = pieces.date();
        let time = day.to_datetime(pieces.time().unwrap_or(Time::midnight()));
        Some(Self {
            day,
            time: offset.to_timestamp(time).ok()?,
            is_day: pieces.time().is_none(),
        })
    }

    /// The time.
    pub(super) fn time(&self) -> Timestamp {
        self.time
    }

    /// Is this before that? Before a day is what is on none of its hours.
    pub(super) fn is_before(&self, that: &Self) -> bool {
        if that.is_day {
            self.day < that.day
        } else {
            self.time < that.time
        }
    }

    /// Is this after that? After a day is what is on none of its hours.
    pub(super) fn is_after(&self, that: &Self) -> bool {
        if that.is_day {
            self.day > that.day
        } else {
            self.time > that.time
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_before_and_after() {
        let when = |text| When::read(text).unwrap();
        for (one, other, before, after) in [
            ("2026-12-01", "2026-12-02", true, false),
            ("2026-12-01", "2026-12-01", false, false),
            ("2026-12-01T23:00", "2026-12-01", false, false),
            ("2026-12-01 23:00", "2026-12-02", true, false),
            ("2026-12-01", "2026-12-01T00:00:01Z", true, false),
            (
                "2026-12-01T10:00:00+02:00",
                "2026-12-01T09:00Z",
                true,
                false,
            ),
            ("2026-12-01T01:00:00+02:00", "2026-12-01", false, false),
            ("2026-12-03", "2026-12-02T10:00", false, true),
            ("2027-01-01", "2026-12-31", false, true),
        ] {
            let (one_is, other_is) = (when(one), when(other));
            let is = (one_is.is_before(&other_is), one_is.is_after(&other_is));
            assert_eq!(is, (before, after), "{one} {other}");
        }
        for nonsense in ["", "tomorrow", "2026-13-01", "2026/12/01", "10:00", "2026"] {
            assert_eq!(When::read(nonsense), None, "{nonsense}");
        }
    }
}
