//! Checks the blocks that come next while the guest works on the ones before.
//!
//! A long scan is half hashing. A second thread takes that half as soon as reads follow one another,
//! a few MiB ahead at most, so that the bytes are still in the processor's caches when they are
//! copied. It changes nothing of what is served: a block counts as checked only when its hash was
//! found right, and whatever this thread did not check the reader checks itself.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, Thread};

use rvf_format::BlockChecker;
use rvf_format::read::integrity::BLOCK;

use crate::limits::{AHEAD_BLOCKS, AHEAD_SPINS};

/// No block.
const NONE: u64 = u64::MAX;

/// What reader and checking thread share. Blocks are numbered from the start of the file.
#[derive(Debug)]
pub(super) struct Ahead {
    blocks: u64,
    /// The first block that nobody has begun.
    next: AtomicU64,
    /// The thread waits at this block.
    limit: AtomicU64,
    /// The block that the thread is checking.
    busy: AtomicU64,
    /// One bit per block whose hash was found right.
    done: Vec<AtomicU64>,
    ended: AtomicBool,
    worker: Mutex<Option<Thread>>,
}

impl Ahead {
    /// For a file of `len` bytes.
    pub(super) fn new(len: u64) -> Self {
        let blocks = len.div_ceil(BLOCK);
        let words = usize::try_from(blocks.div_ceil(64)).unwrap_or(0);
        Self {
            blocks,
            next: AtomicU64::new(0),
            limit: AtomicU64::new(0),
            busy: AtomicU64::new(NONE),
            done: (0..words).map(|_| AtomicU64::new(0)).collect(),
            ended: AtomicBool::new(false),
            worker: Mutex::new(None),
        }
    }

    /// Makes ready for another thread, after the one before has ended. What was checked stays so.
    pub(super) fn begin(&self) {
        self.limit.store(0, Ordering::Relaxed);
        self.next.store(0, Ordering::Relaxed);
        self.busy.store(NONE, Ordering::Relaxed);
        self.ended.store(false, Ordering::Release);
    }

    /// The checking thread: runs until [`Ahead::end`], or until a block is found damaged, which the
    /// reader then finds and reports itself.
    pub(super) fn work(&self, mut checker: BlockChecker<'_>) {
        self.set_worker(Some(thread::current()));
        while !self.ended.load(Ordering::Acquire) {
            let block = self.next.load(Ordering::Relaxed);
            if block >= self.limit.load(Ordering::Acquire) {
                thread::park();
                continue;
            }
            let claim = self.next.compare_exchange(block, block + 1, Ordering::Relaxed, Ordering::Relaxed);
            if claim.is_err() || self.is_done(block) {
                continue;
            }
            self.busy.store(block, Ordering::Relaxed);
            let right = checker.check_range(block * BLOCK, 1).is_ok();
            if right {
                self.set_done(block);
            }
            self.busy.store(NONE, Ordering::Relaxed);
            if !right {
                break;
            }
        }
        self.set_worker(None);
    }

    /// Lets the thread go.
    pub(super) fn end(&self) {
        self.ended.store(true, Ordering::Release);
        self.wake();
    }

    /// The reader is at `blocks` and goes on behind them.
    pub(super) fn follow(&self, blocks: &Range<u64>) {
        let limit = blocks.end.saturating_add(AHEAD_BLOCKS).min(self.blocks);
        // Of a file that was read before, nothing is left to do, and to say so again for each read would
        // cost more than the reads.
        if (blocks.end..limit).all(|block| self.is_done(block)) {
            return;
        }
        let next = self.next.load(Ordering::Relaxed);
        if next < blocks.end || next > limit {
            self.next.store(blocks.end, Ordering::Relaxed);
        }
        self.limit.store(limit, Ordering::Release);
        // Waking costs a call of the system, so not for every block that becomes due.
        let due = limit.saturating_sub(self.next.load(Ordering::Relaxed));
        if due > AHEAD_BLOCKS / 2 {
            self.wake();
        }
    }

    /// True when the hash of `block` was found right. Waits a moment for a block that is being
    /// checked; leaves any other to the reader, and out of the thread's way.
    pub(super) fn has(&self, block: u64) -> bool {
        for _ in 0..AHEAD_SPINS {
            if self.is_done(block) {
                return true;
            }
            if self.busy.load(Ordering::Relaxed) != block {
                break;
            }
            std::hint::spin_loop();
        }
        self.next.fetch_max(block.saturating_add(1), Ordering::Relaxed);
        self.is_done(block)
    }

    /// The hash of `block` was found right.
    pub(super) fn set_done(&self, block: u64) {
        if let Some(word) = self.word(block) {
            word.fetch_or(1 << (block % 64), Ordering::Release);
        }
    }

    fn is_done(&self, block: u64) -> bool {
        self.word(block).is_some_and(|word| word.load(Ordering::Acquire) >> (block % 64) & 1 == 1)
    }

    fn word(&self, block: u64) -> Option<&AtomicU64> {
        usize::try_from(block / 64).ok().and_then(|place| self.done.get(place))
    }

    fn wake(&self) {
        // Only whole values are ever stored, so a panic elsewhere left nothing half done.
        let worker = self.worker.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(worker) = worker.as_ref() {
            worker.unpark();
        }
    }

    fn set_worker(&self, worker: Option<Thread>) {
        *self.worker.lock().unwrap_or_else(PoisonError::into_inner) = worker;
    }
}
