//! VEC_SEG: the row-major layout, which all software reads.

use crate::forever::{ID_LEN, VEC_HEAD_LEN};
use alloc::vec::Vec;

/// Appends the payload for `rows` (one vector after the other, `dimension` elements each) with
/// their `ids` to `out`. Rows beyond the shorter of the two are left out.
pub fn encode(dimension: u16, ids: &[u64], rows: &[f32], out: &mut Vec<u8>) {
    let width = usize::from(dimension);
    let count = ids.len().min(rows.len().checked_div(width).unwrap_or(ids.len()));
    out.reserve(VEC_HEAD_LEN + count * (ID_LEN + 4 * width));
    out.extend_from_slice(&dimension.to_le_bytes());
    out.extend_from_slice(&(count as u32).to_le_bytes());
    let mut rows = rows.chunks_exact(width.max(1));
    for id in ids.iter().take(count) {
        out.extend_from_slice(&id.to_le_bytes());
        let start = out.len();
        out.resize(start + 4 * width, 0);
        let place = out.get_mut(start..).unwrap_or_default().as_chunks_mut::<4>().0;
        for (bytes, element) in place.iter_mut().zip(rows.next().unwrap_or_default()) {
            *bytes = element.to_le_bytes();
        }
    }
}
