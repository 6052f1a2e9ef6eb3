//! The loop: decode, do, next. See [`super`] for why the unchecked accesses are sound.
//!
//! What was measured decides its form: as many registers as possible stay free ([`inside`]), and some operations
//! that often follow each other are one. Each operation stores its own result: with one store for all the processor,
//! which predicts dependences by the address of the store instruction, is several times slower. And each
//! store fills the whole cell, since a wide read after a narrow write stalls.

use core::ptr::{null, null_mut};

use super::float::{self, Float};
#[cfg(feature = "simd")]
use super::vector;
use crate::error::Trap;
use crate::limits::RETURN_SLOTS;
use crate::module::Code;
use crate::opcode as op;
use crate::store::{Instance, Store};

/// Where a call stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct State {
    /// Next word of code; null in the note of the outermost call's return.
    pc: *const u16,
    /// First slot of the frame.
    frame: *mut u8,
    instance: *const Instance,
}

/// The note of a return, in the slots before a frame.
#[derive(Clone, Copy)]
#[repr(C)]
struct Return {
    state: State,
    /// Where the results go.
    results: *mut u64,
}

const RETURN_BYTES: usize = RETURN_SLOTS * 8;
const _: () = assert!(size_of::<Return>() <= RETURN_BYTES);

/// Enters the outermost function of a call. Its results will go to the first slots of the stack.
///
/// # Safety
/// `code` is of the instance, and from `RETURN_SLOTS` before `frame` on there is room for its frame in the stack.
pub(super) unsafe fn enter_first(
    stack: *mut u64,
    frame: usize,
    code: *const Code,
    instance: *const Instance,
) -> State {
    let outside = State { pc: null(), frame: null_mut(), instance: null() };
    // SAFETY: promised by the caller.
    unsafe {
        let frame = stack.add(frame);
        frame.sub(RETURN_SLOTS).cast::<Return>().write_unaligned(Return { state: outside, results: stack });
        prepare(frame, &*code, instance)
    }
}

/// # Safety
/// The instance is one of the store's, which does not change as long as the reference is used.
#[inline(always)]
unsafe fn instance_at<'a>(instance: *const Instance) -> &'a Instance {
    // SAFETY: promised by the caller.
    unsafe { &*instance }
}

/// Clears the locals of a frame whose parameters are there, and copies the constants.
///
/// # Safety
/// The frame has room for the code's frame, and the code is the instance's.
#[inline(always)]
unsafe fn prepare(frame: *mut u64, code: &Code, instance: *const Instance) -> State {
    // SAFETY: slots inside the frame; constants inside those of the module.
    unsafe {
        for slot in code.params..code.locals {
            frame.add(slot as usize).write(0);
        }
        let context = &(*instance).context;
        let constants = context.constants.add(code.constants as usize);
        for n in 0..(code.frame - code.constants_at) as usize {
            frame.add(code.constants_at as usize + n).write(constants.add(n).read());
        }
        State { pc: context.words.add(code.words as usize), frame: frame.cast(), instance }
    }
}

/// What a value leaves in its cell: zeros above narrow ones.
trait Cell {
    fn cell(self) -> u64;
}

macro_rules! cells {
    ($($ty:ty, $value:ident => $cell:expr;)*) => {$(
        impl Cell for $ty {
            #[inline(always)]
            fn cell(self) -> u64 {
                let $value = self;
                $cell
            }
        }
    )*};
}

cells! {
    bool, value => u64::from(value);
    u32, value => u64::from(value);
    i32, value => u64::from(value.cast_unsigned());
    u64, value => value;
    i64, value => value.cast_unsigned();
    f32, value => u64::from(value.canonical());
    f64, value => value.canonical();
}

/// Why a loop ended.
enum Exit {
    Done,
    Paused,
    Trapped(Trap),
    /// The next operation is one of the rare loop, or one for [`outside`] if that loop says so.
    Outside,
    /// The frequent loop can go on.
    Next,
    /// It can too, but the instance is another one.
    Moved,
}

/// What the loops work on. They read it from memory where they need it: only `pc` and `frame` are worth a register each.
struct Hot {
    state: State,
    stack_end: usize,
    memory: *mut u8,
    memory_len: u64,
    fuel: i64,
}

