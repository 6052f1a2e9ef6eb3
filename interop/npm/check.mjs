// The published npm packages over files of ours, and files of theirs for our reader.
//
//   node check.mjs NODE_MODULES FOLDER
//
// Reads FOLDER/jobs.json: [{file, queries: [[...]], k}]. Opens each file with rvf-node and answers the
// queries; counts its segments with rvf-wasm. Then writes stores of its own into FOLDER. What it saw and
// wrote goes to FOLDER/answers.json; whether that is right is judged by the Rust test that runs this.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

const [modules, folder] = process.argv.slice(2).map((argument) => resolve(argument));
const { RvfDatabase } = createRequire(join(modules, 'here.cjs'))('@ruvector/rvf-node');
const wasmFile = join(modules, '@ruvector/rvf-wasm/pkg/rvf_wasm_bg.wasm');
const wasm = (await WebAssembly.instantiate(readFileSync(wasmFile))).instance.exports;

// A small generator, so that stores of theirs hold the same vectors every time.
let state = 12345;
const random = () => {
  state = (Math.imul(state, 1103515245) + 12345) >>> 0;
  return Math.fround((state >>> 8) / 8388608 - 1);
};
const rows = (count, dimension) => Float32Array.from({ length: count * dimension }, random);

const hits = (database, query, k) =>
  database.query(Float32Array.from(query), k).map(({ id, distance }) => [id, distance]);

function readWithNode({ file, queries, k }) {
  const database = RvfDatabase.openReadonly(join(folder, file));
  const { totalVectors } = database.status();
  const segments = database.segments().map(({ segType, payloadLength }) => [segType, payloadLength]);
  const answers = queries.map((query) => hits(database, query, k));
  database.close();
  return { vectors: totalVectors, segments, answers };
}

function copyIn(bytes) {
  const at = wasm.rvf_alloc(bytes.byteLength);
  new Uint8Array(wasm.memory.buffer, at, bytes.byteLength)
    .set(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  return at;
}

function readWithWasm({ file }) {
  const bytes = readFileSync(join(folder, file));
  const at = copyIn(bytes);
  const count = wasm.rvf_segment_count(at, bytes.length);
  wasm.rvf_free(at, bytes.length);
  return count;
}

// Batches, a row written again, deletions, a second opening.
function storeByNode(metric) {
  const file = `node-${metric}.rvf`;
  const dimension = 12;
  const path = join(folder, file);
  let database = RvfDatabase.create(path, { dimension, metric });
  for (let batch = 0; batch < 3; batch++) {
    const ids = Array.from({ length: 100 }, (_, i) => batch * 100 + i + 1);
    database.ingestBatch(rows(100, dimension), ids);
  }
  database.close();
  database = RvfDatabase.open(path);
  database.ingestBatch(rows(2, dimension), [7, 1000]);
  database.delete([3, 299]);
  database.close();
  const queries = Array.from({ length: 5 }, () => [...rows(1, dimension)]);
  database = RvfDatabase.openReadonly(path);
  const store = {
    file, metric, queries, k: 10,
    vectors: database.status().totalVectors,
    answers: queries.map((query) => hits(database, query, 10)),
  };
  database.close();
  return store;
}

// The export of the wasm package keeps no metric: it is read as L2.
function storeByWasm() {
  const [file, count, dimension, k] = ['wasm-export.rvf', 50, 6, 10];
  const handle = wasm.rvf_store_create(dimension, 0);
  const vectors = copyIn(rows(count, dimension));
  const ids = copyIn(BigUint64Array.from({ length: count }, (_, i) => BigInt(i + 1)));
  wasm.rvf_store_ingest(handle, vectors, ids, count);
  const queries = Array.from({ length: 5 }, () => [...rows(1, dimension)]);
  const answers = queries.map((query) => {
    const at = copyIn(Float32Array.from(query));
    const out = wasm.rvf_alloc(12 * k);
    const found = wasm.rvf_store_query(handle, at, k, -1, out);
    const view = new DataView(wasm.memory.buffer, out, 12 * found);
    return Array.from({ length: found }, (_, i) => [
      Number(view.getBigUint64(12 * i, true)), view.getFloat32(12 * i + 8, true),
    ]);
  });
  const needed = -wasm.rvf_store_export(handle, 0, 0);
  const out = wasm.rvf_alloc(needed);
  const length = wasm.rvf_store_export(handle, out, needed);
  writeFileSync(join(folder, file), new Uint8Array(wasm.memory.buffer, out, length));
  return { file, metric: 'l2', queries, k, vectors: count, answers };
}

const jobs = JSON.parse(readFileSync(join(folder, 'jobs.json')));
const seen = jobs.map((job) => ({ file: job.file, ...readWithNode(job), wasmSegments: readWithWasm(job) }));
const made = [...['l2', 'inner_product', 'cosine'].map(storeByNode), storeByWasm()];
writeFileSync(join(folder, 'answers.json'), JSON.stringify({ seen, made }));
