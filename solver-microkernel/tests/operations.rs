//! Every operation against its definition in f64, over random and edge inputs.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;
use common::*;
use solver_microkernel::native::RequestBuilder;
use solver_microkernel::request::Operation;

const DIMENSIONS: [usize; 12] = [1, 2, 3, 15, 16, 17, 63, 64, 65, 100, 384, 1000];

fn check_knn(file: &File, rows: &[Row], deleted: &[u64], query: &[f32], k: u64, metric: u32) {
    let dimension = rows.first().map_or(query.len(), |r| r.1.len());
    let answer = run(file, &knn(query, k, Some(metric), &[]), 0);
    assert_eq!(answer.status, 0, "{}", answer.text);
    let pairs = answer.pairs();
    let live = live(rows, deleted);
    for (number, q) in query.chunks(dimension).enumerate() {
        let got: Vec<_> = pairs.iter().filter(|p| p.0 as usize == number).collect();
        assert_eq!(got.len(), live.len().min(k as usize));
        assert!(got.windows(2).all(|w| (w[0].2, w[0].1) < (w[1].2, w[1].1)), "order");
        let mut wanted: Vec<f64> = live.iter().map(|r| distance(metric, q, &r.1)).collect();
        wanted.sort_by(f64::total_cmp);
        for (p, w) in got.iter().zip(&wanted) {
            let row = live.iter().find(|r| r.0 == p.1).expect("a live id");
            let own = distance(metric, q, &row.1);
            let size: f64 = q.iter().zip(&row.1).map(|(a, b)| f64::from(a.abs() * b.abs())).sum();
            let near = |x: f64| 1e-5 * x.abs().max(if metric == 2 { 1.0 } else { size }) + 1e-37;
            assert!((f64::from(p.2) - own).abs() <= near(own), "{} {own}", p.2);
            assert!((own - w).abs() <= 2.0 * near(*w), "value {own} in place of {w}");
        }
    }
}

#[test]
fn knn_agrees_with_brute_force_for_every_dimension_metric_and_layout() {
    let mut r = Random(1);
    for dimension in DIMENSIONS {
        let rows: Vec<Row> = (0..300).map(|i| (i * 3 + 1, r.vector(dimension))).collect();
        let query = r.vector(2 * dimension);
        let deleted = [4, 7, 100];
        let (a, b) = rows.split_at(100);
        let (b, c) = b.split_at(100);
        let mixed =
            [(a, Layout::Rows), (b, Layout::Blocks { rows: 37, restart: Some(16) }), (c, Layout::Swapped)];
        let raw = [(&rows[..], Layout::Blocks { rows: 300, restart: None })];
        let plain = [(&rows[..], Layout::Rows)];
        for metric in 0..3 {
            let files = [&mixed[..], &raw, &plain].map(|parts| File::new(dimension, 0, &deleted, parts));
            for k in [1, 10, 299, 65_536] {
                check_knn(&files[0], &rows, &deleted, &query, k, metric);
                let answers = files.each_ref().map(|f| run(f, &knn(&query, k, Some(metric), &[]), 0));
                assert_eq!(answers[0].bits(), answers[1].bits(), "dimension {dimension}");
                assert_eq!(answers[0].bits(), answers[2].bits());
            }
        }
    }
}

#[test]
fn the_greatest_dimension_works() {
    let mut r = Random(2);
    let rows: Vec<Row> = (0..5).map(|i| (i, r.vector(65_535))).collect();
    let query = r.vector(65_535);
    for layout in [Layout::Rows, Layout::Blocks { rows: 3, restart: Some(128) }] {
        let file = File::new(65_535, 2, &[], &[(&rows, layout)]);
        for metric in 0..3 {
            check_knn(&file, &rows, &[], &query, 3, metric);
        }
    }
}

