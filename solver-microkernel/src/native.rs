//! The host's loop for segments in memory: what a program does that links the solver natively.

use crate::fault::Status;
use crate::instance::Instance;
use crate::request::Operation;
use alloc::vec::Vec;

/// Runs the job that was begun until it has something to tell: [`Status::Rows`],
/// [`Status::Done`] or a fault. `segment` gives the payload behind an index of the directory.
///
/// `None` when a read is outside its segment, which no correct solver asks for.
pub fn run<'a>(
    instance: &mut Instance,
    budget: u32,
    segment: impl Fn(u32) -> Option<&'a [u8]>,
) -> Option<Status> {
    loop {
        match instance.step(budget) {
            Status::Reads => serve(instance, &segment)?,
            Status::Budget => {}
            status => return Some(status),
        }
    }
}

/// Serves the reads that are wanted, in order.
pub fn serve<'a>(instance: &mut Instance, segment: &impl Fn(u32) -> Option<&'a [u8]>) -> Option<()> {
    let mut at = 0;
    while let Some(read) = instance.reads().get(at).copied() {
        let bytes = segment(read.segment)?.get(usize::try_from(read.offset).ok()?..)?;
        let bytes = bytes.get(..read.len as usize)?;
        instance.buffer_mut().get_mut(read.dst as usize..)?.get_mut(..bytes.len())?.copy_from_slice(bytes);
        at += 1;
    }
    Some(())
}

/// Builds the bytes of a request; parameters are given in ascending order.
#[derive(Clone, Debug)]
pub struct RequestBuilder {
    bytes: Vec<u8>,
    count: u32,
}

impl RequestBuilder {
    /// A request for an operation, without parameters.
    #[must_use]
    pub fn new(operation: Operation) -> Self {
        let mut bytes = operation.number().to_le_bytes().to_vec();
        bytes.extend_from_slice(&[0; 4]);
        Self { bytes, count: 0 }
    }

    /// A request for an operation by its number.
    #[must_use]
    pub fn numbered(operation: u32) -> Self {
        let mut bytes = operation.to_le_bytes().to_vec();
        bytes.extend_from_slice(&[0; 4]);
        Self { bytes, count: 0 }
    }

    /// Appends a parameter as raw bytes.
    #[must_use]
    pub fn raw(mut self, id: u16, kind: u16, value: &[u8]) -> Self {
        self.bytes.extend_from_slice(&id.to_le_bytes());
        self.bytes.extend_from_slice(&kind.to_le_bytes());
        self.bytes.extend_from_slice(&(value.len() as u32).to_le_bytes());
        self.bytes.extend_from_slice(value);
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
        self.count += 1;
        self
    }

    /// Appends floats.
    #[must_use]
    pub fn f32s(self, id: u16, values: &[f32]) -> Self {
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.raw(id, crate::request::TYPE_F32S, &bytes)
    }

    /// Appends ids.
    #[must_use]
    pub fn u64s(self, id: u16, values: &[u64]) -> Self {
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.raw(id, crate::request::TYPE_U64S, &bytes)
    }

    /// Appends a number.
    #[must_use]
    pub fn u64(self, id: u16, value: u64) -> Self {
        self.raw(id, crate::request::TYPE_U64, &value.to_le_bytes())
    }

    /// Appends a choice.
    #[must_use]
    pub fn choice(self, id: u16, value: u32) -> Self {
        self.raw(id, crate::request::TYPE_ENUM, &value.to_le_bytes())
    }

    /// The bytes.
    #[must_use]
    pub fn build(mut self) -> Vec<u8> {
        self.bytes.iter_mut().skip(4).zip(self.count.to_le_bytes()).for_each(|(to, from)| *to = from);
        self.bytes
    }
}
