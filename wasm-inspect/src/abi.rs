//! The sets of exports that tell what kind of guest a module is, with their signatures.

use crate::facts::{ExportKind, ModuleFacts};

/// The exports of the solver ABI, version 1: name and signature.
pub const SOLVER_EXPORTS: &[(&str, &str)] = &[
    ("rvf_solver_abi_version", "() -> i32"),
    ("rvf_solver_capabilities", "() -> i32"),
    ("rvf_solver_describe_ptr", "() -> i32"),
    ("rvf_solver_describe_len", "() -> i32"),
    ("rvf_solver_alloc", "(i32) -> i32"),
    ("rvf_solver_free", "(i32, i32) -> ()"),
    ("rvf_solver_create", "() -> i32"),
    ("rvf_solver_destroy", "(i32) -> i32"),
    ("rvf_solver_open", "(i32, i32, i32) -> i32"),
    ("rvf_solver_begin", "(i32, i32, i32) -> i32"),
    ("rvf_solver_step", "(i32, i32) -> i32"),
    ("rvf_solver_reads_ptr", "(i32) -> i32"),
    ("rvf_solver_reads_len", "(i32) -> i32"),
    ("rvf_solver_columns_ptr", "(i32) -> i32"),
    ("rvf_solver_columns_len", "(i32) -> i32"),
    ("rvf_solver_result_len", "(i32) -> i32"),
    ("rvf_solver_result_read", "(i32, i32) -> i32"),
    ("rvf_solver_error_ptr", "(i32) -> i32"),
    ("rvf_solver_error_len", "(i32) -> i32"),
];

/// The twelve exports of the self-learning solver that others publish.
pub const PUBLISHED_SOLVER_EXPORTS: &[(&str, &str)] = &[
    ("rvf_solver_alloc", "(i32) -> i32"),
    ("rvf_solver_free", "(i32, i32) -> ()"),
    ("rvf_solver_create", "() -> i32"),
    ("rvf_solver_destroy", "(i32) -> i32"),
    ("rvf_solver_train", "(i32, i32, i32, i32, i32, i32) -> i32"),
    ("rvf_solver_acceptance", "(i32, i32, i32, i32, i32, i32, i32) -> i32"),
    ("rvf_solver_result_len", "(i32) -> i32"),
    ("rvf_solver_result_read", "(i32, i32) -> i32"),
    ("rvf_solver_policy_len", "(i32) -> i32"),
    ("rvf_solver_policy_read", "(i32, i32) -> i32"),
    ("rvf_solver_witness_len", "(i32) -> i32"),
    ("rvf_solver_witness_read", "(i32, i32) -> i32"),
];

/// The fourteen exports of a tile microkernel.
pub const TILE_EXPORTS: &[(&str, &str)] = &[
    ("rvf_init", "(i32) -> i32"),
    ("rvf_load_query", "(i32, i32) -> i32"),
    ("rvf_load_block", "(i32, i32, i32) -> i32"),
    ("rvf_distances", "(i32, i32) -> i32"),
    ("rvf_topk_merge", "(i32, i32, i32, i32) -> i32"),
    ("rvf_topk_read", "(i32) -> i32"),
    ("rvf_load_sq_params", "(i32, i32) -> i32"),
    ("rvf_dequant_i8", "(i32, i32, i32) -> i32"),
    ("rvf_load_pq_codebook", "(i32, i32, i32) -> i32"),
    ("rvf_pq_distances", "(i32, i32, i32) -> i32"),
    ("rvf_load_neighbors", "(i64, i32, i32) -> i32"),
    ("rvf_greedy_step", "(i64, i32) -> i64"),
    ("rvf_verify_header", "(i32) -> i32"),
    ("rvf_crc32c", "(i32, i32) -> i32"),
];

/// The exports of an interpreter, version 1 (docs/interpreter.md), that hosts call.
pub const INTERPRETER_EXPORTS: &[(&str, &str)] = &[
    ("rvf_interpreter_abi_version", "() -> i32"),
    ("rvf_interpreter_capabilities", "() -> i32"),
    ("rvf_interpreter_alloc", "(i32) -> i32"),
    ("rvf_interpreter_free", "(i32, i32) -> ()"),
    ("rvf_interpreter_load", "(i32, i32) -> i32"),
    ("rvf_interpreter_instantiate", "(i32, i32, i32) -> i32"),
    ("rvf_interpreter_find", "(i32, i32) -> i32"),
    ("rvf_interpreter_signature", "(i32) -> i32"),
    ("rvf_interpreter_cells_ptr", "() -> i32"),
    ("rvf_interpreter_cells_len", "() -> i32"),
    ("rvf_interpreter_call", "(i32, i64) -> i32"),
    ("rvf_interpreter_resume", "(i64) -> i32"),
    ("rvf_interpreter_fuel", "() -> i64"),
    ("rvf_interpreter_memory_base", "() -> i32"),
    ("rvf_interpreter_memory_len", "() -> i32"),
    ("rvf_interpreter_error_ptr", "() -> i32"),
    ("rvf_interpreter_error_len", "() -> i32"),
];

impl ModuleFacts {
    /// True when the module has the exports of an interpreter.
    #[must_use]
    pub fn is_interpreter(&self) -> bool {
        self.missing(INTERPRETER_EXPORTS).next().is_none()
    }

    /// True when the module exports `memory` and every function of the solver ABI, each with the right
    /// signature: a program a loader can drive.
    #[must_use]
    pub fn is_solver(&self) -> bool {
        self.missing_solver_exports().is_empty()
    }

    /// What keeps the module from being a solver: names missing or of another signature, in ABI order.
    #[must_use]
    pub fn missing_solver_exports(&self) -> Vec<&'static str> {
        let memory = self.export("memory").is_none_or(|e| e.kind != ExportKind::Memory);
        let mut missing: Vec<&'static str> = if memory { vec!["memory"] } else { Vec::new() };
        missing.extend(self.missing(SOLVER_EXPORTS));
        missing
    }

    /// True when the module has the fourteen tile exports.
    #[must_use]
    pub fn is_tile(&self) -> bool {
        self.missing(TILE_EXPORTS).next().is_none()
    }

    /// True when the module has the twelve exports of the published self-learning solver.
    #[must_use]
    pub fn is_published_solver(&self) -> bool {
        self.missing(PUBLISHED_SOLVER_EXPORTS).next().is_none()
    }

    fn missing(&self, wanted: &'static [(&'static str, &'static str)]) -> impl Iterator<Item = &'static str> {
        wanted.iter().filter_map(|(name, signature)| {
            let found = self
                .export(name)
                .is_some_and(|e| e.kind == ExportKind::Function && e.signature == *signature);
            if found { None } else { Some(*name) }
        })
    }
}
