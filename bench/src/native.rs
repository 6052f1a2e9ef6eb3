//! The solver linked natively, over the same mapped file.

use rvf_format::{File, SegmentType};
use solver_microkernel::native::{self, RequestBuilder};
use solver_microkernel::{Instance, Operation, Status, directory};

/// Runs `knn` natively and returns the sum of the ids found.
pub(crate) fn knn(file: &File<'_>, query: &[f32], k: u64) -> Result<u64, String> {
    let mut instance = Instance::default();
    let mut records = Vec::new();
    for segment in file.segments_of(SegmentType::VEC) {
        let segment = segment.map_err(|e| e.to_string())?;
        let header = segment.header;
        let record =
            directory::record(segment.index, SegmentType::VEC, false, header.payload_len, header.segment_id);
        records.extend_from_slice(&record);
    }
    let manifest = file.manifest_segment();
    let (len, id) = (manifest.header.payload_len, manifest.header.segment_id);
    records.extend_from_slice(&directory::record(manifest.index, SegmentType::MANIFEST, true, len, id));
    let request = RequestBuilder::new(Operation::Knn).f32s(1, query).u64(2, k).build();
    check(instance.open(&records), &instance)?;
    check(instance.begin(&request), &instance)?;
    let payload = |index| {
        if index == manifest.index {
            Some(manifest.payload)
        } else {
            file.segment(index).ok().map(|s| s.payload)
        }
    };
    let status = native::run(&mut instance, 0, payload).ok_or("a read outside its segment")?;
    check(status, &instance)?;
    let ids = instance.columns().find(|c| c.name == "id").ok_or("no ids")?;
    match ids.values {
        solver_microkernel::Values::U64(ids) => Ok(ids.iter().sum()),
        _ => Err("ids of another type".into()),
    }
}

fn check(status: Status, instance: &Instance) -> Result<(), String> {
    if status == Status::Done {
        return Ok(());
    }
    Err(format!("{status:?}: {}", String::from_utf8_lossy(instance.error())))
}
