//! Calls from the host: cells in, cells out, and going on after a pause.

use super::{FunctionId, Run, Store};
use crate::error::Trap;
use crate::limits;
use crate::machine::{self, State};
use crate::types::cells;

impl Store {
    /// Calls a function. Arguments and results are cells: one for each value, two for each vector. A paused
    /// call is dropped.
    ///
    /// # Errors
    /// The guest's trap; [`Trap::WrongUse`] if arguments or results are not as many cells as the type says.
    pub fn call(
        &mut self,
        function: FunctionId,
        arguments: &[u64],
        results: &mut [u64],
    ) -> Result<Run, Trap> {
        self.paused = None;
        let ty = self.signature(function).ok_or(Trap::WrongUse)?;
        let results_len = cells(ty.results());
        if cells(ty.params()) != arguments.len() || results_len != results.len() {
            return Err(Trap::WrongUse);
        }
        // Results come first, then the note of the return, then the callee's frame.
        let frame = results_len + limits::RETURN_SLOTS;
        let slots = self.stack.get_mut(frame..frame + arguments.len()).ok_or(Trap::StackExhausted)?;
        slots.copy_from_slice(arguments);
        let run = machine::call(self, function, frame);
        self.after(run, function, results)
    }

    /// Cells of the results of the paused call; `None` if none is paused.
    #[must_use]
    pub fn paused_results(&self) -> Option<usize> {
        let (_, function) = self.paused?;
        Some(cells(self.signature(function)?.results()))
    }

    /// Goes on with the paused call, with the fuel there is now. `results` are as for [`Store::call`].
    ///
    /// # Errors
    /// The guest's trap; [`Trap::WrongUse`] if no call is paused or `results` is not as long as its type says.
    pub fn resume(&mut self, results: &mut [u64]) -> Result<Run, Trap> {
        let (state, function) = self.paused.take().ok_or(Trap::WrongUse)?;
        if self.signature(function).map(|ty| cells(ty.results())) != Some(results.len()) {
            return Err(Trap::WrongUse);
        }
        let run = machine::resume(self, state);
        self.after(run, function, results)
    }

    fn after(
        &mut self,
        run: Result<Option<State>, Trap>,
        function: FunctionId,
        results: &mut [u64],
    ) -> Result<Run, Trap> {
        if let Some(state) = run? {
            self.paused = Some((state, function));
            return Ok(Run::Paused);
        }
        let ty =
            self.functions.get(function.0 as usize).and_then(|function| self.types.get(function.ty as usize));
        let mut cells = results.iter_mut().zip(&self.stack);
        for ty in ty.map(|ty| ty.results()).unwrap_or_default() {
            // The high half of a narrow value's cell may be an argument's.
            let mask = if ty.is_narrow() { u64::from(u32::MAX) } else { u64::MAX };
            for (result, cell) in cells.by_ref().take(ty.cells()) {
                *result = *cell & mask;
            }
        }
        Ok(Run::Done)
    }
}
