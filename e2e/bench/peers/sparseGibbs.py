"""A plain sparse Gibbs sampler in C, one thread: ../native/lda.c, sweep after sweep over the whole corpus.

It is the sampler of Shoal's tabs without Shoal, so that what a grid of cells does to mixing, and what
leases cost, can be seen beside it. Likelihoods are computed by the C program, outside its seconds.
"""

import gzip
import os
import subprocess
import sys

import numpy as np
from exchange import Task, seconds

# After the first few sweeps, likelihoods are looked at this often.
EVERY_SWEEPS = 5
SEED = (1, 2, 3, 4)

task = Task()


def read_words(path):
    """Word of every token, document by document, words ascending; tokens of each document; V."""
    opened = gzip.open(path, "rb") if path.endswith(".gz") else open(path, "rb")
    with opened as file:
        documents, words, _ = (int(file.readline()) for _ in range(3))
        entries = np.fromstring(file.read(), dtype=np.int64, sep=" ").reshape(-1, 3)
    entries = entries[np.lexsort((entries[:, 1], entries[:, 0]))]
    word = np.repeat(entries[:, 1] - 1, entries[:, 2])
    sizes = np.bincount(entries[:, 0] - 1, weights=entries[:, 2], minlength=documents)
    return word, sizes.astype(np.int64), words


def pairs_of(row, topic, rows, topics):
    """Pairs (topic, count <= 255) of each row, topics ascending."""
    keys, counts = np.unique(row * topics + topic, return_counts=True)
    copies = (counts + 254) // 255
    keys = np.repeat(keys, copies)
    last = np.cumsum(copies) - 1
    given = np.full(len(keys), 255, dtype=np.int64)
    given[last] = counts - 255 * (copies - 1)
    pairs = np.bincount(keys // topics, minlength=rows)
    return pairs.astype("<u4"), (keys % topics).astype("<u2"), given.astype("u1")


def write_lease(path, topics, alpha, beta):
    """The corpus as one cell with topics drawn at random, as native/lda.c reads it."""
    word, sizes, words = read_words(task.option("--data"))
    document = np.repeat(np.arange(len(sizes)), sizes)
    topic = np.random.default_rng(1).integers(topics, size=len(word))
    docs = pairs_of(document, topic, len(sizes), topics)
    of_words = pairs_of(word, topic, words, topics)
    totals = np.bincount(topic, minlength=topics)
    by_word = topic[np.argsort(word, kind="stable")]
    head = [topics, words, len(sizes), len(word), len(docs[2]), len(of_words[2]), *SEED]
    with open(path, "wb") as file:
        for values, kind in [
            (head, "<u4"),
            ([beta, beta * words], "<f8"),
            (np.full(topics, alpha), "<f8"),
            *((values, "<u4") for values in (totals, docs[0], sizes, of_words[0], word)),
            *((values, "<u2") for values in (docs[1], of_words[1], by_word)),
            *((values, "u1") for values in (docs[2], of_words[2])),
        ]:
            file.write(np.asarray(values).astype(kind).tobytes())


def main():
    topics, sweeps = int(task.option("--topics", 100)), int(task.option("--sweeps", 200))
    alpha, beta = float(task.option("--alpha", 0.1)), float(task.option("--beta", 0.1))
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../native/lda.c")
    program = os.path.join(task.folder, "lda")
    flags = ["-O3", "-march=native", "-ffp-contract=off"]
    subprocess.run(["cc", *flags, "-o", program, source, "-lm"], check=True)
    lease = os.path.join(task.folder, "corpus.lease")
    start = seconds()
    write_lease(lease, topics, alpha, beta)
    load_seconds = seconds() - start
    trajectory = []
    arguments = [program, lease, str(sweeps), str(EVERY_SWEEPS)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as child:
        for line in child.stdout:
            trajectory.append([float(number) for number in line.split()])
    os.remove(lease)
    if child.returncode != 0:
        sys.exit(f"{program} ended with {child.returncode}")
    task.finish_quality(load_seconds, trajectory[-1][0], trajectory)


main()
