//! What a chooser of arms may know of a puzzle before it searches: one of 18 buckets.

use super::puzzle::Puzzle;
use super::search::{Arm, Clues};

/// Buckets: three ranges, three counts of distractors, clean or noisy.
pub const BUCKETS: usize = 18;
/// Longest range of the three classes, in days: 60 and 180 are those of the published policy, the
/// last is more than the largest window has.
const LONGEST: [u32; 3] = [60, 180, 384];

/// The context of a puzzle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// Days that a scan would look at.
    pub days: u32,
    /// Windows after the first.
    pub distractors: u32,
    /// One clue is false.
    pub noisy: bool,
}

impl Context {
    /// The context of a puzzle whose tables are `clues`.
    #[must_use]
    pub fn of(puzzle: &Puzzle, clues: &Clues) -> Self {
        Self { days: clues.scan_days(), distractors: puzzle.distractors(), noisy: puzzle.noisy }
    }

    const fn range_class(&self) -> usize {
        (self.days > LONGEST[0]) as usize + (self.days > LONGEST[1]) as usize
    }

    /// 0..18.
    #[must_use]
    pub const fn bucket(&self) -> usize {
        let distractors = if self.distractors > 2 { 2 } else { self.distractors as usize };
        (self.range_class() * 3 + distractors) * 2 + self.noisy as usize
    }

    /// The most days of this class of range: the scale of rewards.
    #[must_use]
    pub fn longest(&self) -> u32 {
        LONGEST.get(self.range_class()).copied().unwrap_or(u32::MAX)
    }

    /// The fixed policy of mode A: from week to week when the range is long and clear.
    #[must_use]
    pub const fn fixed_arm(&self) -> Arm {
        if self.days >= 140 + 30 * self.distractors { Arm::Weekday } else { Arm::Scan }
    }
}
