//! Two stages: an interpreter that is itself a WebAssembly module (docs/interpreter.md) runs in another
//! engine and runs the guest. All limits of that engine hold for both: it counts the interpreter's
//! instructions and sees the wall clock while the guest spins.

use std::sync::Arc;

use super::combined::memory_inside;
use super::{
    Budget, Engine, EngineError, Export, Features, Instance, LimitHit, Num, Program, Sandbox, Signature,
};
use crate::limits;

/// The ABI version of interpreters that this host speaks.
const ABI_VERSION: i32 = 1;
/// Statuses of an interpreter that mean something to a host beyond their text.
const DONE: i32 = 0;
const PAUSED: i32 = 1;
const NO_MEMORY: i32 = -5;
const NO_EXPORT: i32 = -6;
const STACK_EXHAUSTED: i32 = -26;

/// An interpreter's module in another engine.
#[derive(Clone)]
pub struct InFile {
    engine: Arc<dyn Engine>,
    interpreter: Arc<[u8]>,
    needs: Features,
    interruptible: bool,
}

impl InFile {
    /// `needs` is what the interpreter's module itself needs from `engine`.
    #[must_use]
    pub fn new(engine: Arc<dyn Engine>, interpreter: Arc<[u8]>, needs: Features) -> Self {
        Self { engine, interpreter, needs, interruptible: true }
    }

    /// The interpreter is one of which it is known that every call ends with its fuel, whatever it runs: it
    /// is not interrupted itself ([`Sandbox::interruptible`]).
    #[must_use]
    pub fn known(mut self) -> Self {
        self.interruptible = false;
        self
    }

    /// What a guest of an interpreter with these needs may use: it runs SIMD with SIMD only.
    #[must_use]
    pub fn guest_features(needs: Features) -> Features {
        if needs.contains(Features::SIMD) {
            Features::INTERPRETED
        } else {
            Features::INTERPRETED.without(Features::SIMD)
        }
    }
}

impl Engine for InFile {
    fn name(&self) -> &'static str {
        match self.engine.name() {
            "wasmtime" => "in-file in wasmtime",
            "wasmi" => "in-file in wasmi",
            "tiny" => "in-file in tiny",
            _ => "in-file",
        }
    }

    fn features(&self) -> Features {
        Self::guest_features(self.needs)
    }

    fn compile(
        &self,
        module: &Arc<[u8]>,
        sandbox: Sandbox,
        budget: &Budget,
    ) -> Result<Box<dyn Program>, EngineError> {
        super::check(module, sandbox.features)?;
        let outer = Sandbox {
            features: self.needs,
            pages: outer_pages(sandbox.pages),
            interruptible: self.interruptible,
        };
        let program = self.engine.compile(&self.interpreter, outer, budget)?;
        Ok(Box::new(TwoStage { program, module: Arc::clone(module), pages: sandbox.pages }))
    }
}

/// Pages for an interpreter with a guest of so many.
pub(crate) fn outer_pages(pages: u32) -> u32 {
    pages.saturating_add(limits::INTERPRETER_PAGES).min(limits::MOST_PAGES)
}

struct TwoStage {
    program: Box<dyn Program>,
    module: Arc<[u8]>,
    pages: u32,
}

impl Program for TwoStage {
    fn instantiate(&self, budget: Budget) -> Result<Box<dyn Instance>, EngineError> {
        let mut stage = Stage::of(self.program.instantiate(budget)?)?;
        let at = stage.give(&self.module)?;
        let len = length(&self.module)?;
        let status = stage.outer.call(stage.exports.load, &[at, len])?;
        stage.expect_done(status)?;
        let number = |value: usize| i32::try_from(value).unwrap_or(i32::MAX);
        let caps = [
            i32::try_from(self.pages).unwrap_or(i32::MAX),
            number(limits::STACK_BYTES),
            number(limits::TABLE_ELEMENTS),
        ];
        let status = stage.outer.call(stage.exports.instantiate, &caps)?;
        stage.expect_done(status)?;
        let mut guest = Guest { stage, functions: Vec::new(), place: (0, 0), names: None };
        guest.look()?;
        Ok(Box::new(guest))
    }
}

fn length(bytes: &[u8]) -> Result<i32, EngineError> {
    i32::try_from(bytes.len())
        .map_err(|_| EngineError::Invalid { reason: "it is larger than 2 GiB".to_owned() })
}

/// A live interpreter.
struct Stage {
    outer: Box<dyn Instance>,
    exports: Exports,
}

struct Exports {
    alloc: Export,
    load: Export,
    instantiate: Export,
    find: Export,
    signature: Export,
    cells_ptr: Export,
    cells_len: Export,
    call: Export,
    resume: Export,
    memory_base: Export,
    memory_len: Export,
    error_ptr: Export,
    error_len: Export,
}

