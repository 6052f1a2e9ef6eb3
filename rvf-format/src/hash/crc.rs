//! CRC-32 in its two flavours.

/// `checksum_algo` 0: CRC-32/IEEE (check value `cbf43926` for "123456789"), followed by the same
/// number rotated left by 8, 16 and 24 bits. Sixteen zero bytes for an empty payload.
#[must_use]
pub fn crc_rotation(bytes: &[u8]) -> [u8; 16] {
    if bytes.is_empty() { [0; 16] } else { rotation_of(crc32fast::hash(bytes)) }
}

pub(super) fn rotation_of(crc: u32) -> [u8; 16] {
    let mut out = [0; 16];
    for (word, turn) in out.as_chunks_mut::<4>().0.iter_mut().zip([0, 8, 16, 24]) {
        *word = crc.rotate_left(turn).to_le_bytes();
    }
    out
}

/// The Castagnoli polynomial, reflected.
const CASTAGNOLI: u32 = 0x82F6_3B78;

static TABLE: [u32; 256] = table();

#[allow(clippy::indexing_slicing)] // the index stays below 256
const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ CASTAGNOLI } else { crc >> 1 };
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
}

/// CRC-32C (RFC 3720 appendix B.4), for the root page and the blocks of other writers: a few
/// kilobytes at a time, so a table is fast enough.
#[must_use]
pub fn crc32c(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc: u32, byte| {
        let entry = TABLE.get(usize::from(crc as u8 ^ byte)).copied().unwrap_or_default();
        entry ^ (crc >> 8)
    })
}
