//! Labels read without a map of all metadata are those of the map, whatever the chain of changes.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use rvf_format::forever::{LABEL_FIELD_KEY, META_FOOTER_MAGIC, META_MAGIC};
use rvf_format::hash::Algorithm;
use rvf_format::read::meta::{Metadata, ids_of_labels, labels_of};
use rvf_format::write::{FileWriter, Options};
use rvf_format::{File, Metric, SegmentType};
use sha2::{Digest, Sha256};

/// One change of a field: a text, a number, or none to delete it.
#[derive(Clone, Copy)]
enum To {
    Text(&'static str),
    Number(u64),
    Gone,
}

type Record = (u64, Option<Vec<(u16, To)>>);

fn text16(out: &mut Vec<u8>, text: &str) {
    out.extend((text.len() as u16).to_le_bytes());
    out.extend(text.as_bytes());
}

/// A payload of generation `generation`; the first is the snapshot. Field 1 and 2 are texts, 3 a number.
fn payload(generation: u64, label_field: Option<u64>, records: &[Record]) -> Vec<u8> {
    let mut out = META_MAGIC.to_vec();
    out.extend(1u16.to_le_bytes());
    out.extend(u16::from(generation == 1).to_le_bytes());
    out.extend(generation.to_le_bytes());
    out.extend(if generation == 1 { u64::MAX } else { generation - 1 }.to_le_bytes());
    out.extend(3u32.to_le_bytes());
    out.extend(u32::from(label_field.is_some()).to_le_bytes());
    out.extend((records.len() as u32).to_le_bytes());
    for (field, kind) in [(1u16, 1u8), (2, 1), (3, 4)] {
        out.extend(field.to_le_bytes());
        out.extend([kind, 1]);
        text16(&mut out, "field");
    }
    if let Some(field) = label_field {
        text16(&mut out, LABEL_FIELD_KEY);
        out.push(4);
        out.extend(field.to_le_bytes());
    }
    for (id, changes) in records {
        out.extend(id.to_le_bytes());
        out.push(u8::from(changes.is_none()));
        let changes = changes.as_deref().unwrap_or_default();
        out.extend((changes.len() as u32).to_le_bytes());
        for (field, to) in changes {
            out.extend(field.to_le_bytes());
            match to {
                To::Text(text) => {
                    out.push(1);
                    out.extend((text.len() as u32).to_le_bytes());
                    out.extend(text.as_bytes());
                }
                To::Number(number) => {
                    out.push(4);
                    out.extend(number.to_le_bytes());
                }
                To::Gone => out.push(7),
            }
        }
    }
    let digest = Sha256::digest(&out);
    out.extend(META_FOOTER_MAGIC);
    out.extend(digest);
    out
}

fn file_of(payloads: &[Vec<u8>]) -> Vec<u8> {
    let options =
        Options { dimension: 4, metric: Metric::L2, algorithm: Algorithm::CrcRotation, timestamp_ns: 0 };
    let mut writer = FileWriter::new(Vec::new(), options);
    for payload in payloads {
        writer.segment(SegmentType::META, payload).unwrap();
    }
    writer.finish().unwrap().1
}

/// Small numbers that follow from a seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    fn records(&mut self) -> Vec<Record> {
        let mut records = Vec::new();
        for id in 0..12 {
            match self.below(4) {
                0 => records.push((id, None)),
                1 | 2 => {
                    let change = |dice: &mut Self| match dice.below(6) {
                        0 => (3, To::Number(dice.below(9))),
                        1 => (1, To::Gone),
                        _ => (1 + dice.below(2) as u16, To::Text(TEXTS[dice.below(4) as usize])),
                    };
                    let count = self.below(3);
                    records.push((id, Some((0..count).map(|_| change(self)).collect())));
                }
                _ => {}
            }
        }
        records
    }
}

const TEXTS: [&str; 4] = ["king", "queen", "apple", ""];

#[test]
fn a_few_labels_are_those_of_the_map() {
    let mut damaged = 0;
    for seed in 0..3000 {
        let mut dice = Dice(seed);
        let generations = 1 + dice.below(4);
        let mut payloads: Vec<Vec<u8>> = (1..=generations)
            .map(|generation| {
                let field = (dice.below(3) == 0).then(|| 1 + dice.below(3));
                payload(generation, field, &dice.records())
            })
            .collect();
        if dice.below(4) == 0 {
            let victim = dice.below(generations) as usize;
            let at = dice.below(payloads[victim].len() as u64) as usize;
            payloads[victim][at] ^= 1 << dice.below(8);
        }
        let bytes = file_of(&payloads);
        let file = File::open(&bytes).unwrap();
        let asked: Vec<u64> = (0..5).map(|_| dice.below(13)).collect();
        let (labels, ids) = (labels_of(&file, &asked), ids_of_labels(&file, &TEXTS));
        match Metadata::read(&file) {
            Ok(all) => {
                damaged += u32::from(all.damaged.is_some());
                let labels = labels.unwrap();
                for id in &asked {
                    assert_eq!(labels.get(*id), all.label(*id), "seed {seed}, id {id}");
                }
                let wanted: Vec<Option<u64>> = TEXTS.iter().map(|text| all.id_of_label(text)).collect();
                assert_eq!(ids.unwrap(), wanted, "seed {seed}");
                assert!(labels.file_has_records() || all.records.is_empty(), "seed {seed}");
            }
            Err(error) => assert_eq!((labels.err(), ids.err()), (Some(error), Some(error)), "seed {seed}"),
        }
    }
    assert!(damaged > 100, "only {damaged} chains had a damaged change");
}
