//! What this solver says: its description, from which a host makes its commands and their help, and the
//! sentences about faults. The module travels in every file, so it carries them packed (`build/main.rs` puts
//! them together out of the folder `texts`) and unpacks them once, when the first is wanted.

use crate::unpack::unpack;
use core::sync::atomic::{AtomicBool, AtomicU8, Ordering};

/// What this solver can do, as JSON.
pub const DESCRIPTION: &str = include_str!(concat!(env!("OUT_DIR"), "/description.json"));
const PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/packed.bin"));
/// Bytes of all texts.
const LEN: usize = include!(concat!(env!("OUT_DIR"), "/texts_len"));

/// The texts, zeros at first. Atomic because they are shared; threads that unpack at the same time write the
/// same bytes in the same order.
static TEXTS: [AtomicU8; LEN] = [const { AtomicU8::new(0) }; LEN];
static DONE: AtomicBool = AtomicBool::new(false);

#[inline(never)]
fn texts() -> &'static [AtomicU8] {
    if !DONE.load(Ordering::Acquire) {
        let get = |at: usize| TEXTS.get(at).map_or(0, |byte| byte.load(Ordering::Relaxed));
        let set = |at: usize, value| {
            if let Some(byte) = TEXTS.get(at) {
                byte.store(value, Ordering::Relaxed);
            }
        };
        unpack(PACKED, LEN, get, set);
        DONE.store(true, Ordering::Release);
    }
    &TEXTS
}

/// The bytes of [`DESCRIPTION`], unpacked.
#[must_use]
pub fn description() -> &'static [AtomicU8] {
    texts().get(..DESCRIPTION.len()).unwrap_or_default()
}

/// The bytes of a line; line 0 is the description.
#[inline(never)]
pub(crate) fn line(number: u8) -> &'static [AtomicU8] {
    let mut lines = texts().split(|byte| byte.load(Ordering::Relaxed) == b'\n');
    lines.nth(number.into()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sentence::Sentence;
    use alloc::vec::Vec;

    fn plain(bytes: &[AtomicU8]) -> Vec<u8> {
        bytes.iter().map(|byte| byte.load(Ordering::Relaxed)).collect()
    }

    #[test]
    fn texts_are_unpacked_as_they_were_written() {
        assert_eq!(plain(description()), DESCRIPTION.as_bytes());
        assert_eq!(plain(line(0)), DESCRIPTION.as_bytes());
        assert_eq!(plain(line(Sentence::Place as u8)), b"0 (segment #, offset #)");
        let last = Sentence::RepeatedIds as u8;
        assert_eq!(plain(line(last)).is_empty(), !cfg!(feature = "rows"));
        let behind = last + u8::from(cfg!(feature = "rows"));
        assert_eq!(plain(line(behind)).is_empty(), !cfg!(feature = "temporal"));
        for number in 1..last {
            let line = plain(line(number));
            assert!(matches!(line.as_slice(), [b'0' | b'2'..=b'7', _, ..]), "{number}");
        }
    }
}
