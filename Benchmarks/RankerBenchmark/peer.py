#!/usr/bin/env python3
"""Exposures of KuaiRand as numbers for ranker-benchmark, and gradient-boosted trees on the same.

    peer.py prepare examples/kuairand FOLDER    writes contexts, candidates, labels and embeddings
    peer.py trees FOLDER                        trains one model of trees a task, writes its scores

A context is a user on a day, a candidate an exposure of that day; a feature knows what happened before
the day. Exposures up to 2022-04-30 are learned from, those after are measured. Embeddings are the
singular vectors of what users viewed long before the first of these days.

Needs lightgbm, NumPy and SciPy:  pip install lightgbm numpy scipy
"""
import argparse
import csv
import gzip
import json
from collections import defaultdict
from pathlib import Path

import numpy as np

SPLIT, WIDTH = 20220501, 32
TASKS = ["click", "long_view", "like", "comment", "follow", "forward", "hide", "watch"]
# Tasks with some hundred positives say little, and would be learned by heart first.
WEIGHTS = [1, 1, 0.5, 0.2, 0.2, 0.2, 0.2, 0.5]
COLUMNS = ["is_click", "long_view", "is_like", "is_comment", "is_follow", "is_forward", "is_hate"]
DAYS = [20220425 + d for d in range(6)] + [20220501 + d for d in range(8)]


def read(path):
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def code(values):
    """Values as indexes of their sorted set."""
    known = {value: index for index, value in enumerate(sorted(set(values)))}
    return np.array([known[value] for value in values]), len(known)


def number(text):
    try:
        return float(text)
    except ValueError:
        return np.nan


def embeddings(folder, items):
    import scipy.sparse as sparse
    from scipy.sparse.linalg import svds

    histories, rows, columns = {}, [], []
    for row in read(folder / "history.csv.gz"):
        history = [int(float(v)) for v in row["long_view_seq"].split()]
        histories[int(row["user_id"])] = history
        rows += [len(histories) - 1] * len(history)
        columns += history
    seen = sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), (len(histories), items))
    seen.data[:] = 1
    popularity = np.asarray(seen.sum(0)).ravel()
    seen = seen.multiply(1 / np.sqrt(popularity + 10)).tocsr()
    _, values, vectors = svds(seen, WIDTH, random_state=1)
    vectors = vectors.T * np.sqrt(values)
    return histories, (vectors / np.sqrt((vectors**2).mean() + 1e-12)).astype(np.float32)


