//! The sparse operations through the contract: files, requests, columns, faults.
#![cfg(feature = "sparse")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;
#[path = "sparse_support/files.rs"]
mod files;
mod sparse_support;

use common::run;
use files::*;
use rvf_format::read::sparse::{IndexWidth, SparseHead, ValueType};
use solver_microkernel::native::{RequestBuilder, serve as serve_reads};
use solver_microkernel::sparse::{Random, SparseOperation as Op};
use solver_microkernel::{DESCRIPTION, Instance, Status};
use sparse_support::*;

#[test]
fn solve_gives_the_dense_solution() {
    let (file, system, b, _) = everything();
    let answer = Ask::new(Op::Solve).text(1, "grid").text(2, "b").f64(6, 1e-10).run(&file);
    let summary = json(&answer);
    let off = greatest(&floats(&answer, "x"), &dense_solve(&system.dense(), &b));
    assert!(summary["converged"] == true && summary["proven"] == true && summary["method"] == "ic0-cg");
    assert!(off <= summary["error_bound"].as_f64().unwrap() && off < 1e-8);
    assert!(summary["relative_residual"].as_f64().unwrap() <= 1.000_001e-10);
    assert_eq!(answer.column("row"), (0..323).collect::<Vec<u64>>());
    // Asked back: what the residual operation says of it is the same bound.
    let x = floats(&answer, "x");
    let back = json(&Ask::new(Op::Residual).text(2, "b").f64s(17, &x).run(&file));
    assert_eq!(
        (&back["error_bound"], &back["relative_residual"]),
        (&summary["error_bound"], &summary["relative_residual"])
    );
}

#[test]
fn entry_reads_few_rows_and_keeps_its_bound() {
    let t = grid(&[300, 300], 0.5, &mut || 1.0);
    let b = random_vector(t.n, &mut Random::new(3));
    let file = file(vec![segment("", &t, IndexWidth::U32, ValueType::F32), dense("rhs", &b)]);
    let x = solve(&t.matrix(), &b, by(solver_microkernel::sparse::Method::Auto)).unwrap().0;
    for (target, confidence) in [(45_150u64, 1.0), (0, 1.0), (89_999, 0.99)] {
        let ask = Ask::new(Op::Entry).text(2, "rhs").f64(6, 1e-2).u64s(10, &[target]).f64(11, confidence);
        let answer = ask.run(&file);
        let (value, bound) = (floats(&answer, "value")[0], floats(&answer, "bound")[0]);
        assert!(bound <= 1e-2 && (value - x[target as usize]).abs() <= bound, "{}", answer.text);
        assert!(floats(&answer, "confidence")[0] >= confidence);
        assert!(answer.column("rows_read")[0] < 2000);
        // Per row: its place, at most five entries of 8 bytes, one element of b.
        assert!(answer.column("bytes_read")[0] <= answer.column("rows_read")[0] * (16 + 40 + 8) + 16 * 2000);
        assert_eq!(json(&answer)["method"], "push");
    }
    // Too fine for pushing: the whole system is solved, and the bound is that of the solve.
    let hard = grid(&[40, 40], 1e-4, &mut || 1.0);
    let file = common_file(&hard);
    let answer = Ask::new(Op::Entry).f64(6, 1e-3).u64s(10, &[820, 7]).run(&file);
    assert_eq!(json(&answer)["method"], "solve");
    let x = dense_solve(&hard.dense(), &vec![1.0; 1600]);
    for (i, row) in [820, 7].into_iter().enumerate() {
        assert!((floats(&answer, "value")[i] - x[row]).abs() <= floats(&answer, "bound")[i]);
    }
    let local = Ask::new(Op::Entry).choice(5, 1).f64(6, 1e-3).u64s(10, &[820]).u64(12, 50).run(&file);
    assert!(local.column("rows_read")[0] <= 50 && floats(&local, "bound")[0] > 1e-3);
}

