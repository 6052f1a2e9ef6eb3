//! The integrity record: a hash tree over the whole file, in extension space.
//!
//! The file is cut into blocks of 64 KiB. A leaf is the hash of one block, a page is the hash of
//! 4,096 leaves, and the root is the hash of the record's head and all pages. The root and the
//! hashes themselves are taken as zero in the blocks they lie in; the tree covers them instead. So
//! every bit of the file counts somewhere, and a reader can check the blocks it uses and nothing
//! else: for one block of a 5 GB file it hashes 64 KiB of data, 64 KiB of leaves and 320 bytes.
//!
//! The tree finds damage. Against an adversary it proves nothing unless the root is signed.

use crate::error::{Error, ErrorKind, Result};
use crate::forever::{
    INTEGRITY_BLOCK_SHIFT, INTEGRITY_HASH_LEN, INTEGRITY_HEAD_LEN, INTEGRITY_MAGIC, INTEGRITY_PAGE_SHIFT,
    INTEGRITY_VERSION,
};
use crate::hash::{Algorithm, Hasher};
use crate::read::file::{File, Segment, hash_error};
use crate::wire::Cursor;
use alloc::vec::Vec;

/// Bytes of one block.
pub const BLOCK: u64 = 1 << INTEGRITY_BLOCK_SHIFT;
/// Leaves under one page.
pub const LEAVES_PER_PAGE: u64 = 1 << INTEGRITY_PAGE_SHIFT;
/// Bytes of the head that the root covers.
pub(crate) const COVERED_HEAD: usize = INTEGRITY_HEAD_LEN - INTEGRITY_HASH_LEN;

/// Blocks of a file of `len` bytes.
pub(crate) const fn block_count(len: u64) -> u64 {
    len.div_ceil(BLOCK)
}

/// Pages over `blocks` leaves.
pub(crate) const fn page_count(blocks: u64) -> u64 {
    blocks.div_ceil(LEAVES_PER_PAGE)
}

/// An integrity record whose root matches its pages. Leaves and blocks are not checked yet.
#[derive(Clone, Copy, Debug)]
pub struct IntegrityRecord<'a> {
    algorithm: Algorithm,
    file_len: u64,
    /// The root and the hashes: absolute, taken as zero when blocks are hashed.
    hole: (u64, u64),
    root: [u8; INTEGRITY_HASH_LEN],
    pages: &'a [u8],
    leaves: &'a [u8],
    leaves_offset: u64,
}

