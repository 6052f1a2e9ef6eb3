//! What the tests share: the fourteen functions by name, in the library and in the built modules.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::indexing_slicing)]

use tile_microkernel::limits::{LOW, MEMORY, OWN};
use tile_microkernel::{Flat, Tile};
use wasmi::{Engine, Instance, Memory, Module, Store, Val};

/// The first address behind the module's own part.
pub const FREE: u32 = LOW + OWN;

/// Something with the fourteen functions and a memory.
pub trait Host {
    fn name(&self) -> &str;
    /// Calls a function without the prefix `rvf_`; panics when it traps.
    fn call(&mut self, name: &str, args: &[i64]) -> i64;
    fn memory(&mut self) -> &mut [u8];

    fn put(&mut self, at: u32, bytes: &[u8]) {
        self.memory()[at as usize..][..bytes.len()].copy_from_slice(bytes);
    }

    fn floats(&mut self, at: u32, count: usize) -> Vec<f32> {
        let bytes = &self.memory()[at as usize..][..4 * count];
        bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
    }

    fn rows(&mut self, at: u32, count: usize) -> Vec<(u64, f32)> {
        let row = |bytes: &[u8]| {
            let (id, distance) = bytes.split_at(8);
            (u64::from_le_bytes(id.try_into().unwrap()), f32::from_le_bytes(distance.try_into().unwrap()))
        };
        self.memory()[at as usize..][..12 * count].chunks(12).map(row).collect()
    }
}

/// The library.
#[derive(Default)]
pub struct Native(pub Tile<Flat>);

impl Host for Native {
    fn name(&self) -> &str {
        "library"
    }

    fn call(&mut self, name: &str, args: &[i64]) -> i64 {
        let tile = &mut self.0;
        let at = |number: usize| args[number] as u32;
        let word = |number: usize| args[number] as u64;
        i64::from(match name {
            "init" => tile.init(at(0)),
            "load_query" => tile.load_query(at(0), at(1)),
            "load_block" => tile.load_block(at(0), at(1), at(2)),
            "distances" => tile.distances(at(0), at(1)),
            "topk_merge" => tile.topk_merge(at(0), at(1), at(2), at(3)),
            "topk_read" => tile.topk_read(at(0)),
            "load_sq_params" => tile.load_sq_params(at(0), at(1)),
            "dequant_i8" => tile.dequant_i8(at(0), at(1), at(2)),
            "load_pq_codebook" => tile.load_pq_codebook(at(0), at(1), at(2)),
            "pq_distances" => tile.pq_distances(at(0), at(1), at(2)),
            "load_neighbors" => tile.load_neighbors(word(0), at(1), at(2)),
            "greedy_step" => return tile.greedy_step(word(0), at(1)),
            "verify_header" => tile.verify_header(at(0)),
            "crc32c" => tile.crc32c(at(0), at(1)),
            _ => panic!("{name}"),
        })
    }

    fn memory(&mut self) -> &mut [u8] {
        &mut self.0.0.0
    }
}

/// A module in an interpreter.
pub struct Guest {
    name: String,
    store: Store<()>,
    instance: Instance,
    memory: Memory,
}

impl Guest {
    pub fn new(name: &str, module: &[u8]) -> Self {
        let engine = Engine::default();
        let module = Module::new(&engine, module).unwrap();
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &module, &[]).unwrap();
        let memory = instance.get_memory(&store, "memory").unwrap();
        Self { name: name.to_owned(), store, instance, memory }
    }
}

impl Host for Guest {
    fn name(&self) -> &str {
        &self.name
    }

    fn call(&mut self, name: &str, args: &[i64]) -> i64 {
        let function = self.instance.get_func(&self.store, &format!("rvf_{name}")).unwrap();
        let ty = function.ty(&self.store);
        let value = |(ty, arg): (&wasmi::ValType, &i64)| match ty {
            wasmi::ValType::I64 => Val::I64(*arg),
            _ => Val::I32(*arg as i32),
        };
        let args: Vec<Val> = ty.params().iter().zip(args).map(value).collect();
        let mut result = [Val::I32(0)];
        function
            .call(&mut self.store, &args, &mut result)
            .unwrap_or_else(|trap| panic!("{}: {name} {args:?}: {trap}", self.name));
        match result {
            [Val::I64(value)] => value,
            [other] => other.i32().unwrap().into(),
        }
    }

    fn memory(&mut self) -> &mut [u8] {
        self.memory.data_mut(&mut self.store)
    }
}

/// The built modules, as kept.
pub fn kept(name: &str) -> Vec<u8> {
    std::fs::read(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("guests").join(name)).unwrap()
}

/// The library and both modules.
pub fn hosts() -> Vec<Box<dyn Host>> {
    vec![
        Box::new(Native::default()),
        Box::new(Guest::new("scalar", &kept("tile-scalar.wasm"))),
        Box::new(Guest::new("SIMD", &kept("tile-simd.wasm"))),
    ]
}

/// All of the memory that is not the module's own.
pub fn is_host_s(at: u64, len: u64) -> bool {
    at + len <= u64::from(MEMORY) && (at + len <= u64::from(LOW) || at >= u64::from(FREE))
}

/// xorshift64.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// In -1..1.
    pub fn unit(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1_u64 << 23) as f32 - 1.0
    }
}

/// A half near to a small number (numbers in -4..4 on a grid of 2^-8 are halves), and what it stands for.
pub fn half(value: f32) -> (u16, f32) {
    let steps = (value * 256.0).round().clamp(-1023.0, 1023.0);
    // Zero rather than -0.
    let exact = steps / 256.0 + 0.0;
    let bits = exact.to_bits();
    let half = if exact == 0.0 {
        0
    } else {
        let exponent = ((bits >> 23) & 255) as i32 - 127 + 15;
        ((bits >> 16) & 0x8000) as u16 | (exponent as u16) << 10 | ((bits >> 13) & 0x3ff) as u16
    };
    (half, exact)
}