#[test]
fn ranks_and_graph_basics() {
    let (file, _, _, graph) = everything();
    let all = Ask::new(Op::PageRank).text(1, "graph").f64(6, 1e-12).run(&file);
    let scores = floats(&all, "score");
    assert!((scores.iter().sum::<f64>() - 1.0).abs() < 1e-10 && scores.len() == 200);
    let top = Ask::new(Op::PageRank).text(1, "graph").u64(14, 3).run(&file);
    let mut order: Vec<u64> = (0..200).collect();
    order.sort_by(|a, b| scores[*b as usize].total_cmp(&scores[*a as usize]));
    assert_eq!(top.column("id"), &order[..3]);
    for request in [
        Ask::new(Op::Ppr).text(1, "graph").u64s(10, &[7]),
        Ask::new(Op::Ppr).text(1, "graph").u64s(10, &[7]).u64(20, 1),
    ] {
        let answer = request.run(&file);
        assert_eq!(answer.column("certified"), [1; 10], "{}", answer.text);
        let bounds = floats(&answer, "bound");
        assert!(bounds.iter().all(|b| *b >= 0.0 && *b < 0.2) && floats(&answer, "score")[0] > 0.15);
    }
    let degree = Ask::new(Op::Degree).text(1, "graph").run(&file);
    let count = |i: u64| graph.map.keys().filter(|(a, _)| u64::from(*a) == i).count() as u64;
    assert!((0..200).all(|i| degree.column("degree")[i as usize] == count(i)));
    let some = Ask::new(Op::Degree).text(1, "graph").u64s(10, &[4, 1]).run(&file);
    assert_eq!((some.column("id"), some.column("degree")), (&[4, 1][..], &[count(4), count(1)][..]));
    let near = Ask::new(Op::Neighbors).text(1, "graph").u64s(10, &[199]).run(&file);
    let wanted: Vec<u64> = graph.map.keys().filter(|(a, _)| *a == 199).map(|(_, b)| u64::from(*b)).collect();
    assert_eq!(near.column("neighbor"), wanted);
    assert!(floats(&near, "weight").iter().all(|w| *w == 1.0));
}

#[test]
fn products_and_small_operations() {
    let (file, system, b, _) = everything();
    let y = floats(&Ask::new(Op::Spmv).text(16, "b").run(&file), "y");
    let a = system.dense();
    let wanted: Vec<f64> = a.iter().map(|row| row.iter().zip(&b).map(|(a, x)| a * x).sum()).collect();
    assert!(greatest(&y, &wanted) < 1e-13);
    let relu = Ask::new(Op::Relu).f64s(17, &[-1.0, 2.0]).run(&file);
    assert_eq!(floats(&relu, "value"), [0.0, 2.0]);
    let sum = Ask::new(Op::Axpy).f64s(4, &[1.0, 2.0]).f64s(17, &[10.0, 20.0]).f64(21, 0.5).run(&file);
    assert_eq!(floats(&sum, "value"), [6.0, 12.0]);
    assert_eq!(Ask::new(Op::Popcount).u64s(18, &[3, u64::MAX]).run(&file).column("count"), [66]);
    assert_eq!(Ask::new(Op::Xor).u64s(18, &[3, 5]).u64s(19, &[1, 5]).run(&file).column("bits"), [2, 0]);
}

#[test]
fn long_results_come_in_parts() {
    let mut chain = Triplets::new(150_000);
    for i in 0..150_000 {
        chain.add(i, i, 2.0);
        if i > 0 {
            chain.add(i, i - 1, -0.5);
        }
    }
    let answer = Ask::new(Op::Solve).run(&common_file(&chain));
    assert!(answer.column("row").iter().copied().eq(0..150_000));
    assert!((floats(&answer, "x")[149_999] - 1.0 / 1.5).abs() < 1e-7);
    assert!(answer.steps > 3);
}

#[test]
fn the_same_bits_for_any_budget_and_one_read_at_a_time() {
    let (file, ..) = everything();
    for ask in requests() {
        let request = ask.0.clone().build();
        let whole = run(&file, &request, 0);
        assert_eq!(whole.status, 0, "{}", whole.text);
        for budget in [1, 2, 7, 1000] {
            assert_eq!(run(&file, &request, budget).bits(), whole.bits());
        }
        // A host whose buffer is moved bytes at a time, in whatever order.
        let mut instance = Instance::new();
        assert_eq!(instance.open(&file.directory()), Status::Done);
        assert_eq!(instance.begin(&request), Status::Done);
        let get = |i: u32| file.segments.get(i as usize).map(|s| &s.1[..]);
        loop {
            match instance.step(3) {
                Status::Reads => {
                    let mut reads: Vec<_> = instance.reads().to_vec();
                    reads.reverse();
                    for read in reads {
                        let bytes = &get(read.segment).unwrap()[read.offset as usize..][..read.len as usize];
                        for (i, byte) in bytes.iter().enumerate() {
                            instance.buffer_mut()[read.dst as usize + i] = *byte;
                        }
                    }
                }
                Status::Budget | Status::Rows => {}
                end => {
                    assert_eq!((end, instance.summary()), (Status::Done, whole.text.as_bytes()));
                    break;
                }
            }
        }
        assert!(serve_reads(&mut instance, &get).is_some());
    }
}

