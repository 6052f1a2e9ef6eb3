//! The choice of a method where the request leaves it open: by what the file has learned, when it carries a
//! policy of methods ([`crate::learn::methods`]), else by fixed rules. And what came of it, for the next time.

use super::files::File;
use super::operations::SparseOperation as Op;
use super::request::{ALPHA, IDS, K, Request, SEED, TOLERANCE};
use crate::learn::methods::{Methods, Observation, Signature};
use crate::learn::rng::{Rng, Stream};
use crate::sparse::Method;
use crate::sparse::refusal::{Refusal, Why, push};
use crate::text::Text;
use crate::wire::number;
use rvf_format::forever::{POLICY_HEAD_LEN, POLICY_MAGIC};
use solver_lists::Vec;

/// The arms of a solve, as [`Method`] numbers them: those for a symmetric matrix of positive diagonal, and from
/// here on those for any other.
const GENERAL: usize = Method::GaussSeidel as usize;
/// Arms of each.
const ARMS: usize = 3;
const _: () = assert!(GENERAL == 1 + ARMS && Method::ALL.len() == 1 + 2 * ARMS);
/// Parts of what costs are measured in.
const PARTS: u64 = 1024;
/// The form of the state in a policy segment, and the name of the learner.
const FORM: u64 = 1;
const NAME: &[u8] = b"methods\0";

/// Bytes of a policy segment with the most that is known of methods.
pub(crate) const POLICY_BYTES: usize = POLICY_HEAD_LEN + crate::learn::methods::state::MOST_BYTES;

/// The choice and its cost so far.
pub(crate) struct Chooser {
    known: Methods,
    /// Zero before there is a choice.
    signature: Signature,
    /// Units of the attempt at hand.
    spent: u64,
    /// One more than the units after which it is given up; 0 for never.
    limit: u64,
    /// The attempt that was given up, and its units.
    given_up: Option<usize>,
    before: u64,
    fallback: usize,
    /// What costs are measured in, in units: that of a solve in passes over the matrix, so that those of systems of
    /// different size tell of each other. In 1,024 parts.
    scale: u64,
}
solver_lists::blank!(Chooser { known, signature, spent, limit, given_up, before, fallback, scale });

/// The size of a number: its logarithm to the base of two, rounded down; -1 for zero.
const fn log2(number: u64) -> i32 {
    63 - number.leading_zeros() as i32
}

/// The same to the base of ten, for a fraction or a ratio.
#[inline(never)]
fn log10(number: f64) -> i32 {
    let log = libm::log(number.clamp(1e-30, 1e30)) * core::f64::consts::LOG10_E;
    log as i32 - i32::from(f64::from(log as i32) > log)
}

/// True where conjugate gradients may be used, as far as the file says.
#[inline(never)]
fn is_symmetric(file: &File) -> bool {
    let p = &file.head.properties;
    p.symmetric && p.full_diagonal && p.diagonal.0 > 0.0
}

/// The methods that a solve may use begin with this number.
fn arms(file: &File) -> usize {
    if is_symmetric(file) { 1 } else { GENERAL }
}

impl Chooser {
    /// True when a policy in the file is of use.
    pub(crate) fn wants_policy(request: &Request) -> bool {
        let chooses = matches!(request.operation, Op::Solve | Op::Entry | Op::Ppr);
        request.operation == Op::Learn || chooses && request.method() == 0
    }

    /// Looks at a policy segment; true when it is of methods. Those of other learners and other software are
    /// passed over, one of methods that is broken is refused.
    pub(crate) fn offer(&mut self, payload: &[u8]) -> Result<bool, Refusal> {
        let name = payload.get(72..).unwrap_or_default();
        if !payload.starts_with(&POLICY_MAGIC) || !name.starts_with(NAME) || number(payload, 12, 4) != FORM {
            return Ok(false);
        }
        match self.known.load(payload.get(POLICY_HEAD_LEN..).unwrap_or_default()) {
            Err(_) => Err(Why::Memory.at(payload.len() as u64)),
            Ok(false) => Err(Why::Policy.plain()),
            found => Ok(found.is_ok()),
        }
    }

