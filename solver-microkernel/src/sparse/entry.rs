//! One element of the solution of A x = b, from the rows around it, with a proven bound.
//!
//! Adjoint push: keep p and r with e_t^T = p^T A + r^T, starting at p = 0, r = e_t. Taking
//! c = r_u / a_uu, p_u += c, r -= c * (row u) keeps the identity and needs row u only. Then
//! x_t - p.b = r.x, so |x_t - p.b| <= sum |r_u| w_u for any w with |x_u| <= w_u, for which
//! X0 = max |b_i| / s_i serves everywhere and (|b_u| + others_u X0) / |a_uu| at rows that were read.
//! Nothing in this depends on the size of the matrix.

use super::access::at;
use super::csr::{least, most};
use super::limits::ROUNDOFF;
use super::local::{Local, Need};
use super::push::{clear, fit};
use super::refusal::{Refusal, Why};
use super::walks::Walks;
use solver_kernels::push::{Front, Sizes};

/// What is known beforehand of the matrix and the right-hand side: claims of the file, which are
/// checked at every row that is read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Claims {
    /// Lower limit of |a_ii| - sum |a_ij|.
    pub row_slack: f64,
    /// Lower limit of 1 - sum |a_ij| / |a_ii|; predicts work, proves nothing.
    pub row_gap: f64,
    /// Stored entries, to compare work with a full solve.
    pub entries: u64,
    /// Symmetric: over-relaxation pays. Nothing is proven from it.
    pub symmetric: bool,
    /// Upper limit of |b_i|.
    pub b_most: f64,
    /// Upper limit of sum |x_i|, where one is known: sum |b_i| / least column slack.
    pub x_sum: Option<f64>,
}
solver_lists::blank!(Claims { row_slack, row_gap, entries, symmetric, b_most, x_sum });

/// What is asked.
#[derive(Clone, Copy, Debug, Default)]
pub struct EntryOptions {
    /// Wanted bound, absolute.
    pub tolerance: f64,
    /// 1 for a bound that is certain; below 1, random walks may end the work, and the bound holds
    /// with this probability.
    pub confidence: f64,
    /// Rows that may be read.
    pub max_rows: u64,
    /// Of the walks.
    pub seed: u64,
}
solver_lists::blank!(EntryOptions { tolerance, confidence, max_rows, seed });

/// An estimate.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Estimate {
    /// Of x_t.
    pub value: f64,
    /// |value - x_t| is at most this.
    pub bound: f64,
    /// With this probability; 1 is certainty.
    pub confidence: f64,
    /// The bound is at most the tolerance.
    pub met: bool,
    /// Walks made.
    pub walks: u64,
}
solver_lists::blank!(Estimate { value, bound, confidence, met, walks });

/// An estimate under way.
#[derive(Default)]
pub struct Entry {
    options: EntryOptions,
    claims: Claims,
    /// Bound of |x|, from the claims.
    x_most: f64,
    target: u32,
    front: Front,
    threshold: f64,
    relaxation: f64,
    bound: f64,
    least_bound: f64,
    started: bool,
    /// Walks have taken over.
    walking: bool,
    walks: Walks,
    done: bool,
    found: Estimate,
}
solver_lists::blank!(Entry {
    options,
    claims,
    x_most,
    target,
    front,
    threshold,
    relaxation,
    bound,
    least_bound,
    started,
    walking,
    walks,
    done,
    found
});

/// Largest |x_i| that the claims allow: |b_i| / s_i at its worst.
#[must_use]
pub fn greatest_solution(claims: &Claims) -> f64 {
    if claims.b_most == 0.0 { 0.0 } else { claims.b_most / claims.row_slack * (1.0 + 4.0 * ROUNDOFF) }
}

impl Entry {
    /// Row `target` is below the number of rows of the [`Local`] given later.
    pub fn new(target: u32, claims: Claims, options: EntryOptions) -> Result<Self, Refusal> {
        let mut entry = Self { claims, options, ..Self::default() };
        entry.start(target)?;
        Ok(entry)
    }

    /// What is known and what is asked, before [`Entry::start`].
    pub(crate) const fn terms_mut(&mut self) -> (&mut Claims, &mut EntryOptions) {
        (&mut self.claims, &mut self.options)
    }

    /// Starts on another element with the same terms.
    pub(crate) fn start(&mut self, target: u32) -> Result<(), Refusal> {
        let claims = &self.claims;
        self.x_most = greatest_solution(claims);
        if !(claims.row_slack > 0.0 && self.x_most.is_finite()) {
            return Err(Why::NoSlack.plain());
        }
        self.target = target;
        clear(&mut self.front);
        self.walks.clear();
        (self.started, self.walking, self.done) = (false, false, false);
        self.threshold = 0.25;
        // Measured: saves half of the pushes on symmetric matrices, diverges on some others.
        self.relaxation = if claims.symmetric { 1.3 } else { 1.0 };
        (self.bound, self.least_bound) = (f64::INFINITY, f64::INFINITY);
        Ok(())
    }

    /// The work that pushing would take is above that of a full solve: reaching the tolerance takes
    /// about ln(X0/tolerance) / gap hops, and in the plane a ball of that radius.
    #[must_use]
    pub fn is_hopeless(&self, rows: u64) -> bool {
        let hops =
            libm::log(most(self.x_most / self.options.tolerance, 2.0)) / most(self.claims.row_gap, 1e-300);
        let ball = least(hops * hops / 2.0, rows as f64);
        hops * ball > 40.0 * self.claims.entries as f64 + 1e6
    }

