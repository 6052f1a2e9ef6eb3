//! Modules go in inspected, come out unchanged, and go away without a trace.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;
use common::*;
use rvf_format::hash::shake256_256;
use rvf_format::read::wasm::{Role, Target, WasmHeader, WasmSegment};
use rvf_format::{File, SegmentType};

/// Headers and modules of a file, in order.
fn modules(bytes: &[u8]) -> Vec<(WasmHeader, Vec<u8>)> {
    let file = File::open(bytes).unwrap();
    let segments = file.segments_of(SegmentType::WASM).map(Result::unwrap);
    segments
        .map(|s| {
            let parsed = WasmSegment::parse(s.payload, s.payload_offset()).unwrap();
            (parsed.header, parsed.bytecode.to_vec())
        })
        .collect()
}

#[test]
fn a_header_is_filled_from_the_module_itself() {
    let bench = Bench::new();
    bench.write("a.npy", sample_npy());
    let scalar = bench_solver(&bench, "scalar.wasm", "");
    let simd = bench_solver(
        &bench,
        "simd.wasm",
        "(func (result v128) (v128.const i32x4 0 0 0 0)) (table 3 funcref)",
    );
    bench.run(&["build", "a.npy", "--solver", "scalar.wasm", "--solver", "simd.wasm", "-o", "a.rvf"]).ok();
    let bytes = bench.read("a.rvf");
    verify(&bytes);
    let all = modules(&bytes);
    assert_eq!(all.iter().map(|(_, module)| module).collect::<Vec<_>>(), [&scalar, &simd]);
    for ((header, module), (features, priority, tables)) in all.iter().zip([(0, 20, 0), (1, 10, 1)]) {
        assert_eq!((header.role, header.target), (Role::MICROKERNEL, Target::WASM32));
        assert_eq!(
            (header.required_features, header.bootstrap_priority, header.table_count),
            (features, priority, tables)
        );
        assert_eq!((header.min_memory_pages, header.max_memory_pages, header.export_count), (2, 64, 20));
        assert_eq!(header.bytecode_hash, shake256_256(module));
        assert_eq!(header.bytecode_size as usize, module.len());
    }
}

fn bench_solver(bench: &Bench, name: &str, body: &str) -> Vec<u8> {
    let module = solver(body);
    bench.write(name, &module);
    module
}

#[test]
fn modules_that_could_do_harm_or_are_none_are_refused() {
    let bench = Bench::new();
    bench.write("a.npy", sample_npy());
    let section = |abi: u32| {
        let mut module = solver("");
        let mut data = b"\x0arvf-solverRVFSOLVR".to_vec();
        data.extend([abi, 1, 0, 65536].iter().flat_map(|n| n.to_le_bytes()));
        data.extend_from_slice(b"\x01x\x011");
        module.extend([0, data.len() as u8]);
        module.extend(data);
        module
    };
    let mut damaged = solver("");
    damaged.truncate(damaged.len() - 1);
    let cases: [(Vec<u8>, &str); 9] = [
        (b"(module)".to_vec(), "does not start with \\0asm"),
        (b"\0asm\x01\0\0\0{\"not\":\"wasm\"}".to_vec(), "not a module that can be embedded"),
        (damaged, "not a module that can be embedded"),
        (solver("(import \"env\" \"now\" (func))"), "imports 1 things, the first is env.now"),
        (solver("(func $s) (start $s)"), "has a start function"),
        (solver("(memory i64 1)"), "memory64"),
        (section(2), "speaks ABI version 2"),
        (wat::parse_str("(module)").unwrap(), "is no solver (20 exports are missing, the first is memory)"),
        (vec![0; (8 << 20) + 1], "more than 8388608 bytes"),
    ];
    for (module, what) in cases {
        bench.write("m.wasm", module);
        bench.run(&["build", "a.npy", "--solver", "m.wasm", "-o", "a.rvf"]).refused(3, what);
    }
    bench.write("m.wasm", section(1));
    bench.run(&["build", "a.npy", "--solver", "m.wasm", "-o", "a.rvf"]).ok();
}

