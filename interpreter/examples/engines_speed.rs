//! How fast the solver's modules run in each engine: `cargo run -p interpreter --example engines_speed` (or with `--release`).
//!
//! Prints, for each job and engine, the best of several runs in thread CPU time, and the ratio to wasmtime; for the
//! two-stage engines also what starting costs. With an argument, runs only jobs or engines whose name contains it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout)]

#[path = "engines_speed/data.rs"]
mod data;
#[path = "engines_speed/programs.rs"]
mod programs;
#[path = "../tests/support/mod.rs"]
mod support;

use std::sync::LazyLock;
use std::time::{Duration, Instant};

struct Job {
    name: &'static str,
    /// A module of the solver.
    module: &'static str,
    segments: Vec<(u8, Vec<u8>)>,
    /// `None`: learn from puzzles.
    request: Option<Vec<u8>>,
}

impl Job {
    fn run(&self, program: &mut dyn programs::Program) -> Vec<u8> {
        match &self.request {
            Some(request) => programs::solve(program, &self.segments, request),
            None => programs::train(program),
        }
    }
}

fn jobs() -> Vec<Job> {
    let vectors = data::vectors(4_000, 128);
    let query = data::Request::new(1).floats(1, &data::random(128)).number(2, 10).build();
    let grid = vec![(0xF0, data::grid(64)), (0x05, data::manifest(1))];
    let solve = data::Request::new(16).number(8, 1).build();
    let knn = |module| Job { name: "k-NN", module, segments: vectors.clone(), request: Some(query.clone()) };
    vec![
        knn("solver-knn-scalar.wasm"),
        knn("solver-knn-simd.wasm"),
        Job { name: "solve", module: "solver-full-simd.wasm", segments: grid, request: Some(solve) },
        Job { name: "train", module: "solver-full-simd.wasm", segments: Vec::new(), request: None },
    ]
}

/// Time that this thread had a processor: what neighbours on the machine take does not count. Wall time where the
/// kernel does not tell.
fn now() -> Duration {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|told| told.split(' ').next()?.parse().ok());
    nanoseconds.map_or_else(|| START.elapsed(), Duration::from_nanos)
}

/// The kernel counts in steps of some milliseconds: shorter runs are repeated until they take this long.
const LEAST: Duration = Duration::from_millis(60);

/// The shortest mean of several rounds.
fn best(rounds: usize, mut f: impl FnMut()) -> Duration {
    (0..rounds)
        .map(|_| {
            let start = now();
            let mut runs = 0;
            loop {
                f();
                runs += 1;
                let took = now() - start;
                if took >= LEAST {
                    return took / runs;
                }
            }
        })
        .min()
        .unwrap()
}

fn main() {
    let only = std::env::args().nth(1).unwrap_or_default();
    for job in jobs() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../solver-microkernel/guests/");
        let module = std::fs::read(format!("{path}{}", job.module)).unwrap();
        let mut base = None;
        let mut answer = None;
        for (name, start) in programs::ENGINES {
            let label = format!("{:12} {:24} {name}", job.name, job.module);
            if name == programs::SCALAR_STAGE && job.module.contains("simd") {
                continue;
            }
            if !label.contains(&only) && name != "wasmtime" {
                continue;
            }
            let begun = now();
            let mut program = start(&module);
            let started = now() - begun;
            let found = job.run(&mut *program);
            assert_eq!(*answer.get_or_insert_with(|| found.clone()), found, "{label}: another answer");
            let time = best(5, || drop(job.run(&mut *program)));
            let base = *base.get_or_insert(time);
            let ratio = time.as_secs_f64() / base.as_secs_f64();
            println!(
                "{label:72} {:9.3} ms {ratio:7.1} x, start {:8.1} ms",
                1e3 * time.as_secs_f64(),
                1e3 * started.as_secs_f64()
            );
        }
    }
}
