//! The operations on matrices as a host sees them: requests, reading the file, results.
//!
//! A [`Job`] finds the matrices by their heads, brings what the operation needs (all of a matrix, or
//! row by row), lets the numerics work piece by piece, and hands out columns.

mod asks;
#[cfg(feature = "policy")]
mod choose;
#[cfg(not(feature = "policy"))]
#[path = "fixed.rs"]
mod choose;
mod data;
mod emit;
mod entries;
mod files;
mod job;
mod lazy;
mod load;
mod operations;
mod ppr;
mod request;
mod work;

pub(crate) use job::Job;
pub use operations::SparseOperation;
