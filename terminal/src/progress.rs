//! A progress bar that stays out of the way.

use std::io::{self, IsTerminal};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::limits::PROGRESS_DELAY;
use crate::manners::Manners;

/// Progress over a number of bytes or steps: drawn on standard error, only when that is a terminal,
/// only once the job has run for half a second, never when quiet or when JSON was asked for.
#[derive(Debug)]
pub struct Progress {
    bar: Option<ProgressBar>,
    started: Instant,
    shown: bool,
}

/// What is counted.
const BYTES: &str = "{msg} [{bar:32}] {bytes}/{total_bytes} {bytes_per_sec} {eta}";
const BYTES_WITHOUT_TOTAL: &str = "{msg} {spinner} {bytes} {bytes_per_sec}";
const PARTS: &str = "{msg} [{bar:32}] {percent}% {eta}";
const ELAPSED: &str = "{msg} {spinner} {elapsed}";
/// Between two pictures of work that says nothing of itself.
const TICK: Duration = Duration::from_millis(100);

impl Progress {
    /// Progress over `total` bytes, or over an unknown number.
    #[must_use]
    pub fn bytes(manners: &Manners, message: &'static str, total: Option<u64>) -> Self {
        Self::new(manners, message, total, if total.is_some() { BYTES } else { BYTES_WITHOUT_TOTAL })
    }

    /// Progress over `total` parts of any kind, told in percent.
    #[must_use]
    pub fn parts(manners: &Manners, message: &'static str, total: u64) -> Self {
        Self::new(manners, message, Some(total), PARTS)
    }

    /// Does work that cannot say how far it is; meanwhile shows that it goes on, and for how long.
    pub fn during<T>(manners: &Manners, message: &'static str, work: impl FnOnce() -> T) -> T {
        let mut progress = Self::new(manners, message, None, ELAPSED);
        if progress.bar.is_none() {
            return work();
        }
        let (working, ended) = mpsc::channel::<()>();
        thread::scope(|scope| {
            scope.spawn(move || {
                let mut ticks = 0;
                while ended.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                    ticks += 1;
                    progress.set(ticks);
                }
            });
            // Dropped at the end of the work, however it ends: that ends the thread.
            let _working = working;
            work()
        })
    }

    fn new(manners: &Manners, message: &'static str, total: Option<u64>, template: &str) -> Self {
        let wanted = !manners.quiet && !manners.json && io::stderr().is_terminal();
        let bar = wanted.then(|| {
            let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden());
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style.progress_chars("=> ").tick_chars("|/-\\ "));
            }
            bar.set_message(message);
            bar
        });
        Self { bar, started: Instant::now(), shown: false }
    }

    /// Says how much is done in all.
    pub fn set(&mut self, done: u64) {
        let Some(bar) = &self.bar else { return };
        bar.set_position(done);
        if !self.shown && self.started.elapsed() >= PROGRESS_DELAY {
            self.shown = true;
            bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_drawn_when_quiet_or_json() {
        for manners in
            [Manners { quiet: true, ..Manners::default() }, Manners { json: true, ..Manners::default() }]
        {
            let mut progress = Progress::bytes(&manners, "reading", Some(10));
            progress.set(5);
            assert!(progress.bar.is_none());
            assert_eq!(Progress::during(&manners, "working", || 7), 7);
        }
    }

    #[test]
    fn the_templates_are_valid() {
        for template in [BYTES, BYTES_WITHOUT_TOTAL, PARTS, ELAPSED] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }
}
