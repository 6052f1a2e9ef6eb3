//! No argument makes the tile trap, write where it may not, or grow.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use common::*;
use tile_microkernel::limits::{LOW, MEMORY, OWN};

/// Names and the number of arguments.
const EXPORTS: [(&str, usize); 14] = [
    ("init", 1),
    ("load_query", 2),
    ("load_block", 3),
    ("distances", 2),
    ("topk_merge", 4),
    ("topk_read", 1),
    ("load_sq_params", 2),
    ("dequant_i8", 3),
    ("load_pq_codebook", 3),
    ("pq_distances", 3),
    ("load_neighbors", 3),
    ("greedy_step", 2),
    ("verify_header", 1),
    ("crc32c", 2),
];

fn argument(r: &mut Random) -> i64 {
    let edges =
        [0, u64::from(LOW), u64::from(LOW + OWN), u64::from(MEMORY), 1 << 31, 1 << 32, 64, 128, 384, 1024];
    match r.below(10) {
        0..=3 => {
            (edges[r.below(edges.len() as u64) as usize]).wrapping_add(r.below(9)).wrapping_sub(4) as i64
        }
        4..=6 => r.below(40) as i64,
        7 | 8 => r.below(u64::from(MEMORY)) as i64,
        _ => r.next() as i64,
    }
}

#[test]
fn every_export_survives_every_argument_and_all_agree() {
    let mut hosts = hosts();
    let mut r = Random(11);
    let own = LOW as usize..(LOW + OWN) as usize;
    for round in 0..6_000 {
        let (name, count) = EXPORTS[r.below(14) as usize];
        let mut args: Vec<i64> = (0..count).map(|_| argument(&mut r)).collect();
        if matches!(name, "crc32c") {
            // A check value of a lot of memory takes long; what matters is where it ends.
            args[1] = args[1].min(5_000);
        }
        if round % 50 == 0 {
            // A host that writes over everything, the module's own part included.
            let (at, byte) = (r.below(u64::from(MEMORY) - 4096) as usize, r.next() as u8);
            for host in &mut hosts {
                host.memory()[at..at + 4096].fill(byte & 0x7f);
            }
            let reset: Vec<u8> = (0..64).map(|at| if at == 0xC { (r.below(3)) as u8 } else { 0 }).collect();
            for host in &mut hosts {
                host.put(64, &reset);
                host.call("init", &[64]);
            }
        }
        let results: Vec<i64> = hosts.iter_mut().map(|host| host.call(name, &args)).collect();
        assert!(results.windows(2).all(|pair| pair[0] == pair[1]), "{name} {args:?}: {results:?}");
        for host in &mut hosts {
            assert_eq!(host.memory().len(), MEMORY as usize, "{name} {args:?}");
        }
        if round % 100 == 0 {
            let (first, rest) = hosts.split_at_mut(1);
            for host in rest {
                let (host, first) = (host.memory(), first[0].memory());
                assert!(host[..own.start] == first[..own.start] && host[own.end..] == first[own.end..]);
            }
        }
    }
}

#[test]
fn ranges_are_taken_to_their_last_byte_and_refused_one_beyond() {
    for mut host in hosts() {
        let end = i64::from(MEMORY);
        host.put(64, &[0; 64]);
        for (at, wanted) in
            [(0, 0), (64, 0), (end - 64, 0), (end - 63, -1), (-1, -1), (i64::from(u32::MAX), -1)]
        {
            assert_eq!(host.call("init", &[at]), wanted, "{}: {at}", host.name());
        }
        host.put(64, &[0; 64]);
        host.call("init", &[64]);
        assert_eq!(host.call("load_query", &[end - 768, 384]), 0);
        assert_eq!(host.call("load_query", &[end - 767, 384]), -1);
        assert_eq!(host.call("load_query", &[0, 8193]), -1);
        assert_eq!(host.call("load_query", &[0, -1]), -1);
        assert_eq!(host.call("load_query", &[end - 768, 384]), 0);
        for (rows, wanted) in [(42, 0), (43, -1), (-1, -1), (0, 0), (5, 0)] {
            assert_eq!(host.call("load_block", &[0, rows, 0]), wanted);
        }
        assert_eq!(host.call("load_block", &[0, 5, 3]), -1);
        let (low, free) = (i64::from(LOW), i64::from(FREE));
        let places =
            [(0, 5), (low - 20, 5), (low - 19, -1), (free - 1, -1), (free, 5), (end - 20, 5), (end - 19, -1)];
        for (at, wanted) in places {
            assert_eq!(host.call("distances", &[0, at]), wanted, "{}: {at}", host.name());
        }
        assert_eq!(host.call("distances", &[4, 0]), -1);
        assert_eq!(host.call("distances", &[-1, 0]), -1);
        assert_eq!(host.call("topk_merge", &[end - 20, 0, 5, 1024]), 0);
        assert_eq!(host.call("topk_merge", &[end - 19, 0, 5, 1024]), -1);
        assert_eq!(host.call("topk_merge", &[0, end - 39, 5, 1024]), -1);
        assert_eq!(host.call("topk_merge", &[0, 0, 5, 1025]), -1);
        assert_eq!(host.call("topk_merge", &[0, 0, -1, 5]), -1);
        assert_eq!(host.call("topk_read", &[end - 60]), 5);
        assert_eq!(host.call("topk_read", &[end - 59]), -1);
        assert_eq!(host.call("topk_read", &[low]), -1);
        assert_eq!(host.call("verify_header", &[end - 63]), -1);
    }
}
