//! Vector instructions (specification, 5.4.8), by shape: what they take and give.

use super::Body;
use super::emit::NONE;
use crate::error::Reason;
use crate::opcode::VECTOR;
use crate::types::ValType::{self, F32, F64, I32, I64, V128};

#[derive(Clone, Copy)]
enum Shape {
    Unknown,
    /// Vector to vector.
    Unary,
    Binary,
    Ternary,
    /// Vector and a number of bits.
    Shift,
    /// Vector to i32.
    Test,
    Splat(ValType),
    Extract(ValType, u8),
    Replace(ValType, u8),
    Constant,
    Shuffle,
    /// Logarithm of the bytes in memory.
    Load(u8),
    Store,
    LoadLane(u8),
    StoreLane(u8),
}

/// What is unknown lies between the instructions of one lane shape, whose numbers are laid out alike.
const fn shape(op: u32) -> Shape {
    use Shape::{
        Binary, Constant, Extract, Load, LoadLane, Replace, Shift, Shuffle, Splat, Store, StoreLane, Ternary,
        Test, Unary, Unknown,
    };
    match op {
        0 => Load(4),
        1..=6 | 10 | 93 => Load(3),
        7 => Load(0),
        8 => Load(1),
        9 | 92 => Load(2),
        11 => Store,
        12 => Constant,
        13 => Shuffle,
        15..=17 => Splat(I32),
        18 => Splat(I64),
        19 => Splat(F32),
        20 => Splat(F64),
        21 | 22 => Extract(I32, 16),
        23 => Replace(I32, 16),
        24 | 25 => Extract(I32, 8),
        26 => Replace(I32, 8),
        27 => Extract(I32, 4),
        28 => Replace(I32, 4),
        29 => Extract(I64, 2),
        30 => Replace(I64, 2),
        31 => Extract(F32, 4),
        32 => Replace(F32, 4),
        33 => Extract(F64, 2),
        34 => Replace(F64, 2),
        82 => Ternary,
        84..=87 => LoadLane(op as u8 & 3),
        88..=91 => StoreLane(op as u8 & 3),
        83 | 99 | 100 | 131 | 132 | 163 | 164 | 195 | 196 => Test,
        107..=109 | 139..=141 | 171..=173 | 203..=205 => Shift,
        154
        | 162
        | 165
        | 166
        | 175
        | 176
        | 178..=180
        | 187
        | 194
        | 197
        | 198
        | 207
        | 208
        | 210..=212
        | 226
        | 238 => Unknown,
        77
        | 94..=98
        | 103..=106
        | 116
        | 117
        | 122
        | 124..=129
        | 135..=138
        | 148
        | 160
        | 161
        | 167..=170
        | 192
        | 193
        | 199..=202
        | 224
        | 225
        | 227
        | 236
        | 237
        | 239
        | 248..=255 => Unary,
        14 | 35..=255 => Binary,
        _ => Unknown,
    }
}

impl Body<'_, '_, '_> {
    pub(super) fn vector(&mut self) -> Result<(), Reason> {
        let number = self.reader.u32()?;
        let op = VECTOR.wrapping_add(number as u16);
        match shape(number) {
            Shape::Unary => self.unary(op, V128, V128),
            Shape::Test => self.unary(op, V128, I32),
            Shape::Splat(ty) => self.unary(op, ty, V128),
            Shape::Binary => self.binary(op, V128),
            Shape::Shift => self.binary(op, I32),
            Shape::Ternary => {
                let c = self.pop(V128)?;
                self.binary(op, V128)?;
                self.place(c.place);
                Ok(())
            }
            Shape::Extract(ty, lanes) => {
                let lane = self.lane(lanes)?;
                self.unary(op, V128, ty)?;
                self.raw(lane);
                Ok(())
            }
            Shape::Replace(ty, lanes) => {
                let lane = self.lane(lanes)?;
                self.binary(op, ty)?;
                self.raw(lane);
                Ok(())
            }
            Shape::Constant => {
                let value = [self.reader.bits(8)?, self.reader.bits(8)?];
                self.constant(V128, value);
                Ok(())
            }
            Shape::Shuffle => {
                let lanes = self.reader.take(16)?;
                if lanes.iter().any(|lane| *lane >= 32) {
                    return Err(Reason::BadLane);
                }
                self.binary(op, V128)?;
                for pair in lanes.chunks_exact(2) {
                    let [low, high] = pair else { break };
                    self.raw(u16::from(*low) | u16::from(*high) << 8);
                }
                Ok(())
            }
            Shape::Load(log) => {
                let offset = self.memory_access(log)?;
                self.load(op, offset, V128)
            }
            Shape::Store => {
                let offset = self.memory_access(4)?;
                self.store(op, offset, V128)
            }
            Shape::LoadLane(log) => {
                let offset = self.memory_access(log)?;
                let lane = self.lane(16 >> log)?;
                let vector = self.pop(V128)?;
                let (address, offset) = self.address(offset)?;
                self.compute(op, address, vector.word(), V128);
                self.lane_access(offset, lane);
                Ok(())
            }
            Shape::StoreLane(log) => {
                let offset = self.memory_access(log)?;
                let lane = self.lane(16 >> log)?;
                let vector = self.pop(V128)?;
                let (address, offset) = self.address(offset)?;
                self.emit(op, NONE, address, vector.word());
                self.lane_access(offset, lane);
                Ok(())
            }
            Shape::Unknown => Err(Reason::BadOpcode),
        }
    }

    fn unary(&mut self, op: u16, from: ValType, to: ValType) -> Result<(), Reason> {
        let a = self.pop(from)?;
        self.compute(op, a.word(), NONE, to);
        Ok(())
    }

    /// A vector and something more give a vector.
    fn binary(&mut self, op: u16, second: ValType) -> Result<(), Reason> {
        let b = self.pop(second)?;
        let a = self.pop(V128)?;
        self.compute(op, a.word(), b.word(), V128);
        Ok(())
    }

    fn lane(&mut self, lanes: u8) -> Result<u16, Reason> {
        let lane = self.reader.u8()?;
        if lane >= lanes { Err(Reason::BadLane) } else { Ok(u16::from(lane)) }
    }

    fn lane_access(&mut self, offset: super::emit::Word, lane: u16) {
        if let super::emit::Word::Raw(offset) = offset {
            self.raw(offset);
        }
        self.raw(lane);
    }
}
