//! Vector operations without vector instructions, lane by lane (specification, 4.3.4 and 4.3.5). Names and
//! meanings are those of `core::arch::wasm32`.

#![allow(clippy::indexing_slicing, reason = "arrays of fixed length, and loops over exactly their lanes")]

use core::array::from_fn;
use core::mem::transmute;

use crate::machine::float::Float;

/// Sixteen bytes, lane 0 first, each lane little-endian.
#[derive(Clone, Copy)]
#[expect(non_camel_case_types, reason = "the name of the wasm target's type")]
pub(crate) struct v128([u8; 16]);

macro_rules! lanes {
    ($($get:ident $make:ident: [$ty:ty; $n:literal];)*) => {$(
        #[inline(always)]
        fn $get(v: v128) -> [$ty; $n] {
            // SAFETY: both are 16 bytes, and all bits are numbers.
            unsafe { transmute::<[u8; 16], [$ty; $n]>(v.0) }
        }

        #[inline(always)]
        fn $make(lanes: [$ty; $n]) -> v128 {
            // SAFETY: as above.
            v128(unsafe { transmute::<[$ty; $n], [u8; 16]>(lanes) })
        }
    )*};
}

lanes! {
    get_i8 make_i8: [i8; 16];
    get_i16 make_i16: [i16; 8];
    get_u16 make_u16: [u16; 8];
    get_i32 make_i32: [i32; 4];
    get_u32 make_u32: [u32; 4];
    get_i64 make_i64: [i64; 2];
    get_u64 make_u64: [u64; 2];
    get_f32 make_f32: [f32; 4];
    get_f64 make_f64: [f64; 2];
}

#[inline(always)]
fn get_u8(v: v128) -> [u8; 16] {
    v.0
}

#[inline(always)]
fn make_u8(lanes: [u8; 16]) -> v128 {
    v128(lanes)
}

macro_rules! splat {
    ($($name:ident $make:ident $ty:ty;)*) => {$(
        #[inline(always)]
        pub(crate) fn $name(lane: $ty) -> v128 {
            $make([lane; 16 / size_of::<$ty>()])
        }
    )*};
}

splat! {
    i8x16_splat make_i8 i8;
    u8x16_splat make_u8 u8;
    u16x8_splat make_u16 u16;
    u32x4_splat make_u32 u32;
    u64x2_splat make_u64 u64;
    f32x4_splat make_f32 f32;
    f64x2_splat make_f64 f64;
}

#[inline(always)]
pub(crate) fn u64x2(low: u64, high: u64) -> v128 {
    make_u64([low, high])
}

/// Lane by lane: `name = get => make |lane| result`.
macro_rules! unary {
    ($($name:ident = $get:ident => $make:ident |$x:ident| $result:expr;)*) => {$(
        #[inline(always)]
        pub(crate) fn $name(a: v128) -> v128 {
            $make($get(a).map(|$x| $result))
        }
    )*};
}

unary! {
    v128_not = get_u64 => make_u64 |x| !x;
    i8x16_abs = get_i8 => make_i8 |x| x.wrapping_abs();
    i16x8_abs = get_i16 => make_i16 |x| x.wrapping_abs();
    i32x4_abs = get_i32 => make_i32 |x| x.wrapping_abs();
    i64x2_abs = get_i64 => make_i64 |x| x.wrapping_abs();
    i8x16_neg = get_i8 => make_i8 |x| x.wrapping_neg();
    i16x8_neg = get_i16 => make_i16 |x| x.wrapping_neg();
    i32x4_neg = get_i32 => make_i32 |x| x.wrapping_neg();
    i64x2_neg = get_i64 => make_i64 |x| x.wrapping_neg();
    i8x16_popcnt = get_u8 => make_u8 |x| x.count_ones() as u8;
    f32x4_abs = get_u32 => make_u32 |x| x & 0x7FFF_FFFF;
    f64x2_abs = get_u64 => make_u64 |x| x & (u64::MAX >> 1);
    f32x4_neg = get_u32 => make_u32 |x| x ^ 0x8000_0000;
    f64x2_neg = get_u64 => make_u64 |x| x ^ (1 << 63);
    f32x4_ceil = get_f32 => make_f32 |x| Float::ceil(x);
    f64x2_ceil = get_f64 => make_f64 |x| Float::ceil(x);
    f32x4_floor = get_f32 => make_f32 |x| Float::floor(x);
    f64x2_floor = get_f64 => make_f64 |x| Float::floor(x);
    f32x4_trunc = get_f32 => make_f32 |x| Float::trunc(x);
    f64x2_trunc = get_f64 => make_f64 |x| Float::trunc(x);
    f32x4_nearest = get_f32 => make_f32 |x| Float::nearest(x);
    f64x2_nearest = get_f64 => make_f64 |x| Float::nearest(x);
    f32x4_sqrt = get_f32 => make_f32 |x| Float::sqrt(x);
    f64x2_sqrt = get_f64 => make_f64 |x| Float::sqrt(x);
    f32x4_convert_i32x4 = get_i32 => make_f32 |x| x as f32;
    f32x4_convert_u32x4 = get_u32 => make_f32 |x| x as f32;
    i32x4_trunc_sat_f32x4 = get_f32 => make_i32 |x| x as i32;
    u32x4_trunc_sat_f32x4 = get_f32 => make_u32 |x| x as u32;
}