def prepare(folder, out):
    out.mkdir(parents=True, exist_ok=True)
    videos = sorted(read(folder / "videos.csv.gz"), key=lambda v: int(v["video_id"]))
    items = len(videos)
    creator, creators = code([v["author_id"] for v in videos])
    upload, uploads = code([v["upload_type"] for v in videos])
    kind, kinds = code([v["video_type"] for v in videos])
    music, musics = code([v["music_type"] for v in videos])
    tags = [[int(float(t)) for t in v["tag"].split(",") if t] for v in videos]
    tag_count = 1 + max(max(t, default=0) for t in tags)
    published = np.array([np.datetime64(v["upload_dt"]) if v["upload_dt"] else np.datetime64("NaT") for v in videos])
    users = {int(u["user_id"]): u for u in read(folder / "users.csv.gz")}
    user_numbers = ["follow_user_num", "fans_user_num", "friend_user_num", "register_days"]
    user_codes = ["user_active_degree", "is_video_author", "is_live_streamer"] + [f"onehot_feat{i}" for i in range(18)]
    ids = sorted(users)
    columns = {c: code([users[u][c] for u in ids]) for c in user_codes}
    place = {u: i for i, u in enumerate(ids)}
    histories, vectors = embeddings(folder, items)

    events = defaultdict(list)
    for row in read(folder / "interactions.csv.gz"):
        events[int(row["date"])].append(row)

    T = len(COLUMNS)
    item = np.zeros((items, T + 2))  # exposures, each label, seconds
    recent = np.zeros((items, 2))  # exposures and long views, halved every day
    user = defaultdict(lambda: np.zeros(T + 2))
    user_creator, user_tag, user_item = (defaultdict(lambda: np.zeros(3)) for _ in range(3))
    contexts = defaultdict(list)
    candidates = defaultdict(list)
    offsets, id_offsets, history_offsets = [0], [0], [0]
    prior = np.array([0.5, 0.3, 0.01, 0.003, 0.001, 0.001, 0.0003])
    for day in DAYS:
        rows = sorted(events[day], key=lambda r: (int(r["user_id"]), int(r["time_ms"])))
        today = np.datetime64(f"{day // 10000}-{day // 100 % 100:02}-{day % 100:02}")
        last = None
        for row in rows:
            u, v = int(row["user_id"]), int(row["video_id"])
            if u != last:
                if last is not None:
                    offsets.append(len(candidates["item"]))
                last = u
                had = user[u]
                history = histories.get(u, [])[-50:]
                profile = users.get(u)
                contexts["numbers"] += [np.log1p(had[0]), np.log1p(len(history)), *((had[1 : T + 1] + 5 * prior) / (had[0] + 5)), had[T + 1] / (had[0] + 1)]
                contexts["numbers"] += [np.log1p(max(number(profile[c]), 0)) if profile else np.nan for c in user_numbers]
                contexts["ids"] += [columns[c][0][place[u]] if profile else -1 for c in user_codes]
                contexts["days"].append(DAYS.index(day))
                contexts["histories"] += history
                history_offsets.append(len(contexts["histories"]))
                taste = vectors[history].mean(0) if history else np.zeros(WIDTH)
            n, had = item[v, 0], item[v]
            candidates["numbers"] += [
                np.log1p(n), *((had[1 : T + 1] + 20 * prior) / (n + 20)), had[T + 1] / (n + 1), np.log1p(recent[v, 0]), (recent[v, 1] + 3) / (recent[v, 0] + 10),
                np.log1p(number(videos[v]["video_duration"])), np.nan if np.isnat(published[v]) else float((today - published[v]) / np.timedelta64(1, "D")),
                float(taste @ vectors[v]), np.log1p(user_creator[u, creator[v]][0]), np.log1p(user_creator[u, creator[v]][1]), np.log1p(user_item[u, v][0]), np.log1p(user_item[u, v][1]),
            ]
            of_tags = sum((user_tag[u, t] for t in tags[v]), np.zeros(3))
            candidates["numbers"] += [np.log1p(of_tags[0]), (of_tags[2] + 1.5) / (of_tags[0] + 5)]
            for values in [[v], [creator[v]], tags[v], [upload[v]], [kind[v]], [music[v]], [int(row["tab"])]]:
                candidates["ids"] += values
                id_offsets.append(len(candidates["ids"]))
            candidates["item"].append(v)
            candidates["labels"] += [float(row[c]) for c in COLUMNS] + [min(float(row["play_time_ms"]) / 1000, 300)]
        offsets.append(len(candidates["item"]))
        recent *= 0.5
        for row in rows:
            u, v = int(row["user_id"]), int(row["video_id"])
            seen = np.array([1.0] + [float(row[c]) for c in COLUMNS] + [min(float(row["play_time_ms"]) / 1000, 300)])
            item[v] += seen
            user[u] = user[u] + seen
            recent[v] += [1, float(row["long_view"])]
            for counts, key in [(user_creator, (u, creator[v])), (user_item, (u, v))] + [(user_tag, (u, t)) for t in tags[v]]:
                counts[key] = counts[key] + [1, float(row["is_click"]), float(row["long_view"])]
            if row["long_view"] == "1":
                histories.setdefault(u, []).append(v)

    def write(name, values, kind):
        np.asarray(values, kind).tofile(out / name)

    write("context.numbers.f32", contexts["numbers"], "<f4")
    write("context.ids.i64", contexts["ids"], "<i8")
    write("days.i32", contexts["days"], "<i4")
    write("histories.i32", contexts["histories"], "<i4")
    write("history.offsets.i64", history_offsets, "<i8")
    write("candidate.offsets.i64", offsets, "<i8")
    write("candidate.numbers.f32", candidates["numbers"], "<f4")
    write("candidate.id.offsets.i64", id_offsets, "<i8")
    write("candidate.ids.i64", candidates["ids"], "<i8")
    write("candidate.rows.i32", candidates["item"], "<i4")
    write("labels.f32", candidates["labels"], "<f4")
    write("embeddings.f32", vectors, "<f4")
    n, m = len(candidates["item"]), len(contexts["days"])
    meta = {
        "contexts": m, "candidates": n, "embeddingWidth": WIDTH, "firstTestDay": DAYS.index(SPLIT), "tasks": TASKS, "weights": WEIGHTS,
        "contextNumbers": len(contexts["numbers"]) // m, "candidateNumbers": len(candidates["numbers"]) // n,
        "contextRows": [columns[c][1] for c in user_codes],
        "candidateRows": [items, creators, tag_count, uploads, kinds, musics, 16],
    }
    (out / "meta.json").write_text(json.dumps(meta))
    print(f"{m} contexts, {n} candidates")


