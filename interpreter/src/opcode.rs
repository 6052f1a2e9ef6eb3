//! The register code that functions are translated to.
//!
//! An instruction is four 16-bit words, and more for some: operation, destination `d`, operands `a` and `b`.
//! A place in the frame is its byte offset, 8 per slot. Constants have places too, behind the operands,
//! so no operation needs to know where an operand comes from.
//!
//! Numeric operations have the byte of the WebAssembly instruction as their number (saturating
//! conversions follow at [`SATURATING`]), vector operations their number plus [`VECTOR`]. The rest is here. `off32`
//! is a branch's distance in words from itself, in two words, low half first.

/// `d = a`.
pub(crate) const COPY: u16 = 0x01;
/// `d = a`, two slots.
pub(crate) const COPY_V128: u16 = 0x02;
/// `d` = the next 4 words.
pub(crate) const CONST: u16 = 0x03;
/// `d` = the next 8 words, two slots; one more than [`CONST`].
#[cfg(feature = "simd")]
pub(crate) const CONST_V128: u16 = 0x04;
/// Then off32.
pub(crate) const BRANCH: u16 = 0x05;
/// Branch if `a` is not zero; then off32.
pub(crate) const BRANCH_IF: u16 = 0x06;
/// Branch if `a` is zero; then off32.
pub(crate) const BRANCH_UNLESS: u16 = 0x07;
/// Branch by `a`; then the highest number n as two words, and n + 1 times off32.
pub(crate) const BRANCH_TABLE: u16 = 0x08;
/// Return no value.
pub(crate) const RETURN: u16 = 0x09;
/// Return the slot `a`.
pub(crate) const RETURN_ONE: u16 = 0x0A;
/// Return slots: then how many, and their places.
pub(crate) const RETURN_MANY: u16 = 0x0B;
/// Call a function of the same module, results to `d`. Words 2 and 3 are the size of this frame in bytes and the number
/// of argument slots; then the number of the function's code as two words, and the places of the arguments.
pub(crate) const CALL: u16 = 0x0C;
/// The same for an imported function; the number is its index.
#[cfg(feature = "linking")]
pub(crate) const CALL_IMPORT: u16 = 0x0D;
/// The same through a table; before the places of the arguments come type as two words, table, place of the index.
pub(crate) const CALL_INDIRECT: u16 = 0x0E;
/// `d` = `a` if the place in the next word is not zero, else `b`.
pub(crate) const SELECT: u16 = 0x0F;
/// The same, two slots.
pub(crate) const SELECT_V128: u16 = 0x10;
/// `d` = the global of the number in words 2 and 3.
pub(crate) const GLOBAL_GET: u16 = 0x11;
/// The same, two slots.
pub(crate) const GLOBAL_GET_V128: u16 = 0x12;
/// The global of the number in words 3 and 1 = `a`.
pub(crate) const GLOBAL_SET: u16 = 0x13;
/// The same, two slots.
pub(crate) const GLOBAL_SET_V128: u16 = 0x14;
/// `d` = reference to the function of the number in words 2 and 3.
pub(crate) const REF_FUNC: u16 = 0x15;
/// `d = a` + two words, the part of an address that does not fit a load or store; traps beyond 32 bits.
pub(crate) const ADDRESS: u16 = 0x16;

/// First of the bulk operations, [`MEMORY_INIT`] to [`TABLE_SIZE`]: words 1 to 4 are `d`, `a`, `b`, `c`, then come two
/// numbers (of tables or segments).
pub(crate) const BULK: u16 = 0x17;
pub(crate) const MEMORY_INIT: u16 = BULK;
pub(crate) const DATA_DROP: u16 = 0x18;
pub(crate) const MEMORY_COPY: u16 = 0x19;
pub(crate) const MEMORY_FILL: u16 = 0x1A;
pub(crate) const TABLE_INIT: u16 = 0x1B;
pub(crate) const ELEMENTS_DROP: u16 = 0x1C;
pub(crate) const TABLE_COPY: u16 = 0x1D;
pub(crate) const TABLE_FILL: u16 = 0x1E;
pub(crate) const TABLE_SET: u16 = 0x1F;
/// From here on the bulk operations have a result.
pub(crate) const TABLE_GET: u16 = 0x20;
pub(crate) const TABLE_GROW: u16 = 0x21;
pub(crate) const TABLE_SIZE: u16 = 0x22;

pub(crate) const MEMORY_SIZE: u16 = 0x3F;
pub(crate) const MEMORY_GROW: u16 = 0x40;
pub(crate) const I32_EQZ: u16 = 0x45;
pub(crate) const I32_EQ: u16 = 0x46;
pub(crate) const I32_GE_U: u16 = 0x4F;
pub(crate) const I64_EQZ: u16 = 0x50;

/// `i32.trunc_sat_f32_s` and the seven that follow it.
pub(crate) const SATURATING: u16 = 0xC5;
/// Branch if the comparison with the same place behind [`I32_EQ`] holds for `a` and `b`; then off32.
pub(crate) const BRANCH_COMPARE: u16 = 0xCD;
// Pairs: the instruction does its own operation and then that of the instruction behind it, whose
// operation is not looked at.
pub(crate) const ADD_THEN_LOAD32: u16 = 0xD7;
pub(crate) const ADD_THEN_LOAD64: u16 = 0xD8;
pub(crate) const ADD_THEN_ADD: u16 = 0xD9;
pub(crate) const SHIFT_THEN_ADD: u16 = 0xDA;
pub(crate) const LOAD32_THEN_ADD: u16 = 0xDB;
pub(crate) const STORE32_THEN_LOAD32: u16 = 0xDC;

/// The pair that two operations make. Those are the ones that solvers run most, as counted.
pub(crate) const fn pair(first: u16, second: u16) -> Option<u16> {
    // The smallest module does without.
    if cfg!(all(target_family = "wasm", not(feature = "simd"))) {
        return None;
    }
    Some(match (first, second) {
        (0x6A, 0x28 | 0x2A) => ADD_THEN_LOAD32,
        (0x6A, 0x29 | 0x2B) => ADD_THEN_LOAD64,
        (0x6A, 0x6A) => ADD_THEN_ADD,
        (0x74, 0x6A) => SHIFT_THEN_ADD,
        (0x28, 0x6A) => LOAD32_THEN_ADD,
        (0x36 | 0x38, 0x28 | 0x2A) => STORE32_THEN_LOAD32,
        _ => return None,
    })
}

/// First vector operation.
#[cfg(feature = "simd")]
pub(crate) const VECTOR: u16 = 0x100;
