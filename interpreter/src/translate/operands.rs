//! The operand stack of validation, which knows where each operand is.

use super::Body;
use crate::error::Reason;
use crate::types::ValType;

/// Where an operand is: a slot of the frame if not negative, else `!n` for the function's constant n.
pub(super) type Place = i32;

/// An operand on the stack.
#[derive(Clone, Copy)]
pub(super) struct Operand {
    /// `None` where the code cannot be reached and any type fits.
    pub(super) ty: Option<ValType>,
    pub(super) place: Place,
    /// Its own slot, by its height on the stack.
    pub(super) slot: u32,
}

impl Operand {
    /// Its value is in a local, which may be written before the operand is used.
    pub(super) fn borrows_local(self) -> bool {
        self.place >= 0 && self.place != self.slot.cast_signed()
    }
}

impl Body<'_, '_, '_> {
    /// Pushes an operand into its own slot.
    pub(super) fn push(&mut self, ty: ValType) {
        self.push_at(Some(ty), self.height.cast_signed());
    }

    pub(super) fn push_at(&mut self, ty: Option<ValType>, place: Place) {
        let slot = self.height;
        self.height += ty.map_or(1, |ty| ty.cells() as u32);
        self.highest = self.highest.max(self.height);
        self.t.operands.push(Operand { ty, place, slot });
    }

    /// Pops an operand of any type.
    pub(super) fn pop_any(&mut self) -> Result<Operand, Reason> {
        let (floor, unreachable) =
            self.t.blocks.last().map_or((0, false), |block| (block.floor, block.unreachable));
        if self.t.operands.len() <= floor as usize {
            let nothing = Operand { ty: None, place: 0, slot: self.height };
            return if unreachable { Ok(nothing) } else { Err(Reason::TypeMismatch) };
        }
        let operand = self.t.operands.pop().ok_or(Reason::TypeMismatch)?;
        self.height = operand.slot;
        Ok(operand)
    }

    pub(super) fn pop(&mut self, ty: ValType) -> Result<Operand, Reason> {
        let operand = self.pop_any()?;
        if operand.ty.is_none_or(|found| found == ty) { Ok(operand) } else { Err(Reason::TypeMismatch) }
    }

    /// Pops operands of these types into `popped`.
    pub(super) fn pop_all(&mut self, types: &[ValType]) -> Result<(), Reason> {
        self.t.popped.clear();
        for ty in types.iter().rev() {
            let operand = self.pop(*ty)?;
            self.t.popped.push(operand);
        }
        self.t.popped.reverse();
        Ok(())
    }

    /// Pushes back what [`Self::pop_all`] popped.
    pub(super) fn push_back(&mut self, types: &[ValType]) {
        for (n, ty) in types.iter().enumerate() {
            let place = self.t.popped.get(n).map_or(0, |operand| operand.place);
            self.push_at(Some(*ty), place);
        }
    }

    pub(super) fn push_all(&mut self, types: &[ValType]) {
        for ty in types {
            self.push(*ty);
        }
    }

    /// Copies the operands of this block for which `which` holds to their own slots.
    pub(super) fn settle(&mut self, which: impl Fn(usize, Operand) -> bool) {
        let floor = self.t.blocks.last().map_or(0, |block| block.floor as usize);
        for n in floor..self.t.operands.len() {
            let Some(operand) = self.t.operands.get_mut(n) else { return };
            let found = *operand;
            if found.place != found.slot.cast_signed() && which(n, found) {
                operand.place = found.slot.cast_signed();
                self.copy(found, found.slot);
            }
        }
    }
}
