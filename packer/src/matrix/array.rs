//! A NumPy array of one or two axes as a dense array: right-hand sides and the like.

use rvf_format::read::sparse::Kind;

use crate::error::Result;
use crate::input::Stream;
use crate::matrix::gather::{Facts, Gather, check_lines};
use crate::matrix::numbers::Array;

/// Hands all elements over.
pub(crate) fn read(stream: Stream, gather: &mut Gather<'_>) -> Result<Facts> {
    let (mut array, shape) = Array::open(stream)?;
    let (rows, columns) = match *shape.as_slice() {
        [rows] => (rows, 1),
        [rows, columns] => (rows, columns),
        ref other => {
            let what = format!("the array has {} axes; a dense array has one or two", other.len());
            return Err(array.refuse(what).fix("reshape it, as in a.reshape(len(a), -1)"));
        }
    };
    check_lines(rows, columns).map_err(|what| array.refuse(what))?;
    if array.len() == 0 {
        return Err(array.refuse("the array has no elements"));
    }
    for row in 0..rows {
        for column in 0..columns {
            let value = array.number()?;
            gather.tick(array.position());
            gather.push(row, column, value)?;
        }
    }
    Ok(Facts { kind: Kind::Dense, rows, columns, pattern: false, names: None, note: None })
}
