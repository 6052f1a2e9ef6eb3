//! Our layouts and hashes against the codecs of rvf-wire and rvf-types.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use rvf_fixtures::generate::{Rng, vectors};
use rvf_format::hash::{self, Algorithm};
use rvf_format::read::vectors::for_each_vector;
use rvf_format::{File, SegmentHeader, SegmentType};
use rvf_interop::Recipe;
use rvf_wire::hash as wire_hash;
use rvf_wire::vec_seg_codec::{
    BlockDirEntry, VecBlock, read_block_directory, read_vec_block, write_block_directory, write_vec_block,
};

#[test]
fn hashes_of_random_bytes() {
    let mut rng = Rng::new(11);
    for len in (0..300).chain([1023, 1024, 1025, 65_536, 100_003]) {
        let bytes = rng.bytes(len);
        assert_eq!(hash::xxh3_128(&bytes), wire_hash::compute_xxh3_128(&bytes), "{len}");
        assert_eq!(hash::shake256_128(&bytes), wire_hash::compute_shake256_128(&bytes), "{len}");
        assert_eq!(hash::crc32c(&bytes), wire_hash::compute_crc32c(&bytes), "{len}");
    }
}

/// Headers of ours, of every hash, through their strict reader. It takes algorithm 0 for XXH3-128,
/// as the runtime does not, and therefore refuses that one.
#[test]
fn headers_of_ours_in_their_reader() {
    for algorithm in [Algorithm::CrcRotation, Algorithm::Xxh3, Algorithm::Shake256] {
        let bytes = Recipe { algorithm, count: 10, labels: true, ..Recipe::default() }.write();
        let file = File::open(&bytes).unwrap();
        for segment in file.segments().map(Result::unwrap).chain([*file.manifest_segment()]) {
            let (theirs, payload) = rvf_wire::read_segment(&bytes[segment.offset as usize..]).unwrap();
            let ours = segment.header;
            assert_eq!(payload, segment.payload);
            assert_eq!(theirs.seg_type, ours.segment_type.0);
            assert_eq!((theirs.segment_id, theirs.payload_length), (ours.segment_id, ours.payload_len));
            assert_eq!((theirs.checksum_algo, theirs.content_hash), (ours.checksum_algo, ours.content_hash));
            assert_eq!(
                (theirs.alignment_pad, theirs.uncompressed_len),
                (ours.alignment_pad, ours.uncompressed_len)
            );
            if ours.segment_type != SegmentType::INTEGRITY {
                let valid = rvf_wire::validate_segment(&theirs, payload).is_ok();
                assert_eq!(valid, algorithm != Algorithm::CrcRotation, "{algorithm:?} {}", ours.segment_type);
            }
        }
        let (at, _) = rvf_wire::find_latest_manifest(&bytes).unwrap();
        assert_eq!(at as u64, file.manifest_segment().offset);
    }
}

#[test]
fn headers_of_theirs_in_our_reader() {
    let mut rng = Rng::new(12);
    for len in 0..200 {
        let payload = rng.bytes(len);
        for (algo, algorithm) in [(1, Algorithm::Xxh3), (2, Algorithm::Shake256)] {
            let flags = rvf_types::SegmentFlags::empty();
            let segment = rvf_wire::writer::write_segment_with_algo(0x0A, &payload, flags, 77, algo);
            let header = SegmentHeader::parse(&segment, 0).unwrap();
            assert_eq!((header.segment_type, header.segment_id), (SegmentType::WITNESS, 77));
            assert_eq!(header.payload_len, len as u64);
            assert_eq!(header.content_hash, algorithm.hash(&payload));
            assert_eq!(64 + len + header.alignment_pad as usize, segment.len());
        }
    }
}

/// A block-directory payload by their codec: `blocks` of vectors, ids ascending with gaps.
fn their_payload(dimension: u16, counts: &[usize], seed: u64) -> (Vec<u8>, Vec<(u64, Vec<f32>)>) {
    let mut rng = Rng::new(seed);
    let mut id = rng.below(1 << 40);
    let mut all = Vec::new();
    let mut blocks = Vec::new();
    for count in counts {
        let rows = vectors(*count, dimension.into(), rng.next_u64());
        let rows: Vec<&[f32]> = rows.chunks(dimension.into()).collect();
        let mut ids = Vec::new();
        for row in &rows {
            id += 1 + rng.below(1 << 20);
            ids.push(id);
            all.push((id, row.to_vec()));
        }
        let mut data = Vec::new();
        for column in 0..usize::from(dimension) {
            rows.iter().for_each(|row| data.extend_from_slice(&row[column].to_le_bytes()));
        }
        blocks.push(write_vec_block(&VecBlock { vector_data: data, ids, dim: dimension, dtype: 0, tier: 0 }));
    }
    let entry = |offset: usize, count: usize| BlockDirEntry {
        block_offset: offset as u32,
        vector_count: count as u32,
        dim: dimension,
        dtype: 0,
        tier: 0,
    };
    let mut offset = (4 + 12 * counts.len()).next_multiple_of(64);
    let mut entries = Vec::new();
    for (block, count) in blocks.iter().zip(counts) {
        entries.push(entry(offset, *count));
        offset += block.len();
    }
    let mut payload = write_block_directory(&entries);
    blocks.iter().for_each(|block| payload.extend_from_slice(block));
    (payload, all)
}

#[test]
fn block_directories_of_theirs() {
    for (dimension, counts) in [(4u16, vec![10]), (1, vec![1]), (7, vec![300, 1, 129]), (100, vec![128, 256])]
    {
        let (payload, wanted) = their_payload(dimension, &counts, dimension.into());
        let mut found = Vec::new();
        for_each_vector(&payload, dimension, 0, |id, row| {
            found.push((id, row.to_vec()));
            true
        })
        .unwrap();
        assert_eq!(found, wanted, "{dimension} {counts:?}");

        let (directory, _) = read_block_directory(&payload).unwrap();
        let mut theirs = Vec::new();
        for entry in &directory.entries {
            theirs.extend(read_vec_block(&payload, entry).unwrap().ids);
        }
        assert!(theirs.iter().copied().eq(wanted.iter().map(|(id, _)| *id)));
    }
}

/// Metadata of ours through their codec, and theirs byte for byte from ours.
#[test]
fn labels_are_the_same_bytes() {
    use rvf_types::metadata::*;
    let bytes = Recipe { count: 20, labels: true, ..Recipe::default() }.write();
    let file = File::open(&bytes).unwrap();
    let segment = file.segments_of(SegmentType::META).next().unwrap().unwrap();
    let decoded = MetadataSegment::decode(segment.payload).unwrap();
    assert_eq!((decoded.full_snapshot, decoded.records.len()), (true, 20));
    let wanted = MetadataRecordOp::Upsert(vec![(1, MetadataValue::String(rvf_interop::label(3)))]);
    assert_eq!(decoded.records[2].operation, wanted);
    assert_eq!(decoded.encode().unwrap(), segment.payload);
}
