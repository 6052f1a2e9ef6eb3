//! Files in memory for tests: payloads built by hand, a small generator, and the host's loop.
#![allow(dead_code, clippy::type_complexity, clippy::unwrap_used, clippy::indexing_slicing, unreachable_pub)]

use rvf_format::SegmentType;
use solver_microkernel::native;
use solver_microkernel::request::Operation;
use solver_microkernel::{Instance, Status, Values, directory};

/// SplitMix64: the same sequence everywhere.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }
    pub fn f32(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1 << 23) as f32 - 1.0
    }
    pub fn vector(&mut self, dimension: usize) -> Vec<f32> {
        (0..dimension).map(|_| self.f32()).collect()
    }
}

pub type Row = (u64, Vec<f32>);

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Layout {
    Rows,
    Swapped,
    Blocks { rows: usize, restart: Option<u16> },
}

pub fn vec_payload(rows: &[Row], dimension: usize, layout: Layout) -> Vec<u8> {
    let mut out = Vec::new();
    match layout {
        Layout::Rows => {
            out.extend((dimension as u16).to_le_bytes());
            out.extend((rows.len() as u32).to_le_bytes());
        }
        Layout::Swapped => {
            out.extend((rows.len() as u16).to_le_bytes());
            out.extend((dimension as u32).to_le_bytes());
        }
        Layout::Blocks { rows: per, restart } => return blocks(rows, dimension, per, restart),
    }
    for (id, v) in rows {
        out.extend(id.to_le_bytes());
        out.extend(v.iter().flat_map(|x| x.to_le_bytes()));
    }
    out
}

fn varint(mut n: u64, out: &mut Vec<u8>) {
    while n >= 128 {
        out.push(n as u8 | 128);
        n >>= 7;
    }
    out.push(n as u8);
}

fn blocks(rows: &[Row], dimension: usize, per: usize, restart: Option<u16>) -> Vec<u8> {
    let parts: Vec<&[Row]> = rows.chunks(per).collect();
    let mut out = vec![0; (4 + 12 * parts.len()).next_multiple_of(64)];
    out[..4].copy_from_slice(&(parts.len() as u32).to_le_bytes());
    for (i, part) in parts.iter().enumerate() {
        let at = 4 + 12 * i;
        let start = out.len() as u32;
        out[at..at + 4].copy_from_slice(&start.to_le_bytes());
        out[at + 4..at + 8].copy_from_slice(&(part.len() as u32).to_le_bytes());
        out[at + 8..at + 10].copy_from_slice(&(dimension as u16).to_le_bytes());
        for column in 0..dimension {
            out.extend(part.iter().flat_map(|(_, v)| v[column].to_le_bytes()));
        }
        out.push(u8::from(restart.is_some()));
        out.extend(restart.unwrap_or(0).to_le_bytes());
        out.extend((part.len() as u32).to_le_bytes());
        let mut before = 0u64;
        for (n, (id, _)) in part.iter().enumerate() {
            match restart {
                None => out.extend(id.to_le_bytes()),
                Some(r) if n == 0 || (r != 0 && n % usize::from(r) == 0) => varint(*id, &mut out),
                Some(_) => varint(id.wrapping_sub(before), &mut out),
            }
            before = *id;
        }
        out.extend([0; 4]);
        out.resize(out.len().next_multiple_of(64), 0);
    }
    out
}

pub fn manifest(dimension: usize, metric: u8, deleted: &[u64]) -> Vec<u8> {
    let mut out = vec![0; 22];
    out[4..6].copy_from_slice(&(dimension as u16).to_le_bytes());
    out[19] = metric;
    out.extend((deleted.len() as u32).to_le_bytes());
    out.extend(deleted.iter().flat_map(|d| d.to_le_bytes()));
    out
}

/// Payloads with their types; the last manifest is in force.
#[derive(Clone)]
pub struct File {
    pub segments: Vec<(SegmentType, Vec<u8>)>,
}

impl File {
    pub fn new(dimension: usize, metric: u8, deleted: &[u64], parts: &[(&[Row], Layout)]) -> Self {
        let mut segments: Vec<_> =
            parts.iter().map(|(rows, l)| (SegmentType::VEC, vec_payload(rows, dimension, *l))).collect();
        segments.push((SegmentType::MANIFEST, manifest(dimension, metric, deleted)));
        Self { segments }
    }

    pub fn directory(&self) -> Vec<u8> {
        let record = |(i, (kind, payload)): (usize, &(SegmentType, Vec<u8>))| {
            directory::record(i as u32, *kind, *kind == SegmentType::MANIFEST, payload.len() as u64, i as u64)
        };
        self.segments.iter().enumerate().flat_map(record).collect()
    }
}

/// Everything that a job gives: the columns' bits in order, the summary, or the fault.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    pub status: i32,
    pub columns: Vec<(String, u32, Vec<u64>)>,
    pub text: String,
    pub steps: usize,
}

