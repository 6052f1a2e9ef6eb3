//! The fourteen tile exports beside the published module, on what that can do.
//!
//! Needs the packages of `npm/package.json`, as `npm_packages.rs` does, and no Node.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

#[path = "../../tile-microkernel/tests/common/mod.rs"]
mod tile;

use rvf_fixtures::{npm_module, skipped};
use tile::{Guest, Host, Random, half};

/// Low addresses are free in both: their stack is far above, and ours leaves them to the host. It takes
/// a configuration nowhere else.
const CONFIG: u32 = 64;
const QUERY: u32 = 1024;
const SMALL: u32 = 2048;
/// Behind what either keeps for itself.
const OURS: u32 = tile::FREE;
const THEIRS: u32 = 1_140_000;

/// The published module, then both of ours, each with a free place for large things. Says so when there
/// is nothing to compare with.
fn all(test: &str) -> Option<Vec<(Guest, u32)>> {
    let Some(theirs) = npm_module(env!("CARGO_TARGET_TMPDIR"), "@ruvector/rvf-wasm/pkg/rvf_wasm_bg.wasm")
    else {
        skipped(test, "the npm packages are not installed. Run `cargo xtask test`");
        return None;
    };
    Some(vec![
        (Guest::new("published", &theirs), THEIRS),
        (Guest::new("scalar", tile_microkernel::guests::SCALAR), OURS),
        (Guest::new("SIMD", tile_microkernel::guests::SIMD), OURS),
    ])
}

fn start(host: &mut Guest) {
    host.put(CONFIG, &[0; 64]);
    assert_eq!(host.call("init", &[CONFIG.into()]), 0);
}

#[test]
fn distances_agree() {
    let Some(mut hosts) = all("distances_agree") else { return };
    for (element, metrics) in [(0, [0, 1, 2, 3].as_slice()), (1, &[0, 3])] {
        for dimension in [1_usize, 3, 16, 33, 64, 96] {
            let mut answers = Vec::new();
            for (host, free) in &mut hosts {
                let mut r = Random(9 + dimension as u64);
                let mut bytes = |count: usize| -> Vec<u8> {
                    let one = |r: &mut Random| match element {
                        0 => half(r.unit() * 3.0).0.to_le_bytes().to_vec(),
                        _ => vec![r.next() as u8],
                    };
                    (0..count).flat_map(|_| one(&mut r)).collect()
                };
                start(host);
                let mut query = bytes(dimension);
                query.resize(2 * dimension, 0);
                host.put(QUERY, &query);
                host.put(*free, &bytes(dimension * 40));
                assert_eq!(host.call("load_query", &[QUERY.into(), dimension as i64]), 0);
                assert_eq!(host.call("load_block", &[i64::from(*free), 40, element]), 0);
                let mut all = Vec::new();
                for metric in metrics {
                    assert_eq!(host.call("distances", &[*metric, SMALL.into()]), 40);
                    all.push(host.floats(SMALL, 40));
                }
                answers.push(all);
            }
            for ours in &answers[1..] {
                for (metric, (theirs, ours)) in answers[0].iter().zip(ours).enumerate() {
                    for (theirs, ours) in theirs.iter().zip(ours) {
                        // They add up in another order.
                        let tolerance = 1e-5 * theirs.abs().max(dimension as f32);
                        assert!((theirs - ours).abs() <= tolerance, "{element} {metric}: {theirs} {ours}");
                    }
                }
            }
        }
    }
}

#[test]
fn the_nearest_rows_agree() {
    let Some(mut hosts) = all("the_nearest_rows_agree") else { return };
    let mut answers = Vec::new();
    for (host, free) in &mut hosts {
        let mut r = Random(21);
        let mut read = Vec::new();
        for k in [1_i64, 5, 16] {
            start(host);
            for batch in 0..5_u64 {
                for number in 0..100_u32 {
                    host.put(*free + 4 * number, &r.unit().to_le_bytes());
                    host.put(*free + 1024 + 8 * number, &(batch * 100 + u64::from(number)).to_le_bytes());
                }
                let args = [i64::from(*free), i64::from(*free) + 1024, 100, k];
                assert_eq!(host.call("topk_merge", &args), 0);
            }
            assert_eq!(host.call("topk_read", &[SMALL.into()]), k);
            read.push(host.rows(SMALL, k as usize));
        }
        answers.push(read);
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]));
}

