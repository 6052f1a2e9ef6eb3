//! Slots of slices by 32-bit number. In the guest these are calls: what is not a hot loop is built for size.
//! Hot loops, and the kernels' package, use the same functions in line.

pub(crate) use solver_kernels::access::calls::{at, put};
