//! Three ways to find the days that the clues fit best.
//!
//! All arms give the same days: those in the window that break the fewest clues. They differ in the
//! way there, counted in steps. A step is one move of the calendar's cursor, whatever its length, with
//! the test of the day that it arrives at; lining up with a weekday before the first test is one too.
//!
//! - [`Arm::Scan`] looks at every day.
//! - [`Arm::Weekday`] looks only at days of the week that is asked for.
//! - [`Arm::Hybrid`] does so too, and leaves months that are not asked for in one move.
//!
//! The last two believe the clues while they search. In a noisy puzzle one is false: when no day fits
//! all clues, such an arm has walked in vain and looks at every day after all. The scan counts broken
//! clues from the start, so it needs one walk, but a long one. Which way is shortest depends on what
//! the puzzle looks like, and on noise.

use super::clue::Kind;
use super::date::{Cursor, MONTH, NUMBER, number};
use super::puzzle::{Days, Puzzle};

/// A way to search.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Arm {
    /// Day by day.
    #[default]
    Scan,
    /// From week to week.
    Weekday,
    /// From week to week, months that cannot be left out.
    Hybrid,
}

impl Arm {
    /// All arms, in the order of their numbers.
    pub const ALL: [Self; 3] = [Self::Scan, Self::Weekday, Self::Hybrid];

    /// The arm of a number: the last for 2 and more.
    #[must_use]
    #[inline(never)]
    pub fn of(number: usize) -> Self {
        Self::ALL.get(number).copied().unwrap_or(Self::Hybrid)
    }

    /// 0, 1, 2.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// What a search found and what it cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Steps taken.
    pub steps: u32,
    /// The days found, counted from the window's first.
    pub days: Days,
    /// The budget ended the search: the days are not all.
    pub exhausted: bool,
    /// Compiled knowledge ended the search before the end of the range.
    pub stopped_early: bool,
    /// Days between the two found days that lie closest; 0 when fewer than two were found.
    pub least_gap: u32,
    last_found: Option<i32>,
}

/// The clues of a puzzle as sets of what breaks them.
#[derive(Clone, Debug)]
pub struct Clues {
    /// Of months, days of the week and days of the month: bit m for number m; zero where nothing is asked for.
    sets: [u32; 3],
    /// Of the number of a day, by year, after and before: the first that is allowed, and how many more are.
    spans: [(i32, u32); 3],
    /// The window's first day.
    start: i32,
    /// First and last day to search: those that no clue about order or year rules out; in a noisy puzzle the
    /// window, which alone is sure.
    pub range: (i32, i32),
    noisy: bool,
}

impl Clues {
    /// Those of no puzzle.
    pub(crate) const NONE: Self =
        Self { sets: [0; 3], spans: [(0, 0); 3], start: 0, range: (0, 0), noisy: false };

    /// The sets of a puzzle.
    #[must_use]
    pub fn new(puzzle: &Puzzle) -> Self {
        let mut clues = Self::NONE;
        clues.take(puzzle);
        clues
    }

    /// Becomes the sets of a puzzle.
    #[inline(never)]
    pub fn take(&mut self, puzzle: &Puzzle) {
        self.sets = [0; 3];
        self.spans = [(0, u32::MAX); 3];
        self.start = puzzle.window.0;
        self.range = puzzle.window;
        self.noisy = puzzle.noisy;
        for clue in puzzle.clues() {
            let kind = clue.kind as usize;
            if kind.wrapping_sub(1) < 3 {
                if let Some(set) = self.sets.get_mut(kind - 1) {
                    *set = !1u32.rotate_left(clue.least as u32);
                }
                continue;
            }
            let (mut first, mut last) = (clue.least, clue.most);
            if clue.kind == Kind::InYear {
                (first, last) = (number(first, 1, 1), number(first + 1, 1, 1) - 1);
            }
            if let Some(span) = self.spans.get_mut(kind.saturating_sub(3)) {
                *span = (first, last.wrapping_sub(first) as u32);
            }
            if !self.noisy {
                self.range = (self.range.0.max(first), self.range.1.min(last));
            }
        }
    }