#[test]
fn of_equal_distances_the_same_stay() {
    let Some(mut hosts) = all("of_equal_distances_the_same_stay") else { return };
    let mut answers = Vec::new();
    for (host, free) in &mut hosts {
        start(host);
        for number in 0..60_u32 {
            host.put(*free + 4 * number, &((number % 4) as f32).to_le_bytes());
            host.put(*free + 1024 + 8 * number, &u64::from(number).to_le_bytes());
        }
        host.call("topk_merge", &[i64::from(*free), i64::from(*free) + 1024, 60, 10]);
        assert_eq!(host.call("topk_read", &[SMALL.into()]), 10);
        let mut rows = host.rows(SMALL, 10);
        // In which order they come among equals is not published.
        rows.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
        answers.push(rows);
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
}

#[test]
fn quantised_values_agree() {
    let Some(mut hosts) = all("quantised_values_agree") else { return };
    let mut answers = Vec::new();
    for (host, free) in &mut hosts {
        let mut r = Random(33);
        start(host);
        let scales: Vec<u8> = (0..128)
            .flat_map(|number| {
                let least = r.unit() * if number % 3 == 0 { 1e-6 } else { 100.0 };
                [least.to_le_bytes(), (least + r.unit().abs() * 1e3 / (1 + number) as f32).to_le_bytes()]
                    .concat()
            })
            .collect();
        host.put(*free, &scales);
        // They take the dimension from the query.
        assert_eq!(host.call("load_query", &[QUERY.into(), 96]), 0);
        assert_eq!(host.call("load_sq_params", &[i64::from(*free), 96]), 0);
        let codes: Vec<u8> = (0..256).map(|_| r.next() as u8).collect();
        host.put(QUERY, &codes);
        assert_eq!(host.call("dequant_i8", &[QUERY.into(), SMALL.into(), 256]), 0, "{}", host.name());
        let halves = host.memory()[SMALL as usize..][..512].to_vec();
        // Product quantisation, in whole numbers, so that the order of adding does not matter.
        let whole = |r: &mut Random| half((r.below(7) as f32 - 3.0) / 2.0).0.to_le_bytes();
        let query: Vec<u8> = (0..32).flat_map(|_| whole(&mut r)).collect();
        let codebook: Vec<u8> = (0..32 * 16).flat_map(|_| whole(&mut r)).collect();
        let codes: Vec<u8> = (0..8 * 50).map(|_| r.below(16) as u8).collect();
        host.put(QUERY, &query);
        host.put(*free, &codebook);
        host.call("load_query", &[QUERY.into(), 32]);
        assert_eq!(host.call("load_pq_codebook", &[i64::from(*free), 8, 16]), 0);
        host.put(*free, &codes);
        assert_eq!(host.call("pq_distances", &[i64::from(*free), 50, SMALL.into()]), 50);
        answers.push((halves, host.floats(SMALL, 50)));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]));
}

#[test]
fn steps_headers_and_check_values_agree() {
    let Some(mut hosts) = all("steps_headers_and_check_values_agree") else { return };
    let mut answers = Vec::new();
    for (host, free) in &mut hosts {
        let at = i64::from(*free);
        let mut r = Random(4);
        let mut list = 30_u32.to_le_bytes().to_vec();
        for id in 0..30_u64 {
            list.extend(id.to_le_bytes());
            list.extend(((r.below(9)) as f32).to_le_bytes());
        }
        host.put(*free, &list);
        host.call("load_neighbors", &[3, 0, at]);
        let mut seen: Vec<i64> = (0..30).map(|current| host.call("greedy_step", &[current, 0])).collect();
        for start in [*b"SFVR\x01\0", *b"SFVR\x02\0", *b"RVFS\x01\0"] {
            host.put(*free, &start);
            seen.push(host.call("verify_header", &[at]));
        }
        seen.extend([0, 1, 9, 300].map(|len| host.call("crc32c", &[at, len])));
        answers.push(seen);
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
}
