//! The exported functions, and the linear memory. All `unsafe` of the module is here.
//!
//! Why it is sound:
//! - The memory has [`MEMORY`] bytes from the start and for ever: the module is linked with that as its
//!   least and its greatest size, and grows it nowhere. Every address below is compared with that size,
//!   so each access is inside the memory, whose bytes are all initialised (they start as zeros).
//!   Address 0 is memory like any other there; the compiler knows no address as 0 here.
//! - Accesses are by value, by raw pointer, and of bytes, so neither alignment nor aliasing can be broken:
//!   no reference into the memory is ever made. What the compiler itself keeps there are `OWN_PART` and
//!   nothing else. It has no data and no stack in the linear memory, and a test of the built modules
//!   looks that they have none.
//! - One thread: the module is built without threads and imports nothing.
#![allow(unsafe_code)]

use core::cell::UnsafeCell;
use core::ops::Range;

use crate::limits::{MEMORY, OWN};
use crate::memory::Memory;
use crate::tile::Tile;

#[repr(C, align(16))]
struct Part(UnsafeCell<[u8; OWN as usize]>);

// SAFETY: one thread, see above.
unsafe impl Sync for Part {}

static OWN_PART: Part = Part(UnsafeCell::new([0; OWN as usize]));

/// The linear memory of this module.
struct Linear;

/// Whether `N` bytes at `at` are inside.
#[inline(always)]
fn inside<const N: usize>(at: u32) -> bool {
    at <= MEMORY - N as u32
}

impl Memory for Linear {
    #[inline(always)]
    fn own(&self) -> Range<u32> {
        let start = OWN_PART.0.get().expose_provenance() as u32;
        start..start + OWN
    }

    #[inline(always)]
    fn load<const N: usize>(&self, at: u32) -> [u8; N] {
        if !inside::<N>(at) {
            return [0; N];
        }
        // SAFETY: `N` initialised bytes are there, see above.
        unsafe { core::ptr::with_exposed_provenance::<[u8; N]>(at as usize).read() }
    }

    #[inline(always)]
    fn four(&self, at: u32) -> [f32; 4] {
        if !inside::<16>(at) {
            return [0.0; 4];
        }
        // SAFETY: 16 initialised bytes are there, see above; any bits are floats.
        unsafe { core::ptr::with_exposed_provenance::<[f32; 4]>(at as usize).read_unaligned() }
    }

    #[inline(always)]
    fn store<const N: usize>(&mut self, at: u32, bytes: [u8; N]) {
        if inside::<N>(at) {
            // SAFETY: `N` bytes are there, and no reference to them, see above.
            unsafe { core::ptr::with_exposed_provenance_mut::<[u8; N]>(at as usize).write(bytes) }
        }
    }

    fn copy(&mut self, from: u32, to: u32, len: u32) {
        if self.shows(from, len.into()) && self.shows(to, len.into()) {
            let from = core::ptr::with_exposed_provenance::<u8>(from as usize);
            let to = core::ptr::with_exposed_provenance_mut::<u8>(to as usize);
            // SAFETY: `len` initialised bytes are at both, see above; they may overlap.
            unsafe { core::ptr::copy(from, to, len as usize) }
        }
    }
}

/// The tile, whose state lies in the memory.
const fn tile() -> Tile<Linear> {
    Tile(Linear)
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

// SAFETY of the names: no other symbol of the module has them.
#[unsafe(no_mangle)]
extern "C" fn rvf_init(config: u32) -> i32 {
    tile().init(config)
}

#[unsafe(no_mangle)]
extern "C" fn rvf_load_query(query: u32, dimension: u32) -> i32 {
    tile().load_query(query, dimension)
}

#[unsafe(no_mangle)]
extern "C" fn rvf_load_block(rows: u32, count: u32, element: u32) -> i32 {
    tile().load_block(rows, count, element)
}

#[unsafe(no_mangle)]
extern "C" fn rvf_distances(metric: u32, out: u32) -> i32 {
    tile().distances(metric, out)
}

#[unsafe(no_mangle)]
extern "C" fn rvf_topk_merge(distances: u32, ids: u32, count: u32, k: u32) -> i32 {
    tile().topk_merge(distances, ids, count, k)
}

#[unsafe(no_mangle)]
extern "C" fn rvf_topk_read(out: u32) -> i32 {
    tile().topk_read(out)
}

#[unsafe(no_mangle)]
extern "C" fn rvf_load_sq_params(params: u32, dimension: u32) -> i32 {
    tile().load_sq_params(params, dimension)
}

#[unsafe(no_mangle)]
extern "C" fn rvf_dequant_i8(codes: u32, out: u32, count: u32) -> i32 {
    tile().dequant_i8(codes, out, count)
}

#[unsafe(no_mangle)]
extern "C" fn rvf_load_pq_codebook(codebook: u32, subspaces: u32, centroids: u32) -> i32 {
    tile().load_pq_codebook(codebook, subspaces, centroids)
}

#[unsafe(no_mangle)]
extern "C" fn rvf_pq_distances(codes: u32, count: u32, out: u32) -> i32 {
    tile().pq_distances(codes, count, out)
}

#[unsafe(no_mangle)]
extern "C" fn rvf_load_neighbors(node: u64, layer: u32, list: u32) -> i32 {
    tile().load_neighbors(node, layer, list)
}

#[unsafe(no_mangle)]
extern "C" fn rvf_greedy_step(current: u64, layer: u32) -> i64 {
    tile().greedy_step(current, layer)
}

#[unsafe(no_mangle)]
extern "C" fn rvf_verify_header(header: u32) -> i32 {
    tile().verify_header(header)
}

#[unsafe(no_mangle)]
extern "C" fn rvf_crc32c(at: u32, len: u32) -> i32 {
    tile().crc32c(at, len)
}
