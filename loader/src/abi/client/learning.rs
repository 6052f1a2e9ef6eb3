//! The exports of a module that learns from puzzles of its own: those of the published learning solver,
//! and the three that take its state out and in again (docs/abi.md).

use serde_json::Value;

use super::Client;
use crate::abi::AbiError;
use crate::engine::EngineError;
use crate::limits;

/// What to train with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Training {
    /// Puzzles.
    pub count: i32,
    /// Least difficulty, 1..=10.
    pub least: i32,
    /// Greatest difficulty, 1..=10.
    pub most: i32,
    /// Names the puzzles.
    pub seed: u64,
}

/// What to test with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Acceptance {
    /// Puzzles that nothing is learned from.
    pub hold_out: i32,
    /// Puzzles learned from in each cycle.
    pub training: i32,
    /// Cycles.
    pub cycles: i32,
    /// Steps that one puzzle may take.
    pub budget: i32,
    /// Names the puzzles.
    pub seed: u64,
}

impl Client {
    /// The module has these exports.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn learns(&mut self) -> Result<bool, AbiError> {
        for (name, params) in [("train", 6), ("acceptance", 7), ("state_len", 1), ("state_load", 3)] {
            match self.guest.export(&format!("rvf_solver_{name}"), params, 1) {
                Ok(_) => {}
                Err(EngineError::Export { .. }) => return Ok(false),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(true)
    }

    /// Solves puzzles and learns from them. The module's JSON.
    ///
    /// # Errors
    /// The guest's own, and those of every call.
    pub fn train(&mut self, training: &Training) -> Result<Value, AbiError> {
        let Training { count, least, most, seed } = *training;
        let (low, high) = halves(seed);
        self.ask("train", &[count, least, most, low, high])?;
        self.summary()
    }

    /// Runs the acceptance test. Whether it passed, and the module's JSON.
    ///
    /// # Errors
    /// The guest's own, and those of every call.
    pub fn acceptance(&mut self, test: &Acceptance) -> Result<(bool, Value), AbiError> {
        let Acceptance { hold_out, training, cycles, budget, seed } = *test;
        let (low, high) = halves(seed);
        let passed = self.ask("acceptance", &[hold_out, training, cycles, budget, low, high])? != 0;
        Ok((passed, self.summary()?))
    }

    /// The policy as the module's JSON.
    ///
    /// # Errors
    /// When it is too long, outside the memory, or not JSON.
    pub fn policy(&mut self) -> Result<Value, AbiError> {
        let bytes = self.taken("policy", limits::SUMMARY_BYTES)?;
        serde_json::from_slice(&bytes)
            .map_err(|error| AbiError::Contract { what: format!("its policy is not JSON: {error}") })
    }

    /// The witness chain of what was done since the start: whole entries of 73 bytes.
    ///
    /// # Errors
    /// When it is too long or outside the memory.
    pub fn witness(&mut self) -> Result<Vec<u8>, AbiError> {
        self.taken("witness", limits::LEARNED_BYTES)
    }

    /// All that was learned, in the module's own layout.
    ///
    /// # Errors
    /// When it is too long or outside the memory.
    pub fn state(&mut self) -> Result<Vec<u8>, AbiError> {
        self.taken("state", limits::LEARNED_BYTES)
    }

    /// Goes on from a saved state.
    ///
    /// # Errors
    /// Status -5 when the bytes are no state of this module, and those of every call.
    pub fn load(&mut self, state: &[u8]) -> Result<(), AbiError> {
        let function = self.guest.export("rvf_solver_state_load", 3, 1)?;
        self.give(function, "state_load", state)
    }

    /// Calls an export that answers with a number of its own, or a negative status.
    fn ask(&mut self, name: &str, arguments: &[i32]) -> Result<i32, AbiError> {
        let function = self.guest.export(&format!("rvf_solver_{name}"), arguments.len() + 1, 1)?;
        let arguments: Vec<i32> = [self.handle].iter().chain(arguments).copied().collect();
        match self.guest.call(function, &arguments)? {
            status if status < 0 => Err(self.reported(name, status)),
            answer => Ok(answer),
        }
    }

    /// What `NAME_len` and `NAME_read` give.
    fn taken(&mut self, name: &str, most: usize) -> Result<Vec<u8>, AbiError> {
        let len = self.ask(&format!("{name}_len"), &[])?;
        if usize::try_from(len).map_or(true, |len| len > most) {
            return Err(AbiError::Contract { what: format!("its {name} has {len} bytes") });
        }
        if len == 0 {
            return Ok(Vec::new());
        }
        let ptr = self.alloc(len)?;
        let written = self.ask(&format!("{name}_read"), &[ptr])?;
        if written != len {
            let what = format!("it promises {len} bytes of {name} and writes {written}");
            return Err(AbiError::Contract { what });
        }
        let bytes = self.bytes(name, ptr, len, most)?.to_vec();
        self.guest.call(self.exports.free, &[ptr, len])?;
        Ok(bytes)
    }
}

fn halves(seed: u64) -> (i32, i32) {
    let [a, b, c, d, e, f, g, h] = seed.to_le_bytes();
    (i32::from_le_bytes([a, b, c, d]), i32::from_le_bytes([e, f, g, h]))
}
