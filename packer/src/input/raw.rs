//! Nothing but numbers.

use crate::error::{PackError, Result};
use crate::input::dense::Dense;
use crate::input::{Dtype, Stream};

/// Little-endian rows whose type and dimension the caller knows.
pub(crate) fn open(stream: Stream, dtype: Option<Dtype>, dimension: Option<u16>) -> Result<Dense> {
    let (Some(dtype), Some(dimension)) = (dtype, dimension.filter(|d| *d > 0)) else {
        return Err(PackError::usage("raw input does not say its element type and dimension")
            .at(stream.name())
            .fix("give both, as in --dtype f32 --dim 128"));
    };
    Dense::new(stream, dtype, false, dimension, None)
}
