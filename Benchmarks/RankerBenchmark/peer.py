#!/usr/bin/env python3
"""Gradient-boosted trees and a logistic regression on the exposures that ranker-benchmark hands over.

    peer.py FOLDER

One model a task. What a peer may choose (which groups of columns it reads, leaves, the penalty), it chooses
for each task by the log loss on the last day that is learned from; then it learns from that day too.
Predictions go to trees.f32 and logistic.f32 of the folder.

Needs lightgbm, NumPy, SciPy and scikit-learn:  pip install lightgbm scikit-learn
"""
import json
import sys
import time
import warnings
from pathlib import Path

import lightgbm
import numpy as np
import scipy.sparse as sparse
from sklearn.linear_model import LogisticRegression


class Exposures:
    def __init__(self, folder):
        self.meta = json.loads((folder / "description.json").read_text())
        groups = [self.meta[name] for name in ("numbers", "ids", "flags", "embeddings")]
        self.width, self.starts = sum(groups), np.cumsum([0, *groups])
        self.tasks = self.meta["tasks"]
        self.learned, self.labels = self.load(folder, "learned")
        self.measured, _ = self.load(folder, "measured")
        days = np.fromfile(folder / "learned.days.i32", "<i4")
        self.last = days == days.max()

    def load(self, folder, name):
        features = np.fromfile(folder / f"{name}.features.f32", "<f4").reshape(-1, self.width)
        labels = np.fromfile(folder / f"{name}.labels.f32", "<f4").reshape(-1, len(self.tasks))
        return features, labels

    def group(self, number):
        return list(range(self.starts[number], self.starts[number + 1]))

    def rare(self):
        """Ids with more than a hundred values, such as items: trees may learn them by heart."""
        return [c for c in self.group(1) if np.nanmax(self.learned[:, c], initial=0) > 100]


def log_loss(y, p):
    p = np.clip(p, 1e-7, 1 - 1e-7)
    return -np.mean(np.where(y > 0, np.log(p), np.log(1 - p)))


def trees(x, y):
    """Trees on numbers, common ids and flags; with rare ids too; or with embeddings too: the best of the three."""
    rare, best = set(x.rare()), (np.inf,)
    plain = [c for c in x.group(0) + x.group(1) + x.group(2) if c not in rare]
    # On one thread: so few rows leave several waiting for one another.
    settings = dict(
        objective="binary", learning_rate=0.05, num_leaves=31, min_data_in_leaf=50, feature_fraction=0.7, bagging_fraction=0.8,
        bagging_freq=1, num_threads=1, verbose=-1, seed=x.meta["seed"],
    )
    for columns in (plain, plain + sorted(rare), plain + x.group(3)):
        categories = [i for i, c in enumerate(columns) if c in set(x.group(1))]
        early = lightgbm.Dataset(x.learned[~x.last][:, columns], y[~x.last], categorical_feature=categories)
        stop = lightgbm.Dataset(x.learned[x.last][:, columns], y[x.last], reference=early)
        found = lightgbm.train(settings, early, 400, [stop], callbacks=[lightgbm.early_stopping(20, verbose=False)])
        loss = found.best_score["valid_0"]["binary_logloss"]
        if loss < best[0]:
            best = (loss, columns, categories, found.best_iteration)
    _, columns, categories, rounds = best
    data = lightgbm.Dataset(x.learned[:, columns], y, categorical_feature=categories)
    return lightgbm.train(settings, data, max(rounds, 1)).predict(x.measured[:, columns])


def logistic_features(x):
    """Standardised numbers beside flags for missing ones; every id a column of its own."""
    numbers, flags = x.group(0), x.group(2)
    mean, deviation = np.nanmean(x.learned[:, numbers], 0), np.nanstd(x.learned[:, numbers], 0)

    def features(table):
        z = (table[:, numbers] - mean) / np.where(deviation > 0, deviation, 1)
        parts = [sparse.csr_matrix(np.nan_to_num(z)), sparse.csr_matrix(np.isnan(z).astype("f4")), sparse.csr_matrix(table[:, flags])]
        for column in x.group(1):
            ids = np.nan_to_num(table[:, column], nan=-1).astype(int)
            size = int(np.nanmax(x.learned[:, column], initial=0)) + 1
            known = (ids >= 0) & (ids < size)
            rows = np.flatnonzero(known)
            parts.append(sparse.csr_matrix((np.ones(len(rows), "f4"), (rows, ids[known])), (len(table), size)))
        return sparse.hstack(parts, "csr")

    return features(x.learned), features(x.measured)


def logistic(x, y, learned, measured):
    best = (np.inf, None)
    for strength in (0.003, 0.03, 0.3):
        model = LogisticRegression(C=strength, max_iter=200).fit(learned[~x.last], y[~x.last])
        loss = log_loss(y[x.last], model.predict_proba(learned[x.last])[:, 1])
        best = min(best, (loss, strength))
    return LogisticRegression(C=best[1], max_iter=200).fit(learned, y).predict_proba(measured)[:, 1]


def main(folder):
    warnings.filterwarnings("ignore")
    x = Exposures(folder)
    for name in ("trees", "logistic"):
        start = time.perf_counter()
        scores = np.zeros((len(x.measured), len(x.tasks)), "<f4")
        tables = logistic_features(x) if name == "logistic" else None
        for task, task_name in enumerate(x.tasks):
            y = x.labels[:, task]
            if task_name:
                scores[:, task] = trees(x, y) if name == "trees" else logistic(x, y, *tables)
        scores.tofile(folder / f"{name}.f32")
        print(f"peer={name} seconds={time.perf_counter() - start:.1f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
