//! Whatever the bytes: a status, never a panic, never a read outside a segment.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;
use common::*;
use rvf_format::SegmentType;
use solver_microkernel::{Instance, Status};

fn file() -> File {
    let mut r = Random(9);
    let rows: Vec<Row> = (0..200).map(|i| (i, r.vector(24))).collect();
    let blocks = Layout::Blocks { rows: 30, restart: Some(8) };
    File::new(24, 0, &[3, 4, 5], &[(&rows[..100], Layout::Rows), (&rows[100..], blocks)])
}

#[test]
fn faults_name_the_segment_and_the_offset() {
    let request = knn(&[0.0; 24], 3, None, &[]);
    let cases: [(usize, usize, &[u8], i32, &str); 6] = [
        (0, 0, &[25, 0], -5, "(segment 0, offset 0)"),
        (1, 4 + 8, &[25], -5, "(segment 1, offset 4)"),
        (1, 4 + 12 + 10, &[1], -6, "(segment 1, offset 16)"),
        (1, 4 + 4, &[0, 0, 255, 0], -5, "(segment 1, offset 4)"),
        (2, 22, &[4], -5, "(segment 2, offset 22)"),
        (2, 14, &[255], -5, "(segment 2, offset 14)"),
    ];
    for (segment, at, bytes, status, place) in cases {
        let mut file = file();
        file.segments[segment].1[at..at + bytes.len()].copy_from_slice(bytes);
        let answer = run(&file, &request, 0);
        assert_eq!(answer.status, status, "{}", answer.text);
        assert!(answer.text.ends_with(place), "{}", answer.text);
    }
}

/// A short directory could otherwise name one large block over and over.
#[test]
fn blocks_that_overlap_are_refused() {
    let mut r = Random(12);
    let rows: Vec<Row> = (0..60).map(|i| (i, r.vector(4))).collect();
    for restart in [None, Some(8)] {
        let blocks = Layout::Blocks { rows: 30, restart };
        let good = File::new(4, 0, &[], &[(&rows, blocks)]);
        for request in all_requests(&[0.5; 4], 3) {
            assert_eq!(run(&good, &request, 0).status, 0);
            let mut bad = good.clone();
            let first: [u8; 4] = bad.segments[0].1[4..8].try_into().unwrap();
            bad.segments[0].1[16..20].copy_from_slice(&first);
            let answer = run(&bad, &request, 0);
            assert_eq!(answer.status, -5, "{}", answer.text);
            assert!(answer.text.ends_with("(segment 0, offset 16)"), "{}", answer.text);
        }
    }
}

#[test]
fn calls_out_of_order_are_refused_and_the_fault_stays() {
    let mut instance = Instance::new();
    assert_eq!(instance.step(0), Status::Order);
    assert_eq!(instance.begin(&[]), Status::Order);
    assert_eq!(instance.open(&[0; 31]), Status::Request);
    let words = instance.error().to_vec();
    assert_eq!(instance.step(0), Status::Request);
    assert_eq!(instance.error(), words);
    let file = file();
    assert_eq!(instance.open(&file.directory()), Status::Done);
    assert_eq!(instance.begin(&[1, 0, 0]), Status::Request);
    assert_eq!(instance.begin(&knn(&[0.0; 24], 1, None, &[])), Status::Done);
    assert_eq!(instance.step(0), Status::Reads);
    assert_eq!(run_on(&mut instance, &file, &knn(&[0.0; 23], 1, None, &[]), 0).status, -4);
    let none = File { segments: file.segments[..2].to_vec() };
    assert_eq!(run(&none, &knn(&[0.0; 24], 1, None, &[]), 0).status, -5);
}

