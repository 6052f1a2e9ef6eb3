//! Files with matrices, and requests for them.
#![allow(dead_code, unreachable_pub)]

use crate::common::{Answer, File, run};
use crate::sparse_support::*;
use rvf_format::SegmentType;
use rvf_format::read::sparse::{
    Arrays, IndexWidth, Kind as Shape, Measure, Properties, SparseHead, ValueType,
};
use solver_microkernel::native::RequestBuilder;
use solver_microkernel::sparse::{Random, SparseOperation as Op};

/// A segment of a matrix, as a packer writes it.
pub fn segment(name: &str, t: &Triplets, index_width: IndexWidth, value_type: ValueType) -> Vec<u8> {
    let (offsets, columns, values) = t.parts();
    let mut measure = Measure::new(Shape::Csr, t.n as u64, t.n as u64);
    for i in 0..t.n {
        let range = offsets[i] as usize..offsets[i + 1] as usize;
        measure.row(columns[range.clone()].iter().zip(&values[range]).map(|(c, v)| (u64::from(*c), *v)));
    }
    let symmetric =
        t.map.iter().all(|((i, j), v)| t.map.get(&(*j, *i)).map(|w| w.to_bits()) == Some(v.to_bits()));
    let nothing = Arrays { offsets: 0, columns: 0, values: 0 };
    let mut head = SparseHead {
        kind: Shape::Csr,
        index_width,
        value_type,
        rows: t.n as u64,
        columns: t.n as u64,
        entries: columns.len() as u64,
        name_len: name.len() as u32,
        arrays: nothing,
        transpose: None,
        properties: measure.finish(symmetric),
    };
    let (arrays, _, len) = head.layout(false).unwrap();
    head.arrays = arrays;
    let mut out = head.encode().to_vec();
    out.extend(name.as_bytes());
    out.resize(len as usize, 0);
    let mut put =
        |at: u64, bytes: Vec<u8>| out[at as usize..at as usize + bytes.len()].copy_from_slice(&bytes);
    put(arrays.offsets, offsets.iter().flat_map(|o| u64::from(*o).to_le_bytes()).collect());
    put(
        arrays.columns,
        match index_width {
            IndexWidth::U32 => columns.iter().flat_map(|c| c.to_le_bytes()).collect(),
            IndexWidth::U64 => columns.iter().flat_map(|c| u64::from(*c).to_le_bytes()).collect(),
        },
    );
    put(
        arrays.values,
        match value_type {
            ValueType::Pattern => Vec::new(),
            ValueType::F32 => values.iter().flat_map(|v| (*v as f32).to_le_bytes()).collect(),
            ValueType::F64 => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
        },
    );
    out
}

/// A segment of a vector.
pub fn dense(name: &str, values: &[f64]) -> Vec<u8> {
    let sizes = values.iter().map(|v| v.abs());
    let properties = Properties {
        symmetric: false,
        m_sign: false,
        full_diagonal: false,
        row_gap: f64::NEG_INFINITY,
        column_gap: f64::NEG_INFINITY,
        row_slack: f64::NEG_INFINITY,
        column_slack: f64::NEG_INFINITY,
        diagonal: (0.0, 0.0),
        off_diagonal: (0.0, sizes.fold(0.0, f64::max)),
        row_sum: (0.0, 0.0),
        max_row_len: 1,
        max_column_len: values.len() as u64,
    };
    let nothing = Arrays { offsets: 0, columns: 0, values: 0 };
    let mut head = SparseHead {
        kind: Shape::Dense,
        index_width: IndexWidth::U32,
        value_type: ValueType::F64,
        rows: values.len() as u64,
        columns: 1,
        entries: values.len() as u64,
        name_len: name.len() as u32,
        arrays: nothing,
        transpose: None,
        properties,
    };
    let (arrays, _, len) = head.layout(false).unwrap();
    head.arrays = arrays;
    let mut out = head.encode().to_vec();
    out.extend(name.as_bytes());
    out.resize(len as usize, 0);
    let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
    out[arrays.values as usize..].copy_from_slice(&bytes);
    out
}

pub fn file(segments: Vec<Vec<u8>>) -> File {
    File { segments: segments.into_iter().map(|payload| (SegmentType::SPARSE, payload)).collect() }
}

/// A request in the making; parameters ascend.
pub struct Ask(pub RequestBuilder);

