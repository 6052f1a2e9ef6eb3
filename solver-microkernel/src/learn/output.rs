//! Bytes that grow in room that was made before: JSON without `core::fmt` (which is larger than the puzzles),
//! and chains. What finds no room is left out.

use crate::lists::put;
use crate::sentence::Sentence;
use crate::texts::line;
use core::sync::atomic::Ordering;
use solver_lists::Vec;

/// What is printed: lines of `texts/learning.txt`, which follow the sentences about faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Line {
    /// What an `@` may stand for, each in seven places: arms, modes, the three parts of the name of a bucket,
    /// false, true, and no number.
    Words = Sentence::RepeatedIds as u8 + cfg!(feature = "rows") as u8,
    /// The result of `train`.
    Trained,
    /// The policy: what comes first, then for each bucket, for each arm of it, and last.
    Contexts,
    /// See [`Contexts`](Self::Contexts).
    Context,
    /// See [`Contexts`](Self::Contexts).
    Statistics,
    /// See [`Contexts`](Self::Contexts).
    Totals,
    /// The acceptance test: what comes first, then for each mode, for each cycle of it, behind these, and last.
    Head,
    /// See [`Head`](Self::Head).
    Mode,
    /// See [`Head`](Self::Head).
    Cycle,
    /// See [`Head`](Self::Head).
    Verdict,
    /// See [`Head`](Self::Head).
    Tail,
}

/// Places of a word.
const PLACES: usize = 7;
/// Words of [`Line::Words`].
pub const ARM: u64 = 0;
/// See [`ARM`].
pub const MODE: u64 = 3;
/// See [`ARM`].
pub const BUCKET: [u64; 3] = [6, 9, 12];
/// See [`ARM`]: false, and true behind it.
const FALSE: u64 = 14;
/// See [`ARM`].
const NULL: u64 = 16;
/// The most bytes that stand for one value: a sign, 16 digits, a point and nine more.
const MOST_VALUE: usize = 27;

/// The most bytes that [`fill`] makes of a line.
#[must_use]
pub const fn most(line: Line) -> usize {
    let mut texts = include_str!("../../texts/learning.txt").as_bytes();
    let (mut at, mut count) = (Line::Words as usize, 0);
    while let [first, rest @ ..] = texts {
        if *first == b'\n' {
            at += 1;
        } else if at == line as usize {
            count += if matches!(first, b';'..=b'@') { MOST_VALUE } else { 1 };
        }
        texts = rest;
    }
    count
}

/// Appends the lowest `len` bytes of a number, the lowest first.
#[inline(never)]
pub fn bytes(out: &mut Vec<u8>, mut number: u64, len: u32) {
    for _ in 0..len {
        put(out, number as u8);
        number >>= 8;
    }
}

/// Appends a line in which the next value stands for each `;` (a whole number), `=` (the bits of a number, written
/// with at most nine decimals; `null` for what is none, and for 9e15 and more), `?` (`false` or `true`) and `@`
/// (one of the words known here); `<` and `>` stand for the lower and the upper half of the same value. A comma in
/// front is left out when what follows comes first in its object or list.
#[inline(never)]
pub fn fill(out: &mut Vec<u8>, text: Line, values: &[u64]) {
    let mut values = values.iter();
    let mut value = 0;
    for byte in line(text as u8) {
        let byte = byte.load(Ordering::Relaxed);
        if matches!(byte, b';'..=b'@') && byte != b'>' {
            value = values.next().copied().unwrap_or_default();
        }
        match byte {
            b';' => number(out, value),
            b'<' => number(out, value & u64::from(u32::MAX)),
            b'=' => float(out, f64::from_bits(value)),
            b'>' => number(out, value >> 32),
            b'?' => word(out, FALSE + u64::from(value != 0)),
            b'@' => word(out, value),
            b',' if matches!(out.last(), Some(b'{' | b'[')) => {}
            _ => bytes(out, byte.into(), 1),
        }
    }
}

