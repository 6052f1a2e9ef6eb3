//! The operand stack of validation, which knows where each operand is.

use super::Body;
use super::emit::Word;
use crate::error::Reason;
use crate::limits;
use crate::types::ValType;

/// Where an operand is: a slot of the frame if not negative, else `!n` for the function's constant n.
pub(super) type Place = i16;

/// An operand on the stack.
#[derive(Clone, Copy)]
pub(super) struct Operand {
    /// `None` where the code cannot be reached and any type fits.
    pub(super) ty: Option<ValType>,
    pub(super) place: Place,
    /// Its own slot, by its height on the stack.
    pub(super) slot: u16,
}

impl Body<'_, '_, '_> {
    pub(super) fn fail(&mut self, reason: Reason) {
        self.reader.fail(reason);
    }

    /// Pushes an operand into its own slot.
    pub(super) fn push(&mut self, ty: ValType) {
        self.push_at(Some(ty), self.height.cast_signed());
    }

    pub(super) fn push_at(&mut self, ty: Option<ValType>, place: Place) {
        let slot = self.height;
        self.height += slots(ty);
        if self.height > self.highest {
            self.highest = self.height;
            self.reader.check(u32::from(self.height) <= limits::FRAME_SLOTS, Reason::FrameTooLarge);
        }
        self.t.operands.push(Operand { ty, place, slot });
    }

    /// Pops an operand of any type.
    pub(super) fn pop_any(&mut self) -> Operand {
        let nothing = Operand { ty: None, place: 0, slot: self.height };
        let Some(block) = self.t.blocks.last() else { return nothing };
        if self.t.operands.len() <= block.floor as usize {
            self.reader.check(block.unreachable, Reason::TypeMismatch);
            return nothing;
        }
        let operand = self.t.operands.pop().unwrap_or(nothing);
        self.height = operand.slot;
        operand
    }

    pub(super) fn pop_operand(&mut self, ty: ValType) -> Operand {
        let operand = self.pop_any();
        self.reader.check(operand.ty.is_none_or(|found| found == ty), Reason::TypeMismatch);
        operand
    }

    /// Pops an operand and gives its place.
    pub(super) fn pop(&mut self, ty: ValType) -> Word {
        self.pop_operand(ty).word()
    }

    /// Pops operands of these types into `popped`.
    pub(super) fn pop_all(&mut self, types: &[ValType]) {
        self.t.popped.clear();
        for ty in types.iter().rev() {
            let operand = self.pop_operand(*ty);
            self.t.popped.push(operand);
        }
        self.t.popped.reverse();
    }

    /// Pushes back what [`Self::pop_all`] popped, as of these types.
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

    /// Copies the operands of this block from number `all_from` on, and those below that name the local in the slot
    /// `local` (any local if `None`), to their own slots.
    pub(super) fn settle(&mut self, all_from: usize, local: Option<u16>) {
        let floor = self.t.blocks.last().map_or(0, |block| block.floor as usize);
        for n in floor..self.t.operands.len() {
            let Some(operand) = self.t.operands.get_mut(n) else { return };
            let found = *operand;
            let own = found.slot.cast_signed();
            let concerned = n >= all_from
                || match local {
                    Some(local) => found.place == local.cast_signed(),
                    None => found.place >= 0,
                };
            if found.place != own && concerned {
                operand.place = own;
                self.copy(found.ty, found.place, found.slot);
            }
        }
    }
}

/// Slots of an operand.
pub(super) fn slots(ty: Option<ValType>) -> u16 {
    1 + u16::from(ty == Some(ValType::V128))
}
