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
#[cfg(feature = "policy")]
pub mod methods;
#[cfg(feature = "temporal")]
pub mod output;
#[cfg(feature = "temporal")]
pub mod policy;
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

/// Makes room for more bytes.
#[cfg(feature = "temporal")]
#[inline(never)]
pub(crate) fn room(bytes: &mut solver_lists::Vec<u8>, more: usize) -> Result<(), Full> {
    if solver_lists::reserve(bytes, more) == 0 { Ok(()) } else { Err(Full) }
}

/// The word of a list; zero behind the last. In a function of its own, as nothing here is in a hurry.
#[cfg(any(feature = "policy", feature = "temporal"))]
#[inline(never)]
pub(crate) fn word(words: &[u64], at: usize) -> u64 {
    crate::lists::word(words, at)
}

/// Changes the word of a list, if there is one.
#[cfg(any(feature = "policy", feature = "temporal"))]
#[inline(never)]
pub(crate) fn set(words: &mut [u64], at: usize, value: u64) {
    crate::lists::set(words, at, value);
}
