//! The exports of the published learning solver, and the state that a file can carry. `alloc`, `free`,
//! `create`, `destroy`, `result_len` and `result_read` serve both: a handle is an instance of either
//! kind, and the result is that of the call that came last.

use super::{from_host, state, to_host};
use solver_microkernel::Status;
use solver_microkernel::learn::learner::{Learner, POLICY, RESULT, STATE, WITNESS};

/// What [`Part`] says when another call came last: no number that a call returns.
const OTHER: i32 = i32::MIN;

/// The learning half of an instance.
pub(super) struct Part {
    learner: Learner,
    /// When the last call of the instance was one of these: what it returned.
    last: i32,
}

impl Part {
    pub(super) const fn new() -> Self {
        Self { learner: Learner::new(), last: OTHER }
    }

    /// Frees everything that it holds.
    pub(super) fn close(&mut self) {
        self.learner.close();
    }

    /// A call of the other half follows.
    pub(super) const fn leave(&mut self) {
        self.last = OTHER;
    }

    /// The result, when the last call was one of these.
    pub(super) fn result(&self) -> Option<&[u8]> {
        let result = if self.last < 0 { &[] } else { self.learner.part(RESULT) };
        (self.last != OTHER).then_some(result)
    }

    /// The error, when the last call was one of these.
    pub(super) fn error(&self) -> Option<&[u8]> {
        (self.last != OTHER).then(|| words(self.last).as_bytes())
    }
}

/// What went wrong in a call that returned this, or nothing.
const fn words(code: i32) -> &'static str {
    const MEMORY: i32 = Status::Memory.code();
    const DATA: i32 = Status::Data.code();
    match code {
        0.. => "",
        MEMORY => "the memory cannot grow enough; allow more pages, or ask for less",
        DATA => "the bytes are not a state that this solver saved; nothing was changed",
        _ => "a count is negative or too large, or a pointer is outside the linear memory",
    }
}

/// Runs a call on the learning half of an instance.
fn on(handle: i32, call: impl FnOnce(&mut Learner) -> Result<i32, Status>) -> i32 {
    let Some(slot) = state().slot(handle) else { return Status::Handle.code() };
    slot.used = 0;
    let part = &mut slot.learning;
    part.last = call(&mut part.learner).unwrap_or_else(Status::code);
    part.last
}

/// The two halves of a number.
const fn join(low: i32, high: i32) -> u64 {
    (high as u32 as u64) << 32 | low as u32 as u64
}

#[unsafe(no_mangle)]
extern "C" fn rvf_solver_train(handle: i32, count: i32, least: i32, most: i32, low: i32, high: i32) -> i32 {
    on(handle, |learner| learner.train(count, least, most, join(low, high)).map(|solved| solved as i32))
}

#[unsafe(no_mangle)]
extern "C" fn rvf_solver_acceptance(
    handle: i32,
    hold_out: i32,
    training: i32,
    cycles: i32,
    budget: i32,
    low: i32,
    high: i32,
) -> i32 {
    on(handle, |learner| {
        learner.acceptance(hold_out, training, cycles, budget, join(low, high)).map(i32::from)
    })
}

/// The length of what there is to read, without making that call the last one.
#[inline(never)]
fn len(handle: i32, part: usize) -> i32 {
    let Some(slot) = state().slot(handle) else { return Status::Handle.code() };
    let learner = &mut slot.learning.learner;
    learner.refresh(part).map_or_else(Status::code, |()| learner.part(part).len() as i32)
}

/// Copies it to where the host wants it.
#[inline(never)]
fn read(handle: i32, ptr: u32, part: usize) -> i32 {
    let state = state();
    let blocks = state.blocks;
    let Some(slot) = state.slot(handle) else { return Status::Handle.code() };
    to_host(blocks, slot.learning.learner.part(part), ptr)
}

#[unsafe(no_mangle)]
extern "C" fn rvf_solver_policy_len(handle: i32) -> i32 {
    len(handle, POLICY)
}

#[unsafe(no_mangle)]
extern "C" fn rvf_solver_policy_read(handle: i32, ptr: u32) -> i32 {
    read(handle, ptr, POLICY)
}

#[unsafe(no_mangle)]
extern "C" fn rvf_solver_witness_len(handle: i32) -> i32 {
    len(handle, WITNESS)
}

#[unsafe(no_mangle)]
extern "C" fn rvf_solver_witness_read(handle: i32, ptr: u32) -> i32 {
    read(handle, ptr, WITNESS)
}

#[unsafe(no_mangle)]
extern "C" fn rvf_solver_state_len(handle: i32) -> i32 {
    len(handle, STATE)
}

#[unsafe(no_mangle)]
extern "C" fn rvf_solver_state_read(handle: i32, ptr: u32) -> i32 {
    read(handle, ptr, STATE)
}

#[unsafe(no_mangle)]
extern "C" fn rvf_solver_state_load(handle: i32, ptr: u32, len: u32) -> i32 {
    let bytes = from_host(ptr, len);
    on(handle, |learner| bytes.and_then(|bytes| learner.load(bytes)).map(|()| 0))
}
