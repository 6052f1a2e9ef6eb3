//! Four f32 at once: one vector register, or four numbers. No arrays: an array that is not kept in
//! registers would lie in the linear memory, where this module has no stack.

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod imp {
    use core::arch::wasm32::{f32x4, f32x4_add, f32x4_extract_lane, f32x4_mul, f32x4_splat, f32x4_sub, v128};

    /// Four numbers.
    #[derive(Clone, Copy)]
    pub(crate) struct Four(v128);

    impl Four {
        #[inline(always)]
        pub(crate) fn of([a, b, c, d]: [f32; 4]) -> Self {
            Self(f32x4(a, b, c, d))
        }

        #[inline(always)]
        pub(crate) fn zero() -> Self {
            Self(f32x4_splat(0.0))
        }

        #[inline(always)]
        pub(crate) fn plus(self, other: Self) -> Self {
            Self(f32x4_add(self.0, other.0))
        }

        #[inline(always)]
        pub(crate) fn minus(self, other: Self) -> Self {
            Self(f32x4_sub(self.0, other.0))
        }

        #[inline(always)]
        pub(crate) fn times(self, other: Self) -> Self {
            Self(f32x4_mul(self.0, other.0))
        }

        /// First and third, second and fourth, then both sums.
        #[inline(always)]
        pub(crate) fn total(self) -> f32 {
            let low = f32x4_extract_lane::<0>(self.0) + f32x4_extract_lane::<2>(self.0);
            let high = f32x4_extract_lane::<1>(self.0) + f32x4_extract_lane::<3>(self.0);
            low + high
        }
    }
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod imp {
    /// Four numbers.
    #[derive(Clone, Copy)]
    pub(crate) struct Four(f32, f32, f32, f32);

    impl Four {
        #[inline(always)]
        pub(crate) fn of([a, b, c, d]: [f32; 4]) -> Self {
            Self(a, b, c, d)
        }

        #[inline(always)]
        pub(crate) fn zero() -> Self {
            Self(0.0, 0.0, 0.0, 0.0)
        }

        #[inline(always)]
        pub(crate) fn plus(self, other: Self) -> Self {
            Self(self.0 + other.0, self.1 + other.1, self.2 + other.2, self.3 + other.3)
        }

        #[inline(always)]
        pub(crate) fn minus(self, other: Self) -> Self {
            Self(self.0 - other.0, self.1 - other.1, self.2 - other.2, self.3 - other.3)
        }

        #[inline(always)]
        pub(crate) fn times(self, other: Self) -> Self {
            Self(self.0 * other.0, self.1 * other.1, self.2 * other.2, self.3 * other.3)
        }

        /// First and third, second and fourth, then both sums.
        #[inline(always)]
        pub(crate) fn total(self) -> f32 {
            (self.0 + self.2) + (self.1 + self.3)
        }
    }
}

pub(crate) use imp::Four;
