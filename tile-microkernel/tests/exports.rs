//! Every export against what it should compute, found in the simplest way; the library and both modules.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use common::*;

const CONFIG: u32 = 64;
const QUERY: u32 = FREE;
const BLOCK: u32 = FREE + 0x8000;
const OUT: u32 = FREE + 0x1_0000 - 0x2000;
const IDS: u32 = OUT + 0x1000;
const TYPES: [(&str, i64); 3] = [("fp16", 0), ("i8", 1), ("f32", 2)];

/// Values of a type: what is written, and what it stands for.
fn values(r: &mut Random, element: i64, count: usize) -> (Vec<u8>, Vec<f32>) {
    let (mut bytes, mut wide) = (Vec::new(), Vec::new());
    for _ in 0..count {
        match element {
            0 => {
                let (bits, value) = half(r.unit() * 3.0);
                bytes.extend(bits.to_le_bytes());
                wide.push(value);
            }
            1 => {
                let value = r.next() as i8;
                bytes.extend(value.to_le_bytes());
                wide.push(value.into());
            }
            _ => {
                let value = r.unit();
                bytes.extend(value.to_le_bytes());
                wide.push(value);
            }
        }
    }
    (bytes, wide)
}

/// Distances in f64; hamming over the bytes given.
fn brute_force(metric: i64, a: &[f32], b: &[f32], raw: (&[u8], &[u8])) -> f64 {
    let pairs = || a.iter().zip(b).map(|(a, b)| (f64::from(*a), f64::from(*b)));
    let dot = |x: &[f32]| x.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>();
    let product: f64 = pairs().map(|(a, b)| a * b).sum();
    match metric {
        0 => pairs().map(|(a, b)| (a - b).powi(2)).sum(),
        1 => -product,
        2 if dot(a) == 0.0 || dot(b) == 0.0 => 1.0,
        2 => 1.0 - product / (dot(a).sqrt() * dot(b).sqrt()),
        _ => raw.0.iter().zip(raw.1).map(|(x, y)| f64::from((x ^ y).count_ones())).sum(),
    }
}

fn config(host: &mut dyn Host, element: u32) {
    let mut bytes = [0; 64];
    bytes[0xC..0x10].copy_from_slice(&element.to_le_bytes());
    host.put(CONFIG, &bytes);
    assert_eq!(host.call("init", &[CONFIG.into()]), 0);
}

/// The query's type: as published (halves, or i8 beside rows of i8), or f32.
fn check_distances(
    host: &mut dyn Host,
    r: &mut Random,
    dimension: usize,
    element: i64,
    wide: bool,
) -> Vec<u32> {
    let given = if wide { 2 } else { element & 1 };
    let (mut query, q) = values(r, given, dimension);
    let most = 32_768 / (dimension * [2, 1, 4][element as usize]).max(1);
    let rows = most.min(7);
    let (block, b) = values(r, element, dimension * rows);
    let both: Vec<u8> =
        if given == element { query.clone() } else { q.iter().flat_map(|x| x.to_le_bytes()).collect() };
    query.resize(dimension * if wide { 4 } else { 2 }, 0);
    config(host, if wide { 2 } else { 0 });
    host.put(QUERY, &query);
    host.put(BLOCK, &block);
    assert_eq!(host.call("load_query", &[QUERY.into(), dimension as i64]), 0);
    assert_eq!(host.call("load_block", &[BLOCK.into(), rows as i64, element]), 0);
    let mut all = Vec::new();
    for metric in 0..4 {
        assert_eq!(host.call("distances", &[metric, OUT.into()]), rows as i64);
        let got = host.floats(OUT, rows);
        for (row, got) in got.iter().enumerate() {
            let row_wide = &b[row * dimension..][..dimension];
            let size = block.len() / (dimension * rows);
            let row_bytes: Vec<u8> = if given == element {
                block[row * dimension * size..][..dimension * size].to_vec()
            } else {
                row_wide.iter().flat_map(|x| x.to_le_bytes()).collect()
            };
            let wanted = brute_force(metric, &q, row_wide, (&both, &row_bytes));
            let scale =
                q.iter().zip(row_wide).map(|(a, b)| f64::from(a.abs() + b.abs()).powi(2)).sum::<f64>();
            let tolerance = if metric == 2 { 4e-6 } else { 1e-6 * scale };
            assert!(
                (f64::from(*got) - wanted).abs() <= tolerance,
                "{}: metric {metric}, type {element}, wide {wide}, dimension {dimension}: {got} for {wanted}",
                host.name()
            );
        }
        all.extend(got.iter().map(|x| x.to_bits()));
    }
    all
}

