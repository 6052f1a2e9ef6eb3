//! Instructions without control: variables, tables, memory, numbers.

use super::Body;
use super::emit::{NONE, Word};
use super::signatures;
use crate::error::Reason;
use crate::opcode;
use crate::types::ValType::{self, F32, F64, FuncRef, I32, I64};

impl Body<'_, '_, '_> {
    pub(super) fn plain(&mut self, opcode: u8) {
        match opcode {
            0x1A => {
                self.pop_any();
            }
            0x1B | 0x1C => self.select(opcode == 0x1C),
            0x20..=0x22 => self.local_access(opcode),
            0x23 | 0x24 => self.global_access(opcode == 0x24),
            0x25 => {
                let (table, ty) = self.table();
                let index = self.pop(I32);
                self.bulk_op(opcode::TABLE_GET, [index, NONE, NONE], [table, 0], Some(ty));
            }
            0x26 => {
                let (table, ty) = self.table();
                let value = self.pop(ty);
                let index = self.pop(I32);
                self.bulk_op(opcode::TABLE_SET, [index, value, NONE], [table, 0], None);
            }
            0x28..=0x35 => {
                let (ty, log) = signatures::access(opcode);
                let offset = self.memory_access(log);
                self.load(u16::from(opcode), offset, ty);
            }
            0x36..=0x3E => {
                let (ty, log) = signatures::access(opcode);
                let offset = self.memory_access(log);
                self.store(u16::from(opcode), offset, ty);
            }
            0x3F | 0x40 => {
                self.memory_byte();
                let more = if opcode == 0x40 { self.pop(I32) } else { NONE };
                self.compute(u16::from(opcode), more, NONE, I32);
            }
            0x41 => {
                let value = self.reader.i32();
                self.constant(I32, [u64::from(value), 0]);
            }
            0x42 => {
                let value = self.reader.i64();
                self.constant(I64, [value, 0]);
            }
            0x43 => {
                let value = self.reader.bits(4);
                self.constant(F32, [value, 0]);
            }
            0x44 => {
                let value = self.reader.bits(8);
                self.constant(F64, [value, 0]);
            }
            0x45..=0xC4 => self.numeric(u16::from(opcode)),
            0xD0 => {
                let ty = self.reader.ref_type();
                self.constant(ty, [0; 2]);
            }
            0xD1 => {
                let reference = self.pop_any();
                self.reader.check(reference.ty.is_none_or(ValType::is_reference), Reason::TypeMismatch);
                self.compute(opcode::I64_EQZ, reference.word(), NONE, I32);
            }
            0xD2 => {
                let function = self.reader.u32();
                match self.declared.get(function as usize) {
                    Some(true) => {}
                    Some(false) => self.fail(Reason::UndeclaredReference),
                    None => self.fail(Reason::UnknownIndex),
                }
                let [low, high] = halves(function);
                self.compute(opcode::REF_FUNC, low, high, FuncRef);
            }
            _ => self.fail(Reason::BadOpcode),
        }
    }

    fn select(&mut self, typed: bool) {
        let mut ty = None;
        if typed {
            let count = self.reader.u32();
            self.reader.check(count == 1, Reason::TypeMismatch);
            ty = Some(self.reader.val_type());
        }
        let condition = self.pop(I32);
        let second = self.pop_any();
        let first = self.pop_any();
        let found = ty.or(first.ty).or(second.ty);
        let fits = |ty: Option<ValType>| ty.is_none() || ty == found;
        let numeric = !found.is_some_and(ValType::is_reference);
        self.reader.check(fits(first.ty) && fits(second.ty) && (typed || numeric), Reason::TypeMismatch);
        match found {
            Some(ty) => {
                let op = if ty == ValType::V128 { opcode::SELECT_V128 } else { opcode::SELECT };
                self.compute(op, first.word(), second.word(), ty);
                self.word(condition);
            }
            None => self.push_at(None, 0),
        }
    }

    fn local_access(&mut self, opcode: u8) {
        let index = self.reader.u32() as usize;
        let Some(local) = self.t.locals.get(index).copied() else { return self.fail(Reason::UnknownIndex) };
        let place = local.slot.cast_signed();
        if opcode != 0x20 {
            let value = self.pop_operand(local.ty);
            let maker = self.maker_of(value);
            // Operands that are still in the local go to their own slots before it is written.
            self.settle(usize::MAX, Some(local.slot));
            // If nothing had to be copied, the value can be made in the local at once.
            match maker.filter(|_| self.fresh.is_some()).and_then(|at| self.t.words.get_mut(at + 1)) {
                Some(destination) => *destination = local.slot << 3,
                None if value.place != place => self.copy(Some(local.ty), value.place, local.slot),
                None => {}
            }
            self.fresh = None;
        }
        if opcode != 0x21 {
            self.push_at(Some(local.ty), place);
        }
    }

    fn global_access(&mut self, set: bool) {
        let index = self.reader.u32();
        let ty = self.module.globals.get(index as usize);
        let Some(ty) = ty.copied() else { return self.fail(Reason::UnknownIndex) };
        let wide = u16::from(ty.value == ValType::V128);
        let [low, high] = halves(index);
        if set {
            self.reader.check(ty.mutable, Reason::ImmutableGlobal);
            let value = self.pop(ty.value);
            self.emit(opcode::GLOBAL_SET + wide, high, value, low);
        } else {
            self.compute(opcode::GLOBAL_GET + wide, low, high, ty.value);
        }
    }

    /// Reads a table index.
    pub(super) fn table(&mut self) -> (u16, ValType) {
        let index = self.reader.u32();
        let ty = self.module.tables.get(index as usize).map(|table| table.element);
        self.reader.check(ty.is_some(), Reason::UnknownIndex);
        (self.number(index), ty.unwrap_or(FuncRef))
    }

    /// A table's or segment's index as one word.
    fn number(&mut self, index: u32) -> u16 {
        self.reader.expect(u16::try_from(index).ok(), Reason::TooManyItems)
    }

    fn memory(&mut self) {
        self.reader.check(self.module.memory.is_some(), Reason::UnknownIndex);
    }

    /// Reads the index of a memory, of which there is one.
    fn memory_byte(&mut self) {
        let byte = self.reader.u8();
        self.reader.check(byte == 0, Reason::BadFlags);
        self.memory();
    }

    /// Reads alignment and offset of an access of 2^`log` bytes.
    pub(super) fn memory_access(&mut self, log: u8) -> u32 {
        let align = self.reader.u32();
        self.reader.check(align <= u32::from(log), Reason::BadAlignment);
        self.memory();
        self.reader.u32()
    }

    /// Pops an address; what of `offset` does not fit one word is added to it.
    pub(super) fn address(&mut self, offset: u32) -> (Word, Word) {
        let base = self.pop_operand(I32);
        if let Ok(offset) = u16::try_from(offset) {
            return (base.word(), Word::raw(offset));
        }
        let slot = Word::place(base.slot.cast_signed());
        self.emit(opcode::ADDRESS, slot, base.word(), NONE);
        self.raw_u32(offset);
        (slot, NONE)
    }

    pub(super) fn load(&mut self, op: u16, offset: u32, ty: ValType) {
        let (address, offset) = self.address(offset);
        self.compute(op, address, offset, ty);
    }

    pub(super) fn store(&mut self, op: u16, offset: u32, ty: ValType) {
        let value = self.pop(ty);
        let (address, offset) = self.address(offset);
        self.emit(op, offset, address, value);
    }

    fn numeric(&mut self, op: u16) {
        let Some((from, to, two)) = signatures::numeric(op) else { return self.fail(Reason::BadOpcode) };
        let second = if two { self.pop(from) } else { NONE };
        let first = self.pop(from);
        self.compute(op, first, second, to);
    }

    /// The instructions behind 0xFC: saturating conversions, bulk memory and tables.
    pub(super) fn bulk(&mut self) {
        let opcode = self.reader.u32();
        match opcode {
            0..=7 => self.numeric(opcode::SATURATING + opcode as u16),
            8 | 9 => {
                let segment = self.reader.u32();
                self.reader.check(self.data_count.is_some(), Reason::CountMismatch);
                self.reader.check(self.data_count.is_some_and(|count| segment < count), Reason::UnknownIndex);
                let segment = self.number(segment);
                if opcode == 8 {
                    self.memory_byte();
                    self.three(opcode::MEMORY_INIT, I32, [segment, 0]);
                } else {
                    self.bulk_op(opcode::DATA_DROP, [NONE; 3], [segment, 0], None);
                }
            }
            10 => {
                self.memory_byte();
                self.memory_byte();
                self.three(opcode::MEMORY_COPY, I32, [0; 2]);
            }
            11 => {
                self.memory_byte();
                self.three(opcode::MEMORY_FILL, I32, [0; 2]);
            }
            12 | 13 => {
                let index = self.reader.u32();
                let ty = self.module.elements.get(index as usize).map(|elements| elements.ty);
                self.reader.check(ty.is_some(), Reason::UnknownIndex);
                let segment = self.number(index);
                if opcode == 12 {
                    let (table, element) = self.table();
                    self.reader.check(ty == Some(element), Reason::TypeMismatch);
                    self.three(opcode::TABLE_INIT, I32, [segment, table]);
                } else {
                    self.bulk_op(opcode::ELEMENTS_DROP, [NONE; 3], [segment, 0], None);
                }
            }
            14 => {
                let (to, ty) = self.table();
                let (from, element) = self.table();
                self.reader.check(ty == element, Reason::TypeMismatch);
                self.three(opcode::TABLE_COPY, I32, [to, from]);
            }
            15 => {
                let (table, ty) = self.table();
                let more = self.pop(I32);
                let value = self.pop(ty);
                self.bulk_op(opcode::TABLE_GROW, [value, NONE, more], [table, 0], Some(I32));
            }
            16 => {
                let (table, _) = self.table();
                self.bulk_op(opcode::TABLE_SIZE, [NONE; 3], [table, 0], Some(I32));
            }
            17 => {
                let (table, ty) = self.table();
                self.three(opcode::TABLE_FILL, ty, [table, 0]);
            }
            _ => self.fail(Reason::BadOpcode),
        }
    }

    fn three(&mut self, op: u16, middle: ValType, numbers: [u16; 2]) {
        let c = self.pop(I32);
        let b = self.pop(middle);
        let a = self.pop(I32);
        self.bulk_op(op, [a, b, c], numbers, None);
    }

    fn bulk_op(&mut self, op: u16, [a, b, c]: [Word; 3], numbers: [u16; 2], result: Option<ValType>) {
        match result {
            Some(ty) => self.compute(op, a, b, ty),
            None => self.emit(op, NONE, a, b),
        }
        self.word(c);
        for number in numbers {
            self.raw(number);
        }
    }
}

fn halves(value: u32) -> [Word; 2] {
    [Word::raw(value as u16), Word::raw((value >> 16) as u16)]
}
