//! Sections of the binary format (specification, 5.5), validated as they are read (3.4).
//!
//! Their order in the file lets every index be checked at once: what it names has been read before.

use alloc::string::String;
use alloc::vec::Vec;

use super::{Constant, Data, Elements, Export, Item, Mode, Module};
use crate::error::{Error, Reason};
use crate::limits;
use crate::reader::Reader;
use crate::translate::Translator;
use crate::types::{FuncType, GlobalType, Kind, Size, TableType, ValType};

/// The sections in the order in which they must come, by id; custom sections (0) may be anywhere.
const ORDER: [u8; 12] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 10, 11];

pub(super) fn read(bytes: &[u8]) -> Result<Module, Error> {
    let mut reader = Reader::new(bytes);
    let mut parser = Parser::default();
    match parser.sections(&mut reader) {
        Ok(()) => Ok(parser.module),
        Err(reason) => Err(Error { reason, offset: parser.at.unwrap_or(reader.at()) }),
    }
}

#[derive(Default)]
struct Parser {
    module: Module,
    /// Which functions something outside function bodies refers to: only those may be referred to inside.
    declared: Vec<bool>,
    /// Data segments that the data count section announces.
    data_count: Option<u32>,
    /// Functions whose bodies have been read.
    bodies: usize,
    translator: Translator,
    /// Where reading stopped inside a section.
    at: Option<usize>,
}

impl Parser {
    fn sections(&mut self, reader: &mut Reader<'_>) -> Result<(), Reason> {
        if reader.take(8)? != b"\0asm\x01\0\0\0" {
            return Err(Reason::NotWasm);
        }
        let mut order = ORDER.iter();
        while reader.left() > 0 {
            let id = reader.u8()?;
            let len = reader.u32()? as usize;
            let mut section = reader.part(len)?;
            if id == 0 {
                section.name()?;
                continue;
            }
            if !order.any(|next| *next == id) {
                return Err(Reason::BadSection);
            }
            if let Err(reason) = self.section(id, &mut section) {
                self.at.get_or_insert(section.at());
                return Err(reason);
            }
        }
        let module = &mut self.module;
        let data = module.data.len();
        if self.bodies != module.functions.len() - module.imported[Kind::Function as usize]
            || self.data_count.is_some_and(|count| count as usize != data)
        {
            return Err(Reason::CountMismatch);
        }
        (module.words, module.constants) = core::mem::take(&mut self.translator).finish();
        Ok(())
    }

    fn section(&mut self, id: u8, s: &mut Reader<'_>) -> Result<(), Reason> {
        let count = if id == 8 { 1 } else { s.u32()? };
        if matches!(id, 1 | 7) && count > limits::NAMED {
            return Err(Reason::TooManyItems);
        }
        match id {
            12 => self.data_count = Some(count),
            // Each word of code comes from a byte or so: room for all of it at once.
            10 => self.translator.reserve(s.left()),
            _ => {}
        }
        if id != 12 {
            for _ in 0..count {
                self.item(id, s)?;
            }
        }
        if s.left() > 0 { Err(Reason::SectionSize) } else { Ok(()) }
    }

    fn item(&mut self, id: u8, s: &mut Reader<'_>) -> Result<(), Reason> {
        let module = &mut self.module;
        match id {
            1 => {
                if s.u8()? != 0x60 {
                    return Err(Reason::BadType);
                }
                let mut values = Vec::new();
                read_values(&mut values, s)?;
                let params = values.len();
                read_values(&mut values, s)?;
                module.types.push(FuncType::new(values, params));
            }
            2 => self.import(s)?,
            3 => self.function(s)?,
            4 => self.table(s)?,
            5 => self.memory(s)?,
            6 => {
                let ty = read_global(s)?;
                let initial = self.constant(s, ty.value)?;
                self.module.globals.push(ty);
                self.module.initial.push(initial);
            }
            7 => self.export(s)?,
            8 => {
                let start = s.u32()?;
                let ty = module.type_of(start).ok_or(Reason::UnknownIndex)?;
                if !ty.params().is_empty() || !ty.results().is_empty() {
                    return Err(Reason::StartType);
                }
                module.start = Some(start);
            }
            9 => self.elements(s)?,
            10 => self.body(s)?,
            _ => self.data(s)?,
        }
        Ok(())
    }

