//! Packs texts as `src/unpack.rs` wants them: the cheapest way through literals and copies, by what bits
//! cost in the round before.

use crate::unpack::{AGAIN, COPY, DISTANCE, LEAST, LENGTH, LITERAL, Model, ONE, PLACES};

/// Rounds; more of them gain nothing.
const ROUNDS: usize = 6;
/// Places looked at for a copy.
const CANDIDATES: usize = 400;
/// Longest copy looked for.
const LONGEST: usize = 2000;

#[derive(Clone, Copy)]
enum Step {
    Literal,
    /// How far back, how long.
    Copy(usize, usize),
}

/// What a bit costs in each place, zero and one.
type Costs = Vec<[f64; 2]>;

/// Bits with their places, in the order of reading.
#[derive(Default)]
struct Writer {
    bits: Vec<(usize, u32)>,
}

impl Writer {
    fn bit(&mut self, place: usize, bit: u32) {
        self.bits.push((place, bit));
    }

    fn number(&mut self, mut place: usize, mut number: usize) {
        while number > 1 {
            self.bit(place, 1);
            self.bit(place + 1, (number & 1) as u32);
            number >>= 1;
            place += 2;
        }
        self.bit(place, 0);
    }

    fn literal(&mut self, before: u8, byte: u8) {
        let (start, mut code) = (Model::literal(before), 1);
        for shift in (0..8).rev() {
            let bit = u32::from(byte >> shift & 1);
            self.bit(start + code, bit);
            code = code * 2 + bit as usize;
        }
    }

    /// One step, behind a literal or not, with the distance of the last copy.
    fn step(&mut self, step: Step, before: u8, byte: u8, literal: bool, last: usize) {
        match step {
            Step::Literal => {
                self.bit(COPY + usize::from(literal), 0);
                self.literal(before, byte);
            }
            Step::Copy(distance, len) => {
                self.bit(COPY + usize::from(literal), 1);
                let again = literal && distance == last;
                if literal {
                    self.bit(AGAIN, again.into());
                }
                if !again {
                    self.number(DISTANCE, distance);
                }
                self.number(LENGTH, len);
            }
        }
    }

    fn cost(&self, costs: &Costs) -> f64 {
        self.bits.iter().map(|(place, bit)| costs[*place][*bit as usize]).sum()
    }
}

/// Where the cheapest way to a place comes from.
#[derive(Clone, Copy)]
struct Arrival {
    cost: f64,
    step: Step,
    literal: bool,
    last: usize,
}

/// For each place, the nearest copies of each length that is longer than those nearer.
fn copies(text: &[u8]) -> Vec<Vec<(usize, usize)>> {
    let mut seen: std::collections::HashMap<[u8; 2], Vec<usize>> = std::collections::HashMap::new();
    let mut all = Vec::new();
    for at in 0..text.len() {
        let mut found = Vec::new();
        if let Some(pair) = text.get(at..at + 2) {
            let places = seen.entry([pair[0], pair[1]]).or_default();
            let mut longest = 1;
            for from in places.iter().rev().take(CANDIDATES) {
                let same = text[at..].iter().zip(&text[*from..]).take_while(|(a, b)| a == b).count();
                if same > longest {
                    longest = same.min(LONGEST);
                    found.push((at - from, longest));
                }
            }
            places.push(at);
        }
        all.push(found);
    }
    all
}

/// The cheapest steps.
fn parse(text: &[u8], copies: &[Vec<(usize, usize)>], costs: &Costs) -> Vec<Step> {
    let none = Arrival { cost: f64::INFINITY, step: Step::Literal, literal: false, last: 1 };
    let mut ways = vec![none; text.len() + 1];
    ways[0].cost = 0.0;
    for at in 0..text.len() {
        let here = ways[at];
        let before = if at == 0 { 0 } else { text[at - 1] };
        let mut offer = |step: Step| {
            let mut writer = Writer::default();
            writer.step(step, before, text[at], here.literal, here.last);
            let cost = here.cost + writer.cost(costs);
            let (len, literal, last) = match step {
                Step::Literal => (1, true, here.last),
                Step::Copy(distance, len) => (len, false, distance),
            };
            if cost < ways[at + len].cost {
                ways[at + len] = Arrival { cost, step, literal, last };
            }
        };
        offer(Step::Literal);
        let mut shortest = 1;
        for (distance, longest) in &copies[at] {
            for len in shortest..=*longest {
                offer(Step::Copy(*distance, len));
            }
            shortest = longest + 1;
        }
        if here.last <= at {
            let from = &text[at - here.last..];
            let same = text[at..].iter().zip(from).take_while(|(a, b)| a == b).count();
            for len in 1..=same.min(LONGEST) {
                offer(Step::Copy(here.last, len));
            }
        }
    }
    let (mut steps, mut at) = (Vec::new(), text.len());
    while at > 0 {
        let step = ways[at].step;
        at -= if let Step::Copy(_, len) = step { len } else { 1 };
        steps.push(step);
    }
    steps.reverse();
    steps
}

/// The bits of steps.
fn write(text: &[u8], steps: &[Step]) -> Writer {
    let (mut writer, mut at, mut literal, mut last) = (Writer::default(), 0, false, 1);
    for step in steps {
        let before = if at == 0 { 0 } else { text[at - 1] };
        writer.step(*step, before, text[at], literal, last);
        literal = matches!(step, Step::Literal);
        at += match step {
            Step::Literal => 1,
            Step::Copy(distance, len) => {
                last = *distance;
                *len
            }
        };
    }
    writer
}

/// What bits cost on the average when they are coded, and their bytes.
fn encode(writer: &Writer) -> (Costs, Vec<u8>) {
    let mut model = Model::new();
    let mut coded = Vec::new();
    let mut sums = vec![[(0.0, 0.0); 2]; PLACES];
    for (place, bit) in &writer.bits {
        let zero = model.odds(*place);
        let (first, wide) = if *bit == 0 { (0, zero) } else { (zero, ONE - zero) };
        coded.push((first, wide));
        for (bit, wide) in [zero, ONE - zero].into_iter().enumerate() {
            let (sum, count) = &mut sums[*place][bit];
            *sum += f64::from(ONE).log2() - f64::from(wide).log2();
            *count += 1.0;
        }
        model.learn(*place, *bit);
    }
    let costs = sums.into_iter().map(|bits| bits.map(|(sum, count)| (sum + 1.0) / (count + 1.0))).collect();
    // The last bit first, so that reading ends where writing began.
    let (mut bytes, mut state) = (Vec::new(), LEAST);
    for (first, wide) in coded.into_iter().rev() {
        while state >= ((LEAST / ONE) << 8) * wide {
            bytes.push(state as u8);
            state >>= 8;
        }
        state = state / wide * ONE + state % wide + first;
    }
    while state > 0 {
        bytes.push(state as u8);
        state >>= 8;
    }
    bytes.reverse();
    (costs, bytes)
}

/// The packed bytes of a text.
pub(crate) fn pack(text: &[u8]) -> Vec<u8> {
    let copies = copies(text);
    let mut costs: Costs = (0..PLACES).map(|place| [if place < LITERAL { 1.0 } else { 0.7 }; 2]).collect();
    let mut best = Vec::new();
    for _ in 0..ROUNDS {
        let (next, bytes) = encode(&write(text, &parse(text, &copies, &costs)));
        if best.is_empty() || bytes.len() < best.len() {
            best = bytes;
        }
        costs = next;
    }
    best
}
