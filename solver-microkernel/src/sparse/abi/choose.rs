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

/// The arms of a solve with a symmetric matrix of positive diagonal.
const SYMMETRIC: [Method; 3] = [Method::JacobiCg, Method::Ic0Cg, Method::ApproximateCg];
/// Those of any other.
const GENERAL: [Method; 3] = [Method::GaussSeidel, Method::BiCgStabJacobi, Method::BiCgStabIlu0];
/// Parts of what costs are measured in.
const PARTS: u64 = 1024;
/// The form of the state in a policy segment, and the name of the learner.
const FORM: u64 = 1;
const NAME: &[u8] = b"methods\0";

/// Bytes of a policy segment with the most that is known of methods.
pub(crate) const POLICY_BYTES: usize = POLICY_HEAD_LEN + crate::learn::methods::state::MOST_BYTES;

/// The choice and its cost so far.
#[derive(Default)]
pub(crate) struct Chooser {
    known: Option<Methods>,
    signature: Option<Signature>,
    /// Units of the attempt at hand, and of the one that was given up.
    spent: u64,
    given_up: Option<(usize, u64)>,
    cap: Option<u64>,
    fallback: usize,
    /// What costs are measured in, in units.
    scale: u64,
}

/// The size of a number: its logarithm to the base of two, rounded down; -1 for zero.
const fn log2(number: u64) -> i32 {
    63 - number.leading_zeros() as i32
}

/// The same to the base of ten, for a fraction or a ratio.
fn log10(number: f64) -> i32 {
    libm::floor(libm::log(number.clamp(1e-30, 1e30)) * core::f64::consts::LOG10_E) as i32
}

/// True where conjugate gradients may be used, as far as the file says.
#[inline(never)]
fn is_symmetric(file: &File) -> bool {
    let p = &file.head.properties;
    p.symmetric && p.full_diagonal && p.diagonal.0 > 0.0
}

/// What problems have in common that should be solved alike.
fn signature(request: &Request, file: &File) -> Signature {
    let (head, p) = (&file.head, &file.head.properties);
    let size = log2(head.rows) / 3;
    let density = log2(head.entries / head.rows.max(1));
    let spread = p.off_diagonal.1 / p.off_diagonal.0;
    let tolerance = log10(request.float(TOLERANCE, 0.0));
    match request.operation {
        Op::Solve => {
            let gap = log10(p.row_gap.max(p.column_gap));
            let duty = if is_symmetric(file) { 1 } else { 2 };
            Signature::new(duty, &[size, density, gap, log10(spread), tolerance, p.m_sign.into()])
        }
        Op::Entry => {
            let ids = log2(request.bytes(IDS).len() as u64 / 8);
            Signature::new(3, &[size, density, log10(p.row_gap), tolerance, ids, p.symmetric.into()])
        }
        _ => {
            let alpha = (request.float(ALPHA, 0.15) * 10.0) as i32;
            let longest = log2(p.max_row_len) / 3;
            let ids = log2(request.bytes(IDS).len() as u64 / 8);
            let k = log2(request.number(K, 10));
            Signature::new(4, &[size, density, alpha, longest, k, ids, p.symmetric.into()])
        }
    }
}

/// Costs of a solve are told in passes over the matrix, so that those of systems of different size tell of
/// each other; others in units. Each in 1,024 parts.
fn scale(request: &Request, file: &File) -> u64 {
    let entries = if request.operation == Op::Solve { file.head.entries } else { 0 };
    (entries.saturating_mul(12) / 1024).max(1)
}

