//! Bytes that grow: JSON without `core::fmt` (which is larger than the puzzles), saved states, chains.

use super::Full;
use solver_lists::{Vec, append};

/// What an `@` may stand for.
const WORDS: [&str; 14] = [
    "none", "weekday", "hybrid", "mode_a", "mode_b", "mode_c", "small", "medium", "large", "clean", "some",
    "heavy", "clean", "noisy",
];
/// Places in it: the arms, the modes, and the three parts of the name of a bucket.
pub const ARM: u64 = 0;
/// See [`ARM`].
pub const MODE: u64 = 3;
/// See [`ARM`].
pub const BUCKET: [u64; 3] = [6, 9, 12];

/// Output as it grows. Memory that is not there is told at the end.
#[derive(Debug, Default)]
pub struct Output {
    bytes: Vec<u8>,
    full: bool,
}

impl Output {
    /// Nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { bytes: Vec::new(), full: false }
    }

    /// Nothing again.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.full = false;
    }

    /// What there is.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Makes room for more bytes.
    pub fn reserve(&mut self, more: usize) -> Result<(), Full> {
        let room = self.bytes.capacity() - self.bytes.len();
        // By half at least, so that output that grows is not copied over and over.
        let more = if more > room { more.max(self.bytes.len() / 2) } else { 0 };
        if solver_lists::reserve(&mut self.bytes, more) == 0 { Ok(()) } else { Err(Full) }
    }

    /// Appends bytes.
    #[inline(never)]
    pub fn push(&mut self, bytes: &[u8]) {
        if self.reserve(bytes.len()).is_err() {
            self.full = true;
            return;
        }
        append(&mut self.bytes, bytes);
    }

    /// Appends words in which the next value stands for each `#` (a whole number), `%` (the bits of a
    /// number, written with at most nine decimals; `null` for what is none, and for 9e15 and more), `?`
    /// (`false` or `true`) and `@` (one of the words known here).
    #[inline(never)]
    pub fn fill(&mut self, words: &str, values: &[u64]) {
        let mut values = values.iter();
        for byte in words.as_bytes() {
            let mut next = || values.next().copied().unwrap_or_default();
            match byte {
                b'#' => self.number(next()),
                b'%' => self.float(f64::from_bits(next())),
                b'?' => self.push(if next() == 0 { b"false" } else { b"true" }),
                b'@' => self.push(WORDS.get(next() as usize).copied().unwrap_or_default().as_bytes()),
                _ => self.push(&[*byte]),
            }
        }
    }

    /// Appends a comma unless what follows comes first in its object or list.
    pub fn comma(&mut self) {
        if !matches!(self.bytes.last(), None | Some(b'{' | b'[')) {
            self.push(b",");
        }
    }

    #[inline(never)]
    fn number(&mut self, number: u64) {
        let mut power = 1;
        while number / 10 >= power {
            power *= 10;
        }
        self.digits(number, power, power);
    }

    /// The digits of a number below `10 * power`, from that of `power` on, while something is left; those
    /// down to the ones anyway when `shown` is `power`.
    #[inline(never)]
    fn digits(&mut self, mut number: u64, mut power: u64, mut shown: u64) {
        while power > 0 && (number > 0 || shown > 0) {
            let mut digit = b'0';
            while number >= power {
                number -= power;
                digit += 1;
            }
            self.push(&[digit]);
            power /= 10;
            shown /= 10;
        }
    }

    #[inline(never)]
    fn float(&mut self, number: f64) {
        const SCALE: f64 = 1e9;
        let size = number.abs();
        if size.is_nan() || size >= 9.0e15 {
            return self.push(b"null");
        }
        let mut whole = size as u64;
        let mut part = ((size - whole as f64) * SCALE + 0.5) as u64;
        if part >= SCALE as u64 {
            part = 0;
            whole += 1;
        }
        if number < 0.0 && whole + part > 0 {
            self.push(b"-");
        }
        self.number(whole);
        if part > 0 {
            self.push(b".");
            self.digits(part, SCALE as u64 / 10, 0);
        }
    }

    /// Whether all that was appended is there; if not, nothing is.
    pub fn settle(&mut self) -> Result<(), Full> {
        if self.full {
            self.clear();
            return Err(Full);
        }
        Ok(())
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
            let mut json = Output::new();
            json.float(number);
            json.settle().unwrap();
            let text = core::str::from_utf8(json.bytes()).unwrap();
            assert!((text.parse::<f64>().unwrap() - number).abs() <= 1e-9, "{number}: {text}");
        }
        let mut json = Output::new();
        let values = [u64::MAX, f64::NAN.to_bits(), 1, 2, 10];
        json.fill("{'a':#,'b':%,'c':?,'d':'@','e':#}", &values);
        json.comma();
        json.settle().unwrap();
        assert_eq!(json.bytes(), b"{'a':18446744073709551615,'b':null,'c':true,'d':'hybrid','e':10},");
    }
}
