//! What the loader parses before it runs anything.

use super::Target;
use super::format::small_files;
use rvf_loader::abi::Description;
use rvf_loader::{Host, Rvf};

/// JSON as a tree: tens of bytes for a token of two.
pub(super) const DESCRIPTION: Target = Target {
    name: "description",
    run: description,
    seeds: descriptions,
    bytes_per_byte: 128,
    bytes_at_rest: 16_384,
};

/// Inspection of modules included.
pub(super) const SELECT: Target =
    Target { name: "select", run: select, seeds: small_files, bytes_per_byte: 64, bytes_at_rest: 1 << 20 };

fn descriptions() -> Vec<Vec<u8>> {
    vec![
        solver_microkernel::DESCRIPTION.into(),
        br#"{"operations":[{"id":1,"name":"go","params":[],"columns":[]}]}"#.to_vec(),
    ]
}

fn description(bytes: &[u8]) -> u64 {
    match Description::parse(bytes) {
        Ok(description) => description.operations.len() as u64,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            0
        }
    }
}

fn select(bytes: &[u8]) -> u64 {
    let Ok(rvf) = Rvf::open(bytes) else { return 0 };
    u64::from(rvf.select(&Host::default()).is_ok())
}
