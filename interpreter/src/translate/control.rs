//! Blocks, branches, calls and returns.

use super::Body;
use super::emit::{NONE, NOWHERE, Word};
use super::operands::{Operand, slots};
use crate::error::Reason;
use crate::opcode;
use crate::types::{Kind, ValType};

/// A block that is open, the function's body being the first.
#[derive(Clone, Copy)]
pub(super) struct Block {
    kind: BlockKind,
    ty: BlockType,
    /// Operands on the stack below this block.
    pub(super) floor: u32,
    /// Slot of the first operand of this block; results end up from here on.
    base: u16,
    /// Chain of branches to the end.
    pub(super) exits: u32,
    /// Chain of branch table entries that must pass by copies first.
    stubs: u32,
    /// The stack is polymorphic: what follows in this block cannot be reached.
    pub(super) unreachable: bool,
    /// What is around this block could not be reached either.
    dead_around: bool,
}

#[derive(Clone, Copy)]
enum BlockKind {
    Body,
    Block,
    Loop { start: u32 },
    If { otherwise: u32 },
    Else,
}

#[derive(Clone, Copy)]
enum BlockType {
    Empty,
    Value(ValType),
    /// Index of a function type.
    Function(u32),
    /// The function's own results.
    Body,
}

impl Block {
    pub(super) fn loop_start(&self) -> Option<u32> {
        match self.kind {
            BlockKind::Loop { start } => Some(start),
            _ => None,
        }
    }
}

impl<'m> Body<'m, '_, '_> {
    pub(super) fn control(&mut self, opcode: u8) {
        match opcode {
            0x00 => {
                self.emit(0, NONE, NONE, NONE);
                self.leave();
            }
            0x01 => {}
            0x02..=0x04 => self.open(opcode),
            0x05 => self.otherwise(),
            0x0B => self.end(),
            0x0C => {
                let target = self.target();
                self.pop_all(self.label(target));
                self.go(target);
                self.leave();
            }
            0x0D => self.branch_if(),
            0x0E => self.branch_table(),
            0x0F => {
                self.pop_all(self.returns);
                self.give_back();
                self.leave();
            }
            0x10 => {
                let index = self.reader.u32();
                let ty = self.module.functions.get(index as usize).copied();
                let ty = self.reader.expect(ty, Reason::UnknownIndex);
                let imported = self.module.imported(Kind::Function) as u32;
                match index.checked_sub(imported) {
                    Some(code) => self.call(opcode::CALL, ty, code, None),
                    #[cfg(feature = "linking")]
                    None => self.call(opcode::CALL_IMPORT, ty, index, None),
                    #[cfg(not(feature = "linking"))]
                    None => self.fail(Reason::Imports),
                }
            }
            0x11 => {
                let ty = self.reader.u32();
                let (table, element) = self.table();
                self.reader.check(element == ValType::FuncRef, Reason::TypeMismatch);
                let index = self.pop(ValType::I32);
                self.call(opcode::CALL_INDIRECT, ty, ty, Some((table, index)));
            }
            _ => self.fail(Reason::BadOpcode),
        }
    }

    pub(super) fn enter_body(&mut self) {
        self.enter(BlockKind::Body, BlockType::Body);
    }

    fn enter(&mut self, kind: BlockKind, ty: BlockType) {
        self.t.blocks.push(Block {
            kind,
            ty,
            floor: self.t.operands.len() as u32,
            base: self.height,
            exits: NOWHERE,
            stubs: NOWHERE,
            unreachable: false,
            dead_around: self.dead,
        });
    }

    /// The rest of the block cannot be reached.
    fn leave(&mut self) {
        if let Some(block) = self.t.blocks.last_mut() {
            block.unreachable = true;
            self.t.operands.truncate(block.floor as usize);
            self.height = block.base;
        }
        self.dead = true;
    }

    fn block_type(&mut self) -> BlockType {
        let number = self.reader.s33();
        if let Ok(index) = u32::try_from(number) {
            self.reader.check((index as usize) < self.module.types.len(), Reason::UnknownIndex);
            return BlockType::Function(index);
        }
        // One byte, as a signed number.
        match u8::try_from(number + 0x80) {
            Ok(0x40) => BlockType::Empty,
            byte => BlockType::Value(self.reader.known_type(byte.unwrap_or_default())),
        }
    }