    /// The estimate, once there.
    #[must_use]
    pub fn estimate(&self) -> Option<&Estimate> {
        self.done.then_some(&self.found)
    }

    /// Entries passed so far, the count of work.
    #[must_use]
    pub const fn arcs(&self) -> u64 {
        self.front.arcs + self.walks.arcs
    }

    /// One generation of pushes or one round of walks. `Nothing` with [`Entry::estimate`] still
    /// empty means that there is more to do.
    pub fn step(&mut self, local: &mut Local) -> Result<Need, Refusal> {
        self.advance(local)?;
        Ok(local.need())
    }

    #[inline(never)]
    pub(crate) fn advance(&mut self, local: &mut Local) -> Result<(), Refusal> {
        // Rows that have come must keep what was claimed.
        for i in 0..local.wanted().len() as u32 {
            let slot = local.find(at(local.wanted(), i));
            if local.missing(slot) == Need::Nothing {
                self.check(local, slot)?;
            }
        }
        local.clear_wanted();
        if self.done {
            return Ok(());
        }
        if self.walking {
            return self.walk(local);
        }
        if !self.started {
            self.started = true;
            local.room(1)?;
            let slot = local.slot(self.target);
            fit(&mut self.front, local, 0.0, None)?;
            self.front.set(slot, 1.0, 1.0);
        } else if self.is_spent(local) {
            self.front.queued = 0;
        } else {
            let room = self.options.max_rows.saturating_sub(local.rows_read());
            local.ask_along(&mut self.front, room, self.threshold)?;
            if local.need() != Need::Nothing {
                return Ok(());
            }
            fit(&mut self.front, local, 0.0, None)?;
            self.front.push_along(local.read(), false, self.relaxation, self.threshold);
        }
        if self.front.queued == 0 { self.certify(local) } else { Ok(()) }
    }

    #[inline(never)]
    fn walk(&mut self, local: &mut Local) -> Result<(), Refusal> {
        if local.rows_read() >= self.options.max_rows {
            return self.settle(self.bound, 1.0);
        }
        self.walks.step(local, &self.front)?;
        if !self.walks.ended {
            return Ok(());
        }
        let (mean, half) = (self.walks.mean, self.walks.half);
        self.front.value += mean;
        let bound = half + self.rounding() + 1e-12 * (half + mean.abs());
        self.settle(bound, self.options.confidence)
    }

    /// Refuses a row that breaks what the file claims.
    fn check(&self, local: &Local, slot: u32) -> Result<(), Refusal> {
        let [diagonal, _, b, _] = *local.read().facts(slot);
        let why = if diagonal == 0.0 {
            Why::ZeroDiagonal
        } else if local.slack(slot).most < self.claims.row_slack || b.abs() > self.claims.b_most {
            Why::FalseClaim
        } else {
            return Ok(());
        };
        Err(why.row(local.id(slot)))
    }

    /// No more pushing: a full solve would have been cheaper, or no more rows may be read.
    #[inline(never)]
    const fn is_spent(&self, local: &Local) -> bool {
        let most = self.front.arcs.saturating_sub(100_000).div_ceil(20);
        most > self.claims.entries || local.rows_read() >= self.options.max_rows
    }

    #[inline(never)]
    fn rounding(&self) -> f64 {
        2.0 * ROUNDOFF * (self.front.noise * self.x_most + self.front.drift)
    }

    /// Adds up the bound. Not yet small enough: lowers the threshold, or goes over to walks.
    #[inline(never)]
    fn certify(&mut self, local: &Local) -> Result<(), Refusal> {
        let sizes = self.front.weigh(local.read(), self.x_most);
        let Sizes { weighed, total, most, active } = sizes;
        self.front.arcs += u64::from(self.front.count) / 4;
        let mut bound = weighed;
        if let Some(x_sum) = self.claims.x_sum {
            bound = least(bound, most * x_sum);
        }
        let (rounding, tolerance) = (self.rounding(), self.options.tolerance);
        self.bound = bound * (1.0 + 1e-9) + rounding;
        // Over-relaxation that lets the bound grow is given up.
        if self.bound > 2.0 * self.least_bound {
            self.relaxation = 1.0;
        }
        self.least_bound = least(self.least_bound, self.bound);
        let spent = self.is_spent(local);
        if self.bound > tolerance && self.options.confidence < 1.0 {
            self.walks.start(&self.front, total, self.x_most, &self.options, rounding)?;
            self.walking = spent || self.walks.predicted(self.claims.row_gap) < 2.0 * self.front.arcs as f64;
            if self.walking {
                return Ok(());
            }
        }
        // Small enough, or rounding alone is above the tolerance, or nothing more may be read.
        if self.bound <= tolerance || spent || rounding >= tolerance || active == 0 {
            return self.settle(self.bound, 1.0);
        }
        self.threshold = least(0.5 * self.threshold, 0.5 * total / f64::from(active));
        self.front.requeue(self.threshold);
        Ok(())
    }

    #[inline(never)]
    fn settle(&mut self, bound: f64, confidence: f64) -> Result<(), Refusal> {
        let value = self.front.value;
        if !(value.is_finite() && bound.is_finite()) {
            return Err(Why::Overflow.plain());
        }
        let met = bound <= self.options.tolerance;
        self.found = Estimate { value, bound, confidence, met, walks: self.walks.made };
        self.done = true;
        Ok(())
    }
}
