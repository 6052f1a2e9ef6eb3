//! Every number that bounds what the tile takes, and how its memory is divided.
//!
//! Four pages hold everything, because that is what a tile has. What a call may be given follows from
//! how they are divided: none of these numbers is a limit of the format.

/// Bytes of the linear memory: four pages, the least and the most that the module declares.
pub const MEMORY: u32 = 4 * 65_536;

/// Bytes at the start that belong to the host. Clients of the published module put their parameters
/// there, because it takes them nowhere else.
pub const LOW: u32 = 8_192;

/// Largest dimension: one row of f32 fills the block.
pub const DIMENSION: u32 = BLOCK_BYTES / 4;

/// Bytes of one block of rows, as in the published module.
pub const BLOCK_BYTES: u32 = 32 << 10;

/// Most rows that top-k keeps; the published module keeps 16.
pub const TOP_K: u32 = 1_024;

/// Bytes of a row of top-k: id u64, distance f32, packed as `rvf_topk_read` gives them.
pub const TOP_K_ROW: u32 = 12;

/// Most dimensions with parameters of scalar quantisation; the published module takes 128.
pub const SCALED: u32 = 2_048;

/// Bytes of a codebook of product quantisation: 256 centroids of 64 halves, twice the published module's.
pub const CODEBOOK_BYTES: u32 = 32 << 10;

/// Bytes of the configuration that `rvf_init` copies, as published.
pub const CONFIG_BYTES: u32 = 64;

/// Where things lie in the module's own part of the memory, from its start.
pub(crate) mod place {
    use super::{BLOCK_BYTES, CODEBOOK_BYTES, CONFIG_BYTES, DIMENSION, SCALED, TOP_K, TOP_K_ROW};

    /// The host's configuration, then the module's own words.
    pub(crate) const WORDS: u32 = 0;
    /// Zeros behind a vector of f32, so that it is a whole number of groups of sixteen.
    pub(crate) const PADDING: u32 = 64;
    /// The query as it was given, for types of two bytes or less.
    pub(crate) const QUERY: u32 = WORDS + CONFIG_BYTES + 64;
    /// The query as f32.
    pub(crate) const WIDE_QUERY: u32 = QUERY + 2 * DIMENSION;
    /// One row as f32.
    pub(crate) const WIDE_ROW: u32 = WIDE_QUERY + 4 * DIMENSION + PADDING;
    /// The block of rows.
    pub(crate) const BLOCK: u32 = WIDE_ROW + 4 * DIMENSION + PADDING;
    /// Pairs of f32, least and greatest, by dimension.
    pub(crate) const SCALES: u32 = BLOCK + BLOCK_BYTES;
    /// Halves, by subspace, centroid, dimension.
    pub(crate) const CODEBOOK: u32 = SCALES + 8 * SCALED;
    /// The nearest rows, ascending.
    pub(crate) const TOP: u32 = CODEBOOK + CODEBOOK_BYTES;
    /// Behind everything.
    pub(crate) const END: u32 = TOP + TOP_K * TOP_K_ROW;
}

/// Bytes of the module's own part of the memory. The rest is the host's.
pub const OWN: u32 = place::END;