macro_rules! binary {
    ($($name:ident = $get:ident => $make:ident |$x:ident, $y:ident| $result:expr;)*) => {$(
        #[inline(always)]
        pub(crate) fn $name(a: v128, b: v128) -> v128 {
            let (a, b) = ($get(a), $get(b));
            $make(from_fn(|n| {
                let ($x, $y) = (a[n], b[n]);
                $result
            }))
        }
    )*};
}

binary! {
    v128_and = get_u64 => make_u64 |x, y| x & y;
    v128_andnot = get_u64 => make_u64 |x, y| x & !y;
    v128_or = get_u64 => make_u64 |x, y| x | y;
    v128_xor = get_u64 => make_u64 |x, y| x ^ y;
    i8x16_add = get_i8 => make_i8 |x, y| x.wrapping_add(y);
    i16x8_add = get_i16 => make_i16 |x, y| x.wrapping_add(y);
    i32x4_add = get_i32 => make_i32 |x, y| x.wrapping_add(y);
    i64x2_add = get_i64 => make_i64 |x, y| x.wrapping_add(y);
    i8x16_sub = get_i8 => make_i8 |x, y| x.wrapping_sub(y);
    i16x8_sub = get_i16 => make_i16 |x, y| x.wrapping_sub(y);
    i32x4_sub = get_i32 => make_i32 |x, y| x.wrapping_sub(y);
    i64x2_sub = get_i64 => make_i64 |x, y| x.wrapping_sub(y);
    i16x8_mul = get_i16 => make_i16 |x, y| x.wrapping_mul(y);
    i32x4_mul = get_i32 => make_i32 |x, y| x.wrapping_mul(y);
    i64x2_mul = get_i64 => make_i64 |x, y| x.wrapping_mul(y);
    i8x16_add_sat = get_i8 => make_i8 |x, y| x.saturating_add(y);
    u8x16_add_sat = get_u8 => make_u8 |x, y| x.saturating_add(y);
    i16x8_add_sat = get_i16 => make_i16 |x, y| x.saturating_add(y);
    u16x8_add_sat = get_u16 => make_u16 |x, y| x.saturating_add(y);
    i8x16_sub_sat = get_i8 => make_i8 |x, y| x.saturating_sub(y);
    u8x16_sub_sat = get_u8 => make_u8 |x, y| x.saturating_sub(y);
    i16x8_sub_sat = get_i16 => make_i16 |x, y| x.saturating_sub(y);
    u16x8_sub_sat = get_u16 => make_u16 |x, y| x.saturating_sub(y);
    i8x16_min = get_i8 => make_i8 |x, y| x.min(y);
    u8x16_min = get_u8 => make_u8 |x, y| x.min(y);
    i16x8_min = get_i16 => make_i16 |x, y| x.min(y);
    u16x8_min = get_u16 => make_u16 |x, y| x.min(y);
    i32x4_min = get_i32 => make_i32 |x, y| x.min(y);
    u32x4_min = get_u32 => make_u32 |x, y| x.min(y);
    i8x16_max = get_i8 => make_i8 |x, y| x.max(y);
    u8x16_max = get_u8 => make_u8 |x, y| x.max(y);
    i16x8_max = get_i16 => make_i16 |x, y| x.max(y);
    u16x8_max = get_u16 => make_u16 |x, y| x.max(y);
    i32x4_max = get_i32 => make_i32 |x, y| x.max(y);
    u32x4_max = get_u32 => make_u32 |x, y| x.max(y);
    u8x16_avgr = get_u8 => make_u8 |x, y| (u16::from(x) + u16::from(y)).div_ceil(2) as u8;
    u16x8_avgr = get_u16 => make_u16 |x, y| (u32::from(x) + u32::from(y)).div_ceil(2) as u16;
    // Only -1 times -1 is too large.
    i16x8_q15mulr_sat = get_i16 => make_i16
        |x, y| ((i32::from(x) * i32::from(y) + 0x4000) >> 15).min(i32::from(i16::MAX)) as i16;
    f32x4_add = get_f32 => make_f32 |x, y| x + y;
    f64x2_add = get_f64 => make_f64 |x, y| x + y;
    f32x4_sub = get_f32 => make_f32 |x, y| x - y;
    f64x2_sub = get_f64 => make_f64 |x, y| x - y;
    f32x4_mul = get_f32 => make_f32 |x, y| x * y;
    f64x2_mul = get_f64 => make_f64 |x, y| x * y;
    f32x4_div = get_f32 => make_f32 |x, y| x / y;
    f64x2_div = get_f64 => make_f64 |x, y| x / y;
    f32x4_min = get_f32 => make_f32 |x, y| Float::min(x, y);
    f64x2_min = get_f64 => make_f64 |x, y| Float::min(x, y);
    f32x4_max = get_f32 => make_f32 |x, y| Float::max(x, y);
    f64x2_max = get_f64 => make_f64 |x, y| Float::max(x, y);
    f32x4_pmin = get_f32 => make_f32 |x, y| if y < x { y } else { x };
    f64x2_pmin = get_f64 => make_f64 |x, y| if y < x { y } else { x };
    f32x4_pmax = get_f32 => make_f32 |x, y| if x < y { y } else { x };
    f64x2_pmax = get_f64 => make_f64 |x, y| if x < y { y } else { x };
}

