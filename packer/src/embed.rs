//! Adding modules to a file that exists, ours or another writer's.

use std::io::Write;

use rvf_format::File;
use rvf_format::write::{Summary, resume};

use crate::build::write_error;
use crate::checked::{Checked, Damage};
use crate::error::{PackError, Result};
use crate::plan::Module;
use crate::sink::Output;

/// Opens bytes as a file; `name` is for the message.
pub(crate) fn open<'a>(bytes: &'a [u8], name: &str) -> Result<File<'a>> {
    let file = File::open(bytes)
        .map_err(|e| PackError::malformed(e.to_string()).at(name).fix("not an .rvf file, or damaged"))?;
    // A directory that lists one large segment many times would be copied as often.
    match file.overlapping().first() {
        None => Ok(file),
        Some(index) => {
            let what = format!("segment {index} of the directory lies inside another segment");
            Err(PackError::malformed(what).at(name).fix("`rvf-run verify` says more"))
        }
    }
}

/// Writes the file in `bytes` with the modules added into `out`.
///
/// A file of ours gets a new integrity record and manifest in place of the old ones. Of any other file
/// every byte is kept and the addition follows in its own dialect. A new record vouches for all of it, so
/// the file is checked first.
///
/// # Errors
/// When the bytes are not a file, it is damaged and `damage` does not allow that, it is signed or torn, or `out` fails.
pub fn embed<W: Write>(
    bytes: &[u8],
    name: &str,
    modules: &[Module],
    damage: Damage,
    out: W,
) -> Result<(Summary, W)> {
    let file = open(bytes, name)?;
    Checked::of(&file, name, damage)?.whole()?;
    let mut writer = resume(&file, Output::new(out)).map_err(|e| write_error(e).at(name))?;
    for module in modules {
        writer.module(&module.header, &module.bytes).map_err(write_error)?;
    }
    let (summary, output) = writer.finish().map_err(write_error)?;
    Ok((summary, output.into_inner()))
}
