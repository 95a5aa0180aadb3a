"""celer (Massias, Gramfort, Salmon 2018) on one task (README.md): python3 celerSolver.py TASK

It stops at gap <= tol * ||y||^2 / n of the lasso, and at tol * log 2 of logistic regression.
"""

import numpy as np
from celer import Lasso, LogisticRegression
from exchange import Task, seconds, some_columns

task = Task()
start = seconds()
x, y = task.load()
if task.app == "lasso":
    x, y, scale = task.prepared(x, y)
    tol = task.tolerance * task.gapTarget * len(y) / (y @ y)

    def solver():
        intercept = task.fits_intercept
        return Lasso(alpha=task.penalty, fit_intercept=intercept, tol=tol, max_iter=1000)
else:
    x, _, scale = task.prepared(x, y)
    y = np.where(y == y.max(), 1.0, -1.0)
    tol = task.tolerance * task.gapTarget / np.log(2)

    def solver():
        return LogisticRegression(C=1 / (task.penalty * len(y)), tol=tol, max_iter=1000)
loaded = seconds()
# What is loaded on first use is not what is timed.
solver().fit(some_columns(x), y)
model = solver()
ready = seconds()
model.fit(x, y)
solved = seconds()
task.finish(model.coef_.ravel() / scale, loaded - start, solved - ready)
