//! Four f32 lanes: one vector register where the target has one that stable Rust can name, else an
//! array that the compiler makes what it can of. The same bits.
#![allow(unsafe_code, reason = "one load for each instruction set, proved below")]

/// Four lanes.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod imp {
    use core::arch::wasm32::{
        f32x4_add, f32x4_extract_lane, f32x4_mul, f32x4_splat, f32x4_sub, v128, v128_load,
    };

    #[derive(Clone, Copy)]
    pub(crate) struct Four(v128);

    impl Four {
        #[inline(always)]
        pub(crate) fn zero() -> Self {
            Self(f32x4_splat(0.0))
        }

        #[inline(always)]
        pub(crate) fn load(bytes: &[u8; 16]) -> Self {
            // SAFETY: the reference makes sixteen bytes readable, the load needs no alignment, and
            // every pattern of bits is a v128. Linear memory is little-endian, as the bytes are.
            Self(unsafe { v128_load(bytes.as_ptr().cast()) })
        }

        #[inline(always)]
        pub(crate) fn add(self, other: Self) -> Self {
            Self(f32x4_add(self.0, other.0))
        }

        #[inline(always)]
        pub(crate) fn sub(self, other: Self) -> Self {
            Self(f32x4_sub(self.0, other.0))
        }

        #[inline(always)]
        pub(crate) fn mul(self, other: Self) -> Self {
            Self(f32x4_mul(self.0, other.0))
        }

        /// Lanes 0 and 2, then 1 and 3, then both.
        #[inline(always)]
        pub(crate) fn tree(self) -> f32 {
            let [a, b] = [f32x4_extract_lane::<0>(self.0), f32x4_extract_lane::<1>(self.0)];
            let [c, d] = [f32x4_extract_lane::<2>(self.0), f32x4_extract_lane::<3>(self.0)];
            (a + c) + (b + d)
        }
    }
}

/// Four lanes. The instructions are those of SSE, without which this module is not compiled: that is what
/// makes each call below sound.
#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
mod imp {
    use core::arch::x86_64::{__m128, _mm_add_ps, _mm_loadu_ps, _mm_mul_ps, _mm_setzero_ps, _mm_sub_ps};
    use core::arch::x86_64::{_mm_cvtss_f32, _mm_movehl_ps, _mm_shuffle_ps};

    #[derive(Clone, Copy)]
    pub(crate) struct Four(__m128);

    impl Four {
        #[inline(always)]
        pub(crate) fn zero() -> Self {
            // SAFETY: SSE is there, see above.
            Self(unsafe { _mm_setzero_ps() })
        }

        #[inline(always)]
        pub(crate) fn load(bytes: &[u8; 16]) -> Self {
            // SAFETY: the reference makes sixteen bytes readable, the load needs no alignment, and
            // every pattern of bits is four f32. The processor is little-endian, as the bytes are.
            Self(unsafe { _mm_loadu_ps(bytes.as_ptr().cast()) })
        }

        #[inline(always)]
        pub(crate) fn add(self, other: Self) -> Self {
            // SAFETY: SSE is there, see above.
            Self(unsafe { _mm_add_ps(self.0, other.0) })
        }

        #[inline(always)]
        pub(crate) fn sub(self, other: Self) -> Self {
            // SAFETY: SSE is there, see above.
            Self(unsafe { _mm_sub_ps(self.0, other.0) })
        }

        #[inline(always)]
        pub(crate) fn mul(self, other: Self) -> Self {
            // SAFETY: SSE is there, see above.
            Self(unsafe { _mm_mul_ps(self.0, other.0) })
        }

        /// Lanes 0 and 2, then 1 and 3, then both.
        #[inline(always)]
        pub(crate) fn tree(self) -> f32 {
            // SAFETY: SSE is there, see above.
            unsafe {
                let two = _mm_add_ps(self.0, _mm_movehl_ps(self.0, self.0));
                _mm_cvtss_f32(two) + _mm_cvtss_f32(_mm_shuffle_ps::<1>(two, two))
            }
        }
    }
}

/// Four lanes.
#[cfg(not(any(
    all(target_arch = "x86_64", target_feature = "sse2"),
    all(target_arch = "wasm32", target_feature = "simd128")
)))]
mod imp {
    #[derive(Clone, Copy)]
    pub(crate) struct Four([f32; 4]);

    impl Four {
        #[inline(always)]
        pub(crate) const fn zero() -> Self {
            Self([0.0; 4])
        }

        #[inline(always)]
        pub(crate) const fn load(bytes: &[u8; 16]) -> Self {
            let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = *bytes;
            Self([
                f32::from_le_bytes([a, b, c, d]),
                f32::from_le_bytes([e, f, g, h]),
                f32::from_le_bytes([i, j, k, l]),
                f32::from_le_bytes([m, n, o, p]),
            ])
        }

        #[inline(always)]
        pub(crate) fn add(self, Self([e, f, g, h]): Self) -> Self {
            let [a, b, c, d] = self.0;
            Self([a + e, b + f, c + g, d + h])
        }

        #[inline(always)]
        pub(crate) fn sub(self, Self([e, f, g, h]): Self) -> Self {
            let [a, b, c, d] = self.0;
            Self([a - e, b - f, c - g, d - h])
        }

        #[inline(always)]
        pub(crate) fn mul(self, Self([e, f, g, h]): Self) -> Self {
            let [a, b, c, d] = self.0;
            Self([a * e, b * f, c * g, d * h])
        }

        /// Lanes 0 and 2, then 1 and 3, then both.
        #[inline(always)]
        pub(crate) fn tree(self) -> f32 {
            let [a, b, c, d] = self.0;
            (a + c) + (b + d)
        }
    }
}

pub(crate) use imp::Four;
