//! Every single bit of a small packed file, flipped: always detected, never harmful.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use common::files::{Build, header};
use rvf_format::Metric;
use rvf_loader::{Host, Policy, Rvf, lookup};

#[test]
fn every_flipped_bit_is_detected() {
    let module = rvf_fixtures::tiny_wasm();
    let good = Build::new(2, Metric::L2)
        .vectors(&[1, 2], &[1.0, 2.0, 3.0, 4.0])
        .labels(&[(1, "one")])
        .module(&header(module, 0), module)
        .finish();
    assert!(Rvf::open(&good[..]).unwrap().verify(&Policy::default().require_every_byte()).is_ok());
    for bit in 0..good.len() * 8 {
        let mut bytes = good.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let Ok(rvf) = Rvf::open(bytes) else { continue };
        let verdict = rvf.verify(&Policy::default().require_every_byte());
        assert!(verdict.is_err(), "bit {bit} of {} bytes is not detected", good.len());
        if let Ok(file) = rvf.file() {
            let _ = lookup::labels(&file);
            let _ = lookup::vector(&file, 2);
        }
        let _ = rvf.judge(&Host::default());
    }
}