def trees(folder):
    import time

    import lightgbm

    meta = json.loads((folder / "meta.json").read_text())
    n, m = meta["candidates"], meta["contexts"]

    def load(name, kind, columns=None):
        values = np.fromfile(folder / name, kind)
        return values if columns is None else values.reshape(-1, columns)

    owner = np.repeat(np.arange(m), np.diff(load("candidate.offsets.i64", "<i8")))
    user = np.hstack([load("context.numbers.f32", "<f4", meta["contextNumbers"]), load("context.ids.i64", "<i8", len(meta["contextRows"])).astype("f4")])
    cells = load("candidate.id.offsets.i64", "<i8")
    ids = load("candidate.ids.i64", "<i8")
    # Trees take one id a cell: the first tag.
    first = np.where(np.diff(cells) > 0, ids[np.minimum(cells[:-1], len(ids) - 1)], -1).reshape(n, -1)
    x = np.hstack([load("candidate.numbers.f32", "<f4", meta["candidateNumbers"]), user[owner], first[:, 2:].astype("f4")])
    labels = load("labels.f32", "<f4", len(meta["tasks"]))
    day = load("days.i32", "<i4")[owner]
    split = meta["firstTestDay"]
    train, stop, test = day < split - 1, day == split - 1, day >= split
    categories = list(range(x.shape[1] - first.shape[1] + 2, x.shape[1]))
    scores, start = np.zeros((test.sum(), len(meta["tasks"])), "<f4"), time.perf_counter()
    for task, name in enumerate(meta["tasks"]):
        settings = dict(objective="regression" if name == "watch" else "binary", learning_rate=0.05, num_leaves=31, min_data_in_leaf=50, feature_fraction=0.7, bagging_fraction=0.8, bagging_freq=1, num_threads=2, verbose=-1, seed=1)
        y = labels[:, task]
        data = lightgbm.Dataset(x[train], y[train], categorical_feature=categories)
        # Stops by the last day before the split, then learns from that day too.
        best = lightgbm.train(settings, data, 400, [lightgbm.Dataset(x[stop], y[stop], reference=data)], callbacks=[lightgbm.early_stopping(30, verbose=False)]).best_iteration
        model = lightgbm.train(settings, lightgbm.Dataset(x[train | stop], y[train | stop], categorical_feature=categories), max(best, 1))
        scores[:, task] = np.maximum(model.predict(x[test]), 0)
    scores.tofile(folder / "trees.f32")
    print(f"trees: {time.perf_counter() - start:.0f} s for {len(meta['tasks'])} tasks")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["prepare", "trees"])
    parser.add_argument("folders", type=Path, nargs="+")
    a = parser.parse_args()
    prepare(*a.folders) if a.command == "prepare" else trees(*a.folders)
