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
use super::date::{Cursor, number};
use super::puzzle::{Days, Puzzle};

/// A way to search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arm {
    /// Day by day.
    Scan,
    /// From week to week.
    Weekday,
    /// From week to week, months that cannot be left out.
    Hybrid,
}

impl Arm {
    /// All arms, in the order of their numbers.
    pub const ALL: [Self; 3] = [Self::Scan, Self::Weekday, Self::Hybrid];

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
}

/// All days.
const ALWAYS: (i32, i32) = (i32::MIN, i32::MAX);

/// The clues of a puzzle as sets of what breaks them.
#[derive(Clone, Debug)]
pub struct Clues {
    /// Bit m for month m, and so on; zero where nothing is asked for.
    month: u32,
    weekday: u32,
    day: u32,
    /// First and last day of the year that is asked for.
    year: (i32, i32),
    after: i32,
    before: i32,
    asked_weekday: Option<u32>,
    /// The window.
    pub window: (i32, i32),
    /// The days that no clue about order or year rules out.
    pub range: (i32, i32),
    noisy: bool,
}

const fn all_but(kept: i32) -> u32 {
    !1u32.rotate_left(kept as u32)
}

impl Clues {
    /// The sets of a puzzle.
    #[must_use]
    pub fn new(puzzle: &Puzzle) -> Self {
        let mut clues = Self {
            month: 0,
            weekday: 0,
            day: 0,
            year: ALWAYS,
            after: i32::MIN,
            before: i32::MAX,
            asked_weekday: None,
            window: puzzle.window,
            range: puzzle.window,
            noisy: puzzle.noisy,
        };
        for clue in puzzle.clues() {
            let mut range = ALWAYS;
            match clue.kind {
                Kind::InYear => {
                    range = (number(clue.a, 1, 1), number(clue.a + 1, 1, 1) - 1);
                    clues.year = range;
                }
                Kind::InMonth => clues.month = all_but(clue.a),
                Kind::DayOfWeek => {
                    clues.weekday = all_but(clue.a);
                    clues.asked_weekday = u32::try_from(clue.a).ok();
                }
                Kind::DayOfMonth => clues.day = all_but(clue.a),
                Kind::After => {
                    clues.after = clue.a;
                    range.0 = clue.a + 1;
                }
                Kind::Before => {
                    clues.before = clue.a;
                    range.1 = clue.a - 1;
                }
                Kind::Between => range = (clue.a, clue.b),
            }
            clues.range = (clues.range.0.max(range.0), clues.range.1.min(range.1));
        }
        clues
    }

    /// First and last day to search: in a noisy puzzle only the window is sure.
    const fn bounds(&self) -> (i32, i32) {
        if self.noisy { self.window } else { self.range }
    }

    /// Days that the scan would look at: known before any search.
    #[must_use]
    pub fn scan_days(&self) -> u32 {
        let (first, last) = self.bounds();
        u32::try_from(last - first + 1).unwrap_or(0)
    }

    /// Clues that a day breaks.
    #[inline]
    fn broken(&self, at: &Cursor) -> u32 {
        (self.month >> at.month & 1)
            + (self.weekday >> at.weekday & 1)
            + (self.day >> at.day & 1)
            + u32::from((at.number < self.year.0) | (at.number > self.year.1))
            + u32::from(at.number <= self.after)
            + u32::from(at.number >= self.before)
    }

    /// Searches with at most `budget` steps. `gap` is compiled knowledge: two days that fit all clues
    /// are at least so many days apart; 0 when nothing is known.
    #[must_use]
    pub fn search(&self, arm: Arm, gap: u32, budget: u32) -> Outcome {
        let mut walk = Walk {
            clues: self,
            budget,
            last_found: None,
            outcome: Outcome {
                steps: 0,
                days: Days::new(),
                exhausted: false,
                stopped_early: false,
                least_gap: 0,
            },
        };
        let skips_days = arm != Arm::Scan && self.asked_weekday.is_some();
        let skips_months = arm == Arm::Hybrid && self.month != 0;
        if !self.noisy || skips_days || skips_months {
            walk.believe(arm, gap);
        }
        if self.noisy && walk.last_found.is_none() && !walk.outcome.exhausted {
            walk.count(gap);
        }
        walk.outcome
    }
}

struct Walk<'a> {
    clues: &'a Clues,
    budget: u32,
    last_found: Option<i32>,
    outcome: Outcome,
}

impl Walk<'_> {
    /// Takes a step; false when none is left.
    #[inline]
    const fn step(&mut self) -> bool {
        if self.outcome.steps >= self.budget {
            self.outcome.exhausted = true;
            return false;
        }
        self.outcome.steps += 1;
        true
    }

    /// A day that fits; true when knowledge says that it is the last one before `end`.
    fn found(&mut self, day: i32, gap: u32, end: i32) -> bool {
        self.outcome.days.insert(day - self.clues.window.0);
        if let Some(before) = self.last_found.replace(day) {
            let apart = (day - before) as u32;
            let least = self.outcome.least_gap;
            self.outcome.least_gap = if least == 0 { apart } else { least.min(apart) };
        }
        let last = gap > 0 && day.saturating_add_unsigned(gap) > end;
        self.outcome.stopped_early |= last && day < end;
        last
    }

    /// Only days that fit all clues.
    fn believe(&mut self, arm: Arm, gap: u32) {
        let clues = self.clues;
        let (first, last) = clues.bounds();
        let aligned = clues.asked_weekday.filter(|_| arm != Arm::Scan);
        let stride = if aligned.is_some() { 7 } else { 1 };
        let mut at = Cursor::new(first);
        if let Some(weekday) = aligned {
            if !self.step() {
                return;
            }
            at.advance(at.until(weekday));
        }
        while at.number <= last {
            if !self.step() {
                return;
            }
            if arm == Arm::Hybrid && clues.month >> at.month & 1 == 1 {
                at.next_month();
                if let Some(weekday) = aligned {
                    if !self.step() {
                        return;
                    }
                    at.advance(at.until(weekday));
                }
                continue;
            }
            if clues.broken(&at) == 0 && self.found(at.number, gap, last) {
                return;
            }
            at.advance(stride);
        }
    }

    /// The days of the whole window that break the fewest clues.
    fn count(&mut self, gap: u32) {
        let (first, mut last) = self.clues.window;
        let mut fewest = u32::MAX;
        let mut at = Cursor::new(first);
        while at.number <= last {
            if !self.step() {
                return;
            }
            let broken = self.clues.broken(&at);
            if broken < fewest {
                fewest = broken;
                self.outcome.days = Days::new();
                self.last_found = None;
                self.outcome.least_gap = 0;
            }
            if broken == fewest {
                // Days that fit all clues cannot lie behind the range of the clues.
                if broken == 0 {
                    last = last.min(self.clues.range.1);
                }
                if self.found(at.number, if broken == 0 { gap } else { 0 }, last) {
                    return;
                }
            }
            at.advance(1);
        }
    }
}
