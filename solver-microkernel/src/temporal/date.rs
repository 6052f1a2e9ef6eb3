//! Days as numbers, and a cursor that walks over them. Integers only.
//!
//! Conversions: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms" (`days_from_civil`,
//! `civil_from_days`): years begin in March, so that the leap day is the last of its year, and
//! repeat in eras of 400 years. Only for the years from 1 on: nothing is negative then.

/// Days of an era of 400 years.
const ERA: u32 = 146_097;
/// From 0000-03-01 to 1970-01-01.
const EPOCH: i32 = 719_468;

/// The number of a day; 1970-01-01 is 0. `month` 1..=12, `day` 1..=31.
#[must_use]
pub const fn number(year: i32, month: u32, day: u32) -> i32 {
    let year = (year - (month <= 2) as i32) as u32;
    let from_march = (month + 9) % 12;
    let day_of_year = (153 * from_march + 2) / 5 + day - 1;
    (year * 365 + year / 4 - year / 100 + year / 400 + day_of_year) as i32 - EPOCH
}

/// Year, month 1..=12 and day 1..=31 of a day's number.
#[must_use]
pub const fn civil(number: i32) -> (i32, u32, u32) {
    let shifted = (number + EPOCH) as u32;
    let (era, day_of_era) = (shifted / ERA, shifted % ERA);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = (from_march + 2) % 12 + 1;
    ((year_of_era + era * 400 + (month <= 2) as u32) as i32, month, day)
}

/// 0 for Sunday to 6 for Saturday.
#[must_use]
pub const fn weekday(number: i32) -> u32 {
    // The first of March of the year 0 was a Wednesday.
    (number + EPOCH + 3) as u32 % 7
}

const fn days_in(year: i32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// A day with its calendar fields, moved without conversions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Its number.
    pub number: i32,
    /// Its year.
    pub year: i32,
    /// 1..=12.
    pub month: u32,
    /// 1..=31.
    pub day: u32,
    /// 0 for Sunday.
    pub weekday: u32,
    days_in_month: u32,
}

impl Cursor {
    /// A cursor on a day.
    #[must_use]
    pub const fn new(number: i32) -> Self {
        let (year, month, day) = civil(number);
        Self { number, year, month, day, weekday: weekday(number), days_in_month: days_in(year, month) }
    }

    /// Moves on by 1 to 28 days.
    #[inline]
    pub const fn advance(&mut self, days: u32) {
        self.number += days as i32;
        self.day += days;
        self.weekday = (self.weekday + days) % 7;
        if self.day > self.days_in_month {
            self.day -= self.days_in_month;
            self.month += 1;
            if self.month > 12 {
                self.month = 1;
                self.year += 1;
            }
            self.days_in_month = days_in(self.year, self.month);
        }
    }

    /// Moves to the first day of the next month.
    pub const fn next_month(&mut self) {
        let days = self.days_in_month - self.day + 1;
        if days > 28 {
            self.advance(28);
        }
        self.advance((days - 1) % 28 + 1);
    }

    /// Days from here to the next day of the week `weekday`; 0 when this is one.
    #[must_use]
    pub const fn until(&self, weekday: u32) -> u32 {
        (weekday + 7 - self.weekday) % 7
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_civil_dates_are_inverse_and_ordered() {
        assert_eq!(number(1970, 1, 1), 0);
        assert_eq!(number(2000, 3, 1), 11_017);
        assert_eq!(number(2024, 2, 29), 19_782);
        assert_eq!(weekday(number(2026, 11, 23)), 1, "a Monday");
        let mut cursor = Cursor::new(number(1890, 1, 1));
        let mut before = (1889, 12, 31);
        for day in number(1890, 1, 1)..number(2110, 1, 1) {
            let date = civil(day);
            assert!(date > before);
            assert_eq!(number(date.0, date.1, date.2), day);
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
                assert_eq!(cursor, Cursor::new(start + days as i32));
            }
            let mut cursor = Cursor::new(start);
            cursor.next_month();
            assert!(cursor.day == 1 && cursor == Cursor::new(cursor.number) && cursor.number - start <= 31);
            assert_eq!(
                (weekday(start) + cursor.until(3)) % 7,
                cursor.until(3).wrapping_add(weekday(start)) % 7
            );
        }
    }
}
