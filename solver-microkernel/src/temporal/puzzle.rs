//! Puzzles from a seed.
//!
//! The family is that of the published solver: a date of 2000 to 2030, a window of 30 (d + 1) days
//! around it for difficulty d, further clues about it, and from difficulty 5 on wider windows that
//! say nothing new. Unlike there, every clue of a clean puzzle is true of the date. A noisy puzzle is one
//! that contradicts itself: one clue other than a window is false, nothing says which, and no day of the
//! window fits all of them. (Noise that leaves a day that fits cannot be told from a clean puzzle.)

use super::clue::{Clue, Kind};
use super::date::{Cursor, civil, number, weekday};
use crate::learn::rng::Rng;

/// Clues of the largest puzzle: a window, seven, three more windows.
const MOST_CLUES: usize = 11;
/// The difficulties there are.
pub const DIFFICULTIES: core::ops::RangeInclusive<u32> = 1..=10;
/// Draws of a noisy puzzle; two in three contradict themselves, so all of these fail once in 10^30.
const DRAWS: u32 = 64;
/// Words of a set of days: the largest window has 331.
const SET_WORDS: usize = 6;

/// Days of a window, each by its distance from the window's first day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Days([u64; SET_WORDS]);

impl Days {
    /// No day.
    #[must_use]
    pub const fn new() -> Self {
        Self([0; SET_WORDS])
    }

    /// Adds a day.
    pub fn insert(&mut self, at: i32) {
        if let Some(word) = usize::try_from(at >> 6).ok().and_then(|word| self.0.get_mut(word)) {
            *word |= 1 << (at & 63);
        }
    }

    /// Whether the day is in it.
    #[must_use]
    pub fn contains(&self, at: i32) -> bool {
        let word = usize::try_from(at >> 6).ok().and_then(|word| self.0.get(word));
        word.is_some_and(|word| word >> (at & 63) & 1 == 1)
    }

    /// How many.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }
}

/// A puzzle and what is right.
#[derive(Clone, Debug)]
pub struct Puzzle {
    clues: [Clue; MOST_CLUES],
    count: usize,
    /// 1..=10.
    pub difficulty: u32,
    /// One clue is false, and no day fits all.
    pub noisy: bool,
    /// The date that the clues were made for.
    pub target: i32,
    /// First and last day of the window.
    pub window: (i32, i32),
}

impl Puzzle {
    /// The next puzzle of a stream; the difficulty lies in `least..=most`, both within 1..=10.
    #[must_use]
    pub fn generate(rng: &mut Rng, least: u32, most: u32, noisy: bool) -> Self {
        let mut puzzle = Self::clean(rng, least, most);
        if noisy {
            puzzle.noisy = true;
            for _ in 0..DRAWS {
                puzzle.falsify(rng);
                if puzzle.is_contradiction() {
                    break;
                }
                puzzle = Self { noisy, ..Self::clean(rng, least, most) };
            }
        }
        puzzle
    }

    fn clean(rng: &mut Rng, least: u32, most: u32) -> Self {
        let difficulty = rng.range(least as i32, most as i32) as u32;
        let year = rng.range(2000, 2030);
        let month = rng.range(1, 12) as u32;
        let target = number(year, month, rng.range(1, 28) as u32);
        let half = 15 * (difficulty as i32 + 1);
        let window = (target - half, target + half);
        let mut puzzle =
            Self { clues: [Clue::default(); MOST_CLUES], count: 0, difficulty, noisy: false, target, window };
        puzzle.add(Kind::Between, window.0, window.1);
        for _ in 0..(difficulty / 2 + 2).min(7) {
            puzzle.draw(rng);
        }
        for wider in 0..difficulty.saturating_sub(4).min(3) as i32 {
            let half = half + 30 * (wider + 2);
            puzzle.add(Kind::Between, target - half, target + half);
        }
        puzzle
    }

    fn add(&mut self, kind: Kind, a: i32, b: i32) {
        if let Some(place) = self.clues.get_mut(self.count) {
            *place = Clue { kind, a, b };
            self.count += 1;
        }
    }

    /// One more clue; a kind that is there already is drawn in vain.
    fn draw(&mut self, rng: &mut Rng) {
        let (year, month, day) = civil(self.target);
        let (mut kind, mut value) = match rng.range(0, 6) {
            0 => (Kind::InYear, year),
            2 => (Kind::DayOfWeek, weekday(self.target) as i32),
            3 => (Kind::DayOfMonth, day as i32),
            4 => (Kind::After, self.target + rng.range(-5, 5) - 10),
            5 => (Kind::Before, self.target + rng.range(-5, 5) + 10),
            _ => (Kind::InMonth, month as i32),
        };
        if self.difficulty < 3 && matches!(kind, Kind::After | Kind::Before) {
            (kind, value) = (Kind::InMonth, month as i32);
        }
        if self.clues().iter().all(|clue| clue.kind != kind) {
            self.add(kind, value, 0);
        }
    }

    /// No day of the window fits all clues.
    #[must_use]
    pub fn is_contradiction(&self) -> bool {
        self.fitting() == Days::new()
    }

    /// Makes one of the clues that are no window false.
    fn falsify(&mut self, rng: &mut Rng) {
        let fallible = self.clues().iter().filter(|clue| clue.kind != Kind::Between).count();
        let chosen = rng.range(1, fallible as i32) as usize;
        let target = self.target;
        let Some(clue) = self.clues.get_mut(chosen) else { return };
        clue.a = match clue.kind {
            Kind::InYear => clue.a + if rng.range(0, 1) == 0 { -1 } else { 1 },
            Kind::InMonth => (clue.a - 1 + rng.range(1, 11)) % 12 + 1,
            Kind::DayOfWeek => (clue.a + rng.range(1, 6)) % 7,
            Kind::DayOfMonth => (clue.a - 1 + rng.range(1, 27)) % 28 + 1,
            Kind::After => target + rng.range(0, 9),
            Kind::Before | Kind::Between => target - rng.range(0, 9),
        };
    }

    /// The clues; the first is the window.
    #[must_use]
    pub fn clues(&self) -> &[Clue] {
        self.clues.get(..self.count).unwrap_or_default()
    }

    /// The days of the window that fit all clues.
    #[inline(never)]
    fn fitting(&self) -> Days {
        let mut fitting = Days::new();
        let mut day = Cursor::new(self.window.0);
        while day.number <= self.window.1 {
            // The first clue is the window.
            if self.clues().iter().skip(1).all(|clue| clue.holds(&day)) {
                fitting.insert(day.number - self.window.0);
            }
            day.advance(1);
        }
        fitting
    }

    /// Whether an answer, with days counted from the window's first, is right. Of a clean puzzle: all
    /// days that every clue is true of, and no other. Of a noisy one: the date is among them.
    #[must_use]
    pub fn is_solved_by(&self, answer: &Days) -> bool {
        if self.noisy {
            return answer.contains(self.target - self.window.0);
        }
        self.fitting() == *answer
    }
}
