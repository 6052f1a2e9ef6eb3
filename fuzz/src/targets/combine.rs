//! An interpreter and a program made one module: either of them may be anything.

use super::Target;
use interpreter::guests::SCALAR;
use rvf_fixtures::{echo_wasm, tiny_wasm};
use rvf_packer::combine::{Caps, combine};
use rvf_wasm_inspect::inspect;

/// The first byte says which of the two the rest is. Both are inspected, and the combined module holds both.
pub(super) const COMBINE: Target =
    Target { name: "combine", run, seeds, bytes_per_byte: 128, bytes_at_rest: 4 << 20 };

const PROGRAM: u8 = 0;
const INTERPRETER: u8 = 1;

fn seeds() -> Vec<Vec<u8>> {
    let of = |which: u8, module: &[u8]| [&[which], module].concat();
    vec![of(PROGRAM, echo_wasm()), of(PROGRAM, tiny_wasm()), of(INTERPRETER, SCALAR)]
}

fn run(bytes: &[u8]) -> u64 {
    let Some((which, module)) = bytes.split_first() else { return 0 };
    let combined = match which & 1 {
        PROGRAM => combine(SCALAR, module, Caps::default()),
        _ => combine(module, echo_wasm(), Caps::default()),
    };
    let Ok(combined) = combined else { return 1 };
    match inspect(&combined) {
        Ok(facts) => {
            assert!(
                facts.imports.is_empty() && facts.start.is_none(),
                "what is combined needs nothing of a host"
            );
            facts.exports.len() as u64
        }
        // What was changed in the interpreter may show only in the whole; the packer inspects that as well.
        Err(_) => {
            assert_eq!(which & 1, INTERPRETER, "a valid program makes a valid module");
            2
        }
    }
}
