//! Instructions of the wasm target that stable Rust cannot name.
//!
//! The compiler knows functions with these names and types and puts the instruction in their place; none is
//! imported, which the tests of the built modules check.
#![allow(unsafe_code)]

macro_rules! known {
    ($($name:ident: $float:ident)*) => {$(
        #[inline(always)]
        pub(super) fn $name(value: $float) -> $float {
            unsafe extern "C" {
                fn $name(value: $float) -> $float;
            }
            // SAFETY: a function of the C library of this type, total and without effects.
            unsafe { $name(value) }
        }
    )*};
}

known! {
    ceilf: f32 floorf: f32 truncf: f32 rintf: f32 sqrtf: f32
    ceil: f64 floor: f64 trunc: f64 rint: f64 sqrt: f64
}
