/// Bytes as lower-case hexadecimal digits, two a byte, in order.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
