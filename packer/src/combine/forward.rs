//! Functions that pass their arguments to the program inside: stores cells, calls, loads cells.

use rvf_wasm_inspect::wasmparser::ValType;

use super::encode::{signed, unsigned};
use super::sections::Function;

/// Opcodes of the binary format.
mod op {
    pub(super) const END: u8 = 0x0b;
    pub(super) const CALL: u8 = 0x10;
    pub(super) const LOCAL_GET: u8 = 0x20;
    pub(super) const I64_LOAD: u8 = 0x29;
    pub(super) const I64_STORE: u8 = 0x37;
    pub(super) const I32_CONST: u8 = 0x41;
    pub(super) const I32_WRAP_I64: u8 = 0xa7;
    pub(super) const I64_EXTEND_I32_U: u8 = 0xad;
    pub(super) const I32_REINTERPRET_F32: u8 = 0xbc;
    pub(super) const I64_REINTERPRET_F64: u8 = 0xbd;
    pub(super) const F32_REINTERPRET_I32: u8 = 0xbe;
    pub(super) const F64_REINTERPRET_I64: u8 = 0xbf;
}

/// One function of the combined module.
pub(super) struct Forward<'f> {
    pub(super) function: &'f Function<'f>,
    /// Its index, and that of its type.
    pub(super) index: u32,
    pub(super) ty: u32,
}

/// Fills one cell.
pub(super) fn is_number(ty: ValType) -> bool {
    matches!(ty, ValType::I32 | ValType::I64 | ValType::F32 | ValType::F64)
}

fn code(ty: ValType) -> u8 {
    match ty {
        ValType::I64 => 0x7e,
        ValType::F32 => 0x7d,
        ValType::F64 => 0x7c,
        // Others were refused.
        _ => 0x7f,
    }
}

impl Forward<'_> {
    pub(super) fn put_type(&self, out: &mut Vec<u8>) {
        out.push(0x60);
        for types in [self.function.ty.params(), self.function.ty.results()] {
            unsigned(out, types.len() as u64);
            out.extend(types.iter().map(|ty| code(*ty)));
        }
    }

    /// Its body, with the cells at `cells`; `forward` is the index of the interpreter's function.
    pub(super) fn put_body(&self, out: &mut Vec<u8>, cells: u32, forward: u32) {
        // No locals of its own.
        let mut body = vec![0];
        let address = |body: &mut Vec<u8>| {
            body.push(op::I32_CONST);
            signed(body, cells.cast_signed());
        };
        let place = |body: &mut Vec<u8>, number: u64| {
            // Aligned to 8 bytes, at the cell's offset.
            body.push(3);
            unsigned(body, 8 * number);
        };
        for (number, ty) in (0..).zip(self.function.ty.params()) {
            address(&mut body);
            body.push(op::LOCAL_GET);
            unsigned(&mut body, number);
            match ty {
                ValType::F32 => body.extend([op::I32_REINTERPRET_F32, op::I64_EXTEND_I32_U]),
                ValType::F64 => body.push(op::I64_REINTERPRET_F64),
                ValType::I32 => body.push(op::I64_EXTEND_I32_U),
                _ => {}
            }
            body.push(op::I64_STORE);
            place(&mut body, number);
        }
        body.push(op::I32_CONST);
        signed(&mut body, self.function.ordinal.cast_signed());
        body.push(op::CALL);
        unsigned(&mut body, forward.into());
        for (number, ty) in (0..).zip(self.function.ty.results()) {
            address(&mut body);
            body.push(op::I64_LOAD);
            place(&mut body, number);
            match ty {
                ValType::F32 => body.extend([op::I32_WRAP_I64, op::F32_REINTERPRET_I32]),
                ValType::F64 => body.push(op::F64_REINTERPRET_I64),
                ValType::I32 => body.push(op::I32_WRAP_I64),
                _ => {}
            }
        }
        body.push(op::END);
        unsigned(out, body.len() as u64);
        out.extend_from_slice(&body);
    }
}
