"""Answers of the program in the file, compared with scipy and networkx.

Usage: check.py RVF_PACK RVF_RUN WORK_FOLDER

Makes problems, packs each as a user would, runs the operation through the command line, and compares:
`solve` to 1e-8 relative, `entry`, `ppr` and `pagerank` within the bound they state, `spmv` to rounding.
Exits 1 when a comparison fails, and ends with a line that counts.
"""

import json
import pathlib
import subprocess
import sys

import networkx as nx
import numpy as np
import scipy.io
import scipy.sparse as sp
import scipy.sparse.linalg as sla

PACK, RUN = sys.argv[1], sys.argv[2]
WORK = pathlib.Path(sys.argv[3])
passed, failed = 0, 0


def check(what, good, detail=""):
    global passed, failed
    if good:
        passed += 1
    else:
        failed += 1
        print(f"FAILED {what}: {detail}")


def tool(*args):
    done = subprocess.run([str(a) for a in args], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, args))}\nexit {done.returncode}\n{done.stderr}")
    return done.stdout


def pack(name, **arrays):
    """A file with the given matrices (sparse) and dense arrays, through Matrix Market."""
    inputs = []
    for key, value in arrays.items():
        path = WORK / f"{name}-{key}.mtx"
        value = value if sp.issparse(value) else np.asarray(value, float).reshape(len(value), -1)
        scipy.io.mmwrite(path, value, precision=17, symmetry="general")
        inputs.append(f"{key}={path}")
    out = WORK / f"{name}.rvf"
    tool(PACK, "build", *inputs, "--force", "-q", "-o", out)
    return out


def answer(file, operation, *args):
    document = json.loads(tool(RUN, file, operation, *args, "--json"))
    columns = {c["name"]: c["values"] for c in document["columns"]} if "columns" in document else None
    if columns is None:
        rows = document["rows"]
        columns = {key: [row[key] for row in rows] for key in (rows[0] if rows else {})}
    return columns, document.get("summary", {})


def path(n):
    """The Laplacian of a path."""
    ends = np.full(n, 2.0)
    ends[[0, -1]] = 1.0
    return sp.diags([-np.ones(n - 1), ends, -np.ones(n - 1)], [-1, 0, 1]).tocsr()


def grid(*shape):
    """The Laplacian of a grid graph."""
    total = path(shape[0])
    for n in shape[1:]:
        total = sp.kronsum(total, path(n))
    return sp.csr_matrix(total)


def real_lines():
    """A real power grid, see data/README.md."""
    lines = np.load(pathlib.Path(__file__).parent / "data" / "grid-13659.npz")
    row, column, weight = (lines[key] for key in ("row", "column", "weight"))
    half = sp.csr_matrix((weight, (row.astype(int), column.astype(int))), shape=(13659, 13659))
    return sp.csr_matrix(half + half.T)


def power_grid():
    weights = real_lines()
    return sp.csr_matrix(sp.diags(np.asarray(weights.sum(axis=1)).ravel() + 1e-3) - weights)


def dominant(n, per_row, gap, rng):
    """Random, not symmetric, mixed signs, dominated by rows."""
    columns = rng.integers(0, n, (n, per_row))
    values = rng.uniform(-1, 1, (n, per_row))
    rows = np.repeat(np.arange(n), per_row)
    a = sp.csr_matrix((values.ravel(), (rows, columns.ravel())), shape=(n, n))
    a.setdiag(0)
    a.eliminate_zeros()
    off = np.asarray(abs(a).sum(axis=1)).ravel()
    return sp.csr_matrix(a + sp.diags((off + 1e-3) / (1 - gap)))


def systems(rng):
    eye = sp.identity
    yield "grid2d", sp.csr_matrix(grid(40, 40) + 0.5 * eye(1600))
    yield "grid3d", sp.csr_matrix(grid(12, 12, 12) + 1e-3 * eye(1728))
    graph = nx.barabasi_albert_graph(1500, 3, seed=5)
    yield "powerlaw", sp.csr_matrix(nx.laplacian_matrix(graph).astype(float) + 1e-2 * eye(1500))
    weighted = grid(30, 30).tocoo()
    scale = 10.0 ** rng.uniform(-3, 3, weighted.nnz)
    off = sp.coo_matrix((np.where(weighted.row < weighted.col, weighted.data * scale, 0.0),
                         (weighted.row, weighted.col)), shape=weighted.shape)
    off = sp.csr_matrix(off + off.T)
    diagonal = -np.asarray(off.sum(axis=1)).ravel() + 1e-2
    yield "weights6decades", sp.csr_matrix(off + sp.diags(diagonal))
    yield "power-grid", power_grid()
    yield "rdd", dominant(1500, 8, 0.1, rng)
    yield "cdd", sp.csr_matrix(dominant(1200, 6, 0.2, rng).T)