#[test]
fn progress_tells_each_iteration_once() {
    let t = grid(&[60, 60], 1e-3, &mut || 1.0);
    let file = common_file(&t);
    let mut instance = Instance::new();
    instance.open(&file.directory());
    instance.begin(&Ask::new(Op::Solve).choice(5, 1).0.build());
    let get = |i: u32| file.segments.get(i as usize).map(|s| &s.1[..]);
    let mut seen: Vec<u64> = Vec::new();
    let status = loop {
        match instance.step(500) {
            Status::Reads => serve_reads(&mut instance, &get).unwrap(),
            Status::Budget => {
                let columns: Vec<_> = instance.progress().collect();
                assert_eq!((columns[0].name, columns[1].name), ("iteration", "residual"));
                assert_eq!(columns[0].rows(), columns[1].rows());
                if let solver_microkernel::Values::U32(v) = columns[0].values {
                    seen.extend(v.iter().map(|i| u64::from(*i)));
                }
            }
            end => break end,
        }
    };
    assert_eq!(status, Status::Done);
    let summary: serde_json::Value = serde_json::from_slice(instance.summary()).unwrap();
    let iterations = summary["iterations"].as_u64().unwrap();
    assert!(seen.len() as u64 + 10 >= iterations && seen.iter().copied().eq(1..=seen.len() as u64));
}

#[test]
fn hostile_segments_give_one_clear_error() {
    let (good, system, ..) = everything();
    let head = SparseHead::parse(&good.segments[0].1, good.segments[0].1.len() as u64, 0).unwrap();
    let (offsets, columns, values) =
        (head.arrays.offsets as usize, head.arrays.columns as usize, head.arrays.values as usize);
    let with = |at: usize, bytes: &[u8]| {
        let mut file = good.clone();
        file.segments[0].1[at..at + bytes.len()].copy_from_slice(bytes);
        file
    };
    let first = |row: u64| system.map.keys().take_while(|(i, _)| u64::from(*i) < row).count();
    let solve = Ask::new(Op::Solve);
    let entry = Ask::new(Op::Entry).f64(6, 1e-6).u64s(10, &[150]);
    let near = Ask::new(Op::Neighbors).u64s(10, &[150]);
    let entry_150 = first(150);
    let cases = [
        (with(offsets + 150 * 8, &u64::MAX.to_le_bytes()), -5, "offset of row 1".to_owned()),
        (with(offsets + 150 * 8, &9u64.to_le_bytes()), -5, " row 1".to_owned()),
        (
            with(columns + entry_150 * 4, &u32::MAX.to_le_bytes()),
            -5,
            format!("column of row 150 is out of range or does not ascend (entry {entry_150})"),
        ),
        (with(columns + entry_150 * 4 + 4, &0u32.to_le_bytes()), -5, "column of row 150".to_owned()),
        (
            with(values + entry_150 * 8, &f64::NAN.to_le_bytes()),
            -7,
            format!("value of row 150 is not a finite number (entry {entry_150})"),
        ),
    ];
    for (file, status, words) in &cases {
        for ask in [&solve, &entry, &near] {
            let answer = ask.run(file);
            assert!(
                answer.status == *status && answer.text.contains(words),
                "{} {}",
                answer.status,
                answer.text
            );
            assert!(answer.text.contains("(segment 0, offset "), "{}", answer.text);
        }
    }
    // A zero diagonal, and a slack that is claimed but not there.
    let diagonal = values + (first(150) + 2) * 8;
    for ask in [&solve, &entry] {
        let answer = ask.run(&with(diagonal, &0f64.to_le_bytes()));
        assert!(answer.status == -6 && answer.text.contains("row 150"), "{} {}", answer.status, answer.text);
    }
    let lying = with(92 + 16, &3f64.to_le_bytes());
    let answer = entry.run(&lying);
    assert!(answer.status == -5 && answer.text.contains("row 150 breaks the properties"), "{}", answer.text);
    // The full solve measures by itself, and is not misled.
    assert_eq!(json(&solve.run(&lying)), json(&solve.run(&good)));
    // Heads.
    for at in [0usize, 8, 12, 13, 14, 15, 16, 24, 32, 40, 48, 88, 200] {
        let mut bytes = good.segments[0].1[at..at + 1].to_vec();
        bytes[0] ^= 0x55;
        let answer = solve.run(&with(at, &bytes));
        assert!([-5, -6].contains(&answer.status), "{at} {} {}", answer.status, answer.text);
    }
    for cut in [0, 100, 255, 256, 300, good.segments[0].1.len() - 1] {
        let mut file = good.clone();
        file.segments[0].1.truncate(cut);
        assert!([-5, -6].contains(&solve.run(&file).status));
    }
}

