"""
scikit-learn's Lasso on the same file and objective, for e2e/bench/bench.ts: prints one JSON line.

    python3 nativeLasso.py DATA TARGET|- RATIO GAP STANDARDIZE INTERCEPT

Solves 1/(2n)||y - b0 - Xb||^2 + lambda |b|_1 at lambda = RATIO * lambda_max, until the duality gap
is at most GAP * 1/2 ||y - mean(y)||^2 / n. scikit-learn's own stop rule is gap <= tol * ||y||^2
with y centred and not divided by n: tol = GAP / 2 asks for the same.
"""

import gzip
import io
import json
import sys
import time

import numpy as np
import scipy.sparse
import sklearn
from sklearn.datasets import load_svmlight_file
from sklearn.linear_model import Lasso


def load(path, target):
    if ".npy" in path:
        raw = gzip.open(path).read() if path.endswith(".gz") else open(path, "rb").read()
        return np.load(io.BytesIO(raw)), np.loadtxt(target, delimiter=",", skiprows=1)
    return load_svmlight_file(path)


def main():
    data, target, ratio, gap, standardize, intercept = sys.argv[1:]
    start = time.perf_counter()
    x, y = load(data, target)
    load_seconds = time.perf_counter() - start

    start = time.perf_counter()
    sparse = scipy.sparse.issparse(x)
    if sparse:
        x = x.tocsc()
    else:
        x = np.asfortranarray(x, dtype=np.float64)
        if intercept == "1":
            x -= x.mean(axis=0)
        if standardize == "1":
            deviation = x.std(axis=0)
            deviation[deviation == 0] = 1
            x /= deviation
    centred = y - y.mean() if intercept == "1" else y
    n = len(y)
    lambda_max = np.abs(x.T @ centred).max() / n
    model = Lasso(
        alpha=float(ratio) * lambda_max,
        fit_intercept=False,
        tol=float(gap) / 2,
        max_iter=1_000_000,
        copy_X=False,
        selection="cyclic",
    )
    model.fit(x, centred)
    solve_seconds = time.perf_counter() - start
    residual = centred - x @ model.coef_
    objective = residual @ residual / (2 * n) + model.alpha * np.abs(model.coef_).sum()
    print(
        json.dumps(
            {
                "loadSeconds": load_seconds,
                "solveSeconds": solve_seconds,
                "objective": objective,
                "nnz": int(np.count_nonzero(model.coef_)),
                "sweeps": int(model.n_iter_),
                "version": sklearn.__version__,
            }
        )
    )


main()
