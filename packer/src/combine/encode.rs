//! The few encodings of the binary format that combining needs.

/// An unsigned number.
pub(super) fn unsigned(out: &mut Vec<u8>, mut value: u64) {
    loop {
        let byte = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            out.push(byte);
            return;
        }
        out.push(byte | 0x80);
    }
}

/// A signed number.
pub(super) fn signed(out: &mut Vec<u8>, mut value: i32) {
    loop {
        let byte = (value & 0x7f) as u8;
        value >>= 7;
        // The sign of what remains must be that of the last bit written.
        if (value == 0 && byte & 0x40 == 0) || (value == -1 && byte & 0x40 != 0) {
            out.push(byte);
            return;
        }
        out.push(byte | 0x80);
    }
}

/// A name.
pub(super) fn name(out: &mut Vec<u8>, text: &str) {
    unsigned(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

/// A section.
pub(super) fn section(out: &mut Vec<u8>, id: u8, body: &[u8]) {
    out.push(id);
    unsigned(out, body.len() as u64);
    out.extend_from_slice(body);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_as_the_specification_s_examples() {
        let of = |value| {
            let mut out = Vec::new();
            unsigned(&mut out, value);
            out
        };
        assert_eq!(
            [of(0), of(127), of(128), of(624_485)],
            [vec![0], vec![127], vec![128, 1], vec![0xe5, 0x8e, 0x26]]
        );
        let of = |value| {
            let mut out = Vec::new();
            signed(&mut out, value);
            out
        };
        assert_eq!(
            [of(2), of(-2), of(127), of(-127)],
            [vec![2], vec![0x7e], vec![0xff, 0], vec![0x81, 0x7f]]
        );
        assert_eq!(of(-123_456), [0xc0, 0xbb, 0x78]);
    }
}
