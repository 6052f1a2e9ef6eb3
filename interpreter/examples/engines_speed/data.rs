//! Vectors, a matrix, and requests, in the layouts of docs/format.md and docs/abi.md.

use rvf_format::read::sparse::{Arrays, IndexWidth, Kind, Measure, SparseHead, ValueType};

/// Numbers in -1..1, always the same.
pub(crate) fn random(count: usize) -> Vec<f32> {
    let mut state = 1u64;
    (0..count)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f32 / (1 << 23) as f32 - 1.0
        })
        .collect()
}

/// A VEC_SEG of rows and a manifest.
pub(crate) fn vectors(rows: usize, dimension: usize) -> Vec<(u8, Vec<u8>)> {
    let mut payload = Vec::new();
    payload.extend((dimension as u16).to_le_bytes());
    payload.extend((rows as u32).to_le_bytes());
    for (id, row) in random(rows * dimension).chunks_exact(dimension).enumerate() {
        payload.extend((id as u64).to_le_bytes());
        payload.extend(row.iter().flat_map(|x| x.to_le_bytes()));
    }
    vec![(0x01, payload), (0x05, manifest(dimension))]
}

/// A manifest that says the dimension, and nothing deleted.
pub(crate) fn manifest(dimension: usize) -> Vec<u8> {
    let mut payload = vec![0; 26];
    payload[4..6].copy_from_slice(&(dimension as u16).to_le_bytes());
    payload
}

/// A SPARSE_SEG: the five-point Laplacian of a square grid, made strictly dominant.
pub(crate) fn grid(side: usize) -> Vec<u8> {
    let n = side * side;
    let (mut offsets, mut columns, mut values) = (vec![0u32], Vec::<u32>::new(), Vec::<f64>::new());
    let mut measure = Measure::new(Kind::Csr, n as u64, n as u64);
    for row in 0..n {
        let (y, x) = (row / side, row % side);
        let first = columns.len();
        let mut put = |column: usize, value: f64| {
            columns.push(column as u32);
            values.push(value);
        };
        if y > 0 {
            put(row - side, -1.0);
        }
        if x > 0 {
            put(row - 1, -1.0);
        }
        put(row, 4.01);
        if x + 1 < side {
            put(row + 1, -1.0);
        }
        if y + 1 < side {
            put(row + side, -1.0);
        }
        measure.row(columns[first..].iter().zip(&values[first..]).map(|(c, v)| (u64::from(*c), *v)));
        offsets.push(columns.len() as u32);
    }
    let name = "grid";
    let mut head = SparseHead {
        kind: Kind::Csr,
        index_width: IndexWidth::U32,
        value_type: ValueType::F64,
        rows: n as u64,
        columns: n as u64,
        entries: columns.len() as u64,
        name_len: name.len() as u32,
        arrays: Arrays { offsets: 0, columns: 0, values: 0 },
        transpose: None,
        properties: measure.finish(true),
    };
    let (arrays, _, len) = head.layout(false).unwrap();
    head.arrays = arrays;
    let mut payload = head.encode().to_vec();
    payload.extend(name.as_bytes());
    payload.resize(len as usize, 0);
    let mut put = |at: u64, bytes: Vec<u8>| payload[at as usize..][..bytes.len()].copy_from_slice(&bytes);
    put(arrays.offsets, offsets.iter().flat_map(|x| u64::from(*x).to_le_bytes()).collect());
    put(arrays.columns, columns.iter().flat_map(|x| x.to_le_bytes()).collect());
    put(arrays.values, values.iter().flat_map(|x| x.to_le_bytes()).collect());
    payload
}

/// A packed request.
pub(crate) struct Request {
    operation: u32,
    count: u32,
    parameters: Vec<u8>,
}

impl Request {
    pub(crate) fn new(operation: u32) -> Self {
        Self { operation, count: 0, parameters: Vec::new() }
    }

    fn parameter(mut self, id: u16, ty: u16, value: &[u8]) -> Self {
        self.count += 1;
        self.parameters.extend(id.to_le_bytes());
        self.parameters.extend(ty.to_le_bytes());
        self.parameters.extend((value.len() as u32).to_le_bytes());
        self.parameters.extend(value);
        self.parameters.resize(self.parameters.len().next_multiple_of(8), 0);
        self
    }

    pub(crate) fn number(self, id: u16, value: u64) -> Self {
        self.parameter(id, 1, &value.to_le_bytes())
    }

    pub(crate) fn floats(self, id: u16, value: &[f32]) -> Self {
        let bytes: Vec<u8> = value.iter().flat_map(|x| x.to_le_bytes()).collect();
        self.parameter(id, 5, &bytes)
    }

    pub(crate) fn build(self) -> Vec<u8> {
        let mut request = [self.operation.to_le_bytes(), self.count.to_le_bytes()].concat();
        request.extend(self.parameters);
        request
    }
}
