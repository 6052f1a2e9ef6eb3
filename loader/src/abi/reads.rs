//! The bytes a guest asks for.

use super::AbiError;
use super::wire::Fields;
use crate::limits;

/// Bytes of one record.
const RECORD: usize = 24;

/// One wanted range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Read {
    /// Index of the segment in the directory.
    pub segment: u32,
    /// Where the bytes go in the guest's memory.
    pub dst: u32,
    /// First byte, from the start of the segment's payload.
    pub offset: u64,
    /// Bytes wanted.
    pub len: u32,
}

/// Parses the table of reads into `wanted`; checks its shape, not yet the ranges.
pub(super) fn parse(table: &[u8], wanted: &mut Vec<Read>) -> Result<(), AbiError> {
    let (records, rest) = table.as_chunks::<RECORD>();
    if records.is_empty() || !rest.is_empty() {
        let what = format!(
            "it wants bytes with a table of {} bytes; one or more records of {RECORD} are due",
            table.len()
        );
        return Err(AbiError::Contract { what });
    }
    if records.len() > limits::READS_PER_STEP {
        let what = format!(
            "it asks for {} reads in one step, the limit is {}",
            records.len(),
            limits::READS_PER_STEP
        );
        return Err(AbiError::Contract { what });
    }
    wanted.clear();
    wanted.extend(records.iter().map(|record| parse_one(record)));
    Ok(())
}

fn parse_one(record: &[u8]) -> Read {
    let mut fields = Fields(record);
    Read { segment: fields.u32(), dst: fields.u32(), offset: fields.u64(), len: fields.u32() }
}
