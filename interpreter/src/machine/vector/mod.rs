//! Vector operations that touch no memory, by number (specification, 5.4.8).
//!
//! Two implementations have the names of the wasm target's intrinsics: those themselves, one instruction of
//! the host for one of the guest, and a portable one with the same bits.

#[cfg(not(all(target_family = "wasm", target_feature = "simd128")))]
mod portable;

#[cfg(all(target_family = "wasm", target_feature = "simd128"))]
pub(super) use core::arch::wasm32::*;
#[cfg(not(all(target_family = "wasm", target_feature = "simd128")))]
pub(super) use portable::*;

/// Where an operation finds what it needs.
#[derive(Clone, Copy)]
pub(super) struct Places {
    pub(super) d: *mut u8,
    pub(super) a: *const u8,
    pub(super) b: *const u8,
    pub(super) frame: *const u8,
    /// The words after the first four.
    pub(super) rest: *const u16,
}

#[inline(always)]
pub(super) fn canonical32(value: v128) -> v128 {
    v128_bitselect(value, f32x4_splat(f32::NAN), f32x4_eq(value, value))
}

#[inline(always)]
pub(super) fn canonical64(value: v128) -> v128 {
    v128_bitselect(value, f64x2_splat(f64::NAN), f64x2_eq(value, value))
}

