//! What the tests share: every engine compiled in, and guests written as text.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::indexing_slicing)]

pub mod files;

use std::sync::Arc;

use rvf_loader::Limits;
use rvf_loader::abi::{AbiError, Client, DirectoryEntry, Progress};
use rvf_loader::engine::{Budget, Engine, EngineError, Features, Instance, Sandbox};
use rvf_loader::job::{Answer, JobError, Segments};

pub fn engines() -> Vec<Box<dyn Engine>> {
    vec![
        #[cfg(feature = "wasmi")]
        Box::new(rvf_loader::engine::Wasmi),
        #[cfg(feature = "jit")]
        Box::new(rvf_loader::engine::Wasmtime::new()),
        Box::new(rvf_loader::engine::Tiny),
    ]
}

pub fn wat(text: &str) -> Arc<[u8]> {
    wat::parse_str(text).unwrap().into()
}

pub fn start(engine: &dyn Engine, module: &str, limits: &Limits) -> Result<Box<dyn Instance>, EngineError> {
    start_with(engine, module, Features::default(), 16, limits)
}

pub fn start_with(
    engine: &dyn Engine,
    module: &str,
    features: Features,
    pages: u32,
    limits: &Limits,
) -> Result<Box<dyn Instance>, EngineError> {
    let budget = Budget::start(limits);
    engine
        .compile(&wat(module), Sandbox { features, pages, interruptible: true }, &budget)?
        .instantiate(budget)
}

/// Segments that live in memory.
pub struct InMemory(pub Vec<DirectoryEntry>, pub Vec<Vec<u8>>);

impl InMemory {
    pub fn of(payloads: Vec<(u8, Vec<u8>)>) -> Self {
        let entry = |(index, (kind, payload)): (usize, &(u8, Vec<u8>))| DirectoryEntry {
            index: index as u32,
            kind: *kind,
            manifest: *kind == 5,
            payload_len: payload.len() as u64,
            segment_id: index as u64 + 1,
        };
        let directory = payloads.iter().enumerate().map(entry).collect();
        Self(directory, payloads.into_iter().map(|(_, payload)| payload).collect())
    }
}

impl Segments for InMemory {
    type Error = std::io::Error;

    fn directory(&self) -> &[DirectoryEntry] {
        &self.0
    }

    fn read(&mut self, segment: u32, offset: u64, len: u32) -> Result<&[u8], std::io::Error> {
        Ok(&self.1[segment as usize][offset as usize..][..len as usize])
    }
}

/// The exports of a proper guest with one operation `go`; `parts` replaces some by name.
pub fn guest(parts: &[(&str, &str)]) -> String {
    guest_of("u32", parts)
}

/// The same; the guest's only column has this type.
pub fn guest_of(column: &str, parts: &[(&str, &str)]) -> String {
    let description = r#"{\"name\":\"t\",\"version\":\"1\",\"abi\":1,\"operations\":[{\"id\":1,\"name\":\"go\",\"params\":[],\"columns\":[{\"name\":\"x\",\"type\":\"u32\"}]}]}"#.replace("u32", column);
    let length = description.replace('\\', "").len();
    let mut all: Vec<(&str, String)> = vec![
        ("memory", r#"(memory (export "memory") 1)"#.into()),
        (
            "data",
            format!(
                r#"(data (i32.const 1024) "{description}") (data (i32.const 512) "x") (data (i32.const 520) "\ff\fe went wrong")
                (data (i32.const 256) "\00\02\00\00\01\00\00\00\01\00\00\00\00\00\00\00\01")"#
            ),
        ),
        ("abi_version", "(result i32) i32.const 1".into()),
        ("capabilities", "(result i32) i32.const 0".into()),
        ("describe_ptr", "(result i32) i32.const 1024".into()),
        ("describe_len", format!("(result i32) i32.const {length}")),
        ("alloc", "(param i32) (result i32) i32.const 32768".into()),
        ("free", "(param i32 i32)".into()),
        ("create", "(result i32) i32.const 1".into()),
        ("destroy", "(param i32) (result i32) i32.const 0".into()),
        ("open", "(param i32 i32 i32) (result i32) i32.const 0".into()),
        ("begin", "(param i32 i32 i32) (result i32) i32.const 0".into()),
        ("step", "(param i32 i32) (result i32) i32.const 0".into()),
        ("reads_ptr", "(param i32) (result i32) i32.const 64".into()),
        ("reads_len", "(param i32) (result i32) i32.const 24".into()),
        ("columns_ptr", "(param i32) (result i32) i32.const 256".into()),
        ("columns_len", "(param i32) (result i32) i32.const 32".into()),
        ("result_len", "(param i32) (result i32) i32.const 0".into()),
        ("result_read", "(param i32 i32) (result i32) i32.const 0".into()),
        ("error_ptr", "(param i32) (result i32) i32.const 522".into()),
        ("error_len", "(param i32) (result i32) i32.const 11".into()),
    ];
    for (name, body) in parts {
        match all.iter_mut().find(|(known, _)| known == name) {
            Some(known) => known.1 = (*body).to_owned(),
            None => all.push((name, (*body).to_owned())),
        }
    }
    let mut text = String::from("(module ");
    for (name, body) in all {
        match name {
            "memory" | "data" | "more" => text.push_str(&body),
            _ => text.push_str(&format!(r#"(func (export "rvf_solver_{name}") {body})"#)),
        }
        text.push('\n');
    }
    text + ")"
}

/// Runs operation `go` of a guest over `segments`.
pub fn job(
    engine: &dyn Engine,
    module: &str,
    limits: &Limits,
    segments: InMemory,
) -> Result<Answer, JobError<std::io::Error>> {
    job_with(engine, module, limits, segments, &mut |_| {})
}

/// The same; `progress` hears how it goes on.
pub fn job_with(
    engine: &dyn Engine,
    module: &str,
    limits: &Limits,
    mut segments: InMemory,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Answer, JobError<std::io::Error>> {
    let features = Features::BULK_MEMORY;
    let instance = start_with(engine, module, features, 16, limits).map_err(AbiError::Engine)?;
    let mut client = Client::connect(instance)?;
    let description = client.description()?;
    let (operation, request) = rvf_loader::abi::Request::new("go").encode(&description).unwrap();
    rvf_loader::job::open(&mut client, &segments)?;
    rvf_loader::job::run(&mut client, &mut segments, operation, &request, limits, progress)
}