/// Runs until the outermost function returns (`None`), fuel runs out, or the guest traps.
///
/// # Safety
/// `state` was made by [`enter_first`] for this store, or returned by this function, and the store's instances have
/// not changed since.
pub(super) unsafe fn run(store: &mut Store, state: State) -> Result<Option<State>, Trap> {
    let stack_end = store.stack.as_mut_ptr_range().end as usize;
    let mut machine = Hot { state, stack_end, memory: null_mut(), memory_len: 0, fuel: store.fuel };
    let hot = &raw mut machine;
    // A call through a pointer, so that no compiler puts the loop in here, among calls.
    let frequent: Loop = core::hint::black_box(inside::<true>);
    // SAFETY: promised by the caller, and the state stays one of the store's.
    unsafe {
        look_at_memory(store, hot);
        let result = loop {
            let mut exit = frequent(store, hot);
            if let Exit::Outside = exit {
                exit = inside::<false>(store, hot);
            }
            match exit {
                Exit::Done => break Ok(None),
                Exit::Paused => break Ok(Some((*hot).state)),
                Exit::Trapped(trap) => break Err(trap),
                Exit::Next => {}
                Exit::Moved => look_at_memory(store, hot),
                Exit::Outside => {
                    store.fuel = (*hot).fuel;
                    let result = outside(store, &mut (*hot).state);
                    (*hot).fuel = store.fuel;
                    look_at_memory(store, hot);
                    if let Err(trap) = result {
                        break Err(trap);
                    }
                }
            }
        };
        store.fuel = (*hot).fuel;
        result
    }
}

/// Whether the frequent loop reads an operand's place where it is used, which keeps registers free. Before the choice of
/// the operation, as in the rare loop, is smaller: so it is in the module without vectors, which has no pairs either.
const LAZY: bool = cfg!(feature = "simd") || cfg!(not(target_family = "wasm"));

type Loop = unsafe fn(&mut Store, *mut Hot) -> Exit;

/// Finds the memory of the current instance: it may have moved, or be another instance's.
///
/// # Safety
/// As for [`run`]; `hot` holds the state.
unsafe fn look_at_memory(store: &mut Store, hot: *mut Hot) {
    // SAFETY: promised by the caller.
    unsafe {
        let memory = (*(*hot).state.instance).memory.and_then(|at| store.memories.get_mut(at as usize));
        (*hot).memory = null_mut();
        (*hot).memory_len = 0;
        if let Some(memory) = memory {
            (*hot).memory = memory.bytes.as_mut_ptr();
            (*hot).memory_len = memory.bytes.len() as u64;
        }
    }
}

/// Does the operation at `state.pc`, which is a bulk operation or makes the memory larger, and goes behind it.
///
/// # Safety
/// As for [`run`]; the operation is one of those.
#[inline(never)]
unsafe fn outside(store: &mut Store, state: &mut State) -> Result<(), Trap> {
    // SAFETY: the argument at the top of the parent module.
    unsafe {
        let [operation, d, a, b] = state.pc.cast::<[u16; 4]>().read_unaligned();
        state.pc = state.pc.add(4);
        let place = |word: u16| state.frame.add(usize::from(word)).cast::<u64>();
        let id = (*state.instance).id;
        // Without operands the frame may have no slot that could be read.
        let none = matches!(operation, op::DATA_DROP | op::ELEMENTS_DROP);
        let value = |word| if none { 0 } else { place(word).read() };
        let (d, a, b) = (place(d), value(a), value(b));
        if operation == op::MEMORY_GROW {
            d.write(Cell::cell(store.memory_grow(id, a as u32)));
            return Ok(());
        }
        let [c, first, second] = state.pc.cast::<[u16; 3]>().read_unaligned();
        let c = value(c);
        state.pc = state.pc.add(3);
        let result = store.bulk(id, operation, [a, b, c], [first, second])?;
        if operation >= op::TABLE_GET {
            d.write(result);
        }
        Ok(())
    }
}

/// Does a call, the instruction at `state.pc`, whose argument places are `skip` words behind its first four: then
/// the state is that of the function called. `Next` if it can go on at once.
///
/// # Safety
/// As for [`run`]; the code is one of the instance's.
#[inline(never)]
unsafe fn enter(hot: *mut Hot, code: *const Code, target: *const Instance, skip: usize) -> Exit {
    // SAFETY: the argument at the top of the parent module.
    unsafe {
        let State { pc, frame, instance } = (*hot).state;
        let word = |n: usize| usize::from(pc.add(n).read());
        let (own, arguments) = (word(2), word(3));
        let needed = own + RETURN_BYTES + (*code).frame as usize * 8;
        if needed > (*hot).stack_end - frame as usize {
            return Exit::Trapped(Trap::StackExhausted);
        }
        let callee = frame.add(own + RETURN_BYTES).cast::<u64>();
        let places = pc.add(4 + skip);
        for n in 0..arguments {
            let value = frame.add(usize::from(places.add(n).read())).cast::<u64>().read();
            callee.add(n).write(value);
        }
        let state = State { pc: places.add(arguments), frame, instance };
        let results = frame.add(word(1)).cast();
        frame.add(own).cast::<Return>().write_unaligned(Return { state, results });
        (*hot).state = prepare(callee, &*code, target);
        (*hot).fuel -= 1;
        if (*hot).fuel < 0 {
            Exit::Paused
        } else if target == instance {
            Exit::Next
        } else {
            Exit::Moved
        }
    }
}

