//! Learning as its user does it: train, save, go on; and choosing a method, and learning from that.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use common::Place;
use rvf_loader::rvf_format::forever::SegmentType;
use rvf_loader::rvf_format::hash::Algorithm;
use rvf_loader::rvf_format::read::policy::Policy;
use rvf_loader::rvf_format::read::sparse::ValueType;
use rvf_loader::rvf_format::read::wasm::{Role, Target};
use rvf_loader::rvf_format::write::sparse::{Csr, encode};
use rvf_loader::rvf_format::write::{FileWriter, Options};
use rvf_loader::rvf_format::{File, Metric};
use solver_microkernel::guests::{FULL_SCALAR, SCALAR};

/// Two vectors, the Laplacian of a path with one more on the diagonal, and a module.
fn packed(module: &[u8]) -> Vec<u8> {
    let options =
        Options { dimension: 2, metric: Metric::L2, algorithm: Algorithm::CrcRotation, timestamp_ns: 0 };
    let mut writer = FileWriter::new(Vec::new(), options);
    writer.vectors(&[1, 2], &[1.0, 2.0, 3.0, 4.0]).unwrap();
    let n = 200_u64;
    let (mut offsets, mut columns, mut values) = (vec![0], Vec::new(), Vec::new());
    for i in 0..n {
        for j in [i.checked_sub(1), Some(i), (i + 1 < n).then_some(i + 1)].into_iter().flatten() {
            columns.push(j);
            values.push(if i == j { 3.0 } else { -1.0 });
        }
        offsets.push(columns.len() as u64);
    }
    let csr = Csr { rows: n, columns: n, offsets: &offsets, indices: &columns, values: &values };
    let matrix = encode("path", ValueType::F64, csr, None, true).unwrap();
    writer.segment(SegmentType::SPARSE, &matrix).unwrap();
    let facts = rvf_wasm_inspect::inspect(module).unwrap();
    let header = facts.header(Role::MICROKERNEL, Target::WASM32, 10, module).unwrap();
    writer.module(&header, module).unwrap();
    writer.finish().unwrap().1
}

fn place() -> Place {
    let place = Place::new();
    place.put("a.rvf", &packed(FULL_SCALAR));
    place
}

/// Name, generation and runs of the policies of a file.
fn policies(bytes: &[u8]) -> Vec<(String, u64, u64)> {
    let file = File::open(bytes).unwrap();
    let segments = file.segments_of(SegmentType::POLICY_KERNEL).map(Result::unwrap);
    let policies = segments.map(|s| Policy::parse(s.payload, s.payload_offset()).unwrap().unwrap().head);
    policies.map(|head| (head.name().to_owned(), head.generation, head.learned)).collect()
}

#[test]
fn a_file_learns_and_carries_what_it_learned() {
    let place = place();
    let before = place.get("a.rvf");
    let list = place.ends(0, &["a.rvf"]);
    assert!(list.contains("train") && list.contains("acceptance"), "{list}");
    let first = place.json(0, &["a.rvf", "train", "--count", "60", "--save", "b.rvf"]);
    assert_eq!(first["schema"], "rvf-learning/1");
    assert_eq!((&first["result"]["trained"], &first["result"]["correct"]), (&60.into(), &60.into()));
    assert!(first["started_from"].is_null());
    assert_eq!(first["solver"]["origin"], "file");
    assert_eq!(place.get("a.rvf"), before, "the file itself is as it was");
    assert_eq!(policies(&place.get("b.rvf")), [("puzzles".to_owned(), 1, 60)]);

    let second = place.json(0, &["b.rvf", "train", "--count", "40", "--save", "c.rvf"]);
    assert_eq!(second["started_from"]["generation"], 1);
    assert_eq!(second["seed"], 2, "puzzles that it has not seen");
    assert_eq!(policies(&place.get("c.rvf")), [("puzzles".to_owned(), 2, 100)]);

    // Each save: what the module witnessed, and the entry that binds the policy.
    let chain = place.json(0, &["witness", "verify", "c.rvf"]);
    assert_eq!(chain["entries"], 5);
    assert_eq!(chain["policies"][0]["entry"], 4);
    place.ends(0, &["verify", "c.rvf", "--every-byte"]);
    let seen = place.json(0, &["inspect", "c.rvf"]);
    assert_eq!(seen["policies"][0]["name"], "puzzles");
    assert_eq!(seen["policies"][0]["in_force"], true);
    assert!(place.ends(0, &["inspect", "c.rvf"]).contains("in force"));
    let policy = place.json(0, &["c.rvf", "policy"]);
    let attempts = |policy: &serde_json::Value| -> u64 {
        let contexts = policy["result"]["context_stats"].as_object().unwrap().values();
        contexts
            .flat_map(|arms| arms.as_object().unwrap().values())
            .map(|a| a["attempts"].as_u64().unwrap())
            .sum()
    };
    assert!(attempts(&policy) >= 100);
    assert_eq!(attempts(&place.json(0, &["a.rvf", "policy"])), 0);
}

