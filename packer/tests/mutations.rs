//! Random changes to valid inputs: every one is read or refused, with an error that has a place; none
//! panics, hangs or allocates more than a small multiple of the input beyond one batch.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;
use common::*;

use std::io::Cursor;

use rvf_packer::extract::Vectors;
use rvf_packer::input::{Batch, Dtype, Format, InputOptions, Stream, from_stream};
use rvf_packer::limits::MAX_DIMENSION;
use rvf_packer::{Damage, ErrorKind};

/// Vectors asked for at a time.
const LIMIT: usize = 64;

/// Reads an input to its end, as a file of known length or as a pipe.
fn read(bytes: &[u8], format: Format, known: bool) {
    let length = known.then_some(bytes.len() as u64);
    let stream = Stream::new("input", Cursor::new(bytes.to_vec()), length);
    let options = InputOptions { dtype: Some(Dtype::F16), dimension: Some(3), ..InputOptions::default() };
    let outcome = from_stream(stream, format, &options).and_then(|mut source| {
        let dimension = source.dimension();
        assert!(dimension > 0);
        let mut rows = 0;
        loop {
            let mut batch = Batch::default();
            let got = source.fill(&mut batch, LIMIT)?;
            assert!(got <= LIMIT);
            assert_eq!(batch.rows.len(), got * usize::from(dimension));
            assert!(batch.rows.iter().all(|x| x.is_finite()));
            let bound = bytes.len() * 8 + LIMIT * MAX_DIMENSION as usize * 4;
            assert!(batch.rows.capacity() * 4 <= bound, "{} for {}", batch.rows.capacity(), bytes.len());
            rows += got;
            if got == 0 {
                return Ok(rows);
            }
        }
    });
    match outcome {
        // A bit is the least that a vector can take.
        Ok(rows) => assert!(rows <= bytes.len()),
        Err(e) => {
            assert!(!e.what().is_empty());
            assert!(e.place().is_some_and(|place| place.contains("input")), "{e}");
            assert!(matches!(e.kind(), ErrorKind::Malformed | ErrorKind::Usage));
        }
    }
}

fn mutate(random: &mut Random, seed: &[u8]) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len().max(1));
        match random.below(6) {
            0 => bytes.truncate(at),
            1 if !bytes.is_empty() => bytes[at] ^= 1 << random.below(8),
            2 if !bytes.is_empty() => {
                bytes[at] = [0, 0xff, b'{', b'[', b'"', b',', b'9', b'\n'][random.below(8)]
            }
            3 => {
                let chunk = bytes[at..].to_vec();
                bytes.extend(chunk);
            }
            4 => drop(bytes.splice(
                at..at,
                [b"99999999999999999999", &b"[[[[[[[[[[[[[[[[[[[["[..]][random.below(2)].iter().copied(),
            )),
            _ if bytes.len() >= at + 8 => bytes[at..at + 8].copy_from_slice(&random.next().to_le_bytes()),
            _ => {}
        }
    }
    bytes
}

fn seeds() -> Vec<(Format, Vec<u8>)> {
    let row = |n: u32, body: &[u8]| [&n.to_le_bytes(), body].concat();
    let fvecs: Vec<u8> = SAMPLE.chunks(4).flat_map(|r| row(4, &f32s(r))).collect();
    let header =
        "{\"__metadata__\":{\"a\":\"b\"},\"x\":{\"dtype\":\"F32\",\"shape\":[3,4],\"data_offsets\":[0,48]}}";
    let safetensors = [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &f32s(&SAMPLE)].concat();
    vec![
        (Format::Npy, sample_npy()),
        (Format::Npy, npy("<f8", "(2, 3)", &[0; 48])),
        (Format::Fvecs, fvecs),
        (Format::Bvecs, [row(3, &[1, 2, 3]), row(3, &[4, 5, 6])].concat()),
        (Format::Csv, b"label,id,x,y\na,1,2,3\n\"b, c\",4,5e-3,6\n".to_vec()),
        (Format::Tsv, b"1\t2\n3\t4\n".to_vec()),
        (
            Format::Jsonl,
            b"{\"id\":1,\"label\":\"x\",\"vector\":[1,2.5]}\n{\"id\":2,\"vector\":[3,4]}\n".to_vec(),
        ),
        (Format::Jsonl, b"[1,2]\n[3,4]\n".to_vec()),
        (Format::Safetensors, safetensors),
        (Format::Raw, vec![0x3c; 36]),
    ]
}

