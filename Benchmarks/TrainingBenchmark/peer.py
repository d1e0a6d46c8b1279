#!/usr/bin/env python3
"""The work of training-benchmark in PyTorch, as a user of PyTorch would write it.

A table of users and one of items. User: the history, as its mean or through a causal Transformer
(pre-norm, two heads, GELU, learned positions), beside the user's row; then an MLP, with the history added
to its output. Item: its row, then an MLP, with the row added, and a bias. Loss: softmax over the
positives of the batch, logits corrected by log q, other copies of a row's positive left out. Adagrad for
the tables, AdamW for the dense layers, no dropout. Settings, sizes and the recipe of the data are those
of the benchmark, the random numbers are not; the loss is the mean of the last ten batches.

Tables can be trained in several ways; each gets a short trial, the fastest is measured:

    dense   gradients of the size of the tables, torch.optim.Adagrad, fused
    sparse  nn.Embedding(sparse=True) and torch.optim.Adagrad
    rows    the different rows of the batch taken out and put back, row-wise Adagrad by hand

Needs nothing but PyTorch:  pip install torch --index-url https://download.pytorch.org/whl/cpu
"""
import argparse
import math
import statistics
import time
import warnings

import torch
from torch import nn
from torch.nn import functional as F


def planted_clusters(a):
    """Events [users, history + examples]: four in five from the user's cluster, popular ones first."""
    random = torch.Generator().manual_seed(a.seed)
    size = a.items // a.clusters
    shape = (a.users, a.history + a.examples_per_user)
    home = (torch.arange(a.users) % a.clusters)[:, None].expand(shape)
    anywhere = torch.randint(a.clusters, shape, generator=random)
    cluster = torch.where(torch.rand(shape, generator=random) < 0.8, home, anywhere)
    return cluster * size + (torch.rand(shape, generator=random).square() * size).long()


class DenseTable(nn.Module):
    """All rows are a parameter; its gradient is dense or sparse."""

    def __init__(self, rows, width, sparse, rate):
        super().__init__()
        self.embedding = nn.Embedding(rows, width, sparse=sparse)
        nn.init.normal_(self.embedding.weight, std=0.05)
        options = {} if sparse else {"fused": True}
        self.optimiser = torch.optim.Adagrad(
            self.embedding.parameters(), lr=rate, eps=1e-8, **options)
        self.sparse = sparse

    def begin(self, *ids):
        self.optimiser.zero_grad(set_to_none=True)
        return ids

    def rows(self, ids):
        return self.embedding(ids)

    def mean(self, ids):
        return F.embedding_bag(ids, self.embedding.weight, mode="mean", sparse=self.sparse)

    def step(self):
        self.optimiser.step()


class RowTable(nn.Module):
    """The different rows of a batch are the parameter; one accumulator a row."""

    def __init__(self, rows, width, rate):
        super().__init__()
        self.table = torch.randn(rows, width) * 0.05
        self.sums = torch.zeros(rows)
        self.place = torch.empty(rows, dtype=torch.long)
        self.rate = rate

    def begin(self, *ids):
        mark = torch.zeros(len(self.table), dtype=torch.bool)
        for part in ids:
            mark[part.reshape(-1)] = True
        self.unique = mark.nonzero().squeeze(1)
        self.place[self.unique] = torch.arange(len(self.unique))
        self.leaf = self.table[self.unique].requires_grad_()
        return [self.place[part] for part in ids]

    def rows(self, ids):
        return F.embedding(ids, self.leaf)

    def mean(self, ids):
        return F.embedding_bag(ids, self.leaf, mode="mean")

    @torch.no_grad()
    def step(self):
        gradient = self.leaf.grad
        sums = self.sums[self.unique] + gradient.square().mean(1)
        self.sums[self.unique] = sums
        gradient *= (self.rate / (sums.sqrt() + 1e-8))[:, None]
        self.table[self.unique] = self.leaf - gradient


def table(kind, rows, width, rate):
    if kind == "rows":
        return RowTable(rows, width, rate)
    return DenseTable(rows, width, kind == "sparse", rate)


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.first, self.second = nn.LayerNorm(width), nn.LayerNorm(width)
        self.query = nn.Linear(width, width, bias=False)
        self.key_value = nn.Linear(width, 2 * width, bias=False)
        self.out = nn.Linear(width, width, bias=False)
        self.hidden, self.back = nn.Linear(width, width), nn.Linear(width, width)

    def split(self, x):
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

    def forward(self, x, last_only):
        normal = self.first(x)
        key, value = self.key_value(normal).chunk(2, -1)
        if last_only:
            x, normal = x[:, -1:], normal[:, -1:]
        y = F.scaled_dot_product_attention(
            self.split(self.query(normal)), self.split(key), self.split(value),
            is_causal=not last_only)
        x = x + self.out(y.transpose(1, 2).flatten(2))
        return x + self.back(F.gelu(self.hidden(self.second(x))))


