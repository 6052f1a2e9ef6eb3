//! The finite budget of a run: fuel and a wall-clock deadline, shared by compile, calls and copies.

use std::time::{Duration, Instant};

use super::LimitHit;
use crate::limits::Limits;

/// What is left of a run's time and fuel.
#[derive(Debug, Clone)]
pub struct Budget {
    timeout: Option<Duration>,
    deadline: Option<Instant>,
    granted: u64,
    fuel: u64,
}

impl Budget {
    /// Starts the clock.
    #[must_use]
    pub fn start(limits: &Limits) -> Self {
        // A timeout beyond the clock's range is no timeout.
        let deadline = limits.timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        Self { timeout: limits.timeout, deadline, granted: limits.fuel, fuel: limits.fuel }
    }

    /// Fuel left.
    pub(crate) fn fuel(&self) -> u64 {
        self.fuel
    }

    /// Time left; `None` when there is no deadline.
    #[cfg(feature = "jit")]
    pub(crate) fn time_left(&self) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// Takes `fuel` away and looks at the clock.
    pub(crate) fn charge(&mut self, fuel: u64) -> Result<(), LimitHit> {
        self.check_time()?;
        match self.fuel.checked_sub(fuel) {
            Some(left) => {
                self.fuel = left;
                Ok(())
            }
            None => {
                self.fuel = 0;
                Err(self.exhausted())
            }
        }
    }

    /// The error for fuel used up.
    pub(crate) fn exhausted(&self) -> LimitHit {
        LimitHit::Fuel { granted: self.granted }
    }

    /// Looks at the clock.
    pub(crate) fn check_time(&self) -> Result<(), LimitHit> {
        match (self.deadline, self.timeout) {
            (Some(deadline), Some(after)) if Instant::now() >= deadline => Err(LimitHit::Timeout { after }),
            _ => Ok(()),
        }
    }

    /// The error for a compilation that did not end in time.
    #[cfg(feature = "jit")]
    pub(crate) fn compile_timeout(&self) -> LimitHit {
        LimitHit::CompileTimeout { after: self.timeout.unwrap_or_default() }
    }
}
