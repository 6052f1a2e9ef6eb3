//! Floating-point operations whose details the specification fixes (4.3.3) and `core` does not offer.
//!
//! Where the specification leaves the bits of a NaN to the host, they are the canonical ones.

#[cfg(target_family = "wasm")]
use super::intrinsics as round;
#[cfg(not(target_family = "wasm"))]
use libm as round;

use crate::error::Trap;

/// A float's bits; those of the canonical NaN for any NaN.
pub(super) trait Float: Copy {
    type Bits;
    fn canonical(self) -> Self::Bits;
    fn ceil(self) -> Self;
    fn floor(self) -> Self;
    fn trunc(self) -> Self;
    fn nearest(self) -> Self;
    fn sqrt(self) -> Self;
    fn min(self, other: Self) -> Self;
    fn max(self, other: Self) -> Self;
}

macro_rules! float {
    ($float:ident, $bits:ident, $nan:literal, $ceil:ident, $floor:ident, $trunc:ident, $rint:ident, $sqrt:ident) => {
        impl Float for $float {
            type Bits = $bits;

            #[inline(always)]
            fn canonical(self) -> $bits {
                if self.is_nan() { $nan } else { self.to_bits() }
            }

            #[inline(always)]
            fn ceil(self) -> Self {
                round::$ceil(self)
            }

            #[inline(always)]
            fn floor(self) -> Self {
                round::$floor(self)
            }

            #[inline(always)]
            fn trunc(self) -> Self {
                round::$trunc(self)
            }

            /// To the nearest integer, ties to even.
            #[inline(always)]
            fn nearest(self) -> Self {
                round::$rint(self)
            }

            #[inline(always)]
            fn sqrt(self) -> Self {
                round::$sqrt(self)
            }

            /// The smaller one; -0 is smaller than 0, and NaN if one is.
            #[inline(always)]
            fn min(self, other: Self) -> Self {
                if self < other {
                    self
                } else if other < self {
                    other
                } else if self == other {
                    Self::from_bits(self.to_bits() | other.to_bits())
                } else {
                    Self::NAN
                }
            }

            /// The larger one; 0 is larger than -0, and NaN if one is.
            #[inline(always)]
            fn max(self, other: Self) -> Self {
                if self > other {
                    self
                } else if other > self {
                    other
                } else if self == other {
                    Self::from_bits(self.to_bits() & other.to_bits())
                } else {
                    Self::NAN
                }
            }
        }
    };
}

float!(f32, u32, 0x7FC0_0000, ceilf, floorf, truncf, rintf, sqrtf);
float!(f64, u64, 0x7FF8_0000_0000_0000, ceil, floor, trunc, rint, sqrt);

/// Truncation to an integer that traps where there is none: `$low` and `$high` are the nearest floats that
/// do not fit.
macro_rules! truncation {
    ($($name:ident: $float:ident to $int:ident, $low:literal, $high:literal;)*) => {$(
        #[inline(always)]
        pub(super) fn $name(value: $float) -> Result<$int, Trap> {
            if value > $low && value < $high {
                Ok(value as $int)
            } else if value.is_nan() {
                Err(Trap::BadConversion)
            } else {
                Err(Trap::IntegerOverflow)
            }
        }
    )*};
}

truncation! {
    i32_from_f32: f32 to i32, -2147483904.0, 2147483648.0;
    u32_from_f32: f32 to u32, -1.0, 4294967296.0;
    i32_from_f64: f64 to i32, -2147483649.0, 2147483648.0;
    u32_from_f64: f64 to u32, -1.0, 4294967296.0;
    i64_from_f32: f32 to i64, -9223373136366403584.0, 9223372036854775808.0;
    u64_from_f32: f32 to u64, -1.0, 18446744073709551616.0;
    i64_from_f64: f64 to i64, -9223372036854777856.0, 9223372036854775808.0;
    u64_from_f64: f64 to u64, -1.0, 18446744073709551616.0;
}