class Transformer(nn.Module):
    """States of the last position; `last_only` spares the last block the others."""

    def __init__(self, width, length, last_only):
        super().__init__()
        self.position = nn.Parameter(torch.randn(length, width) * 0.02)
        self.blocks = nn.ModuleList(Block(width, 2) for _ in range(2))
        self.normal = nn.LayerNorm(width)
        self.last_only = last_only

    def forward(self, x):
        x = x * math.sqrt(x.shape[-1]) + self.position
        for index, block in enumerate(self.blocks):
            x = block(x, self.last_only and index == len(self.blocks) - 1)
        return self.normal(x[:, -1])


class Training:
    def __init__(self, a, events, kind):
        torch.manual_seed(a.seed)
        self.a = a
        d = a.dimension
        self.windows = events.unfold(1, a.history + 1, 1)
        positives = events[:, a.history:].reshape(-1)
        share = torch.bincount(positives, minlength=a.items) / len(positives)
        self.log_q = share.clamp_min(1e-12).log()
        self.table = table(kind, a.items, d, 0.15)
        self.users = table(kind, a.users, d, 0.15)
        self.encoder = None
        if a.encoder == "transformer":
            self.encoder = Transformer(d, a.history, a.last_only)
        self.user = nn.Sequential(nn.Linear(2 * d + 1, 128), nn.ReLU(), nn.Linear(128, d))
        self.item = nn.Sequential(nn.Linear(d, 128), nn.ReLU(), nn.Linear(128, d + 1))
        layers = nn.ModuleList(x for x in (self.user, self.item, self.encoder) if x is not None)
        self.dense = torch.optim.AdamW(
            layers.parameters(), lr=0.002, weight_decay=0.01, fused=True)
        self.number = torch.full((a.batch, 1), math.log1p(a.history) / 4)
        self.order = torch.randperm(len(positives))
        self.start = 0

    def next_rows(self):
        if self.start + self.a.batch > len(self.order):
            self.order = torch.randperm(len(self.order))
            self.start = 0
        rows = self.order[self.start:self.start + self.a.batch]
        self.start += self.a.batch
        per_user = self.a.examples_per_user
        users = rows // per_user
        return users, self.windows[users, rows % per_user]

    def batch(self):
        users, window = self.next_rows()
        history, positive = window[:, :-1], window[:, -1]
        history_rows, positive_rows = self.table.begin(history, positive)
        user_rows, = self.users.begin(users)
        if self.encoder is None:
            state = self.table.mean(history_rows)
        else:
            state = self.encoder(self.table.rows(history_rows))
        user = self.user(torch.cat((state, self.users.rows(user_rows), self.number), 1)) + state
        rows = self.table.rows(positive_rows)
        item = self.item(rows)
        logits = user @ (item[:, :-1] + rows).T + (item[:, -1] - self.log_q[positive])
        target = torch.arange(len(positive))
        hits = positive[:, None] == positive
        hits.fill_diagonal_(False)
        loss = F.cross_entropy(logits.masked_fill(hits, -math.inf), target)
        self.dense.zero_grad(set_to_none=True)
        loss.backward()
        self.dense.step()
        self.table.step()
        self.users.step()
        return loss.item()


def trial(a, events, kind):
    """Examples a second over a few batches, after two to warm up."""
    training = Training(a, events, kind)
    times = []
    for _ in range(a.trial_batches + 2):
        start = time.perf_counter()
        training.batch()
        times.append(time.perf_counter() - start)
    return a.batch / statistics.median(times[2:])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--encoder", choices=("mean", "transformer"), default="mean")
    add("--last-only", action="store_true", help="the last block computes the last position alone")
    add("--tables", choices=("best", "dense", "sparse", "rows"), default="best")
    for name, value in (
            ("users", 100_000), ("items", 50_000), ("clusters", 100), ("history", 50),
            ("examples-per-user", 3), ("dimension", 64), ("batch", 1_024), ("threads", 2), ("seed", 1),
            ("batches", 40), ("trial-batches", 3)):
        add(f"--{name}", type=int, default=value)
    a = parser.parse_args()

    warnings.filterwarnings("ignore", "Sparse invariant checks")
    torch.set_num_threads(a.threads)
    torch.set_flush_denormal(True)
    events = planted_clusters(a)
    kind, trials = a.tables, ""
    if kind == "best":
        rates = {kind: trial(a, events, kind) for kind in ("dense", "sparse", "rows")}
        kind = max(rates, key=rates.get)
        trials = ",".join(f"{name}:{rate:.0f}" for name, rate in rates.items())
    training = Training(a, events, kind)
    training.batch()
    start = time.perf_counter()
    losses = [training.batch() for _ in range(a.batches)]
    seconds = time.perf_counter() - start
    print(
        "peer", f"encoder={a.encoder}", f"threads={a.threads}",
        f"examples/s={a.batches * a.batch / seconds:.0f}", f"loss={statistics.fmean(losses[-10:]):.4f}",
        f"batches={a.batches}", f"tables={kind}", *([f"trials={trials}"] if trials else []),
        *([f"last_only={int(a.last_only)}"] if a.encoder == "transformer" else []),
        f"users={a.users}", f"items={a.items}", f"history={a.history}", f"d={a.dimension}",
        f"batch={a.batch}", f"seed={a.seed}", f"torch={torch.__version__}")


if __name__ == "__main__":
    main()
