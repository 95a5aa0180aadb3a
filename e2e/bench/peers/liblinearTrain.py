"""liblinear (Fan et al. 2008) on one task (README.md): python3 liblinearTrain.py TASK

Solver 6 (l1-regularised logistic regression) or 3 (l2-regularised hinge loss, the dual).

liblinear-train reads a text file and tells no times: what a run that stops at once takes is its
reading, and is subtracted.
"""

import os
import subprocess
import tempfile

import numpy as np
import scipy.sparse
from exchange import Task, seconds


def write_text(path, x, y):
    rows = scipy.sparse.csr_matrix(x)
    with open(path, "w") as file:
        for i in range(rows.shape[0]):
            span = slice(rows.indptr[i], rows.indptr[i + 1])
            pairs = zip(rows.indices[span] + 1, rows.data[span])
            cells = " ".join(f"{j}:{v:.17g}" for j, v in pairs)
            file.write(f"{1 if y[i] > 0 else -1} {cells}\n")


def train(data, model, c, tolerance):
    start = seconds()
    solver = "3" if task.app == "svm" else "6"
    options = ["-s", solver, "-c", repr(c), "-e", repr(tolerance), "-q"]
    subprocess.run([task.program, *options, data, model], check=True, stdout=subprocess.DEVNULL)
    return seconds() - start


def read_model(path, columns):
    lines = open(path).read().split("\n")
    at = lines.index("w")
    labels = next(line for line in lines if line.startswith("label")).split()[1:]
    beta = np.array([float(line) for line in lines[at + 1 : at + 1 + columns]])
    return beta if labels[0] == "1" else -beta


task = Task()
x, y = task.load()
y = np.where(y == y.max(), 1.0, -1.0)
x, _, scale = task.prepared(x, y)
with tempfile.TemporaryDirectory() as folder:
    data, model = os.path.join(folder, "data"), os.path.join(folder, "model")
    write_text(data, x, y)
    c = task.c if task.app == "svm" else 1 / (task.penalty * len(y))
    reading = train(data, model, 1e-12, 1e9)
    whole = train(data, model, c, task.tolerance)
    beta = read_model(model, task.columns)
task.finish(beta / scale, reading, max(whole - reading, 1e-3))