#[test]
fn roles_are_told_from_exports_or_chosen() {
    let bench = Bench::new();
    bench.write("a.npy", sample_npy());
    bench.write("x.wasm", wat::parse_str("(module (func (export \"f\")))").unwrap());
    let tile: String = rvf_wasm_inspect::TILE_EXPORTS
        .iter()
        .map(|(name, signature)| {
            let (params, result) = signature.split_once(" -> ").unwrap();
            let params = params.trim_matches(['(', ')']).replace(',', "");
            format!("(func (export \"{name}\") (param {params}) (result {result}) ({result}.const 0))")
        })
        .collect();
    bench.write("t.wasm", wat::parse_str(format!("(module (memory 1){tile})")).unwrap());
    bench.run(&["build", "a.npy", "--solver", "t.wasm", "-o", "t.rvf"]).ok();
    let header = modules(&bench.read("t.rvf"))[0].0;
    assert_eq!((header.role, header.target), (Role::MICROKERNEL, Target::BARE_TILE));
    let flags = ["--role", "extension", "--target", "browser", "--priority", "7"];
    bench.run(&[&["build", "a.npy", "--solver", "x.wasm", "-o", "x.rvf"], &flags[..]].concat()).ok();
    let header = modules(&bench.read("x.rvf"))[0].0;
    assert_eq!(
        (header.role, header.target, header.bootstrap_priority),
        (Role::EXTENSION, Target::BROWSER, 7)
    );
}

#[test]
fn a_module_added_later_leaves_everything_else_as_it_was() {
    let bench = Bench::new();
    bench.write("a.npy", sample_npy());
    bench.write("l.txt", "a\nb\nc\n");
    let module = bench_solver(&bench, "s.wasm", "");
    bench.run(&["build", "a.npy", "--labels", "l.txt", "--no-solver", "-o", "a.rvf"]).ok();
    let before = bench.read("a.rvf");
    bench.run(&["embed", "a.rvf", "s.wasm", "-o", "b.rvf"]).ok();
    assert_eq!(bench.read("a.rvf"), before);
    bench.run(&["embed", "a.rvf", "s.wasm"]).ok();
    let after = bench.read("a.rvf");
    assert_eq!(after, bench.read("b.rvf"));
    verify(&after);
    holds_sample(&after);
    assert_eq!(labels(&after), labels(&before));
    assert_eq!(modules(&after)[0].1, module);
    bench.run(&["embed", "a.rvf", "s.wasm", "-o", "b.rvf"]).refused(2, "exists already");
    bench.run(&["extract", "a.rvf", "-o", "out.wasm"]).ok();
    assert_eq!(bench.read("out.wasm"), module);
}

#[test]
fn foreign_files_take_a_module_and_keep_every_byte() {
    let bench = Bench::new();
    let module = bench_solver(&bench, "s.wasm", "");
    let foreign = [
        "cosine-d64-n1.rvf",
        "hybrid-padded-crc-rotation-d4.rvf",
        "ip-d3-n1000.rvf",
        "metadata-cosine-d8.rvf",
        "npm-rvf-node-0.2.2-cosine-d4.rvf",
        "wasm-all-roles.rvf",
    ];
    for name in foreign {
        let before = std::fs::read(fixture("foreign").join(name)).unwrap();
        bench.write("f.rvf", &before);
        bench.run(&["embed", "f.rvf", "s.wasm"]).ok();
        let after = bench.read("f.rvf");
        assert!(after.starts_with(&before), "{name}");
        assert_eq!(vectors(&after), vectors(&before), "{name}");
        assert_eq!(modules(&after).last().unwrap().1, module, "{name}");
        let report = rvf_format::verify::verify(&File::open(&after).unwrap(), &mut |_, _| {});
        assert!(report.is_ok(), "{name}: {report:?}");
    }
    for name in ["signed-l2-d16.rvf", "rvf-wasm-0.1.9-export-d4-n10.rvf"] {
        let before = std::fs::read(fixture("foreign").join(name)).unwrap();
        bench.write("f.rvf", &before);
        bench.run(&["embed", "f.rvf", "s.wasm"]).refused(3, "adding to a");
        bench.run(&["strip", "f.rvf"]).refused(3, "cannot be rewritten");
        assert_eq!(bench.read("f.rvf"), before, "{name}");
    }
}

