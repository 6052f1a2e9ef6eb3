//! Deterministic mutations: what a fuzzer does first, without the fuzzer.

use rvf_fixtures::generate::Rng;

/// Numbers that lengths and counts go wrong at.
const EDGES: [u64; 12] = [
    0,
    1,
    0x7f,
    0xff,
    0x7fff,
    0xffff,
    0x7fff_ffff,
    0xffff_ffff,
    0x1_0000_0000,
    i64::MAX as u64,
    u64::MAX - 63,
    u64::MAX,
];

/// A changed copy of `input`; the same for the same generator state. `other` is spliced in now and then.
#[must_use]
pub fn mutate(input: &[u8], other: &[u8], rng: &mut Rng) -> Vec<u8> {
    let mut out = input.to_vec();
    for _ in 0..=rng.below(3) {
        step(&mut out, other, rng);
    }
    out
}

fn step(out: &mut Vec<u8>, other: &[u8], rng: &mut Rng) {
    let at = rng.below(out.len() as u64 + 1) as usize;
    match rng.below(9) {
        0 => out.truncate(at),
        1 => out.insert(at, rng.next_u64() as u8),
        2 => {
            let end = (at + 1 + rng.below(64) as usize).min(out.len());
            out.drain(at..end);
        }
        3 => {
            let piece = &other[rng.below(other.len() as u64 + 1) as usize..];
            let piece = &piece[..piece.len().min(256)];
            out.splice(at..at, piece.iter().copied());
        }
        4 => {
            let end = (at + 1 + rng.below(256) as usize).min(out.len());
            let again = out[at..end].to_vec();
            out.splice(at..at, again);
        }
        5 | 6 => {
            let width = [1, 2, 4, 8][rng.below(4) as usize];
            let value = EDGES[rng.below(EDGES.len() as u64) as usize].to_le_bytes();
            if let Some(place) = out.get_mut(at..at + width) {
                place.copy_from_slice(&value[..width]);
            }
        }
        7 => {
            if let Some(byte) = out.get_mut(at) {
                *byte = rng.next_u64() as u8;
            }
        }
        _ => {
            if let Some(byte) = out.get_mut(at) {
                *byte ^= 1 << rng.below(8);
            }
        }
    }
}