impl Exports {
    fn find(outer: &mut dyn Instance) -> Result<Self, EngineError> {
        let with_fuel = |params: &[Num]| Signature { params: params.to_vec(), results: vec![Num::I32] };
        let mut typed = |name: &str, signature: Signature| {
            let name = format!("rvf_interpreter_{name}");
            match outer.find(&name)? {
                (export, found) if found == signature => Ok(export),
                (_, found) => {
                    let reason = format!("is {found}, not {signature}");
                    Err(EngineError::Export { name, reason })
                }
            }
        };
        let call = typed("call", with_fuel(&[Num::I32, Num::I64]))?;
        let resume = typed("resume", with_fuel(&[Num::I64]))?;
        let mut find = |name: &str, params: usize| typed(name, with_fuel(&vec![Num::I32; params]));
        Ok(Self {
            alloc: find("alloc", 1)?,
            load: find("load", 2)?,
            instantiate: find("instantiate", 3)?,
            find: find("find", 2)?,
            signature: find("signature", 1)?,
            cells_ptr: find("cells_ptr", 0)?,
            cells_len: find("cells_len", 0)?,
            call,
            resume,
            memory_base: find("memory_base", 0)?,
            memory_len: find("memory_len", 0)?,
            error_ptr: find("error_ptr", 0)?,
            error_len: find("error_len", 0)?,
        })
    }
}

impl Stage {
    fn of(mut outer: Box<dyn Instance>) -> Result<Self, EngineError> {
        let version = outer.export("rvf_interpreter_abi_version", 0, 1)?;
        let version = outer.call(version, &[])?;
        if version != ABI_VERSION {
            let reason = format!("the interpreter speaks version {version}, this host version {ABI_VERSION}");
            return Err(EngineError::Invalid { reason });
        }
        let exports = Exports::find(outer.as_mut())?;
        Ok(Self { outer, exports })
    }

    /// Puts bytes into a block of their own in the interpreter's memory.
    fn give(&mut self, bytes: &[u8]) -> Result<i32, EngineError> {
        let at = self.outer.call(self.exports.alloc, &[length(bytes)?.max(1)])?;
        self.put(at, bytes)?;
        Ok(at)
    }

    fn put(&mut self, at: i32, bytes: &[u8]) -> Result<(), EngineError> {
        let start = at.cast_unsigned() as usize;
        match self.outer.memory_mut().get_mut(start..).and_then(|rest| rest.get_mut(..bytes.len())) {
            Some(place) if at != 0 => {
                place.copy_from_slice(bytes);
                Ok(())
            }
            _ => Err(EngineError::Memory {
                reason: format!("the interpreter has no room for {} bytes (--max-memory)", bytes.len()),
            }),
        }
    }

    fn bytes(&self, at: i32, len: usize) -> Option<&[u8]> {
        self.outer.memory().get(at.cast_unsigned() as usize..)?.get(..len)
    }

    fn expect_done(&mut self, status: i32) -> Result<(), EngineError> {
        if status == DONE { Ok(()) } else { Err(self.refused(status)) }
    }

    /// The error of a status that is not 0.
    fn refused(&mut self, status: i32) -> EngineError {
        let reason = match self.text() {
            Ok(text) if !text.is_empty() => text,
            Ok(_) => format!("the interpreter gives status {status}"),
            Err(error) => return error,
        };
        match status {
            STACK_EXHAUSTED => LimitHit::Stack.into(),
            NO_MEMORY => EngineError::Memory { reason },
            _ if status < -16 => EngineError::Trap { reason },
            _ => EngineError::Invalid { reason },
        }
    }

    fn text(&mut self) -> Result<String, EngineError> {
        let at = self.outer.call(self.exports.error_ptr, &[])?;
        let len = self.outer.call(self.exports.error_len, &[])?;
        let len = usize::try_from(len).unwrap_or(0).min(limits::ERROR_TEXT_BYTES);
        Ok(String::from_utf8_lossy(self.bytes(at, len).unwrap_or_default()).into_owned())
    }
}

/// A guest of the interpreter.
struct Guest {
    stage: Stage,
    functions: Vec<Function>,
    /// Where its memory lies in the interpreter's.
    place: (usize, usize),
    /// A block for names, taken once: blocks that come after the guest's memory may move it.
    names: Option<i32>,
}

#[derive(Clone, Copy)]
struct Function {
    number: i32,
    params: usize,
    results: usize,
}

/// Bytes of the block for names; exports of solvers have less than 32.
const NAME_BYTES: usize = 1024;