#[test]
fn stripped_files_hold_no_module_and_all_the_rest() {
    let bench = Bench::new();
    bench.write("a.npy", sample_npy());
    bench.write("l.txt", "a\nb\nc\n");
    bench_solver(&bench, "s.wasm", "");
    let arguments =
        ["build", "a.npy", "--labels", "l.txt", "--solver", "s.wasm", "--solver", "s.wasm", "-o", "a.rvf"];
    bench.run(&arguments).ok();
    let whole = bench.read("a.rvf");
    let places: Vec<u32> =
        File::open(&whole).unwrap().segments_of(SegmentType::WASM).map(|s| s.unwrap().index).collect();
    bench.run(&["strip", "a.rvf", "--segment", &places[0].to_string(), "-o", "one.rvf"]).ok();
    bench.run(&["strip", "a.rvf", "-o", "none.rvf"]).ok();
    for (name, left) in [("one.rvf", 1), ("none.rvf", 0)] {
        let bytes = bench.read(name);
        verify(&bytes);
        holds_sample(&bytes);
        assert_eq!(labels(&bytes), labels(&whole));
        assert_eq!(modules(&bytes).len(), left);
    }
    bench.run(&["strip", "none.rvf"]).refused(1, "carries no module");
    bench.run(&["strip", "a.rvf", "--segment", "0"]).refused(2, "segment 0 is no module");
    bench.run(&["extract", "a.rvf", "-o", "m.wasm"]).refused(2, "carries 2 modules");
    bench.run(&["extract", "none.rvf", "-o", "m.wasm"]).refused(1, "carries no module");
    assert_eq!(bench.read("a.rvf"), whole);
}

#[test]
fn a_foreign_file_with_modules_is_stripped_to_the_canonical_form() {
    let bench = Bench::new();
    let before = std::fs::read(fixture("foreign/wasm-all-roles.rvf")).unwrap();
    bench.write("f.rvf", &before);
    bench.run(&["strip", "f.rvf"]).ok();
    let after = bench.read("f.rvf");
    verify(&after);
    assert_eq!(vectors(&after), vectors(&before));
    assert_eq!((modules(&before).len(), modules(&after).len()), (5, 0));
}

#[test]
fn vectors_ids_and_labels_go_out_and_in_again() {
    let bench = Bench::new();
    bench.write("a.npy", sample_npy());
    bench.write("ids.txt", "30\n10\n20\n");
    bench.write("l.tsv", "20\ttwenty\n30\tthirty\n");
    bench
        .run(&["build", "a.npy", "--ids", "ids.txt", "--labels", "l.tsv", "--no-solver", "-o", "a.rvf"])
        .ok();
    bench.run(&["extract", "a.rvf", "--vectors", "v.npy", "--ids", "i.npy", "--labels", "o.tsv"]).ok();
    assert_eq!(bench.read("v.npy"), sample_npy());
    bench.run(&["build", "v.npy", "--ids", "i.npy", "--labels", "o.tsv", "--no-solver", "-o", "b.rvf"]).ok();
    assert_eq!(bench.read("a.rvf"), bench.read("b.rvf"));
}

#[test]
fn extracted_vectors_are_those_in_force() {
    let bench = Bench::new();
    let file = fixture("foreign/metadata-cosine-d8.rvf");
    bench.run(&["extract", file.to_str().unwrap(), "--vectors", "v.npy", "--ids", "i.npy"]).ok();
    bench.run(&["build", "v.npy", "--ids", "i.npy", "--no-solver", "-o", "a.rvf"]).ok();
    let bytes = std::fs::read(&file).unwrap();
    let deleted = File::open(&bytes).unwrap().manifest().deleted.clone();
    let all = vectors(&bytes);
    let live = all.iter().enumerate().filter(|(row, (id, _))| {
        !deleted.contains(id) && all[row + 1..].iter().all(|(later, _)| later != id)
    });
    assert_eq!(vectors(&bench.read("a.rvf")), live.map(|(_, v)| v.clone()).collect::<Vec<_>>());
}

