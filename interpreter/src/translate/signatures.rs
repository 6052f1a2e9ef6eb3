//! Types of the numeric instructions, `i32.eqz` (0x45) to `i64.extend32_s` (0xC4) and then the saturating
//! conversions, packed: the operands' type, the result's type, and whether there are two operands.

use crate::types::ValType;

const I: u8 = 0;
const J: u8 = 1;
const F: u8 = 2;
const D: u8 = 3;
const BINARY: u8 = 16;

const FIRST: u8 = 0x45;
const COUNT: usize = 0xCD - FIRST as usize;

#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler")]
static SIGNATURES: [u8; COUNT] = {
    let mut table = [0; COUNT];
    let mut n = 0;
    while n < COUNT {
        let (from, to, two) = signature(n as u8 + FIRST);
        table[n] = from << 2 | to | two;
        n += 1;
    }
    table
};

/// From type, to type, one or two operands. Names of the instructions: specification, 5.4.7.
const fn signature(opcode: u8) -> (u8, u8, u8) {
    match opcode {
        // Tests and comparisons.
        0x45 => (I, I, 0),
        0x46..=0x4F => (I, I, BINARY),
        0x50 => (J, I, 0),
        0x51..=0x5A => (J, I, BINARY),
        0x5B..=0x60 => (F, I, BINARY),
        0x61..=0x66 => (D, I, BINARY),
        // Arithmetic.
        0x67..=0x69 | 0xC0 | 0xC1 => (I, I, 0),
        0x6A..=0x78 => (I, I, BINARY),
        0x79..=0x7B | 0xC2..=0xC4 => (J, J, 0),
        0x7C..=0x8A => (J, J, BINARY),
        0x8B..=0x91 => (F, F, 0),
        0x92..=0x98 => (F, F, BINARY),
        0x99..=0x9F => (D, D, 0),
        0xA0..=0xA6 => (D, D, BINARY),
        // Conversions.
        0xA7 => (J, I, 0),
        0xA8 | 0xA9 | 0xBC | 0xC5 | 0xC6 => (F, I, 0),
        0xAA | 0xAB | 0xC7 | 0xC8 => (D, I, 0),
        0xAC | 0xAD => (I, J, 0),
        0xAE | 0xAF | 0xC9 | 0xCA => (F, J, 0),
        0xB0 | 0xB1 | 0xBD | 0xCB | 0xCC => (D, J, 0),
        0xB2 | 0xB3 | 0xBE => (I, F, 0),
        0xB4 | 0xB5 => (J, F, 0),
        0xB6 => (D, F, 0),
        0xB7 | 0xB8 => (I, D, 0),
        0xB9 | 0xBA | 0xBF => (J, D, 0),
        _ => (F, D, 0),
    }
}

const fn unpack(packed: u8) -> ValType {
    match packed & 3 {
        I => ValType::I32,
        J => ValType::I64,
        F => ValType::F32,
        _ => ValType::F64,
    }
}

/// Operand type, result type and whether there are two operands.
pub(super) fn numeric(opcode: u16) -> Option<(ValType, ValType, bool)> {
    let packed = *SIGNATURES.get(usize::from(opcode).checked_sub(usize::from(FIRST))?)?;
    Some((unpack(packed >> 2), unpack(packed), packed & BINARY != 0))
}

/// The type that a scalar load or store (0x28 to 0x3E) moves, and the logarithm of its bytes in memory.
pub(super) fn access(opcode: u8) -> (ValType, u8) {
    let ty = match opcode {
        0x28 | 0x2C..=0x2F | 0x36 | 0x3A | 0x3B => ValType::I32,
        0x2A | 0x38 => ValType::F32,
        0x2B | 0x39 => ValType::F64,
        _ => ValType::I64,
    };
    let log = match opcode {
        0x2C | 0x2D | 0x30 | 0x31 | 0x3A | 0x3C => 0,
        0x2E | 0x2F | 0x32 | 0x33 | 0x3B | 0x3D => 1,
        0x29 | 0x2B | 0x37 | 0x39 => 3,
        _ => 2,
    };
    (ty, log)
}
