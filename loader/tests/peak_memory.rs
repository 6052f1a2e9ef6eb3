//! The whole process stays near the guest's memory cap while a guest takes all it can.
//! Alone in its file, because the peak is the process's own.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

mod common;

use std::time::Duration;

use common::{engines, guest, start_with};
use rvf_loader::Limits;
use rvf_loader::engine::Features;

/// Most memory the process has had resident, in KiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn growing_for_ever_stays_under_the_cap() {
    // Takes every page there is, and writes to each.
    let greedy = guest(&[(
        "step",
        "(param i32 i32) (result i32)
         (loop $more
            (if (i32.ne (memory.grow (i32.const 1)) (i32.const -1))
                (then (memory.fill (i32.shl (i32.sub (memory.size) (i32.const 1)) (i32.const 16)) (i32.const 7) (i32.const 65536)))
                (else (return (i32.const -3))))
            (br $more))
         (i32.const 0)",
    )]);
    let limits = Limits::default().timeout(Duration::from_secs(20));
    for engine in engines() {
        // What the engine itself needs to compile is not the guest's.
        let features = Features::BULK_MEMORY;
        drop(start_with(engine.as_ref(), &greedy, features, 1024, &limits).unwrap());
        let before = peak();
        let mut instance = start_with(engine.as_ref(), &greedy, features, 1024, &limits).unwrap();
        let step = instance.export("rvf_solver_step", 2, 1).unwrap();
        assert_eq!(instance.call(step, &[1, 0]).unwrap(), -3);
        assert_eq!(instance.memory().len(), 64 << 20);
        let grown = peak() - before;
        // An interpreter that moves a growing memory holds the old and the new one for a moment.
        assert!(grown < (2 * 64 + 16) << 10, "{}: {grown} KiB for a cap of 64 MiB", engine.name());
    }
}
