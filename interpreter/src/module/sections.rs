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
    let mut parser = Parser::default();
    match parser.sections(&mut Reader::new(bytes)) {
        None => Ok(parser.module),
        Some(error) => Err(error),
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
}

impl Parser {
    /// What is wrong with the module, if something is.
    fn sections(&mut self, reader: &mut Reader<'_>) -> Option<Error> {
        let start = reader.take(8);
        reader.check(start == b"\0asm\x01\0\0\0", Reason::NotWasm);
        let mut order = ORDER.iter();
        while reader.left() > 0 && !reader.failed() {
            let id = reader.u8();
            let len = reader.u32() as usize;
            let mut section = reader.part(len);
            if id == 0 {
                section.name();
            } else {
                section.check(order.any(|next| *next == id), Reason::BadSection);
                self.section(id, &mut section);
            }
            if let Some(reason) = section.failure() {
                return Some(Error { reason, offset: section.at() });
            }
        }
        let module = &mut self.module;
        let data = module.data.len();
        let counts = self.bodies == module.functions.len() - module.imported(Kind::Function)
            && self.data_count.is_none_or(|count| count as usize == data);
        reader.check(counts, Reason::CountMismatch);
        (module.words, module.constants) = core::mem::take(&mut self.translator).finish();
        reader.failure().map(|reason| Error { reason, offset: reader.at() })
    }

    fn section(&mut self, id: u8, s: &mut Reader<'_>) {
        let count = if id == 8 { 1 } else { s.u32() };
        s.check(!matches!(id, 1 | 7) || count <= limits::NAMED, Reason::TooManyItems);
        match id {
            12 => self.data_count = Some(count),
            // Each word of code comes from a byte or so: room for all of it at once.
            10 => self.translator.reserve(s.left()),
            _ => {}
        }
        if id != 12 {
            for _ in 0..count {
                if s.failed() {
                    return;
                }
                self.item(id, s);
            }
        }
        s.check(s.left() == 0, Reason::SectionSize);
    }

    fn item(&mut self, id: u8, s: &mut Reader<'_>) {
        let module = &mut self.module;
        match id {
            1 => {
                let form = s.u8();
                s.check(form == 0x60, Reason::BadType);
                let mut values = Vec::new();
                read_values(&mut values, s);
                let params = values.len();
                read_values(&mut values, s);
                module.types.push(FuncType::new(values, params));
            }
            2 => self.import(s),
            3 => self.function(s),
            4 => self.table(s),
            5 => self.memory(s),
            6 => {
                let ty = read_global(s);
                let initial = self.constant(s, ty.value);
                self.module.globals.push(ty);
                self.module.initial.push(initial);
            }
            7 => self.export(s),
            8 => {
                let start = s.u32();
                match module.type_of(start) {
                    Some(ty) => s.check(ty.params().is_empty() && ty.results().is_empty(), Reason::StartType),
                    None => s.fail(Reason::UnknownIndex),
                }
                module.start = Some(start);
            }
            9 => self.elements(s),
            10 => self.body(s),
            _ => self.data(s),
        }
    }

    #[cfg(not(feature = "linking"))]
    #[expect(clippy::unused_self, reason = "the same signature as with linking")]
    fn import(&mut self, s: &mut Reader<'_>) {
        s.fail(Reason::Imports);
    }

    #[cfg(feature = "linking")]
    fn import(&mut self, s: &mut Reader<'_>) {
        let module = String::from(s.name());
        let name = String::from(s.name());
        let kind = read_kind(s);
        match kind {
            Kind::Function => self.function(s),
            Kind::Table => self.table(s),
            Kind::Memory => self.memory(s),
            Kind::Global => {
                let ty = read_global(s);
                self.module.globals.push(ty);
            }
        }
        self.module.imports.push(super::Import { module, name, kind });
        if let Some(count) = self.module.imported.get_mut(kind as usize) {
            *count += 1;
        }
    }

    fn function(&mut self, s: &mut Reader<'_>) {
        let ty = s.u32();
        s.check((ty as usize) < self.module.types.len(), Reason::UnknownIndex);
        self.module.functions.push(ty);
        self.declared.push(false);
    }

    fn table(&mut self, s: &mut Reader<'_>) {
        let element = s.ref_type();
        let size = read_size(s, u32::MAX);
        self.module.tables.push(TableType { element, size });
    }

    fn memory(&mut self, s: &mut Reader<'_>) {
        let size = read_size(s, limits::PAGES);
        let other = self.module.memory.replace(size);
        s.check(other.is_none(), Reason::SeveralMemories);
    }

    fn export(&mut self, s: &mut Reader<'_>) {
        let name = s.name();
        let kind = read_kind(s);
        let index = s.u32();
        let module = &mut self.module;
        let there = match kind {
            Kind::Function => module.functions.len(),
            Kind::Table => module.tables.len(),
            Kind::Memory => usize::from(module.memory.is_some()),
            Kind::Global => module.globals.len(),
        };
        s.check((index as usize) < there, Reason::UnknownIndex);
        s.check(module.export(name).is_none(), Reason::DuplicateExport);
        module.exports.push(Export { name: String::from(name), kind, index });
        if kind == Kind::Function {
            self.declare(s, index);
        }
    }

    fn declare(&mut self, s: &mut Reader<'_>, function: u32) {
        match self.declared.get_mut(function as usize) {
            Some(declared) => *declared = true,
            None => s.fail(Reason::UnknownIndex),
        }
    }

