//! An interpreter and a program in one module, so that a host needs to run one module of any kind: docs/interpreter.md,
//! "Combined".
//!
//! The program's bytes become a data segment behind the interpreter's static data; for every function that
//! it exports the module gets one of the same name and type, which passes its arguments on.

mod encode;
mod forward;
mod sections;

use rvf_wasm_inspect::{INTERPRETER_EXPORTS, inspect};

use self::encode::{name, section, signed, unsigned};
use self::forward::Forward;
use self::sections::{Interpreter, Program};
use crate::error::{PackError, Result};
use crate::limits::{COMBINED_PAGES, COMBINED_STACK_BYTES, COMBINED_TABLE_ELEMENTS};

/// Bytes of a page of WebAssembly memory.
const PAGE: u64 = 65_536;
/// The program's bytes begin at a multiple of this.
const ALIGN: u64 = 16;
/// What stays of the interpreter's exports, beside its memory: where the program's memory lies, and the
/// sentence of its last trap.
const KEPT: [&str; 4] = [
    "rvf_interpreter_memory_base",
    "rvf_interpreter_memory_len",
    "rvf_interpreter_error_ptr",
    "rvf_interpreter_error_len",
];

/// Caps of the program inside, which the module keeps itself.
#[derive(Clone, Copy, Debug)]
pub struct Caps {
    /// Most pages of its memory.
    pub pages: u32,
    /// Bytes of its stack.
    pub stack_bytes: u32,
    /// Most elements of its tables.
    pub table_elements: u32,
}

impl Default for Caps {
    fn default() -> Self {
        Self {
            pages: COMBINED_PAGES,
            stack_bytes: COMBINED_STACK_BYTES,
            table_elements: COMBINED_TABLE_ELEMENTS,
        }
    }
}

/// Links `interpreter` and `program` into one module. Both must be valid modules without imports and start
/// function; the result is inspected again before it goes into a file.
///
/// # Errors
/// When one of them is not what it should be, or the program exports what cannot be passed on.
pub fn combine(interpreter: &[u8], program: &[u8], caps: Caps) -> Result<Vec<u8>> {
    let facts = inspect(interpreter).map_err(|e| malformed("the interpreter", &e.to_string()))?;
    let missing = INTERPRETER_EXPORTS.iter().find(|(name, _)| facts.export(name).is_none());
    if let Some((missing, _)) = missing {
        return Err(malformed("the interpreter", &format!("it does not export {missing}")));
    }
    let inner = inspect(program).map_err(|e| malformed("the program", &e.to_string()))?;
    if let Some((module, field)) = inner.imports.first() {
        return Err(malformed("the program", &format!("it imports {module}.{field}")));
    }
    if inner.start.is_some() {
        return Err(malformed("the program", "it has a start function"));
    }
    let outer = Interpreter::read(interpreter).map_err(|what| malformed("the interpreter", &what))?;
    let inner = Program::read(program).map_err(|what| malformed("the program", &what))?;
    assemble(&outer, &inner, program, caps)
}

fn malformed(which: &str, what: &str) -> PackError {
    PackError::malformed(format!("{which} cannot be combined: {what}"))
}

fn assemble(outer: &Interpreter<'_>, inner: &Program<'_>, program: &[u8], caps: Caps) -> Result<Vec<u8>> {
    let address = u64::from(outer.heap_base).next_multiple_of(ALIGN);
    let end = address + program.len() as u64;
    let too_large = |_| malformed("the program", "it does not fit a memory of 4 GiB");
    let at = u32::try_from(address).map_err(too_large)?;
    u32::try_from(end).map_err(too_large)?;
    let forwards = inner.functions.iter().enumerate().map(|(number, function)| {
        let (number, first) = (number as u32, outer.function_count());
        Forward { function, index: first + number, ty: outer.type_count() + number }
    });
    let forwards: Vec<Forward<'_>> = forwards.collect();
    let names = forwards.iter().map(|forward| forward.function.name);
    if let Some(clash) = names.clone().find(|name| KEPT.contains(name) || *name == "memory") {
        return Err(malformed("the program", &format!("its export {clash} has a name of the interpreter's")));
    }
    let mut module = b"\0asm\x01\0\0\0".to_vec();
    let count = forwards.len() as u32;
    for known in &outer.sections {
        let mut body = Vec::new();
        match known.id {
            sections::TYPES => {
                unsigned(&mut body, (known.count + count).into());
                body.extend_from_slice(known.items);
                forwards.iter().for_each(|forward| forward.put_type(&mut body));
            }
            sections::FUNCTIONS => {
                unsigned(&mut body, (known.count + count).into());
                body.extend_from_slice(known.items);
                forwards.iter().for_each(|forward| unsigned(&mut body, forward.ty.into()));
            }
            sections::MEMORIES => {
                let pages = end.div_ceil(PAGE).max(outer.memory.initial);
                unsigned(&mut body, 1);
                match outer.memory.maximum {
                    Some(most) => {
                        body.push(1);
                        unsigned(&mut body, pages);
                        unsigned(&mut body, most.max(pages));
                    }
                    None => {
                        body.push(0);
                        unsigned(&mut body, pages);
                    }
                }
            }
            sections::EXPORTS => {
                let kept: Vec<(&str, u8, u32)> = outer
                    .exports
                    .iter()
                    .filter(|(name, ..)| KEPT.contains(name) || *name == "memory")
                    .copied()
                    .collect();
                unsigned(&mut body, kept.len() as u64 + u64::from(count));
                let forwarded = forwards.iter().map(|forward| (forward.function.name, 0, forward.index));
                for (exported, kind, index) in kept.into_iter().chain(forwarded) {
                    name(&mut body, exported);
                    body.push(kind);
                    unsigned(&mut body, index.into());
                }
            }
            sections::DATA_COUNT => unsigned(&mut body, u64::from(outer.data_count) + 2),
            sections::CODE => {
                unsigned(&mut body, (known.count + count).into());
                body.extend_from_slice(known.items);
                forwards.iter().for_each(|forward| forward.put_body(&mut body, outer.cells, outer.forward));
                section(&mut module, known.id, &body);
                // Data follows code; an interpreter may have none of its own.
                put_data(&mut module, outer, at, program, caps);
                continue;
            }
            sections::DATA => continue,
            _ => body.extend_from_slice(known.body),
        }
        section(&mut module, known.id, &body);
    }
    for (custom, content) in &inner.custom {
        let mut body = Vec::new();
        name(&mut body, custom);
        body.extend_from_slice(content);
        section(&mut module, 0, &body);
    }
    inspect(&module).map_err(|e| malformed("the result", &e.to_string()))?;
    Ok(module)
}

/// The interpreter's data, the program, and the words that tell where it is.
fn put_data(module: &mut Vec<u8>, outer: &Interpreter<'_>, at: u32, program: &[u8], caps: Caps) {
    let mut body = Vec::new();
    unsigned(&mut body, u64::from(outer.data_count) + 2);
    if let Some(data) = outer.sections.iter().find(|section| section.id == sections::DATA) {
        body.extend_from_slice(data.items);
    }
    let words = [at, program.len() as u32, caps.pages, caps.stack_bytes, caps.table_elements];
    let words: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    for (address, bytes) in [(at, program), (outer.embedded, words.as_slice())] {
        // An active segment of memory 0: i32.const address, end.
        body.extend_from_slice(&[0, 0x41]);
        signed(&mut body, address.cast_signed());
        body.push(0x0b);
        unsigned(&mut body, bytes.len() as u64);
        body.extend_from_slice(bytes);
    }
    section(module, sections::DATA, &body);
}