#[test]
fn flipped_bytes_never_panic_and_never_mislead() {
    let mut r = Random::new(77);
    let t = grid(&[6, 6], 0.5, &mut || 1.0);
    let good = common_file(&t);
    let asks = [
        Ask::new(Op::Solve),
        Ask::new(Op::Entry).f64(6, 1e-3).u64s(10, &[14]),
        Ask::new(Op::Ppr).u64s(10, &[3]),
        Ask::new(Op::PageRank),
        Ask::new(Op::Degree),
    ];
    for _ in 0..4000 {
        let mut file = good.clone();
        let payload = &mut file.segments[0].1;
        for _ in 0..1 + r.next() % 3 {
            let at = (r.next() % payload.len() as u64) as usize;
            payload[at] ^= 1 << (r.next() % 8);
        }
        for ask in &asks {
            let answer = ask.run(&file);
            assert!(answer.status <= 0 && answer.status != -1, "{}", answer.text);
        }
    }
}

#[test]
fn bad_requests_are_refused() {
    let (file, ..) = everything();
    let refused = |ask: Ask| {
        let answer = ask.run(&file);
        assert_eq!(answer.status, -4, "{}", answer.text);
        answer.text
    };
    assert!(refused(Ask::new(Op::Solve).text(1, "nothing")).contains("no sparse matrix"));
    assert!(refused(Ask::new(Op::Solve).text(2, "nothing")).contains("no dense array"));
    assert!(refused(Ask::new(Op::Solve).f64s(4, &[1.0])).contains("323 elements"));
    assert!(refused(Ask::new(Op::Solve).u64s(3, &[900]).f64s(4, &[1.0])).contains("no row 900"));
    assert!(refused(Ask::new(Op::Solve).u64s(3, &[5, 5]).f64s(4, &[1.0, 2.0])).contains("ascend"));
    assert!(refused(Ask::new(Op::Solve).f64(6, 0.0)).contains("out of range"));
    assert!(refused(Ask::new(Op::Solve).choice(5, 7)).contains("no such choice"));
    assert!(refused(Ask::new(Op::Entry)).contains("ids are required"));
    assert!(refused(Ask::new(Op::Entry).u64s(10, &[323])).contains("no row 323"));
    assert!(refused(Ask::new(Op::Ppr).u64s(10, &[1]).f64(13, 1.0)).contains("out of range"));
    assert!(refused(Ask::new(Op::Spmv)).contains("required"));
    assert!(refused(Ask::new(Op::Spmv).f64s(17, &[1.0])).contains("323"));
    assert!(refused(Ask::new(Op::Xor).u64s(18, &[1])).contains("equally long"));
    assert_eq!(Ask::new(Op::Relu).f64s(17, &[f64::NAN]).run(&file).status, -7);
    let negative = Ask::new(Op::Ppr).text(1, "grid").u64s(10, &[1]).run(&file);
    assert!(negative.status == -6 && negative.text.contains("negative weight"));
}

#[test]
fn every_described_parameter_is_taken_and_no_other() {
    let described: serde_json::Value = serde_json::from_str(DESCRIPTION).unwrap();
    assert!(DESCRIPTION.len() <= 65_536);
    let operations = &described["operations"].as_array().unwrap()[4..];
    assert_eq!(operations.len(), Op::ALL.len());
    for (op, described) in Op::ALL.into_iter().zip(operations) {
        assert_eq!((&described["id"], &described["name"]), (&op.number().into(), &op.name().into()));
        let params = described["params"].as_array().unwrap();
        for id in 1..40u16 {
            let param = params.iter().find(|p| p["id"] == id);
            for (kind, name, value) in [
                (1, "u64", &1u64.to_le_bytes()[..]),
                (2, "f64", &0.5f64.to_le_bytes()),
                (3, "enum", &[1, 0, 0, 0]),
                (4, "string", b"x"),
                (6, "u64[]", &[0; 8]),
                (7, "f64[]", &[0; 8]),
            ] {
                let mut instance = Instance::new();
                assert_eq!(instance.open(&[]), Status::Done);
                instance.begin(&RequestBuilder::numbered(op.number()).raw(id, kind, value).build());
                let text = String::from_utf8(instance.error().to_vec()).unwrap();
                let unknown = text.contains("no parameter") || text.contains("wrong type");
                assert_eq!(
                    !unknown,
                    param.is_some_and(|p| p["type"] == name),
                    "{} {id} {name}: {text}",
                    op.name()
                );
            }
        }
    }
    // The columns come as they are described.
    let (file, ..) = everything();
    for ask in requests() {
        let request = ask.0.clone().build();
        let answer = run(&file, &request, 0);
        let number = u32::from_le_bytes(request[..4].try_into().unwrap());
        let described = operations.iter().find(|o| o["id"] == number).unwrap();
        let names: Vec<_> =
            described["columns"].as_array().unwrap().iter().map(|c| c["name"].as_str().unwrap()).collect();
        assert_eq!(answer.columns.iter().map(|c| &c.0[..]).collect::<Vec<_>>(), names);
    }
}
