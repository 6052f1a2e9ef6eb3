//! States that begin empty: made, and made anew, as a block of zeros rather than field by field, which for a
//! state of some hundred fields is two kilobytes of code less.
//!
//! Natively the same values are made field by field.
#![allow(unsafe_code)]

/// A type with an empty value: numbers are zero, choices the first one, arrays without memory.
///
/// # Safety
///
/// A value of zero bytes may be dropped, and dropping it leaves what [`Blank::blank`] makes; so does dropping
/// any other value, except that what needs no drop stays. [`blank!`](crate::blank!) gives it to a structure
/// whose fields all have it.
pub unsafe trait Blank: Sized {
    /// The empty value.
    fn blank() -> Self;
}

/// Gives [`Blank`] to a structure, all of whose fields must have it, or to an enumeration without fields,
/// whose first variant must be zero: `blank!(Walks { sums, total })`, `blank!(enum Phase = Start)`.
#[macro_export]
macro_rules! blank {
    (enum $type:ident = $first:ident) => {
        // SAFETY: an enumeration without fields needs no drop; the assertion is that zero is this variant.
        #[allow(unsafe_code, reason = "proven here, by the compiler")]
        unsafe impl $crate::Blank for $type {
            fn blank() -> Self {
                $type::$first
            }
        }
        #[allow(unsafe_code, reason = "as above")]
        const _: () = {
            assert!($type::$first as u8 == 0);
            // SAFETY: the types have the same size, or this does not compile, and one byte has no padding.
            assert!(unsafe { core::mem::transmute::<$type, u8>($type::$first) } == 0);
        };
    };
    ($type:ident { $($field:tt),* $(,)? }) => {
        // SAFETY: to drop the structure is to drop its fields, and those here are all; for had it a `Drop` of its
        // own, the second item would not compile.
        #[allow(unsafe_code, reason = "proven here, by the compiler")]
        unsafe impl $crate::Blank for $type {
            fn blank() -> Self {
                Self { $($field: $crate::Blank::blank()),* }
            }
        }
        const _: fn($type) = |whole| { $(let _moved = whole.$field;)* };
    };
}

macro_rules! numbers {
    ($($type:ident $zero:literal),*) => { $(
        // SAFETY: a number needs no drop, and its zero is all zeros.
        unsafe impl Blank for $type {
            fn blank() -> Self {
                $zero
            }
        }
    )* };
}

numbers!(u8 0, u32 0, u64 0, usize 0, f64 0.0, bool false);

macro_rules! choices {
    ($($type:ident $tag:ident),*) => { $(
        // SAFETY: a number needs no drop. The assertion reads the first bytes of `None`, as many as tell it from
        // a number: they are initialised, or it would not compile; and they are zeros.
        unsafe impl Blank for Option<$type> {
            fn blank() -> Self {
                None
            }
        }
        const _: () = {
            let none: Option<$type> = None;
            assert!(size_of::<Option<$type>>() == 2 * size_of::<$tag>());
            // SAFETY: within the value, and aligned as it is.
            assert!(unsafe { *(&raw const none).cast::<$tag>() } == 0);
        };
    )* };
}

choices!(u32 u32, usize usize, f64 u64);

// SAFETY: to drop an array is to drop its elements.
unsafe impl<T: Blank, const N: usize> Blank for [T; N] {
    fn blank() -> Self {
        core::array::from_fn(|_| T::blank())
    }
}

// SAFETY: to drop a pair is to drop both.
unsafe impl<A: Blank, B: Blank> Blank for (A, B) {
    fn blank() -> Self {
        (A::blank(), B::blank())
    }
}

// SAFETY: natively nothing is made of zeros.
#[cfg(not(target_arch = "wasm32"))]
unsafe impl<T> Blank for alloc::vec::Vec<T> {
    fn blank() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq)]
    enum Phase {
        Start,
        End,
    }
    blank!(enum Phase = Start);

    struct Inner(u64, [Option<f64>; 2]);
    blank!(Inner { 0, 1 });

    struct Whole {
        phase: Phase,
        list: crate::small::Vec<u32>,
        inner: Inner,
        pair: (u32, bool),
    }
    blank!(Whole { phase, list, inner, pair });

    fn is_blank(whole: &Whole) -> bool {
        whole.phase == Phase::Start
            && whole.list.is_empty()
            && whole.list.capacity() == 0
            && whole.list.as_ptr().is_aligned()
            && (whole.inner.0, whole.inner.1, whole.pair) == (0, [None; 2], (0, false))
    }

    fn fill(whole: &mut Whole) {
        whole.phase = Phase::End;
        assert_eq!(crate::small::extend(&mut whole.list, 7, 9), 0);
        (whole.inner.0, whole.inner.1, whole.pair) = (3, [Some(0.0); 2], (4, true));
    }

    #[test]
    fn what_is_made_of_zeros_is_empty() {
        let mut whole: Whole = crate::zeros::blank();
        assert!(is_blank(&whole) && is_blank(&Whole::blank()));
        fill(&mut whole);
        crate::zeros::reset(&mut whole);
        assert!(is_blank(&whole));
        fill(&mut whole);
        crate::zeros::reset_but(&mut whole, |whole| &mut whole.list);
        assert_eq!(&*whole.list, &[7; 9]);
        whole.list = crate::small::Vec::new();
        assert!(is_blank(&whole));
    }
}
