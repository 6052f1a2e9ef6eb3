//! Empty values as blocks of zeros; see [`Blank`].
//!
//! Why the `unsafe` here is sound: what [`Blank`] promises. Zeros become an empty value by being dropped, and
//! until then nothing looks at them.
#![allow(unsafe_code)]

use crate::Blank;
use core::mem::MaybeUninit;
use core::ptr::{drop_in_place, read, write, write_bytes};

/// One function for each type: to drop a state takes code.
#[inline(never)]
fn drop_it<T>(at: *mut T) {
    // SAFETY: both callers have it from a reference or an own place, and the value is one, or zeros.
    unsafe { drop_in_place(at) };
}

#[inline(always)]
fn end<T>(at: *mut T) {
    if core::mem::needs_drop::<T>() {
        drop_it(at);
    }
}

/// An empty value.
#[must_use]
pub fn blank<T: Blank>() -> T {
    let mut value = MaybeUninit::zeroed();
    end(value.as_mut_ptr());
    // SAFETY: zeros that were dropped are an empty value.
    unsafe { value.assume_init() }
}

/// Makes a value empty; what it held is freed.
pub fn reset<T: Blank>(at: &mut T) {
    let at: *mut T = at;
    end(at);
    // SAFETY: what lies there needs no drop any more, and nothing looks at the zeros before they are dropped.
    unsafe { write_bytes(at, 0, 1) };
    end(at);
}

/// The same but for a part, which stays as it is.
pub fn reset_but<T: Blank, P: Blank>(whole: &mut T, part: fn(&mut T) -> &mut P) {
    let kept: *mut P = part(whole);
    // SAFETY: the part is read out once, and the zeros in its place may be dropped in its stead.
    let kept = unsafe {
        let value = read(kept);
        write_bytes(kept, 0, 1);
        value
    };
    reset(whole);
    // SAFETY: what is overwritten is empty, so nothing is lost.
    unsafe { write(part(whole), kept) };
}