/// A guess of the units of each arm, for what was never tried.
fn expected(request: &Request, file: &File) -> [f64; 3] {
    let (head, p) = (&file.head, &file.head.properties);
    let (entries, rows) = (head.entries as f64, head.rows as f64);
    let unit = 12.0 / 1024.0;
    let digits = -libm::log(request.float(TOLERANCE, 1e-8).min(0.5));
    // Iterations of conjugate gradients grow with the root of the condition, which is at most 2 / gap and
    // about the number of rows for a grid without one.
    let gap = p.row_gap.max(p.column_gap).max(0.0);
    let condition = (2.0 / gap).min(rows + 2.0);
    let krylov = digits * solver_kernels::sqrt64(condition) / 6.0;
    let sweep = entries + 5.0 * rows;
    let costs = match request.operation {
        Op::Solve if is_symmetric(file) => {
            [krylov * sweep, krylov / 3.0 * (2.0 * sweep), 25.0 * 2.0 * sweep + 10.0 * entries]
        }
        Op::Solve => [digits * condition * entries, 2.0 * krylov * sweep, krylov * sweep],
        // Balls of rows around an entry; a full solve, and reading it.
        Op::Entry => [digits / gap.max(1e-6) * entries / rows * 100.0, (30.0 + krylov / 3.0) * sweep, 0.0],
        // Pushes around the seeds; the whole graph, read and swept a few times.
        _ => [1e5 + entries / 8.0, 10.0 * entries, 0.0],
    };
    costs.map(|cost| cost * unit)
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
        let state = payload.get(POLICY_HEAD_LEN..);
        let name = payload.get(72..).unwrap_or_default();
        if !payload.starts_with(&POLICY_MAGIC) || !name.starts_with(NAME) || number(payload, 12, 4) != FORM {
            return Ok(false);
        }
        let known = Methods::load(state.unwrap_or_default());
        let known = known.map_err(|_| Why::Memory.at(payload.len() as u64))?;
        self.known = Some(known.ok_or(Why::Policy.plain())?);
        Ok(true)
    }

    /// The arm to start with; `None` when nothing is known and the fixed rules hold.
    fn pick(&mut self, request: &Request, file: &File, arms: usize) -> Option<usize> {
        let signature = signature(request, file);
        self.signature = Some(signature);
        self.scale = scale(request, file);
        let known = self.known.as_ref().filter(|_| request.method() == 0)?;
        let parts = PARTS as f64 / self.scale as f64;
        let expected = expected(request, file).map(|units| units * parts);
        let drawn = u64::from(known.observations());
        let mut rng = Rng::stream(request.number(SEED, 1), Stream::Methods, drawn);
        let choice = known.choose(signature, expected.get(..arms).unwrap_or_default(), &mut rng);
        self.cap = choice.cap.map(|cap| (cap as f64 / parts) as u64);
        self.fallback = choice.fallback;
        Some(choice.arm)
    }

    /// The method of a solve, and whether it is no more than advice.
    pub(crate) fn method(&mut self, request: &Request, file: &File) -> (Method, bool) {
        match self.pick(request, file, SYMMETRIC.len()) {
            Some(arm) => (arms(file).get(arm).copied().unwrap_or(Method::Auto), true),
            None => (Method::ALL.get(request.method() as usize).copied().unwrap_or(Method::Auto), false),
        }
    }

    /// True when the second of two arms is drawn: the dear and sure one first.
    pub(crate) fn takes_second(&mut self, request: &Request, file: &File) -> bool {
        let second = self.pick(request, file, 2) == Some(1);
        // Only single rows of an entry can be left for the other way; pushes have a limit of their own.
        if second || request.operation == Op::Ppr {
            self.cap = None;
        }
        second
    }

    /// Counts units of work.
    pub(crate) fn spend(&mut self, units: u64) {
        self.spent = self.spent.saturating_add(units);
    }

    /// The attempt costs so much more than the best arm known that it is given up.
    pub(crate) fn is_over(&self) -> bool {
        self.cap.is_some_and(|cap| self.spent > cap)
    }

    /// Gives up `arm`; the method to go on with.
    pub(crate) fn give_up(&mut self, arm: Option<usize>, file: &File) -> Method {
        self.cap = None;
        if let Some(arm) = arm {
            self.given_up = Some((arm, self.spent));
            self.spent = 0;
        }
        arms(file).get(self.fallback).copied().unwrap_or(Method::Auto)
    }

    /// Writes units, signature and observations.
    pub(crate) fn summarize(&self, arm: Option<usize>, solved: bool, text: &mut Text) {
        let before = self.given_up.map_or(0, |(_, units)| units);
        text.push_field("units", before.saturating_add(self.spent));
        let (Some(signature), Some(arm)) = (self.signature, arm) else { return };
        text.push_field("signature", signature.word());
        text.push(",\"observation\":[");
        if let Some((arm, units)) = self.given_up {
            self.tell(signature, arm, false, units, text);
            text.push(",");
        }
        self.tell(signature, arm, solved, self.spent, text);
        text.push("]");
    }

    /// Writes the words of an observation.
    #[inline(never)]
    fn tell(&self, signature: Signature, arm: usize, solved: bool, units: u64, text: &mut Text) {
        let cost = units.saturating_mul(PARTS) / self.scale.max(1);
        let [signature, arm, cost] = Observation { signature, arm, solved, cost }.words();
        text.push_number(signature);
        text.push(",");
        text.push_number(arm);
        text.push(",");
        text.push_number(cost);
    }

    /// Takes observations in; the words of what is known then, and how many were ever taken in.
    pub(crate) fn learn(&mut self, observations: &[u64]) -> Result<&[u64], Refusal> {
        let known = match &mut self.known {
            Some(known) => known,
            none => none.insert(Methods::new().map_err(|_| Why::Memory.at(0))?),
        };
        let (observations, rest) = observations.as_chunks();
        for words in observations {
            known.observe(&Observation::from_words(*words).ok_or(Why::Observation.plain())?);
        }
        if rest.is_empty() { Ok(known.words()) } else { Err(Why::Observation.plain()) }
    }

    /// Observations taken in over all runs.
    pub(crate) fn learned(&self) -> u64 {
        self.known.as_ref().map_or(0, |known| known.observations().into())
    }
}

/// The methods that a solve may use.
fn arms(file: &File) -> &'static [Method; 3] {
    if is_symmetric(file) { &SYMMETRIC } else { &GENERAL }
}

/// Which arm a method is.
pub(crate) fn arm_of(method: Method, file: &File) -> Option<usize> {
    arms(file).iter().position(|arm| *arm == method)
}

/// Puts what was learned into the columns.
pub(crate) fn learn(chooser: &mut Chooser, observations: &[u64], out: &mut Vec<u64>) -> Result<(), Refusal> {
    chooser.learn(observations)?.iter().try_for_each(|word| push(out, *word))
}
