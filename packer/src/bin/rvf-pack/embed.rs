//! `rvf-pack embed`.

use std::path::{Path, PathBuf};

use rvf_packer::{Mapped, embed::embed};
use rvf_terminal::serde_json::{Map, json};
use rvf_terminal::{Exit, Manners, Report, bytes_text, counted, document, escape, hex, refuse_clashes};

use crate::choice::{ChoiceArgs, warn_of};
use crate::damage::DamageArgs;
use crate::place::{Place, say};
use crate::report;

/// Add modules to a file that exists, ours or another writer's
///
/// Without -o the file is replaced, whole or not at all. A file of another writer keeps every byte it
/// has; what is added follows in its own dialect.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The file
    file: PathBuf,
    /// Modules to add; each is inspected, and refused when it imports anything or has a start function
    #[arg(required = true, value_name = "MODULE")]
    modules: Vec<PathBuf>,
    /// Write here instead and leave the file as it is; - is standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace the output when it exists
    #[arg(short, long)]
    force: bool,
    #[command(flatten)]
    damage: DamageArgs,
    #[command(flatten)]
    choice: ChoiceArgs,
}

pub(crate) fn run(args: &Args, manners: &mut Manners) -> Result<Exit, Report> {
    let modules = args.choice.prepare(&args.modules)?;
    warn_of(&modules, manners);
    let inputs: Vec<&Path> = args.modules.iter().map(PathBuf::as_path).collect();
    refuse_clashes(&inputs, &[args.output.as_ref().unwrap_or(&args.file)])?;
    let bytes = Mapped::open(&args.file).map_err(|e| report(&e))?;
    let name = args.file.display().to_string();
    let damage = args.damage.choose(manners);
    let (path, mut place) = Place::over(&args.file, args.output.as_deref(), args.force, manners)?;
    let (summary, _) = embed(&bytes, &name, &modules, damage, &mut place)
        .map_err(|e| report(&e.named_output(path.display())))?;
    place.commit()?;
    let digest = hex(&summary.digest);
    let target = path.display().to_string();
    if manners.json {
        let mut body = Map::new();
        body.insert("file".to_owned(), json!(target));
        body.insert("bytes".to_owned(), json!(summary.bytes));
        body.insert("added".to_owned(), json!(modules.len()));
        body.insert("digest".to_owned(), json!(digest));
        say(manners, &document("rvf-embed/1", body))?;
    } else {
        let (size, target) = (bytes_text(summary.bytes), escape(&target));
        let count = counted(modules.len() as u64, "module");
        say(manners, &format!("wrote {target}: {count} added, {size}\ndigest {digest}\n"))?;
    }
    Ok(Exit::Ok)
}
