//! Opens a store with the published runtime and answers one exact query: the process that the
//! first-answer benchmark runs beside `rvf-run`.

use rvf_runtime::{QueryOptions, RvfStore};
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().collect();
    let [_, store, query] = args.as_slice() else {
        return ExitCode::from(2);
    };
    match answer(Path::new(store), Path::new(query)) {
        Ok(checksum) if checksum > 0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

/// Sum of the ids found, so that the work cannot be left out.
fn answer(store: &Path, query: &Path) -> Result<u64, Box<dyn std::error::Error>> {
    let bytes = std::fs::read(query)?;
    let query: Vec<f32> = bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
    let store = RvfStore::open_readonly(store).map_err(|e| format!("{e:?}"))?;
    let options = QueryOptions { force_exact: true, ..QueryOptions::default() };
    let found = store.query(&query, 10, &options).map_err(|e| format!("{e:?}"))?;
    Ok(found.iter().map(|hit| hit.id + 1).sum())
}
