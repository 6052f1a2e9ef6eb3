//! The additive byte fold that published software stores where its documents say SHAKE-256.

/// Thirty-two byte sums: lane i mod 32 gains the byte, and lane (i + 13) mod 32 gains that lane
/// rotated left by three. Anyone can make bytes for a wished value: this is no protection, and is
/// computed only to name such a value when it is met.
#[must_use]
pub fn byte_fold32(bytes: &[u8]) -> [u8; 32] {
    let mut lanes = [0u8; 32];
    for (i, byte) in bytes.iter().enumerate() {
        let (k, other) = (i % 32, (i + 13) % 32);
        let Some(lane) = lanes.get_mut(k) else { continue };
        *lane = lane.wrapping_add(*byte);
        let turned = lane.rotate_left(3);
        if let Some(lane) = lanes.get_mut(other) {
            *lane = lane.wrapping_add(turned);
        }
    }
    lanes
}
