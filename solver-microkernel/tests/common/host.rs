//! The built guests under an interpreter, called as a host calls them.
#![allow(dead_code, unreachable_pub)]

use crate::common::{Answer, File};
use std::path::Path;
use wasmi::{Config, Engine, Instance, Linker, Memory, Module, Store, StoreLimits, StoreLimitsBuilder};

/// A host: an instance of the module, and the calls by name.
pub struct Host {
    pub store: Store<StoreLimits>,
    pub instance: Instance,
    pub memory: Memory,
}

impl Host {
    pub fn new(name: &str, pages: usize) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("guests").join(name);
        let engine = Engine::new(&Config::default());
        let module = Module::new(&engine, &std::fs::read(path).unwrap()[..]).unwrap();
        let limits = StoreLimitsBuilder::new().memory_size(pages << 16).build();
        let mut store = Store::new(&engine, limits);
        store.limiter(|limits| limits);
        let instance = Linker::new(&engine).instantiate_and_start(&mut store, &module).unwrap();
        let memory = instance.get_memory(&store, "memory").unwrap();
        Self { store, instance, memory }
    }

    pub fn call(&mut self, name: &str, arguments: &[i32]) -> i32 {
        use wasmi::Val::I32;
        let f = self.instance.get_func(&self.store, &format!("rvf_solver_{name}")).unwrap();
        let arguments: Vec<_> = arguments.iter().map(|a| I32(*a)).collect();
        let mut out = vec![I32(0); f.ty(&self.store).results().len()];
        f.call(&mut self.store, &arguments, &mut out).unwrap_or_else(|e| panic!("{name}: {e}"));
        out.first().map_or(0, |v| v.i32().unwrap())
    }

    pub fn bytes(&self, at: i32, len: i32) -> Vec<u8> {
        self.memory.data(&self.store)[at as u32 as usize..][..len as usize].to_vec()
    }

    pub fn hand(&mut self, handle: i32, call: &str, bytes: &[u8]) -> i32 {
        let at = self.call("alloc", &[bytes.len() as i32]);
        assert!(at != 0 && at % 16 == 0);
        self.memory.write(&mut self.store, at as u32 as usize, bytes).unwrap();
        let status = self.call(call, &[handle, at, bytes.len() as i32]);
        self.call("free", &[at, bytes.len() as i32]);
        status
    }

    pub fn run(&mut self, handle: i32, file: &File, request: &[u8], budget: i32) -> Answer {
        let mut answer = Answer::default();
        let mut status = self.hand(handle, "open", &file.directory());
        if status == 0 {
            status = self.hand(handle, "begin", request);
        }
        let word = |b: &[u8], i: usize| u32::from_le_bytes(b[4 * i..4 * i + 4].try_into().unwrap());
        while status == 0 {
            let step = self.call("step", &[handle, budget]);
            match step {
                1 => {
                    let (at, len) = (self.call("reads_ptr", &[handle]), self.call("reads_len", &[handle]));
                    for r in self.bytes(at, len).chunks_exact(24) {
                        let from = u64::from_le_bytes(r[8..16].try_into().unwrap()) as usize;
                        let bytes = &file.segments[word(r, 0) as usize].1[from..][..word(r, 4) as usize];
                        self.memory.write(&mut self.store, word(r, 1) as usize, bytes).unwrap();
                    }
                }
                2 => {}
                0 | 3 => {
                    let (at, len) =
                        (self.call("columns_ptr", &[handle]), self.call("columns_len", &[handle]));
                    for (i, c) in self.bytes(at, len).chunks_exact(32).enumerate() {
                        let name = self.bytes(word(c, 0) as i32, word(c, 1) as i32);
                        if answer.columns.len() <= i {
                            answer.columns.push((String::from_utf8(name).unwrap(), word(c, 4), Vec::new()));
                        }
                        let data = self.bytes(word(c, 5) as i32, word(c, 6) as i32);
                        let wide = matches!(word(c, 2), 2 | 4);
                        let size = if wide { 8 } else { 4 };
                        assert_eq!(data.len(), (word(c, 3) * word(c, 4)) as usize * size);
                        assert_eq!(word(c, 5) as usize % size, 0);
                        answer.columns[i].2.extend(data.chunks_exact(size).map(|d| {
                            let mut all = [0; 8];
                            all[..size].copy_from_slice(d);
                            u64::from_le_bytes(all)
                        }));
                    }
                    if step == 0 {
                        let len = self.call("result_len", &[handle]);
                        let at = self.call("alloc", &[len]);
                        assert_eq!(self.call("result_read", &[handle, at]), len);
                        answer.text = String::from_utf8(self.bytes(at, len)).unwrap();
                        self.call("free", &[at, len]);
                        return answer;
                    }
                }
                fault => status = fault,
            }
        }
        let (at, len) = (self.call("error_ptr", &[handle]), self.call("error_len", &[handle]));
        answer.columns.clear();
        answer.status = status;
        answer.text = String::from_utf8(self.bytes(at, len)).unwrap();
        answer
    }

    pub fn pages(&self) -> u64 {
        self.memory.size(&self.store)
    }
}
