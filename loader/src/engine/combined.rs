//! A module that holds an interpreter and the program it runs: what its exports say is about the memory of
//! that program, which lies inside the module's own (docs/interpreter.md).

use super::{Budget, EngineError, Export, Instance, Signature};

/// An instance of a combined module, seen as the program inside.
pub(crate) struct Combined {
    outer: Box<dyn Instance>,
    base: Export,
    len: Export,
    place: (usize, usize),
}

impl Combined {
    /// Starts the program inside. A module that says nothing of a program inside is its own program.
    ///
    /// # Errors
    /// Those of every call, and a place outside the memory.
    pub(crate) fn of(mut outer: Box<dyn Instance>) -> Result<Box<dyn Instance>, EngineError> {
        let base = outer.export("rvf_interpreter_memory_base", 0, 1);
        let len = outer.export("rvf_interpreter_memory_len", 0, 1);
        let (Ok(base), Ok(len)) = (base, len) else { return Ok(outer) };
        let mut combined = Self { outer, base, len, place: (0, 0) };
        combined.look()?;
        Ok(Box::new(combined))
    }

    /// Finds the program's memory, which may have grown.
    fn look(&mut self) -> Result<(), EngineError> {
        self.place = memory_inside(self.outer.as_mut(), self.base, self.len)?;
        Ok(())
    }
}

/// First byte and length of the memory inside an instance's memory.
pub(super) fn memory_inside(
    outer: &mut dyn Instance,
    base: Export,
    len: Export,
) -> Result<(usize, usize), EngineError> {
    let mut number = |export| outer.call(export, &[]).map(|number| number.cast_unsigned() as usize);
    let (base, len) = (number(base)?, number(len)?);
    match base.checked_add(len) {
        Some(end) if end <= outer.memory().len() => Ok((base, len)),
        _ => Err(EngineError::Trap {
            reason: format!(
                "the interpreter gives {len} bytes at {base:#x} as its guest's memory, outside its own"
            ),
        }),
    }
}

impl Instance for Combined {
    fn find(&mut self, name: &str) -> Result<(Export, Signature), EngineError> {
        self.outer.find(name)
    }

    fn invoke(&mut self, export: Export, args: &[u64], results: &mut [u64]) -> Result<(), EngineError> {
        self.outer.invoke(export, args, results)?;
        self.look()
    }

    fn memory(&self) -> &[u8] {
        let (base, len) = self.place;
        self.outer.memory().get(base..).and_then(|rest| rest.get(..len)).unwrap_or_default()
    }

    fn memory_mut(&mut self) -> &mut [u8] {
        let (base, len) = self.place;
        self.outer.memory_mut().get_mut(base..).and_then(|rest| rest.get_mut(..len)).unwrap_or_default()
    }

    fn charge(&mut self, fuel: u64) -> Result<(), EngineError> {
        self.outer.charge(fuel)
    }

    fn refill(&mut self, budget: Budget) {
        self.outer.refill(budget);
    }
}
