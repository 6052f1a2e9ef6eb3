//! `rvf-pack combine`.

use std::io::Write;
use std::path::{Path, PathBuf};

use rvf_format::read::wasm::feature;
use rvf_packer::built_in::interpreters;
use rvf_packer::combine::{Caps, combine};
use rvf_packer::input::Stream;
use rvf_packer::plan::{Choice, Module};
use rvf_terminal::serde_json::{Map, json};
use rvf_terminal::{Exit, Manners, Report, bytes_text, document, escape, refuse_clashes};

use crate::place::{Place, say};
use crate::report;

/// Link an interpreter and a program into one module, for hosts that run one module of any kind
///
/// The result exports what the program does; embed it with `rvf-pack embed`, which tells its role. The caps
/// of the program inside are fixed here, because its host sees the interpreter only.
///
/// Example:
///   rvf-pack combine solver.wasm -o combined.wasm
///   rvf-pack embed words.rvf combined.wasm
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// The program: a solver, or any module without imports
    program: PathBuf,
    /// Where the module goes; - is standard output
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// The interpreter [default: a built-in one; with SIMD when the program needs it]
    #[arg(long, value_name = "MODULE")]
    interpreter: Option<PathBuf>,
    /// Most pages of 64 KiB that the program's memory may have
    #[arg(long, value_name = "PAGES", default_value_t = Caps::default().pages, value_parser = clap::value_parser!(u32).range(1..=65_535))]
    pages: u32,
    /// Replace the output when it exists
    #[arg(short, long)]
    force: bool,
}

pub(crate) fn run(args: &Args, manners: &mut Manners) -> Result<Exit, Report> {
    let inputs: Vec<&Path> = [Some(&args.program), args.interpreter.as_ref()]
        .into_iter()
        .flatten()
        .map(PathBuf::as_path)
        .collect();
    refuse_clashes(&inputs, &[args.output.as_path()])?;
    let program = read(&args.program)?;
    let interpreter = match &args.interpreter {
        Some(path) => read(path)?,
        None => built_in(&program, &args.program)?,
    };
    let caps = Caps { pages: args.pages, ..Caps::default() };
    let bytes = combine(&interpreter, &program, caps)
        .map_err(|e| report(&e.at(args.program.display().to_string())))?;
    let mut place = Place::open(&args.output, args.force, "a module", manners)?;
    place.write_all(&bytes).map_err(|e| Report::io("cannot write the output", args.output.display(), &e))?;
    place.commit()?;
    let target = args.output.display().to_string();
    if manners.json {
        let mut body = Map::new();
        body.insert("file".to_owned(), json!(target));
        body.insert("bytes".to_owned(), json!(bytes.len()));
        body.insert("program_bytes".to_owned(), json!(program.len()));
        body.insert("interpreter_bytes".to_owned(), json!(interpreter.len()));
        say(manners, &document("rvf-combine/1", body))?;
    } else {
        let sizes = [bytes.len(), interpreter.len(), program.len()].map(|size| bytes_text(size as u64));
        let [all, outer, inner] = sizes;
        say(
            manners,
            &format!("wrote {}: {all}, of which {outer} interpreter and {inner} program\n", escape(&target)),
        )?;
    }
    Ok(Exit::Ok)
}

fn read(path: &Path) -> Result<Vec<u8>, Report> {
    let mut stream = Stream::open(path).map_err(|e| report(&e))?;
    stream.read_rest(rvf_format::limits::MAX_MODULE, "the module").map_err(|e| report(&e))
}

/// The built-in interpreter that runs this program: the one without SIMD where that is enough.
fn built_in(program: &[u8], path: &Path) -> Result<Vec<u8>, Report> {
    let name = path.display().to_string();
    let choice = Choice { role: Some(rvf_format::read::wasm::Role::MICROKERNEL), ..Choice::default() };
    let module = Module::prepare(name, program.to_vec(), choice).map_err(|e| report(&e))?;
    let simd = module.header.required_features & feature::SIMD != 0;
    let built_in = interpreters().into_iter().nth(usize::from(simd)).ok_or_else(|| {
        Report::usage("this program was built without interpreters").fix("name one with --interpreter MODULE")
    })?;
    Ok(built_in.1.to_vec())
}