impl Guest {
    fn look(&mut self) -> Result<(), EngineError> {
        let exports = &self.stage.exports;
        self.place = memory_inside(self.stage.outer.as_mut(), exports.memory_base, exports.memory_len)?;
        Ok(())
    }

    fn signature(&mut self, name: &str, number: i32) -> Result<Signature, EngineError> {
        let at = self.stage.outer.call(self.stage.exports.signature, &[number])?;
        let outside = || EngineError::Trap { reason: "the interpreter gives no signature".to_owned() };
        let counts: [u8; 8] =
            self.stage.bytes(at, 8).and_then(|bytes| bytes.try_into().ok()).ok_or_else(outside)?;
        let [a, b, c, d, e, f, g, h] = counts;
        let count = |bytes| u32::from_le_bytes(bytes) as usize;
        let (params, results) = (count([a, b, c, d]), count([e, f, g, h]));
        let most = params.saturating_add(results);
        let types = self.stage.bytes(at.wrapping_add(8), most).ok_or_else(outside)?;
        let (params, results) = types.split_at_checked(params).ok_or_else(outside)?;
        let num = |byte: &u8| match byte {
            0x7F => Some(Num::I32),
            0x7E => Some(Num::I64),
            0x7D => Some(Num::F32),
            0x7C => Some(Num::F64),
            _ => None,
        };
        Signature::of(params, results, num).ok_or_else(|| EngineError::not_numbers(name))
    }
}

impl Instance for Guest {
    fn find(&mut self, name: &str) -> Result<(Export, Signature), EngineError> {
        let missing = || EngineError::missing(name);
        if name.len() > NAME_BYTES {
            return Err(missing());
        }
        let at = match self.names {
            Some(at) => at,
            None => {
                let at = self.stage.give(&[0; NAME_BYTES])?;
                self.names = Some(at);
                at
            }
        };
        self.stage.put(at, name.as_bytes())?;
        let len = length(name.as_bytes())?;
        let number = self.stage.outer.call(self.stage.exports.find, &[at, len])?;
        if number == NO_EXPORT {
            return Err(missing());
        }
        if number < 0 {
            return Err(self.stage.refused(number));
        }
        let signature = self.signature(name, number)?;
        self.functions.push(Function {
            number,
            params: signature.params.len(),
            results: signature.results.len(),
        });
        self.look()?;
        Ok((Export(self.functions.len() - 1), signature))
    }

    fn invoke(&mut self, export: Export, args: &[u64], results: &mut [u64]) -> Result<(), EngineError> {
        let function = *self.functions.get(export.0).ok_or_else(|| EngineError::missing("?"))?;
        EngineError::check_arguments(function.params, args.len())?;
        let stage = &mut self.stage;
        let cells = stage.outer.call(stage.exports.cells_ptr, &[])?;
        let held = stage.outer.call(stage.exports.cells_len, &[])?;
        if usize::try_from(held).unwrap_or(0) < function.params.max(function.results) {
            return Err(EngineError::Invalid {
                reason: format!("the interpreter passes {held} values at most"),
            });
        }
        let bytes: Vec<u8> = args.iter().flat_map(|cell| cell.to_le_bytes()).collect();
        stage.put(cells, &bytes)?;
        let mut status = [0];
        let call = [u64::from(function.number.cast_unsigned()), limits::IN_FILE_SLICE];
        stage.outer.invoke(stage.exports.call, &call, &mut status)?;
        loop {
            let [cell] = status;
            match (cell & u64::from(u32::MAX)) as u32 as i32 {
                DONE => break,
                PAUSED => {
                    stage.outer.charge(limits::FUEL_PER_STEP)?;
                    stage.outer.invoke(stage.exports.resume, &[limits::IN_FILE_SLICE], &mut status)?;
                }
                other => return Err(stage.refused(other)),
            }
        }
        let given = stage.bytes(cells, 8 * function.results).unwrap_or_default();
        for (result, cell) in results.iter_mut().zip(given.as_chunks::<8>().0) {
            *result = u64::from_le_bytes(*cell);
        }
        self.look()
    }

    fn memory(&self) -> &[u8] {
        let (base, len) = self.place;
        self.stage.outer.memory().get(base..).and_then(|rest| rest.get(..len)).unwrap_or_default()
    }

    fn memory_mut(&mut self) -> &mut [u8] {
        let (base, len) = self.place;
        self.stage.outer.memory_mut().get_mut(base..).and_then(|rest| rest.get_mut(..len)).unwrap_or_default()
    }

    fn charge(&mut self, fuel: u64) -> Result<(), EngineError> {
        self.stage.outer.charge(fuel)
    }

    fn refill(&mut self, budget: Budget) {
        self.stage.outer.refill(budget);
    }
}
