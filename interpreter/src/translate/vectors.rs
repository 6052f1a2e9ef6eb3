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
    pub(super) fn vector(&mut self) {
        let number = self.reader.u32();
        let op = VECTOR.wrapping_add(number as u16);
        match shape(number) {
            Shape::Unary => self.unary(op, V128, V128),
            Shape::Test => self.unary(op, V128, I32),
            Shape::Splat(ty) => self.unary(op, ty, V128),
            Shape::Binary => self.binary(op, V128),
            Shape::Shift => self.binary(op, I32),
            Shape::Ternary => {
                let c = self.pop(V128);
                self.binary(op, V128);
                self.word(c);
            }
            Shape::Extract(ty, lanes) => {
                let lane = self.lane(lanes);
                self.unary(op, V128, ty);
                self.raw(lane);
            }
            Shape::Replace(ty, lanes) => {
                let lane = self.lane(lanes);
                self.binary(op, ty);
                self.raw(lane);
            }
            Shape::Constant => {
                let value = [self.reader.bits(8), self.reader.bits(8)];
                self.constant(V128, value);
            }
            Shape::Shuffle => {
                let lanes = self.reader.take(16);
                self.reader.check(lanes.iter().all(|lane| *lane < 32), Reason::BadLane);
                self.binary(op, V128);
                for pair in lanes.as_chunks().0 {
                    self.raw(u16::from_le_bytes(*pair));
                }
            }
            Shape::Load(log) => {
                let offset = self.memory_access(log);
                self.load(op, offset, V128);
            }
            Shape::Store => {
                let offset = self.memory_access(4);
                self.store(op, offset, V128);
            }
            Shape::LoadLane(log) => self.lane_access(op, log, true),
            Shape::StoreLane(log) => self.lane_access(op, log, false),
            Shape::Unknown => self.fail(Reason::BadOpcode),
        }
    }

    fn unary(&mut self, op: u16, from: ValType, to: ValType) {
        let a = self.pop(from);
        self.compute(op, a, NONE, to);
    }

    /// A vector and something more give a vector.
    fn binary(&mut self, op: u16, second: ValType) {
        let b = self.pop(second);
        let a = self.pop(V128);
        self.compute(op, a, b, V128);
    }

    fn lane(&mut self, lanes: u8) -> u16 {
        let lane = self.reader.u8();
        self.reader.check(lane < lanes, Reason::BadLane);
        lane.into()
    }

    fn lane_access(&mut self, op: u16, log: u8, load: bool) {
        let offset = self.memory_access(log);
        let lane = self.lane(16 >> log);
        let vector = self.pop(V128);
        let (address, offset) = self.address(offset);
        if load {
            self.compute(op, address, vector, V128);
        } else {
            self.emit(op, NONE, address, vector);
        }
        self.word(offset);
        self.raw(lane);
    }
}
