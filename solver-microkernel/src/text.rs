//! A short text in a fixed buffer: errors and summaries need no allocation, so they cannot fail.

use crate::limits::TEXT_BYTES;
use core::sync::atomic::{AtomicU8, Ordering};

/// UTF-8 of at most [`TEXT_BYTES`] bytes; what does not fit is left out.
#[derive(Debug)]
pub(crate) struct Text {
    bytes: [u8; TEXT_BYTES],
    len: usize,
}

impl Text {
    pub(crate) const fn new() -> Self {
        Self { bytes: [0; TEXT_BYTES], len: 0 }
    }

    pub(crate) const fn clear(&mut self) {
        self.len = 0;
    }

    #[inline(never)]
    fn push_byte(&mut self, byte: u8) {
        if let Some(to) = self.bytes.get_mut(self.len) {
            *to = byte;
            self.len += 1;
        }
    }

    /// Appends ASCII words.
    #[inline(never)]
    pub(crate) fn push(&mut self, words: &str) {
        for byte in words.bytes() {
            self.push_byte(byte);
        }
    }

    /// Appends a line of the texts behind its digit; each `#` in it stands for the next number.
    #[inline(never)]
    pub(crate) fn push_line(&mut self, line: &[AtomicU8], mut number: u64, next: u64) {
        for byte in line.iter().skip(1) {
            let byte = byte.load(Ordering::Relaxed);
            if byte == b'#' {
                self.push_number(number);
                number = next;
            } else {
                self.push_byte(byte);
            }
        }
    }

    /// Appends a number in decimal.
    #[inline(never)]
    pub(crate) fn push_number(&mut self, mut number: u64) {
        // The first digit of the greatest u64; digits are counted, because divisions that could
        // be by zero cost code.
        let mut power = 10_000_000_000_000_000_000;
        let mut started = false;
        while power > 0 {
            let mut digit = b'0';
            while number >= power {
                number -= power;
                digit += 1;
            }
            started |= digit > b'0' || power == 1;
            if started {
                self.push_byte(digit);
            }
            power /= 10;
        }
    }

    /// Appends `,"key":number` of a JSON object.
    #[inline(never)]
    pub(crate) fn push_field(&mut self, key: &str, number: u64) {
        self.push(",\"");
        self.push(key);
        self.push("\":");
        self.push_number(number);
    }

    /// Appends `,"key":"word"`; the word needs no escape.
    #[cfg(feature = "sparse")]
    pub(crate) fn push_word(&mut self, key: &str, word: &str) {
        self.push(",\"");
        self.push(key);
        self.push("\":\"");
        self.push(word);
        self.push("\"");
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_decimal_and_what_does_not_fit_is_left_out() {
        let mut text = Text::new();
        text.push("{\"op\":\"x\"");
        text.push_field("n", 0);
        text.push_field("m", u64::MAX);
        text.push_field("t", 10);
        text.push_line(&b"0 # of #".map(AtomicU8::new), 99, 100);
        assert_eq!(text.bytes(), br#"{"op":"x","n":0,"m":18446744073709551615,"t":10 99 of 100"#);
        for _ in 0..TEXT_BYTES {
            text.push("ab");
        }
        assert_eq!(text.bytes().len(), TEXT_BYTES);
    }
}
