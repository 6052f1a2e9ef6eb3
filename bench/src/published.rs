//! The published learning solver, a module of other authors, through every path.

use crate::Result;
use crate::stats::{pair, shown};
use rvf_fixtures::npm_module;
use rvf_loader::Limits;
use rvf_loader::engine::{Budget, Engine, Export, Features, Instance, Sandbox};
use std::sync::Arc;
use std::time::Duration;

const MODULE: &str = "@ruvector/rvf-solver/pkg/rvf_solver_bg.wasm";
/// Puzzles to learn from.
const PUZZLES: i32 = 100;

/// A live guest and what to call.
struct Live {
    guest: Box<dyn Instance>,
    train: Export,
    handle: i32,
    limits: Limits,
}

impl Live {
    fn start(engine: &dyn Engine, module: &Arc<[u8]>) -> Result<Self> {
        let limits = Limits::default().timeout(Duration::from_secs(300)).fuel(u64::MAX >> 1);
        let features = Features(rvf_wasm_inspect::inspect(module)?.features);
        let sandbox = Sandbox { features, pages: limits.pages(), interruptible: true };
        let program = engine.compile(module, sandbox, &Budget::start(&limits))?;
        let mut guest = program.instantiate(Budget::start(&limits))?;
        let create = guest.export("rvf_solver_create", 0, 1)?;
        let train = guest.export("rvf_solver_train", 6, 1)?;
        let handle = guest.call(create, &[])?;
        Ok(Self { guest, train, handle, limits })
    }

    fn train(&mut self) -> Result<i32> {
        self.guest.refill(Budget::start(&self.limits));
        Ok(self.guest.call(self.train, &[self.handle, PUZZLES, 1, 10, 42, 0])?)
    }
}

/// The package, beside the folder of the target folder in which this program lies.
fn module() -> Option<Arc<[u8]>> {
    let program = std::env::current_exe().ok()?;
    Some(npm_module(program.parent()?.to_str()?, MODULE)?.into())
}

/// Each engine in turn with the first.
pub(crate) fn measure<'e>(
    engines: impl IntoIterator<Item = (&'static str, &'e dyn Engine, usize)>,
) -> Result<()> {
    println!("### The published learning solver, {PUZZLES} puzzles learned from, through every path\n");
    let Some(module) = module() else {
        println!(
            "SKIPPED: its npm package is not here; `cargo xtask test` installs it, or RVF_NPM_MODULES names it.\n"
        );
        return Ok(());
    };
    println!("| path | train | / compiled |\n|---|---|---|");
    let mut engines = engines.into_iter();
    let Some((_, first, _)) = engines.next() else { return Ok(()) };
    for (name, engine, rounds) in engines {
        let (mut compiled, mut other) = (Live::start(first, &module)?, Live::start(engine, &module)?);
        let (mut wanted, mut got) = (Ok(0), Ok(0));
        let pair = pair(rounds, || wanted = compiled.train(), || got = other.train());
        if wanted? != got? {
            return Err(format!("{name} does not solve what the compiled module solves").into());
        }
        println!("| {name} | {} ({} compiled) | {:.1} |", shown(pair.second), shown(pair.first), pair.ratio);
    }
    println!();
    Ok(())
}
