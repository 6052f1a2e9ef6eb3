//! What is asked of a module before an engine without such questions of its own gets it.

use rvf_wasm_inspect::wasm_features_for;
use rvf_wasm_inspect::wasmparser::{Parser, Payload, Validator};

use super::{EngineError, Features};

/// The module has a start section. It would run during instantiation, before the
/// host has looked at anything, so no engine accepts it.
pub(super) fn has_start(module: &[u8]) -> bool {
    Parser::new(0).parse_all(module).any(|payload| matches!(payload, Ok(Payload::StartSection { .. })))
}

/// Refuses a module that is not valid with exactly these features, imports something or has a start
/// function. Gives the bytes of its largest function.
pub(super) fn check(module: &[u8], features: Features) -> Result<u64, EngineError> {
    if has_start(module) {
        return Err(EngineError::start_function());
    }
    let mut largest = 0;
    for payload in Parser::new(0).parse_all(module) {
        match payload {
            Ok(Payload::CodeSectionEntry(body)) => {
                largest = largest.max(body.range().end.saturating_sub(body.range().start));
            }
            Ok(Payload::ImportSection(section)) => {
                if let Some(Ok(import)) = section.into_imports().next() {
                    return Err(EngineError::imports(import.module, import.name));
                }
            }
            // The validator says what is wrong.
            _ => {}
        }
    }
    Validator::new_with_features(wasm_features_for(features.0))
        .validate_all(module)
        .map_err(|error| EngineError::Invalid { reason: error.to_string() })?;
    Ok(largest)
}
