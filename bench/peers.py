"""Our solver beside what a Python user would pick, measured in turn in one run.

Usage: peers.py RVF_PACK RVF_BENCH FOLDER [MODULE]    (or `cargo xtask bench`, which installs what it needs)

Times of ours are those of a session that runs already, through its whole contract: the request, every read from
the mapped file, the checks of the blocks, and the columns. `solve` reads the matrix and makes its factor anew each
time. What others do starts with the matrix or graph in their memory. Every row is the median over rounds in which
each side ran once; ratios are medians over rounds. Answers are compared before a number is printed. Writes Markdown.
"""

import json
import pathlib
import subprocess
import sys
import time

import igraph
import networkx as nx
import numpy as np
import scipy.sparse as sp
import scipy.sparse.linalg as sla

from real_data import fetch

PACK, BENCH = sys.argv[1], sys.argv[2]
FOLDER = pathlib.Path(sys.argv[3])
# A built guest to measure instead of the one that files get.
MODULE = sys.argv[4:5]
ENGINES = ("native", "wasmtime")
SEEDS = 40


class Ours:
    """A file, and the program that answers about it."""

    def __init__(self, name, **arrays):
        inputs = []
        for key, value in arrays.items():
            path = FOLDER / (f"{name}-{key}.npz" if sp.issparse(value) else f"{name}-{key}.npy")
            if sp.issparse(value):
                sp.save_npz(path, value.tocsr(), compressed=False)
            else:
                np.save(path, value)
            inputs.append(f"{key}={path}")
        file = FOLDER / f"{name}.rvf"
        subprocess.run([PACK, "build", *inputs, "--force", "-q", "-o", file], check=True, stdout=subprocess.DEVNULL)
        self.server = subprocess.Popen([BENCH, "serve", file, *MODULE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, engine, operation, columns=False, **parameters):
        line = {"engine": engine, "operation": operation, "parameters": parameters, "columns": columns}
        self.server.stdin.write(json.dumps(line) + "\n")
        self.server.stdin.flush()
        answer = self.server.stdout.readline()
        if not answer:
            raise SystemExit(f"{operation} failed on {engine}")
        return json.loads(answer)

    def close(self):
        self.server.stdin.close()
        self.server.wait()


def timed(work):
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def shown(seconds):
    if seconds is None or np.isnan(seconds):
        return "-"
    for limit, scale, unit in ((1e-3, 1e6, "us"), (1.0, 1e3, "ms")):
        if seconds < limit:
            return f"{seconds * scale:.{2 if seconds * scale < 10 else 1}f} {unit}"
    return f"{seconds:.2f} s"


def ratio(theirs, ours):
    """Median over the rounds in which both ran."""
    pairs = [t / o for t, o in zip(theirs, ours)]
    return f"{np.median(pairs):.1f}" if pairs else "-"


def laplacian(side, shift):
    path = sp.diags([-np.ones(side - 1), np.r_[1.0, np.full(side - 2, 2.0), 1.0], -np.ones(side - 1)], [-1, 0, 1])
    return sp.csr_matrix(sp.kronsum(path, path) + shift * sp.identity(side * side))


def conjugate_gradients(a, b, tolerance):
    inverse = 1.0 / a.diagonal()
    jacobi = sla.LinearOperator(a.shape, lambda x: inverse * x)
    x, failed = sla.cg(a, b, rtol=tolerance, maxiter=100_000, M=jacobi)
    assert failed == 0
    return x


def solves(systems):
    print("### Full solves to a relative residual of 1e-8, right-hand side random\n")
    print("| system | ours, native | ours, wasm | method, iterations | scipy cg + Jacobi | scipy SuperLU "
          "| SuperLU, symmetric order | cg / ours native, wasm | SuperLU / ours native, wasm "
          "| symmetric order / ours native, wasm |\n|---|---|---|---|---|---|---|---|---|---|")
    for name, a, rounds, direct in systems:
        b = np.random.default_rng(1).standard_normal(a.shape[0])
        ours = Ours("solve", A=a, b=b)
        times = {side: [] for side in (*ENGINES, "cg", "lu", "symmetric")}
        for turn in range(rounds + 1):
            for engine in ENGINES:
                answer = ours.ask(engine, "solve", matrix="A", b="b", tolerance=1e-8, columns=turn == 0)
                if turn == 0:
                    x = np.array(answer["columns"]["x"])
                    assert np.linalg.norm(b - a @ x) <= 1.01e-8 * np.linalg.norm(b)
                times[engine].append(answer["seconds"])
            times["cg"].append(timed(lambda: conjugate_gradients(a, b, 1e-8))[0])
            if direct:
                columns = a.tocsc()
                times["lu"].append(timed(lambda: sla.splu(columns).solve(b))[0])
                # What an expert would ask for.
                options = {"permc_spec": "MMD_AT_PLUS_A", "options": {"SymmetricMode": True}}
                times["symmetric"].append(timed(lambda: sla.splu(columns, **options).solve(b))[0])
        ours.close()
        # The first round warms up.
        times = {side: values[1:] for side, values in times.items()}
        m = {side: np.median(values) if values else float("nan") for side, values in times.items()}
        how = f"{answer['summary']['method']}, {answer['summary']['iterations']}"
        print(f"| {name}, {a.shape[0]:,} rows | {shown(m['native'])} | {shown(m['wasmtime'])} | {how} | {shown(m['cg'])} "
              f"| {shown(m['lu'])} | {shown(m['symmetric'])} |"
              + "|".join(f" {ratio(times[side], times['native'])}, {ratio(times[side], times['wasmtime'])} "
                         for side in ("cg", "lu", "symmetric")) + "|", flush=True)
    print()


def certain(answer, truth, tolerance):
    """The bounds hold, and a certified list leaves out nothing greater. `truth` is good to `tolerance`."""
    columns = answer["columns"]
    ids, score, bound = (np.array(columns[c]) for c in ("id", "score", "bound"))
    assert np.all(score <= truth[ids] + tolerance) and np.all(truth[ids] <= score + bound + tolerance), ids
    if answer["summary"]["certified"]:
        rest = np.delete(truth, ids)
        least = truth[ids].min() if len(ids) == 10 else 0.0
        assert rest.max() <= least + 1e-9 + tolerance, (rest.max(), least)


def ranks(graphs):
    print("### PageRank, alpha 0.15\n")
    print("| graph | question | ours, native | ours, wasm | igraph (prpack) | networkx | igraph / ours native, wasm "
          "| networkx / ours wasm |\n|---|---|---|---|---|---|---|---|")
    lines = []
    for name, a in graphs:
        n = a.shape[0]
        ours = Ours("rank", A=a)
        degree = np.diff(a.indptr)
        # Walks stay at a node that leads nowhere: a loop says the same to the others.
        loops = np.flatnonzero(degree == 0)
        looped = sp.csr_matrix(a + sp.csr_matrix((np.ones(len(loops)), (loops, loops)), shape=a.shape))
        rows, columns = looped.nonzero()
        theirs = igraph.Graph(n=n, edges=np.stack([rows, columns], axis=1), directed=True)
        other = nx.from_scipy_sparse_array(looped, create_using=nx.DiGraph)
        rng = np.random.default_rng(1)
        ordinary = np.flatnonzero((degree > 0) & (degree <= np.quantile(degree[degree > 0], 0.99)))
        seeds = rng.choice(ordinary, SEEDS, replace=False)

        first = {engine: ours.ask(engine, "ppr", ids=[int(seeds[0])], k=10)["seconds"] for engine in ENGINES}
        times = {side: [] for side in (*ENGINES, "igraph")}
        certified, undecided = 0, []
        for seed in seeds:
            for engine in ENGINES:
                answer = ours.ask(engine, "ppr", ids=[int(seed)], k=10, columns=True)
                times[engine].append(answer["seconds"])
            seconds, truth = timed(lambda: theirs.personalized_pagerank(reset_vertices=int(seed), damping=0.85))
            times["igraph"].append(seconds)
            certain(answer, np.array(truth), 1e-7)
            certified += answer["summary"]["certified"]
            undecided.append(answer["summary"]["undecided"])
        seconds = [timed(lambda: nx.pagerank(other, alpha=0.85, personalization={int(seed): 1.0}, tol=1e-8 / n, max_iter=10_000))[0]
                   for seed in seeds[:2]]
        m = {side: np.median(values) for side, values in times.items()}
        print(f"| {name} | top 10 from one node, median of {SEEDS} | {shown(m['native'])} | {shown(m['wasmtime'])} "
              f"| {shown(m['igraph'])} | {shown(np.median(seconds))} | {ratio(times['igraph'], times['native'])}, "
              f"{ratio(times['igraph'], times['wasmtime'])} | {np.median(seconds) / m['wasmtime']:.0f} |", flush=True)
        wasm = np.array(times["wasmtime"])
        lines.append(f"- {name}: {certified} of {SEEDS} certified, {sum(u == 0 for u in undecided)} of them without "
                     f"a tie; ours in wasm {shown(wasm.min())} to {shown(wasm.max())}, nine tenths below "
                     f"{shown(np.quantile(wasm, 0.9))}; {sum(np.array(times['igraph']) >= 20 * wasm)} of {SEEDS} at least "
                     f"20 times sooner than igraph. The first question, which reads rows, then perhaps the graph: "
                     f"native {shown(first['native'])}, wasm {shown(first['wasmtime'])}.")

        times = {side: [] for side in (*ENGINES, "igraph")}
        for turn in range(6):
            for engine in ENGINES:
                answer = ours.ask(engine, "pagerank", tolerance=1e-8, columns=turn == 0)
                times[engine].append(answer["seconds"])
                if turn == 0:
                    score = np.array(answer["columns"]["score"])
            seconds, truth = timed(lambda: theirs.pagerank(damping=0.85))
            times["igraph"].append(seconds)
            if turn == 0:
                assert abs(score - np.array(truth)).sum() <= 2e-8 + 1e-7
        seconds = [timed(lambda: nx.pagerank(other, alpha=0.85, tol=1e-8 / n, max_iter=10_000))[0]]
        times = {side: values[1:] for side, values in times.items()}
        m = {side: np.median(values) for side, values in times.items()}
        print(f"| {name} | every node, L1 error 1e-8 | {shown(m['native'])} | {shown(m['wasmtime'])} | {shown(m['igraph'])} "
              f"| {shown(np.median(seconds))} | {ratio(times['igraph'], times['native'])}, "
              f"{ratio(times['igraph'], times['wasmtime'])} | {np.median(seconds) / m['wasmtime']:.0f} |", flush=True)
        ours.close()
    print("\n" + "\n".join(lines) + "\n")


def entries():
    side = 1000
    a = laplacian(side, 0.5)
    b = np.ones(side * side)
    ours = Ours("entry", A=a, b=b)
    truth = conjugate_gradients(a, b, 1e-10)
    print("### One entry of the solution, grid Laplacian + 0.5, 1,000,000 rows, gap 0.11, to 1e-2 of the greatest\n")
    print("| | native | wasm |\n|---|---|---|")
    times = {engine: [] for engine in ENGINES}
    for turn in range(41):
        row = (side // 4 + turn * 12) * side + side // 2
        for engine in ENGINES:
            answer = ours.ask(engine, "entry", matrix="A", b="b", ids=[row], columns=True)
            value, bound = answer["columns"]["value"][0], answer["columns"]["bound"][0]
            assert abs(value - truth[row]) <= bound + 1e-9 and bound <= 0.02 + 1e-12
            times[engine].append(answer["seconds"])
    entry = {engine: np.median(values[1:]) for engine, values in times.items()}
    full = {engine: np.median([ours.ask(engine, "solve", matrix="A", b="b", tolerance=1e-8)["seconds"] for _ in range(3)])
            for engine in ENGINES}
    theirs = np.median([timed(lambda: conjugate_gradients(a, b, 1e-8))[0] for _ in range(3)])
    ours.close()
    print(f"| `entry`, with its bound | {shown(entry['native'])} | {shown(entry['wasmtime'])} |")
    print(f"| `solve` to 1e-8, for comparison | {shown(full['native'])} | {shown(full['wasmtime'])} |")
    print(f"| scipy cg + Jacobi to 1e-8 | {shown(theirs)} | |")
    print(f"| scipy / `entry` | {theirs / entry['native']:.0f} | {theirs / entry['wasmtime']:.0f} |\n", flush=True)


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    real = {name: sp.load_npz(path).tocsr() for name, path in fetch(FOLDER / "real").items()}
    systems = [(f"power grid {name.split('-')[1]}", real[name], 9, True)
               for name in ("grid-70000", "grid-13659") if name in real]
    systems.append(("grid 300 x 300 + 0.01", laplacian(300, 0.01), 5, True))
    # The direct solver would need several GB for a million rows.
    systems.append(("grid 1000 x 1000 + 0.5", laplacian(1000, 0.5), 3, False))
    versions = f"scipy {__import__('scipy').__version__}, igraph {igraph.__version__}, networkx {nx.__version__}"
    print(f"Beside {versions}; one thread each.\n")
    solves(systems)
    ranks([(name, real[name]) for name in ("wordnet", "notredame") if name in real])
    entries()


if __name__ == "__main__":
    main()
