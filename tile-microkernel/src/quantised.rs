//! Scalar and product quantisation.

use crate::half::{truncate, widen};
use crate::limits::{CODEBOOK_BYTES, SCALED, place};
use crate::memory::Memory;
use crate::tile::{F16, REFUSED, Tile, Word};

impl<M: Memory> Tile<M> {
    /// `rvf_load_sq_params`: copies a pair of f32, least and greatest, for each dimension.
    pub fn load_sq_params(&mut self, params: u32, dimension: u32) -> i32 {
        let bytes = u64::from(dimension) * 8;
        if dimension > SCALED || !self.0.shows(params, bytes) {
            return REFUSED;
        }
        let to = self.0.place(place::SCALES);
        self.0.copy(params, to, bytes as u32);
        self.set(Word::Scaled, dimension);
        0
    }

    /// `rvf_dequant_i8`: writes `count` halves to `out`, value = least + (q + 128) / 255 (greatest - least),
    /// towards zero. The parameters begin again after every dimension; without any it is refused.
    pub fn dequant_i8(&mut self, codes: u32, out: u32, count: u32) -> i32 {
        let scaled = self.get(Word::Scaled).min(SCALED);
        let fits = self.0.shows(codes, count.into()) && self.0.takes(out, u64::from(count) * 2);
        if !fits || (scaled == 0 && count > 0) {
            return REFUSED;
        }
        let scales = self.0.place(place::SCALES);
        let mut dimension = 0;
        for number in 0..count {
            let scale = scales.wrapping_add(dimension * 8);
            let (least, greatest) = (self.0.float(scale), self.0.float(scale.wrapping_add(4)));
            let [code] = self.0.load(codes.wrapping_add(number));
            let value = least + (f32::from(code as i8) + 128.0) / 255.0 * (greatest - least);
            let half = truncate(value).to_le_bytes();
            self.0.store(out.wrapping_add(number * 2), half);
            dimension += 1;
            if dimension == scaled {
                dimension = 0;
            }
        }
        0
    }

    /// `rvf_load_pq_codebook`: copies halves by subspace, centroid and dimension of the subspace. The
    /// query's dimension must be a multiple of `subspaces`.
    pub fn load_pq_codebook(&mut self, codebook: u32, subspaces: u32, centroids: u32) -> i32 {
        let dimension = self.get(Word::Dimension);
        let bytes = u64::from(centroids).wrapping_mul(u64::from(dimension) * 2);
        let even = subspaces != 0 && subspaces <= dimension && dimension.is_multiple_of(subspaces);
        if !even || bytes > CODEBOOK_BYTES.into() || !self.0.shows(codebook, bytes) {
            return REFUSED;
        }
        let to = self.0.place(place::CODEBOOK);
        self.0.copy(codebook, to, bytes as u32);
        self.set(Word::Subspaces, subspaces);
        self.set(Word::Centroids, centroids);
        self.set(Word::CodebookDimension, dimension);
        0
    }

    /// `rvf_pq_distances`: writes one f32 for each of `count` rows of codes (one byte per subspace) to `out`:
    /// the sum over subspaces of the squared differences between query and centroid. A code without a
    /// centroid gives NaN, which top-k puts last. Returns `count`.
    pub fn pq_distances(&mut self, codes: u32, count: u32, out: u32) -> i32 {
        let (subspaces, centroids) = (self.get(Word::Subspaces), self.get(Word::Centroids));
        let dimension = self.get(Word::Dimension);
        let bytes = u64::from(count).wrapping_mul(subspaces.into());
        let fits = self.0.shows(codes, bytes) && self.0.takes(out, u64::from(count) * 4);
        let width = dimension.checked_div(subspaces).unwrap_or(0);
        if !fits || subspaces == 0 || self.get(Word::CodebookDimension) != dimension {
            return REFUSED;
        }
        let query = self.0.place(place::WIDE_QUERY);
        if self.get(Word::QueryType) == F16 {
            let raw = self.0.place(place::QUERY);
            self.widen(raw, query, dimension, F16);
        }
        let mut at = codes;
        for number in 0..count {
            let mut total = 0.0;
            for subspace in 0..subspaces {
                let [code]: [u8; 1] = self.0.load(at);
                at = at.wrapping_add(1);
                total += if u32::from(code) < centroids {
                    let first = subspace * centroids + u32::from(code);
                    self.to_centroid(query.wrapping_add(subspace * width * 4), first * width, width)
                } else {
                    f32::NAN
                };
            }
            let to = out.wrapping_add(number * 4);
            self.0.set_float(to, if total.is_nan() { f32::NAN } else { total });
        }
        count as i32
    }

    /// Squared differences between a part of the query and the halves from number `first` on.
    #[inline(always)]
    fn to_centroid(&self, query: u32, first: u32, width: u32) -> f32 {
        let mut at = self.0.place(place::CODEBOOK).wrapping_add(first * 2);
        let (mut query, mut sum) = (query, 0.0);
        for _ in 0..width {
            let difference = self.0.float(query) - widen(u16::from_le_bytes(self.0.load(at)));
            sum += difference * difference;
            (query, at) = (query.wrapping_add(4), at.wrapping_add(2));
        }
        sum
    }
}
