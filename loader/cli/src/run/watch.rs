//! What is seen of a job while it runs: a bar, and the iterations for `--trace`.

use rvf_loader::abi::{Iteration, Progress};
use rvf_loader::limits::TRACE_POINTS;
use rvf_terminal::serde_json::Value;
use rvf_terminal::{Manners, Progress as Bar};

/// Parts of the bar that shows how a residual falls.
const PARTS: u64 = 1000;

/// Hears how a job goes on.
pub(super) struct Watch<'m> {
    manners: &'m Manners,
    bar: Option<Bar>,
    falling: Option<Falling>,
    tolerance: Option<f64>,
    /// The iterations, when they are wanted.
    trace: Option<Vec<Iteration>>,
}

/// A bar from the first residual to the tolerance, by logarithms.
struct Falling {
    bar: Bar,
    first: f64,
}

impl<'m> Watch<'m> {
    /// `bytes`: what one scan will read, if that is known.
    pub(super) fn new(manners: &'m Manners, bytes: Option<u64>, tolerance: Option<f64>, trace: bool) -> Self {
        let bar = Some(Bar::bytes(manners, "reading", bytes));
        Self { manners, bar, falling: None, tolerance, trace: trace.then(Vec::new) }
    }

    pub(super) fn hear(&mut self, progress: Progress<'_>) {
        if let Some(bar) = &mut self.bar {
            bar.set(progress.bytes_read);
        }
        let Some(last) = progress.iterations.last() else { return };
        if let Some(trace) = &mut self.trace {
            let room = TRACE_POINTS.saturating_sub(trace.len());
            trace.extend(progress.iterations.iter().take(room));
        }
        let Some(tolerance) = self.tolerance else { return };
        let falling = self.falling.get_or_insert_with(|| {
            // One bar at a time.
            self.bar = None;
            Falling { bar: Bar::parts(self.manners, "converging", PARTS), first: last.residual }
        });
        falling.bar.set(share(falling.first, last.residual, tolerance));
    }

    /// Takes the bars away and gives the iterations. The last one of a job is in its summary only,
    /// when the guest finished within a step.
    pub(super) fn finish(self, summary: &Value) -> Vec<Iteration> {
        let mut trace = self.trace.unwrap_or_default();
        let number = summary.get("iterations").and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok());
        let residual = ["relative_residual", "residual"].iter().find_map(|key| summary.get(key)?.as_f64());
        if let (Some(number), Some(residual), Some(last)) = (number, residual, trace.last())
            && number > last.number
        {
            trace.push(Iteration { number, residual });
        }
        trace
    }
}

/// How far the way from `first` to `tolerance` is gone, in parts.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=1 before")]
fn share(first: f64, now: f64, tolerance: f64) -> u64 {
    let whole = (first / tolerance).ln();
    let gone = (first / now).ln() / whole;
    if whole.is_finite() && whole > 0.0 && !gone.is_nan() {
        (gone.clamp(0.0, 1.0) * PARTS as f64) as u64
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_is_measured_in_decades() {
        assert_eq!(share(1.0, 1e-4, 1e-8), 500);
        assert_eq!(share(1.0, 2.0, 1e-8), 0);
        assert_eq!(share(1.0, 0.0, 1e-8), 1000);
        assert_eq!(share(1e-9, 1e-10, 1e-8), 0);
        assert_eq!(share(0.0, 0.0, 1e-8), 0);
    }
}
