#!/usr/bin/env python3
"""The searches of vector-benchmark by faiss, on the same vectors, queries and threads.

Reads items.npy, queries.npy and truth.npy (the best items of each query by exact search) from a folder, and prints a line `name=value …` for each index and number of probes: the recall against
that truth, queries a second (the best of some rounds over all queries at once), bytes a vector, and
seconds to train and to fill the index, for several numbers of lists.

Needs nothing but faiss and NumPy:  pip install faiss-cpu numpy
"""
import argparse
import time
from pathlib import Path

import faiss
import numpy as np


def indexes(a, dimension):
    """Name, factory string, and how many candidates a rank are scored again."""
    eight, four = dimension // 4, dimension // 2
    for lists in a.lists:
        yield f"flat/{lists}", f"IVF{lists},Flat", None
        for factor in a.refine:
            yield f"pq8+refine{factor}/{lists}", f"IVF{lists},PQ{eight}x8,RFlat", factor
        for factor in a.refine:
            yield f"pq4fs+refine{factor}/{lists}", f"IVF{lists},PQ{four}x4fs,RFlat", factor
        yield f"sq8/{lists}", f"IVF{lists},SQ8", None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--lists", type=int, nargs="+", required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--k", type=int, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--similarity", choices=["inner_product", "cosine", "l2"], required=True)
    parser.add_argument("--probes", type=int, nargs="+", required=True)
    parser.add_argument("--refine", type=int, nargs="+", default=[4, 10])
    a = parser.parse_args()
    faiss.omp_set_num_threads(a.threads)
    metric = faiss.METRIC_L2 if a.similarity == "l2" else faiss.METRIC_INNER_PRODUCT
    items, queries, truth = (np.load(a.folder / f"{n}.npy") for n in ("items", "queries", "truth"))
    truth = truth[:, : a.k]
    # The parts of a product quantiser have to divide the dimension; zeros change no score.
    rest = -items.shape[1] % 4
    if rest:
        items, queries = (np.pad(matrix, ((0, 0), (0, rest))) for matrix in (items, queries))
    if a.similarity == "cosine":
        faiss.normalize_L2(items)
        faiss.normalize_L2(queries)

    def recall(found):
        return np.mean([len(np.intersect1d(f, t)) / len(t) for f, t in zip(found, truth)])

    made = {}
    for name, factory, factor in indexes(a, items.shape[1]):
        if factory not in made:
            # One index at a time: several of a million vectors would not leave memory for the rest.
            made.clear()
            index = faiss.index_factory(items.shape[1], factory, metric)
            start = time.perf_counter()
            index.train(items)
            middle = time.perf_counter()
            index.add(items)
            made[factory] = index, middle - start, time.perf_counter() - middle
        index, train, fill = made[factory]
        inner = faiss.downcast_index(index.base_index) if factor else index
        if factor:
            index.k_factor = factor
        for probes in a.probes:
            inner.nprobe = probes
            best, found = float("inf"), None
            for _ in range(a.rounds):
                start = time.perf_counter()
                _, found = index.search(queries, a.k)
                best = min(best, time.perf_counter() - start)
            hits = recall(found)
            print(
                f"index={name}", f"probes={probes}", f"recall={hits:.4f}",
                f"rate={len(queries) / best:.0f}",
                f"bytes={inner.code_size if hasattr(inner, 'code_size') else 0}",
                f"train={train:.2f}", f"fill={fill:.2f}", f"faiss={faiss.__version__}", flush=True)
            if hits > 0.99:
                break


if __name__ == "__main__":
    main()
