//! Learning: which way of several to take, from what they cost before.
//!
//! [`methods`] chooses solvers of matrices; the rest is the learning solver of calendar puzzles, with
//! the exports and the results of the published one. Reading order for that: [`policy`], `knowledge`,
//! [`solver`] (the two together), [`bank`], [`acceptance`] (does it help?), [`learner`] (an instance).

#[cfg(feature = "temporal")]
pub mod acceptance;
#[cfg(feature = "temporal")]
pub mod bank;
pub mod beta;
#[cfg(feature = "temporal")]
mod bootstrap;
#[cfg(feature = "temporal")]
pub mod knowledge;
#[cfg(feature = "temporal")]
pub mod learner;
pub mod limits;
#[cfg(feature = "temporal")]
pub mod log;
#[cfg(feature = "policy")]
pub mod methods;
#[cfg(feature = "temporal")]
pub mod output;
#[cfg(feature = "temporal")]
pub mod policy;
#[cfg(feature = "temporal")]
mod report;
pub mod rng;
#[cfg(feature = "witness-chain")]
pub mod shake;
#[cfg(feature = "temporal")]
pub mod solver;
#[cfg(feature = "temporal")]
pub mod state;
#[cfg(feature = "witness-chain")]
pub mod witness;

#[cfg(feature = "temporal")]
pub use learner::Learner;

/// The memory cannot grow enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

/// Makes `vec` `count` zeros, or what is like them.
#[cfg(feature = "temporal")]
#[inline(never)]
pub(crate) fn clear<T: Copy + Default>(vec: &mut solver_lists::Vec<T>, count: usize) -> Result<(), Full> {
    vec.clear();
    if solver_lists::extend(vec, T::default(), count) == 0 { Ok(()) } else { Err(Full) }
}
