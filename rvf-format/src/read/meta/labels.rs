//! Labels of a few vectors, and the vector of a label, without a map of all metadata.
//!
//! Every record is read and checked as [`Metadata::read`] does, so that damage has the same effect;
//! only the records that can matter are kept.

use super::{Metadata, Value};
use crate::error::Result;
use crate::read::file::File;
use alloc::vec::Vec;

/// The labels of the vectors that were asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Labels<'a> {
    metadata: Metadata<'a>,
    any: bool,
}

impl<'a> Labels<'a> {
    /// The label of one of the ids that were asked for, as [`Metadata::label`] gives it.
    #[must_use]
    pub fn get(&self, id: u64) -> Option<&'a str> {
        self.metadata.label(id)
    }

    /// The file has metadata of vectors, whichever those are.
    #[must_use]
    pub const fn file_has_records(&self) -> bool {
        self.any
    }
}

/// The labels of `ids`. Memory grows with `ids`, not with the file.
pub fn labels_of<'a>(file: &File<'a>, ids: &[u64]) -> Result<Labels<'a>> {
    let mut wanted: Vec<u64> = ids.to_vec();
    wanted.sort_unstable();
    let (metadata, any) = Metadata::read_kept(file, &|id, _| wanted.binary_search(&id).is_ok())?;
    Ok(Labels { metadata, any })
}

/// For every label the lowest id that has it, as [`Metadata::id_of_label`] gives it. Memory grows with
/// the number of records that ever held one of these texts, not with the file.
pub fn ids_of_labels(file: &File<'_>, labels: &[&str]) -> Result<Vec<Option<u64>>> {
    let mut wanted: Vec<&str> = labels.to_vec();
    wanted.sort_unstable();
    // A record whose label is a wanted text was given it by some change. What its other fields held
    // before that change was none of the texts, or the record would have been kept from there on.
    let (metadata, _) = Metadata::read_kept(file, &|_, changes| {
        changes.iter().any(|(_, change)| match change {
            Some(Value::String(text)) => wanted.binary_search(text).is_ok(),
            _ => false,
        })
    })?;
    Ok(labels.iter().map(|label| metadata.id_of_label(label)).collect())
}
