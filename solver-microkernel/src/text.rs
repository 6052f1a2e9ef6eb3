//! A short text in a fixed buffer: errors and summaries need no allocation, so they cannot fail.

use crate::limits::TEXT_BYTES;

/// UTF-8 of at most [`TEXT_BYTES`] bytes; what does not fit is left out piece by piece.
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

    pub(crate) fn push(&mut self, words: &str) {
        self.push_bytes(words.as_bytes());
    }

    /// Appends a number in decimal.
    pub(crate) fn push_number(&mut self, mut number: u64) {
        let mut digits = [0; 20];
        let mut used = 0;
        for digit in digits.iter_mut().rev() {
            *digit = b'0' + (number % 10) as u8;
            number /= 10;
            used += 1;
            if number == 0 {
                break;
            }
        }
        self.push_bytes(digits.get(20 - used..).unwrap_or_default());
    }

    /// Appends `,"key":number` of a JSON object.
    pub(crate) fn push_field(&mut self, key: &str, number: u64) {
        self.push(",\"");
        self.push(key);
        self.push("\":");
        self.push_number(number);
    }

    /// Appends `,"key":"word"`; the word needs no escape.
    pub(crate) fn push_word(&mut self, key: &str, word: &str) {
        self.push(",\"");
        self.push(key);
        self.push("\":\"");
        self.push(word);
        self.push("\"");
    }

    #[inline(never)]
    pub(crate) fn push_bytes(&mut self, bytes: &[u8]) {
        let end = self.len.saturating_add(bytes.len());
        if let Some(room) = self.bytes.get_mut(self.len..end) {
            room.copy_from_slice(bytes);
            self.len = end;
        }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_decimal_and_overlong_pieces_are_left_out() {
        let mut text = Text::new();
        text.push("{\"op\":\"x\"");
        text.push_field("n", 0);
        text.push_field("m", u64::MAX);
        text.push_word("w", "l2");
        assert_eq!(text.bytes(), br#"{"op":"x","n":0,"m":18446744073709551615,"w":"l2""#);
        let before = text.bytes().len();
        text.push(core::str::from_utf8(&[b'a'; TEXT_BYTES]).unwrap_or_default());
        assert_eq!(text.bytes().len(), before);
    }
}