    #[cfg(not(feature = "linking"))]
    #[expect(clippy::unused_self, reason = "the same signature as with linking")]
    fn import(&mut self, _: &mut Reader<'_>) -> Result<(), Reason> {
        Err(Reason::Imports)
    }

    #[cfg(feature = "linking")]
    fn import(&mut self, s: &mut Reader<'_>) -> Result<(), Reason> {
        let module = String::from(s.name()?);
        let name = String::from(s.name()?);
        let kind = read_kind(s)?;
        match kind {
            Kind::Function => self.function(s)?,
            Kind::Table => self.table(s)?,
            Kind::Memory => self.memory(s)?,
            Kind::Global => {
                let ty = read_global(s)?;
                self.module.globals.push(ty);
            }
        }
        self.module.imports.push(super::Import { module, name, kind });
        self.module.imported[kind as usize] += 1;
        Ok(())
    }

    fn function(&mut self, s: &mut Reader<'_>) -> Result<(), Reason> {
        let ty = s.u32()?;
        self.module.types.get(ty as usize).ok_or(Reason::UnknownIndex)?;
        self.module.functions.push(ty);
        self.declared.push(false);
        Ok(())
    }

    fn table(&mut self, s: &mut Reader<'_>) -> Result<(), Reason> {
        let element = s.ref_type()?;
        let size = read_size(s, u32::MAX)?;
        self.module.tables.push(TableType { element, size });
        Ok(())
    }

    fn memory(&mut self, s: &mut Reader<'_>) -> Result<(), Reason> {
        let size = read_size(s, limits::PAGES)?;
        match self.module.memory.replace(size) {
            None => Ok(()),
            Some(_) => Err(Reason::SeveralMemories),
        }
    }

    fn export(&mut self, s: &mut Reader<'_>) -> Result<(), Reason> {
        let name = s.name()?;
        let kind = read_kind(s)?;
        let index = s.u32()?;
        let module = &mut self.module;
        let there = match kind {
            Kind::Function => module.functions.len(),
            Kind::Table => module.tables.len(),
            Kind::Memory => usize::from(module.memory.is_some()),
            Kind::Global => module.globals.len(),
        };
        if index as usize >= there {
            return Err(Reason::UnknownIndex);
        }
        if kind == Kind::Function {
            self.declare(index)?;
        }
        let module = &mut self.module;
        if module.export(name).is_some() {
            return Err(Reason::DuplicateExport);
        }
        module.exports.push(Export { name: String::from(name), kind, index });
        Ok(())
    }

    fn declare(&mut self, function: u32) -> Result<(), Reason> {
        *self.declared.get_mut(function as usize).ok_or(Reason::UnknownIndex)? = true;
        Ok(())
    }

    fn elements(&mut self, s: &mut Reader<'_>) -> Result<(), Reason> {
        let flags = s.u32()?;
        if flags > 7 {
            return Err(Reason::BadFlags);
        }
        let expressions = flags & 4 != 0;
        let mut mode = if flags & 2 == 0 { Mode::Passive } else { Mode::Declared };
        if flags & 1 == 0 {
            let table = if flags & 2 == 0 { 0 } else { s.u32()? };
            mode = Mode::Active { table, offset: self.constant(s, ValType::I32)? };
        }
        let mut ty = ValType::FuncRef;
        if flags & 3 != 0 {
            if expressions {
                ty = s.ref_type()?;
            } else if s.u8()? != 0 {
                return Err(Reason::BadFlags);
            }
        }
        if let Mode::Active { table, .. } = mode {
            let table = self.module.tables.get(table as usize).ok_or(Reason::UnknownIndex)?;
            if table.element != ty {
                return Err(Reason::TypeMismatch);
            }
        }
        let mut items = Vec::new();
        for _ in 0..s.u32()? {
            let item = if expressions {
                self.constant(s, ty)?
            } else {
                let function = s.u32()?;
                self.declare(function)?;
                Constant::Function(function)
            };
            items.push(Item::new(item));
        }
        self.module.elements.push(Elements { mode, ty, items });
        Ok(())
    }

