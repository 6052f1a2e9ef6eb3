//! Writer against reader: any bytes as a recipe for a file, which must read back as written.

use super::Target;
use rvf_fixtures::generate::Rng;
use rvf_format::hash::Algorithm;
use rvf_format::read::meta::Metadata;
use rvf_format::read::vectors::for_each_vector;
use rvf_format::verify::verify;
use rvf_format::write::{FileWriter, Options, resume};
use rvf_format::{File, Metric, SegmentType};

pub(super) const ROUND_TRIP: Target =
    Target { name: "round_trip", run, seeds, bytes_per_byte: 256, bytes_at_rest: 1 << 20 };

fn seeds() -> Vec<Vec<u8>> {
    (0..16).map(|seed| Rng::new(seed).bytes(20 + 13 * seed as usize)).collect()
}

/// Head: dimension, metric, hash, then one byte per batch with its number of rows; the bytes that
/// are left are the elements, over and over.
fn run(bytes: &[u8]) -> u64 {
    let Some(([dimension, metric, algorithm, batches], rest)) = bytes.split_first_chunk::<4>() else {
        return 0;
    };
    let dimension = u16::from(dimension % 32) + 1;
    let options = Options {
        dimension,
        metric: Metric::from_byte(metric % 3),
        algorithm: Algorithm::from_byte(algorithm % 3).unwrap(),
        timestamp_ns: u64::from(*batches),
    };
    let mut elements = rest.iter().cycle();
    let mut next = move || f32::from(*elements.next().unwrap_or(&7)) / 16.0 - 4.0;
    let mut writer = FileWriter::new(Vec::new(), options);
    let mut wanted = Vec::new();
    let mut labels = Vec::new();
    for batch in 0..usize::from(batches % 5) {
        let count = usize::from(*rest.get(batch).unwrap_or(&1) % 9);
        let ids: Vec<u64> = (0..count as u64).map(|i| wanted.len() as u64 + i * 3 + 1).collect();
        let rows: Vec<f32> = (0..count * usize::from(dimension)).map(|_| next()).collect();
        writer.vectors(&ids, &rows).unwrap();
        for (id, row) in ids.iter().zip(rows.chunks(dimension.into())) {
            wanted.push((*id, row.to_vec()));
            labels.push((*id, String::from_utf8_lossy(&rest[..rest.len().min(9)]).into_owned()));
        }
    }
    labels.sort();
    labels.dedup_by_key(|(id, _)| *id);
    let borrowed: Vec<(u64, &str)> = labels.iter().map(|(id, text)| (*id, text.as_str())).collect();
    writer.labels(&borrowed).unwrap();
    let (summary, written) = writer.finish().unwrap();
    assert_eq!(summary.bytes, written.len() as u64);

    let file = File::open(&written).unwrap();
    let head = file.manifest().head;
    assert_eq!((head.dimension, head.metric()), (dimension, options.metric));
    assert_eq!(file.segment_count() + 1, summary.segments);
    let report = verify(&file, &mut |_, _| ());
    assert!(report.is_complete(), "{report:?}");
    let mut found = Vec::new();
    for segment in file.segments_of(SegmentType::VEC).map(Result::unwrap) {
        for_each_vector(segment.payload, dimension, segment.payload_offset(), |id, row| {
            found.push((id, row.to_vec()));
            true
        })
        .unwrap();
    }
    assert_eq!(found, wanted);
    let metadata = Metadata::read(&file).unwrap();
    assert_eq!(metadata.label_count(), labels.len() as u64);
    labels.iter().for_each(|(id, text)| assert_eq!(metadata.label(*id), Some(text.as_str())));

    // Taking the end off and putting it back gives the same file.
    let (again, same) = resume(&file, Vec::new()).unwrap().finish().unwrap();
    assert_eq!((again.digest, same.len()), (summary.digest, written.len()));
    assert!(same == written);
    summary.bytes
}