#[test]
fn requests_are_checked_strictly() {
    use solver_microkernel::native::RequestBuilder as R;
    use solver_microkernel::request::Operation::{Knn, Stats};
    let query = [0.0; 24];
    let bad = [
        R::new(Knn).build(),
        R::new(Knn).f32s(1, &[]).build(),
        R::new(Knn).f32s(1, &query).u64(2, 0).build(),
        R::new(Knn).f32s(1, &query).u64(2, 65_537).build(),
        R::new(Knn).f32s(1, &query).choice(3, 3).build(),
        R::new(Knn).f32s(1, &query).f32s(1, &query).build(),
        R::new(Knn).u64(2, 1).f32s(1, &query).build(),
        R::new(Knn).f32s(1, &query).u64s(5, &[1]).build(),
        R::new(Knn).f32s(1, &query).u64(3, 1).build(),
        R::new(Knn).raw(1, 5, &[0; 95]).build(),
        R::new(Knn).f32s(1, &query).raw(4, 6, &[0; 12]).build(),
        R::new(Knn).f32s(1, &query).u64(9, 1).build(),
        R::new(Stats).u64(2, 1).build(),
        [&R::new(Stats).build()[..], &[0; 8]].concat(),
        [&[9, 0, 0, 0][..], &[0; 4]].concat(),
    ];
    for request in bad {
        assert_eq!(run(&file(), &request, 0).status, -4);
    }
    let mut fill = R::new(Knn).f32s(1, &query).choice(3, 1).build();
    *fill.last_mut().unwrap() = 1;
    assert_eq!(run(&file(), &fill, 0).status, -4);
}

#[test]
fn damaged_files_and_requests_end_with_a_status() {
    let good = file();
    let mut r = Random(10);
    let requests = all_requests(&[0.5; 48], 7);
    for round in 0..6000 {
        let mut file = good.clone();
        for _ in 0..=r.below(3) {
            let segment = r.below(3) as usize;
            let payload = &mut file.segments[segment].1;
            let len = payload.len() as u64;
            match r.below(4) {
                0 => payload.truncate(r.below(len) as usize),
                1 => {
                    let at = r.below(len.min(120)) as usize;
                    payload[at] = r.next() as u8;
                }
                2 => {
                    let at = r.below(len) as usize;
                    payload[at] ^= 1 << r.below(8);
                }
                _ => {
                    let at = r.below(len.min(60)) as usize;
                    let end = payload.len().min(at + 4);
                    payload[at..end].fill([0, 255][r.below(2) as usize]);
                }
            }
            if payload.is_empty() {
                break;
            }
        }
        let mut request = requests[r.below(requests.len() as u64) as usize].clone();
        if round % 3 == 0 {
            let at = r.below(request.len() as u64) as usize;
            request[at] = r.next() as u8;
        }
        let answer = run(&file, &request, r.below(3) as u32);
        assert!((-7..=0).contains(&answer.status) && answer.status != -1);
    }
}

#[test]
fn a_directory_that_lies_about_lengths_is_only_ever_read_inside_them() {
    let good = file();
    let mut r = Random(11);
    for _ in 0..2000 {
        let mut directory = good.directory();
        let at = r.below(directory.len() as u64) as usize;
        directory[at] = r.next() as u8;
        let mut instance = Instance::new();
        if instance.open(&directory) != Status::Done {
            continue;
        }
        assert_eq!(instance.begin(&knn(&[0.0; 24], 3, None, &[])), Status::Done);
        let mut steps = 0;
        loop {
            match instance.step(0) {
                Status::Reads => {
                    let lens: Vec<u64> = directory
                        .chunks_exact(32)
                        .map(|d| u64::from_le_bytes(d[8..16].try_into().unwrap()))
                        .collect();
                    assert!(instance.reads().iter().all(|read| {
                        directory.chunks_exact(32).zip(&lens).any(|(d, len)| {
                            d[..4] == read.segment.to_le_bytes() && read.offset + u64::from(read.len) <= *len
                        })
                    }));
                    let get = |i: u32| good.segments.get(i as usize).map(|s| &s.1[..]);
                    if solver_microkernel::native::serve(&mut instance, &get).is_none() {
                        break;
                    }
                }
                Status::Budget => {}
                status => {
                    assert!(status <= Status::Done);
                    break;
                }
            }
            steps += 1;
            assert!(steps < 100_000);
        }
    }
    assert_eq!(good.segments[2].0, SegmentType::MANIFEST);
}
