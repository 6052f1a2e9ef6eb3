//! WASM_SEG: a 64-byte header, then a WebAssembly module.

use crate::error::{Error, ErrorKind, Result};
use crate::forever::{WASM_HEADER_LEN, WASM_MAGIC};
use crate::wire::Cursor;
use core::fmt;

/// What a module is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Role(pub u8);

impl Role {
    /// Solves over the data of the file.
    pub const MICROKERNEL: Self = Self(0);
    /// Runs another module of the file.
    pub const INTERPRETER: Self = Self(1);
    /// Interpreter and microkernel in one.
    pub const COMBINED: Self = Self(2);
    /// Anything else that is called by name.
    pub const EXTENSION: Self = Self(3);
    /// Manages stores.
    pub const CONTROL_PLANE: Self = Self(4);

    /// The name, or `None` for a number without one.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        match self.0 {
            0 => Some("microkernel"),
            1 => Some("interpreter"),
            2 => Some("combined"),
            3 => Some("extension"),
            4 => Some("control-plane"),
            _ => None,
        }
    }
}

/// The host that a module is built for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target(pub u8);

impl Target {
    /// Any WebAssembly engine, no imports.
    pub const WASM32: Self = Self(0);
    /// WASI preview 1.
    pub const WASI_P1: Self = Self(1);
    /// WASI preview 2.
    pub const WASI_P2: Self = Self(2);
    /// A browser.
    pub const BROWSER: Self = Self(3);
    /// A tile with a few pages of memory and nothing else.
    pub const BARE_TILE: Self = Self(4);

    /// The name, or `None` for a number without one.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        match self.0 {
            0 => Some("wasm32"),
            1 => Some("wasi-p1"),
            2 => Some("wasi-p2"),
            3 => Some("browser"),
            4 => Some("bare-tile"),
            _ => None,
        }
    }
}

macro_rules! display_by_name {
    ($($type:ty),*) => {$(
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self.name() {
                    Some(name) => f.write_str(name),
                    None => write!(f, "0x{:02X}", self.0),
                }
            }
        }
    )*};
}
display_by_name!(Role, Target);

/// Bits of `required_features`.
pub mod feature {
    /// 128-bit SIMD.
    pub const SIMD: u16 = 0x01;
    /// Bulk memory operations.
    pub const BULK_MEMORY: u16 = 0x02;
    /// Multiple results and block parameters.
    pub const MULTI_VALUE: u16 = 0x04;
    /// Reference types.
    pub const REFERENCE_TYPES: u16 = 0x08;
    /// Shared memory and atomics.
    pub const THREADS: u16 = 0x10;
    /// Tail calls.
    pub const TAIL_CALL: u16 = 0x20;
    /// Garbage collection.
    pub const GC: u16 = 0x40;
    /// Exception handling.
    pub const EXCEPTIONS: u16 = 0x80;

    /// All bits with their names, in order.
    pub const ALL: [(u16, &str); 8] = [
        (SIMD, "simd"),
        (BULK_MEMORY, "bulk-memory"),
        (MULTI_VALUE, "multi-value"),
        (REFERENCE_TYPES, "reference-types"),
        (THREADS, "threads"),
        (TAIL_CALL, "tail-call"),
        (GC, "gc"),
        (EXCEPTIONS, "exceptions"),
    ];
}

/// The header in front of a module. What it claims is compared with the module before anything
/// runs; reading it judges nothing but the magic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WasmHeader {
    /// 1.
    pub header_version: u16,
    /// What the module is for.
    pub role: Role,
    /// Where it runs.
    pub target: Target,
    /// Features the module needs, see [`feature`].
    pub required_features: u16,
    /// Exports of the module.
    pub export_count: u16,
    /// Bytes of the module.
    pub bytecode_size: u32,
    /// 0: not compressed.
    pub compressed_size: u32,
    /// 0: not compressed.
    pub compression: u8,
    /// Pages of memory at the start.
    pub min_memory_pages: u8,
    /// Most pages, 0 = not limited here.
    pub max_memory_pages: u8,
    /// Tables.
    pub table_count: u8,
    /// SHAKE-256 of the module. Published writers store an additive fold: see [`HashKind`].
    pub bytecode_hash: [u8; 32],
    /// Lower first.
    pub bootstrap_priority: u8,
    /// 0 generic, 1 wasm3, 2 wamr, 3 wasmi.
    pub interpreter_type: u8,
    /// Zero.
    pub reserved: [u8; 6],
}

/// What a `bytecode_hash` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashKind {
    /// The first 32 bytes of SHAKE-256 of the module.
    Shake256,
    /// The additive byte fold, which proves nothing.
    ByteFold,
    /// Neither: damaged, replaced, or of an unknown kind.
    Neither,
}

/// A module and its header.
#[derive(Clone, Copy, Debug)]
pub struct WasmSegment<'a> {
    /// The header.
    pub header: WasmHeader,
    /// The module: everything behind the header.
    pub bytecode: &'a [u8],
}

impl<'a> WasmSegment<'a> {
    /// Splits a payload that lies at the absolute `offset`.
    pub fn parse(payload: &'a [u8], offset: u64) -> Result<Self> {
        let mut c = Cursor::new(payload, offset);
        let head = c.bytes(WASM_HEADER_LEN, "header of the WebAssembly segment")?;
        let bytecode = c.rest();
        let mut c = Cursor::new(head, offset);
        let magic: [u8; 4] = c.array("magic of the WebAssembly segment")?;
        if magic != WASM_MAGIC {
            let expected = u32::from_le_bytes(WASM_MAGIC).into();
            let kind = ErrorKind::Mismatch { expected, got: u32::from_le_bytes(magic).into() };
            return Err(Error::new(offset, "magic of the WebAssembly segment", kind));
        }
        let what = "header of the WebAssembly segment";
        let header = WasmHeader {
            header_version: c.u16(what)?,
            role: Role(c.u8(what)?),
            target: Target(c.u8(what)?),
            required_features: c.u16(what)?,
            export_count: c.u16(what)?,
            bytecode_size: c.u32(what)?,
            compressed_size: c.u32(what)?,
            compression: c.u8(what)?,
            min_memory_pages: c.u8(what)?,
            max_memory_pages: c.u8(what)?,
            table_count: c.u8(what)?,
            bytecode_hash: c.array(what)?,
            bootstrap_priority: c.u8(what)?,
            interpreter_type: c.u8(what)?,
            reserved: c.array(what)?,
        };
        Ok(Self { header, bytecode })
    }

    /// Tells what the header's hash is.
    #[must_use]
    pub fn hash_kind(&self) -> HashKind {
        hash_kind(&self.header.bytecode_hash, self.bytecode)
    }
}

/// Tells what `stored` is to `bytecode`.
#[must_use]
pub fn hash_kind(stored: &[u8; 32], bytecode: &[u8]) -> HashKind {
    if *stored == crate::hash::shake256_256(bytecode) {
        HashKind::Shake256
    } else if *stored == crate::hash::byte_fold32(bytecode) {
        HashKind::ByteFold
    } else {
        HashKind::Neither
    }
}
