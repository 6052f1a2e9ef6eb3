//! What a section announces, against the bytes it has.
//!
//! A validator makes room for as many items as a section announces before it reads the first: 26
//! bytes that announce a million imports made it take 166 MB. So counts are looked at before it is
//! called.

use std::ops::Range;

use wasmparser::{Parser, Payload};

use crate::inspect::InspectError;

/// Least bytes of an import (two empty names, a kind, an index; compact forms have one less) or of an
/// export (an empty name, a kind, an index).
const LEAST_NAMED: u64 = 3;
/// Least bytes of any other item.
const LEAST: u64 = 1;

/// Refuses a section that announces more items than its bytes can hold (the code section must agree
/// with the function section anyway). What is malformed in another
/// way is left to the validator.
pub(crate) fn check(module: &[u8]) -> Result<(), InspectError> {
    for payload in Parser::new(0).parse_all(module) {
        let Ok(payload) = payload else { return Ok(()) };
        let (count, range, least) = match &payload {
            Payload::TypeSection(s) => (s.count(), s.range(), LEAST),
            Payload::ImportSection(s) => (s.count(), s.range(), LEAST_NAMED),
            Payload::FunctionSection(s) => (s.count(), s.range(), LEAST),
            Payload::TableSection(s) => (s.count(), s.range(), LEAST),
            Payload::MemorySection(s) => (s.count(), s.range(), LEAST),
            Payload::TagSection(s) => (s.count(), s.range(), LEAST),
            Payload::GlobalSection(s) => (s.count(), s.range(), LEAST),
            Payload::ExportSection(s) => (s.count(), s.range(), LEAST_NAMED),
            Payload::ElementSection(s) => (s.count(), s.range(), LEAST),
            Payload::DataSection(s) => (s.count(), s.range(), LEAST),
            _ => continue,
        };
        let Range { start, end } = range;
        let held = end.saturating_sub(start);
        if u64::from(count) * least > held {
            let message = format!("a section announces {count} items and has {held} bytes");
            return Err(InspectError::new(start, message));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_that_announces_a_million_imports_in_six_bytes() {
        let section = [&[2, 9], &[0xc0, 0x84, 0x3d][..], b"\x01e\x01f\0\0"].concat();
        let module = [b"\0asm\x01\0\0\0".as_slice(), &section].concat();
        assert!(check(&module).is_err_and(|e| e.offset == 10 && e.message.contains("1000000 items")));
    }
}