#[test]
fn no_mutation_of_an_input_does_harm() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for (format, seed) in seeds() {
        for known in [true, false] {
            read(&seed, format, known);
            for _ in 0..1500 {
                read(&mutate(&mut random, &seed), format, known);
            }
        }
    }
}

#[test]
fn every_prefix_and_every_flipped_bit_of_an_input_is_read_or_refused() {
    for (format, seed) in seeds() {
        for at in 0..seed.len() {
            read(&seed[..at], format, true);
            read(&seed[..at], format, false);
            for bit in 0..8 {
                let mut bytes = seed.clone();
                bytes[at] ^= 1 << bit;
                read(&bytes, format, true);
            }
        }
    }
}

#[test]
fn one_format_read_as_another_does_no_harm() {
    for (_, seed) in seeds() {
        for (_, format) in Format::ALL {
            read(&seed, format, true);
            read(&seed, format, false);
        }
    }
}

#[test]
fn no_flipped_bit_of_a_file_harms_list_extract_embed_or_strip() {
    let bench = Bench::new();
    bench.write("a.npy", npy("<f4", "(1, 1)", &f32s(&[1.0])));
    bench.write("m.wasm", wat::parse_str("(module (func (export \"f\")))").unwrap());
    bench.run(&["build", "a.npy", "--solver", "m.wasm", "--role", "extension", "-o", "a.rvf"]).ok();
    let whole = bench.read("a.rvf");
    let strip = |bytes: &[u8], damage| {
        rvf_packer::strip::strip(bytes, "f", &[], damage, Vec::new()).map(|(_, _, out)| out)
    };
    let embed = |bytes: &[u8], damage| {
        rvf_packer::embed::embed(bytes, "f", &[], damage, Vec::new()).map(|(_, out)| out)
    };
    let (whole_stripped, whole_embedded) =
        (strip(&whole, Damage::Refuse).unwrap(), embed(&whole, Damage::Refuse).unwrap());
    for bit in 0..whole.len() * 8 {
        let mut bytes = whole.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let listed = rvf_packer::list::list(&bytes, "f");
        if let Ok(listing) = listed {
            assert!(listing.segments.len() < 64);
        }
        if let Ok(vectors) = Vectors::open(&bytes, "f", Damage::Refuse) {
            let mut out = Vec::new();
            vectors.write_npy(&mut out).unwrap();
            assert!(out.ends_with(&1.0f32.to_le_bytes()), "bit {bit}");
        }
        if let Ok(vectors) = Vectors::open(&bytes, "f", Damage::Allow) {
            let mut out = Vec::new();
            if vectors.write_npy(&mut out).is_ok() {
                assert!(out.len() <= 128 + bytes.len());
            }
        }
        // Either the damage is seen or it lies in what is not copied.
        assert!(
            strip(&bytes, Damage::Refuse).is_err()
                || strip(&bytes, Damage::Refuse).unwrap() == whole_stripped,
            "bit {bit}"
        );
        assert!(
            embed(&bytes, Damage::Refuse).is_err()
                || embed(&bytes, Damage::Refuse).unwrap() == whole_embedded,
            "bit {bit}"
        );
        for out in [strip(&bytes, Damage::Allow), embed(&bytes, Damage::Allow)].into_iter().flatten() {
            assert!(out.len() <= bytes.len() * 2 + 4096);
        }
    }
}
