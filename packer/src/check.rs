//! Rules that several inputs share.

use crate::limits::MAX_LABEL;

/// Refuses a label that no reader could show.
pub(crate) fn label_is_fit(label: &str) -> Result<(), String> {
    if label.len() > MAX_LABEL {
        return Err(format!("the label has {} bytes, the limit is {MAX_LABEL}", label.len()));
    }
    Ok(())
}
