//! Typed calls of the solver exports.

mod learning;

pub use self::learning::{Acceptance, Training};

use super::columns::Table;
use super::describe::Description;
use super::progress::{self, Iteration};
use super::reads::{self, Read};
use super::wire::slice;
use super::{ABI_VERSION, AbiError};
use crate::engine::{Budget, EngineError, Export, Instance};
use crate::limits;

/// What a step ended with, other than an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Finished; columns and summary are final.
    Done,
    /// Bytes are wanted.
    Reads,
    /// The step's budget is used up.
    Budget,
    /// A part of the result is in the columns.
    Rows,
}

/// A guest that speaks the solver ABI, with one live handle.
pub struct Client {
    guest: Box<dyn Instance>,
    exports: Exports,
    handle: i32,
}

struct Exports {
    describe_ptr: Export,
    describe_len: Export,
    alloc: Export,
    free: Export,
    create: Export,
    open: Export,
    begin: Export,
    step: Export,
    reads_ptr: Export,
    reads_len: Export,
    columns_ptr: Export,
    columns_len: Export,
    result_len: Export,
    result_read: Export,
    error_ptr: Export,
    error_len: Export,
}

impl Exports {
    fn find(guest: &mut dyn Instance) -> Result<Self, EngineError> {
        let mut find =
            |name: &str, params, results| guest.export(&format!("rvf_solver_{name}"), params, results);
        Ok(Self {
            describe_ptr: find("describe_ptr", 0, 1)?,
            describe_len: find("describe_len", 0, 1)?,
            alloc: find("alloc", 1, 1)?,
            free: find("free", 2, 0)?,
            create: find("create", 0, 1)?,
            open: find("open", 3, 1)?,
            begin: find("begin", 3, 1)?,
            step: find("step", 2, 1)?,
            reads_ptr: find("reads_ptr", 1, 1)?,
            reads_len: find("reads_len", 1, 1)?,
            columns_ptr: find("columns_ptr", 1, 1)?,
            columns_len: find("columns_len", 1, 1)?,
            result_len: find("result_len", 1, 1)?,
            result_read: find("result_read", 2, 1)?,
            error_ptr: find("error_ptr", 1, 1)?,
            error_len: find("error_len", 1, 1)?,
        })
    }
}

impl Client {
    /// Checks the ABI version and creates a handle.
    ///
    /// # Errors
    /// When an export is missing, the version is not [`ABI_VERSION`], or no handle is given.
    pub fn connect(mut guest: Box<dyn Instance>) -> Result<Self, AbiError> {
        let version = guest.export("rvf_solver_abi_version", 0, 1)?;
        let version = guest.call(version, &[])?;
        if version != ABI_VERSION {
            let what = format!("it speaks version {version}, this host speaks version {ABI_VERSION}");
            return Err(AbiError::Contract { what });
        }
        let exports = Exports::find(guest.as_mut())?;
        let handle = guest.call(exports.create, &[])?;
        if handle <= 0 {
            return Err(AbiError::Contract { what: format!("`create` gives the handle {handle}") });
        }
        Ok(Self { guest, exports, handle })
    }

    /// What the module says it can do.
    ///
    /// # Errors
    /// When the description is too long, outside the memory, or malformed.
    pub fn description(&mut self) -> Result<Description, AbiError> {
        let ptr = self.guest.call(self.exports.describe_ptr, &[])?;
        let len = self.guest.call(self.exports.describe_len, &[])?;
        let bytes = self.bytes("its description", ptr, len, limits::DESCRIPTION_BYTES)?;
        Description::parse(bytes)
    }

    /// Gives the guest the segment directory.
    ///
    /// # Errors
    /// The guest's own, and those of every call.
    pub fn open(&mut self, directory: &[u8]) -> Result<(), AbiError> {
        self.give(self.exports.open, "open", directory)
    }

    /// Gives the guest a request.
    ///
    /// # Errors
    /// The guest's own, and those of every call.
    pub fn begin(&mut self, request: &[u8]) -> Result<(), AbiError> {
        self.give(self.exports.begin, "begin", request)
    }

    /// Lets the guest work for up to `budget` units, 0 = no bound.
    ///
    /// # Errors
    /// The guest's own, and those of every call.
    pub fn step(&mut self, budget: i32) -> Result<Status, AbiError> {
        match self.guest.call(self.exports.step, &[self.handle, budget])? {
            0 => Ok(Status::Done),
            1 => Ok(Status::Reads),
            2 => Ok(Status::Budget),
            3 => Ok(Status::Rows),
            status => Err(self.reported("step", status)),
        }
    }

    /// Puts the bytes wanted after [`Status::Reads`] into `wanted`, in place of what it held.
    ///
    /// # Errors
    /// When the table is malformed.
    pub fn reads(&mut self, wanted: &mut Vec<Read>) -> Result<(), AbiError> {
        let (ptr, len) = self.table(self.exports.reads_ptr, self.exports.reads_len)?;
        let most = limits::READS_PER_STEP.saturating_mul(24);
        reads::parse(self.bytes("its table of reads", ptr, len, most)?, wanted)
    }

    /// The `len` bytes at `dst` of the guest's memory, to fill.
    ///
    /// # Errors
    /// When they are not inside the memory.
    pub fn destination(&mut self, read: &Read) -> Result<&mut [u8], AbiError> {
        let memory = self.guest.memory_mut();
        let size = memory.len();
        let range = usize::try_from(read.dst).ok().zip(usize::try_from(read.len).ok());
        range.and_then(|(dst, len)| memory.get_mut(dst..)?.get_mut(..len)).ok_or_else(|| AbiError::Contract {
            what: format!(
                "it wants {} bytes at {:#x}, outside its memory of {size} bytes",
                read.len, read.dst
            ),
        })
    }