    /// Days that the scan would look at: known before any search.
    #[must_use]
    pub fn scan_days(&self) -> u32 {
        let (first, last) = self.range;
        (last - first + 1).max(0) as u32
    }

    /// Clues that a day breaks.
    #[inline]
    fn broken(&self, at: &Cursor) -> u32 {
        let [_, month, weekday, day, number] = at.fields;
        let [months, weekdays, days] = self.sets;
        let [year, after, before] = self.spans;
        let is_out = |(first, more): (i32, u32)| u32::from(number.wrapping_sub(first) as u32 > more);
        (months >> month & 1)
            + (weekdays >> weekday & 1)
            + (days >> day & 1)
            + is_out(year)
            + is_out(after)
            + is_out(before)
    }

    /// Searches with at most `budget` steps. `gap` is compiled knowledge: two days that fit all clues
    /// are at least so many days apart; 0 when nothing is known.
    #[must_use]
    pub fn search(&self, arm: Arm, gap: u32, budget: u32) -> Outcome {
        let mut outcome = Outcome::NONE;
        self.search_into(arm, gap, budget, &mut outcome);
        outcome
    }

    /// The same, where the outcome is to be.
    pub fn search_into(&self, arm: Arm, gap: u32, budget: u32, outcome: &mut Outcome) {
        *outcome = Outcome::NONE;
        let [months, weekdays, _] = self.sets;
        let leaves_months = arm == Arm::Hybrid && months != 0;
        let goes_weekly = arm != Arm::Scan && weekdays != 0;
        // In a noisy puzzle the scan counts broken clues at once, the others believe the clues first.
        if (!self.noisy || goes_weekly || leaves_months)
            && (outcome.walk(self, goes_weekly, leaves_months, 0, gap, budget) || !self.noisy)
        {
            return;
        }
        outcome.walk(self, false, false, u32::MAX, 0, budget);
    }
}

impl Outcome {
    /// No step taken.
    pub(crate) const NONE: Self = Self {
        steps: 0,
        days: Days::new(),
        exhausted: false,
        stopped_early: false,
        least_gap: 0,
        last_found: None,
    };

    /// Walks over the days of the range for those that break the fewest clues, and no more than `fewest`. True
    /// when some were found or the budget ended.
    #[inline(never)]
    fn walk(
        &mut self,
        clues: &Clues,
        goes_weekly: bool,
        leaves_months: bool,
        mut fewest: u32,
        gap: u32,
        budget: u32,
    ) -> bool {
        let (first, last) = clues.range;
        let [months, weekdays, _] = clues.sets;
        let mut at = Cursor::new(first);
        let mut lines_up = goes_weekly;
        loop {
            if !lines_up && at.fields[NUMBER] > last {
                return self.last_found.is_some();
            }
            if self.steps >= budget {
                self.exhausted = true;
                return true;
            }
            self.steps += 1;
            if lines_up {
                lines_up = false;
                at.align(weekdays.trailing_ones() as i32);
                continue;
            }
            if leaves_months && months >> at.fields[MONTH] & 1 == 1 {
                at.next_month();
                lines_up = goes_weekly;
                continue;
            }
            let broken = clues.broken(&at);
            if broken < fewest {
                fewest = broken;
                (self.days, self.last_found, self.least_gap) = (Days::new(), None, 0);
            }
            if broken == fewest && self.find(at.fields[NUMBER], gap, clues) {
                return true;
            }
            at.advance(if goes_weekly { 7 } else { 1 });
        }
    }

    /// A day that fits; true when knowledge says that it is the last one of the range.
    fn find(&mut self, day: i32, gap: u32, clues: &Clues) -> bool {
        self.days.insert(day - clues.start);
        if let Some(before) = self.last_found.replace(day) {
            // One less than the least of none is more than any.
            let apart = (day - before) as u32;
            self.least_gap = self.least_gap.wrapping_sub(1).min(apart - 1) + 1;
        }
        let last = gap > 0 && day.saturating_add_unsigned(gap) > clues.range.1;
        self.stopped_early |= last && day < clues.range.1;
        last
    }
}