/// Comparisons: all bits of a lane, or none.
macro_rules! compare {
    ($($get:ident => $make:ident $mask:ty: $($name:ident $operator:tt)*;)*) => {$($(
        #[inline(always)]
        pub(crate) fn $name(a: v128, b: v128) -> v128 {
            let (a, b) = ($get(a), $get(b));
            $make(from_fn(|n| {
                if a[n] $operator b[n] { <$mask>::MAX } else { 0 }
            }))
        }
    )*)*};
}

compare! {
    get_i8 => make_u8 u8: i8x16_eq == i8x16_ne != i8x16_lt < i8x16_gt > i8x16_le <= i8x16_ge >=;
    get_u8 => make_u8 u8: u8x16_lt < u8x16_gt > u8x16_le <= u8x16_ge >=;
    get_i16 => make_u16 u16: i16x8_eq == i16x8_ne != i16x8_lt < i16x8_gt > i16x8_le <= i16x8_ge >=;
    get_u16 => make_u16 u16: u16x8_lt < u16x8_gt > u16x8_le <= u16x8_ge >=;
    get_i32 => make_u32 u32: i32x4_eq == i32x4_ne != i32x4_lt < i32x4_gt > i32x4_le <= i32x4_ge >=;
    get_u32 => make_u32 u32: u32x4_lt < u32x4_gt > u32x4_le <= u32x4_ge >=;
    get_i64 => make_u64 u64: i64x2_eq == i64x2_ne != i64x2_lt < i64x2_gt > i64x2_le <= i64x2_ge >=;
    get_f32 => make_u32 u32: f32x4_eq == f32x4_ne != f32x4_lt < f32x4_gt > f32x4_le <= f32x4_ge >=;
    get_f64 => make_u64 u64: f64x2_eq == f64x2_ne != f64x2_lt < f64x2_gt > f64x2_le <= f64x2_ge >=;
}

