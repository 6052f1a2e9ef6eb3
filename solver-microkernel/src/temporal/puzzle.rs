//! Puzzles from a seed.
//!
//! The family is that of the published solver: a date of 2000 to 2030, a window of 30 (d + 1) days
//! around it for difficulty d, further clues about it, and from difficulty 5 on wider windows that
//! say nothing new. Unlike there, every clue of a clean puzzle is true of the date. A noisy puzzle is one
//! that contradicts itself: one clue other than a window is false, nothing says which, and no day of the
//! window fits all of them. (Noise that leaves a day that fits cannot be told from a clean puzzle.)

use super::clue::{Clue, Kind};
use super::date::{Cursor, NUMBER, number};
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
    /// Bit k when there is a clue of [`Kind`] k, windows left out.
    pub kinds: u32,
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
    /// No puzzle yet.
    pub(crate) const NONE: Self = Self {
        clues: [Clue { kind: Kind::InYear, least: 0, most: 0 }; MOST_CLUES],
        count: 0,
        kinds: 0,
        difficulty: 0,
        noisy: false,
        target: 0,
        window: (0, 0),
    };

    /// The next puzzle of a stream; the difficulty lies in `least..=most`, both within 1..=10.
    #[must_use]
    pub fn generate(rng: &mut Rng, least: u32, most: u32, noisy: bool) -> Self {
        let mut puzzle = Self::NONE;
        puzzle.draw(rng, least, most, noisy);
        puzzle
    }

    /// Becomes that puzzle.
    #[inline(never)]
    pub fn draw(&mut self, rng: &mut Rng, least: u32, most: u32, noisy: bool) {
        self.noisy = noisy;
        for _ in 0..DRAWS {
            self.draw_clean(rng, least, most);
            if !noisy {
                return;
            }
            self.falsify(rng);
            if self.is_contradiction() {
                return;
            }
        }
    }

    fn draw_clean(&mut self, rng: &mut Rng, least: u32, most: u32) {
        (self.count, self.kinds) = (0, 0);
        let difficulty = rng.range(least as i32, most as i32);
        self.difficulty = difficulty as u32;
        let year = rng.range(2000, 2030);
        let month = rng.range(1, 12) as u32;
        self.target = number(year, month, rng.range(1, 28) as u32);
        let half = 15 * (difficulty + 1);
        self.window = (self.target - half, self.target + half);
        self.add_window(half);
        let target = Cursor::new(self.target);
        for _ in 0..(difficulty / 2 + 2).min(7) {
            self.draw_clue(rng, &target);
        }
        for wider in 2..(difficulty - 2).min(5) {
            self.add_window(half + 30 * wider);
        }
    }

    #[inline(never)]
    fn add(&mut self, clue: Clue) {
        if let Some(place) = self.clues.get_mut(self.count) {
            *place = clue;
            self.count += 1;
        }
    }

    fn add_window(&mut self, half: i32) {
        self.add(Clue { kind: Kind::Between, least: self.target - half, most: self.target + half });
    }

    /// One more clue; a kind that is there already is drawn in vain.
    fn draw_clue(&mut self, rng: &mut Rng, target: &Cursor) {
        let drawn = rng.range(0, 6);
        let mut kind = if drawn == 6 { Kind::InMonth } else { Kind::of(drawn) };
        let mut apart = 0;
        if kind >= Kind::After {
            apart = rng.range(-5, 5) + if kind == Kind::After { -10 } else { 10 };
            if self.difficulty < 3 {
                (kind, apart) = (Kind::InMonth, 0);
            }
        }
        let bit = 1 << kind as u32;
        if self.kinds & bit == 0 {
            self.kinds |= bit;
            let value = target.fields.get((kind as usize).min(NUMBER)).copied().unwrap_or_default();
            self.add(Clue::new(kind, value + apart));
        }
    }

    /// No day of the window fits all clues.
    #[must_use]
    pub fn is_contradiction(&self) -> bool {
        self.is_fitted_by(&Days::new())
    }

    /// Makes one of the clues that are no window false.
    fn falsify(&mut self, rng: &mut Rng) {
        let chosen = rng.range(1, self.kinds.count_ones() as i32) as usize;
        let target = self.target;
        let Some(clue) = self.clues.get_mut(chosen) else { return };
        let old = clue.least;
        let mut other = |base: i32, count: i32| (old - base + rng.range(1, count - 1)) % count + base;
        let value = match clue.kind {
            Kind::InYear => old - 1 + 2 * rng.range(0, 1),
            Kind::InMonth => other(1, 12),
            Kind::DayOfWeek => other(0, 7),
            Kind::DayOfMonth => other(1, 28),
            Kind::After => target + rng.range(0, 9),
            Kind::Before | Kind::Between => target - rng.range(0, 9),
        };
        *clue = Clue::new(clue.kind, value);
    }

    /// The clues; the first is the window.
    #[must_use]
    pub fn clues(&self) -> &[Clue] {
        self.clues.get(..self.count).unwrap_or_default()
    }

    /// Windows after the first.
    #[must_use]
    pub const fn distractors(&self) -> u32 {
        self.count as u32 - 1 - self.kinds.count_ones()
    }

    /// Whether these days of the window are those that fit all clues.
    #[inline(never)]
    fn is_fitted_by(&self, days: &Days) -> bool {
        let (first, last) = self.window;
        let mut day = Cursor::new(first);
        loop {
            let number = day.fields[NUMBER];
            if number > last {
                return true;
            }
            // The first clue is the window.
            let fits = self.clues().iter().skip(1).all(|clue| clue.holds(&day));
            if fits != days.contains(number - first) {
                return false;
            }
            day.advance(1);
        }
    }

    /// Whether an answer, with days counted from the window's first, is right. Of a clean puzzle: all days of
    /// the window that every clue is true of, and no other of them. Of a noisy one: the date is among them.
    #[must_use]
    pub fn is_solved_by(&self, answer: &Days) -> bool {
        if self.noisy {
            return answer.contains(self.target - self.window.0);
        }
        self.is_fitted_by(answer)
    }
}
