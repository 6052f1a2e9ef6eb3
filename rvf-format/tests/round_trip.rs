//! What the writer writes, the reader reads back; and no bit of it can change unseen.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use rvf_format::hash::Algorithm;
use rvf_format::read::meta::Metadata;
use rvf_format::read::vectors::for_each_vector;
use rvf_format::read::wasm::{HashKind, Role, Target, WasmHeader, WasmSegment};
use rvf_format::verify::{IntegrityVerdict, verify};
use rvf_format::write::{FileWriter, Options, resume};
use rvf_format::{BlockChecker, Dialect, File, Metric, SegmentType};

const MODULE: &[u8] = b"\0asm\x01\0\0\0";

fn wasm_header() -> WasmHeader {
    WasmHeader {
        header_version: 1,
        role: Role::MICROKERNEL,
        target: Target::WASM32,
        required_features: 0,
        export_count: 0,
        bytecode_size: MODULE.len() as u32,
        compressed_size: 0,
        compression: 0,
        min_memory_pages: 0,
        max_memory_pages: 0,
        table_count: 0,
        bytecode_hash: rvf_format::hash::shake256_256(MODULE),
        bootstrap_priority: 7,
        interpreter_type: 0,
        reserved: [0; 6],
    }
}

fn rows(n: usize, dimension: usize) -> (Vec<u64>, Vec<f32>) {
    let ids = (0..n as u64).map(|i| 3 * i + 1).collect();
    let rows = (0..n * dimension).map(|i| ((i * 2_654_435_761) % 1000) as f32 / 500.0 - 1.0).collect();
    (ids, rows)
}

fn pack(algorithm: Algorithm, n: usize, dimension: u16, modules: usize) -> Vec<u8> {
    let options = Options { dimension, metric: Metric::Cosine, algorithm, timestamp_ns: 0 };
    let mut writer = FileWriter::new(Vec::new(), options);
    let (ids, rows) = rows(n, dimension.into());
    for (ids, rows) in ids.chunks(40).zip(rows.chunks(40 * usize::from(dimension))) {
        writer.vectors(ids, rows).unwrap();
    }
    let names: Vec<String> = ids.iter().map(|id| format!("name {id}")).collect();
    let labels: Vec<(u64, &str)> = ids.iter().copied().zip(names.iter().map(String::as_str)).collect();
    writer.delete(&ids[..n / 10]).unwrap();
    writer.labels(&labels).unwrap();
    for _ in 0..modules {
        writer.module(&wasm_header(), MODULE).unwrap();
    }
    let (summary, bytes) = writer.finish().unwrap();
    assert_eq!(summary.bytes, bytes.len() as u64);
    bytes
}

#[test]
fn everything_written_is_read_back() {
    for algorithm in [Algorithm::CrcRotation, Algorithm::Xxh3, Algorithm::Shake256] {
        for (n, dimension) in [(0, 4), (1, 1), (100, 3), (130, 65)] {
            let bytes = pack(algorithm, n, dimension, 2);
            let file = File::open(&bytes).unwrap();
            assert_eq!(file.dialect(), Dialect::Padded);
            assert_eq!(file.uncommitted_tail(), 0);
            let head = &file.manifest().head;
            assert_eq!(
                (head.dimension, head.total_vectors, head.metric()),
                (dimension, n as u64, Metric::Cosine)
            );
            let mut got = (Vec::new(), Vec::new());
            for segment in file.segments_of(SegmentType::VEC) {
                let segment = segment.unwrap();
                for_each_vector(segment.payload, dimension, segment.payload_offset(), |id, row| {
                    got.0.push(id);
                    got.1.extend_from_slice(row);
                    true
                })
                .unwrap();
            }
            assert_eq!(got, rows(n, dimension.into()));
            assert_eq!(file.manifest().deleted, got.0[..n / 10]);
            let metadata = Metadata::read(&file).unwrap();
            for (i, id) in got.0.iter().enumerate() {
                let name = format!("name {id}");
                let wanted = (i >= n / 10).then_some(name.as_str());
                assert_eq!(metadata.label(*id), wanted, "a deleted vector has no label");
            }
            let modules: Vec<_> = file.segments_of(SegmentType::WASM).map(|s| s.unwrap()).collect();
            assert_eq!(modules.len(), 2);
            let wasm = WasmSegment::parse(modules[0].payload, modules[0].payload_offset()).unwrap();
            assert_eq!((wasm.header, wasm.bytecode), (wasm_header(), MODULE));
            assert_eq!(wasm.hash_kind(), HashKind::Shake256);
            let report = verify(&file, &mut |_, _| {});
            assert!(report.is_complete(), "{report:?}");
            assert!(report.warnings.is_empty(), "{report:?}");
            assert_eq!(report.integrity, IntegrityVerdict::Verified);
            assert_eq!(pack(algorithm, n, dimension, 2), bytes, "same input, same bytes");
        }
    }
}

/// Everything that a reader does with a file; must not panic whatever the bytes.
fn detects(bytes: &[u8]) -> bool {
    let Ok(file) = File::open(bytes) else { return true };
    let report = verify(&file, &mut |_, _| {});
    !report.is_complete()
}

