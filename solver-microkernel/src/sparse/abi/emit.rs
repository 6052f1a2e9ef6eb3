//! Results as columns, in parts when they are long.

use super::request::SparseOperation as Op;
use crate::columns::{Column, Values};
use crate::fault::Result;
use crate::limits::COLUMNS;
use crate::memory::reserve;
use crate::sparse::limits::PART_ROWS;
use crate::text::Text;
use alloc::vec::Vec;

/// A whole result; columns that an operation does not have stay empty.
#[derive(Default)]
pub(crate) struct Output {
    /// Ids of the rows; empty for results that have every row in order.
    pub(crate) ids: Vec<u64>,
    pub(crate) first: Vec<u64>,
    pub(crate) second: Vec<u64>,
    pub(crate) small: Vec<u32>,
    pub(crate) value: Vec<f64>,
    pub(crate) bound: Vec<f64>,
    pub(crate) confidence: Vec<f64>,
    /// The part in the columns.
    from: usize,
    to: usize,
    numbers: Vec<u64>,
}

fn part<T>(all: &[T], from: usize, to: usize) -> &[T] {
    all.get(from..to.min(all.len())).unwrap_or_default()
}

impl Output {
    fn rows(&self) -> usize {
        self.value.len().max(self.first.len())
    }

    /// Makes the next part; true when it is the last one.
    pub(crate) fn advance(&mut self, operation: Op) -> Result<bool> {
        self.from = self.to;
        self.to = (self.from + PART_ROWS).min(self.rows());
        let numbered = matches!(operation, Op::Solve | Op::Spmv | Op::Residual | Op::PageRank | Op::Degree);
        if numbered && self.ids.is_empty() {
            self.numbers.clear();
            let count = self.to - self.from;
            if self.numbers.capacity() < count {
                reserve(&mut self.numbers, count)?;
            }
            self.numbers.extend(self.from as u64..self.to as u64);
        }
        Ok(self.to == self.rows())
    }

    /// The part, in the order of the description.
    pub(crate) fn columns(&self, operation: Op) -> [Option<Column<'_>>; COLUMNS] {
        let (from, to) = (self.from, self.to);
        let ids = if self.ids.is_empty() { &self.numbers[..] } else { part(&self.ids, from, to) };
        let u64s = |name, all| Column::new(name, Values::U64(part(all, from, to)));
        let f64s = |name, all| Column::new(name, Values::F64(part(all, from, to)));
        let small = |name| Column::new(name, Values::U32(part(&self.small, from, to)));
        let named = |name| Column::new(name, Values::U64(ids));
        let none = None;
        let list: [Option<Column<'_>>; 6] = match operation {
            Op::Solve => [Some(named("row")), Some(f64s("x", &self.value)), none, none, none, none],
            Op::Spmv => [Some(named("row")), Some(f64s("y", &self.value)), none, none, none, none],
            Op::Residual => [Some(named("row")), Some(f64s("residual", &self.value)), none, none, none, none],
            Op::PageRank => [Some(named("id")), Some(f64s("score", &self.value)), none, none, none, none],
            Op::Entry => [
                Some(named("row")),
                Some(f64s("value", &self.value)),
                Some(f64s("bound", &self.bound)),
                Some(f64s("confidence", &self.confidence)),
                Some(u64s("rows_read", &self.first)),
                Some(u64s("bytes_read", &self.second)),
            ],
            Op::Ppr => [
                Some(named("id")),
                Some(f64s("score", &self.value)),
                Some(f64s("bound", &self.bound)),
                Some(small("certified")),
                none,
                none,
            ],
            Op::Diffuse => [
                Some(named("id")),
                Some(f64s("score", &self.value)),
                Some(f64s("bound", &self.bound)),
                none,
                none,
                none,
            ],
            Op::Degree => [
                Some(named("id")),
                Some(small("degree")),
                Some(f64s("weight", &self.value)),
                none,
                none,
                none,
            ],
            Op::Neighbors => [
                Some(named("id")),
                Some(u64s("neighbor", &self.first)),
                Some(f64s("weight", &self.value)),
                none,
                none,
                none,
            ],
            Op::Relu | Op::Gelu | Op::Axpy => {
                [Some(f64s("value", &self.value)), none, none, none, none, none]
            }
            Op::Popcount => [Some(u64s("count", &self.first)), none, none, none, none, none],
            Op::Xor => [Some(u64s("bits", &self.first)), none, none, none, none, none],
        };
        let mut columns = [None; COLUMNS];
        columns.iter_mut().zip(list).for_each(|(to, column)| *to = column);
        columns
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
