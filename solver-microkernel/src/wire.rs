//! Little-endian numbers at offsets, and single words of slices: each once, in a function of its
//! own, because this crate is built for size.

/// The number of `len` bytes at `at`. Bytes that are not there count as zero, so a caller compares
/// lengths first.
#[inline(never)]
pub(crate) fn number(bytes: &[u8], at: usize, len: usize) -> u64 {
    let mut value = 0;
    for index in (at..at + len).rev() {
        value = value << 8 | u64::from(bytes.get(index).copied().unwrap_or_default());
    }
    value
}

/// The same for numbers of at most four bytes.
pub(crate) fn number32(bytes: &[u8], at: usize, len: usize) -> u32 {
    number(bytes, at, len) as u32
}

/// The value, or the greatest that an address can have.
pub(crate) fn clamp(value: u64) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}