/// Appends a word.
#[inline(never)]
fn word(out: &mut Vec<u8>, word: u64) {
    let words = line(Line::Words as u8);
    let first = PLACES.wrapping_mul(word as usize);
    for letter in words.get(first..).unwrap_or_default().iter().take(PLACES) {
        let letter = letter.load(Ordering::Relaxed);
        if letter > b' ' {
            bytes(out, letter.into(), 1);
        }
    }
}

fn number(out: &mut Vec<u8>, number: u64) {
    let mut power = 1;
    while number / 10 >= power {
        power *= 10;
    }
    digits(out, number, power, power);
}

/// The digits of a number below `10 * power`, from that of `power` on, while something is left; those
/// down to the ones anyway when `shown` is `power`.
#[inline(never)]
fn digits(out: &mut Vec<u8>, mut number: u64, mut power: u64, mut shown: u64) {
    while power > 0 && (number > 0 || shown > 0) {
        bytes(out, u64::from(b'0') + number / power, 1);
        number %= power;
        power /= 10;
        shown /= 10;
    }
}

#[inline(never)]
fn float(out: &mut Vec<u8>, value: f64) {
    const SCALE: f64 = 1e9;
    let size = value.abs();
    if size.is_nan() || size >= 9.0e15 {
        return word(out, NULL);
    }
    let mut whole = size as u64;
    let mut part = ((size - whole as f64) * SCALE + 0.5) as u64;
    if part >= SCALE as u64 {
        part = 0;
        whole += 1;
    }
    if value < 0.0 && whole + part > 0 {
        bytes(out, b'-'.into(), 1);
    }
    number(out, whole);
    if part > 0 {
        bytes(out, b'.'.into(), 1);
        digits(out, part, SCALE as u64 / 10, 0);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn numbers_read_back_as_they_were() {
        for number in
            [0.0, 1.0, -1.0, 0.5, 0.98, 63.42, 1e-9, -0.000_000_001, 123_456_789.987_654_3, 0.999_999_999_9]
        {
            let mut json = Vec::with_capacity(MOST_VALUE);
            float(&mut json, number);
            let text = core::str::from_utf8(&json).unwrap();
            assert!((text.parse::<f64>().unwrap() - number).abs() <= 1e-9, "{number}: {text}");
        }
        let mut json = Vec::with_capacity(300);
        let values = [u64::MAX, 7 | 9 << 32, f64::NAN.to_bits(), 0, 10];
        fill(&mut json, Line::Context, &[2, 1, 0]);
        fill(&mut json, Line::Trained, &values);
        let wanted = ",\"hybrid:weekday:none\":{{\"trained\":18446744073709551615,\"correct\":38654705671,\
                      \"accuracy\":null,\"patterns_learned\":0,\"patterns_refuted\":10}";
        assert_eq!(core::str::from_utf8(&json).unwrap(), wanted);
        json.clear();
        fill(&mut json, Line::Statistics, &[0, 7 | 9 << 32, 5, 0, 0, 0, 0, 0]);
        assert!(json.starts_with(b",\"none\":{\"attempts\":7,\"successes\":9,\"total_steps\":5,"));
        json.clear();
        fill(&mut json, Line::Cycle, &[0, 0, 0, 0, 0, 0, 0, 0, 1]);
        assert!(json.ends_with(b"\"rolled_back\":true}"));
    }

    #[test]
    fn what_finds_no_room_is_left_out_and_values_have_room() {
        let mut json = Vec::with_capacity(3);
        fill(&mut json, Line::Head, &[]);
        assert_eq!(json, b"{\"v");
        for line in [Line::Trained, Line::Statistics, Line::Totals, Line::Cycle, Line::Verdict, Line::Tail] {
            for value in [0, u64::MAX, (-8_999_999_999_999_999.123_f64).to_bits(), (-1e-9f64).to_bits(), 1] {
                let mut json = Vec::with_capacity(1000);
                fill(&mut json, line, &[value; 12]);
                assert!((20..=most(line)).contains(&json.len()), "{line:?} {value}");
            }
        }
        assert_eq!(most(Line::Head), 12);
    }
}
