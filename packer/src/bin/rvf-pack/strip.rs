//! `rvf-pack strip`.

use std::path::PathBuf;

use rvf_packer::{Mapped, strip::strip};
use rvf_terminal::serde_json::{Map, json};
use rvf_terminal::{Exit, Manners, Report, bytes_text, counted, document, escape, hex};

use crate::damage::DamageArgs;
use crate::place::{Place, say};
use crate::report;

/// Remove modules from a file
///
/// Without -o the file is replaced, whole or not at all. The result is in the canonical form; what is
/// not a module stays byte for byte. Exit code 1 when the file carries no module.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The file
    file: PathBuf,
    /// Remove the module in this segment only (see list); repeat for more
    #[arg(long, value_name = "N")]
    segment: Vec<u32>,
    /// Write here instead and leave the file as it is; - is standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace the output when it exists
    #[arg(short, long)]
    force: bool,
    #[command(flatten)]
    damage: DamageArgs,
}

pub(crate) fn run(args: &Args, manners: &mut Manners) -> Result<Exit, Report> {
    let bytes = Mapped::open(&args.file).map_err(|e| report(&e))?;
    let name = args.file.display().to_string();
    let damage = args.damage.choose(manners);
    let (path, mut place) = Place::over(&args.file, args.output.as_deref(), args.force, manners)?;
    let (summary, removed, _) = strip(&bytes, &name, &args.segment, damage, &mut place)
        .map_err(|e| report(&e.named_output(path.display())))?;
    place.commit()?;
    let digest = hex(&summary.digest);
    let target = path.display().to_string();
    if manners.json {
        let mut body = Map::new();
        body.insert("file".to_owned(), json!(target));
        body.insert("bytes".to_owned(), json!(summary.bytes));
        body.insert("removed".to_owned(), json!(removed));
        body.insert("digest".to_owned(), json!(digest));
        say(manners, &document("rvf-strip/1", body))?;
    } else {
        let (size, target) = (bytes_text(summary.bytes), escape(&target));
        say(
            manners,
            &format!(
                "wrote {target}: {} removed, {size}\ndigest {digest}\n",
                counted(removed.into(), "module")
            ),
        )?;
    }
    Ok(Exit::Ok)
}
