//! Refusals of the numerics as faults with a place in the file.

use super::files::File;
use crate::fault::{Fault, Status};
use crate::sparse::Refusal;

/// The fault of a refusal, with the place in the matrix's segment where there is one.
#[cold]
#[inline(never)]
pub(crate) fn fault(refusal: Refusal, matrix: Option<&File>) -> Fault {
    let new = |status, words, numbers| Fault::new(status, words, numbers);
    let row = |status, words, row: u32| Fault::new(status, words, [row.into(), 0]);
    let at = |fault: Fault, place: &dyn Fn(&File) -> u64| match matrix {
        Some(file) => fault.at(file.segment.index, place(file)),
        None => fault,
    };
    match refusal {
        Refusal::Memory { bytes } => Fault::memory(usize::try_from(bytes).unwrap_or(usize::MAX)),
        Refusal::TooLarge { count } => new(
            Status::Unsupported,
            "the matrix has # rows or entries, more than can be held in 32-bit memory",
            [count, 0],
        ),
        Refusal::Offsets { row: number } => at(
            row(
                Status::Data,
                "the offsets of row # of the matrix do not ascend to the number of entries",
                number,
            ),
            &|f| f.head.arrays.offsets.saturating_add(u64::from(number) * 8),
        ),
        Refusal::Column { row: number, entry } => at(
            row(Status::Data, "a column of row # of the matrix is out of range or does not ascend", number),
            &|f| f.head.arrays.columns.saturating_add(entry.saturating_mul(f.head.index_width.bytes())),
        ),
        Refusal::Value { row: number, entry } => {
            at(row(Status::Number, "a value of row # of the matrix is not a finite number", number), &|f| {
                f.head.arrays.values.saturating_add(entry.saturating_mul(f.head.value_type.width()))
            })
        }
        Refusal::NotSquare { rows, columns } => {
            new(Status::Request, "this needs a square matrix; it has # rows and # columns", [rows, columns])
        }
        Refusal::Length { expected, got } => {
            new(Status::Request, "a vector of # elements is needed, # were given", [expected, got])
        }
        Refusal::Vector { row: number } => {
            row(Status::Number, "element # of a vector is not a finite number", number)
        }
        Refusal::ZeroDiagonal { row: number } => row(
            Status::Unsupported,
            "the diagonal entry of row # is zero or missing, so the matrix is not dominated by its diagonal",
            number,
        ),
        Refusal::NotDominant { row: number, deficit } => new(
            Status::Unsupported,
            "row # is not dominated by its diagonal: the other entries exceed it by # parts per million; \
             nothing is guaranteed for such a matrix (parameter unproven tries all the same)",
            [number.into(), (deficit * 1e6) as u64],
        ),
        Refusal::Singular { row: number } => row(
            Status::Unsupported,
            "the part of the matrix around row # has no strictly dominant row, so it may be singular \
             (parameter unproven tries all the same)",
            number,
        ),
        Refusal::Inconsistent { row: number } => row(
            Status::Request,
            "the Laplacian is singular on the part around row #, and there the right-hand side does not add \
             up to zero, so there is no solution",
            number,
        ),
        Refusal::NegativeWeight { row: number } => row(
            Status::Unsupported,
            "row # has a negative weight; ranks need weights of zero or more",
            number,
        ),
        Refusal::NotSymmetric { row: number } => row(
            Status::Request,
            "this method needs a symmetric matrix with a positive diagonal; row # breaks that",
            number,
        ),
        Refusal::PositiveEntry { row: number } => row(
            Status::Request,
            "this method needs entries off the diagonal that are zero or negative; row # has a positive one",
            number,
        ),
        Refusal::FalseClaim { row: number } => at(
            row(Status::Data, "row # breaks the properties that the segment claims; verify the file", number),
            &|_| 92,
        ),
        Refusal::NoSlack => Fault::plain(
            Status::Unsupported,
            "the matrix is not strictly dominant by rows, so a single entry has no bound; use solve",
        ),
        Refusal::Budget { rows } => {
            new(Status::Request, "this would take more than the # rows that may be read", [rows, 0])
        }
        Refusal::Overflow => {
            Fault::plain(Status::Number, "a value on the way leaves the range of 64-bit floats")
        }
    }
}