    fn elements(&mut self, s: &mut Reader<'_>) {
        let flags = s.u32();
        s.check(flags <= 7, Reason::BadFlags);
        let expressions = flags & 4 != 0;
        let mut mode = if flags & 2 == 0 { Mode::Passive } else { Mode::Declared };
        if flags & 1 == 0 {
            let table = if flags & 2 == 0 { 0 } else { s.u32() };
            mode = Mode::Active { table, offset: self.constant(s, ValType::I32) };
        }
        let mut ty = ValType::FuncRef;
        if flags & 3 != 0 {
            if expressions {
                ty = s.ref_type();
            } else {
                let kind = s.u8();
                s.check(kind == 0, Reason::BadFlags);
            }
        }
        if let Mode::Active { table, .. } = mode {
            match self.module.tables.get(table as usize) {
                Some(table) => s.check(table.element == ty, Reason::TypeMismatch),
                None => s.fail(Reason::UnknownIndex),
            }
        }
        let mut items = Vec::new();
        for _ in 0..s.u32() {
            if s.failed() {
                return;
            }
            let item = if expressions {
                self.constant(s, ty)
            } else {
                let function = s.u32();
                self.declare(s, function);
                Constant::Function(function)
            };
            items.push(Item::new(item));
        }
        self.module.elements.push(Elements { mode, ty, items });
    }

    fn body(&mut self, s: &mut Reader<'_>) {
        let len = s.u32() as usize;
        let mut body = s.part(len);
        let function = self.module.imported(Kind::Function) + self.bodies;
        let Some(ty) = self.module.functions.get(function).copied() else {
            return s.fail(Reason::CountMismatch);
        };
        let code = self.translator.function(&self.module, &self.declared, self.data_count, ty, &mut body);
        if body.failed() {
            *s = body;
        }
        self.module.codes.push(code);
        self.bodies += 1;
    }

    fn data(&mut self, s: &mut Reader<'_>) {
        let flags = s.u32();
        s.check(flags <= 2, Reason::BadFlags);
        let mut mode = Mode::Passive;
        if flags != 1 {
            let memory = if flags == 2 { s.u32() } else { 0 };
            s.check(memory == 0 && self.module.memory.is_some(), Reason::UnknownIndex);
            mode = Mode::Active { table: 0, offset: self.constant(s, ValType::I32) };
        }
        let len = s.u32() as usize;
        let bytes = s.take(len);
        let module = &mut self.module;
        let from = module.data_bytes.len();
        module.data_bytes.extend_from_slice(bytes);
        module.data.push(Data { mode, bytes: from..module.data_bytes.len() });
    }

    /// A constant expression of a type (3.3.8): one instruction and an end.
    fn constant(&mut self, s: &mut Reader<'_>, want: ValType) -> Constant {
        let mut value = [0; 2];
        let mut constant = None;
        let mut ty = ValType::I32;
        match s.u8() {
            0x41 => value[0] = u64::from(s.i32()),
            0x42 => {
                value[0] = s.i64();
                ty = ValType::I64;
            }
            0x43 => {
                value[0] = s.bits(4);
                ty = ValType::F32;
            }
            0x44 => {
                value[0] = s.bits(8);
                ty = ValType::F64;
            }
            0xFD if cfg!(feature = "simd") => {
                let number = s.u32();
                s.check(number == 12, Reason::NotConstant);
                value = [s.bits(8), s.bits(8)];
                ty = ValType::V128;
            }
            0xD0 => ty = s.ref_type(),
            0xD2 => {
                let function = s.u32();
                self.declare(s, function);
                constant = Some(Constant::Function(function));
                ty = ValType::FuncRef;
            }
            0x23 => {
                let index = s.u32();
                let imported = self.module.imported(Kind::Global);
                match self.module.globals.get(index as usize) {
                    Some(global) => {
                        s.check((index as usize) < imported && !global.mutable, Reason::NotConstant);
                        ty = global.value;
                    }
                    None => s.fail(Reason::UnknownIndex),
                }
                constant = Some(Constant::Global(index));
            }
            0x0B => s.fail(Reason::TypeMismatch),
            _ => s.fail(Reason::NotConstant),
        }
        s.check(ty == want, Reason::TypeMismatch);
        let end = s.u8();
        s.check(end == 0x0B, Reason::NotConstant);
        constant.unwrap_or(Constant::Value(value))
    }
}

fn read_values(values: &mut Vec<ValType>, s: &mut Reader<'_>) {
    let count = s.u32() as usize;
    s.check(count <= limits::VALUES, Reason::TooManyValues);
    for _ in 0..count.min(limits::VALUES) {
        values.push(s.val_type());
    }
}

fn read_size(s: &mut Reader<'_>, most: u32) -> Size {
    let flags = s.u8();
    s.check(flags <= 1, Reason::BadFlags);
    let min = s.u32();
    let max = (flags == 1).then(|| s.u32());
    let top = max.unwrap_or(min);
    s.check(min <= top && top <= most, Reason::BadSize);
    Size { min, max }
}

fn read_global(s: &mut Reader<'_>) -> GlobalType {
    let value = s.val_type();
    let mutable = s.u8();
    s.check(mutable <= 1, Reason::BadFlags);
    GlobalType { value, mutable: mutable == 1 }
}

fn read_kind(s: &mut Reader<'_>) -> Kind {
    match s.u8() {
        0 => Kind::Function,
        1 => Kind::Table,
        2 => Kind::Memory,
        3 => Kind::Global,
        _ => {
            s.fail(Reason::BadFlags);
            Kind::Function
        }
    }
}