def linear(rng):
    for name, a in systems(rng):
        a.sum_duplicates()
        n = a.shape[0]
        b = rng.standard_normal(n)
        reference = sla.spsolve(sp.csc_matrix(a), b)
        reference += sla.spsolve(sp.csc_matrix(a), b - a @ reference)
        file = pack(name, A=a, b=b)
        tool(RUN, "verify", file)
        columns, summary = answer(file, "solve", "--matrix", "A", "--b", "b", "--tolerance", "1e-11")
        x = np.array(columns["x"])
        error = np.linalg.norm(x - reference) / np.linalg.norm(reference)
        check(f"solve {name}", error <= 1e-8, f"relative error {error:.2e}, {summary}")
        residual = np.linalg.norm(b - a @ x) / np.linalg.norm(b)
        check(f"residual {name}", residual <= 1.01e-11, f"{residual:.2e}")
        y = np.array(answer(file, "spmv", "--matrix", "A", "--x", "b")[0]["y"])
        check(f"spmv {name}", np.allclose(y, a @ b, rtol=1e-13, atol=1e-13 * abs(a @ b).max()))
        if name in ("grid2d", "rdd"):
            ids = rng.choice(n, 8, replace=False)
            columns, _ = answer(file, "entry", "--matrix", "A", "--b", "b", "--ids", ",".join(map(str, ids)))
            for row, value, bound in zip(columns["row"], columns["value"], columns["bound"]):
                error = abs(value - reference[row])
                check(f"entry {name} {row}", error <= bound, f"off by {error:.3e}, bound {bound:.3e}")


def graphs(rng):
    directed = nx.gnp_random_graph(300, 0.02, seed=3, directed=True)
    for u, v in directed.edges:
        directed[u][v]["weight"] = float(rng.uniform(0.1, 3))
    yield "gnp-weighted", directed
    yield "powerlaw-graph", nx.barabasi_albert_graph(800, 4, seed=9).to_directed()
    yield "karate", nx.karate_club_graph().to_directed()
    yield "power-grid", nx.from_scipy_sparse_array(real_lines(), create_using=nx.DiGraph)
    lines = real_lines()
    lines.data[:] = 1.0
    yield "power-lines", nx.from_scipy_sparse_array(lines, create_using=nx.DiGraph)


def ranks(rng):
    for name, graph in graphs(rng):
        n = graph.number_of_nodes()
        a = nx.to_scipy_sparse_array(graph, nodelist=range(n), weight="weight", format="csr", dtype=float)
        file = pack(name, G=sp.csr_matrix(a))
        # A node without outgoing weight keeps its walk: a loop at it says the same to networkx.
        looped = graph.copy()
        looped.add_edges_from((v, v) for v in range(n) if graph.out_degree(v) == 0)
        # networkx stops when a step moves less than n times this.
        tight = {"alpha": 0.85, "tol": 1e-13 / n, "max_iter": 10_000, "weight": "weight"}
        truth = nx.pagerank(looped, **tight)
        columns, summary = answer(file, "pagerank", "--matrix", "G", "--tolerance", "1e-10")
        off = sum(abs(score - truth[node]) for node, score in zip(columns["id"], columns["score"]))
        check(f"pagerank {name}", off <= 1e-9, f"L1 {off:.2e}, {summary}")
        for seed in rng.choice(n, 5, replace=False):
            truth = nx.pagerank(looped, personalization={int(seed): 1.0}, **tight)
            columns, _ = answer(file, "ppr", "--matrix", "G", "--ids", int(seed), "--k", "10")
            listed = set(columns["id"])
            left = max((value for node, value in truth.items() if node not in listed), default=0.0)
            for node, score, bound, certified in zip(*(columns[c] for c in ("id", "score", "bound", "certified"))):
                slack = 1e-12
                good = score - slack <= truth[node] <= score + bound + slack
                check(f"ppr {name} {seed} {node}", good, f"{score} <= {truth[node]} <= {score} + {bound}")
                if certified:
                    # Values within the tolerance of 1e-9 count as equal.
                    check(f"ppr top {name} {seed} {node}", left <= truth[node] + 1e-9 + slack, f"{left} {truth[node]}")


def main():
    WORK.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(20)
    linear(rng)
    ranks(rng)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