    fn params(&self, ty: BlockType) -> &'m [ValType] {
        match ty {
            BlockType::Function(index) => self.module.types.get(index as usize).map_or(&[], |ty| ty.params()),
            _ => &[],
        }
    }

    fn results(&self, ty: BlockType) -> &'m [ValType] {
        match ty {
            BlockType::Empty => &[],
            BlockType::Value(value) => single(value),
            BlockType::Function(index) => {
                self.module.types.get(index as usize).map_or(&[], |ty| ty.results())
            }
            BlockType::Body => self.returns,
        }
    }

    /// What a branch to a block carries.
    fn label(&self, index: usize) -> &'m [ValType] {
        match self.t.blocks.get(index) {
            Some(block) if block.loop_start().is_some() => self.params(block.ty),
            Some(block) => self.results(block.ty),
            None => &[],
        }
    }

    fn open(&mut self, opcode: u8) {
        let ty = self.block_type();
        let condition = (opcode == 0x04).then(|| self.pop_operand(ValType::I32));
        let params = self.params(ty);
        // Parameters are where a branch back or an `else` finds them; what is below outlives writes of locals.
        self.settle(self.t.operands.len().saturating_sub(params.len()), None);
        let otherwise = match condition {
            Some(condition) => {
                self.branch_on(condition, false);
                self.link(NOWHERE)
            }
            None => NOWHERE,
        };
        self.pop_all(params);
        let kind = match opcode {
            0x02 => BlockKind::Block,
            0x03 => BlockKind::Loop { start: self.t.words.len() as u32 },
            _ => BlockKind::If { otherwise },
        };
        self.fresh = None;
        self.single = None;
        self.enter(kind, ty);
        self.push_all(params);
    }

    /// Ends what is in the innermost block: its results go where they belong, and nothing may be left.
    fn close(&mut self) -> Option<Block> {
        let block = *self.t.blocks.last()?;
        self.pop_all(self.results(block.ty));
        self.reader.check(self.t.operands.len() == block.floor as usize, Reason::TypeMismatch);
        if !matches!(block.kind, BlockKind::Body) {
            self.move_popped(block.base);
        }
        Some(block)
    }

    fn otherwise(&mut self) {
        let Some(block) = self.close() else { return };
        let BlockKind::If { otherwise } = block.kind else { return self.fail(Reason::TypeMismatch) };
        let this = self.t.blocks.len() - 1;
        self.emit(opcode::BRANCH, NONE, NONE, NONE);
        self.distance(this);
        self.dead = block.dead_around;
        self.bind(otherwise);
        self.height = block.base;
        if let Some(block) = self.t.blocks.last_mut() {
            block.kind = BlockKind::Else;
            block.unreachable = false;
        }
        self.push_all(self.params(block.ty));
    }

    fn end(&mut self) {
        let Some(block) = self.close() else { return };
        let results = self.results(block.ty);
        if matches!(block.kind, BlockKind::Body) {
            self.give_back();
        }
        self.t.blocks.pop();
        self.dead = block.dead_around;
        if let BlockKind::If { otherwise } = block.kind {
            // Without an `else` the parameters are the results, and they are in place.
            self.reader.check(self.params(block.ty) == results, Reason::TypeMismatch);
            self.bind(otherwise);
        }
        self.bind(block.exits);
        self.height = block.base;
        self.push_all(results);
    }

    /// Reads a label: the index of its block.
    fn target(&mut self) -> usize {
        let depth = self.reader.u32() as usize;
        let index = self.t.blocks.len().checked_sub(1).and_then(|last| last.checked_sub(depth));
        self.reader.expect(index, Reason::UnknownIndex)
    }

    /// Copies what was popped to the slots from `to` on. An operand's own slot is never below its new
    /// one, so going up, nothing is overwritten before it is read.
    fn move_popped(&mut self, mut to: u16) {
        for n in 0..self.t.popped.len() {
            let Some(operand) = self.t.popped.get(n).copied() else { return };
            if operand.place != to.cast_signed() {
                self.copy(operand.ty, operand.place, to);
            }
            to += slots(operand.ty);
        }
    }

    /// A branch to the block with what was popped can do without copies.
    fn goes_straight(&self, target: usize) -> bool {
        let mut to = self.t.blocks.get(target).map_or(0, |block| block.base);
        target != 0
            && self.t.popped.iter().all(|operand| {
                let here = operand.place == to.cast_signed();
                to += slots(operand.ty);
                here
            })
    }

    /// Branches to a block with what was popped.
    fn go(&mut self, target: usize) {
        if target == 0 {
            self.give_back();
        } else {
            let base = self.t.blocks.get(target).map_or(0, |block| block.base);
            self.move_popped(base);
            self.emit(opcode::BRANCH, NONE, NONE, NONE);
            self.distance(target);
        }
    }

    /// Returns what was popped.
    fn give_back(&mut self) {
        match self.popped_slots() {
            0 => self.emit(opcode::RETURN, NONE, NONE, NONE),
            1 => {
                let place = self.t.popped.first().map_or(0, |operand| operand.place);
                self.emit(opcode::RETURN_ONE, NONE, Word::place(place), NONE);
            }
            many => {
                self.emit(opcode::RETURN_MANY, NONE, NONE, NONE);
                self.raw(many);
                self.popped_places();
            }
        }
    }

    /// A branch, up to its distance, that is taken if `condition` is not zero, or with `wanted` false if it is.
    fn branch_on(&mut self, condition: Operand, wanted: bool) {
        let maker = self.maker_of(condition);
        if let Some(op) = maker.and_then(|at| self.t.words.get_mut(at)) {
            let fused = match *op {
                // Comparisons come in pairs that are opposites: eq ne, then lt gt le ge, each signed and unsigned.
                opcode::I32_EQ..=opcode::I32_GE_U => {
                    const OPPOSITE: [u16; 10] = [1, 0, 8, 9, 6, 7, 4, 5, 2, 3];
                    let comparison = *op - opcode::I32_EQ;
                    let opposite = OPPOSITE.get(usize::from(comparison)).copied().unwrap_or_default();
                    Some(opcode::BRANCH_COMPARE + if wanted { comparison } else { opposite })
                }
                opcode::I32_EQZ => Some(if wanted { opcode::BRANCH_UNLESS } else { opcode::BRANCH_IF }),
                _ => None,
            };
            if let Some(fused) = fused {
                *op = fused;
                self.fresh = None;
                return;
            }
        }
        let op = if wanted { opcode::BRANCH_IF } else { opcode::BRANCH_UNLESS };
        self.emit(op, NONE, condition.word(), NONE);
    }

    fn branch_if(&mut self) {
        let target = self.target();
        let condition = self.pop_operand(ValType::I32);
        let types = self.label(target);
        self.pop_all(types);
        if self.goes_straight(target) {
            self.branch_on(condition, true);
            self.distance(target);
        } else {
            self.branch_on(condition, false);
            let past = self.link(NOWHERE);
            self.go(target);
            self.bind(past);
        }
        self.push_back(types);
    }

    fn branch_table(&mut self) {
        let last = self.reader.u32();
        if last as usize >= self.reader.left() {
            return self.fail(Reason::UnexpectedEnd);
        }
        let mut labels = core::mem::take(&mut self.t.labels);
        labels.clear();
        for _ in 0..=last {
            labels.push(self.target() as u32);
        }
        let index = self.pop(ValType::I32);
        let default = labels.last().map_or(0, |label| *label as usize);
        let arity = self.label(default).len();
        for label in &labels {
            let types = self.label(*label as usize);
            self.reader.check(types.len() == arity, Reason::TypeMismatch);
            if self.reader.failed() {
                break;
            }
            // Types may differ where the code cannot be reached: then nothing is known of the operands, and
            // nothing is learnt.
            self.pop_all(types);
            for n in 0..arity {
                let Some(operand) = self.t.popped.get(n).copied() else { break };
                self.push_at(operand.ty, operand.place);
            }
        }
        self.pop_all(self.label(default));
        self.emit(opcode::BRANCH_TABLE, NONE, index, NONE);
        self.raw_u32(last);
        for label in &labels {
            let target = *label as usize;
            if self.goes_straight(target) {
                self.distance(target);
            } else {
                let chain = self.t.blocks.get(target).map_or(NOWHERE, |block| block.stubs);
                let chain = self.link(chain);
                self.with_block(target, |block| block.stubs = chain);
            }
        }
        for label in &labels {
            let target = *label as usize;
            let chain = self.t.blocks.get(target).map_or(NOWHERE, |block| block.stubs);
            if chain != NOWHERE {
                self.with_block(target, |block| block.stubs = NOWHERE);
                self.bind(chain);
                self.go(target);
            }
        }
        self.t.labels = labels;
        self.leave();
    }

    /// A call; `through` is the table and the place of the index into it.
    fn call(&mut self, op: u16, ty: u32, number: u32, through: Option<(u16, Word)>) {
        let Some(ty) = self.module.types.get(ty as usize) else { return self.fail(Reason::UnknownIndex) };
        self.pop_all(ty.params());
        let slots = self.popped_slots();
        self.emit(op, Word::place(self.height.cast_signed()), NONE, Word::raw(slots));
        if !self.dead {
            // The word before the number of slots becomes the size of the frame.
            self.t.frame_uses.push(self.t.words.len() as u32 - 2);
        }
        self.raw_u32(number);
        if let Some((table, index)) = through {
            self.raw(table);
            self.word(index);
        }
        self.popped_places();
        self.push_all(ty.results());
    }
}

/// A row of one type.
fn single(ty: ValType) -> &'static [ValType] {
    match ty {
        ValType::I32 => &[ValType::I32],
        ValType::I64 => &[ValType::I64],
        ValType::F32 => &[ValType::F32],
        ValType::F64 => &[ValType::F64],
        ValType::V128 => &[ValType::V128],
        ValType::FuncRef => &[ValType::FuncRef],
        ValType::ExternRef => &[ValType::ExternRef],
    }
}