#[test]
fn distances_of_every_type_and_metric_are_right_and_the_same_bits_everywhere() {
    for (kind, element) in TYPES {
        for wide in [false, true] {
            for dimension in [1, 2, 15, 16, 17, 64, 96, 97, 100, 128, 384, 1000, 8192] {
                let mut bits = Vec::new();
                for mut host in hosts() {
                    let mut r = Random(77 + dimension as u64);
                    bits.push(check_distances(host.as_mut(), &mut r, dimension, element, wide));
                }
                assert!(bits.windows(2).all(|pair| pair[0] == pair[1]), "{kind}, dimension {dimension}");
            }
        }
    }
}

#[test]
fn a_zero_vector_is_at_cosine_distance_one_and_nan_is_one_nan() {
    for mut host in hosts() {
        config(host.as_mut(), 2);
        let put = |host: &mut dyn Host, at, values: &[f32]| {
            let bytes: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes()).collect();
            host.put(at, &bytes);
        };
        put(host.as_mut(), QUERY, &[1.0, 2.0]);
        put(host.as_mut(), BLOCK, &[0.0, 0.0, f32::NAN, 1.0, -f32::NAN, 1.0, 1.0, 2.0]);
        host.call("load_query", &[QUERY.into(), 2]);
        host.call("load_block", &[BLOCK.into(), 4, 2]);
        for metric in 0..3 {
            assert_eq!(host.call("distances", &[metric, OUT.into()]), 4);
            let got = host.floats(OUT, 4);
            assert_eq!([got[1].to_bits(), got[2].to_bits()], [0x7fc0_0000; 2]);
            assert!(metric != 2 || got[0] == 1.0);
        }
        put(host.as_mut(), QUERY, &[0.0, 0.0]);
        host.call("load_query", &[QUERY.into(), 2]);
        host.call("load_block", &[BLOCK.into(), 4, 2]);
        host.call("distances", &[2, OUT.into()]);
        assert_eq!(host.floats(OUT, 4)[3], 1.0);
        host.call("distances", &[1, OUT.into()]);
        assert_eq!(host.floats(OUT, 4)[3].to_bits(), 0, "zero rather than -0");
    }
}

#[test]
fn the_nearest_rows_are_those_of_a_stable_sort_with_nan_last() {
    let mut r = Random(5);
    for mut host in hosts() {
        for k in [0, 1, 3, 16, 17, 200, 1024] {
            config(host.as_mut(), 0);
            let mut all: Vec<(f32, u64)> = Vec::new();
            for _ in 0..4 {
                let count = r.below(400) as usize;
                let mut distances = Vec::new();
                for number in 0..count {
                    let value = match r.below(12) {
                        0 => f32::NAN,
                        1 => -f32::NAN,
                        2 => f32::INFINITY,
                        3 => -0.0,
                        4 => 0.0,
                        _ => (r.below(40) as f32) - 20.0,
                    };
                    let id = u64::MAX - r.below(1000) * 3;
                    host.put(IDS + 8 * number as u32, &id.to_le_bytes());
                    distances.extend(value.to_le_bytes());
                    all.push((value, id));
                }
                host.put(BLOCK, &distances);
                assert_eq!(host.call("topk_merge", &[BLOCK.into(), IDS.into(), count as i64, k]), 0);
            }
            // Stable, so that of equal distances the first stay.
            all.sort_by(|a, b| {
                (a.0 + 0.0).partial_cmp(&(b.0 + 0.0)).unwrap_or(a.0.is_nan().cmp(&b.0.is_nan()))
            });
            all.truncate(k as usize);
            assert_eq!(host.call("topk_read", &[BLOCK.into()]), all.len() as i64);
            let got: Vec<(u32, u64)> =
                host.rows(BLOCK, all.len()).iter().map(|(id, d)| (d.to_bits(), *id)).collect();
            let wanted: Vec<(u32, u64)> = all.iter().map(|(d, id)| (d.to_bits(), *id)).collect();
            assert_eq!(got, wanted, "{}: k {k}", host.name());
        }
        config(host.as_mut(), 0);
        assert_eq!(host.call("topk_read", &[BLOCK.into()]), 0, "init forgets");
    }
}