#[test]
fn superseded_rows_never_come_back() {
    let mut r = Random(3);
    for ids in [5, 40, 400, 4000] {
        for dimension in [2, 20] {
            // Later rows tend to be farther, so that the best rows are the ones superseded.
            let rows: Vec<Row> = (0..3000)
                .map(|i| {
                    let far = 1.0 + i as f32 / 300.0;
                    (r.below(ids), r.vector(dimension).into_iter().map(|x| x * far).collect())
                })
                .collect();
            let file = File::new(
                dimension,
                0,
                &[1],
                &[(&rows[..1000], Layout::Rows), (&rows[1000..], Layout::Rows)],
            );
            for k in [1, 10, 1000] {
                check_knn(&file, &rows, &[1], &vec![0.01; dimension], k, 0);
            }
            let live = live(&rows, &[1]);
            let query = vec![0.5; dimension];
            let all = run(&file, &RequestBuilder::new(Operation::Distances).f32s(1, &query).build(), 0);
            let ids: Vec<u64> = live.iter().map(|r| r.0).collect();
            assert_eq!(all.column("id"), ids);
            let unit = run(&file, &RequestBuilder::new(Operation::Normalize).build(), 0);
            assert_eq!(unit.column("id"), ids);
            for (row, got) in live.iter().zip(unit.column("vector").chunks(dimension)) {
                let norm = row.1.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
                for (x, got) in row.1.iter().zip(got) {
                    let got = f64::from(f32::from_bits(*got as u32));
                    assert!((f64::from(*x) / norm - got).abs() < 1e-6);
                }
            }
            let stats = run(&file, &RequestBuilder::new(Operation::Stats).build(), 0);
            assert_eq!(stats.column("count"), [live.len() as u64]);
        }
    }
}

#[test]
fn distances_and_stats_agree_with_their_definitions() {
    let mut r = Random(4);
    for dimension in [1, 3, 17, 128] {
        let rows: Vec<Row> = (0..5000).map(|i| (i * 2, r.vector(dimension))).collect();
        let file = File::new(dimension, 1, &[2, 4], &[(&rows, Layout::Rows)]);
        let query = r.vector(2 * dimension);
        for metric in 0..3 {
            let request = RequestBuilder::new(Operation::Distances).f32s(1, &query).choice(3, metric).build();
            let pairs = run(&file, &request, 0).pairs();
            assert_eq!(pairs.len(), 2 * 4998);
            for (q, id, d) in pairs {
                let own =
                    distance(metric, &query[q as usize * dimension..][..dimension], &rows[id as usize / 2].1);
                assert!((f64::from(d) - own).abs() < 1e-4 * own.abs().max(1.0), "{d} {own}");
            }
        }
        let some =
            RequestBuilder::new(Operation::Distances).f32s(1, &query).u64s(5, &[8, 2, 6, 9, 6]).build();
        let some = run(&file, &some, 0);
        let ids: Vec<_> = some.pairs().iter().map(|p| (p.0, p.1)).collect();
        assert_eq!(ids, [(0, 6), (0, 8), (1, 6), (1, 8)]);
        assert!(some.text.contains("\"missing\":2"), "{}", some.text);
        let stats = run(&file, &RequestBuilder::new(Operation::Stats).build(), 0);
        let norms: Vec<f64> = live(&rows, &[2, 4])
            .iter()
            .map(|r| r.1.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt())
            .collect();
        let value = |name| f64::from_bits(stats.column(name)[0]);
        let mean = norms.iter().sum::<f64>() / norms.len() as f64;
        assert!((value("norm_mean") - mean).abs() < 1e-9);
        assert!((value("norm_min") - norms.iter().copied().fold(f64::MAX, f64::min)).abs() < 1e-12);
        assert!((value("norm_max") - norms.iter().copied().fold(0.0, f64::max)).abs() < 1e-12);
        assert_eq!((stats.column("deleted"), stats.column("dimension")), (&[2][..], &[dimension as u64][..]));
    }
}

#[test]
fn any_budget_gives_the_same_bits() {
    let mut r = Random(5);
    let rows: Vec<Row> = (0..2000).map(|i| (i ^ 1, r.vector(100))).collect();
    let parts =
        [(&rows[..1500], Layout::Rows), (&rows[1500..], Layout::Blocks { rows: 90, restart: Some(7) })];
    let file = File::new(100, 0, &[5], &parts);
    for request in all_requests(&r.vector(300), 20) {
        let whole = run(&file, &request, 0);
        assert_eq!(whole.status, 0);
        for budget in [1, 2, 63, 1_000_000] {
            let pieces = run(&file, &request, budget);
            assert_eq!(whole.bits(), pieces.bits());
            assert_eq!(pieces.steps, run(&file, &request, budget).steps);
        }
    }
}

