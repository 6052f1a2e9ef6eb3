//! The state of the tile, and the calls that fill it.

use crate::limits::{BLOCK_BYTES, CONFIG_BYTES, DIMENSION, place};
use crate::memory::Memory;

/// The result of a call whose arguments are refused.
pub const REFUSED: i32 = -1;

/// The words of the state, by their place behind the host's configuration.
#[derive(Clone, Copy)]
#[repr(u32)]
pub(crate) enum Word {
    /// Elements of the query.
    Dimension,
    /// Rows of the block.
    Rows,
    /// Element type of the block.
    BlockType,
    /// Element type of the query: `F16` as published, or `F32`.
    QueryType,
    /// Rows in top-k.
    Held,
    /// Dimensions with parameters of scalar quantisation.
    Scaled,
    /// Subspaces of the codebook.
    Subspaces,
    /// Centroids of each subspace.
    Centroids,
    /// The dimension that the codebook was loaded for.
    CodebookDimension,
    /// Where the list of neighbours lies.
    Neighbors,
}

/// Element types, as published.
pub(crate) const F16: u32 = 0;
pub(crate) const I8: u32 = 1;
pub(crate) const F32: u32 = 2;

/// Bytes of an element.
pub(crate) const fn size(element: u32) -> u32 {
    match element {
        I8 => 1,
        F16 => 2,
        _ => 4,
    }
}

/// Where the configuration names the element type.
const CONFIG_TYPE: u32 = 0xC;
/// Where the configuration names the dimension.
const CONFIG_DIMENSION: u32 = 4;

/// The tile over a memory. All of its state lies in that memory.
#[derive(Debug, Clone, Default)]
pub struct Tile<M>(pub M);

impl<M: Memory> Tile<M> {
    #[inline(always)]
    fn at(&self, word: Word) -> u32 {
        self.0.place(place::WORDS + CONFIG_BYTES + 4 * word as u32)
    }

    #[inline(always)]
    pub(crate) fn get(&self, word: Word) -> u32 {
        self.0.word(self.at(word))
    }

    #[inline(always)]
    pub(crate) fn set(&mut self, word: Word, value: u32) {
        let at = self.at(word);
        self.0.set_word(at, value);
    }

    /// `rvf_init`: copies 64 bytes of configuration and forgets the rows of top-k and of the block. The
    /// dimension at +4 holds until `rvf_load_query` states another. The element type at +0xC says
    /// what queries are made of: 2 for f32, else halves, as published.
    pub fn init(&mut self, config: u32) -> i32 {
        if !self.0.shows(config, CONFIG_BYTES.into()) {
            return REFUSED;
        }
        let dimension = self.0.word(config.wrapping_add(CONFIG_DIMENSION));
        let element = self.0.word(config.wrapping_add(CONFIG_TYPE));
        let kept = self.0.place(place::WORDS);
        self.0.copy(config, kept, CONFIG_BYTES);
        self.set(Word::Dimension, if dimension <= DIMENSION { dimension } else { 0 });
        self.set(Word::QueryType, if element == F32 { F32 } else { F16 });
        self.set(Word::Rows, 0);
        self.set(Word::Held, 0);
        0
    }

    /// `rvf_load_query`: copies a query of `dimension` elements.
    pub fn load_query(&mut self, query: u32, dimension: u32) -> i32 {
        let wide = self.get(Word::QueryType) == F32;
        let (to, bytes) = if wide { (place::WIDE_QUERY, 4) } else { (place::QUERY, 2) };
        let bytes = u64::from(dimension).wrapping_mul(bytes);
        if dimension > DIMENSION || !self.0.shows(query, bytes) {
            return REFUSED;
        }
        let to = self.0.place(to);
        self.0.copy(query, to, bytes as u32);
        if wide {
            self.pad(to, dimension);
        }
        self.set(Word::Dimension, dimension);
        // The rows of the block were cut for another dimension.
        self.set(Word::Rows, 0);
        0
    }

    /// `rvf_load_block`: copies `rows` rows of the query's dimension, one after the other.
    pub fn load_block(&mut self, rows_at: u32, rows: u32, element: u32) -> i32 {
        // Each factor has 32 bits at most, so the product has 64.
        let row = self.get(Word::Dimension).wrapping_mul(size(element));
        let bytes = u64::from(rows).wrapping_mul(row.into());
        let fits = bytes <= BLOCK_BYTES.into() && rows <= i32::MAX as u32;
        if element > F32 || !fits || !self.0.shows(rows_at, bytes) {
            return REFUSED;
        }
        let to = self.0.place(place::BLOCK);
        self.0.copy(rows_at, to, bytes as u32);
        self.set(Word::Rows, rows);
        self.set(Word::BlockType, element);
        0
    }
}
