"""What every peer written in Python does: read the task and the data, write beta and the report."""

import gzip
import io
import json
import os
import sys
import time

import numpy as np
import scipy.sparse


class Task:
    """Fields of the task file as attributes; see README.md."""

    def __init__(self):
        with open(sys.argv[1]) as file:
            self.__dict__ = json.load(file)
        # lambda is a word of the language.
        self.penalty = self.__dict__.get("lambda")

    def load(self):
        """X (n, d) float64, dense in Fortran order or CSC; y (n); from the exchange files."""
        path = lambda name: os.path.join(self.folder, name)
        y = np.fromfile(path("y.bin"))
        if self.layout == "dense":
            dtype = np.uint8 if self.valueType == "u8" else np.float64
            x = np.fromfile(path("x.bin"), dtype=dtype)
            return x.reshape((self.rows, self.columns), order="F").astype(np.float64), y
        starts = np.fromfile(path("starts.bin"), dtype=np.int64)
        if starts[-1] < 2**31:
            starts = starts.astype(np.int32)
        parts = (np.fromfile(path("x.bin")), np.fromfile(path("rows.bin"), dtype=np.int32), starts)
        return scipy.sparse.csc_matrix(parts, shape=(self.rows, self.columns)), y

    def load_source(self):
        """The same from the file that Shoal reads, as a user of NumPy and SciPy reads it."""
        if ".npy" in self.data:
            gz = self.data.endswith(".gz")
            raw = gzip.open(self.data).read() if gz else open(self.data, "rb").read()
            x = np.load(io.BytesIO(raw))
        elif ".svm" in self.data:
            from sklearn.datasets import load_svmlight_file

            return load_svmlight_file(self.data)
        elif ".mtx" in self.data:
            from scipy.io import mmread

            x = mmread(self.data).tocsc()
        else:
            return self.load()
        return x, np.loadtxt(self.target, delimiter=",", skiprows=1)

    def prepared(self, x, y):
        """X as solvers want it: scaled as the task says, and centred if dense; X (dense) is overwritten.

        Sparse columns stay as they are: a solver that is told `self.fits_intercept` centres them in
        its arithmetic, or fits the intercept as a coefficient, which is the same problem. Returns X,
        y (centred with an intercept) and the scale of the columns (d).
        """
        scale = np.ones(self.columns)
        if scipy.sparse.issparse(x):
            x = x.tocsc().astype(np.float64)
            if self.standardize:
                mean = np.asarray(x.mean(axis=0)).ravel()
                second = np.asarray(x.multiply(x).mean(axis=0)).ravel()
                scale = np.sqrt(np.maximum(second - mean**2, 0))
                scale[scale == 0] = 1
                x = (x @ scipy.sparse.diags(1 / scale)).tocsc()
        else:
            x = np.asfortranarray(x, np.float64)
            # Some columns at a time: temporary copies of 2 GB are no part of the problem.
            for j in range(0, self.columns, 1024):
                part = x[:, j : j + 1024]
                if self.intercept:
                    part -= part.mean(axis=0)
                if self.standardize:
                    deviation = part.std(axis=0)
                    deviation[deviation == 0] = 1
                    scale[j : j + 1024] = deviation
                    part /= deviation
        self.fits_intercept = bool(self.intercept and scipy.sparse.issparse(x))
        if self.intercept:
            y = y - y.mean()
        return x, y, scale

    def finish(self, beta, load_seconds, solve_seconds):
        """beta (d) on the scale of the raw columns."""
        np.ascontiguousarray(beta, dtype=np.float64).tofile(self.beta)
        print(json.dumps({"loadSeconds": load_seconds, "solveSeconds": solve_seconds}))

    def option(self, name, default=None):
        """What `shoal run` is told of an option, in a task that has `flags`."""
        return self.flags[self.flags.index(name) + 1] if name in self.flags else default

    def finish_quality(self, load_seconds, solve_seconds, trajectory):
        """trajectory: [seconds since the data was in memory, quality], as often as it was looked at."""
        points = [[float(second), float(quality)] for second, quality in trajectory]
        report = {"loadSeconds": load_seconds, "solveSeconds": solve_seconds, "trajectory": points}
        print(json.dumps(report))


def some_columns(x, most=300):
    """A few columns of X, spread over it, in the same layout: a problem to warm up with."""
    step = max(1, x.shape[1] // most)
    some = x[:, ::step]
    return some.tocsc() if scipy.sparse.issparse(x) else np.asfortranarray(some)


def seconds():
    return time.perf_counter()