impl Answer {
    pub fn column(&self, name: &str) -> &[u64] {
        &self.columns.iter().find(|c| c.0 == name).unwrap().2
    }
    pub fn pairs(&self) -> Vec<(u32, u64, f32)> {
        let (q, id, d) = (self.column("query"), self.column("id"), self.column("distance"));
        (0..q.len()).map(|i| (q[i] as u32, id[i], f32::from_bits(d[i] as u32))).collect()
    }
    pub fn bits(&self) -> (i32, &[(String, u32, Vec<u64>)], &str) {
        (self.status, &self.columns, &self.text)
    }
}

pub fn run(file: &File, request: &[u8], budget: u32) -> Answer {
    let mut instance = Instance::new();
    run_on(&mut instance, file, request, budget)
}

pub fn run_on(instance: &mut Instance, file: &File, request: &[u8], budget: u32) -> Answer {
    let mut answer = Answer::default();
    let mut status = instance.open(&file.directory());
    if status == Status::Done {
        status = instance.begin(request);
    }
    while status == Status::Done {
        let step = instance.step(budget);
        answer.steps += 1;
        assert!(answer.steps < 3_000_000, "a job that does not end");
        match step {
            Status::Reads => {
                assert!(instance.reads().len() <= 4096 && !instance.reads().is_empty());
                let get = |i: u32| file.segments.get(i as usize).map(|s| &s.1[..]);
                native::serve(instance, &get).expect("a read outside its segment");
            }
            Status::Budget => assert_ne!(budget, 0),
            Status::Rows | Status::Done => {
                for (i, column) in instance.columns().enumerate() {
                    if answer.columns.len() <= i {
                        answer.columns.push((column.name.to_owned(), column.width, Vec::new()));
                    }
                    let out = &mut answer.columns[i];
                    assert_eq!((&out.0[..], out.1), (column.name, column.width));
                    match column.values {
                        Values::U32(v) => out.2.extend(v.iter().map(|x| u64::from(*x))),
                        Values::U64(v) => out.2.extend(v),
                        Values::F32(v) => out.2.extend(v.iter().map(|x| u64::from(x.to_bits()))),
                        Values::F64(v) => out.2.extend(v.iter().map(|x| x.to_bits())),
                    }
                }
                if step == Status::Done {
                    answer.text = String::from_utf8(instance.summary().to_vec()).unwrap();
                    return answer;
                }
            }
            fault => status = fault,
        }
    }
    answer.columns.clear();
    answer.status = status.code();
    answer.text = String::from_utf8(instance.error().to_vec()).unwrap();
    assert!(!answer.text.is_empty() && answer.text.len() < 400);
    answer
}

/// A `knn` request.
pub fn knn(query: &[f32], k: u64, metric: Option<u32>, exclude: &[u64]) -> Vec<u8> {
    let mut r = native::RequestBuilder::new(Operation::Knn).f32s(1, query).u64(2, k);
    if let Some(metric) = metric {
        r = r.choice(3, metric);
    }
    if !exclude.is_empty() {
        r = r.u64s(4, exclude);
    }
    r.build()
}

/// A request of each operation over the same file.
pub fn all_requests(query: &[f32], k: u64) -> Vec<Vec<u8>> {
    use native::RequestBuilder as R;
    let mut all: Vec<_> = (0..3).map(|m| knn(query, k, Some(m), &[])).collect();
    all.extend((0..3).map(|m| R::new(Operation::Distances).f32s(1, query).choice(3, m).build()));
    all.push(R::new(Operation::Normalize).build());
    all.push(R::new(Operation::Normalize).u64s(5, &[3, 1, 2]).build());
    all.push(R::new(Operation::Stats).build());
    all
}

/// The last row of each id, in file order, without deleted and non-finite ones.
pub fn live<'a>(rows: &'a [Row], deleted: &[u64]) -> Vec<&'a Row> {
    let last: std::collections::HashMap<u64, usize> =
        rows.iter().enumerate().map(|(i, r)| (r.0, i)).collect();
    rows.iter()
        .enumerate()
        .filter(|(i, r)| last[&r.0] == *i && !deleted.contains(&r.0) && r.1.iter().all(|x| x.is_finite()))
        .map(|(_, r)| r)
        .collect()
}

/// The definition, in f64.
pub fn distance(metric: u32, a: &[f32], b: &[f32]) -> f64 {
    let sum = |f: &dyn Fn(f64, f64) -> f64| -> f64 {
        a.iter().zip(b).map(|(a, b)| f(f64::from(*a), f64::from(*b))).sum()
    };
    match metric {
        0 => sum(&|a, b| (a - b) * (a - b)),
        1 => -sum(&|a, b| a * b),
        _ => {
            let (aa, bb) = (sum(&|a, _| a * a), sum(&|_, b| b * b));
            if aa == 0.0 || bb == 0.0 { 1.0 } else { 1.0 - sum(&|a, b| a * b) / (aa.sqrt() * bb.sqrt()) }
        }
    }
}
