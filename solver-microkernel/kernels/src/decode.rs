//! Arrays of a file into numbers.

/// Indices of four or eight bytes; one that needs more than 32 bits becomes the greatest number, which
/// is always out of range.
#[inline(never)]
pub fn indices(bytes: &[u8], width: u64, out: &mut [u32]) {
    if width == 8 {
        for (out, bytes) in out.iter_mut().zip(bytes.as_chunks::<8>().0) {
            *out = u32::try_from(u64::from_le_bytes(*bytes)).unwrap_or(u32::MAX);
        }
    } else {
        for (out, bytes) in out.iter_mut().zip(bytes.as_chunks::<4>().0) {
            *out = u32::from_le_bytes(*bytes);
        }
    }
}

/// Floats of four or eight bytes.
#[inline(never)]
pub fn floats(bytes: &[u8], width: u64, out: &mut [f64]) {
    if width == 8 {
        for (out, bytes) in out.iter_mut().zip(bytes.as_chunks::<8>().0) {
            *out = f64::from_le_bytes(*bytes);
        }
    } else {
        for (out, bytes) in out.iter_mut().zip(bytes.as_chunks::<4>().0) {
            *out = f32::from_le_bytes(*bytes).into();
        }
    }
}