#[test]
fn rows_kept_for_a_greater_k_stay_until_nearer_ones_come() {
    for mut host in hosts() {
        config(host.as_mut(), 0);
        for (at, value) in [3.0_f32, 1.0, 2.0, 0.5].iter().enumerate() {
            host.put(BLOCK + 4 * at as u32, &value.to_le_bytes());
            host.put(IDS + 8 * at as u32, &(at as u64).to_le_bytes());
        }
        host.call("topk_merge", &[BLOCK.into(), IDS.into(), 3, 3]);
        host.call("topk_merge", &[i64::from(BLOCK) + 12, i64::from(IDS) + 24, 1, 1]);
        assert_eq!(host.call("topk_read", &[OUT.into()]), 3);
        assert_eq!(host.rows(OUT, 3), [(3, 0.5), (1, 1.0), (2, 2.0)]);
    }
}

#[test]
fn scalar_quantisation_is_undone_by_its_formula() {
    for mut host in hosts() {
        let scales: Vec<(f32, f32)> =
            (0..300).map(|i| (-1.0 - i as f32 / 7.0, 1.5 + i as f32 / 11.0)).collect();
        let bytes: Vec<u8> =
            scales.iter().flat_map(|(a, b)| [a.to_le_bytes(), b.to_le_bytes()].concat()).collect();
        assert_eq!(host.call("dequant_i8", &[BLOCK.into(), OUT.into(), 4]), -1, "no parameters yet");
        host.put(BLOCK, &bytes);
        assert_eq!(host.call("load_sq_params", &[BLOCK.into(), 300]), 0);
        let codes: Vec<u8> = (0..700_u32).map(|i| (i * 37) as u8).collect();
        host.put(BLOCK, &codes);
        assert_eq!(host.call("dequant_i8", &[BLOCK.into(), OUT.into(), 700]), 0);
        for (number, code) in codes.iter().enumerate() {
            let (least, greatest) = scales[number % 300];
            let value = least + (f32::from(*code as i8) + 128.0) / 255.0 * (greatest - least);
            let got = host.memory()[OUT as usize + 2 * number..][..2].try_into().unwrap();
            let got = widened(u16::from_le_bytes(got));
            // Towards zero, by less than the distance of two halves.
            assert!(got.abs() <= value.abs() && (value - got).abs() <= value.abs() / 1024.0, "{value} {got}");
        }
    }
}

fn widened(half: u16) -> f32 {
    let (exponent, fraction) = (i32::from(half >> 10 & 31), f32::from(half & 1023));
    let size = if exponent == 0 {
        fraction * 2f32.powi(-24)
    } else {
        (1.0 + fraction / 1024.0) * 2f32.powi(exponent - 15)
    };
    if half >> 15 == 1 { -size } else { size }
}

