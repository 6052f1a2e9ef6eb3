//! Two f64 lanes: one vector register in guests that have them, else an array that the compiler makes what it
//! can of. The same bits.
#![allow(unsafe_code, reason = "a load and a store, proved below")]

/// Two lanes.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod imp {
    use core::arch::wasm32::{f64x2_add, f64x2_mul, f64x2_splat, v128, v128_load, v128_store};

    #[derive(Clone, Copy)]
    pub(crate) struct Two(v128);

    impl Two {
        #[inline(always)]
        pub(crate) fn both(value: f64) -> Self {
            Self(f64x2_splat(value))
        }

        #[inline(always)]
        pub(crate) fn load(pair: &[f64; 2]) -> Self {
            // SAFETY: the reference makes sixteen bytes readable, the load needs no alignment, and every
            // pattern of bits is a v128.
            Self(unsafe { v128_load(core::ptr::from_ref(pair).cast()) })
        }

        #[inline(always)]
        pub(crate) fn store(self, pair: &mut [f64; 2]) {
            // SAFETY: the reference makes sixteen bytes writable, the store needs no alignment, and every
            // pattern of bits is two f64.
            unsafe { v128_store(core::ptr::from_mut(pair).cast(), self.0) }
        }

        #[inline(always)]
        pub(crate) fn add(self, other: Self) -> Self {
            Self(f64x2_add(self.0, other.0))
        }

        #[inline(always)]
        pub(crate) fn mul(self, other: Self) -> Self {
            Self(f64x2_mul(self.0, other.0))
        }
    }
}

/// Two lanes.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod imp {
    #[derive(Clone, Copy)]
    pub(crate) struct Two([f64; 2]);

    impl Two {
        #[inline(always)]
        pub(crate) const fn both(value: f64) -> Self {
            Self([value; 2])
        }

        #[inline(always)]
        pub(crate) const fn load(pair: &[f64; 2]) -> Self {
            Self(*pair)
        }

        #[inline(always)]
        pub(crate) const fn store(self, pair: &mut [f64; 2]) {
            *pair = self.0;
        }

        #[inline(always)]
        pub(crate) fn add(self, Self([c, d]): Self) -> Self {
            let [a, b] = self.0;
            Self([a + c, b + d])
        }

        #[inline(always)]
        pub(crate) fn mul(self, Self([c, d]): Self) -> Self {
            let [a, b] = self.0;
            Self([a * c, b * d])
        }
    }
}

pub(crate) use imp::Two;