impl Ask {
    pub fn new(op: Op) -> Self {
        Self(RequestBuilder::numbered(op.number()))
    }
    pub fn u64(self, id: u16, value: u64) -> Self {
        Self(self.0.u64(id, value))
    }
    pub fn f64(self, id: u16, value: f64) -> Self {
        Self(self.0.raw(id, 2, &value.to_le_bytes()))
    }
    pub fn choice(self, id: u16, value: u32) -> Self {
        Self(self.0.choice(id, value))
    }
    pub fn text(self, id: u16, value: &str) -> Self {
        Self(self.0.raw(id, 4, value.as_bytes()))
    }
    pub fn u64s(self, id: u16, values: &[u64]) -> Self {
        Self(self.0.u64s(id, values))
    }
    pub fn f64s(self, id: u16, values: &[f64]) -> Self {
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        Self(self.0.raw(id, 7, &bytes))
    }
    pub fn run(&self, file: &File) -> Answer {
        run(file, &self.0.clone().build(), 0)
    }
}

pub fn floats(answer: &Answer, name: &str) -> Vec<f64> {
    answer.column(name).iter().map(|bits| f64::from_bits(*bits)).collect()
}

pub fn json(answer: &Answer) -> serde_json::Value {
    assert_eq!(answer.status, 0, "{}", answer.text);
    serde_json::from_str(&answer.text).unwrap_or_else(|e| panic!("{e}: {}", answer.text))
}

/// A system, a vector, a graph, and a system larger than one part of a result.
pub fn everything() -> (File, Triplets, Vec<f64>, Triplets) {
    let mut r = Random::new(51);
    let system = grid(&[17, 19], 0.4, &mut || 1.5);
    let b = random_vector(system.n, &mut r);
    let mut graph = power_law(200, 3, 0.0, &mut r);
    graph.map.retain(|(i, j), v| {
        *v = 1.0;
        i != j
    });
    let file = file(vec![
        segment("grid", &system, IndexWidth::U32, ValueType::F64),
        dense("b", &b),
        segment("graph", &graph, IndexWidth::U64, ValueType::Pattern),
    ]);
    (file, system, b, graph)
}

/// A request of every operation.
pub fn requests() -> Vec<Ask> {
    vec![
        Ask::new(Op::Solve).text(2, "b"),
        Ask::new(Op::Solve).choice(5, 3).f64(6, 1e-11),
        Ask::new(Op::Solve).u64s(3, &[5, 40]).f64s(4, &[1.0, -2.0]).choice(5, 4).u64(7, 12),
        Ask::new(Op::Entry).text(2, "b").u64s(10, &[150, 3]),
        Ask::new(Op::Entry).text(2, "b").f64(6, 0.2).u64s(10, &[150]).f64(11, 0.9),
        Ask::new(Op::Entry).text(2, "b").f64(6, 1e-12).u64s(10, &[150]),
        Ask::new(Op::PageRank).text(1, "graph"),
        Ask::new(Op::PageRank).text(1, "graph").u64(14, 5),
        Ask::new(Op::Ppr).text(1, "graph").u64s(10, &[7, 9]).u64(14, 12),
        Ask::new(Op::Ppr).text(1, "graph").u64s(10, &[7]).u64(20, 50),
        Ask::new(Op::Ppr).text(1, "graph").choice(5, 1).u64s(10, &[7]).u64(20, 50),
        Ask::new(Op::Diffuse).text(1, "graph").u64s(10, &[7]).f64(15, 2.0),
        Ask::new(Op::Spmv).text(16, "b"),
        Ask::new(Op::Residual).text(2, "b").f64s(17, &[0.5; 323]),
        Ask::new(Op::Degree).text(1, "graph"),
        Ask::new(Op::Degree).text(1, "graph").u64s(10, &[4, 1]),
        Ask::new(Op::Neighbors).text(1, "graph").u64s(10, &[0, 199]),
        Ask::new(Op::Relu).f64s(17, &[-1.0, 2.0]),
        Ask::new(Op::Gelu).text(16, "b"),
        Ask::new(Op::Axpy).text(2, "b").text(16, "b").f64(21, -0.5),
        Ask::new(Op::Popcount).u64s(18, &[3, u64::MAX]),
        Ask::new(Op::Xor).u64s(18, &[3, 5]).u64s(19, &[1, 5]),
    ]
}

pub fn common_file(t: &Triplets) -> File {
    file(vec![segment("a", t, IndexWidth::U32, ValueType::F64)])
}
