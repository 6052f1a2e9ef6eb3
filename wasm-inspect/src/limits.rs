//! Every numeric cap of this crate, with where it comes from.

/// Bytes of a module: what a WASM_SEG may hold.
pub const MAX_MODULE: u64 = rvf_format::limits::MAX_MODULE;
/// Exports of a module: the header counts them in 16 bits.
pub const MAX_EXPORTS: usize = u16::MAX as usize;
/// Pages that a header can state: one byte. Above it the header says 0, "see the module".
pub const MAX_HEADER_PAGES: u64 = u8::MAX as u64;
/// Tables that a header can state: one byte. Above it the header says 255.
pub const MAX_HEADER_TABLES: u32 = u8::MAX as u32;
/// Parameters or results spelled out in the text of a signature; more are shown as "...".
pub const MAX_SIGNATURE_VALUES: usize = 32;
