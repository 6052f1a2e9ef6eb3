//! Outputs that would replace an input, or one another.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use crate::report::Report;

/// What two paths have in common when writing one of them changes the other.
#[derive(PartialEq, Eq)]
enum Identity {
    #[cfg(unix)]
    File {
        device: u64,
        inode: u64,
    },
    Path(PathBuf),
    /// A file that does not exist yet: its directory, and its name in it.
    New(PathBuf, OsString),
}

/// `None` for what cannot be overwritten: pipes, devices, `-`, and paths that lead nowhere.
fn identity(path: &Path) -> Option<Identity> {
    if path.as_os_str() == "-" {
        return None;
    }
    match fs::metadata(path) {
        Ok(metadata) if !metadata.is_file() => None,
        #[cfg(unix)]
        Ok(metadata) => {
            use std::os::unix::fs::MetadataExt;
            Some(Identity::File { device: metadata.dev(), inode: metadata.ino() })
        }
        #[cfg(not(unix))]
        Ok(_) => fs::canonicalize(path).ok().map(Identity::Path),
        Err(_) => {
            let directory = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let name = path.file_name()?.to_owned();
            Some(match fs::canonicalize(directory) {
                Ok(directory) => Identity::New(directory, name),
                Err(_) => Identity::Path(path.to_owned()),
            })
        }
    }
}

/// Refuses outputs that are the same file as an input or as another output, whatever their paths look
/// like. To be called before anything is written.
///
/// # Errors
/// When two of them are one file.
pub fn refuse_clashes(inputs: &[&Path], outputs: &[&Path]) -> Result<(), Report> {
    let inputs: Vec<(&Path, Identity)> = inputs.iter().filter_map(|p| Some((*p, identity(p)?))).collect();
    let mut seen: Vec<(&Path, Identity)> = Vec::new();
    for output in outputs {
        let Some(own) = identity(output) else { continue };
        if let Some((input, _)) = inputs.iter().find(|(_, other)| *other == own) {
            return Err(Report::usage(format!("the output is the input {}", input.display()))
                .at(output.display())
                .fix("name another file for the output"));
        }
        if let Some((other, _)) = seen.iter().find(|(_, other)| *other == own) {
            return Err(Report::usage(format!(
                "two outputs are the same file, the first is {}",
                other.display()
            ))
            .at(output.display())
            .fix("name a file for each"));
        }
        seen.push((output, own));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_same_file_is_seen_under_every_name() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        fs::write(at("a"), "").unwrap();
        fs::write(at("b"), "").unwrap();
        fs::create_dir(at("sub")).unwrap();
        let (a, b) = (at("a"), at("b"));
        let roundabout = at("sub").join("..").join("a");
        assert!(refuse_clashes(&[&a], &[&b]).is_ok());
        assert!(refuse_clashes(&[&a], &[&roundabout]).is_err());
        assert!(refuse_clashes(&[], &[&b, &a, &roundabout]).is_err());
        let (new, also_new) = (at("new"), at("sub").join("..").join("new"));
        assert!(refuse_clashes(&[&a], &[&new, &b]).is_ok());
        assert!(refuse_clashes(&[&a], &[&new, &also_new]).is_err());
        assert!(refuse_clashes(&[Path::new("-")], &[Path::new("-"), Path::new("-")]).is_ok());
    }

    #[cfg(unix)]
    #[test]
    fn links_are_the_file_they_name_and_devices_are_nobodys() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        fs::write(at("a"), "").unwrap();
        std::os::unix::fs::symlink(at("a"), at("soft")).unwrap();
        fs::hard_link(at("a"), at("hard")).unwrap();
        for link in ["soft", "hard"] {
            assert!(refuse_clashes(&[&at("a")], &[&at(link)]).is_err(), "{link}");
        }
        let null = Path::new("/dev/null");
        assert!(refuse_clashes(&[null], &[null, null]).is_ok());
    }
}
