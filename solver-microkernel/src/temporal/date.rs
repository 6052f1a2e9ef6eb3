//! Days as numbers, and a cursor that walks over them. Integers only.
//!
//! Conversions as in Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms" (`days_from_civil`,
//! `civil_from_days`): years begin in March, so that the leap day is the last of its year. Only for the days
//! from 1900-03-01 to 2100-02-28, in which every fourth year has a leap day: all windows of puzzles lie in
//! 1999 to 2031.

/// Days of four years.
const FOUR_YEARS: u32 = 1461;
/// From the day before 0000-03-01 to 1970-01-01, if every fourth year had had a leap day.
const EPOCH: i32 = 719_484;

/// Days before a month of a year that begins in March.
const fn days_before(from_march: u32) -> u32 {
    (153 * from_march + 2) / 5
}

/// The number of a day; 1970-01-01 is 0. `month` 1..=12, `day` 1..=31.
#[must_use]
pub const fn number(year: i32, month: u32, day: u32) -> i32 {
    let year = (year - (month <= 2) as i32) as u32;
    (year * FOUR_YEARS / 4 + days_before((month + 9) % 12) + day) as i32 - EPOCH
}

/// A day with its calendar fields, moved without conversions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Year, month 1..=12, day of the week from 0 for Sunday, day of the month 1..=31, number of the day: the
    /// order of the [kinds](super::clue::Kind) of clue.
    pub fields: [i32; 5],
    days_in_month: i32,
}

/// Places of the fields.
pub const YEAR: usize = 0;
/// See [`YEAR`].
pub const MONTH: usize = 1;
/// See [`YEAR`].
pub const WEEKDAY: usize = 2;
/// See [`YEAR`].
pub const DAY: usize = 3;
/// See [`YEAR`].
pub const NUMBER: usize = 4;

impl Cursor {
    /// A cursor on a day.
    #[must_use]
    #[inline(never)]
    pub const fn new(number: i32) -> Self {
        let day = (number + EPOCH - 1) as u32;
        let year = (4 * day + 3) / FOUR_YEARS;
        let day_of_year = day - year * FOUR_YEARS / 4;
        let from_march = (5 * day_of_year + 2) / 153;
        let mut cursor = Self { fields: [year as i32; 5], days_in_month: 0 };
        cursor.fields[MONTH] = from_march as i32 + 3;
        // This count begins on a Tuesday.
        cursor.fields[WEEKDAY] = ((day + 2) % 7) as i32;
        cursor.fields[DAY] = (day_of_year - days_before(from_march)) as i32 + 1;
        cursor.fields[NUMBER] = number;
        cursor.turn();
        cursor
    }

    /// The day of the month and of its number are right; a month beyond December is brought into the next year.
    #[inline(never)]
    const fn turn(&mut self) {
        if self.fields[MONTH] > 12 {
            self.fields[MONTH] -= 12;
            self.fields[YEAR] += 1;
        }
        // Two bits for each month: the days that it has beyond 28.
        let leap = self.fields[MONTH] == 2 && self.fields[YEAR] % 4 == 0;
        self.days_in_month = 28 + (0x3bb_eecc >> (2 * self.fields[MONTH]) & 3) + leap as i32;
    }

    /// Moves on by 1 to 28 days.
    #[inline(never)]
    pub const fn advance(&mut self, days: i32) {
        self.fields[NUMBER] += days;
        self.fields[DAY] += days;
        self.fields[WEEKDAY] = (self.fields[WEEKDAY] + days) % 7;
        if self.fields[DAY] > self.days_in_month {
            self.fields[DAY] -= self.days_in_month;
            self.fields[MONTH] += 1;
            self.turn();
        }
    }

    /// Moves to the first day of the next month.
    pub const fn next_month(&mut self) {
        let days = self.days_in_month - self.fields[DAY] + 1;
        if days > 28 {
            self.advance(28);
        }
        self.advance((days - 1) % 28 + 1);
    }

    /// Moves to the next day of the week `weekday`; nowhere when this is one.
    pub const fn align(&mut self, weekday: i32) {
        self.advance((weekday + 7 - self.fields[WEEKDAY]) % 7);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_dates_are_inverse_and_ordered() {
        assert_eq!(number(1970, 1, 1), 0);
        assert_eq!(number(2000, 3, 1), 11_017);
        assert_eq!(number(2024, 2, 29), 19_782);
        assert_eq!(Cursor::new(number(2026, 11, 23)).fields, [2026, 11, 1, 23, 20_780], "a Monday");
        let mut cursor = Cursor::new(number(1900, 3, 1));
        let mut before = [1900, 2, 28];
        for day in number(1900, 3, 1)..number(2100, 2, 28) {
            let [year, month, _, day_of_month, _] = Cursor::new(day).fields;
            let date = [year, month, day_of_month];
            assert!(date > before);
            assert_eq!(number(year, month as u32, day_of_month as u32), day);
            assert_eq!(cursor, Cursor::new(day));
            cursor.advance(1);
            before = date;
        }
    }

    #[test]
    fn a_cursor_that_jumps_is_where_a_new_one_would_be() {
        for start in number(1999, 1, 1)..number(2001, 6, 1) {
            for days in 1..=28 {
                let mut cursor = Cursor::new(start);
                cursor.advance(days);
                assert_eq!(cursor, Cursor::new(start + days));
            }
            let mut cursor = Cursor::new(start);
            cursor.next_month();
            let [.., day, number] = cursor.fields;
            assert!(day == 1 && cursor == Cursor::new(number) && number - start <= 31);
            let mut cursor = Cursor::new(start);
            cursor.align(3);
            let [_, _, weekday, _, number] = cursor.fields;
            assert!(weekday == 3 && cursor == Cursor::new(number) && number - start < 7);
        }
    }
}
