//! Status numbers.

/// What a call returns; the numbers are part of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(i32)]
pub enum Status {
    /// A part of the result is in the columns.
    Rows = 3,
    /// The budget is used up.
    Budget = 2,
    /// Bytes are wanted.
    Reads = 1,
    /// Finished.
    Done = 0,
    /// Not a live handle.
    Handle = -1,
    /// Call out of order.
    Order = -2,
    /// The memory cannot grow enough.
    Memory = -3,
    /// Unknown operation or parameter, value out of range, wrong shape.
    Request = -4,
    /// The file's own data is inconsistent.
    Data = -5,
    /// Valid data of a kind that is not read here.
    Unsupported = -6,
    /// Not-a-number, infinity or overflow where a finite number is needed.
    Number = -7,
}

impl Status {
    /// The number of the contract.
    #[must_use]
    pub const fn code(self) -> i32 {
        self as i32
    }

    /// True for the negative ones.
    #[must_use]
    pub const fn is_fault(self) -> bool {
        self.code() < 0
    }
}