    /// The arm to start with; none when nothing is known and the fixed rules hold. What problems have in common that
    /// should be solved alike is their signature.
    #[inline(never)]
    fn pick(&mut self, request: &Request, file: &File) -> Option<usize> {
        let (head, p) = (&file.head, &file.head.properties);
        let operation = request.operation;
        let symmetric = is_symmetric(file);
        let solves = operation == Op::Solve;
        let ids = log2(request.bytes(IDS).len() as u64 / 8);
        let tolerance = log10(request.float(TOLERANCE, 0.0));
        let mut features = 0;
        let mut add = |feature| features = Signature::behind(features, feature);
        let mut duty = 5;
        let mut gap = p.row_gap;
        if solves {
            gap = gap.max(p.column_gap);
            duty = if symmetric { 1 } else { 2 };
            add(p.m_sign.into());
            add(tolerance);
            add(log10(p.off_diagonal.1 / p.off_diagonal.0));
            add(log10(gap));
        } else {
            add(p.symmetric.into());
            add(ids);
            if operation == Op::Entry {
                add(tolerance);
                add(log10(gap));
            } else {
                duty = 6;
                add(log2(request.number(K, 10)));
                add((request.float(ALPHA, 0.15) * 10.0) as i32);
            }
        }
        add(log2(head.entries / head.rows.max(1)));
        add(log2(head.rows) / 3);
        let signature = Signature::of(duty, features);
        self.signature = signature;
        self.scale = (head.entries.wrapping_mul(12) / PARTS).max(1);
        if self.known.is_empty() || request.method() != 0 {
            return None;
        }
        // A guess of the units of each arm, for what was never tried.
        let (entries, rows) = (head.entries as f64, head.rows as f64);
        let digits = -libm::log(request.float(TOLERANCE, 1e-8).min(0.5));
        // Iterations of conjugate gradients grow with the root of the condition, which is at most 2 / gap and
        // about the number of rows for a grid without one.
        let gap = p.row_gap.max(p.column_gap).max(0.0);
        let condition = (2.0 / gap).min(rows + 2.0);
        let krylov = digits * solver_kernels::sqrt64(condition) / 6.0;
        let sweep = entries + 5.0 * rows;
        let mut expected = match duty {
            1 => [krylov * sweep, krylov / 3.0 * (2.0 * sweep), 25.0 * 2.0 * sweep + 10.0 * entries],
            2 => [digits * condition * entries, 2.0 * krylov * sweep, krylov * sweep],
            // Balls of rows around an entry; a full solve, and reading it.
            5 => [digits / gap.max(1e-6) * entries / rows * 100.0, (30.0 + krylov / 3.0) * sweep, 0.0],
            // Pushes around the seeds; the whole graph, read and swept a few times.
            _ => [1e5 + entries / 8.0, 10.0 * entries, 0.0],
        };
        let parts = PARTS as f64 / self.scale as f64;
        for cost in &mut expected {
            *cost = *cost * (12.0 / 1024.0) * parts;
        }
        let drawn = self.known.observations().into();
        let mut rng = Rng::stream(request.number(SEED, 1), Stream::Methods, drawn);
        let arms = if solves { ARMS } else { 2 };
        let choice = self.known.choose(signature, expected.get(..arms).unwrap_or_default(), &mut rng);
        self.limit = choice.cap.map_or(0, |cap| ((cap as f64 / parts) as u64).saturating_add(1));
        self.fallback = choice.fallback;
        Some(choice.arm)
    }

    /// The method of a solve, and whether it is no more than advice.
    pub(crate) fn method(&mut self, request: &Request, file: &File) -> (Method, bool) {
        let arm = self.pick(request, file);
        let number = arm.map_or(request.method() as usize, |arm| arms(file) + arm);
        (Method::ALL.get(number).copied().unwrap_or(Method::Auto), arm.is_some())
    }

    /// True when the second of two arms is drawn: the dear and sure one first.
    pub(crate) fn takes_second(&mut self, request: &Request, file: &File) -> bool {
        let second = self.pick(request, file) == Some(1);
        // Only single rows of an entry can be left for the other way; pushes have a limit of their own.
        if second || request.operation == Op::Ppr {
            self.limit = 0;
        }
        second
    }

    /// Counts units of work.
    pub(crate) fn spend(&mut self, units: u64) {
        self.spent = self.spent.saturating_add(units);
    }

    /// Counts what takes as long as passing so many entries.
    pub(crate) fn charge(&mut self, entries: u64) {
        self.spend(entries / 85);
    }

    /// The attempt costs so much more than the best arm known that it is given up.
    pub(crate) const fn is_over(&self) -> bool {
        self.spent > self.limit.wrapping_sub(1)
    }

    /// Gives up `arm`; the method to go on with.
    pub(crate) fn give_up(&mut self, arm: Option<usize>, file: &File) -> Method {
        self.limit = 0;
        if arm.is_some() {
            (self.given_up, self.before) = (arm, self.spent);
            self.spent = 0;
        }
        Method::ALL.get(arms(file) + self.fallback).copied().unwrap_or(Method::Auto)
    }

    /// Writes units, signature and observations.
    pub(crate) fn summarize(&self, arm: Option<usize>, solved: bool, text: &mut Text) {
        text.push_field("units", self.before.saturating_add(self.spent));
        let Some(arm) = arm.filter(|_| self.signature.word() != 0) else { return };
        let signature = self.signature;
        text.push_field("signature", signature.word());
        text.push(",\"observation\":[");
        if let Some(arm) = self.given_up {
            self.tell(signature, arm, false, self.before, text);
            text.push(",");
        }
        self.tell(signature, arm, solved, self.spent, text);
        text.push("]");
    }

    /// Writes the words of an observation.
    #[inline(never)]
    fn tell(&self, signature: Signature, arm: usize, solved: bool, units: u64, text: &mut Text) {
        let cost = units.wrapping_mul(PARTS) / self.scale.max(1);
        let [signature, arm, cost] = Observation { signature, arm, solved, cost }.words();
        text.push_number(signature);
        text.push(",");
        text.push_number(arm);
        text.push(",");
        text.push_number(cost);
    }

    /// Observations taken in over all runs.
    pub(crate) fn learned(&self) -> u64 {
        self.known.observations().into()
    }
}

/// Which arm a method is.
pub(crate) fn arm_of(method: Method, file: &File) -> Option<usize> {
    Some((method as usize).wrapping_sub(arms(file))).filter(|arm| *arm < ARMS)
}

/// Takes observations in, and puts what is known then into the columns.
pub(crate) fn learn(chooser: &mut Chooser, observations: &[u64], out: &mut Vec<u64>) -> Result<(), Refusal> {
    let known = &mut chooser.known;
    if known.is_empty() && known.start().is_err() {
        return Err(Why::Memory.at(0));
    }
    let (observations, rest) = observations.as_chunks();
    if !observations.iter().all(|words| known.take(words)) || !rest.is_empty() {
        return Err(Why::Observation.plain());
    }
    known.words().iter().try_for_each(|word| push(out, *word))
}