/// The number of bits counts modulo the lane's width.
macro_rules! shift {
    ($($name:ident $get:ident $make:ident $f:ident;)*) => {$(
        #[inline(always)]
        pub(crate) fn $name(a: v128, bits: u32) -> v128 {
            $make($get(a).map(|x| x.$f(bits)))
        }
    )*};
}

shift! {
    i8x16_shl get_i8 make_i8 wrapping_shl;
    i16x8_shl get_i16 make_i16 wrapping_shl;
    i32x4_shl get_i32 make_i32 wrapping_shl;
    i64x2_shl get_i64 make_i64 wrapping_shl;
    i8x16_shr get_i8 make_i8 wrapping_shr;
    u8x16_shr get_u8 make_u8 wrapping_shr;
    i16x8_shr get_i16 make_i16 wrapping_shr;
    u16x8_shr get_u16 make_u16 wrapping_shr;
    i32x4_shr get_i32 make_i32 wrapping_shr;
    u32x4_shr get_u32 make_u32 wrapping_shr;
    i64x2_shr get_i64 make_i64 wrapping_shr;
    u64x2_shr get_u64 make_u64 wrapping_shr;
}

macro_rules! all_true {
    ($($name:ident $mask:ident $get:ident $bits:ty;)*) => {$(
        #[inline(always)]
        pub(crate) fn $name(a: v128) -> bool {
            $get(a).iter().all(|x| *x != 0)
        }

        /// The sign bits, lane 0 lowest.
        #[inline(always)]
        pub(crate) fn $mask(a: v128) -> $bits {
            $get(a).iter().rev().fold(0, |mask, x| mask << 1 | <$bits>::from(*x < 0))
        }
    )*};
}

all_true! {
    i8x16_all_true i8x16_bitmask get_i8 u16;
    i16x8_all_true i16x8_bitmask get_i16 u8;
    i32x4_all_true i32x4_bitmask get_i32 u8;
    i64x2_all_true i64x2_bitmask get_i64 u8;
}

#[inline(always)]
pub(crate) fn v128_any_true(a: v128) -> bool {
    a.0 != [0; 16]
}

#[inline(always)]
pub(crate) fn v128_bitselect(a: v128, b: v128, mask: v128) -> v128 {
    v128_or(v128_and(a, mask), v128_andnot(b, mask))
}

/// Numbers beyond the last lane choose 0.
#[inline(always)]
pub(crate) fn i8x16_swizzle(a: v128, choice: v128) -> v128 {
    v128(choice.0.map(|n| a.0.get(usize::from(n)).copied().unwrap_or(0)))
}

/// Lanes of half the width, those of `a` first, clamped to what fits.
macro_rules! narrow {
    ($($name:ident $get:ident $make:ident $wide:ty => $narrow:ty;)*) => {$(
        #[inline(always)]
        pub(crate) fn $name(a: v128, b: v128) -> v128 {
            let (a, b) = ($get(a), $get(b));
            $make(from_fn(|n| {
                let lane = if n < a.len() { a[n] } else { b[n - a.len()] };
                lane.clamp(<$wide>::from(<$narrow>::MIN), <$wide>::from(<$narrow>::MAX)) as $narrow
            }))
        }
    )*};
}

narrow! {
    i8x16_narrow_i16x8 get_i16 make_i8 i16 => i8;
    u8x16_narrow_i16x8 get_i16 make_u8 i16 => u8;
    i16x8_narrow_i32x4 get_i32 make_i16 i32 => i16;
    u16x8_narrow_i32x4 get_i32 make_u16 i32 => u16;
}