#[test]
fn the_same_file_and_the_same_request_give_the_same_bytes() {
    let place = place();
    let engines: &[&str] = if cfg!(feature = "jit") { &["tiny", "jit"] } else { &["tiny"] };
    place.ends(0, &["a.rvf", "train", "--count", "30", "--save", "b.rvf", "--engine", "wasmi"]);
    for engine in engines {
        place.ends(0, &["a.rvf", "train", "--count", "30", "--save", "c.rvf", "--engine", engine, "--force"]);
        assert!(place.get("b.rvf") == place.get("c.rvf"), "{engine}");
    }
    // A file that learns again and again grows by its witness only.
    let mut len = place.get("b.rvf").len();
    for _ in 0..3 {
        place.ends(0, &["b.rvf", "train", "--count", "5", "--save", "b.rvf", "--force"]);
        let now = place.get("b.rvf").len();
        assert!(now <= len + 512, "{now} after {len}");
        len = now;
    }
    assert_eq!(policies(&place.get("b.rvf")), [("puzzles".to_owned(), 4, 45)]);
}

#[test]
fn nothing_is_replaced_by_accident() {
    let place = place();
    let before = place.get("a.rvf");
    place.put("old.rvf", b"something of the user's");
    let train = ["a.rvf", "train", "--count", "5", "--save"];
    let onto = |name| [&train[..], &[name]].concat();
    assert!(place.fails(2, &onto("old.rvf")).contains("exists already"));
    let itself = place.fails(2, &onto("./a.rvf"));
    assert!(itself.contains("the copy would replace the file that it is made of"), "{itself}");
    assert!(itself.contains("--force"), "{itself}");
    assert_eq!(place.get("a.rvf"), before);
    assert_eq!(place.get("old.rvf"), b"something of the user's");
    place.ends(0, &[&onto("old.rvf")[..], &["--force"]].concat());
    place.ends(0, &[&onto("a.rvf")[..], &["--force"]].concat());
    assert_eq!(place.get("a.rvf"), place.get("old.rvf"), "the copy in the file's own place");
    assert_eq!(place.names(), ["a.rvf", "old.rvf"], "nothing is left behind");
}

#[test]
fn what_is_damaged_is_not_learned_from_and_not_sealed_again() {
    let place = place();
    place.ends(0, &["a.rvf", "train", "--count", "5", "--save", "b.rvf"]);
    let whole = place.get("b.rvf");
    let file = File::open(&whole).unwrap();
    let policy = file.segments_of(SegmentType::POLICY_KERNEL).next().unwrap().unwrap();
    let vectors = file.segments_of(SegmentType::VEC).next().unwrap().unwrap();
    for place_in_file in [policy.payload_offset() + 140, vectors.payload_offset() + 20] {
        let mut damaged = whole.clone();
        damaged[place_in_file as usize] ^= 1;
        place.put("damaged.rvf", &damaged);
        let words = ["damaged.rvf", "train", "--count", "5", "--save", "c.rvf"];
        assert!(place.fails(3, &words).contains("damaged"));
    }
    assert!(!place.path("c.rvf").exists());
    for foreign in rvf_fixtures::foreign().iter().filter(|foreign| foreign.name == "signed-l2-d16.rvf") {
        place.put("signed.rvf", foreign.bytes);
        place.put("full.wasm", FULL_SCALAR);
        let words = ["signed.rvf", "train", "--count", "5", "--save", "c.rvf", "--solver", "full.wasm"];
        assert!(place.fails(3, &words).contains("signature"));
    }
    assert!(!place.path("c.rvf").exists());
}

