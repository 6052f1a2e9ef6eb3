//! Element types and how they become f32.

use std::fmt;

/// The type of one element in an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dtype {
    /// 32-bit float: taken as it is.
    F32,
    /// 64-bit float: rounded to the nearest f32.
    F64,
    /// IEEE half: exact.
    F16,
    /// bfloat16: exact.
    Bf16,
    /// Integers: exact, or refused.
    I8,
    /// See `I8`.
    U8,
    /// See `I8`.
    I16,
    /// See `I8`.
    U16,
    /// See `I8`.
    I32,
    /// See `I8`.
    U32,
    /// See `I8`.
    I64,
    /// See `I8`.
    U64,
}

/// Why an element has no f32.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Not a number, or infinite.
    NotFinite,
    /// Finite, but beyond the largest f32.
    OutOfRange,
    /// An integer that f32 would round.
    Inexact,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotFinite => "is not a finite number",
            Self::OutOfRange => "is beyond the range of f32",
            Self::Inexact => "is an integer that f32 cannot hold exactly",
        })
    }
}

impl Dtype {
    /// Every type with its name.
    pub const ALL: [(&'static str, Self); 12] = [
        ("f32", Self::F32),
        ("f64", Self::F64),
        ("f16", Self::F16),
        ("bf16", Self::Bf16),
        ("i8", Self::I8),
        ("u8", Self::U8),
        ("i16", Self::I16),
        ("u16", Self::U16),
        ("i32", Self::I32),
        ("u32", Self::U32),
        ("i64", Self::I64),
        ("u64", Self::U64),
    ];

    /// The type with this name, in any case.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, dtype)| *dtype)
    }

    /// Bytes of one element.
    #[must_use]
    pub const fn size(self) -> usize {
        match self {
            Self::I8 | Self::U8 => 1,
            Self::F16 | Self::Bf16 | Self::I16 | Self::U16 => 2,
            Self::F32 | Self::I32 | Self::U32 => 4,
            Self::F64 | Self::I64 | Self::U64 => 8,
        }
    }

    /// Appends the elements in `bytes` to `out`; the error is the index of the first that has no f32.
    pub(crate) fn decode(self, big: bool, bytes: &[u8], out: &mut Vec<f32>) -> Result<(), (usize, Fault)> {
        let start = out.len();
        out.reserve(bytes.len() / self.size());
        match self {
            Self::F32 => plain(bytes, big, out, f32::from_le_bytes),
            Self::F16 => plain(bytes, big, out, |b| f16_to_f32(u16::from_le_bytes(b))),
            Self::Bf16 => plain(bytes, big, out, |b| f32::from_bits(u32::from(u16::from_le_bytes(b)) << 16)),
            Self::I8 => plain(bytes, big, out, |b| f32::from(i8::from_le_bytes(b))),
            Self::U8 => plain(bytes, big, out, |b| f32::from(u8::from_le_bytes(b))),
            Self::I16 => plain(bytes, big, out, |b| f32::from(i16::from_le_bytes(b))),
            Self::U16 => plain(bytes, big, out, |b| f32::from(u16::from_le_bytes(b))),
            Self::F64 => return checked(bytes, big, out, |b| narrow(f64::from_le_bytes(b))),
            Self::I32 => return checked(bytes, big, out, |b| exact(i32::from_le_bytes(b).into())),
            Self::U32 => return checked(bytes, big, out, |b| exact(u32::from_le_bytes(b).into())),
            Self::I64 => return checked(bytes, big, out, |b| exact(i64::from_le_bytes(b).into())),
            Self::U64 => return checked(bytes, big, out, |b| exact(u64::from_le_bytes(b).into())),
        }
        match first_not_finite(out.get(start..).unwrap_or_default()) {
            Some(index) => Err((index, Fault::NotFinite)),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Dtype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::ALL.iter().find(|(_, d)| d == self).map_or("", |(name, _)| *name))
    }
}

/// The index of the first element that is infinite or not a number.
pub(crate) fn first_not_finite(elements: &[f32]) -> Option<usize> {
    // Almost always there is none. A sum of "exponent is all ones" has no branch and vectorises.
    let bad: u32 = elements.iter().map(|x| u32::from(!x.is_finite())).sum();
    if bad == 0 { None } else { elements.iter().position(|x| !x.is_finite()) }
}

/// The nearest f32.
pub(crate) fn narrow(x: f64) -> Result<f32, Fault> {
    let near = x as f32;
    if near.is_finite() {
        Ok(near)
    } else if x.is_finite() {
        Err(Fault::OutOfRange)
    } else {
        Err(Fault::NotFinite)
    }
}

fn exact(x: i128) -> Result<f32, Fault> {
    let near = x as f32;
    if near as i128 == x { Ok(near) } else { Err(Fault::Inexact) }
}

fn plain<const N: usize>(bytes: &[u8], big: bool, out: &mut Vec<f32>, read: impl Fn([u8; N]) -> f32) {
    let elements = bytes.as_chunks::<N>().0;
    if big {
        out.extend(elements.iter().map(|b| read(swapped(*b))));
    } else {
        out.extend(elements.iter().map(|b| read(*b)));
    }
}

