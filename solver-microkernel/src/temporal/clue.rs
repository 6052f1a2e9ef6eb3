//! What a clue says about a date.

use super::date::{Cursor, NUMBER};

/// What a clue speaks of. The first six may be false in a noisy puzzle, the window never is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Kind {
    /// The year.
    #[default]
    InYear,
    /// The month, 1..=12.
    InMonth,
    /// The day of the week, 0 for Sunday.
    DayOfWeek,
    /// The day of the month.
    DayOfMonth,
    /// Later than a day.
    After,
    /// Earlier than a day.
    Before,
    /// From one day to another.
    Between,
}

impl Kind {
    /// The kind of a number.
    #[must_use]
    pub const fn of(number: i32) -> Self {
        match number {
            0 => Self::InYear,
            1 => Self::InMonth,
            2 => Self::DayOfWeek,
            3 => Self::DayOfMonth,
            4 => Self::After,
            5 => Self::Before,
            _ => Self::Between,
        }
    }
}

/// One clue: what it speaks of lies in `least..=most`. Days are told by their numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clue {
    /// What it speaks of.
    pub kind: Kind,
    /// The least that it allows.
    pub least: i32,
    /// The most that it allows.
    pub most: i32,
}

impl Clue {
    /// A clue of one number; after and before exclude it.
    #[must_use]
    #[inline(never)]
    pub const fn new(kind: Kind, number: i32) -> Self {
        let (mut least, mut most) = (number, number);
        match kind {
            Kind::After => (least, most) = (number + 1, i32::MAX),
            Kind::Before => (least, most) = (i32::MIN, number - 1),
            _ => {}
        }
        Self { kind, least, most }
    }

    /// Whether it is true of a day: said clue by clue, not by the tables of the search, so that each
    /// checks the other.
    #[must_use]
    pub fn holds(&self, day: &Cursor) -> bool {
        // The last three kinds speak of the number of the day.
        let field = day.fields.get((self.kind as usize).min(NUMBER)).copied().unwrap_or_default();
        self.least <= field && field <= self.most
    }
}
