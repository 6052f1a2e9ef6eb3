//! What a clue says about a date.

use super::date::Cursor;

/// What a clue speaks of. The first six may be false in a noisy puzzle, the window never is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Kind {
    /// The year is `a`.
    #[default]
    InYear,
    /// The month is `a`, 1..=12.
    InMonth,
    /// The day of the week is `a`, 0 for Sunday.
    DayOfWeek,
    /// The day of the month is `a`.
    DayOfMonth,
    /// Later than day number `a`.
    After,
    /// Earlier than day number `a`.
    Before,
    /// From day number `a` to day number `b`, both included.
    Between,
}

/// One clue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clue {
    /// What it speaks of.
    pub kind: Kind,
    /// See [`Kind`].
    pub a: i32,
    /// See [`Kind`]; 0 where it has no meaning.
    pub b: i32,
}

impl Clue {
    /// Whether it is true of a day: said clue by clue, not by the tables of the search, so that each
    /// checks the other.
    #[must_use]
    pub const fn holds(&self, day: &Cursor) -> bool {
        match self.kind {
            Kind::InYear => day.year == self.a,
            Kind::InMonth => day.month as i32 == self.a,
            Kind::DayOfWeek => day.weekday as i32 == self.a,
            Kind::DayOfMonth => day.day as i32 == self.a,
            Kind::After => day.number > self.a,
            Kind::Before => day.number < self.a,
            Kind::Between => day.number >= self.a && day.number <= self.b,
        }
    }
}