#[test]
fn edge_values_are_handled_as_the_contract_says() {
    let d = 20;
    let mut rows: Vec<Row> = vec![
        (1, vec![0.0; d]),
        (2, vec![1e-30; d]),
        (3, vec![1e-45; d]),
        (4, vec![1e30; d]),
        (5, vec![1.0; d]),
        (6, vec![-1.0; d]),
        (7, vec![f32::MAX; d]),
    ];
    for (id, bad) in [(8, f32::NAN), (9, f32::INFINITY), (10, f32::NEG_INFINITY)] {
        let mut v = vec![1.0; d];
        v[13] = bad;
        rows.push((id, v));
    }
    let file = File::new(d, 2, &[], &[(&rows, Layout::Rows)]);
    for q in [1e-45f32, 1e-30, 1.0, 1e25, f32::MAX] {
        let answer = run(&file, &knn(&vec![q; d], 20, None, &[]), 0);
        assert!(
            answer.text.contains("\"skipped\":3") && answer.text.contains("\"vectors\":7"),
            "{}",
            answer.text
        );
        for (_, id, got) in answer.pairs() {
            let wanted = match id {
                1 => 1.0,
                6 => 2.0,
                _ => 0.0,
            };
            assert!((got - wanted).abs() < 1e-6, "{q} {id} {got}");
            assert!(id != 1 || got == 1.0);
        }
    }
    let zero = run(&file, &knn(&vec![0.0; d], 20, None, &[]), 0);
    assert!(zero.pairs().iter().all(|p| p.2 == 1.0) && zero.pairs().len() == 7);
    for metric in [0, 1] {
        let overflow = run(&file, &knn(&vec![1e18; d], 20, Some(metric), &[]), 0);
        assert_eq!(overflow.status, -7);
        assert!(overflow.text.contains("vector 4"), "{}", overflow.text);
        let left_out = run(&file, &knn(&vec![1e18; d], 20, Some(metric), &[4, 7]), 0);
        assert_eq!(left_out.pairs().len(), 5);
    }
    let ip = run(&file, &knn(&vec![0.0; d], 20, Some(1), &[4, 7]), 0);
    assert!(ip.pairs().iter().all(|p| p.2.to_bits() == 0));
    for bad in [f32::NAN, f32::INFINITY] {
        assert_eq!(run(&file, &knn(&vec![bad; d], 1, None, &[]), 0).status, -7);
    }
    let unit = run(&file, &RequestBuilder::new(Operation::Normalize).build(), 0);
    for (id, v) in unit.column("id").iter().zip(unit.column("vector").chunks(d)) {
        let norm: f32 = v.iter().map(|x| f32::from_bits(*x as u32).powi(2)).sum();
        assert!((norm - if *id == 1 { 0.0 } else { 1.0 }).abs() < 1e-5);
    }
    let stats = run(&file, &RequestBuilder::new(Operation::Stats).build(), 0);
    assert_eq!(
        (stats.column("zero"), stats.column("skipped"), stats.column("count")),
        (&[1][..], &[3][..], &[7][..])
    );
}

#[test]
fn nothing_to_search_gives_empty_results() {
    for file in [File::new(4, 0, &[], &[]), File::new(4, 0, &[], &[(&[], Layout::Rows)])] {
        for request in all_requests(&[0.0; 4], 3) {
            let answer = run(&file, &request, 0);
            assert_eq!(answer.status, 0, "{}", answer.text);
            assert!(answer.columns.iter().all(|c| c.2.len() <= 1));
        }
        let one = run(&file, &knn(&[0.0; 4], 3, None, &[]), 0);
        assert_eq!((one.columns.len(), one.column("id").len()), (3, 0));
    }
}

#[test]
fn many_small_segments_share_a_block() {
    let mut r = Random(6);
    let rows: Vec<Row> = (0..3000).map(|i| (i, r.vector(8))).collect();
    let parts: Vec<(&[Row], Layout)> = rows.chunks(1).map(|c| (c, Layout::Rows)).collect();
    let file = File::new(8, 0, &[], &parts);
    let query = r.vector(8);
    check_knn(&file, &rows, &[], &query, 10, 0);
    assert!(run(&file, &knn(&query, 10, None, &[]), 0).steps < 12);
}