impl<'a> IntegrityRecord<'a> {
    /// Reads the record in `segment` of a file of `file_len` bytes and checks it against itself.
    pub fn parse(segment: &Segment<'a>, file_len: u64) -> Result<Self> {
        let start = segment.payload_offset();
        let mut c = Cursor::new(segment.payload, start);
        let expect = |c: &Cursor<'_>, what, expected: u64, got: u64| {
            if expected == got { Ok(()) } else { Err(c.error(what, ErrorKind::Mismatch { expected, got })) }
        };
        let at = c;
        let magic: [u8; 8] = c.array("integrity record")?;
        let number = |bytes| u64::from_le_bytes(bytes);
        expect(&at, "magic of the integrity record", number(INTEGRITY_MAGIC), number(magic))?;
        let at = c;
        let version = c.u16("version of the integrity record")?;
        expect(&at, "version of the integrity record", INTEGRITY_VERSION.into(), version.into())?;
        let at = c;
        let algo = c.u8("hash of the integrity record")?;
        let algorithm = match Algorithm::from_byte(algo) {
            Some(a @ (Algorithm::Xxh3 | Algorithm::Shake256)) => a,
            _ => {
                return Err(
                    at.error("hash of the integrity record", ErrorKind::Unsupported { got: algo.into() })
                );
            }
        };
        let at = c;
        let shifts = c.u16("shape of the integrity record")?;
        let wanted = u16::from_le_bytes([INTEGRITY_BLOCK_SHIFT, INTEGRITY_PAGE_SHIFT]);
        expect(&at, "shape of the integrity record", wanted.into(), shifts.into())?;
        let at = c;
        let zero: [u8; 3] = c.array("reserved bytes of the integrity record")?;
        expect(&at, "reserved bytes of the integrity record", 0, zero.iter().map(|b| u64::from(*b)).sum())?;
        let at = c;
        let covered = c.u64("file length of the integrity record")?;
        expect(&at, "file length (truncated or extended?)", covered, file_len)?;
        let at = c;
        let hashes_at = c.u64("hash offset of the integrity record")?;
        expect(&at, "hash offset of the integrity record", start + INTEGRITY_HEAD_LEN as u64, hashes_at)?;
        let at = c;
        let blocks = u64::from(c.u32("block count of the integrity record")?);
        expect(&at, "block count of the integrity record", block_count(file_len), blocks)?;
        let at = c;
        let page_total = u64::from(c.u32("page count of the integrity record")?);
        expect(&at, "page count of the integrity record", page_count(blocks), page_total)?;
        let at = c;
        expect(&at, "reserved bytes of the integrity record", 0, c.u64("integrity record")?)?;
        let root_at = c;
        let root = c.array("root of the integrity record")?;
        let pages = c.sized(page_total * INTEGRITY_HASH_LEN as u64, "pages of the integrity record")?;
        let leaves_offset = c.offset();
        let leaves = c.sized(blocks * INTEGRITY_HASH_LEN as u64, "leaves of the integrity record")?;
        expect(&c, "bytes behind the integrity record", 0, c.remaining() as u64)?;
        let head = segment.payload.get(..COVERED_HEAD).unwrap_or_default();
        let computed = root_hash(algorithm, head, pages);
        if computed != root {
            return Err(hash_error(root_at.offset(), "root of the integrity record", &root, &computed));
        }
        let hole = (root_at.offset(), segment.end());
        Ok(Self { algorithm, file_len, hole, root, pages, leaves, leaves_offset })
    }

    /// The hash in use.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The hash over everything: equal roots (of one algorithm) mean equal files.
    #[must_use]
    pub const fn root(&self) -> [u8; INTEGRITY_HASH_LEN] {
        self.root
    }

    /// Blocks in the file.
    #[must_use]
    pub const fn block_count(&self) -> u64 {
        block_count(self.file_len)
    }

    /// Checks the leaves under page `page` against the page's hash.
    pub fn check_page(&self, page: u64) -> Result<()> {
        let bytes = LEAVES_PER_PAGE * INTEGRITY_HASH_LEN as u64;
        let offset = self.leaves_offset + page * bytes;
        let from = usize::try_from(page * bytes).unwrap_or(usize::MAX);
        let leaves = self.leaves.get(from..).unwrap_or_default();
        let leaves = leaves.get(..bytes as usize).unwrap_or(leaves);
        let computed = self.algorithm.hash(leaves);
        let stored = slot(self.pages, page);
        if stored != computed {
            return Err(hash_error(offset, "leaves of the integrity record", &stored, &computed));
        }
        Ok(())
    }

    /// Checks block `block` of `file` against its leaf. The leaf itself is trusted only after
    /// [`check_page`](Self::check_page).
    pub fn check_block(&self, file: &[u8], block: u64) -> Result<()> {
        let start = block.saturating_mul(BLOCK);
        let end = start.saturating_add(BLOCK).min(self.file_len);
        let range = |a: u64, b: u64| {
            let (a, b) = (usize::try_from(a).ok()?, usize::try_from(b).ok()?);
            file.get(a..b)
        };
        let (hole_start, hole_end) = (self.hole.0.clamp(start, end), self.hole.1.clamp(start, end));
        let computed = if hole_start == hole_end {
            range(start, end).map(|bytes| self.algorithm.hash(bytes))
        } else {
            hash_with_hole(
                self.algorithm,
                range(start, hole_start),
                hole_end - hole_start,
                range(hole_end, end),
            )
        };
        let computed = computed.ok_or(Error::new(
            start,
            "block",
            ErrorKind::Truncated { needed: self.file_len, available: file.len() as u64 },
        ))?;
        let stored = slot(self.leaves, block);
        if stored != computed {
            return Err(hash_error(start, "block of 64 KiB", &stored, &computed));
        }
        Ok(())
    }
}

