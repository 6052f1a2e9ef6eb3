//! Names of nodes as labels. A file has one label for an id, whatever has that id: the vector, and the
//! row and column of every matrix with the same number.

use std::collections::HashMap;
use std::sync::Arc;

use crate::error::{PackError, Result};
use crate::ids::IdSet;
use crate::labels::Labels;

/// The names that an input gave its nodes, in the order of their numbers.
pub(crate) struct NodeNames {
    pub(crate) origin: String,
    pub(crate) names: Vec<Arc<str>>,
}

/// Adds the names to the labels. A node and a vector of the same number must be the same thing.
pub(crate) fn label(labels: &mut Labels, nodes: &NodeNames, vectors: &IdSet) -> Result<()> {
    let sorted = labels.sorted().unwrap_or_default();
    let known: HashMap<u64, &str> = sorted.into_iter().collect();
    let mut fresh = Vec::new();
    for (node, name) in (0u64..).zip(&nodes.names) {
        let other = match known.get(&node) {
            Some(label) if **label == **name => continue,
            Some(label) => format!("{node} is labelled '{}' elsewhere", label.escape_debug()),
            None if vectors.contains(node) => format!("the vector {node} has no label"),
            None => {
                fresh.push((node, name));
                continue;
            }
        };
        let what = format!("node {node} of the graph is named '{}', and {other}", name.escape_debug());
        return Err(PackError::malformed(what).at(&nodes.origin).fix(
            "a file has one label for a number: pack the graph into a file of its own, or write its edges \
             as numbers of the vectors",
        ));
    }
    drop(known);
    fresh.into_iter().try_for_each(|(node, name)| labels.push(node, name))
}

/// Labels go by id, nodes by place: that is the same only while ids are counted.
pub(crate) fn other_numbers() -> PackError {
    PackError::usage("vectors with ids of their own, labels, and a matrix do not go together")
        .fix("the nodes of a matrix are counted from 0, so labels would fall on the wrong ones: leave out the ids or the labels")
}
