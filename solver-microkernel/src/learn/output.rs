//! Bytes that grow in room that was made before: JSON without `core::fmt` (which is larger than the puzzles),
//! and chains. What finds no room is left out.

use crate::lists::put;
use solver_lists::Vec;

/// What an `@` may stand for, each in seven places: arms, modes, and the three parts of the name of a bucket.
const WORDS: &[u8] = b"none   weekday\
hybrid a      b      c      small  medium large  clean  some   heavy  clean  noisy  ";
const PLACES: usize = 7;
/// Places in it.
pub const ARM: u64 = 0;
/// See [`ARM`].
pub const MODE: u64 = 3;
/// See [`ARM`].
pub const BUCKET: [u64; 3] = [6, 9, 12];
/// The most bytes that stand for one value: a sign, 16 digits, a point and nine more.
const MOST_VALUE: usize = 27;

/// The most bytes that [`fill`] makes of words.
#[must_use]
pub const fn most(words: &str) -> usize {
    let mut bytes = words.as_bytes();
    let mut count = bytes.len();
    while let [first, rest @ ..] = bytes {
        if matches!(first, b';'..=b'@') {
            count += MOST_VALUE;
        }
        bytes = rest;
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

/// Appends words in which the next value stands for each `;` (a whole number), `=` (the bits of a number, written
/// with at most nine decimals; `null` for what is none, and for 9e15 and more), `?` (`false` or `true`) and `@`
/// (one of the words known here); `<` and `>` stand for the lower and the upper half of the same value. A comma in
/// front is left out when what follows comes first in its object or list.
#[inline(never)]
pub fn fill(out: &mut Vec<u8>, words: &str, values: &[u64]) {
    let mut values = values.iter();
    let mut value = 0;
    for byte in words.as_bytes() {
        if matches!(byte, b';'..=b'@') && *byte != b'>' {
            value = values.next().copied().unwrap_or_default();
        }
        match byte {
            b';' => number(out, value),
            b'<' => number(out, value & u64::from(u32::MAX)),
            b'=' => float(out, f64::from_bits(value)),
            b'>' => number(out, value >> 32),
            b'?' => fill(out, if value == 0 { "false" } else { "true" }, &[]),
            b'@' => {
                let words = WORDS.get(PLACES.wrapping_mul(value as usize)..).unwrap_or_default();
                for letter in words.iter().take(PLACES) {
                    if *letter > b' ' {
                        bytes(out, (*letter).into(), 1);
                    }
                }
            }
            b',' if matches!(out.last(), Some(b'{' | b'[')) => {}
            _ => bytes(out, (*byte).into(), 1),
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
        return fill(out, "null", &[]);
    }
    let mut whole = size as u64;
    let mut part = ((size - whole as f64) * SCALE + 0.5) as u64;
    if part >= SCALE as u64 {
        part = 0;
        whole += 1;
    }
    if value < 0.0 && whole + part > 0 {
        fill(out, "-", &[]);
    }
    number(out, whole);
    if part > 0 {
        fill(out, ".", &[]);
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
        let mut json = Vec::with_capacity(100);
        let values = [u64::MAX, f64::NAN.to_bits(), 1, 2, 10, 7 | 9 << 32];
        fill(&mut json, "{,'a':;,'b':=,'c':?,'d':'@','e':;,'f':[<,>],", &values);
        let wanted = "{'a':18446744073709551615,'b':null,'c':true,'d':'hybrid','e':10,'f':[7,9],";
        assert_eq!(core::str::from_utf8(&json).unwrap(), wanted);
    }

    #[test]
    fn what_finds_no_room_is_left_out_and_values_have_room() {
        let mut json = Vec::with_capacity(3);
        fill(&mut json, "abcd", &[]);
        assert_eq!(json.len(), json.capacity());
        for words in [";", "=", "?", "@", "<>"] {
            for value in [0, u64::MAX, (-8_999_999_999_999_999.123_f64).to_bits(), (-1e-9f64).to_bits(), 1] {
                let mut json = Vec::with_capacity(100);
                fill(&mut json, words, &[value]);
                assert!(json.len() <= most(words), "{words} {value}");
            }
        }
    }
}