fn checked<const N: usize>(
    bytes: &[u8],
    big: bool,
    out: &mut Vec<f32>,
    read: impl Fn([u8; N]) -> Result<f32, Fault>,
) -> Result<(), (usize, Fault)> {
    for (index, b) in bytes.as_chunks::<N>().0.iter().enumerate() {
        out.push(read(if big { swapped(*b) } else { *b }).map_err(|fault| (index, fault))?);
    }
    Ok(())
}

fn swapped<const N: usize>(mut bytes: [u8; N]) -> [u8; N] {
    bytes.reverse();
    bytes
}

/// IEEE 754 binary16 to binary32, exact for every value.
fn f16_to_f32(half: u16) -> f32 {
    let sign = u32::from(half & 0x8000) << 16;
    let exponent = u32::from(half >> 10) & 0x1f;
    let fraction = u32::from(half & 0x03ff);
    let magnitude = match exponent {
        // Subnormal: fraction * 2^-24, and both factors and the product are exact.
        0 => (fraction as f32 * f32::from_bits(0x3380_0000)).to_bits(),
        0x1f => 0x7f80_0000 | fraction << 13,
        e => (e + 112) << 23 | fraction << 13,
    };
    f32::from_bits(sign | magnitude)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_half_is_exact() {
        for half in 0..=u16::MAX {
            let (e, f) = (i32::from(half >> 10 & 0x1f), f64::from(half & 0x3ff));
            let sign = if half & 0x8000 == 0 { 1.0 } else { -1.0 };
            let got = f16_to_f32(half);
            match e {
                0x1f if f == 0.0 => assert_eq!(f64::from(got), sign * f64::INFINITY),
                0x1f => assert!(got.is_nan()),
                0 => assert_eq!(f64::from(got), sign * f * 2f64.powi(-24)),
                e => assert_eq!(f64::from(got), sign * (1.0 + f / 1024.0) * 2f64.powi(e - 15)),
            }
            assert_eq!(got.is_sign_negative(), sign < 0.0);
        }
    }

    fn one(dtype: Dtype, bytes: &[u8]) -> Result<f32, Fault> {
        let (mut little, mut big) = (Vec::new(), Vec::new());
        let reversed: Vec<u8> = bytes.iter().rev().copied().collect();
        let a = dtype.decode(false, bytes, &mut little);
        assert_eq!(a, dtype.decode(true, &reversed, &mut big));
        a.map(|()| little.first().copied().unwrap()).map_err(|(_, fault)| fault)
    }

    #[test]
    fn every_type_keeps_its_values() {
        assert_eq!(one(Dtype::F32, &0.1f32.to_le_bytes()), Ok(0.1));
        assert_eq!(one(Dtype::F64, &0.1f64.to_le_bytes()), Ok(0.1));
        assert_eq!(one(Dtype::Bf16, &[0x80, 0xbf]), Ok(-1.0));
        assert_eq!(one(Dtype::F16, &[0x00, 0x3c]), Ok(1.0));
        assert_eq!(one(Dtype::I8, &[0x80]), Ok(-128.0));
        assert_eq!(one(Dtype::U8, &[0xff]), Ok(255.0));
        assert_eq!(one(Dtype::I16, &i16::MIN.to_le_bytes()), Ok(-32768.0));
        assert_eq!(one(Dtype::U16, &u16::MAX.to_le_bytes()), Ok(65535.0));
        assert_eq!(one(Dtype::I32, &(-(1i32 << 24)).to_le_bytes()), Ok(-16_777_216.0));
        assert_eq!(one(Dtype::U32, &(1u32 << 31).to_le_bytes()), Ok(2_147_483_648.0));
        assert_eq!(one(Dtype::I64, &i64::MIN.to_le_bytes()), Ok(-9_223_372_036_854_775_808.0));
        assert_eq!(one(Dtype::U64, &(1u64 << 63).to_le_bytes()), Ok(9_223_372_036_854_775_808.0));
    }

    #[test]
    fn what_f32_cannot_hold_is_refused() {
        assert_eq!(one(Dtype::F32, &f32::NAN.to_le_bytes()), Err(Fault::NotFinite));
        assert_eq!(one(Dtype::F64, &f64::NEG_INFINITY.to_le_bytes()), Err(Fault::NotFinite));
        assert_eq!(one(Dtype::F64, &1e39f64.to_le_bytes()), Err(Fault::OutOfRange));
        assert_eq!(one(Dtype::F16, &[0x00, 0x7c]), Err(Fault::NotFinite));
        assert_eq!(one(Dtype::Bf16, &[0x80, 0x7f]), Err(Fault::NotFinite));
        assert_eq!(one(Dtype::I32, &((1i32 << 24) + 1).to_le_bytes()), Err(Fault::Inexact));
        assert_eq!(one(Dtype::U64, &u64::MAX.to_le_bytes()), Err(Fault::Inexact));
    }
}