    /// Appends the current columns to `table`.
    ///
    /// # Errors
    /// When they are malformed, or the answer becomes larger than `most_bytes`.
    pub fn columns(&mut self, table: &mut Table, most_bytes: u64) -> Result<(), AbiError> {
        let (ptr, len) = self.table(self.exports.columns_ptr, self.exports.columns_len)?;
        let most = limits::COLUMNS.saturating_mul(32);
        let records = self.bytes("its column table", ptr, len, most)?;
        table.append(records, self.guest.memory(), most_bytes)
    }

    /// What happened since the last stop, after [`Status::Budget`]; nothing when the guest does not tell.
    ///
    /// # Errors
    /// When it tells in a way that is not that of docs/abi.md, or more than `most_bytes`.
    pub fn progress(&mut self, most_bytes: u64) -> Result<Vec<Iteration>, AbiError> {
        let (ptr, len) = self.table(self.exports.columns_ptr, self.exports.columns_len)?;
        if len != progress::BYTES {
            return Ok(Vec::new());
        }
        let records = self.bytes("its table of progress", ptr, len, limits::COLUMNS)?;
        progress::parse(records, self.guest.memory(), most_bytes)
    }

    /// The JSON summary after [`Status::Done`].
    ///
    /// # Errors
    /// When it is too long, outside the memory, or not JSON.
    pub fn summary(&mut self) -> Result<serde_json::Value, AbiError> {
        let len = self.guest.call(self.exports.result_len, &[self.handle])?;
        if len == 0 {
            return Ok(serde_json::Value::Null);
        }
        if usize::try_from(len).map_or(true, |len| len > limits::SUMMARY_BYTES) {
            return Err(AbiError::Contract { what: format!("its summary has {len} bytes") });
        }
        let ptr = self.alloc(len)?;
        let written = self.guest.call(self.exports.result_read, &[self.handle, ptr])?;
        if written != len {
            let what = format!("it promises a summary of {len} bytes and writes {written}");
            return Err(AbiError::Contract { what });
        }
        let bytes = self.bytes("its summary", ptr, len, limits::SUMMARY_BYTES)?;
        let summary = serde_json::from_slice(bytes)
            .map_err(|error| AbiError::Contract { what: format!("its summary is not JSON: {error}") })?;
        self.guest.call(self.exports.free, &[ptr, len])?;
        Ok(summary)
    }

    /// Takes fuel for the host's work, and looks at the clock.
    ///
    /// # Errors
    /// When the budget is used up.
    pub fn charge(&mut self, fuel: u64) -> Result<(), AbiError> {
        Ok(self.guest.charge(fuel)?)
    }

    /// A new budget, for the next request.
    pub fn refill(&mut self, budget: Budget) {
        self.guest.refill(budget);
    }

    /// Bytes of the guest's memory now.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        self.guest.memory().len()
    }

    fn give(&mut self, function: Export, name: &str, bytes: &[u8]) -> Result<(), AbiError> {
        let len = i32::try_from(bytes.len()).map_err(|_| AbiError::Reported {
            status: -3,
            text: "what the host has to say does not fit into 31 bits of length".to_owned(),
        })?;
        // A guest gives no block for a length of 0.
        let size = len.max(1);
        let ptr = self.alloc(size)?;
        let place = Read { segment: 0, dst: ptr.cast_unsigned(), offset: 0, len: len.cast_unsigned() };
        self.destination(&place)?.copy_from_slice(bytes);
        let status = self.guest.call(function, &[self.handle, ptr, len])?;
        if status != 0 {
            return Err(self.reported(name, status));
        }
        self.guest.call(self.exports.free, &[ptr, size])?;
        Ok(())
    }

    fn alloc(&mut self, len: i32) -> Result<i32, AbiError> {
        match self.guest.call(self.exports.alloc, &[len])? {
            0 => Err(AbiError::Reported {
                status: -3,
                text: format!("no memory for {len} bytes from the host"),
            }),
            ptr => Ok(ptr),
        }
    }

    fn table(&mut self, ptr: Export, len: Export) -> Result<(i32, i32), AbiError> {
        Ok((self.guest.call(ptr, &[self.handle])?, self.guest.call(len, &[self.handle])?))
    }

    fn bytes(&self, what: &str, ptr: i32, len: i32, most: usize) -> Result<&[u8], AbiError> {
        let (ptr, len) = (ptr.cast_unsigned(), len.cast_unsigned());
        if usize::try_from(len).map_or(true, |len| len > most) {
            return Err(AbiError::Contract { what: format!("{what} has {len} bytes, the limit is {most}") });
        }
        slice(self.guest.memory(), ptr, len)
            .ok_or_else(|| AbiError::Contract { what: format!("{what} reaches outside its memory") })
    }

    /// The error of a status that is not one of the good ones.
    fn reported(&mut self, function: &str, status: i32) -> AbiError {
        if !(-7..0).contains(&status) {
            return AbiError::Contract { what: format!("`{function}` gives the unknown status {status}") };
        }
        match self.error_text() {
            Ok(text) => AbiError::Reported { status, text },
            Err(error) => error,
        }
    }

    fn error_text(&mut self) -> Result<String, AbiError> {
        let (ptr, len) = self.table(self.exports.error_ptr, self.exports.error_len)?;
        let bytes = self.bytes("its error text", ptr, len, limits::ERROR_TEXT_BYTES)?;
        match core::str::from_utf8(bytes) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => Err(AbiError::contract("its error text is not UTF-8")),
        }
    }
}
