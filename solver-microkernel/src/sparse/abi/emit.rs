//! Results as columns, in parts when they are long.

use super::operations::SparseOperation as Op;
use crate::columns::{Column, Values};
use crate::lists::put;
use crate::sparse::limits::PART_ROWS;
use crate::sparse::refusal::{Refusal, push, reserve};
use crate::text::Text;
use solver_lists::Vec;

/// Where the values of a column are.
#[derive(Clone, Copy)]
pub(crate) enum Source {
    /// Ids, or the numbers of the rows when there are none.
    Number,
    Wide(u8),
    Small,
    Float(u8),
}

/// A whole result; lists that an operation does not need stay empty.
pub(crate) struct Output {
    /// Ids of the rows (empty for results that have every row in order), and two more.
    pub(crate) wide: [Vec<u64>; 3],
    pub(crate) small: Vec<u32>,
    /// Values, bounds, confidences.
    pub(crate) floats: [Vec<f64>; 3],
    /// The part in the columns.
    from: usize,
    to: usize,
    numbers: Vec<u64>,
}
solver_lists::blank!(Output { wide, small, floats, from, to, numbers });

impl Output {
    /// The values, where there is nothing else in every row.
    pub(crate) fn values(&mut self) -> &mut Vec<f64> {
        let [values, ..] = &mut self.floats;
        values
    }

    /// Forgets all rows.
    pub(crate) fn clear(&mut self) {
        self.wide.iter_mut().for_each(Vec::clear);
        self.floats.iter_mut().for_each(Vec::clear);
    }

    /// One more row with an id and a value.
    #[inline(never)]
    pub(crate) fn row(&mut self, id: u64, value: f64) -> Result<(), Refusal> {
        let ([ids, ..], [values, ..]) = (&mut self.wide, &mut self.floats);
        push(ids, id)?;
        push(values, value)
    }

    /// One more bound.
    #[inline(never)]
    pub(crate) fn bound(&mut self, bound: f64) -> Result<(), Refusal> {
        let [_, bounds, _] = &mut self.floats;
        push(bounds, bound)
    }

    fn rows(&self) -> usize {
        let ([_, first, _], [values, ..]) = (&self.wide, &self.floats);
        values.len().max(first.len())
    }

    /// Makes the next part.
    pub(crate) fn advance(&mut self, operation: Op) -> Result<(), Refusal> {
        self.from = self.to;
        self.to = (self.from + PART_ROWS).min(self.rows());
        let [ids, ..] = &self.wide;
        if ids.is_empty() && matches!(operation.column(0), Some((_, Source::Number))) {
            self.numbers.clear();
            let count = self.to - self.from;
            if self.numbers.capacity() < count {
                reserve(&mut self.numbers, count)?;
            }
            for number in self.from..self.to {
                put(&mut self.numbers, number as u64);
            }
        }
        Ok(())
    }

    /// The part is the last one.
    pub(crate) fn is_last(&self) -> bool {
        self.to == self.rows()
    }

    /// Column `number` of the part, in the order of the description.
    pub(crate) fn column(&self, operation: Op, number: usize) -> Option<Column<'_>> {
        let (name, source) = operation.column(number)?;
        let [ids, ..] = &self.wide;
        let (wide, part) = match source {
            Source::Number if ids.is_empty() => (&self.numbers, 0..self.numbers.len()),
            Source::Wide(at) => (self.wide.get(usize::from(at))?, self.from..self.to),
            _ => (ids, self.from..self.to),
        };
        let values = match source {
            Source::Small => Values::U32(self.small.get(part)?),
            Source::Float(at) => Values::F64(self.floats.get(usize::from(at))?.get(part)?),
            Source::Number | Source::Wide(_) => Values::U64(wide.get(part)?),
        };
        Some(Column::new(name, values))
    }
}

/// Appends `,"key":number`, nine digits; a bound is rounded up so that it stays one.
pub(crate) fn push_float(text: &mut Text, key: &str, value: f64, up: bool) {
    text.push(",\"");
    text.push(key);
    text.push("\":");
    if !value.is_finite() {
        text.push("null");
        return;
    }
    if value == 0.0 {
        text.push("0");
        return;
    }
    if value < 0.0 {
        text.push("-");
    }
    let (mut scaled, mut exponent) = (value.abs(), 0i32);
    while scaled >= 10.0 {
        scaled /= 10.0;
        exponent += 1;
    }
    while scaled < 1.0 {
        scaled *= 10.0;
        exponent -= 1;
    }
    let mut digits = (scaled * 1e8 + if up { 1.0 } else { 0.5 }) as u64;
    if digits >= 1_000_000_000 {
        digits /= 10;
        exponent += 1;
    }
    text.push_number(digits / 100_000_000);
    text.push(".");
    // Zeros in front of the fraction.
    let fraction = digits % 100_000_000;
    let mut bar = 10_000_000;
    while bar > fraction && bar > 1 {
        text.push("0");
        bar /= 10;
    }
    text.push_number(fraction);
    text.push(if exponent < 0 { "e-" } else { "e" });
    text.push_number(exponent.unsigned_abs().into());
}

/// Appends `,"key":true` or `false`.
pub(crate) fn push_flag(text: &mut Text, key: &str, value: bool) {
    text.push(",\"");
    text.push(key);
    text.push(if value { "\":true" } else { "\":false" });
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn floats_have_nine_digits_and_bounds_are_not_below() {
        let shown = |value: f64, up| {
            let mut text = Text::new();
            push_float(&mut text, "k", value, up);
            let text = core::str::from_utf8(text.bytes()).unwrap();
            text.strip_prefix(",\"k\":").map(alloc::string::String::from).unwrap()
        };
        assert_eq!(shown(0.0, true), "0");
        assert_eq!(shown(f64::INFINITY, true), "null");
        assert_eq!(shown(1.0, false), "1.00000000e0");
        assert_eq!(shown(-0.001_234_5, false), "-1.23450000e-3");
        assert_eq!(shown(9.999_999_999, false), "1.00000000e1");
        for value in [1e-300, 3.3e-8, 0.1, 7.0, 123_456_789.5, 1.7e308, f64::MIN_POSITIVE / 8.0] {
            let up: f64 = shown(value, true).parse().unwrap();
            let near: f64 = shown(value, false).parse().unwrap();
            assert!(up >= value && up <= value * (1.0 + 3e-8), "{value} {up}");
            assert!((near - value).abs() <= value * 1e-8, "{value} {near}");
        }
    }
}
