//! Vectors to measure with: made, not loaded, and the same every time.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Floats between -1 and 1 (SplitMix64, Steele, Lea and Flood 2014).
pub(crate) struct Floats(pub(crate) u64);

impl Iterator for Floats {
    type Item = f32;
    fn next(&mut self) -> Option<f32> {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        Some((z >> 40) as f32 / (1u64 << 23) as f32 - 1.0)
    }
}

/// Writes `rows` vectors of `dimension` elements as raw little-endian f32.
pub(crate) fn write_raw(path: &Path, rows: usize, dimension: usize) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    for value in Floats(7).take(rows * dimension) {
        out.write_all(&value.to_le_bytes())?;
    }
    out.flush()
}
