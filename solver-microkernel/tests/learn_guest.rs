//! The learning solver as a module: the same bytes as natively, and no argument that makes it trap.
#![cfg(feature = "temporal")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;
#[path = "common/host.rs"]
mod host;

use host::Host;
use solver_microkernel::learn::learner::{Learner, POLICY, RESULT, STATE, WITNESS};

const GUESTS: [&str; 2] = ["solver-full-scalar.wasm", "solver-full-simd.wasm"];

/// What `policy`, `witness`, `state` or `result` hold, read as the published package reads them.
fn read(host: &mut Host, handle: i32, what: &str) -> Vec<u8> {
    let len = host.call(&format!("{what}_len"), &[handle]);
    assert!(len >= 0, "{what}");
    let at = host.call("alloc", &[len]);
    if len > 0 {
        assert_eq!(host.call(&format!("{what}_read"), &[handle, at]), len);
    }
    let bytes = host.bytes(at, len);
    host.call("free", &[at, len]);
    bytes
}

#[test]
fn guests_learn_the_same_bits_as_natively() {
    let mut native = Learner::new();
    let seed = 0x1_2345_6789;
    let trained = native.train(300, 1, 10, seed).unwrap();
    let train = native.part(RESULT).to_vec();
    assert_eq!(native.acceptance(30, 100, 3, 500, seed), Ok(true));
    native.refresh(POLICY).unwrap();
    for name in GUESTS {
        let mut host = Host::new(name, 64);
        assert_eq!(host.call("capabilities", &[]) & 0b100_0110, 0b100_0110, "{name}");
        let handle = host.call("create", &[]);
        let (low, high) = (seed as u32 as i32, (seed >> 32) as i32);
        assert_eq!(host.call("train", &[handle, 300, 1, 10, low, high]), trained as i32);
        assert_eq!(read(&mut host, handle, "result"), train, "{name}");
        assert_eq!(host.call("acceptance", &[handle, 30, 100, 3, 500, low, high]), 1);
        assert_eq!(read(&mut host, handle, "result"), native.part(RESULT), "{name}");
        assert_eq!(read(&mut host, handle, "policy"), native.part(POLICY), "{name}");
        assert_eq!(read(&mut host, handle, "witness"), native.part(WITNESS), "{name}");
        assert_eq!(read(&mut host, handle, "state"), native.part(STATE), "{name}");

        // Another instance goes on from the state.
        let other = host.call("create", &[]);
        assert_eq!(host.hand(other, "state_load", native.part(STATE)), 0);
        assert_eq!(read(&mut host, other, "state"), native.part(STATE));
        assert_eq!(read(&mut host, handle, "witness").len(), 9 * 73);
        assert_eq!(host.hand(other, "state_load", b"RVFPUZZ1"), -5);
        assert_eq!(read(&mut host, other, "state"), native.part(STATE));
    }
}

#[test]
fn results_are_those_of_the_call_that_came_last() {
    let mut host = Host::new(GUESTS[0], 64);
    let handle = host.call("create", &[]);
    assert_eq!(host.call("result_len", &[handle]), 0);
    assert_eq!(host.call("train", &[handle, 5, 1, 3, 1, 0]), 5);
    let trained = read(&mut host, handle, "result");
    assert!(trained.starts_with(b"{\"trained\":5"));
    // Looking at the policy is not a call with a result.
    read(&mut host, handle, "policy");
    assert_eq!(read(&mut host, handle, "result"), trained);

    let file = common::File::new(2, 0, &[], &[]);
    assert_eq!(host.hand(handle, "open", &file.directory()), 0);
    assert_eq!(host.call("result_len", &[handle]), 0);
    assert_eq!(host.hand(handle, "begin", &[9; 8]), -4);
    assert!(host.call("error_len", &[handle]) > 0);
    assert_eq!(host.call("train", &[handle, -1, 1, 3, 1, 0]), -4);
    let (at, len) = (host.call("error_ptr", &[handle]), host.call("error_len", &[handle]));
    assert!(String::from_utf8(host.bytes(at, len)).unwrap().contains("negative"));
    assert_eq!(host.call("train", &[handle, 5, 1, 3, 1, 0]), 5);
    assert_eq!(host.call("error_len", &[handle]), 0);
}

#[test]
fn no_argument_makes_it_trap_or_write_where_it_may_not() {
    let mut host = Host::new(GUESTS[0], 64);
    let handles: Vec<i32> = (0..9).map(|_| host.call("create", &[])).collect();
    assert_eq!(handles, [1, 2, 3, 4, 5, 6, 7, 8, -1]);
    for bad in [0, -1, 9, i32::MIN, i32::MAX] {
        assert_eq!(host.call("train", &[bad, 1, 1, 1, 1, 1]), -1);
        assert_eq!(host.call("acceptance", &[bad, 1, 1, 1, 1, 1, 1]), -1);
        for what in ["result", "policy", "witness", "state"] {
            assert_eq!(host.call(&format!("{what}_len"), &[bad]), -1);
            assert_eq!(host.call(&format!("{what}_read"), &[bad, 64]), -1);
        }
        assert_eq!(host.call("state_load", &[bad, 64, 8]), -1);
        assert_eq!(host.call("destroy", &[bad]), -1);
    }
    let extremes = [i32::MIN, -1, 0, 1, i32::MAX];
    for a in extremes {
        for b in extremes {
            for c in [i32::MIN, 0, 1, i32::MAX] {
                assert!(host.call("train", &[1, a.min(3), b, c, a, b]) >= -4);
                let status = host.call("acceptance", &[1, a.min(2), b.min(2), c.min(2), b, a, c]);
                assert!((-4..=1).contains(&status));
                host.call("state_load", &[1, a, b]);
            }
        }
        for what in ["result", "policy", "witness", "state"] {
            // Into memory that the host does not own: nothing is written above the stack, and it says so.
            let stack = solver_microkernel::limits::STACK_BYTES as usize;
            let before = host.memory.data(&host.store)[stack..].to_vec();
            let status = host.call(&format!("{what}_read"), &[1, a]);
            assert!(status == -4 || status == 0, "{what} {a} {status}");
            assert!(host.memory.data(&host.store)[stack..] == before);
        }
    }
    assert_eq!(host.call("train", &[1, 1_000_001, 1, 1, 1, 1]), -4);
    assert_eq!(host.call("acceptance", &[1, 0, 0, 0, 0, 0, 0]), 0);
    for handle in 1..=8 {
        assert_eq!(host.call("destroy", &[handle]), 0);
    }
    assert_eq!(host.call("create", &[]), 1, "the lowest is free again");
    assert_eq!(host.call("policy_len", &[1]), host.call("policy_len", &[1]));
}

#[test]
fn memory_that_cannot_grow_is_a_status() {
    // From too little for three states and the report up to enough: never a trap.
    let outcomes = [2, 3, 4, 5, 6, 16].map(|pages| {
        let mut host = Host::new(GUESTS[0], pages);
        let handle = host.call("create", &[]);
        host.call("acceptance", &[handle, 0, 0, 60, 500, 1, 1])
    });
    assert_eq!((outcomes[0], outcomes[5]), (-3, 0), "{outcomes:?}");
    assert!(outcomes.iter().all(|status| matches!(status, -3 | 0)), "{outcomes:?}");
}