/// One of the two loops: the frequent operations, or the rare ones, each until the next operation is not its own.
///
/// The frequent loop must keep in registers what it lives on, also when an engine with a simple register allocator
/// compiles it: so it is small, and calls nothing but [`enter`].
///
/// # Safety
/// As for [`run`].
#[expect(clippy::too_many_lines, reason = "one operation a line; a loop cannot be cut")]
#[inline(never)]
unsafe fn inside<const FREQUENT: bool>(store: &mut Store, hot: *mut Hot) -> Exit {
    // SAFETY: promised by the caller.
    let (mut pc, mut frame) = unsafe { ((*hot).state.pc, (*hot).state.frame) };

    macro_rules! exit {
        ($exit:expr) => {{
            (*hot).state.pc = pc;
            (*hot).state.frame = frame;
            return $exit;
        }};
    }
    macro_rules! trap {
        ($trap:expr) => {
            return Exit::Trapped($trap)
        };
    }
    macro_rules! pause {
        () => {
            if (*hot).fuel < 0 {
                exit!(Exit::Paused);
            }
        };
    }
    // SAFETY: the argument at the top of the parent module.
    unsafe {
        loop {
            let operation = pc.read();
            #[cfg_attr(
                all(target_family = "wasm", not(feature = "simd")),
                expect(unused_mut, reason = "pairs change it")
            )]
            let mut at = pc;
            pc = pc.add(4);

            // To the second instruction of a pair.
            #[cfg(any(feature = "simd", not(target_family = "wasm")))]
            macro_rules! next {
                () => {
                    at = pc;
                    pc = pc.add(4);
                };
            }

            let places = if LAZY && FREQUENT {
                [0; 3]
            } else {
                [at.add(1).read(), at.add(2).read(), at.add(3).read()]
            };
            macro_rules! word1 {
                () => {
                    if LAZY && FREQUENT { at.add(1).read() } else { places[0] }
                };
            }
            macro_rules! word2 {
                () => {
                    if LAZY && FREQUENT { at.add(2).read() } else { places[1] }
                };
            }
            macro_rules! word3 {
                () => {
                    if LAZY && FREQUENT { at.add(3).read() } else { places[2] }
                };
            }
            macro_rules! d_at {
                () => {
                    frame.add(usize::from(word1!())).cast::<u64>()
                };
            }
            macro_rules! a_at {
                () => {
                    frame.add(usize::from(word2!()))
                };
            }
            macro_rules! b_at {
                () => {
                    frame.add(usize::from(word3!()))
                };
            }
            macro_rules! a {
                ($ty:ty) => {
                    a_at!().cast::<$ty>().read()
                };
            }
            macro_rules! b {
                ($ty:ty) => {
                    b_at!().cast::<$ty>().read()
                };
            }
            // Words that follow the four.
            macro_rules! word {
                ($n:expr) => {
                    usize::from(pc.add($n).read())
                };
            }
            macro_rules! wide {
                ($n:expr) => {
                    pc.add($n).cast::<u32>().read_unaligned()
                };
            }
            macro_rules! put {
                ($value:expr) => {{
                    d_at!().write(Cell::cell($value));
                    continue;
                }};
            }
            #[cfg(any(feature = "simd", not(target_family = "wasm")))]
            macro_rules! keep {
                ($value:expr) => {
                    d_at!().write(Cell::cell($value))
                };
            }
            macro_rules! unary {
                ($ty:ty, |$x:ident| $value:expr) => {{
                    let $x = a!($ty);
                    put!($value)
                }};
            }
            macro_rules! binary {
                ($ty:ty, |$x:ident, $y:ident| $value:expr) => {{
                    let ($x, $y) = (a!($ty), b!($ty));
                    put!($value)
                }};
            }
            macro_rules! attempt {
                ($value:expr) => {
                    match $value {
                        Ok(value) => put!(value),
                        Err(trap) => trap!(trap),
                    }
                };
            }
            // Branches back, and only those, are to the start of a loop and cost fuel.
            macro_rules! jump {
                () => {{
                    let distance = wide!(0).cast_signed();
                    pc = pc.offset(distance as isize);
                    (*hot).fuel += i64::from(distance >> 31);
                    pause!();
                    continue;
                }};
            }
            macro_rules! jump_if {
                ($condition:expr) => {{
                    if $condition {
                        jump!()
                    }
                    pc = pc.add(2);
                    continue;
                }};
            }
            // The place in memory of so many bytes at the address in `a` plus `$offset`.
            macro_rules! access {
                ($ty:ty, $offset:expr) => {{
                    let at = u64::from(a!(u32)) + u64::from($offset);
                    if at + size_of::<$ty>() as u64 > (*hot).memory_len {
                        trap!(Trap::MemoryOutOfBounds);
                    }
                    (*hot).memory.add(at as usize).cast::<$ty>()
                }};
            }
            macro_rules! load {
                ($ty:ty as $wide:ty) => {{
                    let value = access!($ty, word3!()).read_unaligned();
                    put!(<$wide>::from(value))
                }};
            }
            #[cfg(any(feature = "simd", not(target_family = "wasm")))]
            macro_rules! keep_load {
                ($ty:ty) => {{
                    let value = access!($ty, word3!()).read_unaligned();
                    keep!(value);
                }};
            }
            macro_rules! store {
                ($ty:ty) => {{
                    access!($ty, word1!()).write_unaligned(b!($ty));
                    continue;
                }};
            }
            // Enters a function with the arguments whose places are `$skip` words on.
            macro_rules! enter {
                ($code:expr, $instance:expr, $skip:literal) => {{
                    let (code, target): (*const Code, *const Instance) = ($code, $instance);
                    ((*hot).state.pc, (*hot).state.frame) = (at, frame);
                    let exit = enter(hot, code, target, $skip);
                    (pc, frame) = ((*hot).state.pc, (*hot).state.frame);
                    if let Exit::Next = exit {
                        continue;
                    }
                    return exit;
                }};
            }
            macro_rules! leave {
                (|$results:ident| $copy:expr) => {{
                    let Return { state, results: $results } =
                        frame.sub(RETURN_BYTES).cast::<Return>().read_unaligned();
                    let () = $copy;
                    if state.pc.is_null() {
                        exit!(Exit::Done)
                    }
                    (pc, frame) = (state.pc, state.frame);
                    if state.instance != (*hot).state.instance {
                        (*hot).state.instance = state.instance;
                        exit!(Exit::Moved)
                    }
                    continue;
                }};
            }
            macro_rules! compare_and_branch {
                ($ty:ty, $operator:tt) => {
                    jump_if!(a!($ty) $operator b!($ty))
                };
            }

            #[cfg(feature = "simd")]
            macro_rules! vector_at {
                ($at:expr) => {
                    $at.cast::<vector::v128>().read_unaligned()
                };
            }
            #[cfg(feature = "simd")]
            macro_rules! put_vector {
                ($value:expr) => {{
                    d_at!().cast::<vector::v128>().write_unaligned($value);
                    continue;
                }};
            }
            #[cfg(feature = "simd")]
            macro_rules! load_vector {
                ($ty:ty, |$x:ident| $value:expr) => {{
                    let $x = access!($ty, word3!()).read_unaligned();
                    put_vector!($value)
                }};
            }
            #[cfg(feature = "simd")]
            macro_rules! load_extended {
                ($extend:ident) => {
                    load_vector!(u64, |x| vector::$extend(vector::u64x2_splat(x)))
                };
            }
            #[cfg(feature = "simd")]
            macro_rules! load_lane {
                ($ty:ty) => {{
                    let lane = access!($ty, pc.read()).read_unaligned();
                    d_at!().cast::<vector::v128>().write_unaligned(vector_at!(b_at!()));
                    d_at!().cast::<$ty>().add(word!(1)).write(lane);
                    pc = pc.add(2);
                    continue;
                }};
            }
            #[cfg(feature = "simd")]
            macro_rules! store_lane {
                ($ty:ty) => {{
                    let lane = b_at!().cast::<$ty>().add(word!(1)).read();
                    access!($ty, pc.read()).write_unaligned(lane);
                    pc = pc.add(2);
                    continue;
                }};
            }

            if FREQUENT {
                match operation {
                    op::COPY => {
                        d_at!().write(a!(u64));
                        continue;
                    }
                    #[cfg(feature = "simd")]
                    op::COPY_V128 => put_vector!(vector_at!(a_at!())),
                    op::CONST => {
                        d_at!().write(pc.cast::<u64>().read_unaligned());
                        pc = pc.add(4);
                        continue;
                    }
                    op::BRANCH => jump!(),
                    op::BRANCH_IF => jump_if!(a!(u32) != 0),
                    op::BRANCH_UNLESS => jump_if!(a!(u32) == 0),
                    op::BRANCH_TABLE => {
                        let choice = a!(u32).min(wide!(0)) as usize;
                        pc = pc.add(2 + choice * 2);
                        jump!()
                    }
                    op::RETURN => leave!(|_results| ()),
                    op::RETURN_ONE => {
                        let value = a!(u64);
                        leave!(|results| results.write(value))
                    }
                    op::CALL => enter!(
                        &*(*(*hot).state.instance).context.codes.add(wide!(0) as usize),
                        (*hot).state.instance,
                        2
                    ),
                    op::SELECT => {
                        let chosen =
                            if frame.add(word!(0)).cast::<u32>().read() != 0 { a_at!() } else { b_at!() };
                        pc = pc.add(1);
                        d_at!().write(chosen.cast::<u64>().read());
                        continue;
                    }
                    0x28 | 0x2A => load!(u32 as u32),
                    0x29 | 0x2B => load!(u64 as u64),
                    0x2D => load!(u8 as u32),
                    0x2F => load!(u16 as u32),
                    0x34 => load!(i32 as i64),
                    0x35 => load!(u32 as u64),
                    0x36 | 0x38 | 0x3E => store!(u32),
                    0x37 | 0x39 => store!(u64),
                    0x3A | 0x3C => store!(u8),
                    0x3B | 0x3D => store!(u16),
                    0x45 => unary!(u32, |x| x == 0),
                    0x46 => binary!(u32, |x, y| x == y),
                    0x47 => binary!(u32, |x, y| x != y),
                    0x48 => binary!(i32, |x, y| x < y),
                    0x49 => binary!(u32, |x, y| x < y),
                    0x4A => binary!(i32, |x, y| x > y),
                    0x4B => binary!(u32, |x, y| x > y),
                    0x4C => binary!(i32, |x, y| x <= y),
                    0x4D => binary!(u32, |x, y| x <= y),
                    0x4E => binary!(i32, |x, y| x >= y),
                    0x4F => binary!(u32, |x, y| x >= y),
                    0x50 => unary!(u64, |x| x == 0),
                    0x51 => binary!(u64, |x, y| x == y),
                    0x52 => binary!(u64, |x, y| x != y),
                    0x53 => binary!(i64, |x, y| x < y),
                    0x54 => binary!(u64, |x, y| x < y),
                    0x55 => binary!(i64, |x, y| x > y),
                    0x56 => binary!(u64, |x, y| x > y),
                    0x57 => binary!(i64, |x, y| x <= y),
                    0x58 => binary!(u64, |x, y| x <= y),
                    0x59 => binary!(i64, |x, y| x >= y),
                    0x5A => binary!(u64, |x, y| x >= y),
                    0x61 => binary!(f64, |x, y| x == y),
                    0x62 => binary!(f64, |x, y| x != y),
                    0x63 => binary!(f64, |x, y| x < y),
                    0x64 => binary!(f64, |x, y| x > y),
                    0x65 => binary!(f64, |x, y| x <= y),
                    0x66 => binary!(f64, |x, y| x >= y),
                    0x67 => unary!(u32, |x| x.leading_zeros()),
                    0x68 => unary!(u32, |x| x.trailing_zeros()),
                    0x6A => binary!(u32, |x, y| x.wrapping_add(y)),
                    0x6B => binary!(u32, |x, y| x.wrapping_sub(y)),
                    0x6C => binary!(u32, |x, y| x.wrapping_mul(y)),
                    0x6D => attempt!(match (a!(i32), b!(i32)) {
                        (_, 0) => Err(Trap::DivideByZero),
                        (x, y) => x.checked_div(y).ok_or(Trap::IntegerOverflow),
                    }),
                    0x6E => attempt!(a!(u32).checked_div(b!(u32)).ok_or(Trap::DivideByZero)),
                    0x6F => attempt!(match (a!(i32), b!(i32)) {
                        (_, 0) => Err(Trap::DivideByZero),
                        (x, y) => Ok(x.wrapping_rem(y)),
                    }),
                    0x70 => attempt!(a!(u32).checked_rem(b!(u32)).ok_or(Trap::DivideByZero)),
                    0x71 => binary!(u32, |x, y| x & y),
                    0x72 => binary!(u32, |x, y| x | y),
                    0x73 => binary!(u32, |x, y| x ^ y),
                    0x74 => binary!(u32, |x, y| x.wrapping_shl(y)),
                    0x75 => binary!(i32, |x, y| x.wrapping_shr(y.cast_unsigned())),
                    0x76 => binary!(u32, |x, y| x.wrapping_shr(y)),
                    0x77 => binary!(u32, |x, y| x.rotate_left(y & 31)),
                    0x78 => binary!(u32, |x, y| x.rotate_right(y & 31)),
                    0x79 => unary!(u64, |x| x.leading_zeros()),
                    0x7A => unary!(u64, |x| x.trailing_zeros()),
                    0x7C => binary!(u64, |x, y| x.wrapping_add(y)),
                    0x7D => binary!(u64, |x, y| x.wrapping_sub(y)),
                    0x7E => binary!(u64, |x, y| x.wrapping_mul(y)),
                    0x7F => attempt!(match (a!(i64), b!(i64)) {
                        (_, 0) => Err(Trap::DivideByZero),
                        (x, y) => x.checked_div(y).ok_or(Trap::IntegerOverflow),
                    }),
                    0x80 => attempt!(a!(u64).checked_div(b!(u64)).ok_or(Trap::DivideByZero)),
                    0x81 => attempt!(match (a!(i64), b!(i64)) {
                        (_, 0) => Err(Trap::DivideByZero),
                        (x, y) => Ok(x.wrapping_rem(y)),
                    }),
                    0x82 => attempt!(a!(u64).checked_rem(b!(u64)).ok_or(Trap::DivideByZero)),
                    0x83 => binary!(u64, |x, y| x & y),
                    0x84 => binary!(u64, |x, y| x | y),
                    0x85 => binary!(u64, |x, y| x ^ y),
                    0x86 => binary!(u64, |x, y| x.wrapping_shl(y as u32)),
                    0x87 => binary!(i64, |x, y| x.wrapping_shr(y as u32)),
                    0x88 => binary!(u64, |x, y| x.wrapping_shr(y as u32)),
                    0x89 => binary!(u64, |x, y| x.rotate_left(y as u32 & 63)),
                    0x8A => binary!(u64, |x, y| x.rotate_right(y as u32 & 63)),
                    0x92 => binary!(f32, |x, y| x + y),
                    0x93 => binary!(f32, |x, y| x - y),
                    0x94 => binary!(f32, |x, y| x * y),
                    0x95 => binary!(f32, |x, y| x / y),
                    0x99 => unary!(u64, |x| x & (u64::MAX >> 1)),
                    0xA0 => binary!(f64, |x, y| x + y),
                    0xA1 => binary!(f64, |x, y| x - y),
                    0xA2 => binary!(f64, |x, y| x * y),
                    0xA3 => binary!(f64, |x, y| x / y),
                    0xA7 | 0xBC | 0xBE => unary!(u32, |x| x),
                    0xAC | 0xC4 => unary!(i32, |x| i64::from(x)),
                    0xAD => unary!(u32, |x| u64::from(x)),
                    0xCD => compare_and_branch!(u32, ==),
                    0xCE => compare_and_branch!(u32, !=),
                    0xCF => compare_and_branch!(i32, <),
                    0xD0 => compare_and_branch!(u32, <),
                    0xD1 => compare_and_branch!(i32, >),
                    0xD2 => compare_and_branch!(u32, >),
                    0xD3 => compare_and_branch!(i32, <=),
                    0xD4 => compare_and_branch!(u32, <=),
                    0xD5 => compare_and_branch!(i32, >=),
                    0xD6 => compare_and_branch!(u32, >=),
                    #[cfg(any(feature = "simd", not(target_family = "wasm")))]
                    op::ADD_THEN_LOAD32 => {
                        keep!(a!(u32).wrapping_add(b!(u32)));
                        next!();
                        load!(u32 as u32)
                    }
                    #[cfg(any(feature = "simd", not(target_family = "wasm")))]
                    op::ADD_THEN_LOAD64 => {
                        keep!(a!(u32).wrapping_add(b!(u32)));
                        next!();
                        load!(u64 as u64)
                    }
                    #[cfg(any(feature = "simd", not(target_family = "wasm")))]
                    op::ADD_THEN_ADD => {
                        keep!(a!(u32).wrapping_add(b!(u32)));
                        next!();
                        binary!(u32, |x, y| x.wrapping_add(y))
                    }
                    #[cfg(any(feature = "simd", not(target_family = "wasm")))]
                    op::SHIFT_THEN_ADD => {
                        keep!(a!(u32).wrapping_shl(b!(u32)));
                        next!();
                        binary!(u32, |x, y| x.wrapping_add(y))
                    }
                    #[cfg(any(feature = "simd", not(target_family = "wasm")))]
                    op::LOAD32_THEN_ADD => {
                        keep_load!(u32);
                        next!();
                        binary!(u32, |x, y| x.wrapping_add(y))
                    }
                    #[cfg(any(feature = "simd", not(target_family = "wasm")))]
                    op::STORE32_THEN_LOAD32 => {
                        access!(u32, word1!()).write_unaligned(b!(u32));
                        next!();
                        load!(u32 as u32)
                    }
                    #[cfg(feature = "simd")]
                    0x100 => put_vector!(access!(vector::v128, word3!()).read_unaligned()),
                    #[cfg(feature = "simd")]
                    0x1E4 => put_vector!(vector::canonical32(vector::f32x4_add(
                        vector_at!(a_at!()),
                        vector_at!(b_at!())
                    ))),
                    #[cfg(feature = "simd")]
                    0x1E5 => put_vector!(vector::canonical32(vector::f32x4_sub(
                        vector_at!(a_at!()),
                        vector_at!(b_at!())
                    ))),
                    #[cfg(feature = "simd")]
                    0x1E6 => put_vector!(vector::canonical32(vector::f32x4_mul(
                        vector_at!(a_at!()),
                        vector_at!(b_at!())
                    ))),
                    #[cfg(feature = "simd")]
                    0x1F0 => put_vector!(vector::canonical64(vector::f64x2_add(
                        vector_at!(a_at!()),
                        vector_at!(b_at!())
                    ))),
                    #[cfg(feature = "simd")]
                    0x1F2 => put_vector!(vector::canonical64(vector::f64x2_mul(
                        vector_at!(a_at!()),
                        vector_at!(b_at!())
                    ))),
                    _ => {
                        pc = at;
                        exit!(Exit::Outside)
                    }
                }
            } else {
                match operation {
                    0x00 => trap!(Trap::Unreachable),
                    #[cfg(feature = "simd")]
                    op::CONST_V128 => {
                        let value = vector_at!(pc);
                        pc = pc.add(8);
                        put_vector!(value)
                    }
                    op::RETURN_MANY => leave!(|results| {
                        for n in 0..word!(0) {
                            results.add(n).write(frame.add(word!(n + 1)).cast::<u64>().read());
                        }
                    }),
                    #[cfg(feature = "linking")]
                    op::CALL_IMPORT => {
                        let at = instance_at((*hot).state.instance).functions.get(wide!(0) as usize);
                        let function = at.and_then(|at| store.functions.get(*at as usize));
                        let Some(function) = function else { trap!(Trap::UndefinedElement) };
                        let Some(target) = store.instances.get(function.instance as usize) else {
                            trap!(Trap::UndefinedElement)
                        };
                        enter!(&*target.context.codes.add(function.code as usize), target, 2)
                    }
                    op::CALL_INDIRECT => {
                        let index = frame.add(word!(3)).cast::<u32>().read();
                        let table = instance_at((*hot).state.instance)
                            .tables
                            .get(word!(2))
                            .and_then(|at| store.tables.get(*at as usize));
                        let Some(element) = table.and_then(|table| table.elements.get(index as usize)) else {
                            trap!(Trap::UndefinedElement)
                        };
                        let at = element.wrapping_sub(1) as usize;
                        let Some(function) = store.functions.get(at) else {
                            trap!(Trap::UninitializedElement)
                        };
                        if instance_at((*hot).state.instance).types.get(wide!(0) as usize)
                            != Some(&function.ty)
                        {
                            trap!(Trap::IndirectCallType)
                        }
                        let Some(target) = store.instances.get(function.instance as usize) else {
                            trap!(Trap::UninitializedElement)
                        };
                        enter!(&*target.context.codes.add(function.code as usize), target, 4)
                    }
                    #[cfg(feature = "simd")]
                    op::SELECT_V128 => {
                        let chosen =
                            if frame.add(word!(0)).cast::<u32>().read() != 0 { a_at!() } else { b_at!() };
                        pc = pc.add(1);
                        put_vector!(vector_at!(chosen))
                    }
                    op::GLOBAL_GET..=op::GLOBAL_SET_V128 => {
                        let set = operation >= op::GLOBAL_SET;
                        let high = if set { word1!() } else { word3!() };
                        let low = if set { word3!() } else { word2!() };
                        let at = instance_at((*hot).state.instance)
                            .globals
                            .get(usize::from(low) | usize::from(high) << 16);
                        let Some(global) = at.and_then(|at| store.globals.get_mut(*at as usize)) else {
                            trap!(Trap::WrongUse)
                        };
                        match operation {
                            op::GLOBAL_GET => d_at!().write(global.value[0]),
                            op::GLOBAL_GET_V128 => d_at!().cast::<[u64; 2]>().write(global.value),
                            op::GLOBAL_SET => global.value[0] = a!(u64),
                            _ => global.value = a!([u64; 2]),
                        }
                        continue;
                    }
                    op::REF_FUNC => {
                        let at = instance_at((*hot).state.instance)
                            .functions
                            .get(usize::from(word2!()) | usize::from(word3!()) << 16);
                        d_at!().write(at.map_or(0, |at| u64::from(*at) + 1));
                        continue;
                    }
                    op::ADDRESS => {
                        let Some(address) = a!(u32).checked_add(wide!(0)) else {
                            trap!(Trap::MemoryOutOfBounds)
                        };
                        pc = pc.add(2);
                        put!(address)
                    }
                    op::BULK..=op::TABLE_SIZE | op::MEMORY_GROW => {
                        pc = at;
                        exit!(Exit::Outside)
                    }
                    op::MEMORY_SIZE => put!(((*hot).memory_len / crate::limits::PAGE as u64) as u32),
                    0x2C => load!(i8 as i32),
                    0x2E => load!(i16 as i32),
                    0x30 => load!(i8 as i64),
                    0x31 => load!(u8 as u64),
                    0x32 => load!(i16 as i64),
                    0x33 => load!(u16 as u64),
                    0x5B => binary!(f32, |x, y| x == y),
                    0x5C => binary!(f32, |x, y| x != y),
                    0x5D => binary!(f32, |x, y| x < y),
                    0x5E => binary!(f32, |x, y| x > y),
                    0x5F => binary!(f32, |x, y| x <= y),
                    0x60 => binary!(f32, |x, y| x >= y),
                    0x69 => unary!(u32, |x| x.count_ones()),
                    0x7B => unary!(u64, |x| x.count_ones()),
                    // Operations on the sign are on bits, so that they leave a NaN as it is.
                    0x8B => unary!(u32, |x| x & 0x7FFF_FFFF),
                    0x8C => unary!(u32, |x| x ^ 0x8000_0000),
                    0x8D => unary!(f32, |x| Float::ceil(x)),
                    0x8E => unary!(f32, |x| Float::floor(x)),
                    0x8F => unary!(f32, |x| Float::trunc(x)),
                    0x90 => unary!(f32, |x| Float::nearest(x)),
                    0x91 => unary!(f32, |x| Float::sqrt(x)),
                    0x96 => binary!(f32, |x, y| Float::min(x, y)),
                    0x97 => binary!(f32, |x, y| Float::max(x, y)),
                    0x98 => binary!(u32, |x, y| x & 0x7FFF_FFFF | y & 0x8000_0000),
                    0x9A => unary!(u64, |x| x ^ (1 << 63)),
                    0x9B => unary!(f64, |x| Float::ceil(x)),
                    0x9C => unary!(f64, |x| Float::floor(x)),
                    0x9D => unary!(f64, |x| Float::trunc(x)),
                    0x9E => unary!(f64, |x| Float::nearest(x)),
                    0x9F => unary!(f64, |x| Float::sqrt(x)),
                    0xA4 => binary!(f64, |x, y| Float::min(x, y)),
                    0xA5 => binary!(f64, |x, y| Float::max(x, y)),
                    0xA6 => binary!(u64, |x, y| x & (u64::MAX >> 1) | y & (1 << 63)),
                    0xA8 => attempt!(float::i32_from_f32(a!(f32))),
                    0xA9 => attempt!(float::u32_from_f32(a!(f32))),
                    0xAA => attempt!(float::i32_from_f64(a!(f64))),
                    0xAB => attempt!(float::u32_from_f64(a!(f64))),
                    0xAE => attempt!(float::i64_from_f32(a!(f32))),
                    0xAF => attempt!(float::u64_from_f32(a!(f32))),
                    0xB0 => attempt!(float::i64_from_f64(a!(f64))),
                    0xB1 => attempt!(float::u64_from_f64(a!(f64))),
                    0xB2 => unary!(i32, |x| x as f32),
                    0xB3 => unary!(u32, |x| x as f32),
                    0xB4 => unary!(i64, |x| x as f32),
                    0xB5 => unary!(u64, |x| x as f32),
                    0xB6 => unary!(f64, |x| x as f32),
                    0xB7 => unary!(i32, |x| f64::from(x)),
                    0xB8 => unary!(u32, |x| f64::from(x)),
                    0xB9 => unary!(i64, |x| x as f64),
                    0xBA => unary!(u64, |x| x as f64),
                    0xBB => unary!(f32, |x| f64::from(x)),
                    0xBD | 0xBF => unary!(u64, |x| x),
                    0xC0 => unary!(i8, |x| i32::from(x)),
                    0xC1 => unary!(i16, |x| i32::from(x)),
                    0xC2 => unary!(i8, |x| i64::from(x)),
                    0xC3 => unary!(i16, |x| i64::from(x)),
                    0xC5 => unary!(f32, |x| x as i32),
                    0xC6 => unary!(f32, |x| x as u32),
                    0xC7 => unary!(f64, |x| x as i32),
                    0xC8 => unary!(f64, |x| x as u32),
                    0xC9 => unary!(f32, |x| x as i64),
                    0xCA => unary!(f32, |x| x as u64),
                    0xCB => unary!(f64, |x| x as i64),
                    0xCC => unary!(f64, |x| x as u64),
                    // Those of the frequent loop are not among the others here.
                    #[cfg(feature = "simd")]
                    0x100 | 0x1E4..=0x1E6 | 0x1F0 | 0x1F2 => {
                        pc = at;
                        exit!(Exit::Next)
                    }
                    #[cfg(feature = "simd")]
                    op::VECTOR.. => match operation - op::VECTOR {
                        1 => load_extended!(i16x8_extend_low_i8x16),
                        2 => load_extended!(u16x8_extend_low_u8x16),
                        3 => load_extended!(i32x4_extend_low_i16x8),
                        4 => load_extended!(u32x4_extend_low_u16x8),
                        5 => load_extended!(i64x2_extend_low_i32x4),
                        6 => load_extended!(u64x2_extend_low_u32x4),
                        7 => load_vector!(u8, |x| vector::u8x16_splat(x)),
                        8 => load_vector!(u16, |x| vector::u16x8_splat(x)),
                        9 => load_vector!(u32, |x| vector::u32x4_splat(x)),
                        10 => load_vector!(u64, |x| vector::u64x2_splat(x)),
                        11 => {
                            access!(vector::v128, word1!()).write_unaligned(vector_at!(b_at!()));
                            continue;
                        }
                        84 => load_lane!(u8),
                        85 => load_lane!(u16),
                        86 => load_lane!(u32),
                        87 => load_lane!(u64),
                        88 => store_lane!(u8),
                        89 => store_lane!(u16),
                        90 => store_lane!(u32),
                        91 => store_lane!(u64),
                        92 => load_vector!(u32, |x| vector::u64x2(u64::from(x), 0)),
                        93 => load_vector!(u64, |x| vector::u64x2(x, 0)),
                        number => {
                            let places =
                                vector::Places { d: d_at!().cast(), a: a_at!(), b: b_at!(), frame, rest: pc };
                            pc = pc.add(vector::operate(number, places));
                            continue;
                        }
                    },
                    _ => {
                        pc = at;
                        exit!(Exit::Next)
                    }
                }
            }
        }
    }
}
