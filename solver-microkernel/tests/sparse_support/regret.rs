//! What the choice of a method costs beside every fixed one and the best in hindsight: streams of problems that
//! are new each time, a policy that learns from each, and counted work. Shared by the tests and the bench.
#![allow(dead_code, unreachable_pub)]

use crate::common::{Answer, File};
use crate::sparse_support::*;
use crate::sparse_support_files::*;
use rvf_format::SegmentType;
use serde_json::Value;
use solver_microkernel::sparse::{Random, SparseOperation as Op};

/// A policy segment around a state.
pub fn policy(name: &str, state: &[u8]) -> Vec<u8> {
    let mut out = b"RVFPOLCY".to_vec();
    out.extend([1, 0, 0, 0, 1, 0, 0, 0]);
    out.extend([1u64, 1, state.len() as u64].iter().flat_map(|n| n.to_le_bytes()));
    out.extend(rvf_format::hash::shake256_256(state));
    out.extend(name.as_bytes());
    out.resize(128, 0);
    out.extend_from_slice(state);
    out
}

pub fn with(file: &File, payloads: &[Vec<u8>]) -> File {
    let mut file = File { segments: file.segments.clone() };
    file.segments.extend(payloads.iter().map(|payload| (SegmentType::POLICY_KERNEL, payload.clone())));
    file
}

pub fn words(answer: &Answer) -> Vec<u8> {
    answer.column("word").iter().flat_map(|word| word.to_le_bytes()).collect()
}

pub fn observation(summary: &Value) -> Vec<u64> {
    summary["observation"].as_array().unwrap().iter().map(|word| word.as_u64().unwrap()).collect()
}

/// The state that `learn` makes of what the file carries and these observations.
pub fn learn(file: &File, observations: &[u64]) -> (Vec<u8>, Value) {
    let answer = Ask::new(Op::Learn).u64s(22, observations).run(file);
    (words(&answer), json(&answer))
}

/// Problems of a stream, and the seed of those that the pages show.
pub const ROUNDS: usize = 270;
pub const SEED: u64 = 77;

/// What is chosen.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Duty {
    Solve,
    Entry,
    Ppr,
}

/// What a problem cost, in work units.
pub struct Round {
    /// The learned choice.
    pub learned: f64,
    /// Each fixed one, in the order of [`Duty::fixed`].
    pub fixed: Vec<f64>,
    /// The cheapest of the methods.
    pub best: f64,
}

impl Duty {
    pub const ALL: [Self; 3] = [Self::Solve, Self::Entry, Self::Ppr];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Solve => "solve",
            Self::Entry => "entry",
            Self::Ppr => "ppr",
        }
    }

    /// What the learned choice is compared with.
    pub const fn fixed(self) -> &'static [&'static str] {
        match self {
            Self::Solve => &[
                "fixed rules",
                "jacobi-cg",
                "ic0-cg",
                "achol-cg",
                "gauss-seidel",
                "bicgstab-jacobi",
                "bicgstab-ilu0",
            ],
            Self::Entry => &["rows around first (the rule)", "full solve at once"],
            Self::Ppr => &["nodes around first (the rule)", "whole graph at once"],
        }
    }

    /// The next problem of a stream.
    fn problem(self, r: &mut Random) -> (File, Ask) {
        let kind = (r.next() % 9) as usize;
        match self {
            Self::Solve => (common_file(&system(kind, r)), Ask::new(Op::Solve)),
            Self::Entry => {
                let matrix = matrix(kind, r);
                let ids = ids(kind, [1, 8, 64], matrix.n, r);
                (common_file(&matrix), Ask::new(Op::Entry).f64(6, 1e-6).u64s(10, &ids))
            }
            Self::Ppr => {
                let graph = graph(kind % 3, r);
                let ids = ids(kind, [1, 4, 16], graph.n, r);
                let alpha = [0.5, 0.15, 0.03][kind / 3];
                (common_file(&graph), Ask::new(Op::Ppr).u64s(10, &ids).f64(13, alpha))
            }
        }
    }

    /// Units of each fixed choice; none where a method may not be used or does not get there.
    fn costs(self, file: &File, ask: &Ask) -> Vec<Option<f64>> {
        match self {
            Self::Solve => (0..7).map(|method| units(file, &Ask::new(Op::Solve).choice(5, method))).collect(),
            _ => (0..2).map(|arm| units(&forced(file, ask, arm), ask)).collect(),
        }
    }

    /// Runs a stream.
    pub fn run(self, seed: u64, rounds: usize) -> Vec<Round> {
        let mut r = Random::new(seed);
        let mut observations = Vec::new();
        let mut course = Vec::new();
        for _ in 0..rounds {
            let (plain, ask) = self.problem(&mut r);
            let costs = self.costs(&plain, &ask);
            // The rules of a solve are no method of their own.
            let methods = || costs.iter().skip(usize::from(self == Self::Solve)).flatten().copied();
            let best = methods().fold(f64::INFINITY, f64::min);
            let worst = methods().fold(0.0, f64::max);
            let (state, _) = learn(&plain, &observations);
            let answer = json(&ask.run(&with(&plain, &[policy("methods", &state)])));
            assert!(answer["converged"] == true || answer["certified"].is_boolean(), "{answer}");
            observations.extend(observation(&answer));
            // Where a method may not be used, whoever insists on it pays what the dearest other one does.
            let fixed = costs.into_iter().map(|cost| cost.unwrap_or(worst)).collect();
            course.push(Round { learned: answer["units"].as_f64().unwrap(), fixed, best });
        }
        course
    }
}