#[test]
fn files_that_are_none_are_refused_by_every_verb() {
    let bench = Bench::new();
    bench.write("s.wasm", solver(""));
    bench.write("empty", "");
    bench.write("text", "hello, this is not a file of vectors".repeat(10));
    for name in ["empty", "text"] {
        bench.run(&["list", name]).refused(3, "");
        bench.run(&["embed", name, "s.wasm"]).refused(3, "");
        bench.run(&["strip", name]).refused(3, "");
        bench.run(&["extract", name, "--vectors", "v.npy"]).refused(3, "");
    }
    bench.run(&["list", "missing"]).refused(2, "cannot read the file");
    bench.run(&["list", "."]).refused(2, "not a regular file");
    assert_eq!(bench.names(), ["empty", "s.wasm", "text"]);
}

#[cfg(feature = "built-in")]
#[test]
fn files_carry_the_built_in_solvers_unless_told_otherwise() {
    let bench = Bench::new();
    bench.write("a.npy", sample_npy());
    bench.run(&["build", "a.npy", "-o", "a.rvf"]).ok();
    let bytes = bench.read("a.rvf");
    verify(&bytes);
    let all = modules(&bytes);
    let told: Vec<_> =
        all.iter().map(|(h, _)| (h.role, h.bootstrap_priority, h.required_features & 1)).collect();
    assert_eq!(told, [(Role::MICROKERNEL, 20, 0), (Role::MICROKERNEL, 10, 1)]);
    for (header, module) in &all {
        let facts = rvf_wasm_inspect::inspect(module).unwrap();
        assert!(facts.is_solver() && facts.imports.is_empty() && facts.start.is_none());
        assert_eq!(facts.lies(header, module), []);
        assert!(facts.solver_section.is_some());
    }
    bench.run(&["build", "a.npy", "--priority", "3", "-f", "-o", "a.rvf"]).ok();
    let all = modules(&bench.read("a.rvf"));
    assert_eq!(all.iter().map(|(h, _)| h.bootstrap_priority).collect::<Vec<_>>(), [3, 4]);
}

/// Offset of the first payload byte of the first segment of a type.
fn payload_of(bytes: &[u8], wanted: SegmentType) -> (u32, usize) {
    let segment = File::open(bytes).unwrap().segments_of(wanted).next().unwrap().unwrap();
    (segment.index, segment.payload_offset() as usize)
}

