//! Instructions without control: variables, tables, memory, numbers.

use super::Body;
use super::emit::{NONE, Word};
use super::operands::Operand;
use super::signatures;
use crate::error::Reason;
use crate::opcode;
use crate::types::ValType::{self, F32, F64, FuncRef, I32, I64};

impl Body<'_, '_, '_> {
    pub(super) fn plain(&mut self, opcode: u8) -> Result<(), Reason> {
        match opcode {
            0x1A => {
                self.pop_any()?;
            }
            0x1B | 0x1C => self.select(opcode == 0x1C)?,
            0x20..=0x22 => self.local_access(opcode)?,
            0x23 | 0x24 => self.global_access(opcode == 0x24)?,
            0x25 => {
                let (table, ty) = self.table()?;
                let index = self.pop(I32)?;
                self.bulk_op(opcode::TABLE_GET, [index.word(), NONE, NONE], [table, 0], Some(ty));
            }
            0x26 => {
                let (table, ty) = self.table()?;
                let value = self.pop(ty)?;
                let index = self.pop(I32)?;
                self.bulk_op(opcode::TABLE_SET, [index.word(), value.word(), NONE], [table, 0], None);
            }
            0x28..=0x35 => {
                let (ty, log) = signatures::access(opcode);
                let offset = self.memory_access(log)?;
                self.load(u16::from(opcode), offset, ty)?;
            }
            0x36..=0x3E => {
                let (ty, log) = signatures::access(opcode);
                let offset = self.memory_access(log)?;
                self.store(u16::from(opcode), offset, ty)?;
            }
            0x3F | 0x40 => {
                if self.reader.u8()? != 0 {
                    return Err(Reason::BadFlags);
                }
                self.memory()?;
                let more = if opcode == 0x40 { self.pop(I32)?.word() } else { NONE };
                self.compute(u16::from(opcode), more, NONE, I32);
            }
            0x41 => {
                let value = self.reader.i32()?;
                self.constant(I32, [u64::from(value), 0]);
            }
            0x42 => {
                let value = self.reader.i64()?;
                self.constant(I64, [value, 0]);
            }
            0x43 => {
                let value = self.reader.bits(4)?;
                self.constant(F32, [value, 0]);
            }
            0x44 => {
                let value = self.reader.bits(8)?;
                self.constant(F64, [value, 0]);
            }
            0x45..=0xC4 => self.numeric(u16::from(opcode))?,
            0xD0 => {
                let ty = self.reader.ref_type()?;
                self.constant(ty, [0; 2]);
            }
            0xD1 => {
                let reference = self.pop_any()?;
                if reference.ty.is_some_and(|ty| !ty.is_reference()) {
                    return Err(Reason::TypeMismatch);
                }
                self.compute(opcode::I64_EQZ, reference.word(), NONE, I32);
            }
            0xD2 => {
                let function = self.reader.u32()?;
                match self.declared.get(function as usize) {
                    Some(true) => {}
                    Some(false) => return Err(Reason::UndeclaredReference),
                    None => return Err(Reason::UnknownIndex),
                }
                let [low, high] = halves(function);
                self.compute(opcode::REF_FUNC, low, high, FuncRef);
            }
            _ => return Err(Reason::BadOpcode),
        }
        Ok(())
    }

    fn select(&mut self, typed: bool) -> Result<(), Reason> {
        let mut ty = None;
        if typed {
            if self.reader.u32()? != 1 {
                return Err(Reason::TypeMismatch);
            }
            ty = Some(self.reader.val_type()?);
        }
        let condition = self.pop(I32)?;
        let second = self.pop_any()?;
        let first = self.pop_any()?;
        let found = ty.or(first.ty).or(second.ty);
        let fits = |operand: Operand| operand.ty.is_none() || operand.ty == found;
        if !fits(first) || !fits(second) || !typed && found.is_some_and(ValType::is_reference) {
            return Err(Reason::TypeMismatch);
        }
        match found {
            Some(ty) => {
                let op = if ty == ValType::V128 { opcode::SELECT_V128 } else { opcode::SELECT };
                self.compute(op, first.word(), second.word(), ty);
                self.place(condition.place);
            }
            None => self.push_at(None, 0),
        }
        Ok(())
    }

    fn local_access(&mut self, opcode: u8) -> Result<(), Reason> {
        let index = self.reader.u32()? as usize;
        let local = *self.t.locals.get(index).ok_or(Reason::UnknownIndex)?;
        let slot = local.slot.cast_signed();
        if opcode != 0x20 {
            let value = self.pop(local.ty)?;
            let maker = self.maker_of(value);
            // Operands that are still in the local go to their own slots before it is written.
            self.settle(|_, operand| operand.place == slot);
            // If nothing had to be copied, the value can be made in the local at once.
            match maker.filter(|_| self.fresh.is_some()).and_then(|at| self.t.words.get_mut(at + 1)) {
                Some(destination) => *destination = (slot * 8) as u16,
                None if value.place != slot => self.copy(Operand { ty: Some(local.ty), ..value }, local.slot),
                None => {}
            }
            self.fresh = None;
        }
        if opcode != 0x21 {
            self.push_at(Some(local.ty), slot);
        }
        Ok(())
    }

    fn global_access(&mut self, set: bool) -> Result<(), Reason> {
        let index = self.reader.u32()?;
        let ty = *self.module.globals.get(index as usize).ok_or(Reason::UnknownIndex)?;
        let wide = u16::from(ty.value == ValType::V128);
        let [low, high] = halves(index);
        if set {
            if !ty.mutable {
                return Err(Reason::ImmutableGlobal);
            }
            let value = self.pop(ty.value)?;
            self.emit(opcode::GLOBAL_SET + wide, high, value.word(), low);
        } else {
            self.compute(opcode::GLOBAL_GET + wide, low, high, ty.value);
        }
        Ok(())
    }

    /// Reads a table index.
    pub(super) fn table(&mut self) -> Result<(u16, ValType), Reason> {
        let index = self.reader.u32()?;
        let ty = self.module.tables.get(index as usize).ok_or(Reason::UnknownIndex)?.element;
        Ok((number(index)?, ty))
    }

    pub(super) fn memory(&self) -> Result<(), Reason> {
        if self.module.memory.is_some() { Ok(()) } else { Err(Reason::UnknownIndex) }
    }

    /// Reads alignment and offset of an access of 2^`log` bytes.
    pub(super) fn memory_access(&mut self, log: u8) -> Result<u32, Reason> {
        let align = self.reader.u32()?;
        let offset = self.reader.u32()?;
        self.memory()?;
        if align > u32::from(log) { Err(Reason::BadAlignment) } else { Ok(offset) }
    }

    /// Pops an address; what of `offset` does not fit one word is added to it.
    pub(super) fn address(&mut self, offset: u32) -> Result<(Word, Word), Reason> {
        let base = self.pop(I32)?;
        if let Ok(offset) = u16::try_from(offset) {
            return Ok((base.word(), Word::Raw(offset)));
        }
        let slot = Word::Place(base.slot.cast_signed());
        self.emit(opcode::ADDRESS, slot, base.word(), NONE);
        self.raw_u32(offset);
        Ok((slot, NONE))
    }

    pub(super) fn load(&mut self, op: u16, offset: u32, ty: ValType) -> Result<(), Reason> {
        let (address, offset) = self.address(offset)?;
        self.compute(op, address, offset, ty);
        Ok(())
    }

    pub(super) fn store(&mut self, op: u16, offset: u32, ty: ValType) -> Result<(), Reason> {
        let value = self.pop(ty)?;
        let (address, offset) = self.address(offset)?;
        self.emit(op, offset, address, value.word());
        Ok(())
    }

    fn numeric(&mut self, op: u16) -> Result<(), Reason> {
        let (from, to, two) = signatures::numeric(op).ok_or(Reason::BadOpcode)?;
        let second = if two { self.pop(from)?.word() } else { NONE };
        let first = self.pop(from)?;
        self.compute(op, first.word(), second, to);
        Ok(())
    }

    /// The instructions behind 0xFC: saturating conversions, bulk memory and tables.
    pub(super) fn bulk(&mut self) -> Result<(), Reason> {
        let opcode = self.reader.u32()?;
        match opcode {
            0..=7 => self.numeric(opcode::SATURATING + opcode as u16)?,
            8 | 9 => {
                let segment = self.reader.u32()?;
                let count = self.data_count.ok_or(Reason::CountMismatch)?;
                if segment >= count {
                    return Err(Reason::UnknownIndex);
                }
                let segment = number(segment)?;
                if opcode == 8 {
                    self.memory_byte()?;
                    self.three(opcode::MEMORY_INIT, I32, [segment, 0])?;
                } else {
                    self.bulk_op(opcode::DATA_DROP, [NONE; 3], [segment, 0], None);
                }
            }
            10 => {
                self.memory_byte()?;
                self.memory_byte()?;
                self.three(opcode::MEMORY_COPY, I32, [0; 2])?;
            }
            11 => {
                self.memory_byte()?;
                self.three(opcode::MEMORY_FILL, I32, [0; 2])?;
            }
            12 | 13 => {
                let segment = self.reader.u32()?;
                let ty = self.module.elements.get(segment as usize).ok_or(Reason::UnknownIndex)?.ty;
                let segment = number(segment)?;
                if opcode == 12 {
                    let (table, element) = self.table()?;
                    same(ty, element)?;
                    self.three(opcode::TABLE_INIT, I32, [segment, table])?;
                } else {
                    self.bulk_op(opcode::ELEMENTS_DROP, [NONE; 3], [segment, 0], None);
                }
            }
            14 => {
                let (to, ty) = self.table()?;
                let (from, element) = self.table()?;
                same(ty, element)?;
                self.three(opcode::TABLE_COPY, I32, [to, from])?;
            }
            15 => {
                let (table, ty) = self.table()?;
                let more = self.pop(I32)?;
                let value = self.pop(ty)?;
                self.bulk_op(opcode::TABLE_GROW, [value.word(), NONE, more.word()], [table, 0], Some(I32));
            }
            16 => {
                let (table, _) = self.table()?;
                self.bulk_op(opcode::TABLE_SIZE, [NONE; 3], [table, 0], Some(I32));
            }
            17 => {
                let (table, ty) = self.table()?;
                self.three(opcode::TABLE_FILL, ty, [table, 0])?;
            }
            _ => return Err(Reason::BadOpcode),
        }
        Ok(())
    }

    /// Reads the index of a memory, of which there is one.
    fn memory_byte(&mut self) -> Result<(), Reason> {
        if self.reader.u8()? != 0 {
            return Err(Reason::BadFlags);
        }
        self.memory()
    }

    fn three(&mut self, op: u16, middle: ValType, numbers: [u16; 2]) -> Result<(), Reason> {
        let c = self.pop(I32)?;
        let b = self.pop(middle)?;
        let a = self.pop(I32)?;
        self.bulk_op(op, [a.word(), b.word(), c.word()], numbers, None);
        Ok(())
    }

    fn bulk_op(&mut self, op: u16, [a, b, c]: [Word; 3], numbers: [u16; 2], result: Option<ValType>) {
        match result {
            Some(ty) => self.compute(op, a, b, ty),
            None => self.emit(op, NONE, a, b),
        }
        match c {
            Word::Place(place) => self.place(place),
            Word::Raw(raw) => self.raw(raw),
        }
        for number in numbers {
            self.raw(number);
        }
    }
}

fn same(a: ValType, b: ValType) -> Result<(), Reason> {
    if a == b { Ok(()) } else { Err(Reason::TypeMismatch) }
}

/// A table's or segment's index as one word.
fn number(index: u32) -> Result<u16, Reason> {
    u16::try_from(index).map_err(|_| Reason::TooManyItems)
}

fn halves(value: u32) -> [Word; 2] {
    [Word::Raw(value as u16), Word::Raw((value >> 16) as u16)]
}
