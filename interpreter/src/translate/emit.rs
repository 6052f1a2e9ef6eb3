//! Writing register code: instructions, constants, branches and what is filled in later.

use super::operands::{Operand, Place, slots};
use super::{Body, control::Block};
use crate::limits;
use crate::opcode;
use crate::types::ValType;

/// No branch: the end of a chain.
pub(super) const NOWHERE: u32 = u32::MAX;

/// A word of an instruction: a place, which has bit 16 set, or anything else.
#[derive(Clone, Copy)]
pub(super) struct Word(u32);

impl Word {
    const PLACE: u32 = 1 << 16;

    pub(super) const fn place(place: Place) -> Self {
        Self(place.cast_unsigned() as u32 | Self::PLACE)
    }

    pub(super) const fn raw(word: u16) -> Self {
        Self(word as u32)
    }
}

impl Operand {
    pub(super) fn word(self) -> Word {
        Word::place(self.place)
    }
}

pub(super) const NONE: Word = Word::raw(0);

impl Body<'_, '_, '_> {
    pub(super) fn raw(&mut self, word: u16) {
        if !self.dead {
            self.t.words.push(word);
        }
    }

    pub(super) fn raw_u32(&mut self, value: u32) {
        self.raw(value as u16);
        self.raw((value >> 16) as u16);
    }

    pub(super) fn word(&mut self, word: Word) {
        let low = word.0 as u16;
        let place = low.cast_signed();
        if word.0 & Word::PLACE == 0 {
            self.raw(low);
        } else if place >= 0 {
            self.raw(low << 3);
        } else {
            if !self.dead {
                self.t.constant_uses.push(self.t.words.len() as u32);
            }
            self.raw(!low);
        }
    }

    /// An instruction.
    pub(super) fn emit(&mut self, op: u16, d: Word, a: Word, b: Word) {
        self.fresh = None;
        self.pair_up(op);
        self.raw(op);
        self.word(d);
        self.word(a);
        self.word(b);
    }

    /// Lets the instruction before this one do both, if they are a pair.
    fn pair_up(&mut self, op: u16) {
        let here = self.t.words.len();
        // No branch leads between them, and the first has no words beyond its four.
        let first = self.single.filter(|at| at + 4 == here && !self.dead);
        self.single = Some(here);
        if let Some(first) = first.and_then(|at| self.t.words.get_mut(at))
            && let Some(pair) = opcode::pair(*first, op)
        {
            *first = pair;
            // Its own operation is not looked at.
            self.single = None;
        }
    }

    /// An instruction whose result is the next operand.
    pub(super) fn compute(&mut self, op: u16, a: Word, b: Word, ty: ValType) {
        let at = self.t.words.len();
        self.emit(op, Word::place(self.height.cast_signed()), a, b);
        self.fresh = Some(at);
        self.push(ty);
    }

    pub(super) fn copy(&mut self, ty: Option<ValType>, from: Place, to: u16) {
        let op = if ty == Some(ValType::V128) { opcode::COPY_V128 } else { opcode::COPY };
        self.emit(op, Word::place(to.cast_signed()), Word::place(from), NONE);
    }

    /// The last instruction, if `operand` is its result.
    pub(super) fn maker_of(&self, operand: Operand) -> Option<usize> {
        let at = self.fresh?;
        let own = operand.place == operand.slot.cast_signed() && operand.ty.is_some() && !self.dead;
        let made = self.t.words.get(at + 1) == Some(&(operand.slot << 3));
        (own && made).then_some(at)
    }

    /// Makes a constant the next operand.
    pub(super) fn constant(&mut self, ty: ValType, value: [u64; 2]) {
        let cells = ty.cells();
        let Some(value) = value.get(..cells) else { return };
        let all = &mut self.t.constants;
        let count = all.len() - self.constants;
        let recent = all.len() - count.min(limits::POOL_SEARCH);
        let known = all.get(recent..).and_then(|pool| pool.windows(cells).position(|seen| seen == value));
        let index = match known {
            Some(at) => recent + at,
            None if count < limits::POOLED_CONSTANTS => {
                all.extend_from_slice(value);
                all.len() - cells
            }
            None => {
                self.compute(opcode::CONST + (cells - 1) as u16, NONE, NONE, ty);
                for part in value {
                    self.raw_u32(*part as u32);
                    self.raw_u32((*part >> 32) as u32);
                }
                return;
            }
        };
        let number = (index - self.constants) as Place;
        self.push_at(Some(ty), !number);
    }

    /// The places of `popped`, slot by slot.
    pub(super) fn popped_places(&mut self) {
        for n in 0..self.t.popped.len() {
            let Some(operand) = self.t.popped.get(n).copied() else { return };
            self.word(operand.word());
            if operand.ty == Some(ValType::V128) {
                // Slots count up, and so do the constants behind negative places.
                let next = if operand.place < 0 { operand.place - 1 } else { operand.place + 1 };
                self.word(Word::place(next));
            }
        }
    }

    /// Slots that `popped` fills.
    pub(super) fn popped_slots(&self) -> u16 {
        self.t.popped.iter().map(|operand| slots(operand.ty)).sum()
    }

    /// A branch's distance, to be known when its place in a chain of such is bound.
    pub(super) fn link(&mut self, chain: u32) -> u32 {
        if self.dead {
            return chain;
        }
        let at = self.t.words.len() as u32;
        self.raw_u32(chain);
        at
    }

    /// Lets all branches of a chain lead here.
    pub(super) fn bind(&mut self, mut chain: u32) {
        self.fresh = None;
        self.single = None;
        let here = self.t.words.len() as u32;
        while chain != NOWHERE {
            let at = chain as usize;
            let Some([low, high]) = self.t.words.get_mut(at..at + 2) else { return };
            let distance = here - chain;
            chain = u32::from(*low) | u32::from(*high) << 16;
            (*low, *high) = (distance as u16, (distance >> 16) as u16);
        }
    }

    /// A branch's distance to a block's label.
    pub(super) fn distance(&mut self, index: usize) {
        let Some(block) = self.t.blocks.get(index) else { return };
        if let Some(start) = block.loop_start() {
            let at = self.t.words.len() as u32;
            self.raw_u32(start.wrapping_sub(at));
        } else {
            let chain = self.link(block.exits);
            self.with_block(index, |block| block.exits = chain);
        }
    }

    pub(super) fn with_block(&mut self, index: usize, change: impl FnOnce(&mut Block)) {
        if let Some(block) = self.t.blocks.get_mut(index) {
            change(block);
        }
    }
}