#[test]
fn a_module_that_does_not_learn_says_so() {
    let place = Place::new();
    place.put("plain.rvf", &packed(SCALAR));
    let own = ["plain.rvf", "train", "--count", "5", "--solver", "built-in"];
    assert_eq!(place.json(0, &own)["result"]["correct"], 5, "the solver of this command learns");
    let told = place.fails(2, &["plain.rvf", "train"]);
    assert!(told.contains("has no operation `train`") && told.contains("--solver built-in"), "{told}");
    assert!(place.fails(2, &["plain.rvf", "trian"]).contains("it has: knn"));
    assert!(!place.ends(0, &["plain.rvf"]).contains("acceptance"));
}

#[test]
fn the_acceptance_test_says_whether_it_helps() {
    let place = place();
    let words =
        ["a.rvf", "acceptance", "--holdout", "10", "--training", "20", "--cycles", "1", "--seed", "3"];
    let output = place.run(&[&words[..], &["--json"]].concat());
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let passed = answer["result"]["all_passed"].as_bool().unwrap();
    assert_eq!(output.status.code(), Some(i32::from(!passed)));
    assert_eq!(answer["passed"], passed);
    assert_eq!(answer["result"]["witness_entries"], 3);
    let told = place.fails(2, &["a.rvf", "acceptance", "--cycles", "-1"]);
    assert!(told.contains("-1 is not in 0.."), "{told}");
    place.fails(2, &["a.rvf", "acceptance", "--cycles", "2000000000"]);
}

#[test]
fn a_choice_of_method_is_learned_from() {
    let place = place();
    let words = ["a.rvf", "solve", "--method", "auto", "--learn", "--save", "b.rvf"];
    let first = place.json(0, &words);
    assert_eq!(first["saved"]["policy"], "methods");
    assert_eq!((&first["saved"]["generation"], &first["saved"]["learned"]), (&1.into(), &1.into()));
    assert_eq!(policies(&place.get("b.rvf")), [("methods".to_owned(), 1, 1)]);
    // The second run reads the policy that the first one left, and a third request adds to it.
    let second = place.json(0, &["b.rvf", "solve", "--learn", "--save", "b.rvf", "--force"]);
    assert_eq!(second["saved"]["generation"], 2);
    let third = place.json(0, &["b.rvf", "entry", "--ids", "3", "--learn", "--save", "c.rvf"]);
    assert_eq!(third["saved"]["learned"], 3);
    assert_eq!(policies(&place.get("c.rvf")), [("methods".to_owned(), 3, 3)]);
    place.ends(0, &["verify", "c.rvf"]);
    let chain = place.json(0, &["witness", "verify", "c.rvf"]);
    assert_eq!((&chain["entries"], &chain["policies"][0]["entry"]), (&4.into(), &3.into()));
    // Learning never changes what an answer is.
    let plain = place.json(0, &["a.rvf", "solve"]);
    let close = |a: &serde_json::Value, b: &serde_json::Value| {
        let rows = a["rows"].as_array().unwrap().iter().zip(b["rows"].as_array().unwrap());
        rows.for_each(|(a, b)| assert!((a["x"].as_f64().unwrap() - b["x"].as_f64().unwrap()).abs() < 1e-6));
    };
    close(&plain, &first);
    close(&plain, &second);
    // Both learners live in one file.
    place.ends(0, &["c.rvf", "train", "--count", "5", "--save", "d.rvf"]);
    let mut names = policies(&place.get("d.rvf"));
    names.sort();
    assert_eq!(names, [("methods".to_owned(), 3, 3), ("puzzles".to_owned(), 1, 5)]);
}

#[test]
fn learning_and_saving_belong_together() {
    let place = place();
    assert!(place.fails(2, &["a.rvf", "solve", "--learn"]).contains("--save"));
    assert!(place.fails(2, &["a.rvf", "solve", "--save", "b.rvf"]).contains("--learn"));
    let given = place.fails(2, &["a.rvf", "solve", "--method", "jacobi-cg", "--learn", "--save", "b.rvf"]);
    assert!(given.contains("--method auto"), "{given}");
    assert!(place.fails(2, &["a.rvf", "spmv", "--learn", "--save", "b.rvf"]).contains("--learn"));
    assert!(!place.path("b.rvf").exists());
}