fn slot(hashes: &[u8], index: u64) -> [u8; INTEGRITY_HASH_LEN] {
    let (chunks, _) = hashes.as_chunks();
    usize::try_from(index).ok().and_then(|i| chunks.get(i)).copied().unwrap_or_default()
}

fn hash_with_hole(
    algorithm: Algorithm,
    before: Option<&[u8]>,
    zeros: u64,
    behind: Option<&[u8]>,
) -> Option<[u8; INTEGRITY_HASH_LEN]> {
    let mut hasher = Hasher::new(algorithm);
    hasher.update(before?);
    feed_zeros(&mut hasher, zeros);
    hasher.update(behind?);
    Some(hasher.finish())
}

/// Adds `count` zero bytes to a hash.
pub(crate) fn feed_zeros(hasher: &mut Hasher, mut count: u64) {
    const ZEROS: [u8; 1024] = [0; 1024];
    while count > 0 {
        let now = count.min(ZEROS.len() as u64);
        hasher.update(ZEROS.get(..now as usize).unwrap_or_default());
        count -= now;
    }
}

/// The root over the covered head and the page hashes.
pub(crate) fn root_hash(algorithm: Algorithm, head: &[u8], pages: &[u8]) -> [u8; INTEGRITY_HASH_LEN] {
    let mut hasher = Hasher::new(algorithm);
    hasher.update(head);
    hasher.update(pages);
    hasher.finish()
}

/// Checks ranges of a file block by block, each block once, as they are used.
#[derive(Clone, Debug)]
pub struct BlockChecker<'a> {
    file: &'a [u8],
    record: IntegrityRecord<'a>,
    blocks_done: Vec<u64>,
    pages_done: Vec<u64>,
}

impl<'a> BlockChecker<'a> {
    /// A checker for `file`, or `None` when it has no integrity record.
    pub fn new(file: &File<'a>) -> Result<Option<Self>> {
        let Some(record) = file.integrity()? else { return Ok(None) };
        let words = |bits: u64| alloc::vec![0; bits.div_ceil(64) as usize];
        let blocks_done = words(record.block_count());
        let pages_done = words(page_count(record.block_count()));
        Ok(Some(Self { file: file.bytes(), record, blocks_done, pages_done }))
    }

    /// Makes sure that `len` bytes from the absolute `offset` are those that were packed.
    pub fn check_range(&mut self, offset: u64, len: u64) -> Result<()> {
        if len == 0 {
            return Ok(());
        }
        let end = offset.checked_add(len).filter(|end| *end <= self.record.file_len).ok_or(Error::new(
            offset,
            "range",
            ErrorKind::TooLarge { limit: self.record.file_len, got: offset.saturating_add(len) },
        ))?;
        for block in offset / BLOCK..end.div_ceil(BLOCK) {
            if is_set(&self.blocks_done, block) {
                continue;
            }
            let page = block / LEAVES_PER_PAGE;
            if !is_set(&self.pages_done, page) {
                self.record.check_page(page)?;
                set(&mut self.pages_done, page);
            }
            self.record.check_block(self.file, block)?;
            set(&mut self.blocks_done, block);
        }
        Ok(())
    }

    /// Bytes of the file.
    #[must_use]
    pub const fn file_len(&self) -> u64 {
        self.record.file_len
    }

    /// Blocks checked so far.
    #[must_use]
    pub fn blocks_checked(&self) -> u64 {
        self.blocks_done.iter().map(|word| u64::from(word.count_ones())).sum()
    }
}

fn is_set(words: &[u64], bit: u64) -> bool {
    words.get((bit / 64) as usize).is_some_and(|word| word >> (bit % 64) & 1 == 1)
}

fn set(words: &mut [u64], bit: u64) {
    if let Some(word) = words.get_mut((bit / 64) as usize) {
        *word |= 1 << (bit % 64);
    }
}
