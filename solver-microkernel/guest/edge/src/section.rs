//! The custom section `rvf-solver`: what the module asks for.

use solver_microkernel::ABI_VERSION;
use solver_microkernel::limits::{LEAST_PAGES, STACK_BYTES};

const NAME: &[u8] = b"rvf-solver";
const VERSION: &[u8] = env!("CARGO_PKG_VERSION").as_bytes();
const LEN: usize = 24 + 1 + NAME.len() + 1 + VERSION.len();

/// Magic, ABI version, least pages, most pages (0: no limit), stack bytes, name, version.
const fn section() -> [u8; LEN] {
    let mut bytes = [0; LEN];
    let (magic, rest) = bytes.split_at_mut(8);
    magic.copy_from_slice(b"RVFSOLVR");
    let (numbers, rest) = rest.split_at_mut(16);
    let (version, numbers) = numbers.split_at_mut(4);
    version.copy_from_slice(&ABI_VERSION.to_le_bytes());
    let (least, numbers) = numbers.split_at_mut(4);
    least.copy_from_slice(&LEAST_PAGES.to_le_bytes());
    let (_most, stack) = numbers.split_at_mut(4);
    stack.copy_from_slice(&STACK_BYTES.to_le_bytes());
    let (name_len, rest) = rest.split_at_mut(1);
    name_len.copy_from_slice(&[NAME.len() as u8]);
    let (name, rest) = rest.split_at_mut(NAME.len());
    name.copy_from_slice(NAME);
    let (version_len, version) = rest.split_at_mut(1);
    version_len.copy_from_slice(&[VERSION.len() as u8]);
    version.copy_from_slice(VERSION);
    bytes
}

#[cfg_attr(target_arch = "wasm32", used)]
#[cfg_attr(target_arch = "wasm32", allow(unsafe_code, reason = "the section's name collides with none"))]
#[cfg_attr(target_arch = "wasm32", unsafe(link_section = "rvf-solver"))]
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "only a module has sections"))]
static SECTION: [u8; LEN] = section();