    fn body(&mut self, s: &mut Reader<'_>) -> Result<(), Reason> {
        let len = s.u32()? as usize;
        let mut body = s.part(len)?;
        let function = self.module.imported[Kind::Function as usize] + self.bodies;
        let ty = *self.module.functions.get(function).ok_or(Reason::CountMismatch)?;
        let translated =
            self.translator.function(&self.module, &self.declared, self.data_count, ty, &mut body);
        match translated {
            Ok(code) => self.module.codes.push(code),
            Err(reason) => {
                self.at = Some(body.at());
                return Err(reason);
            }
        }
        self.bodies += 1;
        Ok(())
    }

    fn data(&mut self, s: &mut Reader<'_>) -> Result<(), Reason> {
        let flags = s.u32()?;
        if flags > 2 {
            return Err(Reason::BadFlags);
        }
        let mut mode = Mode::Passive;
        if flags != 1 {
            if flags == 2 && s.u32()? != 0 || self.module.memory.is_none() {
                return Err(Reason::UnknownIndex);
            }
            mode = Mode::Active { table: 0, offset: self.constant(s, ValType::I32)? };
        }
        let len = s.u32()? as usize;
        let bytes = s.take(len)?;
        let module = &mut self.module;
        let from = module.data_bytes.len();
        module.data_bytes.extend_from_slice(bytes);
        module.data.push(Data { mode, bytes: from..from + len });
        Ok(())
    }

    /// A constant expression of a type (3.3.8): one instruction and an end.
    fn constant(&mut self, s: &mut Reader<'_>, want: ValType) -> Result<Constant, Reason> {
        let mut value = [0; 2];
        let mut constant = None;
        let ty = match s.u8()? {
            0x41 => {
                value[0] = u64::from(s.i32()?);
                ValType::I32
            }
            0x42 => {
                value[0] = s.i64()?;
                ValType::I64
            }
            0x43 => {
                value[0] = s.bits(4)?;
                ValType::F32
            }
            0x44 => {
                value[0] = s.bits(8)?;
                ValType::F64
            }
            0xFD if cfg!(feature = "simd") => {
                if s.u32()? != 12 {
                    return Err(Reason::NotConstant);
                }
                value = [s.bits(8)?, s.bits(8)?];
                ValType::V128
            }
            0xD0 => s.ref_type()?,
            0xD2 => {
                let function = s.u32()?;
                self.declare(function)?;
                constant = Some(Constant::Function(function));
                ValType::FuncRef
            }
            0x23 => {
                let index = s.u32()?;
                let imported = self.module.imported[Kind::Global as usize];
                let ty = *self.module.globals.get(index as usize).ok_or(Reason::UnknownIndex)?;
                if index as usize >= imported || ty.mutable {
                    return Err(Reason::NotConstant);
                }
                constant = Some(Constant::Global(index));
                ty.value
            }
            0x0B => return Err(Reason::TypeMismatch),
            _ => return Err(Reason::NotConstant),
        };
        if ty != want {
            return Err(Reason::TypeMismatch);
        }
        if s.u8()? != 0x0B {
            return Err(Reason::NotConstant);
        }
        Ok(constant.unwrap_or(Constant::Value(value)))
    }
}

fn read_values(values: &mut Vec<ValType>, s: &mut Reader<'_>) -> Result<(), Reason> {
    let count = s.u32()? as usize;
    if count > limits::VALUES {
        return Err(Reason::TooManyValues);
    }
    for _ in 0..count {
        values.push(s.val_type()?);
    }
    Ok(())
}

fn read_size(s: &mut Reader<'_>, most: u32) -> Result<Size, Reason> {
    let flags = s.u8()?;
    if flags > 1 {
        return Err(Reason::BadFlags);
    }
    let min = s.u32()?;
    let max = if flags == 1 { Some(s.u32()?) } else { None };
    let top = max.unwrap_or(min);
    if min > top || top > most { Err(Reason::BadSize) } else { Ok(Size { min, max }) }
}

fn read_global(s: &mut Reader<'_>) -> Result<GlobalType, Reason> {
    let value = s.val_type()?;
    let mutable = s.u8()?;
    if mutable > 1 {
        return Err(Reason::BadFlags);
    }
    Ok(GlobalType { value, mutable: mutable == 1 })
}

fn read_kind(s: &mut Reader<'_>) -> Result<Kind, Reason> {
    Ok(match s.u8()? {
        0 => Kind::Function,
        1 => Kind::Table,
        2 => Kind::Memory,
        3 => Kind::Global,
        _ => return Err(Reason::BadFlags),
    })
}
