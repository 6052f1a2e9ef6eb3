//! WASM_SEG.

use crate::forever::{WASM_HEADER_LEN, WASM_MAGIC};
use crate::read::wasm::WasmHeader;
use alloc::vec::Vec;

/// The payload: header, then the module.
#[must_use]
pub fn encode(header: &WasmHeader, module: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(WASM_HEADER_LEN + module.len());
    out.extend_from_slice(&WASM_MAGIC);
    out.extend_from_slice(&header.header_version.to_le_bytes());
    out.extend_from_slice(&[header.role.0, header.target.0]);
    out.extend_from_slice(&header.required_features.to_le_bytes());
    out.extend_from_slice(&header.export_count.to_le_bytes());
    out.extend_from_slice(&header.bytecode_size.to_le_bytes());
    out.extend_from_slice(&header.compressed_size.to_le_bytes());
    out.push(header.compression);
    out.extend_from_slice(&[header.min_memory_pages, header.max_memory_pages, header.table_count]);
    out.extend_from_slice(&header.bytecode_hash);
    out.extend_from_slice(&[header.bootstrap_priority, header.interpreter_type]);
    out.extend_from_slice(&header.reserved);
    out.extend_from_slice(module);
    out
}
