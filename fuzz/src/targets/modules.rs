//! Modules, by inspection.

use super::Target;
use rvf_fixtures::{echo_wasm, tiny_wasm};
use rvf_format::read::wasm::{Role, Target as Host};
use rvf_wasm_inspect::inspect;

/// A validator keeps types, operand stacks and names: about 150 bytes for an export of three, and up
/// to 50,000 locals that a function of ten bytes may have.
pub(super) const INSPECT: Target =
    Target { name: "wasm_inspect", run, seeds, bytes_per_byte: 128, bytes_at_rest: 1 << 20 };

fn seeds() -> Vec<Vec<u8>> {
    vec![echo_wasm().to_vec(), tiny_wasm().to_vec(), b"\0asm\x01\0\0\0".to_vec()]
}

fn run(bytes: &[u8]) -> u64 {
    let Ok(facts) = inspect(bytes) else { return 0 };
    let Ok(header) = facts.header(Role::MICROKERNEL, Host::WASM32, 1, bytes) else { return 1 };
    assert!(facts.lies(&header, bytes).is_empty(), "a header made from the module lies about it");
    facts.exports.len() as u64
}
