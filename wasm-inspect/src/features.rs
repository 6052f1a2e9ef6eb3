//! Features: which a module needs, and how header bits and validator flags map to each other.

use rvf_format::read::wasm::feature;
use wasmparser::types::Types;
use wasmparser::{Validator, WasmFeatures as F};

use crate::inspect::{Clock, InspectError};

/// What every engine of the last years has and no header bit names.
const BASELINE: F = F::MUTABLE_GLOBAL
    .union(F::SIGN_EXTENSION)
    .union(F::SATURATING_FLOAT_TO_INT)
    .union(F::FLOATS)
    .union(F::GC_TYPES);

/// Header bit, and the validator flags the bit stands for.
const NAMED: &[(u16, F)] = &[
    (feature::SIMD, F::SIMD),
    (feature::BULK_MEMORY, F::BULK_MEMORY),
    (feature::MULTI_VALUE, F::MULTI_VALUE),
    (feature::REFERENCE_TYPES, F::REFERENCE_TYPES),
    (feature::THREADS, F::THREADS),
    (feature::TAIL_CALL, F::TAIL_CALL),
    (feature::GC, F::GC.union(F::FUNCTION_REFERENCES)),
    (feature::EXCEPTIONS, F::EXCEPTIONS),
];

/// Features without a bit. Tried first, so that a module is only said to need one of them when
/// nothing else will do.
const UNNAMED: &[(&str, F)] = &[
    ("custom-descriptors", F::CUSTOM_DESCRIPTORS),
    ("multibyte-array-access", F::MULTIBYTE_ARRAY_ACCESS),
    ("acquire-release-atomics", F::ACQUIRE_RELEASE_ATOMICS),
    ("stack-switching", F::STACK_SWITCHING),
    ("shared-everything-threads", F::SHARED_EVERYTHING_THREADS),
    ("legacy-exceptions", F::LEGACY_EXCEPTIONS),
    ("memory-control", F::MEMORY_CONTROL),
    ("custom-page-sizes", F::CUSTOM_PAGE_SIZES),
    ("wide-arithmetic", F::WIDE_ARITHMETIC),
    ("compact-imports", F::COMPACT_IMPORTS),
    ("relaxed-simd", F::RELAXED_SIMD),
    ("memory64", F::MEMORY64),
    ("multi-memory", F::MULTI_MEMORY),
    ("extended-const", F::EXTENDED_CONST),
];

/// The validator flags for the header bits `bits`: the baseline plus what each bit stands for, and
/// nothing else. A module that needs more than its header declares does not validate with these.
/// Bits that rest on others bring them along (`gc` needs `reference-types`). Unknown bits add nothing.
#[must_use]
pub fn wasm_features_for(bits: u16) -> F {
    let mut flags = BASELINE;
    for (bit, flag) in NAMED {
        if bits & bit != 0 {
            flags |= *flag;
        }
    }
    if bits & feature::GC != 0 {
        flags |= F::REFERENCE_TYPES;
    }
    flags
}

/// The names of the header bits set in `bits`, in bit order; unknown bits are left out.
#[must_use]
pub fn feature_names(bits: u16) -> Vec<&'static str> {
    feature::ALL.iter().filter(|(bit, _)| bits & bit != 0).map(|(_, name)| *name).collect()
}

/// Everything a core module could use.
pub(crate) fn everything() -> F {
    UNNAMED.iter().map(|(_, flag)| *flag).chain(NAMED.iter().map(|(_, flag)| *flag)).fold(BASELINE, F::union)
}

/// What a probe may take away: a header bit (or none), a name, validator flags.
type Probe = (u16, &'static str, F);

/// The features without which `module` is not valid. `module` must be valid with [`everything`].
///
/// Takes features away and keeps away what is not missed, so that what remains is sufficient (it was
/// the last set that validated) and nothing in it can be spared.
pub(crate) fn needed(module: &[u8], clock: Clock) -> Result<(u16, Vec<&'static str>), InspectError> {
    let unnamed = UNNAMED.iter().map(|(name, flag)| (0, *name, *flag));
    // The larger features first: those they rest on are tried once they are out of the way.
    let named = NAMED.iter().rev().map(|(bit, flag)| (*bit, "", *flag));
    let probes: Vec<Probe> = unnamed.chain(named).collect();
    let mut flags = everything();
    let mut kept = Vec::new();
    spare(module, &mut flags, &probes, &mut kept, clock)?;
    let bits = kept.iter().fold(0, |bits, (bit, ..)| bits | bit);
    let unnamed = kept.iter().filter(|(bit, ..)| *bit == 0).map(|(_, name, _)| *name).collect();
    Ok((closed(bits), unnamed))
}

/// The module's types when `bits` is what [`needed`] would find: the module is valid with them and
/// misses each one. Far fewer validations than finding out.
pub(crate) fn exactly(module: &[u8], bits: u16, clock: Clock) -> Result<Option<Types>, InspectError> {
    let validate = |bits| Validator::new_with_features(wasm_features_for(bits)).validate_all(module);
    let known = NAMED.iter().fold(0, |all, (bit, _)| all | bit);
    let implied = if bits & feature::GC != 0 { feature::REFERENCE_TYPES } else { 0 };
    if bits & !known != 0 || bits != closed(bits) {
        return Ok(None);
    }
    let Ok(types) = validate(bits) else { return Ok(None) };
    for (bit, _) in NAMED.iter().filter(|(bit, _)| bits & bit != 0 && bit & implied == 0) {
        clock.check()?;
        if validate(bits & !bit).is_ok() {
            return Ok(None);
        }
    }
    Ok(Some(types))
}

/// The bits with those they bring along.
fn closed(bits: u16) -> u16 {
    if bits & feature::GC != 0 { bits | feature::REFERENCE_TYPES } else { bits }
}

/// Removes all of `probes` from `flags` if the module stays valid; if not, tries each half. What must
/// stay goes to `kept`. Most modules need few features, so this takes few validations.
fn spare(
    module: &[u8],
    flags: &mut F,
    probes: &[Probe],
    kept: &mut Vec<Probe>,
    clock: Clock,
) -> Result<(), InspectError> {
    clock.check()?;
    let all = probes.iter().fold(F::empty(), |all, (.., flag)| all | *flag);
    let fewer = *flags & !all;
    if Validator::new_with_features(fewer).validate_all(module).is_ok() {
        *flags = fewer;
        return Ok(());
    }
    match probes {
        [] => {}
        [one] => kept.push(*one),
        more => {
            let (left, right) = more.split_at(more.len() / 2);
            spare(module, flags, left, kept, clock)?;
            spare(module, flags, right, kept, clock)?;
        }
    }
    Ok(())
}