#[test]
fn product_quantisation_adds_up_its_subspaces() {
    let mut r = Random(3);
    for mut host in hosts() {
        for (dimension, subspaces, centroids) in
            [(4_usize, 2_usize, 2_usize), (64, 8, 256), (96, 96, 16), (30, 3, 5)]
        {
            let width = dimension / subspaces;
            let (query, q) = values(&mut r, 0, dimension);
            let (codebook, c) = values(&mut r, 0, dimension * centroids);
            let rows = 20;
            let mut codes: Vec<u8> = (0..rows * subspaces).map(|_| r.below(centroids as u64) as u8).collect();
            config(host.as_mut(), 0);
            host.put(QUERY, &query);
            host.put(BLOCK, &codebook);
            assert_eq!(host.call("load_query", &[QUERY.into(), dimension as i64]), 0);
            let args = [BLOCK.into(), subspaces as i64, centroids as i64];
            assert_eq!(host.call("load_pq_codebook", &args), 0);
            host.put(BLOCK, &codes);
            assert_eq!(host.call("pq_distances", &[BLOCK.into(), rows as i64, OUT.into()]), rows as i64);
            for (row, got) in host.floats(OUT, rows).iter().enumerate() {
                let wanted: f64 = (0..dimension)
                    .map(|at| {
                        let (subspace, inner) = (at / width, at % width);
                        let code = usize::from(codes[row * subspaces + subspace]);
                        let centroid = c[(subspace * centroids + code) * width + inner];
                        f64::from(q[at] - centroid).powi(2)
                    })
                    .sum();
                assert!((f64::from(*got) - wanted).abs() <= 1e-5 * wanted.max(1.0), "{got} {wanted}");
            }
            if centroids < 256 {
                codes[subspaces - 1] = centroids as u8;
                host.put(BLOCK, &codes);
                host.call("pq_distances", &[BLOCK.into(), rows as i64, OUT.into()]);
                let got = host.floats(OUT, 2);
                assert!(got[0].is_nan() && !got[1].is_nan(), "a code without a centroid");
            }
        }
        host.call("load_query", &[QUERY.into(), 6]);
        assert_eq!(host.call("pq_distances", &[BLOCK.into(), 1, OUT.into()]), -1, "another dimension");
        for args in [[4, 4], [0, 4], [7, 4], [6, 1 << 20]] {
            assert_eq!(host.call("load_pq_codebook", &[BLOCK.into(), args[0], args[1]]), -1);
        }
    }
}

#[test]
fn a_greedy_step_goes_to_the_nearest_other_node() {
    for mut host in hosts() {
        let list = |entries: &[(i64, f32)]| {
            let mut bytes = (entries.len() as u32).to_le_bytes().to_vec();
            for (id, distance) in entries {
                bytes.extend(id.to_le_bytes());
                bytes.extend(distance.to_le_bytes());
            }
            bytes
        };
        let inf = f32::INFINITY;
        type Case<'a> = (&'a [(i64, f32)], i64, i64);
        let cases: [Case<'_>; 7] = [
            (&[], 5, -1),
            (&[(7, 3.0), (8, 1.0), (9, f32::NAN)], 5, 8),
            (&[(7, 3.0), (8, 1.0), (9, f32::NAN)], 8, 7),
            (&[(9, f32::NAN)], 5, -1),
            (&[(1 << 40, inf), (2, inf)], 5, 1 << 40),
            (&[(6, 1.0), (7, 1.0)], 5, 6),
            (&[(5, 0.0)], 5, -1),
        ];
        for (entries, current, wanted) in cases {
            host.put(BLOCK, &list(entries));
            assert_eq!(host.call("load_neighbors", &[current, 0, BLOCK.into()]), 0);
            assert_eq!(host.call("greedy_step", &[current, 0]), wanted, "{}: {entries:?}", host.name());
        }
    }
}

#[test]
fn headers_and_check_values_are_as_published() {
    for mut host in hosts() {
        let mut header = [0; 64];
        header[..5].copy_from_slice(b"SFVR\x01");
        for (at, byte, wanted) in [(0, b'S', 0), (0, b'X', 1), (4, 2, 2), (4, 0, 2)] {
            let mut changed = header;
            changed[at] = byte;
            host.put(BLOCK, &changed);
            assert_eq!(host.call("verify_header", &[BLOCK.into()]), wanted);
        }
        // RFC 3720, appendix B.4, and the usual check value.
        let ascending: Vec<u8> = (0..32).collect();
        let cases: [(&[u8], u32); 4] = [
            (b"123456789", 0xe306_9283),
            (&[0; 32], 0x8a91_36aa),
            (&[0xff; 32], 0x62a8_ab43),
            (&ascending, 0x46dd_794e),
        ];
        for (bytes, wanted) in cases {
            host.put(BLOCK, bytes);
            assert_eq!(host.call("crc32c", &[BLOCK.into(), bytes.len() as i64]) as u32, wanted);
        }
        assert_eq!(host.call("crc32c", &[BLOCK.into(), 0]), 0);
    }
}