/// Geometric means of cost over that of the best, of the learned choice and then of each fixed one.
pub fn means(rounds: &[Round]) -> Vec<f64> {
    let fixed = rounds.first().map_or(0, |round| round.fixed.len());
    let mean = |of: &dyn Fn(&Round) -> f64| {
        f64::exp(rounds.iter().map(|round| (of(round) / round.best).ln()).sum::<f64>() / rounds.len() as f64)
    };
    let learned = mean(&|round| round.learned);
    [learned].into_iter().chain((0..fixed).map(|place| mean(&|round| round.fixed[place]))).collect()
}

/// Units that a request takes; none when it fails or does not get there.
fn units(file: &File, ask: &Ask) -> Option<f64> {
    let answer = ask.run(file);
    let summary = (answer.status == 0).then(|| json(&answer))?;
    (summary["converged"] != false).then(|| summary["units"].as_f64().unwrap())
}

/// The file with a policy that knows nothing but that one arm is cheap and the other one hopeless.
fn forced(file: &File, ask: &Ask, arm: u64) -> File {
    let signature = observation(&json(&ask.run(file)))[0];
    let cheap = [signature, arm | 256, 1].repeat(50);
    let hopeless = [signature, 1 - arm, 1 << 40].repeat(50);
    let (state, _) = learn(file, &[cheap, hopeless].concat());
    let forced = with(file, &[policy("methods", &state)]);
    let observed = observation(&json(&ask.run(&forced)));
    assert_eq!(observed[1] & 255, arm, "the arm that was asked for, and no other");
    forced
}

/// Kinds of system among which no one method is best; sizes and weights differ from one to the next.
fn system(kind: usize, r: &mut Random) -> Triplets {
    let side = 40 + (r.next() % 40) as usize;
    let mut random = Random::new(r.next());
    match kind {
        // A grid far from singular, one close to it, one with weights of many sizes.
        0 => grid(&[side, side], 3.0, &mut || 1.0),
        1 => grid(&[side, side], 1e-2, &mut || 1.0),
        2 => grid(&[side, side], 1e-5, &mut || 10f64.powf(4.0 * random.unit() - 2.0)),
        3 => grid(&[side / 5, side / 5, side / 5], 1e-4, &mut || 1.0),
        // A graph with hubs.
        4 => power_law(side * side, 4, 1e-3, &mut random),
        5 => power_law(side * side, 3, 2.0, &mut random),
        // Not symmetric, close to and far from singular.
        6 => dominant(side * 40, 6, 0.3, Kind::Rows, &mut random),
        7 => dominant(side * 40, 6, 0.002, Kind::Rows, &mut random),
        _ => dominant(side * 40, 6, 0.02, Kind::Symmetric, &mut random),
    }
}

/// Three kinds of matrix with three gaps each: a small gap spreads what an entry depends on.
fn matrix(kind: usize, r: &mut Random) -> Triplets {
    let side = 40 + (r.next() % 40) as usize;
    let mut random = Random::new(r.next());
    let gap = [0.4, 0.05, 0.005][kind / 3];
    // The gap of a grid with this much added to a diagonal of `degree`.
    let shift = |degree: f64| degree * gap / (1.0 - gap);
    match kind % 3 {
        0 => grid(&[side, side], shift(4.0), &mut || 1.0),
        1 => grid(&[side / 4, side / 4, side / 4], shift(6.0), &mut || 1.0),
        _ => dominant(side * 80, 6, gap, Kind::Rows, &mut random),
    }
}

/// A grid, a graph with hubs, a graph without order.
fn graph(kind: usize, r: &mut Random) -> Triplets {
    // Sizes spread over orders of magnitude, as those of files do: 900 to 32,400 nodes.
    let side = (30.0 * 6f64.powf(r.unit())) as usize;
    let mut random = Random::new(r.next());
    let edges = match kind {
        0 => grid(&[side, side], 0.0, &mut || 1.0),
        1 => power_law(side * side, 4, 0.0, &mut random),
        _ => dominant(side * side, 6, 0.5, Kind::Symmetric, &mut random),
    };
    let mut graph = Triplets::new(edges.n);
    for ((from, to), weight) in &edges.map {
        if from != to && *weight != 0.0 {
            graph.map.insert((*from, *to), 1.0);
        }
    }
    graph
}

/// One of three counts of ids, such that each meets each kind of matrix and each gap once; ids ascend.
fn ids(kind: usize, counts: [usize; 3], n: usize, r: &mut Random) -> Vec<u64> {
    let count = counts[(kind + kind / 3) % 3];
    let mut ids: Vec<u64> = (0..count).map(|_| r.next() % n as u64).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}
