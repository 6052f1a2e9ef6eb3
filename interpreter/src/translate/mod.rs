//! From WebAssembly to register code, validating on the way (specification, 3.3 and its appendix on validation).
//!
//! Operands of the stack machine become places in a frame. `local.get` and constants emit nothing: the
//! operand's place is the local's slot or the constant's. Before a local is written or control meets
//! from several sides, operands that name a local are copied to their own slots.

mod control;
mod emit;
mod operands;
mod plain;
mod signatures;
#[cfg(feature = "simd")]
mod vectors;

use alloc::vec::Vec;

use crate::error::Reason;
use crate::limits;
use crate::module::{Code, Module};
use crate::reader::Reader;
use crate::types::{ValType, cells};
use control::Block;
use operands::{Operand, slots};

/// Translates the functions of one module, one after the other; the buffers are kept between them.
#[derive(Default)]
pub(crate) struct Translator {
    words: Vec<u16>,
    constants: Vec<u64>,
    operands: Vec<Operand>,
    /// The operands popped last, first one first.
    popped: Vec<Operand>,
    blocks: Vec<Block>,
    locals: Vec<Local>,
    /// Words that name a constant of this function by number.
    constant_uses: Vec<u32>,
    /// Words that must become the size of this function's frame.
    frame_uses: Vec<u32>,
    /// The labels of a branch table.
    labels: Vec<u32>,
}

#[derive(Clone, Copy)]
struct Local {
    ty: ValType,
    slot: u16,
}

impl Translator {
    /// Makes room for the code of `bytes` bytes of functions.
    pub(crate) fn reserve(&mut self, bytes: usize) {
        self.words.reserve(bytes + bytes / 2);
    }

    /// The code and constants of all functions.
    pub(crate) fn finish(self) -> (Vec<u16>, Vec<u64>) {
        (self.words, self.constants)
    }

    /// Validates and translates one function body, of the type with index `ty`. `declared` says which functions
    /// may be referred to, `data_count` how many data segments there will be. `reader` holds the body and what is
    /// wrong with it; if something is, the code means nothing.
    pub(crate) fn function(
        &mut self,
        module: &Module,
        declared: &[bool],
        data_count: Option<u32>,
        ty: u32,
        reader: &mut Reader<'_>,
    ) -> Code {
        self.operands.clear();
        self.blocks.clear();
        self.locals.clear();
        self.constant_uses.clear();
        self.frame_uses.clear();
        let (params, returns) =
            module.types.get(ty as usize).map_or_else(Default::default, |ty| (ty.params(), ty.results()));
        let (words, constants) = (self.words.len(), self.constants.len());
        let mut body = Body {
            t: self,
            module,
            declared,
            data_count,
            reader,
            returns,
            constants,
            height: 0,
            highest: 0,
            fresh: None,
            single: None,
            dead: false,
        };
        body.locals(params);
        let locals = body.height;
        body.instructions();
        let constants_at = body.highest;
        let frame = u32::from(constants_at) + (self.constants.len() - constants) as u32;
        reader.check(frame <= limits::FRAME_SLOTS, Reason::FrameTooLarge);
        for &at in &self.constant_uses {
            if let Some(word) = self.words.get_mut(at as usize) {
                *word = (*word + constants_at) << 3;
            }
        }
        for &at in &self.frame_uses {
            if let Some(word) = self.words.get_mut(at as usize) {
                *word = (frame as u16) << 3;
            }
        }
        Code {
            words: words as u32,
            constants: constants as u32,
            constants_at: constants_at.into(),
            frame,
            params: cells(params) as u32,
            locals: locals.into(),
        }
    }
}

/// One function being translated.
struct Body<'m, 'r, 'b> {
    t: &'r mut Translator,
    module: &'m Module,
    declared: &'m [bool],
    data_count: Option<u32>,
    reader: &'r mut Reader<'b>,
    returns: &'m [ValType],
    /// First of its constants among those of the module.
    constants: usize,
    /// First free slot above locals and operands, now and at most.
    height: u16,
    highest: u16,
    /// The last instruction, while it is one whose destination or operation may still be changed.
    fresh: Option<usize>,
    /// The last instruction, while it may become the first of a pair.
    single: Option<usize>,
    /// What comes cannot be reached: it is validated, and no code is made.
    dead: bool,
}

impl Body<'_, '_, '_> {
    fn locals(&mut self, params: &[ValType]) {
        for param in params {
            self.local(*param);
        }
        let mut total = 0;
        for _ in 0..self.reader.u32() {
            let count = self.reader.u32();
            total += u64::from(count);
            self.reader.check(total <= limits::LOCALS, Reason::FrameTooLarge);
            let ty = self.reader.val_type();
            if self.reader.failed() {
                return;
            }
            for _ in 0..count {
                self.local(ty);
            }
        }
        self.highest = self.height;
    }

    fn local(&mut self, ty: ValType) {
        self.t.locals.push(Local { ty, slot: self.height });
        self.height += slots(Some(ty));
    }

    fn instructions(&mut self) {
        self.enter_body();
        while !self.t.blocks.is_empty() {
            if self.reader.failed() {
                return;
            }
            let opcode = self.reader.u8();
            match opcode {
                0x00..=0x11 => self.control(opcode),
                0xFC => self.bulk(),
                #[cfg(feature = "simd")]
                0xFD => self.vector(),
                #[cfg(not(feature = "simd"))]
                0xFD => self.fail(Reason::NoVectors),
                _ => self.plain(opcode),
            }
        }
        self.reader.check(self.reader.left() == 0, Reason::SectionSize);
    }
}