#[test]
fn damage_is_not_laundered() {
    let bench = Bench::new();
    bench.write("a.npy", sample_npy());
    bench.write("l.txt", "a\nb\nc\n");
    bench.write("m.mtx", "%%MatrixMarket matrix coordinate real general\n2 2 2\n1 1 4\n2 2 5\n");
    bench_solver(&bench, "s.wasm", "");
    let arguments = ["build", "a.npy", "m.mtx", "--labels", "l.txt", "--solver", "s.wasm", "-o", "a.rvf"];
    bench.run(&arguments).ok();
    let whole = bench.read("a.rvf");
    let hurt = |wanted: SegmentType| {
        let (index, at) = payload_of(&whole, wanted);
        let mut bytes = whole.clone();
        bytes[at + 40] ^= 1;
        bench.write("bad.rvf", &bytes);
        (format!("bad.rvf, segment {index}, byte 0x"), index.to_string())
    };
    let extract = |flags: &[&'static str]| [&["extract", "bad.rvf"][..], flags].concat();
    let cases: [(SegmentType, Vec<Vec<&str>>); 4] = [
        (SegmentType::VEC, vec![extract(&["--vectors", "v.npy"]), extract(&["--ids", "i.npy"])]),
        (SegmentType::META, vec![extract(&["--labels", "l.tsv"])]),
        (SegmentType::SPARSE, vec![extract(&["--matrix", "m", "-o", "o.mtx"])]),
        (SegmentType::WASM, vec![extract(&["-o", "o.wasm"])]),
    ];
    for (wanted, commands) in cases {
        let (place, index) = hurt(wanted);
        for command in &commands {
            bench.run(command).refused(3, "the file is damaged").refused(3, &place);
        }
        bench.run(&["extract", "bad.rvf", "--segment", &index, "-o", "o"]).refused(3, &place);
        bench.run(&["embed", "bad.rvf", "s.wasm", "-o", "o.rvf"]).refused(3, &place);
        if wanted != SegmentType::WASM {
            bench.run(&["strip", "bad.rvf", "-o", "o.rvf"]).refused(3, &place);
        }
        let listed = bench.run(&["list", "bad.rvf"]);
        assert!(listed.code == 1 && listed.stdout.contains("MISMATCH"), "{listed:?}");
        assert!(!bench.names().iter().any(|name| name.starts_with('o') || name.starts_with('v')));
    }
    hurt(SegmentType::VEC);
    for command in [
        vec!["strip", "bad.rvf", "--allow-damaged", "-o", "o.rvf"],
        vec!["embed", "bad.rvf", "s.wasm", "--allow-damaged", "-f", "-o", "o.rvf"],
        extract(&["--vectors", "v.npy", "--allow-damaged"]),
    ] {
        let run = bench.run(&command).ok();
        assert!(run.stderr.contains("warning: the file's hashes are not checked"), "{run:?}");
    }
}

#[test]
fn damage_to_a_file_without_a_record_is_not_laundered() {
    let bench = Bench::new();
    bench_solver(&bench, "s.wasm", "");
    let mut bytes = std::fs::read(fixture("foreign/wasm-all-roles.rvf")).unwrap();
    let (index, at) = payload_of(&bytes, SegmentType::VEC);
    bytes[at + 20] ^= 1;
    bench.write("bad.rvf", &bytes);
    let place = format!("bad.rvf, segment {index}, byte 0x");
    bench.run(&["strip", "bad.rvf"]).refused(3, &place);
    bench.run(&["embed", "bad.rvf", "s.wasm"]).refused(3, &place);
    bench.run(&["extract", "bad.rvf", "--vectors", "v.npy"]).refused(3, &place);
    assert_eq!(bench.run(&["list", "bad.rvf"]).code, 1);
    assert_eq!(bench.read("bad.rvf"), bytes);
}

#[test]
fn modules_that_hosts_refuse_by_default_are_embedded_with_a_warning() {
    let bench = Bench::new();
    bench.write("a.npy", sample_npy());
    let module =
        |memory: &str| wat::parse_str(format!("(module (memory {memory}) (func (export \"f\")))")).unwrap();
    bench.write("large.wasm", module("65536"));
    bench.write("most.wasm", module("1024"));
    let flags = ["--role", "extension", "-o", "a.rvf"];
    let run = bench.run(&[&["build", "a.npy", "--solver", "large.wasm"], &flags[..]].concat()).ok();
    assert!(run.stderr.contains("warning: large.wasm: the module starts with 65536 pages"), "{run:?}");
    let run = bench.run(&["embed", "a.rvf", "large.wasm", "--role", "extension"]).ok();
    assert!(run.stderr.contains("65536 pages") && run.stdout.contains("1 module added"), "{run:?}");
    let run = bench.run(&["embed", "a.rvf", "most.wasm", "--role", "extension"]).ok();
    assert!(run.stderr.is_empty(), "{run:?}");
    bench.write("shared.wasm", module("1 2 shared"));
    let run = bench.run(&["embed", "a.rvf", "shared.wasm", "--role", "extension"]).ok();
    assert!(run.stderr.contains("shared.wasm: the module has shared memory"), "{run:?}");
}