/// Does the operation `number`; gives how many further words it has.
///
/// # Safety
/// The number is of a vector operation without memory access, and the places are those of its instruction, as in
/// the parent module.
#[expect(clippy::too_many_lines, reason = "one operation a line")]
#[inline(always)]
pub(super) unsafe fn operate(number: u16, Places { d, a, b, frame, rest }: Places) -> usize {
    macro_rules! vector {
        ($at:expr) => {
            $at.cast::<v128>().read_unaligned()
        };
    }
    macro_rules! put {
        ($value:expr) => {{
            d.cast::<v128>().write_unaligned($value);
            return 0;
        }};
    }
    macro_rules! unary {
        ($f:ident) => {
            put!($f(vector!(a)))
        };
    }
    macro_rules! binary {
        ($f:ident) => {
            put!($f(vector!(a), vector!(b)))
        };
    }
    macro_rules! shift {
        ($f:ident) => {
            put!($f(vector!(a), b.cast::<u32>().read()))
        };
    }
    macro_rules! test {
        ($f:ident) => {{
            d.cast::<u64>().write(u64::from(u32::from($f(vector!(a)))));
            return 0;
        }};
    }
    macro_rules! float32 {
        (unary $f:ident) => {
            put!(canonical32($f(vector!(a))))
        };
        (binary $f:ident) => {
            put!(canonical32($f(vector!(a), vector!(b))))
        };
    }
    macro_rules! float64 {
        (unary $f:ident) => {
            put!(canonical64($f(vector!(a))))
        };
        (binary $f:ident) => {
            put!(canonical64($f(vector!(a), vector!(b))))
        };
    }
    macro_rules! splat {
        ($f:ident, $ty:ty) => {
            put!($f(a.cast::<$ty>().read()))
        };
    }
    macro_rules! extract {
        ($lane:ty as $wide:ty) => {{
            let value = a.cast::<$lane>().add(usize::from(rest.read())).read();
            d.cast::<u64>().write(<$wide>::from(value).into());
            return 1;
        }};
    }
    macro_rules! extract_signed {
        ($lane:ty) => {{
            let value = a.cast::<$lane>().add(usize::from(rest.read())).read();
            d.cast::<u64>().write(u64::from(i32::from(value).cast_unsigned()));
            return 1;
        }};
    }
    macro_rules! replace {
        ($lane:ty) => {{
            let (value, lane) = (vector!(a), b.cast::<$lane>().read());
            d.cast::<v128>().write_unaligned(value);
            d.cast::<$lane>().add(usize::from(rest.read())).write(lane);
            return 1;
        }};
    }
    // SAFETY: promised by the caller.
    unsafe {
        match number {
            13 => {
                // Choosing gives 0 for numbers from 16 on: the low ones from a, the high ones from b.
                let choice = vector!(rest);
                let from_b = i8x16_swizzle(vector!(b), i8x16_sub(choice, i8x16_splat(16)));
                d.cast::<v128>().write_unaligned(v128_or(i8x16_swizzle(vector!(a), choice), from_b));
                8
            }
            15 => splat!(u8x16_splat, u8),
            16 => splat!(u16x8_splat, u16),
            17 | 19 => splat!(u32x4_splat, u32),
            18 | 20 => splat!(u64x2_splat, u64),
            21 => extract_signed!(i8),
            22 => extract!(u8 as u32),
            23 => replace!(u8),
            24 => extract_signed!(i16),
            25 => extract!(u16 as u32),
            26 => replace!(u16),
            27 | 31 => extract!(u32 as u32),
            28 | 32 => replace!(u32),
            29 | 33 => extract!(u64 as u64),
            30 | 34 => replace!(u64),
            82 => {
                let c = frame.add(usize::from(rest.read()));
                d.cast::<v128>().write_unaligned(v128_bitselect(vector!(a), vector!(b), vector!(c)));
                1
            }
            // Bitwise and comparisons.
            14 => binary!(i8x16_swizzle),
            35 => binary!(i8x16_eq),
            36 => binary!(i8x16_ne),
            37 => binary!(i8x16_lt),
            38 => binary!(u8x16_lt),
            39 => binary!(i8x16_gt),
            40 => binary!(u8x16_gt),
            41 => binary!(i8x16_le),
            42 => binary!(u8x16_le),
            43 => binary!(i8x16_ge),
            44 => binary!(u8x16_ge),
            45 => binary!(i16x8_eq),
            46 => binary!(i16x8_ne),
            47 => binary!(i16x8_lt),
            48 => binary!(u16x8_lt),
            49 => binary!(i16x8_gt),
            50 => binary!(u16x8_gt),
            51 => binary!(i16x8_le),
            52 => binary!(u16x8_le),
            53 => binary!(i16x8_ge),
            54 => binary!(u16x8_ge),
            55 => binary!(i32x4_eq),
            56 => binary!(i32x4_ne),
            57 => binary!(i32x4_lt),
            58 => binary!(u32x4_lt),
            59 => binary!(i32x4_gt),
            60 => binary!(u32x4_gt),
            61 => binary!(i32x4_le),
            62 => binary!(u32x4_le),
            63 => binary!(i32x4_ge),
            64 => binary!(u32x4_ge),
            65 => binary!(f32x4_eq),
            66 => binary!(f32x4_ne),
            67 => binary!(f32x4_lt),
            68 => binary!(f32x4_gt),
            69 => binary!(f32x4_le),
            70 => binary!(f32x4_ge),
            71 => binary!(f64x2_eq),
            72 => binary!(f64x2_ne),
            73 => binary!(f64x2_lt),
            74 => binary!(f64x2_gt),
            75 => binary!(f64x2_le),
            76 => binary!(f64x2_ge),
            77 => unary!(v128_not),
            78 => binary!(v128_and),
            79 => binary!(v128_andnot),
            80 => binary!(v128_or),
            81 => binary!(v128_xor),
            83 => test!(v128_any_true),
            // Conversions between float widths, then lanes of 8 bits.
            94 => float32!(unary f32x4_demote_f64x2_zero),
            95 => float64!(unary f64x2_promote_low_f32x4),
            96 => unary!(i8x16_abs),
            97 => unary!(i8x16_neg),
            98 => unary!(i8x16_popcnt),
            99 => test!(i8x16_all_true),
            100 => test!(i8x16_bitmask),
            101 => binary!(i8x16_narrow_i16x8),
            102 => binary!(u8x16_narrow_i16x8),
            103 => float32!(unary f32x4_ceil),
            104 => float32!(unary f32x4_floor),
            105 => float32!(unary f32x4_trunc),
            106 => float32!(unary f32x4_nearest),
            107 => shift!(i8x16_shl),
            108 => shift!(i8x16_shr),
            109 => shift!(u8x16_shr),
            110 => binary!(i8x16_add),
            111 => binary!(i8x16_add_sat),
            112 => binary!(u8x16_add_sat),
            113 => binary!(i8x16_sub),
            114 => binary!(i8x16_sub_sat),
            115 => binary!(u8x16_sub_sat),
            116 => float64!(unary f64x2_ceil),
            117 => float64!(unary f64x2_floor),
            118 => binary!(i8x16_min),
            119 => binary!(u8x16_min),
            120 => binary!(i8x16_max),
            121 => binary!(u8x16_max),
            122 => float64!(unary f64x2_trunc),
            123 => binary!(u8x16_avgr),
            // Lanes of 16 bits, and what is between.
            124 => unary!(i16x8_extadd_pairwise_i8x16),
            125 => unary!(u16x8_extadd_pairwise_u8x16),
            126 => unary!(i32x4_extadd_pairwise_i16x8),
            127 => unary!(u32x4_extadd_pairwise_u16x8),
            128 => unary!(i16x8_abs),
            129 => unary!(i16x8_neg),
            130 => binary!(i16x8_q15mulr_sat),
            131 => test!(i16x8_all_true),
            132 => test!(i16x8_bitmask),
            133 => binary!(i16x8_narrow_i32x4),
            134 => binary!(u16x8_narrow_i32x4),
            135 => unary!(i16x8_extend_low_i8x16),
            136 => unary!(i16x8_extend_high_i8x16),
            137 => unary!(u16x8_extend_low_u8x16),
            138 => unary!(u16x8_extend_high_u8x16),
            139 => shift!(i16x8_shl),
            140 => shift!(i16x8_shr),
            141 => shift!(u16x8_shr),
            142 => binary!(i16x8_add),
            143 => binary!(i16x8_add_sat),
            144 => binary!(u16x8_add_sat),
            145 => binary!(i16x8_sub),
            146 => binary!(i16x8_sub_sat),
            147 => binary!(u16x8_sub_sat),
            148 => float64!(unary f64x2_nearest),
            149 => binary!(i16x8_mul),
            150 => binary!(i16x8_min),
            151 => binary!(u16x8_min),
            152 => binary!(i16x8_max),
            153 => binary!(u16x8_max),
            155 => binary!(u16x8_avgr),
            156 => binary!(i16x8_extmul_low_i8x16),
            157 => binary!(i16x8_extmul_high_i8x16),
            158 => binary!(u16x8_extmul_low_u8x16),
            159 => binary!(u16x8_extmul_high_u8x16),
            // Lanes of 32 bits.
            160 => unary!(i32x4_abs),
            161 => unary!(i32x4_neg),
            163 => test!(i32x4_all_true),
            164 => test!(i32x4_bitmask),
            167 => unary!(i32x4_extend_low_i16x8),
            168 => unary!(i32x4_extend_high_i16x8),
            169 => unary!(u32x4_extend_low_u16x8),
            170 => unary!(u32x4_extend_high_u16x8),
            171 => shift!(i32x4_shl),
            172 => shift!(i32x4_shr),
            173 => shift!(u32x4_shr),
            174 => binary!(i32x4_add),
            177 => binary!(i32x4_sub),
            181 => binary!(i32x4_mul),
            182 => binary!(i32x4_min),
            183 => binary!(u32x4_min),
            184 => binary!(i32x4_max),
            185 => binary!(u32x4_max),
            186 => binary!(i32x4_dot_i16x8),
            188 => binary!(i32x4_extmul_low_i16x8),
            189 => binary!(i32x4_extmul_high_i16x8),
            190 => binary!(u32x4_extmul_low_u16x8),
            191 => binary!(u32x4_extmul_high_u16x8),
            // Lanes of 64 bits.
            192 => unary!(i64x2_abs),
            193 => unary!(i64x2_neg),
            195 => test!(i64x2_all_true),
            196 => test!(i64x2_bitmask),
            199 => unary!(i64x2_extend_low_i32x4),
            200 => unary!(i64x2_extend_high_i32x4),
            201 => unary!(u64x2_extend_low_u32x4),
            202 => unary!(u64x2_extend_high_u32x4),
            203 => shift!(i64x2_shl),
            204 => shift!(i64x2_shr),
            205 => shift!(u64x2_shr),
            206 => binary!(i64x2_add),
            209 => binary!(i64x2_sub),
            213 => binary!(i64x2_mul),
            214 => binary!(i64x2_eq),
            215 => binary!(i64x2_ne),
            216 => binary!(i64x2_lt),
            217 => binary!(i64x2_gt),
            218 => binary!(i64x2_le),
            219 => binary!(i64x2_ge),
            220 => binary!(i64x2_extmul_low_i32x4),
            221 => binary!(i64x2_extmul_high_i32x4),
            222 => binary!(u64x2_extmul_low_u32x4),
            223 => binary!(u64x2_extmul_high_u32x4),
            // Floats; those that are missing are in the frequent loop.
            224 => unary!(f32x4_abs),
            225 => unary!(f32x4_neg),
            227 => float32!(unary f32x4_sqrt),
            231 => float32!(binary f32x4_div),
            232 => float32!(binary f32x4_min),
            233 => float32!(binary f32x4_max),
            234 => binary!(f32x4_pmin),
            235 => binary!(f32x4_pmax),
            236 => unary!(f64x2_abs),
            237 => unary!(f64x2_neg),
            239 => float64!(unary f64x2_sqrt),
            241 => float64!(binary f64x2_sub),
            243 => float64!(binary f64x2_div),
            244 => float64!(binary f64x2_min),
            245 => float64!(binary f64x2_max),
            246 => binary!(f64x2_pmin),
            247 => binary!(f64x2_pmax),
            248 => unary!(i32x4_trunc_sat_f32x4),
            249 => unary!(u32x4_trunc_sat_f32x4),
            250 => unary!(f32x4_convert_i32x4),
            251 => unary!(f32x4_convert_u32x4),
            252 => unary!(i32x4_trunc_sat_f64x2_zero),
            253 => unary!(u32x4_trunc_sat_f64x2_zero),
            254 => unary!(f64x2_convert_low_i32x4),
            255 => unary!(f64x2_convert_low_u32x4),
            _ => core::hint::unreachable_unchecked(),
        }
    }
}