#[test]
fn every_flipped_bit_is_detected() {
    for algorithm in [Algorithm::CrcRotation, Algorithm::Xxh3, Algorithm::Shake256] {
        let mut bytes = pack(algorithm, 12, 3, 1);
        assert!(!detects(&bytes));
        for bit in 0..bytes.len() * 8 {
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(detects(&bytes), "{algorithm:?}: bit {bit} of {}", bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
        for cut in 0..bytes.len() {
            assert!(detects(&bytes[..cut]), "cut at {cut}");
        }
        let mut longer = bytes.clone();
        longer.push(0);
        assert!(detects(&longer), "a byte behind the end");
    }
}

#[test]
fn a_file_of_many_blocks_is_checked_block_by_block() {
    let mut bytes = pack(Algorithm::CrcRotation, 3000, 64, 1);
    let file = File::open(&bytes).unwrap();
    assert!(verify(&file, &mut |_, _| {}).is_complete());
    let mut checker = BlockChecker::new(&file).unwrap().unwrap();
    checker.check_range(200_000, 10).unwrap();
    assert_eq!(checker.blocks_checked(), 1, "a small range costs one block");
    checker.check_range(0, bytes.len() as u64).unwrap();
    assert!(checker.check_range(0, bytes.len() as u64 + 1).is_err());
    assert!(checker.check_range(u64::MAX, 1).is_err());

    bytes[200_005] ^= 0x10;
    let file = File::open(&bytes).unwrap();
    let mut checker = BlockChecker::new(&file).unwrap().unwrap();
    checker.check_range(0, 0x10000).unwrap();
    let error = checker.check_range(200_000, 10).unwrap_err();
    assert!(error.is_hash());
    assert_eq!(error.offset(), 0x30000);
}

#[test]
fn a_module_added_later_gives_the_same_bytes() {
    let at_once = pack(Algorithm::CrcRotation, 100, 3, 2);
    let before = pack(Algorithm::CrcRotation, 100, 3, 1);
    let file = File::open(&before).unwrap();
    let mut writer = resume(&file, Vec::new()).unwrap();
    writer.module(&wasm_header(), MODULE).unwrap();
    let (_, later) = writer.finish().unwrap();
    assert!(later == at_once);
}

/// What the published runtime does to a file of ours: segments and a manifest behind the end. The old
/// record then speaks of an earlier file, which is no damage.
#[test]
fn an_honest_append_makes_the_record_stale_and_not_the_file_damaged() {
    let bytes = pack(Algorithm::CrcRotation, 100, 3, 1);
    let file = File::open(&bytes).unwrap();
    let mut longer = bytes.clone();
    let own = file.manifest_segment();
    let manifest = own.payload;
    let mut payload = manifest.to_vec();
    let count = file.segment_count() + 1;
    payload[14..18].copy_from_slice(&count.to_le_bytes());
    let mut entry = Vec::new();
    entry.extend_from_slice(&own.header.segment_id.to_le_bytes());
    entry.extend_from_slice(&own.offset.to_le_bytes());
    entry.extend_from_slice(&(manifest.len() as u64).to_le_bytes());
    entry.push(SegmentType::MANIFEST.0);
    let at = 22 + 25 * file.segment_count() as usize;
    payload.splice(at..at, entry);
    let mut header = own.header;
    header.payload_len = payload.len() as u64;
    header.content_hash = rvf_format::hash::crc_rotation(&payload);
    longer.extend_from_slice(&rvf_format::write::header::encode(&header));
    longer.extend_from_slice(&payload);
    longer.resize(longer.len().next_multiple_of(64), 0);

    let file = File::open(&longer).unwrap();
    assert!(file.has_stale_integrity());
    assert!(BlockChecker::new(&file).unwrap().is_none());
    let report = verify(&file, &mut |_, _| {});
    assert!(report.is_ok(), "{report:?}");
    assert!(report.warnings.contains(&rvf_format::verify::Warning::StaleIntegrityRecord));
    assert!(!report.is_complete());
    let (_, again) = resume(&file, Vec::new()).unwrap().finish().unwrap();
    let report = verify(&File::open(&again).unwrap(), &mut |_, _| {});
    assert!(report.is_complete(), "{report:?}");
}

#[test]
fn misuse_is_refused() {
    let options =
        Options { dimension: 4, metric: Metric::L2, algorithm: Algorithm::CrcRotation, timestamp_ns: 0 };
    let mut writer = FileWriter::new(Vec::new(), options);
    assert!(writer.vectors(&[1, 2], &[0.0; 7]).is_err());
    assert!(writer.labels(&[(2, "b"), (1, "a")]).is_err());
    writer.labels(&[(1, "a"), (2, "b")]).unwrap();
    assert!(writer.delete(&[1]).is_err(), "a deletion after the labels");
    writer.module(&wasm_header(), MODULE).unwrap();
    assert!(writer.vectors(&[1], &[0.0; 4]).is_err(), "vectors after a module");
}