/// Lanes of double width: half of the lanes, their products, and sums of neighbours.
macro_rules! widen {
    ($($get:ident $make:ident $wide:ty: $low:ident $high:ident $mul_low:ident $mul_high:ident $($sum:ident)?;)*) => {$(
        #[inline(always)]
        pub(crate) fn $low(a: v128) -> v128 {
            let a = $get(a);
            $make(from_fn(|n| <$wide>::from(a[n])))
        }

        #[inline(always)]
        pub(crate) fn $high(a: v128) -> v128 {
            let a = $get(a);
            $make(from_fn(|n| <$wide>::from(a[a.len() / 2 + n])))
        }

        #[inline(always)]
        pub(crate) fn $mul_low(a: v128, b: v128) -> v128 {
            let (a, b) = ($get(a), $get(b));
            $make(from_fn(|n| <$wide>::from(a[n]) * <$wide>::from(b[n])))
        }

        #[inline(always)]
        pub(crate) fn $mul_high(a: v128, b: v128) -> v128 {
            let (a, b) = ($get(a), $get(b));
            let half = a.len() / 2;
            $make(from_fn(|n| <$wide>::from(a[half + n]) * <$wide>::from(b[half + n])))
        }

        $(#[inline(always)]
        pub(crate) fn $sum(a: v128) -> v128 {
            let a = $get(a);
            $make(from_fn(|n| <$wide>::from(a[2 * n]) + <$wide>::from(a[2 * n + 1])))
        })?
    )*};
}

widen! {
    get_i8 make_i16 i16: i16x8_extend_low_i8x16 i16x8_extend_high_i8x16 i16x8_extmul_low_i8x16
        i16x8_extmul_high_i8x16 i16x8_extadd_pairwise_i8x16;
    get_u8 make_u16 u16: u16x8_extend_low_u8x16 u16x8_extend_high_u8x16 u16x8_extmul_low_u8x16
        u16x8_extmul_high_u8x16 u16x8_extadd_pairwise_u8x16;
    get_i16 make_i32 i32: i32x4_extend_low_i16x8 i32x4_extend_high_i16x8 i32x4_extmul_low_i16x8
        i32x4_extmul_high_i16x8 i32x4_extadd_pairwise_i16x8;
    get_u16 make_u32 u32: u32x4_extend_low_u16x8 u32x4_extend_high_u16x8 u32x4_extmul_low_u16x8
        u32x4_extmul_high_u16x8 u32x4_extadd_pairwise_u16x8;
    get_i32 make_i64 i64: i64x2_extend_low_i32x4 i64x2_extend_high_i32x4 i64x2_extmul_low_i32x4
        i64x2_extmul_high_i32x4;
    get_u32 make_u64 u64: u64x2_extend_low_u32x4 u64x2_extend_high_u32x4 u64x2_extmul_low_u32x4
        u64x2_extmul_high_u32x4;
}

/// Sums of two products; only the sum of two times 2^30 wraps.
#[inline(always)]
pub(crate) fn i32x4_dot_i16x8(a: v128, b: v128) -> v128 {
    let (a, b) = (get_i16(a), get_i16(b));
    let product = |n: usize| i32::from(a[n]) * i32::from(b[n]);
    make_i32(from_fn(|n| product(2 * n).wrapping_add(product(2 * n + 1))))
}

#[inline(always)]
pub(crate) fn f32x4_demote_f64x2_zero(a: v128) -> v128 {
    let [x, y] = get_f64(a);
    make_f32([x as f32, y as f32, 0.0, 0.0])
}

#[inline(always)]
pub(crate) fn f64x2_promote_low_f32x4(a: v128) -> v128 {
    let [x, y, ..] = get_f32(a);
    make_f64([f64::from(x), f64::from(y)])
}

#[inline(always)]
pub(crate) fn i32x4_trunc_sat_f64x2_zero(a: v128) -> v128 {
    let [x, y] = get_f64(a);
    make_i32([x as i32, y as i32, 0, 0])
}

#[inline(always)]
pub(crate) fn u32x4_trunc_sat_f64x2_zero(a: v128) -> v128 {
    let [x, y] = get_f64(a);
    make_u32([x as u32, y as u32, 0, 0])
}

#[inline(always)]
pub(crate) fn f64x2_convert_low_i32x4(a: v128) -> v128 {
    let [x, y, ..] = get_i32(a);
    make_f64([f64::from(x), f64::from(y)])
}

#[inline(always)]
pub(crate) fn f64x2_convert_low_u32x4(a: v128) -> v128 {
    let [x, y, ..] = get_u32(a);
    make_f64([f64::from(x), f64::from(y)])
}
