//! The IEEE square root: one instruction where stable Rust offers it, else correctly rounded software.

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod imp {
    use core::arch::wasm32::{
        f32x4_extract_lane, f32x4_splat, f32x4_sqrt, f64x2_extract_lane, f64x2_splat, f64x2_sqrt,
    };

    #[inline(always)]
    /// Square root of a number that is not negative.
    pub fn sqrt32(x: f32) -> f32 {
        f32x4_extract_lane::<0>(f32x4_sqrt(f32x4_splat(x)))
    }

    #[inline(always)]
    /// Square root of a number that is not negative.
    pub fn sqrt64(x: f64) -> f64 {
        f64x2_extract_lane::<0>(f64x2_sqrt(f64x2_splat(x)))
    }
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod imp {
    #[inline]
    /// Square root of a number that is not negative.
    pub fn sqrt32(x: f32) -> f32 {
        libm::sqrtf(x)
    }

    #[inline]
    /// Square root of a number that is not negative.
    pub fn sqrt64(x: f64) -> f64 {
        libm::sqrt(x)
    }
}

pub use imp::{sqrt32, sqrt64};
