//! Query vectors: typed, `.npy`, `.fvecs`; always whole vectors of the file's dimension.

use rvf_terminal::Report;

use super::numbers;

/// The vectors of one value of a flag.
pub(super) fn vectors(text: &str, flag: &str, dimension: u16) -> Result<Vec<f32>, Report> {
    let fvecs = text.strip_prefix('@').filter(|name| name.ends_with(".fvecs"));
    let values = match fvecs {
        Some(name) => fvecs_rows(&numbers::contents(name, flag)?, dimension).ok_or_else(|| {
            numbers::unreadable(name, flag).fix(format!("every row must have {dimension} elements"))
        })?,
        None => numbers::f32s(text, flag)?,
    };
    let whole = dimension != 0 && !values.is_empty() && values.len() % usize::from(dimension) == 0;
    if !whole {
        let what = format!("--{flag} has {} numbers; the file's vectors have {dimension}", values.len());
        return Err(Report::usage(what).fix("give one or more whole vectors"));
    }
    Ok(values)
}

/// Rows of a 32-bit count and that many floats, all little-endian.
fn fvecs_rows(bytes: &[u8], dimension: u16) -> Option<Vec<f32>> {
    let row = 4 + 4 * usize::from(dimension);
    let mut values = Vec::with_capacity(bytes.len() / 4);
    for row in bytes.chunks(row) {
        let (count, elements) = row.split_first_chunk::<4>()?;
        if u32::from_le_bytes(*count) != u32::from(dimension) || elements.len() != 4 * usize::from(dimension)
        {
            return None;
        }
        values.extend(elements.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)));
    }
    Some(values)
}
