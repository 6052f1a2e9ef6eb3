//! Unpacks the texts that [`crate::texts`] holds: literals and copies of what came before, each bit coded
//! by how often it was zero in its place. Ranged asymmetric numeral systems (J. Duda, arXiv:1311.2540), one
//! state of 32 bits; the model is written for little code.
//!
//! The build script has the other side in `build/pack.rs` and compiles this file too.

/// Odds are counted in parts of this.
pub(crate) const ONE: u32 = 1 << 12;
/// Below this the state takes another byte.
pub(crate) const LEAST: u32 = 1 << 16;
/// A bit moves its odds by one part in two to the power of this.
const RATE: u32 = 4;

/// Where the odds of each bit are. After a copy, and after a literal: is the next thing a copy?
pub(crate) const COPY: usize = 0;
/// The copy is from as far back as the last one.
pub(crate) const AGAIN: usize = 2;
/// Digits of a distance.
pub(crate) const DISTANCE: usize = 3;
/// Digits of a length.
pub(crate) const LENGTH: usize = DISTANCE + 32;
/// A literal behind each class of characters.
pub(crate) const LITERAL: usize = LENGTH + 32;
/// All of them.
pub(crate) const PLACES: usize = LITERAL + 4 * 256;

/// The odds of a zero in each place.
pub(crate) struct Model([u16; PLACES]);

impl Model {
    pub(crate) const fn new() -> Self {
        Self([ONE as u16 / 2; PLACES])
    }

    /// The odds of a zero, in parts of [`ONE`].
    pub(crate) fn odds(&self, place: usize) -> u32 {
        self.0.get(place).copied().unwrap_or_default().into()
    }

    /// Takes in a bit that came.
    pub(crate) fn learn(&mut self, place: usize, bit: u32) {
        if let Some(odds) = self.0.get_mut(place) {
            // Never none of a bit, and never all of it.
            *odds = if bit == 0 { *odds + ((ONE as u16 - *odds) >> RATE) } else { *odds - (*odds >> RATE) };
        }
    }

    /// Where the odds of a literal behind `before` begin.
    pub(crate) const fn literal(before: u8) -> usize {
        LITERAL + (before >> 5 & 3) as usize * 256
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    state: u32,
    model: Model,
}

impl Reader<'_> {
    #[inline(never)]
    fn bit(&mut self, place: usize) -> u32 {
        while self.state < LEAST {
            let (next, rest) = self.bytes.split_first().unwrap_or((&0, &[]));
            self.state = self.state << 8 | u32::from(*next);
            self.bytes = rest;
            if rest.is_empty() {
                break;
            }
        }
        let odds = self.model.odds(place);
        let part = self.state % ONE;
        let bit = u32::from(part >= odds);
        let (first, wide) = if bit == 0 { (0, odds) } else { (odds, ONE - odds) };
        self.state = wide * (self.state / ONE) + part - first;
        self.model.learn(place, bit);
        bit
    }

    /// A number from 1: its binary digits behind the first one, the lowest first, each announced.
    #[inline(never)]
    fn number(&mut self, mut place: usize) -> usize {
        let (mut number, mut digit) = (0, 1);
        while self.bit(place) != 0 && digit < 1 << 15 {
            number |= (self.bit(place + 1) as usize) * digit;
            digit *= 2;
            place += 2;
        }
        number | digit
    }
}

/// Unpacks into all of `out`, through `get` and `set`.
pub(crate) fn unpack(bytes: &[u8], len: usize, get: impl Fn(usize) -> u8, mut set: impl FnMut(usize, u8)) {
    let mut reader = Reader { bytes, state: 0, model: Model::new() };
    let (mut at, mut distance, mut literal, mut before) = (0, 1, 0, 0);
    while at < len {
        if reader.bit(COPY + literal) == 0 {
            let start = Model::literal(before);
            let mut code = 1;
            while code < 256 {
                code = code * 2 + reader.bit(start + code) as usize;
            }
            before = code as u8;
            set(at, before);
            at += 1;
            literal = 1;
            continue;
        }
        if literal == 0 || reader.bit(AGAIN) == 0 {
            distance = reader.number(DISTANCE);
        }
        for _ in 0..reader.number(LENGTH) {
            before = get(at.wrapping_sub(distance));
            set(at, before);
            at += 1;
        }
        literal = 0;
    }
}
