//! What solvers learned, as `inspect` shows it.

use rvf_loader::rvf_format::read::policy::Policy;
use rvf_loader::rvf_format::{Error, File, SegmentType};
use rvf_terminal::serde_json::{Value, json};
use rvf_terminal::{Align, Table, bytes_text, count_text, hex};

/// A POLICY_KERNEL segment: ours, or `None` for somebody else's.
type Kernel<'a> = (u32, Result<Option<Policy<'a>>, Error>);

fn kernels<'a>(file: &File<'a>) -> Vec<Kernel<'a>> {
    let listed = (0..file.segment_count()).filter(|index| {
        file.entry(*index).is_some_and(|entry| entry.segment_type == SegmentType::POLICY_KERNEL)
    });
    let read = |index| {
        let segment = file.segment(index)?;
        Policy::parse(segment.payload, segment.payload_offset())
    };
    listed.map(|index| (index, read(index))).collect()
}

/// The last one of its name.
fn in_force(kernels: &[Kernel<'_>], index: u32, policy: &Policy<'_>) -> bool {
    !kernels.iter().any(|(other, kernel)| {
        *other > index && matches!(kernel, Ok(Some(later)) if later.head.name == policy.head.name)
    })
}

/// A table for people; `None` when nothing was learned.
pub(super) fn table(file: &File<'_>) -> Option<Table> {
    let kernels = kernels(file);
    let mut table = Table::new(&[
        ("policy in segment", Align::Right),
        ("name", Align::Left),
        ("generation", Align::Right),
        ("learned from", Align::Right),
        ("state", Align::Right),
        ("form", Align::Right),
        ("standing", Align::Left),
    ]);
    for (index, kernel) in &kernels {
        match kernel {
            Ok(Some(policy)) => table.row([
                index.to_string(),
                policy.head.name().to_owned(),
                policy.head.generation.to_string(),
                count_text(policy.head.learned),
                bytes_text(policy.head.state_len),
                policy.head.form.to_string(),
                if in_force(&kernels, *index, policy) { "in force" } else { "superseded" }.to_owned(),
            ]),
            Ok(None) => table.row([index.to_string(), "another writer's, not read".to_owned()]),
            Err(error) => table.row([index.to_string(), format!("unreadable: {error}")]),
        }
    }
    (!table.is_empty()).then_some(table)
}

/// The same for programs.
pub(super) fn to_json(file: &File<'_>) -> Value {
    let kernels = kernels(file);
    let one = |(index, kernel): &Kernel<'_>| match kernel {
        Ok(Some(policy)) => json!({
            "segment": index,
            "name": policy.head.name(),
            "form": policy.head.form,
            "generation": policy.head.generation,
            "learned": policy.head.learned,
            "state_bytes": policy.head.state_len,
            "state_hash": hex(&policy.head.state_hash),
            "in_force": in_force(&kernels, *index, policy),
        }),
        Ok(None) => json!({ "segment": index, "foreign": true }),
        Err(error) => json!({ "segment": index, "error": error.to_string() }),
    };
    kernels.iter().map(one).collect()
}
