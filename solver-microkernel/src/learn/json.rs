//! A writer of JSON, without `core::fmt` (which is larger than the puzzles).

use super::Full;
use alloc::vec::Vec;

/// What a `#` stands for.
#[derive(Clone, Copy, Debug)]
pub enum Value {
    /// A whole number.
    Count(u64),
    /// A number with at most nine decimals; `null` for what is none, and for 9e15 and more.
    Real(f64),
    /// `true` or `false`.
    Truth(bool),
    /// As it is.
    Word(&'static str),
}

/// JSON as it grows. Memory that is not there is told at the end.
#[derive(Debug, Default)]
pub struct Json {
    bytes: Vec<u8>,
    full: bool,
}

impl Json {
    /// Nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { bytes: Vec::new(), full: false }
    }

    #[inline(never)]
    fn byte(&mut self, byte: u8) {
        if self.bytes.try_reserve(1).is_err() {
            self.full = true;
            return;
        }
        self.bytes.push(byte);
    }

    /// Appends words as they are.
    #[inline(never)]
    pub fn raw(&mut self, words: &str) {
        for byte in words.bytes() {
            self.byte(byte);
        }
    }

    /// Appends words in which each `#` stands for the next value.
    #[inline(never)]
    pub fn fill(&mut self, words: &str, values: &[Value]) {
        let mut values = values.iter();
        for byte in words.bytes() {
            if byte != b'#' {
                self.byte(byte);
                continue;
            }
            match values.next() {
                Some(Value::Count(number)) => self.number(*number),
                Some(Value::Real(number)) => self.float(*number),
                Some(Value::Truth(true)) => self.raw("true"),
                Some(Value::Truth(false)) => self.raw("false"),
                Some(Value::Word(words)) => self.raw(words),
                None => self.raw("null"),
            }
        }
    }

    /// Appends a comma unless what follows comes first in its object or list.
    pub fn comma(&mut self) {
        if !matches!(self.bytes.last(), None | Some(b'{' | b'[')) {
            self.byte(b',');
        }
    }

    #[inline(never)]
    fn number(&mut self, mut number: u64) {
        let mut digits = [0u8; 20];
        let mut used = 0;
        for place in digits.iter_mut().rev() {
            *place = b'0' + (number % 10) as u8;
            number /= 10;
            used += 1;
            if number == 0 {
                break;
            }
        }
        for digit in digits.iter().skip(20 - used) {
            self.byte(*digit);
        }
    }

    #[inline(never)]
    fn float(&mut self, number: f64) {
        const SCALE: f64 = 1e9;
        let size = number.abs();
        if size.is_nan() || size >= 9.0e15 {
            return self.raw("null");
        }
        let mut whole = size as u64;
        let mut part = ((size - whole as f64) * SCALE + 0.5) as u64;
        if part >= SCALE as u64 {
            part = 0;
            whole += 1;
        }
        if number < 0.0 && whole + part > 0 {
            self.byte(b'-');
        }
        self.number(whole);
        if part > 0 {
            self.byte(b'.');
            let mut power = SCALE as u64 / 10;
            while part > 0 {
                self.byte(b'0' + (part / power) as u8);
                part %= power;
                power /= 10;
            }
        }
    }

    /// The bytes, unless memory ended.
    pub fn finish(self) -> Result<Vec<u8>, Full> {
        if self.full { Err(Full) } else { Ok(self.bytes) }
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
            let mut json = Json::new();
            json.float(number);
            let text = alloc::string::String::from_utf8(json.finish().unwrap()).unwrap();
            assert!((text.parse::<f64>().unwrap() - number).abs() <= 1e-9, "{number}: {text}");
        }
        let mut json = Json::new();
        let values = [Value::Count(u64::MAX), Value::Real(f64::NAN), Value::Truth(true), Value::Word("w")];
        json.fill("{'a':#,'b':#,'c':#,'d':'#','e':#}", &values);
        json.comma();
        assert_eq!(json.finish().unwrap(), b"{'a':18446744073709551615,'b':null,'c':true,'d':'w','e':null},");
    }
}
