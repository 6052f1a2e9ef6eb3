// The published learning solver's JavaScript package over our module, and beside its own.
//
//   node learning.mjs NODE_MODULES OUR_MODULE FOLDER          every method; answers go to FOLDER
//   node learning.mjs NODE_MODULES OUR_MODULE FOLDER --speed  puzzles per second of both modules
//
// The package is copied to FOLDER and its module replaced by ours; not a line of its code changes. The
// witness chain is shown to the published verifier, whole and changed. Whether what is seen is right is
// judged by the Rust test that runs this.
import { cpSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

const [modules, ourModule, folder] = process.argv.slice(2, 5).map((argument) => resolve(argument));
const theirs = join(modules, '@ruvector/rvf-solver');
const ours = join(folder, 'rvf-solver');
cpSync(theirs, ours, { recursive: true });
copyFileSync(ourModule, join(ours, 'pkg/rvf_solver_bg.wasm'));
const load = (place) => createRequire(join(folder, 'here.cjs'))(place).RvfSolver;

async function verifier() {
  const file = join(modules, '@ruvector/rvf-wasm/pkg/rvf_wasm_bg.wasm');
  const wasm = (await WebAssembly.instantiate(readFileSync(file))).instance.exports;
  return (chain) => {
    const at = wasm.rvf_alloc(chain.length);
    new Uint8Array(wasm.memory.buffer, at, chain.length).set(chain);
    const entries = wasm.rvf_witness_verify(at, chain.length);
    wasm.rvf_free(at, chain.length);
    return entries;
  };
}

async function everyMethod() {
  const RvfSolver = load(ours);
  const verify = await verifier();
  const eight = [];
  for (let i = 0; i < 8; i++) eight.push(await RvfSolver.create());
  let ninth = null;
  try {
    await RvfSolver.create();
  } catch (error) {
    ninth = error.message;
  }
  const untouched = { policy: eight[0].policy(), chain: eight[0].witnessChain() };
  const instances = eight.map((solver, i) => {
    const trained = solver.train({ count: 200, minDifficulty: 1, maxDifficulty: 10, seed: BigInt(i) });
    const accepted = solver.acceptance({ seed: 100 + i });
    const chain = solver.witnessChain();
    const broken = Uint8Array.from(chain);
    broken[100] ^= 1;
    return {
      trained, accepted, policy: solver.policy(), chain: Buffer.from(chain).toString('hex'),
      verified: verify(chain), verifiedBroken: verify(broken),
    };
  });
  eight.forEach((solver) => solver.destroy());
  const again = await RvfSolver.create();
  const refused = [
    () => again.train({ count: -1 }),
    () => again.acceptance({ cycles: -1 }),
  ].map((call) => {
    try {
      return call();
    } catch (error) {
      return error.message;
    }
  });
  const empty = again.acceptance({ cycles: 0, seed: 1 });
  again.destroy();
  again.destroy();
  return { ninth, untouched, instances, refused, empty };
}

// In turn, so that what else the machine does meets both.
async function speed() {
  const both = [[ours, 'ours'], [theirs, 'published']];
  const count = 20000;
  const rounds = { ours: [], published: [] };
  const solved = {};
  const solvers = [];
  for (const [place, name] of both) solvers.push([await load(place).create(), name]);
  for (let round = 0; round < 8; round++) {
    for (const [solver, name] of solvers) {
      const start = process.hrtime.bigint();
      const { correct } = solver.train({ count, minDifficulty: 1, maxDifficulty: 10, seed: BigInt(round) });
      rounds[name].push(count / (Number(process.hrtime.bigint() - start) / 1e9));
      solved[name] = (solved[name] ?? 0) + correct / count / 8;
    }
  }
  const median = (list) => list.sort((a, b) => a - b)[list.length / 2];
  const [mine, other] = [median(rounds.ours), median(rounds.published)];
  const row = (name, value) => `| ${name} | ${Math.round(value / 1000)},000 | ${(100 * solved[name]).toFixed(0)} % |`;
  console.log('| module | puzzles per second | solved |\n|---|---|---|');
  console.log(`${row('ours', mine)}\n${row('published', other)}\n\nratio ${(mine / other).toFixed(2)}`);
}

if (process.argv[5] === '--speed') await speed();
else writeFileSync(join(folder, 'learning.json'), JSON.stringify(await everyMethod()));
