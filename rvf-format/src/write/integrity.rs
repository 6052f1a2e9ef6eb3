//! The integrity record: leaves are hashed while the file is written.

use crate::forever::{
    HEADER_LEN, INTEGRITY_BLOCK_SHIFT, INTEGRITY_HASH_LEN, INTEGRITY_HEAD_LEN, INTEGRITY_MAGIC,
    INTEGRITY_PAGE_SHIFT, INTEGRITY_VERSION,
};
use crate::hash::{Algorithm, Hasher};
use crate::read::integrity::{
    BLOCK, COVERED_HEAD, LEAVES_PER_PAGE, block_count, feed_zeros, page_count, root_hash,
};
use alloc::vec::Vec;

/// Hashes blocks as bytes go by.
#[derive(Clone, Debug)]
pub(super) struct Leaves {
    algorithm: Algorithm,
    hasher: Hasher,
    filled: u64,
    leaves: Vec<u8>,
}

impl Leaves {
    pub(super) fn new(algorithm: Algorithm) -> Self {
        Self { algorithm, hasher: Hasher::new(algorithm), filled: 0, leaves: Vec::new() }
    }

    pub(super) fn update(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let room = (BLOCK - self.filled) as usize;
            let (now, later) = bytes.split_at_checked(room).unwrap_or((bytes, &[]));
            if now.len() as u64 == BLOCK {
                // A whole block at once needs no copy into the hasher's buffer.
                self.leaves.extend_from_slice(&self.algorithm.hash(now));
            } else {
                self.hasher.update(now);
                self.advance(now.len() as u64);
            }
            bytes = later;
        }
    }

    pub(super) fn zeros(&mut self, mut count: u64) {
        while count > 0 {
            let now = count.min(BLOCK - self.filled);
            feed_zeros(&mut self.hasher, now);
            self.advance(now);
            count -= now;
        }
    }

    fn advance(&mut self, bytes: u64) {
        self.filled += bytes;
        if self.filled == BLOCK {
            self.end_block();
        }
    }

    fn end_block(&mut self) {
        let hasher = core::mem::replace(&mut self.hasher, Hasher::new(self.algorithm));
        self.leaves.extend_from_slice(&hasher.finish());
        self.filled = 0;
    }

    /// All leaves, the last one over a part of a block.
    pub(super) fn finish(mut self) -> Vec<u8> {
        if self.filled > 0 {
            self.end_block();
        }
        self.leaves
    }
}

/// Where the record and the manifest come to lie, which depends on how many hashes the record
/// holds, which depends on how long the file becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) payload_len: u64,
    pub(super) manifest_offset: u64,
    pub(super) file_len: u64,
}

impl Plan {
    /// For a record whose header lies at `offset`, before a manifest of `manifest_len` payload
    /// bytes; `align` rounds up as the dialect does.
    pub(super) fn new(offset: u64, manifest_len: u64, align: impl Fn(u64) -> u64) -> Self {
        let mut blocks = block_count(offset);
        loop {
            let hashes = (page_count(blocks) + blocks) * INTEGRITY_HASH_LEN as u64;
            let payload_len = INTEGRITY_HEAD_LEN as u64 + hashes;
            let manifest_offset = align(offset + HEADER_LEN as u64 + payload_len);
            let file_len = align(manifest_offset + HEADER_LEN as u64 + manifest_len);
            let needed = block_count(file_len);
            if needed == blocks {
                return Self { payload_len, manifest_offset, file_len };
            }
            // The count only grows, and the hashes of 4,000 blocks fill one: this ends at once.
            blocks = needed;
        }
    }

    /// The head of the record, without its root.
    pub(super) fn head(&self, algorithm: Algorithm, payload_offset: u64) -> Vec<u8> {
        let blocks = block_count(self.file_len);
        let mut head = Vec::with_capacity(self.payload_len as usize);
        head.extend_from_slice(&INTEGRITY_MAGIC);
        head.extend_from_slice(&INTEGRITY_VERSION.to_le_bytes());
        head.extend_from_slice(&[algorithm.to_byte(), INTEGRITY_BLOCK_SHIFT, INTEGRITY_PAGE_SHIFT, 0, 0, 0]);
        head.extend_from_slice(&self.file_len.to_le_bytes());
        head.extend_from_slice(&(payload_offset + INTEGRITY_HEAD_LEN as u64).to_le_bytes());
        head.extend_from_slice(&(blocks as u32).to_le_bytes());
        head.extend_from_slice(&(page_count(blocks) as u32).to_le_bytes());
        head.resize(COVERED_HEAD, 0);
        head
    }
}

/// Completes `head` with root, pages and leaves.
pub(super) fn seal(algorithm: Algorithm, mut head: Vec<u8>, leaves: &[u8]) -> (Vec<u8>, [u8; 16]) {
    let page = LEAVES_PER_PAGE as usize * INTEGRITY_HASH_LEN;
    let pages: Vec<u8> = leaves.chunks(page).flat_map(|leaves| algorithm.hash(leaves)).collect();
    let root = root_hash(algorithm, &head, &pages);
    head.extend_from_slice(&root);
    head.extend_from_slice(&pages);
    head.extend_from_slice(leaves);
    (head, root)
}
