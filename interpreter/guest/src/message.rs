//! The sentence of the last error.

/// Room for the longest sentence and an offset.
const LEN: usize = 160;

pub(crate) struct Message {
    bytes: [u8; LEN],
    len: usize,
}

impl Message {
    pub(crate) const fn new() -> Self {
        Self { bytes: [0; LEN], len: 0 }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    /// Starts a new sentence.
    pub(crate) fn set(&mut self, text: &str) {
        self.len = 0;
        self.add(text);
    }

    pub(crate) fn add(&mut self, text: &str) {
        for byte in text.bytes() {
            self.push(byte);
        }
    }

    pub(crate) fn add_hex(&mut self, number: u32) {
        let digits = (32 - number.leading_zeros()).div_ceil(4).max(1);
        for digit in (0..digits).rev() {
            let digit = (number >> (4 * digit) & 0xF) as u8;
            self.push(if digit < 10 { b'0' + digit } else { b'a' - 10 + digit });
        }
    }

    fn push(&mut self, byte: u8) {
        if let Some(place) = self.bytes.get_mut(self.len) {
            *place = byte;
            self.len += 1;
        }
    }
}
