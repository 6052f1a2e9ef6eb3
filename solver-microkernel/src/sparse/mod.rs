//! Sparse systems and graphs: full solves, single entries, ranks.
//!
//! Everything here is arithmetic over memory, without a word about files: a [`Matrix`] is solved by
//! a [`Solver`], piece by piece. The same source gives the same bits on every target: sums have a
//! fixed order, there is no fused multiply-add, and random numbers start from a parameter.
//!
//! What is promised is proven from dominance: with s_i = |a_ii| - sum |a_ij| the slack of row i,
//! every error bound follows from |x|inf <= max |b_i| / s_i for the solution of A x = b.

pub(crate) mod abi;
mod access;
mod best;
mod bound;
mod chain;
mod csr;
mod diffuse;
mod entry;
mod factor;
mod inflow;
mod krylov;
pub mod lanes;
pub mod limits;
mod local;
mod map;
mod power;
mod push;
mod random;
mod refusal;
mod scale;
mod small;
mod solve;
mod walks;

pub use abi::SparseOperation;
pub use bound::{Quality, quality};
pub use csr::{Dominance, Facts, Matrix};
pub use diffuse::Diffusion;
pub use entry::{Claims, Entry, EntryOptions, Estimate, greatest_solution};
pub use inflow::Inflow;
pub use local::{Local, Need};
pub use power::Power;
pub use push::{Push, PushOptions, Ranked, Ranking};
pub use random::Random;
pub use refusal::{Refusal, Why};
#[cfg(feature = "policy")]
pub(crate) use small::exp;
pub use small::{gelu, popcount, relu, xor};
pub use solve::{Method, Options, Report, Solver, Trace};
